//! The commands that are no session.

pub mod invitation;
pub mod lookup;
pub mod manual;
pub mod remote;
pub mod settings;
