//! What this node said in former sessions and not everybody has confirmed: it is offered again until somebody has it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::chat::api::talk::MessageId;
use crate::chat::base::limits::{EARLIER_MAX, PREVIEW_CHARS};
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, LogId};
use crate::chat::log::records::{Private, Sent};
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Entry};

/// The own logs of former sessions with something in them that is not confirmed.
#[derive(Debug, Default)]
pub struct Outbox {
    logs: BTreeMap<LogId, Unconfirmed>,
    count: usize,
    /// What was for one person alone, who has not confirmed it.
    private: BTreeMap<LogId, Vec<Private>>,
}

#[derive(Debug)]
struct Unconfirmed {
    pending: VecDeque<Waiting>,
    /// The last entry that is offered.
    upto: u64,
    /// How far each has confirmed already.
    receipts: BTreeMap<Author, u64>,
}

#[derive(Debug)]
struct Waiting {
    first: MessageId,
    last: MessageId,
    text: String,
    said: Wall,
}

/// What a peer has confirmed of an own log of a former session.
#[derive(Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The log.
    pub log: LogId,
    /// How far the peer holds it.
    pub seq: u64,
    /// The messages that waited for that, where any did.
    pub arrived: Option<LateDelivery>,
    /// The first entry that still waits; `None`: nothing does.
    pub next: Option<u64>,
}

/// Messages in a row that somebody has after all.
#[derive(Debug, PartialEq, Eq)]
pub struct LateDelivery {
    /// The first of them.
    pub first: MessageId,
    /// The last of them.
    pub last: MessageId,
    /// How the first begins.
    pub text: String,
    /// When that was said.
    pub said: Wall,
}

impl Outbox {
    /// Takes up a log with what became of it. Says which entry of it must stay, and all that follow.
    pub fn remember(&mut self, log: LogId, sent: Sent, entries: &[Arc<Entry>]) -> u64 {
        let remaining = EARLIER_MAX.saturating_sub(self.count);
        let unconfirmed = entries.iter().filter(|entry| entry.header.seq > sent.delivered);
        let pending: VecDeque<Waiting> = unconfirmed.filter_map(|entry| Waiting::of(entry)).take(remaining).collect();
        let Some(first) = pending.front().map(|pending| pending.first.seq) else { return u64::MAX };
        self.count += pending.len();
        let upto = entries.last().map_or(0, |entry| entry.header.seq);
        self.logs.insert(log, Unconfirmed { pending, upto, receipts: sent.receipts.into_iter().collect() });
        first
    }

    /// Takes up what one wrote to people alone, at most [`EARLIER_MAX`] private messages.
    pub fn remember_private(&mut self, private: Vec<Private>) {
        for message in private.into_iter().take(EARLIER_MAX) {
            self.private.entry(message.log).or_default().push(message);
        }
    }

    /// `by` holds a log up to `seq`: the private messages to it that it has now.
    pub fn confirm_private(&mut self, by: Author, holds: impl Fn(LogId) -> u64) -> Vec<Private> {
        let mut confirmed = Vec::new();
        for (&log, private) in &mut self.private {
            let upto = holds(log);
            confirmed.extend(private.extract_if(.., |message| message.other == by && message.seq <= upto));
        }
        self.private.retain(|_, private| !private.is_empty());
        confirmed
    }

    pub fn len(&self) -> usize {
        self.count + self.private.values().map(Vec::len).sum::<usize>()
    }

    pub fn has(&self, log: LogId) -> bool {
        self.logs.contains_key(&log) || self.private.contains_key(&log)
    }

    pub fn logs(&self) -> impl Iterator<Item = LogId> {
        self.logs.keys().copied().chain(self.private.keys().copied())
    }

    /// A peer confirms what it holds: `holds` says how far it has a log of which this is the last entry offered.
    pub fn confirm(&mut self, by: Author, holds: impl Fn(LogId, u64) -> u64) -> Vec<Confirmed> {
        let logs: Vec<(LogId, u64)> = self.logs.iter().map(|(&log, sent)| (log, holds(log, sent.upto))).collect();
        logs.into_iter().filter_map(|(log, seq)| self.confirm_log(log, by, seq)).collect()
    }

