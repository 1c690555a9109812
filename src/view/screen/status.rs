//! The status row: where one types, who reads it, what became of what one said, what waits elsewhere.

use crate::chat::api::event::PlainStanding;
use crate::chat::api::talk::{Conversation, Delivery, Speaker};
use crate::view::screen::conversations::{Conversations, Talk};
use crate::view::screen::rows::Row;
use crate::view::screen::theme::{Role, Theme};
use crate::view::text;
use crate::view::text::width::width;
use crate::view::words::en;

/// What is said in the status row beside how things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// No interface could carry anything.
    NoNetwork,
    /// A firewall of this machine drops what comes in.
    Firewall,
    /// Nobody was heard for long.
    Alone,
}

/// What the row says beside how things stand where one talks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What to do next.
    pub hint: Option<&'a str>,
    /// What is wrong.
    pub trouble: Trouble,
    /// How far transfers are, in fewer and fewer words; nothing: there are none.
    pub transfers: &'a [String],
}

/// One of the things in the row.
struct Part {
    text: String,
    is_alarm: bool,
    /// Where not all have room, the higher ones go, each whole.
    rank: u8,
}

/// The row, in at most `cells`: what fits of it, the most urgent first.
pub fn compose(talks: &Conversations, beside: Beside<'_>, theme: Theme, cells: usize) -> Row {
    let Beside { hint, trouble, transfers } = beside;
    let current = talks.current();
    let alarm = |rank, words: String| Part { text: words, is_alarm: true, rank };
    let mut parts = vec![Part { text: target(talks, theme), is_alarm: false, rank: 3 }];
    parts.extend(hint.map(|hint| alarm(0, sanitise(hint))));
    parts.extend(trouble_text(trouble).map(|words| alarm(1, words.to_owned())));
    if matches!(current.conversation, Conversation::PlainPeers(_)) {
        parts.extend(passed(&current.plain));
    }
    parts.extend(state(current, theme).map(|(text, is_alarm)| Part { text, is_alarm, rank: 2 }));
    parts.extend(progress(transfers, left(&parts, cells)).map(|text| Part { text, is_alarm: false, rank: 3 }));
    parts.extend(talks.is_away().then(|| alarm(2, en::screen::AWAY.to_owned())));
    parts.extend(broker(current, theme));
    parts.extend(unread(talks, left(&parts, cells)).map(|unread| alarm(4, unread)));
    if trouble != Trouble::Alone {
        let text = people(current, theme, left(&parts, cells));
        parts.push(Part { text, is_alarm: false, rank: 5 });
    }
    parts.extend(current.topic.as_deref().map(|topic| Part { text: sanitise(topic), is_alarm: false, rank: 6 }));
    fit(&mut parts, cells);
    let (mut row, mut taken) = (Row::default(), 0);
    for (at, Part { text, is_alarm, .. }) in parts.into_iter().enumerate() {
        let part = if at > 0 { format!("{GAP}{text}") } else { text };
        theme.paint(if is_alarm { Role::StatusAlarm } else { Role::Status }, &part, &mut row.text);
        taken += width(&part);
    }
    row.cells = taken;
    row
}

/// The broker that carries the room.
fn broker(talk: &Talk, theme: Theme) -> Option<Part> {
    let (host, is_up) = talk.broker.as_ref()?;
    let text = if *is_up { format!("{}{host}", theme.sign("⇄", "via ")) } else { en::screen::no_broker(host) };
    Some(Part { text: sanitise(&text), is_alarm: !is_up, rank: 4 })
}

/// What passed in a plain session.
fn passed(standing: &PlainStanding) -> [Part; 2] {
    let PlainStanding { sent, received, undelivered, .. } = *standing;
    let text = if undelivered > 0 { en::screen::undelivered(undelivered) } else { String::new() };
    let counts = Part { text: en::screen::passed(sent, received), is_alarm: false, rank: 4 };
    [counts, Part { text, is_alarm: true, rank: 2 }]
}

/// Keeps what has room, by rank.
fn fit(parts: &mut Vec<Part>, cells: usize) {
    let mut places: Vec<usize> = (0..parts.len()).collect();
    places.sort_by_key(|&place| parts[place].rank);
    let mut taken = 0;
    let mut has_room = vec![false; parts.len()];
    for place in places {
        let part = &parts[place].text;
        let needed = if taken > 0 { GAP.len() } else { 0 } + width(part);
        if !part.is_empty() && taken + needed <= cells {
            taken += needed;
            has_room[place] = true;
        }
    }
    let mut has_room = has_room.into_iter();
    parts.retain(|_| has_room.next().unwrap_or(false));
}

/// How far transfers are, in as many words as there is room for.
fn progress(transfers: &[String], cells: usize) -> Option<String> {
    let mut safe = transfers.iter().map(|words| sanitise(words));
    safe.find(|words| width(words) <= cells).or_else(|| transfers.last().map(|words| sanitise(words)))
}

