//! The configuration file: what holds for every start unless the command line says otherwise.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Deserialize;
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use crate::shell::cli::broker_config::{BrokerSection, BrokersChoice, RoomSection};
use crate::shell::cli::known::{KnownOption, Setting, ValueKind};
use crate::shell::sys::error::words;
use crate::view::editor::bindings::Bindings;
use crate::view::screen::HIGHLIGHTS_MAX;
use crate::view::screen::joins::ShownJoins;
use crate::view::screen::theme::Background;
use crate::view::words::en;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    /// Which it is; `None`: there is none.
    pub path: Option<PathBuf>,
    /// Options that are set in it.
    pub settings: Vec<Setting>,
    /// How long the history is kept; `None`: for ever.
    pub keep_for: Option<Duration>,
    /// Where what is fetched goes, and how large it may be.
    pub files: FilesChoice,
    /// Through which brokers rooms go.
    pub brokers: BrokersChoice,
    /// How the live screen looks, and what it may do beside.
    pub look: Look,
    /// What the keys do.
    pub bindings: Bindings,
}

/// What is said of files that are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesChoice {
    /// The folder for what no place is named for; `None`: that for downloads.
    pub folder: Option<String>,
    /// Nothing larger is fetched.
    pub max_bytes: Option<u64>,
}

/// How the live screen looks, and what it may do beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What it is shown on; `None`: as the terminal says.
    pub ground: Option<Background>,
    /// No colours.
    pub is_monochrome: bool,
    /// Signs beyond ASCII; `None`: as the locale says.
    pub has_signs: Option<bool>,
    /// The bell rings.
    pub has_bell: bool,
    /// The desktop is told.
    pub notifies: bool,
    /// Messages are broken between words; else the terminal wraps them.
    pub wraps_words: bool,
    /// So many of the last lines are shown again, at most [`REPLAY_MAX`].
    pub replay_most: usize,
    /// Whose coming and going is shown.
    pub joins: ShownJoins,
    /// Words that ring as one's own name does.
    pub highlights: Vec<String>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            ground: None,
            is_monochrome: false,
            has_signs: None,
            has_bell: true,
            notifies: true,
            wraps_words: false,
            replay_most: 10,
            joins: ShownJoins::Smart,
            highlights: Vec::new(),
        }
    }
}

/// More lines than this are not shown again: a large screen.
pub const REPLAY_MAX: usize = 100;

