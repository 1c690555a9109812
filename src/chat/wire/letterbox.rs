//! What private messages are sealed with and opened by: HPKE (RFC 9180) to keys that are erased a while after they were replaced.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{PREKEY_FOR, PREKEY_KEPT_FOR, PREKEYS_MAX};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::{Wall, millis};
use crate::chat::keys::identity::{Hint, Prekey};
use crate::chat::wire;
use crate::chat::wire::private_body::PrivateBody;

type Suite = X25519HkdfSha256;

/// What every private message is sealed for, so that nothing else sealed to the same key is one.
const INFO: &[u8] = b"chinwag 1 private";

/// The prekeys of a profile, the one in use first.
#[derive(Clone)]
pub struct Letterbox(Vec<HeldPrekey>);

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct HeldPrekey {
    secret: [u8; 32],
    #[zeroize(skip)]
    public: Prekey,
    /// When it came into use.
    #[zeroize(skip)]
    made: Wall,
    /// When another one did; zero while it is in use.
    #[zeroize(skip)]
    replaced: Wall,
}

/// How many bytes a prekey takes where it is kept.
const HELD_BYTES: usize = 32 + 8 + 8;

/// What the file of prekeys begins with.
const MAGIC: &[u8] = b"chinwag prekeys 1\n";

impl Letterbox {
    /// One with a first prekey.
    pub fn new(secret: &[u8; 32], now: Wall) -> Self {
        Self(vec![HeldPrekey::new(secret, now)])
    }

    /// The prekey that others are to use.
    pub fn prekey(&self) -> Prekey {
        self.0[0].public
    }

    /// The same with another prekey in use, and without those that are too old.
    #[must_use]
    pub fn renewed(&self, secret: &[u8; 32], now: Wall) -> Self {
        let mut all = vec![HeldPrekey::new(secret, now)];
        all.extend(self.0.iter().cloned());
        all[1].replaced = now;
        all.truncate(PREKEYS_MAX);
        let mut renewed = Self(all);
        renewed.forget(now);
        renewed
    }

    /// Erases what was replaced long enough ago. Says whether there was anything.
    pub fn forget(&mut self, now: Wall) -> bool {
        let count = self.0.len();
        self.0.retain(|held| held.replaced == Wall(0) || !is_over(held.replaced, PREKEY_KEPT_FOR, now));
        self.0.len() < count
    }

    /// How long until the prekey in use is to be replaced.
    pub fn due_in(&self, now: Wall) -> Duration {
        Duration::from_millis(self.0[0].made.0.saturating_add(millis(PREKEY_FOR)).saturating_sub(now.0)).min(PREKEY_FOR)
    }

    /// Whether the prekey in use is to be replaced.
    pub fn is_old(&self, now: Wall) -> bool {
        is_over(self.0[0].made, PREKEY_FOR, now)
    }

    /// As it is kept.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAGIC.len() + PREKEYS_MAX * HELD_BYTES));
        bytes.extend_from_slice(MAGIC);
        for held in &self.0 {
            bytes.extend_from_slice(&held.secret);
            bytes.extend_from_slice(&held.made.0.to_be_bytes());
            bytes.extend_from_slice(&held.replaced.0.to_be_bytes());
        }
        bytes
    }

    /// As it was kept; `None`: it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (parts, rest) = bytes.strip_prefix(MAGIC)?.as_chunks::<HELD_BYTES>();
        if parts.is_empty() || parts.len() > PREKEYS_MAX || !rest.is_empty() {
            return None;
        }
        let number = |bytes: &[u8]| Wall(u64::from_be_bytes(Bytes::<8>::first_of(bytes).0));
        let held = |part: &[u8; HELD_BYTES]| {
            let secret = Zeroizing::new(Bytes::<32>::first_of(part).0);
            HeldPrekey { replaced: number(&part[40..]), ..HeldPrekey::new(&secret, number(&part[32..])) }
        };
        Some(Self(parts.iter().map(held).collect()))
    }

    /// The private message in `body`, which stands behind `header`; `None`: none of the prekeys opens it. Nothing in it: it opens, and is
    /// no private message of this version.
    pub fn open(&self, header: &[u8], body: &[u8]) -> Option<Option<PrivateBody>> {
        let (head, sealed) = body.split_at_checked(HINT + PREKEY)?;
        let key = <Suite as Kem>::EncappedKey::from_bytes(&head[HINT..]).ok()?;
        self.0.iter().find_map(|held| {
            let secret = <Suite as Kem>::PrivateKey::from_bytes(&held.secret).ok()?;
            let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
                &OpModeR::Base,
                &secret,
                &key,
                INFO,
                sealed,
                header,
            );
            Some(wire::private_body(&Zeroizing::new(opened.ok()?)))
        })
    }
}

impl HeldPrekey {
    fn new(secret: &[u8; 32], made: Wall) -> Self {
        let private = <Suite as Kem>::PrivateKey::from_bytes(secret).expect("any 32 bytes are a key");
        let public = Bytes::first_of(&Suite::sk_to_pk(&private).to_bytes());
        Self { secret: *secret, public, made, replaced: Wall(0) }
    }
}

