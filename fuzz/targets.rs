//! What must hold for any bytes. `cargo fuzz run NAME` explores them; `cargo test` tries a fixed random part.

#![allow(dead_code, reason = "each fuzz binary runs one of them")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use std::rc::Rc;

use chinwag::chat::api::event::Content;
use chinwag::chat::api::event::{Event, Message};
use chinwag::chat::api::expect::Expect;
use chinwag::chat::api::machine::{Input, Machine, Output, To, Way};
use chinwag::chat::api::network_notice::Undelivered;
use chinwag::chat::api::run::RunOutcome;
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::charset::Charset;
use chinwag::chat::base::line::{Line, Lines, without_mark};
use chinwag::chat::base::rng::Rng;
use chinwag::chat::base::time::{Moment, Now, Stamp, Wall};
use chinwag::chat::keys::identity::{EntryId, Identity, LogId, RoomId, Run, Signature, Strict, Verify, log_id};
use chinwag::chat::keys::keychain::Keychain;
use chinwag::chat::keys::phrase::Phrase;
use chinwag::chat::keys::secret::{RoomKeys, RoomName};
use chinwag::chat::mqtt::client::{BrokerEvent, BrokerFault, MqttClient};
use chinwag::chat::mqtt::packet::Login;
use chinwag::chat::plain::Plain;
use chinwag::chat::plain::chatter::{Chatter, ChatterConfig};
use chinwag::chat::plain::targets::NamedTarget;
use chinwag::chat::room::Room;
use chinwag::chat::session::node::config::{Driven, PlainConfig, Reach, Script, User};
use chinwag::chat::session::node::{self, Node};
use chinwag::chat::wire::entry::{Action, Body, Deletion, Header, NO_ENTRY, Text};
use chinwag::chat::wire::frame::{Ack, Beacon, Cookie, Frame, Head, Signed, Span, Via, Wanted, flags};
use chinwag::chat::wire::letterbox::Letterbox;
use chinwag::chat::wire::{self, Seal};
use chinwag::view::editor::bindings::Bindings;
use chinwag::view::json::requests;
use chinwag::view::screen::joins::ShownJoins;
use chinwag::view::screen::theme::Theme;
use chinwag::view::screen::{Notify, Screen, ScreenLook, ScreenSetup, Size};
use chinwag::view::text;
use chinwag::view::text::when::LocalTime;

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

/// What came of a broker that sent anything.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct FromBroker {
    pub messages: Vec<(String, Vec<u8>)>,
    pub denied: Vec<String>,
    pub down: Option<BrokerFault>,
}

