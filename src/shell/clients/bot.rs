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
use nix::unistd::{Pid, pipe2};
use rustix::io::ioctl_fionread;

use super::client_link::ClientLink;
use super::pace::BotPace;
use super::{Exec, Happened, Takes};
use crate::chat::api::command::{Command as Wanted, Request};
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::TextRefusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::MessageBody;
use crate::chat::base::address::Zones;
use crate::chat::base::limits::{LINE_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::chat::base::line::Line;
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;
use crate::shell::clients::stdin_parser::request;
use crate::shell::sys::env::PASSPHRASE;
use crate::shell::sys::error::words;
use crate::shell::term::writer::WAITING_BYTES_MAX;
use crate::view::json;
use crate::view::words::en;

/// How soon it is started again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// So often within so long. Beyond, it is broken, and the session ends.
const STARTS_MAX: usize = 5;
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// How many records are remembered before it is looked which of them are read. A pipe holds fewer.
const ENDS_MAX: usize = 4096;
/// How long it may take to end once there is nothing more to read.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bot, running or about to.
pub struct Bot {
    exec: Exec,
    registry: Registry,
    token: Token,
    link: ClientLink,
    /// What it has said and may not say yet.
    pace: BotPace,
    /// The end that it reads from. What it has not read when it ends is read by the next one.
    unread: OwnedFd,
    /// Where each record ends that it may not have read, counted in all bytes for it.
    ends: VecDeque<u64>,
    /// Behind both ends of the pipe: they are closed before its end is waited for.
    running: Option<Running>,
    starts: VecDeque<Moment>,
    again: Option<Moment>,
    /// It was started, and is to be told where it is.
    is_new: bool,
    /// It was told once: events before that are told by it.
    is_told: bool,
    record: String,
}

impl Bot {
    /// Starts it.
    pub fn start(exec: Exec, registry: Registry, token: Token, now: Moment) -> io::Result<Self> {
        let (unread, sink) = pipe2(OFlag::O_CLOEXEC)?;
        fcntl(&sink, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?; // of our own end alone
        let (running, source) = Running::start(&exec, &unread)?;
        let link = ClientLink::new(source, sink, line_bytes_max(&exec));
        link.register(&registry, token, false)?;
        Ok(Self {
            exec,
            registry,
            token,
            link,
            pace: BotPace::new(),
            unread,
            ends: VecDeque::new(),
            running: Some(running),
            starts: VecDeque::from([now]),
            again: None,
            is_new: true,
            is_told: false,
            record: String::new(),
        })
    }

    /// The poll announced something.
    pub fn wake(&mut self, token: Token) {
        if token == self.token {
            self.link.wake(false);
        }
    }

    /// Tells it an event, where that is its concern.
    pub fn show(&mut self, event: &Event, zones: &Zones) {
        if event.recipient().is_none_or(|recipient| recipient == Client::BOT) && self.concerns(event) {
            self.show_to(Client::BOT, event, zones);
        }
    }

    /// Tells it an event that it asked for.
    pub fn show_to(&mut self, client: Client, event: &Event, zones: &Zones) {
        if client == Client::BOT {
            self.is_told |= matches!(event, Event::Ready { .. });
            self.record.clear();
            json::render(event, Client::BOT, zones, &mut self.record);
            self.link.writer().keep(&self.record);
            self.ends.push_back(self.link.writer().end());
            if self.ends.len() > ENDS_MAX {
                self.forget_read();
            }
        }
    }

    /// How many bytes it has read.
    fn read(&mut self) -> u64 {
        self.link.writer().written().saturating_sub(ioctl_fionread(&self.unread).unwrap_or(0))
    }

    fn forget_read(&mut self) {
        let read = self.read();
        self.ends.retain(|&end| end >= read); // where it stands is one
    }

    /// What it had begun to read is lost with it: the next one begins with a whole record.
    fn skip_begun(&mut self) -> io::Result<()> {
        let read = self.read();
        let is_whole = read == 0 || self.ends.contains(&read);
        self.forget_read();
        let Some(&end) = self.ends.iter().find(|&&end| end > read).filter(|_| !is_whole) else { return Ok(()) };
        let rest = usize::try_from(end - read).unwrap_or(0);
        let in_pipe = usize::try_from(ioctl_fionread(&self.unread)?).unwrap_or(0).min(rest);
        let mut thrown_away = vec![0; in_pipe];
        nix::unistd::read(&self.unread, &mut thrown_away)?;
        self.link.writer().skip(rest - in_pipe);
        Ok(())
    }

    /// Where it answers with text, it reads what others say now. What a program says is for people, or two of them would
    /// answer each other for ever.
    fn concerns(&self, event: &Event) -> bool {
        match (&self.exec.room, event) {
            (_, event) if event.is_of_screen() => false,
            (_, Event::Said(said)) if said.marks.is_auto && !self.exec.is_given_all => false,
            (None, event) => self.is_told || matches!(event, Event::Ready { .. }),
            (Some(room), Event::Said(said)) => {
                let is_said = matches!(said.words, MessageBody::Text(_) | MessageBody::Action(_));
                said.room == *room && is_said && !said.marks.is_before && !said.marks.is_recalled
            }
            (Some(_), _) => false,
        }
    }

    /// Writes what waits for it.
    pub fn flush(&mut self) {
        self.link.writer().flush();
    }

    /// Whether a write to it raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        self.link.writer().take_broken()
    }

    /// Whether it is far behind.
    pub fn is_full(&self) -> bool {
        self.link.waiting() > WAITING_BYTES_MAX / 2
    }

    /// Whether everything is written.
    pub fn is_empty(&self) -> bool {
        self.link.waiting() == 0 || self.running.is_none()
    }

    /// Whether it may have something to say that is taken.
    pub fn is_ready(&self, takes: Takes<'_>) -> bool {
        let says = self.pace.is_ready() || self.pace.is_empty() && self.link.is_ready();
        (self.is_new || says) && takes(Client::BOT)
    }

    /// Takes a piece of what it says. Nothing more is read before all of that is said.
    pub fn take(&mut self, takes: Takes<'_>, now: Moment, buffer: &mut [u8], happened: &mut Vec<Happened>) {
        if !takes(Client::BOT) {
            return;
        }
        if std::mem::take(&mut self.is_new) && self.exec.room.is_none() {
            happened.push(Happened::Came(Client::BOT));
        }
        let lines = if self.pace.is_empty() { self.link.take(buffer) } else { Vec::new() };
        for line in lines {
            self.pace.add(match &self.exec.room {
                Some(room) => said(line, room),
                None => request(line, Client::BOT),
            });
        }
        let wanted = std::iter::from_fn(|| self.pace.next(now));
        happened.extend(wanted.map(|wanted| Happened::Wants(Box::new(wanted))));
    }

    /// When it is to be started again, or may say more.
    pub fn deadline(&self) -> Option<Moment> {
        self.again.into_iter().chain(self.pace.deadline()).min()
    }

    /// Looks whether it runs, and starts it again. What is to be told is that it has ended; an error is the end of it all.
    pub fn tick(&mut self, now: Moment) -> Result<Option<Notice>, String> {
        let mut notice = None;
        self.pace.tick(now);
        let status = self.running.as_mut().and_then(Running::status).filter(|_| !self.link.is_ready());
        if let Some(status) = status {
            let command = self.exec.command.clone();
            self.running = None;
            self.again = Some(now.after(AGAIN_AFTER));
            self.starts.retain(|&start| now.since(start) < STARTS_WITHIN);
            if self.starts.len() >= STARTS_MAX {
                return Err(en::system::bot_ends(&command, STARTS_MAX));
            }
            notice = Some(Notice::BotEnded { command, status });
        }
        if self.again.is_some_and(|again| again <= now) {
            self.again = None;
            self.starts.push_back(now);
            self.start_again()
                .map_err(|error| en::system::cannot(&format!("start '{}'", self.exec.command), words(&error)))?;
        }
        Ok(notice)
    }

    fn start_again(&mut self) -> io::Result<()> {
        self.skip_begun()?;
        let (running, source) = Running::start(&self.exec, &self.unread)?;
        self.running = Some(running);
        self.is_new = true;
        self.link.hear(source, &self.registry, self.token)
    }
}

/// A program that runs in a group of its own: what the terminal sends to ours is not for it.
struct Running {
    child: Child,
    output: OwnedFd,
}

impl Running {
    /// Starts a program by the shell. Returns it with where its lines come from.
    fn start(exec: &Exec, input: &OwnedFd) -> io::Result<(Self, OwnedFd)> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&exec.command).stdin(input.try_clone()?).stdout(Stdio::piped()).process_group(0);
        shell.env_remove(PASSPHRASE);
        if exec.is_mute {
            shell.stderr(Stdio::null());
        }
        let mut child = shell.spawn()?;
        let source = OwnedFd::from(child.stdout.take().expect("piped"));
        fcntl(&source, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?; // of our own end alone
        Ok((Self { child, output: source.try_clone()? }, source))
    }

    fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    /// How it ended, in the system's words.
    fn status(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(status.to_string()),
            Err(error) => Some(words(&error)),
        }
    }
}

