//! The fuzz targets with a fixed seed: a bounded walk on every `cargo test`, the same each time.

#[path = "../fuzz/targets.rs"]
mod targets;

/// How many inputs each target is given.
const INPUTS: u64 = 20_000;

/// `SplitMix64`: random enough for a test, and the same for ever.
struct Rng(u64);

impl Rng {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).expect("below a usize")
    }

    /// Pieces that mean something, and random bytes between them.
    fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.next(12) {
            if self.next(4) == 0 {
                bytes.extend((0..self.next(6)).map(|_| u8::try_from(self.next(256)).expect("below 256")));
            } else {
                bytes.extend_from_slice(PIECES[self.next(PIECES.len())].as_bytes());
            }
        }
        bytes
    }
}

const PIECES: &[&str] = &[
    "hello",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\t",
    " ",
    "你好",
    "模",
    "é",
    "e\u{301}",
    "\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\x1b[31m",
    "\x1b[200~",
    "\x1b[201~",
    "\x1b[1;5D",
    "\x1b",
    "\x12",
    "\x03",
    "\x17",
    "\x1f",
    "/",
    "\x1b[A",
    "\u{9b}",
    "\u{202e}",
    "\u{2028}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "👩",
    "💻",
    "🏽",
    "\u{fe0f}",
    "🏴",
    "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{e0061}",
    "م",
    "क्",
    "ᠠ",
    "\u{180b}",
    "\u{1161}",
    "\u{feff}",
    "{\"type\":\"say\"",
    ",\"text\":\"",
    ",\"id\":7",
    "\"}",
];

fn walk(target: fn(&[u8])) {
    for seed in 0..INPUTS {
        let bytes = Rng(seed).bytes();
        let result = std::panic::catch_unwind(|| target(&bytes));
        assert!(result.is_ok(), "seed {seed}, input {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn lines_do_not_depend_on_their_pieces() {
    walk(targets::input);
}

#[test]
fn datagrams_are_read_without_loss() {
    walk(targets::plain);
}

#[test]
fn the_core_keeps_its_contract_whatever_happens() {
    walk(targets::chatter);
}

#[test]
fn text_is_harmless_when_shown() {
    walk(targets::text);
}

#[test]
fn a_line_is_a_command_or_is_refused_in_words() {
    walk(targets::requests);
}

#[test]
fn what_is_no_secret_is_none() {
    walk(targets::secrets);
    for seed in 0..INPUTS / 10 {
        let mut rng = Rng(seed);
        let beginning = [&b"chinwag keychain 2\n"[..], b"chinwag prekeys 1\n", b"\0\x01\x02hi\0", b"chinwag:lobby#"];
        targets::secrets(&[beginning[rng.next(4)], &rng.bytes()].concat());
    }
}

#[test]
fn no_keys_and_no_words_break_the_screen() {
    walk(targets::screen);
}

#[test]
fn no_bytes_are_a_frame_but_a_members() {
    walk(targets::envelope);
}

/// All that a broker says in a session, and what it may not, one behind the other and changed at random.
#[test]
fn whatever_a_broker_sends_is_taken_or_ends_the_connection() {
    const PACKETS: &[&[u8]] = &[
        &[0x90, 4, 0, 1, 0, 0x80],
        &[0xb0, 2, 0, 2],
        &[0x30, 7, 0, 3, b'a', b'/', b'b', 1, 2],
        &[0x31, 4, 0, 1, b'a', 7],
        &[0xd0, 0],
        &[0x32, 7, 0, 1, b'a', 0, 0, 0, 0],
        &[0x20, 2, 0, 0],
        &[0x30, 0xff, 0xff, 0xff, 0x7f],
        &[0x30, 0xff],
    ];
    let (mut messages, mut denied, mut ended) = (0, 0, 0);
    for seed in 0..INPUTS {
        let mut rng = Rng(seed);
        let mut bytes: Vec<u8> = (0..=rng.next(6)).flat_map(|_| PACKETS[rng.next(PACKETS.len())]).copied().collect();
        for _ in 0..rng.next(3) {
            let at = rng.next(bytes.len());
            bytes[at] = u8::try_from(rng.next(256)).expect("below 256");
        }
        let came = targets::broker(&bytes);
        messages += came.messages.len();
        denied += came.denied.len();
        ended += usize::from(came.down.is_some());
    }
    let counts = [messages, denied, ended];
    assert!(counts.iter().all(|&count| count > 1000), "{counts:?}");
}

/// The inputs are longer and fewer than those of the other targets: each is a life with signatures in it. The counts show
/// that the node accepts most of what the members send.
#[test]
fn a_hostile_member_breaks_no_bound() {
    let mut lives = Vec::new();
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let bytes: Vec<u8> = (0..1200).map(|_| u8::try_from(rng.next(256)).expect("below 256")).collect();
        let result = std::panic::catch_unwind(|| targets::besiege(&bytes));
        assert!(result.is_ok(), "seed {seed}");
        lives.extend(result);
    }
    let sum = |of: fn(&targets::Taken) -> usize| lives.iter().map(of).sum::<usize>();
    let (beacons, of) = (sum(|taken| taken.beacons), sum(|taken| taken.beacons_sent));
    assert!(of > 10 * lives.len() && beacons * 10 > of * 9, "{beacons} of {of} beacons were taken");
    let (entries, of) = (sum(|taken| taken.entries), sum(|taken| taken.entries_sent));
    assert!(of > 10 * lives.len() && entries * 10 > of * 7, "{entries} of {of} entries are held");
    assert!(sum(|taken| taken.cookies) > lives.len(), "cookies were brought back");
    let visited = lives.iter().filter(|taken| taken.present > 1 && taken.entries > 0).count();
    assert!(visited * 10 > lives.len() * 9, "in {visited} of {} lives members were here", lives.len());
}
