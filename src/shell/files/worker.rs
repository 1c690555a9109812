//! The one thread that reads and writes files that pass between people. Regular files cannot be polled, and what a disk takes long
//! for must not hold up the talk, nor what the history keeps.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::Waker;

use super::destination::expanded;
use super::part::PartFile;
use super::place::TargetPlace;
use super::source::{FileSource, Hashing};
use crate::chat::api::disk::{Created, DiskDone, DiskJob, NewPart, NotKept, NotOffered, PartId, SourceId};
use crate::chat::base::limits::PAGES_HELD_MAX;
use crate::chat::base::time::Moment;
use crate::chat::files::assembly::ProvenBlock;
use crate::chat::files::blocks::{PAGE_VALUES, Value};
use crate::chat::files::read_allowance::DiskRead;
use crate::chat::keys::exchange::TransferId;
use crate::shell::sys::clock::Clock;

/// So many blocks are read in one go of what takes long, before other jobs have their turn.
const SLICE_BLOCKS: u32 = 16;

/// The end of the program waits for the disk at most so long. A guess, as for the history.
const CLOSE_WITHIN: Duration = Duration::from_secs(20);

/// The thread, as the loop sees it.
#[derive(Debug)]
pub struct FilesWorker {
    /// `None`: no more jobs are given.
    jobs: Option<Sender<DiskJob>>,
    results: Receiver<DiskDone>,
    thread: Option<JoinHandle<()>>,
}

impl FilesWorker {
    /// Starts it. What it has to say wakes the loop. `folder`: where things go for which no place is named.
    pub fn start(folder: PathBuf, waker: Arc<Waker>) -> std::io::Result<Self> {
        let ((jobs, given), (done, results)) = (channel(), channel());
        let mask = rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
        rustix::process::umask(mask); // it can only be read by setting it
        let files = FilesDisk {
            folder,
            mask: mask.bits(),
            sources: BTreeMap::new(),
            parts: BTreeMap::new(),
            long: VecDeque::new(),
            done,
            waker,
            is_news: false,
        };
        let thread = std::thread::Builder::new().name("files".to_owned()).spawn(move || files.run(&given))?;
        Ok(Self { jobs: Some(jobs), results, thread: Some(thread) })
    }

    /// Gives it something to do. How much waits, the core bounds: a read for each transfer, and what a fetch keeps in memory.
    pub fn give(&mut self, job: DiskJob) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job); // it has failed, and its panic is raised by `take`
        }
    }

    /// What is done by now.
    ///
    /// # Panics
    /// Where the thread has.
    pub fn take(&mut self) -> Option<DiskDone> {
        let done = self.results.try_recv();
        if matches!(done, Err(TryRecvError::Disconnected))
            && let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
        {
            std::panic::resume_unwind(panic); // a fault of ours is not hidden by a loop that waits for ever
        }
        done.ok()
    }

    /// Everything given so far is done, as long as a program may wait that ends: a disk that takes longer will not come back.
    pub fn close(mut self) {
        self.jobs = None;
        let clock = Clock::start();
        while clock.now().moment.since(Moment::START) < CLOSE_WITHIN {
            if let Err(RecvTimeoutError::Disconnected) = self.results.recv_timeout(CLOSE_WITHIN) {
                return;
            }
        }
    }
}

/// What takes long, a slice at a time.
enum LongJob {
    /// A source is read for the first time.
    Examine(SourceId, Box<Hashing>),
    /// What has the name of something that is fetched may be the same.
    Compare(PartId, Box<Hashing>, Box<(NewPart, TargetPlace)>),
    /// Which blocks of a part were kept earlier?
    Check(PartId),
}

/// The thread, as it sees itself.
struct FilesDisk {
    folder: PathBuf,
    mask: u32,
    sources: BTreeMap<SourceId, OpenSource>,
    parts: BTreeMap<PartId, PartFile>,
    long: VecDeque<LongJob>,
    done: Sender<DiskDone>,
    waker: Arc<Waker>,
    /// Something was done that the loop was not woken for yet.
    is_news: bool,
}

/// A source that was examined, and the values of the pages that were read last.
struct OpenSource {
    source: FileSource,
    pages: VecDeque<(u64, Arc<[Value]>)>,
}

impl FilesDisk {
    fn run(mut self, jobs: &Receiver<DiskJob>) {
        loop {
            let job = match jobs.try_recv() {
                Ok(job) => Some(job),
                Err(TryRecvError::Disconnected) => return self.wake(),
                Err(TryRecvError::Empty) if self.long.is_empty() => {
                    self.wake();
                    match jobs.recv() {
                        Ok(job) => Some(job),
                        Err(_) => return,
                    }
                }
                Err(TryRecvError::Empty) => {
                    self.wake(); // once for all that was done of what waited
                    None
                }
            };
            match job {
                Some(job) => self.do_one(job),
                None => self.go_on(),
            }
        }
    }

    fn wake(&mut self) {
        if std::mem::take(&mut self.is_news) {
            let _ = self.waker.wake(); // fails only when the loop is gone
        }
    }

    fn tell(&mut self, done: DiskDone) {
        let _ = self.done.send(done); // the loop has ended: nobody wants to know
        self.is_news = true;
    }

