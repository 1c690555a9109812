//! JSON Lines → commands. `assets/json.md` says what may stand in them; whatever else does is refused by its name.

use std::fmt;
use std::net::SocketAddr;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::chat::api::command::{BrokerCommand, Command, FileCommand, HISTORY_MAX, HISTORY_USUAL, Recipient};
use crate::chat::api::disk::Destination;
use crate::chat::api::requester::{TICKET_BYTES_MAX, Ticket};
use crate::chat::base::limits::PROBED_MAX;
use crate::chat::keys::phrase::{BadPhrase, Phrase, Unlock};
use crate::chat::keys::secret::RoomName;
use crate::view::words::en::{self, requests as words};

/// A command as it stands in a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What its answer is known by.
    pub ticket: Option<Ticket>,
    /// A program says it by itself.
    pub is_auto: bool,
    /// Where it is meant.
    pub room: Option<RoomName>,
    /// What is meant; or why that is nothing: what was expected.
    pub command: Result<Command, String>,
    /// It was to say where what follows is said.
    pub is_of_place: bool,
}

/// Reads one line. Its `id` is known also where the rest of it is refused.
pub fn parse(line: &str) -> Parsed {
    let object = match serde_json::from_str::<RequestLine>(line) {
        Ok(RequestLine::Object(pairs)) => match unique(pairs) {
            Ok(map) => RequestObject(map),
            Err(key) => return refused(words::twice(&key)),
        },
        Ok(RequestLine::Other(other)) => {
            return refused(words::no_object(&other));
        }
        Err(error) => {
            return refused(words::no_json(error.column()));
        }
    };
    let ticket = object.ticket();
    let (room, command) = match object.command() {
        Ok((room, command)) => (room, Ok(command)),
        Err(why) => (None, Err(why)),
    };
    let (is_auto, command) = match object.flag("auto") {
        Ok(is_auto) => (is_auto == Some(true), command),
        Err(why) => (false, command.and(Err(why))),
    };
    Parsed {
        command: ticket.as_ref().map_or_else(|why| Err(why.clone()), |_| command),
        ticket: ticket.unwrap_or(None),
        is_auto,
        room,
        is_of_place: object.0.get("type").is_some_and(|name| name == "join"),
    }
}

/// What a line holds, with every key that stands there.
enum RequestLine {
    Object(Vec<(String, Value)>),
    Other(Value),
}

impl<'de> Deserialize<'de> for RequestLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = RequestLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestLine, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(RequestLine::Object(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RequestLine, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(RequestLine::Other(Value::Array(Vec::new())))
    }

    fn visit_str<E>(self, text: &str) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(text.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(number.into()))
    }

    fn visit_bool<E>(self, is_true: bool) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(is_true.into()))
    }

    fn visit_unit<E>(self) -> Result<RequestLine, E> {
        Ok(RequestLine::Other(Value::Null))
    }
}

/// The same by key, or a key that stands there twice.
fn unique(pairs: Vec<(String, Value)>) -> Result<Map<String, Value>, String> {
    let mut map = Map::new();
    for (key, value) in pairs {
        if map.contains_key(&key) {
            return Err(key);
        }
        map.insert(key, value);
    }
    Ok(map)
}

fn refused(why: String) -> Parsed {
    Parsed { ticket: None, is_auto: false, room: None, command: Err(why), is_of_place: false }
}

/// The commands there are, each with its keys beside `type` and `id`.
pub const COMMANDS: &[(&str, &[&str])] = &[
    ("say", &["text", "auto", "room"]),
    ("me", &["text", "auto", "room"]),
    ("topic", &["text", "room"]),
    ("msg", &["to", "text", "auto", "room"]),
    ("reply", &["text", "auto"]),
    ("whois", &["nick", "room"]),
    ("verify", &["nick", "right", "room"]),
    ("petname", &["nick", "name", "room"]),
    ("ignore", &["nick", "room"]),
    ("unignore", &["nick", "room"]),
    ("invite", &["nick", "room"]),
    ("rekey", &["nicks", "room"]),
    ("join", &["room", "passphrase", "invite"]),
    ("leave", &["room"]),
    ("nick", &["nick"]),
    ("away", &["away"]),
    ("peer", &["host"]),
    ("broker", &["url", "off"]),
    ("net", &[]),
    ("who", &["room"]),
    ("rooms", &[]),
    ("stats", &[]),
    ("doctor", &["peers"]),
    ("ping", &["nick", "room"]),
    ("history", &["limit", "room"]),
    ("search", &["words", "room"]),
    ("delete", &["room"]),
    ("send_file", &["path", "to", "room"]),
    ("get", &["offer", "dest", "force"]),
    ("files", &["offer"]),
    ("cancel", &["offer", "keep"]),
    ("decline", &["offer"]),
    ("quit", &[]),
];

