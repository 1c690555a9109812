//! Where what is shown changes its day: to an earlier one, back to now, or to the next.

use jiff::civil::Date;

use crate::chat::api::event::{Event, Message};
use crate::chat::api::talk::Said;
use crate::view::text::when::{self, LocalTime};
use crate::view::words::en;

/// Which time the last record was of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Days(Era);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Era {
    #[default]
    Unknown,
    Now(Date),
    Earlier(Date),
}

impl Days {
    /// What is to be told before `event`, where its time is another than that of what was before.
    pub fn change(&mut self, event: &Event, local: &LocalTime) -> Option<String> {
        let era = match event {
            Event::Said(said) if is_earlier(said) => Era::Earlier(local.day(said.sent)),
            Event::Said(Said { received: when, .. })
            | Event::Message(Message { received: when, .. })
            | Event::Wrote { sent: when, .. } => Era::Now(local.day(*when)),
            _ => return None,
        };
        let before = std::mem::replace(&mut self.0, era);
        match (before, era) {
            (Era::Unknown, Era::Now(_)) => None,
            (before, era) if before == era => None,
            (_, Era::Earlier(day)) => Some(en::screen::earlier(&when::long_day(day))),
            (Era::Now(_), Era::Now(day)) => Some(en::screen::day(&when::long_day(day))),
            _ => Some(en::screen::NOW.to_owned()),
        }
    }
}

/// Whether it was not said just now.
pub fn is_earlier(said: &Said) -> bool {
    said.marks.is_backlog || said.marks.is_recalled
}
