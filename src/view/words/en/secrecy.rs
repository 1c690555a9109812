//! What there is to know about secrets and keys.

use crate::chat::api::notice::Secrecy;
use crate::chat::api::talk::Speaker;
use crate::chat::base::address::{PeerName, Zones};
use crate::chat::base::limits::PASSPHRASE_BITS_ENOUGH;
use crate::chat::keys::secret::RoomName;
use crate::view::text::when::LocalTime;

/// What there is to know about secrets and keys.
pub fn secrecy(secrecy: &Secrecy, zones: &Zones, local: &LocalTime) -> String {
    match secrecy {
        Secrecy::WaysIn { room, ways } => format!(
            "The invitation to {room} says where others are: {}. To reach them type /peer and one of these, or start \
             with -p.",
            all_ways(ways)
        ),
        Secrecy::BrokerIn { room, broker } => super::carrier::broker_in(room, broker),
        Secrecy::WeakPassphrase { room, bits, why } => weak_passphrase(room, *bits, why.as_deref()),
        Secrecy::OtherKey { room, is_sealed, is_open_there } => other_key(room, *is_sealed, *is_open_there),
        Secrecy::OtherKept { room } => format!(
            "Your profile keeps another secret of {room}, and goes on keeping it: the one you gave is used until \
             this session ends. To replace it, type /join {} new on the live screen.",
            room.as_str()
        ),
        Secrecy::NewerSecret { room } => {
            format!("That is an earlier secret of {room}: the newer one is used, which you were given since.")
        }
        Secrecy::Unreadable { who, .. } => {
            format!("{who} could not open a private message of yours, for the key to it is gone. Say it again.")
        }
        Secrecy::OwnKeyElsewhere { room, address } => {
            let place = address.map(|address| format!(" at {}", zones.name(address))).unwrap_or_default();
            format!(
                "Another program uses your own key in {room}{place}: your profile was copied, or somebody stole \
                 the key."
            )
        }
        Secrecy::Renewed { room, by, members } => renewed(room, by.as_ref(), members),
        Secrecy::Moved { room, by, since } => format!(
            "{by} says that {room} has had another secret since {}: answers may not reach you here. Ask for a new invitation.",
            local.anywhere(*since)
        ),
        Secrecy::Behind { room, who, is_left_out: true, .. } => {
            format!(
                "{who}, whom the last /rekey left out, uses the former secret of {room}, and reads what is said under it."
            )
        }
        Secrecy::Behind { room, who, nick, left_out, .. } => behind(room, who, nick, left_out),
        Secrecy::FormerOver { room } => format!(
            "What people say under the former secret of {room} is not \
         received any more."
        ),
        Secrecy::SecretNotKept { room, why } => {
            let what = match room {
                Some(room) => format!("the secret of {room}"),
                None => "the key that opens private messages".to_owned(),
            };
            format!("{what} cannot be saved: {why}; chinwag has it only until this session ends")
        }
    }
}

/// Whether the ways in of an invitation are to be used.
pub fn ask_ways(room: &RoomName, ways: &[PeerName]) -> String {
    format!(
        "The invitation to {room} says where others are: {}. Reach them, now and from now on? [Y/n] ",
        all_ways(ways)
    )
}

fn all_ways(ways: &[PeerName]) -> String {
    ways.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn weak_passphrase(room: &RoomName, bits: u32, why: Option<&str>) -> String {
    let why = why.map(|why| format!(" {why}")).unwrap_or_default();
    format!(
        "The passphrase of {room} is weak: whoever records one datagram finds it {}, after about 2^{bits} guesses.{why} \
         Expected 2^{PASSPHRASE_BITS_ENOUGH} or more, such as five random words; `chinwag invite --room {}` makes a \
         secret that nobody guesses.",
        within(bits),
        room.as_str()
    )
}

fn other_key(room: &RoomName, is_sealed: bool, is_open_there: bool) -> String {
    match (is_sealed, is_open_there) {
        (_, true) => format!("Others are in {room} without its secret: theirs is OPEN, yours is sealed."),
        (true, false) => format!(
            "Nobody here has your secret of {room}, and others use a secret that you do not have: it may be \
             another one of {room}, or they are in another room. /join {} new asks for another secret.",
            room.as_str()
        ),
        (false, false) => format!(
            "Others here use a key that you do not have: they are in another room, or in a sealed {room}, which takes an \
             invitation or a passphrase."
        ),
    }
}

fn renewed(room: &RoomName, by: Option<&Speaker>, members: &[Speaker]) -> String {
    match (by, members) {
        (Some(by), _) => format!(
            "{by} gave {room} a new secret, and you have it. People who do not have it yet are heard here for a \
             day under the former one."
        ),
        (None, []) => format!(
            "{room} has a new secret, and only you have it: nobody is known who could be given it. `chinwag \
             invite` shows it."
        ),
        (None, members) => format!(
            "{room} has a new secret, sealed for {}. Those of them who are away get it within a day from whoever is here. \
             Nobody else can read what is said from now on.",
            some_of(members)
        ),
    }
}

fn behind(room: &RoomName, who: &Speaker, nick: &str, left_out: &[Speaker]) -> String {
    let whose = if who.is_verified { "" } else { ", a key that you have not verified," };
    let tag = who.tag.as_deref().unwrap_or_default();
    let left_out = match left_out {
        [] => String::new(),
        all => format!(" The last /rekey left out: {}.", some_of(all)),
    };
    format!(
        "{who}{whose} uses the former invitation of {room}, and cannot read what is said now.{left_out} \
         /invite {nick}#{tag} gives them the secret in use."
    )
}

/// Names, as far as they are not too many.
fn some_of(people: &[Speaker]) -> String {
    let names: Vec<String> = people.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = people.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// So many people are named in a sentence.
const NAMED_MAX: usize = 16;

/// How long one computer takes for so many guesses, as a power of two: a tenth of a second each.
fn within(bits: u32) -> &'static str {
    match bits {
        0..=15 => "within an hour",
        16..=22 => "within days",
        23..=28 => "within a year, many computers within days",
        _ => "with many computers",
    }
}
