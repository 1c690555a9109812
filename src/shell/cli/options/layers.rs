//! What holds besides the command line: the environment, and behind it the configuration file. Each option of theirs is put
//! before the arguments as if it were given there, so that one reader judges all of them.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use super::command_line::{CommandLine, is_for};
use crate::shell::cli::known::{KnownOption, Setting, ValueKind};
use crate::view::words::en;

/// Where the value of an option comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was given.
    CommandLine,
    /// From this variable.
    Environment(String),
    /// From this line of the configuration file.
    File(usize),
}

/// An option's values, as given, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layered {
    /// The values; none of a flag.
    pub values: Vec<String>,
    /// Where from.
    pub origin: Origin,
}

impl Layered {
    /// Whether it comes from the same layer, and is on.
    fn is_of_layer(&self, origin: &Origin) -> bool {
        let is_on = self.values.first().is_none_or(|value| value != "false");
        is_on && std::mem::discriminant(&self.origin) == std::mem::discriminant(origin)
    }
}

/// The options that have a value beside their usual one, by name.
pub type Layers = BTreeMap<String, Layered>;

/// The variable of an option.
pub fn variable(option: &str) -> String {
    format!("CHINWAG_{}", option.to_uppercase().replace('-', "_"))
}

/// All options that can be set, in the order of the help.
pub fn known() -> Vec<KnownOption> {
    let command = CommandLine::command(); // not built: that repeats each option for each command word
    let known = |arg: &Arg| {
        let is_told = |name: &&str| !matches!(*name, "help" | "version") && !arg.is_hide_set();
        let name = arg.get_long().filter(is_told)?.to_owned();
        let kind = match arg.get_action() {
            ArgAction::SetTrue => ValueKind::Flag,
            ArgAction::Count => ValueKind::Count,
            ArgAction::Append => ValueKind::List,
            _ => ValueKind::One,
        };
        let usual = arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
        let usual = usual.filter(|_| kind == ValueKind::One);
        Some(KnownOption { name, kind, help: arg.get_help().map(ToString::to_string).unwrap_or_default(), usual })
    };
    command.get_arguments().filter_map(known).collect()
}

/// What was given with this command line: by options, then by variables, then by the file. What is not for the command
/// word, and what an outweighing layer excludes, is left out.
pub fn gather(
    matches: &ArgMatches,
    all: &[KnownOption],
    environment: &BTreeMap<String, OsString>,
    file: &[Setting],
) -> Result<Layers, String> {
    let word = matches.subcommand_name().unwrap_or("chat");
    let command = LazyCell::new(CommandLine::command);
    let mut layers = Layers::new();
    for KnownOption { name, .. } in all {
        let id = name.replace('-', "_");
        if matches.value_source(&id) == Some(ValueSource::CommandLine) {
            let values = matches.get_raw(&id).into_iter().flatten();
            let values = values.map(|value| value.to_string_lossy().into_owned()).collect();
            layers.insert(name.clone(), Layered { values, origin: Origin::CommandLine });
        }
    }
    for option in all {
        let variable = variable(&option.name);
        let Some(value) = environment.get(&variable).filter(|value| !value.is_empty()) else { continue };
        let wrong = |why: String| format!("{variable}: {why}");
        let values = values_of(option, value).map_err(&wrong)?;
        check(option, &values).map_err(wrong)?;
        let origin = Origin::Environment(variable.clone());
        add(&mut layers, &command, option, word, Layered { values, origin })
            .map_err(|why| format!("{variable}: {why}"))?;
    }
    for setting in file {
        let Some(option) = all.iter().find(|option| option.name == setting.name) else { continue };
        let wrong = |why: String| format!("{}: line {}: {why}", setting.file, setting.line);
        check(option, &setting.values).map_err(wrong)?;
        let layered = Layered { values: setting.values.clone(), origin: Origin::File(setting.line) };
        add(&mut layers, &command, option, word, layered).map_err(wrong)?;
    }
    Ok(layers)
}

