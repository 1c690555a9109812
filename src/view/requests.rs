//! JSON Lines → commands. `assets/json.md` says what may stand in them; whatever else does is refused by its name.

use std::net::SocketAddr;

use serde_json::{Map, Value};

use crate::chat::asker::{TICKET_BYTES_MAX, Ticket};
use crate::chat::command::{Command, HISTORY_MAX, HISTORY_USUAL};
use crate::chat::secret::RoomName;

/// A command as it stands in a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What its answer is known by.
    pub ticket: Option<Ticket>,
    /// Where it is meant.
    pub room: Option<RoomName>,
    /// What is meant; or why that is nothing: what was expected.
    pub command: Result<Command, String>,
}

/// Reads one line. Its `id` is known also where the rest of it is refused.
pub fn parse(line: &str) -> Parsed {
    let mut object = match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(map)) => Object { map, ..Object::default() },
        Ok(other) => return refused(format!("expected an object such as {EXAMPLE}, not {}", kind(&other))),
        Err(error) => return refused(format!("not JSON: {error}; expected an object such as {EXAMPLE}")),
    };
    let ticket = object.ticket();
    let (room, command) = match object.command() {
        Ok((room, command)) => (room, Ok(command)),
        Err(why) => (None, Err(why)),
    };
    Parsed {
        command: ticket.as_ref().map_or_else(|why| Err(why.clone()), |_| command),
        ticket: ticket.unwrap_or(None),
        room,
    }
}

fn refused(why: String) -> Parsed {
    Parsed { ticket: None, room: None, command: Err(why) }
}

const EXAMPLE: &str = r#"{"type":"say","text":"hello"}"#;

/// The commands there are.
pub const NAMES: &[&str] =
    &["say", "me", "topic", "msg", "join", "leave", "nick", "who", "rooms", "history", "search", "delete", "quit"];

/// An object that is taken apart key by key.
#[derive(Default)]
struct Object {
    map: Map<String, Value>,
    /// The keys that were asked for.
    known: Vec<&'static str>,
}

impl Object {
    fn command(&mut self) -> Result<(Option<RoomName>, Command), String> {
        let name =
            self.text("type")?.ok_or_else(|| format!("it has no \"type\": expected one of {}", NAMES.join(", ")))?;
        let (mut room, mut is_of_room) = (None, true);
        let command = match name.as_str() {
            "say" => Command::Say(self.required("text")?),
            "me" => Command::Me(self.required("text")?),
            "topic" => Command::Topic(self.required("text")?),
            "who" => Command::Who,
            "delete" => Command::Delete,
            "history" => Command::History(self.number("limit")?.unwrap_or(HISTORY_USUAL)),
            "search" => Command::Search(self.words("words")?),
            "join" => Command::Join(self.room()?.ok_or_else(|| missing("room"))?),
            "leave" => Command::Leave(self.room()?),
            _ => {
                is_of_room = false;
                match name.as_str() {
                    "msg" => Command::Msg(self.address("to")?, self.required("text")?),
                    "nick" => Command::Nick(self.required("nick")?),
                    "rooms" => Command::Rooms,
                    "quit" => Command::Quit,
                    _ => return Err(format!("there is no command {name:?}: expected one of {}", NAMES.join(", "))),
                }
            }
        };
        if is_of_room && !matches!(command, Command::Join(_) | Command::Leave(_)) {
            room = self.room()?;
        }
        match self.map.keys().find(|key| !self.known.contains(&key.as_str())) {
            None => Ok((room, command)),
            Some(key) => Err(format!("{name} has no {key:?}: expected {}", self.expected())),
        }
    }

    fn expected(&self) -> String {
        let names: Vec<String> = self.known.iter().map(|name| format!("{name:?}")).collect();
        names.join(", ")
    }

    fn value(&mut self, key: &'static str) -> Option<&Value> {
        self.known.push(key);
        self.map.get(key)
    }

