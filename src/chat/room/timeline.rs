//! In which order what was said is shown: at once, or with the backlog as one block in the order of time.

mod backlog;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::chat::base::limits::{BACKLOG_AFTER, BACKLOG_QUIET};
use crate::chat::base::time::{Moment, Now, Wall, millis};
use crate::chat::keys::identity::LogId;
use crate::chat::log::records::Shown;
use crate::chat::wire::entry::Text;
use crate::chat::wire::packing::{Partials, Unpacked};

use backlog::Backlog;

pub use backlog::Item;

/// What is ready and not shown yet, and what a message and a log need until they are whole.
#[derive(Debug)]
pub struct Timeline {
    /// When this node came to the room.
    started: Moment,
    /// The machine slept for so long since, which the clock of `started` does not know.
    slept: Duration,
    /// Somebody sees what is shown, so that it need not be shown again at the next start.
    is_watched: bool,
    backlog: Backlog,
    /// Messages to everybody that wait for their end.
    partials: Partials,
    /// Messages to one person alone that do.
    private_partials: Partials,
    /// Of each log that ended in the middle of an entry when the last session ended: up to where it was shown.
    shown_before: BTreeMap<LogId, Shown>,
}

/// When something was said, by its author's clock, and how many milliseconds that is ahead of ours.
#[derive(Clone, Copy, Debug)]
pub struct SaidAt {
    /// By its author's clock.
    pub at: Wall,
    /// As its author's beacons show; 0: unknown.
    pub ahead_ms: i64,
}

impl SaidAt {
    /// How many milliseconds ago it was said.
    fn age_ms(self, now: Now) -> u64 {
        now.wall.0.saturating_add_signed(self.ahead_ms).saturating_sub(self.at.0)
    }
}

impl Timeline {
    /// Nothing is shown yet. So many messages of a block of backlog are shown at most; `None`: all.
    pub fn new(started: Moment, is_watched: bool, backlog_most: Option<usize>) -> Self {
        Self {
            started,
            slept: Duration::ZERO,
            is_watched,
            backlog: Backlog::new(backlog_most),
            partials: Partials::default(),
            private_partials: Partials::default(),
            shown_before: BTreeMap::new(),
        }
    }

    /// What is next of a log: it comes back where it is to be shown now, and otherwise waits for its place in a block.
    /// `said`: when, unless it is a hole. `is_to_come`: more of what was said before may still come.
    pub fn take(&mut self, item: Item, said: Option<SaidAt>, is_to_come: bool, now: Now) -> Option<Item> {
        // The last of a block waits for its place in it, too.
        let is_gathering = is_to_come || !self.backlog.is_compared() || self.backlog.len() > 0;
        // It may come before what was said before it, from whoever did not see that one was away.
        let is_early = is_gathering && said.is_some_and(|said| self.is_old(said, now));
        if !is_early && !self.backlog.holds(item.1) {
            return Some(item);
        }
        self.backlog.gather(item, now.moment);
        if !is_early {
            self.backlog.hurry(now.moment);
        }
        None
    }

    /// Somebody has told what is missing here, if anything.
    pub fn compared(&mut self) {
        self.backlog.compared();
    }

    /// Whether the block is to be shown: nothing of it is still to come, or it has waited long enough.
    pub fn is_block_due(&self, is_to_come: bool, now: Moment) -> bool {
        let is_whole = self.backlog.is_compared() && !is_to_come;
        is_whole || self.backlog.deadline().is_some_and(|due| due <= now)
    }

    /// Whether the block holds as much as one may.
    pub fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    /// The block in the order of time, and how many of it, the first ones, are too many to be shown.
    pub fn take_block(&mut self) -> (Vec<Item>, usize) {
        self.backlog.take_block()
    }

    /// What is shown next is one of those that are too many, or not.
    pub fn fold(&mut self, is_too_much: bool) {
        self.backlog.fold(is_too_much);
    }

    /// Whether a message is to be counted instead of shown. It is counted then.
    pub fn folds(&mut self) -> bool {
        self.backlog.folds()
    }

    /// How many messages were counted.
    pub fn take_folded(&mut self) -> u64 {
        self.backlog.take_folded()
    }

    /// The messages that end in the next text of a log, but for those that were shown in the last session.
    pub fn unpack(&mut self, (log, seq): (LogId, u64), text: Text, is_strange: bool, now: Moment) -> Vec<Unpacked> {
        let messages = self.partials.unpack((log, seq), text, is_strange, now);
        self.not_shown((log, seq), messages)
    }

    /// The same of a text that one reads alone. What was opened of those is kept apart, so none is shown again.
    pub fn unpack_private(&mut self, place: (LogId, u64), text: Text, is_strange: bool, now: Moment) -> Vec<Unpacked> {
        self.private_partials.unpack(place, text, is_strange, now)
    }

