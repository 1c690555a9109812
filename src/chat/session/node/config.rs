//! What a session is to be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::api::expect::Expect;
use crate::chat::api::talk::InstanceKind;
use crate::chat::base::address::PeerName;
use crate::chat::base::bounds::Bounds;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::charset::Charset;
use crate::chat::base::metrics::Detail;
use crate::chat::base::time::Wall;
use crate::chat::keys::keychain::Keychain;
use crate::chat::keys::secret::RoomName;
use crate::chat::wire::letterbox::Letterbox;

/// What the user asked for, as far as the core decides it.
#[derive(Debug)]
pub struct Config {
    /// The rooms, at least one. Lines go to the first.
    pub rooms: Vec<RoomName>,
    /// The secrets of those that are not open.
    pub keychains: Vec<Keychain>,
    /// What private messages are opened with.
    pub letterbox: Rc<Letterbox>,
    /// Who it is for.
    pub user: User,
    /// Whom it reaches, and where.
    pub reach: Reach,
    /// How plain peers are written to.
    pub plain: PlainConfig,
    /// What it is driven by.
    pub input: Driven,
    /// What it waits for, and when it ends.
    pub script: Script,
    /// Many who come at once are told as a number.
    pub fold: bool,
    /// How many bytes of a file the system's buffer for datagrams holds: so many may be on a short path.
    pub receive_buffer: u64,
    /// Nothing larger is fetched, in bytes.
    pub file_bytes_max: Option<u64>,
    /// How much is held at most.
    pub bounds: Bounds,
    /// How much of what passes is told.
    pub detail: Detail,
}

/// Who a session is for.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What one is called.
    pub nick: String,
    /// The key is forgotten when the program ends.
    pub is_temporary: bool,
    /// One has said to be away.
    pub is_away: bool,
    /// What this instance is here for.
    pub kind: InstanceKind,
    /// What is said is kept on disk, where it can be looked up.
    pub is_kept: bool,
    /// Another instance uses the profile.
    pub is_second_window: bool,
}

/// Whom a session reaches, and where.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The bound addresses, IPv4 first.
    pub listening: Vec<SocketAddr>,
    /// Who is sent to by unicast in any case.
    pub peers: Vec<SocketAddr>,
    /// The port, for the words of a second window.
    pub port: u16,
    /// Who is looked up from the start, and reached: the ways in of invitations.
    pub ways: Vec<PeerName>,
    /// Through which broker a room goes.
    pub brokers: BTreeMap<RoomName, Arc<BrokerUrl>>,
}

/// How plain peers are written to.
#[derive(Clone, Copy, Debug)]
pub struct PlainConfig {
    /// What they are taken to write.
    pub charset: Charset,
    /// One `\n` goes after each message to them.
    pub newline: bool,
}

impl Default for PlainConfig {
    fn default() -> Self {
        Self { charset: Charset::UTF_8, newline: false }
    }
}

/// What a session is driven by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Driven {
    /// Lines are typed at a terminal: an empty one is not sent.
    pub terminal: bool,
    /// Lines are piped in, or stand in a file.
    pub is_piped: bool,
    /// A line may be a command.
    pub commands: bool,
    /// Nothing is read.
    pub is_ignored: bool,
    /// It is shown on a live screen, which wants to know how things stand and what one says oneself.
    pub has_screen: bool,
}

/// What a session that only examines the network looks at. It is in the first room, and listens to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examines {
    /// Everything; else only who is named.
    pub is_whole: bool,
    /// Again and again.
    pub repeats: bool,
}

/// What a session waits for, and when it ends.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// To whom alone it is said, where one only says one thing.
    pub to: Option<String>,
    /// Stay after the end of input.
    pub listen: bool,
    /// Nothing is sent before so many others are present at once.
    pub wait_peers: usize,
    /// Show these messages, only those, and end.
    pub expect: Option<Expect>,
    /// Bounds `wait_peers` and `expect` from the start, and receipts from the end of input.
    pub timeout: Option<Duration>,
    /// Say one thing and end: what others say is nobody's concern.
    pub is_send: bool,
    /// Examine the network and end.
    pub examines: Option<Examines>,
    /// Of what was said before one came only what was said then or later is shown, that again which was shown in an earlier
    /// session, and it counts for `expect`.
    pub since: Option<Wall>,
}
