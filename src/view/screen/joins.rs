//! Who comes and goes, as far as that is shown.

use std::time::Duration;

use crate::chat::api::talk::{Change, Speaker};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::Author;

/// Whose coming and going is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownJoins {
    /// Everybody's.
    All,
    /// That of people who spoke of late, and of who comes where one was alone.
    #[default]
    Smart,
    /// Nobody's.
    None,
}

/// Who spoke within this time is known to whoever reads.
const SPOKE_OF_LATE: Duration = Duration::from_secs(3600);
/// So many people are remembered in one generation of `Recent`; two are kept.
const REMEMBERED_MAX: usize = 512;

/// What is remembered of people for that.
#[derive(Debug)]
pub struct JoinFilter {
    joins: ShownJoins,
    known: Recent<Author, Known>,
}

#[derive(Debug, Default)]
struct Known {
    spoke: Option<Moment>,
    /// Their coming was shown: that they went is, too.
    was_shown: bool,
}

impl JoinFilter {
    /// Nobody is known.
    pub fn new(joins: ShownJoins) -> Self {
        Self { joins, known: Recent::new(REMEMBERED_MAX) }
    }

    /// Others are shown from now on.
    pub fn set_joins(&mut self, joins: ShownJoins) {
        self.joins = joins;
    }

    /// Somebody spoke.
    pub fn spoke(&mut self, who: &Speaker, now: Moment) {
        self.known.entry(who.author).spoke = Some(now);
    }

    /// Whether this is shown. What somebody is called matters always; `was_alone`: nobody else was there before.
    pub fn shows(&mut self, who: &Speaker, change: &Change, was_alone: bool, now: Moment) -> bool {
        if matches!(change, Change::Renamed(_)) || self.joins == ShownJoins::All {
            return true;
        }
        let known = self.known.get(&who.author);
        let spoke = known.and_then(|known| known.spoke).is_some_and(|at| now.since(at) < SPOKE_OF_LATE);
        let was_shown = known.is_some_and(|known| known.was_shown);
        let has_come = matches!(change, Change::Joined { .. });
        let is_shown = self.joins == ShownJoins::Smart && (spoke || if has_come { was_alone } else { was_shown });
        if self.joins == ShownJoins::Smart && (is_shown || was_shown) {
            self.known.entry(who.author).was_shown = is_shown && has_come;
        }
        is_shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    fn somebody(number: u8) -> Speaker {
        Speaker { author: Bytes([number; 32]), ..Speaker::me() }
    }

    const CAME: Change = Change::Joined { address: None, via: None };

    #[test]
    fn who_spoke_within_an_hour_and_who_comes_first_is_shown_and_with_them_that_they_went() {
        let (mut company, ann, bob) = (JoinFilter::new(ShownJoins::Smart), somebody(1), somebody(2));
        let at = |minutes: u64| Moment::since_start(Duration::from_secs(60 * minutes));
        assert!(company.shows(&ann, &CAME, true, at(0)), "the first one");
        assert!(!company.shows(&bob, &CAME, false, at(0)));
        assert!(company.shows(&ann, &Change::Lost, false, at(1)) && !company.shows(&bob, &Change::Left, false, at(1)));
        assert!(!company.shows(&ann, &Change::Left, false, at(2)), "told once");
        company.spoke(&bob, at(10));
        assert!(company.shows(&bob, &CAME, false, at(69)) && company.shows(&bob, &Change::Left, false, at(69)));
        assert!(!company.shows(&bob, &CAME, false, at(70)));
        assert!(company.shows(&bob, &Change::Renamed("rob".to_owned()), false, at(200)));
    }

    #[test]
    fn all_are_shown_or_none_where_that_is_wanted() {
        for (joins, is_shown) in [(ShownJoins::All, true), (ShownJoins::None, false)] {
            let (mut company, ann) = (JoinFilter::new(joins), somebody(1));
            company.spoke(&ann, Moment::START);
            for change in [CAME, Change::Left] {
                assert_eq!(company.shows(&ann, &change, true, Moment::START), is_shown);
            }
        }
    }
}