    /// What of an entry was not shown in the last session.
    fn not_shown(&mut self, (log, seq): (LogId, u64), mut messages: Vec<Unpacked>) -> Vec<Unpacked> {
        let Some(&Shown { seq: before, places }) = self.shown_before.get(&log) else { return messages };
        if seq > before + 1 && !messages.is_empty() {
            self.shown_before.remove(&log);
        }
        messages.retain(|message| seq != before + 1 || message.index >= places);
        messages
    }

    /// What followed the beginnings of a log's messages does not come: one to everybody, one to us alone.
    pub fn tear(&mut self, log: LogId) -> (Option<Unpacked>, Option<Unpacked>) {
        (self.partials.tear(log), self.private_partials.tear(log))
    }

    /// A log whose message has waited long enough for its end.
    pub fn overdue(&self, now: Moment) -> Option<LogId> {
        self.partials.overdue(now).or_else(|| self.private_partials.overdue(now))
    }

    /// When the block, or what there is of a message, is to be shown.
    pub fn deadline(&self) -> Option<Moment> {
        let partials = [self.partials.deadline(), self.private_partials.deadline()];
        self.backlog.deadline().into_iter().chain(partials.into_iter().flatten()).min()
    }

    /// For so long nothing could come.
    pub fn extend(&mut self, by: Duration) {
        self.partials.extend(by);
        self.private_partials.extend(by);
    }

    /// In the last session a log was shown up to there, in the middle of an entry.
    pub fn shown_before(&mut self, log: LogId, upto: Shown) {
        self.shown_before.insert(log, upto);
    }

    /// How far a log counts as shown, of which everything up to `seq` was handed out: but for a message that waits for its
    /// end. `None`: nobody sees it.
    pub fn shown(&self, log: LogId, seq: u64) -> Option<Shown> {
        let begun = [self.partials.start(log), self.private_partials.start(log)];
        let upto = match begun.into_iter().flatten().min() {
            Some((begun, places)) => Shown { seq: begun - 1, places },
            None => Shown { seq, places: 0 },
        };
        self.is_watched.then_some(upto)
    }

    /// The machine slept for so long: this node was here all the same.
    pub fn sleep(&mut self, slept: Duration) {
        self.slept = self.slept.saturating_add(slept);
    }

    /// Since when this node is here.
    fn here_ms(&self, now: Now) -> u64 {
        millis(now.moment.since(self.started).saturating_add(self.slept))
    }

    /// Whether what is next of a log waits with the backlog.
    pub fn holds(&self, log: LogId) -> bool {
        self.backlog.holds(log)
    }

    /// Whether something was said before this node came, or long ago while it was cut off. What others claim of it does not
    /// count.
    pub fn is_backlog(&self, said: SaidAt, now: Now) -> bool {
        self.is_from_before(said, Duration::ZERO, now)
    }

    /// Whether something was said before this node came.
    pub fn is_before(&self, said: SaidAt, now: Now) -> bool {
        said.age_ms(now) > self.here_ms(now)
    }

    /// Old by its author's clock as we know it, and by our own: the author's may have followed another since, far ahead, so
    /// that all it said before looks old by its last beacon.
    fn is_old(&self, said: SaidAt, now: Now) -> bool {
        let here = self.here_ms(now);
        let age = now.wall.0.saturating_sub(said.at.0);
        let is_old_here = here < millis(BACKLOG_QUIET) || age > here.min(millis(BACKLOG_AFTER));
        is_old_here && self.is_from_before(said, BACKLOG_QUIET, now)
    }

    /// Said before this node came, or at most `slack` later, or longer ago than [`BACKLOG_AFTER`].
    fn is_from_before(&self, said: SaidAt, slack: Duration, now: Now) -> bool {
        let came = self.here_ms(now).checked_sub(millis(slack));
        came.is_none_or(|came| said.age_ms(now) > came.min(millis(BACKLOG_AFTER)))
    }

