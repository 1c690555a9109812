//! How long a key takes to be seen, while nothing happens and while somebody floods the room.
//!
//! `cargo bench --bench screen`

#![expect(clippy::disallowed_methods, reason = "it measures, and types as people do")]
#![expect(clippy::print_stdout, reason = "it is told to whoever runs it")]
#![expect(clippy::cast_precision_loss, reason = "for people")]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

const KEYS: usize = 500;
const BETWEEN_KEYS: Duration = Duration::from_millis(15);
/// The flood: so many lines at once, so often: 10,000 per second.
const LINES_AT_ONCE: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);

struct Screen {
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    shown: Vec<u8>,
}

impl Screen {
    fn start(room: &str) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
        command.args(format!("-b 127.0.0.1:0 -n tim -r {room} --temp").split_whitespace());
        command.env("TERM", "xterm-256color");
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("chinwag starts");
        let keys = pair.master.take_writer().expect("keys can be typed");
        let mut reader = pair.master.try_clone_reader().expect("the screen can be read");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 16384];
            while let Ok(taken @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..taken].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { _master: pair.master, keys, bytes, child, shown: Vec::new() }
    }

    /// Waits until the screen was sent `text`.
    fn until(&mut self, text: &str) {
        loop {
            if self.shown.windows(text.len()).any(|window| window == text.as_bytes()) {
                self.shown.clear();
                return;
            }
            let keep = self.shown.len().saturating_sub(text.len());
            self.shown.drain(..keep);
            self.shown.extend(self.bytes.recv_timeout(Duration::from_secs(20)).expect("the screen goes on"));
        }
    }

    /// How long each key took to be seen, in order of length.
    fn echoes(&mut self) -> Vec<Duration> {
        let mut echoes: Vec<Duration> = Vec::new();
        for key in 0..KEYS {
            let typed = "a".repeat(key % 50 + 1);
            let begun = Instant::now();
            self.keys.write_all(if typed.len() == 1 { b"\x15a" } else { b"a" }).expect("the terminal is there");
            self.until(&format!("\r> {typed}\x1b[?2026l"));
            echoes.push(begun.elapsed());
            let rest = BETWEEN_KEYS.saturating_sub(begun.elapsed());
            let until = Instant::now() + rest;
            while let Ok(bytes) = self.bytes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                self.shown.extend(bytes);
            }
            self.shown.clear();
        }
        echoes.sort_unstable();
        echoes
    }

    /// Processor time used so far, in clock ticks of 10 ms, and memory in use in KiB.
    fn usage(&self) -> (u64, u64) {
        let id = self.child.process_id().expect("it runs");
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap_or("").split(' ').map(|field| field.parse().unwrap_or(0)).collect();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        (fields.get(12).unwrap_or(&0) + fields.get(13).unwrap_or(&0), memory)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

struct Flood(Child);

impl Flood {
    fn start(room: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
        command.args(["-b", "127.0.0.1:0", "-n", "bob", "-r", room, "--temp"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("chinwag starts");
        let mut stdin = child.stdin.take().expect("piped");
        std::thread::spawn(move || {
            for turn in 0_usize.. {
                let line = format!("a line of a flood, number {turn}, as long as lines are\n");
                let lines = line.repeat(LINES_AT_ONCE);
                if stdin.write_all(lines.as_bytes()).is_err() {
                    return;
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self(child)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn report(what: &str, echoes: &[Duration], before: (u64, u64), after: (u64, u64), took: Duration) {
    let at = |share: usize| echoes[(echoes.len() * share / 1000).min(echoes.len() - 1)].as_secs_f64() * 1000.0;
    let processor = (after.0 - before.0) as f64 / took.as_secs_f64();
    println!(
        "{what}: key to echo p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms; processor {processor:.0} %; resident {} KiB",
        at(500),
        at(990),
        at(1000),
        after.1
    );
}

fn main() {
    let room = format!("bench-{}", std::process::id());
    let mut screen = Screen::start(&room);
    screen.until("OPEN");
    let (begun, before) = (Instant::now(), screen.usage());
    let quiet = screen.echoes();
    report("quiet", &quiet, before, screen.usage(), begun.elapsed());
    let flood = Flood::start(&room);
    screen.until("lines from bob");
    let (begun, before) = (Instant::now(), screen.usage());
    let flooded = screen.echoes();
    report("flood", &flooded, before, screen.usage(), begun.elapsed());
    let p99 = |echoes: &[Duration]| echoes[echoes.len() * 99 / 100].as_secs_f64();
    println!("p99 in a flood is {:.1} times that of a quiet screen", p99(&flooded) / p99(&quiet));
    drop(flood);
}
