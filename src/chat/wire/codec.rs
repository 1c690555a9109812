//! Frames ↔ sealed datagrams. The only file that knows bincode.

use std::rc::Rc;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{BODY_BYTES_MAX, FRAME_DATAGRAM_BYTES_MAX};
use crate::chat::base::rng::Rng;
use crate::chat::keys::exchange::{Accept, Begin};
use crate::chat::keys::identity::{self, EntryId, Identity, Purpose, RoomId, Verify};
use crate::chat::keys::secret::{RoomKeys, Tag};
use crate::chat::wire::cipher::{MAC, NONCE, open_extended, seal_extended};
use crate::chat::wire::entry::{Body, Entry, Header, Text};
use crate::chat::wire::frame::{Beacon, Frame, Signed};
use crate::chat::wire::offer::Offers;
use crate::chat::wire::private_body::{PRIVATE_BODY_BYTES, PrivateBody};

/// The first bytes of every frame. `FF` begins no text in UTF-8, GBK or Big5.
pub(super) const MAGIC: [u8; 2] = [0xff, 0x43];
const VERSION: u8 = 1;
/// The version byte of what a broker carries. By UDP it is nothing.
pub(super) const CARRIED: u8 = 3;
/// The fields before the nonce, which are authenticated and not hidden.
const HEAD: usize = MAGIC.len() + 1 + 8;

/// How many bytes a frame may have.
pub const FRAME_BYTES_MAX: usize = FRAME_DATAGRAM_BYTES_MAX - HEAD - NONCE - MAC;

/// What decoding may claim, in decoded bytes, which small numbers have more of than encoded ones.
const BUDGET: usize = 64 * 1024;
const CONFIG: Configuration<LittleEndian, Varint, Limit<BUDGET>> = bincode::config::standard().with_limit::<BUDGET>();

/// Why a datagram is no frame of a room. All of them are the sender's fault; they are counted and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadFrame {
    /// Longer than a datagram of ours may be.
    #[error("too long")]
    TooLong,
    /// The seal is not that of this room.
    #[error("not sealed for this room")]
    Seal,
    /// It is our own, which came back.
    #[error("its own")]
    Echo,
    /// What the seal holds is no value, has bytes behind it, or has more than one encoding.
    #[error("malformed")]
    Malformed,
    /// It is not signed by whom it names.
    #[error("not signed by its author")]
    Signature,
}

/// The length of a copy.
pub const OWN_COPY_BYTES: usize = MAGIC.len() + 1 + 12 + 1;
/// A version that no instance takes.
const NO_VERSION: u8 = 0xff;

/// What a program sends to itself to see whether it comes in: a frame of a version that there is not, which everybody else drops.
pub fn own_copy(nonce: [u8; 12], number: u8) -> [u8; OWN_COPY_BYTES] {
    let mut copy = [0; OWN_COPY_BYTES];
    copy[..2].copy_from_slice(&MAGIC);
    copy[2] = NO_VERSION;
    copy[3..15].copy_from_slice(&nonce);
    copy[15] = number;
    copy
}

/// The tag of the room that a datagram is for; `None`: it is no frame of this version.
pub fn tag(datagram: &[u8]) -> Option<Tag> {
    let rest = datagram.strip_prefix(&MAGIC)?.strip_prefix(&[VERSION])?;
    (rest.len() >= 8 + NONCE + MAC).then(|| Bytes::first_of(rest))
}

/// The version of the protocol that a frame of another one is of.
pub fn other_version(datagram: &[u8]) -> Option<u8> {
    let version = *datagram.strip_prefix(&MAGIC)?.first()?;
    // What a broker carries is no datagram, whoever sends it as one.
    (![VERSION, NO_VERSION, CARRIED].contains(&version)).then_some(version)
}

/// Seals and opens the datagrams of one room.
pub struct Seal {
    keys: RoomKeys,
    /// With the counter and the content it makes the nonce, which stays unique even where a machine was cloned with all of
    /// its randomness.
    salt: [u8; 32],
    counter: u64,
}

