//! Entries in the order of time, read page by page.

use std::collections::VecDeque;

use rusqlite::{Connection, Error, params};

use super::filter::Filter;
use super::index_terms::{self, Kept};
use super::write::number;
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::secret::RoomName;

/// How many entries are read at a time.
pub const PAGE: usize = 256;

/// Which way time is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    On,
    /// The newest first.
    Back,
}

/// Entries of several rooms in the order of time, read page by page: no page holds up whoever writes.
pub struct Pages<'c> {
    connection: &'c Connection,
    query: String,
    direction: Direction,
    end: i64,
    rooms: Vec<HistoryPage>,
}

struct HistoryPage {
    room: i64,
    name: RoomName,
    /// Behind this one the next page begins.
    last: (i64, i64),
    entries: VecDeque<Kept>,
    is_over: bool,
}

impl<'c> Pages<'c> {
    pub fn new(connection: &'c Connection, filter: &Filter, direction: Direction) -> Result<Self, Error> {
        let bound = |time: Option<Wall>, none| time.map_or(none, |time| number(Stamp::of(time).number()));
        let (since, until) = (bound(filter.since, 0), bound(filter.until, i64::MAX));
        // One bound is where the next page begins, the other one where the last page ends.
        let (range, order, start, end) = match direction {
            Direction::On => ("(at, entries.id) > (?2, ?3) AND at < ?4", "ASC", (since, i64::MIN), until),
            Direction::Back => ("(at, entries.id) < (?2, ?3) AND at >= ?4", "DESC", (until, i64::MIN), since),
        };
        let query = format!(
            "{} WHERE entries.room = ?1 AND {range} ORDER BY at {order}, entries.id {order} LIMIT {PAGE}",
            index_terms::SELECT
        );
        let rooms = rooms(connection, filter)?.into_iter();
        let page = |(room, name)| HistoryPage { room, name, last: start, entries: VecDeque::new(), is_over: false };
        Ok(Self { connection, query, direction, end, rooms: rooms.map(page).collect() })
    }

    /// The next entry and its room.
    pub fn next(&mut self) -> Result<Option<(RoomName, Kept)>, Error> {
        for page in self.rooms.iter_mut().filter(|page| page.entries.is_empty() && !page.is_over) {
            let mut select = self.connection.prepare_cached(&self.query)?;
            let mut rows = select.query(params![page.room, page.last.0, page.last.1, self.end])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                count += 1;
                page.last = (row.get(9)?, row.get(0)?);
                page.entries.extend(index_terms::kept(row)?);
            }
            page.is_over = count < PAGE;
        }
        if self.rooms.iter().any(|page| page.entries.is_empty() && !page.is_over) {
            return self.next(); // a whole page that cannot be read
        }
        let place = |page: &HistoryPage| page.entries.front().map(|kept| (kept.at, kept.id));
        let filled = self.rooms.iter_mut().filter(|page| !page.entries.is_empty());
        let page = match self.direction {
            Direction::On => filled.min_by_key(|page| place(page)),
            Direction::Back => filled.max_by_key(|page| place(page)),
        };
        Ok(page.and_then(|page| Some((page.name.clone(), page.entries.pop_front()?))))
    }
}

/// The rooms of a filter.
pub fn rooms(connection: &Connection, filter: &Filter) -> Result<Vec<(i64, RoomName)>, Error> {
    let mut select = connection.prepare("SELECT id, name FROM rooms ORDER BY id")?;
    let all = select.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut rooms = Vec::new();
    for row in all {
        let (id, name) = row?;
        if let Ok(name) = RoomName::parse(&name)
            && (filter.rooms.is_empty() || filter.rooms.contains(&name))
        {
            rooms.push((id, name));
        }
    }
    Ok(rooms)
}
