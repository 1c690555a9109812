//! Notices as sentences.

use crate::chat::api::notice::{Notice, Secrecy, Undelivered};
use crate::chat::api::talk::Speaker;
use crate::chat::base::address::Zones;
use crate::chat::base::limits::PASSPHRASE_BITS_ENOUGH;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// What a notice says.
pub fn notice_text(notice: &Notice, zones: &Zones, local: &LocalTime) -> String {
    match notice {
        Notice::PortTaken { wanted, holder, used } => {
            let by = holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default();
            format!("port {wanted} is in use{by}: port {used} is used instead")
        }
        Notice::NobodyYet => "waiting for the first message; to write first, name a peer as HOST:PORT".to_owned(),
        Notice::Target(target) => format!("lines go to {} now", zones.name(*target)),
        Notice::AnsweredIn { peer, charset } => {
            format!("{} writes {charset} and is answered in it", zones.name(*peer))
        }
        Notice::NextAddress { name, failed, why, next } => {
            let (failed, next) = (zones.name(*failed), zones.name(*next));
            format!("{name} at {failed}: {}; trying {next}", undelivered_text(why))
        }
        Notice::Undelivered { to, why, times } => {
            let more = if *times > 1 { format!(" ({times} messages since last told)") } else { String::new() };
            format!("{}: {}{more}", zones.name(*to), undelivered_text(why))
        }
        Notice::You { nick, room, is_sealed: false } => {
            format!("You are {nick} in {room}, OPEN: anybody on this network can read.")
        }
        Notice::You { nick, room, is_sealed: true } => {
            format!("You are {nick} in {room}, sealed: only who has its secret can read.")
        }
        Notice::Secrecy(secrecy) => secrecy_text(secrecy, zones, local),
        Notice::Left { room } => format!("You left {room}."),
        Notice::SecondWindow { nick, port } => format!("Second window: {nick}, port {port}."),
        Notice::UnknownPeer { name } => format!("{name} is not a known host; it will be looked up again"),
        Notice::NothingSent => "nothing was sent: standard input is empty".to_owned(),
        Notice::NobodyHeard { room } => format!("Nobody heard yet in {room}. What you say is kept for whoever comes."),
        Notice::Missing { who, entries, .. } => {
            format!("earlier lines of {who} are not available (entries missing: {entries})")
        }
        Notice::Lost { who, entries: 1, .. } => {
            format!("something you said did not reach {who}, and is no longer kept here: say it again")
        }
        Notice::Lost { who, entries, .. } => {
            format!("{entries} entries of yours did not reach {who}, and are no longer kept here")
        }
        Notice::Crowd { room, joined, left, present } => {
            format!("{room}: {joined} more came, {left} left, {present} are here.")
        }
        Notice::Cloned => {
            "another machine signs as you: it is a copy of this one, and one of you needs another profile".to_owned()
        }
        Notice::PlainDropped { datagrams } => {
            format!("{datagrams} plain messages were not shown: they came too fast")
        }
        Notice::HistoryOff { why } => {
            format!("history is not kept: {why}; the chat goes on in memory")
        }
        Notice::NotDriven { why } => {
            format!("no other program can drive this session, for its socket cannot be made: {why}")
        }
        Notice::BotEnded { command, status } => format!("'{command}' ended ({status}) and is started again"),
        Notice::LogOff { why } => format!("the log cannot be written: {why}; the session goes on without it"),
        Notice::HistoryAgain { lost: 0 } => "history is kept again, and what was said meanwhile is in it".to_owned(),
        Notice::HistoryAgain { lost } => format!("history is kept again; {lost} records of meanwhile are lost to it"),
        Notice::HistoryAside { why, aside } => format!("{why}: it was set aside as {aside}, and a new one is begun"),
        Notice::Folded { room, messages } => {
            format!("{messages} earlier messages in {room} are not shown: /history shows them")
        }
        Notice::Answer(what) => en::confirmation(what),
        Notice::OutputStalled => "nobody reads standard output: messages are dropped until it is read".to_owned(),
        Notice::Dropped { records } => format!("{records} messages were dropped: nobody read standard output"),
    }
}

