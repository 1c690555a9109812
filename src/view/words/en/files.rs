//! What is wrong with a file of the profile, the configuration or the history.

use std::fmt::Display;
use std::path::Path;

/// There is no place for an identity.
pub const NO_HOME: &str =
    "there is no home folder to keep an identity in: expected --data-dir DIR, or --temp to do without";

/// An identity cannot be kept in this folder.
pub fn unusable_profile(path: &Path, why: impl Display) -> String {
    format!("cannot keep an identity in {}: {why}; expected --data-dir DIR, or --temp to do without", path.display())
}

/// A key has 32 bytes.
pub fn no_key(path: &Path) -> String {
    format!("{} is not a secret key of 32 bytes: move it away to begin with a new one", path.display())
}

/// The control socket's path is longer than the system takes.
pub fn long_path(path: &Path, most: usize) -> String {
    format!(
        "{} is {} bytes long, and the system takes {most}: expected a shorter --data-dir, or in XDG_RUNTIME_DIR a folder \
         that is yours alone (0700)",
        path.display(),
        path.as_os_str().len()
    )
}

/// A file says something that is not known.
pub fn wrong_config(path: &Path, why: &str) -> String {
    format!("{} cannot be followed: {why}", path.display())
}

/// The screen follows the configuration now.
pub const RELOADED: &str =
    "the configuration is read again: the screen and its keys follow it now, the options at the next start";

/// The configuration cannot be followed, and nothing changes.
pub fn not_reloaded(why: &str) -> String {
    format!("{why}: everything stays as it was")
}

/// Another program fetches into the same part.
pub fn part_in_use(path: &Path) -> String {
    format!("another window fetches {} already", path.display())
}

/// No configuration is so long.
pub const LONG_CONFIG: &str = "it is longer than 1 MiB, which no configuration is";

/// `keep_days` is no number of days.
pub const KEEP_DAYS: &str = "history.keep_days: expected a whole number of days, at least 1 (--temp keeps nothing)";

/// `replay` is no number of lines.
pub fn replay(most: usize) -> String {
    format!("screen.replay: expected a number of lines, from 0 to {most}")
}

/// A key of the file stands outside of its part.
pub fn misplaced(line: usize, key: &str, section: &str) -> String {
    format!("line {line}: {key} belongs under [{section}]")
}

/// Nothing has that name. `meant` says what was probably meant.
pub fn no_option(line: usize, name: &str, meant: &str) -> String {
    format!("line {line}: there is no option '{name}'{meant}")
}

/// A value is not of the kind that the option takes.
pub fn wrong_value(line: usize, name: &str, expected: &str) -> String {
    format!("line {line}: {name}: expected {expected}")
}

/// One of these was meant.
pub fn expected_one_of(known: &[&str]) -> String {
    format!(": expected one of {}", known.join(", "))
}

/// This was probably meant.
pub fn did_you_mean(near: &str) -> String {
    format!("; did you mean '{near}'?")
}

/// There is nothing to read.
pub fn no_history(path: &Path) -> String {
    format!("there is no history yet in {}", path.display())
}

/// The history is of a newer version.
pub fn newer_history(path: &Path) -> String {
    format!("the history in {} was written by a newer version of chinwag", path.display())
}

/// The history is damaged.
pub fn damaged_history(path: &Path, why: Option<String>) -> String {
    match why {
        Some(why) => format!("the history in {} is damaged: {why}", path.display()),
        None => format!("the history in {} is damaged", path.display()),
    }
}

/// The system refuses the history.
pub fn refused_history(path: &Path, why: impl Display) -> String {
    format!("the history in {} cannot be used: {why}", path.display())
}

/// There is no room on the disk.
pub const DISK_FULL: &str = "the disk is full";
/// A file may only be read.
pub const READ_ONLY: &str = "it cannot be written";
/// A file holds something else.
pub const NO_DATABASE: &str = "it is no database";
/// A file cannot be opened.
pub const NOT_OPENED: &str = "it cannot be opened";
/// It is a folder, or a device.
pub const NO_FILE: &str = "it is no file";
/// All names for one that is set aside are taken.
pub const TOO_MANY_ASIDE: &str = "too many histories were set aside today: move some of them away";
/// Searches wait for each other.
pub const TOO_MUCH_SOUGHT: &str = "too many searches are running: wait for an answer first";
/// The program ends before the disk has answered.
pub const DISK_SILENT: &str = "the disk does not answer: what was said last may be missing";
/// There is no history.
pub const NOTHING_KEPT: &str = "nothing is kept in this session";
/// There is no history of a temporary identity.
pub const TEMPORARY: &str = "a temporary identity keeps nothing";

/// The history cannot be read now.
pub fn nothing_looked_up(why: &str) -> String {
    format!("nothing can be looked up: {why}")
}

/// There is nothing in it that could be looked for.
pub fn no_needle(word: &str) -> String {
    format!("'{word}' cannot be looked for: expected letters, digits or emoji")
}

/// There is more than is shown.
pub fn newest(count: usize) -> String {
    format!("These are the newest {count}; there are more: --limit 0 shows all.")
}

/// There is nothing to show.
pub const NOTHING_FOUND: &str = "Nothing was found.";

/// A file of secrets is damaged.
pub fn no_keychain(path: &Path, room: impl Display) -> String {
    format!("{} does not hold the secret of {room}: move it away", path.display())
}

/// A secret is not replaced by another room's.
pub const OTHER_SECRET: &str = "your profile keeps another one";

/// The file of prekeys is damaged.
pub fn damaged_prekeys(path: &Path) -> String {
    format!("{} is damaged: move it away to begin with new keys for private messages", path.display())
}

/// A phrase is no text.
pub const PHRASE_NOT_UTF_8: &str = "expected a passphrase or an invitation in UTF-8";

/// No phrase is so long.
pub const LONG_PHRASE: &str = "it is too long for a passphrase or an invitation: expected less than 4096 bytes";

/// The question for what opens a room, ` of #team`, or of none that was named.
pub fn ask_phrase(of: &str) -> String {
    format!("Passphrase or invitation{of} (not shown): ")
}

/// Nobody can be asked.
pub const ONLY_SCREEN_ASKS: &str = "only the live screen asks for a secret";

/// A room with a passphrase has no invitation.
pub fn is_passphrase(room: impl Display) -> String {
    format!(
        "{room} has a passphrase instead of an invitation: tell people the passphrase, or choose another \
     room"
    )
}

/// What is done with an invitation.
pub fn handed_on(room: impl Display, name: &str, file: Option<&Path>) -> String {
    match file {
        Some(file) => format!(
            "The invitation is in {}. Whoever has the file reads {room} and writes there: hand it on by a way that you \
             trust. Join with\n  chinwag --invite FILE",
            file.display()
        ),
        None => format!(
            "Whoever has these words reads {room} and writes there: hand them on by voice or on paper. Join with\n  \
             chinwag --invite FILE     the words or the line in a file, or\n  /join {name}     on the live screen, and \
             the words when it asks."
        ),
    }
}
