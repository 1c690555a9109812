//! What programs know notices and errors by.

use crate::chat::api::carrier::{BrokerTrouble, CarrierState};
use crate::chat::api::event::Fault;
use crate::chat::api::network_notice::NetworkNotice;
use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::api::refusal::{CommandRefusal, OfferRefusal, PersonRefusal, Refusal, RoomRefusal, TextRefusal};
use crate::chat::keys::secret::RoomName;

/// The room that a notice is about.
pub fn room(notice: &Notice) -> Option<&RoomName> {
    match notice {
        Notice::You { room, .. }
        | Notice::SeenAs { room, .. }
        | Notice::Left { room }
        | Notice::NobodyHeard { room }
        | Notice::Network(
            NetworkNotice::Deaf { room, .. }
            | NetworkNotice::BrokerCrowded { room, .. }
            | NetworkNotice::BrokerOpen { room, .. }
            | NetworkNotice::BrokerGuesses { room, .. },
        )
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
        Notice::Network(NetworkNotice::Link { .. } | NetworkNotice::MoreLinks { .. }) => "link",
        Notice::Network(NetworkNotice::InputDropped { .. }) => "input-dropped",
        Notice::Network(NetworkNotice::Deaf { .. }) => "not-heard-by",
        Notice::Network(NetworkNotice::Away { .. }) => "away",
        Notice::Network(NetworkNotice::Bound { .. }) => "bound-address",
        Notice::Network(NetworkNotice::BrokerCrowded { .. }) => "broker-crowded",
        Notice::Network(NetworkNotice::BrokerOpen { .. }) => "broker-open-room",
        Notice::Network(NetworkNotice::BrokerGuesses { .. }) => "broker-passphrase",
        Notice::Network(NetworkNotice::Silent { .. }) => "no-answer",
        Notice::You { .. } => "you",
        Notice::SeenAs { .. } => "seen-as",
        Notice::Secrecy(secrecy) => kind_of(secrecy),
        Notice::Left { .. } => "left",
        Notice::SecondWindow { .. } => "second-window",
        Notice::UnknownPeer { .. } => "unknown-peer",
        Notice::NoPeer { .. } => "no-peer",
        Notice::Reaching { .. } => "reaching",
        Notice::NothingSent => "nothing-sent",
        Notice::NobodyHeard { .. } => "nobody-heard",
        Notice::LeftUnconfirmed { .. } => "left-unconfirmed",
        Notice::Missing { .. } => "missing",
        Notice::Lost { .. } => "lost",
        Notice::Crowd { .. } => "crowd",
        Notice::Cloned => "cloned",
        Notice::PlainDropped { .. } => "plain-dropped",
        Notice::HistoryOff { .. } => "history-off",
        Notice::NotDriven { .. } => "not-driven",
        Notice::BotEnded { .. } => "bot-ended",
        Notice::Unanswered { .. } => "unanswered",
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
        Secrecy::WaysIn { room, .. }
        | Secrecy::BrokerIn { room, .. }
        | Secrecy::WeakPassphrase { room, .. }
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
        Secrecy::WaysIn { .. } => "ways-in",
        Secrecy::BrokerIn { .. } => "broker-in",
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

/// The `kind` of an error.
pub fn fault(fault: &Fault) -> &'static str {
    match fault {
        Fault::Fatal(_) => "fatal",
        Fault::Line { why: Refusal::Text(why), .. } => of_text(why),
        Fault::Line { why: Refusal::Command(why), .. } => of_command(why),
        Fault::Line { why: Refusal::Person(why), .. } => of_person(why),
        Fault::Line { why: Refusal::Room(why), .. } => of_room(why),
        Fault::Line { why: Refusal::Offer(why), .. } => of_offer(why),
    }
}

fn of_text(why: &TextRefusal) -> &'static str {
    match why {
        TextRefusal::Nul => "nul",
        TextRefusal::NotUtf8 { .. } => "not-utf-8",
        TextRefusal::TooLong { .. } | TextRefusal::TooLongForRoom { .. } => "too-long",
        TextRefusal::Unencodable { .. } => "unencodable",
    }
}

fn of_command(why: &CommandRefusal) -> &'static str {
    match why {
        CommandRefusal::Unknown(_) => "unknown-command",
        CommandRefusal::Usage(_) => "usage",
        CommandRefusal::Veiled => "slash-not-first",
        CommandRefusal::LooksLikeInvitation => "looks-like-invitation",
        CommandRefusal::Json(_) | CommandRefusal::JsonPlace(_) => "json",
        CommandRefusal::Lost => "no-place",
        CommandRefusal::OpenRoom(_) => "open-room",
        CommandRefusal::TooManyPeers(_) => "too-many-peers",
        CommandRefusal::NothingToClose => "nothing-to-close",
        CommandRefusal::NotInRoom => "not-in-room",
        CommandRefusal::NotTyping => "not-typing",
        CommandRefusal::NothingToTakeBack => "nothing-to-take-back",
        CommandRefusal::NoRooms => "no-rooms",
        CommandRefusal::ExaminedAlready => "examined-already",
    }
}

