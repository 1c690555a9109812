//! What each address may ask of this node: less where nobody has proven to receive there, so that nobody can point us at a
//! third.

use std::net::SocketAddr;

use crate::chat::base::inbox::is_inbox;
use crate::chat::base::metrics::{Kind, Tally};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::peers::cookies::Cookies;
use crate::chat::peers::rate_limits::RateLimits;
use crate::chat::wire::frame::Cookie;

/// The addresses that others speak from: which the user named, which are proven, and how much each has asked.
#[derive(Debug)]
pub struct Addresses {
    configured: Vec<SocketAddr>,
    cookies: Cookies,
    rate_limits: RateLimits,
}

impl Addresses {
    /// The user named these.
    pub fn new(configured: &[SocketAddr], rng: &mut Rng) -> Self {
        let mut addresses =
            Self { configured: Vec::new(), cookies: Cookies::new(rng), rate_limits: RateLimits::default() };
        for &address in configured {
            addresses.add(address);
        }
        addresses
    }

    /// The user names one more. Says whether that is new. Nobody can be named at a broker.
    pub fn add(&mut self, address: SocketAddr) -> bool {
        if is_inbox(address) {
            return false;
        }
        self.cookies.trust(address);
        let is_new = !self.configured.contains(&address);
        if is_new {
            self.configured.push(address);
        }
        is_new
    }

    /// Those that the user named.
    pub fn configured(&self) -> impl Iterator<Item = SocketAddr> {
        self.configured.iter().copied()
    }

    /// Whether whoever is there receives there: it brought a cookie back, or the user named it.
    pub fn is_proven(&self, address: SocketAddr) -> bool {
        self.cookies.is_proven(address)
    }

    /// A cookie came from there. Says whether it is ours.
    pub fn accept(&mut self, from: SocketAddr, cookie: Cookie, now: Moment) -> bool {
        self.cookies.accept(from, cookie, now)
    }

    /// What whoever is there is to bring back, where one more small answer may go there.
    pub fn bake(&mut self, to: SocketAddr, now: Moment) -> Option<Cookie> {
        self.may_answer(to, now).then(|| self.cookies.bake(to, now))
    }

    /// Whoever is there gave us this, to be brought back.
    pub fn keep(&mut self, from: SocketAddr, cookie: Cookie) {
        self.cookies.keep(from, cookie);
    }

    /// What whoever is there gave us last; zeros where it gave nothing.
    pub fn given_by(&self, address: SocketAddr) -> Cookie {
        self.cookies.given_by(address)
    }

    /// Whether one more datagram from an address where no live peer is is looked at.
    pub fn takes_datagram(&mut self, from: SocketAddr, now: Moment) -> bool {
        self.rate_limits.takes_datagram(from, now)
    }

    /// Whether one more frame of this kind is looked at.
    pub fn takes_frame(&mut self, from: SocketAddr, kind: Kind, now: Moment) -> bool {
        self.rate_limits.takes_frame(from, self.cookies.is_proven(from), kind, now)
    }

    /// Whether whoever has proven to be there may ask for something once more, or compare.
    pub fn takes_ask(&mut self, from: SocketAddr, is_comparison: bool, now: Moment) -> bool {
        self.rate_limits.takes_ask(from, is_comparison, now)
    }

    /// Whether one more signature that came from there may be looked at. `is_live`: of a live peer.
    pub fn may_verify(&mut self, from: SocketAddr, is_live: bool, now: Moment) -> bool {
        self.rate_limits.may_verify(from, is_live || self.configured.contains(&from), now)
    }

    /// A signature that came from there was wrong. `is_live`: from a live peer's address.
    pub fn distrust(&mut self, from: SocketAddr, is_live: bool, now: Moment) {
        self.rate_limits.distrust(from, is_live || self.configured.contains(&from), now);
    }

    /// Whether one more log may begin with what came from there. `is_claimed`: it claimed to hold that before.
    pub fn may_begin_log(&mut self, from: SocketAddr, is_claimed: bool, now: Moment) -> bool {
        self.rate_limits.may_begin_log(from, self.cookies.is_proven(from), is_claimed, now)
    }

    /// Whether whoever is there may be asked for something once more.
    pub fn may_ask(&mut self, holder: SocketAddr, now: Moment) -> bool {
        self.rate_limits.may_ask(holder, self.cookies.is_proven(holder), now)
    }

    /// Whether a small answer may go there that nothing new is the reason of.
    pub fn may_answer(&mut self, to: SocketAddr, now: Moment) -> bool {
        self.rate_limits.may_answer(to, self.cookies.is_proven(to), now)
    }

    /// Whether an answer of so many bytes may go there.
    pub fn may_answer_bytes(&mut self, to: SocketAddr, bytes: usize, now: Moment) -> bool {
        self.rate_limits.may_answer_bytes(to, bytes, now)
    }

    /// A datagram could not be opened: under another secret, or changed on its way.
    pub fn count_unsealed(&mut self) {
        self.rate_limits.tally.seal += 1;
    }

    /// What was sealed is none of ours.
    pub fn count_malformed(&mut self) {
        self.rate_limits.tally.malformed += 1;
    }

    /// What was refused so far.
    pub fn refused(&self) -> Tally {
        self.rate_limits.tally
    }

    /// How many addresses are proven, have given a cookie, and have asked: proven ones and others.
    pub fn len(&self) -> [usize; 4] {
        let ((proven, given), (callers, strangers)) = (self.cookies.len(), self.rate_limits.len());
        [proven, given, callers, strangers]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::limits::ANSWERS_RATE;

    #[test]
    fn who_is_named_is_proven_and_who_is_not_brings_a_cookie_back_first() {
        let address = |port| SocketAddr::from(([10, 0, 0, 1], port));
        let (named, stranger, now) = (address(1), address(2), Moment::START);
        let mut addresses = Addresses::new(&[named], &mut Rng::new(&[1; 32]));
        assert!(addresses.is_proven(named) && !addresses.is_proven(stranger) && !addresses.add(named));
        let cookie = addresses.bake(stranger, now).expect("it has asked for nothing yet");
        assert!(!addresses.accept(named, cookie, now) && !addresses.is_proven(stranger), "it was baked for another");
        assert!(addresses.accept(stranger, cookie, now) && addresses.is_proven(stranger));
        assert!(!addresses.add(SocketAddr::from(([0x100, 0, 0, 0, 0, 0, 0, 7], 7788))), "an inbox at a broker");
        assert_eq!(addresses.configured().collect::<Vec<_>>(), [named]);
    }

    #[test]
    fn a_stranger_is_given_so_many_cookies() {
        let mut addresses = Addresses::new(&[], &mut Rng::new(&[1; 32]));
        let to = SocketAddr::from(([10, 0, 0, 1], 1));
        let baked = (0..1000).filter_map(|_| addresses.bake(to, Moment::START)).count();
        assert_eq!((baked, addresses.refused().flood), (ANSWERS_RATE as usize, 1000 - u64::from(ANSWERS_RATE)));
    }
}