    fn text(&mut self, key: &'static str) -> Result<Option<String>, String> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.contains('\0') => Err(format!("{key:?} holds a NUL: expected text")),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong(key, "a string", other)),
        }
    }

    fn required(&mut self, key: &'static str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| missing(key))
    }

    fn room(&mut self) -> Result<Option<RoomName>, String> {
        self.text("room")?.map(|name| RoomName::parse(&name)).transpose()
    }

    fn address(&mut self, key: &'static str) -> Result<SocketAddr, String> {
        let text = self.required(key)?;
        text.parse().map_err(|_| format!("{key:?} is {text:?}: expected ADDRESS:PORT, such as \"10.0.0.7:7788\""))
    }

    fn number(&mut self, key: &'static str) -> Result<Option<usize>, String> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
        let in_range = number.filter(|number| (1..=HISTORY_MAX).contains(number));
        in_range.map(Some).ok_or_else(|| wrong(key, &format!("a number from 1 to {HISTORY_MAX}"), value))
    }

    fn words(&mut self, key: &'static str) -> Result<Vec<String>, String> {
        const EXPECTED: &str = "a list of strings, at least one";
        let value = self.value(key).ok_or_else(|| missing(key))?;
        let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| wrong(key, EXPECTED, value))?;
        let word = |word: &Value| word.as_str().map(str::to_owned).ok_or_else(|| wrong(key, EXPECTED, value));
        list.iter().map(word).collect()
    }

    fn ticket(&mut self) -> Result<Option<Ticket>, String> {
        let expected = format!("a whole number, or a string of at most {TICKET_BYTES_MAX} bytes");
        match self.value("id") {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= TICKET_BYTES_MAX => Ok(Some(Ticket::Text(text.clone()))),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(Ticket::Number(number))),
                None => Err(wrong("id", &expected, value)),
            },
        }
    }
}

fn missing(key: &str) -> String {
    format!("it has no {key:?}, which was expected")
}

fn wrong(key: &str, expected: &str, value: &Value) -> String {
    format!("{key:?} is {}: expected {expected}", kind(value))
}

/// What a value is, in words.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.len() <= 40 => format!("the string {text:?}"),
        Value::String(_) => "a long string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
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
            (r#"{"type":"msg","to":"10.0.0.7:1","text":"hi"}"#, Command::Msg("10.0.0.7:1".parse().unwrap(), text())),
            (r#"{"type":"join","room":"team"}"#, Command::Join(team.clone())),
            (r##"{"type":"leave","room":"#team"}"##, Command::Leave(Some(team.clone()))),
            (r#"{"type":"leave"}"#, Command::Leave(None)),
            (r#"{"type":"nick","nick":"hi"}"#, Command::Nick(text())),
            (r#"{"type":"who"}"#, Command::Who),
            (r#"{"type":"rooms"}"#, Command::Rooms),
            (r#"{"type":"history"}"#, Command::History(HISTORY_USUAL)),
            (r#"{"type":"history","limit":3}"#, Command::History(3)),
            (r#"{"type":"search","words":["hi"]}"#, Command::Search(vec![text()])),
            (r#"{"type":"delete"}"#, Command::Delete),
            (r#"{"type":"quit"}"#, Command::Quit),
        ] {
            assert_eq!(parse(line).command, Ok(command), "{line}");
        }
        for name in NAMES {
            let why = parse(&format!(r#"{{"type":"{name}","nonsense":1}}"#)).command.unwrap_err();
            assert!(!why.contains("no command"), "{name}: {why}");
        }
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
            ("say hi", "not JSON: "),
            ("[]", "expected an object such as {\"type\":\"say\",\"text\":\"hello\"}, not a list"),
            ("{}", "it has no \"type\": expected one of say, me, topic"),
            (r#"{"type":5}"#, "\"type\" is the number 5: expected a string"),
            (r#"{"type":"dance"}"#, "there is no command \"dance\": expected one of say"),
            (r#"{"type":"say"}"#, "it has no \"text\", which was expected"),
            (r#"{"type":"say","text":["hi"]}"#, "\"text\" is a list: expected a string"),
            (r#"{"type":"say","text":"a\u0000b"}"#, "\"text\" holds a NUL: expected text"),
            (r#"{"type":"say","txt":"hi"}"#, "it has no \"text\""),
            (
                r#"{"type":"say","text":"hi","txt":1}"#,
                "say has no \"txt\": expected \"id\", \"type\", \"text\", \"room\"",
            ),
            (r#"{"type":"say","text":"hi","room":"a b"}"#, "cannot be the name of a room"),
            (r#"{"type":"say","text":"hi","id":1.5}"#, "\"id\" is the number 1.5: expected a whole number"),
            (r#"{"type":"msg","to":"bob","text":"hi"}"#, "\"to\" is \"bob\": expected ADDRESS:PORT"),
            (r#"{"type":"history","limit":0}"#, "\"limit\" is the number 0: expected a number from 1 to 1000"),
            (r#"{"type":"search","words":[]}"#, "\"words\" is a list: expected a list of strings, at least one"),
            (r#"{"type":"rooms","room":"a"}"#, "rooms has no \"room\": expected \"id\", \"type\""),
        ] {
            let why = parse(line).command.unwrap_err();
            assert!(why.contains(words), "{line}: {why}");
        }
    }
}
