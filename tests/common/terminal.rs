//! A program on a pseudo-terminal, seen through a terminal emulator.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::PATIENCE;

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();

/// A program on a terminal of 80 columns and 24 rows.
pub struct Terminal {
    pub master: Box<dyn MasterPty + Send>,
    pub keys: Box<dyn Write + Send>,
    pub session: Session,
    bytes: Option<Receiver<Vec<u8>>>,
    pub screen: vt100::Parser,
}

impl Terminal {
    /// `chinwag plain` without the live screen.
    pub fn start(arguments: &str) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chinwag"));
        command.args(format!("plain --lines --bind 127.0.0.1:0 {arguments}").split_whitespace());
        Self::run(command)
    }

    pub fn run(mut command: CommandBuilder) -> Self {
        command.cwd(env!("CARGO_MANIFEST_DIR")); // a home folder may be missing
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let session = Session(pair.slave.spawn_command(command).expect("chinwag starts"));
        let keys = pair.master.take_writer().expect("keys can be typed");
        Self { master: pair.master, keys, session, bytes: None, screen: vt100::Parser::new(ROWS, COLUMNS, 10_000) }
    }

    /// The same, with somebody looking at it.
    pub fn watched(arguments: &str) -> (Self, u16) {
        let mut terminal = Self::start(arguments);
        let port = terminal.listens();
        (terminal, port)
    }

    pub fn listens(&mut self) -> u16 {
        self.watch();
        let shown = self.until("listening on 127.0.0.1:");
        let port = shown.split("127.0.0.1:").nth(1).and_then(|rest| rest.split_whitespace().next());
        port.expect("a port").parse().expect("a number")
    }

    pub fn watch(&mut self) {
        let (sender, bytes) = channel();
        let mut reader = self.master.try_clone_reader().expect("the screen can be read");
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(taken @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..taken].to_vec()).is_err() {
                    return;
                }
            }
        });
        self.bytes = Some(bytes);
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// The terminal gets another size: it wraps what it shows anew, as most do.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        while let Some(Ok(bytes)) = self.bytes.as_ref().map(Receiver::try_recv) {
            self.screen.process(&bytes);
        }
        self.screen = rewrapped(&mut self.screen, columns, rows);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("a terminal has a size");
    }

    /// Everything that was ever shown and is not gone, each line whole.
    pub fn lines(&mut self) -> Vec<String> {
        logical(&mut self.screen).0
    }

    /// Whether the terminal hands over lines, and shows what is typed, as a shell expects it.
    pub fn is_cooked(&self) -> bool {
        let modes = self.master.get_termios().expect("a terminal has modes");
        let local = format!("{:?}", modes.local_flags);
        ["ICANON", "ECHO", "ISIG"].iter().all(|flag| local.contains(flag))
    }

    /// Waits until the terminal is as a shell expects it, or is not.
    #[expect(clippy::disallowed_methods, reason = "nothing tells when its modes change")]
    pub fn until_cooked(&self, is_cooked: bool) {
        let look = std::time::Duration::from_millis(10);
        let looks = PATIENCE.as_millis() / look.as_millis();
        let is_so = (0..looks).any(|_| {
            std::thread::sleep(look);
            self.is_cooked() == is_cooked
        });
        assert!(is_so, "expected the terminal to be cooked: {is_cooked}");
    }

    /// Sends the program a signal.
    pub fn signal(&self, name: &str) {
        let id = self.session.0.process_id().expect("it runs");
        let killed = std::process::Command::new("sh").arg("-c").arg(format!("kill -{name} {id}")).status();
        assert!(killed.expect("sh is there").success());
    }

    /// The screen, once it shows `text`.
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let shown = self.screen.screen().contents();
            if shown.contains(text) {
                return shown;
            }
            assert!(self.look(), "expected {text:?} on the screen:\n{shown}");
        }
    }

    /// Takes what is shown next. Says whether anything was.
    pub fn look(&mut self) -> bool {
        let bytes = self.bytes.as_ref().expect("somebody looks").recv_timeout(PATIENCE);
        bytes.is_ok_and(|bytes| {
            self.screen.process(&bytes);
            true
        })
    }

    /// Takes all that is shown before the last program has let go of the terminal.
    pub fn rest(&mut self) {
        while self.look() {}
    }
}

/// The process. It is ended when it is dropped.
pub struct Session(pub Box<dyn Child + Send + Sync>);

impl Session {
    pub fn ends(&mut self) -> u32 {
        self.0.wait().expect("our own child").exit_code()
    }

    pub fn died_of(&mut self) -> Option<String> {
        self.0.wait().expect("our own child").signal().map(String::from)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// The lines of a terminal as they were before it wrapped them, and where in the last one the cursor is.
fn logical(parser: &mut vt100::Parser) -> (Vec<String>, usize) {
    let (_, columns) = parser.screen().size();
    let (row, column) = parser.screen().cursor_position();
    let above = {
        parser.screen_mut().set_scrollback(usize::MAX);
        parser.screen().scrollback()
    };
    let (mut lines, mut line, mut offset) = (Vec::new(), String::new(), 0);
    for at in 0..=above + usize::from(row) {
        parser.screen_mut().set_scrollback(above.saturating_sub(at));
        let seen = u16::try_from(at.saturating_sub(above)).expect("a row");
        let text = parser.screen().rows(0, columns.get()).nth(usize::from(seen)).unwrap_or_default();
        let is_wrapped = parser.screen().row_wrapped(seen);
        if at == above + usize::from(row) {
            offset = line.len() + usize::from(column);
            line += &padded(&text, usize::from(column) + 1);
            lines.push(std::mem::take(&mut line));
            break;
        }
        line += &padded(&text, if is_wrapped { usize::from(columns.get()) } else { 0 });
        if !is_wrapped {
            lines.push(std::mem::take(&mut line));
        }
    }
    parser.screen_mut().set_scrollback(0);
    (lines, offset)
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text:columns$}")
}

/// The same in another size. The cursor is in the last line, as with all that scrolls.
fn rewrapped(parser: &mut vt100::Parser, columns: u16, rows: u16) -> vt100::Parser {
    let (lines, offset) = logical(parser);
    let size = |number| NonZero::new(number).expect("a size");
    let mut anew = vt100::Parser::new(size(rows), size(columns), 10_000);
    anew.process(lines.join("\r\n").as_bytes());
    let columns = usize::from(columns);
    let last = lines.last().map_or(0, String::len);
    let end = last.saturating_sub(usize::from(last > 0 && last % columns == 0)) / columns;
    let (up, right) = (end.saturating_sub(offset / columns), offset % columns);
    let up = if up > 0 { format!("\x1b[{up}A") } else { String::new() };
    let right = if right > 0 { format!("\x1b[{right}C") } else { String::new() };
    anew.process(format!("\r{up}{right}").as_bytes());
    anew
}
