//! Messages ↔ text entries: many short ones share an entry, a long one goes over several.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::chat::base::limits::{BODY_BYTES_MAX, MESSAGE_BYTES_MAX, PARTIAL_FOR, PARTIALS_MAX};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::entry::Text;
use crate::chat::wire::{TEXT_OVERHEAD, string_bytes};

/// What the strings of one text entry may take together.
const ROOM: usize = BODY_BYTES_MAX - TEXT_OVERHEAD;

/// The text entries of messages, in order, as a person says them.
pub fn pack(messages: Vec<String>) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    let (mut lines, mut left) = (Vec::new(), ROOM);
    for message in messages {
        let mut rest = message.as_str();
        while string_bytes(rest.len()) > left {
            let piece = if string_bytes(rest.len()) > ROOM { &rest[..fitting(rest, left)] } else { "" };
            if !piece.is_empty() {
                lines.push(piece.to_owned());
            }
            if !lines.is_empty() {
                texts.push(Text { lines: std::mem::take(&mut lines), continues: !piece.is_empty(), is_auto: false });
            }
            rest = &rest[piece.len()..];
            left = ROOM;
        }
        left -= string_bytes(rest.len());
        lines.push(rest.to_owned());
    }
    if !lines.is_empty() {
        texts.push(Text { lines, continues: false, is_auto: false });
    }
    texts
}

