//! Frames ↔ what a broker carries. Sealed anew, with keys of its own, so that nobody can join what a broker and what a LAN saw.

use std::fmt;
use std::rc::Rc;

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::FRAME_DATAGRAM_BYTES_MAX;
use crate::chat::base::rng::Rng;
use crate::chat::keys::carrier::{CarrierKeys, Inbox};
use crate::chat::wire::cipher::{MAC, NONCE, open_extended, seal_extended};
use crate::chat::wire::codec::{self, BadFrame, CARRIED, MAGIC};
use crate::chat::wire::frame::Frame;

/// The fields before the nonce: magic, version, the sender's inbox.
const HEAD: usize = MAGIC.len() + 1 + 8;
/// And what is authenticated with them and not sent: where it was published.
const ASSOCIATED: usize = HEAD + 1 + 8;

/// Where something is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublishTo {
    /// To the room.
    Topic,
    /// To one client.
    Inbox(Inbox),
}

/// Where something came from: only what this client subscribes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameBy {
    /// The topic of the room.
    Topic,
    /// This client's own inbox.
    Inbox,
}

/// Seals and opens what a broker carries for one room.
pub struct CarrierSeal {
    keys: CarrierKeys,
    own: Inbox,
    /// Of its own: see [`Seal`](super::Seal).
    salt: [u8; 32],
    counter: u64,
}

/// The keys are not shown, nor what nonces are made of.
impl fmt::Debug for CarrierSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierSeal({:?})", self.keys)
    }
}

impl CarrierSeal {
    /// A seal with these keys, for the client at `own`.
    pub fn new(keys: CarrierKeys, own: Inbox, rng: &mut Rng) -> Self {
        Self { keys, own, salt: rng.bytes(), counter: 0 }
    }

    /// Where this client is reached.
    pub fn own(&self) -> Inbox {
        self.own
    }

    /// What is to be published of `frame`; `None` where it does not fit, or is of a transfer, which no broker carries.
    pub fn close(&mut self, to: PublishTo, frame: &Frame<'_>) -> Option<Rc<[u8]>> {
        if is_of_transfer(frame) {
            return None;
        }
        let mut payload = [0; FRAME_DATAGRAM_BYTES_MAX];
        let used = codec::encode_into(frame, &mut payload[HEAD + NONCE..FRAME_DATAGRAM_BYTES_MAX - MAC])?;
        let associated = self.associated(self.own, to);
        let (open, content) = payload.split_at_mut(HEAD + NONCE);
        let nonce = self.nonce(&associated, &content[..used]);
        open[..HEAD].copy_from_slice(&associated[..HEAD]);
        open[HEAD..].copy_from_slice(&nonce);
        let mac = seal_extended(self.keys.seal(), &nonce, &associated, &mut content[..used]);
        content[used..used + MAC].copy_from_slice(&mac);
        Some(payload[..HEAD + NONCE + used + MAC].into())
    }

    /// Opens in place what came, and says which inbox its sender names.
    pub fn open<'a>(&self, by: CameBy, payload: &'a mut [u8]) -> Result<(Inbox, Frame<'a>), BadFrame> {
        if payload.len() > FRAME_DATAGRAM_BYTES_MAX {
            return Err(BadFrame::TooLong);
        }
        let Some(sender) = sender(payload) else { return Err(BadFrame::Seal) };
        if sender == self.own {
            return Err(BadFrame::Echo);
        }
        let to = match by {
            CameBy::Topic => PublishTo::Topic,
            CameBy::Inbox => PublishTo::Inbox(self.own),
        };
        let associated = self.associated(sender, to);
        let (open, content) = payload.split_at_mut(HEAD + NONCE);
        let nonce = Bytes::first_of(&open[HEAD..]).0;
        let content = open_extended(self.keys.seal(), &nonce, &associated, content).ok_or(BadFrame::Seal)?;
        let frame = codec::decode(content)?;
        if is_of_transfer(&frame) { Err(BadFrame::Malformed) } else { Ok((sender, frame)) }
    }

    fn associated(&self, sender: Inbox, to: PublishTo) -> [u8; ASSOCIATED] {
        let (way, to) = match to {
            PublishTo::Topic => (0, self.keys.topic()),
            PublishTo::Inbox(inbox) => (1, inbox),
        };
        let mut associated = [0; ASSOCIATED];
        associated[..2].copy_from_slice(&MAGIC);
        associated[2] = CARRIED;
        associated[3..HEAD].copy_from_slice(&sender.0);
        associated[HEAD] = way;
        associated[HEAD + 1..].copy_from_slice(&to.0);
        associated
    }

    fn nonce(&mut self, associated: &[u8], content: &[u8]) -> [u8; NONCE] {
        self.counter += 1;
        let mut hasher = blake3::Hasher::new_keyed(self.keys.nonce());
        hasher.update(&self.salt).update(&self.counter.to_le_bytes()).update(associated).update(content);
        Bytes::first_of(hasher.finalize().as_bytes()).0
    }
}

