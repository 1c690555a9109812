//! The side of a transfer that fetches: what comes is put together, kept, and asked for as fast as the path takes it.

use std::time::Duration;

use crate::chat::base::limits::FETCH_FRAGMENTS_MAX;
use crate::chat::base::time::Moment;
use crate::chat::files::assembly::{Assembly, ProvenBlock};
use crate::chat::files::blocks::{Layout, StreamHash};
use crate::chat::files::link::{Link, PullDue};
use crate::chat::files::ranges::Ranges;
use crate::chat::keys::exchange::TransferKeys;
use crate::chat::wire::offer::OfferKey;
use crate::chat::wire::transfer::{StopReason, StreamPiece, TransferMessage};

/// What whoever fetches is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum FetchStep {
    /// Send this to the holder.
    Send(Vec<u8>),
    /// Keep this block, and say when it is kept.
    Write(ProvenBlock),
    /// Everything is kept.
    Complete,
    /// The holder does not answer any more: begin anew.
    Stalled,
    /// It does not go on.
    Failed(StopReason),
    /// Nothing, until something comes or this moment.
    Wait(Option<Moment>),
}

/// Fetches one stream.
#[derive(Debug)]
pub struct Fetch {
    offer: OfferKey,
    assembly: Assembly,
    /// How it is agreed on now.
    link: Option<Link>,
    /// How much may be on the way on a short path.
    buffer: u64,
    failed: Option<StopReason>,
}

impl Fetch {
    /// Of this stream, of which the blocks in `kept` are there already. `buffer`: how many bytes of it the system's buffer holds.
    pub fn new(offer: OfferKey, layout: Layout, root: StreamHash, kept: Ranges, buffer: u64) -> Self {
        // Nothing is asked for of an empty stream: what was signed for it is looked at here.
        let is_nothing = layout.blocks() == 0 && !layout.is_only_block(root, &[]);
        let failed = is_nothing.then_some(StopReason::Changed);
        Self { offer, assembly: Assembly::new(layout, root, kept), link: None, buffer, failed }
    }

    /// It is granted: it goes on by these keys, on a path of this round trip.
    pub fn begin(&mut self, keys: TransferKeys, rtt: Duration, now: Moment) {
        self.assembly.begin_anew();
        self.link = Some(Link::new(keys, rtt, self.buffer, now));
    }

    /// How many bytes are kept.
    pub fn bytes_kept(&self) -> u64 {
        self.assembly.bytes_kept()
    }

    /// Which blocks are kept.
    pub fn kept(&self) -> &Ranges {
        self.assembly.kept()
    }

    /// Whether it is agreed on with somebody.
    pub fn is_begun(&self) -> bool {
        self.link.is_some()
    }

    /// A datagram of this transfer came.
    pub fn on_datagram(&mut self, datagram: &mut [u8], now: Moment) {
        let Some((counter, message)) = self.link.as_mut().and_then(|link| link.open(datagram, now)) else { return };
        match message {
            TransferMessage::Piece(piece) => self.on_piece(piece, counter, now),
            TransferMessage::Stop(reason) => {
                self.link = None; // a Stop is not answered
                self.fail(reason);
            }
            TransferMessage::Pull(_) => {}
        }
    }

    fn fail(&mut self, reason: StopReason) {
        self.failed.get_or_insert(reason);
    }

    fn on_piece(&mut self, StreamPiece { part, from, bytes }: StreamPiece<'_>, counter: u32, now: Moment) {
        let Some(link) = &mut self.link else { return };
        match self.assembly.take(part, from, bytes) {
            Ok(new) => {
                link.came(part, from, bytes.len() as u64, counter, now);
                link.delivered(new, now);
                if link.fragments() > FETCH_FRAGMENTS_MAX {
                    self.fail(StopReason::Changed);
                }
            }
            Err(_) => self.fail(StopReason::Changed),
        }
    }

    /// A block is kept, or cannot be.
    pub fn on_written(&mut self, block: u64, is_kept: bool) {
        if is_kept {
            self.assembly.on_written(block);
        } else {
            self.fail(StopReason::NoSpace);
        }
    }

    /// What is to be done next. It is asked again and again until it says that there is nothing.
    pub fn step(&mut self, now: Moment) -> FetchStep {
        if let Some(reason) = self.failed {
            return FetchStep::Failed(reason);
        }
        if let Some(proven) = self.assembly.take_proven() {
            return FetchStep::Write(proven);
        }
        if self.assembly.is_complete() {
            return FetchStep::Complete;
        }
        self.ask(now);
        let Some(link) = &mut self.link else { return FetchStep::Wait(None) };
        match link.due(now) {
            PullDue::At(moment) => return FetchStep::Wait(Some(moment)),
            PullDue::Never => {
                self.link = None;
                return FetchStep::Stalled;
            }
            PullDue::Again => {
                link.lose_patience(now);
                self.ask(now);
            }
            PullDue::Now => {}
        }
        if let Some(pull) = self.link.as_mut().and_then(|link| link.say_pull(self.offer, now)) {
            FetchStep::Send(pull)
        } else {
            self.link = None;
            FetchStep::Stalled
        }
    }

    /// Asks for what is wanted next, as much as may be on the way.
    fn ask(&mut self, now: Moment) {
        let Some(link) = &mut self.link else { return };
        while link.has_room() {
            if let Some(lost) = link.take_lost() {
                for extent in self.assembly.lacking(lost) {
                    link.ask(extent, now);
                }
            } else if let Some(extent) = self.assembly.ask() {
                link.ask(extent, now);
            } else {
                return link.idle();
            }
        }
    }

    /// The holder does not serve it now: it begins anew later.
    pub fn break_off(&mut self) {
        self.link = None;
        self.failed = None;
    }

    /// The Stop that says why it does not go on, or that all has come.
    pub fn say_stop(&mut self, reason: StopReason) -> Option<Vec<u8>> {
        self.link.as_mut()?.say(self.offer, TransferMessage::Stop(reason))
    }
}
