//! The vectors of PROTOCOL.md, appendix B: this program and the peer that was written from the text alone find the same.

use std::collections::BTreeMap;
use std::process::Command;

use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::time::{Stamp, Wall};
use chinwag::chat::files::blocks::{Layout, TreeBuilder};
use chinwag::chat::keys::carrier::{CarrierClient, CarrierKeys};
use chinwag::chat::keys::exchange::{Accept, BEGIN_CONTEXT_BYTES, Begin, Ephemeral, accept_hash, begin_hash};
use chinwag::chat::keys::identity::{Identity, Purpose, key_tag, words_of};
use chinwag::chat::keys::phrase::invitation;
use chinwag::chat::keys::secret::{RoomKeys, RoomName, Secret};
use chinwag::chat::wire::carried::{CameBy, CarrierSeal};
use chinwag::chat::wire::entry::{Body, Header, Text};
use chinwag::chat::wire::letterbox::Letterbox;
use chinwag::chat::wire::offer::{OfferAnswer, OfferItem, OfferKey, Offers};
use chinwag::chat::wire::private_body::PrivateBody;
use chinwag::chat::wire::transfer::{
    Extent, Pull, Sealer, StopReason, StreamPart, StreamPiece, TransferDirection, TransferMessage,
};
use chinwag::chat::wire::{self, Seal};

/// What the text says: a name and a value on each line between the fences.
fn written() -> BTreeMap<&'static str, &'static str> {
    let text = include_str!("../PROTOCOL.md");
    let part = text.split("## Appendix A").nth(1).and_then(|rest| rest.split("## Appendix C").next()).expect("vectors");
    let blocks = part.split("```").skip(1).step_by(2).skip(1); // the first tells how
    blocks
        .flat_map(str::lines)
        .filter_map(|line| line.split_once(' '))
        .map(|(name, value)| (name, value.trim()))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}

#[test]
fn the_vectors_of_the_protocol_are_what_this_program_computes() {
    let written = written();
    let is = |name: &str, value: &str| assert_eq!(written.get(name).copied(), Some(value), "{name}");
    let team = RoomName::parse("team").expect("a name");
    let passphrase = Secret::of_passphrase(&team, "correct horse battery staple");
    is("argon2", &hex(&passphrase.to_bytes()[1..33]));
    let invite: [u8; 16] = std::array::from_fn(|at| at.to_le_bytes()[0]);
    let secret = Secret::of_invite(&invite);
    let keys = RoomKeys::of(&secret);
    let line = invitation(&team, &secret, &[], None).expect("it can be handed on");
    is("invite_words", line.trim_end().rsplit_once('#').expect("a line").1);
    is("invite_room_id", &keys.id().to_string());
    is("invite_tag", &keys.tag().to_string());
    is("invite_k_seal", &hex(keys.seal()));
    is("invite_k_nonce", &hex(keys.nonce()));

    let (one, two) = (Identity::new(&[1; 32]), Identity::new(&[2; 32]));
    is("key_tag", &key_tag(one.author()));
    is("verification", &words_of(two.author(), one.author()).join("-"));
    let header = Header {
        author: one.author(),
        run: Bytes([7; 8]),
        seq: 2,
        prev: Bytes([8; 16]),
        time: Stamp::from_number(0x0000_018b_cfe5_6800),
        kind: 6,
    };
    let before = wire::sealed_to(keys.id(), &header);
    let agreements = [one.agreement(two.author()), two.agreement(one.author())].map(|found| found.expect("two keys"));
    assert_eq!(agreements[0].hint(&before), agreements[1].hint(&before));
    is("hint", &agreements[0].hint(&before).to_string());
    let private_body =
        PrivateBody::Text(Text { lines: vec!["see you at noon".to_owned()], continues: false, is_auto: true });
    is("letter", &hex(&wire::encode_private_body(&private_body).expect("it is short")));
    let letterbox = Letterbox::new(&[3; 32], Wall(0));
    is("prekey", &letterbox.prekey().to_string());
    let body = [&[0; 8][..], &bytes(written["hpke"])].concat();
    assert_eq!(letterbox.open(&before, &body), Some(Some(private_body)));
    let mut envelope = bytes(written["envelope"]);
    let seal = Seal::new(keys, &mut chinwag::chat::base::rng::Rng::new(&[0; 32]));
    let frame = seal.open(&mut envelope).map(|frame| format!("{frame:?}"));
    assert_eq!(frame, Ok(format!("Retry {{ cookie: {:?} }}", Bytes([6; 8]))));
}

