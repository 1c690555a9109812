//! How two instances agree on the keys of one transfer: two signed messages, each with a key that is used once.
//!
//! Both identities, the room and the cookie stand in what is signed, and both messages in what the keys are derived from.
//! PROTOCOL.md, section 11, says what a receiver checks, and in which order.

use std::fmt;

use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::{Author, Identity, RoomId, Run};

/// What the datagrams of a transfer are known by: the beginning of the hash of its Begin.
pub type TransferId = Bytes<8>;
/// What stands for all the bytes of a Begin or an Accept, and for the room they are in.
pub type MessageHash = Bytes<32>;
/// The public half of a key that is used once (X25519).
pub type EphemeralKey = Bytes<32>;

/// Somebody wants to fetch something from an instance: what it signs. Which offer, nobody but that instance learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Who asks.
    pub author: Author,
    /// In which run.
    pub run: Run,
    /// When: it rises from each Begin of a run to its next.
    pub time: Stamp,
    /// Who is asked.
    pub holder: Author,
    /// In which run.
    pub holder_run: Run,
    /// What the holder gave this address.
    pub cookie: Bytes<8>,
    /// The asker's half.
    pub key: EphemeralKey,
}

/// It is granted: what the holder signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accept {
    /// The Begin that it answers.
    pub begin: MessageHash,
    /// The holder's half.
    pub key: EphemeralKey,
}

/// How many bytes a Begin has.
pub const BEGIN_BYTES: usize = 128;
/// Those before its key, which the key depends on.
pub const BEGIN_CONTEXT_BYTES: usize = 96;
/// How many bytes an Accept has.
pub const ACCEPT_BYTES: usize = 64;

/// What stands for the bytes of a Begin.
pub fn begin_hash(room: RoomId, bytes: &[u8]) -> MessageHash {
    hash("chinwag 1 begin", room, bytes)
}

/// What stands for the bytes of an Accept.
pub fn accept_hash(room: RoomId, bytes: &[u8]) -> MessageHash {
    hash("chinwag 1 accept", room, bytes)
}

fn hash(context: &str, room: RoomId, bytes: &[u8]) -> MessageHash {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher.update(&room.0).update(bytes);
    Bytes(*hasher.finalize().as_bytes())
}

/// The secret half of a key that is used once.
pub struct Ephemeral(StaticSecret);

impl Ephemeral {
    /// Another one for each context. It is random, and where the randomness repeats it is still secret and follows from the
    /// context: nobody but the holder of `identity` can make it.
    pub fn new(identity: &Identity, random: &[u8; 32], context: &[u8]) -> Self {
        Self(StaticSecret::from(*identity.derive("chinwag 1 ephemeral", &[random, context])))
    }

    /// Its public half.
    pub fn key(&self) -> EphemeralKey {
        Bytes(PublicKey::from(&self.0).to_bytes())
    }

    /// The keys of a transfer; `None`: the other side sent no key.
    pub fn keys(&self, other: EphemeralKey, begin: MessageHash, accept: MessageHash) -> Option<TransferKeys> {
        let shared = self.0.diffie_hellman(&PublicKey::from(other.0));
        if !shared.was_contributory() {
            return None;
        }
        let derived = |context: &str| {
            let mut hasher = blake3::Hasher::new_derive_key(context);
            hasher.update(shared.as_bytes()).update(&begin.0).update(&accept.0);
            *hasher.finalize().as_bytes()
        };
        Some(TransferKeys {
            id: Bytes::first_of(&begin.0),
            pull: derived("chinwag 1 pull"),
            piece: derived("chinwag 1 piece"),
            mark: derived("chinwag 1 mark"),
        })
    }
}

/// It is not shown.
impl fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ephemeral(secret)")
    }
}

/// What the datagrams of one transfer are sealed with. They are forgotten with it, and are never on a disk.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TransferKeys {
    #[zeroize(skip)]
    id: TransferId,
    pull: [u8; 32],
    piece: [u8; 32],
    mark: [u8; 32],
}

impl TransferKeys {
    /// What its datagrams are known by.
    pub fn id(&self) -> TransferId {
        self.id
    }

    /// What the asker seals with.
    pub fn pull(&self) -> &[u8; 32] {
        &self.pull
    }

    /// What the holder seals with.
    pub fn piece(&self) -> &[u8; 32] {
        &self.piece
    }

    /// What gives each datagram a nonce of its own.
    pub fn mark(&self) -> &[u8; 32] {
        &self.mark
    }
}

/// Two are alike where they are of one transfer.
impl PartialEq for TransferKeys {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for TransferKeys {}

/// They are not shown.
impl fmt::Debug for TransferKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferKeys({})", self.id)
    }
}
