//! The program itself was stopped for a while, the machine slept, or it had no network: what was silent meanwhile is not held
//! against anybody.

use std::time::Duration;

use super::Room;
use crate::chat::base::limits::{CLOCK_STEP, PAUSED_AFTER};
use crate::chat::base::time::{Now, Wall, millis};

impl Room {
    /// It is `now`. Who was due long ago and did not get its turn was stopped.
    pub(super) fn pass_time(&mut self, now: Now) {
        let is_long = now.moment.since(self.now.moment) > PAUSED_AFTER;
        let overdue = if is_long { self.deadline().map(|(due, _)| now.moment.since(due)) } else { None };
        self.note_step(now);
        self.now = now;
        self.archive.pass_time(now.wall);
        if let Some(paused) = overdue.filter(|&paused| paused > PAUSED_AFTER) {
            self.resume(paused);
        }
    }

    /// Other machines can be reached, or none, and perhaps by a way that was not there before: by that everybody is told at
    /// once where we are now.
    pub fn network_changed(&mut self, has_network: bool, is_more: bool, now: Now) {
        self.pass_time(now);
        self.presence.set_offline(!has_network, now.moment);
        if is_more {
            self.beacons.hurry(now.moment);
        }
    }

    /// The machine had slept for so long, which the monotonic clock does not know: whoever is here is told so at once.
    pub fn wake(&mut self, slept: Duration, now: Now) {
        self.now.wall = Wall(self.now.wall.0.saturating_add(millis(slept)));
        self.timeline.sleep(slept);
        self.pass_time(now);
        self.beacons.hurry(now.moment);
    }

    /// Our own clock was set: how far others are ahead of it was measured against what it was before.
    fn note_step(&mut self, now: Now) {
        let here = millis(now.moment.since(self.now.moment));
        let (before, after) = (self.now.wall.0.saturating_add(here), now.wall.0);
        if before.abs_diff(after) > millis(CLOCK_STEP) {
            self.presence.shift_clocks(i64::try_from(after).unwrap_or(i64::MAX).saturating_sub_unsigned(before));
        }
    }

    /// Nobody is lost, no gap is given up and no verdict falls for what could not be heard.
    fn resume(&mut self, paused: Duration) {
        let now = self.now.moment;
        self.presence.forgive(now);
        self.gaps.extend(paused);
        self.repair.resume(now);
        self.timeline.extend(paused);
        self.deliveries.resume(now);
    }
}
