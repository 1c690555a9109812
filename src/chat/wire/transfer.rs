//! What the two sides of a transfer say to each other, and the datagrams that it travels in.
//!
//! `FF 43 02` · transfer 8 · counter 4 (little-endian) · mark 8 · ciphertext · tag 16. The counter rises from 1 in each
//! direction. The mark depends on all that is said, so that a machine that was copied in the middle of a transfer says two
//! things under two nonces.

use serde::{Deserialize, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::PULL_RANGES_MAX;
use crate::chat::keys::exchange::{TransferId, TransferKeys};
use crate::chat::wire::cipher::{open_in_place, seal_in_place};
use crate::chat::wire::codec::{MAGIC, decode, decode_part, encode_into};
use crate::chat::wire::frame::at_most;
use crate::chat::wire::offer::OfferKey;

/// The version that stands where a frame has 1.
const VERSION: u8 = 2;
/// What is authenticated and not hidden: magic, version, transfer.
const HEAD: usize = MAGIC.len() + 1 + 8;
/// The counter and the mark.
const NONCE: usize = 12;
const MAC: usize = 16;
/// What a datagram has beside what it says.
pub const TRANSFER_OVERHEAD: usize = HEAD + NONCE + MAC;

/// What a Piece takes beside its bytes at most: its number, its part, two numbers of at most 9 and 3 bytes.
pub const PIECE_OVERHEAD: usize = 1 + 1 + 9 + 3;

/// How far behind the newest one a datagram may come.
const WINDOW: u32 = 1024;

/// What is fetched of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StreamPart {
    /// Its bytes.
    Stream,
    /// The values of its blocks, page behind page, where there are pages.
    Page,
    /// The values of the top page.
    Top,
}

/// Bytes of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Of which.
    pub part: StreamPart,
    /// The first.
    pub from: u64,
    /// How many.
    pub count: u64,
}

impl Extent {
    /// How many bytes it takes in a Pull.
    pub fn encoded_bytes(&self) -> usize {
        1 + number_bytes(self.from) + number_bytes(self.count)
    }
}

/// From whoever fetches: what is to be sent next, and how fast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// What is fetched: the same in each Pull of a transfer.
    pub offer: OfferKey,
    /// How many bytes of pieces were asked for since the Begin. It does not fall.
    pub credit: u64,
    /// How many of them may leave in a second.
    pub rate: u64,
    /// The largest datagram that came so far.
    pub largest: u32,
    /// The last of what was asked for, in its order: it ends at `credit`.
    #[serde(deserialize_with = "at_most::<_, _, PULL_RANGES_MAX>")]
    pub wanted: Vec<Extent>,
}

/// From whoever has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPiece<'a> {
    /// Of what.
    pub part: StreamPart,
    /// From where on.
    pub from: u64,
    /// The bytes.
    #[serde(borrow, with = "serde_bytes")]
    pub bytes: &'a [u8],
}

/// Why a transfer ends, or does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopReason {
    /// Everything has come.
    Done,
    /// There is no such offer, or it is not for whoever asks: which of them is not said.
    Unknown,
    /// Its author has withdrawn it.
    Withdrawn,
    /// It is not any more what was offered.
    Changed,
    /// Whoever fetches has no room for it.
    NoSpace,
    /// Whoever fetches does not want it any more.
    Cancelled,
    /// So many others are served first.
    Busy(u8),
    /// Something that this version does not know.
    Other(u8),
}

/// From here on a reason says how many others are served first.
const BUSY: u8 = 128;

impl StopReason {
    fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unknown => 1,
            Self::Withdrawn => 2,
            Self::Changed => 3,
            Self::NoSpace => 4,
            Self::Cancelled => 5,
            Self::Busy(ahead) => BUSY.saturating_add(ahead),
            Self::Other(number) => number,
        }
    }

    fn of(number: u8) -> Self {
        match number {
            0 => Self::Done,
            1 => Self::Unknown,
            2 => Self::Withdrawn,
            3 => Self::Changed,
            4 => Self::NoSpace,
            5 => Self::Cancelled,
            BUSY.. => Self::Busy(number - BUSY),
            other => Self::Other(other),
        }
    }
}

/// What one datagram says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferMessage<'a> {
    /// From whoever fetches.
    Pull(Pull),
    /// From whoever has it.
    Piece(StreamPiece<'a>),
    /// From either.
    Stop(StopReason),
}

