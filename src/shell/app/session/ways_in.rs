//! What an invitation says of how others are reached: whoever joins by it is asked whether to use that.

use crate::chat::keys::phrase::Phrase;
use crate::chat::keys::secret::RoomName;
use crate::shell::profile::keyring::Keyring;
use crate::shell::sys::error::words;
use crate::shell::term::prompt::{agrees, confirms};
use crate::view::words::en;

/// Asks for the addresses and for the broker that an invitation names, and keeps what is wanted. An error is one sentence.
pub fn ask(room: &RoomName, phrase: &Phrase, keyring: &Keyring) -> Result<(), String> {
    let kept = |kept: std::io::Result<()>| kept.map_err(|error| en::system::cannot("keep the ways in", words(&error)));
    let ways = phrase.ways();
    if !ways.is_empty() && keyring.ways(room) != ways && confirms(&en::ask_ways(room, &ways)) {
        kept(keyring.keep_ways(room, &ways))?;
    }
    let broker = phrase.broker().filter(|broker| keyring.broker(room).as_ref() != Some(broker));
    if let Some(broker) = broker
        && agrees(&en::carrier::ask_broker(room, &broker))
    {
        kept(keyring.keep_broker(room, &broker))?;
    }
    Ok(())
}
