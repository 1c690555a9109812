//! The live screen: what is printed above, and the live rows below. Keys and events go in, one piece of bytes for the
//! terminal comes out.

pub(crate) mod asking;
mod bell;
pub(crate) mod conversations;
pub(crate) mod flood;
pub mod joins;
pub(crate) mod mention;
mod prompt;
mod replay;
pub(crate) mod rows;
mod setup;
mod showing;
pub mod status;
pub(crate) mod stream;
pub mod theme;
mod transfers;
mod typing;

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crossterm::cursor::MoveTo;
use crossterm::event::Event as TerminalEvent;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};

use crate::chat::api::talk::Conversation;
use crate::chat::base::address::Zones;
use crate::chat::base::time::Moment;
use crate::chat::keys::phrase::Phrase;
use crate::chat::keys::secret::RoomName;
use crate::view::editor::Editor;
use crate::view::editor::bindings::Bindings;
use crate::view::editor::keys::Keys;
use crate::view::editor::past::Past;
use crate::view::text;

use asking::Asking;
use bell::Bell;
use conversations::Conversations;
use flood::Flood;
use joins::JoinFilter;
use replay::Replay;
use rows::{Rows, ansi, wrapped};
use status::Trouble;
use stream::Printed;
use theme::Theme;
use transfers::RunningTransfers;

pub use setup::{Notify, ScreenLook, ScreenSetup, Size};
pub use showing::HIGHLIGHTS_MAX;

/// After a change of the size so long nothing is drawn: while a window is dragged the size changes with every picture, and
/// what is drawn for a size that is over already is drawn wrong. tmux tells of the last change up to 250 ms late.
const SETTLE: Duration = Duration::from_millis(300);
/// Who heard nobody for so long wants to know why.
const ALONE: Duration = Duration::from_secs(10);
/// More than this waits only where the terminal does not take it, in bytes.
const WAITING_BYTES_MAX: usize = 128 * 1024;

/// What a key leads to outside of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenRequest {
    /// This was typed: it is to be said, or done where it is a command.
    Line(String),
    /// This was pasted: it is to be said.
    Text(String),
    /// Nothing more is typed: answers may still come.
    End,
    /// This opens a room that is to be joined, where it is not empty; `None`: it is not to be joined.
    Secret(RoomName, Option<Phrase>),
    /// What is typed goes here from now on.
    Choose(Conversation),
    /// This is to be among what was typed before in later sessions.
    Remember(String),
    /// The names of files that begin so are wanted: see [`Screen::paths`].
    Paths(String),
    /// This is to be edited elsewhere: see [`Screen::edited`].
    Edit(String),
    /// The program is to stop until it is continued.
    Suspend,
    /// The user leaves.
    Leave,
}

/// The live screen.
pub struct Screen {
    theme: Theme,
    bindings: Bindings,
    keys: Keys,
    keys_due: Option<Moment>,
    /// Keys that are not done yet.
    pressed: VecDeque<TerminalEvent>,
    editor: Editor,
    /// Secrets that are asked for, one after the other.
    asking: VecDeque<Asking>,
    talks: Conversations,
    stream: Printed,
    flood: Flood,
    join_filter: JoinFilter,
    /// Words that ring as one's own name does.
    highlights: Vec<String>,
    replay: Replay,
    transfers: RunningTransfers,
    size: Size,
    rewraps: bool,
    is_kept: bool,
    /// The session speaks plain: there are no rooms, and no commands.
    is_plain: bool,
    bell: Bell,
    hint: Option<StatusHint>,
    /// The hints that were said in full.
    explained: BTreeSet<&'static str>,
    network: Trouble,
    alone_since: Option<Moment>,
    /// Lines are taken by the core.
    is_open: bool,
    /// What is to be printed with the next drawing.
    printed: String,
    is_clearing: bool,
    /// The terminal may have cut something off, though it is what was drawn.
    is_stale: bool,
    drawn: Rows,
    /// No drawing before.
    settled: Option<Moment>,
    now: Moment,
    /// Reused for each drawing.
    frame: String,
}

/// Something to be read in the status row.
#[derive(Debug)]
struct StatusHint {
    short: Cow<'static, str>,
    /// It goes then; else with the next key.
    until: Option<Moment>,
    /// The next key leaves, where it is the one that brought this.
    offers_to_leave: bool,
}

