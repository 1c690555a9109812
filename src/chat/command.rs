//! Typed line → what is meant.

use std::fmt::Write;
use std::net::SocketAddr;

/// What a typed line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Text for the room.
    Say(String),
    /// What one does.
    Me(String),
    /// Text for a plain address.
    Msg(SocketAddr, String),
    /// Another nick.
    Nick(String),
    /// Who is here.
    Who,
    /// Another of the open rooms to type into; without a name, which there are.
    Room(Option<String>),
    /// What commands there are.
    Help,
    /// The end.
    Quit,
}

/// One command: its name, what follows it, and what it does.
struct Entry {
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    read: fn(&str) -> Option<Command>,
}

/// All commands. Help and errors are made from this table.
const TABLE: &[Entry] = &[
    Entry { name: "help", arguments: "", meaning: "what commands there are", read: |_| Some(Command::Help) },
    Entry {
        name: "me",
        arguments: "TEXT",
        meaning: "say what you do",
        read: |rest| (!rest.is_empty()).then(|| Command::Me(rest.to_owned())),
    },
    Entry {
        name: "msg",
        arguments: "ADDRESS:PORT TEXT",
        meaning: "answer somebody who speaks plain text",
        read: |rest| {
            let (address, text) = rest.split_once(' ')?;
            Some(Command::Msg(address.parse().ok()?, text.to_owned()))
        },
    },
    Entry {
        name: "nick",
        arguments: "NAME",
        meaning: "go by another name",
        read: |rest| (!rest.is_empty()).then(|| Command::Nick(rest.to_owned())),
    },
    Entry { name: "quit", arguments: "", meaning: "leave", read: |_| Some(Command::Quit) },
    Entry {
        name: "room",
        arguments: "[NAME]",
        meaning: "type into another of your rooms, or list them",
        read: |rest| Some(Command::Room((!rest.is_empty()).then(|| rest.to_owned()))),
    },
    Entry { name: "who", arguments: "", meaning: "who is here", read: |_| Some(Command::Who) },
];

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
    (entry.read)(arguments.trim()).ok_or(match entry.name {
        "msg" => "expected /msg ADDRESS:PORT TEXT",
        "nick" => "expected /nick NAME",
        _ => "expected /me TEXT",
    })
}

const UNKNOWN: &str = "there is no such command; /help lists them, and //text says /text";

/// All commands, one line each.
pub fn help() -> String {
    let mut help = String::from("commands:");
    for Entry { name, arguments, meaning, .. } in TABLE {
        let _ = write!(help, " /{name}{}{arguments} ({meaning});", if arguments.is_empty() { "" } else { " " });
    }
    help.push_str(" //text says /text");
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
        for wrong in ["/", "/helpp", "/nick", "/msg bob", "/msg bob hi", "/me"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn help_names_every_command() {
        let help = help();
        assert!(TABLE.iter().all(|entry| help.contains(entry.name)));
    }
}
