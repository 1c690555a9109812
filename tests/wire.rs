//! The bytes on the wire: every frame as it must look for ever, and nothing that is nearly so.

use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::limits::LEFT_OUT_MAX;
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::{Hybrid, Stamp, Wall};
use chinwag::chat::keys::identity::{self, Identity, Strict};
use chinwag::chat::keys::secret::{RoomKeys, RoomName};
use chinwag::chat::wire::entry::{Action, Body, Header, NO_ENTRY, Text};
use chinwag::chat::wire::frame::{Ack, Beacon, Frame, Head, Signed, Span, Via, Wanted, flags};
use chinwag::chat::wire::private_body::PrivateBody;
use chinwag::chat::wire::{self, BadFrame, Seal};

/// 2026-01-01.
const WALL: Wall = Wall(1_767_225_600_000);

fn lobby() -> RoomKeys {
    RoomKeys::open(&RoomName::lobby())
}

fn seal() -> Seal {
    Seal::new(lobby(), &mut Rng::new(&[1; 32]))
}

fn entry(body: &Body, seq: u64) -> chinwag::chat::wire::entry::Entry {
    let tim = Identity::new(&[7; 32]);
    let header = Header {
        author: tim.author(),
        run: Bytes([2; 8]),
        seq,
        prev: NO_ENTRY,
        time: Hybrid::default().next(WALL),
        kind: body.kind(),
    };
    wire::sign_entry(&tim, lobby().id(), header, &wire::encode_body(body))
}

fn action(text: &str, is_auto: bool) -> Body {
    Body::Action(Action { text: text.to_owned(), is_auto })
}

fn beacon() -> Beacon {
    Beacon {
        author: Identity::new(&[7; 32]).author(),
        run: Bytes([2; 8]),
        counter: 300,
        time: Hybrid::default().next(WALL),
        nick: "tim".to_owned(),
        flags: flags::HEARS_MULTICAST,
        interval: 5,
        root: Bytes([3; 8]),
        logs: 70_000,
        prekey: Bytes::ZERO,
        moved: WALL.0,
        acks: vec![Ack { log: Bytes([4; 8]), seq: 5 }],
        hears: vec![Bytes([6; 4])],
    }
}

/// Each frame once, as a datagram. The nonces follow from the seed, so the bytes are always the same.
fn datagrams() -> Vec<(&'static str, Vec<u8>)> {
    let mut seal = seal();
    let text =
        entry(&Body::Text(Text { lines: vec!["hi".to_owned(), String::new()], continues: false, is_auto: false }), 1);
    let action = entry(&action("blinks", true), 2);
    let signed = [&text, &action].map(|entry| Signed { bytes: &entry.bytes, signature: entry.signature });
    let (beacon, signature) = wire::sign_beacon(&Identity::new(&[7; 32]), lobby().id(), &beacon());
    let log = Bytes([4; 8]);
    let frames = [
        ("entries", Frame::Entries { ack: true, entries: signed.to_vec() }),
        ("beacon", Frame::Beacon { via: Via::Author, beacon: Signed { bytes: &beacon, signature } }),
        (
            "heads",
            Frame::Heads { ack: false, reply: true, heads: vec![Head { log, floor: 1, seq: 250, id: Bytes([5; 8]) }] },
        ),
        ("want", Frame::Want { cookie: Bytes([6; 8]), wants: vec![Wanted { log, from: 251, count: 64 }] }),
        ("buckets", Frame::Buckets { cookie: Bytes::ZERO, buckets: Bytes([7; 384]) }),
        ("retry", Frame::Retry { cookie: Bytes([8; 8]) }),
        ("gone", Frame::Gone { ranges: vec![Span { log, from: 1, to: 65_536 }] }),
        ("begin", Frame::Begin { begin: Signed { bytes: &[9; 128], signature: Bytes([10; 64]) } }),
        ("accept", Frame::Accept { accept: Signed { bytes: &[11; 64], signature: Bytes([12; 64]) } }),
        ("passed_on", Frame::Beacon { via: Via::Other, beacon: Signed { bytes: &beacon, signature } }),
        ("receipt", Frame::Beacon { via: Via::Receipt, beacon: Signed { bytes: &beacon, signature } }),
    ];
    frames.iter().map(|(name, frame)| (*name, seal.close(frame).expect("it fits").to_vec())).collect()
}

