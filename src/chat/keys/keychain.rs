//! The secrets of one sealed room: the one in use, and those that others may not know to be replaced.

use zeroize::Zeroizing;

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{FORMER_SECRETS_MAX, LEFT_OUT_MAX};
use crate::chat::base::time::Wall;
use crate::chat::keys::identity::{Author, ShortKey};
use crate::chat::keys::secret::{RoomName, SECRET_BYTES, Secret};

/// The secrets of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keychain {
    /// The room.
    pub room: RoomName,
    /// The one in use.
    pub current: Secret,
    /// Those it replaced of late, and until when they are listened to.
    pub former: Vec<(Secret, Wall)>,
    /// Who was not to have the one in use.
    pub left_out: Vec<ShortKey>,
}

/// How many bytes tell whether the others are as they were.
const CHECK: usize = 8;

fn check(bytes: &[u8]) -> [u8; CHECK] {
    Bytes::first_of(blake3::hash(bytes).as_bytes()).0
}

/// What the file of a keychain begins with.
const MAGIC: &[u8] = b"chinwag keychain 2\n";
/// And began with when it did not say who was left out.
const MAGIC_1: &[u8] = b"chinwag keychain 1\n";

impl Keychain {
    /// The keychain of a room that has had no other secret.
    pub fn new(room: RoomName, current: Secret) -> Self {
        Self { room, current, former: Vec::new(), left_out: Vec::new() }
    }

    /// The same with another secret in use, which these are not to have. The one before is listened to for a while.
    #[must_use]
    pub fn renewed(&self, current: Secret, until: Wall, left_out: Vec<ShortKey>) -> Self {
        let mut former = vec![(self.current.clone(), until)];
        former.extend(self.former.iter().filter(|(secret, _)| *secret != current).cloned());
        former.truncate(FORMER_SECRETS_MAX);
        Self { room: self.room.clone(), current, former, left_out }
    }

    /// Forgets what is no longer listened to. Says whether anything was.
    pub fn forget_before(&mut self, now: Wall) -> bool {
        let count = self.former.len();
        self.former.retain(|&(_, until)| until > now);
        self.former.len() < count
    }

    /// Whether `author` was not to have the secret in use.
    pub fn leaves_out(&self, author: Author) -> bool {
        self.left_out.contains(&Bytes::first_of(&author.0))
    }

    /// `author` has the secret in use after all.
    pub fn readmit(&mut self, author: Author) {
        self.left_out.retain(|key| *key != Bytes::first_of(&author.0));
    }

    /// As it is kept.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let name = self.room.as_str().as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024)); // or it would leave copies behind while it grows
        bytes.extend_from_slice(MAGIC);
        bytes.push(u8::try_from(name.len()).expect("a name is short"));
        bytes.extend_from_slice(name);
        bytes.push(u8::try_from(self.left_out.len()).expect("few are left out"));
        self.left_out.iter().for_each(|key| bytes.extend_from_slice(&key.0));
        for (secret, until) in std::iter::once((&self.current, Wall(0))).chain(self.former.iter().map(|(s, u)| (s, *u)))
        {
            bytes.extend_from_slice(&*secret.to_bytes());
            bytes.extend_from_slice(&until.0.to_be_bytes());
        }
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// As it was kept; `None`: it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (bytes, sum) = bytes.split_last_chunk::<CHECK>()?;
        let body = bytes.strip_prefix(MAGIC).or_else(|| bytes.strip_prefix(MAGIC_1));
        let (&length, rest) = body.filter(|_| check(bytes) == *sum)?.split_first()?;
        let (name, mut rest) = rest.split_at_checked(length.into())?;
        let room = RoomName::parse(std::str::from_utf8(name).ok()?).ok()?;
        let mut left_out = Vec::new();
        if bytes.starts_with(MAGIC) {
            let (&count, behind) = rest.split_first().filter(|&(&count, _)| usize::from(count) <= LEFT_OUT_MAX)?;
            let (keys, behind) = behind.split_at_checked(usize::from(count) * size_of::<ShortKey>())?;
            left_out.extend(keys.as_chunks().0.iter().map(|&key| Bytes(key)));
            rest = behind;
        }
        let (parts, rest) = rest.as_chunks::<{ SECRET_BYTES + 8 }>();
        if !rest.is_empty() || parts.len() > 1 + FORMER_SECRETS_MAX {
            return None;
        }
        let part = |part: &[u8; SECRET_BYTES + 8]| {
            let (secret, until) = part.split_at(SECRET_BYTES);
            let secret = Zeroizing::new(Bytes::<SECRET_BYTES>::first_of(secret).0);
            Some((Secret::from_bytes(&secret)?, Wall(u64::from_be_bytes(Bytes::<8>::first_of(until).0))))
        };
        let mut all = parts.iter().map(part).collect::<Option<Vec<_>>>()?.into_iter();
        let (current, _) = all.next()?;
        Some(Self { room, current, former: all.collect(), left_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::time::Stamp;

    #[test]
    fn a_keychain_is_kept_as_it_is_and_nothing_else_is_taken_for_one() {
        let first = Secret::of_invite(&[1; 16]);
        let second = Secret::renewed(&[2; 16], first.room(), Stamp::from_number(99));
        let room = RoomName::parse("café").unwrap();
        let chain = Keychain::new(room, first.clone()).renewed(second, Wall(1000), vec![Bytes([7; 8]), Bytes([8; 8])]);
        let bytes = chain.to_bytes();
        assert_eq!(Keychain::from_bytes(&bytes), Some(chain.clone()));
        assert!(chain.leaves_out(Bytes([7; 32])) && !chain.leaves_out(Bytes([6; 32])));
        for at in 0..bytes.len() - 1 {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1;
            assert_eq!((Keychain::from_bytes(&bytes[..at]), Keychain::from_bytes(&damaged)), (None, None), "{at}");
        }
        let mut later = chain;
        assert!(!later.forget_before(Wall(999)) && later.former == [(first, Wall(1000))]);
        assert!(later.forget_before(Wall(1000)) && later.former.is_empty());
    }

    #[test]
    fn a_keychain_that_does_not_say_who_was_left_out_is_read() {
        let chain = Keychain::new(RoomName::parse("team").unwrap(), Secret::of_invite(&[1; 16]));
        let bytes = chain.to_bytes();
        let (before, behind) = (MAGIC.len() + 1 + "team".len(), bytes.len() - CHECK);
        let mut first = [MAGIC_1, &bytes[MAGIC.len()..before], &bytes[before + 1..behind]].concat();
        first.extend_from_slice(&check(&first));
        assert_eq!(Keychain::from_bytes(&first), Some(chain));
    }
}
