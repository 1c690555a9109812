//! Typed line → what is meant.

mod table;

use std::net::SocketAddr;

use crate::chat::api::disk::Destination;
use crate::chat::api::event::Display;
use crate::chat::api::refusal::CommandRefusal;
use crate::chat::api::requester::Requester;
use crate::chat::base::address::PeerName;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;
use table::{ALIASES, CommandRow, TABLE};

/// What is wanted of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerCommand {
    /// Which rooms go through one, and how they stand.
    List,
    /// The room goes through this one.
    Choose(BrokerUrl),
    /// It goes through none.
    Off,
}

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
    /// Somebody who has a former secret of the room gets the one in use.
    Invite(String),
    /// The room gets another secret, which these get, or all who are known.
    Rekey(Vec<String>),
    /// What the room is about from now on.
    Topic(String),
    /// One is away, or back; `None`: the other of both.
    Away(Option<bool>),
    /// The conversation with one person or program is over.
    Close,
    /// How something stands that other commands change.
    Show(Showable),
    /// Something of the screen itself.
    Display(Display),
    /// A word rings as one's own name does, or not any more; `None`: which do.
    Highlight(Option<String>),
    /// Somebody to reach by unicast from now on.
    Peer(PeerName),
    /// The room goes through a broker, or none; or how that is.
    Broker(BrokerCommand),
    /// How one is reached: addresses, ports and interfaces.
    Net,
    /// What the configuration says of the screen holds from now on.
    Reload,
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
    /// The network is examined; these are to answer.
    Doctor(Vec<SocketAddr>),
    /// Somebody is asked for answers.
    Ping(String),
    /// Who is here.
    Who,
    /// Another of the open rooms to type into; without a name, which there are.
    Room(Option<String>),
    /// What commands there are, or what one of them does.
    Help(Option<&'static str>),
    /// What was said last: so many messages.
    History(usize),
    /// What was said that holds these words.
    Search(Vec<String>),
    /// One's own last message is to be forgotten, by everybody.
    Delete,
    /// Something of files.
    Files(FileCommand),
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
            Self::Petname(..) | Self::Show(Showable::Petnames) => "petname",
            Self::Ignore(_) => "ignore",
            Self::Unignore(_) => "unignore",
            Self::Invite(_) => "invite",
            Self::Rekey(_) => "rekey",
            Self::Query(_) => "query",
            Self::Close => "close",
            Self::Reload => "reload",
            Self::Peer(_) => "peer",
            Self::Broker(_) => "broker",
            Self::Net => "net",
            Self::Highlight(_) => "highlight",
            Self::Away(_) => "away",
            Self::Topic(_) | Self::Show(Showable::Topic) => "topic",
            Self::Display(_) => "display",
            Self::Nick(_) | Self::Show(Showable::Nick) => "nick",
            Self::Join(..) => "join",
            Self::Leave(_) => "leave",
            Self::Rooms => "rooms",
            Self::Stats => "stats",
            Self::Doctor(_) => "doctor",
            Self::Ping(_) => "ping",
            Self::Who => "who",
            Self::Room(_) => "room",
            Self::Help(_) => "help",
            Self::History(_) => "history",
            Self::Search(_) => "search",
            Self::Delete => "delete",
            Self::Files(command) => command.name(),
            Self::Quit => "quit",
        }
    }
}

/// What can be done with files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileCommand {
    /// Files and folders are offered, to one person alone or where lines go.
    Send(Vec<String>, Option<Recipient>),
    /// An offer is fetched: that of this id or name, or the newest.
    Get(Option<String>, Destination),
    /// Which offers stand, and how transfers go; or what is known of one offer.
    List(Option<String>),
    /// What is fetched is not wanted any more (`true`: only now, and what came of it is kept), or what the user offers is
    /// withdrawn.
    Cancel(String, bool),
    /// The author of an offer is told that it is not wanted.
    Decline(String),
}

impl FileCommand {
    /// Its name, as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send(..) => "send",
            Self::Get(..) => "get",
            Self::List(_) => "files",
            Self::Cancel(..) => "cancel",
            Self::Decline(_) => "decline",
        }
    }
}

/// Something that can be shown as well as changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showable {
    /// What the room is about.
    Topic,
    /// What one is called.
    Nick,
    /// What people are called here.
    Petnames,
}

/// Whom alone something is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever goes by this name.
    Person(String),
    /// Whoever speaks plain at this address.
    PlainPeer(SocketAddr),
}

impl Recipient {
    /// An address with its port is one of a plain peer, everything else a name.
    pub fn parse(text: &str) -> Self {
        match text.parse().or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse()) {
            Ok(address) => Self::PlainPeer(address),
            Err(_) => Self::Person(text.to_owned()),
        }
    }
}

