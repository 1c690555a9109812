//! A stream in blocks, each of which is proven alone against the hash of the whole: the subtrees of BLAKE3 (its paper, 2.1).
//!
//! A block has a value. Up to [`PAGE_VALUES`] blocks, the values of all blocks prove the stream: they are its top page. Of
//! more, the values stand in pages, each page folds to one value, and those are the top page.

use blake3::Hasher;
use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

use crate::chat::base::bytes::Bytes;
use crate::chat::wire::transfer::StreamPart;

/// The BLAKE3 hash of a whole stream.
pub type StreamHash = Bytes<32>;
/// What stands for a block or a page: the chaining value of its subtree.
pub type Value = Bytes<32>;

/// How many values a page holds.
pub const PAGE_VALUES: u64 = 1024;
/// How many bytes one takes.
pub const VALUE_BYTES: u64 = 32;

/// The blocks of streams up to [`SMALL_STREAM_BYTES_MAX`]. A power of two of chunks, as a subtree has to be.
const SMALL_BLOCK_BYTES: u64 = 64 * 1024;
/// The blocks of larger ones.
const LARGE_BLOCK_BYTES: u64 = 1024 * 1024;
/// Streams up to here are cut into small blocks: so the top page holds no more than [`PAGE_VALUES`].
const SMALL_STREAM_BYTES_MAX: u64 = SMALL_BLOCK_BYTES * PAGE_VALUES * PAGE_VALUES;
/// Larger streams are not offered.
pub const STREAM_BYTES_MAX: u64 = LARGE_BLOCK_BYTES * PAGE_VALUES * PAGE_VALUES;

/// How a stream of a signed size is cut. All lengths follow from the size, so no claim of a holder is taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    size: u64,
    block_bytes: u64,
}

impl Layout {
    /// Of a stream of `size` bytes; `None`: it is too large.
    pub fn of(size: u64) -> Option<Self> {
        let block_bytes = match size {
            size if size <= SMALL_STREAM_BYTES_MAX => SMALL_BLOCK_BYTES,
            size if size <= STREAM_BYTES_MAX => LARGE_BLOCK_BYTES,
            _ => return None,
        };
        Some(Self { size, block_bytes })
    }

    /// How many bytes the stream has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes a block has, but for the last.
    pub fn block_bytes(&self) -> u64 {
        self.block_bytes
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> u64 {
        self.size.div_ceil(self.block_bytes)
    }

    /// How many bytes this block has; 0: there is none of that number.
    pub fn bytes_of(&self, block: u64) -> u64 {
        let start = block.saturating_mul(self.block_bytes);
        self.size.saturating_sub(start).min(self.block_bytes)
    }

    /// How many pages there are between the top page and the blocks.
    pub fn pages(&self) -> u64 {
        if self.blocks() > PAGE_VALUES { self.blocks().div_ceil(PAGE_VALUES) } else { 0 }
    }

    /// How many values this page holds; 0: there is none of that number.
    pub fn values_of(&self, page: u64) -> u64 {
        let is_there = page < self.pages();
        if is_there { (self.blocks() - page * PAGE_VALUES).min(PAGE_VALUES) } else { 0 }
    }

    /// How many values the top page holds. A stream of one block has none: its hash proves it.
    pub fn top_values(&self) -> u64 {
        match (self.pages(), self.blocks()) {
            (0, 0 | 1) => 0,
            (0, blocks) => blocks,
            (pages, _) => pages,
        }
    }

    /// The value of a block; `None`: it is not as long as this block is.
    pub fn value(&self, block: u64, bytes: &[u8]) -> Option<Value> {
        let is_whole = !bytes.is_empty() && bytes.len() as u64 == self.bytes_of(block);
        is_whole.then(|| {
            let mut hasher = Hasher::new();
            hasher.set_input_offset(block * self.block_bytes).update(bytes);
            Bytes(hasher.finalize_non_root())
        })
    }

    /// The only block of a stream, or nothing of an empty one, is what was signed.
    pub fn is_only_block(&self, root: StreamHash, bytes: &[u8]) -> bool {
        self.blocks() <= 1 && bytes.len() as u64 == self.size && Bytes(*blake3::hash(bytes).as_bytes()) == root
    }

    /// The top page is what was signed.
    pub fn is_top(&self, root: StreamHash, values: &[Value]) -> bool {
        values.len() as u64 == self.top_values() && folded_root(values) == Some(root)
    }

    /// A page is the one that the top page has the value of.
    pub fn is_page(&self, top: &[Value], page: u64, values: &[Value]) -> bool {
        let expected = usize::try_from(page).ok().and_then(|page| top.get(page));
        values.len() as u64 == self.values_of(page) && expected.is_some() && folded(values) == expected.copied()
    }
}

/// How many bytes a part has.
pub fn part_bytes(layout: Layout, part: StreamPart) -> u64 {
    match part {
        StreamPart::Stream => layout.size(),
        StreamPart::Page if layout.pages() > 0 => layout.blocks() * VALUE_BYTES,
        StreamPart::Page => 0,
        StreamPart::Top => layout.top_values() * VALUE_BYTES,
    }
}

/// A list of values as one. An odd last one moves up unchanged, which is the shape of BLAKE3's tree.
fn folded(values: &[Value]) -> Option<Value> {
    let mut values = values.to_vec();
    while values.len() > 1 {
        values = values.chunks(2).map(merged).collect();
    }
    values.first().copied()
}

fn merged(pair: &[Value]) -> Value {
    match pair {
        [left, right] => Bytes(merge_subtrees_non_root(&left.0, &right.0, Mode::Hash)),
        [only] => *only,
        _ => unreachable!("chunks of two"),
    }
}

/// The same, but that the last merge gives the hash of the stream.
fn folded_root(values: &[Value]) -> Option<StreamHash> {
    let mut values = values.to_vec();
    while values.len() > 2 {
        values = values.chunks(2).map(merged).collect();
    }
    match values.as_slice() {
        [left, right] => Some(Bytes(*merge_subtrees_root(&left.0, &right.0, Mode::Hash).as_bytes())),
        _ => None,
    }
}

/// What proves the blocks of one stream: its hash, and the top page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// How it is cut.
    pub layout: Layout,
    /// Its hash.
    pub root: StreamHash,
    /// The top page.
    pub top: Vec<Value>,
}