/// How many bytes of `text` fit into `left`, cut between characters.
fn fitting(text: &str, left: usize) -> usize {
    let most = left.saturating_sub(string_bytes(left) - left);
    (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// A message as it comes out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The string of its entry that it ends in.
    pub index: usize,
    /// What it says.
    pub text: String,
    /// Its end, or its beginning, did not come.
    pub is_torn: bool,
    /// A program says it: so the entry says that it ends in.
    pub is_auto: bool,
}

/// Messages that go on in an entry that has not come yet, at most one of each log.
#[derive(Debug, Default)]
pub struct Partials {
    begun: BTreeMap<LogId, Begun>,
}

#[derive(Debug)]
struct Begun {
    text: String,
    is_auto: bool,
    is_strange: bool,
    since: Moment,
    /// The entry it begins in, and its place there.
    start: (u64, usize),
}

impl Partials {
    /// The messages that end in the next text entry of a log, which has this number. `is_strange`: of somebody who is not
    /// here and not known, of whom a member can invent as many as it likes; half of what waits is theirs at most.
    pub fn unpack(&mut self, (log, seq): (LogId, u64), text: Text, is_strange: bool, now: Moment) -> Vec<Unpacked> {
        let begun = self.begun.remove(&log);
        let is_auto = text.is_auto;
        let message = |(index, text)| Unpacked { index, text, is_torn: false, is_auto };
        let mut messages: Vec<Unpacked> = text.lines.into_iter().enumerate().map(message).collect();
        if let (Some(begun), Some(first)) = (&begun, messages.first_mut()) {
            first.text.insert_str(0, &begun.text);
        }
        let Some(last) = messages.pop_if(|_| text.continues) else { return messages };
        let strange = self.begun.values().filter(|begun| begun.is_strange).count();
        let is_full = self.begun.len() >= PARTIALS_MAX || is_strange && strange >= PARTIALS_MAX / 2;
        if last.text.len() > MESSAGE_BYTES_MAX || is_full {
            messages.push(Unpacked { is_torn: true, ..last });
        } else {
            let start = begun.filter(|_| last.index == 0).map_or((seq, last.index), |begun| begun.start);
            self.begun.insert(log, Begun { text: last.text, is_auto, is_strange, since: now, start });
        }
        messages
    }

    /// What follows the beginning of a message will not come.
    pub fn tear(&mut self, log: LogId) -> Option<Unpacked> {
        let begun = self.begun.remove(&log)?;
        Some(Unpacked { index: 0, text: begun.text, is_torn: true, is_auto: begun.is_auto })
    }

    /// Where the message of this log begins that waits for its end: in which entry, and at which place there.
    pub fn start(&self, log: LogId) -> Option<(u64, usize)> {
        self.begun.get(&log).map(|begun| begun.start)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.begun.len()
    }

    /// They wait for so much longer.
    pub fn extend(&mut self, by: Duration) {
        self.begun.values_mut().for_each(|begun| begun.since = begun.since.after(by));
    }

    /// When the first of them has waited long enough.
    pub fn deadline(&self) -> Option<Moment> {
        self.begun.values().map(|begun| begun.since.after(PARTIAL_FOR)).min()
    }

    /// A log whose message has waited long enough.
    pub fn overdue(&self, now: Moment) -> Option<LogId> {
        self.begun.iter().find(|(_, begun)| begun.since.after(PARTIAL_FOR) <= now).map(|(&log, _)| log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::wire::encode_body;
    use crate::chat::wire::entry::Body;

    fn there_and_back(messages: &[String]) -> Vec<String> {
        let mut partials = Partials::default();
        let texts = pack(messages.to_vec());
        for text in &texts {
            assert!(encode_body(&Body::Text(text.clone())).len() <= BODY_BYTES_MAX);
            assert!(!text.lines.is_empty());
        }
        let numbered = (1..).zip(texts);
        let back = numbered.flat_map(|(seq, text)| partials.unpack((LogId::ZERO, seq), text, false, Moment::START));
        let back: Vec<Unpacked> = back.collect();
        assert!(partials.begun.is_empty() && back.iter().all(|message| !message.is_torn));
        back.into_iter().map(|message| message.text).collect()
    }

    #[test]
    fn every_message_comes_out_as_it_went_in() {
        for messages in [
            vec![String::new()],
            vec!["a".into(), String::new(), "b\nc".into()],
            vec!["é".repeat(700), "x".into(), "x".repeat(975), "y".repeat(976), "z".repeat(974)],
            vec!["😀".repeat(16_384)],
            (0..5000).map(|n| n.to_string()).collect(),
            (0..1200).map(|n| "x".repeat(n)).collect(),
        ] {
            assert_eq!(there_and_back(&messages), messages);
        }
    }

    #[test]
    fn a_dozen_lines_of_80_bytes_share_an_entry() {
        assert_eq!(pack(vec!["x".repeat(80); 12]).len(), 1);
    }

    #[test]
    fn a_message_whose_end_does_not_come_is_torn() {
        let mut partials = Partials::default();
        let text = pack(vec!["x".repeat(2000)]).remove(0);
        assert_eq!(partials.unpack((LogId::ZERO, 7), text, false, Moment::START), []);
        assert_eq!(partials.start(LogId::ZERO), Some((7, 0)));
        assert_eq!(partials.overdue(Moment::START), None);
        assert_eq!(partials.overdue(partials.deadline().unwrap()), Some(LogId::ZERO));
        assert!(partials.tear(LogId::ZERO).is_some_and(|message| message.is_torn));
    }

    #[test]
    fn a_long_message_is_whole_however_many_a_stranger_leaves_unfinished() {
        let mut partials = Partials::default();
        let text = || pack(vec!["x".repeat(2000)]).remove(0);
        let mut begin = |author: usize, is_strange| {
            let log = Bytes(author.to_be_bytes());
            partials.unpack((log, 1), text(), is_strange, Moment::START).is_empty() // and nothing of it is shown torn
        };
        assert_eq!((0..2 * PARTIALS_MAX).filter(|&author| begin(author, true)).count(), PARTIALS_MAX / 2);
        assert_eq!((1000..1000 + PARTIALS_MAX).filter(|&author| begin(author, false)).count(), PARTIALS_MAX / 2);
        assert_eq!(partials.len(), PARTIALS_MAX);
    }

    #[test]
    fn a_message_is_a_programs_where_the_entry_that_it_ends_in_says_so() {
        let mut partials = Partials::default();
        let text = |line: &str, continues, is_auto| Text { lines: vec![line.to_owned()], continues, is_auto };
        let mut said = |seq, text| partials.unpack((LogId::ZERO, seq), text, false, Moment::START);
        assert!(said(1, text("beep", false, true))[0].is_auto && !said(2, text("hi", false, false))[0].is_auto);
        assert_eq!(said(3, text("be", true, true)), []);
        assert!(said(4, text("ep", false, true))[0].is_auto);
        assert_eq!(said(5, text("be", true, true)), []);
        assert!(partials.tear(LogId::ZERO).is_some_and(|message| message.is_auto));
    }
}
