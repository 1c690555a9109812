//! Signals, as one more thing the loop polls.

use crate::chat::api::ending::Ending;

/// What a signal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The end.
    End(Ending),
    /// The size of the terminal is another one.
    Resized,
    /// The program is to stop.
    Stop,
    /// It goes on after it was stopped.
    Continued,
    /// A program that was started here has ended.
    Child,
}

#[cfg(unix)]
mod system {
    use std::io;

    use mio::{Interest, Registry, Token};
    use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

    use super::{Ending, Signal};

    /// The signals that end the program, and those that tell it something.
    pub struct Signals {
        source: signal_hook_mio::v1_0::Signals,
        /// The poll announced one: to look for it costs a system call.
        ready: bool,
    }

    impl Signals {
        /// Begins to listen. A SIGHUP that was ignored at the start stays ignored: `nohup` means it.
        pub fn listen(registry: &Registry, token: Token) -> io::Result<Self> {
            let hangup = (!is_hangup_ignored()).then_some(SIGHUP);
            let ours = [SIGINT, SIGTERM, SIGPIPE, SIGCHLD].into_iter().chain(hangup);
            let mut source = signal_hook_mio::v1_0::Signals::new(ours)?;
            registry.register(&mut source, token, Interest::READABLE)?;
            Ok(Self { source, ready: false })
        }

        /// From now on those are heard too that are about the terminal.
        pub fn watch_terminal(&self) -> io::Result<()> {
            [SIGWINCH, SIGTSTP, SIGCONT, SIGQUIT].into_iter().try_for_each(|signal| self.source.add_signal(signal))
        }

        /// The poll announced something.
        pub fn wake(&mut self) {
            self.ready = true;
        }

        /// The next signal that came.
        pub fn take(&mut self) -> Option<Signal> {
            if !self.ready {
                return None;
            }
            let Some(signal) = self.source.pending().next() else {
                self.ready = false;
                return None;
            };
            Some(match signal {
                SIGWINCH => Signal::Resized,
                SIGTSTP => Signal::Stop,
                SIGCONT => Signal::Continued,
                SIGCHLD => Signal::Child,
                signal => {
                    let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
                    Signal::End(Ending::Signal(signal, name))
                }
            })
        }
    }

    /// Whether the parent process had SIGHUP ignored, where the system tells (Linux).
    fn is_hangup_ignored() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        ignored.is_some_and(|ignored| ignored & (1 << (SIGHUP - 1)) != 0)
    }

    /// Whether somebody could continue the program: a shell that started it as one of its jobs. Whoever leads a session of
    /// its own would be stopped for ever.
    pub fn can_be_continued() -> bool {
        nix::unistd::getsid(None) != Ok(nix::unistd::getpid())
    }

    /// Stops the program until it is continued, as one that does not catch the signal.
    pub fn stop() {
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP); // where it cannot, the program goes on
    }

    /// Ends the program as this signal ends one that does not catch it, so that a shell sees which it was.
    pub fn die_of(signal: i32) {
        let _ = signal_hook::low_level::emulate_default_handler(signal); // where it cannot, the exit code says the same
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use mio::{Registry, Token};

    use super::Signal;

    /// The system ends the program by itself.
    pub struct Signals;

    impl Signals {
        /// Nothing to listen to.
        pub fn listen(_: &Registry, _: Token) -> io::Result<Self> {
            Ok(Self)
        }

        /// Nothing to listen to.
        pub fn watch_terminal(&self) -> io::Result<()> {
            Ok(())
        }

        /// Nothing ever comes.
        pub fn wake(&mut self) {}

        /// Nothing ever comes.
        pub fn take(&mut self) -> Option<Signal> {
            None
        }
    }

    /// The system has no such thing.
    pub fn can_be_continued() -> bool {
        false
    }

    /// The system has no such thing.
    pub fn stop() {}

    /// Never called: no signal ever comes.
    pub fn die_of(_: i32) {}
}

pub use system::{Signals, can_be_continued, die_of, stop};

/// The signals that interrupt a command which has something to put in order before it ends.
#[cfg(unix)]
#[derive(Debug)]
pub struct Interrupts {
    /// The number of the one that came; 0: none.
    came: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

#[cfg(unix)]
impl Interrupts {
    /// Begins to listen. Calls of the system that wait are interrupted.
    pub fn listen() -> std::io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let came = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let number = usize::try_from(signal).unwrap_or(0);
            signal_hook::flag::register_usize(signal, std::sync::Arc::clone(&came), number)?;
        }
        Ok(Self { came })
    }

    /// The exit code for the one that came.
    pub fn taken(&self) -> Option<u8> {
        let number = self.came.load(std::sync::atomic::Ordering::SeqCst);
        (number > 0).then(|| 128_u8.saturating_add(u8::try_from(number).unwrap_or(u8::MAX)))
    }
}