/// It has found the end of what there is to read. It may say its last to itself; then it is ended, and what it started with
/// it.
impl Drop for Running {
    fn drop(&mut self) {
        self.wait(PATIENCE);
        self.send(Signal::SIGTERM);
        self.wait(PATIENCE / 2);
        if !self.has_ended() {
            self.send(Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

impl Running {
    /// Waits until it has closed its output, but no longer than that.
    fn wait(&mut self, patience: Duration) {
        if !self.has_ended() {
            let mut asked = [PollFd::new(self.output.as_fd(), PollFlags::empty())];
            let _ = poll(&mut asked, PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO));
        }
    }

    /// To all of its group. They may be gone by now.
    fn send(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(id), signal);
        }
    }
}

/// A line that is to be said, whatever it looks like.
fn said(line: Line, room: &RoomName) -> Input<'static> {
    let requester = Requester { client: Client::BOT, is_auto: true, ..Requester::line(line.number) };
    match line.text {
        Ok(text) => Input::Request(Request { requester, room: Some(room.clone()), command: Wanted::Say(text) }),
        Err(bad) => Input::Refused { requester, why: TextRefusal::in_room(bad).into() },
    }
}

fn line_bytes_max(exec: &Exec) -> usize {
    if exec.room.is_some() { LINE_BYTES_MAX } else { REQUEST_BYTES_MAX }
}