    fn do_one(&mut self, job: DiskJob) {
        match job {
            DiskJob::Examine { source, path } => match Hashing::new(&expanded(&path)) {
                Ok(hashing) => self.long.push_back(LongJob::Examine(source, Box::new(hashing))),
                Err(why) => self.tell(DiskDone::Examined { source, found: Err(why) }),
            },
            DiskJob::Read { source, transfer, reading: DiskRead::Block(block) } => {
                self.read_block(source, transfer, block);
            }
            DiskJob::Read { source, transfer, reading: DiskRead::Page(page) } => self.read_page(source, transfer, page),
            DiskJob::Forget(source) => {
                self.sources.remove(&source);
                self.long.retain(|job| !matches!(job, LongJob::Examine(of, _) if *of == source));
            }
            DiskJob::Create { part, stream } => self.create(part, *stream),
            DiskJob::Write { part, proven } => self.write(part, &proven),
            DiskJob::Finish(part) => {
                if let Some(finished) = self.parts.remove(&part) {
                    let path = finished.finish();
                    self.tell(DiskDone::Finished { part, path });
                }
            }
            DiskJob::Abandon { part, is_kept } => {
                self.long.retain(|job| !matches!(job, LongJob::Compare(of, ..) | LongJob::Check(of) if *of == part));
                let part = self.parts.remove(&part);
                part.filter(|_| !is_kept).into_iter().for_each(PartFile::remove);
            }
        }
    }

    /// Does a slice of what takes long.
    fn go_on(&mut self) {
        let Some(job) = self.long.pop_front() else { return };
        match job {
            LongJob::Examine(source, mut hashing) => match slice(&mut hashing) {
                Ok(true) => self.long.push_back(LongJob::Examine(source, hashing)),
                Ok(false) => self.examined(source, *hashing),
                Err(why) => self.tell(DiskDone::Examined { source, found: Err(why) }),
            },
            LongJob::Compare(part, mut hashing, new) => match slice(&mut hashing) {
                Ok(true) => self.long.push_back(LongJob::Compare(part, hashing, new)),
                Ok(false) => {
                    let (stream, place) = *new;
                    let is_same = hashing.finish().is_ok_and(|(_, found)| found.tree.root == stream.root);
                    if is_same {
                        let path = place.target().display().to_string();
                        self.tell(DiskDone::Created { part, found: Ok(Created::Already(path)) });
                    } else {
                        self.open_part(part, stream, place);
                    }
                }
                Err(_) => self.open_part(part, new.0, new.1),
            },
            LongJob::Check(part) => self.check(part),
        }
    }

    fn examined(&mut self, source: SourceId, hashing: Hashing) {
        let found = hashing.finish().map(|(open, found)| {
            self.sources.insert(source, OpenSource { source: open, pages: VecDeque::new() });
            Box::new(found)
        });
        self.tell(DiskDone::Examined { source, found });
    }

    fn read_block(&mut self, source: SourceId, transfer: TransferId, block: u64) {
        let read = self.sources.get_mut(&source).and_then(|open| open.source.block(block).ok());
        let (bytes, value) = read.unwrap_or_default();
        self.tell(DiskDone::Block { transfer, block, bytes: bytes.into(), value });
    }

    fn read_page(&mut self, source: SourceId, transfer: TransferId, page: u64) {
        let values = self.sources.get_mut(&source).and_then(|open| open.page(page));
        self.tell(DiskDone::Page { transfer, page, values });
    }

    /// Where is it to go, and is it there already?
    fn create(&mut self, part: PartId, stream: NewPart) {
        let place = match TargetPlace::find(&stream.to, &stream.name, &self.folder) {
            Ok(place) => place,
            Err(why) => return self.tell(DiskDone::Created { part, found: Err(why) }),
        };
        let there = Hashing::new(&place.target()).ok().filter(|there| there.layout() == stream.layout);
        match there {
            Some(there) => self.long.push_back(LongJob::Compare(part, Box::new(there), Box::new((stream, place)))),
            None => self.open_part(part, stream, place),
        }
    }

    fn open_part(&mut self, part: PartId, stream: NewPart, place: TargetPlace) {
        match PartFile::open(stream, place, self.mask) {
            Ok(opened) => {
                self.parts.insert(part, opened);
                self.long.push_back(LongJob::Check(part));
            }
            Err(why) => self.tell(DiskDone::Created { part, found: Err(why) }),
        }
    }

    fn check(&mut self, part: PartId) {
        let Some(opened) = self.parts.get_mut(&part) else { return };
        let is_more = (0..SLICE_BLOCKS).all(|_| opened.check());
        let kept = opened.kept();
        if is_more {
            self.long.push_back(LongJob::Check(part));
        } else {
            self.tell(DiskDone::Created { part, found: Ok(Created::Begun(kept)) });
        }
    }

    fn write(&mut self, part: PartId, proven: &ProvenBlock) {
        let Some(opened) = self.parts.get_mut(&part) else { return };
        match opened.write(proven) {
            Ok(blocks) => {
                for block in blocks {
                    self.tell(DiskDone::Written { part, block, kept: Ok(()) });
                }
            }
            Err(why) => {
                let kept = Err::<(), NotKept>(why);
                self.tell(DiskDone::Written { part, block: proven.block, kept });
            }
        }
    }
}

impl OpenSource {
    /// The values of the blocks of a page, read again or as they were read last.
    fn page(&mut self, page: u64) -> Option<Arc<[Value]>> {
        if let Some((_, values)) = self.pages.iter().find(|(known, _)| *known == page) {
            return Some(Arc::clone(values));
        }
        let first = page * PAGE_VALUES;
        let blocks = first..first + self.source.layout().values_of(page);
        let values: Option<Vec<_>> = blocks.map(|block| self.source.block(block).ok()?.1).collect();
        let values: Arc<[_]> = values?.into();
        self.pages.push_back((page, Arc::clone(&values)));
        if self.pages.len() > PAGES_HELD_MAX {
            self.pages.pop_front();
        }
        Some(values)
    }
}

/// Reads a few blocks. Says whether there are more.
fn slice(hashing: &mut Hashing) -> Result<bool, NotOffered> {
    for _ in 0..SLICE_BLOCKS {
        if !hashing.step()? {
            return Ok(false);
        }
    }
    Ok(true)
}