/// Makes the tree of a stream that is read block by block, with at most two pages in memory.
#[derive(Debug)]
pub struct TreeBuilder {
    layout: Layout,
    block: u64,
    page: Vec<Value>,
    top: Vec<Value>,
    /// Of a stream of one block.
    only: Option<StreamHash>,
}

impl TreeBuilder {
    /// Begins.
    pub fn new(layout: Layout) -> Self {
        Self { layout, block: 0, page: Vec::new(), top: Vec::new(), only: None }
    }

    /// How many bytes the next block has; 0: there is none left.
    pub fn wants(&self) -> u64 {
        self.layout.bytes_of(self.block)
    }

    /// Takes the next block, and says its value; `None`: it is not as long as that block is.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Value> {
        let value = self.layout.value(self.block, bytes)?;
        if self.layout.blocks() == 1 {
            self.only = Some(Bytes(*blake3::hash(bytes).as_bytes()));
        } else if self.layout.pages() == 0 {
            self.top.push(value);
        } else {
            self.page.push(value);
            if self.page.len() as u64 == self.layout.values_of(self.block / PAGE_VALUES) {
                self.top.extend(folded(&std::mem::take(&mut self.page)));
            }
        }
        self.block += 1;
        Some(value)
    }

    /// The tree; `None`: blocks are missing.
    pub fn finish(self) -> Option<Tree> {
        let Self { layout, block, top, only, .. } = self;
        let root = match layout.blocks() {
            blocks if block < blocks => return None,
            0 => Bytes(*blake3::hash(b"").as_bytes()),
            1 => only?,
            _ => folded_root(&top)?,
        };
        Some(Tree { layout, root, top })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes `i % 251`, from an offset on: the input of BLAKE3's own vectors.
    fn pattern(from: u64, len: u64) -> Vec<u8> {
        (from..from + len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn tree_of(size: u64) -> Tree {
        let mut builder = TreeBuilder::new(Layout::of(size).unwrap());
        let mut at = 0;
        while builder.wants() > 0 {
            let bytes = pattern(at, builder.wants());
            at += bytes.len() as u64;
            builder.push(&bytes).unwrap();
        }
        builder.finish().unwrap()
    }

    #[test]
    fn the_tree_of_a_stream_has_the_hash_that_b3sum_prints_and_so_many_values() {
        let expected = [
            (0, 0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            (1, 0, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
            (1024, 0, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"),
            (65_535, 0, "de7d0f4c044c56f56e0c5f7ab247be9491c4520e8688f0f0d25406f46fdfbd03"),
            (65_536, 0, "68d647e619a930e7b1082f74f334b0c65a315725569bdc123f0ee11881717bfe"),
            (65_537, 2, "7c99f9840a73dfcb6e5bfe4ff6d1558acab7e015640790c26411818bdbe17eca"),
            ((64 << 20) - 1, 1024, "c7aae59c950aff3f6d26974e8f8a3090e6fadc0081aea86edfc16026db85e5bd"),
            (64 << 20, 1024, "6837ea41ffe5fe2612df38ae49ca6e52341714f1a117d98ae400e4ac7885701d"),
            ((64 << 20) + 1, 2, "ed4f5fcc83fc798351a03a167fdb9e076e5bb7f2134fdd3ebe6a435bc63ae89f"),
        ];
        for (size, values, root) in expected {
            let tree = tree_of(size);
            assert_eq!((tree.root.to_string(), tree.top.len()), (root.to_owned(), values), "{size}");
            assert!(tree.layout.is_top(tree.root, &tree.top) || values == 0, "{size}");
        }
        let first = "88da791e722ac59740d9a44402e384ad99f1c79d4bab7449a0c2da1fafb91fb7";
        assert_eq!(tree_of(65_537).top[0].to_string(), first);
    }

    #[test]
    fn every_size_around_a_boundary_has_the_plain_hash() {
        for blocks in [1, 2, 3, 5, 8, 13] {
            for size in [blocks * SMALL_BLOCK_BYTES - 1, blocks * SMALL_BLOCK_BYTES, blocks * SMALL_BLOCK_BYTES + 1] {
                let plain = Bytes(*blake3::hash(&pattern(0, size)).as_bytes());
                assert_eq!(tree_of(size).root, plain, "{size}");
            }
        }
    }

    /// Lengths follow from the size that was signed. The hasher panics for nothing, and for more than a subtree.
    #[test]
    fn what_is_not_as_long_as_it_has_to_be_is_refused_before_it_is_hashed() {
        let layout = Layout::of(3 * SMALL_BLOCK_BYTES + 10).unwrap();
        let block = SMALL_BLOCK_BYTES;
        for (number, len) in [(0, 0), (0, block - 1), (0, block + 1), (3, 9), (3, 11), (3, 0), (4, 0), (4, 1)] {
            assert_eq!(layout.value(number, &pattern(0, len)), None, "block {number} of {len} bytes");
        }
        assert_eq!(layout.value(u64::MAX, &[0; 10]), None);
        assert_eq!(layout.bytes_of(u64::MAX), 0);
        let empty = Layout::of(0).unwrap();
        assert!(empty.is_only_block(tree_of(0).root, b"") && !empty.is_only_block(tree_of(0).root, b"x"));
        assert!(!layout.is_only_block(tree_of(1).root, b"\0"), "it has more than one block");
        assert!(!layout.is_top(tree_of(1).root, &[]) && !layout.is_top(tree_of(1).root, &vec![Bytes::ZERO; 4000]));
        assert!(TreeBuilder::new(layout).finish().is_none());
    }

    #[test]
    fn a_page_and_a_block_that_were_changed_anywhere_are_refused() {
        let size = (64 << 20) + SMALL_BLOCK_BYTES + 5; // 1,026 blocks, the last of 5 bytes: pages of 1,024 and 2 values
        let tree = tree_of(size);
        let last = [1024, 1025].map(|block| {
            let bytes = pattern(block * SMALL_BLOCK_BYTES, tree.layout.bytes_of(block));
            tree.layout.value(block, &bytes).unwrap()
        });
        let layout = tree.layout;
        assert_eq!((layout.pages(), layout.values_of(0), layout.values_of(1), layout.values_of(2)), (2, 1024, 2, 0));
        assert!(layout.is_page(&tree.top, 1, &last));
        assert!(!layout.is_page(&tree.top, 0, &last) && !layout.is_page(&tree.top, 2, &[]));
        assert!(!layout.is_page(&tree.top, 1, &[last[1], last[0]]) && !layout.is_page(&tree.top, 1, &last[..1]));
        let mut damaged = tree.top.clone();
        damaged[1].0[31] ^= 1;
        assert!(!layout.is_top(tree.root, &damaged) && layout.is_top(tree.root, &tree.top));
        assert_ne!(layout.value(1025, b"12345"), Some(last[1]));
    }

    #[test]
    fn streams_up_to_a_tebibyte_are_cut_so_that_each_page_fits() {
        for (size, block_bytes, blocks, pages, top) in [
            (1 << 30, SMALL_BLOCK_BYTES, 16_384, 16, 16),
            (64 << 30, SMALL_BLOCK_BYTES, 1 << 20, 1024, 1024),
            ((64 << 30) + 1, LARGE_BLOCK_BYTES, (64 << 10) + 1, 65, 65),
            (STREAM_BYTES_MAX, LARGE_BLOCK_BYTES, 1 << 20, 1024, 1024),
        ] {
            let layout = Layout::of(size).unwrap();
            let found = (layout.block_bytes(), layout.blocks(), layout.pages(), layout.top_values());
            assert_eq!(found, (block_bytes, blocks, pages, top), "{size}");
            assert!(layout.values_of(layout.pages() - 1) > 0);
        }
        assert!([STREAM_BYTES_MAX + 1, 1 << 63, u64::MAX].iter().all(|&size| Layout::of(size).is_none()));
    }
}
