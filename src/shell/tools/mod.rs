//! The commands that are no session.

pub mod completion;
pub(crate) mod doctor;
#[cfg(unix)]
pub(crate) mod file_fetch;
#[cfg(unix)]
pub(crate) mod file_offer;
#[cfg(unix)]
mod file_session;
pub(crate) mod invitation;
pub(crate) mod lookup;
pub(crate) mod manual;
pub(crate) mod remote;
#[cfg(unix)]
mod session_link;
pub(crate) mod settings;
