//! Events as JSON Lines: one object each, exact text, the words of the line form beside the values.

mod answers;
mod findings;
mod kinds;
pub mod requests;
mod standing;
mod transfers;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use answers::{Reply, reply};
use findings::FindingObject;
pub use findings::verdict;
use kinds::kind;
use standing::{carrier_object, delivery_object};
use transfers::{OfferObject, TransferObject};

use crate::chat::api::event::{Content, Event, Fault};
use crate::chat::api::requester::{Client, Ticket};
use crate::chat::api::talk::{Change, InstanceKind, MessageBody, Said, Speaker};
use crate::chat::base::address::Zones;
use crate::chat::base::charset::Charset;
use crate::chat::keys::secret::RoomName;
use crate::view::text;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// The version of the form, `assets/json.md`. It rises when something is no longer there or means something else; what
/// is added does not raise it.
pub const VERSION: u32 = 1;

/// One object. The order of the keys is the order of the fields.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Object<'a> {
    /// The first object: what is listened on, and who one is where.
    Ready {
        version: u32,
        listening: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        nick: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        author: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<&'a str>,
        /// Which of them only who has their secrets reads.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        sealed: Vec<&'a str>,
    },
    /// A message. Exactly one of `text` and `base64` is there.
    Message {
        from: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
        /// Left out for UTF-8.
        #[serde(skip_serializing_if = "Option::is_none")]
        charset: Option<String>,
        /// Milliseconds since 1970 UTC.
        received_ms: u64,
    },
    /// A message in a room.
    #[serde(rename = "message")]
    Said {
        id: String,
        room: &'a str,
        #[serde(flatten)]
        who: Who<'a>,
        /// Whom alone it is to, by the name that holds here; `me` for oneself.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        #[serde(flatten)]
        words: Spoken<'a>,
        #[serde(flatten)]
        stamp: SaidMarks,
        /// What was signed, and by whom that was proven: see `PROTOCOL.md`, 4.
        #[serde(skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// How a room stands at its broker.
    Carrier {
        room: &'a str,
        host: String,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Somebody came, left or is called something else.
    Peer {
        change: &'static str,
        room: &'a str,
        #[serde(flatten)]
        who: Who<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<String>,
        /// It does one thing and leaves.
        #[serde(skip_serializing_if = "is_false")]
        passing: bool,
        /// Nobody sits before it.
        #[serde(skip_serializing_if = "is_false")]
        headless: bool,
    },
    /// What became of one's own messages from `first` to `last`.
    Delivery {
        room: &'a str,
        first: String,
        last: String,
        text: &'a str,
        confirmed: usize,
        of: usize,
        by: Vec<String>,
        missing: Vec<String>,
        /// Whom alone it is for, and how many hold it for them.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        held: Option<usize>,
        /// Before whom nobody sits, and who hold it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        held_by: Vec<String>,
        /// Somebody was heard, and nobody counts as here.
        #[serde(skip_serializing_if = "is_false")]
        heard: bool,
        /// The `id`s of the commands that said them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        ids: Vec<&'a Ticket>,
        /// When the first was said, where that was in an earlier session.
        #[serde(skip_serializing_if = "Option::is_none")]
        said_ms: Option<u64>,
    },
    /// Somebody offers something.
    Offer(OfferObject<'a>),
    /// Something happened to an offer or a transfer.
    Transfer(TransferObject<'a>),
    /// A command was followed.
    Answer(Reply<'a>),
    /// An examination of the network found something.
    Finding(FindingObject<'a>),
    /// Something to know; `kind` is for programs, `text` for people.
    Notice {
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        text: String,
    },
    /// Something failed; `line` where it was a line of input, `id` where that was a command with one. `kind` is for programs.
    Error {
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Ticket>,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        text: String,
    },
    /// Something that only whoever looks closely is told.
    Log { text: String },
    /// The last object.
    Exit { code: u8, reason: &'static str },
}

/// Who somebody is, as fields of what is told of them.
#[derive(Serialize)]
struct Who<'a> {
    nick: &'a str,
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    verified: bool,
}

impl<'a> From<&'a Speaker> for Who<'a> {
    fn from(who: &'a Speaker) -> Self {
        Self { nick: &who.nick, author: who.author.to_string(), tag: who.tag.as_deref(), verified: who.is_verified }
    }
}

/// What was said, as the one field that it is.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Spoken<'a> {
    Text(&'a str),
    Action(&'a str),
    Topic(&'a str),
    /// The message that is taken back.
    Deletes(String),
    /// Why.
    Unreadable(&'static str),
}

impl<'a> From<&'a MessageBody> for Spoken<'a> {
    fn from(words: &'a MessageBody) -> Self {
        match words {
            MessageBody::Text(text) => Self::Text(text),
            MessageBody::Action(text) => Self::Action(text),
            MessageBody::Topic(text) => Self::Topic(text),
            MessageBody::Deletion(taken) => Self::Deletes(taken.id.to_string()),
            MessageBody::Offer(offered) => Self::Action(&offered.item.name), // it is an object of its own
            MessageBody::Sealed => Self::Unreadable("sealed"),
            MessageBody::Later => Self::Unreadable("later"),
            MessageBody::Damaged => Self::Unreadable("damaged"),
        }
    }
}

/// Appends `event` as one object with its line end, as it is for `client`.
pub fn render(event: &Event, client: Client, zones: &Zones, out: &mut String) {
    write(&object(event, client, zones), out);
}

/// Appends a message as it is kept, with the entry it stands in and the signature of that where they are to be there.
pub fn render_kept(said: &Said, proof: Option<(&[u8], &[u8])>, out: &mut String) {
    let mut object = said_object(said);
    if let Object::Said { entry, signature, .. } = &mut object {
        *entry = proof.map(|(entry, _)| STANDARD.encode(entry));
        *signature = proof.map(|(_, signature)| STANDARD.encode(signature));
    }
    write(&object, out);
}

fn write(object: &Object<'_>, out: &mut String) {
    let mut json = Vec::new();
    let serialised = object.serialize(&mut Serializer::with_formatter(&mut json, Harmless));
    serialised.expect("strings and numbers always serialise");
    out.push_str(std::str::from_utf8(&json).expect("JSON is UTF-8"));
    out.push('\n');
}

/// JSON for people's terminals too: what acts or hides is written as `\uXXXX`, which reads back as the same text.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| !matches!(c, ' '..='~') && text::is_invisible(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

fn object<'a>(event: &'a Event, client: Client, zones: &Zones) -> Object<'a> {
    match event {
        Event::Ready { listening, me, .. } => Object::Ready {
            version: VERSION,
            at: listening.main.as_ref().map(|main| main.address.to_string()),
            listening: listening.bound.iter().map(|&address| zones.name(address).to_string()).collect(),
            nick: me.as_ref().map(|me| me.me.nick.as_str()),
            author: me.as_ref().map(|me| me.me.author.to_string()),
            rooms: me.iter().flat_map(|me| &me.rooms).map(RoomName::as_str).collect(),
            sealed: me.iter().flat_map(|me| &me.sealed).map(RoomName::as_str).collect(),
        },
        Event::Message(message) => {
            let (text, bytes, charset) = match &message.content {
                Content::Text { text, charset } => (Some(text.as_str()), None, Some(*charset)),
                Content::Bytes(bytes) => (None, Some(bytes), None),
            };
            Object::Message {
                from: zones.name(message.from).to_string(),
                text,
                base64: bytes.map(|bytes| STANDARD.encode(bytes)),
                charset: charset.filter(|&charset| charset != Charset::UTF_8).map(|charset| charset.to_string()),
                received_ms: message.received.0,
            }
        }
        Event::Said(said) => said_object(said),
        Event::Peer { room, who, change, kind } => {
            let (change, before, address, via) = match change {
                Change::Joined { address, via } => ("joined", None, *address, via.as_ref().map(ToString::to_string)),
                Change::Left => ("left", None, None, None),
                Change::Lost => ("lost", None, None, None),
                Change::Renamed(before) => ("renamed", Some(before.as_str()), None, None),
            };
            let address = address.map(|address| zones.name(address).to_string());
            let (passing, headless) = (*kind == InstanceKind::Passing, *kind == InstanceKind::Headless);
            Object::Peer { change, room: room.as_str(), who: who.into(), before, address, via, passing, headless }
        }
        Event::Carrier(news) => carrier_object(news),
        Event::Delivery(delivery) => delivery_object(delivery, client),
        Event::Transfer(told) => Object::Transfer(TransferObject::of(told, client)),
        Event::Answer(answer) => Object::Answer(reply(answer, zones)),
        Event::Finding { to, finding } => Object::Finding(FindingObject::of(to, finding, zones)),
        Event::Notice(notice) => {
            let text = en::notice(notice, zones, &LocalTime::default());
            Object::Notice { kind: kind(notice), room: kinds::room(notice).map(RoomName::as_str), text }
        }
        Event::Fault(fault) => {
            let requester = match fault {
                Fault::Line { requester, .. } => Some(requester),
                Fault::Fatal(_) => None,
            };
            let line = requester.map(|requester| requester.line).filter(|&line| line > 0);
            let id = requester.and_then(|requester| requester.ticket.as_ref());
            Object::Error { kind: kinds::fault(fault), id, line, text: en::fault(fault) }
        }
        Event::Trace(trace) => Object::Log { text: en::trace(trace, zones) },
        Event::Display(_)
        | Event::Wrote { .. }
        | Event::Highlight(_)
        | Event::Closed(_)
        | Event::Standing { .. }
        | Event::Target { .. }
        | Event::PlainStanding(_)
        | Event::GivenBack { .. } => Object::Notice { kind: "screen", room: None, text: en::OF_SCREEN.to_owned() },
        Event::Exit(ending) => Object::Exit { code: ending.code(), reason: en::ending(*ending) },
    }
}

/// When something was said, and what is particular about it.
#[derive(Serialize)]
struct SaidMarks {
    sent_ms: u64,
    received_ms: u64,
    #[serde(skip_serializing_if = "is_false")]
    backlog: bool,
    #[serde(skip_serializing_if = "is_false")]
    late: bool,
    #[serde(skip_serializing_if = "is_false")]
    torn: bool,
    #[serde(skip_serializing_if = "is_false")]
    forked: bool,
    #[serde(skip_serializing_if = "is_false")]
    former: bool,
    #[serde(skip_serializing_if = "is_false")]
    auto: bool,
    #[serde(skip_serializing_if = "is_false")]
    history: bool,
}

impl From<&Said> for SaidMarks {
    fn from(said: &Said) -> Self {
        Self {
            sent_ms: said.sent.0,
            received_ms: said.received.0,
            backlog: said.marks.is_backlog,
            late: said.marks.is_late,
            torn: said.marks.is_torn,
            forked: said.marks.is_forked,
            former: said.marks.is_of_former,
            auto: said.marks.is_auto,
            history: said.marks.is_recalled,
        }
    }
}

fn said_object(said: &Said) -> Object<'_> {
    if let MessageBody::Offer(offered) = &said.words {
        return Object::Offer(OfferObject::of(said, offered));
    }
    Object::Said {
        id: said.id.to_string(),
        room: said.room.as_str(),
        who: (&said.who).into(),
        to: said.to.as_ref().map(ToString::to_string),
        words: (&said.words).into(),
        stamp: said.into(),
        entry: None,
        signature: None,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::ending::Ending;
    use crate::chat::api::event::Listening;
    use crate::chat::api::event::Message;
    use crate::chat::api::notice::Notice;
    use crate::chat::api::refusal::TextRefusal;
    use crate::chat::api::requester::Requester;
    use crate::chat::base::time::Wall;

    fn shown(event: &Event) -> String {
        let mut out = String::new();
        render(event, Client::STANDARD, &Zones::default(), &mut out);
        out
    }

    fn message(content: Content) -> Event {
        Event::Message(Message { from: "10.0.0.7:7788".parse().unwrap(), content, received: Wall(1_763_632_289_123) })
    }

    #[test]
    fn text_is_exact_and_on_one_line() {
        let text = "a\tb\nc \"\\ \x1b[0m \u{9b}2J \x7f \u{202e} \u{2028} \u{e0061} 你".to_owned();
        let line = shown(&message(Content::Text { text: text.clone(), charset: Charset::UTF_8 }));
        assert!(!line.trim_end().chars().any(text::is_invisible), "{line:?}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["text"], text);
    }

    #[test]
    fn every_kind_of_event_is_one_object() {
        for (event, line) in [
            (
                Event::Ready {
                    to: Client::STANDARD,
                    listening: Listening { bound: vec!["[::]:7788".parse().unwrap()], main: None },
                    me: None,
                },
                r#"{"type":"ready","version":1,"listening":["[::]:7788"]}"#,
            ),
            (
                message(Content::Text { text: "你好".into(), charset: Charset::GB18030 }),
                r#"{"type":"message","from":"10.0.0.7:7788","text":"你好","charset":"gb18030","received_ms":1763632289123}"#,
            ),
            (
                message(Content::Bytes(vec![0xff, 0xfe])),
                r#"{"type":"message","from":"10.0.0.7:7788","base64":"//4=","received_ms":1763632289123}"#,
            ),
            (
                Event::Notice(Notice::Dropped { records: 3 }),
                r#"{"type":"notice","kind":"dropped","text":"3 messages were dropped: nobody read standard output"}"#,
            ),
            (
                Event::Fault(Fault::Line { requester: Requester::line(3), why: TextRefusal::Nul.into() }),
                r#"{"type":"error","kind":"nul","line":3,"text":"line 3 was not sent: it holds a NUL byte, expected text"}"#,
            ),
            (Event::Exit(Ending::NobodyThere), r#"{"type":"exit","code":3,"reason":"nobody there"}"#),
        ] {
            assert_eq!(shown(&event), format!("{line}\n"));
        }
    }
}