impl Screen {
    /// Nothing is shown yet.
    pub fn new(setup: ScreenSetup) -> Self {
        let ScreenSetup { look, local, rooms, charset, past, is_first, is_kept, size, rewraps, earlier } = setup;
        let ScreenLook { theme, bindings, has_bell, notify, wraps_words, replay_most, joins, highlights } = look;
        let mut screen = Self {
            theme,
            bindings,
            keys: Keys::new(charset),
            keys_due: None,
            pressed: VecDeque::new(),
            editor: Editor::new(Past::new(past)),
            asking: VecDeque::new(),
            talks: Conversations::new(&rooms),
            is_plain: rooms.is_empty(),
            stream: Printed::new(theme, local, rooms.len() > 1, wraps_words),
            flood: Flood::default(),
            join_filter: JoinFilter::new(joins),
            highlights,
            replay: Replay::new(replay_most, earlier),
            transfers: RunningTransfers::default(),
            size,
            rewraps,
            is_kept,
            bell: Bell::new(has_bell, notify),
            hint: None,
            explained: BTreeSet::new(),
            network: Trouble::None,
            alone_since: (!rooms.is_empty()).then_some(Moment::START),
            is_open: true,
            printed: String::new(),
            is_clearing: false,
            is_stale: false,
            drawn: Rows::default(),
            settled: None,
            now: Moment::START,
            frame: String::new(),
        };
        screen.stream.set_columns(usize::from(size.columns));
        if is_first {
            screen.welcome();
        }
        screen.show_again();
        screen
    }

    /// It looks otherwise from now on. What was shown stays as it is.
    pub fn set_look(&mut self, look: ScreenLook) {
        let ScreenLook { theme, bindings, has_bell, notify, wraps_words, replay_most, joins, highlights } = look;
        (self.theme, self.bindings, self.highlights) = (theme, bindings, highlights);
        self.stream.set_look(theme, wraps_words);
        self.replay.set_most(replay_most);
        self.join_filter.set_joins(joins);
        self.bell.set_ways(has_bell, notify);
    }

    /// Names the interfaces in addresses from now on.
    pub fn set_zones(&mut self, zones: Zones) {
        self.stream.set_zones(zones);
    }

    /// Each line says from now on where it was said.
    pub fn set_rooms(&mut self, has_rooms: bool) {
        self.stream.set_rooms(has_rooms);
    }

    /// What is wrong with the network of this machine.
    pub fn set_network(&mut self, network: Trouble) {
        self.network = network;
    }

    /// Whether lines are taken.
    pub fn set_open(&mut self, is_open: bool) {
        self.is_open = is_open;
    }

    /// The size may be another one.
    pub fn resize(&mut self, size: Size) {
        if size != self.size {
            self.size = size;
            self.is_stale = true;
            self.settled = Some(self.now.after(SETTLE));
            self.stream.set_columns(usize::from(size.columns));
        }
    }

    /// When it next wants a [`tick`](Self::tick).
    pub fn deadline(&self) -> Option<Moment> {
        let alone = self.alone_since.map(|since| since.after(ALONE)).filter(|due| *due > self.now);
        let hint = self.hint.as_ref().and_then(|hint| hint.until);
        [self.keys_due, self.settled, alone, hint, self.flood.deadline()].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) -> Vec<ScreenRequest> {
        self.now = now;
        self.settled = self.settled.filter(|due| *due > now);
        if self.hint.as_ref().and_then(|hint| hint.until).is_some_and(|until| until <= now) {
            self.hint = None;
        }
        self.tell_folded();
        if self.keys_due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let mut events = Vec::new();
        self.keys.give_up(&mut events);
        self.on_events(events)
    }

    /// Asks for the secret of a room, hidden.
    pub fn ask(&mut self, room: RoomName) {
        let asking = Asking::new(room);
        let mut words = String::new();
        text::sanitise(&asking.words(), &mut words);
        self.note(&words);
        self.asking.push_back(asking);
    }

    /// Takes what was typed.
    pub fn push(&mut self, bytes: &[u8], now: Moment) -> Vec<ScreenRequest> {
        self.now = now;
        let mut events = Vec::new();
        self.keys.push(bytes, &mut events);
        self.on_events(events)
    }

    fn on_events(&mut self, events: Vec<TerminalEvent>) -> Vec<ScreenRequest> {
        self.keys_due = self.keys.patience().map(|patience| self.now.after(patience));
        self.pressed.extend(events);
        self.go_on()
    }