impl Seal {
    /// A seal with these keys.
    pub fn new(keys: RoomKeys, rng: &mut Rng) -> Self {
        Self { keys, salt: rng.bytes(), counter: 0 }
    }

    /// What its datagrams are known by.
    pub fn tag(&self) -> Tag {
        self.keys.tag()
    }

    /// The datagram of `frame`; `None` where it does not fit.
    pub fn close(&mut self, frame: &Frame<'_>) -> Option<Rc<[u8]>> {
        let mut datagram = [0; FRAME_DATAGRAM_BYTES_MAX];
        let used = encode_into(frame, &mut datagram[HEAD + NONCE..FRAME_DATAGRAM_BYTES_MAX - MAC])?;
        let (open, content) = datagram.split_at_mut(HEAD + NONCE);
        open[..2].copy_from_slice(&MAGIC);
        open[2] = VERSION;
        open[3..HEAD].copy_from_slice(&self.keys.tag().0);
        let nonce = self.nonce(&content[..used]);
        open[HEAD..].copy_from_slice(&nonce);
        let mac = seal_extended(self.keys.seal(), &nonce, &open[..HEAD], &mut content[..used]);
        content[used..used + MAC].copy_from_slice(&mac);
        Some(datagram[..HEAD + NONCE + used + MAC].into())
    }

    fn nonce(&mut self, content: &[u8]) -> [u8; NONCE] {
        self.counter += 1;
        let mut hasher = blake3::Hasher::new_keyed(self.keys.nonce());
        hasher.update(&self.salt).update(&self.counter.to_le_bytes()).update(content);
        Bytes::first_of(hasher.finalize().as_bytes()).0
    }

    /// Opens a datagram in place and hands back the frame in it.
    pub fn open<'a>(&self, datagram: &'a mut [u8]) -> Result<Frame<'a>, BadFrame> {
        if datagram.len() > FRAME_DATAGRAM_BYTES_MAX {
            return Err(BadFrame::TooLong);
        }
        if tag(datagram) != Some(self.keys.tag()) {
            return Err(BadFrame::Seal);
        }
        let (open, rest) = datagram.split_at_mut(HEAD + NONCE);
        let nonce = Bytes::first_of(&open[HEAD..]).0;
        decode(open_extended(self.keys.seal(), &nonce, &open[..HEAD], rest).ok_or(BadFrame::Seal)?)
    }
}

/// The keys are not shown.
impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({:?})", self.keys)
    }
}

/// The entry as it stands on the wire.
#[derive(PartialEq, Serialize, Deserialize)]
struct SignedPart<'a> {
    header: Header,
    #[serde(borrow, with = "serde_bytes")]
    body: &'a [u8],
}

/// Signs an entry of our own.
///
/// # Panics
/// Where the body is longer than [`BODY_BYTES_MAX`].
pub fn sign_entry(identity: &Identity, room: RoomId, header: Header, body: &[u8]) -> Entry {
    assert!(body.len() <= BODY_BYTES_MAX, "an entry fits a datagram");
    let bytes: std::sync::Arc<[u8]> = encode(&SignedPart { header, body }).into();
    let signature = identity.sign(Purpose::Entry, room, &bytes);
    let (id, log) = (identity::entry_id(room, &bytes), identity::log_id(room, header.author, header.run));
    Entry { id, log, header, bytes, signature, body_len: body.len(), placed: header.time, is_erased: false }
}

/// What stands in an entry before anything is proven, and how long its body is.
pub fn claimed(bytes: &[u8]) -> Result<(Header, usize), BadFrame> {
    bounded(&decode(bytes)?).ok_or(BadFrame::Malformed)
}

/// The header and the length of the body, where both are within their bounds.
fn bounded(SignedPart { header, body }: &SignedPart<'_>) -> Option<(Header, usize)> {
    (body.len() <= BODY_BYTES_MAX && header.seq > 0).then_some((*header, body.len()))
}