/// The secrets are not shown.
impl fmt::Debug for Letterbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letterbox({} prekeys)", self.0.len())
    }
}

fn is_over(since: Wall, span: Duration, now: Wall) -> bool {
    now.0 >= since.0.saturating_add(millis(span))
}

/// Where the parts of a sealed body end: what the receiver knows it by, and the key it was sealed with.
const HINT: usize = 8;
const PREKEY: usize = 32;

/// Seals a private message to whoever announced `to`. `None`: nothing can be sealed to that, which then is no key.
pub fn seal(private_body: &PrivateBody, to: Prekey, hint: Hint, header: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let to = <Suite as Kem>::PublicKey::from_bytes(&to.0).ok()?;
    let (key, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
        &OpModeS::Base,
        &to,
        INFO,
        &wire::encode_private_body(private_body)?,
        header,
        &mut Dice(rng),
    )
    .ok()?;
    Some([&hint.0[..], &key.to_bytes(), &sealed].concat())
}

/// The randomness that was handed in, as the library takes it.
struct Dice<'a>(&'a mut Rng);

impl TryRng for Dice<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.chunks_mut(32).for_each(|part| part.copy_from_slice(&self.0.bytes::<32>()[..part.len()]));
        Ok(())
    }
}

impl TryCryptoRng for Dice<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::wire::entry::Text;
    use crate::chat::wire::private_body::private_bodies;

    const DAY: u64 = 24 * 3600 * 1000;

    fn text(text: &str) -> PrivateBody {
        PrivateBody::Text(Text { lines: vec![text.to_owned()], continues: false, is_auto: false })
    }

    fn sealed(private_body: &PrivateBody, to: &Letterbox) -> Vec<u8> {
        seal(private_body, to.prekey(), Bytes([9; 8]), b"header", &mut Rng::new(&[3; 32])).unwrap()
    }

    #[test]
    fn only_whom_it_is_to_opens_a_letter_and_only_behind_its_header() {
        let (bob, carol) = (Letterbox::new(&[1; 32], Wall(0)), Letterbox::new(&[2; 32], Wall(0)));
        let private_body = text("see you at noon");
        let body = sealed(&private_body, &bob);
        assert_eq!(bob.open(b"header", &body), Some(Some(private_body)));
        assert_eq!((carol.open(b"header", &body), bob.open(b"other", &body)), (None, None));
        for at in HINT..body.len() {
            let mut damaged = body.clone();
            damaged[at] ^= 1;
            assert_eq!(bob.open(b"header", &damaged), None, "byte {at}");
        }
        assert!((0..body.len()).all(|end| bob.open(b"header", &body[..end]).is_none()));
    }

    #[test]
    fn the_length_of_a_letter_tells_little() {
        let bob = Letterbox::new(&[1; 32], Wall(0));
        let lengths = ["", "yes", "no", &"x".repeat(50)].map(|words| sealed(&text(words), &bob).len());
        assert_eq!(lengths, [HINT + PREKEY + 64 + 16; 4]);
        let long = "é".repeat(2000);
        let parts = private_bodies(&long, false);
        let said: String = parts
            .iter()
            .map(|part| match bob.open(b"header", &sealed(part, &bob)) {
                Some(Some(PrivateBody::Text(text))) => text.lines.concat(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((said, parts.len()), (long, 6));
    }

    #[test]
    fn a_private_message_can_be_opened_for_eight_days_after_its_key_was_replaced_and_never_again() {
        let first = Letterbox::new(&[1; 32], Wall(0));
        let body = sealed(&text("hi"), &first);
        assert!(!first.is_old(Wall(DAY - 1)) && first.is_old(Wall(DAY)));
        let mut later = first.renewed(&[2; 32], Wall(DAY));
        assert!(later.open(b"header", &body).is_some());
        assert!(!later.forget(Wall(9 * DAY - 1)) && later.forget(Wall(9 * DAY)));
        assert_eq!(later.open(b"header", &body), None);
        assert!(!later.to_bytes().windows(32).any(|bytes| bytes == [1; 32]), "its secret is nowhere");
        let kept = Letterbox::from_bytes(&later.to_bytes()).unwrap();
        assert_eq!((kept.prekey(), kept.0.len()), (later.prekey(), 1));
        assert!(Letterbox::from_bytes(b"chinwag prekeys 1\n").is_none());
    }

    #[test]
    fn so_many_prekeys_are_kept_and_the_oldest_go() {
        let first = Letterbox::new(&[200; 32], Wall(0));
        let body = sealed(&text("hi"), &first);
        let renewals = (1..2 * PREKEYS_MAX).scan(first, |held, number| {
            *held = held.renewed(&[u8::try_from(number).unwrap(); 32], Wall(0));
            Some((held.0.len(), held.open(b"header", &body).is_some()))
        });
        let renewals: Vec<(usize, bool)> = renewals.collect();
        assert_eq!(renewals[PREKEYS_MAX - 2], (PREKEYS_MAX, true));
        assert_eq!(renewals[PREKEYS_MAX - 1], (PREKEYS_MAX, false));
        assert_eq!(renewals.iter().map(|&(held, _)| held).max(), Some(PREKEYS_MAX));
    }
}
