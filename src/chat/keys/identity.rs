//! Who is who: keys, the names that follow from them, and what a signature proves.

use std::cell::RefCell;
use std::fmt;

use ed25519_dalek::{Signature as Ed25519, Signer, SigningKey, VerifyingKey};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::KEYS_UNPACKED_MAX;
use crate::chat::base::recent::Recent;
use crate::chat::keys::mnemonic;

/// A public key: the person or program behind a profile.
pub type Author = Bytes<32>;
/// The beginning of a public key, where a list of whole ones would be long.
pub type ShortKey = Bytes<8>;
/// One start of the program, random.
pub type Run = Bytes<8>;
/// A room, kept across changes of its secret.
pub type RoomId = Bytes<16>;
/// The entries of one author and run in one room; also the name of the instance that writes them.
pub type LogId = Bytes<8>;
/// An entry: the first 16 bytes of the hash.
pub type EntryId = Bytes<16>;
/// The public half of what private messages are sealed with (X25519).
pub type Prekey = Bytes<32>;
/// An Ed25519 signature (RFC 8032).
pub type Signature = Bytes<64>;

/// What is signed, so that a signature for one purpose is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An entry.
    Entry,
    /// A beacon.
    Beacon,
    /// That somebody wants to fetch something.
    Begin,
    /// That this is granted.
    Accept,
}

impl Purpose {
    fn context(self) -> &'static [u8] {
        match self {
            Self::Entry => b"chinwag 1 entry\0",
            Self::Beacon => b"chinwag 1 beacon\0",
            Self::Begin => b"chinwag 1 begin\0",
            Self::Accept => b"chinwag 1 accept\0",
        }
    }
}

/// The log of `author` and `run`. Nobody can choose it, so nobody can squat on another's.
pub fn log_id(room: RoomId, author: Author, run: Run) -> LogId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"chinwag 1 log").update(&room.0).update(&author.0).update(&run.0);
    Bytes::first_of(hasher.finalize().as_bytes())
}

/// The name of the entry of these signed bytes.
pub fn entry_id(room: RoomId, bytes: &[u8]) -> EntryId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"chinwag 1 entry id").update(&room.0).update(bytes);
    Bytes::first_of(hasher.finalize().as_bytes())
}

/// Four characters that tell two keys of one name apart: 20 bits, enough between a few people, and no proof.
pub fn key_tag(author: Author) -> String {
    letters_of(&blake3::derive_key("chinwag 1 key tag", &author.0), 4)
}

/// The first so many bytes of a hash as letters that people can say, five bits of each.
pub fn letters_of(hash: &[u8; 32], count: usize) -> String {
    hash.iter().take(count).map(|byte| char::from(TAG_ALPHABET[usize::from(byte % 32)])).collect()
}

/// Letters and digits that are not mistaken for each other.
const TAG_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A secret key, which signs.
pub struct Identity {
    key: SigningKey,
    author: Author,
}

impl Identity {
    /// The identity of a secret of 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let author = Bytes(key.verifying_key().to_bytes());
        Self { key, author }
    }

    /// Its public key.
    pub fn author(&self) -> Author {
        self.author
    }

    /// What this key and that of `other` have in common, and nobody else can compute; `None`: it is no key.
    pub fn agreement(&self, other: Author) -> Option<Agreement> {
        let other = VerifyingKey::from_bytes(&other.0).ok()?.to_montgomery();
        let secret = x25519_dalek::StaticSecret::from(self.key.to_scalar_bytes());
        let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(other.to_bytes()));
        shared.was_contributory().then(|| Agreement(blake3::derive_key("chinwag 1 hint", shared.as_bytes())))
    }

    /// A secret that only this key's holder can derive, of these parts and for one purpose.
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_derive_key(purpose);
        hasher.update(&*Zeroizing::new(self.key.to_bytes()));
        for part in parts {
            hasher.update(part);
        }
        let derived = Zeroizing::new(*hasher.finalize().as_bytes());
        hasher.zeroize();
        derived
    }

    /// Signs `bytes` for one purpose in one room.
    pub fn sign(&self, purpose: Purpose, room: RoomId, bytes: &[u8]) -> Signature {
        Bytes(self.key.sign(&signed(purpose, room, bytes)).to_bytes())
    }
}

