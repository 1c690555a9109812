//! What has come of a stream: which bytes of which block lack, whether a block is what was signed, and what is wanted next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{FETCH_MEMORY_MAX, PAGES_HELD_MAX};
use crate::chat::files::blocks::{Layout, PAGE_VALUES, StreamHash, VALUE_BYTES, Value, part_bytes};
use crate::chat::files::ranges::Ranges;
use crate::chat::wire::transfer::{Extent, StreamPart};

/// What is proven as one: the top page, a page, or a block.
type Unit = (StreamPart, u64);

/// A unit that is coming.
#[derive(Debug)]
struct Coming {
    bytes: Vec<u8>,
    lacking: Ranges,
}

/// A block that is what was signed.
#[derive(Debug, PartialEq, Eq)]
pub struct ProvenBlock {
    /// Which.
    pub block: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its value, which proves it once more after a restart.
    pub value: Value,
}

/// It is not what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSigned;

/// A stream that is put together.
#[derive(Debug)]
pub struct Assembly {
    layout: Layout,
    root: StreamHash,
    /// Blocks that are kept.
    kept: Ranges,
    /// Blocks that are being written.
    writing: BTreeSet<u64>,
    top: Option<Vec<Value>>,
    pages: BTreeMap<u64, Vec<Value>>,
    coming: BTreeMap<Unit, Coming>,
    /// Whole blocks that wait for their page.
    unproven: BTreeMap<u64, Vec<u8>>,
    /// Blocks that are proven and are to be written.
    proven: VecDeque<ProvenBlock>,
    /// The next unit is looked for from here on.
    next: u64,
}

impl Assembly {
    /// Of this stream, of which the blocks in `kept` are there already.
    pub fn new(layout: Layout, root: StreamHash, kept: Ranges) -> Self {
        Self {
            layout,
            root,
            kept,
            writing: BTreeSet::new(),
            top: (layout.top_values() == 0).then(Vec::new),
            pages: BTreeMap::new(),
            coming: BTreeMap::new(),
            unproven: BTreeMap::new(),
            proven: VecDeque::new(),
            next: 0,
        }
    }

    /// What was coming is asked for anew.
    pub fn begin_anew(&mut self) {
        self.coming.clear();
        self.next = 0;
    }

    /// Which blocks are kept.
    pub fn kept(&self) -> &Ranges {
        &self.kept
    }

    /// How many bytes are.
    pub fn bytes_kept(&self) -> u64 {
        let last = self.layout.blocks().wrapping_sub(1);
        let whole = self.kept.count() * self.layout.block_bytes();
        if self.kept.has(last) { whole - self.layout.block_bytes() + self.layout.bytes_of(last) } else { whole }
    }

    /// Whether all of it is kept.
    pub fn is_complete(&self) -> bool {
        self.kept.count() == self.layout.blocks()
    }

    /// The next block that is proven and is to be written.
    pub fn take_proven(&mut self) -> Option<ProvenBlock> {
        let proven = self.proven.pop_front()?;
        self.writing.insert(proven.block);
        Some(proven)
    }

    /// A block is kept.
    pub fn on_written(&mut self, block: u64) {
        self.writing.remove(&block);
        self.kept.insert(block, block + 1);
    }

    /// Bytes came. Says how many of them lacked.
    pub fn take(&mut self, part: StreamPart, from: u64, bytes: &[u8]) -> Result<u64, NotSigned> {
        let end = from.checked_add(bytes.len() as u64).filter(|&end| end <= part_bytes(self.layout, part));
        let (end, unit_bytes) = (end.ok_or(NotSigned)?, self.unit_bytes(part));
        let (mut at, mut new) = (from, 0);
        while at < end {
            let number = at / unit_bytes;
            let stop = end.min((number + 1) * unit_bytes);
            let range = usize::try_from(at - from).unwrap_or(0)..usize::try_from(stop - from).unwrap_or(0);
            new += self.take_of_unit((part, number), at % unit_bytes, &bytes[range])?;
            at = stop;
        }
        Ok(new)
    }

    /// How many bytes a unit of a part has, but for the last.
    fn unit_bytes(&self, part: StreamPart) -> u64 {
        match part {
            StreamPart::Stream => self.layout.block_bytes(),
            StreamPart::Page | StreamPart::Top => PAGE_VALUES * VALUE_BYTES,
        }
    }

