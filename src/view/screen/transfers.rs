//! What is being fetched, for the status row.

use std::collections::BTreeMap;

use crate::chat::api::transfers::{TransferState, TransferTold};
use crate::view::words::en;

/// How far each thing is that is being fetched, by what its offer is called.
#[derive(Debug, Default)]
pub struct RunningTransfers(BTreeMap<String, RunningTransfer>);

#[derive(Debug)]
struct RunningTransfer {
    name: String,
    bytes: u64,
    done: u64,
    rate: u64,
}

impl RunningTransfers {
    /// Something happened to a transfer.
    pub fn note(&mut self, told: &TransferTold) {
        let TransferTold { offer, with, state, .. } = told;
        if with.is_some() || offer.is_own {
            return; // of what others fetch nobody here knows how much has come
        }
        let (done, rate) = match state {
            TransferState::Progress { done, rate } => (*done, *rate),
            TransferState::Started => (0, 0),
            _ => {
                self.0.remove(&offer.id);
                return;
            }
        };
        let running = RunningTransfer { name: offer.name.clone(), bytes: offer.bytes, done, rate };
        self.0.insert(offer.id.clone(), running);
    }

    /// The one that is nearest its end, and how many others there are: in fewer and fewer words. Nothing: there is none.
    pub fn words(&self) -> Vec<String> {
        let nearest = self.0.values().min_by_key(|running| running.bytes.saturating_sub(running.done));
        let Some(RunningTransfer { name, bytes, done, rate }) = nearest else { return Vec::new() };
        let others = if self.0.len() > 1 { format!(" (+{})", self.0.len() - 1) } else { String::new() };
        let share = en::share(*done, *bytes);
        let all = [en::get::progress(name, *done, *bytes, *rate), en::get::progress(name, *done, *bytes, 0), share];
        all.map(|words| format!("{words}{others}")).into()
    }
}