/// Puts in what nothing outweighs. What excludes an option of the same layer is a mistake: neither outweighs the other.
fn add(
    layers: &mut Layers,
    command: &Command,
    option: &KnownOption,
    word: &str,
    layered: Layered,
) -> Result<(), String> {
    let name = option.name.as_str();
    let is_off = option.kind == ValueKind::Flag && layered.values.iter().all(|value| value != "true");
    if !is_for(name, word) || layers.contains_key(name) {
        return Ok(());
    }
    let arg = |name: &str| command.get_arguments().find(|arg| arg.get_long() == Some(name));
    let excludes = |one: &str, other: &str| {
        let conflicts = arg(one).map(|arg| command.get_arg_conflicts_with(arg)).unwrap_or_default();
        conflicts.iter().any(|conflict| conflict.get_long() == Some(other))
    };
    let is_rival = |other: &&String| excludes(name, other) || excludes(other, name);
    match layers.iter().find(|(other, _)| !is_off && is_rival(other)) {
        Some((other, rival)) if rival.is_of_layer(&layered.origin) => Err(en::usage::exclude(name, other)),
        Some(_) => Ok(()),
        None => {
            layers.insert(name.to_owned(), layered);
            Ok(())
        }
    }
}

/// The values in a variable: those of a list are parted by commas, but for regular expressions, which may hold some.
fn values_of(option: &KnownOption, value: &OsStr) -> Result<Vec<String>, String> {
    let text = value.to_str().ok_or(en::usage::EXPECTED_UTF_8)?;
    Ok(match option.kind {
        ValueKind::Flag => vec![flag(text).ok_or(en::usage::EXPECTED_FLAG)?.to_string()],
        ValueKind::List if option.name != "expect" => text.split(',').map(|part| part.trim().to_owned()).collect(),
        _ => vec![text.to_owned()],
    })
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whether the reader of the command line would take these values.
fn check(option: &KnownOption, values: &[String]) -> Result<(), String> {
    if option.kind == ValueKind::Count && values.iter().any(|value| !matches!(value.as_str(), "0" | "1" | "2" | "3")) {
        return Err(en::usage::EXPECTED_COUNT.to_owned());
    }
    let line = [OsString::from("chinwag")].into_iter().chain(written(option, values));
    let read = CommandLine::command().try_get_matches_from(line);
    read.map(drop).map_err(|error| {
        let all = error.to_string();
        let first = all.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        first.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    })
}

/// An option as it stands among arguments.
fn written(option: &KnownOption, values: &[String]) -> Vec<OsString> {
    let KnownOption { name, kind, .. } = option;
    let times = match kind {
        ValueKind::Flag => usize::from(values.iter().any(|value| value == "true")),
        ValueKind::Count => values.first().and_then(|value| value.parse().ok()).unwrap_or(0),
        ValueKind::One | ValueKind::List => {
            return values.iter().map(|value| OsString::from(format!("--{name}={value}"))).collect();
        }
    };
    vec![OsString::from(format!("--{name}")); times]
}

/// What of a command line is for a session that is started for it, as arguments of that.
pub fn of_session(layers: &Layers) -> Vec<OsString> {
    let all = known();
    let given = layers.iter().filter(|(name, layered)| {
        layered.origin == Origin::CommandLine && is_for(name, "chat") && !OF_THE_TOOL.contains(&name.as_str())
    });
    let arguments = given.flat_map(|(name, layered)| {
        let option = all.iter().find(|option| option.name == *name);
        option.map(|option| written(option, &layered.values)).unwrap_or_default()
    });
    arguments.collect()
}

/// What whoever starts a session for itself does with it, not the session.
const OF_THE_TOOL: &[&str] =
    &["json", "json-in", "quiet", "timeout", "wait-peers", "expect", "expect-ordered", "count", "listen", "verbose"];

/// The command line with what the layers add. `None`: they add nothing.
pub fn with_layers(mut arguments: Vec<OsString>, all: &[KnownOption], layers: &Layers) -> Option<Vec<OsString>> {
    let added = layers.iter().filter(|(_, layered)| layered.origin != Origin::CommandLine);
    let added = added.flat_map(|(name, layered)| {
        let option = all.iter().find(|option| option.name == *name);
        option.map(|option| written(option, &layered.values)).unwrap_or_default()
    });
    let added: Vec<OsString> = added.collect();
    let behind_program = 1.min(arguments.len());
    let is_any = !added.is_empty();
    arguments.splice(behind_program..behind_program, added);
    is_any.then_some(arguments)
}