/// How much room is left behind these.
fn left(parts: &[Part], cells: usize) -> usize {
    cells.saturating_sub(parts.iter().map(|part| width(&part.text) + GAP.len()).sum())
}

const GAP: &str = "  ";

/// Where one types, with its number where there are several.
fn target(talks: &Conversations, theme: Theme) -> String {
    let talk = talks.current();
    let what = match &talk.conversation {
        Conversation::Room(room) if talk.is_entering => {
            format!("{room} {}{}", en::screen::JOINING, theme.sign("…", "..."))
        }
        Conversation::Room(room) => format!("{room} {}", en::screen::openness(talk.is_sealed)),
        Conversation::Person(person) => {
            let mark = mark(talks.is_verified(person), theme);
            let gone = if talks.is_here(person) == Some(false) { en::screen::GONE } else { "" };
            format!("{} {}{mark}, private{gone}", theme.sign("→", "to"), person.name)
        }
        Conversation::PlainPeers(_) => {
            return sanitise(&en::screen::audience(&talk.conversation.to_string(), talk.plain.is_named));
        }
        Conversation::PlainPeer(address) => format!("{} {address}, plain", theme.sign("→", "to")),
    };
    let number = if talks.all().len() > 1 { format!("{}:", talk.number) } else { String::new() };
    sanitise(&format!("{number}{what}{}", if talks.is_only() { " only" } else { "" }))
}

/// What became of what one said last.
fn state(talk: &Talk, theme: Theme) -> Option<(String, bool)> {
    let Some(Delivery { confirmed, of, missing, to, is_anybody_heard, .. }) = &talk.newest.as_ref()?.verdict else {
        return Some((format!("sending{}", theme.sign("…", "...")), false));
    };
    let name = |who: &Speaker| text::name(&who.to_string(), theme.has_signs);
    let all = to.as_ref().map_or(format!("{confirmed}/{of}"), name);
    Some(match (missing.first(), missing.len()) {
        _ if *of == 0 && to.is_some() => (en::screen::kept_for(&all), false),
        _ if *of == 0 && *is_anybody_heard => (en::screen::NOBODY_CONFIRMED.to_owned(), true),
        _ if *of == 0 => (en::screen::NOBODY_WAS_HERE.to_owned(), false),
        _ if confirmed >= of => (format!("{} {all}", theme.sign("✓", "ok")), false),
        (Some(who), 1) => (en::screen::unconfirmed_by(&name(who)), true),
        _ => (en::screen::unconfirmed(*confirmed, *of), true),
    })
}

/// How often one was spoken to, or how much else is not shown.
fn waiting(talk: &Talk) -> String {
    if talk.unread > 0 { talk.unread.to_string() } else { format!("+{}", talk.missed()) }
}

/// So many conversations with something unread are named.
const NAMED_MAX: usize = 4;

/// The others with something unread, with their numbers; how many they are, where those do not fit.
fn unread(talks: &Conversations, cells: usize) -> Option<String> {
    let numbered = talks.all().iter().filter(|talk| talk.unread > 0 || talk.missed() > 0);
    let count = numbered.clone().count();
    let more = count.saturating_sub(NAMED_MAX);
    let mut all: Vec<String> = numbered
        .take(NAMED_MAX)
        .map(|talk| sanitise(&format!("{}:{}({})", talk.number, talk.conversation, waiting(talk))))
        .collect();
    all.extend((more > 0).then(|| format!("+{more}")));
    let named = format!("[{}]", all.join(" "));
    let fits = width(&named) <= cells;
    (count > 0).then(|| if fits { named } else { format!("[{}]", en::screen::unread(count)) })
}

fn trouble_text(trouble: Trouble) -> Option<&'static str> {
    match trouble {
        Trouble::None => None,
        Trouble::NoNetwork => Some(en::screen::NO_NETWORK),
        Trouble::Firewall => Some(en::screen::FIREWALL),
        Trouble::Alone => Some(en::screen::ALONE),
    }
}

/// The names of all where they fit, else how many they are.
fn people(talk: &Talk, theme: Theme, cells: usize) -> String {
    if talk.is_entering || !matches!(talk.conversation, Conversation::Room(_)) {
        return String::new();
    }
    let name =
        |who: &Speaker| format!("{}{}", text::name(&who.to_string(), theme.has_signs), mark(who.is_verified, theme));
    let names: Vec<String> = talk.here.iter().map(name).collect();
    let names = names.join(", ");
    match talk.count {
        0 => en::screen::NOBODY_ELSE.to_owned(),
        count if count == talk.here.len() && width(&names) <= cells => names,
        count => en::screen::here(count),
    }
}

/// That the user has made sure whose key it is.
fn mark(is_verified: bool, theme: Theme) -> &'static str {
    if is_verified { theme.sign("✓", "#ok") } else { "" }
}

fn sanitise(words: &str) -> String {
    let mut out = String::new();
    text::sanitise(words, &mut out);
    out
}
