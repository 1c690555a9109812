//! What one said in earlier sessions and nobody, or not everybody, has confirmed: it is offered again, and told when
//! somebody has it after all.

use std::collections::{BTreeMap, VecDeque};

use super::Room;
use crate::chat::api::event::Event;
use crate::chat::api::talk::{Delivery, MessageId};
use crate::chat::base::limits::{EARLIER_MAX, PREVIEW_CHARS};
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::Log;
use crate::chat::log::history::{Private, Record, Sent};
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Entry};

/// One's own logs of earlier sessions with something in them that is not confirmed.
#[derive(Debug, Default)]
pub struct Earlier {
    logs: BTreeMap<LogId, Unconfirmed>,
    count: usize,
    /// What was for one person alone, who has not confirmed it.
    letters: BTreeMap<LogId, Vec<Private>>,
}

#[derive(Debug)]
struct Unconfirmed {
    pending: VecDeque<Pending>,
    /// The last entry that is offered.
    upto: u64,
    /// How far each has confirmed already.
    receipts: BTreeMap<Author, u64>,
}

#[derive(Debug)]
struct Pending {
    first: MessageId,
    last: MessageId,
    text: String,
    said: Wall,
}

impl Earlier {
    /// Takes up a log with what became of it. Says which entry of it must stay, and all that follow.
    pub fn remember(&mut self, log: LogId, sent: Sent, entries: &[Entry]) -> u64 {
        let room = EARLIER_MAX.saturating_sub(self.count);
        let unconfirmed = entries.iter().filter(|entry| entry.header.seq > sent.delivered);
        let pending: VecDeque<Pending> = unconfirmed.filter_map(Pending::of).take(room).collect();
        let Some(first) = pending.front().map(|pending| pending.first.seq) else { return u64::MAX };
        self.count += pending.len();
        let upto = entries.last().map_or(0, |entry| entry.header.seq);
        self.logs.insert(log, Unconfirmed { pending, upto, receipts: sent.receipts.into_iter().collect() });
        first
    }

    /// Takes up what one wrote to people alone, at most [`EARLIER_MAX`] letters.
    pub fn remember_letters(&mut self, letters: Vec<Private>) {
        for letter in letters.into_iter().take(EARLIER_MAX) {
            self.letters.entry(letter.log).or_default().push(letter);
        }
    }

    /// `by` holds a log up to `seq`: the letters to it that it has now.
    fn confirm_letters(&mut self, by: Author, holds: impl Fn(LogId) -> u64) -> Vec<Private> {
        let mut confirmed = Vec::new();
        for (&log, letters) in &mut self.letters {
            let upto = holds(log);
            confirmed.extend(letters.extract_if(.., |letter| letter.other == by && letter.seq <= upto));
        }
        self.letters.retain(|_, letters| !letters.is_empty());
        confirmed
    }

    pub fn len(&self) -> usize {
        self.count + self.letters.values().map(Vec::len).sum::<usize>()
    }

    pub fn has(&self, log: LogId) -> bool {
        self.logs.contains_key(&log) || self.letters.contains_key(&log)
    }

    pub fn logs(&self) -> impl Iterator<Item = LogId> {
        self.logs.keys().copied().chain(self.letters.keys().copied())
    }

    /// `by` holds a log up to `seq`. What was waiting for that, from the first on; `None`: it had confirmed as much before.
    fn confirm(&mut self, log: LogId, by: Author, seq: u64) -> Option<Vec<Pending>> {
        let unconfirmed = self.logs.get_mut(&log)?;
        let seq = seq.min(unconfirmed.upto);
        let known = unconfirmed.receipts.entry(by).or_default();
        if seq <= *known {
            return None;
        }
        *known = seq;
        let mut confirmed = Vec::new();
        while unconfirmed.pending.front().is_some_and(|pending| pending.last.seq <= seq) {
            confirmed.extend(unconfirmed.pending.pop_front());
        }
        self.count -= confirmed.len();
        if unconfirmed.pending.is_empty() {
            self.logs.remove(&log);
        }
        Some(confirmed)
    }
}

impl Pending {
    /// What waits for receipts in an entry of one's own.
    fn of(entry: &Entry) -> Option<Self> {
        let (text, last) = match wire::body(entry) {
            Body::Text(text) => (text.lines[0].clone(), text.lines.len() - 1),
            Body::Action(action) => (action.text, 0),
            _ => return None,
        };
        let id = |index| MessageId { log: entry.log, seq: entry.header.seq, index };
        let text = text.chars().take(PREVIEW_CHARS).collect();
        Some(Self { first: id(0), last: id(last), text, said: entry.header.time.wall() })
    }
}