/// The same, as it is encoded. The order is the number on the wire.
#[derive(Serialize, Deserialize)]
enum Encoded<'a> {
    Pull(Pull),
    #[serde(borrow)]
    Piece(StreamPiece<'a>),
    Stop(u8),
}

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferDirection {
    /// From whoever fetches.
    ToHolder,
    /// From whoever has it.
    ToAsker,
}

impl TransferDirection {
    fn key(self, keys: &TransferKeys) -> &[u8; 32] {
        match self {
            Self::ToHolder => keys.pull(),
            Self::ToAsker => keys.piece(),
        }
    }
}

/// The transfer that a datagram is of; `None`: it is of none.
pub fn transfer_of(datagram: &[u8]) -> Option<TransferId> {
    let rest = datagram.strip_prefix(&MAGIC)?.strip_prefix(&[VERSION])?;
    (rest.len() > 8 + NONCE + MAC).then(|| Bytes::first_of(rest))
}

/// Seals what one side says.
#[derive(Debug)]
pub struct Sealer {
    direction: TransferDirection,
    counter: u32,
}

impl Sealer {
    /// Of what goes this way.
    pub fn new(direction: TransferDirection) -> Self {
        Self { direction, counter: 0 }
    }

    /// Puts a datagram behind what stands in `out`, made `padded` bytes long with zeros where it would be shorter. Nothing,
    /// and `false`: there are no more numbers, and the transfer has to begin anew.
    ///
    /// # Panics
    /// Where what is said does not fit: its parts are bounded so that it does.
    #[must_use]
    pub fn close(
        &mut self,
        keys: &TransferKeys,
        offer: OfferKey,
        message: TransferMessage<'_>,
        padded: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let direction = self.direction;
        let Some(counter) = self.counter.checked_add(1).filter(|&counter| counter < u32::MAX) else { return false };
        self.counter = counter;
        let bytes = if let TransferMessage::Piece(piece) = &message { piece.bytes.len() } else { 0 };
        let is_piece = bytes > 0;
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&keys.id().0);
        out.extend_from_slice(&counter.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        let plain = out.len();
        let room = padded.max(TRANSFER_BYTES_MAX);
        out.resize(start + room, 0);
        let encoded = match message {
            TransferMessage::Pull(pull) => Encoded::Pull(pull),
            TransferMessage::Piece(piece) => Encoded::Piece(piece),
            TransferMessage::Stop(reason) => Encoded::Stop(reason.number()),
        };
        let used = encode_into(&encoded, &mut out[plain..start + room - MAC]).expect("it fits into a datagram");
        let end = (plain + used).max((start + padded).saturating_sub(MAC));
        out.truncate(end);
        let said = if is_piece { &out[plain..plain + used - bytes] } else { &out[plain..] };
        let mark = mark(keys, direction, counter, (end - plain, is_piece.then_some(offer)), said);
        out[plain - 8..plain].copy_from_slice(&mark);
        let (open, content) = out.split_at_mut(plain);
        let (head, nonce) = open[start..].split_at(HEAD);
        let mac = seal_in_place(direction.key(keys), Bytes::first_of(nonce).0, head, content);
        out.extend_from_slice(&mac);
        true
    }
}

/// The largest datagram that is sent before a larger one was seen to arrive.
pub const TRANSFER_BYTES_MAX: usize = 1200;

/// What gives a datagram a nonce that no other has: all that it says. Of a Piece its place stands for its bytes, for they
/// were checked against what was signed since they were read.
fn mark(
    keys: &TransferKeys,
    direction: TransferDirection,
    counter: u32,
    (len, offer): (usize, Option<OfferKey>),
    said: &[u8],
) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new_keyed(keys.mark());
    let len = u16::try_from(len).expect("a datagram has at most 65,507 bytes");
    hasher
        .update(&[u8::from(direction == TransferDirection::ToAsker)])
        .update(&counter.to_le_bytes())
        .update(&len.to_le_bytes());
    if let Some(OfferKey { entry, item }) = offer {
        hasher.update(&entry.0).update(&item.to_le_bytes());
    }
    Bytes::first_of(hasher.update(said).finalize().as_bytes()).0
}

/// Opens what the other side says, each datagram once.
#[derive(Debug, Default)]
pub struct Opener {
    /// The newest that opened.
    highest: u32,
    /// Which of those up to the newest have come: of each its place modulo the window.
    seen: [u64; (WINDOW / 64) as usize],
}

