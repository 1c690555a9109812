//! From options to a session: rooms, or the course's chatter, and what they stand on.

mod brokers;
mod purpose;
mod ways_in;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::chat::api::ending::Ending;
use crate::chat::api::machine::Machine;
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::address::{Bind, Literal, PeerName};
use crate::chat::base::bounds::Bounds;
use crate::chat::base::line::Lines;
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{RoomId, Strict, Verify};
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::{BadPhrase, Phrase};
use crate::chat::keys::secret::{RoomKeys, RoomName};
use crate::chat::log::records::Memory;
use crate::chat::plain::chatter::{self, Chatter};
use crate::chat::plain::targets::NamedTarget;
use crate::chat::session::node::config::{Driven, PlainConfig, Reach, Script, User};
use crate::chat::session::node::{self, Node};
use crate::shell::app::screen_setup;
use crate::shell::cli::options::{IdentityChoice, Options, SecretFrom, Subcommand};
use crate::shell::clients::stdin_parser::StdinParser;
use crate::shell::net::lan::Interfaces;
use crate::shell::net::multicast::Only;
use crate::shell::net::named_hosts::NamedHosts;
use crate::shell::net::resolve::resolve;
use crate::shell::net::socket::Sockets;
use crate::shell::net::start::{self, BoundSockets};
use crate::shell::profile::keyring::Keyring;
use crate::shell::profile::prekeys::Prekeys;
use crate::shell::profile::unlock;
use crate::shell::profile::{self, Lock, Profile};
use crate::shell::store::keeping::Keeping;
use crate::shell::store::{self, Store};
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::rng::random;
use crate::shell::term::input_history::Typed;
use crate::shell::term::terminal;
use crate::view::screen::ScreenSetup;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

use purpose::{examined_profile, examines, keep_for, peers};

/// Everything that a session needs, bound and looked up.
pub struct Session {
    /// The core.
    pub machine: Box<dyn Machine>,
    /// Bound.
    pub sockets: Sockets,
    /// As they were.
    pub interfaces: Interfaces,
    /// What is to be said.
    pub parser: StdinParser,
    /// By which interfaces everybody is sent to; `None`: not at all.
    pub only: Option<Only>,
    /// Peers whose names are not known yet.
    pub unknown: Vec<PeerName>,
    /// The hosts named whose address is known.
    pub hosts: NamedHosts,
    /// What is to be told first.
    pub notices: Vec<Notice>,
    /// Several rooms are open.
    pub has_rooms: bool,
    /// The profile in use.
    pub lock: Option<Lock>,
    /// Who keeps what is said; `None`: nobody.
    pub history: Option<Keeping>,
    /// What was typed, and will be.
    pub typed: Typed,
    /// The live screen that is to be shown.
    pub screen: Option<ScreenSetup>,
    /// Where programs that drive the session find it.
    pub control_socket: Option<PathBuf>,
    /// The secrets of rooms.
    pub keyring: Keyring,
    /// What private messages are read with.
    pub prekeys: Prekeys,
}

/// How the user meets it.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// Standard input is a terminal: somebody types.
    pub is_terminal: bool,
    /// Standard input is a pipe or a file.
    pub is_piped: bool,
    /// There is to be a live screen.
    pub has_screen: bool,
}

/// Why there is no session, and the ending it is.
type NotOpened = (String, Ending);

/// Opens what the options ask for.
pub fn open(options: Options, face: Face, clock: &Clock) -> Result<Session, NotOpened> {
    match &options.command {
        Subcommand::Plain { peers } => {
            let peers = peers.clone();
            open_plain(options, &peers, face)
        }
        Subcommand::Chat => {
            let parser = parser(options.json_in, face.is_terminal);
            open_native(&options, parser, false, face, clock)
        }
        Subcommand::Send { text } => {
            let parser = StdinParser::of_send(text.clone());
            open_native(&options, parser, true, face, clock)
        }
        Subcommand::Doctor { .. } | Subcommand::Ping(_) => {
            open_native(&options, StdinParser::default(), false, face, clock)
        }
        _ => unreachable!("the other words open no session"),
    }
}

