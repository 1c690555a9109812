//! Who has proven to receive at an address. Whoever has not is sent little, so that nobody can point us at a third.

use std::net::{IpAddr, SocketAddr};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{COOKIE_SECRET_FOR, PROVEN_MAX};
use crate::chat::base::recent::Recent;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::wire::frame::Cookie;

/// Cookies that are made, not stored, the addresses that brought one back, and the cookies that others gave us.
#[derive(Debug)]
pub struct Cookies {
    rng: Rng,
    secret: [u8; 32],
    previous: [u8; 32],
    since: Moment,
    proven: Recent<SocketAddr, bool>,
    given: Recent<SocketAddr, Option<Cookie>>,
}

impl Cookies {
    /// With a secret of their own.
    pub fn new(rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        let (secret, previous) = (rng.bytes(), rng.bytes());
        let (proven, given) = (Recent::new(PROVEN_MAX), Recent::new(PROVEN_MAX));
        Self { rng, secret, previous, since: Moment::START, proven, given }
    }

    /// What whoever receives at `address` can bring back.
    pub fn bake(&mut self, address: SocketAddr, now: Moment) -> Cookie {
        self.turn(now);
        cookie(&self.secret, address)
    }

    /// A cookie came from `address`. Says whether it was made for it, and not too long ago; then the address is proven.
    pub fn accept(&mut self, address: SocketAddr, brought: Cookie, now: Moment) -> bool {
        self.turn(now);
        let is_ours = [&self.secret, &self.previous].iter().any(|secret| cookie(secret, address) == brought);
        if is_ours {
            self.trust(address);
        }
        is_ours
    }

    /// Both secrets are new after twice the time that one is used.
    fn turn(&mut self, now: Moment) {
        for _ in 0..2 {
            if now.since(self.since) >= COOKIE_SECRET_FOR {
                self.previous = std::mem::replace(&mut self.secret, self.rng.bytes());
                self.since = self.since.after(COOKIE_SECRET_FOR);
            }
        }
        if now.since(self.since) >= COOKIE_SECRET_FOR {
            self.since = now;
        }
    }

    /// Whoever is at `address` gave us this, to be brought back.
    pub fn keep(&mut self, address: SocketAddr, given: Cookie) {
        *self.given.entry(address) = Some(given);
    }

    /// What whoever is at `address` gave us last; zeros where it gave nothing.
    pub fn given_by(&self, address: SocketAddr) -> Cookie {
        self.given.get(&address).copied().flatten().unwrap_or(Cookie::ZERO)
    }

    /// Takes an address for proven: it was named by the user. Says whether that is new.
    pub fn trust(&mut self, address: SocketAddr) -> bool {
        !std::mem::replace(self.proven.entry(address), true)
    }

    /// How many addresses are proven, and of how many there is a cookie, for whoever checks the bounds.
    pub fn len(&self) -> (usize, usize) {
        (self.proven.len(), self.given.len())
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

    fn at(seconds: u64) -> Moment {
        Moment::since_start(Duration::from_secs(seconds))
    }

    #[test]
    fn a_cookie_proves_the_address_it_was_baked_for() {
        let mut cookies = Cookies::new(&mut Rng::new(&[1; 32]));
        let cookie = cookies.bake(ALICE, at(0));
        assert!(!cookies.accept(BOB, cookie, at(1)) && !cookies.accept(ALICE, Cookie::ZERO, at(1)));
        assert!(cookies.accept(ALICE, cookie, at(1)));
        assert!(cookies.is_proven(ALICE) && !cookies.is_proven(BOB));
    }

    #[test]
    fn a_cookie_holds_for_two_minutes_at_least_and_four_at_most_also_where_none_is_made_meanwhile() {
        for (baked, holds, refused) in [(0, 239, 240), (119, 239, 240), (60, 180, 300), (1000, 1119, 1240)] {
            let mut cookies = Cookies::new(&mut Rng::new(&[1; 32]));
            let cookie = cookies.bake(ALICE, at(baked));
            assert!(cookies.accept(ALICE, cookie, at(holds)), "{baked}");
            assert!(!cookies.accept(ALICE, cookie, at(refused)), "{baked}");
            assert!(!cookies.accept(ALICE, cookie, at(100_000)), "{baked}");
        }
    }
}