    /// Does what the keys say that were pressed, up to one whose answer the next ones depend on: it is to be called again
    /// once that is carried out, until nothing is requested. What follows a key that lends the terminal was meant for nobody.
    pub fn go_on(&mut self) -> Vec<ScreenRequest> {
        let mut requests = Vec::new();
        while let Some(event) = self.pressed.pop_front() {
            self.on_event(event, &mut requests);
            match requests.last() {
                Some(ScreenRequest::Paths(_) | ScreenRequest::Choose(_) | ScreenRequest::Line(_)) => break,
                Some(ScreenRequest::Edit(_) | ScreenRequest::Suspend) => self.pressed.clear(),
                _ => {}
            }
        }
        requests
    }

    /// Whether so much waits that nothing more is to be shown that can wait.
    pub fn is_full(&self) -> bool {
        self.printed.len() > WAITING_BYTES_MAX
    }

    /// How much waits to be printed, in bytes.
    pub fn waiting(&self) -> usize {
        self.printed.len()
    }

    /// Whether what is typed has begun.
    pub fn has_begun(&self) -> bool {
        !self.editor.buffer().text().is_empty()
    }

    /// Whether something is to be written; nothing while the size changes.
    pub fn has_changed(&self) -> bool {
        let is_new = !self.printed.is_empty() || !self.bell.is_silent() || self.is_clearing || self.is_stale;
        self.settled.is_none() && (is_new || self.compose() != self.drawn)
    }

    /// What is to be written now, at once. `None`: what is seen is as it should be.
    pub fn draw(&mut self) -> Option<&str> {
        if !self.has_changed() {
            return None;
        }
        let rows = self.compose();
        self.is_stale = false;
        self.begin_frame();
        if std::mem::take(&mut self.is_clearing) {
            self.frame.extend(std::iter::repeat_n('\n', usize::from(self.size.rows) - 1));
            ansi(&mut self.frame, MoveTo(0, 0));
        }
        self.put_printed();
        rows.draw(&mut self.frame);
        ansi(&mut self.frame, EndSynchronizedUpdate);
        self.drawn = rows;
        Some(&self.frame)
    }

    /// Takes the live rows away, for a while or for good. What was to be printed still is.
    pub fn clear(&mut self) -> &str {
        self.begin_frame();
        self.put_printed();
        ansi(&mut self.frame, EndSynchronizedUpdate);
        self.drawn = Rows::default();
        &self.frame
    }

    /// Something else was shown meanwhile: nothing is known of where the live rows are.
    pub fn forget(&mut self) {
        self.drawn = Rows::default();
    }

    fn begin_frame(&mut self) {
        self.frame.clear();
        ansi(&mut self.frame, BeginSynchronizedUpdate);
        self.drawn.erase(usize::from(self.size.columns), self.rewraps, &mut self.frame);
        self.frame.push('\r');
        self.bell.take(&mut self.frame);
    }

    fn put_printed(&mut self) {
        for line in self.printed.split_inclusive('\n') {
            let text = line.strip_suffix('\n');
            self.frame.push_str(text.unwrap_or(line));
            self.frame.push_str(if text.is_some() { "\r\n" } else { "" });
        }
        self.printed.clear();
    }

    /// The live rows as they should be: they are one cell narrower than the terminal, so that it never wraps them.
    fn compose(&self) -> Rows {
        let (cells, height) = (usize::from(self.size.columns) - 1, usize::from(self.size.rows));
        let mut rows = self.typed(cells).window((height / 3).max(1));
        if height > rows.all.len() {
            let hint = self.hint.as_ref().map(|hint| hint.short.as_ref());
            let running = self.transfers.words();
            let beside = status::Beside { hint, trouble: self.trouble(), transfers: &running };
            rows.all.insert(0, status::compose(&self.talks, beside, self.theme, cells));
            rows.caret.0 += 1;
        }
        rows
    }

    /// The line that is being typed.
    fn typed(&self, cells: usize) -> Rows {
        if let Some(asking) = self.asking.front() {
            let (mut prompt, shown) = (String::new(), asking.shown());
            text::sanitise(&asking.prompt(), &mut prompt);
            return wrapped(prompt::of_words(&prompt, cells * 3 / 4, "~ "), &shown, shown.len(), cells);
        }
        let prompt = match self.editor.searching() {
            Some(words) => prompt::of_words(&words, cells / 2, "> "),
            None => prompt::of_target(&self.talks.current().conversation, self.theme, cells),
        };
        let (typed, caret) = self.editor.shown();
        wrapped(prompt, typed, caret, cells)
    }

    fn trouble(&self) -> Trouble {
        if self.network != Trouble::None {
            self.network
        } else if self.alone_since.is_some_and(|since| self.now.since(since) >= ALONE) {
            Trouble::Alone
        } else {
            Trouble::None
        }
    }
}