/// Lines are typed in the charset of the terminal; pipes and JSON are UTF-8.
fn parser(is_json: bool, is_terminal: bool) -> StdinParser {
    match (is_json, is_terminal) {
        (true, _) => StdinParser::of_requests(),
        (false, true) => StdinParser::of_lines(Lines::default().typed_in(terminal::charset())),
        (false, false) => StdinParser::default(),
    }
}

fn open_plain(options: Options, peers: &[PeerName], face: Face) -> Result<Session, NotOpened> {
    let ground = start::prepare(peers, options.bind.as_ref(), options.interfaces.first().map(String::as_str));
    let BoundSockets { sockets, named, notice, interfaces, .. } = ground.map_err(refused)?;
    let config = chatter::ChatterConfig {
        charset: options.charset,
        newline: options.newline,
        terminal: face.is_terminal,
        has_screen: face.has_screen,
        detail: options.detail,
        listen: options.listen,
        answers: options.exec.is_some(),
        expect: options.expect,
        timeout: options.timeout,
    };
    Ok(Session {
        machine: Box::new(Chatter::new(config, named)),
        sockets,
        interfaces,
        parser: parser(options.json_in, face.is_terminal),
        only: None,
        unknown: Vec::new(),
        hosts: NamedHosts::default(),
        notices: notice.into_iter().collect(),
        has_rooms: false,
        lock: None,
        history: None,
        typed: Typed::new(None),
        screen: face.has_screen.then(|| screen_setup::of_plain(&options.config)),
        control_socket: None,
        keyring: Keyring::new(None),
        prekeys: Prekeys::open(None, Wall(0)).map_err(|why| (why, Ending::Failed))?.0,
    })
}

fn open_native(
    options: &Options,
    parser: StdinParser,
    is_send: bool,
    face: Face,
    clock: &Clock,
) -> Result<Session, NotOpened> {
    let no_profile = |error: profile::NoProfile| (error.to_string(), Ending::Failed);
    let profile = match &options.identity {
        IdentityChoice::Profile { name, folder } if examines(options).is_none() => Profile::open(name, folder.clone()),
        _ => Profile::temporary(),
    };
    let profile = profile.map_err(no_profile)?;
    let (BoundSockets { sockets, named, hosts, notice, interfaces }, unknown) = ground(options)?;

    let (now, user) = (clock.now(), user(options, &profile));
    let is_second_window = user.is_second_window;
    let of_prekeys = profile.folder.clone().filter(|_| !profile.is_temporary);
    let (prekeys, not_kept) = Prekeys::open(of_prekeys, now.wall).map_err(|why| (why, Ending::Failed))?;
    let mut keyring = Keyring::new(profile.folder.clone().or_else(|| examined_profile(options)));
    let Sealed { rooms, keychains, notices: of_secrets } = unlock(options, &mut keyring, now.wall)?;
    let config = node::Config {
        letterbox: Rc::new(prekeys.letterbox()),
        user,
        reach: Reach {
            brokers: brokers::chosen(options, &keyring, &rooms, &keychains),
            ..reach(&sockets, &named, rooms.iter().flat_map(|room| keyring.ways(room)).collect())
        },
        keychains,
        rooms,
        plain: PlainConfig { charset: options.charset, newline: options.newline },
        input: Driven {
            terminal: face.is_terminal && !is_send,
            is_piped: face.is_piped,
            commands: !is_send && options.commands.unwrap_or(face.is_terminal),
            is_ignored: examines(options).is_some() || options.kind == InstanceKind::Headless && !options.json_in,
            has_screen: face.has_screen,
        },
        script: script(options, is_send, now.wall)?,
        fold: !options.json,
        receive_buffer: sockets.receive_buffer(),
        file_bytes_max: options.config.files.max_bytes,
        bounds: Bounds::default(),
        detail: options.detail,
    };
    let typed = Typed::new(profile.folder.as_deref().filter(|_| !is_second_window));
    let mut screen = face.has_screen.then(|| screen_setup::of_rooms(&options.config, &config, &typed));
    let control_socket = profile.folder.clone().filter(|_| !is_second_window && !is_send);
    let mut history = history(profile.folder, is_second_window, keep_for(options), clock);
    let memories = memories(&mut history, &config, clock);
    if let (Some(screen), Some(Keeping::Ours(store)), None) = (&mut screen, &history, config.script.since) {
        let first = &config.rooms[0];
        screen.earlier = store.shown_last(room_id(&config, first), first, screen.look.replay_most);
    }
    let mut notices = Vec::from_iter(notice.filter(|_| !is_second_window));
    notices.extend(not_kept.into_iter().chain(of_secrets));
    notices.extend(unknown.iter().map(|peer| Notice::UnknownPeer { name: peer.to_string() }));
    let seed = random().map_err(|none| no_profile(none.into()))?;
    let verifier: Rc<dyn Verify> = Rc::new(Strict::default());
    Ok(Session {
        has_rooms: config.rooms.len() > 1,
        machine: Box::new(Node::new(config, profile.identity, memories, &verifier, &seed, clock.now())),
        sockets,
        interfaces,
        parser,
        only: (!options.no_lan).then(|| only(&options.interfaces, options.bind.as_ref())),
        unknown,
        hosts,
        notices,
        lock: profile.lock,
        history,
        typed,
        screen,
        control_socket,
        keyring,
        prekeys,
    })
}

