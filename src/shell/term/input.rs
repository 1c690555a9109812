//! Standard input, whatever it is: something that can be polled, something that is always ready, nothing at all, or
//! something that only a thread can wait for.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use mio::{Registry, Token, Waker};
use zeroize::Zeroizing;

/// Standard input behind one interface. It is read directly, never through [`io::Stdin`], whose buffer would swallow
/// bytes that no edge announces again.
#[derive(Debug)]
pub struct StandardInput {
    nature: Nature,
    /// An edge was seen, and since then not the end of what there is to read.
    ready: bool,
    is_terminal: bool,
}

#[derive(Debug)]
enum Nature {
    /// A terminal, pipe or socket.
    Pollable,
    /// A regular file: epoll refuses it with EPERM, and it never blocks.
    AlwaysReady,
    /// `/dev/null`, or nothing: Rust opens `/dev/null` where descriptor 0 was closed. Nothing is ever read, nor its end.
    Nothing,
    /// What the system cannot poll: consoles of Windows, terminals of macOS that were opened by name.
    Thread(Pump),
    /// The end was read.
    Ended,
}

/// What reading brought.
#[derive(Debug)]
pub enum ReadResult {
    /// So many bytes.
    Some(usize),
    /// None for now.
    None,
    /// The end.
    End,
    /// The terminal is gone.
    Gone,
}

impl StandardInput {
    /// Finds out what standard input is and registers it where it can be polled.
    /// What cannot be is read by a thread that uses `waker`: see [`wake_thread`](Self::wake_thread).
    pub fn open(registry: &Registry, token: Token, waker: &Arc<Waker>) -> Self {
        let nature = if system::is_null() {
            Nature::Nothing
        } else {
            match system::register(registry, token) {
                Ok(()) => Nature::Pollable,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Nature::AlwaysReady,
                Err(_) => Nature::Thread(pump(io::stdin(), Arc::clone(waker))),
            }
        };
        let ready = matches!(nature, Nature::AlwaysReady | Nature::Thread(_));
        Self { nature, ready, is_terminal: is_typed() }
    }

    /// Whether a person types, or did before the terminal was gone.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether nothing will ever be read, nor an end.
    pub fn is_nothing(&self) -> bool {
        matches!(self.nature, Nature::Nothing)
    }

    /// The poll announced something.
    pub fn wake(&mut self) {
        self.ready = !matches!(self.nature, Nature::Ended);
    }

    /// A thread has woken the loop, perhaps that which reads.
    pub fn wake_thread(&mut self) {
        self.ready |= matches!(self.nature, Nature::Thread(_));
    }

    /// Whether a read may bring something.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Reads without waiting.
    pub fn read(&mut self, chunk: &mut [u8]) -> io::Result<ReadResult> {
        let bytes = match &mut self.nature {
            Nature::Pollable if !system::is_readable()? => ReadResult::None,
            Nature::Pollable | Nature::AlwaysReady => match system::read(chunk) {
                Ok(ReadResult::End) | Err(_) if self.is_terminal && system::is_gone() => ReadResult::Gone,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => ReadResult::End,
                read => read?,
            },
            Nature::Thread(pump) => pump.read(chunk)?,
            Nature::Nothing | Nature::Ended => ReadResult::None,
        };
        match bytes {
            ReadResult::Some(_) => {}
            ReadResult::None => self.ready = false,
            ReadResult::End | ReadResult::Gone => self.end(),
        }
        Ok(bytes)
    }

    /// Whether nothing is left, found out without reading: where lines may not be taken yet, a pipe that is empty and
    /// closed can still be told from one that waits.
    pub fn ends_here(&mut self) -> bool {
        let ends = match &mut self.nature {
            Nature::Pollable => system::is_at_end(),
            Nature::AlwaysReady => system::is_at_end_of_file(),
            Nature::Thread(pump) => matches!(pump.fill(), Ok(Some(ReadResult::End))),
            Nature::Nothing | Nature::Ended => false,
        };
        if ends {
            self.end();
        }
        ends
    }