/// Whatever a broker sends means the same however it was cut, draws no answer, and is not kept.
pub fn broker(bytes: &[u8]) -> FromBroker {
    let cut = bytes.first().map_or(0, |&first| usize::from(first) % bytes.len());
    let whole = listen(&[bytes]);
    assert_eq!(listen(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
    assert_eq!(listen(&bytes.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
    whole
}

fn listen(pieces: &[&[u8]]) -> FromBroker {
    let (mut client, mut came, now) = (MqttClient::new(), FromBroker::default(), Moment::START);
    client.opened(&Login::new("abc".to_owned(), None).expect("it is short"), now);
    client.sent(usize::MAX, now);
    client.receive(&[0x20, 2, 0, 0], now);
    assert_eq!(client.poll(), Some(BrokerEvent::Up));
    assert!(client.subscribe(&["a".to_owned(), "b".to_owned()], now) && client.unsubscribe(&["c".to_owned()]));
    let sent = client.outgoing().len();
    for piece in pieces {
        client.receive(piece, now);
        while let Some(event) = client.poll() {
            match event {
                BrokerEvent::Message { topic, payload } => came.messages.push((topic.to_owned(), payload.to_vec())),
                BrokerEvent::Denied(filter) => came.denied.push(filter),
                BrokerEvent::Granted(_) => {}
                BrokerEvent::Down(fault) => assert_eq!(came.down.replace(fault), None, "once"),
                BrokerEvent::Up => panic!("it was up"),
            }
        }
        let expected = if came.down.is_some() { 0 } else { sent };
        assert_eq!(client.outgoing().len(), expected, "nothing is answered");
    }
    let (taken, of) = (came.messages.iter().map(|(topic, payload)| topic.len() + payload.len()).sum::<usize>(), pieces);
    assert!(taken <= of.iter().map(|piece| piece.len()).sum::<usize>() && came.denied.len() <= 2);
    came
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
    text::sanitise_bytes(bytes, &mut shown);
    let is_harmless = |c: char| c == '\t' || c == '\n' || !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    assert!(shown.chars().all(is_harmless), "{shown:?}");
    assert!(!shown.contains(['\u{200b}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}']), "{shown:?}");
    assert!(shown.split('\n').skip(1).all(|inner| inner.starts_with("  ")), "{shown:?}");
    assert!(shown.len() <= 4 * bytes.len(), "{} bytes became {}", bytes.len(), shown.len());
    let mut again = String::new();
    text::sanitise(&shown, &mut again);
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

/// Whatever a disk or a person hands over as a secret is one, or is refused; a private message has one encoding.
pub fn secrets(bytes: &[u8]) {
    if let Some(chain) = Keychain::from_bytes(bytes) {
        assert_eq!(Keychain::from_bytes(&chain.to_bytes()), Some(chain)); // an earlier form is written as the present one
    }
    if let Some(letterbox) = Letterbox::from_bytes(bytes) {
        assert_eq!(&letterbox.to_bytes()[..], bytes);
    }
    if let Some(private_body) = wire::private_body(bytes) {
        assert_eq!(
            wire::encode_private_body(&private_body).map(|private_body| private_body.to_vec()).as_deref(),
            Some(bytes)
        );
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
    let mut rng = bytes.iter().copied();
    let Some(shape) = rng.next() else { return Vec::new() };
    let is = |bit: u8| shape & (1 << bit) != 0;
    let config = ChatterConfig {
        charset: if is(0) { Charset::UTF_8 } else { Charset::GB18030 },
        newline: is(1),
        terminal: is(2),
        has_screen: bytes.len().is_multiple_of(2),
        detail: chinwag::chat::base::metrics::Detail::None,
        answers: true,
        listen: is(3),
        expect: Expect::new(
            is(4).then(|| regex::Regex::new("好|!").expect("a regular expression")).into_iter().collect(),
            false,
            0,
        ),
        timeout: is(5).then_some(Duration::from_secs(3)),
    };
    let named = if is(6) { vec![] } else { vec![NamedTarget::new("one".into(), vec![address(1), address(2)])] };
    let mut chatter = Chatter::new(config, named);
    let (mut outputs, mut now, mut number) = (Vec::new(), Now::default(), 0);
    while let Some(what) = rng.next() {
        let from = address(u16::from(what >> 4) % 4 + 1);
        let said: Vec<u8> = rng.by_ref().take(usize::from(what) % 5).collect();
        match what % 8 {
            0 | 1 => chatter.handle(Input::Datagram { from, bytes: &said, way: Way::Unicast }, now),
            2 | 3 if chatter.takes_input() => {
                number += 1;
                let text = Ok(String::from_utf8_lossy(&said).into_owned());
                chatter.handle(Input::Line(Line { number, text }), now);
            }
            4 if chatter.takes_input() => chatter.handle(Input::Paused { begun: true }, now),
            5 => chatter.handle(Input::Undelivered { to: from, why: Undelivered::Refused }, now),
            7 if said.len() < 2 => {
                let outcome = RunOutcome::Printed(said);
                chatter.handle(Input::Ran { from, outcome }, now);
            }
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
    let seal = Seal::new(keys.clone(), &mut Rng::new(&[0; 32]));
    let framed = [&[0xff, 0x43, 1][..], &keys.tag().0, bytes].concat();
    assert!(seal.open(&mut bytes.to_vec()).is_err());
    assert!(seal.open(&mut framed.clone()).is_err());
    assert!(wire::claimed(bytes).is_err() || bytes.len() > 70);
    assert!(wire::claimed_beacon(bytes).is_err() || bytes.len() > 90);
}

/// Whatever members of the room send, in whatever order: nothing panics, everything stays within its bounds, a deadline
/// lies ahead after its tick, and a typed line leaves.
pub fn hostile(bytes: &[u8]) {
    besiege(bytes);
}

/// How much of what hostile members send the node accepts: where it accepts nothing, the walk tests nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    pub beacons_sent: usize,
    pub beacons: usize,
    /// Sound ones, each the next of its log.
    pub entries_sent: usize,
    /// How many of these are held at the end.
    pub entries: usize,
    /// How many of the members were here at some time.
    pub present: usize,
    pub cookies: usize,
}

/// Runs [`hostile`] and returns how much of the input the node accepted.
pub fn besiege(bytes: &[u8]) -> Taken {
    let mut siege = Siege::new(bytes);
    while let Some(what) = siege.bytes.next() {
        siege.step(what);
        let census = siege.node.rooms().next().expect("it has one").census();
        assert!(census.iter().all(|count| count.held <= count.most), "{census:?}");
    }
    siege.ends()
}

/// A member with the room's key and a key of its own, which signs anything.
struct Member {
    identity: Identity,
    address: SocketAddr,
    run: Run,
    counter: u64,
    seq: u64,
    last: EntryId,
    /// What the node gave it last.
    cookie: Cookie,
    was_present: bool,
}

/// A signature that no author has made.
const NO_SIGNATURE: Signature = Bytes([7; 64]);

/// A node and hostile members of its room. The bytes decide everything that the members do.
struct Siege<'a> {
    bytes: std::iter::Copied<std::slice::Iter<'a, u8>>,
    now: Now,
    node: Node,
    seal: Seal,
    room: RoomId,
    members: Vec<Member>,
    lines: u64,
    sound: BTreeSet<EntryId>,
    taken: Taken,
}

impl<'a> Siege<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let now = Now { wall: Wall(1_767_225_600_000), ..Now::default() };
        let keys = RoomKeys::open(&RoomName::lobby());
        let verifier: Rc<dyn Verify> = Rc::new(Strict::default());
        let node = Node::new(native(), Identity::new(&[1; 32]), Vec::new(), &verifier, &[2; 32], now);
        let member = |(port, secret)| Member {
            identity: Identity::new(&[secret; 32]),
            address: address(port),
            run: Bytes([secret; 8]),
            counter: 0,
            seq: 0,
            last: NO_ENTRY,
            cookie: Bytes::ZERO,
            was_present: false,
        };
        Self {
            bytes: bytes.iter().copied(),
            now,
            node,
            room: keys.id(),
            seal: Seal::new(keys, &mut Rng::new(&[1; 32])),
            members: [(1, 7), (2, 8), (3, 9), (4, 1)].map(member).into(), // the last member has the node's own key
            lines: 0,
            sound: BTreeSet::new(),
            taken: Taken::default(),
        }
    }

    fn byte(&mut self) -> u8 {
        self.bytes.next().unwrap_or(0)
    }

    fn one_in(&mut self, many: u8) -> bool {
        self.byte().is_multiple_of(many)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    fn number(&mut self, known: u64) -> u64 {
        self.pick(&[0, 1, 2, known, u64::MAX])
    }

    fn room(&self) -> &Room {
        self.node.rooms().next().expect("it has one")
    }

    fn log_of(&self, member: usize) -> LogId {
        let Member { identity, run, .. } = &self.members[member];
        log_id(self.room, identity.author(), *run)
    }

    /// A log and its last number: the node's log, a member's log, or a log that does not exist.
    fn log(&mut self) -> (LogId, u64) {
        match self.byte() {
            at @ 0..64 => (self.log_of(usize::from(at % 4)), self.members[usize::from(at % 4)].seq),
            at @ 64..96 => (Bytes([at; 8]), 5),
            _ => {
                let own = self.room().own_log();
                (own, self.room().archive().settled(own))
            }
        }
    }

    fn some<T>(&mut self, most: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.byte() % (most + 1)).map(|_| one(self)).collect()
    }

    fn stamp(&mut self) -> Stamp {
        let now = self.now.wall.0;
        let wall = self.pick(&[now, now, now, now, now + 300_000, now - 60_000, 0, u64::MAX]);
        Stamp::of(Wall(wall))
    }

    fn step(&mut self, what: u8) {
        let member = usize::from(what >> 6);
        let way = if what & 0x30 == 0x30 { Way::Multicast(None) } else { Way::Unicast };
        let cookie = if self.one_in(8) { Bytes([what; 8]) } else { self.members[member].cookie };
        match what % 8 {
            0 => self.entries(member, way),
            1 => self.beacon(member, way),
            2 => {
                let (ack, reply) = (self.one_in(2), self.one_in(2));
                let heads = self.some(5, |siege| {
                    let (log, known) = siege.log();
                    Head { log, floor: siege.number(known), seq: siege.number(known), id: Bytes([what; 8]) }
                });
                self.send(member, way, &Frame::Heads { ack, reply, heads });
            }
            3 => {
                let wants = self.some(5, |siege| {
                    let (log, known) = siege.log();
                    Wanted { log, from: siege.number(known), count: siege.pick(&[0, 1, 2, 64, u8::MAX]) }
                });
                self.send(member, way, &Frame::Want { cookie, wants });
            }
            4 => {
                let buckets = Bytes([self.byte(); 384]);
                self.send(member, way, &Frame::Buckets { cookie, buckets });
            }
            5 => self.send(member, way, &Frame::Retry { cookie }),
            6 => {
                let ranges = self.some(5, |siege| {
                    let (log, known) = siege.log();
                    Span { log, from: siege.number(known), to: siege.number(known) }
                });
                self.send(member, way, &Frame::Gone { ranges });
            }
            _ => {
                let ms = 8 * u64::from(self.byte());
                self.wait(ms);
                if self.one_in(2) && self.node.takes_input() {
                    self.type_line();
                    self.listen();
                }
            }
        }
    }

    /// The member sends entries of its own; most of them follow its last one.
    fn entries(&mut self, member: usize, way: Way) {
        let ack = self.one_in(2);
        let mut entries = Vec::new();
        for _ in 0..=self.byte() % 3 {
            let (next, prev) = (self.members[member].seq + 1, self.members[member].last);
            let seq = if self.one_in(4) { self.number(next) } else { next };
            let (body, kind) = self.body();
            let is_copy = self.one_in(16); // the member with the node's key then writes to the node's log
            let author = self.members[member].identity.author();
            let run = if is_copy { self.room().own_run() } else { self.members[member].run };
            let header = Header { author, run, seq, prev, time: self.stamp(), kind };
            let is_wrong = self.one_in(16);
            let mut entry = wire::sign_entry(&self.members[member].identity, self.room, header, &body);
            if is_wrong {
                entry.signature = NO_SIGNATURE;
            } else if seq == next && !is_copy {
                (self.members[member].seq, self.members[member].last) = (seq, entry.id);
                self.sound.insert(entry.id);
            }
            entries.push(entry);
        }
        let signed = entries.iter().map(|entry| Signed { bytes: &entry.bytes, signature: entry.signature });
        self.send(member, way, &Frame::Entries { ack, entries: signed.collect() });
    }

    fn body(&mut self) -> (Vec<u8>, u8) {
        let body = match self.byte() % 8 {
            0 => Body::Profile("me".to_owned()),
            1 => Body::Topic("\u{202e}nonsense".to_owned()),
            2 => {
                let (log, known) = self.log();
                Body::Deletion(Deletion { log, seq: self.number(known), count: self.pick(&[0, 1, u8::MAX]) })
            }
            3 => Body::Action(Action { text: "waves".to_owned(), is_auto: self.one_in(2) }),
            4 => {
                let bytes = [self.byte(), self.byte(), 0, self.byte()];
                return (bytes.into(), bytes[0] % 8);
            }
            _ => Body::Text(Text {
                lines: vec!["so say I".to_owned()],
                continues: self.one_in(4),
                is_auto: self.one_in(4),
            }),
        };
        (wire::encode_body(&body), body.kind())
    }

    /// The member sends a beacon with the next counter, or with the last counter there is; then it begins a new run.
    fn beacon(&mut self, member: usize, way: Way) {
        let is_last = self.one_in(64);
        let via = if self.one_in(8) { self.pick(&[Via::Other, Via::Receipt]) } else { Via::Author };
        self.members[member].counter = if is_last { u64::MAX } else { self.members[member].counter + 1 };
        let acks = self.some(5, |siege| {
            let (log, known) = siege.log();
            Ack { log, seq: siege.number(known) }
        });
        let heard = self.room().own_log();
        let Member { identity, run, counter, .. } = &self.members[member];
        let beacon = Beacon {
            author: identity.author(),
            run: *run,
            counter: *counter,
            time: self.stamp(),
            nick: self.pick(&["me", "", "eve", "\u{202e}evil\n", "h#0"]).to_owned(),
            flags: if self.one_in(16) { flags::LEAVING } else { self.byte() & !flags::LEAVING },
            interval: self.pick(&[0, 1, 2, 5, u8::MAX]),
            root: Bytes([self.byte(); 8]),
            logs: self.pick(&[0, 1, 2, 5, u32::MAX]),
            prekey: Bytes([self.byte(); 32]),
            moved: self.pick(&[0, 1, u64::MAX]),
            acks,
            hears: self.some(2, |_| Bytes::first_of(&heard.0)),
        };
        let log = self.log_of(member);
        let (bytes, signature) = wire::sign_beacon(&self.members[member].identity, self.room, &beacon);
        let is_wrong = self.one_in(16);
        let signed = Signed { bytes: &bytes, signature: if is_wrong { NO_SIGNATURE } else { signature } };
        self.send(member, way, &Frame::Beacon { via, beacon: signed });
        let is_taken =
            via != Via::Receipt && self.room().presence().peer(log).is_some_and(|peer| peer.beacon() == signed);
        assert!(!is_taken || !is_wrong, "its author never signed it");
        if beacon.flags & flags::LEAVING == 0 && !is_wrong {
            self.taken.beacons_sent += 1;
            self.taken.beacons += usize::from(is_taken);
        }
        if is_last {
            let Member { run, counter, seq, last, .. } = &mut self.members[member];
            (run.0[0], *counter, *seq, *last) = (run.0[0].wrapping_add(1), 0, 0, NO_ENTRY);
        }
    }

    fn send(&mut self, member: usize, way: Way, frame: &Frame<'_>) {
        let from = self.members[member].address;
        if let Some(datagram) = self.seal.close(frame) {
            self.node.handle(Input::Datagram { from, bytes: &datagram, way }, self.now);
        }
        self.listen();
        let log = self.log_of(member);
        let is_present = self.room().presence().peer(log).is_some_and(|peer| peer.is_present);
        self.members[member].was_present |= is_present;
    }

    /// The members return each cookie at once.
    fn listen(&mut self) {
        while let Some(output) = self.node.poll() {
            let Output::Send { to: To::Address(to), datagram } = output else { continue };
            let Ok(Frame::Retry { cookie }) = self.seal.open(&mut datagram.to_vec()) else { continue };
            let Some(member) = self.members.iter_mut().find(|member| member.address == to) else { continue };
            member.cookie = cookie;
            self.taken.cookies += 1;
            let want = self.seal.close(&Frame::Want { cookie, wants: Vec::new() }).expect("it fits");
            self.node.handle(Input::Datagram { from: to, bytes: &want, way: Way::Unicast }, self.now);
        }
    }

    fn wait(&mut self, ms: u64) {
        self.now.moment = self.now.moment.after(Duration::from_millis(ms));
        self.now.wall.0 += ms;
        self.node.handle(Input::Tick, self.now);
        let due = self.node.deadline();
        assert!(due.is_none_or(|(deadline, _)| deadline > self.now.moment), "it lies ahead: {due:?}");
        self.listen();
    }

    fn type_line(&mut self) {
        self.lines += 1;
        let line = Line { number: self.lines, text: Ok("hi".to_owned()) };
        self.node.handle(Input::Line(line), self.now);
        self.node.handle(Input::Paused { begun: false }, self.now);
    }

    fn ends(mut self) -> Taken {
        // No claim keeps typed lines waiting for longer than this.
        for _ in 0..60 {
            if !self.node.takes_input() {
                self.wait(10);
            }
        }
        assert!(self.node.takes_input(), "lines are taken");
        self.type_line();
        let is_entry = |datagram: &[u8]| matches!(self.seal.open(&mut datagram.to_vec()), Ok(Frame::Entries { .. }));
        let mut outputs = std::iter::from_fn(|| self.node.poll());
        assert!(
            outputs.any(|output| matches!(output, Output::Send { datagram, .. } if is_entry(&datagram))),
            "a line leaves"
        );
        let held = || self.room().archive().logs().flat_map(|(_, log)| log.entries());
        assert!(held().all(|entry| entry.signature != NO_SIGNATURE), "its author never signed it");
        self.taken.entries = held().filter(|entry| self.sound.contains(&entry.id)).count();
        self.taken.entries_sent = self.sound.len();
        self.taken.present = self.members.iter().filter(|member| member.was_present).count();
        self.taken
    }
}

fn native() -> node::Config {
    node::Config {
        keychains: Vec::new(),
        letterbox: Rc::new(Letterbox::new(&[5; 32], Wall(0))),
        rooms: vec![RoomName::lobby()],
        user: User { nick: "me".to_owned(), is_temporary: true, ..User::default() },
        reach: Reach { listening: Vec::new(), peers: vec![address(1)], port: 7788, ..Reach::default() },
        plain: PlainConfig::default(),
        input: Driven { commands: true, ..Driven::default() },
        script: Script { listen: true, ..Script::default() },
        receive_buffer: 1024 * 1024,
        file_bytes_max: None,
        bounds: chinwag::chat::base::bounds::Bounds::default(),
        detail: chinwag::chat::base::metrics::Detail::None,
        fold: true,
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// Whatever is pressed, said and resized, the live rows fit the terminal, and nothing that was typed or said acts on it.
pub fn screen(bytes: &[u8]) {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let size = Size { columns: 2 + u16::from(at(0)), rows: 1 + u16::from(at(1)) };
    let mut screen = Screen::new(ScreenSetup {
        look: ScreenLook {
            theme: Theme { has_signs: at(2) % 2 == 0, ..Theme::default() },
            bindings: Bindings::default(),
            has_bell: true,
            notify: Notify::Osc777,
            wraps_words: at(2) % 3 == 0,
            replay_most: usize::from(at(3) % 16),
            joins: ShownJoins::Smart,
            highlights: vec!["deploy".to_owned()],
        },
        local: LocalTime::default(),
        rooms: vec![RoomName::lobby()],
        charset: Charset::UTF_8,
        past: vec!["typed before".to_owned()],
        is_first: false,
        is_kept: true,
        size,
        rewraps: true,
        earlier: Vec::new(),
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
                let is_ours = matches!(rest.as_bytes()[end], b'A' | b'B' | b'J' | b'K' | b'm' | b'H')
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
