//! The table of commands.

use super::{Command, HISTORY_MAX, HISTORY_USUAL, Recipient};
use crate::chat::api::event::Display;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;

/// One command: its name, what follows it, what it does, and what to say where that is not what followed.
pub struct Entry {
    pub name: &'static str,
    pub arguments: &'static str,
    pub meaning: &'static str,
    pub expected: &'static str,
    pub read: fn(&str) -> Option<Command>,
}

/// All commands, in the order of the alphabet. Help, completion and errors are made from this table.
pub const TABLE: &[Entry] = &[
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
        name: "invite",
        arguments: "NICK#TAG",
        meaning: "give this room's secret to somebody who has a former one",
        expected: "expected /invite NICK#TAG",
        read: |rest| one(rest).map(Command::Invite),
    },
    Entry {
        name: "join",
        arguments: "NAME [new]",
        meaning: "join another room and type there; new: with another secret than you know",
        expected: "expected /join NAME, a room of up to 64 bytes without white space and <>[]#→; you are asked for its secret",
        read: |rest| {
            let (name, unlock) = match rest.split_once(' ') {
                Some((name, "new")) => (name, Unlock::Anew),
                _ => (rest, Unlock::Known),
            };
            RoomName::parse(name).ok().map(|room| Command::Join(room, unlock))
        },
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
            let (to, text) = rest.split_once(char::is_whitespace)?;
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
