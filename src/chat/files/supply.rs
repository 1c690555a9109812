//! The side of a transfer that has it: what is asked for leaves as fast as it is wanted, and no faster.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    PAGES_HELD_MAX, PULLS_RATE, SUPPLY_BURST_MAX, SUPPLY_CACHE_MAX, SUPPLY_SILENT_MAX, SUPPLY_VOID_AFTER,
};
use crate::chat::base::time::Moment;
use crate::chat::files::blocks::{PAGE_VALUES, Tree, VALUE_BYTES, Value, part_bytes};
use crate::chat::files::read_allowance::{DiskRead, ReadAllowance};
use crate::chat::files::requests::Orders;
use crate::chat::keys::exchange::TransferKeys;
use crate::chat::wire::offer::OfferKey;
use crate::chat::wire::transfer::{
    Extent, Opener, PIECE_OVERHEAD, Pull, Sealer, StopReason, StreamPart, StreamPiece, TRANSFER_BYTES_MAX,
    TRANSFER_OVERHEAD, TransferDirection, TransferMessage, piece_datagram_bytes,
};

/// How many bytes of a part one datagram carries at most.
const PIECE_BYTES_MAX: u64 = (TRANSFER_BYTES_MAX - TRANSFER_OVERHEAD - PIECE_OVERHEAD) as u64;
/// How many it carries: so many that all datagrams of a block are of one size, but for the last, which is hardly shorter. Only
/// datagrams of one size leave as one run.
pub const PIECE_BYTES: u64 = (64 * 1024_u64).div_ceil((64 * 1024_u64).div_ceil(PIECE_BYTES_MAX));
/// So many datagrams leave as one run at most: the most that fits 64 KiB.
const RUN_MAX: usize = 44;
/// So much is read at once.
const READS_MAX: usize = 4;
/// What may leave at once: what the rate gives in this time.
const BURST_FOR: Duration = Duration::from_millis(2);
/// And at least this: two datagrams.
const BURST_MIN: u64 = 2 * TRANSFER_BYTES_MAX as u64;

/// Datagrams of one size, one behind the other; the last may be shorter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DatagramRun {
    /// All of them.
    pub bytes: Vec<u8>,
    /// How long each is.
    pub each: usize,
}

/// What the holder is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum SupplyStep {
    /// Send these.
    Send(DatagramRun),
    /// Read this, and hand it in.
    Read(DiskRead),
    /// The transfer is over, and whoever fetches is to be told.
    End(StopReason),
    /// Whoever fetches says that it is over, and why. It is not answered.
    Stopped(StopReason),
    /// Nothing, until something comes or this moment.
    Wait(Option<Moment>),
}

/// One transfer, of whoever has it.
#[derive(Debug)]
pub struct Supply {
    keys: TransferKeys,
    sealer: Sealer,
    opener: Opener,
    /// What is fetched: by the first Pull.
    offer: Option<OfferKey>,
    tree: Option<Rc<Tree>>,
    orders: Orders,
    pulls: Budget,
    /// What may leave now, and since when that is.
    tokens: u64,
    filled: Moment,
    rate: u64,
    /// When something was last asked for.
    pulled: Moment,
    blocks: VecDeque<(u64, Arc<[u8]>)>,
    pages: BTreeMap<u64, Arc<[Value]>>,
    /// What is being read: a few at once, so that the disk is not woken for each.
    reading: Vec<DiskRead>,
    allowance: ReadAllowance,
    sent: u64,
    end: Option<StopReason>,
    /// The other side said so.
    is_stopped: bool,
}

impl Supply {
    /// A transfer that was granted and not begun.
    pub fn new(keys: TransferKeys, now: Moment) -> Self {
        Self {
            keys,
            sealer: Sealer::new(TransferDirection::ToAsker),
            opener: Opener::default(),
            offer: None,
            tree: None,
            orders: Orders::default(),
            pulls: Budget::new(PULLS_RATE, PULLS_RATE),
            tokens: BURST_MIN,
            filled: now,
            rate: 0,
            pulled: now,
            blocks: VecDeque::new(),
            pages: BTreeMap::new(),
            reading: Vec::new(),
            allowance: ReadAllowance::default(),
            sent: 0,
            end: None,
            is_stopped: false,
        }
    }

    /// What is fetched, once that is asked for.
    pub fn offer(&self) -> Option<OfferKey> {
        self.offer
    }

    /// Whether it is being served.
    pub fn is_served(&self) -> bool {
        self.tree.is_some()
    }

    /// How many bytes left.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// A datagram of this transfer came. Says what is asked for, where that is the first Pull.
    pub fn on_datagram(&mut self, datagram: &mut [u8], now: Moment) -> Option<OfferKey> {
        let (_, message) = self.opener.open(&self.keys, TransferDirection::ToHolder, datagram)?;
        match message {
            TransferMessage::Pull(pull) => self.on_pull(&pull, now),
            TransferMessage::Stop(reason) => {
                self.is_stopped |= self.end.is_none();
                self.end.get_or_insert(reason);
                None
            }
            TransferMessage::Piece(_) => None,
        }
    }