#[test]
fn every_frame_has_its_bytes() {
    let golden: Vec<String> = datagrams().iter().map(|(name, bytes)| format!("{name} {}", hex(bytes))).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire.golden");
    let expected = std::fs::read_to_string(file).expect("the golden bytes are there");
    assert_eq!(golden.join("\n"), expected.trim_end(), "the bytes on the wire are for ever");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
fn a_new_secret_names_so_many_who_were_left_out_and_no_more() {
    let secret = |count: usize| {
        let left_out = vec![Bytes([9; 8]); count];
        PrivateBody::Secret { secret: Bytes([1; 16]), since: Stamp::from_number(7), left_out }
    };
    for count in [0, 1, LEFT_OUT_MAX] {
        assert_eq!(wire::private_body(&wire::encode_private_body(&secret(count)).unwrap()), Some(secret(count)));
    }
    assert_eq!(wire::private_body(&wire::encode_private_body(&secret(LEFT_OUT_MAX + 1)).unwrap()), None);
}

#[test]
fn every_frame_comes_out_as_it_went_in() {
    for (name, bytes) in datagrams() {
        let mut opened = bytes.clone();
        let frame = seal().open(&mut opened).unwrap_or_else(|bad| panic!("{name}: {bad}"));
        let mut again = seal().close(&frame).expect("it fits").to_vec();
        assert_eq!(seal().open(&mut again), Ok(frame), "{name}");
    }
}

#[test]
fn every_truncation_every_flipped_bit_and_every_more_byte_is_refused() {
    let seal = seal();
    for (name, bytes) in datagrams() {
        for len in 0..bytes.len() {
            assert!(seal.open(&mut bytes[..len].to_vec()).is_err(), "{name} cut to {len}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(seal.open(&mut flipped).is_err(), "{name} with bit {bit} flipped");
        }
        assert!(seal.open(&mut [&bytes[..], &[0]].concat()).is_err(), "{name} with a byte more");
    }
}

#[test]
fn an_entry_is_its_authors_alone_and_a_beacon_too() {
    let room = lobby().id();
    let entry = entry(&action("waves", false), 3);
    let signed = Signed { bytes: &entry.bytes, signature: entry.signature };
    let same = wire::verify_entry(&Strict::default(), room, signed).expect("it is signed");
    assert_eq!((same.id, same.log, wire::body(&same)), (entry.id, entry.log, action("waves", false)));
    for at in 0..entry.bytes.len() {
        let mut forged = entry.bytes.to_vec();
        forged[at] ^= 1;
        assert!(
            wire::verify_entry(&Strict::default(), room, Signed { bytes: &forged, ..signed }).is_err(),
            "byte {at}"
        );
    }
    let other = RoomKeys::open(&RoomName::parse("other").unwrap()).id();
    assert_eq!(wire::verify_entry(&Strict::default(), other, signed).unwrap_err(), BadFrame::Signature);

    let (bytes, signature) = wire::sign_beacon(&Identity::new(&[7; 32]), room, &beacon());
    let signed = Signed { bytes: &bytes, signature };
    let claimed = wire::claimed_beacon(&bytes).expect("it is one");
    assert_eq!(claimed, beacon());
    assert!(wire::is_beacon_signed(&Strict::default(), room, &claimed, signed));
    assert!(!wire::is_beacon_signed(&Strict::default(), other, &claimed, signed));
}

#[test]
fn unknown_kinds_are_kept_and_damaged_bodies_are_told_apart() {
    let tim = Identity::new(&[7; 32]);
    let with = |kind: u8, body: &[u8]| {
        let header = entry(&action("", false), 1).header;
        wire::body(&wire::sign_entry(&tim, lobby().id(), Header { kind, ..header }, body))
    };
    assert_eq!(with(9, b"whatever"), Body::Later(9));
    assert_eq!(with(0, b""), Body::Damaged(0));
    assert_eq!(with(0, &[0, 0]), Body::Damaged(0), "a text without a line");
    assert_eq!(with(1, &[5, b'x']), Body::Damaged(1));
    assert_eq!((with(1, &[1, b'x', 0]), with(1, &[1, b'x', 1])), (action("x", false), action("x", true)));
    assert_eq!(with(1, &[1, b'x']), Body::Damaged(1), "not said whether a program says it");
    assert_eq!(with(1, &[1, b'x', 2]), Body::Damaged(1), "neither said nor not");
    assert_eq!(with(1, &[1, b'x', 0, 0]), Body::Damaged(1), "a byte behind it");
    assert_eq!(with(1, &[251, 1, 0, b'x', 0]), Body::Damaged(1), "a length longer than it need be");
    assert_eq!(with(0, &[1, 1, b'x', 0]), Body::Damaged(0), "not said whether a program says it");
    let text = |is_auto| Body::Text(Text { lines: vec!["x".to_owned()], continues: false, is_auto });
    assert_eq!((with(0, &[1, 1, b'x', 0, 0]), with(0, &[1, 1, b'x', 0, 1])), (text(false), text(true)));
}

#[test]
fn announced_lengths_are_not_believed() {
    // A list of a thousand million entries, of bytes, of text: refused before anything is reserved.
    for lie in [
        &[0_u8, 1, 252, 0, 0, 0, 64][..],
        &[0, 1, 253, 0, 0, 0, 0, 0, 0, 0, 64],
        &[0, 1, 1, 253, 255, 255, 255, 255, 255, 255, 255, 255],
        &[2, 0, 0, 253, 0, 0, 0, 0, 0, 1, 0, 0],
        &[3, 0, 0, 0, 0, 0, 0, 0, 0, 252, 255, 255, 255, 255],
        &[7],
        &[250],
        &[],
    ] {
        assert!(seal().open(&mut seal_raw(lie)).is_err(), "{lie:?}");
    }
}

/// Any content, sealed as an insider could.
fn seal_raw(content: &[u8]) -> Vec<u8> {
    use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
    let keys = lobby();
    let head = [&[0xff, 0x43, 1][..], &keys.tag().0].concat();
    let mut sealed = content.to_vec();
    let cipher = XChaCha20Poly1305::new(keys.seal().into());
    let nonce = XNonce::from([9; 24]);
    let mac = cipher.encrypt_inout_detached(&nonce, &head, sealed.as_mut_slice().into()).expect("it is short");
    [&head[..], &[9; 24], &sealed, &mac].concat()
}

#[test]
fn anything_an_insider_seals_is_a_frame_with_one_encoding_or_is_refused() {
    let mut rng = Rng::new(&[3; 32]);
    let mut frames = 0;
    for (_, datagram) in datagrams() {
        let content_len = datagram.len() - 51;
        for _ in 0..3000 {
            let mut plain = open_raw(&datagram);
            for _ in 0..=rng.below(3) {
                let at = usize::try_from(rng.below(content_len as u64)).expect("an index");
                plain[at] = rng.bytes::<1>()[0];
            }
            let mut sealed = seal_raw(&plain);
            if let Ok(frame) = seal().open(&mut sealed) {
                frames += 1;
                let again = seal().close(&frame).expect("it fits");
                assert_eq!(open_raw(&again), plain, "one value has one encoding");
            }
        }
    }
    assert!(frames > 1000, "most changes are of bytes that mean something: {frames}");
}

fn open_raw(datagram: &[u8]) -> Vec<u8> {
    use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
    let (head, rest) = datagram.split_at(35);
    let (content, mac) = rest.split_at(rest.len() - 16);
    let mut content = content.to_vec();
    let cipher = XChaCha20Poly1305::new(lobby().seal().into());
    let nonce = XNonce::from(Bytes::<24>::first_of(&head[11..]).0);
    let mac = Tag::from(Bytes::<16>::first_of(mac).0);
    cipher.decrypt_inout_detached(&nonce, &head[..11], content.as_mut_slice().into(), &mac).expect("our own");
    content
}

#[test]
fn what_a_file_kept_is_read_within_its_bounds_and_to_its_end() {
    let (room, entry) = (lobby().id(), entry(&action("waves", false), 1));
    let read = |bytes: &[u8]| {
        let id = identity::entry_id(room, bytes); // a file may say whatever fits itself
        wire::kept_entry(room, Signed { bytes, signature: entry.signature }, id, false).is_some()
    };
    assert!(read(&entry.bytes));
    assert!(!read(&[&entry.bytes[..], b"x"].concat()), "something is behind it");
    assert!(!read(&entry.bytes[..entry.bytes.len() - 1]), "its end is missing");
    let mut none = entry.bytes.to_vec();
    none[32 + 8] = 0; // the number, behind the author and the run
    assert!(!read(&none), "numbers begin with 1");
    assert!(
        wire::kept_entry(room, Signed { bytes: &entry.bytes, signature: entry.signature }, NO_ENTRY, false).is_none()
    );
}
