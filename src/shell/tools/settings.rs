//! `config`: what holds for a start like this one, and where each of it comes from, written as a configuration file.

use std::fmt::Write;

use serde_json::json;

use crate::shell::cli::config::{self, ConfigFile};
use crate::shell::cli::known::{KnownOption, ValueKind};
use crate::shell::cli::options::layers::{self, Layered, Origin};
use crate::shell::cli::options::{Options, USUAL_PROFILE};
use crate::shell::profile;
use crate::shell::sys::env::PASSPHRASE;
use crate::shell::sys::stdio::print;
use crate::view::screen::joins::ShownJoins;
use crate::view::screen::theme::Background;

/// Prints it and returns the exit code.
pub fn run(options: &Options) -> u8 {
    let strange = strange_variables();
    // What the file sets is shown, and shall not decide how.
    let is_json = options.layers.get("json").is_some_and(|layered| layered.origin == Origin::CommandLine);
    print(&if is_json { as_json(options) } else { as_file(options, &strange) })
}

fn as_file(options: &Options, strange: &[String]) -> String {
    let mut out = format!("# {}\n", where_from(&options.config));
    for name in strange {
        let known: Vec<String> = layers::known().iter().map(|known| layers::variable(&known.name)).collect();
        let known: Vec<&str> = known.iter().map(|known| &known[PREFIX.len()..]).collect();
        let meant = config::meant(&name[PREFIX.len()..], &known).replace("mean '", "mean 'CHINWAG_");
        let meant = if meant.starts_with(';') { meant } else { String::new() };
        let _ = writeln!(out, "# the variable {name} sets nothing{meant}");
    }
    if std::env::var_os(PASSPHRASE).is_some() {
        let _ = writeln!(out, "# the variable {PASSPHRASE} holds what opens a sealed room");
    }
    out.push('\n');
    for known in layers::known().iter().filter(|known| known.name != "config") {
        let line = match options.layers.get(&known.name) {
            Some(Layered { values, origin }) => {
                format!("{} = {}  # {}", known.name, written(values, known.kind), origin_text(origin, &known.name))
            }
            None => format!("# {} is not set: {}", known.name, usual(known)),
        };
        let _ = writeln!(out, "{line}");
    }
    let _ = write!(out, "\n[history]\n{}", keeping(&options.config));
    let _ = write!(out, "\n[files]\n{}", files(&options.config));
    let _ = write!(out, "\n[screen]\n{}", look(&options.config));
    let _ = writeln!(out, "\n[keys]\n# /keys in a session shows what each does");
    out
}

fn as_json(options: &Options) -> String {
    let object = |known: &KnownOption| {
        let layered = options.layers.get(&known.name);
        let from = layered.map_or_else(|| "usual".to_owned(), |layered| origin_text(&layered.origin, &known.name));
        let value = match (layered.map(|layered| &layered.values), known.kind) {
            (None, _) => json!(null),
            (Some(values), ValueKind::Flag) => json!(is_set(values)),
            (Some(values), ValueKind::Count) => {
                json!(values.first().and_then(|value| value.parse::<u8>().ok()).unwrap_or(1))
            }
            (Some(values), ValueKind::One) => json!(values.first()),
            (Some(values), ValueKind::List) => json!(values),
        };
        format!(
            "{}\n",
            json!({ "type": "option", "name": known.name, "value": value, "from": from, "usual": usual(known) })
        )
    };
    layers::known().iter().map(object).collect()
}

fn where_from(config: &ConfigFile) -> String {
    match (&config.path, config::usual_path()) {
        (Some(path), _) => format!("read from {}", path.display()),
        (None, Some(path)) => format!("there is no {}", path.display()),
        (None, None) => "there is no folder for a configuration file".to_owned(),
    }
}

fn origin_text(origin: &Origin, name: &str) -> String {
    match origin {
        Origin::CommandLine => format!("--{name}"),
        Origin::Environment(variable) => variable.clone(),
        Origin::File(line) => format!("line {line} of the file"),
    }
}

fn is_set(values: &[String]) -> bool {
    values.first().is_none_or(|value| value == "true")
}