    fn take_of_unit(&mut self, unit: Unit, at: u64, bytes: &[u8]) -> Result<u64, NotSigned> {
        let Some(coming) = self.coming.get_mut(&unit) else { return Ok(0) };
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let Some(place) = coming.bytes.get_mut(start..start.saturating_add(bytes.len())) else { return Ok(0) };
        let new = coming.lacking.remove(at, at + bytes.len() as u64);
        if new == 0 {
            return Ok(0);
        }
        place.copy_from_slice(bytes);
        if coming.lacking.is_empty()
            && let Some(whole) = self.coming.remove(&unit)
        {
            self.prove(unit, whole.bytes)?;
        }
        Ok(new)
    }

    /// A unit is whole: is it what was signed?
    fn prove(&mut self, (part, number): Unit, bytes: Vec<u8>) -> Result<(), NotSigned> {
        match part {
            StreamPart::Top => {
                let values = values_of(&bytes);
                if !self.layout.is_top(self.root, &values) {
                    return Err(NotSigned);
                }
                self.top = Some(values);
                self.prove_waiting()
            }
            StreamPart::Page => {
                let values = values_of(&bytes);
                if !self.top.as_ref().is_some_and(|top| self.layout.is_page(top, number, &values)) {
                    return Err(NotSigned);
                }
                self.pages.insert(number, values);
                self.prove_waiting()
            }
            StreamPart::Stream => match self.value(number) {
                None if self.layout.blocks() > 1 => {
                    self.unproven.insert(number, bytes);
                    Ok(())
                }
                value => self.prove_block(number, bytes, value),
            },
        }
    }

    fn prove_waiting(&mut self) -> Result<(), NotSigned> {
        let waiting = std::mem::take(&mut self.unproven);
        waiting.into_iter().try_for_each(|(block, bytes)| self.prove((StreamPart::Stream, block), bytes))
    }

    fn prove_block(&mut self, block: u64, bytes: Vec<u8>, value: Option<Value>) -> Result<(), NotSigned> {
        let found = self.layout.value(block, &bytes).ok_or(NotSigned)?;
        let is_right = match value {
            Some(value) => found == value,
            None => self.layout.is_only_block(self.root, &bytes),
        };
        if !is_right {
            return Err(NotSigned);
        }
        self.proven.push_back(ProvenBlock { block, bytes, value: found });
        Ok(())
    }

    /// The value that a block has to have, where its page is known.
    fn value(&self, block: u64) -> Option<Value> {
        let (page, at) = (block / PAGE_VALUES, usize::try_from(block % PAGE_VALUES).ok()?);
        let values = if self.layout.pages() > 0 { self.pages.get(&page)? } else { self.top.as_ref()? };
        values.get(at).copied()
    }

    /// How much of it is in memory.
    fn memory(&self) -> u64 {
        let coming = self.coming.keys().filter(|(part, _)| *part == StreamPart::Stream).count();
        let blocks = coming + self.unproven.len() + self.proven.len() + self.writing.len();
        blocks as u64 * self.layout.block_bytes()
    }

    /// What is to be asked for next: a unit that is neither here nor coming, where there is room for one more.
    pub fn ask(&mut self) -> Option<Extent> {
        let (part, number) = self.next_unit()?;
        let from = number * self.unit_bytes(part);
        let count = (part_bytes(self.layout, part) - from).min(self.unit_bytes(part));
        let bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        self.coming.insert((part, number), Coming { bytes, lacking: Ranges::of(0, count) });
        Some(Extent { part, from, count })
    }

    /// What of an extent still lacks.
    pub fn lacking(&self, extent: Extent) -> Vec<Extent> {
        let (part, unit_bytes) = (extent.part, self.unit_bytes(extent.part));
        let (mut at, end, mut all) = (extent.from, extent.from + extent.count, Vec::new());
        while at < end {
            let start = at / unit_bytes * unit_bytes;
            let stop = end.min(start + unit_bytes);
            if let Some(coming) = self.coming.get(&(part, at / unit_bytes)) {
                let within = coming.lacking.iter().map(|(from, end)| ((start + from).max(at), (start + end).min(stop)));
                let within = within.filter(|(from, end)| from < end);
                all.extend(within.map(|(from, end)| Extent { part, from, count: end - from }));
            }
            at = stop;
        }
        all
    }

