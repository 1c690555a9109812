//! What stands on the live screen beside what happens.

use crate::chat::api::command::HISTORY_MAX;
use crate::chat::keys::secret::RoomName;
use crate::view::text::width::width;

/// Who is here for the first time is told how it goes, a line each.
pub const WELCOME: [&str; 3] = [
    "Type a line and press Enter: everybody in the room reads it.",
    "/help lists what can be done, /keys what the keys do; Tab completes.",
    "What became of your last line stands in the row below. Ctrl+D leaves.",
];

/// What stands in the status row for a moment, in at most 20 cells, and the sentence that says it in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintWords {
    /// In the status row.
    pub short: &'static str,
    /// Printed the first time; nothing where the short one says it all.
    pub sentence: String,
}

/// The same key again leaves.
pub const LEAVE_AGAIN: &str = "Ctrl+C again leaves";
/// It was not sent, and why was printed.
pub const NOT_SENT: &str = "not sent";

/// What was typed looks like an invitation.
pub fn invitation_again() -> HintWords {
    let sentence = "-- that looks like an invitation: Enter again says it to all in the room".to_owned();
    HintWords { short: "Enter again says it", sentence }
}

/// Lines are not taken for now.
pub fn not_yet() -> HintWords {
    let sentence = "-- your line is not sent yet: chinwag is joining a room, waiting for others, or letting \
     slower ones catch up"
        .to_owned();
    HintWords { short: "not yet", sentence }
}

/// Only one conversation is shown from now on.
pub const ONLY: &str = "-- only what you type into is shown; /all shows everything again --";
/// All conversations are shown from now on.
pub const ALL: &str = "-- everything is shown again --";
/// There is no network.
pub const NO_NETWORK: &str = "no network";
/// A firewall of this machine drops what comes in.
pub const FIREWALL: &str = "firewall drops UDP";
/// Nobody was heard for a while.
pub const ALONE: &str = "alone: /doctor";
/// Whom one writes to is not here.
pub const GONE: &str = ", not here";
/// One has said to be away.
pub const AWAY: &str = "you are away";
/// The words that ring as one's own name does.
pub fn highlights(words: &[String]) -> String {
    match words {
        [] => "-- no word is highlighted besides your name".to_owned(),
        words => format!("-- highlighted besides your name: {}", words.join(", ")),
    }
}

/// What Tab chooses among, as far as it has room; `None`: there is no choice.
pub fn choice(candidates: &[String], cells: usize) -> Option<String> {
    let mut words = String::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let candidate = candidate.trim_end().trim_end_matches(':');
        let more = format!("+{}", candidates.len() - at);
        if width(&words) + width(candidate) + width(&more) + 2 > cells {
            words.push_str(&more);
            break;
        }
        words.push_str(candidate);
        words.push(' ');
    }
    (!candidates.is_empty()).then(|| words.trim_end().to_owned())
}

/// Nobody else is in the room.
pub const NOBODY_ELSE: &str = "nobody else here";
/// So many conversations have something unread.
pub fn unread(count: usize) -> String {
    format!("{count} unread")
}

/// Somebody was heard, and nobody has confirmed what was said.
pub const NOBODY_CONFIRMED: &str = "nobody confirmed it";
/// Nobody was there to read what was said.
pub const NOBODY_WAS_HERE: &str = "nobody was here: it is kept";
/// All who are too many to be told apart.
pub const OTHERS: &str = "others";
/// What is said now begins.
pub const NOW: &str = "-- now --";

/// A plain session knows no address to send to.
pub fn nobody_wrote() -> HintWords {
    let sentence =
        "-- nobody has written yet, so nobody can be answered: to write first, name a peer as HOST:PORT".to_owned();
    HintWords { short: "nobody wrote yet", sentence }
}

/// How many datagrams passed in a plain session.
pub fn passed(sent: u64, received: u64) -> String {
    format!("sent {sent}, received {received}")
}

/// So many did not arrive.
pub fn undelivered(count: u64) -> String {
    format!("refused {count}")
}

