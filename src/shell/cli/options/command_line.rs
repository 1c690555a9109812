//! The command line as it is written: this is its help, too.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use regex::Regex;

use super::values::{
    parse_bind, parse_broker, parse_charset, parse_count, parse_nick, parse_peer, parse_profile, parse_recipient,
    parse_regex, parse_room, parse_seconds,
};
use super::word::Word;
use crate::chat::base::address::{Bind, PeerName};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::charset::Charset;
use crate::chat::keys::secret::RoomName;
use crate::shell::net::faults::Chaos;
use crate::view::words::en::examples::{EXAMPLES, USAGE};

/// Chat with the people on the network you are on: no server, no account, no internet.
#[derive(Debug, Parser)]
#[command(name = "chinwag", version, propagate_version = true, max_term_width = 100, after_long_help = EXAMPLES)]
#[command(override_usage = USAGE)]
pub struct CommandLine {
    #[command(flatten)]
    pub options: Given,
    #[command(subcommand)]
    pub command: Option<Word>,
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text")]
pub struct Given {
    /// Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT
    ///
    /// A port alone is that port on all addresses of both families; an address alone is port 7788 there; port 0 is any
    /// that is free. Without this option it is port 7788 on all addresses, or any free port where 7788 is taken.
    #[arg(short, long, value_name = "WHERE", global = true, help_heading = NETWORK, value_parser = parse_bind)]
    pub bind: Option<Bind>,

    /// The name others see
    ///
    /// Without this option it is the login name, with the name of the machine where that is a common one.
    #[arg(short, long, value_name = "NAME", global = true, help_heading = WHO, value_parser = parse_nick)]
    pub nick: Option<String>,

    /// The room to join; repeat for several: lines go to the first
    #[arg(short, long, value_name = "NAME", global = true, help_heading = WHO, value_parser = parse_room)]
    pub room: Vec<RoomName>,

    /// Join a sealed room: a file with an invitation, which names the room or is for that of --room
    #[arg(long, value_name = "FILE", global = true, help_heading = WHO, conflicts_with = "passphrase_file")]
    pub invite: Option<PathBuf>,

    /// Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input
    ///
    /// It may stand in the variable CHINWAG_PASSPHRASE instead. The profile keeps the secret of a sealed room, so that it is
    /// not needed again.
    #[arg(long, value_name = "FILE", global = true, help_heading = WHO)]
    pub passphrase_file: Option<PathBuf>,

    /// Say it to this person alone: nobody else can read it
    #[arg(long, value_name = "NICK", global = true, help_heading = WHO, value_parser = parse_recipient)]
    pub to: Option<String>,

    /// Offer this file or folder, `-` for standard input; repeat
    #[arg(long, value_name = "PATH", global = true, help_heading = FILES)]
    pub file: Vec<PathBuf>,

    /// What standard input is called
    #[arg(long, value_name = "NAME", global = true, help_heading = FILES)]
    pub name: Option<String>,

    /// What is offered stays so, while a session of the profile runs
    #[arg(long, global = true, help_heading = FILES)]
    pub keep: bool,

    /// Where it goes: a folder, a name, or `-` for standard output
    ///
    /// Without this option it goes to the folder for downloads. What is there is not replaced: the name gets a number.
    #[arg(short, long, value_name = "DEST", global = true, help_heading = FILES)]
    pub output: Option<PathBuf>,

    /// Replace what is there
    #[arg(long, global = true, help_heading = FILES)]
    pub force: bool,

    /// Somebody to reach by unicast, in another network or where multicast does not pass; repeat
    #[arg(short, long, value_name = "HOST[:PORT]", global = true, help_heading = NETWORK, value_parser = parse_peer)]
    pub peer: Vec<PeerName>,

    /// The broker (MQTT) through which the sealed rooms of this command line are reached from other networks, too
    ///
    /// Whoever runs it sees your address, when you write and how much, and no name and no word.
    #[arg(long, value_name = "URL", global = true, help_heading = NETWORK, value_parser = parse_broker)]
    pub broker: Option<BrokerUrl>,

    /// No multicast at all: only those named with --peer are found, and those who name this one
    #[arg(long, global = true, help_heading = NETWORK, conflicts_with = "interface")]
    pub no_lan: bool,

    /// Multicast on this interface only, such as eth0; repeat
    #[arg(short, long, value_name = "NAME", global = true, help_heading = NETWORK)]
    pub interface: Vec<String>,

