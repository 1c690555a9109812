//! The commands that are no session.

pub mod completion;
pub(crate) mod invitation;
pub(crate) mod lookup;
pub(crate) mod manual;
pub(crate) mod remote;
pub(crate) mod settings;