fn names() -> String {
    COMMANDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// An object that is taken apart key by key.
struct RequestObject(Map<String, Value>);

impl RequestObject {
    fn command(&self) -> Result<(Option<RoomName>, Command), String> {
        let name = self.text("type")?.ok_or_else(|| words::no_type(&names()))?;
        let known = COMMANDS.iter().find(|(command, _)| *command == name);
        let (_, keys) = known.ok_or_else(|| words::no_command(&name, &names()))?;
        let is_strange = |key: &&String| !matches!(key.as_str(), "type" | "id") && !keys.contains(&key.as_str());
        if let Some(key) = self.0.keys().find(is_strange) {
            return Err(words::no_key(&name, key, &[&["type", "id"], *keys].concat()));
        }
        let room = self.room()?;
        let command = match name.as_str() {
            "say" => Command::Say(self.required("text")?),
            "me" => Command::Me(self.required("text")?),
            "topic" => Command::Topic(self.required("text")?),
            "msg" => Command::Msg(self.recipient("to")?, self.required("text")?),
            "reply" => Command::Reply(self.required("text")?),
            "whois" => Command::Whois(self.required("nick")?),
            "verify" => Command::Verify(self.required("nick")?, self.flag("right")?),
            "petname" => Command::Petname(self.required("nick")?, self.text("name")?),
            "ignore" => Command::Ignore(self.text("nick")?),
            "unignore" => Command::Unignore(self.required("nick")?),
            "invite" => Command::Invite(self.required("nick")?),
            "rekey" => Command::Rekey(if self.0.contains_key("nicks") { self.words("nicks")? } else { Vec::new() }),
            "join" => return Ok((None, Command::Join(room.ok_or_else(|| words::missing("room"))?, self.unlock()?))),
            "leave" => return Ok((None, Command::Leave(room))),
            "nick" => Command::Nick(self.required("nick")?),
            "peer" => Command::Peer(self.required("host")?.parse().map_err(|bad| en::bad_address(&bad))?),
            "broker" => Command::Broker(match (self.text("url")?, self.flag("off")?) {
                (Some(url), _) => BrokerCommand::Choose(url.parse().map_err(|bad| en::carrier::bad_url(&bad))?),
                (None, Some(true)) => BrokerCommand::Off,
                (None, _) => BrokerCommand::List,
            }),
            "net" => Command::Net,
            "away" => Command::Away(self.flag("away")?),
            "who" => Command::Who,
            "rooms" => Command::Rooms,
            "stats" => Command::Stats,
            "doctor" => Command::Doctor(self.addresses("peers")?),
            "ping" => Command::Ping(self.required("nick")?),
            "history" => Command::History(self.number("limit")?.unwrap_or(HISTORY_USUAL)),
            "search" => Command::Search(self.words("words")?),
            "delete" => Command::Delete,
            "send_file" => {
                let to = self.0.contains_key("to").then(|| self.recipient("to")).transpose()?;
                Command::Files(FileCommand::Send(vec![self.required("path")?], to))
            }
            "get" => {
                let to = Destination { path: self.text("dest")?, is_forced: self.flag("force")? == Some(true) };
                Command::Files(FileCommand::Get(self.text("offer")?, to))
            }
            "files" => Command::Files(FileCommand::List(self.text("offer")?)),
            "cancel" => {
                let is_kept = self.flag("keep")? == Some(true);
                Command::Files(FileCommand::Cancel(self.required("offer")?, is_kept))
            }
            "decline" => Command::Files(FileCommand::Decline(self.required("offer")?)),
            "quit" => Command::Quit,
            _ => unreachable!("the table has no other"),
        };
        Ok((room, command))
    }

    fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.contains('\0') => Err(words::nul(key)),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(words::wrong(key, words::TEXT, other)),
        }
    }

    /// Addresses with their ports; none where the key is not there.
    fn addresses(&self, key: &str) -> Result<Vec<SocketAddr>, String> {
        if !self.0.contains_key(key) {
            return Ok(Vec::new());
        }
        let all = self.words(key)?;
        if all.len() > PROBED_MAX {
            return Err(words::too_many(key, PROBED_MAX));
        }
        let parse = |text: &String| text.parse().ok().filter(|address: &SocketAddr| address.port() != 0);
        let address = |text: &String| parse(text).ok_or_else(|| words::bad_address_and_port(key, text));
        all.iter().map(address).collect()
    }

    fn required(&self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| words::missing(key))
    }

    fn room(&self) -> Result<Option<RoomName>, String> {
        self.text("room")?.map(|name| RoomName::parse(&name).map_err(|bad| en::bad_room_name(&bad))).transpose()
    }

    fn unlock(&self) -> Result<Unlock, String> {
        let phrase = |key: &str| Ok::<_, String>(self.text(key)?.map(|text| Phrase::new(text.into())));
        match (phrase("passphrase")?, phrase("invite")?) {
            (Some(_), Some(_)) => Err(words::TWO_SECRETS.to_owned()),
            (None, Some(invite)) if !invite.is_invitation() => Err(en::bad_phrase(&BadPhrase::Line)),
            (Some(phrase), None) | (None, Some(phrase)) => Ok(Unlock::With(phrase)),
            (None, None) => Ok(Unlock::Known),
        }
    }

    /// A nick, or the address of somebody who speaks plain.
    fn recipient(&self, key: &str) -> Result<Recipient, String> {
        let text = self.required(key)?;
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(words::bad_recipient(key, &text));
        }
        Ok(Recipient::parse(&text))
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        let value = self.0.get(key);
        value.map(|value| value.as_bool().ok_or_else(|| words::wrong(key, words::FLAG, value))).transpose()
    }

    fn number(&self, key: &str) -> Result<Option<usize>, String> {
        let Some(value) = self.0.get(key) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
        let in_range = number.filter(|number| (1..=HISTORY_MAX).contains(number));
        in_range.map(Some).ok_or_else(|| words::wrong(key, &words::limit(), value))
    }

    fn words(&self, key: &str) -> Result<Vec<String>, String> {
        let value = self.0.get(key).ok_or_else(|| words::missing(key))?;
        let list =
            value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| words::wrong(key, words::WORDS, value))?;
        let word =
            |word: &Value| word.as_str().map(str::to_owned).ok_or_else(|| words::wrong(key, words::WORDS, value));
        list.iter().map(word).collect()
    }

    fn ticket(&self) -> Result<Option<Ticket>, String> {
        match self.0.get("id") {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= TICKET_BYTES_MAX => Ok(Some(Ticket::Text(text.clone()))),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(Ticket::Number(number))),
                None => Err(words::wrong("id", &words::ticket(), value)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_can_be_given() {
        let text = || "hi".to_owned();
        let team = RoomName::parse("team").unwrap();
        for (line, command) in [
            (r#"{"type":"say","text":"hi"}"#, Command::Say(text())),
            (r#"{"type":"me","text":"hi"}"#, Command::Me(text())),
            (r#"{"type":"topic","text":"hi"}"#, Command::Topic(text())),
            (r#"{"type":"msg","to":"10.0.0.7:1","text":"hi"}"#, Command::Msg(Recipient::parse("10.0.0.7:1"), text())),
            (r#"{"type":"join","room":"team"}"#, Command::Join(team.clone(), Unlock::Known)),
            (r##"{"type":"leave","room":"#team"}"##, Command::Leave(Some(team.clone()))),
            (r#"{"type":"leave"}"#, Command::Leave(None)),
            (r#"{"type":"nick","nick":"hi"}"#, Command::Nick(text())),
            (r#"{"type":"who"}"#, Command::Who),
            (r#"{"type":"rooms"}"#, Command::Rooms),
            (r#"{"type":"stats"}"#, Command::Stats),
            (r#"{"type":"net"}"#, Command::Net),
            (r#"{"type":"history"}"#, Command::History(HISTORY_USUAL)),
            (r#"{"type":"history","limit":3}"#, Command::History(3)),
            (r#"{"type":"search","words":["hi"]}"#, Command::Search(vec![text()])),
            (r#"{"type":"delete"}"#, Command::Delete),
            (r#"{"type":"quit"}"#, Command::Quit),
        ] {
            assert_eq!(parse(line).command, Ok(command), "{line}");
        }
        for (name, _) in COMMANDS {
            let why = parse(&format!(r#"{{"type":"{name}","nonsense":1}}"#)).command.unwrap_err();
            assert!(why.starts_with(&format!("{name} has no \"nonsense\"")), "{why}");
        }
    }

    #[test]
    fn a_program_may_say_that_it_is_one() {
        assert!(parse(r#"{"type":"say","text":"beep","auto":true}"#).is_auto);
        for line in [r#"{"type":"reply","text":"beep","auto":false}"#, r#"{"type":"me","text":"beep"}"#] {
            assert!(!parse(line).is_auto && parse(line).command.is_ok(), "{line}");
        }
        let wrong = parse(r#"{"type":"say","text":"beep","auto":1}"#);
        assert_eq!(wrong.command, Err("\"auto\" is the number 1: expected true or false".to_owned()));
        assert!(parse(r#"{"type":"topic","text":"beep","auto":true}"#).command.is_err(), "a topic answers nobody");
    }

    #[test]
    fn the_id_and_the_room_are_read_too() {
        let parsed = parse(r#"{"id":7,"type":"say","room":"team","text":"a\nb"}"#);
        assert_eq!((parsed.ticket, parsed.room), (Some(Ticket::Number(7)), RoomName::parse("team").ok()));
        assert_eq!(parse(r#"{"id":"x","type":"dance"}"#).ticket, Some(Ticket::Text("x".to_owned())));
    }

    #[test]
    fn a_mistake_is_called_by_its_name() {
        for (line, words) in [
            ("say hi", "not JSON from column 1 on: expected an object such as"),
            ("[]", "expected an object such as {\"type\":\"say\",\"text\":\"hello\"}, not a list"),
            ("{}", "it has no \"type\": expected one of say, me, topic"),
            (r#"{"type":"say","text":"one","text":"two"}"#, "\"text\" stands there twice: expected it once"),
            ("7", "not the number 7"),
            ("\"hi\"", "not the string \"hi\""),
            (r#"{"type":5}"#, "\"type\" is the number 5: expected a string"),
            (r#"{"type":"dance"}"#, "there is no command \"dance\": expected one of say"),
            (r#"{"type":"say"}"#, "it has no \"text\", which was expected"),
            (r#"{"type":"say","text":["hi"]}"#, "\"text\" is a list: expected a string"),
            (r#"{"type":"say","text":"a\u0000b"}"#, "\"text\" holds a NUL: expected text"),
            (
                r#"{"type":"say","txt":"hi"}"#,
                "say has no \"txt\": expected \"type\", \"id\", \"text\", \"auto\", \"room\"",
            ),
            (r#"{"type":"say","text":"hi","room":"a b"}"#, "cannot be the name of a room"),
            (r#"{"type":"say","text":"hi","id":1.5}"#, "\"id\" is the number 1.5: expected a whole number"),
            (r#"{"type":"msg","to":"two words","text":"hi"}"#, "\"to\" is \"two words\": expected a nick"),
            (r#"{"type":"verify","nick":"bob","right":1}"#, "\"right\" is the number 1: expected true or false"),
            (r#"{"type":"join","room":"a","passphrase":"x","invite":"y"}"#, "exclude each other"),
            (r#"{"type":"join","room":"a","invite":"y"}"#, "this is not a whole invitation"),
            (r#"{"type":"history","limit":0}"#, "\"limit\" is the number 0: expected a number from 1 to 1000"),
            (r#"{"type":"search","words":[]}"#, "\"words\" is a list: expected a list of strings, at least one"),
            (r#"{"type":"rooms","room":"a"}"#, "rooms has no \"room\": expected \"type\", \"id\""),
        ] {
            let why = parse(line).command.unwrap_err();
            assert!(why.contains(words), "{line}: {why}");
        }
    }
}
