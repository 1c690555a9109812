//! What the poll of a session tells of, below the tokens of its console.

use mio::Token;

use crate::chat::base::limits::BROKERS_MAX;
use crate::shell::net::ByFamily;

/// Standard input.
pub const INPUT: Token = Token(0);
/// The sockets of the session. By family, so that a socket is not read for what came on another.
pub const SOCKETS: ByFamily<Token> = ByFamily { v4: Token(1), v6: Token(2) };
/// The groups of everybody on this network, as above.
pub const GROUP: ByFamily<Token> = ByFamily { v4: Token(3), v6: Token(4) };
/// Of all threads: a poll has one waker.
pub const WAKER: Token = Token(5);
/// The brokers, in their order.
pub const BROKERS: std::ops::Range<usize> = 150..150 + BROKERS_MAX;
/// What the system says of its interfaces.
pub const LINKS: Token = Token(6);