    /// Which identity to use
    #[arg(
        long, value_name = "NAME", global = true, help_heading = WHO, value_parser = parse_profile
    )]
    pub profile: Option<String>,

    /// The folder that profiles are kept in, instead of the usual one
    #[arg(long, value_name = "DIR", global = true, help_heading = WHO)]
    pub data_dir: Option<PathBuf>,

    /// The configuration file, instead of the usual one
    #[arg(long, value_name = "FILE", global = true, help_heading = LOOKING)]
    pub config: Option<PathBuf>,

    /// A new identity and no history: nothing is kept
    #[arg(long, global = true, help_heading = WHO, conflicts_with_all = ["profile", "data_dir"])]
    pub temp: bool,

    /// Send nothing before N others are there at once
    #[arg(long, value_name = "N", global = true, help_heading = SCRIPTS, default_value_t = 0)]
    pub wait_peers: usize,

    /// Input may hold slash commands, as typed lines may
    #[arg(long, global = true, help_heading = STREAMS)]
    pub commands: bool,

    /// Plain lines also on a terminal, for screen readers: no live screen
    #[arg(long, global = true, help_heading = STREAMS, conflicts_with = "json")]
    pub lines: bool,

    /// JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit
    #[arg(long, global = true, help_heading = STREAMS)]
    pub json: bool,

    /// JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more
    ///
    /// assets/json.md describes them. Each may have an "id", which its answer repeats.
    #[arg(long, global = true, help_heading = STREAMS)]
    pub json_in: bool,

    /// Stay after the end of input
    #[arg(long, global = true, help_heading = STREAMS)]
    pub listen: bool,

    /// Nobody sits before it: it holds and passes on what others say, and reads no input
    ///
    /// What it has is no receipt of a person. What is said is kept for 30 days, where the configuration says nothing else.
    /// It goes on when the terminal is closed: HUP makes it read its configuration file again, and reach the peers and join
    /// the rooms that are new there.
    #[arg(long, global = true, help_heading = STREAMS, conflicts_with_all = ["exec", "expect", "count"])]
    pub headless: bool,

    /// It was started for one thing, and ends: others are not told that it comes
    #[arg(long, global = true, hide = true)]
    pub passing: bool,

    /// Say only what goes wrong
    #[arg(short, long, global = true, help_heading = STREAMS)]
    pub quiet: bool,

    /// Print the first message that matches, only that, and exit; repeat to wait for several, in any order
    ///
    /// The end of input does not end the program while something is missing; --timeout does, with exit code 5.
    #[arg(long, value_name = "REGEX", global = true, help_heading = SCRIPTS, value_parser = parse_regex)]
    pub expect: Vec<Regex>,

    /// The messages of --expect must come in the order given, each after the one before
    #[arg(long, global = true, help_heading = SCRIPTS)]
    pub expect_ordered: bool,

    /// Exit after N messages; with --expect, after N that match
    #[arg(long, value_name = "N", global = true, help_heading = SCRIPTS, value_parser = parse_count)]
    pub count: Option<usize>,

    /// How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input
    ///
    /// Fractions are allowed. Without this option there is no bound from the start, and receipts are waited for 5 seconds.
    /// In plain it bounds the wait for the first writer, and sets how long answers are waited for after the end of input.
    #[arg(long, value_name = "SECONDS", global = true, help_heading = SCRIPTS, value_parser = parse_seconds)]
    pub timeout: Option<Duration>,

    /// Run a program that answers: it reads each message as a JSON line, and says each line it writes
    ///
    /// It is kept running, and started again a second after it ends, at most 5 times a minute. It serves the first room.
    /// With --json-in it reads every event, and what it writes are JSON commands. What other programs say by themselves it
    /// is not given, and it says 10 messages at once and 5 a second: what is more waits.
    /// In plain it is run once per message, which is its standard input; what it prints within 5 seconds is the answer.
    #[arg(long, value_name = "COMMAND", global = true, help_heading = STREAMS)]
    pub exec: Option<String>,

    /// Give the program of --exec also what other programs say; it has to know itself when to stop
    #[arg(long, global = true, help_heading = STREAMS)]
    pub exec_all: bool,

    /// Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said
    #[arg(short, long, global = true, help_heading = LOOKING, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Write what happens to the end of this file
    #[arg(long, value_name = "FILE", global = true, help_heading = LOOKING)]
    pub log: Option<PathBuf>,

    /// Examine again and again, until it is interrupted
    #[arg(long, global = true, help_heading = LOOKING)]
    pub watch: bool,

    /// A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7
    ///
    /// Applies to what this instance sends, so that both sides need it for both directions.
    #[arg(long, value_name = "CHAOS", global = true, help_heading = LOOKING)]
    pub chaos: Option<Chaos>,

    /// Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now
    ///
    /// In a session it chooses the backlog: `now` shows none of it, and what others said since an earlier time is shown
    /// again. Only with this option backlog counts for --expect and --count.
    #[arg(long, value_name = "TIME", global = true, help_heading = HISTORY)]
    pub since: Option<String>,

    /// Only what was said before
    #[arg(long, value_name = "TIME", global = true, help_heading = HISTORY)]
    pub until: Option<String>,

    /// Only what somebody of this name said, as NAME or NAME#TAG
    #[arg(long, value_name = "NICK", global = true, help_heading = HISTORY)]
    pub from: Option<String>,

    /// The newest N only; 0: all
    #[arg(long, value_name = "N", global = true, help_heading = HISTORY)]
    pub limit: Option<usize>,

    /// Where whoever is invited reaches others, in another network: it stands in the invitation; repeat
    #[arg(long, value_name = "HOST[:PORT]", global = true, help_heading = NETWORK, value_parser = parse_peer)]
    pub via: Vec<PeerName>,

    /// Write the invitation to a new file that only you can read, instead of printing it
    #[arg(long, value_name = "FILE", global = true, help_heading = WHO)]
    pub out: Option<PathBuf>,

    /// Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text
    #[arg(long, value_name = "FILE", global = true, help_heading = HISTORY)]
    pub export: Option<PathBuf>,

    /// What peers write: utf-8, gbk, gb18030, big5, shift_jis, …
    ///
    /// A peer whose text turns out to be GB18030 is answered in it even where utf-8 was chosen.
    #[arg(
        long,
        value_name = "NAME",
        global = true,
        help_heading = GUESTS,
        default_value_t = Charset::UTF_8,
        value_parser = parse_charset
    )]
    pub charset: Charset,

    /// Send one \n after each message, for peers such as nc that print messages as they come
    #[arg(long, global = true, help_heading = GUESTS)]
    pub newline: bool,
}

