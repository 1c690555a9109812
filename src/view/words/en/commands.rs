//! What is said of the commands.

use std::fmt::Write;

use crate::chat::api::command;

/// What a command does.
fn meaning(name: &str) -> &'static str {
    match name {
        "all" => "show all conversations again",
        "clear" => "empty the screen; the scrollback keeps it",
        "delete" => "take back your last message; others are asked to",
        "help" => "what commands there are",
        "history" => "the last N messages, or 20",
        "ignore" => "take nothing of somebody any more; alone: of whom that is so",
        "invite" => "give this room's secret to somebody who has a former one",
        "join" => "join another room and type there; new: with another secret than you know",
        "keys" => "what the keys do",
        "leave" => "leave a room, or the one you type into",
        "me" => "say what you do",
        "msg" => "say it to one person alone, or to ADDRESS:PORT in plain text",
        "nick" => "go by another name; alone: show yours",
        "only" => "show the conversation you type into, and no other",
        "petname" => "call somebody NAME here, whatever they call themselves; alone: list whom",
        "query" => "type to one person alone, or to ADDRESS:PORT; alone: to the room again",
        "quit" => "leave",
        "rekey" => "give this sealed room another secret, and it to these, or to all",
        "reply" => "answer whoever last wrote to you alone",
        "room" => "type into another of your rooms, or list them",
        "search" => "messages with all of these words; \"in quotes\" side by side",
        "stats" => "how many datagrams came, left and were refused",
        "topic" => "say what the room is about; alone: show it",
        "unignore" => "take again what somebody says",
        "verify" => "ten words that you both see alike, then whether they were",
        "who" => "who is here",
        "whois" => "who that is: key, address, others of that name",
        _ => "",
    }
}

/// What a command takes.
pub fn expected(name: &str) -> &'static str {
    match name {
        "all" => "expected /all alone",
        "clear" => "expected /clear alone",
        "delete" => "expected /delete alone: it takes back your last message",
        "help" => "expected /help",
        "history" => "expected /history, or /history N with N from 1 to 1000",
        "ignore" => "expected /ignore NICK, or /ignore alone",
        "invite" => "expected /invite NICK#TAG",
        "join" => {
            "expected /join NAME, a room of up to 64 bytes without white space and <>[]#→; you are asked for its secret"
        }
        "keys" => "expected /keys alone",
        "leave" => "expected /leave NAME, or /leave alone",
        "me" => "expected /me TEXT",
        "msg" => "expected /msg NICK TEXT, or /msg ADDRESS:PORT TEXT",
        "nick" => "expected /nick NAME, or /nick alone",
        "only" => "expected /only alone",
        "petname" => "expected /petname NICK NAME, /petname NICK to undo it, or /petname alone",
        "query" => "expected /query NICK, /query ADDRESS:PORT, or /query alone",
        "quit" => "expected /quit alone",
        "rekey" => "expected /rekey, or /rekey NICK NICK",
        "reply" => "expected /reply TEXT",
        "room" => "expected /room NAME, or /room alone",
        "search" => "expected /search WORDS",
        "stats" => "expected /stats alone",
        "topic" => "expected /topic TEXT, or /topic alone",
        "unignore" => "expected /unignore NICK",
        "verify" => "expected /verify NICK, then /verify NICK yes or no",
        "who" => "expected /who alone",
        "whois" => "expected /whois NICK",
        _ => "expected a command; /help lists them",
    }
}

/// All commands, one line each, under a heading.
pub fn help() -> String {
    let mut help = String::from("commands:");
    for (name, arguments) in command::usages() {
        let usage = format!("/{name} {arguments}");
        let _ = write!(help, "\n{usage:<23}{}", meaning(name));
    }
    help.push_str("\n//text                 say /text");
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_explained() {
        let help = help();
        for (name, _) in command::usages() {
            assert!(!meaning(name).is_empty() && help.contains(&format!("\n/{name} ")), "{name}");
            assert!(expected(name).starts_with(&format!("expected /{name}")), "{name}");
        }
    }
}
