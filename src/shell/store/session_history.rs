//! The history of the session that runs, as its loop sees it: what is given to the disk, and what comes back.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chat::api::requester::Requester;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::RoomId;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::records::{Recall, Record};
use crate::shell::store::searches::Findings;
use crate::shell::store::worker::{Done, Job, Worker};
use crate::view::words::en;

/// What waits to be given to the disk, and to be shown before that is kept.
#[derive(Debug, Default)]
pub struct History {
    /// `None`: nothing is kept.
    worker: Option<Worker>,
    /// What is to be kept, and when it is given to the disk at the latest.
    gathered: Vec<Record>,
    due: Option<Moment>,
    /// What is on its way to whoever reads the output, and where it ends there: it counts as shown once that is written.
    shown: VecDeque<(u64, Record)>,
    /// How many answers the disk owes.
    asked: usize,
}

/// Records are gathered for so long, or until there are so many of them, and written in one transaction: the thread that does
/// so is not woken for each.
const GATHER_FOR: Duration = Duration::from_millis(250);
/// As above.
const GATHERED_MAX: usize = 256;

impl History {
    /// The history that this thread keeps.
    pub fn of(worker: Worker) -> Self {
        Self { worker: Some(worker), ..Self::default() }
    }

    /// A room is joined. What is remembered of it comes back as [`Done::Joined`], at once where nothing is kept.
    pub fn join(&mut self, id: RoomId, room: RoomName, keychain: Option<Keychain>) -> Option<Done> {
        self.give_all();
        match &mut self.worker {
            Some(worker) => {
                worker.give(Job::Join(id, room, keychain));
                None
            }
            None => Some(Done::Joined(room, keychain, Box::default(), Vec::new())),
        }
    }

    /// Something is to be kept, soon. What was shown ends at `end` in the output.
    pub fn add(&mut self, record: Record, end: u64, now: Moment) {
        match record {
            _ if self.worker.is_none() => {}
            record @ Record::Shown { .. } => self.shown.push_back((end, record)),
            record => self.gather(record, now),
        }
    }

    fn gather(&mut self, record: Record, now: Moment) {
        self.gathered.push(record);
        self.due.get_or_insert(now.after(GATHER_FOR));
        if self.gathered.len() >= GATHERED_MAX {
            self.give_all();
        }
    }

    /// The output is written up to here.
    pub fn was_written(&mut self, upto: u64, now: Moment) {
        while self.shown.front().is_some_and(|&(end, _)| end <= upto)
            && let Some((_, record)) = self.shown.pop_front()
        {
            self.gather(record, now);
        }
    }

    /// When what is gathered goes to the disk.
    pub fn deadline(&self) -> Option<Moment> {
        self.due
    }

    /// What was gathered long enough goes to the disk.
    pub fn give_due(&mut self, now: Moment) {
        if self.due.is_some_and(|due| due <= now) {
            self.give_all();
        }
    }

    fn give_all(&mut self) {
        self.due = None;
        if let Some(worker) = self.worker.as_mut().filter(|_| !self.gathered.is_empty()) {
            worker.give(Job::Keep(std::mem::take(&mut self.gathered)));
        }
    }

    /// What was given so far is to be on disk, which comes back as [`Done::Committed`], at once where nothing is kept.
    pub fn commit(&mut self, number: u64) -> Option<Done> {
        self.give_all();
        match &mut self.worker {
            Some(worker) => {
                worker.give(Job::Commit(number));
                None
            }
            None => Some(Done::Committed(number)),
        }
    }

    /// What somebody asks for comes back as [`Done::Found`], at once where nothing is kept.
    pub fn recall(&mut self, recall: Recall, requester: Requester) -> Option<Done> {
        self.give_all();
        let Some(worker) = &mut self.worker else {
            let nothing = Err(en::files::NOTHING_KEPT.to_owned());
            return Some(Done::Found(Box::new(Findings::new(recall, requester, nothing))));
        };
        self.asked += 1;
        worker.give(Job::Recall(recall, requester));
        None
    }

    /// What the disk has done by now.
    pub fn take(&mut self) -> Option<Done> {
        let done = self.worker.as_mut()?.take()?;
        self.asked -= usize::from(matches!(done, Done::Found(_)));
        Some(done)
    }

    /// Whether so much waits for the disk that nothing new is to be taken.
    pub fn is_full(&mut self) -> bool {
        self.worker.as_mut().is_some_and(Worker::is_full)
    }

    /// Everything that waits is written, and the file let go. What came of it; whether that is all.
    pub fn close(mut self) -> (Vec<Done>, bool) {
        self.give_all();
        self.worker.map_or((Vec::new(), true), Worker::close)
    }

    /// Waits for the answers that the disk owes, as long as a program may that ends.
    pub fn answers(&mut self) -> Vec<Done> {
        let mut all = Vec::new();
        while self.asked > 0
            && let Some(done) = self.worker.as_mut().and_then(Worker::wait)
        {
            self.asked -= usize::from(matches!(done, Done::Found(_)));
            all.push(done);
        }
        all
    }
}