impl Opener {
    /// Opens a datagram in place; with its number. `None`: it is not of this transfer, came before, or says nothing of this version.
    pub fn open<'a>(
        &mut self,
        keys: &TransferKeys,
        direction: TransferDirection,
        datagram: &'a mut [u8],
    ) -> Option<(u32, TransferMessage<'a>)> {
        if transfer_of(datagram) != Some(keys.id()) {
            return None;
        }
        let (open, content) = datagram.split_at_mut(HEAD + NONCE);
        let (head, nonce) = open.split_at(HEAD);
        let counter = u32::from_le_bytes(Bytes::<4>::first_of(nonce).0);
        if counter == 0 || self.has_come(counter) {
            return None;
        }
        let content = open_in_place(direction.key(keys), Bytes::first_of(nonce).0, head, content)?;
        self.note(counter); // what opened is the other side's, whatever it says
        message(content, direction).map(|message| (counter, message))
    }

    fn has_come(&self, counter: u32) -> bool {
        let is_late = counter <= self.highest;
        is_late && (self.highest - counter >= WINDOW || self.bit(counter).1)
    }

    fn bit(&self, counter: u32) -> (usize, bool) {
        let at = (counter % WINDOW) as usize;
        (at, self.seen[at / 64] >> (at % 64) & 1 == 1)
    }

    fn note(&mut self, counter: u32) {
        let passed = counter.saturating_sub(self.highest);
        if passed >= WINDOW {
            self.seen = Default::default();
        } else {
            for skipped in counter - passed + 1..=counter {
                let (at, _) = self.bit(skipped);
                self.seen[at / 64] &= !(1 << (at % 64));
            }
        }
        self.highest = self.highest.max(counter);
        let (at, _) = self.bit(counter);
        self.seen[at / 64] |= 1 << (at % 64);
    }
}

/// What is said: one value has one encoding. Only behind a Piece there may be zeros.
fn message(content: &[u8], direction: TransferDirection) -> Option<TransferMessage<'_>> {
    if content.first() == Some(&1) {
        let (encoded, used) = decode_part::<Encoded<'_>>(content).ok()?;
        let Encoded::Piece(piece) = encoded else { return None };
        let mut head = [0; PIECE_OVERHEAD];
        let empty = encode_into(&Encoded::Piece(StreamPiece { bytes: &[], ..piece }), &mut head)? - 1; // without its length
        let shortest = empty + length_bytes(piece.bytes.len()) + piece.bytes.len();
        let is_right = direction == TransferDirection::ToAsker && !piece.bytes.is_empty() && used == shortest;
        let is_padded = content[used..].iter().all(|&byte| byte == 0);
        return (is_right && is_padded).then_some(TransferMessage::Piece(piece));
    }
    match decode::<Encoded<'_>>(content).ok()? {
        Encoded::Pull(pull) => (direction == TransferDirection::ToHolder).then_some(TransferMessage::Pull(pull)),
        Encoded::Stop(reason) => Some(TransferMessage::Stop(StopReason::of(reason))),
        Encoded::Piece(_) => None,
    }
}

/// How long the datagram of a Piece is: so many bytes from there on.
pub fn piece_datagram_bytes(from: u64, count: usize) -> usize {
    TRANSFER_OVERHEAD + 1 + 1 + number_bytes(from) + length_bytes(count) + count
}