/// Why it cannot be followed: one sentence.
#[derive(Debug, Error)]
pub enum BadConfig {
    /// It cannot be read.
    #[error("{}", en::system::cannot(&format!("read {}", .path.display()), words(.error)))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        error: io::Error,
    },
    /// It says something that is not known.
    #[error("{}", en::files::wrong_config(.path, .why))]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Where, and what was expected.
        why: String,
    },
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sections {
    history: HistorySection,
    files: FilesSection,
    screen: ScreenSection,
    keys: BTreeMap<String, String>,
    rooms: BTreeMap<String, RoomSection>,
    brokers: BTreeMap<String, BrokerSection>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ScreenSection {
    theme: Option<ThemeSection>,
    signs: Option<bool>,
    bell: Option<bool>,
    notify: Option<bool>,
    wrap: Option<WrapSection>,
    replay: Option<toml::Value>,
    joins: Option<JoinsSection>,
    highlight: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum JoinsSection {
    All,
    Smart,
    None,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum WrapSection {
    Terminal,
    Words,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum ThemeSection {
    Dark,
    Light,
    Mono,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HistorySection {
    keep_days: Option<toml::Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FilesSection {
    folder: Option<String>,
    max_bytes: Option<u64>,
}

impl ConfigFile {
    /// Reads the file that is named, or the usual one where there is one. It may set these options.
    pub fn load(named: Option<PathBuf>, options: &[KnownOption]) -> Result<Self, BadConfig> {
        let is_named = named.is_some();
        let Some(path) = named.or_else(usual_path) else { return Ok(Self::default()) };
        match read(&path) {
            Ok(text) => match Self::parse(&text, &path.display().to_string(), options) {
                Ok(config) => Ok(Self { path: Some(path), ..config }),
                Err(why) => Err(BadConfig::Wrong { path, why }),
            },
            Err(_) if !is_named && !is_there(&path) => Ok(Self::default()),
            Err(error) => Err(BadConfig::Unreadable { path, error }),
        }
    }

    fn parse(text: &str, name: &str, options: &[KnownOption]) -> Result<Self, String> {
        let settings = settings(text, name, options)?;
        let file: Sections = toml::from_str(text).map_err(|error| wrong(text, &error))?;
        let days = |value: toml::Value| {
            let days = value.as_integer().and_then(|days| u32::try_from(days).ok()).filter(|&days| days > 0);
            days.map(|days| Duration::from_secs(u64::from(days) * 24 * 3600))
                .ok_or_else(|| en::files::KEEP_DAYS.to_owned())
        };
        let mut bindings = Bindings::default();
        for (key, action) in &file.keys {
            bindings.bind(key, action).map_err(|why| format!("keys: {why}"))?;
        }
        let keep_for = file.history.keep_days.map(days).transpose()?;
        let FilesSection { folder, max_bytes } = file.files;
        let files = FilesChoice { folder, max_bytes };
        let brokers = BrokersChoice::of_sections(file.rooms, file.brokers)?;
        Ok(Self { path: None, settings, keep_for, files, brokers, look: file.screen.look()?, bindings })
    }
}

/// How long the file may be. A guess, far beyond what anybody writes.
const BYTES_MAX: u64 = 1024 * 1024;

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(en::files::LONG_CONFIG));
    }
    Ok(text)
}

/// Whether it is there. Where it cannot be looked for, in the home of somebody else, it is not.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Where the file is where none is named.
pub fn usual_path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("chinwag").join("config.toml"))
}

/// A value as the file has it.
pub fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// The parts of the file that are no options.
const SECTIONS: &[&str] = &["history", "files", "screen", "keys", "rooms", "brokers"];

/// The keys of those parts.
const PARTS: &[(&str, &str)] = &[
    ("keep_days", "history"),
    ("folder", "files"),
    ("max_bytes", "files"),
    ("theme", "screen"),
    ("signs", "screen"),
    ("bell", "screen"),
    ("notify", "screen"),
    ("wrap", "screen"),
    ("replay", "screen"),
    ("joins", "screen"),
    ("highlight", "screen"),
];

/// The options that are set. A key that is neither an option nor a part is a mistake, and probably means another one.
fn settings(text: &str, file: &str, options: &[KnownOption]) -> Result<Vec<Setting>, String> {
    let table = DeTable::parse(text).map_err(|error| wrong(text, &error))?.into_inner();
    let mut settings = Vec::new();
    for (key, value) in table {
        let (line, name) = (line_of(text, key.span().start), key.into_inner().replace('_', "-"));
        if SECTIONS.contains(&name.as_str()) {
            continue;
        }
        let all = options.iter().filter(|option| option.name != "config");
        let names =
            || all.clone().map(|option| option.name.as_str()).chain(SECTIONS.iter().copied()).collect::<Vec<_>>();
        let unknown = || match PARTS.iter().find(|(key, _)| *key == name.replace('-', "_")) {
            Some((key, section)) => en::files::misplaced(line, key, section),
            None => en::files::no_option(line, &name, &meant(&name, &names())),
        };
        let option = all.clone().find(|option| option.name == name).ok_or_else(unknown)?;
        let values = values(value.into_inner(), option.kind);
        let values = values.ok_or_else(|| en::files::wrong_value(line, &name, expected(option.kind)))?;
        settings.push(Setting { name, values, file: file.to_owned(), line });
    }
    Ok(settings)
}

/// What a value says; `None`: it is not of the kind that the option takes.
fn values(value: DeValue<'_>, kind: ValueKind) -> Option<Vec<String>> {
    match (value, kind) {
        (DeValue::Boolean(is_set), ValueKind::Flag) => Some(vec![is_set.to_string()]),
        (_, ValueKind::Flag) => None,
        (DeValue::Integer(number), _) => Some(vec![number.to_string()]),
        (_, ValueKind::Count) => None,
        (DeValue::String(text), _) => Some(vec![text.into_owned()]),
        (DeValue::Float(number), ValueKind::One) => Some(vec![number.to_string()]),
        (DeValue::Array(all), ValueKind::List) => {
            let text = |value: toml::Spanned<DeValue<'_>>| match value.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                _ => None,
            };
            all.into_iter().map(text).collect()
        }
        _ => None,
    }
}

