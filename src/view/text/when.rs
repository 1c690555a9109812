//! Times as people read them, where they are.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use crate::chat::base::time::Wall;

/// What the clocks on the wall show here.
#[derive(Clone, Debug)]
pub struct LocalTime(TimeZone);

/// That of Greenwich.
impl Default for LocalTime {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl LocalTime {
    /// That of a time zone.
    pub fn of(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// The time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }

    fn at(&self, time: Wall) -> Zoned {
        let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
        let timestamp = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
        timestamp.to_zoned(self.0.clone())
    }

    /// The day.
    pub fn day(&self, time: Wall) -> Date {
        self.at(time).date()
    }

    /// `14:02`.
    pub fn minute(&self, time: Wall) -> String {
        self.at(time).strftime("%H:%M").to_string()
    }

    /// `2026-11-20 14:02 CET`, which is the same moment for whoever reads it elsewhere.
    pub fn anywhere(&self, time: Wall) -> String {
        self.at(time).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// `2026-11-20 14:02:33`, which sorts as time does and can be given to `--since`.
    pub fn second(&self, time: Wall) -> String {
        self.at(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

impl LocalTime {
    /// Reads a time as people write it: a day, a time of today, both, how long ago, `today` or `yesterday`. `None`: it
    /// cannot be a time.
    pub fn parse(&self, text: &str, now: Wall) -> Option<Wall> {
        let now = self.at(now);
        let found = self.exactly(text, &now).or_else(|| ago(text, &now))?;
        Some(Wall(u64::try_from(found.timestamp().as_millisecond()).unwrap_or(0)))
    }

    fn exactly(&self, text: &str, now: &Zoned) -> Option<Zoned> {
        let at = |civil: DateTime| civil.to_zoned(self.0.clone()).ok();
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(timestamp.to_zoned(self.0.clone()));
        }
        if let Ok(time) = text.parse::<DateTime>() {
            return at(time);
        }
        if let Some(time) = text.parse::<Time>().ok().filter(|_| text.contains(':')) {
            return at(now.date().to_datetime(time));
        }
        match text {
            "now" => Some(now.clone()),
            "today" => at(now.date().to_datetime(Time::midnight())),
            "yesterday" => at(now.date().yesterday().ok()?.to_datetime(Time::midnight())),
            _ => None,
        }
    }
}

/// `2h`, `3d`, `1 week ago`: so long before now.
fn ago(text: &str, now: &Zoned) -> Option<Zoned> {
    let span: Span = text.strip_suffix(" ago").unwrap_or(text).trim_start_matches('-').parse().ok()?;
    now.checked_sub(span.abs()).ok()
}

/// `Friday 20 November 2026`.
pub fn long_day(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_as_the_clock_on_the_wall_shows_it() {
        let there = LocalTime::of(TimeZone::fixed(jiff::tz::offset(9)));
        let moment = Wall(1_763_650_800_000); // 2025-11-20 15:00 UTC
        assert_eq!(LocalTime::default().second(moment), "2025-11-20 15:00:00");
        assert_eq!(
            (there.minute(moment), long_day(there.day(moment))),
            ("00:00".into(), "Friday 21 November 2025".into())
        );
        LocalTime::default().second(Wall(u64::MAX)); // an author may claim any time
    }

    #[test]
    fn a_time_is_read_as_people_write_it() {
        let local = LocalTime::of(TimeZone::fixed(jiff::tz::offset(1)));
        let now = Wall(1_763_650_800_000); // 2025-11-20 16:00 here
        for (text, time) in [
            ("2025-11-19", "2025-11-19 00:00:00"),
            ("2025-11-19 08:30", "2025-11-19 08:30:00"),
            ("2025-11-19T08:30:05", "2025-11-19 08:30:05"),
            ("2025-11-19T08:30:05Z", "2025-11-19 09:30:05"),
            ("14:30", "2025-11-20 14:30:00"),
            ("2h", "2025-11-20 14:00:00"),
            ("90 min ago", "2025-11-20 14:30:00"),
            ("3d", "2025-11-17 16:00:00"),
            ("1w", "2025-11-13 16:00:00"),
            ("today", "2025-11-20 00:00:00"),
            ("yesterday", "2025-11-19 00:00:00"),
        ] {
            assert_eq!(local.parse(text, now).map(|time| local.second(time)), Some(time.to_owned()), "{text}");
        }
        for text in ["", "soon", "2026", "14", "25:00", "2025-13-01", "999999999999h"] {
            assert!(local.parse(text, now).is_none(), "{text}");
        }
    }
}
