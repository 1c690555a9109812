//! The program runs again, after a while in which it did not.

use std::time::Duration;

use super::Node;
use crate::chat::api::event::Event;
use crate::chat::api::network_notice::NetworkNotice;

/// Whoever was away for so long is told. A guess: the others have noticed.
const TOLD_FROM: Duration = Duration::from_secs(60);

impl Node {
    /// Everybody is told at once that it is here.
    pub(super) fn on_wake(&mut self, slept: Duration, stopped: Duration) {
        self.for_each_room(|room, now| room.wake(slept, now));
        let span = slept.saturating_add(stopped);
        if span >= TOLD_FROM {
            self.show(Event::Notice(NetworkNotice::Away { span, is_asleep: slept >= stopped }.into()));
        }
    }
}
