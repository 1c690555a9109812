//! `doctor` where a session of the profile runs: that one is examined, for it has the sockets that matter.

#[cfg(unix)]
mod system;

use crate::shell::cli::options::layers::Origin;
use crate::shell::cli::options::{IdentityChoice, Options};
use crate::shell::tools::remote::OF_AN_OWN_SESSION;

/// Examines it, and returns the exit code. `None`: there is none that could.
pub fn run(options: &Options, repeats: bool) -> Option<u8> {
    let is_given = |name: &str| options.layers.get(name).is_some_and(|layered| layered.origin == Origin::CommandLine);
    // Whom it is to reach it can ask, and who only looks says nothing.
    if OF_AN_OWN_SESSION.iter().any(|name| *name != "peer" && is_given(name)) {
        return None;
    }
    let IdentityChoice::Profile { name, folder } = &options.identity else { return None };
    let folder = crate::shell::profile::folder_of(name, folder.clone()).ok()?;
    in_session(options, repeats, is_given("room"), &folder)
}

#[cfg(unix)]
use system::in_session;

#[cfg(not(unix))]
fn in_session(_: &Options, _: bool, _: bool, _: &std::path::Path) -> Option<u8> {
    None
}