/// Whom it reaches, and where.
fn reach(sockets: &Sockets, named: &[NamedTarget], ways: Vec<PeerName>) -> Reach {
    let peers = named.iter().flat_map(NamedTarget::addresses).copied().collect();
    Reach { listening: sockets.addresses(), peers, port: sockets.port(), ways, ..Reach::default() }
}

/// Who the session is for.
fn user(options: &Options, profile: &Profile) -> User {
    let is_second_window = profile.window > 1;
    let nick = options.nick.clone().unwrap_or_else(|| match profile::default_nick() {
        nick if is_second_window => profile::window_nick(&nick, profile.window),
        nick => nick,
    });
    let is_kept = profile.folder.is_some() && !is_second_window;
    User { nick, is_away: false, kind: options.kind, is_temporary: profile.is_temporary, is_kept, is_second_window }
}

/// What it waits for, and when it ends.
fn script(options: &Options, is_send: bool, now: Wall) -> Result<Script, NotOpened> {
    Ok(Script {
        to: options.to.clone(),
        listen: options.listen,
        wait_peers: options.wait_peers,
        expect: options.expect.clone(),
        timeout: options.timeout,
        is_send,
        examines: examines(options),
        since: since(options.since.as_deref(), now)?,
    })
}

/// What it stands on. Whoever only examines says at once that a name is not known.
fn ground(options: &Options) -> Result<(BoundSockets, Vec<PeerName>), NotOpened> {
    let prepared =
        start::prepare_native(&peers(options), options.bind.as_ref(), &options.interfaces).map_err(refused)?;
    if let (Some(_), Some(peer)) = (examines(options), prepared.1.first()) {
        resolve(peer, &prepared.0.interfaces).map_err(|unresolved| refused(unresolved.into()))?;
    }
    Ok(prepared)
}

/// Where what is said is kept.
fn history(
    folder: Option<PathBuf>,
    is_second_window: bool,
    keep_for: Option<Duration>,
    clock: &Clock,
) -> Option<Keeping> {
    let folder = folder?;
    Some(if is_second_window {
        Keeping::OfAnotherWindow(folder.join(store::FILE))
    } else {
        Keeping::Ours(Box::new(Store::open(&folder, keep_for, clock.now())))
    })
}

/// What is remembered of the rooms, in their order, and behind that what came under their former secrets.
fn memories(history: &mut Option<Keeping>, config: &node::Config, clock: &Clock) -> Vec<Memory> {
    let now = clock.now();
    let Some(Keeping::Ours(store)) = history else { return Vec::new() };
    let rooms: Vec<_> = config.rooms.iter().map(|name| (room_id(config, name), name.clone())).collect();
    let mut memories = store.memories(&rooms, now);
    memories.resize_with(rooms.len(), Memory::default); // where none could be read, what follows stays in its place
    for chain in &config.keychains {
        let tags = chain.former.iter().map(|(secret, _)| RoomKeys::of(secret).tag());
        memories.extend(tags.map(|tag| store.former(chain.current.room(), tag, now)));
    }
    memories
}

