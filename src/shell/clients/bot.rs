//! A program that answers, in any language: it reads JSON Lines and writes lines that are said, or JSON commands.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mio::{Registry, Token};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::link::Link;
use super::{Exec, Happened};
use crate::chat::address::Zones;
use crate::chat::asker::{Asker, Client};
use crate::chat::command::{Command as Wanted, Request};
use crate::chat::event::Event;
use crate::chat::limits::{LINE_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::chat::line::Line;
use crate::chat::machine::Input;
use crate::chat::secret::RoomName;
use crate::chat::talk::Words;
use crate::chat::time::Moment;
use crate::shell::feed::request;
use crate::shell::output::WAITING_BYTES_MAX;
use crate::shell::words;
use crate::view::json;

/// The bot among those who drive a session.
const BOT: Client = Client(1);

/// How soon it is started again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// So often within so long. Beyond, it is broken, and the session ends.
const STARTS_MAX: usize = 5;
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take to end once there is nothing more to read.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bot, running or about to.
pub struct Bot {
    exec: Exec,
    registry: Registry,
    token: Token,
    link: Link,
    /// Behind the link: what it reads is closed before its end is waited for.
    running: Option<Running>,
    starts: VecDeque<Moment>,
    again: Option<Moment>,
    record: String,
}

impl Bot {
    /// Starts it.
    pub fn start(exec: Exec, registry: Registry, token: Token, now: Moment) -> io::Result<Self> {
        let (running, source, sink) = spawn(&exec.command)?;
        let link = Link::new(source, sink, line_bytes_max(&exec));
        link.register(&registry, token, false)?;
        let (running, starts) = (Some(running), VecDeque::from([now]));
        Ok(Self { exec, registry, token, link, running, starts, again: None, record: String::new() })
    }

    /// The poll announced something.
    pub fn wake(&mut self, token: Token, is_closed: bool) {
        if token == self.token {
            self.link.wake(is_closed && self.running.is_none());
        }
    }

    /// Tells it an event, where that is its concern.
    pub fn show(&mut self, event: &Event, zones: &Zones) {
        if event.recipient().is_none_or(|recipient| recipient == BOT) && self.concerns(event) {
            self.show_to(BOT, event, zones);
        }
    }

    /// Tells it an event that it asked for.
    pub fn show_to(&mut self, client: Client, event: &Event, zones: &Zones) {
        if client == BOT {
            self.record.clear();
            json::render(event, BOT, zones, &mut self.record);
            self.link.outlet().keep(&self.record);
        }
    }

    /// Where it answers with text, it reads what others say now.
    fn concerns(&self, event: &Event) -> bool {
        match (&self.exec.room, event) {
            (_, Event::Wrote { .. } | Event::Standing { .. } | Event::Target(_) | Event::Display(_)) => false,
            (None, _) => true,
            (Some(room), Event::Said(said)) => {
                let is_said = matches!(said.words, Words::Text(_) | Words::Action(_));
                said.room == *room && is_said && !said.marks.is_before && !said.marks.is_recalled
            }
            (Some(_), _) => false,
        }
    }

    /// Writes what waits for it.
    pub fn flush(&mut self) {
        if self.running.is_some() {
            self.link.outlet().flush();
        }
    }

    /// Whether a write to it raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        std::mem::take(&mut self.link.outlet().broke)
    }

    /// Whether it is far behind.
    pub fn is_full(&self) -> bool {
        self.link.waiting() > WAITING_BYTES_MAX / 2
    }

    /// Whether everything is written.
    pub fn is_empty(&self) -> bool {
        self.link.waiting() == 0 || self.running.is_none()
    }

    /// Whether it may have something to say.
    pub fn is_ready(&self) -> bool {
        self.link.is_ready()
    }

    /// Takes a piece of what it says.
    pub fn take(&mut self, buffer: &mut [u8], happened: &mut Vec<Happened>) {
        for line in self.link.take(buffer) {
            happened.push(Happened::Wants(match &self.exec.room {
                Some(room) => said(line, room),
                None => request(line, BOT),
            }));
        }
    }

    /// When it is to be started again.
    pub fn deadline(&self) -> Option<Moment> {
        self.again
    }

    /// Looks whether it runs, and starts it again. An error is the end: one sentence.
    pub fn tick(&mut self, now: Moment) -> Result<(), String> {
        let has_ended = self.running.as_mut().is_some_and(Running::has_ended);
        if has_ended && !self.link.is_ready() {
            self.running = None;
            self.again = Some(now.after(AGAIN_AFTER));
            self.starts.retain(|&start| now.since(start) < STARTS_WITHIN);
            if self.starts.len() >= STARTS_MAX {
                let command = &self.exec.command;
                return Err(format!("'{command}' ended {STARTS_MAX} times within a minute: expected one that stays"));
            }
        }
        if self.again.is_some_and(|again| again <= now) {
            self.again = None;
            self.starts.push_back(now);
            let failed = |error: io::Error| format!("cannot start '{}': {}", self.exec.command, words(&error));
            let (running, source, sink) = spawn(&self.exec.command).map_err(&failed)?;
            self.running = Some(running);
            self.link.turn_to(source, sink);
            self.link.register(&self.registry, self.token, false).map_err(failed)?;
        }
        Ok(())
    }
}

/// A program that runs in a group of its own: what the terminal sends to ours is not for it.
struct Running {
    child: Child,
    output: OwnedFd,
}

impl Running {
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// It has found the end of what there is to read. It may say its last to itself; then it is ended.
impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            let mut asked = [PollFd::new(self.output.as_fd(), PollFlags::empty())];
            let patience = PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::ZERO);
            let _ = poll(&mut asked, patience); // until it has closed its output
        }
        if !self.has_ended()
            && let Ok(id) = i32::try_from(self.child.id())
        {
            let _ = killpg(Pid::from_raw(id), Signal::SIGTERM); // it may be gone by now
        }
    }
}

/// A line that is to be said, whatever it looks like.
fn said(line: Line, room: &RoomName) -> Input<'static> {
    let asker = Asker::line(line.number);
    match line.text {
        Ok(text) => Input::Request(Request { asker, room: Some(room.clone()), command: Wanted::Say(text) }),
        Err(bad) => Input::Refused { asker, why: bad.into() },
    }
}

fn line_bytes_max(exec: &Exec) -> usize {
    if exec.room.is_some() { LINE_BYTES_MAX } else { REQUEST_BYTES_MAX }
}

/// A program by the shell, and both ends of its pipes that are ours: what it writes, and what it reads.
fn spawn(command: &str) -> io::Result<(Running, OwnedFd, OwnedFd)> {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    let mut child = shell.spawn()?;
    let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let (source, sink) = (OwnedFd::from(stdout), OwnedFd::from(stdin));
    for descriptor in [&source, &sink] {
        fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?; // of our own end alone
    }
    Ok((Running { child, output: source.try_clone()? }, source, sink))
}