/// A command as whoever drives the session gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who gives it.
    pub requester: Requester,
    /// Where it is meant; `None`: where lines go.
    pub room: Option<RoomName>,
    /// What is meant.
    pub command: Command,
}

/// The names of all commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|entry| entry.name)
}

/// Reads a line. `//text` says `/text`; a first word with a second slash (`/usr/bin`) is text. An error says what is wrong
/// with it.
pub fn parse(line: &str) -> Result<Command, CommandRefusal> {
    let Some(rest) = line.strip_prefix('/') else { return Ok(Command::Say(line.to_owned())) };
    if rest.starts_with('/') {
        return Ok(Command::Say(rest.to_owned()));
    }
    let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if name.contains('/') {
        return Ok(Command::Say(line.to_owned()));
    }
    let entry = find(name).ok_or_else(|| CommandRefusal::Unknown(name.to_owned()))?;
    (entry.read)(arguments.trim()).ok_or(CommandRefusal::Usage(entry.name))
}

/// The command of this name, in any case, or of one that irssi has for it.
fn find(name: &str) -> Option<&'static CommandRow> {
    let name = name.to_lowercase();
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, of)| of);
    TABLE.iter().find(|entry| entry.name == name)
}

/// The command in a line that does not quite begin with it: blanks stand before it, or its slash is the wide one of an input
/// method.
pub fn unveiled(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix(['/', '／']).filter(|_| !line.starts_with('/'))?;
    let name = rest.split(char::is_whitespace).next()?.to_lowercase();
    names().any(|known| known == name).then(|| format!("/{rest}"))
}

/// Whether a line was to say where what follows is said.
pub fn is_of_place(line: &str) -> bool {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    let found = word.strip_prefix('/').and_then(find);
    found.is_some_and(|entry| matches!(entry.name, "join" | "room" | "query"))
}

/// How many messages `/history` and `/search` show: a screenful.
pub const HISTORY_USUAL: usize = 20;
/// And at most, for they are all made before the first is shown. `chinwag history` has no bound.
pub const HISTORY_MAX: usize = 1000;

/// The names of all commands, each with what follows it, in the order of the alphabet.
pub fn usages() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|entry| (entry.name, entry.arguments))
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
        assert_eq!(parse("/help"), Ok(Command::Help(None)));
        for line in ["/help msg", "/help /msg", "/help MSG"] {
            assert_eq!(parse(line), Ok(Command::Help(Some("msg"))));
        }
        assert_eq!(parse("/me waves  "), Ok(Command::Me("waves".to_owned())));
        assert_eq!(
            parse("/msg 10.0.0.7:9 a b"),
            Ok(Command::Msg(Recipient::PlainPeer("10.0.0.7:9".parse().unwrap()), "a b".to_owned()))
        );
        assert_eq!(parse("/room"), Ok(Command::Room(None)));
        let search = |words: &[&str]| Ok(Command::Search(words.iter().map(|&word| word.to_owned()).collect()));
        assert_eq!(parse("/search a  b"), search(&["a", "b"]));
        assert_eq!(parse("/search \"a b\" c \"d"), search(&["a b", "c", "d"]));
        assert_eq!(parse("/query [10.0.0.7:9]"), Ok(Command::Query(Some(Recipient::parse("10.0.0.7:9")))));
        for wrong in [
            "/",
            "/delete 1",
            "/query two words",
            "/only x",
            "/history 0",
            "/search \"\"",
            "/helpp",
            "/msg bob",
            "/verify bob perhaps",
            "/whois",
            "/ignore a b",
            "/reply",
            "/me",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn case_does_not_matter_and_what_irssi_calls_a_command_is_one() {
        for (line, same) in [
            ("/QUIT", "/quit"),
            ("/exit", "/quit"),
            ("/Part", "/leave"),
            ("/names", "/who"),
            ("/n", "/who"),
            ("/j dev", "/join dev"),
            ("/q bob", "/query bob"),
        ] {
            assert_eq!(parse(line), parse(same), "{line}");
            assert!(parse(line).is_ok() && is_of_place(line) == is_of_place(same), "{line}");
        }
        assert_eq!(parse("/Quti"), Err(CommandRefusal::Unknown("Quti".to_owned())));
    }

    #[test]
    fn a_command_is_found_behind_blanks_and_a_wide_slash() {
        for (line, command) in [
            (" /msg bob hi", "/msg bob hi"),
            ("\t\n/quit", "/quit"),
            ("　／msg　bob", "/msg　bob"),
            ("／ME x", "/ME x"),
        ] {
            assert_eq!(unveiled(line).as_deref(), Some(command));
        }
        for text in ["/msg bob hi", " //msg bob", " /etc/hosts", "／usr", "a /msg", "", " "] {
            assert_eq!(unveiled(text), None, "{text:?}");
        }
        assert_eq!(parse("/me　waves"), Ok(Command::Me("waves".to_owned())));
    }
}
