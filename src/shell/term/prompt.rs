//! A secret that is asked for before there is a session: what is typed is not seen, and the terminal is as it was afterwards,
//! whatever ends it.

use std::io::{self, IsTerminal};

use zeroize::Zeroizing;

use crate::shell::sys::stdio::last_question;
use crate::shell::term::input::read_line;

/// Reads one line, of at most so many bytes. At a terminal `words` ask for it, and it is not seen.
pub fn ask(words: &str, bytes_max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let hidden = system::Hidden::begin(words);
    if let Some(hidden) = &hidden {
        hidden.wait()?;
    }
    read_line(bytes_max)
}

/// Whether somebody at a terminal answers yes. Nobody else is asked.
pub fn confirms(words: &str) -> bool {
    if !is_asked() {
        return false;
    }
    last_question(words);
    let answer = read_line(ANSWER_BYTES_MAX).unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
    matches!(answer.as_str(), "" | "y" | "yes")
}

/// The same, where Enter alone means no.
pub fn agrees(words: &str) -> bool {
    is_asked() && {
        last_question(words);
        let answer = read_line(ANSWER_BYTES_MAX).unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
        matches!(answer.as_str(), "y" | "yes")
    }
}

/// Nobody says yes in more.
const ANSWER_BYTES_MAX: usize = 80;

/// Whether somebody sits there who can be asked again.
pub fn is_asked() -> bool {
    io::stdin().is_terminal()
}

#[cfg(unix)]
mod system {
    use std::fs::OpenOptions;
    use std::io::{self, IsTerminal, Write};
    use std::os::fd::AsFd;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use crate::shell::sys::signals::die_of;

    /// The terminal does not show what is typed.
    pub struct Hidden {
        before: Termios,
        ends: Vec<(i32, Arc<AtomicBool>)>,
    }

    /// How often it is looked whether a signal came, in milliseconds.
    const LOOK_AGAIN_MS: u8 = 100;

    impl Hidden {
        /// `None`: standard input is no terminal.
        pub fn begin(words: &str) -> Option<Self> {
            let stdin = io::stdin();
            let before = tcgetattr(&stdin).ok().filter(|_| stdin.is_terminal())?;
            let end = |signal| {
                let flag = Arc::new(AtomicBool::new(false));
                signal_hook::flag::register(signal, Arc::clone(&flag)).ok().map(|_| (signal, flag))
            };
            let ends = [SIGINT, SIGTERM, SIGHUP].into_iter().filter_map(end).collect();
            let mut hidden = before.clone();
            hidden.local_flags.remove(LocalFlags::ECHO);
            hidden.local_flags.insert(LocalFlags::ECHONL);
            for key in [SpecialCharacterIndices::VQUIT, SpecialCharacterIndices::VSUSP] {
                hidden.control_chars[key as usize] = 0; // they would leave the terminal as it is now
            }
            tcsetattr(&stdin, SetArg::TCSAFLUSH, &hidden).ok()?;
            let terminal = OpenOptions::new().write(true).open("/dev/tty");
            let _ = terminal.and_then(|mut terminal| terminal.write_all(words.as_bytes())); // asked or not, it is read
            Some(Self { before, ends })
        }

        /// Waits for a line. A signal ends the program as it would otherwise, with the terminal as it was.
        pub fn wait(&self) -> io::Result<()> {
            loop {
                if let Some((signal, _)) = self.ends.iter().find(|(_, came)| came.load(Ordering::Relaxed)) {
                    self.restore();
                    die_of(*signal);
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let stdin = io::stdin();
                let mut asked = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
                match poll(&mut asked, PollTimeout::from(LOOK_AGAIN_MS)) {
                    Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                    Ok(_) => return Ok(()),
                    Err(errno) => return Err(errno.into()),
                }
            }
        }

        fn restore(&self) {
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before); // the terminal may be gone
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            self.restore();
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    /// Nothing is hidden here: what is typed at `-` is seen.
    pub struct Hidden;

    impl Hidden {
        pub fn begin(_: &str) -> Option<Self> {
            None
        }

        pub fn wait(&self) -> io::Result<()> {
            Ok(())
        }
    }
}
