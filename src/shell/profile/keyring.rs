//! The secrets of rooms, kept in a profile's folder: one file for each room, which nobody else can read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::chat::base::address::PeerName;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::time::Wall;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::RoomName;
use crate::shell::sys::error::words;
use crate::shell::sys::files::{close_to_others, replace};
use crate::view::words::en;

/// The keychains of a profile.
#[derive(Debug)]
pub enum Keyring {
    /// They are forgotten with the session.
    InMemory(BTreeMap<RoomName, Keychain>),
    /// They are in this folder.
    In(PathBuf),
}

/// No keychain is longer.
const BYTES_MAX: usize = 4096;
/// As many as an invitation names.
const WAYS_MAX: usize = 8;

impl Keyring {
    /// That of a profile's folder; without one nothing is kept.
    pub fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or_else(|| Self::InMemory(BTreeMap::new()), Self::In)
    }

    /// The secrets of a room; `None`: it is not known to have any. What is no longer listened to is forgotten on the way.
    pub fn find(&mut self, room: &RoomName, now: Wall) -> io::Result<Option<Keychain>> {
        let folder = match self {
            Self::InMemory(all) => return Ok(all.get(room).cloned()),
            Self::In(folder) => folder,
        };
        let path = path(folder, room);
        let named = |error: io::Error| io::Error::other(format!("{}: {}", path.display(), words(&error)));
        let mut file = match File::open(&path) {
            // A link to what is not there for now is no reason to talk in the open.
            Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {
                return Ok(None);
            }
            opened => opened.map_err(named)?,
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
        Read::by_ref(&mut file).take(BYTES_MAX as u64).read_to_end(&mut bytes).map_err(named)?;
        let chain = Keychain::from_bytes(&bytes).filter(|chain| chain.room == *room);
        let damaged = || io::Error::other(en::files::no_keychain(&path, room));
        let mut chain = chain.ok_or_else(damaged)?;
        close_to_others(&file, 0o600)?;
        if chain.forget_before(now) {
            self.keep(&chain)?;
        }
        Ok(Some(chain))
    }

    /// Another secret is to take the place of what is kept, which stays beside it for whoever needs it after all.
    pub fn set_aside(&mut self, room: &RoomName) -> io::Result<()> {
        match self {
            Self::InMemory(all) => {
                all.remove(room);
                Ok(())
            }
            Self::In(folder) => {
                let path = path(folder, room);
                fs::rename(&path, path.with_extension("old"))
            }
        }
    }

    /// Keeps the secrets of a room that got another one, or forgot one. What is kept of another room of that name stays.
    pub fn update(&mut self, chain: &Keychain, now: Wall) -> io::Result<()> {
        let kept = self.find(&chain.room, now)?;
        if kept.is_some_and(|kept| kept.current.room() != chain.current.room()) {
            return Err(io::Error::other(en::files::OTHER_SECRET));
        }
        self.keep(chain)
    }

    /// Where others of a room are reached, as its invitation said and the user wanted.
    pub fn ways(&self, room: &RoomName) -> Vec<PeerName> {
        let Self::In(folder) = self else { return Vec::new() };
        let file = File::open(path(folder, room).with_extension("ways"));
        let mut text = String::new();
        let read = file.and_then(|file| file.take(BYTES_MAX as u64).read_to_string(&mut text));
        if read.is_err() {
            return Vec::new(); // there are none, or they are damaged: the room is there without them
        }
        text.lines().filter_map(|line| line.parse().ok()).take(WAYS_MAX).collect()
    }

    /// The broker of a room, as its invitation said and the user wanted.
    pub fn broker(&self, room: &RoomName) -> Option<BrokerUrl> {
        let Self::In(folder) = self else { return None };
        let file = File::open(path(folder, room).with_extension("broker")).ok()?;
        let mut text = String::new();
        file.take(BYTES_MAX as u64).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    /// Keeps it from now on.
    pub fn keep_broker(&self, room: &RoomName, broker: &BrokerUrl) -> io::Result<()> {
        let Self::In(folder) = self else { return Ok(()) };
        replace(&path(folder, room).with_extension("broker"), format!("{broker}\n").as_bytes())
    }

    /// Keeps them from now on.
    pub fn keep_ways(&self, room: &RoomName, ways: &[PeerName]) -> io::Result<()> {
        let Self::In(folder) = self else { return Ok(()) };
        let lines: Vec<String> = ways.iter().map(|way| format!("{way}\n")).collect();
        replace(&path(folder, room).with_extension("ways"), lines.concat().as_bytes())
    }

    /// Keeps the secrets of a room from now on.
    pub fn keep(&mut self, chain: &Keychain) -> io::Result<()> {
        match self {
            Self::InMemory(all) => {
                all.insert(chain.room.clone(), chain.clone());
                Ok(())
            }
            Self::In(folder) => replace(&path(folder, &chain.room), &chain.to_bytes()),
        }
    }
}

/// A name is no path: it is found by what it is hashed to.
fn path(folder: &Path, room: &RoomName) -> PathBuf {
    let hash = blake3::hash(room.as_str().as_bytes()).to_hex();
    folder.join(format!("room-{}.key", &hash[..16]))
}
