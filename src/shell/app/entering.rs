//! Rooms that are joined while the session runs: their secrets are looked up, asked for, derived.

use std::collections::BTreeSet;

use super::App;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Secrecy;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::phrase::{Phrase, Unlock};
use crate::chat::keys::secret::{RoomKeys, RoomName};
use crate::shell::profile::keyring::Keyring;
use crate::shell::profile::prekeys::Prekeys;
use crate::shell::profile::unlock;
use crate::shell::profile::unlock::Unlocking;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// The secrets of a session, where they are kept, and where they come from.
pub struct SecretStore {
    pub keyring: Keyring,
    pub prekeys: Prekeys,
    pub unlocking: Unlocking,
    /// Rooms whose known secrets are to be replaced by what is asked for.
    pub anew: BTreeSet<RoomName>,
}

impl App<'_> {
    /// A room is to be joined.
    pub(super) fn enter(&mut self, room: RoomName, unlock: &Unlock) {
        match unlock {
            Unlock::Anew if self.console.output.terminal().is_some() => {
                self.secrets.anew.insert(room.clone());
                self.ask_or_open(room);
            }
            Unlock::Anew => self.not_entered(room, Some(en::files::ONLY_SCREEN_ASKS.to_owned())),
            Unlock::With(phrase) => self.secrets.unlocking.begin(room, phrase.clone()),
            Unlock::Known | Unlock::Unasked => match self.secrets.keyring.find(&room, self.now.wall) {
                Ok(Some(known)) => self.entered(room, Some(known)),
                Ok(None) if *unlock == Unlock::Unasked => self.entered(room, None),
                Ok(None) => self.ask_or_open(room),
                Err(error) => self.not_entered(room, Some(words(&error))),
            },
        }
    }

    /// Nothing is known of its secret: who sits at a live screen is asked for it.
    fn ask_or_open(&mut self, room: RoomName) {
        match self.console.output.terminal() {
            Some(terminal) => terminal.screen.ask(room),
            None => self.entered(room, None),
        }
    }

    /// What was answered.
    pub(super) fn answered(&mut self, room: RoomName, phrase: Option<Phrase>) {
        match phrase {
            None => {
                self.secrets.anew.remove(&room);
                self.not_entered(room, None);
            }
            Some(phrase) if phrase.is_empty() => {
                if self.secrets.anew.remove(&room) {
                    let _ = self.secrets.keyring.set_aside(&room); // the room is open from now on, also at the next start
                }
                self.entered(room, None);
            }
            Some(phrase) => self.secrets.unlocking.begin(room, phrase),
        }
    }

    /// Joins rooms whose secrets were derived meanwhile.
    pub(super) fn enter_unlocked(&mut self) {
        while let Some((room, phrase, secret)) = self.secrets.unlocking.take() {
            let is_anew = self.secrets.anew.remove(&room);
            if is_anew && secret.is_ok() {
                let _ = self.secrets.keyring.set_aside(&room); // where that cannot be, it is not replaced, and that is told
            }
            let opened = secret.map_err(|bad| en::bad_phrase(&bad)).and_then(|secret| {
                unlock::open(&room, (&phrase, true), secret, &mut self.secrets.keyring, self.now.wall)
            });
            match opened {
                Ok(opened) => {
                    opened.notices.into_iter().for_each(|notice| self.console.tell(&Event::Notice(notice)));
                    self.entered(room, Some(opened.keychain));
                }
                Err(why) => self.not_entered(room, Some(why)),
            }
            self.carry_out();
        }
    }

    fn entered(&mut self, room: RoomName, keychain: Option<Keychain>) {
        let id = keychain.as_ref().map_or_else(|| RoomKeys::open(&room).id(), |chain| chain.current.room());
        let done = self.history.join(id, room, keychain);
        self.hear_disk(done);
    }

    fn not_entered(&mut self, room: RoomName, why: Option<String>) {
        self.machine.handle(Input::NotEntered { room, why }, self.now);
    }

    /// The prekey is old: another one takes its place, once it is kept.
    pub(super) fn renew_prekey(&mut self) {
        match self.secrets.prekeys.renew(self.now.wall) {
            Ok(letterbox) => self.machine.handle(Input::Letterbox(letterbox), self.now),
            Err(why) => self.console.tell(&Event::Notice(Secrecy::SecretNotKept { room: None, why }.into())),
        }
    }

    /// A secret is to be kept from now on.
    pub(super) fn keep_secret(&mut self, chain: &Keychain) {
        if let Err(error) = self.secrets.keyring.update(chain, self.now.wall) {
            let notice = Secrecy::SecretNotKept { room: Some(chain.room.clone()), why: words(&error) };
            self.console.tell(&Event::Notice(notice.into()));
        }
    }
}
