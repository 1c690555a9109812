//! The loop: what happens goes in, what the core decides is carried out, in order.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::Token;

use super::clock::Clock;
use super::console::Console;
use super::input::{Bytes, Input as StandardInput};
use super::lan::Interfaces;
use super::options::{Command, Options};
use super::output::{self, Form};
use super::signals::die_of;
use super::socket::Sockets;
use super::start::{self, Ground};
use super::words;
use crate::chat::chatter::{Chatter, Config};
use crate::chat::event::{Ending, Event};
use crate::chat::line::Lines;
use crate::chat::machine::{Input, Machine, Output, To, Way};
use crate::chat::time::Now;

const INPUT: Token = Token(0);
const SOCKETS: Token = Token(1);

/// How many datagrams are taken in one turn, so that a flood starves neither input nor signals.
const DATAGRAMS_PER_TURN: usize = 64;

/// How many bytes of input are taken in one turn, so that a file starves neither datagrams nor signals.
const INPUT_BYTES_PER_TURN: usize = 8 * 1024;

/// How often a full socket is tried again. A guess: little beside what a slow network takes for a packet.
const SEND_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// How many turns of datagrams are taken before a deadline that has passed is told: as many as a receive buffer holds.
const TURNS_BEFORE_TICK_MAX: usize = 160;

/// The largest datagram of either family fits.
const RECEIVE_BYTES: usize = 64 * 1024;

/// Runs a session to its end and returns the exit code.
pub fn run(options: Options) -> u8 {
    let mut console = match Console::open(if options.json { Form::Json } else { Form::Lines }) {
        Ok(console) => console,
        Err(error) => {
            output::last_words(&format!("chinwag: cannot start: {}", words(&error)));
            return Ending::Failed.code();
        }
    };
    let ending = match App::open(options, &mut console) {
        Ok(mut app) => app.run(),
        Err((words, ending)) => {
            console.fail(words);
            ending
        }
    };
    let ending = console.close(ending);
    if let Ending::Signal(signal, _) = ending {
        die_of(signal);
    }
    ending.code()
}

/// A session: the core, and what it is driven by.
struct App<'c> {
    console: &'c mut Console,
    machine: Box<dyn Machine>,
    lines: Lines,
    input: StandardInput,
    sockets: Sockets,
    interfaces: Interfaces,
    clock: Clock,
    now: Now,
    /// Reused for every read.
    buffer: Vec<u8>,
    ending: Option<Ending>,
}

impl<'c> App<'c> {
    /// Looks everything up and binds, or says in one sentence why not.
    fn open(options: Options, console: &'c mut Console) -> Result<Self, (String, Ending)> {
        let clock = Clock::start();
        let Command::Plain { peers } = &options.command;
        let ground = start::prepare(peers, options.bind.as_ref(), options.interface.as_deref());
        let Ground { mut sockets, named, notice, interfaces } =
            ground.map_err(|refusal| (refusal.to_string(), refusal.ending()))?;

        let registry = console.registry();
        let failed =
            |what: &'static str| move |error| (format!("cannot watch {what}: {}", words(&error)), Ending::Failed);
        sockets.register(registry, SOCKETS).map_err(failed("the socket"))?;
        let input = StandardInput::open(registry, INPUT).map_err(failed("standard input"))?;
        console.listen_to_signals().map_err(failed("signals"))?;

        console.output.set_zones(interfaces.zones());
        if let Some(notice) = notice {
            console.output.show(&Event::Notice(notice));
        }
        console.output.show(&Event::Ready { listening: sockets.addresses() });
        let now = clock.now();
        let machine = Box::new(Chatter::new(config(options, input.is_terminal()), named));
        let (lines, buffer) = (Lines::default(), vec![0; RECEIVE_BYTES]);
        Ok(Self { console, machine, lines, input, sockets, interfaces, clock, now, buffer, ending: None })
    }

    /// Turns until something ends it. One turn takes a bounded part of everything there is.
    fn run(&mut self) -> Ending {
        self.carry_out();
        loop {
            self.console.output.flush();
            self.watch_output();
            if let Some(ending) = self.ending {
                self.input.discard();
                return ending;
            }
            if let Err(error) = self.wait() {
                return self.console.fail(format!("cannot wait for events: {}", words(&error)));
            }
            self.now = self.clock.now();
            self.ending = self.console.signal();
            if self.ending.is_some() {
                continue;
            }
            self.sockets.send_waiting();
            self.receive();
            self.tick();
            self.read();
        }
    }

    /// Sleeps until something happens.
    fn wait(&mut self) -> io::Result<()> {
        self.console.wait(self.patience())?;
        for event in &self.console.events {
            match event.token() {
                INPUT => self.input.wake(),
                SOCKETS => self.sockets.wake(),
                _ => {}
            }
        }
        Ok(())
    }

    /// How long to sleep: at most to the deadline of the core, a moment while datagrams wait for the network, and not at
    /// all while something is left over from the last turn.
    fn patience(&self) -> Option<Duration> {
        if self.sockets.is_ready() || self.input.is_ready() && self.takes_input() {
            return Some(Duration::ZERO);
        }
        let deadline = self.machine.deadline().map(|(deadline, _)| deadline.since(self.now.moment));
        let send_again = self.sockets.is_full().then_some(SEND_AGAIN_AFTER);
        deadline.into_iter().chain(send_again).min()
    }

