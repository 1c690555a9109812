//! Whoever drives the session besides standard input and output: a bot that was started for it, and programs at its socket.
//! All of them read events as JSON Lines.

pub(crate) mod runs;
pub(crate) mod stdin_parser;

#[cfg(unix)]
mod bot;
#[cfg(unix)]
mod client_link;
#[cfg(unix)]
mod control_socket;
#[cfg(unix)]
mod pace;
#[cfg(unix)]
pub(crate) mod socket_path;

use std::io;
use std::path::Path;

use mio::{Registry, Token};

use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Client;
use crate::chat::base::address::Zones;
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;

/// The tokens of clients are this one and those behind it.
pub const FIRST_TOKEN: Token = Token(200);

/// What was asked for by `--exec`.
#[derive(Clone, Debug)]
pub struct Exec {
    /// The command, for a shell.
    pub command: String,
    /// What it says on standard error is thrown away: a live screen has the terminal.
    pub is_mute: bool,
    /// It is given what other programs say, too.
    pub is_given_all: bool,
    /// Its room, where it reads messages and writes text; `None`: it reads all events and writes JSON commands.
    pub room: Option<RoomName>,
}

/// Whether what a client wants is taken now.
pub type Takes<'a> = &'a dyn Fn(Client) -> bool;

/// Something that a client did.
#[derive(Debug)]
pub enum Happened {
    /// It came, and wants to know where it is.
    Came(Client),
    /// It wants something.
    Wants(Box<Input<'static>>),
}

#[cfg(unix)]
pub use system::Clients;

#[cfg(not(unix))]
pub use nothing::Clients;

#[cfg(unix)]
mod system {
    use super::bot::Bot;
    use super::control_socket::ControlSocket;
    use super::{
        Client, Event, Exec, FIRST_TOKEN, Happened, Moment, Notice, Path, Registry, Takes, Token, Zones, io,
        socket_path,
    };
    use crate::shell::sys::error::words;

    /// Everybody who drives the session besides.
    #[derive(Default)]
    pub struct Clients {
        bot: Option<Bot>,
        control_socket: Option<ControlSocket>,
    }

    impl Clients {
        /// Starts a bot.
        pub fn exec(&mut self, exec: Exec, registry: &Registry, now: Moment) -> io::Result<()> {
            self.bot = Some(Bot::start(exec, registry.try_clone()?, FIRST_TOKEN, now)?);
            Ok(())
        }

        /// Lets programs in that find the socket of the profile in this folder. Whoever calls holds the folder's lock. An error
        /// is one sentence.
        pub fn open_door(&mut self, folder: &Path, registry: &Registry) -> Result<(), String> {
            let path = socket_path::of(folder).map_err(|error| words(&error))?;
            let failed = |error| format!("{}: {}", path.display(), words(&error));
            let registry = registry.try_clone().map_err(failed)?;
            self.control_socket =
                Some(ControlSocket::open(path.clone(), registry, Token(FIRST_TOKEN.0 + 1)).map_err(failed)?);
            Ok(())
        }

        /// Whether a write to one of them raised a SIGPIPE since this was last asked.
        pub fn take_broken(&mut self) -> bool {
            let of_bot = self.bot.as_mut().is_some_and(Bot::take_broken);
            of_bot | self.control_socket.as_mut().is_some_and(ControlSocket::take_broken)
        }

        /// The poll announced something.
        pub fn wake(&mut self, token: Token, is_closed: bool) {
            self.bot.iter_mut().for_each(|bot| bot.wake(token));
            self.control_socket.iter_mut().for_each(|control_socket| control_socket.wake(token, is_closed));
        }

        /// Tells an event to everybody whom it concerns.
        pub fn show(&mut self, event: &Event, zones: &Zones) {
            self.bot.iter_mut().for_each(|bot| bot.show(event, zones));
            self.control_socket.iter_mut().for_each(|control_socket| control_socket.show(event, zones));
        }

