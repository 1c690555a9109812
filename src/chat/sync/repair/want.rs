//! One log that lacks something: who may have it, and who is asked when.

use std::net::SocketAddr;

use crate::chat::base::time::Moment;
use crate::chat::keys::identity::LogId;

/// Something to be asked for: what is known to be missing of a log, or what somebody claims to have of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Which log.
    pub log: LogId,
    /// Who claims it; `None`: it is known.
    pub by: Option<SocketAddr>,
}

/// Why somebody is asked. Each has a share of its own in what may be on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantReason {
    /// It is known to be missing.
    Gap,
    /// It writes the log, and says how far that goes.
    Author,
    /// It claims to have it.
    Claim,
    /// Somebody else claimed it, and does not keep it any more.
    Hearsay,
}

impl Task {
    /// Why `holder` is asked for it.
    pub fn reason(self, holder: SocketAddr, want: Option<&Want>) -> WantReason {
        let is_author = |by: SocketAddr| {
            want.is_some_and(|want| want.claims.iter().any(|claim| claim.holder == by && claim.is_author))
        };
        match self.by {
            None => WantReason::Gap,
            Some(by) if by == holder && is_author(by) => WantReason::Author,
            Some(by) if by == holder => WantReason::Claim,
            Some(_) => WantReason::Hearsay,
        }
    }
}

/// A log that lacks something.
#[derive(Debug, Default)]
pub struct Want {
    pub gap: Option<Gap>,
    /// Who claims to have more, and was not asked in vain too often.
    pub claims: Vec<Claim>,
    /// Who says that it is gone.
    pub gone: Vec<SocketAddr>,
}

/// An entry is held whose author has signed others before it.
#[derive(Debug)]
pub struct Gap {
    pub upto: u64,
    /// Who brought the entry behind the gap.
    pub by: SocketAddr,
    pub ask: Ask,
}

/// Somebody says that it holds a log further than it is held here.
#[derive(Debug)]
pub struct Claim {
    pub holder: SocketAddr,
    pub upto: u64,
    /// It writes that log.
    pub is_author: bool,
    /// A comparison told it: what comes was said before one came, or while one was cut off.
    pub is_backlog: bool,
    pub ask: Ask,
}

/// When something is asked for, and what was asked last.
#[derive(Debug)]
pub struct Ask {
    pub due: Moment,
    pub tries: u32,
    /// Whom, for how many entries, and up to which.
    pub asked: Option<(SocketAddr, u64, u64)>,
}

impl Ask {
    pub fn new(due: Moment) -> Self {
        Self { due, tries: 0, asked: None }
    }
}

impl Want {
    pub fn upto(&self) -> u64 {
        let claimed = self.claims.iter().map(|claim| claim.upto);
        claimed.chain(self.gap.as_ref().map(|gap| gap.upto)).max().unwrap_or(0)
    }

    pub fn claim(&mut self, holder: SocketAddr) -> Option<&mut Claim> {
        self.claims.iter_mut().find(|claim| claim.holder == holder)
    }

    pub fn ask(&mut self, by: Option<SocketAddr>) -> Option<&mut Ask> {
        match by {
            None => self.gap.as_mut().map(|gap| &mut gap.ask),
            Some(holder) => self.claim(holder).map(|claim| &mut claim.ask),
        }
    }

    pub fn asks(&self) -> impl Iterator<Item = (Option<SocketAddr>, &Ask)> {
        let known = self.gap.iter().map(|gap| (None, &gap.ask));
        known.chain(self.claims.iter().map(|claim| (Some(claim.holder), &claim.ask)))
    }

    /// Whom to ask, and up to where. For a known gap whoever revealed it, its author and another one take turns; else who
    /// claims to have it is asked, and in turn with others once somebody has said that it is gone.
    pub fn turn(
        &mut self,
        by: Option<SocketAddr>,
        author: Option<SocketAddr>,
        other: impl FnOnce() -> Option<SocketAddr>,
    ) -> Option<(SocketAddr, u64)> {
        let Some(holder) = by else {
            let gap = self.gap.as_ref()?;
            let holder = match gap.ask.tries % 3 {
                0 => Some(gap.by),
                1 => author.or_else(other),
                _ => other().or(author),
            };
            return Some((holder.unwrap_or(gap.by), gap.upto));
        };
        let is_gone = !self.gone.is_empty();
        let claim = self.claim(holder)?;
        let other = if is_gone && !claim.ask.tries.is_multiple_of(2) { other() } else { None };
        Some((other.unwrap_or(holder), claim.upto))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;

    #[test]
    fn what_the_author_says_what_others_claim_and_what_is_hearsay_are_asked_for_apart() {
        let holder = |port: u16| SocketAddr::from(([10, 0, 0, 1], port));
        let (log, ask) = (Bytes([1; 8]), || Ask::new(Moment::START));
        let claim = |port, is_author| Claim { holder: holder(port), upto: 9, is_author, is_backlog: false, ask: ask() };
        let want = Want { gap: None, claims: vec![claim(1, true), claim(2, false)], gone: Vec::new() };
        let reason = |by: Option<u16>, port| Task { log, by: by.map(holder) }.reason(holder(port), Some(&want));
        assert_eq!([reason(None, 1), reason(None, 2), reason(None, 3)], [WantReason::Gap; 3]);
        assert_eq!(
            [reason(Some(1), 1), reason(Some(2), 2), reason(Some(3), 3)],
            [WantReason::Author, WantReason::Claim, WantReason::Claim]
        );
        assert_eq!([reason(Some(1), 2), reason(Some(2), 1)], [WantReason::Hearsay; 2]);
    }
}
