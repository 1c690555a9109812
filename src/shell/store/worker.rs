//! The one thread that waits for the disk. Regular files cannot be polled, and a slow disk takes half a second to keep what it
//! was given: meanwhile the loop goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{
    Receiver, RecvError, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::Waker;

use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Requester;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::RoomId;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::{RoomKeys, RoomName};
use crate::chat::log::records::{Memory, Recall, Record};
use crate::shell::store::SLICE;
use crate::shell::store::keeping::Keeping;
use crate::shell::store::searches::{Findings, Searches};
use crate::shell::sys::clock::Clock;

/// So many jobs wait for the disk. Beyond, the session takes nothing new.
const JOBS_MAX: usize = 32;
/// So many of them are handed over: records that come while more wait are one job.
const HANDED_MAX: usize = 4;
/// And so many bytes of records. A guess: a second of eight programs that say fifty lines a second each takes a tenth of it.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The end of the program waits for the disk at most so long. A guess: a disk that takes longer will not come back.
const CLOSE_WITHIN: Duration = Duration::from_secs(20);

/// Meanwhile it is looked so often whether there is room for more jobs.
const LOOK_FOR: Duration = Duration::from_millis(10);

/// What the disk is to do, in order.
#[derive(Debug)]
pub enum Job {
    /// Keep these.
    Keep(Vec<Record>),
    /// All that was given so far is to be on disk.
    Commit(u64),
    /// A room is joined: what is remembered of it?
    Join(RoomId, RoomName, Option<Keychain>),
    /// Somebody asks what was said.
    Recall(Recall, Requester),
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// What was given before this commit is on disk, or cannot be, which is told.
    Committed(u64),
    /// What is remembered of a room, and as far as it came under each of its former secrets.
    Joined(RoomName, Option<Keychain>, Box<Memory>, Vec<Memory>),
    /// What somebody asked for.
    Found(Box<Findings>),
    /// Something is to be told.
    Told(Box<Notice>),
}

/// The thread, as the loop sees it.
#[derive(Debug)]
pub struct Worker {
    /// `None`: no more jobs are given.
    jobs: Option<SyncSender<Job>>,
    results: Receiver<Done>,
    shared: Arc<Shared>,
    /// What is not handed over yet.
    waiting: VecDeque<Job>,
    thread: Option<JoinHandle<()>>,
}

/// What both threads look at.
#[derive(Debug)]
struct Shared {
    waker: Arc<Waker>,
    /// The bytes of records that wait for the disk.
    bytes: AtomicUsize,
    /// The loop waits until jobs were taken.
    is_awaited: AtomicBool,
}

impl Worker {
    /// Starts it. What it has to say wakes the loop.
    pub fn start(keeping: Keeping, clock: Clock, waker: Arc<Waker>) -> std::io::Result<Self> {
        let (mut worker, disk, given) = Self::new(keeping, clock, waker);
        worker.thread = Some(std::thread::Builder::new().name("disk".to_owned()).spawn(move || disk.run(&given))?);
        Ok(worker)
    }

    /// Both ends, of which that of the disk does not run yet.
    fn new(keeping: Keeping, clock: Clock, waker: Arc<Waker>) -> (Self, Disk, Receiver<Job>) {
        let shared = Arc::new(Shared { waker, bytes: AtomicUsize::new(0), is_awaited: AtomicBool::new(false) });
        let ((jobs, given), (done, results)) = (sync_channel(HANDED_MAX), channel());
        let disk = Disk { keeping, searches: Searches::default(), clock, shared: Arc::clone(&shared), done };
        (Self { jobs: Some(jobs), results, shared, waiting: VecDeque::new(), thread: None }, disk, given)
    }

    /// Gives it something to do, behind everything else.
    pub fn give(&mut self, job: Job) {
        self.shared.bytes.fetch_add(bytes_of(&job), Ordering::SeqCst);
        match (self.waiting.back_mut(), job) {
            (Some(Job::Keep(records)), Job::Keep(more)) => records.extend(more),
            (_, job) => self.waiting.push_back(job),
        }
        self.hand_over();
    }

    /// What is done by now.
    ///
    /// # Panics
    /// Where the thread has.
    pub fn take(&mut self) -> Option<Done> {
        self.hand_over();
        let done = self.results.try_recv();
        if matches!(done, Err(TryRecvError::Disconnected))
            && let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
        {
            std::panic::resume_unwind(panic); // a fault of ours is not hidden by a loop that waits for ever
        }
        done.ok()
    }

