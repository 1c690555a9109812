//! Peers as written → addresses to send to.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, ToSocketAddrs};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use mio::Waker;
use thiserror::Error;

use crate::chat::base::address::{Host, Literal, PeerName};
use crate::chat::base::limits::NAMED_PEERS_MAX;
use crate::chat::base::time::Moment;
use crate::shell::net::lan::Interfaces;
use crate::shell::net::named_hosts::NamedHosts;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// Why a peer has no address. Nothing has been sent.
#[derive(Debug, Error)]
pub enum Unresolved {
    /// The resolver does not know the name, or did not answer.
    #[error("{}", en::system::unknown_host(.name, words(.error)))]
    UnknownHost {
        /// The name.
        name: String,
        /// In the system's words.
        error: io::Error,
    },
    /// The zone of a link-local address names no interface.
    #[error("{}", en::system::unknown_interface(.name, .known))]
    UnknownInterface {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// The addresses of `peer`, at least one, IPv4 first. May wait for the resolver.
pub fn resolve(peer: &PeerName, interfaces: &Interfaces) -> Result<Vec<SocketAddr>, Unresolved> {
    let mut addresses = match &peer.host {
        Host::Literal(literal) => vec![address(literal, peer.port, interfaces)?],
        Host::Name(name) => look_up(name, peer.port)?,
    };
    addresses.sort_by_key(SocketAddr::is_ipv6); // stable: within a family the resolver's order stays
    addresses.dedup();
    Ok(addresses)
}

/// The socket address of a literal, its zone looked up.
pub fn address(literal: &Literal, port: u16, interfaces: &Interfaces) -> Result<SocketAddr, Unresolved> {
    match (literal.ip, &literal.zone) {
        (IpAddr::V6(ip), Some(zone)) => {
            let index = zone_index(zone, interfaces)?;
            Ok(SocketAddrV6::new(ip, port, 0, index).into())
        }
        (ip, _) => Ok(SocketAddr::new(ip, port)),
    }
}

/// An interface by its name, or by its index where it has no name that could be typed.
fn zone_index(zone: &str, interfaces: &Interfaces) -> Result<u32, Unresolved> {
    let unknown = || Unresolved::UnknownInterface { name: zone.to_owned(), known: interfaces.names() };
    interfaces.find(zone).map(|interface| interface.index).or_else(|| zone.parse().ok()).ok_or_else(unknown)
}

fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    let unknown = |error| Unresolved::UnknownHost { name: name.to_owned(), error };
    let addresses: Vec<SocketAddr> = (name, port).to_socket_addrs().map_err(unknown)?.collect();
    if addresses.is_empty() {
        return Err(unknown(io::Error::other("it has no address")));
    }
    Ok(addresses)
}

/// How often names that were not known are looked up again.
const LOOK_UP_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Names that were not known at the start, or were named since. The system's resolver can only be waited for, which a thread does.
#[derive(Debug)]
pub struct Unknown {
    peers: Vec<PeerName>,
    /// Those that are known, and may move.
    hosts: NamedHosts,
    next: Moment,
    answer: Option<Receiver<(PeerName, Vec<SocketAddr>)>>,
    /// Those that were never looked up before.
    new: Vec<PeerName>,
    /// Those that are looked up for the first time now.
    asked: Vec<PeerName>,
    /// Those that nobody knows and whose user was not told so.
    missing: Vec<PeerName>,
    waker: std::sync::Arc<Waker>,
}

impl Unknown {
    /// These are to be looked up again; of those addresses are known.
    pub fn new(peers: Vec<PeerName>, hosts: NamedHosts, waker: std::sync::Arc<Waker>) -> Self {
        Self {
            peers,
            hosts,
            next: Moment::START.after(LOOK_UP_AGAIN_AFTER),
            answer: None,
            new: Vec::new(),
            asked: Vec::new(),
            missing: Vec::new(),
            waker,
        }
    }

    /// One more is to be looked up, now. Says whether there is room for it; one that is looked up already needs none.
    pub fn add(&mut self, peer: PeerName, now: Moment) -> bool {
        let is_known = self.peers.contains(&peer) || self.new.contains(&peer);
        if !is_known && self.peers.len() + self.new.len() >= NAMED_PEERS_MAX {
            return false;
        }
        self.next = now;
        if !is_known {
            self.new.push(peer);
        }
        true
    }

