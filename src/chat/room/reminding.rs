//! Who has not confirmed the last entry of a log is reminded of it.

use std::collections::BTreeMap;

use super::Room;
use crate::chat::api::machine::To;
use crate::chat::base::limits::{
    REMIND_AFTER, REMIND_LARGE, REMIND_OFTEN_FOR, REMIND_SELDOM_AFTER, REMIND_TOGETHER, REMINDERS_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;
use crate::chat::wire::frame::{Frame, HEADS_MAX, Head};

/// The logs whose last entries somebody may not have seen.
#[derive(Debug, Default)]
pub struct Reminders {
    of: BTreeMap<LogId, Reminder>,
}

/// Whose entries somebody is reminded of. Where too many are, the least yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of somebody who is not here, and not known. A member can invent as many as it likes.
    Strangers,
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
        } else if self.of.len() < REMINDERS_MAX || self.make_room(whose) {
            self.of.insert(log, Reminder { whose, due, since: now, sent: 0 });
        }
    }

    /// Forgets one that counts less.
    fn make_room(&mut self, whose: Whose) -> bool {
        if whose == Whose::Strangers {
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
}

impl Room {
    /// Reminds those who have not confirmed the last entry of a log; in rooms that are not small, everybody, twice.
    pub(super) fn tick_reminders(&mut self) {
        let now = self.now.moment;
        let soon = now.after(REMIND_TOGETHER);
        if self.reminders.deadline().is_none_or(|due| due > now) {
            return;
        }
        let due = self.reminders.of.iter().filter(|(_, reminder)| reminder.due <= soon);
        let mut heads: BTreeMap<To, Vec<Head>> = BTreeMap::new();
        for log in due.map(|(&log, _)| log).collect::<Vec<_>>() {
            let targets = self.to_remind(log);
            self.reschedule_reminder(log, targets.is_empty());
            if let Some(head) = self.archive.head(log) {
                for to in targets {
                    heads.entry(to).or_default().push(head);
                }
            }
        }
        let ack = self.is_small();
        for (to, heads) in heads {
            for heads in heads.chunks(HEADS_MAX) {
                self.send_to_all(&[to], &Frame::Heads { ack, reply: false, heads: heads.to_vec() });
            }
        }
    }

    /// A log was reminded of. It is again after a while, unless that is over.
    fn reschedule_reminder(&mut self, log: LogId, is_needless: bool) {
        let (now, is_small, confirm_within) = (self.now.moment, self.is_small(), self.confirm_within());
        let Some(reminder) = self.reminders.of.get_mut(&log) else { return };
        let age = now.since(reminder.since);
        let wait = match age {
            _ if !is_small => REMIND_LARGE,
            age if age < REMIND_OFTEN_FOR => REMIND_AFTER,
            _ => REMIND_SELDOM_AFTER,
        };
        reminder.due = now.after(wait);
        reminder.sent += 1;
        let is_over = if is_small { age >= confirm_within } else { reminder.sent >= 2 };
        if is_needless || is_over {
            self.reminders.of.remove(&log);
        }
    }

    fn to_remind(&self, log: LogId) -> Vec<To> {
        if !self.is_small() {
            return if self.presence.is_empty() { Vec::new() } else { vec![To::Lan] };
        }
        let settled = self.archive.log(log).map_or(0, crate::chat::log::Log::settled);
        let is_own = log == self.own.log || self.earlier.has(log);
        let lacks = self.presence.present().filter(|peer| {
            let is_ours = is_own || peer.is_remote(self.now.moment) && !peer.hears(log);
            is_ours && peer.log != log && peer.acked(log) < settled
        });
        let mut targets: Vec<To> = lacks.filter_map(|peer| peer.address().or(peer.via)).map(To::Address).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
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
        (1..=2 * REMINDERS_MAX).for_each(|number| reminders.start(log(number), Whose::Strangers, Moment::START));
        reminders.start(log(1000), Whose::Own, Moment::START);
        (2000..2200).for_each(|number| reminders.start(log(number), Whose::Others, Moment::START));
        (3000..3200).for_each(|number| reminders.start(log(number), Whose::Earlier, Moment::START));
        assert_eq!(reminders.len(), REMINDERS_MAX);
        let held = |whose: Whose| reminders.of.values().filter(|reminder| reminder.whose == whose).count();
        let held = [Whose::Strangers, Whose::Others, Whose::Earlier, Whose::Own].map(held);
        assert_eq!(held, [0, 0, REMINDERS_MAX - 1, 1]);
    }
}
