//! The whole program over the loopback, beside the course's chatter in two threads with blocking sockets. Both are driven
//! the same way in the same run, through pipes, and told as ratios: `cargo bench`.
//!
//! - *latency*: a line is typed into one instance and read from the other, back and forth.
//! - *rooms*: the same between two instances in a room, where a line is signed, sealed, verified and confirmed, as a ratio
//!   to plain. `taskset -c 0 cargo bench --bench loopback` pins everything to one core.
//! - *throughput*: 100,000 lines of 80 bytes are piped into one instance as fast as it takes them; what the other one
//!   shows is counted. UDP loses what a receive buffer does not hold, for either program.

use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const LATENCY_LINES: usize = 4000;
const BURST_ROUNDS: usize = 5;
const BURST_LINES: usize = 100_000;
const LINE_BYTES: usize = 80;
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "raw") {
        Some(raw) => raw_chatter(&arguments[raw + 1], &arguments[raw + 2]),
        None => compare(),
    }
}

/// The course's chatter: one thread sends what is typed, one shows what arrives, both block.
fn raw_chatter(bind: &str, peer: &str) {
    let udp = UdpSocket::bind(bind).expect("a free port");
    socket2::SockRef::from(&udp).set_recv_buffer_size(RECEIVE_BUFFER_BYTES).expect("a buffer");
    let receiver = udp.try_clone().expect("a second handle");
    std::thread::spawn(move || {
        let (mut datagram, mut record) = (vec![0; 65536], Vec::new());
        let mut stdout = std::io::stdout().lock();
        loop {
            let (taken, from) = receiver.recv_from(&mut datagram).expect("a datagram");
            record.clear();
            let _ = write!(record, "[{from}] ");
            record.extend_from_slice(&datagram[..taken]);
            record.push(b'\n');
            if stdout.write_all(&record).and_then(|()| stdout.flush()).is_err() {
                return;
            }
        }
    });
    let mut stdin = std::io::stdin().lock();
    let mut line = Vec::new();
    while stdin.read_until(b'\n', &mut line).is_ok_and(|taken| taken > 0) {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let _ = udp.send_to(text, peer);
        line.clear();
    }
}

/// One program with its pipes.
struct Instance {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    line: String,
}

impl Instance {
    fn start(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = piped.spawn().expect("the program starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::with_capacity(1 << 20, child.stdout.take().expect("piped"));
        Self { child, stdin, stdout, line: String::new() }
    }

    fn types(&mut self, line: &str) {
        self.stdin.write_all(line.as_bytes()).expect("the program reads");
    }

    fn shows(&mut self) -> &str {
        self.line.clear();
        self.stdout.read_line(&mut self.line).expect("the program writes");
        &self.line
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two instances of one program that know each other.
struct Pair {
    one: Instance,
    other: Instance,
}

impl Pair {
    fn start(program: fn(&str, &str) -> Command) -> Self {
        let (one, other) = (free_address(), free_address());
        let (one, other) = (Instance::start(&mut program(&one, &other)), Instance::start(&mut program(&other, &one)));
        let mut pair = Self { one, other };
        meet(&mut pair.one, &mut pair.other);
        meet(&mut pair.other, &mut pair.one);
        pair
    }

    /// Half the time that a line takes there and another back.
    fn ping_pong(&mut self) -> Duration {
        let start = now();
        self.one.types("ping\n");
        self.other.shows();
        self.other.types("pong\n");
        self.one.shows();
        (now() - start) / 2
    }

    /// Reads away the ends of a burst that are still on their way.
    fn settle(&mut self) {
        self.one.types("settled\n");
        while !self.other.shows().contains("settled") {}
    }

    /// How many of the lines came through, and how many per second.
    fn burst(&mut self) -> (usize, f64) {
        let line = format!("{}\n", "x".repeat(LINE_BYTES));
        let (start, to) = (now(), &mut self.other);
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut shown = 0;
                while !to.shows().contains("end") {
                    shown += 1;
                }
                (shown, now())
            });
            for _ in 0..BURST_LINES / 100 {
                self.one.types(&line.repeat(100));
            }
            while !reader.is_finished() {
                self.one.types("end\n"); // one may be lost like any other
                std::thread::park_timeout(Duration::from_millis(1));
            }
            let (shown, end) = reader.join().expect("the reader counts");
            (shown, lines_per_second(shown, end - start))
        })
    }
}

/// Types until a line comes through: the programs may still be starting.
fn meet(from: &mut Instance, to: &mut Instance) {
    std::thread::scope(|scope| {
        let shown = scope.spawn(|| while !to.shows().contains("hello") {});
        while !shown.is_finished() {
            from.types("hello\n");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    from.types("last one\n");
    while !to.shows().contains("last one") {}
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn lines_per_second(lines: usize, span: Duration) -> f64 {
    lines as f64 / span.as_secs_f64()
}

fn chinwag(bind: &str, peer: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["plain", "--bind", bind, peer]);
    command
}

fn in_a_room(bind: &str, _: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["--temp", "--bind", bind, "--room", &format!("bench-{}", std::process::id())]);
    command
}

fn raw(bind: &str, peer: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["raw", bind, peer]);
    command
}

fn free_address() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    socket.expect("a port of the loopback is free").to_string()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn median<T: Copy>(mut values: Vec<T>, compare: fn(&T, &T) -> std::cmp::Ordering) -> T {
    values.sort_by(compare);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its result")]
fn compare() {
    let (mut ours, mut theirs, mut rooms) = (Pair::start(chinwag), Pair::start(raw), Pair::start(in_a_room));
    let (mut our_times, mut their_times, mut room_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..LATENCY_LINES {
        our_times.push(ours.ping_pong());
        their_times.push(theirs.ping_pong());
        room_times.push(rooms.ping_pong());
    }
    let (our_time, their_time) = (median(our_times, Ord::cmp), median(their_times, Ord::cmp));
    let room_time = median(room_times, Ord::cmp);
    drop(rooms);
    let ratio = our_time.as_secs_f64() / their_time.as_secs_f64();
    println!("latency     median of {LATENCY_LINES}: chinwag {our_time:?}, raw {their_time:?}, ratio {ratio:.2}");

    let ratio = room_time.as_secs_f64() / our_time.as_secs_f64();
    println!("rooms       median of {LATENCY_LINES}: in a room {room_time:?}, plain {our_time:?}, ratio {ratio:.2}");

    let (mut rates, mut losses) = (Vec::new(), [0, 0]);
    for round in 0..BURST_ROUNDS {
        let (our_shown, our_rate) = ours.burst();
        let (their_shown, their_rate) = theirs.burst();
        ours.settle();
        theirs.settle();
        losses = [losses[0] + BURST_LINES - our_shown, losses[1] + BURST_LINES - their_shown];
        rates.push(our_rate / their_rate);
        println!("throughput  round {round}: chinwag {our_rate:.0} lines/s, raw {their_rate:.0} lines/s");
    }
    let ratio = median(rates, f64::total_cmp);
    let [ours, theirs] = losses;
    let all = BURST_ROUNDS * BURST_LINES;
    println!("throughput  median ratio {ratio:.2}; lost of {all}: chinwag {ours}, raw {theirs}");
}