/// Which inbox the sender of a payload names; `None`: it is nothing that a broker carries.
pub fn sender(payload: &[u8]) -> Option<Inbox> {
    let rest = payload.strip_prefix(&MAGIC).and_then(|rest| rest.strip_prefix(&[CARRIED]))?;
    (payload.len() > HEAD + NONCE + MAC).then(|| Bytes::first_of(rest))
}

fn is_of_transfer(frame: &Frame<'_>) -> bool {
    matches!(frame, Frame::Begin { .. } | Frame::Accept { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::keys::carrier::CarrierClient;
    use crate::chat::keys::identity::Signature;
    use crate::chat::keys::secret::{RoomKeys, Secret};
    use crate::chat::wire::{self, Seal};

    const RETRY: Frame<'_> = Frame::Retry { cookie: Bytes([6; 8]) };

    fn seal(invite: u8, client: u8) -> CarrierSeal {
        let keys = CarrierKeys::of(&Secret::of_invite(&[invite; 16]));
        let own = keys.inbox(&CarrierClient::from_bytes([client; 32]));
        CarrierSeal::new(keys, own, &mut Rng::new(&[client; 32]))
    }

    #[test]
    fn what_is_published_is_opened_where_it_was_and_by_whoever_has_the_secret() {
        let (mut alice, bob, carol, stranger) = (seal(1, 1), seal(1, 2), seal(1, 4), seal(2, 3));
        let open = |seal: &CarrierSeal, by: CameBy, payload: &[u8]| {
            seal.open(by, &mut payload.to_vec()).map(|(from, frame)| (from, frame == RETRY))
        };
        let to_all = alice.close(PublishTo::Topic, &RETRY).expect("it is short");
        let to_bob = alice.close(PublishTo::Inbox(bob.own()), &RETRY).expect("it is short");
        for (payload, by, other) in [(to_all, CameBy::Topic, CameBy::Inbox), (to_bob, CameBy::Inbox, CameBy::Topic)] {
            assert_eq!(open(&bob, by, &payload), Ok((alice.own(), true)));
            assert_eq!(open(&bob, other, &payload), Err(BadFrame::Seal), "a broker cannot move it");
            assert_eq!(open(&alice, by, &payload), Err(BadFrame::Echo), "its own comes back");
            assert_eq!(open(&stranger, by, &payload), Err(BadFrame::Seal));
            assert_eq!(open(&carol, by, &payload).is_ok(), by == CameBy::Topic, "nor to somebody else");
        }
    }

    #[test]
    fn what_is_of_a_transfer_is_neither_published_nor_taken() {
        let begin =
            Frame::Begin { begin: crate::chat::wire::frame::Signed { bytes: &[7; 40], signature: Signature::ZERO } };
        let (mut alice, bob) = (seal(1, 1), seal(1, 2));
        assert_eq!(alice.close(PublishTo::Topic, &begin), None);
        let mut frame = [0; 256];
        let used = codec::encode_into(&begin, &mut frame).expect("it is short");
        let (associated, nonce) = (alice.associated(alice.own(), PublishTo::Topic), [9; NONCE]);
        let mac = seal_extended(alice.keys.seal(), &nonce, &associated, &mut frame[..used]);
        let mut payload = [&associated[..HEAD], &nonce, &frame[..used], &mac].concat();
        assert_eq!(bob.open(CameBy::Topic, &mut payload).map(|_| ()), Err(BadFrame::Malformed), "of a member");
    }

    #[test]
    fn nothing_of_it_can_be_changed_and_no_length_is_too_short_or_too_long() {
        let (mut alice, bob) = (seal(1, 1), seal(1, 2));
        let payload = alice.close(PublishTo::Topic, &RETRY).expect("it is short");
        for at in 0..payload.len() {
            let mut changed = payload.to_vec();
            changed[at] ^= 1;
            assert!(bob.open(CameBy::Topic, &mut changed).is_err(), "byte {at}");
            assert!(bob.open(CameBy::Topic, &mut payload[..at].to_vec()).is_err(), "up to {at}");
        }
        let longest = vec![0; FRAME_DATAGRAM_BYTES_MAX + 1];
        assert_eq!(bob.open(CameBy::Topic, &mut longest.clone()).map(|_| ()), Err(BadFrame::TooLong));
    }

    #[test]
    fn what_a_lan_carries_is_nothing_to_a_broker_and_the_other_way_round() {
        let secret = Secret::of_invite(&[1; 16]);
        let mut lan = Seal::new(RoomKeys::of(&secret), &mut Rng::new(&[1; 32]));
        let datagram = lan.close(&RETRY).expect("it is short");
        let (mut alice, bob) = (seal(1, 1), seal(1, 2));
        assert_eq!(bob.open(CameBy::Topic, &mut datagram.to_vec()).map(|_| ()), Err(BadFrame::Seal));
        let mut dressed = datagram.to_vec();
        dressed[2] = CARRIED;
        assert_eq!(bob.open(CameBy::Topic, &mut dressed).map(|_| ()), Err(BadFrame::Seal), "its keys are others");
        let payload = alice.close(PublishTo::Topic, &RETRY).expect("it is short");
        assert_eq!((wire::tag(&payload), wire::other_version(&payload)), (None, None), "nor is it another version");
        let mut dressed = payload.to_vec();
        dressed[2] = datagram[2];
        dressed[3..11].copy_from_slice(&datagram[3..11]);
        assert_eq!(lan.open(&mut dressed).map(|_| ()), Err(BadFrame::Seal));
    }

    /// The vector of PROTOCOL.md, appendix B: its nonce is made as appendix A says.
    #[test]
    fn a_nonce_is_made_of_all_that_is_sealed() {
        let keys = CarrierKeys::of(&Secret::of_invite(&std::array::from_fn(|at| at.to_le_bytes()[0])));
        let own = keys.inbox(&CarrierClient::from_bytes([13; 32]));
        let mut seal = CarrierSeal::new(keys, own, &mut Rng::new(&[0; 32]));
        seal.salt = [15; 32];
        let payload = seal.close(PublishTo::Topic, &RETRY).expect("it is short");
        let nonce = Bytes::<NONCE>::first_of(&payload[HEAD..]).to_string();
        assert_eq!(nonce, "3c05a7b7b374291aad9a7bfdfdee27ff29cccd3e483099ec");
    }

    #[test]
    fn two_of_one_client_have_different_nonces_and_so_have_two_places() {
        let mut alice = seal(1, 1);
        let mut nonces: Vec<Vec<u8>> = (0..3)
            .map(|_| alice.close(PublishTo::Topic, &RETRY).expect("it is short")[HEAD..HEAD + NONCE].to_vec())
            .collect();
        alice.counter = 0; // a clone
        let inbox = PublishTo::Inbox(Bytes([7; 8]));
        nonces.push(alice.close(inbox, &RETRY).expect("it is short")[HEAD..HEAD + NONCE].to_vec());
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), 4);
    }
}
