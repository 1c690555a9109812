//! Whether the secret of a room was superseded by another one, and who has not followed.

use crate::chat::base::limits::FORMER_TOLD_MAX;
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::identity::Author;

/// Whether the secret of this room is in use, and what was told of those who think otherwise.
#[derive(Debug, Default)]
pub struct Superseded {
    /// When another secret replaced this one; `None`: this one is in use.
    since: Option<Wall>,
    /// Who was said to use this one, where it was replaced.
    behind: Vec<Author>,
    /// Since when another one was said to be in use, where this one is.
    moved: Vec<Wall>,
}

impl Superseded {
    /// What beacons say of it.
    pub fn since(&self) -> Option<Wall> {
        self.since
    }

    /// How much was told.
    pub fn len(&self) -> usize {
        self.behind.len().max(self.moved.len())
    }

    /// Another secret replaced the one of this room at this time.
    pub fn supersede(&mut self, since: Wall) {
        self.since = Some(since);
    }

    /// What there is to tell of a person who uses this secret (`None`), or one that is in use since `theirs`. Of only so many,
    /// for whoever has the secret can invent people.
    pub fn news(&mut self, author: Author, theirs: Option<Wall>, now: Wall) -> Option<News> {
        match (self.since, theirs) {
            (Some(_), None) if is_news(&mut self.behind, author) => Some(News::Behind),
            (None, Some(since)) if !Stamp::of(since).is_ahead_of(now) && is_news(&mut self.moved, since) => {
                Some(News::Moved(since))
            }
            _ => None,
        }
    }
}

/// What somebody's beacon says of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It uses this one, which was replaced.
    Behind,
    /// It says that another one replaced this one then.
    Moved(Wall),
}

/// Whether something was not told yet, and may be.
fn is_news<T: PartialEq>(told: &mut Vec<T>, what: T) -> bool {
    let is_news = told.len() < FORMER_TOLD_MAX && !told.contains(&what);
    if is_news {
        told.push(what);
    }
    is_news
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn so_many_are_told_of_and_each_once() {
        let mut told = Vec::new();
        assert_eq!((0..100).filter(|who| is_news(&mut told, who % 50)).count(), FORMER_TOLD_MAX);
        assert!(!is_news(&mut told, 0) && told.len() == FORMER_TOLD_MAX);
    }

    #[test]
    fn who_uses_another_secret_is_told_of_unless_its_clock_is_far_ahead() {
        let (mut superseded, [one, other], now) = (Superseded::default(), [Author::ZERO, Bytes([1; 32])], Wall(1000));
        assert_eq!(superseded.news(one, None, now), None);
        assert_eq!(superseded.news(one, Some(Wall(u64::MAX)), now), None);
        assert_eq!(superseded.news(one, Some(Wall(7)), now), Some(News::Moved(Wall(7))));
        assert_eq!(superseded.news(other, Some(Wall(7)), now), None, "it was told");
        superseded.supersede(Wall(7));
        assert_eq!(
            [one, one, other].map(|who| superseded.news(who, None, now)),
            [Some(News::Behind), None, Some(News::Behind)]
        );
        assert_eq!(superseded.news(one, Some(Wall(8)), now), None);
    }
}