impl Room {
    /// What the beacon of a live peer says of one's own earlier logs: how far it holds them, or that it holds all that
    /// there was, for its root was ours since.
    pub(super) fn confirm_earlier(&mut self, peer: LogId) {
        let Some(peer) = self.presence.peer(peer) else { return };
        let (by, is_covered) = (peer.author, self.compare.own_covered(peer.root).is_some());
        // What it says of a log by name goes before what follows from its root: there may be a hole that it gave up.
        let follows = |log: LogId| is_covered && !peer.acks.contains_key(&log);
        let held = |log: LogId, upto: u64| (log, if follows(log) { upto } else { peer.acked(log) });
        let logs: Vec<(LogId, u64)> = self.earlier.logs.iter().map(|(&log, sent)| held(log, sent.upto)).collect();
        let holds = |log| held(log, self.archive.log(log).map_or(0, Log::settled)).1;
        for letter in self.earlier.confirm_letters(by, holds) {
            self.tell_letter(letter);
        }
        for (log, seq) in logs {
            let Some(confirmed) = self.earlier.confirm(log, by, seq) else { continue };
            self.store(Record::Receipt { log, by, seq });
            if let (Some(first), Some(last)) = (confirmed.first(), confirmed.last()) {
                self.store(Record::Delivered { log, seq: last.last.seq });
                let from = self.earlier.logs.get(&log).and_then(|rest| rest.pending.front());
                self.archive.protect(log, from.map_or(u64::MAX, |pending| pending.first.seq));
                self.tell_after_all((first.first, last.last), &first.text, by, None, first.said);
            }
        }
    }

    /// Whom a letter is to has it.
    fn tell_letter(&mut self, letter: Private) {
        let Private { log, seq, other, text, .. } = letter;
        self.store(Record::PrivateConfirmed { log, seq });
        let entry = self.archive.log(log).and_then(|held| held.entry(seq));
        let said = entry.map_or(self.now.wall, |entry| entry.header.time.wall());
        let id = MessageId { log, seq, index: 0 };
        let text: String = text.lines().next().unwrap_or_default().chars().take(PREVIEW_CHARS).collect();
        self.tell_after_all((id, id), &text, other, Some(other), said);
    }

    /// What was said in an earlier session has arrived: `by` has it.
    fn tell_after_all(
        &mut self,
        (first, last): (MessageId, MessageId),
        text: &str,
        by: Author,
        to: Option<Author>,
        said: Wall,
    ) {
        let (by, to) = (self.names.speaker(by), to.map(|to| self.names.speaker(to)));
        self.show(Event::Delivery(Delivery {
            room: self.name.clone(),
            first,
            last,
            text: Some(text.to_owned()),
            by: vec![by],
            confirmed: 1,
            of: 1,
            missing: Vec::new(),
            to,
            held: 0,
            is_after_all: true,
            said_before: Some(said),
            askers: Vec::new(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Stamp;
    use crate::chat::keys::identity::{Identity, Run};
    use crate::chat::wire::entry::{Header, NO_ENTRY, Text};

    #[test]
    fn so_many_entries_and_letters_of_earlier_sessions_wait_for_receipts() {
        let (identity, room, run) = (Identity::new(&[1; 32]), Bytes([2; 16]), Run::ZERO);
        let header = |seq| Header { author: identity.author(), run, seq, prev: NO_ENTRY, time: Stamp::ZERO, kind: 0 };
        let text = Text { lines: vec!["hi".to_owned()], continues: false, is_auto: false };
        let body = wire::encode_body(&Body::Text(text));
        let entries: Vec<Entry> =
            (1..EARLIER_MAX as u64 + 10).map(|seq| wire::sign_entry(&identity, room, header(seq), &body)).collect();
        let mut earlier = Earlier::default();
        assert_eq!(earlier.remember(entries[0].log, Sent::default(), &entries), 1);
        assert_eq!(earlier.remember(Bytes([9; 8]), Sent::default(), &entries[..5]), u64::MAX, "all places are taken");
        let letter = |seq| Private {
            log: Bytes([8; 8]),
            seq,
            other: identity.author(),
            is_own: true,
            is_action: false,
            is_auto: false,
            text: String::new(),
        };
        earlier.remember_letters((1..EARLIER_MAX as u64 + 10).map(letter).collect());
        assert_eq!((earlier.count, earlier.len()), (EARLIER_MAX, 2 * EARLIER_MAX));
        let by = Bytes([7; 32]);
        let confirmed = earlier.confirm(entries[0].log, by, 1).map(|confirmed| confirmed.len());
        assert_eq!((confirmed, earlier.remember(Bytes([9; 8]), Sent::default(), &entries[..5])), (Some(1), 1));
    }
}
