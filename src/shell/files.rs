//! Files and folders that pass between people, on the disk.

pub mod destination;
pub mod folder;
pub mod part;
pub mod place;
pub mod source;
pub mod worker;
