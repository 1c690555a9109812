//! A command answers datagrams, in the loop.

use std::net::SocketAddr;

use super::App;
use crate::chat::api::machine::Input;
use crate::chat::api::run::RunOutcome;
use crate::shell::net::lan::Interfaces;

impl App<'_> {
    /// Runs the command for a datagram. One that we sent to ourselves, by an address that came after the start, has no
    /// answer, or there would be no end.
    pub(super) fn begin_answer(&mut self, from: SocketAddr, datagram: Box<[u8]>) {
        let is_ours = self.sockets.covers(from) && Interfaces::scan().is_ok_and(|now| now.is_own(from.ip()));
        match self.runs.as_mut().filter(|_| !is_ours) {
            Some(runs) => runs.begin(from, datagram, self.now.moment),
            None => self.machine.handle(Input::Ran { from, outcome: RunOutcome::Printed(Vec::new()) }, self.now),
        }
    }

    /// Goes on with what runs, and hands over what has ended.
    pub(super) fn answer(&mut self) {
        let Some(runs) = self.runs.as_mut().filter(|_| self.ending.is_none()) else { return };
        for (from, outcome) in runs.go_on(self.now.moment) {
            self.handle(Input::Ran { from, outcome });
        }
    }
}
