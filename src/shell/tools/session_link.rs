//! A session that is driven by JSON Lines: the one that uses a profile, or one that is started for it.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::chat::base::limits::REQUEST_BYTES_MAX;
use crate::chat::base::line::Lines;
use crate::chat::base::time::{Moment, Wall};
use crate::shell::clients::socket_path;
use crate::shell::sys::clock::Clock;

/// What a session tells.
#[derive(Debug)]
pub struct ReplyLine {
    pub value: Value,
    /// As it came.
    pub written: String,
}

/// The other end of a session's socket.
#[derive(Debug)]
pub struct SessionLink {
    stream: UnixStream,
    lines: Lines,
    /// What was read behind the last line.
    rest: Vec<u8>,
    clock: Clock,
    /// The session, where it was started for this.
    child: Option<Child>,
}

impl SessionLink {
    /// To the session that uses the profile in this folder; `None`: there is none.
    pub fn connect(folder: &Path) -> Option<Self> {
        let stream = UnixStream::connect(socket_path::of(folder).ok()?).ok().filter(socket_path::is_ours)?;
        Some(Self::over(stream, None))
    }

    /// To a session that is started with these arguments. It ends with this link.
    pub fn start(arguments: Vec<OsString>) -> io::Result<Self> {
        let (stream, other) = UnixStream::pair()?;
        let (input, output) = (OwnedFd::from(other.try_clone()?), OwnedFd::from(other));
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).args(["--json", "--json-in"]).stdin(Stdio::from(input)).stdout(Stdio::from(output));
        command.process_group(0); // what interrupts this program does not end the session under it
        let child = command.spawn()?;
        Ok(Self::over(stream, Some(child)))
    }

    fn over(stream: UnixStream, child: Option<Child>) -> Self {
        let lines = Lines::of_at_most(2 * REQUEST_BYTES_MAX);
        Self { stream, lines, rest: Vec::new(), clock: Clock::start(), child }
    }

    /// The time by which everything here is waited for.
    pub fn now(&self) -> Moment {
        self.clock.now().moment
    }

    /// And by which it is told what was said since.
    pub fn wall(&self) -> Wall {
        self.clock.now().wall
    }

    /// Whether it was started for this.
    pub fn is_started(&self) -> bool {
        self.child.is_some()
    }

    /// Nothing more is wanted. Where the session was started for this, its exit code.
    pub fn end(self) -> Option<u8> {
        drop(self.stream);
        let status = self.child?.wait().ok()?;
        status.code().and_then(|code| u8::try_from(code).ok())
    }

    /// Gives it a command.
    pub fn write(&mut self, object: &Value) -> io::Result<()> {
        self.stream.write_all(format!("{object}\n").as_bytes())
    }

    /// The next object; `None`: none came before `bound`, or a signal came. An error: the session has ended.
    pub fn next(&mut self, bound: Moment) -> io::Result<Option<ReplyLine>> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let mut rest = self.rest.as_slice();
            let line = self.lines.next(&mut rest);
            self.rest = rest.to_vec();
            if let Some(line) = line {
                let written = line.text.unwrap_or_default(); // longer than any of ours, or not text: not from a session
                match serde_json::from_str(&written) {
                    Ok(value) => return Ok(Some(ReplyLine { value, written })),
                    Err(_) => continue,
                }
            }
            let left = bound.since(self.clock.now().moment);
            if left.is_zero() {
                return Ok(None);
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(taken) => self.rest.extend_from_slice(&buffer[..taken]),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None), // a signal came
                Err(error) => return Err(error),
            }
        }
    }
}
