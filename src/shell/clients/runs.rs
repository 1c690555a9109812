//! A command that is run once per datagram: the datagram is its standard input, what it prints is the answer.

use std::io;
use std::net::SocketAddr;

use mio::{Registry, Token};

use crate::chat::api::run::{NoAnswer, RunOutcome};
use crate::chat::base::limits::RUNS_MAX;
use crate::chat::base::time::Moment;
use crate::shell::sys::error::words;

/// The tokens of runs are this one and those behind it: two for each.
pub const FIRST_TOKEN: Token = Token(10);
/// The first token that is of no run.
pub const END_TOKEN: Token = Token(FIRST_TOKEN.0 + 2 * RUNS_MAX);

/// A run that has ended: for whom, and what came of it.
pub type Ended = (SocketAddr, RunOutcome);

/// The runs of one command.
pub struct Runs {
    command: String,
    registry: Registry,
    /// What it says on standard error is thrown away: a live screen has the terminal.
    is_mute: bool,
    slots: [Option<system::Run>; RUNS_MAX],
    /// Those that never began.
    ended: Vec<Ended>,
}

impl Runs {
    /// Runs of this command, for a shell. An error where pipes cannot be polled.
    pub fn of(command: String, is_mute: bool, registry: Registry) -> io::Result<Self> {
        if cfg!(not(unix)) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self { command, registry, is_mute, slots: std::array::from_fn(|_| None), ended: Vec::new() })
    }

    /// Begins one.
    pub fn begin(&mut self, from: SocketAddr, datagram: Box<[u8]>, now: Moment) {
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            return self.ended.push((from, RunOutcome::Failed(NoAnswer::Busy))); // the core begins no more than there are
        };
        let token = Token(FIRST_TOKEN.0 + 2 * slot);
        match system::Run::start(&self.command, self.is_mute, from, datagram, (&self.registry, token), now) {
            Ok(run) => self.slots[slot] = Some(run),
            Err(error) => self.ended.push((from, RunOutcome::Failed(NoAnswer::NotStarted(words(&error))))),
        }
    }

    /// The poll announced something.
    pub fn wake(&mut self, token: Token) {
        let slot = token.0.checked_sub(FIRST_TOKEN.0).and_then(|offset| self.slots.get_mut(offset / 2));
        slot.into_iter().flatten().for_each(system::Run::wake);
    }

    /// When one of them takes too long, or now, where one has ended already.
    pub fn deadline(&self) -> Option<Moment> {
        let at_once = (!self.ended.is_empty()).then_some(Moment::START);
        self.slots.iter().flatten().filter_map(system::Run::deadline).chain(at_once).min()
    }

    /// Goes on with all of them, and says which have ended.
    pub fn go_on(&mut self, now: Moment) -> Vec<Ended> {
        for slot in &mut self.slots {
            if let Some(ended) = slot.as_mut().and_then(|run| run.go_on(now)) {
                *slot = None;
                self.ended.push(ended);
            }
        }
        std::mem::take(&mut self.ended)
    }
}