    /// One that was found is to be looked up again, now.
    fn look_up_again(&mut self, peer: PeerName, now: Moment) {
        if !self.peers.contains(&peer) {
            self.peers.push(peer);
            self.next = now;
        }
    }

    /// Those that were looked up for the first time and not found. They are looked up again.
    pub fn take_missing(&mut self) -> Vec<PeerName> {
        std::mem::take(&mut self.missing)
    }

    /// Something came from there.
    pub fn hear(&mut self, from: SocketAddr, now: Moment) {
        self.hosts.hear(from, now);
    }

    /// When they are looked up again.
    pub fn deadline(&self) -> Option<Moment> {
        let is_any = !self.peers.is_empty() || !self.new.is_empty();
        let next = (is_any && self.answer.is_none()).then_some(self.next);
        next.into_iter().chain(self.hosts.deadline()).min()
    }

    /// Begins to look up what is due, and hands out what was found meanwhile.
    pub fn found(&mut self, now: Moment) -> Vec<SocketAddr> {
        for silent in self.hosts.take_silent(now) {
            self.look_up_again(silent, now);
        }
        if self.answer.is_none() && self.next <= now && !(self.peers.is_empty() && self.new.is_empty()) {
            self.next = now.after(LOOK_UP_AGAIN_AFTER);
            self.asked = std::mem::take(&mut self.new);
            self.peers.extend(self.asked.iter().cloned());
            self.answer = Some(look_up_all(self.peers.clone(), self.waker.clone()));
        }
        let mut found = Vec::new();
        while let Some(answer) = &self.answer {
            match answer.try_recv() {
                Ok((peer, addresses)) => {
                    self.peers.retain(|unknown| *unknown != peer);
                    self.hosts.learn(&peer, &addresses, now);
                    found.extend(addresses);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.answer = None;
                    let is_missing = |peer: &PeerName| self.peers.contains(peer);
                    self.missing.extend(std::mem::take(&mut self.asked).into_iter().filter(is_missing));
                }
            }
        }
        found
    }
}

/// Looks names up in a thread that ends with the last of them.
fn look_up_all(peers: Vec<PeerName>, waker: std::sync::Arc<Waker>) -> Receiver<(PeerName, Vec<SocketAddr>)> {
    let (sender, answer) = channel();
    std::thread::spawn(move || {
        for peer in peers {
            if let Host::Name(name) = &peer.host
                && let Ok(addresses) = look_up(name, peer.port)
                && sender.send((peer.clone(), addresses)).is_ok()
            {
                let _ = waker.wake(); // fails only when the loop is gone
            }
        }
        drop(sender);
        let _ = waker.wake();
    });
    answer
}

/// The addresses of one host; in the system's words why there are none. May wait for the resolver.
pub fn look_up_host(host: &PeerName) -> Result<Vec<SocketAddr>, String> {
    match &host.host {
        Host::Literal(literal) => Ok(vec![SocketAddr::new(literal.ip, host.port)]),
        Host::Name(name) => look_up(name, host.port).map_err(|unresolved| match unresolved {
            Unresolved::UnknownHost { error, .. } => words(&error),
            unknown @ Unresolved::UnknownInterface { .. } => unknown.to_string(),
        }),
    }
}

/// Does what can only be waited for in a thread of its own, and wakes the loop. Where there can be no thread nothing comes.
pub fn apart<T: Send + 'static>(
    waker: std::sync::Arc<Waker>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Receiver<T> {
    let (sender, done) = channel();
    let begun = std::thread::Builder::new().spawn(move || {
        let _ = sender.send(work()); // nobody waits for it any more
        let _ = waker.wake(); // fails only when the loop is gone
    });
    drop(begun);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_are_looked_up_and_the_same_one_once() {
        let poll = mio::Poll::new().expect("a poll");
        let waker = Waker::new(poll.registry(), mio::Token(0)).expect("a waker");
        let mut unknown = Unknown::new(Vec::new(), NamedHosts::default(), std::sync::Arc::new(waker));
        let mut add =
            |number: usize| unknown.add(format!("host-{number}.invalid").parse().expect("a name"), Moment::START);
        assert!((0..NAMED_PEERS_MAX).all(&mut add));
        assert_eq!([add(NAMED_PEERS_MAX), add(0)], [false, true]);
        assert_eq!(unknown.new.len(), NAMED_PEERS_MAX);
    }
}
