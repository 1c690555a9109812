//! What a room's secret gives: who it is, how it is found on the wire, and the keys that seal it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::ROOM_NAME_BYTES_MAX;
use crate::chat::base::time::Stamp;
use crate::chat::keys::identity::RoomId;

/// Stands in the clear before every frame, so that one key is tried and not all.
pub type Tag = Bytes<8>;

/// What a room's keys are derived from. Whoever has it reads and writes there.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    /// What PROTOCOL.md, appendix A, calls S.
    material: [u8; 32],
    /// The random bytes it comes from, where it can be handed on as words.
    invite: Option<[u8; 16]>,
    /// The room, which its first secret gave its id.
    #[zeroize(skip)]
    room: RoomId,
    /// When it replaced another one; zero for the first.
    #[zeroize(skip)]
    since: Stamp,
}

/// How many bytes a secret takes where it is kept.
pub const SECRET_BYTES: usize = 1 + 32 + 16 + 16 + 8;

impl Secret {
    /// That of an open room. It is none: anybody can derive it from the name.
    fn open(name: &RoomName) -> Self {
        Self::first(blake3::derive_key("chinwag 1 open room", name.0.as_bytes()), None)
    }

    /// Of 16 random bytes, the first one of its room.
    pub fn of_invite(invite: &[u8; 16]) -> Self {
        Self::first(blake3::derive_key("chinwag 1 invite", invite), Some(*invite))
    }

    /// Of 16 random bytes, for a room that had another one before `since`.
    pub fn renewed(invite: &[u8; 16], room: RoomId, since: Stamp) -> Self {
        Self { room, since, ..Self::of_invite(invite) }
    }

    /// Of what people remember. It takes 64 MiB for a moment, and long on purpose: whoever guesses has to do that for each
    /// guess (Argon2id, RFC 9106).
    pub fn of_passphrase(room: &RoomName, passphrase: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"chinwag 1 salt").update(room.0.as_bytes());
        let salt = Bytes::<16>::first_of(hasher.finalize().as_bytes()).0;
        let same: Zeroizing<String> = Zeroizing::new(passphrase.nfkc().collect());
        Self::first(stretched(same.as_bytes(), salt, PASSPHRASE_KIB), None)
    }

    fn first(material: [u8; 32], invite: Option<[u8; 16]>) -> Self {
        let room = Bytes::first_of(&blake3::derive_key("chinwag 1 room id", &material));
        Self { material, invite, room, since: Stamp::ZERO }
    }

    /// What follows from it for one purpose.
    pub(super) fn derive(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, &self.material)
    }

    /// The room it is of.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// When it replaced another one.
    pub fn since(&self) -> Stamp {
        self.since
    }

    /// The bytes it can be handed on as; `None`: it comes from a passphrase.
    pub fn invite(&self) -> Option<&[u8; 16]> {
        self.invite.as_ref()
    }

    /// Whether it did not begin the room, so that the room's id cannot be told from it.
    pub fn is_renewed(&self) -> bool {
        self.room != Self::first(self.material, None).room
    }

    /// As it is kept.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        bytes[0] = u8::from(self.invite.is_some());
        bytes[1..33].copy_from_slice(&self.material);
        bytes[33..49].copy_from_slice(&self.invite.unwrap_or_default());
        bytes[49..65].copy_from_slice(&self.room.0);
        bytes[65..].copy_from_slice(&self.since.number().to_be_bytes());
        bytes
    }

    /// As it was kept.
    pub fn from_bytes(bytes: &[u8; SECRET_BYTES]) -> Option<Self> {
        let invite = Bytes::<16>::first_of(&bytes[33..49]).0;
        Some(Self {
            material: Bytes::<32>::first_of(&bytes[1..33]).0,
            invite: match bytes[0] {
                0 => None,
                1 => Some(invite),
                _ => return None,
            },
            room: Bytes::first_of(&bytes[49..65]),
            since: Stamp::from_number(u64::from_be_bytes(Bytes::<8>::first_of(&bytes[65..]).0)),
        })
    }
}

/// It is not shown.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(of {:?})", self.room)
    }
}

/// The memory a guess takes, in KiB: 64 MiB, with three passes and four lanes, as RFC 9106 recommends where memory is
/// scarce.
const PASSPHRASE_KIB: u32 = 64 * 1024;

fn stretched(passphrase: &[u8], salt: [u8; 16], kib: u32) -> [u8; 32] {
    let params = argon2::Params::new(kib, 3, 4, Some(32)).expect("the parameters are those of RFC 9106");
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut material = [0; 32];
    argon.hash_password_into(passphrase, &salt, &mut material).expect("memory and salt are as large as they must be");
    material
}