#[cfg(unix)]
mod system {
    use std::io::{self, PipeReader, PipeWriter, Read, Write};
    use std::net::SocketAddr;
    use std::os::fd::{AsFd, AsRawFd};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, ExitStatus, Stdio};

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    use super::Ended;
    use crate::chat::api::run::{NoAnswer, RunOutcome};
    use crate::chat::base::limits::{DATAGRAM_BYTES_MAX, RUN_TIME_MAX};
    use crate::chat::base::time::Moment;
    use crate::shell::sys::env::PASSPHRASE;

    /// How many bytes are read at once.
    const PIECE_BYTES: usize = 8 * 1024;

    /// A command that runs, in a process group of its own: what the terminal sends to ours is not for it.
    pub struct Run {
        from: SocketAddr,
        child: Child,
        input: Option<Unwritten>,
        /// Where it prints; `None`: its end was seen, or it was ended.
        output: Option<PipeReader>,
        printed: Vec<u8>,
        /// The poll announced something since it was last looked.
        is_ready: bool,
        due: Moment,
        /// Why it was ended.
        failure: Option<NoAnswer>,
    }

    /// What it has not been given yet of the datagram.
    struct Unwritten {
        datagram: Box<[u8]>,
        written: usize,
        sink: PipeWriter,
        /// As long as we could read it ourselves, a command that reads nothing costs no SIGPIPE.
        _source: PipeReader,
    }

    impl Run {
        /// Starts the command by the shell, and lets the poll announce its output by `token` and its input by the next one.
        pub fn start(
            command: &str,
            is_mute: bool,
            from: SocketAddr,
            datagram: Box<[u8]>,
            (registry, token): (&Registry, Token),
            now: Moment,
        ) -> io::Result<Self> {
            let (source, sink) = io::pipe()?;
            let (output, print) = io::pipe()?;
            never_wait(&sink)?;
            never_wait(&output)?;
            registry.register(&mut SourceFd(&output.as_raw_fd()), token, Interest::READABLE)?;
            registry.register(&mut SourceFd(&sink.as_raw_fd()), Token(token.0 + 1), Interest::WRITABLE)?;
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(command).stdin(source.try_clone()?).stdout(print).process_group(0);
            shell.env("REMOTE_ADDR", from.ip().to_string()).env("REMOTE_PORT", from.port().to_string());
            shell.env_remove(PASSPHRASE);
            if is_mute {
                shell.stderr(Stdio::null());
            }
            let child = shell.spawn()?;
            Ok(Self {
                from,
                child,
                input: Some(Unwritten { datagram, written: 0, sink, _source: source }),
                output: Some(output),
                printed: Vec::new(),
                is_ready: true,
                due: now.after(RUN_TIME_MAX),
                failure: None,
            })
        }

        /// The poll announced something.
        pub fn wake(&mut self) {
            self.is_ready = true;
        }

        /// When it takes too long; `None`: it was ended, and its end is waited for.
        pub fn deadline(&self) -> Option<Moment> {
            if self.is_ready { Some(Moment::START) } else { self.failure.is_none().then_some(self.due) }
        }

        /// Gives it its input, takes its output, and looks whether it has ended.
        pub fn go_on(&mut self, now: Moment) -> Option<Ended> {
            if std::mem::take(&mut self.is_ready) {
                self.write();
                self.read();
            }
            if self.due <= now {
                self.end(NoAnswer::TooSlow);
            }
            if self.output.is_some() {
                return None; // to look costs a system call
            }
            let outcome = match self.child.try_wait() {
                Ok(None) => return None,
                Ok(Some(status)) => self.outcome(status),
                Err(error) => RunOutcome::Failed(NoAnswer::Status(error.to_string())),
            };
            Some((self.from, outcome))
        }

        fn outcome(&mut self, status: ExitStatus) -> RunOutcome {
            if let Some(why) = self.failure.take() {
                return RunOutcome::Failed(why);
            }
            // What a signal tore is no answer; a status that says no, as of `grep`, may be one.
            let is_torn = status.code().is_none();
            if is_torn || self.printed.is_empty() && !status.success() {
                return RunOutcome::Failed(NoAnswer::Status(status.to_string()));
            }
            RunOutcome::Printed(std::mem::take(&mut self.printed))
        }

        fn write(&mut self) {
            let Some(input) = &mut self.input else { return };
            loop {
                match input.sink.write(&input.datagram[input.written..]) {
                    Ok(written) => input.written += written,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                    Err(_) => break,
                }
                if input.written == input.datagram.len() {
                    break;
                }
            }
            self.input = None;
        }

        fn read(&mut self) {
            let mut piece = [0; PIECE_BYTES];
            while let Some(output) = &mut self.output {
                match output.read(&mut piece) {
                    Ok(taken) if taken > 0 => self.printed.extend_from_slice(&piece[..taken]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                    Ok(_) | Err(_) => self.output = None,
                }
                if self.printed.len() > DATAGRAM_BYTES_MAX {
                    self.end(NoAnswer::TooLong);
                }
            }
        }

        /// Ends it, and all that it started. Its end is heard by a SIGCHLD.
        fn end(&mut self, why: NoAnswer) {
            if self.failure.is_none() {
                self.failure = Some(why);
                self.kill();
            }
            (self.input, self.output) = (None, None);
        }

        fn kill(&self) {
            if let Ok(id) = i32::try_from(self.child.id()) {
                let _ = killpg(Pid::from_raw(id), Signal::SIGKILL); // they may be gone by now
            }
        }
    }

    impl Drop for Run {
        fn drop(&mut self) {
            if matches!(self.child.try_wait(), Ok(None)) {
                self.kill();
            }
        }
    }

    /// Our end alone: the other end of a pipe is another open file.
    fn never_wait(pipe: &impl AsFd) -> io::Result<()> {
        fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(())
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Ended, Moment};

    /// None: pipes to programs cannot be polled here.
    pub enum Run {}

    impl Run {
        /// None does.
        pub fn wake(&mut self) {}

        /// Never.
        pub fn deadline(&self) -> Option<Moment> {
            None
        }

        /// None does.
        pub fn go_on(&mut self, _: Moment) -> Option<Ended> {
            None
        }

        /// None does.
        pub fn start(
            _: &str,
            _: bool,
            _: std::net::SocketAddr,
            _: Box<[u8]>,
            _: (&mio::Registry, mio::Token),
            _: Moment,
        ) -> std::io::Result<Self> {
            Err(std::io::ErrorKind::Unsupported.into())
        }
    }
}
