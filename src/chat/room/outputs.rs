//! What a room wants done, in order: what is kept comes before what follows from it.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::base::inbox::address_of;
use crate::chat::base::metrics::{Detail, Kind, Trace, Traffic};
use crate::chat::log::records::Record;
use crate::chat::wire::carried::PublishTo;

use super::setup::{Out, Urgency};

/// A queue of what a room wants done, and what passed through the room.
#[derive(Debug)]
pub struct Outputs {
    queue: VecDeque<Out>,
    /// Entries were taken that nobody may be told of before they are on disk.
    is_dirty: bool,
    /// How often everything so far was asked to be on disk, and how often it is since. One is under way at most.
    asked: u64,
    done: u64,
    /// What says that entries are kept, each with the number of the commit that it waits for.
    held: VecDeque<(u64, Event)>,
    detail: Detail,
    traffic: Traffic,
}

impl Outputs {
    /// Nothing is to be done yet. So much of what passes is told.
    pub fn new(detail: Detail) -> Self {
        Self {
            queue: VecDeque::new(),
            is_dirty: false,
            asked: 0,
            done: 0,
            held: VecDeque::new(),
            detail,
            traffic: Traffic::default(),
        }
    }

    /// What is to be done next.
    pub fn pop(&mut self) -> Option<Out> {
        self.queue.pop_front()
    }

    /// Something is to be done.
    pub fn push(&mut self, out: Out) {
        self.queue.push_back(out);
    }

    /// Something is to be kept.
    pub fn store(&mut self, record: Record) {
        self.is_dirty |= matches!(record, Record::Entry { .. });
        self.push(Out::Store(record));
    }

    /// Whether a commit is under way.
    pub fn is_committing(&self) -> bool {
        self.asked > self.done
    }

    /// The commit that is under way is done: what waited for it follows.
    pub fn committed(&mut self) {
        self.done = self.asked;
        while let Some(&(commit, _)) = self.held.front()
            && commit <= self.done
            && let Some((_, event)) = self.held.pop_front()
        {
            self.push(Out::Show(event));
        }
    }

    /// Asks that everything so far is on disk. Says whether that has to be waited for.
    pub fn commit(&mut self) -> bool {
        if self.is_dirty && !self.is_committing() {
            self.is_dirty = false;
            self.asked += 1;
            self.push(Out::Commit);
        }
        self.is_committing()
    }

    /// Whether something waits for the disk.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Something is to be shown that says what is kept: it waits until that is so, behind what waits already.
    pub fn show_once_kept(&mut self, event: Event) {
        if self.commit() {
            self.held.push_back((self.asked + u64::from(self.is_dirty), event));
        } else {
            self.push(Out::Show(event));
        }
    }

    /// A datagram is to be sent.
    pub fn send(&mut self, to: To, kind: Kind, datagram: Rc<[u8]>) {
        self.traffic.sent.add(kind);
        let address = match to {
            To::Address(address) => Some(address),
            To::Lan | To::LanBeyond(_) | To::Afar => None,
        };
        self.trace(Trace::Sent { to: address, kind, bytes: datagram.len() });
        self.push(Out::Send(to, datagram));
    }

    /// Something is to be published.
    pub fn publish(&mut self, to: PublishTo, kind: Kind, payload: Rc<[u8]>) {
        self.traffic.sent.add(kind);
        let address = match to {
            PublishTo::Topic => None,
            PublishTo::Inbox(inbox) => Some(address_of(inbox)),
        };
        self.trace(Trace::Sent { to: address, kind, bytes: payload.len() });
        let urgency = match (kind, to) {
            (Kind::Entries, PublishTo::Topic) => Urgency::Line,
            (Kind::Entries, PublishTo::Inbox(_)) => Urgency::Repair,
            _ => Urgency::Control,
        };
        self.push(Out::Publish { to, payload, urgency });
    }

    /// A frame came.
    pub fn received(&mut self, kind: Kind) {
        self.traffic.received.add(kind);
    }

