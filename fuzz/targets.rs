//! What must hold for any bytes. `cargo fuzz run NAME` explores them; `cargo test` tries a fixed random part.

#![allow(dead_code, reason = "each fuzz binary runs one of them")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use std::rc::Rc;

use chinwag::chat::audience::Named;
use chinwag::chat::bytes::Bytes;
use chinwag::chat::chance::Chance;
use chinwag::chat::charset::Charset;
use chinwag::chat::chatter::{Chatter, Config};
use chinwag::chat::event::Content;
use chinwag::chat::event::{Event, Message};
use chinwag::chat::expect::Expect;
use chinwag::chat::frame::{Frame, Head, Signed, Span, Wanted};
use chinwag::chat::identity::{Identity, Strict, Verify};
use chinwag::chat::keychain::Keychain;
use chinwag::chat::letterbox::Letterbox;
use chinwag::chat::line::{Line, Lines, without_mark};
use chinwag::chat::machine::{Input, Machine, Output, Way};
use chinwag::chat::node::{self, Node};
use chinwag::chat::notice::Undelivered;
use chinwag::chat::phrase::Phrase;
use chinwag::chat::plain::Plain;
use chinwag::chat::secret::{RoomKeys, RoomName};
use chinwag::chat::time::Now;
use chinwag::chat::time::{Moment, Wall};
use chinwag::chat::wire::{self, Seal};
use chinwag::view::bindings::Bindings;
use chinwag::view::requests;
use chinwag::view::screen::{Notify, Screen, Setup, Size};
use chinwag::view::text;
use chinwag::view::theme::Theme;
use chinwag::view::when::LocalTime;

