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
    /// Text for one person alone, or a plain address.
    Msg(Recipient, String),
    /// What is typed goes to one person alone, or a plain address, from now on; without one, to the room again.
    Query(Option<Recipient>),
    /// Text for whoever last wrote to us alone.
    Reply(String),
    /// Who somebody is.
    Whois(String),
    /// The words to compare with somebody; or that they were right, or are not any more.
    Verify(String, Option<bool>),
    /// What somebody is called here; without a name, what it calls itself.
    Petname(String, Option<String>),
    /// Nothing of somebody is wanted from now on; without one, of whom that is so.
    Ignore(Option<String>),
    /// Somebody is no longer ignored.
    Unignore(String),
    /// The room gets another secret, which these get, or all who are known.
    Rekey(Vec<String>),
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
            Self::Reply(_) => "reply",
            Self::Whois(_) => "whois",
            Self::Verify(..) => "verify",
            Self::Petname(..) => "petname",
            Self::Ignore(_) => "ignore",
            Self::Unignore(_) => "unignore",
            Self::Rekey(_) => "rekey",
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

/// Whom alone something is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever goes by this name.
    Person(String),
    /// Whoever speaks plain at this address.
    Guest(SocketAddr),
}

impl Recipient {
    /// An address with its port is one of a guest, everything else a name.
    pub fn parse(text: &str) -> Self {
        match text.parse().or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse()) {
            Ok(address) => Self::Guest(address),
            Err(_) => Self::Person(text.to_owned()),
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
        name: "ignore",
        arguments: "[NICK]",
        meaning: "take nothing of somebody any more; alone: of whom that is so",
        expected: "expected /ignore NICK, or /ignore alone",
        read: |rest| match rest {
            "" => Some(Command::Ignore(None)),
            name => one(name).map(|name| Command::Ignore(Some(name))),
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
        arguments: "NICK TEXT",
        meaning: "say it to one person alone, or to ADDRESS:PORT in plain text",
        expected: "expected /msg NICK TEXT, or /msg ADDRESS:PORT TEXT",
        read: |rest| {
            let (to, text) = rest.split_once(' ')?;
            let text = text.trim_start();
            (!text.is_empty()).then(|| Command::Msg(Recipient::parse(to), text.to_owned()))
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
        name: "petname",
        arguments: "NICK [NAME]",
        meaning: "call somebody NAME here, whatever they call themselves",
        expected: "expected /petname NICK NAME, or /petname NICK alone to undo it",
        read: |rest| {
            let mut words = rest.split_whitespace();
            let (who, name) = (words.next()?, words.next());
            words.next().is_none().then(|| Command::Petname(who.to_owned(), name.map(str::to_owned)))
        },
    },
    Entry {
        name: "query",
        arguments: "[NICK]",
        meaning: "type to one person alone, or to ADDRESS:PORT; alone: to the room again",
        expected: "expected /query NICK, /query ADDRESS:PORT, or /query alone",
        read: |rest| match rest {
            "" => Some(Command::Query(None)),
            to => one(to).map(|to| Command::Query(Some(Recipient::parse(&to)))),
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
        name: "rekey",
        arguments: "[NICK…]",
        meaning: "give this sealed room another secret, and it to these, or to all",
        expected: "expected /rekey, or /rekey NICK NICK",
        read: |rest| Some(Command::Rekey(rest.split_whitespace().map(str::to_owned).collect())),
    },
    Entry {
        name: "reply",
        arguments: "TEXT",
        meaning: "answer whoever last wrote to you alone",
        expected: "expected /reply TEXT",
        read: |rest| (!rest.is_empty()).then(|| Command::Reply(rest.to_owned())),
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
        name: "unignore",
        arguments: "NICK",
        meaning: "take again what somebody says",
        expected: "expected /unignore NICK",
        read: |rest| one(rest).map(Command::Unignore),
    },
    Entry {
        name: "verify",
        arguments: "NICK [yes|no]",
        meaning: "ten words that you both see alike, then whether they were",
        expected: "expected /verify NICK, then /verify NICK yes or no",
        read: |rest| {
            let mut words = rest.split_whitespace();
            let (who, answer) = (words.next()?, words.next());
            let is_right = match answer {
                None => None,
                Some("yes") => Some(true),
                Some("no") => Some(false),
                Some(_) => return None,
            };
            words.next().is_none().then(|| Command::Verify(who.to_owned(), is_right))
        },
    },
    Entry {
        name: "who",
        arguments: "",
        meaning: "who is here",
        expected: "expected /who alone",
        read: |rest| alone(rest, Command::Who),
    },
    Entry {
        name: "whois",
        arguments: "NICK",
        meaning: "who that is: key, address, others of that name",
        expected: "expected /whois NICK",
        read: |rest| one(rest).map(Command::Whois),
    },
];

/// One word, and no more.
fn one(rest: &str) -> Option<String> {
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| rest.to_owned())
}

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
        assert_eq!(
            parse("/msg 10.0.0.7:9 a b"),
            Ok(Command::Msg(Recipient::Guest("10.0.0.7:9".parse().unwrap()), "a b".to_owned()))
        );
        assert_eq!(parse("/room"), Ok(Command::Room(None)));
        let search = |words: &[&str]| Ok(Command::Search(words.iter().map(|&word| word.to_owned()).collect()));
        assert_eq!(parse("/search a  b"), search(&["a", "b"]));
        assert_eq!(parse("/search \"a b\" c \"d"), search(&["a b", "c", "d"]));
        assert_eq!(parse("/query [10.0.0.7:9]"), Ok(Command::Query(Some(Recipient::parse("10.0.0.7:9")))));
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
