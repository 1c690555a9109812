//! What must be there before the first turn.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use mio::{Registry, Waker};

use super::entering::SecretStore;
use super::tokens::{BROKERS, GROUP, INPUT, LINKS, SOCKETS, WAKER};
use super::transfers::Transfers;
use super::{App, Configuration, RECEIVE_BYTES};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Client;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::shell::app::console::Console;
use crate::shell::app::session::{self, Session};
use crate::shell::cli::config::ConfigFile;
use crate::shell::cli::options::{Options, Subcommand};
use crate::shell::clients::Exec;
use crate::shell::clients::runs::Runs;
use crate::shell::net::brokers::Brokers;
use crate::shell::net::faults::FaultyNetwork;
use crate::shell::net::multicast::Group;
use crate::shell::net::own_copies::OwnCopies;
use crate::shell::net::resolve::Unknown;
use crate::shell::net::surroundings::Surroundings;
use crate::shell::profile::unlock::Unlocking;
use crate::shell::store::session_history::History;
use crate::shell::store::worker::Worker;
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::rng::random;
use crate::shell::term::input::StandardInput;
use crate::shell::term::log_file::LogFile;
use crate::shell::term::terminal::{self, Terminal};
use crate::view::screen::{Screen, ScreenSetup};
use crate::view::words::en;

impl<'c> App<'c> {
    /// Looks everything up and binds, or says in one sentence why not.
    pub(super) fn open(options: Options, console: &'c mut Console) -> Result<Self, (String, Ending)> {
        let clock = Clock::start();
        console.output.set_now(clock.now());
        let waker = Arc::new(Waker::new(console.registry(), WAKER).map_err(failed("threads"))?);
        let input = StandardInput::open(console.registry(), INPUT, &waker);
        let has_screen = options.wants_screen() && input.is_terminal() && terminal::is_able();
        let (bot, runs) = (bot(&options, has_screen), runs(&options, has_screen, console)?);
        let (is_quiet, faulty_network) = (options.is_quiet, options.chaos.map(FaultyNetwork::new));
        let brokers = brokers(&options, console.registry(), &waker)?;
        let (configuration, files_folder) = (configuration(&options), options.config.files.folder.clone());
        open_journal(&options, console)?;
        let is_piped = !input.is_terminal() && !input.is_nothing();
        let face = session::Face { is_terminal: input.is_terminal(), is_piped, has_screen };
        let mut session = session::open(options, face, &clock)?;
        if input.is_nothing() {
            session.parser.end_without_input();
        }
        let is_patient = session.machine.is_patient();
        let registry = console.registry();
        session.sockets.register(registry, SOCKETS).map_err(failed("the socket"))?;
        let (group, surroundings) = watch_network(&mut session, registry)?;
        let history = history(&mut session, clock, &waker)?;
        console.listen_to_signals().map_err(failed("signals"))?;
        session.screen.take().map(|setup| open_screen(setup, console)).transpose()?;
        let now = clock.now();
        open_clients(bot, session.control_socket.as_deref(), console, now.moment)?;
        set_output(console, &session, is_quiet);
        for notice in session.notices {
            console.output.show(&Event::Notice(notice));
        }
        let mut app = Self {
            console,
            machine: session.machine,
            parser: session.parser,
            input,
            sockets: session.sockets,
            group,
            is_patient,
            faulty_network,
            sending: None,
            is_paused: false,
            unknown: Unknown::new(session.unknown, session.hosts, Arc::clone(&waker)),
            transfers: Transfers::new(Arc::clone(&waker), files_folder),
            secrets: SecretStore {
                keyring: session.keyring,
                prekeys: session.prekeys,
                unlocking: Unlocking::new(waker),
                anew: BTreeSet::new(),
            },
            surroundings,
            own_copies: own_copies()?,
            brokers,
            survey: None,
            history,
            is_disk_full: false,
            typed: session.typed,
            elsewhere: None,
            clock,
            now,
            sleeps_until: None,
            buffer: vec![0; RECEIVE_BYTES],
            configuration,
            runs,
            ending: None,
            _lock: session.lock,
        };
        app.tell_network();
        app.try_input();
        let listening = app.listening();
        app.machine.handle(Input::Attach { client: Client::STANDARD, listening }, now);
        Ok(app)
    }
}

/// What of it is followed while nobody sits before the program: peers and rooms, by name and value.
pub(super) fn followed(config: &ConfigFile) -> impl Iterator<Item = (&str, &String)> {
    let settings = config.settings.iter().filter(|setting| matches!(setting.name.as_str(), "peer" | "room"));
    settings.flat_map(|setting| setting.values.iter().map(|value| (setting.name.as_str(), value)))
}

/// Where it is read again.
fn configuration(options: &Options) -> Configuration {
    let on_hangup = options.kind == InstanceKind::Headless;
    let followed = followed(&options.config).map(|(name, value)| format!("{name} {value}")).collect();
    Configuration { path: options.config.path.clone(), on_hangup, followed }
}

