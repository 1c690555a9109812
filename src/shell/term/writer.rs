//! One output stream that is written without waiting, and what waits for its reader.

use std::collections::VecDeque;
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// How much may wait for a slow reader, in bytes. The longest record is four times the longest datagram: it just fits.
pub const WAITING_BYTES_MAX: usize = 256 * 1024;

/// One stream and what waits for its reader.
#[derive(Debug)]
pub struct OutputWriter {
    stream: system::Stream,
    waiting: VecDeque<u8>,
    /// How many bytes the stream has taken.
    written: u64,
    /// The stream took less than it was given: nothing is tried before it is announced writable.
    is_full: bool,
    /// A record was written since the last flush.
    has_begun: bool,
    is_closed: bool,
    /// A write of ours raised a SIGPIPE.
    broke: bool,
    /// Why it cannot be written, until that is told.
    failure: Option<io::Error>,
}

impl OutputWriter {
    /// Nothing waits.
    pub fn new(stream: system::Stream) -> Self {
        Self {
            stream,
            waiting: VecDeque::new(),
            written: 0,
            is_full: false,
            has_begun: false,
            is_closed: false,
            broke: false,
            failure: None,
        }
    }

    /// To a descriptor that is ours alone, and does not wait.
    #[cfg(unix)]
    pub fn of(descriptor: OwnedFd) -> Self {
        Self::new(system::Stream::Own(descriptor))
    }

    /// Where it is written to.
    #[cfg(unix)]
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// The first bytes of what waits are not written.
    #[cfg(unix)]
    pub fn skip(&mut self, bytes: usize) {
        self.waiting.drain(..bytes.min(self.waiting.len()));
    }

    /// Writes a record now, as far as the stream takes it, and keeps the rest. Says whether there was room for it.
    pub fn write(&mut self, record: &str) -> bool {
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

    /// Writes the first record of a turn now and keeps the others for the next flush: one line is shown at once, and many
    /// leave in one piece.
    pub fn keep(&mut self, record: &str) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let written = if is_first && self.waiting.is_empty() { self.push(record.as_bytes()) } else { 0 };
        if !self.is_closed {
            self.waiting.extend(&record.as_bytes()[written..]);
        }
    }

    /// Where the record that was taken last ends: so many bytes are written, or wait.
    pub fn end(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Writes what waits, as far as the stream takes it.
    pub fn flush(&mut self) {
        self.has_begun = false;
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
        self.written += written as u64;
        written
    }

    /// The stream may be written again, or is closed.
    pub fn wake(&mut self, is_closed: bool) {
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

    /// What still waits is never written, nor anything behind it.
    pub fn abandon(&mut self) {
        self.is_closed |= !self.waiting.is_empty();
        self.waiting.clear();
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How much waits for the reader, in bytes.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many bytes the stream has taken.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether nobody will ever read it again.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Why it cannot be written, once.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Whether a write of ours raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        std::mem::take(&mut self.broke)
    }
}

#[cfg(unix)]
pub(super) mod system {
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
pub(super) mod system {
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
