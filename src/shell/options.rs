//! The command line → [`Options`]. Every mistake is answered with one sentence that says what was expected.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use regex::Regex;

use crate::chat::address::{BadAddress, Bind, Peer};
use crate::chat::charset::Charset;
use crate::chat::names;
use crate::chat::secret::RoomName;

/// What the user asked for, every value checked as far as that needs no system call.
#[derive(Debug)]
pub struct Options {
    /// What to do.
    pub command: Command,
    /// Where to listen; `None`: the usual port, or any where that is taken.
    pub bind: Option<Bind>,
    /// The interfaces that multicast leaves by; none: every one that can.
    pub interfaces: Vec<String>,
    /// No multicast at all.
    pub no_lan: bool,
    /// What others see; `None`: the login name.
    pub nick: Option<String>,
    /// The rooms to join, the first the one that lines go to.
    pub rooms: Vec<RoomName>,
    /// Who is reached by unicast in any case.
    pub peers: Vec<Peer>,
    /// Whose identity it is.
    pub identity: Identity,
    /// Nothing is sent before so many others are there.
    pub wait_peers: usize,
    /// Lines may be commands; `None`: where they are typed.
    pub commands: Option<bool>,
    /// Events as JSON Lines instead of text.
    pub json: bool,
    /// Stay after the end of input.
    pub listen: bool,
    /// The message to wait for.
    pub expect: Option<Regex>,
    /// How long to wait, for what the command says.
    pub timeout: Option<Duration>,
    /// What plain peers are taken to write.
    pub charset: Charset,
    /// One `\n` after each message.
    pub newline: bool,
}

/// Which identity is used.
#[derive(Debug)]
pub enum Identity {
    /// That of a profile, in this folder or the usual one.
    Profile {
        /// Its name.
        name: String,
        /// Where profiles are.
        folder: Option<PathBuf>,
    },
    /// A new one, in memory only.
    Temporary,
}

/// The command words.
#[derive(Debug)]
pub enum Command {
    /// Join the rooms and chat.
    Chat,
    /// Say one thing and end when it is confirmed.
    Send {
        /// The words; none, or `-` alone: standard input.
        text: Option<String>,
    },
    /// Raw text datagrams to and from any program.
    Plain {
        /// Who gets the lines; nobody: whoever wrote last.
        peers: Vec<Peer>,
    },
}

impl Options {
    /// Reads the arguments, the program's name first. An error holds what to print (help and version are among them)
    /// and the exit code.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let CommandLine { options: given, command } = CommandLine::try_parse_from(arguments)?;
        let command = match command {
            None => Command::Chat,
            Some(Word::Send { text }) => Command::Send { text: words(&text) },
            Some(Word::Plain { peers }) => {
                given.check_plain()?;
                Command::Plain { peers: parse_peers(&peers)? }
            }
        };
        let mut rooms = given.rooms;
        let mut seen = BTreeSet::new();
        rooms.retain(|room| seen.insert(room.clone()));
        if rooms.is_empty() {
            rooms.push(RoomName::lobby());
        }
        let identity = if given.temp {
            Identity::Temporary
        } else {
            let name = given.profile.unwrap_or_else(|| "default".to_owned());
            Identity::Profile { name, folder: given.data_dir }
        };
        Ok(Self {
            command,
            bind: given.bind,
            interfaces: given.interfaces,
            no_lan: given.no_lan,
            nick: given.nick,
            rooms,
            peers: given.peers,
            identity,
            wait_peers: given.wait_peers,
            commands: given.commands.then_some(true),
            json: given.json,
            listen: given.listen,
            expect: given.expect,
            timeout: given.timeout,
            charset: given.charset,
            newline: given.newline,
        })
    }
}

