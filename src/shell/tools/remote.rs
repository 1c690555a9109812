//! `send` where a session of the profile runs: that one says it, so that nobody is here twice.

#[cfg(unix)]
mod system;

use crate::shell::cli::options::layers::Origin;
use crate::shell::cli::options::{IdentityChoice, Options};

/// Says it through the session that runs, and returns the exit code. `None`: there is none that could.
pub fn send(options: &Options, text: Option<&str>) -> Option<u8> {
    let is_given = |name: &&str| options.layers.get(*name).is_some_and(|layered| layered.origin == Origin::CommandLine);
    if OF_AN_OWN_SESSION.iter().any(is_given) {
        return None;
    }
    let IdentityChoice::Profile { name, folder } = &options.identity else { return None };
    let folder = crate::shell::profile::folder_of(name, folder.clone()).ok()?;
    in_session(options, text, &folder)
}

/// Who is in the first room of the session that uses the profile in this folder, by nick, with the tag where two have it.
pub fn nicks(folder: &std::path::Path) -> Vec<String> {
    people(folder)
}

/// Whoever gives one of these wants a presence of his own. What the environment and the file say holds for the session, too.
pub const OF_AN_OWN_SESSION: &[&str] = &[
    "nick",
    "temp",
    "bind",
    "interface",
    "no-lan",
    "peer",
    "since",
    "chaos",
    "verbose",
    "log",
    "invite",
    "passphrase-file",
];

#[cfg(unix)]
use system::{in_session, people};

#[cfg(not(unix))]
fn in_session(_: &Options, _: Option<&str>, _: &std::path::Path) -> Option<u8> {
    None
}

#[cfg(not(unix))]
fn people(_: &std::path::Path) -> Vec<String> {
    Vec::new()
}