    fn receive(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..DATAGRAMS_PER_TURN {
            if self.ending.is_some() {
                break;
            }
            let Some((from, taken)) = self.sockets.receive(&mut buffer) else { break };
            if self.is_echo(from) {
                continue;
            }
            self.name_zone(from);
            self.handle(Input::Datagram { from, bytes: &buffer[..taken], way: Way::Unicast });
        }
        self.buffer = buffer;
        self.carry_out();
    }

    /// Tells the core that its deadline has passed. Before, what came in time is taken, however long the program was
    /// stopped meanwhile.
    fn tick(&mut self) {
        let is_due =
            |machine: &dyn Machine, now: Now| machine.deadline().is_some_and(|(deadline, _)| deadline <= now.moment);
        for _ in 0..TURNS_BEFORE_TICK_MAX {
            if !is_due(&*self.machine, self.now) || !self.sockets.is_ready() {
                break;
            }
            self.receive();
        }
        if is_due(&*self.machine, self.now) {
            self.handle(Input::Tick);
        }
    }

    /// Whether lines are taken: the core has somebody to send them to, and the network is not slower than the input.
    fn takes_input(&self) -> bool {
        self.machine.takes_input() && !self.sockets.is_full()
    }

    /// Takes a piece of input, where the core takes lines; else only its end is looked for.
    fn read(&mut self) {
        if !self.input.is_ready() || self.ending.is_some() {
            return;
        }
        if !self.takes_input() {
            if !self.sockets.is_full() && self.input.ends_here() {
                self.handle(Input::End);
            }
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.input.read(&mut buffer[..INPUT_BYTES_PER_TURN]) {
            Ok(Bytes::Some(taken)) => self.split(&buffer[..taken]),
            Ok(Bytes::None) => {}
            Ok(Bytes::End) => self.end_input(),
            Ok(Bytes::Gone) => self.ending = Some(Ending::HANGUP),
            Err(error) => {
                self.ending = Some(self.console.fail(format!("cannot read standard input: {}", words(&error))));
            }
        }
        self.buffer = buffer;
    }

    fn split(&mut self, mut bytes: &[u8]) {
        while let Some(line) = self.lines.next(&mut bytes) {
            self.handle(Input::Line(line));
        }
        self.handle(Input::Paused { begun: self.lines.is_begun() });
    }

    fn end_input(&mut self) {
        if let Some(line) = self.lines.end() {
            self.handle(Input::Line(line));
        }
        self.handle(Input::End);
    }

    fn handle(&mut self, input: Input<'_>) {
        self.machine.handle(input, self.now);
        self.carry_out();
    }

    /// Does what the core wants, in order, and tells it what could not be sent.
    fn carry_out(&mut self) {
        loop {
            match self.machine.poll() {
                Some(Output::Send { to: To::Lan, .. }) => {}
                Some(Output::Send { to: To::Address(to), datagram }) => {
                    if let Err(why) = self.sockets.send(to, datagram) {
                        self.machine.handle(Input::Undelivered { to, why }, self.now);
                    }
                }
                Some(Output::Show(event)) => self.console.output.show(&event),
                Some(Output::Exit(ending)) => self.ending = Some(ending),
                None => match self.sockets.take_failure() {
                    Some(failure) => {
                        self.machine.handle(Input::Undelivered { to: failure.to, why: failure.why }, self.now);
                    }
                    None => return,
                },
            }
        }
    }

    fn watch_output(&mut self) {
        if self.ending.is_some() {
            return;
        }
        if let Some(error) = self.console.output.take_failure() {
            self.ending = Some(self.console.fail(format!("cannot write to standard output: {}", words(&error))));
        } else if self.console.output.is_closed() {
            if self.console.output.was_terminal() {
                self.ending = Some(Ending::HANGUP);
            } else {
                self.handle(Input::OutputClosed);
            }
        }
    }

    /// Whether this is what we sent to a group ourselves.
    fn is_echo(&self, from: SocketAddr) -> bool {
        self.sockets.covers(from) && self.interfaces.is_own(from.ip())
    }

    /// An interface that came later is named when something first comes from it.
    fn name_zone(&mut self, from: SocketAddr) {
        if let SocketAddr::V6(v6) = from
            && v6.scope_id() != 0
            && !self.console.output.zones().0.contains_key(&v6.scope_id())
        {
            self.interfaces = Interfaces::scan().unwrap_or_default();
            let mut zones = self.interfaces.zones();
            zones.0.entry(v6.scope_id()).or_insert_with(|| v6.scope_id().to_string());
            self.console.output.set_zones(zones);
        }
    }
}

fn config(options: Options, terminal: bool) -> Config {
    Config {
        charset: options.charset,
        newline: options.newline,
        terminal,
        listen: options.listen,
        expect: options.expect,
        timeout: options.timeout,
    }
}
