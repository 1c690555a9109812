//! What the user knows of sealed rooms: read, and turned into secrets. A passphrase takes long on purpose, so that a session
//! that runs has a thread do it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use mio::Waker;
use zeroize::Zeroizing;

use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::base::limits::PASSPHRASE_BITS_ENOUGH;
use crate::chat::base::line::without_mark;
use crate::chat::base::time::Wall;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::{BadPhrase, Phrase, Strength};
use crate::chat::keys::secret::{RoomName, Secret};
use crate::shell::cli::options::{Options, SecretFrom};
use crate::shell::profile::keyring::Keyring;
use crate::shell::sys::error::words;
use crate::shell::term::prompt::{ask, is_asked};
use crate::view::words::en;

/// No phrase is longer.
const BYTES_MAX: usize = 4096;

/// The phrase that was given for a session, if any.
pub fn given(options: &Options) -> Result<Option<Phrase>, String> {
    let read = match &options.secret {
        SecretFrom::None => return Ok(None),
        SecretFrom::Given(phrase) => return Ok(Some(phrase.clone())),
        SecretFrom::Asked => {
            let failed = |error: io::Error| en::system::cannot("read the passphrase", words(&error));
            let of = match options.rooms.as_slice() {
                [room] if options.layers.contains_key("room") => format!(" of {room}"),
                _ => String::new(),
            };
            let question = en::files::ask_phrase(&of);
            let mut words = question.clone();
            loop {
                let line = ask(&words, BYTES_MAX).map_err(failed)?;
                if line.len() >= BYTES_MAX {
                    return Err(en::files::LONG_PHRASE.to_owned());
                }
                let text = text(&line).map_err(|why| format!("standard input: {why}"))?;
                match mistake(&text, options).filter(|_| is_asked()) {
                    Some(bad) => words = format!("chinwag: {}\n{question}", en::bad_phrase(&bad)),
                    None => break Ok(text),
                }
            }
        }
        SecretFrom::Invite(path) => whole(path),
        SecretFrom::PassphraseFile(path) => whole(path).map(|text| {
            // A second line is somebody's note; the words of an invitation may go over several.
            let first = text.lines().next().unwrap_or_default().to_owned();
            let phrase = Phrase::new(text.clone());
            if phrase.is_invitation() { text } else { Zeroizing::new(first) }
        }),
    };
    let phrase = Phrase::new(read?);
    match &options.secret {
        _ if phrase.is_empty() => Err(en::bad_phrase(&BadPhrase::Empty)),
        SecretFrom::Invite(_) if !phrase.is_invitation() => Err(en::bad_phrase(&BadPhrase::Line)),
        _ => Ok(Some(phrase)),
    }
}

/// What is wrong with an invitation, as far as that can be told of it alone.
fn mistake(text: &Zeroizing<String>, options: &Options) -> Option<BadPhrase> {
    let phrase = Phrase::new(text.clone());
    let named = if phrase.is_invitation() { phrase.room() } else { return None };
    let is_given = options.layers.contains_key("room");
    match named {
        Ok(Some(named)) if is_given && !options.rooms.contains(&named) => Some(BadPhrase::OtherRoom(named)),
        Ok(named) => phrase.unlock(&named.unwrap_or_else(|| options.rooms[0].clone())).err(),
        Err(bad) => Some(bad),
    }
}

fn whole(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |error: io::Error| en::system::cannot(&format!("read {}", path.display()), words(&error));
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
    file.take(BYTES_MAX as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() >= BYTES_MAX {
        return Err(format!("{}: {}", path.display(), en::files::LONG_PHRASE));
    }
    text(&bytes).map_err(|why| format!("{}: {why}", path.display()))
}

fn text(bytes: &[u8]) -> Result<Zeroizing<String>, String> {
    let text = std::str::from_utf8(without_mark(bytes));
    let text = text.map_err(|_| en::files::PHRASE_NOT_UTF_8.to_owned())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What a phrase opened.
#[derive(Debug)]
pub struct Opened {
    /// The room's secrets.
    pub keychain: Keychain,
    /// What is to be told of them.
    pub notices: Vec<Notice>,
}

/// The secrets of `room`, kept from now on where they are new and `is_kept`. What is kept already is not replaced: it may be
/// the only copy.
pub fn open(
    room: &RoomName,
    (phrase, is_kept): (&Phrase, bool),
    secret: Secret,
    keyring: &mut Keyring,
    now: Wall,
) -> Result<Opened, String> {
    let mut notices: Vec<Notice> = weakness(room, phrase).into_iter().collect();
    let ways = phrase.ways();
    if !ways.is_empty() && keyring.ways(room) != ways {
        notices.push(Secrecy::WaysIn { room: room.clone(), ways }.into());
    }
    if let Some(broker) = phrase.broker().filter(|broker| keyring.broker(room).as_ref() != Some(broker)) {
        notices.push(Secrecy::BrokerIn { room: room.clone(), broker }.into());
    }
    let known = keyring.find(room, now).map_err(|error| words(&error))?;
    let keychain = Keychain::new(room.clone(), secret);
    match known {
        Some(known) if known.current == keychain.current => return Ok(Opened { keychain: known, notices }),
        Some(known) if is_earlier(&keychain.current, &known.current) => {
            notices.push(Secrecy::NewerSecret { room: room.clone() }.into());
            return Ok(Opened { keychain: known, notices });
        }
        Some(_) => notices.push(Secrecy::OtherKept { room: room.clone() }.into()),
        None if is_kept => {
            if let Err(error) = keyring.keep(&keychain) {
                notices.push(Secrecy::SecretNotKept { room: Some(room.clone()), why: words(&error) }.into());
            }
        }
        None => {}
    }
    Ok(Opened { keychain, notices })
}

/// Whether the one was replaced by the other.
fn is_earlier(one: &Secret, other: &Secret) -> bool {
    one.room() == other.room() && other.is_renewed() && !one.is_renewed()
}

/// What is to be told of a passphrase that is easy to guess.
fn weakness(room: &RoomName, phrase: &Phrase) -> Option<Notice> {
    if phrase.is_invitation() {
        return None;
    }
    let Strength { bits, why } = phrase.strength();
    (bits < PASSPHRASE_BITS_ENOUGH).then(|| Secrecy::WeakPassphrase { room: room.clone(), bits, why }.into())
}

/// Rooms whose secrets are being derived.
#[derive(Debug)]
pub struct Unlocking {
    waker: Arc<Waker>,
    waiting: Vec<Receiver<Unlocked>>,
}

/// A room, what was to open it, and its secret.
pub type Unlocked = (RoomName, Phrase, Result<Secret, BadPhrase>);

impl Unlocking {
    /// Nothing is derived yet. What is wakes the loop.
    pub fn new(waker: Arc<Waker>) -> Self {
        Self { waker, waiting: Vec::new() }
    }

    /// Begins to derive the secret of `room`.
    pub fn begin(&mut self, room: RoomName, phrase: Phrase) {
        let (sender, receiver) = channel();
        let waker = Arc::clone(&self.waker);
        std::thread::spawn(move || {
            let secret = phrase.unlock(&room);
            let _ = sender.send((room, phrase, secret)); // fails only when the loop is gone
            let _ = waker.wake();
        });
        self.waiting.push(receiver);
    }

    /// What is derived by now.
    pub fn take(&mut self) -> Option<Unlocked> {
        let found = self.waiting.iter().enumerate().find_map(|(at, receiver)| Some((at, receiver.try_recv().ok()?)));
        let (at, unlocked) = found?;
        self.waiting.remove(at);
        Some(unlocked)
    }
}
