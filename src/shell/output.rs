//! Standard output and standard error. Neither a slow reader nor a stopped one stops the loop.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};

use mio::{Registry, Token};

use crate::chat::address::Zones;
use crate::chat::event::{Event, Fault, Notice};
use crate::view::json;
use crate::view::lines::{self, Context};

/// How much may wait for a slow reader, in bytes. The longest record is four times the longest datagram: it just fits.
const WAITING_BYTES_MAX: usize = 256 * 1024;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Messages on standard output, everything else on standard error.
    Lines,
    /// Everything on standard output.
    Json,
}

/// Both standard streams.
#[derive(Debug)]
pub struct Output {
    form: Form,
    is_terminal: bool,
    data: Outlet,
    /// Standard error; nothing where it is the same terminal or pipe as standard output. Two writers would tear each
    /// other's records there, and a torn record can forge another.
    talk: Option<Outlet>,
    context: Context,
    /// Reused for each record.
    record: String,
    /// Records that found no room since the reader stopped.
    dropped: u64,
    /// Nothing is dropped: whoever makes records waits for the reader instead.
    is_patient: bool,
}

impl Output {
    /// Opens both streams and registers what can be polled.
    pub fn open(form: Form, registry: &Registry, data: Token, talk: Token) -> io::Result<Self> {
        let stderr = |()| system::Stream::stderr(registry, talk).map(Outlet::new);
        Ok(Self {
            form,
            is_terminal: io::stdout().is_terminal(),
            data: Outlet::new(system::Stream::stdout(registry, data)?),
            talk: (!system::is_one_stream()).then_some(()).map(stderr).transpose()?,
            context: Context::default(),
            record: String::new(),
            dropped: 0,
            is_patient: false,
        })
    }

    /// Names the interfaces in addresses from now on.
    pub fn set_zones(&mut self, zones: Zones) {
        self.context.zones = zones;
    }

    /// Each record begins with its room from now on.
    pub fn set_rooms(&mut self, has_rooms: bool) {
        self.context.has_rooms = has_rooms;
    }

    /// From now on nothing is dropped: see [`is_full`](Self::is_full).
    pub fn keep_everything(&mut self) {
        self.is_patient = true;
    }

    /// Whether the reader is far behind. Then nothing more is to be shown that can wait.
    pub fn is_full(&self) -> bool {
        self.data.waiting.len() > WAITING_BYTES_MAX / 2
    }

    /// The names in use.
    pub fn zones(&self) -> &Zones {
        &self.context.zones
    }

    /// Takes one event, to be written with the next flush, or kept while the reader is slow. A message that finds no room is dropped, counted and
    /// told.
    pub fn show(&mut self, event: &Event) {
        self.record.clear();
        match self.form {
            Form::Lines => lines::render(event, &self.context, &mut self.record),
            Form::Json => json::render(event, &self.context, &mut self.record),
        }
        let is_data = match (self.form, event) {
            (Form::Lines, event) => matches!(event, Event::Message(_) | Event::Said(_)),
            (Form::Json, Event::Fault(Fault::Fatal(_))) => !self.data.is_closed, // where it cannot be written: there
            (Form::Json, _) => true,
        };
        if !is_data {
            self.talk.as_mut().unwrap_or(&mut self.data).write(&self.record);
        } else if self.is_patient {
            self.data.keep(&self.record);
        } else if !self.data.write(&self.record) {
            self.dropped += 1;
            if self.dropped == 1 && self.form == Form::Lines {
                self.show(&Event::Notice(Notice::OutputStalled));
            }
        }
    }

    /// Writes what waited, and says what was dropped meanwhile once there is room again.
    pub fn flush(&mut self) {
        self.talk.iter_mut().for_each(Outlet::flush);
        self.data.flush();
        if self.data.is_empty() {
            self.tell_dropped();
        }
    }

