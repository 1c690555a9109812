//! The configuration file: what holds for every start unless the command line says otherwise.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Deserialize;
use thiserror::Error;

use super::words;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// How long the history is kept; `None`: for ever.
    pub keep_for: Option<Duration>,
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
        Ok(Self { keep_for: file.history.keep_days.map(days).transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(Config::parse(""), Ok(Config::default()));
        let week = Duration::from_secs(7 * 24 * 3600);
        assert_eq!(Config::parse("[history]\nkeep_days = 7\n"), Ok(Config { keep_for: Some(week) }));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, words) in [
            ("\n[history]\nkeep_day = 7", "line 3: unknown field `keep_day`, expected `keep_days`"),
            ("[history]\nkeep_days = -1", "history.keep_days: expected a whole number of days, at least 1"),
            ("[history]\nkeep_days = \"x\"", "at least 1"),
            ("[history]\nkeep_days = 0", "at least 1"),
            ("history = [", "line 1: "),
        ] {
            let why = Config::parse(text).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