    /// `by` holds a log up to `seq`. `None`: it had confirmed as much before.
    fn confirm_log(&mut self, log: LogId, by: Author, seq: u64) -> Option<Confirmed> {
        let unconfirmed = self.logs.get_mut(&log)?;
        let upto = seq.min(unconfirmed.upto);
        let known = unconfirmed.receipts.entry(by).or_default();
        if upto <= *known {
            return None;
        }
        *known = upto;
        let mut arrived: Option<LateDelivery> = None;
        while let Some(pending) = unconfirmed.pending.front()
            && pending.last.seq <= upto
            && let Some(Waiting { first, last, text, said }) = unconfirmed.pending.pop_front()
        {
            self.count -= 1;
            arrived.get_or_insert(LateDelivery { first, last, text, said }).last = last;
        }
        let next = unconfirmed.pending.front().map(|pending| pending.first.seq);
        if next.is_none() {
            self.logs.remove(&log);
        }
        Some(Confirmed { log, seq, arrived, next })
    }
}

impl Waiting {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Stamp;
    use crate::chat::keys::identity::{Identity, Run};
    use crate::chat::wire::entry::{Header, NO_ENTRY, Text};

    #[test]
    fn so_many_entries_and_private_messages_of_former_sessions_wait_for_receipts() {
        let (identity, remaining, run) = (Identity::new(&[1; 32]), Bytes([2; 16]), Run::ZERO);
        let header = |seq| Header { author: identity.author(), run, seq, prev: NO_ENTRY, time: Stamp::ZERO, kind: 0 };
        let text = Text { lines: vec!["hi".to_owned()], continues: false, is_auto: false };
        let body = wire::encode_body(&Body::Text(text));
        let entries: Vec<Arc<Entry>> = (1..EARLIER_MAX as u64 + 10)
            .map(|seq| Arc::new(wire::sign_entry(&identity, remaining, header(seq), &body)))
            .collect();
        let mut outbox = Outbox::default();
        assert_eq!(outbox.remember(entries[0].log, Sent::default(), &entries), 1);
        assert_eq!(outbox.remember(Bytes([9; 8]), Sent::default(), &entries[..5]), u64::MAX, "all places are taken");
        let message = |seq| Private {
            log: Bytes([8; 8]),
            seq,
            other: identity.author(),
            is_own: true,
            is_action: false,
            is_auto: false,
            text: String::new(),
        };
        outbox.remember_private((1..EARLIER_MAX as u64 + 10).map(message).collect());
        assert_eq!((outbox.count, outbox.len()), (EARLIER_MAX, 2 * EARLIER_MAX));
        let by = Bytes([7; 32]);
        let confirmed = outbox.confirm(by, |_, _| 1);
        assert_eq!((confirmed[0].next, outbox.remember(Bytes([9; 8]), Sent::default(), &entries[..5])), (Some(2), 1));
    }

    #[test]
    fn what_somebody_holds_is_confirmed_once_and_the_rest_waits_on() {
        let (identity, remaining, run) = (Identity::new(&[1; 32]), Bytes([2; 16]), Run::ZERO);
        let entry = |seq: u64| {
            let text = Text { lines: vec![format!("line {seq}")], continues: false, is_auto: false };
            let (prev, time, kind) = (NO_ENTRY, Stamp::of(Wall(seq)), 0);
            let header = Header { author: identity.author(), run, seq, prev, time, kind };
            Arc::new(wire::sign_entry(&identity, remaining, header, &wire::encode_body(&Body::Text(text))))
        };
        let (mut outbox, entries) = (Outbox::default(), [entry(1), entry(2), entry(3), entry(4)]);
        let log = entries[0].log;
        let sent = Sent { delivered: 1, receipts: Vec::new() };
        assert_eq!(outbox.remember(log, sent, &entries), 2, "the first was confirmed before");
        let id = |seq| MessageId { log, seq, index: 0 };
        let arrived = LateDelivery { first: id(2), last: id(3), text: "line 2".to_owned(), said: Wall(2) };
        let confirmed = Confirmed { log, seq: 3, arrived: Some(arrived), next: Some(4) };
        assert_eq!(outbox.confirm(Bytes([7; 32]), |_, _| 3), [confirmed]);
        assert_eq!(outbox.confirm(Bytes([7; 32]), |_, _| 2), [], "it had said so");
        let again = Confirmed { log, seq: 2, arrived: None, next: Some(4) };
        assert_eq!(outbox.confirm(Bytes([8; 32]), |_, _| 2), [again]);
        assert_eq!(outbox.confirm(Bytes([8; 32]), |_, upto| upto)[0].next, None);
        assert_eq!((outbox.len(), outbox.has(log)), (0, false));
    }
}