    fn on_pull(&mut self, pull: &Pull, now: Moment) -> Option<OfferKey> {
        if !self.pulls.take(now) {
            return None;
        }
        match (self.offer, &self.tree) {
            (None, _) => {
                self.offer = Some(pull.offer);
                self.take_orders(pull, now);
                return Some(pull.offer);
            }
            (Some(offer), _) if offer != pull.offer => {
                self.end.get_or_insert(StopReason::Unknown);
            }
            _ => self.take_orders(pull, now),
        }
        None
    }

    fn take_orders(&mut self, pull: &Pull, now: Moment) {
        let sizes = self.tree.as_ref().map(|tree| tree.layout);
        let size = |part| sizes.map_or(u64::MAX, |layout| part_bytes(layout, part));
        if self.orders.take(pull.credit, &pull.wanted, size) {
            (self.rate, self.pulled) = (pull.rate, now);
        }
    }

    /// It is served from now on.
    pub fn serve(&mut self, tree: Rc<Tree>) {
        let layout = tree.layout;
        let is_there = |extent: Extent| extent.from + extent.count <= part_bytes(layout, extent.part);
        if self.orders.next().all(is_there) {
            self.tree = Some(tree);
        } else {
            self.end = Some(StopReason::Unknown); // what it asks for is not there
        }
    }

    /// It ends, for this reason.
    pub fn stop(&mut self, reason: StopReason) {
        self.end.get_or_insert(reason);
    }

    /// The Stop that says so to whoever fetches; none, where that side said it first.
    pub fn say_stop(&mut self, reason: StopReason) -> Option<Vec<u8>> {
        if self.is_stopped {
            return None;
        }
        let offer = self.offer.unwrap_or(OfferKey { entry: crate::chat::base::bytes::Bytes::ZERO, item: 0 });
        let mut out = Vec::new();
        let message = TransferMessage::Stop(reason);
        self.sealer.close(&self.keys, offer, message, 0, &mut out).then_some(out)
    }

    /// A block was read. `value` is its value, as it was read; `None`: it could not be.
    pub fn on_block(&mut self, block: u64, bytes: Arc<[u8]>, value: Option<Value>) {
        self.reading.retain(|reading| *reading != DiskRead::Block(block));
        let Some(tree) = &self.tree else { return };
        if tree.layout.pages() > 0 && !self.pages.contains_key(&(block / PAGE_VALUES)) {
            return; // its page went meanwhile: both are read again
        }
        if value.is_none() || value != self.value_of(tree, block, &bytes) {
            return self.stop(StopReason::Changed);
        }
        self.blocks.push_back((block, bytes));
        let most = (SUPPLY_CACHE_MAX / tree.layout.block_bytes()).max(2);
        if self.blocks.len() as u64 > most {
            self.blocks.pop_front();
        }
    }

    /// What the value of a block has to be.
    fn value_of(&self, tree: &Tree, block: u64, bytes: &[u8]) -> Option<Value> {
        let layout = tree.layout;
        match (layout.blocks(), layout.pages()) {
            (0 | 1, _) => layout.is_only_block(tree.root, bytes).then(|| layout.value(block, bytes))?,
            (_, 0) => tree.top.get(usize::try_from(block).ok()?).copied(),
            _ => {
                let page = self.pages.get(&(block / PAGE_VALUES))?;
                page.get(usize::try_from(block % PAGE_VALUES).ok()?).copied()
            }
        }
    }

    /// The values of a page are these; `None`: they could not be read.
    pub fn on_page(&mut self, page: u64, values: Option<Arc<[Value]>>) {
        self.reading.retain(|reading| *reading != DiskRead::Page(page));
        let Some(tree) = &self.tree else { return };
        match values.filter(|values| tree.layout.is_page(&tree.top, page, values)) {
            Some(values) => {
                if self.pages.len() >= PAGES_HELD_MAX {
                    self.pages.pop_first();
                }
                self.pages.insert(page, values);
            }
            None => self.stop(StopReason::Changed),
        }
    }

    /// What is to be done next. It is asked again and again until it says that there is nothing.
    pub fn step(&mut self, now: Moment) -> SupplyStep {
        if let Some(reason) = self.end {
            return if self.is_stopped { SupplyStep::Stopped(reason) } else { SupplyStep::End(reason) };
        }
        let silent = if self.tree.is_some() { SUPPLY_SILENT_MAX } else { SUPPLY_SILENT_MAX / 2 };
        let over = self.pulled.after(silent);
        if over <= now {
            return SupplyStep::End(StopReason::Cancelled);
        }
        let Some(tree) = self.tree.clone() else { return SupplyStep::Wait(Some(over)) };
        let is_void = now.since(self.pulled) >= SUPPLY_VOID_AFTER;
        let mut wait = over;
        if !is_void && self.orders.next().next().is_some() {
            self.fill(now);
            if let Some(run) = self.run(&tree) {
                return SupplyStep::Send(run);
            }
            if self.next_lacks(&tree).is_none() {
                wait = wait.min(self.next_tokens(now));
            }
        }
        let Some(reading) = self.to_read(&tree).filter(|_| self.reading.len() < READS_MAX && !is_void) else {
            return SupplyStep::Wait(Some(wait));
        };
        if let Some(later) = self.allowance.take(reading, tree.layout.block_bytes(), self.sent, now) {
            return SupplyStep::Wait(Some(wait.min(later)));
        }
        self.reading.push(reading);
        SupplyStep::Read(reading)
    }

