//! The loop: what happens goes in, what the core decides is carried out, in order.

mod answering;
mod brokers;
mod clients;
pub(crate) mod console;
mod entering;
mod examining;
mod input;
mod network;
mod opening;
mod recalling;
mod screen;
mod screen_setup;
pub(crate) mod session;
mod tokens;
mod transfers;
mod waiting;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::machine::{Input, Machine, Output};
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::metrics::Trace;
use crate::chat::base::time::{Moment, Now};
use crate::shell::cli::options::{Options, Subcommand};
use crate::shell::clients::runs::Runs;
use crate::shell::clients::stdin_parser::StdinParser;
use crate::shell::net::brokers::Brokers;
use crate::shell::net::faults::FaultyNetwork;
use crate::shell::net::multicast::Group;
use crate::shell::net::own_copies::OwnCopies;
use crate::shell::net::reports::Failure;
use crate::shell::net::resolve::Unknown;
use crate::shell::net::socket::Sockets;
use crate::shell::net::surroundings::Surroundings;
use crate::shell::profile::{Lock, hide_memory};
use crate::shell::store::session_history::History;
use crate::shell::store::worker::Done;
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::signals::die_of;
use crate::shell::sys::stdio::last_words;
use crate::shell::term::external_editor::ExternalEditor;
use crate::shell::term::input::{StandardInput, is_typed};
use crate::shell::term::input_history::Typed;
use crate::shell::term::output::Form;
use crate::shell::tools::completion;
use crate::shell::tools::doctor;
use crate::shell::tools::invitation;
use crate::shell::tools::lookup;
use crate::shell::tools::manual;
use crate::shell::tools::remote;
use crate::shell::tools::settings;
use crate::view::words::en;

use console::Console;
use entering::SecretStore;
use examining::Survey;
use transfers::Transfers;

/// How many datagrams are taken in one turn, so that a flood starves neither input nor signals.
const DATAGRAMS_PER_TURN: usize = 64;

/// Whoever is so late was stopped, or had no processor. A guess: many turns, and less than anything waits for.
const STOPPED_FOR: Duration = Duration::from_millis(50);

/// How many turns of datagrams are taken before a deadline that has passed is told: as many as a receive buffer holds.
const TURNS_BEFORE_TICK_MAX: usize = 160;

/// The largest datagram of either family fits.
const RECEIVE_BYTES: usize = 64 * 1024;

