//! The command line → [`Options`]. Every mistake is answered with one sentence that says what was expected.

mod command_line;
pub(crate) mod layers;
mod values;
pub(crate) mod views;
mod wanted;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches};
use zeroize::Zeroizing;

use command_line::{CommandLine, Given};
use layers::{Layered, Layers, Origin};
use values::words;
pub use wanted::{FilesToSend, Lookup, WantedFile};
pub use word::ManualPage;
use word::Word;

use crate::chat::api::expect::Expect;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::address::{BadAddress, Bind, PeerName};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::charset::Charset;
use crate::chat::base::metrics::Detail;
use crate::chat::keys::phrase::Phrase;
use crate::chat::keys::secret::RoomName;
use crate::shell::cli::config::ConfigFile;
use crate::shell::cli::known::KnownOption;
use crate::shell::net::faults::Chaos;
use crate::shell::sys::env::PASSPHRASE;
use crate::view::text;
use crate::view::words::en;

/// What the user asked for, every value checked as far as that needs no system call.
#[derive(Debug)]
pub struct Options {
    /// What to do.
    pub command: Subcommand,
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
    /// What opens the first room.
    pub secret: SecretFrom,
    /// Who alone is to read what `send` says.
    pub to: Option<String>,
    /// Who is reached by unicast in any case.
    pub peers: Vec<PeerName>,
    /// Through which broker the sealed rooms of the command line go.
    pub broker: Option<BrokerUrl>,
    /// Whose identity it is.
    pub identity: IdentityChoice,
    /// Nothing is sent before so many others are there.
    pub wait_peers: usize,
    /// Lines may be commands; `None`: where they are typed.
    pub commands: Option<bool>,
    /// Plain lines, also on a terminal.
    pub lines: bool,
    /// Events as JSON Lines instead of text.
    pub json: bool,
    /// Commands as JSON Lines instead of text.
    pub json_in: bool,
    /// Say only what goes wrong.
    pub is_quiet: bool,
    /// The program that answers.
    pub exec: Option<String>,
    /// It is given what other programs say, too.
    pub exec_all: bool,
    /// How much of what passes is told.
    pub detail: Detail,
    /// Where it is written.
    pub log: Option<PathBuf>,
    /// What is to happen to what leaves.
    pub chaos: Option<Chaos>,
    /// Stay after the end of input.
    pub listen: bool,
    /// What this instance is here for.
    pub kind: InstanceKind,
    /// The messages to wait for.
    pub expect: Option<Expect>,
    /// Since when backlog is shown, as given.
    pub since: Option<String>,
    /// How long to wait, for what the command says.
    pub timeout: Option<Duration>,
    /// What plain peers are taken to write.
    pub charset: Charset,
    /// One `\n` after each message.
    pub newline: bool,
    /// What the configuration file says.
    pub config: ConfigFile,
    /// Which options are set, and by what.
    pub layers: Layers,
}

/// The name of the profile where none is named.
pub const USUAL_PROFILE: &str = "default";

/// Which identity is used.
#[derive(Debug)]
pub enum IdentityChoice {
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

/// Where the secret of a sealed room comes from.
#[derive(Debug)]
pub enum SecretFrom {
    /// From the profile, where it knows one: else the room is open.
    None,
    /// From the environment.
    Given(Phrase),
    /// From whoever sits at the terminal, or the first line of standard input.
    Asked,
    /// From the first line of this file.
    PassphraseFile(PathBuf),
    /// From this file, which holds an invitation.
    Invite(PathBuf),
}

/// The command words.
#[derive(Debug)]
pub enum Subcommand {
    /// Join the rooms and chat.
    Chat,
    /// Say one thing and end when it is confirmed.
    Send {
        /// The words; none, or `-` alone: standard input.
        text: Option<String>,
    },
    /// Offer files, and end once they have arrived.
    Offer(FilesToSend),
    /// Fetch what somebody offers.
    Fetch(WantedFile),
    /// Show what was said.
    Lookup(Lookup),
    /// Raw text datagrams to and from any program.
    Plain {
        /// Who gets the lines; nobody: whoever wrote last.
        peers: Vec<PeerName>,
    },
    /// Examine the network.
    Doctor {
        /// Again and again.
        repeats: bool,
    },
    /// Ask for answers.
    Ping(PeerName),
    /// Make a sealed room, or invite one more to it.
    Invite {
        /// The file that the invitation goes to; `None`: standard output.
        out: Option<PathBuf>,
        /// Where others are reached.
        ways: Vec<PeerName>,
    },
    /// Show what holds, and why.
    Config,
    /// Print what a shell completes words with.
    Completions(clap_complete::Shell),
    /// Print a page of the manual.
    Man(ManualPage),
}

impl Options {
    /// Whether a live screen is wanted where there can be one.
    pub fn wants_screen(&self) -> bool {
        let is_shown =
            self.kind != InstanceKind::Headless && !self.lines && !self.json && !self.json_in && self.expect.is_none();
        matches!(self.command, Subcommand::Chat | Subcommand::Plain { .. }) && is_shown
    }