    fn fill(&mut self, now: Moment) {
        let span = now.since(self.filled);
        let more = u128::from(self.rate) * span.as_nanos() / 1_000_000_000;
        if more > 0 {
            let most = self.burst();
            self.tokens = self.tokens.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)).min(most);
            self.filled = now;
        }
    }

    fn burst(&self) -> u64 {
        let burst = u128::from(self.rate) * BURST_FOR.as_nanos() / 1_000_000_000;
        u64::try_from(burst).unwrap_or(u64::MAX).clamp(BURST_MIN, SUPPLY_BURST_MAX)
    }

    /// When the next datagrams may leave: at a rate that many leave at once, so that the loop does not wake for each.
    fn next_tokens(&self, now: Moment) -> Moment {
        let wanted = (self.burst() / 2).max(PIECE_BYTES);
        let lacking = u128::from(wanted.saturating_sub(self.tokens));
        let nanos = lacking * 1_000_000_000 / u128::from(self.rate.max(1));
        now.after(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).max(Duration::from_micros(100)))
    }

    /// Datagrams that may leave now.
    fn run(&mut self, tree: &Tree) -> Option<DatagramRun> {
        let mut run = DatagramRun::default();
        for _ in 0..RUN_MAX {
            let Some(extent) = self.orders.next().next() else { break };
            let Some((bytes, at)) = self.held(tree, extent) else { break };
            let count = extent.count.min(PIECE_BYTES).min((bytes.len() - at) as u64);
            let Some(here) = bytes.get(at..at + usize::try_from(count).unwrap_or(0)) else { break };
            let len = piece_datagram_bytes(extent.from, here.len());
            if count > self.tokens || run.each > 0 && len > run.each {
                break;
            }
            let piece = StreamPiece { part: extent.part, from: extent.from, bytes: here };
            let Some(offer) = self.offer else { break };
            let message = TransferMessage::Piece(piece);
            if !self.sealer.close(&self.keys, offer, message, 0, &mut run.bytes) {
                self.end = Some(StopReason::Cancelled); // its numbers have run out: it begins anew
                break;
            }
            self.tokens -= count;
            self.sent += count;
            self.orders.sent(count);
            run.each = run.each.max(len);
            if len < run.each {
                break; // nothing can follow a shorter one
            }
        }
        (run.each > 0).then_some(run)
    }

    /// The bytes that an extent begins with, and where in them; `None`: they have to be read.
    fn held(&self, tree: &Tree, extent: Extent) -> Option<(Arc<[u8]>, usize)> {
        let block_bytes = tree.layout.block_bytes();
        match extent.part {
            StreamPart::Stream => {
                let (number, at) = (extent.from / block_bytes, extent.from % block_bytes);
                let (_, bytes) = self.blocks.iter().find(|(block, _)| *block == number)?;
                Some((Arc::clone(bytes), usize::try_from(at).ok()?))
            }
            StreamPart::Page => {
                let page_bytes = PAGE_VALUES * VALUE_BYTES;
                let values = self.pages.get(&(extent.from / page_bytes))?;
                Some((value_bytes(values), usize::try_from(extent.from % page_bytes).ok()?))
            }
            StreamPart::Top => Some((value_bytes(&tree.top), usize::try_from(extent.from).ok()?)),
        }
    }

    /// Whether what is next has to be read first.
    fn next_lacks(&self, tree: &Tree) -> Option<Extent> {
        self.orders.next().next().filter(|&extent| self.held(tree, extent).is_none())
    }

    /// What is to be read for what is asked for: what is next, and some of what follows.
    fn to_read(&self, tree: &Tree) -> Option<DiskRead> {
        let layout = tree.layout;
        let most = (SUPPLY_CACHE_MAX / layout.block_bytes()).max(2) - 1;
        let mut ahead = 0;
        for extent in self.orders.next() {
            let unit = match extent.part {
                StreamPart::Stream => layout.block_bytes(),
                StreamPart::Page => PAGE_VALUES * VALUE_BYTES,
                StreamPart::Top => continue,
            };
            for number in extent.from / unit..=(extent.from + extent.count - 1) / unit {
                let is_block = extent.part == StreamPart::Stream;
                let page = if is_block { number / PAGE_VALUES } else { number };
                if layout.pages() > 0 && !self.pages.contains_key(&page) {
                    return Some(DiskRead::Page(page)).filter(|page| !self.reading.contains(page));
                }
                let block = DiskRead::Block(number);
                if is_block && !self.blocks.iter().any(|(block, _)| *block == number) && !self.reading.contains(&block)
                {
                    return Some(block);
                }
                ahead += 1;
                if ahead >= most {
                    return None;
                }
            }
        }
        None
    }
}

fn value_bytes(values: &[Value]) -> Arc<[u8]> {
    values.iter().flat_map(|value| value.0).collect()
}
