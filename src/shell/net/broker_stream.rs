//! A connection to a broker: bytes over TCP, or over TLS on it. It never waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::chat::api::carrier::BrokerTrouble;
use crate::chat::base::limits::OUTGOING_BYTES_MAX;
use crate::shell::sys::error::words;

/// A connection.
#[derive(Debug)]
pub struct BrokerStream {
    tcp: TcpStream,
    /// `None`: nothing but TCP.
    tls: Option<Box<ClientConnection>>,
    is_connected: bool,
    can_read: bool,
    can_write: bool,
}

/// What came of reading.
#[derive(Debug, PartialEq, Eq)]
pub enum StreamRead {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    NotYet,
}

impl BrokerStream {
    /// Begins to connect. `tls`: what it is to be sealed with, and the name that the broker is to prove.
    pub fn connect(
        to: SocketAddr,
        tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
        registry: &Registry,
        token: Token,
    ) -> Result<Self, BrokerTrouble> {
        let unreachable = |error: io::Error| BrokerTrouble::Unreachable(words(&error));
        let tls = tls.map(|(config, name)| ClientConnection::new(config, name)).transpose();
        let mut tls = tls.map_err(|error| BrokerTrouble::Tls(error.to_string()))?.map(Box::new);
        if let Some(tls) = &mut tls {
            tls.set_buffer_limit(Some(OUTGOING_BYTES_MAX));
        }
        let mut tcp = TcpStream::connect(to).map_err(unreachable)?;
        registry.register(&mut tcp, token, Interest::READABLE | Interest::WRITABLE).map_err(unreachable)?;
        Ok(Self { tcp, tls, is_connected: false, can_read: false, can_write: false })
    }

    /// The system has something to tell of it.
    pub fn wake(&mut self) {
        (self.can_read, self.can_write) = (true, true);
    }

    /// Whether it is connected by now; the address that it is made from, the first time that it is.
    pub fn connected(&mut self) -> Result<Option<SocketAddr>, BrokerTrouble> {
        if self.is_connected || !self.can_write {
            return Ok(None);
        }
        let unreachable = |error: io::Error| BrokerTrouble::Unreachable(words(&error));
        if let Some(error) = self.tcp.take_error().map_err(unreachable)? {
            return Err(unreachable(error));
        }
        match self.tcp.peer_addr() {
            Ok(_) => {
                self.is_connected = true;
                let _ = self.tcp.set_nodelay(true); // else a short line waits for the answer to the one before
                self.tcp.local_addr().map(Some).map_err(unreachable)
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Whether there may be something to read.
    pub fn is_readable(&self) -> bool {
        self.is_connected && self.can_read
    }

    /// Reads what there is, once.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<StreamRead, BrokerTrouble> {
        let Some(tls) = &mut self.tls else {
            return match self.tcp.read(buffer) {
                Ok(0) => Err(BrokerTrouble::Closed),
                Ok(bytes) => Ok(StreamRead::Bytes(bytes)),
                Err(error) => passing(&error).map(|()| {
                    self.can_read = false;
                    StreamRead::NotYet
                }),
            };
        };
        loop {
            match tls.reader().read(buffer) {
                Ok(0) => return Err(BrokerTrouble::Closed),
                Ok(bytes) => return Ok(StreamRead::Bytes(bytes)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Err(BrokerTrouble::Closed), // without the goodbye of TLS
            }
            match tls.read_tls(&mut OneByOne(&mut self.tcp)) {
                Ok(0) if tls.is_handshaking() => return Err(BrokerTrouble::ClosedInHandshake),
                Ok(0) => return Err(BrokerTrouble::Closed),
                Ok(_) => {}
                Err(error) => {
                    passing(&error).map_err(|trouble| in_handshake(trouble, tls.is_handshaking()))?;
                    self.can_read = false;
                    return Ok(StreamRead::NotYet);
                }
            }
            if let Err(error) = tls.process_new_packets() {
                let _ = tls.write_tls(&mut OneByOne(&mut self.tcp)); // why, for whoever looks after the broker
                return Err(trouble(&error));
            }
        }
    }

    /// Takes as much as there is room for now. How much that is.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, BrokerTrouble> {
        if !self.is_connected {
            return Ok(0);
        }
        if self.tls.is_none() {
            if !self.can_write {
                return Ok(0);
            }
            return match self.tcp.write(bytes) {
                Ok(taken) => Ok(taken),
                Err(error) => passing(&error).map(|()| {
                    self.can_write = false;
                    0
                }),
            };
        }
        // What is sealed waits in TLS. It takes more once that has left, so that what cannot leave is not taken for sent.
        self.flush()?;
        let Some(tls) = self.tls.as_mut().filter(|tls| !tls.wants_write()) else { return Ok(0) };
        let taken = tls.writer().write(bytes).unwrap_or(0);
        self.flush()?;
        Ok(taken)
    }

    /// Sends what TLS has to send by itself.
    pub fn flush(&mut self) -> Result<(), BrokerTrouble> {
        let Some(tls) = self.tls.as_mut().filter(|_| self.is_connected) else { return Ok(()) };
        while tls.wants_write() && self.can_write {
            if let Err(error) = tls.write_tls(&mut OneByOne(&mut self.tcp)) {
                passing(&error).map_err(|trouble| in_handshake(trouble, tls.is_handshaking()))?;
                self.can_write = false;
            }
        }
        Ok(())
    }

    /// Nothing is told of it any more.
    pub fn close(mut self, registry: &Registry) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut OneByOne(&mut self.tcp));
        }
        let _ = registry.deregister(&mut self.tcp);
    }
}

/// TCP that takes one buffer at a time: the system call for several raises SIGPIPE where the other side has closed, that for one is
/// told not to.
struct OneByOne<'a>(&'a mut TcpStream);

impl Read for OneByOne<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for OneByOne<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an error is none: it is to be tried again later.
fn passing(error: &io::Error) -> Result<(), BrokerTrouble> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::NotConnected => Ok(()),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => Err(BrokerTrouble::Closed),
        _ => Err(BrokerTrouble::Unreachable(words(error))),
    }
}

fn in_handshake(trouble: BrokerTrouble, is_handshaking: bool) -> BrokerTrouble {
    if trouble == BrokerTrouble::Closed && is_handshaking { BrokerTrouble::ClosedInHandshake } else { trouble }
}

/// What an error of TLS says of the broker.
fn trouble(error: &rustls::Error) -> BrokerTrouble {
    match error {
        rustls::Error::InvalidMessage(_) => BrokerTrouble::NotTls,
        other => BrokerTrouble::Tls(other.to_string()),
    }
}
