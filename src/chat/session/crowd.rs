//! Many who come or leave at once are told as a number.

use std::collections::BTreeMap;

use crate::chat::api::notice::Notice;
use crate::chat::api::talk::Change;
use crate::chat::base::limits::{CROWD, CROWD_WITHIN};
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;

/// Who came and left of late, by room.
#[derive(Debug, Default)]
pub struct Crowd {
    rooms: BTreeMap<RoomName, Folded>,
}

#[derive(Debug)]
struct Folded {
    since: Moment,
    told: usize,
    joined: usize,
    left: usize,
}

impl Crowd {
    /// Whether this change is to be told by itself. The others are counted.
    pub fn is_told(&mut self, room: &RoomName, change: &Change, now: Moment) -> bool {
        let folded = self.rooms.entry(room.clone()).or_insert(Folded { since: now, told: 0, joined: 0, left: 0 });
        if folded.joined + folded.left == 0 && now.since(folded.since) >= CROWD_WITHIN {
            (folded.since, folded.told) = (now, 0);
        }
        folded.told += 1;
        if folded.told <= CROWD {
            return true;
        }
        match change {
            Change::Joined { .. } => folded.joined += 1,
            Change::Left | Change::Lost => folded.left += 1,
            Change::Renamed(_) => return true,
        }
        false
    }

    /// When what was counted is to be told.
    pub fn deadline(&self) -> Option<Moment> {
        let counting = self.rooms.values().filter(|folded| folded.joined + folded.left > 0);
        counting.map(|folded| folded.since.after(CROWD_WITHIN)).min()
    }

    /// What was counted; `present` says how many are in a room now.
    pub fn take_due(&mut self, now: Moment, present: impl Fn(&RoomName) -> usize) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (room, folded) in &mut self.rooms {
            if folded.joined + folded.left > 0 && folded.since.after(CROWD_WITHIN) <= now {
                let (joined, left) = (folded.joined, folded.left);
                notices.push(Notice::Crowd { room: room.clone(), joined, left, present: present(room) });
                *folded = Folded { since: now, told: CROWD, joined: 0, left: 0 };
            }
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_few_are_told_one_by_one_and_a_crowd_as_a_number() {
        let room = RoomName::parse("lobby").unwrap();
        let joined = Change::Joined { address: None, via: None };
        let at = |millis| Moment::since_start(Duration::from_millis(millis));
        let mut crowd = Crowd::default();
        let told = (0..50).filter(|&n| crowd.is_told(&room, &joined, at(n))).count();
        assert_eq!(told, CROWD);
        let due = crowd.deadline().unwrap();
        let notice = Notice::Crowd { room: room.clone(), joined: 50 - CROWD, left: 0, present: 50 };
        assert_eq!(crowd.take_due(due, |_| 50), [notice]);
        assert_eq!(crowd.deadline(), None);
        assert!(crowd.is_told(&room, &Change::Left, at(60_000)), "later a single one is told again");
    }
}
