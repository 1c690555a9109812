//! Where something is said: in a room, or to one person alone.

use std::net::SocketAddr;

use super::rooms::RoomKey;
use crate::chat::keys::identity::Author;

/// Where a command is meant, and what is said goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In this room.
    pub room: RoomKey,
    /// To this one alone, which is looked for in that room first; `None`: to everybody.
    pub partner: Option<Partner>,
    /// A change of place was refused where nobody sees that: what follows is not said here, for it was meant for elsewhere.
    pub is_lost: bool,
}

/// Somebody who is written to alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partner {
    /// Who speaks plain there.
    PlainPeer(SocketAddr),
    /// Who has this key.
    Person(Author),
}

impl Place {
    /// To everybody in a room.
    pub fn room(room: RoomKey) -> Self {
        Self { room, partner: None, is_lost: false }
    }
}