fn written(values: &[String], kind: ValueKind) -> String {
    let quoted = || values.iter().map(|value| config::quoted(value));
    match kind {
        ValueKind::Flag => is_set(values).to_string(),
        ValueKind::Count => values.first().map_or("1", String::as_str).to_owned(),
        ValueKind::One if values.first().is_some_and(|value| is_number(value)) => values[0].clone(),
        ValueKind::One => quoted().next().unwrap_or_default(),
        ValueKind::List => format!("[{}]", quoted().collect::<Vec<_>>().join(", ")),
    }
}

/// Whether the file may have it as a number.
fn is_number(value: &str) -> bool {
    value.parse::<i64>().is_ok_and(|number| number.to_string() == value)
}

/// What an option is where nothing sets it.
fn usual(known: &KnownOption) -> String {
    if let Some(usual) = &known.usual {
        return usual.clone();
    }
    match known.name.as_str() {
        "nick" => profile::default_nick(),
        "room" => "lobby".to_owned(),
        "bind" => "port 7788 on all addresses, or any that is free".to_owned(),
        "interface" => "every one that can".to_owned(),
        "peer" => "nobody, the network is searched".to_owned(),
        "profile" => USUAL_PROFILE.to_owned(),
        "data-dir" => {
            let folder = profile::folder_of("", None);
            folder.map_or_else(|why| why.to_string(), |folder| folder.display().to_string())
        }
        "commands" => "where lines are typed".to_owned(),
        "timeout" => "5 seconds for receipts, no bound else".to_owned(),
        "limit" => "all; 100 for search".to_owned(),
        _ if known.kind == ValueKind::Flag => "false".to_owned(),
        _ => "none".to_owned(),
    }
}

fn keeping(config: &ConfigFile) -> String {
    match config.keep_for {
        Some(span) => format!("keep_days = {}  # the file\n", span.as_secs() / (24 * 3600)),
        None => "# keep_days is not set: for ever\n".to_owned(),
    }
}

fn files(config: &ConfigFile) -> String {
    let folder = config.files.folder.as_ref().map_or_else(
        || "# folder is not set: the folder for downloads\n".to_owned(),
        |folder| format!("folder = {}  # the file\n", config::quoted(folder)),
    );
    let most = config.files.max_bytes.map_or_else(
        || "# max_bytes is not set: as much as there is room for\n".to_owned(),
        |most| format!("max_bytes = {most}  # the file\n"),
    );
    folder + &most
}

fn look(config: &ConfigFile) -> String {
    let (look, usual) = (&config.look, config::Look::default());
    let theme = match look.ground {
        _ if look.is_monochrome => Some("\"mono\""),
        Some(Background::Dark) => Some("\"dark\""),
        Some(Background::Light) => Some("\"light\""),
        None => None,
    };
    let of_file = |is_on: bool, usually: bool| (is_on != usually).then_some(if is_on { "true" } else { "false" });
    let signs = look.has_signs.map(|has_signs| if has_signs { "true" } else { "false" });
    let replay = (look.replay_most != usual.replay_most).then(|| look.replay_most.to_string());
    let joins = match look.joins {
        ShownJoins::All => Some("\"all\""),
        ShownJoins::None => Some("\"none\""),
        ShownJoins::Smart => None,
    };
    let highlights = (!look.highlights.is_empty()).then(|| format!("{:?}", look.highlights));
    let mut out = String::new();
    for (name, value, usual) in [
        ("theme", theme, "as the terminal says"),
        ("signs", signs, "as the locale says"),
        ("bell", of_file(look.has_bell, usual.has_bell), "true"),
        ("notify", of_file(look.notifies, usual.notifies), "true"),
        ("wrap", look.wraps_words.then_some("\"words\""), "\"terminal\""),
        ("replay", replay.as_deref(), "10"),
        ("joins", joins, "\"smart\""),
        ("highlight", highlights.as_deref(), "your name alone"),
    ] {
        let _ = match value {
            Some(value) => writeln!(out, "{name} = {value}  # the file"),
            None => writeln!(out, "# {name} is not set: {usual}"),
        };
    }
    out
}

/// What our variables begin with.
const PREFIX: &str = "CHINWAG_";

/// Variables that look like ours and are none.
fn strange_variables() -> Vec<String> {
    let known: Vec<String> = layers::known().iter().map(|known| layers::variable(&known.name)).collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut strange: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && name != PASSPHRASE && !known.contains(name)).collect();
    strange.sort();
    strange
}
