//! What is served: what is held of what is wanted, and to whom it goes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::chat::api::machine::To;
use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{MULTICASTS_RATE, SERVED_ALIKE_WITHIN, SERVED_AT_ONCE_MAX, SERVED_HOLD, SPEAKERS_MAX};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::{EntryId, LogId};
use crate::chat::log::Log;
use crate::chat::log::archive::Archive;
use crate::chat::wire::entry::Entry;
use crate::chat::wire::frame::{Span, Wanted};

/// What is held of what is wanted.
#[derive(Debug, Default)]
pub struct Portion {
    /// In the order of logs and numbers.
    pub entries: Vec<Arc<Entry>>,
    /// What was held, and is not kept any more.
    pub gone: Vec<Span>,
}

/// What is held of what is wanted, no more than [`SERVED_AT_ONCE_MAX`] of both together, but for one span of each want that
/// begins before what is kept.
pub fn find(archive: &Archive, wants: &[Wanted]) -> Portion {
    let (mut entries, mut gone): (BTreeMap<EntryId, Arc<Entry>>, Vec<Span>) = (BTreeMap::new(), Vec::new());
    for want in wants {
        find_one(archive, want, &mut entries, &mut gone);
    }
    let mut entries: Vec<Arc<Entry>> = entries.into_values().collect();
    entries.sort_by_key(|entry| (entry.log, entry.header.seq));
    Portion { entries, gone }
}

fn find_one(archive: &Archive, want: &Wanted, entries: &mut BTreeMap<EntryId, Arc<Entry>>, gone: &mut Vec<Span>) {
    let log = want.log;
    let to = want.from.saturating_add(u64::from(want.count)).saturating_sub(1);
    if let Some(held) = archive.log(log) {
        for entry in held.between(want.from, to) {
            if entries.len() + gone.len() >= SERVED_AT_ONCE_MAX {
                return;
            }
            if entry.is_erased {
                gone.push(Span { log, from: entry.header.seq, to: entry.header.seq });
            } else {
                entries.insert(entry.id, Arc::clone(entry));
            }
        }
    }
    let first_kept = archive.log(log).map_or_else(|| archive.dropped(log).saturating_add(1), Log::floor);
    if want.from < first_kept && want.count > 0 {
        gone.push(Span { log, from: want.from, to: to.min(first_kept - 1) });
    }
}

/// To whom what began where was served last, in rooms that are not small.
#[derive(Debug)]
pub struct Served {
    last: Recent<(LogId, u64), Option<(Moment, To)>>,
    /// What was sent to everybody of late, by whomever: when that is much, nothing is added to it but one's own.
    multicasts: Budget,
}

impl Default for Served {
    fn default() -> Self {
        let multicasts = Budget::new(MULTICASTS_RATE, MULTICASTS_RATE);
        Self { last: Recent::new(SPEAKERS_MAX), multicasts }
    }
}

impl Served {
    pub fn len(&self) -> usize {
        self.last.len()
    }

    /// Somebody sent something to everybody.
    pub fn hear_multicast(&mut self, now: Moment) {
        self.multicasts.take(now);
    }

    /// To whom goes what `from` wants: to it alone; to everybody, once, where another one wanted the same just now; to nobody,
    /// where everybody got it just now.
    pub fn whom(&mut self, from: SocketAddr, first: &Wanted, now: Moment) -> Option<To> {
        let served = self.last.entry((first.log, first.from));
        match *served {
            Some((at, To::Lan)) if now.since(at) < SERVED_HOLD => return None,
            Some((at, To::Address(before))) if now.since(at) < SERVED_ALIKE_WITHIN && before != from => {
                *served = Some((now, To::Lan));
            }
            _ => *served = Some((now, To::Address(from))),
        }
        if matches!(*served, Some((_, To::Lan))) && !self.multicasts.has(now) {
            *served = Some((now, To::Address(from)));
        }
        served.map(|(_, to)| to)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_two_want_goes_to_everybody_once_and_then_is_held() {
        let (mut served, want) = (Served::default(), Wanted { log: LogId::ZERO, from: 7, count: 3 });
        let address = |port: u16| SocketAddr::from(([10, 0, 0, 1], port));
        let at = |millis: u64| Moment::since_start(Duration::from_millis(millis));
        let mut whom = |port: u16, millis: u64| served.whom(address(port), &want, at(millis));
        assert_eq!(whom(1, 0), Some(To::Address(address(1))));
        assert_eq!(whom(1, 100), Some(To::Address(address(1))), "it asks again");
        assert_eq!(whom(2, 200), Some(To::Lan));
        assert_eq!(whom(3, 300), None, "it came by multicast just now");
        assert_eq!(whom(3, 800), Some(To::Address(address(3))));
    }
}