    /// Says what was dropped, where anything was.
    pub fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            let records = std::mem::take(&mut self.dropped);
            self.show(&Event::Notice(Notice::Dropped { records }));
        }
    }

    /// Whether everything is written, as far as anybody reads it.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.talk.as_ref().is_none_or(Outlet::is_empty)
    }

    /// Standard output may be written again, or is closed.
    pub fn wake_data(&mut self, is_closed: bool) {
        self.data.wake(is_closed);
    }

    /// Standard error may be written again, or is closed.
    pub fn wake_talk(&mut self, is_closed: bool) {
        self.talk.iter_mut().for_each(|talk| talk.wake(is_closed));
    }

    /// Whether nobody will ever read standard output again.
    pub fn is_closed(&self) -> bool {
        self.data.is_closed
    }

    /// Whether standard output is a terminal, or was one before it was gone.
    pub fn was_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Why standard output cannot be written, once: a full disk, say.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        self.data.failure.take()
    }

    /// Whether a write of ours raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        let both = [Some(&mut self.data), self.talk.as_mut()].into_iter().flatten();
        both.fold(false, |any, outlet| any | std::mem::take(&mut outlet.broke))
    }
}

/// Says something on standard error where there is no [`Output`] to say it on.
pub fn last_words(words: &str) {
    let _ = writeln!(io::stderr(), "{words}"); // nobody is left to tell
}

/// One stream and what waits for its reader.
#[derive(Debug)]
struct Outlet {
    stream: system::Stream,
    waiting: VecDeque<u8>,
    /// The stream took less than it was given: nothing is tried before it is announced writable.
    is_full: bool,
    is_closed: bool,
    broke: bool,
    failure: Option<io::Error>,
}

impl Outlet {
    fn new(stream: system::Stream) -> Self {
        Self { stream, waiting: VecDeque::new(), is_full: false, is_closed: false, broke: false, failure: None }
    }

    /// Writes a record now, as far as the stream takes it, and keeps the rest. Says whether there was room for it.
    fn write(&mut self, record: &str) -> bool {
        if self.is_closed {
            return true; // nobody misses it
        }
        if !self.waiting.is_empty() && self.waiting.len() + record.len() > WAITING_BYTES_MAX {
            return false;
        }
        let written = if self.waiting.is_empty() { self.push(record.as_bytes()) } else { 0 };
        if !self.is_closed {
            self.waiting.extend(&record.as_bytes()[written..]);
        }
        true
    }

    /// Keeps a record for the next flush: what one turn of the loop brings leaves in one piece.
    fn keep(&mut self, record: &str) {
        if !self.is_closed {
            self.waiting.extend(record.as_bytes());
        }
    }

    fn flush(&mut self) {
        while !self.waiting.is_empty() && !self.is_full {
            let mut waiting = std::mem::take(&mut self.waiting);
            let written = self.push(waiting.make_contiguous());
            waiting.drain(..written);
            if !self.is_closed {
                self.waiting = waiting;
            }
        }
    }

    /// Writes as much of `bytes` as the stream takes without waiting.
    fn push(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written < bytes.len() && !self.is_full && !self.is_closed {
            match self.stream.write(&bytes[written..]) {
                Ok(taken) => written += taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.is_full = true,
                Err(error) => self.close(error),
            }
        }
        written
    }

    fn wake(&mut self, is_closed: bool) {
        self.is_full = false;
        if is_closed {
            self.is_closed = true;
            self.waiting.clear();
        }
    }

    fn close(&mut self, error: io::Error) {
        self.is_closed = true;
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.broke = true;
        } else if !system::is_hangup(&error) {
            self.failure = Some(error);
        }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(unix)]
mod system {
    use std::io::{self, IsTerminal};
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
    use std::path::PathBuf;

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use nix::errno::Errno;
    use nix::fcntl::{OFlag, open};
    use nix::libc::PIPE_BUF;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::stat::{Mode, SFlag, fstat};

    /// A standard stream that is written without waiting.
    #[derive(Debug)]
    pub enum Stream {
        /// A terminal or pipe, opened once more for ourselves, so that not to wait is our choice alone.
        Own(OwnedFd),
        /// Anything else is shared with other programs, whose choice we leave: it is asked before each piece, and a
        /// piece no longer than `PIPE_BUF` finds room where any is announced.
        Shared(OwnedFd),
    }

