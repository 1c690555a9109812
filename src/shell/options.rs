//! The command line → [`Options`]. Every mistake is answered with one sentence that says what was expected.

mod command_line;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use regex::Regex;

use command_line::{CommandLine, Given, Word};

use super::config::Config;
use crate::chat::address::{BadAddress, Bind, Peer};
use crate::chat::charset::Charset;
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
    /// Plain lines, also on a terminal.
    pub lines: bool,
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
    /// What the configuration file says.
    pub config: Config,
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
    /// Show what was said.
    Lookup(Lookup),
    /// Raw text datagrams to and from any program.
    Plain {
        /// Who gets the lines; nobody: whoever wrote last.
        peers: Vec<Peer>,
    },
}

/// What is looked up in the history.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// What it is to hold; `None`: anything.
    pub words: Option<Vec<String>>,
    /// Said then or later, as given.
    pub since: Option<String>,
    /// Said before, as given.
    pub until: Option<String>,
    /// By whoever went by this nick.
    pub from: Option<String>,
    /// The newest so many; 0: all.
    pub limit: Option<usize>,
    /// The file that it goes to, with all that proves it.
    pub export: Option<PathBuf>,
}

impl Options {
    /// Whether a live screen is wanted where there can be one.
    pub fn wants_screen(&self) -> bool {
        matches!(self.command, Command::Chat) && !self.lines && !self.json && self.expect.is_none()
    }

    /// Reads the arguments, the program's name first. An error holds what to print (help and version are among them)
    /// and the exit code.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let CommandLine { options: given, command } = CommandLine::try_parse_from(arguments)?;
        let command = match command {
            None => Command::Chat,
            Some(Word::Send { text }) => Command::Send { text: words(&text) },
            Some(Word::History { range, export }) => {
                given.check_lookup("history")?;
                Command::Lookup(Lookup { export, ..range.lookup(None) })
            }
            Some(Word::Search { words, range }) => {
                given.check_lookup("search")?;
                Command::Lookup(range.lookup(Some(words)))
            }
            Some(Word::Plain { peers }) => {
                given.check_plain()?;
                Command::Plain { peers: parse_peers(&peers)? }
            }
        };
        let config = if matches!(command, Command::Plain { .. }) { Config::default() } else { load(given.config)? };
        let mut rooms = given.rooms;
        let mut seen = BTreeSet::new();
        rooms.retain(|room| seen.insert(room.clone()));
        if rooms.is_empty() && !matches!(command, Command::Lookup(_)) {
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
            lines: given.lines,
            json: given.json,
            listen: given.listen,
            expect: given.expect,
            timeout: given.timeout,
            charset: given.charset,
            newline: given.newline,
            config,
        })
    }
}

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
            (self.config.is_some(), "--config"),
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

    /// What is of sessions alone has no meaning where nothing is said.
    fn check_lookup(&self, word: &str) -> Result<(), clap::Error> {
        let of_sessions = [
            (self.temp, "--temp"),
            (self.nick.is_some(), "--nick"),
            (self.bind.is_some(), "--bind"),
            (!self.peers.is_empty(), "--peer"),
            (self.no_lan, "--no-lan"),
            (!self.interfaces.is_empty(), "--interface"),
            (self.wait_peers > 0, "--wait-peers"),
            (self.commands, "--commands"),
            (self.listen, "--listen"),
            (self.expect.is_some(), "--expect"),
            (self.timeout.is_some(), "--timeout"),
            (self.newline, "--newline"),
        ];
        match of_sessions.into_iter().find(|(is_given, _)| *is_given) {
            None => Ok(()),
            Some((_, option)) => {
                let why = format!("{option} is not for {word}, which only reads what a profile has kept");
                Err(CommandLine::command().error(ErrorKind::ArgumentConflict, why))
            }
        }
    }
}

fn load(config: Option<PathBuf>) -> Result<Config, clap::Error> {
    Config::load(config).map_err(|bad| clap::Error::raw(ErrorKind::Io, format!("{bad}\n")))
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
