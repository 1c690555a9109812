//! The transfers that this session serves, or has granted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Bound;

use super::rooms::RoomKey;
use crate::chat::base::limits::{GRANTED_HELD_MAX, SLOTS_MAX, TRICKLE_BYTES, TRICKLE_WITHIN};
use crate::chat::base::time::Moment;
use crate::chat::files::supply::Supply;
use crate::chat::keys::exchange::TransferId;
use crate::chat::keys::identity::{Author, Run};
use crate::chat::wire::offer::OfferKey;

/// A transfer to somebody.
#[derive(Debug)]
pub struct Serving {
    pub supply: Supply,
    /// Who fetches.
    pub to: (Author, Run),
    /// Where from it asked.
    pub at: SocketAddr,
    /// In which room.
    pub room: RoomKey,
    /// Nobody known.
    pub is_strange: bool,
    /// What it fetches; nothing yet: it was granted and not begun.
    pub offer: Option<OfferKey>,
    /// How much had left, then.
    mark: (Moment, u64),
    /// There may be something to do.
    is_ready: bool,
    /// Until then there is not.
    due: Option<Moment>,
}

impl Serving {
    /// Granted just now.
    pub fn new(
        supply: Supply,
        (to, at): ((Author, Run), SocketAddr),
        room: RoomKey,
        is_strange: bool,
        now: Moment,
    ) -> Self {
        Self { supply, to, at, room, is_strange, offer: None, mark: (now, 0), is_ready: true, due: None }
    }

    /// Whether it took next to nothing since it was last looked, which is a while ago.
    fn is_trickling(&mut self, now: Moment) -> bool {
        let (then, before) = self.mark;
        if self.offer.is_none() || now.since(then) < TRICKLE_WITHIN {
            return false;
        }
        self.mark = (now, self.supply.sent());
        self.supply.sent() - before < TRICKLE_BYTES
    }
}

/// All of them, by what their datagrams are known by.
#[derive(Debug, Default)]
pub struct Servings {
    all: BTreeMap<TransferId, Serving>,
    /// Whose turn was last.
    last: Option<TransferId>,
}

impl Servings {
    pub fn get(&self, id: TransferId) -> Option<&Serving> {
        self.all.get(&id)
    }

    /// For whoever changes it, after which there may be something to do.
    pub fn wake(&mut self, id: TransferId) -> Option<&mut Serving> {
        let serving = self.all.get_mut(&id)?;
        serving.is_ready = true;
        Some(serving)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Serving> {
        self.all.values()
    }

    pub fn remove(&mut self, id: TransferId) -> Option<Serving> {
        self.all.remove(&id)
    }

    /// One more is granted. Where too many wait for a first word, one of them goes.
    pub fn grant(&mut self, id: TransferId, serving: Serving) {
        let waiting = || self.all.iter().filter(|(_, serving)| serving.offer.is_none());
        if waiting().count() >= GRANTED_HELD_MAX {
            let oldest = waiting().min_by_key(|(_, serving)| serving.mark.0).map(|(&id, _)| id);
            oldest.and_then(|id| self.all.remove(&id));
        }
        self.all.insert(id, serving);
    }

    /// Whether one that is asked for something now may be served: a place is free, and for strangers one of theirs. Else how
    /// many are served first.
    pub fn has_slot(&self, id: TransferId) -> Result<(), u8> {
        let Some(asking) = self.all.get(&id) else { return Err(0) };
        let served = || self.all.iter().filter(|(other, serving)| **other != id && serving.offer.is_some());
        let strange = served().filter(|(_, serving)| serving.is_strange).count();
        let ahead = match served().count() {
            count if count >= SLOTS_MAX => count,
            _ if asking.is_strange && strange >= SLOTS_MAX / 2 => strange,
            _ => return Ok(()),
        };
        Err(u8::try_from(ahead).unwrap_or(u8::MAX))
    }

    /// One that keeps its place from others and takes next to nothing.
    pub fn trickling(&mut self, now: Moment) -> Option<TransferId> {
        self.all.iter_mut().find_map(|(&id, serving)| serving.is_trickling(now).then_some(id))
    }

    /// The same author began anew, perhaps in another run: of one author one transfer is served, the last. Which are over, and
    /// whether each is of the same run.
    pub fn replaced_by(&self, id: TransferId) -> Vec<(TransferId, bool)> {
        let Some(asking) = self.all.get(&id) else { return Vec::new() };
        let others = self.all.iter().filter(|(other, serving)| **other != id && serving.to.0 == asking.to.0);
        others.map(|(&other, serving)| (other, serving.to.1 == asking.to.1)).collect()
    }

    /// Those that this is true of.
    pub fn which(&self, is_one: impl Fn(&Serving) -> bool) -> Vec<TransferId> {
        self.all.iter().filter(|(_, serving)| is_one(serving)).map(|(&id, _)| id).collect()
    }

    /// Whose moment has come.
    pub fn wake_due(&mut self, now: Moment) {
        let due = self.all.values_mut().filter(|serving| serving.due.is_some_and(|due| due <= now));
        due.for_each(|serving| serving.is_ready = true);
    }

    /// The next one that has something to do: each in turn.
    pub fn next_ready(&mut self) -> Option<TransferId> {
        let is_ready = |(&id, serving): (&TransferId, &Serving)| serving.is_ready.then_some(id);
        let behind = (self.last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let next = self.all.range(behind).find_map(is_ready).or_else(|| self.all.iter().find_map(is_ready))?;
        self.last = Some(next);
        Some(next)
    }

    /// It has nothing to do until then, or until something comes.
    pub fn rest(&mut self, id: TransferId, until: Option<Moment>) {
        if let Some(serving) = self.all.get_mut(&id) {
            (serving.is_ready, serving.due) = (false, until);
        }
    }

    pub fn deadline(&self) -> Option<Moment> {
        self.all.values().filter(|serving| !serving.is_ready).filter_map(|serving| serving.due).min()
    }
}
