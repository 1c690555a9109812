//! What a room wants done, in order: what is kept comes before what follows from it.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::base::metrics::{Detail, Kind, Trace, Traffic};
use crate::chat::log::records::Record;

use super::setup::Out;

/// A queue of what a room wants done, and what passed through the room.
#[derive(Debug)]
pub struct Outputs {
    queue: VecDeque<Out>,
    /// Entries were taken that nobody may be told of before they are on disk.
    is_dirty: bool,
    detail: Detail,
    traffic: Traffic,
}

impl Outputs {
    /// Nothing is to be done yet. So much of what passes is told.
    pub fn new(detail: Detail) -> Self {
        Self { queue: VecDeque::new(), is_dirty: false, detail, traffic: Traffic::default() }
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

    /// What was taken is on disk before what follows is sent or shown.
    pub fn commit(&mut self) {
        if std::mem::take(&mut self.is_dirty) {
            self.push(Out::Commit);
        }
    }

    /// A datagram is to be sent.
    pub fn send(&mut self, to: To, kind: Kind, datagram: Rc<[u8]>) {
        self.traffic.sent.add(kind);
        let address = match to {
            To::Address(address) => Some(address),
            To::Lan => None,
        };
        self.trace(Trace::Sent { to: address, kind, bytes: datagram.len() });
        self.push(Out::Send(to, datagram));
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
    use crate::chat::keys::identity::{Author, LogId};

    #[test]
    fn what_is_shown_waits_for_the_disk_only_where_an_entry_was_taken() {
        let mut outputs = Outputs::new(Detail::None);
        outputs.commit();
        outputs.store(Record::Receipt { log: LogId::ZERO, by: Author::ZERO, seq: 1 });
        outputs.commit();
        assert!(matches!((outputs.pop(), outputs.pop()), (Some(Out::Store(_)), None)), "a receipt may be lost");
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
