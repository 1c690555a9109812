//! Events as JSON Lines: one object each, exact text, the words of the line form beside the values.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::{lines, text};
use crate::chat::address::Zones;
use crate::chat::charset::Charset;
use crate::chat::event::{Content, Event, Fault, Notice};

/// One object. The order of the keys is the order of the fields.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Object<'a> {
    /// The first object: what is listened on.
    Ready { listening: Vec<String> },
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
    /// Something to know; `kind` is for programs, `text` for people.
    Notice { kind: &'static str, text: String },
    /// Something failed; `line` where it was a typed line.
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        text: String,
    },
    /// The last object.
    Exit { code: u8, reason: &'static str },
}

/// Appends `event` as one object with its line end.
pub fn render(event: &Event, zones: &Zones, out: &mut String) {
    let mut json = Vec::new();
    let serialised = object(event, zones).serialize(&mut Serializer::with_formatter(&mut json, Harmless));
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

fn object<'a>(event: &'a Event, zones: &Zones) -> Object<'a> {
    match event {
        Event::Ready { listening } => {
            Object::Ready { listening: listening.iter().map(|&address| zones.name(address).to_string()).collect() }
        }
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
        Event::Notice(notice) => Object::Notice { kind: kind(notice), text: lines::notice_text(notice, zones) },
        Event::Fault(fault) => {
            let line = match fault {
                Fault::Line { number, .. } => Some(*number),
                Fault::Fatal(_) => None,
            };
            Object::Error { line, text: lines::fault_text(fault) }
        }
        Event::Exit(ending) => Object::Exit { code: ending.code(), reason: lines::ending_text(*ending) },
    }
}

fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::PortTaken { .. } => "port-taken",
        Notice::NobodyYet => "nobody-yet",
        Notice::Target(_) => "target",
        Notice::AnsweredIn { .. } => "answered-in",
        Notice::NextAddress { .. } => "next-address",
        Notice::Undelivered { .. } => "undelivered",
        Notice::OutputStalled => "output-stalled",
        Notice::Dropped { .. } => "dropped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::event::{BadMessage, Ending, Message};
    use crate::chat::time::Wall;

    fn shown(event: &Event) -> String {
        let mut out = String::new();
        render(event, &Zones::default(), &mut out);
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
                Event::Ready { listening: vec!["[::]:7788".parse().unwrap()] },
                r#"{"type":"ready","listening":["[::]:7788"]}"#,
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
                Event::Fault(Fault::Line { number: 3, why: BadMessage::Nul }),
                r#"{"type":"error","line":3,"text":"line 3 was not sent: it holds a NUL byte, expected text"}"#,
            ),
            (Event::Exit(Ending::NobodyThere), r#"{"type":"exit","code":3,"reason":"nobody there"}"#),
        ] {
            assert_eq!(shown(&event), format!("{line}\n"));
        }
    }
}
