//! Who has proven to receive at an address. Whoever has not is sent little, so that nobody can point us at a third.

use std::net::{IpAddr, SocketAddr};

use super::bytes::Bytes;
use super::chance::Chance;
use super::frame::Cookie;
use super::limits::{COOKIE_SECRET_FOR, PROVEN_MAX};
use super::recent::Recent;
use super::time::Moment;

/// Cookies that are made, not stored, and the addresses that brought one back.
#[derive(Debug)]
pub struct Cookies {
    chance: Chance,
    secret: [u8; 32],
    previous: [u8; 32],
    since: Moment,
    proven: Recent<SocketAddr, bool>,
}

impl Cookies {
    /// With a secret of their own.
    pub fn new(chance: &mut Chance) -> Self {
        let mut chance = chance.fork();
        let (secret, previous) = (chance.bytes(), chance.bytes());
        Self { chance, secret, previous, since: Moment::START, proven: Recent::new(PROVEN_MAX) }
    }

    /// What whoever receives at `address` can bring back.
    pub fn bake(&mut self, address: SocketAddr, now: Moment) -> Cookie {
        if now.since(self.since) >= COOKIE_SECRET_FOR {
            self.previous = std::mem::replace(&mut self.secret, self.chance.bytes());
            self.since = now;
        }
        cookie(&self.secret, address)
    }

    /// A cookie came from `address`. Says whether the address is proven now and was not before.
    pub fn accept(&mut self, address: SocketAddr, brought: Cookie) -> bool {
        let is_ours = [&self.secret, &self.previous].iter().any(|secret| cookie(secret, address) == brought);
        is_ours && self.trust(address)
    }

    /// Takes an address for proven: it was named by the user. Says whether that is new.
    pub fn trust(&mut self, address: SocketAddr) -> bool {
        !std::mem::replace(self.proven.entry(address), true)
    }

    /// Whether whoever is at `address` receives there.
    pub fn is_proven(&self, address: SocketAddr) -> bool {
        self.proven.get(&address).copied().unwrap_or(false)
    }
}

fn cookie(secret: &[u8; 32], address: SocketAddr) -> Cookie {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    match address.ip() {
        IpAddr::V4(ip) => hasher.update(&ip.octets()),
        IpAddr::V6(ip) => hasher.update(&ip.octets()),
    };
    Bytes::first_of(hasher.update(&address.port().to_le_bytes()).finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ALICE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
    const BOB: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 2);

    #[test]
    fn a_cookie_proves_the_address_it_was_baked_for_for_a_while() {
        let mut cookies = Cookies::new(&mut Chance::new(&[1; 32]));
        let at = |seconds| Moment::since_start(Duration::from_secs(seconds));
        let cookie = cookies.bake(ALICE, at(0));
        assert!(!cookies.accept(BOB, cookie) && !cookies.accept(ALICE, Cookie::ZERO));
        cookies.bake(BOB, at(130));
        assert!(cookies.accept(ALICE, cookie), "the secret before the last still holds");
        assert!(!cookies.accept(ALICE, cookie), "which is news only once");
        assert!(cookies.is_proven(ALICE) && !cookies.is_proven(BOB));
        let cookie = cookies.bake(BOB, at(130));
        cookies.bake(BOB, at(260));
        cookies.bake(BOB, at(390));
        assert!(!cookies.accept(BOB, cookie), "an old one does not");
    }
}
