//! Events as lines: messages for standard output, sentences for standard error.

pub mod notices;
pub mod verdicts;

use std::fmt::Write;

use crate::chat::api::answer::{Answered, Person, Portrait, Stats};
use crate::chat::api::asker::{Asker, Client};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Content, Event, Fault, Message};
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::{PersonRefusal, Refusal};
use crate::chat::api::talk::{Change, Marks, Said, Speaker, Words};
use crate::chat::base::address::Zones;
use crate::chat::base::traffic::{Kind, Trace};
use crate::chat::keys::secret::RoomName;
use crate::view::text;
use crate::view::text::days::{Days, is_earlier};
use crate::view::text::when::LocalTime;
use crate::view::words::en;

use notices::notice_text;
use verdicts::Verdicts;

/// What every record is written with.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The names of the interfaces.
    pub zones: Zones,
    /// Several rooms are open, so each record begins with its room.
    pub has_rooms: bool,
    /// Which records tell their time.
    pub times: Times,
    /// What time it is here.
    pub local: LocalTime,
    /// Which time the last record was of.
    days: Days,
    /// Which of the lines that one said were told to be unconfirmed.
    verdicts: Verdicts,
}

impl Context {
    /// A context that knows no interfaces.
    pub fn new(times: Times, local: LocalTime, has_rooms: bool) -> Self {
        Self { has_rooms, times, local, ..Self::default() }
    }
}

/// Which records tell their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// None: a record is what was said, and nothing else.
    #[default]
    Untold,
    /// Those that were not said just now, and a line tells where the day changes. For people.
    Earlier,
    /// Every one, in full.
    Full,
}

/// Appends `event` as one record with its line end. An [`Event::Exit`] has words only where nothing told its reason yet.
pub fn render(event: &Event, context: &mut Context, out: &mut String) {
    if context.times == Times::Earlier
        && let Some(change) = context.days.change(event, &context.local)
    {
        sentence(&change, out);
    }
    let zones = &context.zones;
    match event {
        Event::Ready { listening, .. } => {
            let listening: Vec<_> = listening.iter().map(|&address| zones.name(address).to_string()).collect();
            sentence(&format!("listening on {}", listening.join(" and ")), out);
        }
        Event::Message(message) => record(message, zones, out),
        Event::Said(said) => said_record(said, context, out),
        Event::Peer { room, who, change } => {
            sentence(&format!("{}{}", prefix(room, context), change_text(who, change)), out);
        }
        Event::Delivery(delivery) => {
            for words in context.verdicts.sentences(delivery, &context.local) {
                sentence(&format!("{}{words}", prefix(&delivery.room, context)), out);
            }
        }
        Event::Notice(Notice::Answer(what)) => block(&en::confirmation(what), out),
        Event::Answer(answer) => {
            if let Some(words) = answer_text(&answer.what) {
                block(&words, out);
            }
        }
        Event::Notice(notice) => sentence(&notice_text(notice, zones, &context.local), out),
        Event::Fault(fault) => sentence(&format!("chinwag: {}", fault_text(fault)), out),
        Event::Exit(ending @ (Ending::NobodyThere | Ending::NotExpected | Ending::NotConfirmed | Ending::TooFew)) => {
            sentence(&format!("chinwag: {}", ending_text(*ending)), out);
        }
        Event::Trace(trace) => sentence(&trace_text(trace, zones), out),
        Event::Display(_) => sentence(OF_SCREEN, out),
        Event::Exit(_)
        | Event::Wrote { .. }
        | Event::Standing { .. }
        | Event::Target { .. }
        | Event::GivenBack { .. } => {}
    }
}

/// What is said of what only a live screen can do.
pub const OF_SCREEN: &str = "that is of the live screen; here the terminal does it";

/// `[10.0.0.7:7788] text`, inner lines indented.
fn record(message: &Message, zones: &Zones, out: &mut String) {
    out.push('[');
    text::neutralise(&zones.name(message.from).to_string(), out);
    out.push_str("] ");
    match &message.content {
        Content::Text { text, .. } => text::neutralise_block(text, out),
        Content::Bytes(bytes) => text::neutralise_bytes(bytes, out),
    }
    out.push('\n');
}

/// `<alice> text`, `* alice text`, or what a message is where it cannot be read.
fn said_record(said: &Said, context: &Context, out: &mut String) {
    let mut who = match context.times {
        Times::Full => format!("{} ", context.local.second(said.sent)),
        Times::Earlier if is_earlier(said) => format!("{} ", context.local.minute(said.sent)),
        _ => String::new(),
    };
    who.push_str(&prefix(&said.room, context));
    let words = words_text(&said.words);
    let is_action = !matches!(said.words, Words::Text(_));
    let name = said_by(said, context.times == Times::Earlier);
    let _ = if is_action { write!(who, "* {name} ") } else { write!(who, "<{name}> ") };
    text::neutralise(&who, out);
    text::neutralise_block(words, out);
    if let Words::Topic(topic) = &said.words {
        text::neutralise_block(topic, out);
    }
    out.push_str(marks_text(said.marks));
    out.push('\n');
}

