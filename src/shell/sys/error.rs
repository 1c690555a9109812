//! Errors of the system, in its words.

use std::io;

/// What the system says of an error, without its number.
pub fn words(error: &io::Error) -> String {
    let all = error.to_string();
    all.split(" (os error").next().unwrap_or(&all).to_owned()
}
