//! What a shell completes: commands, their options, and the values of those as they are on this machine now.
//!
//! A shell runs chinwag for each Tab, so that what it offers always fits the program.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::{Arg, Command};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::shell::cli::options::{USUAL_PROFILE, views};
use crate::shell::net::lan::Interfaces;
use crate::shell::profile;
use crate::shell::store;
use crate::shell::sys::stdio::print;
use crate::shell::tools::remote;

/// A shell that wants to know sets it: for which shell.
const VARIABLE: &str = "_CHINWAG_COMPLETE";

/// Prints what makes a shell ask, and returns the exit code.
pub fn script(shell: Shell) -> u8 {
    print(&script_text(shell).expect("each of these shells can be asked, and memory takes it"))
}

fn script_text(shell: Shell) -> io::Result<String> {
    let name = shell.to_string();
    let shells = Shells::builtins();
    let completer = shells.completer(&name).ok_or(io::ErrorKind::Unsupported)?;
    let mut out = Vec::new();
    completer.write_registration(VARIABLE, "chinwag", "chinwag", "chinwag", &mut out)?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// Answers a shell that asks, and says whether one did. It is to be called before anything else.
pub fn answer(arguments: Vec<OsString>) -> clap::error::Result<bool> {
    let folder = std::env::current_dir().ok();
    CompleteEnv::with_factory(program).var(VARIABLE).try_complete(arguments, folder.as_deref())
}

/// The program, with what its options may be.
fn program() -> Command {
    let with_values = |command: Command| command.mut_args(with_values);
    let words: Vec<String> = views::program().get_subcommands().map(|word| word.get_name().to_owned()).collect();
    words.iter().fold(with_values(views::program()), |program, word| program.mut_subcommand(word, with_values))
}

fn with_values(arg: Arg) -> Arg {
    let values: fn() -> Vec<String> = match arg.get_id().as_str() {
        "room" => rooms,
        "profile" => profiles,
        "interface" => interfaces,
        "charset" => || CHARSETS.iter().map(|&name| name.to_owned()).collect(),
        "to" | "from" => nicks,
        _ => return arg,
    };
    arg.add(ArgValueCandidates::new(move || values().into_iter().map(CompletionCandidate::new).collect()))
}

/// Those that the course and old systems meet; more are known.
const CHARSETS: &[&str] = &["utf-8", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1252"];

/// How many names of one kind are offered.
const NAMES_MAX: usize = 200;

fn interfaces() -> Vec<String> {
    let interfaces = Interfaces::scan().unwrap_or_default();
    interfaces.links().iter().map(|link| link.name.clone()).collect()
}

/// The folders of profiles beside the usual one.
fn profiles() -> Vec<String> {
    let entries = profile_folder().and_then(|folder| std::fs::read_dir(folder.parent()?).ok());
    let folders = entries.into_iter().flatten().flatten().filter(|entry| entry.path().join("secret").is_file());
    harmless(folders.filter_map(|entry| entry.file_name().into_string().ok()))
}

fn rooms() -> Vec<String> {
    harmless(known_names().0)
}

/// Who is here, then who was.
fn nicks() -> Vec<String> {
    let mut nicks = profile_folder().map(|folder| remote::nicks(&folder)).unwrap_or_default();
    let earlier: Vec<String> = known_names().1.into_iter().filter(|nick| !nicks.contains(nick)).collect();
    nicks.extend(earlier);
    harmless(nicks)
}

fn known_names() -> (Vec<String>, Vec<String>) {
    let connection = profile_folder().and_then(|folder| store::read_only(&folder.join(store::FILE)).ok());
    connection.and_then(|connection| store::known_names(&connection, NAMES_MAX).ok()).unwrap_or_default()
}

/// Where the profile is that variables name, or the usual one: what stands in the line, a shell does not hand on.
fn profile_folder() -> Option<PathBuf> {
    let name = std::env::var("CHINWAG_PROFILE").unwrap_or_else(|_| USUAL_PROFILE.to_owned());
    profile::folder_of(&name, std::env::var_os("CHINWAG_DATA_DIR").map(PathBuf::from)).ok()
}

/// Names that a shell takes as they are. Others chose them, and it puts them into a command line.
fn harmless(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let is_harmless = |name: &String| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '#'));
    names.into_iter().filter(is_harmless).take(NAMES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_run_is_not_offered() {
        let names = ["bob", "$(reboot)", "李雷", "a;b", "bob#9f2c", "`id`", "a b"].map(str::to_owned);
        assert_eq!(harmless(names), ["bob", "李雷", "bob#9f2c"]);
    }
}
