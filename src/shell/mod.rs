//! The shell: all the I/O, and no decision of the chat.

use std::io;

pub mod app;
pub mod chaos;
pub mod clients;
pub mod clock;
pub mod config;
pub mod console;
pub mod elsewhere;
pub mod feed;
pub mod group;
pub mod history;
pub mod holder;
pub mod input;
pub mod invitation;
pub mod journal;
pub mod keyring;
pub mod lan;
pub mod lookup;
pub mod manual;
pub mod options;
pub mod outlet;
pub mod output;
pub mod prekeys;
pub mod profile;
pub mod prompt;
pub mod remote;
pub mod reports;
pub mod resolve;
pub mod session;
pub mod settings;
pub mod signals;
pub mod socket;
pub mod start;
pub mod store;
pub mod terminal;
pub mod typed;
pub mod unlock;

/// What the system says of an error, without its number.
fn words(error: &io::Error) -> String {
    let all = error.to_string();
    all.split(" (os error").next().unwrap_or(&all).to_owned()
}
