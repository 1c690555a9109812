//! What a room is known by and sealed with at a broker, and who we are there: nothing that a LAN sees, nor that another room's
//! members see.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::letters_of;
use crate::chat::keys::secret::Secret;

/// What the topic of a room ends with.
pub type TopicId = Bytes<8>;
/// What the topic of one client in one room ends with. It is an address, and proves nobody.
pub type Inbox = Bytes<8>;

/// The keys of a sealed room at a broker.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CarrierKeys {
    #[zeroize(skip)]
    topic: TopicId,
    seal: [u8; 32],
    nonce: [u8; 32],
    inbox: [u8; 32],
}

impl CarrierKeys {
    /// Those that follow from a secret.
    pub fn of(secret: &Secret) -> Self {
        Self {
            topic: Bytes::first_of(&secret.derive("chinwag 1 topic")),
            seal: secret.derive("chinwag 1 carrier"),
            nonce: secret.derive("chinwag 1 carrier nonce"),
            inbox: secret.derive("chinwag 1 inbox"),
        }
    }

    /// What everybody in the room listens to.
    pub fn topic(&self) -> TopicId {
        self.topic
    }

    /// Where a client is reached in this room.
    pub fn inbox(&self, client: &CarrierClient) -> Inbox {
        Bytes::first_of(blake3::keyed_hash(&self.inbox, &client.0).as_bytes())
    }

    /// The key that seals.
    pub fn seal(&self) -> &[u8; 32] {
        &self.seal
    }

    /// The key that makes nonces.
    pub fn nonce(&self) -> &[u8; 32] {
        &self.nonce
    }
}

/// The keys are not shown.
impl fmt::Debug for CarrierKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierKeys({:?})", self.topic)
    }
}

/// Who a connection to a broker is. It is told to nobody: whoever knew a client's id could have it thrown out.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CarrierClient([u8; 32]);

/// How many letters a client's id has: a broker takes 23 in any case (MQTT 3.1.1, 3.1.3.1).
const CLIENT_ID_LETTERS: usize = 22;

impl CarrierClient {
    /// Another one at each call, also where a machine was cloned with all of its randomness: the clones have other addresses, or
    /// begin at another time. `local`: the address that the connection is made from.
    pub fn new(rng: &mut Rng, now: Wall, local: &str) -> Self {
        let random = Zeroizing::new(rng.bytes::<32>());
        let mut hasher = blake3::Hasher::new_derive_key("chinwag 1 client");
        hasher.update(&*random).update(&now.0.to_le_bytes()).update(local.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// These bytes, for the vectors of the protocol.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What it is called at the broker.
    pub fn id(&self) -> String {
        letters_of(&blake3::derive_key("chinwag 1 client id", &self.0), CLIENT_ID_LETTERS)
    }
}

/// It is not shown.
impl fmt::Debug for CarrierClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CarrierClient(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_another_inbox_in_each_room_and_under_each_secret_and_another_name_each_time() {
        let mut rng = Rng::new(&[1; 32]);
        let (one, other) = (Secret::of_invite(&[1; 16]), Secret::of_invite(&[2; 16]));
        let renewed = Secret::renewed(&[3; 16], one.room(), one.since());
        let client = CarrierClient::new(&mut rng, Wall(1), "10.0.0.1:5");
        let inboxes = [&one, &other, &renewed].map(|secret| CarrierKeys::of(secret).inbox(&client));
        assert!(inboxes[0] != inboxes[1] && inboxes[0] != inboxes[2] && inboxes[1] != inboxes[2]);
        assert_ne!(CarrierKeys::of(&one).topic(), CarrierKeys::of(&renewed).topic());
        let again = |wall: u64, local: &str| CarrierClient::new(&mut Rng::new(&[1; 32]), Wall(wall), local).id();
        assert_eq!(again(1, "10.0.0.1:5"), client.id());
        let clones = [client.id(), again(2, "10.0.0.1:5"), again(1, "10.0.0.2:5")];
        assert!(clones[0] != clones[1] && clones[0] != clones[2] && clones[1] != clones[2]);
        assert!(clones[0].len() == 22 && clones[0].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
