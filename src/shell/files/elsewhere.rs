//! Files on a system for which there is no code yet: whatever is wanted is refused in one sentence.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use mio::Waker;

use crate::chat::api::disk::{DiskDone, DiskJob, NotKept, NotOffered};
use crate::view::words::en;

pub use self::RefusingWorker as FilesWorker;

/// What stands in the place of the thread.
#[derive(Debug)]
pub struct RefusingWorker {
    done: VecDeque<DiskDone>,
    waker: Arc<Waker>,
}

impl RefusingWorker {
    /// As on other systems.
    pub fn start(_: PathBuf, waker: Arc<Waker>) -> std::io::Result<Self> {
        Ok(Self { done: VecDeque::new(), waker })
    }

    /// Refuses it.
    pub fn give(&mut self, job: DiskJob) {
        let why = en::system::NO_FILES_HERE.to_owned();
        let refused = match job {
            DiskJob::Examine { source, .. } => DiskDone::Examined { source, found: Err(NotOffered::Unreadable(why)) },
            DiskJob::Create { part, .. } => DiskDone::Created { part, found: Err(NotKept::Failed(why)) },
            _ => return, // of nothing that was begun
        };
        self.done.push_back(refused);
        let _ = self.waker.wake(); // fails only when the loop is gone
    }

    /// What was refused.
    pub fn take(&mut self) -> Option<DiskDone> {
        self.done.pop_front()
    }

    /// There is nothing to wait for.
    pub fn close(self) {}
}