/// The secret is not shown.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.author)
    }
}

/// What tells the receiver of a private message, and nobody else, that it is for him.
pub type Hint = Bytes<8>;

/// What two keys have in common.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Agreement([u8; 32]);

impl Agreement {
    /// What one private message between the two is known by: another one behind each header.
    pub fn hint(&self, header: &[u8]) -> Hint {
        Bytes::first_of(blake3::keyed_hash(&self.0, header).as_bytes())
    }
}

/// It is not shown.
impl fmt::Debug for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agreement(secret)")
    }
}

/// Ten words that two people see alike where each has the other's key, and nobody is between them: 110 bits of both keys.
pub fn words_of(one: Author, other: Author) -> Vec<&'static str> {
    let both = [one.min(other).0, one.max(other).0].concat();
    mnemonic::of(&blake3::derive_key("chinwag 1 verify", &both), 10)
}

/// Says whether a signature is right. A simulation of a thousand nodes remembers the answers; nobody else should.
pub trait Verify: fmt::Debug {
    /// Whether `author` signed `message`.
    fn verify(&self, author: Author, message: &[u8], signature: Signature) -> bool;
}

/// Strict verification: no small keys, no second encoding of a signature. The keys of late are kept unpacked, which
/// saves a tenth of the time.
#[derive(Debug)]
pub struct Strict {
    keys: RefCell<Recent<Author, Option<VerifyingKey>>>,
}

impl Default for Strict {
    fn default() -> Self {
        Self { keys: RefCell::new(Recent::new(KEYS_UNPACKED_MAX)) }
    }
}

impl Verify for Strict {
    fn verify(&self, author: Author, message: &[u8], signature: Signature) -> bool {
        let mut keys = self.keys.borrow_mut();
        let unpacked = keys.entry(author);
        if unpacked.is_none() {
            *unpacked = VerifyingKey::from_bytes(&author.0).ok();
        }
        let Some(key) = unpacked else { return false };
        key.verify_strict(message, &Ed25519::from_bytes(&signature.0)).is_ok()
    }
}

/// Whether `author` signed `bytes` for this purpose in this room.
pub fn is_signed(
    verifier: &dyn Verify,
    (author, signature): (Author, Signature),
    purpose: Purpose,
    room: RoomId,
    bytes: &[u8],
) -> bool {
    verifier.verify(author, &signed(purpose, room, bytes), signature)
}

fn signed(purpose: Purpose, room: RoomId, bytes: &[u8]) -> Vec<u8> {
    [purpose.context(), &room.0, bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_one_purpose_one_room_and_the_exact_bytes() {
        let tim = Identity::new(&[7; 32]);
        let (room, other) = (Bytes([1; 16]), Bytes([2; 16]));
        let all = [Purpose::Entry, Purpose::Beacon, Purpose::Begin, Purpose::Accept];
        for signed in all {
            let signature = tim.sign(signed, room, b"hi");
            let holds = |purpose, room, bytes: &[u8]| {
                is_signed(&Strict::default(), (tim.author(), signature), purpose, room, bytes)
            };
            for purpose in all {
                assert_eq!(holds(purpose, room, b"hi"), purpose == signed, "{signed:?} as {purpose:?}");
                assert!(!holds(purpose, other, b"hi") && !holds(purpose, room, b"ho"));
            }
        }
    }

    #[test]
    fn a_key_of_small_order_proves_nothing() {
        let mut small = [0; 32];
        small[0] = 1; // the neutral element: some verifiers take any message for signed by it
        assert!(!Strict::default().verify(Bytes(small), b"anything", Bytes::ZERO));
    }

    #[test]
    fn the_secret_is_not_shown() {
        let shown = format!("{:?}", Identity::new(&[0x41; 32]));
        assert!(!shown.contains("41414141") && !shown.contains("65, 65"), "{shown}");
    }
}