/// What there is to know about secrets and keys.
fn secrecy_text(secrecy: &Secrecy, zones: &Zones, local: &LocalTime) -> String {
    match secrecy {
        Secrecy::WeakPassphrase { room, bits, why } => {
            let why = why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
            format!(
                "The passphrase of {room} is weak: whoever records one datagram finds it {}, after about 2^{bits} \
                 guesses.{why} Expected 2^{PASSPHRASE_BITS_ENOUGH} or more, such as five random words; `chinwag invite \
                 --room {}` makes a secret that nobody guesses.",
                within(*bits),
                room.as_str()
            )
        }
        Secrecy::OtherKey { room, is_open_there: true, .. } => {
            format!("Others are in {room} without its secret: theirs is OPEN, yours is sealed.")
        }
        Secrecy::OtherKey { room, is_sealed: true, .. } => format!(
            "Nobody here has your key of {room}, and others use a key that you do not have: theirs of {room} may be \
             another, or they are in another room."
        ),
        Secrecy::OtherKey { room, is_sealed: false, .. } => format!(
            "Others here use a key that you do not have: they are in another room, or in a sealed {room}, which takes an \
             invitation or a passphrase."
        ),
        Secrecy::OtherKept { room } => format!(
            "Your profile keeps another secret of {room}, and goes on keeping it: this one is used until the session ends. \
             On the live screen /join {} new replaces it.",
            room.as_str()
        ),
        Secrecy::NewerSecret { room } => {
            format!("That is an earlier secret of {room}: the newer one is used, which you were given since.")
        }
        Secrecy::Unreadable { who, .. } => {
            format!("{who} could not open a private message of yours: what it was sealed with is gone. Say it again.")
        }
        Secrecy::OwnKeyElsewhere { room, address } => {
            let place = address.map(|address| format!(" at {}", zones.name(address))).unwrap_or_default();
            format!(
                "Your own key is in {room} from another place, too{place}: a copy of your profile, or a thief of it."
            )
        }
        Secrecy::Renewed { room, by: Some(by), .. } => format!(
            "{by} gave {room} another secret, and you have it. Who does not is heard here for a day under the former one."
        ),
        Secrecy::Renewed { room, members, .. } if members.is_empty() => format!(
            "{room} has another secret, which nobody else has: nobody was known who could be given it. `chinwag invite` \
             shows it."
        ),
        Secrecy::Renewed { room, members, .. } => format!(
            "{room} has another secret, sealed for {}. Who of them is away gets it within a day from whoever is here; who gets \
             none can read nothing more.",
            some_of(members)
        ),
        Secrecy::Moved { room, by, since } => format!(
            "{by} says that {room} has had another secret since {}: answers may not reach you here. Ask for a new invitation.",
            local.anywhere(*since)
        ),
        Secrecy::Behind { room, who, is_left_out: true, .. } => {
            format!(
                "{who}, whom the last /rekey left out, uses the former secret of {room}, and reads what is said under it."
            )
        }
        Secrecy::Behind { room, who, nick, left_out, .. } => {
            let whose = if who.is_verified { "" } else { ", a key that you have not verified," };
            let tag = who.tag.as_deref().unwrap_or_default();
            let left_out = match left_out.as_slice() {
                [] => String::new(),
                all => format!(" The last /rekey left out: {}.", some_of(all)),
            };
            format!(
                "{who}{whose} uses the former invitation of {room}, and cannot read what is said now.{left_out} \
                 /invite {nick}#{tag} gives them the secret in use."
            )
        }
        Secrecy::FormerOver { room } => format!("The former secret of {room} is not listened to any more."),
        Secrecy::SecretNotKept { room, why } => {
            let what = match room {
                Some(room) => format!("the secret of {room}"),
                None => "what private messages are read with".to_owned(),
            };
            format!("{what} cannot be kept: {why}; it is known until this session ends")
        }
    }
}

/// Why something did not arrive.
pub fn undelivered_text(why: &Undelivered) -> &str {
    match why {
        Undelivered::Refused => "no program listens there",
        Undelivered::HostUnreachable => "the machine cannot be reached",
        Undelivered::NetworkUnreachable => "there is no way to its network",
        Undelivered::NotPermitted => "sending there is forbidden, perhaps by a firewall",
        Undelivered::TooLarge => "the message is too large for the way there",
        Undelivered::Other(words) => words,
    }
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
