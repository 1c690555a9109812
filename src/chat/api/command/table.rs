//! The table of commands.

use super::{BrokerCommand, Command, FileCommand, HISTORY_MAX, HISTORY_USUAL, Recipient, Showable, find};
use crate::chat::api::disk::Destination;
use crate::chat::api::event::Display;
use crate::chat::api::quoting;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;

/// One command: its name, what follows it, and how that is read.
pub struct CommandRow {
    pub name: &'static str,
    pub arguments: &'static str,
    pub read: fn(&str) -> Option<Command>,
}

/// Other names of commands, as irssi has them.
pub const ALIASES: &[(&str, &str)] =
    &[("exit", "quit"), ("j", "join"), ("n", "who"), ("names", "who"), ("part", "leave"), ("q", "query")];

/// All commands, in the order of the alphabet. Help and completion are made from this table.
pub const TABLE: &[CommandRow] = &[
    CommandRow { name: "all", arguments: "", read: |rest| alone(rest, Command::Display(Display::All)) },
    CommandRow { name: "away", arguments: "", read: |rest| alone(rest, Command::Away(None)) },
    CommandRow {
        name: "broker",
        arguments: "[URL]",
        read: |rest| match rest {
            "" => Some(Command::Broker(BrokerCommand::List)),
            "off" => Some(Command::Broker(BrokerCommand::Off)),
            url => url.parse().ok().map(|url| Command::Broker(BrokerCommand::Choose(url))),
        },
    },
    CommandRow {
        name: "cancel",
        arguments: "OFFER",
        read: |rest| named(rest).map(|offer| Command::Files(FileCommand::Cancel(offer, false))),
    },
    CommandRow { name: "clear", arguments: "", read: |rest| alone(rest, Command::Display(Display::Clear)) },
    CommandRow { name: "close", arguments: "", read: |rest| alone(rest, Command::Close) },
    CommandRow {
        name: "decline",
        arguments: "OFFER",
        read: |rest| named(rest).map(|offer| Command::Files(FileCommand::Decline(offer))),
    },
    CommandRow { name: "delete", arguments: "", read: |rest| alone(rest, Command::Delete) },
    CommandRow { name: "doctor", arguments: "", read: |rest| alone(rest, Command::Doctor(Vec::new())) },
    CommandRow {
        name: "files",
        arguments: "[OFFER]",
        read: |rest| match rest {
            "" => Some(Command::Files(FileCommand::List(None))),
            offer => named(offer).map(|offer| Command::Files(FileCommand::List(Some(offer)))),
        },
    },
    CommandRow { name: "get", arguments: "[OFFER] [to DEST]", read: fetch },
    CommandRow {
        name: "help",
        arguments: "[COMMAND]",
        read: |rest| match rest {
            "" => Some(Command::Help(None)),
            name => find(name.trim_start_matches('/')).map(|row| Command::Help(Some(row.name))),
        },
    },
    CommandRow {
        name: "highlight",
        arguments: "[WORD]",
        read: |rest| match rest {
            "" => Some(Command::Highlight(None)),
            word => one(word).map(|word| Command::Highlight(Some(word))),
        },
    },
    CommandRow {
        name: "history",
        arguments: "[N]",
        read: |rest| match rest {
            "" => Some(Command::History(HISTORY_USUAL)),
            number => number.parse().ok().filter(|most| (1..=HISTORY_MAX).contains(most)).map(Command::History),
        },
    },
    CommandRow {
        name: "ignore",
        arguments: "[NICK]",
        read: |rest| match rest {
            "" => Some(Command::Ignore(None)),
            name => one(name).map(|name| Command::Ignore(Some(name))),
        },
    },
    CommandRow { name: "invite", arguments: "NICK#TAG", read: |rest| one(rest).map(Command::Invite) },
    CommandRow {
        name: "join",
        arguments: "NAME [new]",
        read: |rest| {
            let (name, unlock) = match rest.split_once(' ') {
                Some((name, "new")) => (name, Unlock::Anew),
                _ => (rest, Unlock::Known),
            };
            RoomName::parse(name).ok().map(|room| Command::Join(room, unlock))
        },
    },
    CommandRow { name: "keys", arguments: "", read: |rest| alone(rest, Command::Display(Display::Keys)) },
    CommandRow {
        name: "leave",
        arguments: "[NAME]",
        read: |rest| match rest {
            "" => Some(Command::Leave(None)),
            name => RoomName::parse(name).ok().map(|name| Command::Leave(Some(name))),
        },
    },
    CommandRow { name: "me", arguments: "TEXT", read: |rest| (!rest.is_empty()).then(|| Command::Me(rest.to_owned())) },
    CommandRow {
        name: "msg",
        arguments: "NICK TEXT",
        read: |rest| {
            let (to, text) = rest.split_once(char::is_whitespace)?;
            let text = text.trim_start();
            (!text.is_empty()).then(|| Command::Msg(Recipient::parse(to), text.to_owned()))
        },
    },
    CommandRow { name: "net", arguments: "", read: |rest| alone(rest, Command::Net) },
    CommandRow {
        name: "nick",
        arguments: "[NAME]",
        read: |rest| match rest {
            "" => Some(Command::Show(Showable::Nick)),
            nick => Some(Command::Nick(nick.to_owned())),
        },
    },
    CommandRow { name: "only", arguments: "", read: |rest| alone(rest, Command::Display(Display::Only)) },
    CommandRow { name: "peer", arguments: "HOST[:PORT]", read: |rest| rest.parse().ok().map(Command::Peer) },
    CommandRow {
        name: "petname",
        arguments: "[NICK [NAME]]",
        read: |rest| {
            let mut words = rest.split_whitespace();
            let Some(who) = words.next() else { return Some(Command::Show(Showable::Petnames)) };
            let name = words.next();
            words.next().is_none().then(|| Command::Petname(who.to_owned(), name.map(str::to_owned)))
        },
    },
    CommandRow { name: "ping", arguments: "NICK", read: |rest| one(rest).map(Command::Ping) },
    CommandRow {
        name: "query",
        arguments: "[NICK]",
        read: |rest| match rest {
            "" => Some(Command::Query(None)),
            to => one(to).map(|to| Command::Query(Some(Recipient::parse(&to)))),
        },
    },
    CommandRow { name: "quit", arguments: "", read: |rest| alone(rest, Command::Quit) },
    CommandRow {
        name: "rekey",
        arguments: "[NICK…]",
        read: |rest| Some(Command::Rekey(rest.split_whitespace().map(str::to_owned).collect())),
    },
    CommandRow { name: "reload", arguments: "", read: |rest| alone(rest, Command::Reload) },
    CommandRow {
        name: "reply",
        arguments: "TEXT",
        read: |rest| (!rest.is_empty()).then(|| Command::Reply(rest.to_owned())),
    },
    CommandRow {
        name: "room",
        arguments: "[NAME]",
        read: |rest| Some(Command::Room((!rest.is_empty()).then(|| rest.to_owned()))),
    },
    CommandRow {
        name: "search",
        arguments: "WORDS",
        read: |rest| {
            let words = quoted(rest);
            (!words.is_empty()).then_some(Command::Search(words))
        },
    },
    CommandRow {
        name: "send",
        arguments: "PATH…",
        read: |rest| {
            let paths = quoted(rest);
            (!paths.is_empty()).then_some(Command::Files(FileCommand::Send(paths, None)))
        },
    },
    CommandRow { name: "stats", arguments: "", read: |rest| alone(rest, Command::Stats) },
    CommandRow {
        name: "topic",
        arguments: "[TEXT]",
        read: |rest| match rest {
            "" => Some(Command::Show(Showable::Topic)),
            text => Some(Command::Topic(text.to_owned())),
        },
    },
    CommandRow { name: "unignore", arguments: "NICK", read: |rest| one(rest).map(Command::Unignore) },
    CommandRow {
        name: "verify",
        arguments: "NICK [yes|no]",
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
    CommandRow { name: "who", arguments: "", read: |rest| alone(rest, Command::Who) },
    CommandRow { name: "whois", arguments: "NICK", read: |rest| one(rest).map(Command::Whois) },
];

/// One word, and no more.
fn one(rest: &str) -> Option<String> {
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| rest.to_owned())
}

/// One word, or several in quotes.
fn named(rest: &str) -> Option<String> {
    let mut words = quoted(rest).into_iter();
    words.next().filter(|_| words.next().is_none())
}

/// `[OFFER] [to DEST]`.
fn fetch(rest: &str) -> Option<Command> {
    let words = quoted(rest);
    let (offer, path) = match words.as_slice() {
        [] => (None, None),
        [offer] if offer != "to" => (Some(offer), None),
        [word, path] if word == "to" => (None, Some(path)),
        [offer, word, path] if word == "to" => (Some(offer), Some(path)),
        _ => return None,
    };
    if path.is_some_and(|path| path == "-") {
        return None; // only a command of the shell has a standard output to give it to
    }
    let to = Destination { path: path.cloned(), is_forced: false };
    Some(Command::Files(FileCommand::Get(offer.cloned(), to)))
}

fn alone(rest: &str, command: Command) -> Option<Command> {
    rest.is_empty().then_some(command)
}

/// Words, those in quotes together.
fn quoted(text: &str) -> Vec<String> {
    quoting::words(text).into_iter().map(|word| word.text).filter(|word| !word.trim().is_empty()).collect()
}
