//! Events as lines: messages for standard output, sentences for standard error.

pub(crate) mod days;
pub(crate) mod verdicts;

use std::fmt::Write;

use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Content, Event, Message};
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::{InstanceKind, MessageBody, Said};
use crate::chat::base::address::Zones;
use crate::chat::keys::secret::RoomName;
use crate::view::lines::days::{Days, is_earlier};
use crate::view::text;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

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
            sentence(&en::listening(listening, zones), out);
        }
        Event::Message(message) => record(message, zones, out),
        Event::Said(said) => said_record(said, context, out),
        Event::Peer { kind: InstanceKind::Passing, .. } => {}
        Event::Peer { room, who, change, kind } => {
            sentence(&format!("{}{}", prefix(room, context), en::change(who, change, *kind)), out);
        }
        Event::Delivery(delivery) => {
            // What was said to one person alone was said in no room.
            let prefix = if delivery.to.is_some() { String::new() } else { prefix(&delivery.room, context) };
            for words in context.verdicts.sentences(delivery, &context.local) {
                sentence(&format!("{prefix}{words}"), out);
            }
        }
        Event::Carrier(news) => {
            if let Some(words) = en::carrier::carrier(news) {
                sentence(&words, out);
            }
        }
        Event::Transfer(told) => {
            if let Some(words) = en::transfer(told) {
                sentence(&format!("{}{words}", prefix(&told.offer.room, context)), out);
            }
        }
        Event::Notice(Notice::Answer(what)) => block(&en::confirmation(what), out),
        Event::Answer(answer) => {
            if let Some(words) = en::answer(&answer.what) {
                block(&words, out);
            }
        }
        Event::Notice(notice) => sentence(&en::notice(notice, zones, &context.local), out),
        Event::Finding { finding, .. } => {
            let (grade, fact) = (en::findings::grade(finding.grade()), en::findings::fact(finding, zones));
            block(&en::findings::finding(grade, &fact, en::findings::advice(finding).as_deref()), out);
        }
        Event::Fault(fault) => sentence(&format!("chinwag: {}", en::fault(fault)), out),
        Event::Exit(ending @ (Ending::NobodyThere | Ending::NotExpected | Ending::NotConfirmed | Ending::TooFew)) => {
            sentence(&format!("chinwag: {}", en::ending(*ending)), out);
        }
        Event::Exit(ending @ Ending::Examined(_)) => sentence(en::ending(*ending), out),
        Event::Trace(trace) => sentence(&en::trace(trace, zones), out),
        Event::Display(_) | Event::Highlight(_) => sentence(en::OF_SCREEN, out),
        Event::Exit(_)
        | Event::Wrote { .. }
        | Event::Closed(_)
        | Event::Standing { .. }
        | Event::Target { .. }
        | Event::PlainStanding(_)
        | Event::GivenBack { .. } => {}
    }
}

