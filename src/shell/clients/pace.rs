//! How much a bot says in a second. What is more waits, and its pipe with it.

use std::collections::VecDeque;

use crate::chat::api::command::{Command, Request};
use crate::chat::api::machine::Input;
use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{BOT_BURST, BOT_RATE};
use crate::chat::base::time::Moment;

/// What a bot wants that it may not have yet.
pub struct BotPace {
    budget: Budget,
    /// At most what was read at once.
    waiting: VecDeque<Input<'static>>,
    /// Nothing more is said before.
    until: Option<Moment>,
}

impl BotPace {
    pub fn new() -> Self {
        Self { budget: Budget::new(BOT_RATE, BOT_BURST), waiting: VecDeque::new(), until: None }
    }

    /// Whether nothing waits. Only then more is to be read.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether something waits that may be said by now.
    pub fn is_ready(&self) -> bool {
        !self.waiting.is_empty() && self.until.is_none()
    }

    /// When that is so.
    pub fn deadline(&self) -> Option<Moment> {
        self.until
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) {
        self.until = self.until.filter(|&until| until > now);
    }

    /// It wants this, too.
    pub fn add(&mut self, wanted: Input<'static>) {
        self.waiting.push_back(wanted);
    }

    /// The next thing it wants and may have. What stands behind something that is to be said stays behind it.
    pub fn next(&mut self, now: Moment) -> Option<Input<'static>> {
        if says(self.waiting.front()?) && !self.budget.take(now) {
            self.until = Some(self.budget.next(now));
            return None;
        }
        self.waiting.pop_front()
    }
}

/// Whether others read it.
fn says(wanted: &Input<'_>) -> bool {
    let Input::Request(Request { command, .. }) = wanted else { return false };
    matches!(command, Command::Say(_) | Command::Me(_) | Command::Msg(..) | Command::Reply(_) | Command::Topic(_))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chat::api::requester::Requester;

    fn wants(command: Command) -> Input<'static> {
        Input::Request(Request { requester: Requester::default(), room: None, command })
    }

    fn taken(pace: &mut BotPace, now: Moment) -> usize {
        pace.tick(now);
        std::iter::from_fn(|| pace.next(now)).count()
    }

    #[test]
    fn a_flood_is_said_at_the_rate_and_whole() {
        let (mut pace, mut now, count) = (BotPace::new(), Moment::START, 100);
        (0..count).for_each(|number: u32| pace.add(wants(Command::Say(number.to_string()))));
        let mut said = taken(&mut pace, now);
        assert_eq!(said, BOT_BURST as usize);
        while !pace.is_empty() {
            assert!(!pace.is_ready());
            now = pace.deadline().unwrap();
            said += taken(&mut pace, now);
        }
        let least = Duration::from_secs(u64::from((count - BOT_BURST) / BOT_RATE));
        assert_eq!((said, pace.deadline()), (count as usize, None));
        assert!(now.since(Moment::START) >= least);
    }

    #[test]
    fn what_nobody_else_reads_costs_nothing_and_keeps_its_place() {
        let mut pace = BotPace::new();
        (0..100).for_each(|_| pace.add(wants(Command::Who)));
        assert_eq!(taken(&mut pace, Moment::START), 100);
        (0..=BOT_BURST).for_each(|_| pace.add(wants(Command::Me("waves".to_owned()))));
        pace.add(wants(Command::Who));
        assert_eq!(taken(&mut pace, Moment::START), BOT_BURST as usize);
        let due = pace.deadline().unwrap();
        assert_eq!(taken(&mut pace, due), 2);
    }
}
