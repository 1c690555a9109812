//! The configuration file: what holds for every start unless the command line says otherwise.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Deserialize;
use thiserror::Error;

use super::words;
use crate::view::bindings::Bindings;
use crate::view::theme::Ground;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// How long the history is kept; `None`: for ever.
    pub keep_for: Option<Duration>,
    /// How the live screen looks, and what it may do beside.
    pub look: Look,
    /// What the keys do.
    pub bindings: Bindings,
}

/// How the live screen looks, and what it may do beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What it is shown on; `None`: as the terminal says.
    pub ground: Option<Ground>,
    /// No colours.
    pub is_monochrome: bool,
    /// Signs beyond ASCII; `None`: as the locale says.
    pub has_signs: Option<bool>,
    /// The bell rings.
    pub has_bell: bool,
    /// The desktop is told.
    pub notifies: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { ground: None, is_monochrome: false, has_signs: None, has_bell: true, notifies: true }
    }
}

/// Why it cannot be followed: one sentence.
#[derive(Debug, Error)]
pub enum BadConfig {
    /// It cannot be read.
    #[error("cannot read {}: {}", .path.display(), words(.error))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        error: io::Error,
    },
    /// It says something that is not known.
    #[error("{} cannot be followed: {why}", .path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Where, and what was expected.
        why: String,
    },
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    history: History,
    screen: Screen,
    keys: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Screen {
    theme: Option<Theme>,
    signs: Option<bool>,
    bell: Option<bool>,
    notify: Option<bool>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Theme {
    Dark,
    Light,
    Mono,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct History {
    keep_days: Option<toml::Value>,
}

impl Config {
    /// Reads the file that is named, or the usual one where there is one.
    pub fn load(named: Option<PathBuf>) -> Result<Self, BadConfig> {
        let is_named = named.is_some();
        let usual = || Some(etcetera::choose_base_strategy().ok()?.config_dir().join("chinwag").join("config.toml"));
        let Some(path) = named.or_else(usual) else { return Ok(Self::default()) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|why| BadConfig::Wrong { path, why }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => Ok(Self::default()),
            Err(error) => Err(BadConfig::Unreadable { path, error }),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let why = error.message().lines().collect::<Vec<_>>().join(" ");
            format!("line {line}: {why}")
        })?;
        let expected = "history.keep_days: expected a whole number of days, at least 1 (--temp keeps nothing)";
        let days = |value: toml::Value| {
            let days = value.as_integer().and_then(|days| u32::try_from(days).ok()).filter(|&days| days > 0);
            days.map(|days| Duration::from_secs(u64::from(days) * 24 * 3600)).ok_or_else(|| expected.to_owned())
        };
        let mut bindings = Bindings::default();
        for (key, action) in &file.keys {
            bindings.bind(key, action).map_err(|why| format!("keys: {why}"))?;
        }
        Ok(Self { keep_for: file.history.keep_days.map(days).transpose()?, look: file.screen.look(), bindings })
    }
}

impl Screen {
    fn look(&self) -> Look {
        let usual = Look::default();
        Look {
            ground: match self.theme {
                Some(Theme::Dark) => Some(Ground::Dark),
                Some(Theme::Light) => Some(Ground::Light),
                Some(Theme::Mono) | None => None,
            },
            is_monochrome: self.theme == Some(Theme::Mono),
            has_signs: self.signs,
            has_bell: self.bell.unwrap_or(usual.has_bell),
            notifies: self.notify.unwrap_or(usual.notifies),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        let usual = Config::parse("").unwrap();
        assert_eq!((usual.keep_for, usual.look), (None, Look::default()));
        let week = Duration::from_secs(7 * 24 * 3600);
        assert_eq!(Config::parse("[history]\nkeep_days = 7\n").unwrap().keep_for, Some(week));
        let look =
            Config::parse("[screen]\ntheme = \"light\"\nbell = false\n[keys]\n\"ctrl+o\" = \"newline\"").unwrap().look;
        assert_eq!(look, Look { ground: Some(Ground::Light), has_bell: false, ..Look::default() });
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, words) in [
            ("\n[history]\nkeep_day = 7", "line 3: unknown field `keep_day`, expected `keep_days`"),
            ("[history]\nkeep_days = -1", "history.keep_days: expected a whole number of days, at least 1"),
            ("[history]\nkeep_days = \"x\"", "at least 1"),
            ("[history]\nkeep_days = 0", "at least 1"),
            ("history = [", "line 1: "),
            ("[screen]\ntheme = \"pink\"", "line 2: unknown variant `pink`, expected one of `dark`, `light`, `mono`"),
            ("[keys]\n\"ctrl+o\" = \"dance\"", "keys: 'dance' is nothing a key can do: expected none, send, newline"),
        ] {
            let why = Config::parse(text).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