/// `[10.0.0.7:7788] text`, inner lines indented.
fn record(message: &Message, zones: &Zones, out: &mut String) {
    out.push('[');
    text::sanitise(&zones.name(message.from).to_string(), out);
    out.push_str("] ");
    match &message.content {
        Content::Text { text, .. } => text::sanitise_block(text, out),
        Content::Bytes(bytes) => text::sanitise_bytes(bytes, out),
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
    if said.to.is_none() {
        who.push_str(&prefix(&said.room, context)); // what is to one person alone is of no room
    }
    let words = en::words(&said.words, said.sent, &context.local);
    let (before, behind) = around(&said.words);
    let name = said_by(said, context.times == Times::Earlier);
    let _ = write!(who, "{before}{name}{behind}");
    text::sanitise(&who, out);
    text::sanitise_block(&words, out);
    out.push_str(en::marks(said.marks));
    out.push('\n');
}

/// What stands around a name. What nobody can write with `/me` has a form of its own.
pub fn around(words: &MessageBody) -> (&'static str, &'static str) {
    match words {
        MessageBody::Text(_) => ("<", "> "),
        MessageBody::Action(_) => ("* ", " "),
        _ => ("** ", " "),
    }
}

/// Who says it, and to whom where not to all. For people, a verified key has its mark.
fn said_by(said: &Said, is_marked: bool) -> String {
    let mark = if is_marked && said.who.is_verified { "✓" } else { "" };
    match &said.to {
        Some(to) => format!("{}{mark} → {to}", said.who),
        None => format!("{}{mark}", said.who),
    }
}

fn prefix(room: &RoomName, context: &Context) -> String {
    if context.has_rooms { format!("{room} ") } else { String::new() }
}

/// A record of several lines, the inner ones indented.
fn block(words: &str, out: &mut String) {
    text::sanitise_block(words, out);
    out.push('\n');
}

fn sentence(words: &str, out: &mut String) {
    text::sanitise(words, out);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::chat::api::event::Fault;
    use crate::chat::api::event::{Listening, MainAddress};
    use crate::chat::api::network_notice::Undelivered;
    use crate::chat::api::refusal::TextRefusal;
    use crate::chat::api::requester::{Client, Requester};
    use crate::chat::api::talk::{Delivery, MessageId};
    use crate::chat::api::talk::{Marks, Speaker};
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
        let main = |has_others| {
            let interface = "wlan0".to_owned();
            Some(MainAddress { address: "10.0.0.7:7788".parse().unwrap(), interface, has_others })
        };
        let ready = |bound: &[SocketAddr], main| Event::Ready {
            to: Client::STANDARD,
            me: None,
            listening: Listening { bound: bound.to_vec(), main },
        };
        let address = "10.0.0.7:7788".parse().unwrap();
        for (event, sentence) in [
            (ready(&[address, "[::]:7788".parse().unwrap()], None), "listening on 10.0.0.7:7788 and [::]:7788\n"),
            (ready(&[], main(false)), "You are at 10.0.0.7:7788 (wlan0)\n"),
            (ready(&[], main(true)), "You are at 10.0.0.7:7788 (wlan0); others in /net\n"),
            (
                Event::Notice(Notice::PortTaken { wanted: 7788, holder: Some("nc\x1b (process 7)".into()), used: 5 }),
                "port 7788 is in use by nc\\x1b (process 7): port 5 is used instead\n",
            ),
            (
                Event::Notice(Notice::Undelivered { to: address, why: Undelivered::Refused, times: 3 }),
                "10.0.0.7:7788: nothing listens there, or a firewall refuses it (3 messages since last told)\n",
            ),
            (
                Event::Fault(Fault::Line {
                    requester: Requester::line(3),
                    why: TextRefusal::TooLong { bytes: 70000, most: 65507 }.into(),
                }),
                "chinwag: line 3 was not sent: it is 70000 bytes long, one datagram carries at most 65507\n",
            ),
            (
                Event::Fault(Fault::Line {
                    requester: Requester::line(4),
                    why: TextRefusal::Unencodable { missing: '😀', charset: "gbk".parse().unwrap() }.into(),
                }),
                "chinwag: line 4 was not sent: gbk has no '😀' (U+1F600)\n",
            ),
            (Event::Exit(Ending::EndOfInput), ""),
        ] {
            assert_eq!(shown(&event), sentence);
        }
    }

    fn said(nick: &str, words: MessageBody, marks: Marks) -> Event {
        let who =
            Speaker { nick: nick.to_owned(), tag: Some("k3f9".to_owned()), author: Author::ZERO, is_verified: false };
        let id = MessageId { log: LogId::ZERO, seq: 2, index: 0 };
        let (sent, received) = (Wall(0), Wall(0));
        Event::Said(Said { room: RoomName::lobby(), who, to: None, id, words, sent, received, marks })
    }

    #[test]
    fn what_is_said_stands_behind_its_author_and_forges_nothing() {
        let plain = Marks::default();
        let text = |text: &str| MessageBody::Text(text.to_owned());
        assert_eq!(shown(&said("alice", text("two\n<bob> lines"), plain)), "<alice#k3f9> two\n  <bob> lines\n");
        assert_eq!(shown(&said("al\u{1b}", text("\u{1b}[2J"), plain)), "<al\\x1b#k3f9> \\x1b[2J\n");
        assert_eq!(shown(&said("alice", MessageBody::Action("waves".into()), plain)), "* alice#k3f9 waves\n");
        assert_eq!(
            shown(&said("alice", MessageBody::Topic("tea".into()), plain)),
            "** alice#k3f9 sets the topic: tea\n"
        );
        assert_eq!(
            shown(&said("a", MessageBody::Later, plain)),
            "** a#k3f9 said something that needs a newer version\n"
        );
        let late = Marks { is_late: true, ..plain };
        assert_eq!(shown(&said("alice", text("x"), late)), "<alice#k3f9> x [late]\n");
    }

    #[test]
    fn with_several_rooms_each_record_begins_with_its_room() {
        let mut out = String::new();
        let mut context = Context { has_rooms: true, ..Context::default() };
        render(&said("alice", MessageBody::Text("hi".into()), Marks::default()), &mut context, &mut out);
        assert_eq!(out, "#lobby <alice#k3f9> hi\n");
    }

    #[test]
    fn what_is_between_two_people_is_of_no_room() {
        let mut out = String::new();
        let mut context = Context { has_rooms: true, ..Context::default() };
        let Event::Said(said) = said("alice", MessageBody::Text("psst".into()), Marks::default()) else { return };
        render(&Event::Said(Said { to: Some(Speaker::me()), ..said }), &mut context, &mut out);
        assert_eq!(out, "<alice#k3f9 → me> psst\n");
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
                text: Some(text),
                by,
                confirmed,
                of,
                missing,
                is_anybody_heard: false,
                is_after_all,
                said_before: None,
                requesters: Vec::new(),
                to: None,
                held: 0,
                held_by: Vec::new(),
            }))
        };
        assert_eq!(delivery(2, 2, 2, false), "");
        assert_eq!(delivery(1, 2, 2, false), "\"hi\": not confirmed by bob (1 of 2 have)\n");
        assert_eq!(delivery(0, 0, 9, false), "nobody was there to read \"hi\" and what followed\n");
        assert_eq!(delivery(2, 2, 2, true), "\"hi\" is confirmed after all (2 of 2)\n");
    }
}