/// To whom a plain session's lines go.
pub fn audience(peers: &str, is_named: bool) -> String {
    match (peers, is_named) {
        ("", _) => "plain, nobody wrote yet".to_owned(),
        (peers, true) => format!("plain {peers}"),
        (peers, false) => format!("plain {peers}, who wrote last"),
    }
}

/// More was pasted than is taken.
pub fn pasted_too_much(kib: usize) -> HintWords {
    HintWords {
        short: "pasted in part",
        sentence: format!("-- that is too much to paste: the first {kib} KiB are here"),
    }
}

/// So many lines were pasted.
pub fn pasted_lines(lines: usize) -> HintWords {
    let sentence = format!("-- {lines} lines were pasted: Enter again sends them as one message");
    HintWords { short: "Enter again sends it", sentence }
}

/// So much is not shown of before.
pub fn forgotten(messages: u64) -> String {
    format!("-- {messages} more before are not shown; /history shows them --")
}

/// So many lines of a message are not shown.
pub fn more_lines(lines: usize, is_kept: bool) -> String {
    format!("+{lines} lines of this message{}", where_found(is_kept))
}

/// So many lines of somebody came too fast. Where they are kept, they are among so many of the newest messages.
pub fn lines_from(who: &str, room: Option<&RoomName>, lines: u64, among: Option<u64>) -> String {
    let place = room.map(|room| format!(" in {room}")).unwrap_or_default();
    let found = among.zip(room).map(|(among, room)| match usize::try_from(among) {
        Ok(among) if among <= HISTORY_MAX => format!(": /history {among} there shows them"),
        _ => format!(": chinwag history -r {} shows them", room.as_str()),
    });
    format!("+{lines} lines from {who}{place}{}", found.unwrap_or_default())
}

/// Where what is not shown can be read.
fn where_found(is_kept: bool) -> &'static str {
    if is_kept { ", /history shows them" } else { "" }
}

/// What stands before a secret that is typed.
pub fn secret_prompt(room: &RoomName) -> String {
    format!("secret of {room}: ")
}

/// What is said before a secret is asked for.
pub fn secret_wanted(room: &RoomName) -> String {
    format!(
        "-- {room}: type its passphrase or the words of an invitation, which are not shown. Enter alone joins it OPEN, Esc \
         not at all."
    )
}

/// What stands before the text while something is searched.
pub fn searching(text: &str, is_found: bool) -> String {
    format!("({}search) {text}: ", if is_found { "" } else { "failed " })
}

/// A room is not joined yet.
pub const JOINING: &str = "joining";

/// The broker that is to carry the room is not reached.
pub fn no_broker(host: &str) -> String {
    format!("{host} not reached")
}

/// How a room is read.
pub fn openness(is_sealed: bool) -> &'static str {
    if is_sealed { "sealed" } else { "OPEN" }
}

/// Whom it was for is not here.
pub fn kept_for(who: &str) -> String {
    format!("{who} is not here: it is kept, sealed")
}

/// One has not confirmed.
pub fn unconfirmed_by(who: &str) -> String {
    format!("! {who} has not confirmed")
}

/// Some have not confirmed.
pub fn unconfirmed(confirmed: usize, of: usize) -> String {
    format!("! {confirmed}/{of} confirmed")
}

/// So many are here.
pub fn here(count: usize) -> String {
    format!("{count} here")
}

/// The last lines are shown once more.
pub const AGAIN: &str = "-- the last lines again --";

/// What follows was not shown before.
pub fn new_since(time: &str) -> String {
    format!("-- new since {time} --")
}

/// Where the day changes.
pub fn day(day: &str) -> String {
    format!("-- {day} --")
}

/// What follows was said before.
pub fn earlier(day: &str) -> String {
    format!("-- earlier, {day} --")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::text::width::width;

    const HINT_CELLS_MAX: usize = 20;

    #[test]
    fn a_hint_leaves_room_for_what_else_is_in_the_row() {
        let hints = [invitation_again(), not_yet(), pasted_too_much(1), pasted_lines(6)].map(|hint| hint.short);
        for short in [LEAVE_AGAIN, NOT_SENT, NO_NETWORK, FIREWALL, ALONE].into_iter().chain(hints) {
            assert!(width(short) <= HINT_CELLS_MAX, "{short}");
        }
    }
}
