//! A disk for files in its simplest form: what is offered is made of its name, and what is fetched stays through a crash, but for
//! what was written last.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinwag::chat::api::disk::{Created, DiskDone, DiskJob, Examined, NewPart, NotKept, NotOffered, PartId, SourceId};
use chinwag::chat::files::assembly::ProvenBlock;
use chinwag::chat::files::blocks::{Layout, PAGE_VALUES, TreeBuilder};
use chinwag::chat::files::ranges::Ranges;
use chinwag::chat::files::read_allowance::DiskRead;

/// So many of the blocks that were written last are lost in a crash.
const LOST_BLOCKS: usize = 2;

/// The files of one machine.
#[derive(Default)]
pub struct FilesDisk {
    /// The size of each that is open.
    sources: BTreeMap<SourceId, u64>,
    open: BTreeMap<PartId, NewPart>,
    /// What came of each offer, by block.
    parts: BTreeMap<String, BTreeMap<u64, Vec<u8>>>,
    written: Vec<(String, u64)>,
    /// What was fetched, by its name.
    pub complete: BTreeMap<String, Vec<u8>>,
    /// It takes nothing.
    pub is_full: bool,
}

/// The bytes of what is called `SIZE.bin`, from there on.
pub fn bytes(size: u64, from: u64, count: u64) -> Vec<u8> {
    (from..from + count).map(|at| (at % 251).to_le_bytes()[0] ^ (at / 65_536 + size).to_le_bytes()[0]).collect()
}

fn size_of(path: &str) -> Option<u64> {
    path.strip_suffix(".bin")?.parse().ok()
}

impl FilesDisk {
    /// The machine's power failed.
    pub fn crash(&mut self) {
        self.sources.clear();
        self.open.clear();
        for (offer, block) in self.written.drain(..).rev().take(LOST_BLOCKS) {
            self.parts.get_mut(&offer).and_then(|part| part.remove(&block));
        }
        self.written.clear();
    }

    /// Does a job.
    pub fn done(&mut self, job: DiskJob) -> Option<DiskDone> {
        Some(match job {
            DiskJob::Examine { source, path } => DiskDone::Examined { source, found: self.examine(source, &path) },
            DiskJob::Read { source, transfer, reading } => {
                let size = self.sources.get(&source).copied().unwrap_or(0);
                let layout = Layout::of(size).expect("a size");
                let block = |block: u64| bytes(size, block * layout.block_bytes(), layout.bytes_of(block));
                match reading {
                    DiskRead::Block(number) => {
                        let bytes = block(number);
                        let value = layout.value(number, &bytes);
                        DiskDone::Block { transfer, block: number, bytes: Arc::from(bytes), value }
                    }
                    DiskRead::Page(page) => {
                        let first = page * PAGE_VALUES;
                        let values = (first..first + layout.values_of(page)).map(|at| layout.value(at, &block(at)));
                        DiskDone::Page { transfer, page, values: values.collect::<Option<Vec<_>>>().map(Arc::from) }
                    }
                }
            }
            DiskJob::Forget(source) => {
                self.sources.remove(&source);
                return None;
            }
            DiskJob::Create { part, stream } => DiskDone::Created { part, found: self.create(part, *stream) },
            DiskJob::Write { part, proven: ProvenBlock { block, bytes, .. } } => {
                let stream = self.open.get(&part)?;
                if self.is_full {
                    return Some(DiskDone::Written { part, block, kept: Err(NotKept::NoSpace) });
                }
                self.parts.entry(stream.offer.clone()).or_default().insert(block, bytes);
                self.written.push((stream.offer.clone(), block));
                DiskDone::Written { part, block, kept: Ok(()) }
            }
            DiskJob::Finish(part) => {
                let stream = self.open.remove(&part)?;
                let blocks = self.parts.remove(&stream.offer).unwrap_or_default();
                self.complete.insert(stream.name.clone(), blocks.into_values().flatten().collect());
                DiskDone::Finished { part, path: Ok(stream.name) }
            }
            DiskJob::Abandon { part, is_kept } => {
                let stream = self.open.remove(&part)?;
                if !is_kept {
                    self.parts.remove(&stream.offer);
                }
                return None;
            }
        })
    }

    fn examine(&mut self, source: SourceId, path: &str) -> Result<Box<Examined>, NotOffered> {
        let size = size_of(path).ok_or(NotOffered::NoFile)?;
        let layout = Layout::of(size).ok_or(NotOffered::TooLarge)?;
        let mut builder = TreeBuilder::new(layout);
        for block in 0..layout.blocks() {
            builder.push(&bytes(size, block * layout.block_bytes(), layout.bytes_of(block)));
        }
        self.sources.insert(source, size);
        let tree = builder.finish().ok_or(NotOffered::Changed)?;
        let (name, path, skipped) = (path.to_owned(), path.to_owned(), Vec::new());
        Ok(Box::new(Examined { name, path, is_folder: false, tree, files: 1, skipped }))
    }

    fn create(&mut self, part: PartId, stream: NewPart) -> Result<Created, NotKept> {
        if self.complete.contains_key(&stream.name) {
            return Ok(Created::Already(stream.name));
        }
        if self.is_full {
            return Err(NotKept::NoSpace);
        }
        let mut kept = Ranges::default();
        for &block in self.parts.entry(stream.offer.clone()).or_default().keys() {
            kept.insert(block, block + 1);
        }
        self.open.insert(part, stream);
        Ok(Created::Begun(kept))
    }
}