/// The entry of these bytes, if its author signed them in this room.
pub fn verify_entry(verifier: &dyn Verify, room: RoomId, signed: Signed<'_>) -> Result<Entry, BadFrame> {
    let (header, body_len) = claimed(signed.bytes)?;
    let proof = (header.author, signed.signature);
    if !identity::is_signed(verifier, proof, Purpose::Entry, room, signed.bytes) {
        return Err(BadFrame::Signature);
    }
    let (id, log) = (identity::entry_id(room, signed.bytes), identity::log_id(room, header.author, header.run));
    let (bytes, signature, placed) = (signed.bytes.into(), signed.signature, header.time);
    Ok(Entry { id, log, header, bytes, signature, body_len, placed, is_erased: false })
}

/// What is left of an entry once its author has taken it back: that it was there.
pub fn erase(entry: &Entry) -> Entry {
    let bytes = encode(&entry.header).into();
    Entry { bytes, signature: Bytes::ZERO, body_len: 0, is_erased: true, ..*entry }
}

/// The same of an entry's bytes.
pub fn erased_bytes(bytes: &[u8]) -> Option<Vec<u8>> {
    claimed(bytes).ok().map(|(header, _)| encode(&header))
}

/// The entry of these bytes as it was kept, its signature verified when it came; `None` where they are no longer what they
/// were. Of an erased one there is the header alone, and the id that it had.
pub fn kept_entry(room: RoomId, kept: Signed<'_>, id: EntryId, is_erased: bool) -> Option<Entry> {
    let (header, body_len) = if is_erased {
        (decode::<Header>(kept.bytes).ok().filter(|header| header.seq > 0)?, 0)
    } else {
        // That there is one encoding of it was seen when it came, and the hash says that it is the same.
        let (part, used) = decode_part::<SignedPart>(kept.bytes).ok()?;
        let is_kept = used == kept.bytes.len() && identity::entry_id(room, kept.bytes) == id;
        bounded(&part).filter(|_| is_kept)?
    };
    let log = identity::log_id(room, header.author, header.run);
    let (bytes, signature, placed) = (kept.bytes.into(), kept.signature, header.time);
    Some(Entry { id, log, header, bytes, signature, body_len, placed, is_erased })
}

/// Signs a beacon of our own: its bytes and the signature.
pub fn sign_beacon(identity: &Identity, room: RoomId, beacon: &Beacon) -> (Rc<[u8]>, identity::Signature) {
    let bytes: Rc<[u8]> = encode(beacon).into();
    let signature = identity.sign(Purpose::Beacon, room, &bytes);
    (bytes, signature)
}

/// What a beacon says before anything is proven.
pub fn claimed_beacon(bytes: &[u8]) -> Result<Beacon, BadFrame> {
    decode(bytes)
}

/// Whether the author of `beacon`, read from these bytes, signed them in this room.
pub fn is_beacon_signed(verifier: &dyn Verify, room: RoomId, beacon: &Beacon, signed: Signed<'_>) -> bool {
    identity::is_signed(verifier, (beacon.author, signed.signature), Purpose::Beacon, room, signed.bytes)
}

/// The bytes of a Begin.
pub fn encode_begin(begin: &Begin) -> Vec<u8> {
    encode(begin)
}

/// The Begin of these bytes; `None`: they are none.
pub fn begin(bytes: &[u8]) -> Option<Begin> {
    decode(bytes).ok()
}

/// The bytes of an Accept.
pub fn encode_accept(accept: &Accept) -> Vec<u8> {
    encode(accept)
}

/// The Accept of these bytes; `None`: they are none.
pub fn accept(bytes: &[u8]) -> Option<Accept> {
    decode(bytes).ok()
}

/// What an entry says.
pub fn body(entry: &Entry) -> Body {
    let bytes = entry.body();
    match entry.header.kind {
        _ if entry.is_erased => Body::Erased,
        0 => match decode::<Text>(bytes) {
            Ok(text) if !text.lines.is_empty() => Body::Text(text),
            _ => Body::Damaged(0),
        },
        1 => decode(bytes).map_or(Body::Damaged(1), Body::Action),
        2 => decode(bytes).map_or(Body::Damaged(2), Body::Profile),
        3 => decode(bytes).map_or(Body::Damaged(3), Body::Topic),
        4 => decode(bytes).map_or(Body::Damaged(4), Body::Deletion),
        Offers::KIND => match decode::<Offers>(bytes) {
            Ok(offers) if offers.is_valid() => Body::Offers(offers),
            _ => Body::Damaged(Offers::KIND),
        },
        Body::SEALED if SEALED_BYTES.contains(&bytes.len()) => Body::Sealed,
        Body::SEALED => Body::Damaged(Body::SEALED),
        later => Body::Later(later),
    }
}

