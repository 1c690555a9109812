//! The folder for what is fetched, where no other one is named.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The folder for downloads that the desktop has, or `Downloads` in the home folder, or the one the program was started in.
pub fn usual() -> PathBuf {
    let home = etcetera::home_dir().ok();
    let named = env::var_os("XDG_DOWNLOAD_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    named
        .or_else(|| of_desktop(home.as_deref()?))
        .or_else(|| home.map(|home| home.join("Downloads")).filter(|path| path.is_dir()))
        .or_else(|| env::current_dir().ok())
        .unwrap_or_else(|| PathBuf::from("."))
}

/// A path as people type it: `~` is the home folder.
pub fn expanded(path: &str) -> PathBuf {
    let home = || etcetera::home_dir().ok();
    match path.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| path.into()),
        Some(rest) if rest.starts_with('/') => home().map_or_else(|| path.into(), |home| home.join(&rest[1..])),
        _ => path.into(),
    }
}

/// The folder that is named, and the name in it that is; a slash at the end says that all of it is a folder.
pub fn folder_and_name(named: &str) -> (PathBuf, Option<String>) {
    let path = expanded(named);
    match (path.parent(), path.file_name().and_then(|name| name.to_str())) {
        (Some(parent), Some(name)) if !named.ends_with(std::path::is_separator) && !path.is_dir() => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            (parent.to_owned(), Some(name.to_owned()))
        }
        _ => (path, None),
    }
}

/// What the desktop's file of folders says (xdg-user-dirs).
fn of_desktop(home: &Path) -> Option<PathBuf> {
    let file = etcetera::choose_base_strategy().ok()?.config_dir().join("user-dirs.dirs");
    downloads(&fs::read_to_string(file).ok()?, home)
}

/// `XDG_DOWNLOAD_DIR="$HOME/Downloads"`: a path below `$HOME`, or an absolute one.
fn downloads(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let value = value.trim_matches('"');
    match value.strip_prefix("$HOME") {
        Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_desktop_is_found() {
        let found = |text: &str| downloads(text, Path::new("/home/ann"));
        assert_eq!(found("# x\nXDG_DOWNLOAD_DIR=\"$HOME/Dateien\"\n"), Some("/home/ann/Dateien".into()));
        assert_eq!(found("XDG_DOWNLOAD_DIR=\"/data\""), Some("/data".into()));
        assert_eq!(found("XDG_DOWNLOAD_DIR=\"relative\""), None);
        assert_eq!(found("XDG_MUSIC_DIR=\"$HOME/Music\""), None);
    }
}
