//! What each command takes, for people: its help, its page of the manual and what shells complete are made of this.
//!
//! The arguments themselves are read by one set of options ([`CommandLine`]), wherever they stand; here each command has only
//! those that it takes.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, ValueHint};

use super::command_line::{CommandLine, is_for};
use crate::view::words::en;
use crate::view::words::en::examples::{USAGE, examples};

/// The command word of a line without one.
pub const NO_WORD: &str = "chat";

/// The program, each command of it with the options that it takes and no others.
pub fn program() -> Command {
    let table = CommandLine::command();
    let options: Vec<Arg> = table.get_arguments().map(|arg| hinted(arg.clone().global(false))).collect();
    let taken = |word: &str| {
        let word = word.to_owned();
        options.iter().filter(move |arg| arg.get_long().is_some_and(|name| is_for(name, &word))).cloned()
    };
    let words = table.get_subcommands().map(|word| {
        let view = word.clone().mut_args(hinted).args(taken(word.get_name()));
        match examples(word.get_name()) {
            [] => view,
            examples => view.before_help(format!("Examples:\n  {}", examples.join("\n  "))),
        }
    });
    Command::new("chinwag")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .max_term_width(100)
        .about(table.get_about().cloned().unwrap_or_default())
        .override_usage(USAGE)
        .after_long_help(table.get_after_long_help().cloned().unwrap_or_default())
        .args(taken(NO_WORD))
        .subcommands(words)
}

/// One command of the [`program`], or the program without one.
pub fn of(word: &str) -> Command {
    let mut program = program();
    program.build();
    let command = program.find_subcommand(word).cloned();
    command.unwrap_or_else(|| program.override_usage("chinwag [OPTIONS]"))
}

/// A file is completed only where one is meant.
fn hinted(arg: Arg) -> Arg {
    const PATHS: &[&str] = &["config", "log", "export", "invite", "passphrase_file", "out"];
    let hint = match arg.get_id().as_str() {
        _ if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() => return arg,
        path if PATHS.contains(&path) => ValueHint::FilePath,
        "data_dir" => ValueHint::DirPath,
        "exec" => ValueHint::CommandString,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// What is said of arguments that cannot be read: the help of the command that they name, and what was meant where that is
/// known.
pub fn told(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let text_of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.starts_with('-') => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::DisplayHelp => help(arguments).unwrap_or(error),
        ErrorKind::InvalidSubcommand => {
            let first = text_of(ContextKind::InvalidSubcommand).filter(|first| !is_mistyped(first));
            let words = first.map(|first| rest_from(arguments, first));
            let told =
                words.map(|words| program().error(ErrorKind::InvalidSubcommand, en::usage::not_a_command(&words)));
            told.unwrap_or(error)
        }
        ErrorKind::UnknownArgument if word_of(arguments).as_deref() == Some("history") => {
            let words = text_of(ContextKind::InvalidArg).map(|first| rest_from(arguments, first));
            let told = words.map(|words| of("history").error(ErrorKind::UnknownArgument, en::usage::no_words(&words)));
            told.unwrap_or(error)
        }
        _ => error,
    }
}

/// An option that has no meaning for this command.
pub fn useless(option: &str, word: &str) -> clap::Error {
    of(word).error(ErrorKind::ArgumentConflict, en::usage::useless(option, word))
}

/// The help that is asked for.
fn help(arguments: &[OsString]) -> Option<clap::Error> {
    let word = word_of(arguments);
    let of_help = program().try_get_matches_from(arguments).err().filter(|_| word.is_none());
    if let Some(error) = of_help.filter(|error| error.kind() == ErrorKind::DisplayHelp) {
        return Some(error); // `help`, and behind it whose
    }
    let is_long = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--help");
    let asked = ["chinwag"].into_iter().chain(word.as_deref()).chain([if is_long { "--help" } else { "-h" }]);
    program().try_get_matches_from(asked).err()
}

/// Whether it is nearly one of the commands.
fn is_mistyped(word: &str) -> bool {
    let program = program();
    let mut names = program.get_subcommands().map(Command::get_name);
    names.any(|name| strsim::osa_distance(name, word) <= word.chars().count() / 4)
}

/// The command word among arguments that cannot be read as a whole.
fn word_of(arguments: &[OsString]) -> Option<String> {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::SetTrue).global(true);
    let lenient = CommandLine::command().disable_help_flag(true).arg(help).ignore_errors(true);
    lenient.try_get_matches_from(arguments).ok()?.subcommand_name().map(str::to_owned)
}

/// The arguments from the one that is not understood on.
fn rest_from(arguments: &[OsString], first: &str) -> String {
    let rest = arguments.iter().skip_while(|argument| *argument != first);
    rest.map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Options, layers};
    use super::*;
    use crate::shell::cli::known::ValueKind;

    #[test]
    fn a_command_lists_an_option_where_it_takes_it_and_only_there() {
        let program = program();
        let words = program.get_subcommands().map(|word| word.get_name().to_owned());
        for word in words.chain([NO_WORD.to_owned()]) {
            let view = of(&word);
            for option in layers::known() {
                let value = match option.name.as_str() {
                    "charset" => "gbk",
                    "chaos" => "loss=0.1",
                    "nick" | "to" | "from" | "peer" | "via" => "bob",
                    "broker" => "mqtts://hub.example",
                    _ => "1",
                };
                let takes_value = matches!(option.kind, ValueKind::One | ValueKind::List);
                let given =
                    if takes_value { format!("--{}={value}", option.name) } else { format!("--{}", option.name) };
                let positional = match word.as_str() {
                    "search" => vec!["word"],
                    "ping" => vec!["10.0.0.7"],
                    "completions" => vec!["bash"],
                    _ => vec![],
                };
                let line = ["chinwag"].into_iter().chain((word != NO_WORD).then_some(word.as_str()));
                let line = line.chain([given.as_str()]).chain(positional).map(OsString::from).collect();
                let refused = Options::parse(line, &BTreeMap::new()).err().map(|error| error.to_string());
                let is_refused = refused.as_ref().is_some_and(|why| why.contains(" is not for "));
                let is_listed = view.get_arguments().any(|arg| arg.get_long() == Some(&option.name));
                assert_eq!(is_listed, !is_refused, "{word} --{}: {refused:?}", option.name);
            }
        }
    }
}