/// Runs a session to its end and returns the exit code.
pub fn run(options: Options) -> u8 {
    hide_memory();
    match &options.command {
        Subcommand::Lookup(lookup) => return lookup::run(&options, lookup),
        Subcommand::Config => return settings::run(&options),
        Subcommand::Invite { out, ways } => return invitation::run(&options, out.as_deref(), ways),
        Subcommand::Completions(shell) => return completion::script(*shell),
        Subcommand::Man(page) => return manual::page(*page),
        Subcommand::Send { text } => {
            if text.is_none() && is_typed() && !options.json && !options.is_quiet {
                last_words(en::usage::TYPE_MESSAGE);
            }
            if let Some(code) = remote::send(&options, text.as_deref()) {
                return code;
            }
        }
        Subcommand::Offer(wanted) => return offer_files(&options, wanted),
        Subcommand::Fetch(wanted) => return fetch_file(&options, wanted),
        Subcommand::Doctor { repeats } => {
            if let Some(code) = doctor::run(&options, *repeats) {
                return code;
            }
        }
        Subcommand::Chat | Subcommand::Plain { .. } | Subcommand::Ping(_) => {}
    }
    let mut console = match Console::open(if options.json { Form::Json } else { Form::Lines }) {
        Ok(console) => console,
        Err(error) => {
            last_words(&format!("chinwag: {}", en::system::cannot("start", words(&error))));
            return Ending::Failed.code();
        }
    };
    if matches!(options.command, Subcommand::Doctor { .. } | Subcommand::Ping(_)) {
        console.output.show_findings_only();
    }
    if options.kind == InstanceKind::Headless {
        console.output.withhold_words();
    }
    let ending = match App::open(options, &mut console) {
        Ok(mut app) => {
            let ending = app.run();
            app.close(ending)
        }
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

#[cfg(unix)]
use crate::shell::tools::{file_fetch::run as fetch_file, file_offer::run as offer_files};

/// Not here yet: a session in another process is driven through a socket of Unix.
#[cfg(not(unix))]
fn offer_files(_: &Options, _: &crate::shell::cli::options::FilesToSend) -> u8 {
    last_words(en::system::NO_FILES_HERE);
    Ending::Failed.code()
}

/// As above.
#[cfg(not(unix))]
fn fetch_file(_: &Options, _: &crate::shell::cli::options::WantedFile) -> u8 {
    last_words(en::system::NO_FILES_HERE);
    Ending::Failed.code()
}

/// Where the configuration is read again.
struct Configuration {
    /// The file that was named; `None`: the usual one.
    path: Option<PathBuf>,
    /// Nobody sits before the program: a hangup is a wish to read it.
    on_hangup: bool,
    /// The peers and rooms of it that were followed.
    followed: BTreeSet<String>,
}

/// A session: the core, and what it is driven by.
struct App<'c> {
    console: &'c mut Console,
    machine: Box<dyn Machine>,
    parser: StdinParser,
    input: StandardInput,
    sockets: Sockets,
    /// Everybody on this network; nobody in plain.
    group: Option<Group>,
    /// Datagrams that the network does not take wait for it. The native protocol heals them instead.
    is_patient: bool,
    /// The network is bad on purpose.
    faulty_network: Option<FaultyNetwork>,
    /// What is to be told of the datagram that is sent next.
    sending: Option<Trace>,
    /// Datagrams are not taken, for the reader of the output is far behind.
    is_paused: bool,
    /// Nothing new is taken, for much waits for the disk.
    is_disk_full: bool,
    unknown: Unknown,
    secrets: SecretStore,
    surroundings: Surroundings,
    own_copies: OwnCopies,
    brokers: Brokers,
    /// What is being found out about the network of this machine.
    survey: Option<Survey>,
    history: History,
    transfers: Transfers,
    /// What was typed, for later sessions.
    typed: Typed,
    /// What is being edited in another program, which has the terminal meanwhile.
    elsewhere: Option<ExternalEditor>,
    clock: Clock,
    now: Now,
    /// When the loop is to turn again at the latest.
    sleeps_until: Option<Moment>,
    /// Reused for every read.
    buffer: Vec<u8>,
    configuration: Configuration,
    /// What answers datagrams; `None`: nothing.
    runs: Option<Runs>,
    ending: Option<Ending>,
    /// The profile is ours as long as this is.
    _lock: Option<Lock>,
}

impl App<'_> {
    /// Turns until something ends it. One turn takes a bounded part of everything there is.
    fn run(&mut self) -> Ending {
        if !self.has_network() {
            self.handle(Input::NetworkChanged { has_network: false, is_more: false });
        }
        self.carry_out();
        loop {
            self.flush();
            self.watch_output();
            if let Some(ending) = self.ending {
                self.input.discard();
                return ending;
            }
            if let Err(error) = self.wait() {
                return self.console.fail(en::system::cannot("wait for events", words(&error)));
            }
            self.pass_time();
            self.watch_reader();
            while let Some(signal) = self.console.signal() {
                self.on_signal(signal);
            }
            if self.ending.is_some() {
                continue;
            }
            self.sockets.send_waiting();
            self.send_held();
            self.receive();
            self.hear_from_brokers();
            self.look_around();
            self.send_copies();
            self.end_survey();
            self.enter_unlocked();
            self.hear_from_disk();
            self.hear_from_files();
            self.tick();
            self.read();
            self.serve();
            self.answer();
            self.transfer();
            self.tick_screen();
        }
    }

    /// Writes to the outputs, and gives the disk what was gathered long enough. What was shown counts as shown once it is
    /// written.
    fn flush(&mut self) {
        self.brokers.flush(self.now.moment);
        self.console.flush();
        if let Some(written) = self.console.output.written() {
            self.history.was_written(written, self.now.moment);
        }
        self.history.give_due(self.now.moment);
    }

    /// Everything that is to be kept is on disk before the program ends, and all that is to be read is written as long as no
    /// signal ends it.
    fn close(mut self, ending: Ending) -> Ending {
        if !matches!(ending, Ending::Signal(..)) {
            let answers = self.history.answers();
            for done in answers {
                self.tell_done(done);
            }
        }
        let ending = self.console.settle(ending);
        self.flush();
        self.transfers.close();
        self.leave_brokers();
        self.console.output.abandon(); // or a reader would see what counts as not shown
        let (done, is_all) = std::mem::take(&mut self.history).close();
        for done in done.into_iter().filter(|done| matches!(done, Done::Told(_))) {
            self.tell_done(done);
        }
        if !is_all {
            let why = en::files::DISK_SILENT.to_owned();
            self.console.tell(&Event::Notice(Notice::HistoryOff { why }));
        }
        ending
    }

    /// Whether there may be datagrams that are to be taken. In rooms none are while the reader of the output is far behind:
    /// what the system loses meanwhile is healed, and nobody is told that it arrived.
    fn has_datagrams(&self) -> bool {
        if self.is_disk_full || !self.is_patient && self.console.is_full() {
            return false;
        }
        self.sockets.is_ready() || self.group.as_ref().is_some_and(Group::is_ready)
    }

    /// Tells the core that its deadline has passed. Where the program was stopped meanwhile, what came in time is taken before.
    fn tick(&mut self) {
        let overdue = |machine: &dyn Machine, now: Now| {
            let passed = machine.deadline().filter(|&(deadline, _)| deadline <= now.moment);
            passed.map(|(deadline, _)| now.moment.since(deadline))
        };
        for _ in 0..TURNS_BEFORE_TICK_MAX {
            if overdue(&*self.machine, self.now).is_none_or(|late| late < STOPPED_FOR) || !self.has_datagrams() {
                break;
            }
            self.receive();
        }
        if overdue(&*self.machine, self.now).is_some() {
            self.handle(Input::Tick);
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.machine.handle(input, self.now);
        self.carry_out();
    }

    /// Does what the core wants, in order, and tells it what could not be sent.
    fn carry_out(&mut self) {
        loop {
            match self.machine.poll() {
                Some(Output::Send { to, datagram }) => self.send_or_hold(to, datagram),
                Some(Output::Show(Event::Trace(sent @ Trace::Sent { .. }))) => self.sending = Some(sent),
                Some(Output::Store(record)) => {
                    let end = self.console.output.end();
                    self.history.add(record, end, self.now.moment);
                }
                Some(Output::Commit(number)) => {
                    self.flush();
                    let done = self.history.commit(number);
                    self.hear_disk(done);
                }
                Some(Output::Recall(recall, requester)) => self.recall(recall, requester),
                Some(Output::KeepSecret(chain)) => self.keep_secret(&chain),
                Some(Output::RenewPrekey) => self.renew_prekey(),
                Some(Output::Enter(room, unlock)) => self.enter(room, &unlock),
                Some(Output::Reach(peer)) => self.reach(&peer),
                Some(Output::ReportNetwork(requester)) => self.report_network(requester),
                Some(Output::Examine(job)) => self.examine(&job),
                Some(Output::Reload) => self.reload(),
                Some(Output::Disk(job)) => self.give_disk(job),
                Some(Output::Broker(broker, job)) => self.brokers.take_job(&broker, job, self.now.moment),
                Some(Output::Run { from, datagram }) => self.begin_answer(from, datagram),
                Some(Output::Show(event)) => {
                    self.suspect_input(&event);
                    self.console.tell(&event);
                }
                Some(Output::Exit(ending)) => self.ending = Some(ending),
                None => match self.sockets.take_failure() {
                    Some(Failure { to, why, by }) => {
                        let why = self.surroundings.explain(why, by, to);
                        self.machine.handle(Input::Undelivered { to, why }, self.now);
                    }
                    None => return,
                },
            }
        }
    }

    /// In rooms nothing is taken while the reader of the output is far behind.
    fn watch_reader(&mut self) {
        self.is_disk_full = self.history.is_full();
        let is_paused = !self.is_patient && (self.console.is_full() || self.is_disk_full);
        if is_paused != self.is_paused {
            self.is_paused = is_paused;
            self.handle(Input::Backpressure(is_paused));
        }
    }

    fn watch_output(&mut self) {
        if self.ending.is_some() {
            return;
        }
        if self.configuration.on_hangup {
            if self.console.output.take_failure().is_some() || self.console.output.is_closed() {
                self.console.output.abandon(); // the terminal was closed, and nobody sits there anyway
            }
            return;
        }
        if let Some(error) = self.console.output.take_failure() {
            self.ending = Some(self.console.fail(en::system::cannot("write to standard output", words(&error))));
        } else if self.console.output.is_closed() {
            if self.console.output.was_terminal() {
                self.handle(Input::Leave(Ending::HANGUP));
            } else {
                self.handle(Input::OutputClosed);
            }
        }
    }
}
