//! `invite`: a room that only whoever is invited can read.

use crate::chat::api::ending::Ending;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::invitation;
use crate::chat::keys::secret::{RoomName, Secret};
use crate::shell::cli::options::{IdentityChoice, Options};
use crate::shell::profile;
use crate::shell::profile::keyring::Keyring;
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::files::make_folder;
use crate::shell::sys::rng::random;
use crate::shell::sys::stdio::{last_words, print_to_owner};
use crate::view::words::en;
use zeroize::Zeroizing;

/// Prints the invitation to a room, which gets a secret where it has none, and returns the exit code.
pub fn run(options: &Options) -> u8 {
    let is_given = options.layers.contains_key("room");
    let [room] = options.rooms.as_slice() else {
        last_words(&format!("chinwag: {}", en::usage::ONE_ROOM_TO_INVITE));
        return Ending::WrongUsage.code();
    };
    if !is_given {
        last_words(&format!("chinwag: {}", en::usage::ROOM_TO_INVITE));
        return Ending::WrongUsage.code();
    }
    match invite(options, room) {
        Ok(text) => {
            print_to_owner(&text);
            last_words(&en::files::handed_on(room, room.as_str()));
            Ending::EndOfInput.code()
        }
        Err(why) => {
            last_words(&format!("chinwag: {why}"));
            Ending::Failed.code()
        }
    }
}

fn invite(options: &Options, room: &RoomName) -> Result<Zeroizing<String>, String> {
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
    invitation(room, &secret).ok_or_else(passphrase)
}