/// Who says it, and to whom where not to all. For people, a verified key has its mark.
fn said_by(said: &Said, is_marked: bool) -> String {
    let mark = if is_marked && said.who.is_verified { "✓" } else { "" };
    match &said.to {
        Some(to) => format!("{}{mark} → {to}", said.who),
        None => format!("{}{mark}", said.who),
    }
}

/// What is said, or what is said instead of it. Behind that of a topic stands the topic.
pub fn words_text(words: &Words) -> &str {
    match words {
        Words::Text(text) | Words::Action(text) => text,
        Words::Topic(_) => "sets the topic: ",
        Words::Deletion(_) => "takes back an earlier message",
        Words::Sealed => "wrote something to you alone that cannot be opened any more",
        Words::Later => "said something that needs a newer version",
        Words::Damaged => "said something damaged",
    }
}

/// What is particular about a message, behind it.
pub fn marks_text(marks: Marks) -> &'static str {
    match marks {
        Marks { is_forked: true, .. } => " [one of two that its author signed under one number]",
        Marks { is_torn: true, .. } => " [torn: a part of it did not come]",
        Marks { is_late: true, .. } => " [late]",
        Marks { is_of_former: true, .. } => " [under the room's former secret]",
        _ => "",
    }
}

fn prefix(room: &RoomName, context: &Context) -> String {
    if context.has_rooms { format!("{room} ") } else { String::new() }
}

fn change_text(who: &Speaker, change: &Change) -> String {
    match change {
        Change::Joined { via: Some(via), .. } => format!("{who} is here (through {via})."),
        Change::Joined { .. } => format!("{who} is here."),
        Change::Left => format!("{who} left."),
        Change::Lost => format!("{who} is not heard any more."),
        Change::Renamed(before) if who.is_verified => format!("{before} is {who} now (a key that you verified)."),
        Change::Renamed(before) => format!("{before} is {who} now."),
    }
}

/// The words of an answer, where it has any for a person.
pub fn answer_text(what: &Answered) -> Option<String> {
    match what {
        Answered::People { room, me, others } => {
            let away = |person: &Person| match (person.is_away, person.who.is_verified) {
                (true, true) => " (away, verified)",
                (true, false) => " (away)",
                (false, true) => " (verified)",
                (false, false) => "",
            };
            let names: Vec<String> = others.iter().map(|person| format!("{}{}", person.who, away(person))).collect();
            let who = if names.is_empty() { "nobody else".to_owned() } else { names.join(", ") };
            Some(format!("in {room}: {who}, and you, {me}"))
        }
        Answered::Rooms(rooms) => {
            let names: Vec<String> = rooms.iter().map(ToString::to_string).collect();
            Some(format!("you type into {}; your rooms: {}", names.first()?, names.join(", ")))
        }
        Answered::Stats(stats) => Some(stats_text(stats)),
        Answered::Portrait(portrait) => Some(portrait_text(portrait)),
        Answered::Words { who, words } => Some(format!(
            "{}\nCompare these words with {who}, by voice or face to face: both see the same ones where nobody is between \
             you. Then /verify {who} yes",
            words.join(" ")
        )),
        Answered::Ignored(all) if all.is_empty() => Some("nobody is ignored".to_owned()),
        Answered::Ignored(all) => {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            Some(format!("ignored: {}", names.join(", ")))
        }
        Answered::Done | Answered::Sent { .. } | Answered::Found(_) => None,
    }
}

fn portrait_text(portrait: &Portrait) -> String {
    let Portrait { who, nick, tag, addresses, is_here, is_temporary, is_ignored, namesakes } = portrait;
    let mut words = format!("{who}: key {} (#{tag})", who.author);
    if let Some(nick) = nick.as_ref().filter(|nick| **nick != who.nick) {
        let _ = write!(words, "\ncalls itself {nick}");
    }
    let places: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let place = match (is_here, places.as_slice()) {
        (false, _) => "not here now".to_owned(),
        (true, []) => "here, through others".to_owned(),
        (true, places) => format!("here at {}", places.join(", ")),
    };
    let _ = write!(words, "\n{place}{}", if *is_temporary { "; its key is for the time being" } else { "" });
    words.push_str(if who.is_verified { "\nverified" } else { "\nnot verified: /verify shows what to compare" });
    words.push_str(if *is_ignored { "\nignored" } else { "" });
    if !namesakes.is_empty() {
        let names: Vec<String> = namesakes.iter().map(ToString::to_string).collect();
        let _ = write!(words, "\nnot to be taken for {}", names.join(", "));
    }
    words
}

