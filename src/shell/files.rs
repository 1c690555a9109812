//! Files and folders that pass between people, on the disk.

pub mod destination;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod part;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod source;
#[cfg_attr(not(unix), path = "files/elsewhere.rs")]
pub mod worker;
