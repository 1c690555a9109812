//! The whole program over the loopback, beside what others use for the same: the course's chatter (raw sockets in two
//! threads), `nc -u`, and an MQTT broker with its clients. All are driven through pipes, in turn, in the same run, and
//! one table tells their times and ratios: `cargo bench --bench loopback`. What is not installed is left out.
//!
//! - *line*: half the time that a line takes there and another back. In a room it is signed, sealed, verified, shown and
//!   kept on disk; by the broker it is confirmed (`QoS` 1) and kept in memory.
//! - *lines*: the time of 100,000 lines of 80 bytes that are piped in, by those that came out. UDP loses what a receive
//!   buffer does not hold, for chinwag's plain as for raw sockets; a room and a broker lose nothing.
//!
//! `taskset -c 0 cargo bench --bench loopback` has one core for all.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Each program is measured so often, in turn. The median counts.
const ROUNDS: usize = 11;
const LINES_PER_ROUND: u32 = 300;
const BURST_ROUNDS: usize = 5;
const BURST_LINES: u32 = 100_000;
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

/// A process that is ended when it is dropped.
struct Process(Child);

impl Process {
    /// `None`: it is not installed.
    fn start(command: &mut Command) -> Option<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        piped.spawn().ok().map(Self)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where lines go in and come out: one program, or one for each.
struct End {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    line: String,
    _processes: Vec<Process>,
}

impl End {
    fn of(mut commands: Vec<Command>) -> Option<Self> {
        let started: Option<Vec<Process>> = commands.iter_mut().map(Process::start).collect();
        let mut processes = started?;
        let stdin = processes.first_mut().and_then(|first| first.0.stdin.take()).expect("piped");
        let stdout = processes.last_mut().and_then(|last| last.0.stdout.take()).expect("piped");
        let stdout = BufReader::with_capacity(1 << 20, stdout);
        Some(Self { stdin, stdout, line: String::new(), _processes: processes })
    }

    fn types(&mut self, line: &str) {
        self.stdin.write_all(line.as_bytes()).expect("the program reads");
    }

    fn shows(&mut self) -> &str {
        self.line.clear();
        let taken = self.stdout.read_line(&mut self.line).expect("the program writes");
        assert!(taken > 0, "the program has ended");
        &self.line
    }

    fn shows_at_last(&mut self, text: &str) {
        while !self.shows().contains(text) {}
    }
}

/// Two ends of one kind of program that know each other.
struct Pair {
    name: &'static str,
    one: End,
    other: End,
    lost: u32,
}

impl Pair {
    /// `None`: it is not installed.
    fn start(name: &'static str, mut program: impl FnMut(&str, &str) -> Vec<Command>) -> Option<Self> {
        let (one, other) = (free_address(), free_address());
        let (one, other) = (End::of(program(&one, &other))?, End::of(program(&other, &one))?);
        let mut pair = Self { name, one, other, lost: 0 };
        meet(&mut pair.one, &mut pair.other);
        meet(&mut pair.other, &mut pair.one);
        Some(pair)
    }

    /// The microseconds of a line, the median of one round.
    fn line(&mut self) -> f64 {
        let once = |_| {
            let start = now();
            self.one.types("ping\n");
            self.other.shows_at_last("ping");
            self.other.types("pong\n");
            self.one.shows_at_last("pong");
            micros(now() - start) / 2.0
        };
        median((0..LINES_PER_ROUND).map(once).collect())
    }

    /// The microseconds of a line among many.
    fn lines(&mut self) -> f64 {
        let line = format!("{}\n", "x".repeat(LINE_BYTES));
        let (start, to) = (now(), &mut self.other);
        let shown = std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut shown: u32 = 0;
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
            reader.join().expect("the reader counts")
        });
        self.one.types("settled\n");
        self.other.shows_at_last("settled");
        self.lost += BURST_LINES.saturating_sub(shown.0);
        micros(shown.1 - start) / f64::from(shown.0.max(1))
    }
}

/// Types until a line comes through: the programs may still be starting.
fn meet(from: &mut End, to: &mut End) {
    std::thread::scope(|scope| {
        let shown = scope.spawn(|| to.shows_at_last("hello"));
        while !shown.is_finished() {
            from.types("hello\n");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    });
    from.types("last one\n");
    to.shows_at_last("last one");
}

fn plain(bind: &str, peer: &str) -> Vec<Command> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["plain", "--bind", bind, peer]);
    vec![command]
}

