//! Who wants something of a session, and what the answer is known by.

use serde::Serialize;

/// Whoever drives a session: standard input and output, a bot, or a program at the session's socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(pub u32);

impl Client {
    /// Standard input and output.
    pub const STANDARD: Self = Self(0);
    /// The program of `--exec`.
    pub const BOT: Self = Self(1);
}

/// What a command is known by, as whoever gives it says: its `id` in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ticket {
    /// A whole number.
    Number(i64),
    /// Text of at most [`TICKET_BYTES_MAX`] bytes.
    Text(String),
}

/// How long a ticket may be: it is kept until it is clear what became of a message. A guess: a UUID has 36.
pub const TICKET_BYTES_MAX: usize = 128;

/// Who wants something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// Where the answer goes.
    pub client: Client,
    /// The line it stands in, counted from 1; 0 where it is clear which one.
    pub line: u64,
    /// What the answer is known by.
    pub ticket: Option<Ticket>,
    /// It is a program that wants it by itself: what it says is marked.
    pub is_auto: bool,
}

impl Requester {
    /// A line of standard input.
    pub fn line(line: u64) -> Self {
        Self { line, ..Self::default() }
    }
}
