//! Who this node is in a room, and the log that it writes there.

use std::rc::Rc;

use crate::chat::base::time::{Hybrid, Stamp, Wall};
use crate::chat::keys::identity::{Author, EntryId, Identity, LogId, RoomId, Run, log_id};
use crate::chat::wire;
use crate::chat::wire::entry::{Entry, Header, NO_ENTRY};

/// The author of one's own log.
#[derive(Debug)]
pub struct Writer {
    room: RoomId,
    identity: Rc<Identity>,
    /// The key is forgotten when the program ends.
    is_temporary: bool,
    is_away: bool,
    nick: String,
    clock: Hybrid,
    run: Run,
    log: LogId,
    /// The number of the last entry; 0: nothing was written in this run.
    seq: u64,
    last: EntryId,
}

impl Writer {
    /// Begins a log.
    pub fn new(room: RoomId, identity: Rc<Identity>, is_temporary: bool, nick: String, run: Run) -> Self {
        let log = log_id(room, identity.author(), run);
        Self {
            room,
            identity,
            is_temporary,
            is_away: false,
            nick,
            clock: Hybrid::default(),
            run,
            log,
            seq: 0,
            last: NO_ENTRY,
        }
    }

    /// Begins another log.
    pub fn begin_run(&mut self, run: Run) {
        (self.run, self.log) = (run, log_id(self.room, self.author(), run));
        (self.seq, self.last) = (0, NO_ENTRY);
    }

    /// The key.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its public part.
    pub fn author(&self) -> Author {
        self.identity.author()
    }

    /// Whether the key is forgotten when the program ends.
    pub fn is_temporary(&self) -> bool {
        self.is_temporary
    }

    /// Whether others are told that one is away.
    pub fn is_away(&self) -> bool {
        self.is_away
    }

    /// Says so from now on, or not any more.
    pub fn set_away(&mut self, is_away: bool) {
        self.is_away = is_away;
    }

    /// What others are told one is called.
    pub fn nick(&self) -> &str {
        &self.nick
    }

    /// Goes by another nick.
    pub fn rename(&mut self, nick: &str) {
        nick.clone_into(&mut self.nick);
    }

    /// The run.
    pub fn run(&self) -> Run {
        self.run
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The number of the last entry; 0: nothing was written in this run.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Somebody else's time was seen: what is written now is later.
    pub fn observe(&mut self, time: Stamp, now: Wall) {
        self.clock.observe(time, now);
    }

    /// The time of an entry of a former session: what is written now is later.
    pub fn resume(&mut self, time: Stamp) {
        self.clock.resume(time);
    }

    /// The time of what is decided now.
    pub fn stamp(&mut self, now: Wall) -> Stamp {
        self.clock.next(now)
    }

    /// What stands before the body of the next entry.
    pub fn next_header(&mut self, kind: u8, now: Wall) -> Header {
        let (author, run, seq, prev) = (self.author(), self.run, self.seq + 1, self.last);
        Header { author, run, seq, prev, time: self.stamp(now), kind }
    }

    /// Signs the next entry.
    pub fn sign(&mut self, header: Header, body: &[u8]) -> Entry {
        let entry = wire::sign_entry(&self.identity, self.room, header, body);
        (self.seq, self.last) = (header.seq, entry.id);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::wire::entry::{Body, Text};

    #[test]
    fn each_entry_follows_the_one_before_and_another_run_begins_anew() {
        let identity = Rc::new(Identity::new(&[1; 32]));
        let mut writer = Writer::new(Bytes([2; 16]), identity, false, "tim".to_owned(), Bytes([3; 8]));
        let body =
            wire::encode_body(&Body::Text(Text { lines: vec!["hi".to_owned()], continues: false, is_auto: false }));
        let mut write = |now| {
            let header = writer.next_header(0, Wall(now));
            (writer.sign(header, &body), writer.log())
        };
        let ((first, log), (second, _)) = (write(1000), write(0));
        assert_eq!((first.header.seq, first.header.prev, first.log), (1, NO_ENTRY, log));
        assert_eq!((second.header.seq, second.header.prev), (2, first.id));
        assert!(second.header.time > first.header.time, "though the clock went back");
        writer.begin_run(Bytes([4; 8]));
        assert_eq!((writer.seq(), writer.next_header(0, Wall(0)).prev), (0, NO_ENTRY));
        assert_ne!(writer.log(), log);
    }
}
