//! How fast a file passes between two instances, beside `nc` over TCP into a file: `cargo bench --bench files`, or `… -- 64` for
//! another size in MB.
//!
//! Each is measured in turn, five times, in the same run, on the loopback and (as root, with `ip`) between two namespaces: ours from
//! when it was granted until it has its name, `nc` from its start until its file is on the disk. What was written before is on the
//! disk before each. The files are in memory when they are read. On slow cables, which `link.py` is (as root, with Python and
//! `/dev/net/tun`), `nc` has bbr against its losses; and lines go to and fro while a file fills a deep buffer.

#![expect(clippy::print_stdout, reason = "it is told to whoever runs it")]
#![expect(clippy::disallowed_methods, reason = "it measures whole programs from outside")]
#![expect(clippy::cast_precision_loss, reason = "for people")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const TURNS: usize = 5;

fn main() {
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let size: usize = asked.unwrap_or(256) * 1_000_000;
    let folder = std::env::temp_dir().join(format!("chinwag-bench-{}", std::process::id()));
    fs::create_dir_all(folder.join("downloads")).expect("a folder");
    let file = folder.join("file.bin");
    let bytes: Vec<u8> = (0..size).map(|at| (at % 251).to_le_bytes()[0] ^ (at >> 13).to_le_bytes()[0]).collect();
    fs::write(&file, bytes).expect("written");
    println!("{} MB, {TURNS} turns: median (least to most), in MB/s", size / 1_000_000);
    measure("loopback", &Ground::Loopback, &folder, size);
    match Namespaces::joined_by(&Cable::Veth) {
        Some(namespaces) => measure("veth", &Ground::Apart(&namespaces), &folder, size),
        None => println!("veth not measured: it takes root and ip"),
    }
    let size = size / 8;
    fs::File::options().write(true).open(&file).expect("it is there").set_len(size as u64).expect("cut");
    println!("{} MB, in Mbit/s", size / 1_000_000);
    for (name, cable) in [
        ("100 Mbit/s, 20 ms", Cable::Link { mbit: 100.0, round_trip_ms: 20, loss_percent: 0, buffer: 250_000 }),
        ("100 Mbit/s, 50 ms", Cable::Link { mbit: 100.0, round_trip_ms: 50, loss_percent: 0, buffer: 625_000 }),
        ("the same, 5 % loss", Cable::Link { mbit: 100.0, round_trip_ms: 50, loss_percent: 5, buffer: 625_000 }),
    ] {
        match Namespaces::joined_by(&cable) {
            Some(namespaces) => measure(name, &Ground::Apart(&namespaces), &folder, size),
            None => println!("{name} not measured: it takes root, ip, Python and /dev/net/tun"),
        }
    }
    let deep = Cable::Link { mbit: 2.0, round_trip_ms: 20, loss_percent: 0, buffer: 2_000_000 };
    match Namespaces::joined_by(&deep) {
        Some(namespaces) => lines("2 Mbit/s, 20 ms, buffer of 2 MB", &Ground::Apart(&namespaces), &folder),
        None => println!("lines beside a file not measured: it takes root, ip, Python and /dev/net/tun"),
    }
    fs::remove_dir_all(folder).expect("removed");
}

/// How long lines take while a file passes.
fn lines(name: &str, ground: &Ground<'_>, folder: &Path) {
    let _ = fs::remove_file(folder.join("downloads/file.bin"));
    let mut pair = Pair::new(ground, folder);
    let mut takes: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for (takes, is_beside) in takes.iter_mut().zip([false, true]) {
        if is_beside {
            pair.fetches.says(&json!({ "type": "get", "offer": pair.offer }));
            pair.fetches.hears(|event| event["state"] == "progress" && event["done"].as_u64() > Some(500_000));
        }
        for turn in 0..40 {
            let text = format!("{is_beside} {turn}");
            let Pair { fetches, serves, .. } = &mut pair;
            let (from, to) = if turn % 2 == 0 { (fetches, serves) } else { (serves, fetches) };
            let start = Instant::now();
            from.says(&json!({ "type": "say", "text": text }));
            to.hears(|event| event["text"] == text.as_str());
            takes.push(start.elapsed().as_secs_f64() * 1e3);
            std::thread::sleep(Duration::from_millis(70)); // nobody types faster
        }
        takes.sort_by(f64::total_cmp);
    }
    let [alone, beside] = takes.map(|takes| {
        format!(
            "{:.1} (90 %: {:.1}, at most {:.1})",
            median(&takes),
            takes[takes.len() * 9 / 10],
            takes[takes.len() - 1]
        )
    });
    println!("{name}: a line takes {alone} ms alone, {beside} ms beside a file");
}

