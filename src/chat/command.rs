//! Typed line → what is meant.

use std::fmt::Write;
use std::net::SocketAddr;

use super::asker::Asker;
use super::event::Display;
use super::phrase::Unlock;
use super::secret::RoomName;

/// What a typed line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Text for the room.
    Say(String),
    /// What one does.
    Me(String),
    /// Text for a plain address.
    Msg(SocketAddr, String),
    /// What is typed goes to a plain address from now on; without one, to the room again.
    Query(Option<SocketAddr>),
    /// What the room is about from now on.
    Topic(String),
    /// Something of the screen itself.
    Display(Display),
    /// Another nick.
    Nick(String),
    /// One more room; lines go to it from now on.
    Join(RoomName, Unlock),
    /// One room less: this one, or the one that lines go to.
    Leave(Option<RoomName>),
    /// Which rooms one is in.
    Rooms,
    /// What passed through the session.
    Stats,
    /// Who is here.
    Who,
    /// Another of the open rooms to type into; without a name, which there are.
    Room(Option<String>),
    /// What commands there are.
    Help,
    /// What was said last: so many messages.
    History(usize),
    /// What was said that holds these words.
    Search(Vec<String>),
    /// One's own last message is to be forgotten, by everybody.
    Delete,
    /// The end.
    Quit,
}

impl Command {
    /// Its name, as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Me(_) => "me",
            Self::Msg(..) => "msg",
            Self::Query(_) => "query",
            Self::Topic(_) => "topic",
            Self::Display(_) => "display",
            Self::Nick(_) => "nick",
            Self::Join(..) => "join",
            Self::Leave(_) => "leave",
            Self::Rooms => "rooms",
            Self::Stats => "stats",
            Self::Who => "who",
            Self::Room(_) => "room",
            Self::Help => "help",
            Self::History(_) => "history",
            Self::Search(_) => "search",
            Self::Delete => "delete",
            Self::Quit => "quit",
        }
    }
}

/// A command as whoever drives the session gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who gives it.
    pub asker: Asker,
    /// Where it is meant; `None`: where lines go.
    pub room: Option<RoomName>,
    /// What is meant.
    pub command: Command,
}

/// One command: its name, what follows it, what it does, and what to say where that is not what followed.
struct Entry {
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    expected: &'static str,
    read: fn(&str) -> Option<Command>,
}

/// All commands, in the order of the alphabet. Help, completion and errors are made from this table.
const TABLE: &[Entry] = &[
    Entry {
        name: "all",
        arguments: "",
        meaning: "show all conversations again",
        expected: "expected /all alone",
        read: |rest| alone(rest, Command::Display(Display::All)),
    },
    Entry {
        name: "clear",
        arguments: "",
        meaning: "empty the screen; the scrollback keeps it",
        expected: "expected /clear alone",
        read: |rest| alone(rest, Command::Display(Display::Clear)),
    },
    Entry {
        name: "delete",
        arguments: "",
        meaning: "take back your last message; others are asked to",
        expected: "expected /delete alone: it takes back your last message",
        read: |rest| alone(rest, Command::Delete),
    },
    Entry {
        name: "help",
        arguments: "",
        meaning: "what commands there are",
        expected: "expected /help",
        read: |_| Some(Command::Help),
    },
    Entry {
        name: "history",
        arguments: "[N]",
        meaning: "the last N messages, or 20",
        expected: "expected /history, or /history N with N from 1 to 1000",
        read: |rest| match rest {
            "" => Some(Command::History(HISTORY_USUAL)),
            number => number.parse().ok().filter(|most| (1..=HISTORY_MAX).contains(most)).map(Command::History),
        },
    },
    Entry {
        name: "join",
        arguments: "NAME",
        meaning: "join another room and type there",
        expected: "expected /join NAME, a room of up to 64 bytes without white space and <>[]#→; you are asked for its secret",
        read: |rest| RoomName::parse(rest).ok().map(|room| Command::Join(room, Unlock::Known)),
    },
    Entry {
        name: "keys",
        arguments: "",
        meaning: "what the keys do",
        expected: "expected /keys alone",
        read: |rest| alone(rest, Command::Display(Display::Keys)),
    },
    Entry {
        name: "leave",
        arguments: "[NAME]",
        meaning: "leave a room, or the one you type into",
        expected: "expected /leave NAME, or /leave alone",
        read: |rest| match rest {
            "" => Some(Command::Leave(None)),
            name => RoomName::parse(name).ok().map(|name| Command::Leave(Some(name))),
        },
    },
    Entry {
        name: "me",
        arguments: "TEXT",
        meaning: "say what you do",
        expected: "expected /me TEXT",
        read: |rest| (!rest.is_empty()).then(|| Command::Me(rest.to_owned())),
    },
    Entry {
        name: "msg",
        arguments: "ADDRESS:PORT TEXT",
        meaning: "answer somebody who speaks plain text",
        expected: "expected /msg ADDRESS:PORT TEXT",
        read: |rest| {
            let (address, text) = rest.split_once(' ')?;
            Some(Command::Msg(address.parse().ok()?, text.to_owned()))
        },
    },
    Entry {
        name: "nick",
        arguments: "NAME",
        meaning: "go by another name",
        expected: "expected /nick NAME",
        read: |rest| (!rest.is_empty()).then(|| Command::Nick(rest.to_owned())),
    },
    Entry {
        name: "only",
        arguments: "",
        meaning: "show the conversation you type into, and no other",
        expected: "expected /only alone",
        read: |rest| alone(rest, Command::Display(Display::Only)),
    },
    Entry {
        name: "query",
        arguments: "[ADDRESS:PORT]",
        meaning: "type to somebody who speaks plain text; alone: to the room again",
        expected: "expected /query ADDRESS:PORT, or /query alone",
        read: |rest| match rest {
            "" => Some(Command::Query(None)),
            address => Some(Command::Query(Some(address.trim_matches(['[', ']']).parse().ok()?))),
        },
    },
    Entry {
        name: "quit",
        arguments: "",
        meaning: "leave",
        expected: "expected /quit alone",
        read: |rest| alone(rest, Command::Quit),
    },
    Entry {
        name: "room",
        arguments: "[NAME]",
        meaning: "type into another of your rooms, or list them",
        expected: "expected /room NAME, or /room alone",
        read: |rest| Some(Command::Room((!rest.is_empty()).then(|| rest.to_owned()))),
    },
    Entry {
        name: "search",
        arguments: "WORDS",
        meaning: "messages with all of these words; \"in quotes\" side by side",
        expected: "expected /search WORDS",
        read: |rest| {
            let words = quoted(rest);
            (!words.is_empty()).then_some(Command::Search(words))
        },
    },
    Entry {
        name: "stats",
        arguments: "",
        meaning: "how many datagrams came, left and were refused",
        expected: "expected /stats alone",
        read: |rest| alone(rest, Command::Stats),
    },
    Entry {
        name: "topic",
        arguments: "TEXT",
        meaning: "say what the room is about",
        expected: "expected /topic TEXT",
        read: |rest| (!rest.is_empty()).then(|| Command::Topic(rest.to_owned())),
    },
    Entry {
        name: "who",
        arguments: "",
        meaning: "who is here",
        expected: "expected /who alone",
        read: |rest| alone(rest, Command::Who),
    },
];

