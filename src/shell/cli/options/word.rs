//! The command words as they are written: this is their help, too.

use clap::{Subcommand, ValueEnum};
use clap_complete::Shell;

use super::values::parse_peer;
use crate::chat::base::address::PeerName;

#[derive(Debug, Subcommand)]
pub enum Word {
    /// Say one thing, wait until it is confirmed, exit
    ///
    /// Without TEXT, or with `-` alone, standard input is one message; an empty one is not sent. Exit code 3: nobody was there; 4: somebody was and did not
    /// confirm in time. With --file it offers files and folders, serves them until they have arrived, and withdraws them. Exit code 3: nobody came; 4: nobody
    /// who came has all; 5: fewer than --wait-peers have.
    Send {
        /// What to say; words are joined by one space
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Fetch a file or folder that somebody offers
    ///
    /// Waits for an offer of that id or name, or for the newest; one that stands counts. Prints where it is. What was fetched in part
    /// is gone on with. Exit code 5: no such offer in time; 4: begun and not completed.
    Get {
        /// The offer, or the name of its file
        #[arg(value_name = "OFFER")]
        offer: Option<String>,
    },
    /// Show what was said
    ///
    /// The oldest first, each with its time. What a session keeps can be read while it runs.
    History,
    /// Find what was said by its words
    ///
    /// All words must be in a message, in any order; words in one argument must stand side by side. Case and accents do not
    /// matter. Chinese, Japanese, Korean and Thai are found by any part. The 100 newest messages that have the words whole
    /// are shown, the newest last; where there are fewer, also those with words that begin with three letters or more of
    /// them. Exit code 1: nothing was found.
    Search {
        /// What to look for
        #[arg(value_name = "WORDS", required = true)]
        words: Vec<String>,
    },
    /// Raw text datagrams to and from any program
    ///
    /// Each line of standard input is sent as one UDP datagram to every peer; each datagram that arrives is shown as
    /// `[ADDRESS:PORT] text`. Whatever speaks text over UDP can be the other side: nc -u, socat, a script.
    Plain {
        /// Who gets the lines; port 7788 where none is given
        ///
        /// Names, IPv4, `[IPv6]:PORT`, `[fe80::1%eth0]:PORT`, multicast and broadcast addresses. Without a peer, lines go
        /// to whoever wrote last, and input is not read until somebody has written.
        #[arg(value_name = "HOST:PORT")]
        peers: Vec<String>,
    },
    /// Make a sealed room, or invite one more to it
    ///
    /// Prints twelve words, and a line with the room and the words: whoever has either reads the room and writes there.
    /// The profile keeps the secret, so that the room is sealed here from then on. Without a profile (--temp) nothing is
    /// kept.
    Invite,
    /// Examine the network: why somebody is not found
    ///
    /// Looks at the interfaces and the firewall of this machine, says who is heard in the room, and asks each of them, and
    /// each --peer, for answers. Where a session of the profile runs, that one is examined. Exit code 0: somebody, and each
    /// --peer, is reached both ways; 1: a fault of this machine; 3: nobody is heard, and no fault was found; 4: somebody is
    /// heard, but not reached both ways.
    Doctor,
    /// Ask somebody's chinwag for answers, and show how fast they come
    ///
    /// It must run there, in the room of --room. Exit code 3: no answer.
    Ping {
        /// Whom; port 7788 where none is given
        #[arg(value_name = "HOST[:PORT]", required = true, value_parser = parse_peer)]
        host: PeerName,
    },
    /// Show what holds for a start like this one, and where each of it comes from
    ///
    /// It is written as a configuration file: what is only as usual is commented out. With --json one object a line.
    Config,
    /// Print what makes a shell complete chinwag's words and options
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual, for `man -l -`
    Man {
        /// The page: the program, one of its commands, the configuration file, or JSON
        #[arg(default_value = "chinwag")]
        page: ManualPage,
    },
}

/// A page of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ManualPage {
    /// chinwag(1): the program
    Chinwag,
    /// chinwag-send(1)
    Send,
    /// chinwag-get(1)
    Get,
    /// chinwag-history(1)
    History,
    /// chinwag-search(1)
    Search,
    /// chinwag-plain(1)
    Plain,
    /// chinwag-doctor(1)
    Doctor,
    /// chinwag-ping(1)
    Ping,
    /// chinwag-invite(1)
    Invite,
    /// chinwag-config(5): the configuration file
    Config,
    /// chinwag-json(7): JSON Lines, for programs
    Json,
}