/// Whether an option has a meaning for a command word.
pub fn is_for(option: &str, word: &str) -> bool {
    let words: &[&str] = match option {
        "since" | "wait-peers" if word == "get" => return false,
        "watch" => &["doctor", "config"],
        "peer" | "no-lan" if word == "doctor" => return true,
        "broker" if word == "invite" => return true,
        "nick" | "peer" | "broker" | "no-lan" | "wait-peers" => ROOMS,
        "room" | "profile" | "data-dir" => {
            return [ROOMS, LOOKUPS, EXAMINATIONS].concat().contains(&word) || word == "invite";
        }
        "since" => return ROOMS.contains(&word) || LOOKUPS.contains(&word),
        "temp" => &["chat", "send", "get", "config", "invite"],
        "invite" | "passphrase-file" => return [ROOMS, EXAMINATIONS].concat().contains(&word),
        "to" | "file" | "name" | "keep" => &["send", "config"],
        "output" | "force" => &["get", "config"],
        "json" | "quiet" => return word != "invite" && !TOOLS.contains(&word),
        "timeout" => return SESSIONS.contains(&word) || word == "get",
        "bind" | "interface" => return [SESSIONS, EXAMINATIONS].concat().contains(&word) || word == "get",
        "charset" | "newline" | "expect" | "expect-ordered" | "count" => SESSIONS,
        "json-in" | "lines" | "listen" => &["chat", "plain", "config"],
        "headless" => &["chat", "config"],
        "commands" => &["chat", "config"], // in plain a slash is text
        "exec" => &["chat", "plain", "config"],
        "exec-all" => &["chat", "config"],
        "chaos" | "log" | "verbose" => return [SESSIONS, EXAMINATIONS].concat().contains(&word) || word == "get",
        "from" => return LOOKUPS.contains(&word) || matches!(word, "get" | "config"),
        "until" | "limit" => return LOOKUPS.contains(&word) || word == "config",
        "export" => &["history", "config"],
        "out" | "via" => &["invite", "config"],
        _ => return !TOOLS.contains(&word),
    };
    words.contains(&word)
}

const ROOMS: &[&str] = &["chat", "send", "get", "config"];
/// They look at the network.
const EXAMINATIONS: &[&str] = &["doctor", "ping"];
const SESSIONS: &[&str] = &["chat", "send", "plain", "config"];
const LOOKUPS: &[&str] = &["history", "search"];
/// They take no options.
const TOOLS: &[&str] = &["completions", "man"];

const WHO: &str = "Who and where";
const NETWORK: &str = "Network";
const STREAMS: &str = "Input and output";
const SCRIPTS: &str = "Waiting";
const FILES: &str = "Files";
const HISTORY: &str = "What was said before";
const LOOKING: &str = "Looking closely";
const GUESTS: &str = "Those who speak plain text";
