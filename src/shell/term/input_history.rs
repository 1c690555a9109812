//! What was typed in earlier sessions: a file in the profile's folder that nobody else can read. And what a path that is
//! being typed can become.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::shell::sys::files::{close_to_others, private};
use crate::view::editor::past::{LINES_MAX, decode, encode};

/// The file.
#[derive(Debug)]
pub struct Typed(Option<PathBuf>);

impl Typed {
    /// That of the profile in `folder`; none: nothing is kept.
    pub fn new(folder: Option<&Path>) -> Self {
        Self(folder.map(|folder| folder.join("typed")))
    }

    /// Whether nothing was ever kept here.
    pub fn is_new(&self) -> bool {
        self.0.as_ref().is_some_and(|path| !path.exists())
    }

    /// What was typed, the newest last. A file that has grown long is made short.
    pub fn load(&self) -> Vec<String> {
        let Some(path) = &self.0 else { return Vec::new() };
        let bytes = fs::read(path).unwrap_or_default(); // of what cannot be read, nothing comes back
        let text = String::from_utf8_lossy(&bytes);
        let all: Vec<&str> = text.lines().collect();
        let kept = &all[all.len().saturating_sub(LINES_MAX)..];
        if all.len() > 2 * LINES_MAX {
            let _ = Self::rewrite(path, kept);
        }
        kept.iter().map(|line| decode(line)).collect()
    }

    fn rewrite(path: &Path, lines: &[&str]) -> std::io::Result<()> {
        let beside = path.with_extension("new");
        let mut file = private().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all((lines.join("\n") + "\n").as_bytes())?;
        fs::rename(&beside, path)
    }

    /// Keeps one more line. A disk that does not take it has been told of by the history.
    pub fn add(&self, line: &str) {
        let Some(path) = &self.0 else { return };
        let file = private().append(true).create(true).open(path);
        let _ = file.and_then(|mut file: File| {
            close_to_others(&file, 0o600)?;
            file.write_all(format!("{}\n", encode(line)).as_bytes())
        });
    }
}

/// No more names are offered.
const PATHS_MAX: usize = 1000;

/// The paths that begin as `typed`; folders end in a slash.
pub fn paths(typed: &str) -> Vec<String> {
    let (folder, begun) = typed.rsplit_once('/').unwrap_or(("", typed));
    let place = match folder.strip_prefix('~') {
        Some(rest) => etcetera::home_dir().map(|home| home.join(rest.trim_start_matches('/'))).unwrap_or_default(),
        None if typed.starts_with('/') && folder.is_empty() => PathBuf::from("/"),
        None => PathBuf::from(if folder.is_empty() { "." } else { folder }),
    };
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let named = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_wanted = name.starts_with(begun)
            && !name.contains(char::is_control)
            && (begun.starts_with('.') || !name.starts_with('.'));
        let slash = if entry.path().is_dir() { "/" } else { "" };
        is_wanted.then(|| format!("{}{name}{slash}", &typed[..typed.len() - begun.len()]))
    });
    let mut found: Vec<String> = named.take(PATHS_MAX).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_what_is_there() {
        assert_eq!(paths("src/vi"), ["src/view/"]);
        assert_eq!(paths("./src/mai"), ["./src/main.rs"]);
        assert_eq!(paths("nowhere/at/all"), [""; 0]);
    }
}
