//! What the user offers is served to whoever may fetch it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::Node;
use super::rooms::RoomKey;
use super::servings::Serving;
use super::sources::OwnSource;
use crate::chat::api::disk::DiskJob;
use crate::chat::api::machine::{Advance, Output};
use crate::chat::api::transfers::TransferState;
use crate::chat::files::blocks::Value;
use crate::chat::files::supply::{Supply, SupplyStep};
use crate::chat::keys::exchange::{TransferId, TransferKeys};
use crate::chat::keys::identity::{Author, Run};
use crate::chat::wire::offer::OfferKey;
use crate::chat::wire::transfer::StopReason;

impl Node {
    /// Somebody may fetch something in a room: what, it says next.
    pub(super) fn granted(
        &mut self,
        room: RoomKey,
        keys: TransferKeys,
        to: (Author, Run),
        at: SocketAddr,
        is_strange: bool,
    ) {
        let id = keys.id();
        let supply = Supply::new(keys, self.now.moment);
        self.files.servings.grant(id, Serving::new(supply, (to, at), room, is_strange, self.now.moment));
    }

    /// A datagram of a transfer that this session serves.
    pub(super) fn on_serving(&mut self, id: TransferId, datagram: &mut [u8]) {
        let now = self.now.moment;
        let asked = self.files.servings.wake(id).and_then(|serving| serving.supply.on_datagram(datagram, now));
        if let Some(key) = asked {
            self.begin_serving(id, key);
        }
    }

    /// The first thing that is asked for: may it be fetched, and is there a place?
    fn begin_serving(&mut self, id: TransferId, key: OfferKey) {
        let Some((to, room)) = self.files.servings.get(id).map(|serving| (serving.to, serving.room)) else { return };
        let is_for = |to_one: Option<Author>| to_one.is_none_or(|one| one == to.0);
        let offer = self.files.offers.get(key).filter(|offer| {
            offer.source.is_some() && offer.room == room && is_for(offer.to) && !offer.is_over(self.now.wall)
        });
        let Some(source) = offer.and_then(|offer| offer.source) else {
            return self.stop_one(id, StopReason::Unknown);
        };
        for (replaced, is_same_run) in self.files.servings.replaced_by(id) {
            if is_same_run {
                self.files.servings.remove(replaced); // it has begun anew, and hears nothing of that any more
            } else {
                self.end_serving(replaced, StopReason::Busy(1));
            }
        }
        let now = self.now.moment;
        if self.files.servings.has_slot(id).is_err()
            && let Some(trickling) = self.files.servings.trickling(now)
        {
            self.end_serving(trickling, StopReason::Busy(0));
        }
        if let Err(ahead) = self.files.servings.has_slot(id) {
            return self.stop_one(id, StopReason::Busy(ahead));
        }
        let Some(serving) = self.files.servings.wake(id) else { return };
        serving.offer = Some(key);
        match self.files.sources.get_mut(source) {
            Some(OwnSource { tree: Some(tree), .. }) => serving.supply.serve(Rc::clone(tree)),
            Some(known) if !known.is_read => {
                known.is_read = true;
                let path = known.path.clone();
                self.outputs.push_back(Output::Disk(DiskJob::Examine { source, path }));
            }
            Some(_) => {}
            None => return self.stop_one(id, StopReason::Unknown),
        }
        let is_told = std::mem::replace(self.files.begun.entry((key, to.0)), true); // whoever begins anew is told of once
        if let Some(offer) = self.files.offers.get(key).filter(|_| !is_told).cloned() {
            self.tell_transfer(&offer, Some(to.0), TransferState::Started);
        }
    }

    fn stop_one(&mut self, id: TransferId, why: StopReason) {
        if let Some(serving) = self.files.servings.wake(id) {
            serving.supply.stop(why);
        }
    }

    /// Ends transfers to others, and tells them why.
    pub(super) fn stop_serving(&mut self, is_one: impl Fn(&Serving) -> bool, why: StopReason) {
        for id in self.files.servings.which(is_one) {
            self.end_serving(id, why);
        }
    }

    /// What was waited for was read: those who want it get it.
    pub(super) fn serve_waiting(&mut self, key: OfferKey) {
        let source = self.files.offers.get(key).and_then(|offer| offer.source);
        let tree = source.and_then(|source| self.files.sources.get(source)?.tree.clone());
        let Some(tree) = tree else { return };
        for id in self.files.servings.which(|serving| serving.offer == Some(key) && !serving.supply.is_served()) {
            if let Some(serving) = self.files.servings.wake(id) {
                serving.supply.serve(Rc::clone(&tree));
            }
        }
    }

    pub(super) fn block_read(&mut self, id: TransferId, block: u64, bytes: Arc<[u8]>, value: Option<Value>) {
        if let Some(serving) = self.files.servings.wake(id) {
            serving.supply.on_block(block, bytes, value);
        }
    }

    pub(super) fn page_read(&mut self, id: TransferId, page: u64, values: Option<Arc<[Value]>>) {
        if let Some(serving) = self.files.servings.wake(id) {
            serving.supply.on_page(page, values);
        }
    }

    /// Does the next thing that a transfer to somebody wants done.
    pub(super) fn advance_serving(&mut self, id: TransferId) -> Advance {
        let now = self.now.moment;
        let Some(serving) = self.files.servings.wake(id) else { return Advance::Done };
        match serving.supply.step(now) {
            SupplyStep::Send(run) => return Advance::Send(serving.at, run),
            SupplyStep::Read(reading) => {
                let source = serving.offer.and_then(|key| self.files.offers.get(key)?.source);
                match source {
                    Some(source) => {
                        self.outputs.push_back(Output::Disk(DiskJob::Read { source, transfer: id, reading }));
                    }
                    None => serving.supply.stop(StopReason::Withdrawn),
                }
            }
            SupplyStep::End(why) => {
                let changed = (why == StopReason::Changed).then_some(serving.offer).flatten();
                self.end_serving(id, why);
                if let Some(key) = changed {
                    self.offer_changed(key);
                }
            }
            SupplyStep::Stopped(why) => self.end_serving(id, why), // what it says of our disk is not believed
            SupplyStep::Wait(until) => self.files.servings.rest(id, until),
        }
        Advance::Done
    }

    fn end_serving(&mut self, id: TransferId, why: StopReason) {
        let Some(mut serving) = self.files.servings.remove(id) else { return };
        let offer = serving.offer.and_then(|key| self.files.offers.get(key)).cloned();
        if let Some(offer) = offer.filter(|_| why != StopReason::Done) {
            self.tell_transfer(&offer, Some(serving.to.0), TransferState::Cancelled);
        }
        if let Some(stop) = serving.supply.say_stop(why) {
            self.send_transfer(serving.at, stop);
        }
    }
}
