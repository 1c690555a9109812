//! A command that is run for one datagram, and what came of it.

/// What came of a command that was run for a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// It ended and had printed this: the answer. Nothing printed: no answer.
    Printed(Vec<u8>),
    /// There is no answer.
    Failed(NoAnswer),
}

/// Why a datagram was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The command printed nothing and failed, or a signal ended it: its status in the system's words.
    Status(String),
    /// It took longer than [`RUN_TIME_MAX`](crate::chat::base::limits::RUN_TIME_MAX) and was ended.
    TooSlow,
    /// It printed more than a datagram holds, and was ended.
    TooLong,
    /// It could not be started: why in the system's words.
    NotStarted(String),
    /// Too many datagrams wait for their answer.
    Busy,
}
