//! Which logs somebody is reminded of whose last entries it may not have seen, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::chat::base::limits::{
    REMIND_AFTER, REMIND_LARGE, REMIND_OFTEN_FOR, REMIND_SELDOM_AFTER, REMIND_TOGETHER, REMINDERS_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// The logs whose last entries somebody may not have seen.
#[derive(Debug, Default)]
pub struct Reminders {
    of: BTreeMap<LogId, Reminder>,
}

/// Whose entries somebody is reminded of. Where too many are, the least yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of somebody who is not here, and not known. A member can invent as many as it likes.
    ForeignKeys,
    /// Of somebody else.
    Others,
    /// My own, of an earlier run.
    Earlier,
    /// My own.
    Own,
}

#[derive(Debug)]
struct Reminder {
    whose: Whose,
    due: Moment,
    since: Moment,
    sent: usize,
}

impl Reminders {
    /// A log got a new entry, for which we care.
    pub fn start(&mut self, log: LogId, whose: Whose, now: Moment) {
        let due = now.after(REMIND_AFTER);
        if let Some(reminder) = self.of.get_mut(&log) {
            *reminder = Reminder { whose, due: reminder.due.min(due), since: now, sent: 0 };
        } else if self.of.len() < REMINDERS_MAX || self.make_space(whose) {
            self.of.insert(log, Reminder { whose, due, since: now, sent: 0 });
        }
    }

    /// Forgets one that counts less.
    fn make_space(&mut self, whose: Whose) -> bool {
        if whose == Whose::ForeignKeys {
            return false;
        }
        let least = self.of.iter().min_by_key(|(_, reminder)| reminder.whose).filter(|(_, least)| least.whose < whose);
        let Some((&log, _)) = least else { return false };
        self.of.remove(&log).is_some()
    }

    pub fn len(&self) -> usize {
        self.of.len()
    }

    pub fn deadline(&self) -> Option<Moment> {
        self.of.values().map(|reminder| reminder.due).min()
    }

    /// The logs to remind of now, with those that are due so soon that they go together.
    pub fn due(&self, now: Moment) -> Vec<LogId> {
        if self.deadline().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let soon = now.after(REMIND_TOGETHER);
        self.of.iter().filter(|(_, reminder)| reminder.due <= soon).map(|(&log, _)| log).collect()
    }

    /// A log was reminded of. It is again after a while, unless that is over: everybody has it, or it was long enough, which
    /// is `patience` in a small room, and twice in others.
    pub fn reminded(&mut self, log: LogId, is_needless: bool, patience: Option<Duration>, now: Moment) {
        let Some(reminder) = self.of.get_mut(&log) else { return };
        let age = now.since(reminder.since);
        let wait = match patience {
            None => REMIND_LARGE,
            Some(_) if age < REMIND_OFTEN_FOR => REMIND_AFTER,
            Some(_) => REMIND_SELDOM_AFTER,
        };
        reminder.due = now.after(wait);
        reminder.sent += 1;
        if is_needless || patience.map_or(reminder.sent >= 2, |patience| age >= patience) {
            self.of.remove(&log);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn ones_own_lines_are_reminded_of_however_many_a_member_invents() {
        let log = |number: usize| Bytes(number.to_be_bytes());
        let mut reminders = Reminders::default();
        (1..=2 * REMINDERS_MAX).for_each(|number| reminders.start(log(number), Whose::ForeignKeys, Moment::START));
        reminders.start(log(1000), Whose::Own, Moment::START);
        (2000..2200).for_each(|number| reminders.start(log(number), Whose::Others, Moment::START));
        (3000..3200).for_each(|number| reminders.start(log(number), Whose::Earlier, Moment::START));
        assert_eq!(reminders.len(), REMINDERS_MAX);
        let held = |whose: Whose| reminders.of.values().filter(|reminder| reminder.whose == whose).count();
        let held = [Whose::ForeignKeys, Whose::Others, Whose::Earlier, Whose::Own].map(held);
        assert_eq!(held, [0, 0, REMINDERS_MAX - 1, 1]);
    }

    #[test]
    fn a_log_is_reminded_of_often_then_seldom_and_at_last_no_more_and_in_a_large_room_twice() {
        let at = |millis: u64| Moment::since_start(Duration::from_millis(millis));
        let reminded = |patience: Option<Duration>| {
            let (mut reminders, log) = (Reminders::default(), Bytes([1; 8]));
            reminders.start(log, Whose::Own, Moment::START);
            let mut times = Vec::new();
            while let Some(due) = reminders.deadline() {
                assert_eq!(reminders.due(due), [log]);
                reminders.reminded(log, false, patience, due);
                times.push(due);
            }
            times
        };
        let small: Vec<Moment> = [250, 500, 750, 1000, 1250, 1500, 1750, 2000, 3000].map(at).to_vec();
        assert_eq!(reminded(Some(Duration::from_secs(3))), small);
        assert_eq!(reminded(None), [at(250), at(1500)]);
    }
}
