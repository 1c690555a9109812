//! What there is to know.

use std::borrow::Cow;
use std::net::SocketAddr;

use super::{confirmation, network, secrecy};
use crate::chat::api::network_notice::Undelivered;
use crate::chat::api::notice::Notice;
use crate::chat::api::run::NoAnswer;
use crate::chat::base::address::Zones;
use crate::chat::base::limits::RUN_TIME_MAX;
use crate::chat::keys::secret::RoomName;
use crate::view::text::when::LocalTime;

/// What a notice says.
pub fn notice(notice: &Notice, zones: &Zones, local: &LocalTime) -> String {
    match notice {
        Notice::PortTaken { wanted, holder, used } => port_taken(*wanted, holder.as_deref(), *used),
        Notice::NobodyYet => "waiting for the first message; to write first, name a peer as HOST:PORT".to_owned(),
        Notice::Target(target) => format!("lines go to {} now", zones.name(*target)),
        Notice::AnsweredIn { peer, charset } => {
            format!("{} writes {charset} and is answered in it", zones.name(*peer))
        }
        Notice::NextAddress { name, failed, why, next } => {
            let (failed, next) = (zones.name(*failed), zones.name(*next));
            format!("{name} at {failed}: {}; trying {next}", undelivered(why))
        }
        Notice::Undelivered { to, why, times } => format!("{}{}", not_sent(*to, why, zones), since_told(*times)),
        Notice::You { nick, room, is_sealed } => you(nick, room, *is_sealed),
        Notice::SeenAs { room, me } => {
            format!("Another {} is in {room}: others may see you as {me}. /nick NAME chooses another name.", me.nick)
        }
        Notice::Secrecy(what) => secrecy(what, zones, local),
        Notice::Left { room } => format!("You left {room}."),
        Notice::SecondWindow { nick, port } => format!("Second window: {nick}, port {port}."),
        Notice::UnknownPeer { name } => format!("{name} is not a known host; it will be looked up again"),
        Notice::Reaching { address } => format!("trying {}: whoever answers there is shown", zones.name(*address)),
        Notice::NoPeer { name, why } => format!("{name} cannot be reached: {why}"),
        Notice::Network(what) => network(what, zones),
        Notice::NothingSent => "nothing was sent: standard input is empty".to_owned(),
        Notice::LeftUnconfirmed { messages, is_kept } => left_unconfirmed(*messages, *is_kept),
        Notice::NobodyHeard { room } => nobody_heard(room),
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
        Notice::Cloned => CLONED.to_owned(),
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
        Notice::Unanswered { from, why, times } => {
            format!("{} was not answered: {}{}", zones.name(*from), no_answer(why), since_told(*times))
        }
        Notice::LogOff { why } => format!("the log cannot be written: {why}; the session goes on without it"),
        Notice::HistoryAgain { lost: 0 } => "history is kept again, and what was said meanwhile is in it".to_owned(),
        Notice::HistoryAgain { lost } => format!(
            "history is kept again, but {lost} records from the time \
         between are missing from it"
        ),
        Notice::HistoryAside { why, aside } => format!("{why}: it was set aside as {aside}, and a new one is begun"),
        Notice::Folded { room, messages } => {
            format!("{messages} earlier messages in {room} are not shown: /history shows them")
        }
        Notice::Answer(what) => confirmation(what),
        Notice::OutputStalled => "nobody reads standard output: messages are dropped until it is read".to_owned(),
        Notice::Dropped { records } => format!("{records} messages were dropped: nobody read standard output"),
    }
}

fn nobody_heard(room: &RoomName) -> String {
    format!("Nobody heard yet in {room}. What you say is kept for whoever comes; chinwag doctor looks why.")
}

/// A copy of this machine is about.
const CLONED: &str = "another machine signs with your key: it is a copy of this one. Start one of the two with another \
                      --profile";

fn port_taken(wanted: u16, holder: Option<&str>, used: u16) -> String {
    let by = holder.map(|holder| format!(" by {holder}")).unwrap_or_default();
    format!("port {wanted} is in use{by}: port {used} is used instead")
}

fn you(nick: &str, room: &RoomName, is_sealed: bool) -> String {
    let who_reads = if is_sealed { "sealed: only who has its secret" } else { "OPEN: anybody on this network" };
    format!("You are {nick} in {room}, {who_reads} can read.")
}

/// What one sentence stands for.
fn since_told(times: u64) -> String {
    if times > 1 { format!(" ({times} messages since last told)") } else { String::new() }
}

/// Why there is no answer.
fn no_answer(why: &NoAnswer) -> String {
    match why {
        NoAnswer::Status(status) => format!("the command printed nothing ({status})"),
        NoAnswer::TooSlow => format!("the command took longer than {} seconds and was ended", RUN_TIME_MAX.as_secs()),
        NoAnswer::TooLong => "the command printed more than a datagram holds, and was ended".to_owned(),
        NoAnswer::NotStarted(why) => format!("the command cannot be started: {why}"),
        NoAnswer::Busy => "too many messages wait for an answer".to_owned(),
    }
}

fn not_sent(to: SocketAddr, why: &Undelivered, zones: &Zones) -> String {
    match why {
        Undelivered::NotPermittedOn(_) => undelivered(why).into_owned(),
        why => format!("{}: {}", zones.name(to), undelivered(why)),
    }
}

/// Why something did not arrive.
pub fn undelivered(why: &Undelivered) -> Cow<'_, str> {
    Cow::Borrowed(match why {
        Undelivered::Refused => "nothing listens there, or a firewall refuses it",
        Undelivered::Forbidden { by } => return Cow::Owned(format!("a firewall at {by} forbids it")),
        Undelivered::NoNeighbour => "no machine on this network has that address: it is off, elsewhere or kept apart",
        Undelivered::HostUnreachable => "a router cannot reach that machine",
        Undelivered::NetworkUnreachable => "there is no way to its network",
        Undelivered::NotPermitted => "this machine's firewall forbids sending there",
        Undelivered::NotPermittedOn(interface) => {
            return Cow::Owned(format!("this machine's firewall forbids sending on {interface}"));
        }
        Undelivered::Prohibited => "a route of this machine forbids sending there",
        Undelivered::TooLarge => "the message is too large for the way there",
        Undelivered::Other(words) => words,
    })
}

fn left_unconfirmed(messages: usize, is_kept: bool) -> String {
    let what = if messages == 1 { "one of your messages".to_owned() } else { format!("{messages} of your messages") };
    let then = if is_kept {
        "they are sent again when you come back"
    } else {
        "they are not sent again, for nothing of this session is kept"
    };
    format!("not everybody has confirmed {what}: {then}")
}