/// What both sides of a transfer sign, agree on and send.
#[test]
fn the_vectors_of_a_transfer_are_what_this_program_computes() {
    let written = written();
    let is = |name: &str, value: &str| assert_eq!(written.get(name).copied(), Some(value), "{name}");
    let room = RoomKeys::of(&Secret::of_invite(&std::array::from_fn(|at| at.to_le_bytes()[0]))).id();
    let (asker, holder) = (Identity::new(&[1; 32]), Identity::new(&[2; 32]));
    let mut begin = Begin {
        author: asker.author(),
        run: Bytes([7; 8]),
        time: Stamp::from_number(0x0000_018b_cfe5_6800),
        holder: holder.author(),
        holder_run: Bytes([9; 8]),
        cookie: Bytes([6; 8]),
        key: Bytes::ZERO,
    };
    let context = [&room.0[..], &wire::encode_begin(&begin)[..BEGIN_CONTEXT_BYTES]].concat();
    let mine = Ephemeral::new(&asker, &[10; 32], &context);
    begin.key = mine.key();
    let begin = wire::encode_begin(&begin);
    let b = begin_hash(room, &begin);
    let theirs = Ephemeral::new(&holder, &[11; 32], &[&room.0[..], &b.0].concat());
    let accept = wire::encode_accept(&Accept { begin: b, key: theirs.key() });
    let a = accept_hash(room, &accept);
    is("begin", &hex(&begin));
    is("begin_signature", &asker.sign(Purpose::Begin, room, &begin).to_string());
    is("begin_hash", &b.to_string());
    is("accept_key", &theirs.key().to_string());
    is("accept_signature", &holder.sign(Purpose::Accept, room, &accept).to_string());
    is("accept_hash", &a.to_string());
    let keys = mine.keys(theirs.key(), b, a).expect("two keys");
    for (name, key) in [("k_pull", keys.pull()), ("k_piece", keys.piece()), ("k_mark", keys.mark())] {
        is(name, &hex(key));
    }
    let offer = OfferKey { entry: Bytes([12; 16]), item: 0 };
    let wanted = vec![Extent { part: StreamPart::Stream, from: 0, count: 65_536 }];
    let pull = Pull { offer, credit: 65_536, rate: 1_000_000, largest: 1200, wanted };
    let piece = StreamPiece { part: StreamPart::Stream, from: 65_536, bytes: b"0123456789abcdef" };
    let mut datagrams = vec![Vec::new(); 3];
    let mut from_asker = Sealer::new(TransferDirection::ToHolder);
    assert!(from_asker.close(&keys, offer, TransferMessage::Pull(pull), 0, &mut datagrams[0]));
    let mut from_holder = Sealer::new(TransferDirection::ToAsker);
    assert!(from_holder.close(&keys, offer, TransferMessage::Piece(piece), 0, &mut datagrams[1]));
    assert!(from_asker.close(&keys, offer, TransferMessage::Stop(StopReason::Done), 0, &mut datagrams[2]));
    ["pull", "piece", "stop"].into_iter().zip(&datagrams).for_each(|(name, datagram)| is(name, &hex(datagram)));
    let stream: Vec<u8> = (0..65_537_u32).map(|at| (at % 251).to_le_bytes()[0]).collect();
    let mut builder = TreeBuilder::new(Layout::of(65_537).expect("a size"));
    is("first_value", &builder.push(&stream[..65_536]).expect("a block").to_string());
    builder.push(&stream[65_536..]).expect("the last block");
    let hash = builder.finish().expect("all blocks").root;
    is("stream_hash", &hash.to_string());
    let item = OfferItem::new("a.txt".to_owned(), 65_537, hash, false);
    is("offers", &hex(&wire::encode_body(&Body::Offers(Offers { items: vec![item.clone()] }))));
    is("offer_id", &offer.letters(6));
    let private = |body: PrivateBody| hex(&wire::encode_private_body(&body).expect("it is short"));
    is("offer_letter", &private(PrivateBody::Offer(item)));
    is("answer_letter", &private(PrivateBody::OfferAnswer { offer, answer: OfferAnswer::Declined }));
}

/// What a broker sees of a room. That the nonce is made so is seen where it is made.
#[test]
fn the_vectors_of_a_broker_are_what_this_program_computes() {
    let written = written();
    let is = |name: &str, value: &str| assert_eq!(written.get(name).copied(), Some(value), "{name}");
    let keys = CarrierKeys::of(&Secret::of_invite(&std::array::from_fn(|at| at.to_le_bytes()[0])));
    let client = CarrierClient::from_bytes([13; 32]);
    let inbox = keys.inbox(&client);
    is("client_id", &client.id());
    is("topic", &keys.topic().to_string());
    is("inbox", &inbox.to_string());
    is("k_carrier", &hex(keys.seal()));
    is("k_carrier_nonce", &hex(keys.nonce()));
    for (name, by, own) in [("to_topic", CameBy::Topic, Bytes([1; 8])), ("to_inbox", CameBy::Inbox, Bytes([14; 8]))] {
        let seal = CarrierSeal::new(keys.clone(), own, &mut chinwag::chat::base::rng::Rng::new(&[0; 32]));
        let mut payload = bytes(written[name]);
        let opened = seal.open(by, &mut payload).map(|(from, frame)| (from, format!("{frame:?}")));
        assert_eq!(opened, Ok((inbox, format!("Retry {{ cookie: {:?} }}", Bytes([6; 8])))));
    }
}

#[test]
fn the_vectors_of_the_protocol_are_what_the_peer_in_python_computes() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
    let Ok(out) = Command::new("python3").args([script, "--vectors"]).output() else { return };
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let (out, written) = (String::from_utf8_lossy(&out.stdout).into_owned(), written());
    let mut count = 0;
    for (name, value) in out.lines().filter_map(|line| line.split_once(' ')) {
        count += 1;
        assert_eq!(written.get(name).copied(), Some(value), "{name}");
    }
    assert!(count >= 47, "{out}");
}