/// Chat with the people on the network you are on: no server, no account, no internet.
#[derive(Debug, Parser)]
#[command(name = "chinwag", version, propagate_version = true, max_term_width = 100, after_long_help = EXAMPLES)]
#[command(
    override_usage = "chinwag [OPTIONS]\n       chinwag send [OPTIONS] [TEXT]...\n       chinwag plain [OPTIONS] [HOST:PORT]..."
)]
struct CommandLine {
    #[command(flatten)]
    options: Given,
    #[command(subcommand)]
    command: Option<Word>,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Say one thing, wait until it is confirmed, exit
    ///
    /// Without TEXT, or with `-` alone, standard input is one message; an empty one is not sent. Exit code 3: nobody was there; 4: somebody was and did not
    /// confirm in time.
    #[command(after_long_help = EXAMPLES)]
    Send {
        /// What to say; words are joined by one space
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Raw text datagrams to and from any program
    ///
    /// Each line of standard input is sent as one UDP datagram to every peer; each datagram that arrives is shown as
    /// `[ADDRESS:PORT] text`. Whatever speaks text over UDP can be the other side: nc -u, socat, a script.
    #[command(after_long_help = EXAMPLES)]
    Plain {
        /// Who gets the lines; port 7788 where none is given
        ///
        /// Names, IPv4, `[IPv6]:PORT`, `[fe80::1%eth0]:PORT`, multicast and broadcast addresses. Without a peer, lines go
        /// to whoever wrote last, and input is not read until somebody has written.
        #[arg(value_name = "HOST:PORT")]
        peers: Vec<String>,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text")]
struct Given {
    /// Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT
    ///
    /// A port alone is that port on all addresses of both families; an address alone is port 7788 there; port 0 is any
    /// that is free. Without this option it is port 7788 on all addresses, or any free port where 7788 is taken.
    #[arg(short, long, value_name = "WHERE", global = true)]
    bind: Option<Bind>,

    /// The name others see
    ///
    /// Without this option it is the login name, with the name of the machine where that is a common one.
    #[arg(short, long, value_name = "NAME", global = true, value_parser = names::parse)]
    nick: Option<String>,

    /// The room to join; repeat for several: lines go to the first
    #[arg(short, long = "room", value_name = "NAME", global = true, value_parser = RoomName::parse)]
    rooms: Vec<RoomName>,

    /// Somebody to reach by unicast, in another network or where multicast does not pass; repeat
    #[arg(id = "peer", short, long = "peer", value_name = "HOST[:PORT]", global = true)]
    peers: Vec<Peer>,

    /// No multicast at all: only those named with --peer are found, and those who name this one
    #[arg(long, global = true, conflicts_with = "interfaces")]
    no_lan: bool,

    /// Multicast on this interface only, such as eth0; repeat
    #[arg(short, long = "interface", value_name = "NAME", global = true)]
    interfaces: Vec<String>,

    /// Which identity to use
    #[arg(long, value_name = "NAME", global = true, conflicts_with = "temp", value_parser = parse_profile)]
    profile: Option<String>,

    /// The folder that profiles are kept in, instead of the usual one
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "temp")]
    data_dir: Option<PathBuf>,

    /// A new identity, in memory only
    #[arg(long, global = true)]
    temp: bool,

    /// Send nothing before N others are there at once
    #[arg(long, value_name = "N", global = true, default_value_t = 0)]
    wait_peers: usize,

    /// Input may hold slash commands, as typed lines may
    #[arg(long, global = true)]
    commands: bool,

    /// Plain lines on standard output, as without this option
    #[arg(long, global = true, conflicts_with = "json")]
    lines: bool,

    /// JSON Lines on standard output: ready, peer, message, delivery, notice, error, exit
    #[arg(long, global = true)]
    json: bool,

    /// Stay after the end of input
    #[arg(long, global = true)]
    listen: bool,

    /// Print the first message that matches, only that, and exit
    ///
    /// The end of input does not end the program while no message matched; --timeout does, with exit code 5.
    #[arg(long, value_name = "REGEX", global = true, value_parser = parse_regex)]
    expect: Option<Regex>,

    /// How long to wait: for --expect and --wait-peers from the start, for receipts from the end of input
    ///
    /// Fractions are allowed. Without this option there is no bound from the start, and receipts are waited for 5 seconds.
    /// In plain it bounds the wait for the first writer, and sets how long answers are waited for after the end of input.
    #[arg(long, value_name = "SECONDS", global = true, value_parser = parse_seconds)]
    timeout: Option<Duration>,

    /// What peers write: utf-8, gbk, gb18030, big5, shift_jis, …
    ///
    /// A peer whose text turns out to be GB18030 is answered in it even where utf-8 was chosen.
    #[arg(long, value_name = "NAME", global = true, default_value_t = Charset::UTF_8)]
    charset: Charset,

    /// Send one \n after each message, for peers such as nc that print messages as they come
    #[arg(long, global = true)]
    newline: bool,
}

const EXAMPLES: &str = "\
Examples:
  chinwag                                  chat with everybody on this network
  chinwag -r team -p office.example        another room, and somebody behind a router
  chinwag send build 17 is ready           say one thing; exit 0 once everybody has it
  seq 100 | chinwag --wait-peers 1         wait for somebody, then send each line
  chinwag --json < /dev/null               listen, as JSON Lines
  chinwag plain                            wait for somebody to write, then answer
  chinwag plain 10.0.0.7:9999              chat with 10.0.0.7
  chinwag plain -b 9999 10.0.0.7 10.0.0.8  chat with two at port 7788, listen on 9999
  chinwag plain --newline localhost:5000   chat with `nc -u -l 5000`
  echo hi | chinwag plain alice.local      say one thing, show answers until a second is quiet
  echo ping | chinwag plain --expect '^pong' --timeout 5 10.0.0.7:9999

Exit codes:
  0 done; 1 failed, or a line was refused; 2 wrong usage; 3 nobody there;
  4 not confirmed in time; 5 --expect or --wait-peers ran out of time;
  128 + n ended by signal n";

impl Given {
    /// What is of rooms alone has no meaning in the course's chatter.
    fn check_plain(&self) -> Result<(), clap::Error> {
        let of_rooms = [
            (self.nick.is_some(), "--nick"),
            (!self.rooms.is_empty(), "--room"),
            (!self.peers.is_empty(), "--peer"),
            (self.no_lan, "--no-lan"),
            (self.profile.is_some(), "--profile"),
            (self.data_dir.is_some(), "--data-dir"),
            (self.temp, "--temp"),
            (self.wait_peers > 0, "--wait-peers"),
            (self.commands, "--commands"),
            (self.interfaces.len() > 1, "a second --interface"),
        ];
        match of_rooms.into_iter().find(|(is_given, _)| *is_given) {
            None => Ok(()),
            Some((_, option)) => {
                let why =
                    format!("{option} is not for plain, which has no rooms; its peers are named after the word plain");
                Err(CommandLine::command().error(ErrorKind::ArgumentConflict, why))
            }
        }
    }
}

/// The words of `send`, joined by one space.
fn words(text: &[String]) -> Option<String> {
    let is_input = text.is_empty() || text == ["-"];
    (!is_input).then(|| text.join(" "))
}

/// A profile is a folder: its name is no path.
fn parse_profile(text: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_name = !text.is_empty() && text.len() <= 64 && text.chars().all(is_plain);
    is_name.then(|| text.to_owned()).ok_or("expected up to 64 letters, digits, '-' and '_'")
}

/// All peers together: a number behind a host without a port was meant as its port.
fn parse_peers(texts: &[String]) -> Result<Vec<Peer>, clap::Error> {
    let mut peers: Vec<Peer> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(peer) => peers.push(peer),
            Err(BadAddress::NoHost(port)) if index > 0 && !text.starts_with(':') && !has_port(&texts[index - 1]) => {
                let host = &peers[index - 1];
                let meant = Peer { port, ..host.clone() };
                return Err(wrong_peer(text, &format!("did you mean {meant}?")));
            }
            Err(bad) => return Err(wrong_peer(text, &bad.to_string())),
        }
    }
    Ok(peers)
}