    /// Whether so much waits for the disk that nothing new is to be taken.
    pub fn is_full(&mut self) -> bool {
        self.hand_over();
        let is_full = || {
            let jobs = self.waiting.len() + HANDED_MAX;
            jobs > JOBS_MAX || self.shared.bytes.load(Ordering::SeqCst) >= BYTES_MAX
        };
        if is_full() {
            self.shared.is_awaited.store(true, Ordering::SeqCst);
        }
        is_full() // what the thread took before that woke nobody
    }

    /// What is done next, waited for as long as a program may that ends. `None`: nothing more comes.
    pub fn wait(&mut self) -> Option<Done> {
        let clock = Clock::start();
        while is_early(&clock) {
            match self.look() {
                Ok(done) => return Some(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }

    /// Hands over what there is room for, and waits a moment for what is done.
    fn look(&mut self) -> Result<Done, RecvTimeoutError> {
        self.hand_over();
        self.results.recv_timeout(LOOK_FOR)
    }

    fn hand_over(&mut self) {
        let Some(jobs) = &self.jobs else { return };
        while let Some(job) = self.waiting.pop_front() {
            match jobs.try_send(job) {
                Ok(()) => {}
                Err(TrySendError::Disconnected(_)) => return, // it has failed, and its panic was printed
                Err(TrySendError::Full(job)) => {
                    self.waiting.push_front(job);
                    // What the thread took before this was told wakes nobody: so it is tried once more.
                    if self.shared.is_awaited.swap(true, Ordering::SeqCst) {
                        return;
                    }
                }
            }
        }
    }

    /// Waits until everything is done, at most [`CLOSE_WITHIN`]. What came of it; whether that is all.
    pub fn close(mut self) -> (Vec<Done>, bool) {
        let (clock, mut done) = (Clock::start(), Vec::new());
        while is_early(&clock) {
            if self.waiting.is_empty() {
                self.jobs = None; // which ends it, once it is through
            }
            match self.look() {
                Ok(one) => done.push(one),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let is_all = self.thread.take().is_none_or(|thread| thread.join().is_ok());
                    return (done, is_all);
                }
            }
        }
        (done, false)
    }
}

/// Whether a program that ends may still wait, since this clock was started.
fn is_early(clock: &Clock) -> bool {
    clock.now().moment.since(Moment::START) < CLOSE_WITHIN
}

/// How much of memory the records of a job take, about.
fn bytes_of(job: &Job) -> usize {
    let of_record = |record: &Record| match record {
        Record::Entry { entry, .. } => size_of::<Record>() + entry.bytes.len(),
        _ => size_of::<Record>(),
    };
    match job {
        Job::Keep(records) => records.iter().map(of_record).sum(),
        _ => 0,
    }
}

/// The thread, as it sees itself.
struct Disk {
    keeping: Keeping,
    searches: Searches,
    clock: Clock,
    shared: Arc<Shared>,
    done: Sender<Done>,
}

impl Disk {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = self.next(jobs) {
            let mut committed = None;
            for job in first.into_iter().chain(jobs.try_iter().take(JOBS_MAX)) {
                self.shared.bytes.fetch_sub(bytes_of(&job), Ordering::SeqCst);
                self.do_one(job, &mut committed);
            }
            self.commit(); // all that came together in one transaction
            if let Some(number) = committed {
                self.tell(Done::Committed(number));
            }
            self.tick();
            if self.shared.is_awaited.swap(false, Ordering::SeqCst) {
                self.wake();
            }
        }
        self.commit(); // first: what is still sought may take longer than the end waits
        for found in self.searches.finish(&self.keeping) {
            self.tell(Done::Found(Box::new(found)));
        }
        if let Keeping::Ours(store) = self.keeping {
            let told = store.close(&self.clock);
            if let Some(notice) = told {
                let _ = self.done.send(Done::Told(Box::new(notice)));
            }
        }
    }

    /// The next job; nothing where something else is due. An error: there will be none.
    fn next(&self, jobs: &Receiver<Job>) -> Result<Option<Job>, RecvError> {
        let store = match &self.keeping {
            Keeping::Ours(store) => store.deadline(),
            Keeping::OfAnotherWindow(_) => None,
        };
        let due = store.into_iter().chain(self.searches.deadline()).min();
        let Some(due) = due else { return jobs.recv().map(Some) };
        match jobs.recv_timeout(due.since(self.clock.now().moment)) {
            Ok(job) => Ok(Some(job)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(RecvError),
        }
    }

    fn do_one(&mut self, job: Job, committed: &mut Option<u64>) {
        let now = self.clock.now();
        match job {
            Job::Keep(records) => {
                if let Keeping::Ours(store) = &mut self.keeping {
                    for record in records {
                        store.add(record, now);
                    }
                }
            }
            Job::Commit(number) => *committed = Some(number),
            Job::Join(id, room, keychain) => {
                let (memory, former) = match &mut self.keeping {
                    Keeping::Ours(store) => {
                        store.commit(now); // what was said there before it was left
                        let memory = store.memories(&[(id, room.clone())], now).pop().unwrap_or_default();
                        let former = keychain.iter().flat_map(|chain| &chain.former);
                        let former = former.map(|(secret, _)| RoomKeys::of(secret).tag());
                        (memory, former.map(|tag| store.former(id, tag, now)).collect())
                    }
                    Keeping::OfAnotherWindow(_) => (Memory::default(), Vec::new()),
                };
                self.tell(Done::Joined(room, keychain, Box::new(memory), former));
            }
            Job::Recall(recall, requester) => {
                if let Some(found) = self.searches.begin(recall, requester, &mut self.keeping, now) {
                    self.tell(Done::Found(Box::new(found)));
                }
            }
        }
    }

    fn commit(&mut self) {
        if let Keeping::Ours(store) = &mut self.keeping {
            store.commit(self.clock.now());
        }
    }

    /// What is due beside the jobs.
    fn tick(&mut self) {
        if let Keeping::Ours(store) = &mut self.keeping {
            store.tick(&self.clock, self.clock.now());
            while let Some(notice) = store.take_notice() {
                let _ = self.done.send(Done::Told(Box::new(notice)));
                let _ = self.shared.waker.wake(); // fails only when the loop is gone
            }
        }
        let end = self.clock.now().moment.after(SLICE);
        let found = self.searches.look_on(&self.keeping, &|| self.clock.now().moment >= end, self.clock.now());
        for found in found {
            self.tell(Done::Found(Box::new(found)));
        }
    }

    fn tell(&self, done: Done) {
        let _ = self.done.send(done); // the loop has ended: nobody wants to know
        self.wake();
    }

    fn wake(&self) {
        let _ = self.shared.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use mio::{Events, Poll, Token};

    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::keys::identity::Author;
    use crate::shell::store::Store;

    /// Both ends, and the poll that the loop sleeps in.
    fn disk(folder: &std::path::Path) -> (Worker, Disk, Receiver<Job>, Poll) {
        let (poll, clock) = (Poll::new().unwrap(), Clock::start());
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        let keeping = Keeping::Ours(Box::new(Store::open(folder, None, clock.now())));
        let (worker, disk, given) = Worker::new(keeping, clock, waker);
        (worker, disk, given, poll)
    }

    fn receipt(seq: u64) -> Job {
        Job::Keep(vec![Record::Receipt { log: Bytes([1; 8]), by: Author::ZERO, seq }])
    }

    #[test]
    fn a_queue_that_is_full_is_told_and_the_loop_is_woken_once_it_is_not() {
        let folder = std::env::temp_dir().join(format!("chinwag-worker-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut worker, disk, given, mut poll) = disk(&folder);
        (0..JOBS_MAX as u64).for_each(|number| worker.give(Job::Commit(number)));
        assert!(!worker.is_full());
        worker.give(Job::Commit(99));
        assert!(worker.is_full(), "one job more than may wait");
        let thread = std::thread::spawn(move || disk.run(&given));
        let mut events = Events::with_capacity(4);
        while worker.is_full() {
            poll.poll(&mut events, None).unwrap(); // for ever, where nobody wakes it
        }
        let (done, is_all) = worker.close();
        assert!(matches!(done.last(), Some(Done::Committed(99))) && is_all);
        thread.join().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn records_that_wait_are_one_job_however_long_the_disk_takes() {
        let folder = std::env::temp_dir().join(format!("chinwag-worker-hang-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut worker, disk, given, _poll) = disk(&folder);
        (0..10 * JOBS_MAX as u64).for_each(|seq| worker.give(receipt(seq)));
        assert!(!worker.is_full());
        assert_eq!(worker.waiting.len(), 1);
        let thread = std::thread::spawn(move || disk.run(&given));
        let (done, is_all) = worker.close();
        assert!(done.is_empty() && is_all);
        thread.join().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn so_many_bytes_wait_and_no_more_are_taken() {
        let folder = std::env::temp_dir().join(format!("chinwag-worker-bytes-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut worker, _disk, _given, _poll) = disk(&folder);
        let records = |count| {
            Job::Keep((0..count).map(|seq| Record::Receipt { log: Bytes([1; 8]), by: Author::ZERO, seq }).collect())
        };
        let most = (BYTES_MAX / size_of::<Record>()) as u64;
        worker.give(records(most));
        assert!(!worker.is_full());
        worker.give(records(1));
        assert!(worker.is_full());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
