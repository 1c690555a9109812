//! What a room's secret gives: who it is, how it is found on the wire, and the keys that seal it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::bytes::Bytes;
use super::identity::RoomId;
use super::limits::ROOM_NAME_BYTES_MAX;

/// Stands in the clear before every frame, so that one key is tried and not all.
pub type Tag = Bytes<8>;

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
        Self::of_secret(&blake3::derive_key("chinwag 1 open room", name.0.as_bytes()))
    }

    fn of_secret(secret: &[u8; 32]) -> Self {
        Self {
            id: Bytes::first_of(&blake3::derive_key("chinwag 1 room id", secret)),
            tag: Bytes::first_of(&blake3::derive_key("chinwag 1 tag", secret)),
            seal: blake3::derive_key("chinwag 1 seal", secret),
            nonce: blake3::derive_key("chinwag 1 nonce", secret),
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

impl RoomName {
    /// Reads a name, with or without the `#` before it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name: String = text.strip_prefix('#').unwrap_or(text).nfkc().collect();
        let is_strange =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '[' | ']' | '#' | '→');
        if name.is_empty() || name.len() > ROOM_NAME_BYTES_MAX || name.contains(is_strange) {
            return Err(format!(
                "'{text}' cannot be the name of a room: expected 1 to {ROOM_NAME_BYTES_MAX} bytes without white space \
                 and <>[]#→"
            ));
        }
        Ok(Self(name))
    }

    /// The room one is in where none is named.
    pub fn lobby() -> Self {
        Self("lobby".to_owned())
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

    /// Of the living PROTOCOL.md; the peer in Python derives them on its own.
    const LOBBY: [&str; 4] = [
        "9d02940ce1c9958ada8f1e62be38807b",
        "fdf37d61363a946c",
        "5be37a9bec1a42bb303c26f4cc5a63d86153ddc9634095fe304fbba633a7525a",
        "a29d5b7ae7b4fddcea1bbc5657c5595e183964f74c2b26a6627d669bcec0adf1",
    ];
}
