//! How much of a stream may be read for what is sent of it: whoever wants one byte of each block makes us read all of it.

use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{SPARE_BLOCKS_RATE, SPARE_PAGES_BURST, SPARE_PAGES_RATE};
use crate::chat::base::time::Moment;
use crate::chat::files::blocks::PAGE_VALUES;

/// What is to be read from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskRead {
    /// A block of the stream, and its value.
    Block(u64),
    /// The values of all blocks of a page.
    Page(u64),
}

/// So much is read for each byte that is sent, at most: where much is lost, a block is read several times for what of it is
/// sent again. A guess; at a loss of 20 % it takes four.
const READ_PER_SENT: u64 = 8;

/// What was read for one transfer, and what may be.
#[derive(Debug)]
pub struct ReadAllowance {
    /// In bytes: for blocks, and for pages.
    read: (u64, u64),
    /// What may be read though little is sent.
    spare_blocks: Budget,
    spare_pages: Budget,
}

impl Default for ReadAllowance {
    fn default() -> Self {
        Self {
            read: (0, 0),
            spare_blocks: Budget::new(SPARE_BLOCKS_RATE, SPARE_BLOCKS_RATE),
            spare_pages: Budget::new(SPARE_PAGES_RATE, SPARE_PAGES_BURST),
        }
    }
}

impl ReadAllowance {
    /// Something is to be read, of a stream in blocks of so many bytes, of which so many were sent. Says when it may be, where
    /// that is not now.
    pub fn take(&mut self, reading: DiskRead, block_bytes: u64, sent: u64, now: Moment) -> Option<Moment> {
        let (read, cost, spare) = match reading {
            DiskRead::Block(_) => (&mut self.read.0, block_bytes, &mut self.spare_blocks),
            DiskRead::Page(_) => (&mut self.read.1, block_bytes * PAGE_VALUES, &mut self.spare_pages),
        };
        if *read > sent.saturating_mul(READ_PER_SENT) && !spare.take(now) {
            return Some(spare.next(now));
        }
        *read = read.saturating_add(cost);
        None
    }
}