/// A room with a history on disk.
fn room(folder: &Path, bind: &str) -> Vec<Command> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["--bind", bind, "--room", &format!("bench-{}", std::process::id()), "--data-dir"]);
    command.arg(folder.join(bind.replace(':', "-")));
    vec![command]
}

fn raw(bind: &str, peer: &str) -> Vec<Command> {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["raw", bind, peer]);
    vec![command]
}

fn netcat(bind: &str, peer: &str) -> Vec<Command> {
    let (mut command, port) = (Command::new("nc"), |address: &str| address.rsplit(':').next().map(str::to_owned));
    command.args(["-u", "-s", "127.0.0.1", "-p"]).args(port(bind)).arg("127.0.0.1").args(port(peer));
    vec![command]
}

/// One client writes what is typed, another reads what the other end writes.
fn mqtt(port: u16, bind: &str, peer: &str) -> Vec<Command> {
    let client = |program: &str, topic: &str| {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-q", "1", "-t", topic]);
        command
    };
    let mut writer = client("mosquitto_pub", bind);
    writer.arg("-l");
    vec![writer, client("mosquitto_sub", peer)]
}

/// A broker on a port of the loopback. `None`: it is not installed.
fn broker(folder: &Path) -> Option<(Process, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let config = folder.join("mosquitto.conf");
    let settings = format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
    std::fs::write(&config, settings).expect("there is room for a file");
    let paths = ["mosquitto", "/usr/sbin/mosquitto"]; // not in everybody's PATH
    let broker = paths.iter().find_map(|path| Process::start(Command::new(path).arg("-c").arg(&config)))?;
    let is_up = (0..100).any(|_| {
        std::thread::park_timeout(Duration::from_millis(50));
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    is_up.then_some((broker, port))
}

fn free_address() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    socket.expect("a port of the loopback is free").to_string()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn compare() {
    let folder = Folder(std::env::temp_dir().join(format!("chinwag-bench-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).expect("there is room for a folder");
    let broker = broker(&folder.0);
    let others = [
        Pair::start("plain", plain),
        Pair::start("raw sockets", raw),
        Pair::start("nc -u", netcat),
        Pair::start("a room", |bind, _| room(&folder.0, bind)),
        broker.as_ref().and_then(|(_, port)| Pair::start("mosquitto", |bind, peer| mqtt(*port, bind, peer))),
    ];
    let mut pairs: Vec<Pair> = others.into_iter().flatten().collect();
    let beside = [("plain", "raw sockets"), ("plain", "nc -u"), ("a room", "plain"), ("a room", "mosquitto")];
    let times = measured(&mut pairs, ROUNDS, Pair::line);
    print_table("line, µs", &pairs, &times, &beside);
    pairs.retain(|pair| pair.name != "nc -u"); // it makes one datagram of all that it reads at once
    let times = measured(&mut pairs, BURST_ROUNDS, Pair::lines);
    print_table("lines, µs each", &pairs, &times, &beside);
    print_lost(&pairs);
}

/// What each of them takes in each round.
fn measured(pairs: &mut [Pair], rounds: usize, measure: fn(&mut Pair) -> f64) -> Vec<Vec<f64>> {
    (0..rounds).map(|_| pairs.iter_mut().map(measure).collect()).collect()
}

/// The ratios are of each round, for what else the machine does changes from round to round.
#[expect(clippy::print_stdout, reason = "a benchmark tells its result")]
fn print_table(what: &str, pairs: &[Pair], times: &[Vec<f64>], beside: &[(&str, &str)]) {
    println!("\n{what:16} {:>9}   {:14} {:>9}   ratio: median (least to most)", "", "beside", "");
    let index = |name: &str| pairs.iter().position(|pair| pair.name == name);
    for (ours, theirs) in beside {
        let (Some(our), Some(their)) = (index(ours), index(theirs)) else { continue };
        let of = |index: usize| median(times.iter().map(|round| round[index]).collect());
        let mut ratios: Vec<f64> = times.iter().map(|round| round[our] / round[their]).collect();
        ratios.sort_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        println!(
            "{ours:16} {:9.1}   {theirs:14} {:9.1}   {:.2} ({least:.2} to {most:.2})",
            of(our),
            of(their),
            median(ratios)
        );
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its result")]
fn print_lost(pairs: &[Pair]) {
    let rounds = u32::try_from(BURST_ROUNDS).expect("a few");
    let lost: Vec<String> = pairs.iter().map(|pair| format!("{} {}", pair.name, pair.lost)).collect();
    println!("\nlost of {}: {}", BURST_LINES * rounds, lost.join(", "));
}
