//! Why a session ends.

use crate::chat::api::finding::Diagnosis;

/// Why the program ends. Each has one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Input ended and everything is said.
    EndOfInput,
    /// Somebody wanted it.
    Quit,
    /// The message of `--expect` came.
    Expected,
    /// Nobody reads standard output any more.
    OutputClosed,
    /// It would have ended well, but a line was refused.
    LinesRefused,
    /// No line could even be sent off to any of the peers named.
    Unsent,
    /// The program could not start or go on; a [`Fatal`](crate::chat::api::event::Fault::Fatal) said why.
    Failed,
    /// What was asked for cannot be meant; a [`Fatal`](crate::chat::api::event::Fault::Fatal) said why.
    WrongUsage,
    /// Nobody wrote in time, every peer named refused the last lines, or a line was said with nobody present.
    NobodyThere,
    /// Somebody was there and did not confirm in time.
    NotConfirmed,
    /// The message of `--expect` did not come in time.
    NotExpected,
    /// Fewer than `--wait-peers` demands were there in time.
    TooFew,
    /// The network was examined.
    Examined(Diagnosis),
    /// A signal, by number and name.
    Signal(i32, &'static str),
}

impl Ending {
    /// The terminal is gone. Its signal may come a moment later than the end of its input; the ending is the same.
    pub const HANGUP: Self = Self::Signal(1, "SIGHUP");

    /// The exit code, as the README lists them.
    pub fn code(self) -> u8 {
        match self {
            Self::EndOfInput | Self::Quit | Self::Expected | Self::OutputClosed => 0,
            Self::LinesRefused | Self::Unsent | Self::Failed => 1,
            Self::WrongUsage => 2,
            Self::Examined(verdict) => match verdict {
                Diagnosis::BothWays | Diagnosis::SomeBothWays => 0,
                Diagnosis::Fault => 1,
                Diagnosis::Nobody => 3,
                Diagnosis::NotBothWays => 4,
            },
            Self::NobodyThere => 3,
            Self::NotConfirmed => 4,
            Self::NotExpected | Self::TooFew => 5,
            Self::Signal(number, _) => 128_u8.saturating_add(u8::try_from(number).unwrap_or(u8::MAX)),
        }
    }
}
