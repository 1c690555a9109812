//! What is said of the commands.

use std::fmt::Write;

use crate::chat::api::command;

/// What a command does.
fn meaning(name: &str) -> &'static str {
    match name {
        "all" => "show all conversations again (see /only)",
        "away" => "say that you are away, or back; /who shows it",
        "broker" => "reach this sealed room through a broker, too; \"off\": not any more; alone: show which",
        "cancel" => "stop fetching, or withdraw what you offer",
        "clear" => "empty the screen; you can still scroll back",
        "close" => "end the conversation with one person",
        "decline" => "tell somebody that you do not want what they offer",
        "delete" => "take back your last message, here and for the others",
        "doctor" => "examine the network: why somebody is not found",
        "files" => "list what is offered and fetched; OFFER: more of one",
        "get" => "fetch what somebody offers; alone: the newest",
        "help" => "list the commands; COMMAND: explain that one",
        "highlight" => "ring for WORD as for your name, or stop that; alone: list",
        "history" => "show the last 20 messages, or N",
        "ignore" => "ignore somebody; alone: list who is ignored",
        "invite" => "give this room's secret to somebody who has an older one",
        "join" => "join a room and type there; new: enter another secret for it",
        "keys" => "list the keys",
        "leave" => "leave a room; alone: the one you type into",
        "me" => "say what you do: /me waves",
        "msg" => "send a private message; to ADDRESS:PORT plain text",
        "net" => "show your addresses, ports and interfaces",
        "nick" => "change your name; alone: show it",
        "only" => "show only the conversation you type into",
        "peer" => "reach somebody by address, where nobody is found",
        "petname" => "give somebody a name that only you see; alone: list those names",
        "ping" => "ask somebody for answers: how fast they come, and by which way",
        "query" => "type to one person, or to ADDRESS:PORT; alone: back to the room",
        "quit" => "leave the program",
        "rekey" => "change the secret of this sealed room, for all or only for NICKs",
        "reload" => "read the configuration file again, for the screen and its keys",
        "reply" => "answer the last private message",
        "room" => "type into another of your rooms; alone: list them",
        "search" => "find messages with all WORDS; \"in quotes\" side by side",
        "send" => "offer files or folders to whom you type to",
        "stats" => "count the datagrams sent, received and refused",
        "topic" => "set the topic of the room; alone: show it",
        "unignore" => "stop ignoring somebody",
        "verify" => "compare ten words with somebody, then confirm",
        "who" => "list who is here",
        "whois" => "show who somebody is: key, address, others of that name",
        _ => "",
    }
}

/// What a command takes.
pub fn expected(name: &str) -> &'static str {
    match name {
        "all" => "expected /all alone",
        "away" => "expected /away alone",
        "broker" => "expected /broker mqtts://HOST[:PORT][/PREFIX], /broker off, or /broker alone",
        "cancel" => "expected /cancel OFFER, as /files names it",
        "clear" => "expected /clear alone",
        "close" => "expected /close alone",
        "decline" => "expected /decline OFFER, as /files names it",
        "delete" => "expected /delete alone: it takes back your last message",
        "doctor" => "expected /doctor alone",
        "files" => "expected /files, or /files OFFER",
        "get" => "expected /get, /get OFFER, or /get OFFER to a folder or a name; names with blanks in \"quotes\"",
        "help" => "expected /help, or /help COMMAND with one that it lists",
        "highlight" => "expected /highlight WORD, or /highlight alone",
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
        "net" => "expected /net alone",
        "nick" => "expected /nick NAME, or /nick alone",
        "only" => "expected /only alone",
        "peer" => "expected /peer HOST or /peer HOST:PORT, a name or an address",
        "petname" => "expected /petname NICK NAME, /petname NICK to undo it, or /petname alone",
        "ping" => "expected /ping NICK",
        "query" => "expected /query NICK, /query ADDRESS:PORT, or /query alone",
        "quit" => "expected /quit alone",
        "rekey" => "expected /rekey, or /rekey NICK NICK",
        "reload" => "expected /reload alone",
        "reply" => "expected /reply TEXT",
        "room" => "expected /room NAME, or /room alone",
        "search" => "expected /search WORDS",
        "send" => "expected /send PATH, or several; with blanks in \"quotes\"",
        "stats" => "expected /stats alone",
        "topic" => "expected /topic TEXT, or /topic alone",
        "unignore" => "expected /unignore NICK",
        "verify" => "expected /verify NICK, then /verify NICK yes or no",
        "who" => "expected /who alone",
        "whois" => "expected /whois NICK",
        _ => "expected a command; /help lists them",
    }
}

/// What one command does, and what it takes.
pub fn help_on(name: &str) -> String {
    let arguments = command::usages().find(|(known, _)| *known == name).map_or("", |(_, arguments)| arguments);
    format!("{}\n{}", row(name, arguments), expected(name))
}

fn row(name: &str, arguments: &str) -> String {
    let usage = format!("/{name} {arguments}");
    format!("{usage:<23}{}", meaning(name))
}

/// All commands, one line each, under a heading.
pub fn help() -> String {
    let mut help = String::from("commands:");
    for (name, arguments) in command::usages() {
        let _ = write!(help, "\n{}", row(name, arguments));
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
