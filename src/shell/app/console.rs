//! What every session is told by and tells on: the poll, the output, the signals.

use std::io;
use std::time::Duration;

use mio::{Events, Poll, Registry, Token};

use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Event, Fault};
use crate::chat::api::requester::Client;
use crate::shell::clients::{Clients, FIRST_TOKEN};
use crate::shell::sys::signals::{Signal, Signals};
use crate::shell::term::output::{Form, StandardOutput};

/// The tokens of the console; those of a session are below them.
const DATA: Token = Token(100);
const TALK: Token = Token(101);
const SIGNALS: Token = Token(102);

/// How long whoever drives the session may take to read its last: so many turns of so long.
const PARTING_TURNS: u32 = 10;
const PARTING_TURN: Duration = Duration::from_millis(50);

/// What a session is told by and tells on.
pub struct Console {
    poll: Poll,
    /// What the last wait brought.
    pub events: Events,
    /// Where everything is told.
    pub output: StandardOutput,
    /// Who drives the session besides.
    pub clients: Clients,
    signals: Option<Signals>,
}

impl Console {
    /// A poll, and the output that is written through it.
    pub fn open(form: Form) -> io::Result<Self> {
        let poll = Poll::new()?;
        let output = StandardOutput::open(form, poll.registry(), DATA, TALK)?;
        Ok(Self { poll, events: Events::with_capacity(16), output, clients: Clients::default(), signals: None })
    }

    /// Where sources are registered.
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// From now on a signal is an ending like any other. Before, while names are looked up, it ends the program by itself.
    pub fn listen_to_signals(&mut self) -> io::Result<()> {
        self.signals = Some(Signals::listen(self.poll.registry(), SIGNALS)?);
        Ok(())
    }

    /// From now on it is told too what happens to the terminal.
    pub fn watch_terminal(&self) -> io::Result<()> {
        self.signals.as_ref().map_or(Ok(()), Signals::watch_terminal)
    }

    /// Says why it cannot go on.
    pub fn fail(&mut self, words: String) -> Ending {
        self.tell(&Event::Fault(Fault::Fatal(words)));
        Ending::Failed
    }

    /// Tells everybody who drives the session.
    pub fn tell(&mut self, event: &Event) {
        self.output.show(event);
        self.clients.show(event, self.output.zones());
    }

    /// Tells one of them.
    pub fn tell_to(&mut self, client: Client, event: &Event) {
        self.output.show_to(client, event);
        self.clients.show_to(client, event, self.output.zones());
    }

    /// Whether somebody who is waited for is far behind with reading.
    pub fn is_full(&self) -> bool {
        self.output.is_full() || self.clients.is_full()
    }

    /// Writes what waits.
    pub fn flush(&mut self) {
        self.output.flush();
        self.clients.flush();
    }

    /// The next signal. The SIGPIPE of our own write is none: the write told it already.
    pub fn signal(&mut self) -> Option<Signal> {
        match self.signals.as_mut()?.take()? {
            Signal::End(Ending::Signal(_, "SIGPIPE")) if self.output.take_broken() | self.clients.take_broken() => {
                self.signal()
            }
            signal => Some(signal),
        }
    }

    /// The next signal that ends the program.
    fn ending(&mut self) -> Option<Ending> {
        loop {
            if let Signal::End(ending) = self.signal()? {
                return Some(ending);
            }
        }
    }

    /// Sleeps until something happens, at most for `timeout`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout.map(ceil_to_millis)) {
            // A wake like any other, but for what it brought: a program that was stopped has much to catch up with.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.look()?,
            polled => polled?,
        }
        for event in &self.events {
            let is_closed = event.is_error() || event.is_write_closed();
            match event.token() {
                DATA => self.output.wake_data(is_closed),
                TALK => self.output.wake_talk(is_closed),
                SIGNALS => self.signals.iter_mut().for_each(Signals::wake),
                token if token >= FIRST_TOKEN => self.clients.wake(token, is_closed),
                _ => {}
            }
        }
        Ok(())
    }

    fn look(&mut self) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.events.clear();
                Ok(())
            }
            polled => polled,
        }
    }

    /// Waits until everything is read that was said so far, unless a signal ends that too.
    pub fn settle(&mut self, ending: Ending) -> Ending {
        let ending = self.late_signal().unwrap_or(ending);
        self.drain(ending)
    }

    /// Says the last word and waits until it is read.
    pub fn close(&mut self, ending: Ending) -> Ending {
        let ending = self.settle(ending);
        self.output.give_back();
        self.output.tell_dropped();
        self.tell(&Event::Exit(ending));
        self.part();
        self.drain(ending)
    }

    /// Whoever drives the session reads its last, if that is soon.
    fn part(&mut self) {
        for _ in 0..PARTING_TURNS {
            self.clients.flush();
            if self.clients.is_empty() || self.wait(Some(PARTING_TURN)).is_err() {
                break;
            }
        }
        self.clients = Clients::default();
    }

    /// A signal to a whole pipeline also closes our input or output; what it closed may be seen first.
    fn late_signal(&mut self) -> Option<Ending> {
        self.wait(Some(Duration::ZERO)).ok()?;
        self.ending()
    }

    fn drain(&mut self, ending: Ending) -> Ending {
        self.output.flush();
        while !self.output.is_empty() && !matches!(ending, Ending::Signal(..)) {
            if self.wait(None).is_err() {
                break;
            }
            self.output.flush();
            if let Some(signal) = self.ending() {
                return signal;
            }
        }
        ending
    }
}

/// The poll counts in milliseconds and would wake a moment too early, for nothing.
fn ceil_to_millis(span: Duration) -> Duration {
    Duration::from_millis(u64::try_from(span.as_micros().div_ceil(1000)).unwrap_or(u64::MAX))
}