fn alone(rest: &str, command: Command) -> Option<Command> {
    rest.is_empty().then_some(command)
}

/// The names of all commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|entry| entry.name)
}

/// Reads a line. `//text` says `/text`; a first word with a second slash (`/usr/bin`) is text. An error says what was
/// expected.
pub fn parse(line: &str) -> Result<Command, &'static str> {
    let Some(rest) = line.strip_prefix('/') else { return Ok(Command::Say(line.to_owned())) };
    if rest.starts_with('/') {
        return Ok(Command::Say(rest.to_owned()));
    }
    let (name, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
    if name.contains('/') {
        return Ok(Command::Say(line.to_owned()));
    }
    let entry = TABLE.iter().find(|entry| entry.name == name).ok_or(UNKNOWN)?;
    (entry.read)(arguments.trim()).ok_or(entry.expected)
}

/// How many messages `/history` and `/search` show: a screenful.
pub const HISTORY_USUAL: usize = 20;
/// And at most, for they are all made before the first is shown. `chinwag history` has no bound.
pub const HISTORY_MAX: usize = 1000;

/// Words, those in quotes together.
fn quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in text.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words.retain(|word| !word.trim().is_empty());
    words
}

const UNKNOWN: &str = "there is no such command; /help lists them, and //text says /text";

/// All commands, one line each, under a heading.
pub fn help() -> String {
    let mut help = String::from("commands:");
    for Entry { name, arguments, meaning, .. } in TABLE {
        let usage = format!("/{name} {arguments}");
        let _ = write!(help, "\n{usage:<23}{meaning}");
    }
    help.push_str("\n//text                 say /text");
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_only_where_it_can_be_meant_as_one() {
        let say = |text: &str| Ok(Command::Say(text.to_owned()));
        assert_eq!(parse("hi"), say("hi"));
        assert_eq!(parse("//help"), say("/help"));
        assert_eq!(parse("/usr/bin is full"), say("/usr/bin is full"));
        assert_eq!(parse(" /help"), say(" /help"));
        assert_eq!(parse("/help"), Ok(Command::Help));
        assert_eq!(parse("/me waves  "), Ok(Command::Me("waves".to_owned())));
        assert_eq!(parse("/msg 10.0.0.7:9 a b"), Ok(Command::Msg("10.0.0.7:9".parse().unwrap(), "a b".to_owned())));
        assert_eq!(parse("/room"), Ok(Command::Room(None)));
        let search = |words: &[&str]| Ok(Command::Search(words.iter().map(|&word| word.to_owned()).collect()));
        assert_eq!(parse("/search a  b"), search(&["a", "b"]));
        assert_eq!(parse("/search \"a b\" c \"d"), search(&["a b", "c", "d"]));
        assert_eq!(parse("/query [10.0.0.7:9]"), Ok(Command::Query(Some("10.0.0.7:9".parse().unwrap()))));
        for wrong in [
            "/",
            "/delete 1",
            "/query bob",
            "/topic",
            "/only x",
            "/history 0",
            "/search \"\"",
            "/helpp",
            "/nick",
            "/msg bob",
            "/msg bob hi",
            "/me",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn help_names_every_command() {
        let help = help();
        assert!(TABLE.iter().all(|entry| help.contains(entry.name)));
    }
}