fn measure(name: &str, ground: &Ground<'_>, folder: &Path, size: usize) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut pair = Pair::new(ground, folder);
    let unit = if ground.is_slow() { 1e6 / 8.0 } else { 1e6 };
    let rate = |span: Duration| size as f64 / span.as_secs_f64() / unit;
    for _ in 0..TURNS {
        ours.push(rate(pair.passes(folder)));
        theirs.extend(netcat(ground, folder).map(rate));
    }
    let (mine, nc) = (told(&mut ours), told(&mut theirs));
    let ratio = median(&ours) / median(&theirs);
    println!("{name:<18} chinwag {mine}   nc over TCP {nc}   ratio {ratio:.2}");
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn told(all: &mut [f64]) -> String {
    all.sort_by(f64::total_cmp);
    match (all.first(), all.last()) {
        (Some(least), Some(most)) => format!("{:.0} ({least:.0} to {most:.0})", median(all)),
        _ => "not there".to_owned(),
    }
}

/// Everything written so far is on the disk.
fn sync() {
    Command::new("sync").status().expect("sync runs");
}

/// Where the two are.
enum Ground<'n> {
    Loopback,
    /// In two networks.
    Apart(&'n Namespaces),
}

impl Ground<'_> {
    /// A program on one side; 0: that of whoever has the file.
    fn command(&self, side: usize, program: &str) -> Command {
        match self {
            Self::Loopback => Command::new(program),
            Self::Apart(namespaces) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &namespaces.names[side], program]);
                command
            }
        }
    }

    /// The address of one side.
    fn address(&self, side: usize) -> String {
        match self {
            Self::Loopback => "127.0.0.1".to_owned(),
            Self::Apart(_) => format!("10.79.0.{}", side + 1),
        }
    }

    /// The cable is what holds it up.
    fn is_slow(&self) -> bool {
        matches!(self, Self::Apart(Namespaces { link: Some(_), .. }))
    }
}

/// What joins two networks.
enum Cable {
    Veth,
    /// `link.py`: its rate, round trip and loss, and how many bytes wait at either end.
    Link {
        mbit: f64,
        round_trip_ms: u32,
        loss_percent: u32,
        buffer: u32,
    },
}

/// Two networks of our own, joined by a cable.
struct Namespaces {
    names: [String; 2],
    link: Option<Child>,
}

