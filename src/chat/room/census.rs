//! How much a room holds, and what passes through it.

use super::Room;
use crate::chat::event::Event;
use crate::chat::traffic::{Tally, Trace, Traffic};

/// How many of each thing a room holds, for whoever checks the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Known instances.
    pub peers: usize,
    /// Logs.
    pub logs: usize,
    /// Entries.
    pub entries: usize,
    /// Bytes of entries.
    pub bytes: usize,
    /// Entries behind gaps.
    pub out_of_order: usize,
    /// Logs asked for.
    pub wants: usize,
    /// Things to pass on.
    pub relays: usize,
    /// Receipts owed.
    pub receipts: usize,
    /// Own entries without a verdict.
    pub deliveries: usize,
    /// The same of earlier sessions.
    pub earlier: usize,
    /// Messages that wait for their end.
    pub partials: usize,
    /// Backlog that waits to be shown.
    pub backlog: usize,
}

impl Room {
    /// How much of everything is held.
    pub fn census(&self) -> Census {
        let (entries, bytes, out_of_order) = self.archive.load();
        Census {
            peers: self.presence.known(),
            logs: self.archive.len(),
            entries,
            bytes,
            out_of_order,
            wants: self.repair.len(),
            relays: self.relays.len(),
            receipts: self.receipts.len(),
            deliveries: self.deliveries.len(),
            earlier: self.earlier.len(),
            partials: self.partials.len(),
            backlog: self.backlog.len(),
        }
    }

    /// What was refused so far.
    pub fn tally(&self) -> Tally {
        self.guard.tally
    }

    /// What passed through it so far.
    pub fn traffic(&self) -> Traffic {
        Traffic { refused: self.guard.tally, ..self.traffic }
    }

    /// Tells whoever looks so closely.
    pub(super) fn trace(&mut self, trace: Trace) {
        if self.detail >= trace.detail() {
            self.show(Event::Trace(trace));
        }
    }
}
