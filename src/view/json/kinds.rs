//! What programs know notices by.

use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::keys::secret::RoomName;

/// The room that a notice is about.
pub fn room(notice: &Notice) -> Option<&RoomName> {
    match notice {
        Notice::You { room, .. }
        | Notice::Left { room }
        | Notice::NobodyHeard { room }
        | Notice::Missing { room, .. }
        | Notice::Lost { room, .. }
        | Notice::Crowd { room, .. }
        | Notice::Folded { room, .. } => Some(room),
        Notice::Secrecy(secrecy) => room_of(secrecy),
        _ => None,
    }
}

/// Its `kind`.
pub fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::PortTaken { .. } => "port-taken",
        Notice::NobodyYet => "nobody-yet",
        Notice::Target(_) => "target",
        Notice::AnsweredIn { .. } => "answered-in",
        Notice::NextAddress { .. } => "next-address",
        Notice::Undelivered { .. } => "undelivered",
        Notice::You { .. } => "you",
        Notice::Secrecy(secrecy) => kind_of(secrecy),
        Notice::Left { .. } => "left",
        Notice::SecondWindow { .. } => "second-window",
        Notice::UnknownPeer { .. } => "unknown-peer",
        Notice::NothingSent => "nothing-sent",
        Notice::NobodyHeard { .. } => "nobody-heard",
        Notice::Missing { .. } => "missing",
        Notice::Lost { .. } => "lost",
        Notice::Crowd { .. } => "crowd",
        Notice::Cloned => "cloned",
        Notice::PlainDropped { .. } => "plain-dropped",
        Notice::HistoryOff { .. } => "history-off",
        Notice::NotDriven { .. } => "not-driven",
        Notice::BotEnded { .. } => "bot-ended",
        Notice::LogOff { .. } => "log-off",
        Notice::HistoryAgain { .. } => "history-again",
        Notice::HistoryAside { .. } => "history-aside",
        Notice::Folded { .. } => "folded",
        Notice::Answer(_) => "answer",
        Notice::OutputStalled => "output-stalled",
        Notice::Dropped { .. } => "dropped",
    }
}

fn room_of(secrecy: &Secrecy) -> Option<&RoomName> {
    match secrecy {
        Secrecy::WeakPassphrase { room, .. }
        | Secrecy::OtherKey { room, .. }
        | Secrecy::OtherKept { room }
        | Secrecy::NewerSecret { room }
        | Secrecy::Unreadable { room, .. }
        | Secrecy::OwnKeyElsewhere { room, .. }
        | Secrecy::Renewed { room, .. }
        | Secrecy::Moved { room, .. }
        | Secrecy::Behind { room, .. }
        | Secrecy::FormerOver { room } => Some(room),
        Secrecy::SecretNotKept { room, .. } => room.as_ref(),
    }
}

fn kind_of(secrecy: &Secrecy) -> &'static str {
    match secrecy {
        Secrecy::WeakPassphrase { .. } => "weak-passphrase",
        Secrecy::OtherKey { .. } => "other-key",
        Secrecy::OtherKept { .. } => "other-kept",
        Secrecy::NewerSecret { .. } => "newer-secret",
        Secrecy::Unreadable { .. } => "unreadable",
        Secrecy::OwnKeyElsewhere { .. } => "own-key-elsewhere",
        Secrecy::Renewed { .. } => "renewed",
        Secrecy::Moved { .. } => "moved",
        Secrecy::Behind { .. } => "behind",
        Secrecy::FormerOver { .. } => "former-over",
        Secrecy::SecretNotKept { .. } => "secret-not-kept",
    }
}
