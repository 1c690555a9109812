//! How long the loop sleeps, and what woke it.

use std::io;
use std::time::Duration;

use super::App;
use super::tokens::{BROKERS, GROUP, INPUT, LINKS, SOCKETS, WAKER};
use crate::chat::api::machine::Input;
use crate::shell::clients::runs::{self, Runs};
use crate::shell::net::faults::FaultyNetwork;

/// How often a full socket is tried again. A guess: little beside what a slow network takes for a packet.
const SEND_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// Whoever is so late was away, and says at once that it is here again. A guess: nothing that is well takes so long.
const AWAY: Duration = Duration::from_secs(2);

impl App<'_> {
    /// Sleeps until something happens.
    pub(super) fn wait(&mut self) -> io::Result<()> {
        let patience = self.patience();
        self.sleeps_until = patience.map(|patience| self.now.moment.after(patience));
        self.console.wait(patience)?;
        for event in &self.console.events {
            match event.token() {
                INPUT => self.input.wake(),
                LINKS => self.surroundings.wake(),
                WAKER => self.input.wake_thread(),
                token if BROKERS.contains(&token.0) => self.brokers.wake(token),
                token if token >= runs::FIRST_TOKEN && token < runs::END_TOKEN => {
                    self.runs.iter_mut().for_each(|runs| runs.wake(token));
                }
                token => {
                    if let Some(is_v4) = SOCKETS.family_of(&token) {
                        self.sockets.wake(is_v4);
                    }
                    if let (Some(group), Some(is_v4)) = (&mut self.group, GROUP.family_of(&token)) {
                        group.wake(is_v4);
                    }
                }
            }
        }
        Ok(())
    }

    /// How long to sleep: at most to the next deadline, a moment while datagrams wait for the network, and not at all while
    /// something is left over from the last turn.
    fn patience(&mut self) -> Option<Duration> {
        let is_left_over = self.has_datagrams()
            || self.transfers.is_left_over()
            || self.brokers.is_left_over()
            || self.reads() && (self.parser.is_given() || self.input.is_ready())
            || self.console.clients.is_ready(&|client| self.takes_commands(client));
        if is_left_over {
            return Some(Duration::ZERO);
        }
        let core = self.machine.deadline().map(|(deadline, _)| deadline);
        let screen = self.console.output.terminal().and_then(|terminal| terminal.screen.deadline());
        let held = self.faulty_network.as_ref().and_then(FaultyNetwork::deadline);
        let bot = self.console.clients.deadline();
        let runs = self.runs.as_ref().and_then(Runs::deadline);
        let transfers = self.transfers.deadline();
        let scan = self.surroundings.deadline();
        let copies = self.own_copies.deadline().filter(|_| !self.is_paused);
        let survey = self.survey.as_ref().map(|survey| survey.deadline(self.now.moment));
        let others = [
            scan,
            copies,
            survey,
            screen,
            held,
            bot,
            runs,
            transfers,
            self.unknown.deadline(),
            self.brokers.deadline(),
            self.history.deadline(),
        ];
        let deadlines = core.into_iter().chain(others.into_iter().flatten());
        let send_again = self.sockets.is_full().then_some(SEND_AGAIN_AFTER);
        deadlines.map(|deadline| deadline.since(self.now.moment)).chain(send_again).min()
    }

    /// Reads the clocks. Who did not run for a while is told before whatever that brought.
    pub(super) fn pass_time(&mut self) {
        let due = self.sleeps_until;
        self.now = self.clock.now();
        self.console.output.set_now(self.now);
        let (slept, stopped) = (self.clock.take_sleep(), due.map_or(Duration::ZERO, |due| self.now.moment.since(due)));
        if slept.max(stopped) >= AWAY {
            self.handle(Input::Woke { slept, stopped });
        }
    }
}