    /// Reads the arguments, the program's name first, and what the environment and the configuration file add. An error holds
    /// what to print (help and version are among them) and the exit code.
    pub fn parse(arguments: Vec<OsString>, environment: &BTreeMap<String, OsString>) -> Result<Self, clap::Error> {
        let matches = CommandLine::command().try_get_matches_from(&arguments);
        let matches = matches.map_err(|error| views::told(error, &arguments))?;
        let mut read = CommandLine::from_arg_matches(&matches)?;
        let all = layers::known();
        check_uses(&matches, &all)?;
        let word = matches.subcommand_name().unwrap_or(views::NO_WORD).to_owned();
        let is_tool = matches!(word.as_str(), "completions" | "man");
        let of_environment = || environment.get("CHINWAG_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let (mut config, mut layers) = (ConfigFile::default(), Layers::new());
        if !is_tool {
            config = load(read.options.config.clone().or_else(of_environment), &all)?;
            layers = layers::gather(&matches, &all, environment, &config.settings).map_err(|why| wrong_usage(&why))?;
            if let Some(arguments) = layers::with_layers(arguments, &all, &layers) {
                read = CommandLine::from_arg_matches(&CommandLine::command().try_get_matches_from(arguments)?)?;
            }
        }
        let CommandLine { options: given, command } = read;
        let command = match command {
            None => Subcommand::Chat,
            Some(Word::Send { text }) if !given.file.is_empty() => {
                Subcommand::Offer(given.files_to_send(words(&text).map_err(wrong_usage)?).map_err(wrong_usage)?)
            }
            Some(Word::Send { text }) => Subcommand::Send { text: words(&text).map_err(wrong_usage)? },
            Some(Word::Get { offer }) => Subcommand::Fetch(given.fetch(offer)),
            Some(Word::History) => Subcommand::Lookup(given.lookup(None)),
            Some(Word::Search { words }) => Subcommand::Lookup(given.lookup(Some(words))),
            Some(Word::Plain { peers }) => Subcommand::Plain { peers: parse_peers(&peers)? },
            Some(Word::Doctor) => Subcommand::Doctor { repeats: given.watch },
            Some(Word::Ping { host }) => Subcommand::Ping(host),
            Some(Word::Invite) => Subcommand::Invite { out: given.out.clone(), ways: given.via.clone() },
            Some(Word::Config) => Subcommand::Config,
            Some(Word::Completions { shell }) => Subcommand::Completions(shell),
            Some(Word::Man { page }) => Subcommand::Man(page),
        };
        let phrase = environment.get(PASSPHRASE).filter(|_| command_line::is_for("invite", &word)).map(|value| {
            let text = value.to_str().filter(|text| !text.trim().is_empty()).ok_or(en::usage::EMPTY_PASSPHRASE)?;
            Ok(Phrase::new(Zeroizing::new(text.to_owned())))
        });
        let phrase = phrase.transpose().map_err(wrong_usage)?;
        let is_beside = |name: &str| matches!(layers.get(name), Some(Layered { origin: Origin::Environment(_), .. }));
        if phrase.is_some() && ["invite", "passphrase-file"].into_iter().any(is_beside) {
            return Err(wrong_usage(en::usage::TWO_SECRETS));
        }
        given.options(command, phrase, config, layers)
    }
}

impl Given {
    /// Whether what was given goes together.
    fn check(&self, command: &Subcommand, layers: &Layers) -> Result<(), clap::Error> {
        if matches!(command, Subcommand::Plain { .. }) && self.interface.len() > 1 {
            let why = en::usage::TWO_INTERFACES;
            return Err(CommandLine::command().error(ErrorKind::ArgumentConflict, why));
        }
        if self.expect_ordered && self.expect.is_empty() {
            return Err(wrong_usage(en::usage::NOTHING_EXPECTED));
        }
        let is_given = |name: &str| layers.get(name).is_some_and(|layered| layered.origin == Origin::CommandLine);
        if matches!(command, Subcommand::Send { .. }) && (is_given("keep") || is_given("name")) {
            return Err(wrong_usage(en::usage::NO_FILE));
        }
        if self.exec_all && self.exec.is_none() {
            return Err(wrong_usage(en::usage::NO_BOT));
        }
        Ok(())
    }

