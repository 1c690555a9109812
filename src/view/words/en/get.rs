//! What `send --file` and `get` say.

use super::transfers;
use crate::chat::files::file_name::{NameRules, safe_name};

/// No offer came.
pub fn no_offer(called: Option<&str>) -> String {
    match called {
        Some(called) => format!("nobody offered {called} in time"),
        None => "nobody offered anything in time".to_owned(),
    }
}

/// A folder is no stream of bytes that a program could read.
pub fn folder_to(output: &str) -> String {
    format!("that is a folder: expected -o with a folder or a name, not {output}")
}

/// There is no such folder.
pub fn no_folder(path: &str) -> String {
    format!("there is no folder {path}")
}

/// Several people offer something of that name.
pub fn several(id: &str, who: &str, rivals: &[String]) -> String {
    format!("several people offer that: expected one of {id} from {who}, {}", rivals.join(", "))
}

/// A path cannot be told to the session.
pub const NO_UTF_8: &str = "the path is not UTF-8, expected one that is";

/// It did not come in time.
pub fn not_in_time(who: &str) -> String {
    format!("{who} did not send it in time")
}

/// How far it is.
pub fn progress(name: &str, done: u64, of: u64, rate: u64) -> String {
    format!("{}  {}", safe_name(name, NameRules::HERE, false), transfers::progress(done, of, rate))
}

/// A file is offered.
pub fn offered(name: &str, id: &str) -> String {
    format!("offering {} as {id}", safe_name(name, NameRules::HERE, false))
}

/// What is offered is served by a session, and none runs.
pub const STAYS: &str = "it stays offered: others can fetch it whenever a session of yours runs";

/// Nobody fetched it.
pub const NOBODY_CAME: &str = "nobody fetched it in time";

/// Somebody began to, and nobody has all of it.
pub const NOBODY_FINISHED: &str = "nobody who began to fetch it has all of it";

/// Too few have it.
pub fn too_few(count: usize, wanted: usize) -> String {
    format!("{count} have it, expected {wanted}")
}
