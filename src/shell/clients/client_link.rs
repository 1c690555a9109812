//! Two descriptors to another program: lines come from one of them, and what it reads goes to the other.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nix::errno::Errno;

use crate::chat::base::line::{Line, Lines};
use crate::shell::term::writer::OutputWriter;

/// How many bytes are taken at once.
const BYTES_PER_TURN: usize = 16 * 1024;

/// A program that reads and writes lines.
pub struct ClientLink {
    source: Option<OwnedFd>,
    writer: OutputWriter,
    lines: Lines,
    bytes_max: usize,
    /// An edge was seen, and since then not the end of what there is to read.
    ready: bool,
}

impl ClientLink {
    /// Lines of at most so many bytes from `source`. Both descriptors are ours alone, and do not wait.
    pub fn new(source: OwnedFd, sink: OwnedFd, bytes_max: usize) -> Self {
        let lines = Lines::of_at_most(bytes_max);
        Self { source: Some(source), writer: OutputWriter::of(sink), lines, bytes_max, ready: true }
    }

    /// Lets the poll announce what comes, and what can be written. A socket is both at once.
    pub fn register(&self, registry: &Registry, token: Token, is_socket: bool) -> io::Result<()> {
        let sink = self.writer.descriptor().as_raw_fd();
        if is_socket {
            return registry.register(&mut SourceFd(&sink), token, Interest::READABLE | Interest::WRITABLE);
        }
        if let Some(source) = &self.source {
            registry.register(&mut SourceFd(&source.as_fd().as_raw_fd()), token, Interest::READABLE)?;
        }
        registry.register(&mut SourceFd(&sink), token, Interest::WRITABLE)
    }

    /// The poll announced something.
    pub fn wake(&mut self, is_closed: bool) {
        self.ready = self.source.is_some();
        self.writer.wake(is_closed);
    }

    /// Whether it may have something to say.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Where what it reads is written.
    pub fn writer(&mut self) -> &mut OutputWriter {
        &mut self.writer
    }

    /// How much waits for it, in bytes.
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Whether nobody will ever read again what is written to it.
    pub fn is_closed(&self) -> bool {
        self.writer.is_closed()
    }

    /// Another program takes its place, and says its lines from there.
    pub fn hear(&mut self, source: OwnedFd, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut SourceFd(&source.as_raw_fd()), token, Interest::READABLE)?;
        self.source = Some(source);
        self.lines = Lines::of_at_most(self.bytes_max);
        self.ready = true;
        Ok(())
    }

    /// Takes a piece of what it says: whole lines.
    pub fn take(&mut self, buffer: &mut [u8]) -> Vec<Line> {
        let Some(source) = self.source.as_ref().filter(|_| self.ready) else { return Vec::new() };
        let most = buffer.len().min(BYTES_PER_TURN);
        match nix::unistd::read(source, &mut buffer[..most]) {
            Ok(taken) if taken > 0 => {
                let mut bytes = &buffer[..taken];
                std::iter::from_fn(|| self.lines.next(&mut bytes)).collect()
            }
            Err(Errno::EINTR) => Vec::new(),
            Err(Errno::EAGAIN) => {
                self.ready = false;
                Vec::new()
            }
            Ok(_) | Err(_) => {
                self.source = None;
                self.ready = false;
                self.lines.end().into_iter().collect()
            }
        }
    }
}
