//! What a session is to be.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::api::expect::Expect;
use crate::chat::base::bounds::Bounds;
use crate::chat::base::charset::Charset;
use crate::chat::base::time::Wall;
use crate::chat::base::traffic::Detail;
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
    /// What letters are opened with.
    pub letterbox: Rc<Letterbox>,
    /// To whom alone it is said, where one only says one thing.
    pub to: Option<String>,
    /// What one is called.
    pub nick: String,
    /// The key is forgotten when the program ends.
    pub is_temporary: bool,
    /// What is said is kept on disk, where it can be looked up.
    pub is_kept: bool,
    /// Another instance uses the profile.
    pub is_second_window: bool,
    /// Who is sent to by unicast in any case.
    pub peers: Vec<SocketAddr>,
    /// The port, for the words of a second window.
    pub port: u16,
    /// What plain peers are taken to write.
    pub charset: Charset,
    /// One `\n` goes after each message to a plain peer.
    pub newline: bool,
    /// Lines are typed at a terminal: an empty one is not sent.
    pub terminal: bool,
    /// Lines are piped in, or stand in a file.
    pub is_piped: bool,
    /// A line may be a command.
    pub commands: bool,
    /// Stay after the end of input.
    pub listen: bool,
    /// Nothing is sent before so many others are present at once.
    pub wait_peers: usize,
    /// Show these messages, only those, and end.
    pub expect: Option<Expect>,
    /// Of what was said before one came only what was said then or later is shown, that again which was shown in an earlier
    /// session, and it counts for `expect`.
    pub since: Option<Wall>,
    /// Bounds `wait_peers` and `expect` from the start, and receipts from the end of input.
    pub timeout: Option<Duration>,
    /// Say one thing and end: what others say is nobody's concern.
    pub is_send: bool,
    /// Many who come at once are told as a number.
    pub fold: bool,
    /// How much is held at most.
    pub bounds: Bounds,
    /// How much of what passes is told.
    pub detail: Detail,
    /// It is shown on a live screen, which wants to know how things stand and what one says oneself.
    pub has_screen: bool,
}