impl Namespaces {
    fn joined_by(cable: &Cable) -> Option<Self> {
        let names = [0, 1].map(|side| format!("chinwag-bench-{}-{side}", std::process::id()));
        let mut made = Self { names, link: None };
        let [one, other] = &made.names;
        let run = |line: String| {
            let mut command = Command::new("ip");
            command.args(line.split(' ')).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success()).then_some(())
        };
        run(format!("netns add {one}"))?;
        run(format!("netns add {other}"))?;
        run(format!("-n {one} link set lo up"))?;
        run(format!("-n {other} link set lo up"))?;
        match cable {
            Cable::Veth => {
                run(format!("-n {one} link add va type veth peer name vb netns {other}"))?;
                run(format!("-n {one} addr add 10.79.0.1/24 dev va"))?;
                run(format!("-n {other} addr add 10.79.0.2/24 dev vb"))?;
                run(format!("-n {one} link set va up"))?;
                run(format!("-n {other} link set vb up"))?;
            }
            Cable::Link { mbit, round_trip_ms, loss_percent, buffer } => {
                for name in [one, other] {
                    run(format!("netns exec {name} sysctl -q -w net.ipv4.tcp_congestion_control=bbr"))?;
                }
                let mut command = Command::new("python3");
                command.args([concat!(env!("CARGO_MANIFEST_DIR"), "/benches/link.py"), one, other]);
                command.args(
                    [mbit, &f64::from(*round_trip_ms), &f64::from(*loss_percent), &f64::from(*buffer)]
                        .map(f64::to_string),
                );
                let mut link = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
                let mut said = String::new();
                BufReader::new(link.stdout.take()?).read_line(&mut said).ok()?;
                made.link = Some(link);
                (said == "up\n").then_some(())?;
            }
        }
        Some(made)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        if let Some(link) = &mut self.link {
            let _ = link.kill();
            let _ = link.wait();
        }
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

/// An instance that is driven.
struct Instance {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Instance {
    fn new(ground: &Ground<'_>, side: usize, folder: &Path, port: u16, peer: Option<u16>) -> Self {
        let mut command = ground.command(side, env!("CARGO_BIN_EXE_chinwag"));
        command.args(["--temp", "--no-lan", "--json", "--json-in", "--listen", "-n", &format!("side{side}")]);
        command.args(["-b", &format!("{}:{port}", ground.address(side))]);
        if let Some(peer) = peer {
            command.args(["-p", &format!("{}:{peer}", ground.address(1 - side))]);
        }
        command.env("XDG_DOWNLOAD_DIR", folder.join("downloads"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Self { child, input, output: BufReader::new(output) }
    }

    fn says(&mut self, command: &Value) {
        writeln!(self.input, "{command}").expect("it reads");
    }

    fn hears(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("it writes") > 0, "it has ended");
            let value: Value = serde_json::from_str(&line).expect("JSON");
            assert_ne!(value["type"], "error", "{line}");
            if is_it(&value) {
                return value;
            }
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two that see each other, one of which offers the file.
struct Pair {
    fetches: Instance,
    serves: Instance,
    offer: String,
}

impl Pair {
    fn new(ground: &Ground<'_>, folder: &Path) -> Self {
        let mut serves = Instance::new(ground, 0, folder, 17_788, None);
        serves.hears(|event| event["type"] == "ready");
        let mut fetches = Instance::new(ground, 1, folder, 17_789, Some(17_788));
        fetches.hears(|event| event["change"] == "joined");
        serves.hears(|event| event["change"] == "joined");
        serves.says(&json!({ "type": "send_file", "id": 1, "path": folder.join("file.bin") }));
        let offer = serves.hears(|event| event["id"] == 1)["offer"].as_str().expect("an offer").to_owned();
        fetches.hears(|event| event["type"] == "offer");
        Self { fetches, serves, offer }
    }

    /// Fetches it once.
    fn passes(&mut self, folder: &Path) -> Duration {
        let here = folder.join("downloads").join("file.bin");
        let _ = fs::remove_file(&here);
        sync();
        self.fetches.says(&json!({ "type": "get", "offer": self.offer }));
        self.fetches.hears(|event| event["state"] == "started");
        let start = Instant::now();
        self.fetches.hears(|event| event["state"] == "complete");
        let span = start.elapsed();
        assert!(same(&here, &folder.join("file.bin")), "it is what was offered");
        span
    }
}

fn same(one: &Path, other: &Path) -> bool {
    Command::new("cmp").args([one, other]).status().expect("cmp runs").success()
}

/// The same by `nc`; `None`: there is none.
fn netcat(ground: &Ground<'_>, folder: &Path) -> Option<Duration> {
    let (file, copy) = (folder.join("file.bin"), folder.join("copy.bin"));
    let _ = fs::remove_file(&copy);
    sync();
    let quoted = |path: &PathBuf| format!("'{}'", path.display());
    let (address, port) = (ground.address(1), 17_790);
    let receive = format!("nc -l {address} {port} > {copy} && sync {copy}", copy = quoted(&copy));
    let send = format!(
        "for turn in 1 2 3 4 5 6 7 8 9; do nc -N {address} {port} < {} && exit; sleep 0.05; done",
        quoted(&file)
    );
    let start = Instant::now();
    let receiver = ground.command(1, "sh").args(["-c", &receive]).stderr(Stdio::null()).spawn();
    let mut receiver = receiver.ok()?;
    std::thread::sleep(Duration::from_millis(50)); // it begins to listen: taken off below
    ground.command(0, "sh").args(["-c", &send]).stderr(Stdio::null()).status().ok()?;
    receiver.wait().ok()?;
    let span = start.elapsed().saturating_sub(Duration::from_millis(50));
    same(&file, &copy).then_some(span)
}