/// The keys of a room.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RoomKeys {
    #[zeroize(skip)]
    id: RoomId,
    #[zeroize(skip)]
    tag: Tag,
    seal: [u8; 32],
    nonce: [u8; 32],
}

impl RoomKeys {
    /// The keys of an open room. Anybody can derive them from the name: they part rooms and detect damage, and keep
    /// nothing secret.
    pub fn open(name: &RoomName) -> Self {
        Self::of(&Secret::open(name))
    }

    /// The keys that follow from a secret.
    pub fn of(secret: &Secret) -> Self {
        Self {
            id: secret.room,
            tag: Bytes::first_of(&secret.derive("chinwag 1 tag")),
            seal: secret.derive("chinwag 1 seal"),
            nonce: secret.derive("chinwag 1 nonce"),
        }
    }

    /// The room.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// What its datagrams are known by.
    pub fn tag(&self) -> Tag {
        self.tag
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
impl fmt::Debug for RoomKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomKeys({:?})", self.id)
    }
}

/// The name of a room, in the one form that all of its spellings have (NFKC).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomName(String);

/// This cannot be the name of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRoomName(pub String);

impl RoomName {
    /// Reads a name, with or without the `#` before it.
    pub fn parse(text: &str) -> Result<Self, BadRoomName> {
        let name: String = text.strip_prefix('#').unwrap_or(text).nfkc().collect();
        let is_strange =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '[' | ']' | '#' | '→');
        if name.is_empty() || name.len() > ROOM_NAME_BYTES_MAX || name.contains(is_strange) {
            return Err(BadRoomName(text.to_owned()));
        }
        Ok(Self(name))
    }

    /// The room one is in where none is named.
    pub fn lobby() -> Self {
        Self("lobby".to_owned())
    }

    /// Where those meet who only examine the network.
    pub fn of_doctors() -> Self {
        Self("chinwag-doctor".to_owned())
    }

    /// Whether it is that one.
    pub fn is_of_doctors(&self) -> bool {
        *self == Self::of_doctors()
    }

    /// The name, without the `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_name_are_one_room() {
        let keys = |name| RoomKeys::open(&RoomName::parse(name).unwrap()).tag();
        assert_eq!(keys("caf\u{e9}"), keys("#cafe\u{301}"));
        assert_ne!(keys("lobby"), keys("Lobby"));
    }

    #[test]
    fn a_name_that_would_tear_a_line_apart_is_refused() {
        for name in ["", "#", "two words", "a\nb", "<b>", "##x", &"x".repeat(65)] {
            assert!(RoomName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_keys_of_a_room_are_those_of_the_protocol() {
        let lobby = RoomKeys::open(&RoomName::parse("lobby").unwrap());
        assert_eq!(lobby.id().to_string(), LOBBY[0]);
        assert_eq!(lobby.tag().to_string(), LOBBY[1]);
        assert_eq!(Bytes(*lobby.seal()).to_string(), LOBBY[2]);
        assert_eq!(Bytes(*lobby.nonce()).to_string(), LOBBY[3]);
    }

    #[test]
    fn a_passphrase_is_stretched_as_the_protocol_says() {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"chinwag 1 salt").update(b"team");
        let salt = Bytes::<16>::first_of(hasher.finalize().as_bytes()).0;
        let material = stretched(b"correct horse battery staple", salt, 256);
        assert_eq!(Bytes(material).to_string(), "41280fd276586318c59c58b0114e491e1b32cadbf9bff0f8e4559679b7f2f040");
    }

    #[test]
    fn a_secret_is_kept_as_it_is_and_not_shown() {
        let first = Secret::of_invite(&[0x41; 16]);
        let renewed = Secret::renewed(&[0x42; 16], first.room(), Stamp::from_number(77));
        for secret in [first, renewed.clone()] {
            assert_eq!(Secret::from_bytes(&secret.to_bytes()), Some(secret.clone()));
            let shown = format!("{secret:?} {:?}", RoomKeys::of(&secret));
            assert!(!shown.contains("65, 65") && !shown.contains("41414141"), "{shown}");
        }
        assert!(renewed.is_renewed());
    }

    /// Of the living PROTOCOL.md; the peer in Python derives them on its own.
    const LOBBY: [&str; 4] = [
        "9d02940ce1c9958ada8f1e62be38807b",
        "fdf37d61363a946c",
        "5be37a9bec1a42bb303c26f4cc5a63d86153ddc9634095fe304fbba633a7525a",
        "a29d5b7ae7b4fddcea1bbc5657c5595e183964f74c2b26a6627d669bcec0adf1",
    ];
}
