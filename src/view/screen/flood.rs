//! What comes faster than it can be read is counted instead of shown.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::base::budget::Budget;
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;

/// Of one person so many lines are shown at once: more than anybody pastes to be read.
const LINES_AT_ONCE: u32 = 200;
/// And so many per second: faster than anybody reads.
const LINES_PER_SECOND: u32 = 20;
/// Of all together.
const ALL_AT_ONCE: u32 = 400;
const ALL_PER_SECOND: u32 = 60;
/// A message is shown whole; who says a very long one waits for the next long one, at most so long.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A message of so few lines waits for no long one before it.
const SHORT_LINES: usize = 5;
/// What was counted is told after so long.
const TELL_AFTER: Duration = Duration::from_secs(1);
/// So many are counted each on their own, the others together.
const SPEAKERS_MAX: usize = 64;

/// Who says something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Somebody in a room, as shown.
    Person(String),
    /// Whoever speaks plain at this address.
    PlainPeer(SocketAddr),
    /// All who are too many to be counted each on their own.
    Others,
}

/// Counts what is not shown, by who said it.
#[derive(Debug)]
pub struct Flood {
    all: Budget,
    of: BTreeMap<Source, Reading>,
    /// By whom, and in which room.
    folded: BTreeMap<(Source, Option<RoomName>), FoldedLines>,
    /// How many messages each room has had, shown or not.
    messages: BTreeMap<RoomName, u64>,
    since: Moment,
}

/// What is not shown of somebody in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldedLines {
    /// How many lines.
    pub lines: u64,
    /// So many of the newest messages of the room have all of them among them.
    pub among: u64,
}

/// How much of somebody can be read.
#[derive(Debug)]
struct Reading {
    lines: Budget,
    /// Until then one is busy with what was said last.
    until: Moment,
}

impl Reading {
    fn takes(&mut self, lines: usize, now: Moment) -> bool {
        if lines > SHORT_LINES && self.until > now || !self.lines.take(now) {
            return false;
        }
        let more = (1..lines).take_while(|_| self.lines.take(now)).count();
        let owed = u32::try_from(lines - 1 - more.min(lines - 1)).unwrap_or(u32::MAX);
        self.until =
            self.until.max(now.after((Duration::from_secs(1) / LINES_PER_SECOND * owed.min(1_000_000)).min(WAIT_MAX)));
        true
    }
}

impl Default for Flood {
    fn default() -> Self {
        let all = Budget::new(ALL_PER_SECOND, ALL_AT_ONCE);
        Self { all, of: BTreeMap::new(), folded: BTreeMap::new(), messages: BTreeMap::new(), since: Moment::START }
    }
}

impl Flood {
    /// Whether a message of so many lines of `who` in a room is to be shown. Else they are counted.
    pub fn shows(&mut self, who: &Source, room: Option<&RoomName>, lines: usize, now: Moment) -> bool {
        let before = room.map_or(0, |room| {
            let messages = self.messages.entry(room.clone()).or_default();
            *messages += 1;
            *messages - 1
        });
        if self.of.len() >= SPEAKERS_MAX && !self.of.contains_key(who) {
            self.of.retain(|_, reading| reading.until > now || !reading.lines.is_full(now));
        }
        let who = if self.of.len() < SPEAKERS_MAX || self.of.contains_key(who) { who } else { &Source::Others };
        let usual = || Reading { lines: Budget::new(LINES_PER_SECOND, LINES_AT_ONCE), until: Moment::START };
        let reading = self.of.entry(who.clone()).or_insert_with(usual);
        let first = (who.clone(), None);
        let is_folded = self.folded.range(&first..).next().is_some_and(|((folded, _), _)| folded == who);
        if !is_folded && self.all.has(now) && reading.takes(lines, now) && self.all.take(now) {
            return true;
        }
        if self.folded.is_empty() {
            self.since = now;
        }
        let of_first = FoldedLines { lines: 0, among: before }; // until it is told, how many came before
        self.folded.entry((who.clone(), room.cloned())).or_insert(of_first).lines += lines as u64;
        false
    }