    impl Stream {
        pub fn stdout(registry: &Registry, token: Token) -> io::Result<Self> {
            Self::new(io::stdout().as_fd(), registry, token)
        }

        pub fn stderr(registry: &Registry, token: Token) -> io::Result<Self> {
            Self::new(io::stderr().as_fd(), registry, token)
        }

        fn new(shared: BorrowedFd<'_>, registry: &Registry, token: Token) -> io::Result<Self> {
            let shared = shared.try_clone_to_owned()?;
            let stream = open_again(&shared).map_or(Self::Shared(shared), Self::Own);
            // A regular file cannot be polled (EPERM) and is never full.
            let _ = registry.register(&mut SourceFd(&stream.as_fd().as_raw_fd()), token, Interest::WRITABLE);
            Ok(stream)
        }

        /// Writes what there is room for; [`io::ErrorKind::WouldBlock`] where there is none.
        pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            let piece = match self {
                Self::Own(_) => bytes,
                Self::Shared(stream) if !is_writable(stream)? => return Err(io::ErrorKind::WouldBlock.into()),
                // A terminal that says there is room has some for one byte.
                Self::Shared(stream) => &bytes[..bytes.len().min(if stream.is_terminal() { 1 } else { PIPE_BUF })],
            };
            Ok(nix::unistd::write(self, piece)?)
        }
    }

    impl AsFd for Stream {
        fn as_fd(&self) -> BorrowedFd<'_> {
            match self {
                Self::Own(stream) | Self::Shared(stream) => stream.as_fd(),
            }
        }
    }

    /// The same terminal or pipe with a state of its own. A file is not opened again: its position is shared, and it is
    /// never full.
    fn open_again(shared: &OwnedFd) -> Option<OwnedFd> {
        let path = if cfg!(target_os = "linux") && is_pipe(shared) {
            PathBuf::from(format!("/proc/self/fd/{}", shared.as_raw_fd()))
        } else {
            nix::unistd::ttyname(shared).ok()?
        };
        let flags = OFlag::O_WRONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        open(&path, flags, Mode::empty()).ok()
    }

    /// Whether standard output and standard error are one terminal, pipe or socket. Two descriptors of one file are not:
    /// each has its own position, and a file is never full.
    pub fn is_one_stream() -> bool {
        let (Ok(data), Ok(talk)) = (fstat(io::stdout()), fstat(io::stderr())) else { return false };
        let is_file = data.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits();
        !is_file && (data.st_dev, data.st_ino) == (talk.st_dev, talk.st_ino)
    }

    fn is_pipe(stream: &OwnedFd) -> bool {
        fstat(stream).is_ok_and(|status| status.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFIFO.bits())
    }

    fn is_writable(stream: &OwnedFd) -> io::Result<bool> {
        let mut asked = [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)];
        Ok(poll(&mut asked, PollTimeout::ZERO)? > 0) // an error counts as writable: the write tells it
    }

    /// The terminal is gone.
    pub fn is_hangup(error: &io::Error) -> bool {
        error.raw_os_error() == Some(Errno::EIO as i32)
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::{self, Write};

    use mio::{Registry, Token};

    /// A standard stream. The system cannot be asked whether writing waits.
    #[derive(Debug)]
    pub enum Stream {
        Stdout,
        Stderr,
    }

    impl Stream {
        pub fn stdout(_: &Registry, _: Token) -> io::Result<Self> {
            Ok(Self::Stdout)
        }

        pub fn stderr(_: &Registry, _: Token) -> io::Result<Self> {
            Ok(Self::Stderr)
        }

        pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            match self {
                Self::Stdout => io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()),
                Self::Stderr => io::stderr().write_all(bytes),
            }?;
            Ok(bytes.len())
        }
    }

    /// Not known; each piece is written whole.
    pub fn is_one_stream() -> bool {
        false
    }

    pub fn is_hangup(_: &io::Error) -> bool {
        false
    }
}
