//! What came of what was to be said, for the exit code.

use crate::chat::api::ending::Ending;
use crate::chat::room::Outcome;

/// How much was read and refused, and what became of what was said in rooms that were left.
#[derive(Debug, Default)]
pub struct Results {
    /// Lines taken, refused ones included.
    lines: u64,
    is_refused: bool,
    left: Outcome,
}

impl Results {
    /// So many lines more were read.
    pub fn read(&mut self, lines: u64) {
        self.lines += lines;
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// A line of standard input was refused.
    pub fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Whether one was.
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// A room was left, and this became of what was said there.
    pub fn leave(&mut self, outcome: Outcome) {
        self.left.nobody |= outcome.nobody;
        self.left.unconfirmed |= outcome.unconfirmed;
    }

    /// How it ends after the end of input, where this became of what was said in the other rooms. `None`: that is not clear.
    pub fn ending(&self, outcomes: impl Iterator<Item = Option<Outcome>>) -> Option<Ending> {
        let all: Vec<Outcome> = outcomes.chain([Some(self.left)]).collect::<Option<_>>()?;
        Some(if all.iter().any(|outcome| outcome.unconfirmed) {
            Ending::NotConfirmed
        } else if all.iter().any(|outcome| outcome.nobody) {
            Ending::NobodyThere
        } else {
            Ending::EndOfInput
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_confirmed_anywhere_outweighs_that_nobody_was_there() {
        let (good, nobody) = (Outcome::default(), Outcome { nobody: true, unconfirmed: false });
        let mut results = Results::default();
        assert_eq!(results.ending([Some(good), None].into_iter()), None, "it is not clear yet");
        assert_eq!(results.ending([Some(good)].into_iter()), Some(Ending::EndOfInput));
        assert_eq!(results.ending([Some(good), Some(nobody)].into_iter()), Some(Ending::NobodyThere));
        results.leave(Outcome { nobody: false, unconfirmed: true });
        assert_eq!(results.ending([Some(nobody)].into_iter()), Some(Ending::NotConfirmed));
    }
}