/// What a room is kept under.
fn room_id(config: &node::Config, name: &RoomName) -> RoomId {
    match config.keychains.iter().find(|chain| chain.room == *name) {
        Some(chain) => chain.current.room(),
        None => RoomKeys::open(name).id(),
    }
}

/// The rooms to join, and their secrets.
struct Sealed {
    rooms: Vec<RoomName>,
    keychains: Vec<Keychain>,
    notices: Vec<Notice>,
}

/// Opens the room that a phrase was given for, and of the others those whose secrets the profile knows. It is done before the
/// loop, for a passphrase takes long.
fn unlock(options: &Options, keyring: &mut Keyring, now: Wall) -> Result<Sealed, NotOpened> {
    let wrong = |why: String| (why, Ending::WrongUsage);
    let failed = |why: String| (why, Ending::Failed);
    let mut sealed = Sealed { rooms: options.rooms.clone(), keychains: Vec::new(), notices: Vec::new() };
    let phrase = unlock::given(options).map_err(failed)?;
    let named = phrase.as_ref().map(Phrase::room).transpose().map_err(|bad| failed(en::bad_phrase(&bad)))?.flatten();
    let is_given = options.layers.contains_key("room");
    // A variable is there the next time, too, and whoever only looks changes nothing.
    let is_kept = !matches!(options.secret, SecretFrom::Given(_)) && examines(options).is_none();
    let mut opened = None;
    if let Some(phrase) = &phrase {
        let room = match named {
            Some(named) if !is_given => {
                sealed.rooms = vec![named.clone()];
                named
            }
            Some(named) if !sealed.rooms.contains(&named) => {
                return Err(failed(en::bad_phrase(&BadPhrase::OtherRoom(named))));
            }
            Some(named) => named,
            None if sealed.rooms.len() > 1 => return Err(wrong(en::usage::ONE_ROOM.to_owned())),
            None if !is_given => return Err(wrong(en::bad_phrase(&BadPhrase::NoRoom))),
            None => sealed.rooms[0].clone(),
        };
        let secret = phrase.unlock(&room).map_err(|bad| failed(en::bad_phrase(&bad)))?;
        if is_kept {
            ways_in::ask(&room, phrase, keyring).map_err(failed)?;
        }
        let found = unlock::open(&room, (phrase, is_kept), secret, keyring, now).map_err(failed)?;
        sealed.keychains.push(found.keychain);
        sealed.notices = found.notices;
        opened = Some(room);
    }
    for room in sealed.rooms.iter().filter(|room| opened.as_ref() != Some(room)) {
        let known = keyring.find(room, now).map_err(|error| failed(words(&error)))?;
        sealed.keychains.extend(known);
    }
    if examines(options).is_some() {
        sealed.rooms.insert(0, RoomName::of_doctors());
    }
    Ok(sealed)
}

/// Since when backlog is shown.
fn since(text: Option<&str>, now: Wall) -> Result<Option<Wall>, NotOpened> {
    let local = LocalTime::of(TimeZone::system());
    let time = |text: &str| local.parse(text, now).ok_or_else(|| (en::bad_time(text), Ending::WrongUsage));
    text.map(time).transpose()
}

/// A socket that is bound to one address uses the interface of that address, and the loopback.
fn only(interfaces: &[String], bind: Option<&Bind>) -> Only {
    match bind {
        _ if !interfaces.is_empty() => Only::Named(interfaces.to_vec()),
        Some(Bind { address: Some(Literal { ip, .. }), .. }) => Only::Of(*ip),
        _ => Only::All,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the end of it")]
fn refused(refusal: start::CannotStart) -> NotOpened {
    (refusal.to_string(), refusal.ending())
}
