//! The standard streams of commands that are no session.

use std::io::{self, IsTerminal, Write};

use super::error::words;
#[cfg(unix)]
use super::files::close_to_others;

use crate::view::words::en;

/// Says something on standard error where no session is there to say it.
pub fn last_words(words: &str) {
    let _ = writeln!(io::stderr(), "{words}"); // nobody is left to tell
}

/// Asks something on standard error; the answer is typed behind it.
pub fn last_question(words: &str) {
    let _ = write!(io::stderr(), "{words}"); // where nobody sees it nobody answers
}

/// Whether what is said on standard error is read on a terminal, where a row can change.
pub fn is_told_on_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Says something in place of what stands in the row, on the terminal of standard error.
pub fn change_row(words: &str) {
    let _ = write!(io::stderr(), "\r{words}\x1b[K"); // the terminal is gone: nobody looks
}

/// Prints something on standard output where there is no session, and returns the exit code. Nobody need read it.
pub fn print(text: &str) -> u8 {
    match try_print(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            last_words(&format!("chinwag: {}", en::system::cannot("write to standard output", words(&error))));
            1
        }
        _ => 0,
    }
}

/// The same, for whoever stops where nobody reads it.
pub fn try_print(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}

/// Copies a file to standard output.
pub fn print_file(mut file: std::fs::File) -> io::Result<()> {
    let mut output = io::stdout().lock();
    io::copy(&mut file, &mut output)?;
    output.flush()
}

/// The same of what is its owner's alone: a file that it goes into is made so.
pub fn print_to_owner(text: &str) -> u8 {
    if let Err(error) = close_file_of_stdout() {
        last_words(&format!("chinwag: {}", en::system::readable_by_others(words(&error))));
    }
    print(text)
}

/// Where standard output is a file, nobody but its owner may read it from now on.
#[cfg(unix)]
fn close_file_of_stdout() -> io::Result<()> {
    use std::os::fd::AsFd;
    let file = std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?);
    if file.metadata()?.is_file() { close_to_others(&file, 0o600) } else { Ok(()) }
}

/// Who may read a file is for its folder to say.
#[cfg(not(unix))]
fn close_file_of_stdout() -> io::Result<()> {
    Ok(())
}