    fn options(
        self,
        command: Subcommand,
        phrase: Option<Phrase>,
        config: ConfigFile,
        layers: Layers,
    ) -> Result<Options, clap::Error> {
        self.check(&command, &layers)?;
        let kind = match command {
            _ if self.headless => InstanceKind::Headless,
            Subcommand::Send { .. } | Subcommand::Doctor { .. } | Subcommand::Ping(_) => InstanceKind::Passing,
            _ if self.passing => InstanceKind::Passing,
            _ => InstanceKind::Person,
        };
        let mut rooms = self.room;
        let mut seen = BTreeSet::new();
        rooms.retain(|room| seen.insert(room.clone()));
        if rooms.is_empty() && !matches!(command, Subcommand::Lookup(_)) {
            rooms.push(RoomName::lobby());
        }
        let identity = if self.temp {
            IdentityChoice::Temporary
        } else {
            let name = self.profile.unwrap_or_else(|| USUAL_PROFILE.to_owned());
            IdentityChoice::Profile { name, folder: self.data_dir }
        };
        let secret = secret_from(self.invite, self.passphrase_file, phrase);
        Ok(Options {
            command,
            secret,
            to: self.to,
            bind: self.bind,
            interfaces: self.interface,
            no_lan: self.no_lan,
            nick: self.nick,
            rooms,
            peers: self.peer,
            broker: self.broker,
            identity,
            wait_peers: self.wait_peers,
            commands: self.commands.then_some(true),
            lines: self.lines,
            json: self.json,
            json_in: self.json_in,
            is_quiet: self.quiet,
            listen: self.listen || self.exec.is_some() || self.headless,
            kind,
            exec: self.exec,
            exec_all: self.exec_all,
            detail: match self.verbose {
                0 => Detail::None,
                1 => Detail::Refusals,
                2 => Detail::Datagrams,
                _ => Detail::Words,
            },
            log: self.log,
            chaos: self.chaos,
            expect: Expect::new(self.expect, self.expect_ordered, self.count.unwrap_or(0)),
            since: self.since,
            timeout: self.timeout,
            charset: self.charset,
            newline: self.newline,
            config,
            layers,
        })
    }
}

/// Where the secret of a sealed room comes from.
fn secret_from(invite: Option<PathBuf>, passphrase_file: Option<PathBuf>, phrase: Option<Phrase>) -> SecretFrom {
    match (invite, passphrase_file, phrase) {
        (Some(path), _, _) | (None, Some(path), _) if path.as_os_str() == "-" => SecretFrom::Asked,
        (Some(path), _, _) => SecretFrom::Invite(path),
        (None, Some(path), _) => SecretFrom::PassphraseFile(path),
        (None, None, Some(phrase)) => SecretFrom::Given(phrase),
        (None, None, None) => SecretFrom::None,
    }
}

/// An option that was given must have a meaning for the command word.
fn check_uses(matches: &clap::ArgMatches, all: &[KnownOption]) -> Result<(), clap::Error> {
    let word = matches.subcommand_name().unwrap_or(views::NO_WORD);
    let is_given = |name: &str| matches.value_source(&name.replace('-', "_")) == Some(ValueSource::CommandLine);
    let Some(useless) = all.iter().find(|known| is_given(&known.name) && !command_line::is_for(&known.name, word))
    else {
        return Ok(());
    };
    Err(views::useless(&useless.name, word))
}

fn wrong_usage(why: &str) -> clap::Error {
    let mut safe = String::new(); // what stands in a file may act on a terminal
    text::sanitise(why, &mut safe);
    clap::Error::raw(ErrorKind::ValueValidation, format!("{safe}\n"))
}

fn load(config: Option<PathBuf>, all: &[KnownOption]) -> Result<ConfigFile, clap::Error> {
    ConfigFile::load(config, all).map_err(|bad| wrong_usage(&bad.to_string()))
}

/// All peers together: a number behind a host without a port was meant as its port.
fn parse_peers(texts: &[String]) -> Result<Vec<PeerName>, clap::Error> {
    let mut peers: Vec<PeerName> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(peer) => peers.push(peer),
            Err(BadAddress::NoHost(port)) if index > 0 && !text.starts_with(':') && !has_port(&texts[index - 1]) => {
                let host = &peers[index - 1];
                let meant = PeerName { port, ..host.clone() };
                return Err(wrong_peer(text, &en::usage::did_you_mean(&meant.to_string())));
            }
            Err(bad) => return Err(wrong_peer(text, &en::bad_address(&bad))),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        parse_with(line, &[])
    }

    fn parse_with(line: &str, environment: &[(&str, &str)]) -> Result<Options, String> {
        let arguments = line.split_whitespace().map(OsString::from).collect();
        let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
        Options::parse(arguments, &environment)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    fn peers(options: &Options) -> Vec<String> {
        let Subcommand::Plain { peers } = &options.command else { panic!("{options:?}") };
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