    /// Throws away what was typed and not taken, lest the shell executes it. What follows the end of input is the shell's.
    pub fn discard(&self) {
        if self.is_terminal && !matches!(self.nature, Nature::Ended) {
            system::discard();
        }
    }

    fn end(&mut self) {
        self.nature = Nature::Ended;
        self.ready = false;
    }
}

/// Whether somebody types standard input at a terminal.
pub fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Everything up to the end, but no more than so many bytes, where there is no loop.
pub fn read_whole(bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Everything up to the end, into a file, where there is no loop.
pub fn copy_whole(to: &mut std::fs::File) -> io::Result<u64> {
    io::copy(&mut io::stdin(), to)
}

/// The first line, and nothing behind it, where there is no loop yet.
pub fn read_line(bytes_max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(bytes_max));
    let mut byte = [0];
    while line.len() < bytes_max {
        match system::read(&mut byte)? {
            ReadResult::Some(_) if byte[0] != b'\n' => line.push(byte[0]),
            ReadResult::None => return Err(io::ErrorKind::WouldBlock.into()),
            _ => break,
        }
    }
    Ok(line)
}

/// A thread that reads and wakes the loop. It reads a few chunks ahead, so here input is read before it is taken.
#[derive(Debug)]
struct Pump {
    chunks: Receiver<io::Result<Vec<u8>>>,
    rest: Vec<u8>,
    /// A waker that is dropped takes its last wake along, and the thread may end before the loop has seen it.
    _waker: Arc<Waker>,
}

impl Pump {
    fn read(&mut self, chunk: &mut [u8]) -> io::Result<ReadResult> {
        if let Some(nothing) = self.fill()? {
            return Ok(nothing);
        }
        let taken = self.rest.len().min(chunk.len());
        chunk[..taken].copy_from_slice(&self.rest[..taken]);
        self.rest.drain(..taken);
        Ok(ReadResult::Some(taken))
    }

    /// Takes the next chunk where none is left over, or says that there is none.
    fn fill(&mut self) -> io::Result<Option<ReadResult>> {
        if self.rest.is_empty() {
            match self.chunks.try_recv() {
                Ok(read) => self.rest = read?,
                Err(TryRecvError::Empty) => return Ok(Some(ReadResult::None)),
                Err(TryRecvError::Disconnected) => return Ok(Some(ReadResult::End)),
            }
        }
        Ok(None)
    }
}

/// How many chunks the thread may be ahead of the loop. A guess: enough to keep a pipe busy, too little to matter.
const CHUNKS_AHEAD: usize = 4;

