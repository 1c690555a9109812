//! The history of a profile: one SQLite file. This file and its parts are the only ones that know SQLite.

mod database;
mod filter;
mod index_terms;
pub(crate) mod keeping;
mod memory;
mod pages;
mod reader;
mod recall;
mod retention;
mod search;
mod searches;
pub(crate) mod session_history;
pub(crate) mod worker;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Error};

use crate::chat::api::notice::Notice;
use crate::chat::api::talk::Said;
use crate::chat::base::time::{Moment, Now, Wall};
use crate::chat::keys::identity::RoomId;
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::log::records::{Memory, Recall, Record};
use crate::shell::sys::clock::Clock;
use crate::view::words::en;

pub use database::{Unusable, read_only};
pub use filter::Filter;
pub use recall::{Listing, known_names, list, search};
pub use search::Search;
pub use searches::Findings;

/// So many entries are written in one transaction at most. A guess: beyond, a transaction costs little beside its entries.
const GATHERED_MAX: usize = 256;
/// What can wait is done once nothing was written for so long.
const QUIET_FOR: Duration = Duration::from_millis(250);

/// What cannot be written is tried again after this.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// So many records are kept meanwhile: what a room holds in memory.
const UNWRITTEN_MAX: usize = 20_000;

/// Work that can wait is done in slices of so long, with pauses between them in which the loop does what cannot.
pub const SLICE: Duration = Duration::from_millis(4);
/// As above.
const PAUSE: Duration = Duration::from_millis(16);
/// What could not be scrubbed, for somebody was reading, is tried again after this.
const SCRUB_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often what is too old is looked for.
const RETENTION_EVERY: Duration = Duration::from_secs(3600);

/// The history while a session runs: everything is written here, by nobody else.
pub struct Store {
    path: PathBuf,
    connection: Connection,
    /// What may be kept for how long; `None`: for ever.
    keep_for: Option<Duration>,
    waiting: Vec<Record>,
    /// How many of them are entries.
    entries: usize,
    /// When what could not be written is tried again.
    due: Option<Moment>,
    /// Why nothing can be written for now. It is told once.
    trouble: Option<String>,
    /// Records that found no room while nothing could be written.
    lost: u64,
    /// When the next slice of what can wait is done.
    slice: Option<Moment>,
    /// When what is too old is looked for.
    retention: Moment,
    /// Something was taken back or removed, and may still stand in the file.
    is_stained: bool,
    notices: Vec<Notice>,
    rooms: Vec<(RoomId, RoomName)>,
    rows: write::LogRows,
}

impl Store {
    /// Opens the history in a profile's folder, or begins one. What cannot be read is set aside, never overwritten. Where
    /// nothing can be written, what is there is still read.
    ///
    /// # Panics
    /// Where SQLite has no memory for a database without a file.
    pub fn open(folder: &Path, keep_for: Option<Duration>, now: Now) -> Self {
        let path = folder.join(FILE);
        let mut trouble = None;
        let (connection, notice) = database::open_or_begin(&path, now.wall).unwrap_or_else(|unusable| {
            trouble = Some(unusable.to_string());
            let nothing = || Connection::open_in_memory().expect("a database without a file needs no disk");
            (read_only(&path).unwrap_or_else(|_| nothing()), None)
        });
        let off = trouble.clone().map(|why| Notice::HistoryOff { why });
        Self {
            path,
            connection,
            keep_for,
            waiting: Vec::new(),
            entries: 0,
            due: trouble.as_ref().map(|_| now.moment.after(TRY_AGAIN_AFTER)),
            trouble,
            lost: 0,
            slice: Some(now.moment),
            retention: now.moment,
            is_stained: true, // by whoever was killed before
            notices: notice.into_iter().chain(off).collect(),
            rooms: Vec::new(),
            rows: write::LogRows::default(),
        }
    }

    /// What is remembered of rooms, in their order.
    pub fn memories(&mut self, rooms: &[(RoomId, RoomName)], now: Now) -> Vec<Memory> {
        let (oldest, is_writable) = (self.oldest(now.wall), self.trouble.is_none());
        let remember = |connection: &mut Connection| {
            if is_writable {
                rooms.iter().try_for_each(|(id, name)| write::room(connection, *id, name))?;
            }
            let of = |(id, _): &(RoomId, RoomName)| memory::of(connection, *id, None, oldest);
            rooms.iter().map(of).collect::<Result<Vec<_>, Error>>()
        };
        for room in rooms {
            if !self.rooms.contains(room) {
                self.rooms.push(room.clone());
            }
        }
        match remember(&mut self.connection) {
            Ok(memories) => memories,
            Err(error) => {
                self.fail(&error, now);
                Vec::new()
            }
        }
    }