/// Whether a peer that parsed was given a port.
fn has_port(text: &str) -> bool {
    let after_address = text.rsplit_once(']').map_or(text, |(_, rest)| rest);
    after_address.matches(':').count() == 1
}

fn wrong_peer(text: &str, why: &str) -> clap::Error {
    let mut command = CommandLine::command();
    command.build();
    let plain = command.find_subcommand_mut("plain").expect("it is one of the command words");
    plain.error(ErrorKind::ValueValidation, format!("invalid value '{text}' for '[HOST:PORT]...': {why}"))
}

fn parse_regex(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let all = error.to_string();
        let reason = all.lines().last().unwrap_or_default();
        format!("not a regular expression: {}", reason.trim_start_matches("error: "))
    })
}

fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| EXPECTED_SECONDS)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| EXPECTED_SECONDS)
}

const EXPECTED_SECONDS: &str = "expected a number of seconds, such as 5 or 0.5";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments = line.split_whitespace().map(OsString::from);
        Options::parse(arguments).map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    fn peers(options: &Options) -> Vec<String> {
        let Command::Plain { peers } = &options.command else { panic!("{options:?}") };
        peers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_behind_the_command_word() {
        for line in ["chinwag --bind 9999 --json plain a:1 b", "chinwag plain a:1 b --json -b :9999"] {
            let options = parse(line).unwrap();
            assert_eq!(peers(&options), ["a:1", "b:7788"]);
            assert_eq!((options.bind, options.json), (Some(Bind { address: None, port: 9999 }), true));
        }
    }

    #[test]
    fn a_port_given_apart_from_its_host_is_recognised() {
        for (line, meant) in [
            ("chinwag plain 10.0.0.7 9999", "did you mean 10.0.0.7:9999?"),
            ("chinwag plain ::1 9999", "did you mean [::1]:9999?"),
            ("chinwag plain 10.0.0.7:1 9999", "did you mean 127.0.0.1:9999?"),
            ("chinwag plain 9999", "did you mean 127.0.0.1:9999?"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.ends_with(meant), "{line}: {error}");
        }
    }

    #[test]
    fn mistakes_are_answered_with_what_was_expected() {
        for (line, expected) in [
            ("chinwag plain --bind 70000", "port '70000' is not a number from 0 to 65535"),
            ("chinwag plain a:70000", "port '70000' is not a number from 0 to 65535"),
            ("chinwag plain --timeout soon", "expected a number of seconds, such as 5 or 0.5"),
            ("chinwag plain --timeout -1", "unexpected argument '-1' found"),
            ("chinwag plain --timeout=-1", "expected a number of seconds, such as 5 or 0.5"),
            ("chinwag plain --timeout inf", "expected a number of seconds, such as 5 or 0.5"),
            ("chinwag plain --expect (", "not a regular expression: unclosed group"),
            ("chinwag plain --charset klingon", "expected a charset that contains ASCII"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
