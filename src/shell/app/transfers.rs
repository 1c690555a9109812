//! Transfers in the loop: behind everything else, and a bounded part of them in each turn.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::Waker;

use super::App;
use crate::chat::api::disk::DiskJob;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Advance, Input, To};
use crate::chat::api::notice::Notice;
use crate::chat::base::time::Moment;
use crate::chat::files::supply::DatagramRun;
use crate::shell::files::destination::{self, expanded};
use crate::shell::files::worker::FilesWorker;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// So long transfers are worked on in one turn: keys and lines wait no longer for them.
const WORK_FOR: Duration = Duration::from_millis(1);
/// When the network took nothing, pieces are tried again after this.
const SEND_AGAIN_AFTER: Duration = Duration::from_millis(1);

/// What the loop knows of transfers.
pub struct Transfers {
    /// Once files were needed.
    worker: Option<FilesWorker>,
    waker: Arc<Waker>,
    folder: Option<String>,
    /// The rest of a run that the network did not take, and how much of it left.
    held: Option<(SocketAddr, DatagramRun, usize)>,
    again: Moment,
    /// There was more to do than one turn has room for.
    is_left_over: bool,
}

impl Transfers {
    /// What is fetched goes to `folder` where no place is named, else to that for downloads.
    pub fn new(waker: Arc<Waker>, folder: Option<String>) -> Self {
        Self { worker: None, waker, folder, held: None, again: Moment::START, is_left_over: false }
    }

    /// Whether the next turn comes at once.
    pub fn is_left_over(&self) -> bool {
        self.is_left_over && self.held.is_none()
    }

    /// When what the network did not take is tried again.
    pub fn deadline(&self) -> Option<Moment> {
        self.held.as_ref().map(|_| self.again)
    }

    /// Everything that was given to the disk is done.
    pub fn close(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.close();
        }
    }
}

impl App<'_> {
    /// Gives the disk something to do. Its thread starts when it is first needed.
    pub(super) fn give_disk(&mut self, job: DiskJob) {
        if self.transfers.worker.is_none() {
            let folder = self.transfers.folder.as_deref().map_or_else(destination::usual, expanded);
            match FilesWorker::start(folder, Arc::clone(&self.transfers.waker)) {
                Ok(worker) => self.transfers.worker = Some(worker),
                Err(error) => {
                    let why = en::system::cannot("read or write files", words(&error));
                    return self.console.tell(&Event::Notice(Notice::NotDriven { why }));
                }
            }
        }
        if let Some(worker) = &mut self.transfers.worker {
            worker.give(job);
        }
    }

    /// What the disk has done for files.
    pub(super) fn hear_from_files(&mut self) {
        while self.ending.is_none()
            && let Some(done) = self.transfers.worker.as_mut().and_then(FilesWorker::take)
        {
            self.handle(Input::Disk(done));
        }
    }

    /// Works on transfers for a moment.
    pub(super) fn transfer(&mut self) {
        self.transfers.is_left_over = false;
        if self.ending.is_some() || self.transfers.held.is_some() && self.now.moment < self.transfers.again {
            return;
        }
        if let Some((to, run, sent)) = self.transfers.held.take()
            && !self.send_run(to, run, sent)
        {
            return;
        }
        let end = self.now.moment.after(WORK_FOR);
        loop {
            match self.machine.advance(self.now) {
                Advance::Idle => return,
                Advance::Done => self.carry_out(),
                Advance::Send(to, run) => {
                    if !self.send_run(to, run, 0) {
                        return;
                    }
                }
            }
            if self.clock.now().moment >= end {
                self.transfers.is_left_over = true;
                return;
            }
        }
    }

    /// Sends datagrams from there on. Says whether the network took all; the rest is held.
    fn send_run(&mut self, to: SocketAddr, run: DatagramRun, mut sent: usize) -> bool {
        if let Some(faulty_network) = &mut self.faulty_network {
            for datagram in run.bytes.chunks(run.each.max(1)) {
                faulty_network.take(To::Address(to), &datagram.into(), self.now.moment);
            }
            self.send_held();
            return true;
        }
        sent += self.sockets.send_run(to, &run.bytes[sent..], run.each, self.now.moment);
        if sent < run.bytes.len() {
            self.transfers.again = self.now.moment.after(SEND_AGAIN_AFTER);
            self.transfers.held = Some((to, run, sent));
            return false;
        }
        true
    }
}