    /// The top page, the last block (which alone proves the size), and the blocks in their order, each behind its page.
    fn next_unit(&mut self) -> Option<Unit> {
        if self.top.is_none() {
            return Some((StreamPart::Top, 0)).filter(|unit| !self.coming.contains_key(unit));
        }
        if let Some(page) = self.page_lacking() {
            return Some(page);
        }
        if self.memory() + self.layout.block_bytes() > FETCH_MEMORY_MAX.max(3 * self.layout.block_bytes()) {
            return None;
        }
        let block = self.next_block()?;
        let page = (StreamPart::Page, block / PAGE_VALUES);
        if self.layout.pages() == 0 || self.pages.contains_key(&page.1) || self.coming.contains_key(&page) {
            return Some((StreamPart::Stream, block)); // it is proven once its page has come
        }
        while self.pages.len() >= PAGES_HELD_MAX {
            self.pages.pop_first();
        }
        Some(page)
    }

    /// A page that a whole block waits for, and that is neither here nor coming: it may have gone since it was asked for.
    fn page_lacking(&self) -> Option<Unit> {
        let pages = self.unproven.keys().map(|block| block / PAGE_VALUES);
        let lacks =
            |page: &u64| !self.pages.contains_key(page) && !self.coming.contains_key(&(StreamPart::Page, *page));
        pages.into_iter().find(lacks).map(|page| (StreamPart::Page, page))
    }

    fn next_block(&mut self) -> Option<u64> {
        let last = self.layout.blocks().checked_sub(1)?;
        if self.next == 0 && self.is_wanted(last) {
            return Some(last);
        }
        let mut block = self.kept.first_lacking_from(self.next);
        while block <= last && !self.is_wanted(block) {
            block = self.kept.first_lacking_from(block + 1);
        }
        self.next = block;
        (block <= last).then_some(block)
    }

    fn is_wanted(&self, block: u64) -> bool {
        let is_proven = self.proven.iter().any(|proven| proven.block == block);
        let is_here = self.kept.has(block) || self.writing.contains(&block) || self.unproven.contains_key(&block);
        !is_here && !is_proven && !self.coming.contains_key(&(StreamPart::Stream, block))
    }
}

fn values_of(bytes: &[u8]) -> Vec<Value> {
    bytes.as_chunks::<32>().0.iter().map(|value| Bytes(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::files::blocks::TreeBuilder;

    /// A stream of one block more than a page has values, all of which is kept but for that block. Of its tree, and that block.
    fn all_but_the_last() -> (Assembly, Vec<Value>, Vec<u8>) {
        let layout = Layout::of(PAGE_VALUES * 65_536 + 10).expect("a size");
        let mut builder = TreeBuilder::new(layout);
        while builder.wants() > 0 {
            builder.push(&vec![7; usize::try_from(builder.wants()).expect("a block")]).expect("a block");
        }
        let tree = builder.finish().expect("all blocks");
        let kept = Ranges::of(0, PAGE_VALUES);
        (Assembly::new(layout, tree.root, kept), tree.top, vec![7; 10])
    }

    /// Nothing but Pulls was said from then on: the page was coming when the holder fell silent, and its block was whole.
    #[test]
    fn a_page_that_was_coming_is_asked_for_again_where_its_blocks_are_here() {
        let (mut assembly, top, last) = all_but_the_last();
        let asks = |assembly: &mut Assembly| assembly.ask().map(|extent| (extent.part, extent.from));
        assert_eq!(asks(&mut assembly), Some((StreamPart::Top, 0)));
        let bytes: Vec<u8> = top.iter().flat_map(|value| value.0).collect();
        assembly.take(StreamPart::Top, 0, &bytes).expect("the top page");
        let page = Some((StreamPart::Page, PAGE_VALUES * VALUE_BYTES));
        assert_eq!(asks(&mut assembly), page);
        assert_eq!(asks(&mut assembly), Some((StreamPart::Stream, PAGE_VALUES * 65_536)));
        assembly.take(StreamPart::Stream, PAGE_VALUES * 65_536, &last).expect("it waits for its page");
        assert_eq!(asks(&mut assembly), None);
        assembly.begin_anew();
        assert_eq!(asks(&mut assembly), page);
    }
}