/// Starts a thread that reads `source` to its end. It waits while the loop is behind, and ends when that is gone.
fn pump(mut source: impl Read + Send + 'static, waker: Arc<Waker>) -> Pump {
    let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
    let pump = Pump { chunks, rest: Vec::new(), _waker: Arc::clone(&waker) };
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; 4096];
            let goes_on = match source.read(&mut chunk) {
                Ok(0) => false,
                Ok(taken) => {
                    chunk.truncate(taken);
                    sender.send(Ok(chunk)).is_ok()
                }
                Err(error) => {
                    let _ = sender.send(Err(error)); // nobody is left to tell
                    false
                }
            };
            if !goes_on {
                break;
            }
            let _ = waker.wake(); // fails only when the loop is gone
        }
        drop(sender); // before the last wake, which is to find the end
        let _ = waker.wake();
    });
    pump
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io::{self, Seek};
    use std::os::fd::{AsFd, AsRawFd};
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use nix::sys::termios::{FlushArg, tcflush};
    use nix::unistd::{getpgrp, tcgetpgrp};

    use super::ReadResult;

    pub fn register(registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut SourceFd(&io::stdin().as_raw_fd()), token, Interest::READABLE)
    }

    pub fn is_null() -> bool {
        let (Ok(own), Ok(null)) = (file().and_then(|file| file.metadata()), std::fs::metadata("/dev/null")) else {
            return false;
        };
        own.file_type().is_char_device() && own.rdev() == null.rdev()
    }

    /// A read would not wait. The descriptor is shared with other programs, so it is asked rather than switched to
    /// non-blocking.
    pub fn is_readable() -> io::Result<bool> {
        Ok(!events()?.is_empty())
    }

    /// The other side is gone. Of a terminal that is more than the end of input.
    pub fn is_gone() -> bool {
        events().is_ok_and(|events| events.contains(PollFlags::POLLHUP))
    }

    /// A read would not wait, and yet there is nothing to read: the other side is gone, or a person typed Ctrl+D.
    pub fn is_at_end() -> bool {
        let waiting = rustix::io::ioctl_fionread(io::stdin());
        is_readable().unwrap_or(false) && waiting.map_or_else(|_| is_gone(), |waiting| waiting == 0)
    }

    /// A program in the background that does this is stopped instead.
    pub fn discard() {
        if tcgetpgrp(io::stdin()) == Ok(getpgrp()) {
            let _ = tcflush(io::stdin(), FlushArg::TCIFLUSH); // the terminal may be gone
        }
    }

    pub fn is_at_end_of_file() -> bool {
        let at_end = |mut file: File| {
            let metadata = file.metadata()?;
            io::Result::Ok(metadata.is_file() && file.stream_position()? >= metadata.len())
        };
        file().and_then(at_end).unwrap_or(false)
    }

    pub fn read(chunk: &mut [u8]) -> io::Result<ReadResult> {
        loop {
            return match nix::unistd::read(io::stdin(), chunk) {
                Ok(0) => Ok(ReadResult::End),
                Ok(taken) => Ok(ReadResult::Some(taken)),
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => Ok(ReadResult::None),
                Err(errno) => Err(errno.into()),
            };
        }
    }

    fn events() -> io::Result<PollFlags> {
        let stdin = io::stdin();
        let mut asked = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        poll(&mut asked, PollTimeout::ZERO)?; // without a wait there is nothing to interrupt
        Ok(asked[0].revents().unwrap_or(PollFlags::empty()))
    }

    fn file() -> io::Result<File> {
        io::stdin().as_fd().try_clone_to_owned().map(File::from)
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use mio::{Registry, Token};

    use super::ReadResult;

    pub fn register(_: &Registry, _: Token) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn is_null() -> bool {
        false
    }

    pub fn is_readable() -> io::Result<bool> {
        Ok(false)
    }

    pub fn is_gone() -> bool {
        false
    }

    pub fn is_at_end() -> bool {
        false
    }

    pub fn is_at_end_of_file() -> bool {
        false
    }

    pub fn discard() {}

    pub fn read(_: &mut [u8]) -> io::Result<ReadResult> {
        Ok(ReadResult::None)
    }
}

#[cfg(test)]
mod tests {
    use mio::{Events, Poll};

    use super::*;

    #[test]
    fn what_cannot_be_polled_is_read_whole_by_a_thread_that_wakes_the_loop() {
        let text: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut poll = Poll::new().unwrap();
        let mut pump = pump(io::Cursor::new(text.clone()), Arc::new(Waker::new(poll.registry(), Token(0)).unwrap()));
        let (mut read, mut chunk, mut events) = (Vec::new(), [0; 1000], Events::with_capacity(4));
        loop {
            match pump.read(&mut chunk).unwrap() {
                ReadResult::Some(taken) => read.extend_from_slice(&chunk[..taken]),
                ReadResult::None => poll.poll(&mut events, None).unwrap(),
                ReadResult::End | ReadResult::Gone => break,
            }
        }
        assert_eq!(read, text);
    }
}
