//! The program that the user likes to edit in, while it has the terminal.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::chat::base::line::without_mark;
use crate::shell::sys::env::PASSPHRASE;
use crate::shell::sys::error::words;
use crate::shell::sys::files::private;
use crate::shell::sys::rng::random_name;
use crate::shell::term::terminal;
use crate::view::words::en;

/// A text that is being edited. Its file goes when the editor has ended.
#[derive(Debug)]
pub struct ExternalEditor {
    child: Child,
    file: PathBuf,
}

/// Where the session ends first, the editor still has something to write to.
impl Drop for ExternalEditor {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            let _ = fs::remove_file(&self.file); // it may be gone already
        }
    }
}

impl ExternalEditor {
    /// Starts it on `text`. An error is one sentence.
    pub fn start(text: &str) -> Result<Self, String> {
        let mut chosen = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
        let editor = chosen.find(|value| !value.trim().is_empty()).unwrap_or_else(|| "vi".to_owned());
        let failed = |error| en::system::cannot(&format!("start {editor}"), words(&error));
        let path = std::env::temp_dir().join(format!("chinwag-{}-{}.txt", std::process::id(), random_name()));
        let mut file = private().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        // As git does it: the variable may hold arguments.
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).env_remove(PASSPHRASE);
        match command.spawn() {
            Ok(child) => Ok(Self { child, file: path }),
            Err(error) => {
                let _ = fs::remove_file(&path); // nobody edits it
                Err(failed(error))
            }
        }
    }

    /// What it made of the text, once it has ended.
    pub fn finished(&mut self) -> Option<Result<String, String>> {
        let status = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status,
            Err(error) => return Some(Err(en::system::editor_lost(words(&error)))),
        };
        if !status.success() {
            return Some(Err(en::system::editor_ended(status)));
        }
        let text = fs::read(&self.file).map_err(|error| en::system::cannot("read what was edited", words(&error)));
        Some(text.and_then(|bytes| read(without_mark(&bytes))))
    }
}

/// What an editor wrote: UTF-8, as it was given, or the charset of its terminal.
fn read(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map(str::to_owned).ok().or_else(|| terminal::charset().decode(bytes));
    text.ok_or_else(|| en::system::EDITED_NOT_UTF_8.to_owned())
}
