//! The socket in a profile's folder, and the programs that came in by it.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;

use mio::net::UnixListener;
use mio::{Interest, Registry, Token};
use nix::sys::stat::{Mode, umask};

use super::client_link::ClientLink;
use super::socket_path;
use super::{Happened, Takes};
use crate::chat::api::event::Event;
use crate::chat::api::requester::Client;
use crate::chat::base::address::Zones;
use crate::chat::base::limits::REQUEST_BYTES_MAX;
use crate::shell::clients::stdin_parser::request;
use crate::view::json;

/// How many programs may be in at once. A guess.
const CLIENTS_MAX: usize = 16;
/// Who is so many bytes behind is put out: a program that stands still does not hold up the others.
const BEHIND_MAX: usize = 4 * 1024 * 1024;
/// The clients of the socket are this one and those behind it.
const FIRST: u32 = 2;

/// A socket that listens, and who came in.
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    registry: Registry,
    token: Token,
    /// Somebody may wait outside.
    ready: bool,
    clients: Vec<SocketClient>,
    /// How many came so far.
    count: u32,
    has_broken: bool,
    record: String,
}

struct SocketClient {
    id: Client,
    token: Token,
    link: ClientLink,
    is_new: bool,
    /// It was told where it is: nothing is told before.
    is_told: bool,
}

impl ControlSocket {
    /// Opens it for this user alone. What stands there is what an earlier session left.
    pub fn open(path: PathBuf, registry: Registry, token: Token) -> io::Result<Self> {
        match fs::symlink_metadata(&path) {
            Ok(there) if there.file_type().is_socket() || there.file_type().is_symlink() => fs::remove_file(&path)?,
            Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => {} // nothing stands there
        }
        let before = umask(Mode::from_bits_truncate(0o177));
        let listener = UnixListener::bind(&path);
        umask(before);
        let mut listener = listener?;
        registry.register(&mut listener, token, Interest::READABLE)?;
        let clients = Vec::new();
        Ok(Self {
            listener,
            path,
            registry,
            token,
            ready: true,
            clients,
            count: 0,
            has_broken: false,
            record: String::new(),
        })
    }

    /// The poll announced something.
    pub fn wake(&mut self, token: Token, is_closed: bool) {
        self.ready |= token == self.token;
        for client in self.clients.iter_mut().filter(|client| client.token == token) {
            client.link.wake(is_closed);
        }
    }

    /// Tells an event to everybody whom it concerns.
    pub fn show(&mut self, event: &Event, zones: &Zones) {
        if event.is_of_screen() || self.clients.is_empty() {
            return;
        }
        for at in 0..self.clients.len() {
            let SocketClient { id, is_told, .. } = self.clients[at];
            if (is_told || matches!(event, Event::Ready { .. }))
                && event.recipient().is_none_or(|recipient| recipient == id)
            {
                self.show_to(id, event, zones);
            }
        }
    }

    /// Tells it to one of them.
    pub fn show_to(&mut self, id: Client, event: &Event, zones: &Zones) {
        let Some(client) = self.clients.iter_mut().find(|client| client.id == id) else { return };
        client.is_told |= matches!(event, Event::Ready { .. });
        self.record.clear();
        json::render(event, id, zones, &mut self.record);
        client.link.writer().keep(&self.record);
    }

    /// Writes what waits for them, and puts out who is gone or too far behind.
    pub fn flush(&mut self) {
        self.clients.iter_mut().for_each(|client| client.link.writer().flush());
        self.has_broken |= self.clients.iter_mut().fold(false, |any, client| any | client.link.writer().take_broken());
        self.clients.retain(|client| !client.link.is_closed() && client.link.waiting() <= BEHIND_MAX);
    }

    /// Whether a write to one of them raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        std::mem::take(&mut self.has_broken)
    }

    /// Whether everything is written.
    pub fn is_empty(&self) -> bool {
        self.clients.iter().all(|client| client.link.waiting() == 0)
    }

    /// Whether one of them may have something to say that is taken, or somebody is about to come in.
    pub fn is_ready(&self, takes: Takes<'_>) -> bool {
        let is_ready = |client: &SocketClient| (client.is_new || client.link.is_ready()) && takes(client.id);
        self.ready && takes(self.next()) || self.clients.iter().any(is_ready)
    }

    /// Who comes next.
    fn next(&self) -> Client {
        Client(FIRST + self.count)
    }

    /// Lets in who waits, and takes a piece of what each says.
    pub fn take(&mut self, takes: Takes<'_>, buffer: &mut [u8], happened: &mut Vec<Happened>) {
        while self.ready && takes(self.next()) {
            match self.listener.accept() {
                Ok((stream, _)) => self.let_in(stream.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.ready = false,
            }
        }
        for client in self.clients.iter_mut().filter(|client| takes(client.id)) {
            if std::mem::take(&mut client.is_new) {
                happened.push(Happened::Came(client.id));
            }
            let lines = client.link.take(buffer);
            happened.extend(lines.into_iter().map(|line| Happened::Wants(Box::new(request(line, client.id)))));
        }
    }

    /// Where there is no room, or no descriptor, it finds the socket closed.
    fn let_in(&mut self, stream: OwnedFd) {
        let Ok(source) = stream.try_clone() else { return };
        if self.clients.len() >= CLIENTS_MAX || !socket_path::is_ours(&stream) {
            return;
        }
        let (number, id) = (self.count, self.next());
        self.count = self.count.wrapping_add(1) % (u32::MAX - FIRST);
        let token = Token(self.token.0 + 1 + number as usize);
        let link = ClientLink::new(source, stream, REQUEST_BYTES_MAX);
        if link.register(&self.registry, token, true).is_ok() {
            self.clients.push(SocketClient { id, token, link, is_new: true, is_told: false });
        }
    }
}

/// The next session would remove it too.
impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