/// Why something cannot be polled.
fn failed(what: &'static str) -> impl Fn(io::Error) -> (String, Ending) {
    move |error| (en::system::cannot(&format!("watch {what}"), words(&error)), Ending::Failed)
}

/// Everybody on this network where that is wanted, and the interfaces. Plain needs neither, and who is bound to the loopback not
/// the latter.
fn watch_network(
    session: &mut Session,
    registry: &Registry,
) -> Result<(Option<Group>, Surroundings), (String, Ending)> {
    let interfaces = session.interfaces.clone();
    let group = session.only.take().map(|only| Group::open(only, &interfaces, registry, GROUP));
    let group = group.transpose().map_err(failed("the network"))?;
    let is_local = session.sockets.addresses().iter().all(|address| address.ip().is_loopback());
    if session.machine.is_patient() || is_local {
        return Ok((group, Surroundings::fixed(interfaces)));
    }
    Ok((group, Surroundings::watched(interfaces, registry, LINKS)))
}

/// Copies that nobody else can make.
fn own_copies() -> Result<OwnCopies, (String, Ending)> {
    let random = random().map_err(|none| (none.to_string(), Ending::Failed))?;
    Ok(OwnCopies::new(*random.first_chunk().expect("there are 32 bytes")))
}

/// Where what is said is kept, where it is.
fn history(session: &mut Session, clock: Clock, waker: &Arc<Waker>) -> Result<History, (String, Ending)> {
    let worker = session.history.take().map(|keeping| Worker::start(keeping, clock, Arc::clone(waker))).transpose();
    Ok(worker.map_err(failed("the disk"))?.map(History::of).unwrap_or_default())
}

/// What brokers are connected with.
fn brokers(options: &Options, registry: &Registry, waker: &Arc<Waker>) -> Result<Brokers, (String, Ending)> {
    let access = options.config.brokers.access.clone();
    let random = random().map_err(|none| (none.to_string(), Ending::Failed))?;
    let registry = registry.try_clone().map_err(failed("brokers"))?;
    Ok(Brokers::new(access, BROKERS, registry, Arc::clone(waker), Rng::new(&random)))
}

/// What the output has to know of the session.
fn set_output(console: &mut Console, session: &Session, is_quiet: bool) {
    console.output.set_zones(session.interfaces.zones());
    console.output.set_rooms(session.has_rooms);
    console.output.set_quiet(is_quiet);
    if !session.machine.is_patient() {
        console.output.keep_everything();
    }
}

/// The terminal is taken for the live screen.
fn open_screen(setup: ScreenSetup, console: &mut Console) -> Result<(), (String, Ending)> {
    console.watch_terminal().map_err(failed("the terminal"))?;
    let taken = Terminal::take(Screen::new(setup));
    console.output.set_terminal(taken.map_err(failed("the terminal"))?);
    Ok(())
}

/// The program that drives the session, where there is one.
fn bot(options: &Options, has_screen: bool) -> Option<Exec> {
    let command = options.exec.clone().filter(|_| !matches!(options.command, Subcommand::Plain { .. }))?;
    let room = (!options.json_in).then(|| options.rooms[0].clone());
    Some(Exec { command, is_mute: has_screen, is_given_all: options.exec_all, room })
}

/// What answers each datagram, where something does.
fn runs(options: &Options, has_screen: bool, console: &Console) -> Result<Option<Runs>, (String, Ending)> {
    let Some(command) = options.exec.clone().filter(|_| matches!(options.command, Subcommand::Plain { .. })) else {
        return Ok(None);
    };
    let what = format!("run '{command}' for each message");
    let runs = console.registry().try_clone().and_then(|registry| Runs::of(command, has_screen, registry));
    runs.map(Some).map_err(|error| (en::system::cannot(&what, words(&error)), Ending::Failed))
}

/// What happens is to be written down.
fn open_journal(options: &Options, console: &mut Console) -> Result<(), (String, Ending)> {
    let Some(path) = &options.log else { return Ok(()) };
    let log_file = LogFile::open(path, options.detail, console.output.local().clone());
    let failed = |error| (en::system::cannot(&format!("write {}", path.display()), words(&error)), Ending::Failed);
    console.output.set_journal(log_file.map_err(failed)?);
    Ok(())
}

/// Who drives the session besides.
fn open_clients(
    exec: Option<Exec>,
    control_socket: Option<&Path>,
    console: &mut Console,
    now: Moment,
) -> Result<(), (String, Ending)> {
    let failed = |error: io::Error| (en::system::cannot("watch programs", words(&error)), Ending::Failed);
    let registry = console.registry().try_clone().map_err(failed)?;
    if let Some(exec) = exec {
        let command = exec.command.clone();
        let failed = |error| (en::system::cannot(&format!("start '{command}'"), words(&error)), Ending::Failed);
        console.clients.exec(exec, &registry, now).map_err(failed)?;
    }
    if let Some(folder) = control_socket {
        // A path may be too long for one, or the disk read-only.
        if let Err(why) = console.clients.open_door(folder, &registry) {
            console.output.show(&Event::Notice(Notice::NotDriven { why }));
        }
    }
    Ok(())
}
