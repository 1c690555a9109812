//! What follows from what a session is for, where nobody sits before it, or it only examines the network.

use std::path::PathBuf;
use std::time::Duration;

use crate::chat::api::talk::InstanceKind;
use crate::chat::base::address::PeerName;
use crate::chat::session::node::config::Examines;
use crate::shell::cli::options::{IdentityChoice, Options, Subcommand};
use crate::shell::profile;

/// What is examined, where that is all that the session is for.
pub fn examines(options: &Options) -> Option<Examines> {
    match options.command {
        Subcommand::Doctor { repeats } => Some(Examines { is_whole: true, repeats }),
        Subcommand::Ping(_) => Some(Examines { is_whole: false, repeats: false }),
        _ => None,
    }
}

/// Who is to be reached.
pub fn peers(options: &Options) -> Vec<PeerName> {
    match &options.command {
        Subcommand::Ping(host) => vec![host.clone()],
        _ => options.peers.clone(),
    }
}

/// The folder of the profile whose secrets an examination uses, where there is one.
pub fn examined_profile(options: &Options) -> Option<PathBuf> {
    let IdentityChoice::Profile { name, folder } = &options.identity else { return None };
    examines(options).and_then(|_| profile::folder_of(name, folder.clone()).ok()).filter(|folder| folder.is_dir())
}

/// How long what is said is kept. Where nobody sits it does not grow without end.
pub fn keep_for(options: &Options) -> Option<Duration> {
    const HEADLESS_KEEPS_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
    options.config.keep_for.or((options.kind == InstanceKind::Headless).then_some(HEADLESS_KEEPS_FOR))
}