/// How many bytes a number takes.
fn number_bytes(number: u64) -> usize {
    match number {
        0..251 => 1,
        251..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

/// How many bytes the length of a list takes: one up to 250, else a mark and two.
fn length_bytes(len: usize) -> usize {
    if len < 251 { 1 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::limits::PULL_RANGES_BYTES_MAX;
    use crate::chat::keys::exchange::{Ephemeral, TransferKeys};
    use crate::chat::keys::identity::Identity;

    const OFFER: OfferKey = OfferKey { entry: Bytes([12; 16]), item: 0 };

    /// The keys of both sides, where all their randomness is the same each time.
    fn agreed(asker: u8, holder: u8, time: u8) -> [TransferKeys; 2] {
        let context = [asker, holder, time];
        let [mine, theirs] = [asker, holder]
            .map(|key| Ephemeral::new(&Identity::new(&[key; 32]), &[10; 32], &[&context[..], &[key]].concat()));
        let (begin, accept) = (Bytes(*blake3::hash(&context).as_bytes()), Bytes([time; 32]));
        [mine.keys(theirs.key(), begin, accept).unwrap(), theirs.keys(mine.key(), begin, accept).unwrap()]
    }

    fn pull() -> Pull {
        let wanted = vec![Extent { part: StreamPart::Stream, from: 0, count: 65_536 }];
        Pull { offer: OFFER, credit: 65_536, rate: 1_000_000, largest: 1200, wanted }
    }

    fn closed(
        keys: &TransferKeys,
        direction: TransferDirection,
        message: TransferMessage<'_>,
        padded: usize,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(Sealer::new(direction).close(keys, OFFER, message, padded, &mut out));
        out
    }

    #[test]
    fn each_datagram_opens_once_at_the_other_side_and_is_not_reflected() {
        let [asker, holder] = agreed(1, 2, 1);
        let pulled = closed(&asker, TransferDirection::ToHolder, TransferMessage::Pull(pull()), 0);
        let piece = StreamPiece { part: StreamPart::Stream, from: 65_536, bytes: b"0123456789abcdef" };
        let mut sent = closed(&holder, TransferDirection::ToAsker, TransferMessage::Piece(piece), 0);
        let (mut at_holder, mut at_asker) = (Opener::default(), Opener::default());
        let (mut one, mut other) = (pulled.clone(), sent.clone());
        let opened = at_holder.open(&holder, TransferDirection::ToHolder, &mut one);
        assert_eq!(opened, Some((1, TransferMessage::Pull(pull()))));
        let opened = at_asker.open(&asker, TransferDirection::ToAsker, &mut other);
        assert_eq!(opened, Some((1, TransferMessage::Piece(piece))));
        assert_eq!(at_asker.open(&asker, TransferDirection::ToAsker, &mut sent), None, "each comes once");
        assert_eq!(at_asker.open(&asker, TransferDirection::ToAsker, &mut pulled.clone()), None, "it is not reflected");
        assert_eq!(piece_datagram_bytes(65_536, 16), sent.len());
    }

    #[test]
    fn what_was_changed_anywhere_opens_nothing_and_moves_no_window() {
        let [asker, holder] = agreed(1, 2, 1);
        let sent = closed(&holder, TransferDirection::ToAsker, TransferMessage::Stop(StopReason::Busy(3)), 0);
        let mut opener = Opener::default();
        for at in 0..sent.len() {
            let mut changed = sent.clone();
            changed[at] ^= 0x80;
            assert_eq!(opener.open(&asker, TransferDirection::ToAsker, &mut changed), None, "byte {at}");
        }
        assert!(
            (0..sent.len())
                .all(|end| opener.open(&asker, TransferDirection::ToAsker, &mut sent[..end].to_vec()).is_none())
        );
        let said = (1, TransferMessage::Stop(StopReason::Busy(3)));
        assert_eq!(
            opener.open(&asker, TransferDirection::ToAsker, &mut sent.clone()),
            Some(said),
            "its counter was not used up"
        );
    }

    /// A machine that was copied in the middle of a transfer goes on twice, with the same keys and counters.
    #[test]
    fn two_things_that_are_said_under_one_number_have_two_nonces_and_the_same_thing_is_the_same_datagram() {
        let [_, holder] = agreed(1, 2, 1);
        let piece = |from, bytes| {
            let piece = StreamPiece { part: StreamPart::Stream, from, bytes };
            closed(&holder, TransferDirection::ToAsker, TransferMessage::Piece(piece), 0)
        };
        let (one, other) = (piece(65_536, b"0123"), piece(131_072, b"0123"));
        assert_eq!((&one[11..15], one[15..23] == other[15..23]), (&other[11..15], false));
        assert_eq!(one, piece(65_536, b"0123"));
        let pulls = [1000, 1001].map(|rate| {
            closed(&holder, TransferDirection::ToHolder, TransferMessage::Pull(Pull { rate, ..pull() }), 0)
        });
        assert_ne!(pulls[0][15..23], pulls[1][15..23]);
        let stops = [StopReason::Done, StopReason::Unknown]
            .map(|why| closed(&holder, TransferDirection::ToAsker, TransferMessage::Stop(why), 0));
        assert_ne!(stops[0][15..23], stops[1][15..23]);
    }

    #[test]
    fn a_datagram_may_come_late_by_a_window_and_no_more_and_never_twice() {
        let [asker, holder] = agreed(1, 2, 1);
        let mut sealer = Sealer::new(TransferDirection::ToAsker);
        let mut all: Vec<Vec<u8>> = Vec::new();
        for _ in 0..3000 {
            let mut out = Vec::new();
            assert!(sealer.close(&holder, OFFER, TransferMessage::Stop(StopReason::Done), 0, &mut out));
            all.push(out);
        }
        let mut opener = Opener::default();
        let mut opens =
            |number: usize| opener.open(&asker, TransferDirection::ToAsker, &mut all[number - 1].clone()).is_some();
        assert!(opens(1) && opens(1024) && opens(2) && !opens(2) && !opens(1));
        assert!(opens(1030) && opens(7) && !opens(6), "1,024 behind the newest is too late");
        assert!(opens(3000) && opens(2999) && !opens(1976) && opens(1977) && !opens(3000));
    }

    #[test]
    fn a_message_has_one_encoding_and_only_a_piece_may_be_longer() {
        let [asker, holder] = agreed(1, 2, 1);
        let piece = StreamPiece { part: StreamPart::Page, from: 9, bytes: &[7; 300] };
        let padded = closed(&holder, TransferDirection::ToAsker, TransferMessage::Piece(piece), 1452);
        assert_eq!(padded.len(), 1452);
        assert_eq!(
            Opener::default().open(&asker, TransferDirection::ToAsker, &mut padded.clone()),
            Some((1, TransferMessage::Piece(piece)))
        );
        let mut plain = vec![1, 0, 250, 3, b'a', b'b', b'c'];
        assert!(
            message(&plain, TransferDirection::ToAsker).is_some()
                && message(&plain, TransferDirection::ToHolder).is_none()
        );
        plain.push(0);
        assert!(message(&plain, TransferDirection::ToAsker).is_some());
        plain.push(1);
        assert!(message(&plain, TransferDirection::ToAsker).is_none(), "only zeros");
        let longer: [&[u8]; 5] = [
            &[1, 0, 251, 5, 0, 1, b'a'], // from 5, in three bytes
            &[1, 0, 5, 251, 1, 0, b'a'], // a length of 1, in three bytes
            &[1, 0, 5, 0],               // nothing
            &[1, 3, 5, 1, b'a'],         // no part
            &[2, 0, 0],                  // a Stop with something behind it
        ];
        for bytes in longer {
            assert_eq!(message(bytes, TransferDirection::ToAsker), None, "{bytes:?}");
        }
        let many = Pull {
            credit: u64::MAX,
            rate: u64::MAX,
            wanted: vec![Extent { part: StreamPart::Top, from: u64::MAX, count: u64::MAX }; PULL_RANGES_BYTES_MAX / 19],
            ..pull()
        };
        assert!(
            closed(&asker, TransferDirection::ToHolder, TransferMessage::Pull(many), 0).len() <= TRANSFER_BYTES_MAX
        );
    }

    #[test]
    fn the_numbers_of_a_transfer_end_before_they_begin_anew() {
        let [_, holder] = agreed(1, 2, 1);
        let mut sealer = Sealer { counter: u32::MAX - 2, ..Sealer::new(TransferDirection::ToAsker) };
        let mut close = || sealer.close(&holder, OFFER, TransferMessage::Stop(StopReason::Done), 0, &mut Vec::new());
        assert!(close() && !close() && !close());
    }

    #[test]
    fn three_transfers_share_no_key_though_all_randomness_repeats() {
        let all = [agreed(1, 2, 1), agreed(1, 2, 2), agreed(1, 3, 1), agreed(2, 1, 1)];
        let keys: std::collections::BTreeSet<[u8; 32]> =
            all.iter().flat_map(|[one, _]| [*one.pull(), *one.piece(), *one.mark()]).collect();
        assert_eq!(keys.len(), 12);
        assert!(!format!("{:?}", all[0]).contains("pull"));
    }

    #[test]
    fn a_key_of_small_order_gives_no_keys() {
        let mine = Ephemeral::new(&Identity::new(&[1; 32]), &[2; 32], b"x");
        let mut one = [0; 32];
        one[0] = 1;
        let mut p = [0xff; 32]; // 2^255 − 19, and the numbers beside it
        (p[0], p[31]) = (0xed, 0x7f);
        let (mut before, mut after) = (p, p);
        (before[0], after[0]) = (0xec, 0xee);
        let orders = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let orders =
            orders.map(|hex| std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()));
        for key in [[0; 32], one, p, before, after].into_iter().chain(orders) {
            assert!(mine.keys(Bytes(key), Bytes([3; 32]), Bytes([4; 32])).is_none(), "{}", Bytes(key));
        }
    }
}