    /// Tells whoever looks so closely.
    pub fn trace(&mut self, trace: Trace) {
        if self.detail >= trace.detail() {
            self.push(Out::Show(Event::Trace(trace)));
        }
    }

    /// What was sent and received so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::notice::Notice;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::{Stamp, Wall};
    use crate::chat::keys::identity::{Author, Identity, LogId};
    use crate::chat::wire;
    use crate::chat::wire::entry::{Header, NO_ENTRY};

    /// What is to be done, in short: `C` for a commit, `S` for a record, the words of verdicts and the bytes of datagrams.
    fn done(outputs: &mut Outputs) -> String {
        let name = |out| match out {
            Out::Commit => "C".to_owned(),
            Out::Store(_) => "S".to_owned(),
            Out::Show(Event::Notice(Notice::HistoryOff { why })) => why,
            Out::Send(_, datagram) => String::from_utf8_lossy(&datagram).into_owned(),
            other => format!("{other:?}"),
        };
        std::iter::from_fn(|| outputs.pop()).map(name).collect()
    }

    fn entry() -> Record {
        let (identity, room) = (Identity::new(&[1; 32]), Bytes([2; 16]));
        let (author, run, prev, time) = (identity.author(), Bytes([3; 8]), NO_ENTRY, Stamp::ZERO);
        let header = Header { author, run, seq: 1, prev, time, kind: 0 };
        let entry = std::sync::Arc::new(wire::sign_entry(&identity, room, header, &[]));
        Record::Entry { room, tag: Bytes([4; 8]), entry, received: Wall(0), is_own: false, is_second: false }
    }

    /// A verdict that somebody has a line.
    fn verdict(outputs: &mut Outputs, name: &str) {
        outputs.show_once_kept(Event::Notice(Notice::HistoryOff { why: name.to_owned() }));
    }

    #[test]
    fn a_verdict_waits_for_the_disk_and_only_where_an_entry_was_taken() {
        let mut outputs = Outputs::new(Detail::None);
        outputs.store(Record::Receipt { log: LogId::ZERO, by: Author::ZERO, seq: 1 });
        verdict(&mut outputs, "a");
        assert_eq!(done(&mut outputs), "Sa", "what a receipt says of others may be lost");
        outputs.store(entry());
        verdict(&mut outputs, "b");
        outputs.send(To::Lan, Kind::Entries, Rc::from(&b"e"[..]));
        assert_eq!((done(&mut outputs), outputs.is_holding()), ("SCe".to_owned(), true), "a line waits for nothing");
        outputs.committed();
        assert_eq!((done(&mut outputs), outputs.is_holding()), ("b".to_owned(), false));
    }

    #[test]
    fn what_comes_while_the_disk_is_busy_waits_for_the_next_commit() {
        let mut outputs = Outputs::new(Detail::None);
        outputs.store(entry());
        verdict(&mut outputs, "a");
        verdict(&mut outputs, "b");
        outputs.store(entry());
        verdict(&mut outputs, "c");
        verdict(&mut outputs, "d");
        assert_eq!(done(&mut outputs), "SCS", "one commit is under way");
        outputs.committed();
        assert_eq!((done(&mut outputs), outputs.is_holding()), ("ab".to_owned(), true));
        assert!(outputs.commit());
        outputs.committed();
        assert_eq!((done(&mut outputs), outputs.commit()), ("Ccd".to_owned(), false));
    }

    #[test]
    fn what_passes_is_told_to_whoever_looks_so_closely() {
        let told = |detail: Detail| {
            let mut outputs = Outputs::new(detail);
            outputs.send(To::Lan, Kind::Beacon, Rc::from([0; 3]));
            let told = matches!(outputs.pop(), Some(Out::Show(Event::Trace(Trace::Sent { bytes: 3, .. }))));
            (told, outputs.traffic().sent.of(Kind::Beacon))
        };
        assert_eq!([told(Detail::None), told(Detail::Datagrams)], [(false, 1), (true, 1)]);
    }
}