    /// What is remembered of a room as far as it came under the secret with this tag.
    pub fn former(&mut self, room: RoomId, tag: Tag, now: Now) -> Memory {
        let oldest = self.oldest(now.wall);
        memory::of(&mut self.connection, room, Some(tag), oldest).unwrap_or_default() // of what cannot be read, nothing
    }

    /// The last messages of a room that an earlier session showed or said, but for private ones; of what cannot be read, none.
    pub fn shown_last(&self, room: RoomId, name: &RoomName, most: usize) -> Vec<Said> {
        recall::shown_last(&self.connection, (room, name), most).unwrap_or_default()
    }

    /// What is to be told, once.
    pub fn take_notice(&mut self) -> Option<Notice> {
        (!self.notices.is_empty()).then(|| self.notices.remove(0))
    }

    /// Something is to be kept, with the next commit or once there are enough.
    pub fn add(&mut self, record: Record, now: Now) {
        if self.waiting.len() >= UNWRITTEN_MAX {
            self.lost += 1;
            return;
        }
        self.entries += usize::from(matches!(record, Record::Entry { .. }));
        let last = self.waiting.iter_mut().rev().take(LOOKED_BACK_AT);
        match last.into_iter().find(|waiting| is_newer(&record, waiting)) {
            Some(waiting) => *waiting = record,
            None => self.waiting.push(record),
        }
        if self.trouble.is_none() && self.entries >= GATHERED_MAX {
            self.commit(now);
            self.slice = self.slice.map(|slice| slice.max(now.moment.after(QUIET_FOR)));
        }
    }

    /// What waits is written now, unless nothing can be.
    pub fn commit(&mut self, now: Now) {
        if self.trouble.is_none() {
            self.write(now);
        }
    }

    /// When it next wants a [`tick`](Self::tick).
    pub fn deadline(&self) -> Option<Moment> {
        let retention = self.keep_for.map(|_| self.retention);
        self.due.into_iter().chain(self.slice).chain(retention).min()
    }

    /// Writes what waited long enough, and does a slice of what can wait.
    pub fn tick(&mut self, clock: &Clock, now: Now) {
        if self.due.is_some_and(|due| due <= now.moment) {
            self.write(now);
        }
        if self.keep_for.is_some() && self.retention <= now.moment {
            self.retention = now.moment.after(RETENTION_EVERY);
            self.slice = Some(now.moment);
        }
        if self.slice.is_some_and(|slice| slice <= now.moment) {
            self.work(clock, now);
        }
    }

    /// Writes what waits, and lets the file go.
    pub fn close(mut self, clock: &Clock) -> Option<Notice> {
        let now = clock.now();
        self.write(now);
        self.work(clock, now);
        database::close(self.connection);
        self.notices.pop()
    }

    /// What was said last, the newest at the end.
    pub fn recall(&mut self, recall: &Recall, now: Now) -> Result<Vec<Said>, String> {
        self.commit(now);
        recall::answer(&self.connection, recall).map_err(|error| self.why(&error))
    }

    /// Begins to look for what holds some words.
    pub fn begin_search(&mut self, recall: &Recall, now: Now) -> Result<Search, String> {
        self.commit(now);
        recall::begin(&self.connection, recall).map_err(|error| self.why(&error))
    }

    /// Looks on until `is_over`. Says whether that is all.
    pub fn look_on(&self, search: &mut Search, is_over: &dyn Fn() -> bool) -> Result<bool, String> {
        search.look_on(&self.connection, is_over).map_err(|error| self.why(&error))
    }

    fn why(&self, error: &Error) -> String {
        match &self.trouble {
            Some(why) => en::files::nothing_looked_up(why),
            None => database::words(error),
        }
    }

    /// One slice of what can wait: the words of what is new, and the removal of what is old.
    fn work(&mut self, clock: &Clock, now: Now) {
        let end = now.moment.after(SLICE);
        let oldest = self.oldest(now.wall);
        let is_over = || clock.now().moment >= end;
        let mut is_stained = self.is_stained;
        let mut slice = |connection: &mut Connection| -> Result<bool, Error> {
            let is_more = index_terms::index_some(connection, &is_over)?;
            let (has_removed, is_old_left) = retention::remove_some(connection, oldest, &is_over)?;
            is_stained |= has_removed;
            Ok(is_more | is_old_left)
        };
        let result = if self.trouble.is_some() { Ok(false) } else { slice(&mut self.connection) };
        let is_more = match self.checked(result, now) {
            Some(is_more) => is_more,
            None => self.trouble.is_none(), // what failed was mended, and is to be done again
        };
        if is_stained && !is_more && self.trouble.is_none() {
            is_stained = !database::scrub(&self.connection);
        }
        self.is_stained = is_stained;
        let pause = if is_more { PAUSE } else { SCRUB_AGAIN_AFTER };
        self.slice = (is_more || self.is_stained).then(|| clock.now().moment.after(pause));
    }

