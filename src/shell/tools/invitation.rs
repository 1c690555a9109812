//! `invite`: a room that only whoever is invited can read.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::chat::api::ending::Ending;
use crate::chat::base::address::PeerName;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::invitation;
use crate::chat::keys::secret::{RoomName, Secret};
use crate::shell::cli::options::{IdentityChoice, Options};
use crate::shell::profile;
use crate::shell::profile::keyring::Keyring;
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::files::{make_folder, private};
use crate::shell::sys::rng::random;
use crate::shell::sys::stdio::{last_words, print_to_owner};
use crate::view::words::en;
use zeroize::Zeroizing;

/// Prints the invitation to a room, which gets a secret where it has none, or writes it to a new file, and returns the exit
/// code.
pub fn run(options: &Options, out: Option<&Path>, ways: &[PeerName]) -> u8 {
    let is_given = options.layers.contains_key("room");
    let [room] = options.rooms.as_slice() else {
        last_words(&format!("chinwag: {}", en::usage::ONE_ROOM_TO_INVITE));
        return Ending::WrongUsage.code();
    };
    if !is_given {
        last_words(&format!("chinwag: {}", en::usage::ROOM_TO_INVITE));
        return Ending::WrongUsage.code();
    }
    // Before the room gets a secret: a file that cannot be written is no reason to seal it.
    let file = out.filter(|path| *path != Path::new("-")).map(create).transpose();
    let written = file.and_then(|file| {
        let text = invite(options, room, ways)?;
        hand_out(&text, file)
    });
    match written {
        Ok(()) => {
            last_words(&en::files::handed_on(room, room.as_str(), out));
            Ending::EndOfInput.code()
        }
        Err(why) => {
            last_words(&format!("chinwag: {why}"));
            Ending::Failed.code()
        }
    }
}

/// A new file that only its owner may read.
fn create(path: &Path) -> Result<NewFile<'_>, String> {
    match private().write(true).create_new(true).open(path) {
        Ok(file) => Ok(NewFile { path, file: Some(file) }),
        Err(error) => Err(cannot_write(path, &error)),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    en::system::cannot(&format!("write {}", path.display()), words(error))
}

/// A file that is there for what is written to it alone: without that it goes again.
struct NewFile<'p> {
    path: &'p Path,
    file: Option<File>,
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = std::fs::remove_file(self.path); // it is empty, or holds half of a secret
        }
    }
}

/// To the file, or to standard output.
fn hand_out(text: &str, to: Option<NewFile<'_>>) -> Result<(), String> {
    let Some(mut to) = to else {
        print_to_owner(text);
        return Ok(());
    };
    if let Some(file) = &mut to.file {
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|error| cannot_write(to.path, &error))?;
    }
    to.file = None;
    Ok(())
}

fn invite(options: &Options, room: &RoomName, ways: &[PeerName]) -> Result<Zeroizing<String>, String> {
    let folder = match &options.identity {
        IdentityChoice::Temporary => None,
        IdentityChoice::Profile { name, folder } => {
            let folder = profile::folder_of(name, folder.clone()).map_err(|error| error.to_string())?;
            make_folder(&folder)
                .map_err(|error| en::system::cannot(&format!("use {}", folder.display()), words(&error)))?;
            Some(folder)
        }
    };
    let mut keyring = Keyring::new(folder);
    let known = keyring.find(room, Clock::start().now().wall).map_err(|error| words(&error))?;
    let secret = if let Some(chain) = known {
        chain.current
    } else {
        let rng = random().map_err(|error| error.to_string())?;
        let bytes = Zeroizing::new(rng[..16].try_into().expect("half of 32 bytes"));
        let secret = Secret::of_invite(&bytes);
        let chain = Keychain::new(room.clone(), secret.clone());
        keyring.keep(&chain).map_err(|error| en::system::cannot("keep the secret", words(&error)))?;
        secret
    };
    let passphrase = || en::files::is_passphrase(room);
    let of_config = || options.config.brokers.of.get(room).cloned();
    let broker = options.broker.clone().or_else(of_config).or_else(|| keyring.broker(room));
    invitation(room, &secret, ways, broker.as_ref()).ok_or_else(passphrase)
}
