//! Through which brokers the rooms of a session go.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::RoomName;
use crate::shell::cli::options::Options;
use crate::shell::profile::keyring::Keyring;

/// That of the invitation to each, before it that of the configuration, and before that the one of the command line for the
/// sealed rooms there. Where all of those are open, it is chosen for the first: the session says why none goes through it.
pub fn chosen(
    options: &Options,
    keyring: &Keyring,
    rooms: &[RoomName],
    keychains: &[Keychain],
) -> BTreeMap<RoomName, Arc<BrokerUrl>> {
    let invited = rooms.iter().filter_map(|room| Some((room.clone(), Arc::new(keyring.broker(room)?))));
    let mut brokers: BTreeMap<RoomName, Arc<BrokerUrl>> = invited.collect();
    brokers.extend(options.config.brokers.of.iter().map(|(room, url)| (room.clone(), Arc::new(url.clone()))));
    let Some(url) = options.broker.clone().map(Arc::new) else { return brokers };
    let is_sealed = |room: &&RoomName| keychains.iter().any(|chain| chain.room == **room);
    let sealed: Vec<&RoomName> = rooms.iter().filter(is_sealed).collect();
    let chosen = if sealed.is_empty() { rooms.iter().take(1).collect() } else { sealed };
    brokers.extend(chosen.into_iter().map(|room| (room.clone(), Arc::clone(&url))));
    brokers
}
