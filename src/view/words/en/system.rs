//! What the system and the network do not allow.

use std::fmt::Display;

/// Something cannot be done; why, in the system's words.
pub fn cannot(what: &str, why: impl Display) -> String {
    format!("cannot {what}: {why}")
}

/// There is no code for files on this system.
#[cfg_attr(unix, expect(dead_code, reason = "said on the other systems"))]
pub const NO_FILES_HERE: &str = "files are neither offered nor fetched on this system yet";

/// The system has no random numbers to give.
pub const NO_RANDOMNESS: &str = "the system gives no random bytes";

/// Nobody knows this host.
pub fn unknown_host(name: &str, why: impl Display) -> String {
    format!("unknown host '{name}': {why}")
}

/// This machine has no such interface, but these.
pub fn unknown_interface(name: &str, known: &str) -> String {
    format!("'{name}' is no interface of this machine: expected one of {known}")
}

/// Whom the user wants to reach is this program itself.
pub const THIS_PROGRAM: &str = "that is this program itself";
/// A peer is this program itself.
pub fn own_address(address: impl Display) -> String {
    format!("{address} is this program's own address: expected somebody else's")
}

/// A peer is of a family that is not bound.
pub fn other_family(peer: impl Display, bound: impl Display) -> String {
    format!(
        "{peer} cannot be reached from {bound}: expected a peer of the same IP family, and from the loopback one of this machine"
    )
}

/// Another program has the port. `by` is ` by nc (process 7)`, or nothing where it cannot be told.
pub fn port_in_use(port: u16, by: &str) -> String {
    format!("port {port} is in use{by}: expected another one, or --bind 0 for any that is free")
}

/// Ports below 1024 are reserved.
pub fn privileged_port(port: u16) -> String {
    format!("port {port} takes a right that this user does not have: expected a port from 1024 to 65535")
}

/// The address belongs to another machine, or to none.
pub fn not_own(address: impl Display) -> String {
    format!("{address} is not an address of this machine")
}

/// The system lacks the family.
pub fn no_family(family: &str) -> String {
    format!("this machine does not speak {family}")
}

/// A group cannot be joined.
pub fn no_group(group: impl Display, why: impl Display) -> String {
    format!("cannot reach the group {group}: {why}; expected --interface NAME with one that can")
}

/// A file that is written to standard output can be read by others.
pub fn readable_by_others(why: impl Display) -> String {
    format!("others may read the file that this goes into: {why}")
}

/// The editor cannot be waited for.
pub fn editor_lost(why: impl Display) -> String {
    format!("the editor is lost: {why}")
}

/// The editor failed.
pub fn editor_ended(status: impl Display) -> String {
    format!("the editor ended with {status}: what was typed is as it was")
}

/// The editor wrote no text.
pub const EDITED_NOT_UTF_8: &str = "what was edited is not UTF-8: what was typed is as it was";

/// A bot does not stay.
pub fn bot_ends(command: &str, times: usize) -> String {
    format!("'{command}' ended {times} times within a minute: expected one that stays")
}

/// A JSON command is too long.
pub fn long_request(bytes: u64, most: usize) -> String {
    format!("it is {bytes} bytes long, a command has at most {most}")
}

/// The session that was to say something has ended.
pub const SESSION_ENDED: &str = "the session that was asked to say this has ended";

/// The session of the profile has no socket that can be found.
pub fn session_not_found(why: impl Display) -> String {
    format!("The session of this profile cannot be found, so others see this as said by another person: {why}.")
}

/// The session of the profile is silent.
pub const SESSION_SILENT: &str = "The session of this profile does not answer, so others see this as said by \
 another person.";