/// Lines do not depend on the pieces they come in, and none is lost.
pub fn input(bytes: &[u8]) {
    let cut = bytes.first().map_or(0, |&first| usize::from(first) % bytes.len());
    let whole = split(&[bytes]);
    assert_eq!(split(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
    assert_eq!(split(&bytes.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
    let ends = bytes.split(|&byte| byte == b'\n').count() - 1;
    let bytes = without_mark(bytes);
    let has_rest = bytes.last().is_some_and(|&last| last != b'\n');
    assert_eq!(whole.len(), ends + usize::from(has_rest));
}

fn split(pieces: &[&[u8]]) -> Vec<Line> {
    let mut lines = Lines::default();
    let mut all = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(line) = lines.next(&mut piece) {
            all.push(line);
        }
    }
    all.extend(lines.end());
    all
}

/// A datagram is read without loss: text says the bytes again in its charset, bytes are the bytes.
pub fn plain(bytes: &[u8]) {
    let from = address(1);
    for chosen in ["utf-8", "gbk", "big5", "shift_jis", "windows-1252"] {
        let mut plain = Plain::new(chosen.parse().expect("a charset"));
        plain.read(from, "你好".as_bytes());
        let (content, _) = plain.read(from, bytes);
        let stripped = bytes.strip_suffix(b"\n").map_or(bytes, |text| text.strip_suffix(b"\r").unwrap_or(text));
        match content {
            Content::Text { text, charset } if charset == Charset::UTF_8 => assert_eq!(text.as_bytes(), stripped),
            Content::Text { text, charset } => {
                assert!(!text.contains('\0'));
                assert_eq!(charset.decode(stripped).as_deref(), Some(text.as_str()));
            }
            Content::Bytes(same) => assert_eq!(same, stripped),
        }
    }
}

/// What is shown holds nothing that acts on a terminal, begins no line of its own, and is bounded.
pub fn text(bytes: &[u8]) {
    let mut shown = String::new();
    text::neutralise_bytes(bytes, &mut shown);
    let is_harmless = |c: char| c == '\t' || c == '\n' || !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    assert!(shown.chars().all(is_harmless), "{shown:?}");
    assert!(!shown.contains(['\u{200b}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}']), "{shown:?}");
    assert!(shown.split('\n').skip(1).all(|inner| inner.starts_with("  ")), "{shown:?}");
    assert!(shown.len() <= 4 * bytes.len(), "{} bytes became {}", bytes.len(), shown.len());
    let mut again = String::new();
    text::neutralise(&shown, &mut again);
    assert_eq!(again, shown.replace('\n', "\\n"), "neutral text stays as it is");
}

/// Whatever happens in whatever order, the core keeps its contract: the same inputs give the same outputs, a deadline
/// lies ahead after its tick, and nothing follows the end.
pub fn chatter(bytes: &[u8]) {
    assert_eq!(play(bytes), play(bytes));
}

/// Whatever a line holds, it is a command or is refused in words; the same line means the same.
pub fn requests(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    let parsed = requests::parse(&line);
    assert_eq!(parsed, requests::parse(&line));
    assert!(parsed.command.is_ok() || parsed.command.is_err_and(|why| !why.is_empty()));
    let said = serde_json::json!({ "type": "say", "text": line }).to_string();
    assert_eq!(requests::parse(&said).command.is_ok(), !line.contains('\0'), "any text can be said");
}

/// Whatever a disk or a person hands over as a secret is one, or is refused; a letter has one encoding.
pub fn secrets(bytes: &[u8]) {
    if let Some(chain) = Keychain::from_bytes(bytes) {
        assert_eq!(&chain.to_bytes()[..], bytes);
    }
    if let Some(letterbox) = Letterbox::from_bytes(bytes) {
        assert_eq!(&letterbox.to_bytes()[..], bytes);
    }
    if let Some(letter) = wire::letter(bytes) {
        assert_eq!(wire::encode_letter(&letter).map(|letter| letter.to_vec()).as_deref(), Some(bytes));
    }
    let text = String::from_utf8_lossy(bytes);
    let phrase = Phrase::new(text.clone().into_owned().into());
    let _ = phrase.room();
    if phrase.is_invitation() {
        let _ = phrase.unlock(&RoomName::lobby()); // whatever it is, it takes no passphrase's time
    }
    assert!(Letterbox::new(&[1; 32], Wall(0)).open(b"header", bytes).is_none());
}

/// One session, its inputs made of bytes.
fn play(bytes: &[u8]) -> Vec<Output> {
    let mut chance = bytes.iter().copied();
    let Some(shape) = chance.next() else { return Vec::new() };
    let is = |bit: u8| shape & (1 << bit) != 0;
    let config = Config {
        charset: if is(0) { Charset::UTF_8 } else { Charset::GB18030 },
        newline: is(1),
        terminal: is(2),
        detail: chinwag::chat::traffic::Detail::None,
        listen: is(3),
        expect: Expect::new(
            is(4).then(|| regex::Regex::new("好|!").expect("a regular expression")).into_iter().collect(),
            false,
            0,
        ),
        timeout: is(5).then_some(Duration::from_secs(3)),
    };
    let named = if is(6) { vec![] } else { vec![Named::new("one".into(), vec![address(1), address(2)])] };
    let mut chatter = Chatter::new(config, named);
    let (mut outputs, mut now, mut number) = (Vec::new(), Now::default(), 0);
    while let Some(what) = chance.next() {
        let from = address(u16::from(what >> 4) % 4 + 1);
        let said: Vec<u8> = chance.by_ref().take(usize::from(what) % 5).collect();
        match what % 8 {
            0 | 1 => chatter.handle(Input::Datagram { from, bytes: &said, way: Way::Unicast }, now),
            2 | 3 if chatter.takes_input() => {
                number += 1;
                let text = Ok(String::from_utf8_lossy(&said).into_owned());
                chatter.handle(Input::Line(Line { number, text }), now);
            }
            4 if chatter.takes_input() => chatter.handle(Input::Paused { begun: true }, now),
            5 => chatter.handle(Input::Undelivered { to: from, why: Undelivered::Refused }, now),
            6 if said.is_empty() => chatter.handle(Input::End, now),
            _ => {
                now.moment = now.moment.after(Duration::from_millis(u64::from(what) * 4));
                chatter.handle(Input::Tick, now);
                assert!(chatter.deadline().is_none_or(|(deadline, _)| deadline > now.moment), "a deadline lies ahead");
            }
        }
        outputs.extend(std::iter::from_fn(|| chatter.poll()));
    }
    let ends = outputs.iter().position(|output| matches!(output, Output::Exit(_)));
    assert!(ends.is_none_or(|end| end + 1 == outputs.len()), "nothing follows the end: {outputs:?}");
    assert!(ends.is_none() || chatter.deadline().is_none() && !chatter.takes_input());
    outputs
}

/// No bytes are a frame but those that a member of the room sealed.
pub fn envelope(bytes: &[u8]) {
    let keys = RoomKeys::open(&RoomName::lobby());
    let seal = Seal::new(keys.clone(), &mut Chance::new(&[0; 32]));
    let framed = [&[0xff, 0x43, 1][..], &keys.tag().0, bytes].concat();
    assert!(seal.open(&mut bytes.to_vec()).is_err());
    assert!(seal.open(&mut framed.clone()).is_err());
    assert!(wire::claimed(bytes).is_err() || bytes.len() > 70);
    assert!(wire::claimed_beacon(bytes).is_err() || bytes.len() > 90);
}

/// Whatever a member of the room sends, in whatever order: nothing panics, everything stays within its bounds, a deadline
/// lies ahead after its tick, and a typed line leaves.
pub fn hostile(bytes: &[u8]) {
    let mut chance = bytes.iter().copied();
    let mut seal = Seal::new(RoomKeys::open(&RoomName::lobby()), &mut Chance::new(&[1; 32]));
    let room = RoomKeys::open(&RoomName::lobby()).id();
    let verifier: Rc<dyn Verify> = Rc::new(Strict::default());
    let mut now = Now::default();
    let mut node = Node::new(native(), Identity::new(&[1; 32]), Vec::new(), &verifier, &[2; 32], now);
    let own = node.rooms().next().expect("it has one").own_log();
    while let Some(what) = chance.next() {
        let from = address(u16::from(what >> 6) + 1);
        let mut byte = || chance.next().unwrap_or(0);
        let (a, b) = (byte(), byte());
        let log = if a & 1 == 0 { own } else { Bytes([a; 8]) };
        let number = if b & 1 == 0 { u64::MAX - u64::from(b) } else { u64::from(b) };
        let liar = Identity::new(&[a % 4; 32]);
        let header = |kind| chinwag::chat::entry::Header {
            author: liar.author(),
            run: Bytes([b % 4; 8]),
            seq: number.max(1),
            prev: Bytes::ZERO,
            time: chinwag::chat::time::Hybrid::default().next(now.wall),
            kind,
        };
        let entry = wire::sign_entry(&liar, room, header(a % 7), &[b, a, 0, b]);
        let signed =
            Signed { bytes: &entry.bytes, signature: if b & 2 == 0 { entry.signature } else { Bytes([b; 64]) } };
        let frame = match what % 8 {
            0 => Frame::Entries { ack: a & 2 == 0, entries: vec![signed; usize::from(a % 4)] },
            1 => Frame::Beacon { via: a & 2 == 0, beacon: signed },
            2 => Frame::Heads {
                ack: a & 2 == 0,
                reply: a & 4 == 0,
                heads: vec![Head { log, floor: number, seq: number, id: Bytes([b; 8]) }; 3],
            },
            3 => Frame::Want { cookie: Bytes([b; 8]), wants: vec![Wanted { log, from: number, count: a }; 3] },
            4 => Frame::Buckets { cookie: Bytes([b; 8]), buckets: Bytes([a; 384]) },
            5 => Frame::Retry { cookie: Bytes([a; 8]) },
            6 => Frame::Gone { ranges: vec![Span { log, from: u64::from(a), to: number }; 3] },
            _ => {
                now.moment = now.moment.after(Duration::from_millis(u64::from(a) * 16));
                node.handle(Input::Tick, now);
                let due = node.deadline();
                assert!(due.is_none_or(|(deadline, _)| deadline > now.moment), "it lies ahead: {due:?}");
                continue;
            }
        };
        let way = if b & 4 == 0 { Way::Unicast } else { Way::Multicast };
        if let Some(datagram) = seal.close(&frame) {
            node.handle(Input::Datagram { from, bytes: &datagram, way }, now);
        }
        while node.poll().is_some() {}
    }
    let census = node.rooms().next().expect("it has one").census();
    assert!(census.iter().all(|count| count.held <= count.most), "{census:?}");
    node.handle(Input::Line(Line { number: 1, text: Ok("hi".to_owned()) }), now);
    node.handle(Input::Paused { begun: false }, now);
    assert!(std::iter::from_fn(|| node.poll()).any(|output| matches!(output, Output::Send { .. })), "a line leaves");
}

fn native() -> node::Config {
    node::Config {
        keychains: Vec::new(),
        letterbox: Rc::new(Letterbox::new(&[5; 32], Wall(0))),
        to: None,
        rooms: vec![RoomName::lobby()],
        nick: "me".to_owned(),
        is_temporary: true,
        is_kept: false,
        is_second_window: false,
        peers: vec![address(1)],
        port: 7788,
        charset: Charset::UTF_8,
        terminal: false,
        is_piped: false,
        commands: true,
        listen: true,
        wait_peers: 0,
        expect: None,
        since: None,
        bounds: chinwag::chat::limits::Bounds::default(),
        detail: chinwag::chat::traffic::Detail::None,
        timeout: None,
        is_send: false,
        fold: true,
        newline: false,
        has_screen: false,
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// Whatever is pressed, said and resized, the live rows fit the terminal, and nothing that was typed or said acts on it.
pub fn screen(bytes: &[u8]) {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let size = Size { columns: 2 + u16::from(at(0)), rows: 1 + u16::from(at(1)) };
    let mut screen = Screen::new(Setup {
        theme: Theme { has_signs: at(2) % 2 == 0, ..Theme::default() },
        bindings: Bindings::default(),
        local: LocalTime::default(),
        rooms: vec![RoomName::lobby()],
        charset: Charset::UTF_8,
        past: vec!["typed before".to_owned()],
        is_first: false,
        is_kept: true,
        has_bell: true,
        notify: Notify::Osc777,
        size,
        rewraps: true,
    });
    let mut now = Moment::START;
    for piece in bytes.chunks(5) {
        now = now.after(Duration::from_millis(u64::from(piece[0])));
        screen.tick(now);
        screen.push(piece, now);
        if piece[0] % 3 == 0 {
            let content = Content::Text { text: String::from_utf8_lossy(bytes).into_owned(), charset: Charset::UTF_8 };
            screen.show(&Event::Message(Message { from: address(1), content, received: Wall(0) }), now);
        }
        screen.resize(Size { columns: 2 + u16::from(piece[0]), rows: size.rows });
        if let Some(frame) = screen.draw() {
            let modes = ["\x1b[?2026h", "\x1b[?2026l", "\x1b[?7l", "\x1b[?7h", "\x1b\\"];
            let mut rest = modes.iter().fold(frame.to_owned(), |rest, mode| rest.replace(mode, ""));
            assert!(!rest.contains(['\u{9b}', '\u{202e}']), "{frame:?}");
            // What is left of escapes is ours: moves, clearing, colours, a notification.
            while let Some(at) = rest.find('\x1b') {
                let end = rest[at + 2..].find(|c: char| c.is_ascii_alphabetic()).expect("a sequence ends") + at + 2;
                let is_ours = matches!(rest.as_bytes()[end], b'A' | b'B' | b'K' | b'm' | b'H')
                    || rest[at..].starts_with("\x1b]777;notify;");
                assert!(is_ours, "{frame:?}");
                rest.replace_range(at..=at, "");
            }
        }
    }
    // No keys lock it: what is typed at last is seen.
    screen.tick(now.after(Duration::from_secs(10)));
    screen.push(b"\x07\x03", now.after(Duration::from_secs(11)));
    screen.push(b"x", now.after(Duration::from_secs(12)));
    assert!(screen.has_begun());
}