    /// The time before which nothing is kept.
    fn oldest(&self, wall: Wall) -> Option<Wall> {
        let millis = u64::try_from(self.keep_for?.as_millis()).unwrap_or(u64::MAX);
        Some(Wall(wall.0.saturating_sub(millis)))
    }

    fn write(&mut self, now: Now) {
        self.due = None;
        if self.trouble.is_some()
            && let Ok((connection, notice)) = database::open_or_begin(&self.path, now.wall)
        {
            self.adopt(connection);
            self.notices.extend(notice);
        }
        if self.waiting.is_empty() && self.trouble.is_none() {
            return;
        }
        let result = write::all(&mut self.connection, &mut self.rows, &self.waiting);
        let is_written = self.checked(result, now).is_some();
        if !is_written {
            return;
        }
        if self.waiting.iter().any(|record| matches!(record, Record::Entry { .. })) {
            self.slice.get_or_insert(now.moment.after(QUIET_FOR));
        }
        self.is_stained |= self.waiting.iter().any(|record| matches!(record, Record::Erased { .. }));
        if self.is_stained {
            self.slice.get_or_insert(now.moment);
        }
        self.waiting.clear();
        self.entries = 0;
        if self.trouble.take().is_some() {
            self.notices.push(Notice::HistoryAgain { lost: std::mem::take(&mut self.lost) });
        }
    }

    /// What a transaction brought. Where the file turned out to be damaged it is set aside, and what waits goes into a new one.
    fn checked<T>(&mut self, result: Result<T, Error>, now: Now) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(&error, now);
                None
            }
        }
    }

    fn adopt(&mut self, connection: Connection) {
        self.connection = connection;
        let rooms = self.rooms.iter().try_for_each(|(id, name)| write::room(&self.connection, *id, name));
        rooms.unwrap_or_default(); // where that fails, so will what follows, which tells it
    }

    fn fail(&mut self, error: &Error, now: Now) {
        self.rows = write::LogRows::default();
        if database::is_damage_of_index(error) && index_terms::begin_anew(&mut self.connection).is_ok() {
            (self.due, self.slice) = (Some(now.moment), Some(now.moment));
            return;
        }
        if database::is_damage(error)
            && let Some((connection, notice)) = database::begin_anew(&self.path, &mut self.connection, now.wall)
        {
            self.adopt(connection);
            self.notices.push(notice);
            self.due = Some(now.moment);
            return;
        }
        self.due = Some(now.moment.after(TRY_AGAIN_AFTER));
        if self.trouble.is_none() {
            let why = database::words(error);
            self.notices.push(Notice::HistoryOff { why: why.clone() });
            self.trouble = Some(why);
        }
    }
}

/// Whether `new` says the same of the same log as `waiting`, and later.
fn is_newer(new: &Record, waiting: &Record) -> bool {
    match (new, waiting) {
        (Record::Shown { log, .. }, Record::Shown { log: other, .. })
        | (Record::Delivered { log, .. }, Record::Delivered { log: other, .. }) => log == other,
        (Record::Receipt { log, by, .. }, Record::Receipt { log: other, by: them, .. }) => (log, by) == (other, them),
        _ => false,
    }
}

/// How far back a record is looked for that a new one makes needless: what one turn of the loop brings of one log.
const LOOKED_BACK_AT: usize = 4;

/// The history that another window writes.
pub struct OfAnotherWindow(Connection);

impl OfAnotherWindow {
    /// Opens it to be read.
    pub fn open(path: &Path) -> Result<Self, String> {
        read_only(path).map(Self).map_err(|unusable| unusable.to_string())
    }

    /// What was said last, the newest at the end.
    pub fn recall(&self, recall: &Recall) -> Result<Vec<Said>, String> {
        recall::answer(&self.0, recall).map_err(|error| database::words(&error))
    }

    /// Begins to look for what holds some words.
    pub fn begin_search(&self, recall: &Recall) -> Result<Search, String> {
        recall::begin(&self.0, recall).map_err(|error| database::words(&error))
    }

    /// Looks on until `is_over`. Says whether that is all.
    pub fn look_on(&self, search: &mut Search, is_over: &dyn Fn() -> bool) -> Result<bool, String> {
        search.look_on(&self.0, is_over).map_err(|error| database::words(&error))
    }
}

/// The name of the file in a profile's folder.
pub const FILE: &str = "history.db";
