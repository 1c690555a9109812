//! How much a room holds at most, as a value.

use crate::chat::base::limits::{
    DROPPED_LOGS_MAX, ENTRIES_HELD_MAX, ENTRY_BYTES_HELD_MAX, LOGS_HELD_MAX, OUT_OF_ORDER_IN_ALL_MAX,
};

/// What a room holds in memory and offers, at most. Tests make it small, so that it is soon reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Entries; strangers, and each author, hold at most half of them, and so with what follows.
    pub entries: usize,
    /// What they take, in bytes.
    pub bytes: usize,
    /// Logs.
    pub logs: usize,
    /// Logs that were dropped whole and are not asked for again.
    pub dropped: usize,
    /// Entries that wait behind gaps, of all logs together.
    pub out_of_order: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            entries: ENTRIES_HELD_MAX,
            bytes: ENTRY_BYTES_HELD_MAX,
            logs: LOGS_HELD_MAX,
            dropped: DROPPED_LOGS_MAX,
            out_of_order: OUT_OF_ORDER_IN_ALL_MAX,
        }
    }
}