fn stats_text(stats: &Stats) -> String {
    let Stats { traffic, people, entries, undecided, up } = stats;
    let mut words = format!(
        "up {} s; others here: {people}; entries held: {entries}; own without a verdict: {undecided}\n{:<10}{:>10}{:>10}",
        up.as_secs(),
        "datagrams",
        "received",
        "sent"
    );
    for kind in Kind::ALL {
        let (received, sent) = (traffic.received.of(kind), traffic.sent.of(kind));
        let _ = write!(words, "\n{:<10}{received:>10}{sent:>10}", kind.name());
    }
    let refused = traffic.refused.reasons().map(|(why, count)| format!("{why} {count}"));
    let _ = write!(words, "\nrefused: {}", refused.join(", "));
    words
}

/// What a trace says.
pub fn trace_text(trace: &Trace, zones: &Zones) -> String {
    match trace {
        Trace::Received { from, kind, bytes } => {
            format!("received {} from {}, {bytes} bytes", kind.name(), zones.name(*from))
        }
        Trace::Refused { from, why, bytes } => format!("refused ({why}) from {}, {bytes} bytes", zones.name(*from)),
        Trace::Sent { to: Some(to), kind, bytes } => {
            format!("sent {} to {}, {bytes} bytes", kind.name(), zones.name(*to))
        }
        Trace::Unsent { to, kind, why } => {
            let to = to.map_or_else(|| "everybody".to_owned(), |to| zones.name(to).to_string());
            format!("did not send {} to {to}: {why}", kind.name())
        }
        Trace::Sent { to: None, kind, bytes } => format!("sent {} to everybody, {bytes} bytes", kind.name()),
    }
}

/// A record of several lines, the inner ones indented.
fn block(words: &str, out: &mut String) {
    text::neutralise_block(words, out);
    out.push('\n');
}

fn sentence(words: &str, out: &mut String) {
    text::neutralise(words, out);
    out.push('\n');
}

/// What a fault says.
pub fn fault_text(fault: &Fault) -> String {
    let (asker, why) = match fault {
        Fault::Line { asker, why } => (asker, why),
        Fault::Fatal(words) => return words.clone(),
    };
    let words = en::refusal(why);
    let is_text = matches!(why, Refusal::Text(_) | Refusal::Person(PersonRefusal::Nobody(_)));
    match asker {
        Asker { client: Client::BOT, line, .. } => format!("the bot's line {line}: {words}"),
        Asker { line: 0, .. } if is_text => format!("that was not sent: {words}"),
        Asker { line: 0, .. } => words,
        Asker { line, .. } if is_text => format!("line {line} was not sent: {words}"),
        Asker { line, .. } => format!("line {line}: {words}"),
    }
}