fn of_person(why: &PersonRefusal) -> &'static str {
    match why {
        PersonRefusal::Nobody(_) => "nobody",
        PersonRefusal::Ambiguous { .. } => "ambiguous",
        PersonRefusal::Yourself => "yourself",
        PersonRefusal::BadNick(_) => "bad-nick",
        PersonRefusal::OwnName => "own-name",
        PersonRefusal::NameTaken(_) => "name-taken",
        PersonRefusal::TooMany => "too-many-people",
        PersonRefusal::NoPlainPeer => "no-guest",
        PersonRefusal::NobodyWrote => "nobody-wrote",
        PersonRefusal::Ignored => "ignored",
        PersonRefusal::UnderFormerSecret(_) => "under-former-secret",
        PersonRefusal::NotHeard(_)
        | PersonRefusal::Unsealable(_)
        | PersonRefusal::UnsealableMember(_)
        | PersonRefusal::UnsealableInvite(_) => "unsealable",
        PersonRefusal::NoTag => "no-tag",
        PersonRefusal::SeveralKeys(_) => "several-keys",
    }
}

fn of_offer(why: &OfferRefusal) -> &'static str {
    match why {
        OfferRefusal::NoSuchOffer(_) | OfferRefusal::NothingToCancel(_) => "no-such-offer",
        OfferRefusal::NothingOffered => "nothing-offered",
        OfferRefusal::Several(_) => "several-offers",
        OfferRefusal::Own => "own-offer",
        OfferRefusal::FetchedAlready(_) => "fetched-already",
        OfferRefusal::TooManyFetches => "too-many-fetches",
        OfferRefusal::TooLarge(..) => "too-large",
        OfferRefusal::TooManyPaths => "too-many-paths",
        OfferRefusal::TooManyOffers => "too-many-offers",
        OfferRefusal::ToPlain => "no-files-in-plain",
        OfferRefusal::NotOffered { .. } => "not-offered",
    }
}

fn of_room(why: &RoomRefusal) -> &'static str {
    match why {
        RoomRefusal::NotIn(_) => "not-in",
        RoomRefusal::NoSuchRoom(_) => "no-such-room",
        RoomRefusal::InAlready(_) => "in-already",
        RoomRefusal::TooMany => "too-many-rooms",
        RoomRefusal::OnlyOne => "only-room",
        RoomRefusal::BadPhrase(_) => "bad-phrase",
        RoomRefusal::LooksLikeCommand => "looks-like-command",
        RoomRefusal::NotEntered(_) => "not-entered",
        RoomRefusal::Open(_) => "open-room",
        RoomRefusal::RenewedJustNow(_) => "renewed-just-now",
        RoomRefusal::LeftOut { .. } => "left-out",
        RoomRefusal::InviteTwice { .. } => "invite-twice",
        RoomRefusal::NobodyBehind { .. } => "nobody-behind",
    }
}

/// How a room stands at its broker, and why, where it is not reached.
pub fn carrier_state(state: &CarrierState) -> (&'static str, Option<&'static str>) {
    match state {
        CarrierState::Connecting => ("connecting", None),
        CarrierState::Up => ("up", None),
        CarrierState::Down(why) => ("down", Some(trouble(why))),
        CarrierState::Removed => ("removed", None),
    }
}

/// Why nothing passes through a broker.
fn trouble(why: &BrokerTrouble) -> &'static str {
    match why {
        BrokerTrouble::NoAddress(_) => "no-address",
        BrokerTrouble::Unreachable(_) => "unreachable",
        BrokerTrouble::Silent => "silent",
        BrokerTrouble::Closed => "closed",
        BrokerTrouble::BadLogin => "bad-login",
        BrokerTrouble::Refused(_) => "refused",
        BrokerTrouble::Denied => "denied",
        BrokerTrouble::NotMqtt => "not-mqtt",
        BrokerTrouble::NotTls => "not-tls",
        BrokerTrouble::ClosedInHandshake => "closed-in-handshake",
        BrokerTrouble::TooMany => "too-many",
        BrokerTrouble::Tls(_) => "tls",
        BrokerTrouble::Local(_) => "local",
    }
}