    /// When what was counted is to be told.
    pub fn deadline(&self) -> Option<Moment> {
        (!self.folded.is_empty()).then(|| self.since.after(TELL_AFTER))
    }

    /// What was counted, where it is time to tell it.
    pub fn take_due(&mut self, now: Moment) -> Vec<(Source, Option<RoomName>, FoldedLines)> {
        if self.deadline().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let told = std::mem::take(&mut self.folded).into_iter().map(|((who, room), folded)| {
            let messages = room.as_ref().and_then(|room| self.messages.get(room)).copied().unwrap_or(0);
            (who, room, FoldedLines { among: messages.saturating_sub(folded.among), ..folded })
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Source {
        Source::Person(name.to_owned())
    }

    #[test]
    fn who_floods_is_counted_and_the_others_are_read() {
        let (mut flood, now) = (Flood::default(), Moment::START);
        let shown = (0..1000).filter(|_| flood.shows(&person("bob"), None, 1, now)).count();
        assert_eq!(shown, 200);
        assert!(flood.shows(&person("alice"), None, 1, now));
        assert_eq!(flood.take_due(now), []);
        let later = now.after(TELL_AFTER);
        assert_eq!(flood.take_due(later), [(person("bob"), None, FoldedLines { lines: 800, among: 0 })]);
        assert_eq!((flood.deadline(), flood.shows(&person("bob"), None, 1, later)), (None, true));
    }

    #[test]
    fn a_long_message_is_shown_whole_and_the_next_long_one_waits() {
        let (mut flood, now) = (Flood::default(), Moment::START);
        let at = |millis| now.after(Duration::from_millis(millis));
        assert!(flood.shows(&person("bob"), None, 300, now) && !flood.shows(&person("bob"), None, 1, now));
        flood.take_due(at(1000));
        assert!(flood.shows(&person("bob"), None, 1, at(1000)), "a line that somebody types is read");
        assert!(!flood.shows(&person("bob"), None, 50, at(4900)));
        flood.take_due(at(6000));
        assert!(flood.shows(&person("bob"), None, 30_000, at(6000)));
        assert!(flood.shows(&person("bob"), None, 1, at(7000)) && !flood.shows(&person("bob"), None, 9, at(15_900)));
        flood.take_due(at(17_000));
        assert!(flood.shows(&person("bob"), None, 9, at(17_000)));
    }

    #[test]
    fn many_names_are_no_way_round_it() {
        let (mut flood, now) = (Flood::default(), Moment::START);
        let shown = (0..100_000).filter(|number| flood.shows(&person(&format!("name{number}")), None, 1, now)).count();
        assert!(shown <= ALL_AT_ONCE as usize && flood.of.len() <= SPEAKERS_MAX + 1);
        assert!(flood.folded.len() <= SPEAKERS_MAX + 1);
    }

    #[test]
    fn what_is_not_shown_is_told_by_room_with_how_far_back_it_is_found() {
        let (mut flood, now) = (Flood::default(), Moment::START);
        let rooms = ["dev", "lobby"].map(|name| RoomName::parse(name).unwrap());
        for _ in 0..250 {
            flood.shows(&person("bob"), Some(&rooms[0]), 1, now);
        }
        flood.shows(&person("ann"), Some(&rooms[0]), 1, now);
        flood.shows(&person("bob"), Some(&rooms[1]), 3, now);
        let [dev, lobby] = rooms.map(Some);
        let folded = |lines, among| FoldedLines { lines, among };
        let told = [(person("bob"), dev, folded(50, 51)), (person("bob"), lobby, folded(3, 1))];
        assert_eq!(flood.take_due(now.after(TELL_AFTER)), told, "ann's is among the 51");
    }
}