        /// Tells it to one of them.
        pub fn show_to(&mut self, client: Client, event: &Event, zones: &Zones) {
            self.control_socket.iter_mut().for_each(|control_socket| control_socket.show_to(client, event, zones));
            self.bot.iter_mut().for_each(|bot| bot.show_to(client, event, zones));
        }

        /// Writes what waits for them.
        pub fn flush(&mut self) {
            self.bot.iter_mut().for_each(Bot::flush);
            self.control_socket.iter_mut().for_each(ControlSocket::flush);
        }

        /// Whether the bot is far behind. Then nothing more is to be shown that can wait.
        pub fn is_full(&self) -> bool {
            self.bot.as_ref().is_some_and(Bot::is_full)
        }

        /// Whether everything is written.
        pub fn is_empty(&self) -> bool {
            self.bot.as_ref().is_none_or(Bot::is_empty)
                && self.control_socket.as_ref().is_none_or(ControlSocket::is_empty)
        }

        /// Whether one of them may have something to say that is taken.
        pub fn is_ready(&self, takes: Takes<'_>) -> bool {
            let is_bot_ready = self.bot.as_ref().is_some_and(|bot| bot.is_ready(takes));
            is_bot_ready || self.control_socket.as_ref().is_some_and(|control_socket| control_socket.is_ready(takes))
        }

        /// What one of them did. A bounded part of what there is is taken at a time.
        pub fn take(&mut self, takes: Takes<'_>, now: Moment, buffer: &mut [u8]) -> Vec<Happened> {
            let mut happened = Vec::new();
            self.bot.iter_mut().for_each(|bot| bot.take(takes, now, buffer, &mut happened));
            self.control_socket.iter_mut().for_each(|control_socket| control_socket.take(takes, buffer, &mut happened));
            happened
        }

        /// When it next wants a [`tick`](Self::tick).
        pub fn deadline(&self) -> Option<Moment> {
            self.bot.as_ref().and_then(Bot::deadline)
        }

        /// Looks whether the bot runs, and starts it again. What is to be told is that it has ended; an error is the end of it all:
        /// one sentence.
        pub fn tick(&mut self, now: Moment) -> Result<Option<Notice>, String> {
            self.bot.as_mut().map_or(Ok(None), |bot| bot.tick(now))
        }
    }
}

#[cfg(not(unix))]
mod nothing {
    use super::{Client, Event, Exec, Happened, Moment, Notice, Path, Registry, Takes, Token, Zones, io};

    /// Nobody: pipes to programs cannot be polled here.
    #[derive(Default)]
    pub struct Clients;

    impl Clients {
        /// Not here.
        pub fn exec(&mut self, _: Exec, _: &Registry, _: Moment) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Not here.
        pub fn open_door(&mut self, _: &Path, _: &Registry) -> Result<(), String> {
            Ok(())
        }

        /// None did.
        pub fn take_broken(&mut self) -> bool {
            false
        }

        /// Nothing to announce.
        pub fn wake(&mut self, _: Token, _: bool) {}

        /// Nobody to tell.
        pub fn show(&mut self, _: &Event, _: &Zones) {}

        /// Nobody to tell.
        pub fn show_to(&mut self, _: Client, _: &Event, _: &Zones) {}

        /// Nothing waits.
        pub fn flush(&mut self) {}

        /// Never.
        pub fn is_full(&self) -> bool {
            false
        }

        /// Always.
        pub fn is_empty(&self) -> bool {
            true
        }

        /// Never.
        pub fn is_ready(&self, _: Takes<'_>) -> bool {
            false
        }

        /// Nothing.
        pub fn take(&mut self, _: Takes<'_>, _: Moment, _: &mut [u8]) -> Vec<Happened> {
            Vec::new()
        }

        /// Never.
        pub fn deadline(&self) -> Option<Moment> {
            None
        }

        /// Nothing to do.
        pub fn tick(&mut self, _: Moment) -> Result<Option<Notice>, String> {
            Ok(None)
        }
    }
}
