//! How far a session is: it waits for others, is open, is being left, is over.

use crate::chat::api::ending::Ending;
use crate::chat::base::limits::{GOODBYE_AGAIN_AFTER, GOODBYES, LEAVE_WITHIN, READ_ON_FOR};
use crate::chat::base::time::Moment;

/// How far a session is.
#[derive(Debug)]
pub enum Phase {
    /// Nothing is said before enough others are there.
    Waiting(Intake),
    /// What is read is said.
    Open(Intake),
    /// Goodbye is being said.
    Leaving(Leaving),
    /// Nothing happens any more.
    Over,
}

/// What is still to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intake {
    /// Nothing: input has ended.
    has_ended: bool,
    /// Everything that is waited for came, then.
    met: Option<Moment>,
}

/// How far goodbye is.
#[derive(Clone, Copy, Debug)]
pub struct Leaving {
    ending: Ending,
    said: u32,
    /// When it is said next.
    next: Moment,
    /// Until when the disk is waited for, which has to keep first what a goodbye acknowledges.
    until: Moment,
}

impl Phase {
    /// It begins.
    pub fn new(waits_for_others: bool) -> Self {
        if waits_for_others { Self::Waiting(Intake::default()) } else { Self::Open(Intake::default()) }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Goodbye is being said, or was.
    pub fn is_ending(&self) -> bool {
        matches!(self, Self::Leaving(_) | Self::Over)
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    fn intake(&self) -> Option<&Intake> {
        match self {
            Self::Waiting(intake) | Self::Open(intake) => Some(intake),
            Self::Leaving(_) | Self::Over => None,
        }
    }

    fn intake_mut(&mut self) -> Option<&mut Intake> {
        match self {
            Self::Waiting(intake) | Self::Open(intake) => Some(intake),
            Self::Leaving(_) | Self::Over => None,
        }
    }

    /// Whether nothing more is read.
    pub fn has_input_ended(&self) -> bool {
        self.intake().is_none_or(|intake| intake.has_ended)
    }

    /// Nothing more is read.
    pub fn end_input(&mut self) {
        if let Some(intake) = self.intake_mut() {
            intake.has_ended = true;
        }
    }

    /// So many others are there as were waited for. What came before is as if it came now: nothing was read meanwhile.
    pub fn others_came(&mut self, now: Moment) {
        if let Self::Waiting(intake) = *self {
            *self = Self::Open(Intake { met: intake.met.map(|_| now), ..intake });
        }
    }

    /// Everything that is waited for has come.
    pub fn meet(&mut self, now: Moment) {
        if let Some(intake) = self.intake_mut() {
            intake.met.get_or_insert(now);
        }
    }

    /// When nothing more is read, for everything that is waited for has come. While others are waited for nothing is read yet.
    pub fn met_deadline(&self) -> Option<Moment> {
        match self {
            Self::Open(Intake { has_ended: false, met }) => met.map(|met| met.after(READ_ON_FOR)),
            _ => None,
        }
    }

    /// Goodbye is said from now on. Says whether it was not before.
    pub fn leave(&mut self, ending: Ending, now: Moment) -> bool {
        let is_first = !self.is_ending();
        if is_first {
            *self = Self::Leaving(Leaving { ending, said: 0, next: now, until: now.after(LEAVE_WITHIN) });
        }
        is_first
    }

    /// When goodbye is said next.
    pub fn goodbye_deadline(&self) -> Option<Moment> {
        match self {
            Self::Leaving(leaving) => Some(leaving.next),
            _ => None,
        }
    }

    /// Goodbye was said once more; `is_alone`: nobody is there to hear it again; `is_held`: it waits for the disk, and counts
    /// once it has left. The ending, where that was the last time.
    pub fn said_goodbye(&mut self, is_alone: bool, is_held: bool, now: Moment) -> Option<Ending> {
        let Self::Leaving(leaving) = self else { return None };
        leaving.next = now.after(GOODBYE_AGAIN_AFTER);
        if is_held && now < leaving.until {
            return None;
        }
        leaving.said += 1;
        let ending = leaving.ending;
        if leaving.said < GOODBYES && !is_alone {
            return None;
        }
        *self = Self::Over;
        Some(ending)
    }

    /// It is over at once.
    pub fn end(&mut self) {
        *self = Self::Over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_others_reads_on_once_they_came_also_where_all_that_was_expected_came_before() {
        let (mut phase, later) = (Phase::new(true), Moment::START.after(READ_ON_FOR * 3));
        phase.meet(Moment::START);
        assert_eq!((phase.is_waiting(), phase.met_deadline()), (true, None));
        phase.others_came(later);
        assert_eq!((phase.is_open(), phase.met_deadline()), (true, Some(later.after(READ_ON_FOR))));
        phase.end_input();
        assert_eq!((phase.has_input_ended(), phase.met_deadline()), (true, None));
    }

    #[test]
    fn goodbye_is_said_so_often_or_once_where_nobody_is_there() {
        for (is_alone, times) in [(false, GOODBYES), (true, 1)] {
            let mut phase = Phase::new(false);
            assert!(phase.leave(Ending::Quit, Moment::START) && !phase.leave(Ending::EndOfInput, Moment::START));
            let endings: Vec<_> = (0..times).map(|_| phase.said_goodbye(is_alone, false, Moment::START)).collect();
            assert_eq!(endings.iter().flatten().collect::<Vec<_>>(), [&Ending::Quit]);
            assert!(endings.last().is_some_and(Option::is_some) && phase.is_over());
        }
    }

    #[test]
    fn a_goodbye_waits_for_the_disk_but_not_for_ever() {
        let mut phase = Phase::new(false);
        phase.leave(Ending::Quit, Moment::START);
        let (before, after) = (Moment::START.after(LEAVE_WITHIN / 2), Moment::START.after(LEAVE_WITHIN));
        assert_eq!((0..100).find_map(|_| phase.said_goodbye(false, true, before)), None);
        let times = (1..10).find(|_| phase.said_goodbye(false, true, after).is_some());
        assert_eq!(times, Some(GOODBYES));
    }
}