/// The bytes of a body.
pub fn encode_body(body: &Body) -> Vec<u8> {
    match body {
        Body::Text(text) => encode(text),
        Body::Action(action) => encode(action),
        Body::Profile(text) | Body::Topic(text) => encode(text),
        Body::Deletion(deletion) => encode(deletion),
        Body::Offers(offers) => encode(offers),
        Body::Later(_) | Body::Damaged(_) | Body::Erased | Body::Sealed => Vec::new(),
    }
}

/// What a sealed body is as long as: what it is known by, the key it was sealed with, the private body, and its tag.
const SEALED_BYTES: [usize; 5] = {
    let mut all = PRIVATE_BODY_BYTES;
    let mut at = 0;
    while at < all.len() {
        all[at] += 8 + 32 + 16;
        at += 1;
    }
    all
};

/// What a sealed body belongs to: the room, and what stands before it in its entry.
pub fn sealed_to(room: RoomId, header: &Header) -> Vec<u8> {
    [&room.0[..], &encode(header)].concat()
}

/// The bytes of a private body, made longer so that its length tells little. `None`: it is too long for one entry.
pub fn encode_private_body(private_body: &PrivateBody) -> Option<Zeroizing<Vec<u8>>> {
    let most = PRIVATE_BODY_BYTES[PRIVATE_BODY_BYTES.len() - 1];
    let mut bytes = Zeroizing::new(vec![0; most]);
    let used = encode_into(private_body, &mut bytes)?;
    bytes.truncate(PRIVATE_BODY_BYTES.into_iter().find(|&length| length >= used)?);
    Some(bytes)
}

/// The private body of these bytes; `None`: they are none, or hold something behind it.
pub fn private_body(bytes: &[u8]) -> Option<PrivateBody> {
    let (private_body, used) = decode_part::<PrivateBody>(bytes).ok()?;
    let is_valid = match &private_body {
        PrivateBody::Text(text) => text.lines.len() == 1,
        PrivateBody::Offer(item) => item.is_valid(),
        _ => true,
    };
    let again = encode_private_body(&private_body)?;
    (is_valid && used <= bytes.len() && *again == bytes).then_some(private_body)
}

/// How many bytes a string of `len` bytes takes in a body.
pub fn string_bytes(len: usize) -> usize {
    len + if len < 251 { 1 } else { 3 }
}

/// What a text body takes beside its strings: their number, whether the last one goes on, and whether a program says it.
pub const TEXT_OVERHEAD: usize = 3 + 1 + 1;

/// The value that the bytes begin with, and how many of them it takes.
pub(super) fn decode_part<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, usize), BadFrame> {
    bincode::serde::borrow_decode_from_slice(bytes, CONFIG).map_err(|_| BadFrame::Malformed)
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, CONFIG).expect("memory takes what a datagram takes")
}

pub(super) fn encode_into<T: Serialize>(value: &T, out: &mut [u8]) -> Option<usize> {
    bincode::serde::encode_into_slice(value, out, CONFIG).ok()
}

/// One value has one encoding, and nothing follows it: bincode itself would accept longer forms of numbers and more bytes.
pub(super) fn decode<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8]) -> Result<T, BadFrame> {
    if bytes.len() > FRAME_DATAGRAM_BYTES_MAX {
        return Err(BadFrame::TooLong);
    }
    let (value, used) = decode_part(bytes)?;
    let mut again = [0; FRAME_DATAGRAM_BYTES_MAX];
    if used == bytes.len() && encode_into(&value, &mut again).is_some_and(|len| again[..len] == *bytes) {
        Ok(value)
    } else {
        Err(BadFrame::Malformed)
    }
}