    /// How many messages wait for their end, to everybody and to us alone, how many items for their block, and how many logs
    /// were shown in part.
    pub fn len(&self) -> [usize; 4] {
        [self.partials.len(), self.private_partials.len(), self.backlog.len(), self.shown_before.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::Stamp;
    use crate::chat::log::Next;
    use crate::chat::wire::packing::pack;

    const ONE: LogId = Bytes([1; 8]);
    const OTHER: LogId = Bytes([2; 8]);

    /// A node that came a minute after the epoch is now here for so long.
    fn after(here: Duration) -> Now {
        Now { moment: Moment::START.after(here), wall: Wall(60_000 + millis(here)) }
    }

    fn said(at: u64) -> SaidAt {
        SaidAt { at: Wall(at), ahead_ms: 0 }
    }

    fn item(log: LogId, seq: u64, at: u64) -> Item {
        (Stamp::of(Wall(at)), log, seq, Next::Hole(1))
    }

    #[test]
    fn what_was_said_before_waits_for_its_block_and_what_is_said_now_does_not() {
        let (mut timeline, now) = (Timeline::new(Moment::START, true, None), after(Duration::from_secs(10)));
        assert!(timeline.take(item(ONE, 2, 5000), Some(said(5000)), true, now).is_none());
        assert!(timeline.take(item(OTHER, 1, 69_900), Some(said(69_900)), true, now).is_some(), "it is of now");
        assert!(
            timeline.take(item(ONE, 3, 69_900), Some(said(69_900)), true, now).is_none(),
            "it stands behind another"
        );
        assert!(timeline.take(item(OTHER, 2, 4000), Some(said(4000)), true, now).is_none());
        assert!(!timeline.is_block_due(true, now.moment));
        timeline.compared();
        assert!(timeline.is_block_due(false, now.moment) && !timeline.is_block_due(true, now.moment));
        let order: Vec<u64> = timeline.take_block().0.into_iter().map(|(stamp, ..)| stamp.wall().0).collect();
        assert_eq!(order, [4000, 5000, 69_900]);
        assert!(timeline.take(item(ONE, 4, 3000), Some(said(3000)), false, now).is_some(), "all is known");
    }

    #[test]
    fn an_authors_fast_clock_makes_nothing_old_and_a_slow_one_nothing_new() {
        let (timeline, now) = (Timeline::new(Moment::START, true, None), after(Duration::from_secs(60)));
        let before = |at, ahead_ms| {
            let said = SaidAt { at: Wall(at), ahead_ms };
            (timeline.is_backlog(said, now), timeline.is_before(said, now))
        };
        assert_eq!(before(119_000, 0), (false, false));
        assert_eq!(before(59_000, 0), (true, true));
        assert_eq!(before(59_000, -60_000), (false, false), "its clock is a minute behind");
        assert_eq!(before(119_000, 60_000), (true, true), "its clock is a minute ahead");
    }

    #[test]
    fn what_was_said_while_the_machine_slept_was_not_said_before_this_node_came() {
        let mut timeline = Timeline::new(Moment::START, true, None);
        let awake = Duration::from_secs(10);
        let now = Now { moment: Moment::START.after(awake), wall: Wall(60_000 + 100_000 + 10_000) };
        let in_between = said(60_000 + 50_000);
        assert!(timeline.is_before(in_between, now), "nothing is known of a sleep");
        timeline.sleep(Duration::from_secs(100));
        assert_eq!(
            [said(59_000), said(61_000), in_between].map(|said| timeline.is_before(said, now)),
            [true, false, false]
        );
        assert!(timeline.is_backlog(in_between, now), "but it is not of now");
    }

    #[test]
    fn what_the_last_session_showed_of_an_entry_is_not_shown_again() {
        let mut timeline = Timeline::new(Moment::START, true, None);
        timeline.shown_before(ONE, Shown { seq: 4, places: 2 });
        let entry = || Text { lines: ["a", "b", "c"].map(str::to_owned).to_vec(), continues: false, is_auto: false };
        let mut shown = |seq| -> Vec<String> {
            let messages = timeline.unpack((ONE, seq), entry(), false, Moment::START);
            messages.into_iter().map(|message| message.text).collect()
        };
        assert_eq!((shown(5), shown(6).len(), shown(5).len()), (vec!["c".to_owned()], 3, 3));
        assert_eq!(timeline.len(), [0; 4]);
    }

    #[test]
    fn a_log_counts_as_shown_but_for_a_message_that_waits_for_its_end() {
        let mut timeline = Timeline::new(Moment::START, true, None);
        let text = pack(vec!["short".to_owned(), "x".repeat(2000)]).remove(0);
        assert_eq!(timeline.unpack((ONE, 7), text, false, Moment::START).len(), 1);
        assert_eq!(timeline.shown(ONE, 7), Some(Shown { seq: 6, places: 1 }));
        let due = timeline.deadline().expect("it does not wait for ever");
        assert_eq!(timeline.overdue(due), Some(ONE));
        assert!(timeline.tear(ONE).0.is_some_and(|message| message.is_torn));
        assert_eq!((timeline.shown(ONE, 7), timeline.deadline()), (Some(Shown { seq: 7, places: 0 }), None));
        assert_eq!(Timeline::new(Moment::START, false, None).shown(ONE, 7), None, "nobody sees it");
    }
}
