//! What the command words want, beside what every session does.

use std::path::PathBuf;

use super::command_line::Given;
use crate::view::words::en;

/// What is offered by `send --file`.
#[derive(Clone, Debug, Default)]
pub struct FilesToSend {
    /// Files and folders; `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// What standard input is called.
    pub name: Option<String>,
    /// They stay offered.
    pub keeps: bool,
    /// What is said beside.
    pub text: Option<String>,
}

/// What `get` fetches.
#[derive(Clone, Debug, Default)]
pub struct WantedFile {
    /// The id of an offer, or the name of its file; `None`: the newest.
    pub called: Option<String>,
    /// From whom.
    pub from: Option<String>,
    /// The folder or the name; `-`: standard output; `None`: the usual folder.
    pub output: Option<PathBuf>,
    /// What is there already is replaced.
    pub is_forced: bool,
}

/// What is looked up in the history.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// What it is to hold; `None`: anything.
    pub words: Option<Vec<String>>,
    /// Said then or later, as given.
    pub since: Option<String>,
    /// Said before, as given.
    pub until: Option<String>,
    /// By whoever went by this nick.
    pub from: Option<String>,
    /// The newest so many; 0: all.
    pub limit: Option<usize>,
    /// The file that it goes to, with all that proves it.
    pub export: Option<PathBuf>,
}

impl Given {
    /// What `send` offers.
    pub fn files_to_send(&self, text: Option<String>) -> Result<FilesToSend, &'static str> {
        let has_stdin = self.file.iter().filter(|path| path.as_os_str() == "-").count();
        if has_stdin > 1 || has_stdin == 0 && self.name.is_some() {
            return Err(en::usage::NAME_OF_STDIN);
        }
        if self.name.as_ref().is_some_and(|name| matches!(name.as_str(), "" | "." | "..") || name.contains('/')) {
            return Err(en::usage::NAME_OF_FILE);
        }
        if self.keep && (has_stdin > 0 || self.temp) {
            return Err(en::usage::NOTHING_STAYS);
        }
        Ok(FilesToSend { paths: self.file.clone(), name: self.name.clone(), keeps: self.keep, text })
    }

    /// What `get` fetches.
    pub fn fetch(&self, called: Option<String>) -> WantedFile {
        WantedFile { called, from: self.from.clone(), output: self.output.clone(), is_forced: self.force }
    }

    /// What is asked of the history.
    pub fn lookup(&self, words: Option<Vec<String>>) -> Lookup {
        Lookup {
            words,
            since: self.since.clone(),
            until: self.until.clone(),
            from: self.from.clone(),
            limit: self.limit,
            export: self.export.clone(),
        }
    }
}
