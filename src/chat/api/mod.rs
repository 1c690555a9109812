//! What the core, the view and the shell say to each other.

pub mod answer;
pub mod carrier;
pub(crate) mod command;
pub mod disk;
pub mod ending;
pub mod event;
pub mod expect;
pub mod finding;
pub mod machine;
pub mod network_notice;
pub mod notice;
pub mod quoting;
pub mod refusal;
pub mod requester;
pub mod run;
pub mod talk;
pub mod transfers;