fn expected(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Flag => en::usage::A_FLAG,
        ValueKind::Count => en::usage::A_COUNT,
        ValueKind::One => en::usage::A_VALUE,
        ValueKind::List => en::usage::A_LIST,
    }
}

/// The name that was probably meant.
pub fn meant(name: &str, known: &[&str]) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let nearest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    nearest
        .filter(|known| likeness(known) > ALIKE)
        .map_or_else(|| en::files::expected_one_of(known), |near| en::files::did_you_mean(near))
}

/// As alike as two names must be to be taken for each other, by Damerau and Levenshtein. A guess: one letter of three may be wrong.
const ALIKE: f64 = 0.6;

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn wrong(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let why = error.message().lines().collect::<Vec<_>>().join(" ");
    format!("line {line}: {why}")
}

impl ScreenSection {
    fn look(&self) -> Result<Look, String> {
        let usual = Look::default();
        let lines = |value: &toml::Value| {
            let lines = value.as_integer().and_then(|lines| usize::try_from(lines).ok());
            lines.filter(|&lines| lines <= REPLAY_MAX).ok_or_else(|| en::files::replay(REPLAY_MAX))
        };
        let replay_most = self.replay.as_ref().map(lines).transpose()?.unwrap_or(usual.replay_most);
        Ok(Look {
            ground: match self.theme {
                Some(ThemeSection::Dark) => Some(Background::Dark),
                Some(ThemeSection::Light) => Some(Background::Light),
                Some(ThemeSection::Mono) | None => None,
            },
            is_monochrome: self.theme == Some(ThemeSection::Mono),
            has_signs: self.signs,
            has_bell: self.bell.unwrap_or(usual.has_bell),
            notifies: self.notify.unwrap_or(usual.notifies),
            wraps_words: self.wrap == Some(WrapSection::Words),
            replay_most,
            joins: match self.joins {
                Some(JoinsSection::All) => ShownJoins::All,
                Some(JoinsSection::None) => ShownJoins::None,
                Some(JoinsSection::Smart) | None => ShownJoins::Smart,
            },
            highlights: self.highlight.iter().take(HIGHLIGHTS_MAX).cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(text, "config.toml", &crate::shell::cli::options::layers::known())
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        let usual = parse("").unwrap();
        assert_eq!((usual.keep_for, usual.look), (None, Look::default()));
        let week = Duration::from_secs(7 * 24 * 3600);
        assert_eq!(parse("[history]\nkeep_days = 7\n").unwrap().keep_for, Some(week));
        let look =
            parse("[screen]\ntheme = \"light\"\nwrap = \"words\"\n[keys]\n\"ctrl+o\" = \"newline\"").unwrap().look;
        assert_eq!(look, Look { ground: Some(Background::Light), wraps_words: true, ..Look::default() });
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, words) in [
            ("\n[history]\nkeep_day = 7", "line 3: unknown field `keep_day`, expected `keep_days`"),
            ("[history]\nkeep_days = -1", "history.keep_days: expected a whole number of days, at least 1"),
            ("[history]\nkeep_days = \"x\"", "at least 1"),
            ("[history]\nkeep_days = 0", "at least 1"),
            ("history = [", "line 1: "),
            ("[screen]\nreplay = 101", "screen.replay: expected a number of lines, from 0 to 100"),
            ("\n\nnikc = \"tim\"", "line 3: there is no option 'nikc'; did you mean 'nick'?"),
            ("colour = 1", "line 1: there is no option 'colour': expected one of bind, nick, room"),
            ("json = \"yes\"", "line 1: json: expected true or false"),
            ("nick = [\"a\"]", "line 1: nick: expected a string or a number"),
            ("room = [1]", "line 1: room: expected a string, or a list of strings"),
            ("keep_days = 3", "line 1: keep_days belongs under [history]"),
            ("[screne]", "line 1: there is no option 'screne'; did you mean 'screen'?"),
            ("config = \"x\"", "line 1: there is no option 'config'"),
            ("[screen]\ntheme = \"pink\"", "line 2: unknown variant `pink`, expected one of `dark`, `light`, `mono`"),
            (
                "[keys]\n\"ctrl+o\" = \"dance\"",
                "keys: 'dance' is nothing a key can do: expected 'none' or one of send, newline",
            ),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