/// Why the program ends, in a few words.
pub fn ending_text(ending: Ending) -> &'static str {
    match ending {
        Ending::EndOfInput => "end of input",
        Ending::Quit => "quit",
        Ending::Expected => "the expected message came",
        Ending::OutputClosed => "standard output was closed",
        Ending::LinesRefused => "a line was refused",
        Ending::Unsent => "no peer could be sent to",
        Ending::Failed => "failed",
        Ending::WrongUsage => "wrong usage",
        Ending::NobodyThere => "nobody there",
        Ending::NotConfirmed => "not everybody confirmed in time",
        Ending::TooFew => "too few others were there in time: nothing was sent",
        Ending::NotExpected => "the expected message did not come",
        Ending::Signal(_, name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::notice::Undelivered;
    use crate::chat::api::refusal::TextRefusal;
    use crate::chat::api::talk::{Delivery, MessageId};
    use crate::chat::base::charset::Charset;
    use crate::chat::base::time::Wall;
    use crate::chat::keys::identity::{Author, LogId};

    fn shown(event: &Event) -> String {
        let mut out = String::new();
        let zones = Zones(std::collections::BTreeMap::from([(2, "eth0".to_owned())]));
        render(event, &mut Context { zones, ..Context::default() }, &mut out);
        out
    }

    fn message(from: &str, text: &str) -> Event {
        let content = Content::Text { text: text.to_owned(), charset: Charset::UTF_8 };
        Event::Message(Message { from: from.parse().unwrap(), content, received: Wall(0) })
    }

    #[test]
    fn a_message_stands_behind_its_address() {
        assert_eq!(shown(&message("10.0.0.7:7788", "hello")), "[10.0.0.7:7788] hello\n");
        assert_eq!(shown(&message("[fe80::1%2]:7788", "hello")), "[[fe80::1%eth0]:7788] hello\n");
        assert_eq!(shown(&message("10.0.0.7:7788", "")), "[10.0.0.7:7788] \n");
        assert_eq!(shown(&message("10.0.0.7:7788", "two\nlines")), "[10.0.0.7:7788] two\n  lines\n");
    }

    #[test]
    fn notices_and_faults_are_one_sentence_each() {
        let address = "10.0.0.7:7788".parse().unwrap();
        for (event, sentence) in [
            (
                Event::Ready { to: Client::STANDARD, me: None, listening: vec![address, "[::]:7788".parse().unwrap()] },
                "listening on 10.0.0.7:7788 and [::]:7788\n",
            ),
            (
                Event::Notice(Notice::PortTaken { wanted: 7788, holder: Some("nc\x1b (process 7)".into()), used: 5 }),
                "port 7788 is in use by nc\\x1b (process 7): port 5 is used instead\n",
            ),
            (
                Event::Notice(Notice::Undelivered { to: address, why: Undelivered::Refused, times: 3 }),
                "10.0.0.7:7788: no program listens there (3 messages since last told)\n",
            ),
            (
                Event::Fault(Fault::Line {
                    asker: Asker::line(3),
                    why: TextRefusal::TooLong { bytes: 70000, most: 65507 }.into(),
                }),
                "chinwag: line 3 was not sent: it is 70000 bytes long, one datagram carries at most 65507\n",
            ),
            (
                Event::Fault(Fault::Line {
                    asker: Asker::line(4),
                    why: TextRefusal::Unencodable { missing: '😀', charset: "gbk".parse().unwrap() }.into(),
                }),
                "chinwag: line 4 was not sent: gbk has no '😀' (U+1F600)\n",
            ),
            (Event::Exit(Ending::EndOfInput), ""),
        ] {
            assert_eq!(shown(&event), sentence);
        }
    }

    fn said(nick: &str, words: Words, marks: Marks) -> Event {
        let who =
            Speaker { nick: nick.to_owned(), tag: Some("k3f9".to_owned()), author: Author::ZERO, is_verified: false };
        let id = MessageId { log: LogId::ZERO, seq: 2, index: 0 };
        let (sent, received) = (Wall(0), Wall(0));
        Event::Said(Said { room: RoomName::lobby(), who, to: None, id, words, sent, received, marks })
    }

    #[test]
    fn what_is_said_stands_behind_its_author_and_forges_nothing() {
        let plain = Marks::default();
        let text = |text: &str| Words::Text(text.to_owned());
        assert_eq!(shown(&said("alice", text("two\n<bob> lines"), plain)), "<alice#k3f9> two\n  <bob> lines\n");
        assert_eq!(shown(&said("al\u{1b}", text("\u{1b}[2J"), plain)), "<al\\x1b#k3f9> \\x1b[2J\n");
        assert_eq!(shown(&said("alice", Words::Action("waves".into()), plain)), "* alice#k3f9 waves\n");
        assert_eq!(shown(&said("alice", Words::Topic("tea".into()), plain)), "* alice#k3f9 sets the topic: tea\n");
        assert_eq!(shown(&said("a", Words::Later, plain)), "* a#k3f9 said something that needs a newer version\n");
        let late = Marks { is_late: true, ..plain };
        assert_eq!(shown(&said("alice", text("x"), late)), "<alice#k3f9> x [late]\n");
    }

    #[test]
    fn with_several_rooms_each_record_begins_with_its_room() {
        let mut out = String::new();
        let mut context = Context { has_rooms: true, ..Context::default() };
        render(&said("alice", Words::Text("hi".into()), Marks::default()), &mut context, &mut out);
        assert_eq!(out, "#lobby <alice#k3f9> hi\n");
    }

    #[test]
    fn a_delivery_is_told_where_it_did_not_go_well_and_when_it_does_after_all() {
        let id = |seq| MessageId { log: LogId::ZERO, seq, index: 0 };
        let bob = Speaker { nick: "bob".to_owned(), tag: None, author: Author::ZERO, is_verified: false };
        let delivery = |confirmed, of, last, is_after_all| {
            let missing = if confirmed < of { vec![bob.clone()] } else { Vec::new() };
            let (room, text) = (RoomName::lobby(), "hi".to_owned());
            let (first, last, by) = (id(2), id(last), Vec::new());
            shown(&Event::Delivery(Delivery {
                room,
                first,
                last,
                text,
                by,
                confirmed,
                of,
                missing,
                is_after_all,
                said_before: None,
                askers: Vec::new(),
                to: None,
                held: 0,
            }))
        };
        assert_eq!(delivery(2, 2, 2, false), "");
        assert_eq!(delivery(1, 2, 2, false), "\"hi\": not confirmed by bob (1 of 2 have)\n");
        assert_eq!(delivery(0, 0, 9, false), "nobody was there to read \"hi\" and what followed\n");
        assert_eq!(delivery(2, 2, 2, true), "\"hi\" is confirmed after all (2 of 2)\n");
    }
}
