//! Programs as a test drives them: started, typed into, read from, waited for. Nothing here sleeps; every wait is for
//! something that must come, and fails loudly where it does not.

#![allow(dead_code, reason = "each test uses the part that it needs")]

pub mod network;
pub mod schema;
pub mod terminal;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

/// How long anything may take before a test gives up. No test passes or fails by how fast it is.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. It is ended when it is dropped.
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    pub out: Reader,
    pub err: Reader,
}

/// `chinwag` with these arguments, all three streams piped.
pub fn chinwag(arguments: &str) -> Program {
    Program::start(&mut chinwag_command(arguments))
}

/// The same, not yet started.
pub fn chinwag_command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(arguments.split_whitespace());
    command.env("XDG_CONFIG_HOME", "/dev/null"); // what the user of this machine has configured is no concern of tests
    command
}

/// `chinwag plain` on a free port of the loopback, and that port.
pub fn plain(arguments: &str) -> (Program, u16) {
    let mut program = chinwag(&format!("plain --bind 127.0.0.1:0 {arguments}"));
    let port = program.listens();
    (program, port)
}

/// A shell command in which `$0` is chinwag.
pub fn shell(script: &str) -> Program {
    Program::start(Command::new("sh").arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_chinwag")))
}

/// A file of the course, run by Python.
pub fn course(file: &str, arguments: &str) -> Program {
    let path = format!("{}/assets/course/{file}", env!("CARGO_MANIFEST_DIR"));
    Program::start(Command::new("python3").env("PYTHONUTF8", "1").arg(path).args(arguments.split_whitespace()))
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = child.stdout.take().expect("piped");
        let is_ours = command.get_program() == env!("CARGO_BIN_EXE_chinwag");
        let mut program = Self::adopt(child);
        program.read_out(stdout);
        program.out.is_json = is_ours && command.get_args().any(|argument| argument == "--json");
        program
    }

    /// A program whose standard output nobody reads yet.
    pub fn adopt(mut child: Child) -> Self {
        let (stdin, stderr) = (child.stdin.take(), child.stderr.take().expect("piped"));
        Self { out: Reader::of(std::io::empty()), err: Reader::of(stderr), stdin, child }
    }

    /// Begins to read its standard output.
    pub fn read_out(&mut self, stdout: ChildStdout) {
        self.out = Reader::of(stdout);
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The port in its line `listening on …`.
    pub fn listens(&mut self) -> u16 {
        let line = self.err.line();
        let address = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("expected a port, got {line:?}"));
        address.rsplit_once(':').expect("an address has a port").1.parse().expect("a port is a number")
    }

    /// Types one line.
    pub fn types(&mut self, line: &str) {
        self.feed(format!("{line}\n").as_bytes());
    }

    /// Its standard input, for a thread that writes more than a pipe holds.
    pub fn take_stdin(&mut self) -> ChildStdin {
        self.stdin.take().expect("input is still open")
    }

    /// Writes to standard input; a program that has ended does not mind.
    pub fn feed(&mut self, bytes: &[u8]) {
        let _ = self.stdin.as_mut().expect("input is still open").write_all(bytes);
    }

    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// The exit code; 128 + n where it died of signal n.
    pub fn ends(mut self) -> i32 {
        self.stdin = None;
        self.code()
    }

    /// The exit code while input is still open.
    pub fn code(&mut self) -> i32 {
        // The streams end with the program, and unlike the program they can be waited for with a bound.
        self.out.rest();
        self.err.rest();
        exit_code(self.child.wait().expect("our own child"))
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status();
        assert!(status.expect("sh is there").success());
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("our own child").is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).expect("it ended")
}

/// One stream of a program, read by a thread of its own, so that waiting for it has a bound.
pub struct Reader {
    lines: Receiver<Vec<u8>>,
    /// Each line is held against the schema.
    is_json: bool,
}

impl Reader {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            loop {
                let mut line = Vec::new();
                match stream.read_until(b'\n', &mut line) {
                    Ok(1..) if sender.send(line).is_ok() => {}
                    _ => return,
                }
            }
        });
        Self { lines, is_json: false }
    }

    /// The next line, without its end.
    pub fn line(&mut self) -> String {
        self.try_line().expect("a line was expected, and the stream ended")
    }

    /// The next line, or `None` where the stream has ended.
    pub fn try_line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(mut line) => {
                // Of a program that was killed the last line may be torn.
                let is_whole = line.pop_if(|last| *last == b'\n').is_some();
                let line = String::from_utf8(line).expect("everything chinwag prints is UTF-8");
                if self.is_json && is_whole {
                    schema::check_output(&line);
                }
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came in {PATIENCE:?}"),
        }
    }

    /// The next line, if it comes in a moment: for programs that lose what is sent before they are ready.
    pub fn line_soon(&mut self) -> Option<String> {
        let line = self.lines.recv_timeout(Duration::from_millis(100)).ok()?;
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// What is said in JSON, up to the event that is wanted.
    pub fn events_until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(&is_wanted) {
            let line = self.line();
            seen.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
        }
        seen
    }

    /// Everything up to the end.
    pub fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.try_line()).collect()
    }

    /// The next line is this.
    #[track_caller]
    pub fn is(&mut self, expected: &str) {
        assert_eq!(self.line(), expected);
    }
}

/// A peer of raw sockets in the test itself.
pub struct Peer {
    pub udp: UdpSocket,
}

impl Peer {
    pub fn bind() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub fn at(address: &str) -> Self {
        let udp = UdpSocket::bind(address).expect("a port of the loopback is free");
        udp.set_read_timeout(Some(PATIENCE)).expect("a bound on every wait");
        Self { udp }
    }

    pub fn address(&self) -> SocketAddr {
        self.udp.local_addr().expect("bound")
    }

    pub fn says(&self, to: u16, bytes: &[u8]) {
        let sent = self.udp.send_to(bytes, ("127.0.0.1", to)).expect("the loopback takes it");
        assert_eq!(sent, bytes.len());
    }

    /// The next datagram.
    pub fn hears(&self) -> Vec<u8> {
        self.hears_from().0
    }

    /// The next datagram, if it comes in a moment.
    pub fn hears_soon(&self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 65536];
        self.udp.set_read_timeout(Some(Duration::from_millis(100))).expect("a bound on every wait");
        let taken = self.udp.recv(&mut buffer);
        self.udp.set_read_timeout(Some(PATIENCE)).expect("a bound on every wait");
        buffer.truncate(taken.ok()?);
        Some(buffer)
    }

    /// The next datagram, and where from.
    pub fn hears_from(&self) -> (Vec<u8>, SocketAddr) {
        let mut buffer = vec![0; 65536];
        let (taken, from) = self.udp.recv_from(&mut buffer).expect("a datagram was expected");
        buffer.truncate(taken);
        (buffer, from)
    }
}

/// Says plainly that something was not tried, and why. The test runner would swallow what is printed with a macro.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Whether this machine has a program; where not, says plainly that something was not tried.
pub fn has(program: &str) -> bool {
    let found = Command::new("sh").arg("-c").arg(format!("command -v {program}")).stdout(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        skipped(&format!("{program} is not on this machine"));
    }
    found
}

/// Whether a network of our own can be made; where not, says plainly that something was not tried.
pub fn has_namespaces() -> bool {
    let made = Command::new("unshare").args(["-rn", "true"]).stderr(Stdio::null()).status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        skipped("this machine allows no network namespaces");
    }
    made
}

/// A folder of the test's own. It is removed when it is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("chinwag-test-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("there is room for a folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
