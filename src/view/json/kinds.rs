//! What programs know notices by.

use crate::chat::notice::Notice;
use crate::chat::secret::RoomName;

/// The room that a notice is about.
pub fn room(notice: &Notice) -> Option<&RoomName> {
    match notice {
        Notice::You { room, .. }
        | Notice::Left { room }
        | Notice::WeakPassphrase { room, .. }
        | Notice::OtherKey { room, .. }
        | Notice::NewerSecret { room }
        | Notice::Unreadable { room, .. }
        | Notice::OwnKeyElsewhere { room, .. }
        | Notice::Renewed { room, .. }
        | Notice::FormerOver { room }
        | Notice::SecretNotKept { room: Some(room), .. }
        | Notice::NobodyHeard { room }
        | Notice::Missing { room, .. }
        | Notice::Crowd { room, .. }
        | Notice::Folded { room, .. } => Some(room),
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
        Notice::Left { .. } => "left",
        Notice::WeakPassphrase { .. } => "weak-passphrase",
        Notice::OtherKey { .. } => "other-key",
        Notice::NewerSecret { .. } => "newer-secret",
        Notice::Unreadable { .. } => "unreadable",
        Notice::OwnKeyElsewhere { .. } => "own-key-elsewhere",
        Notice::Renewed { .. } => "renewed",
        Notice::FormerOver { .. } => "former-over",
        Notice::SecretNotKept { .. } => "secret-not-kept",
        Notice::SecondWindow { .. } => "second-window",
        Notice::UnknownPeer { .. } => "unknown-peer",
        Notice::NobodyHeard { .. } => "nobody-heard",
        Notice::Missing { .. } => "missing",
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
