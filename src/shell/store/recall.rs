//! What was said, read from the file: in the order of time, or found by its words.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rusqlite::{Connection, Error, OptionalExtension, params};

use super::pages::{Direction, PAGE, Pages, rooms};
use super::reader::Reader;
use super::words::{self, Kept, PLACE_BITS};
use super::write::number;
use crate::chat::history::Recall;
use crate::chat::secret::RoomName;
use crate::chat::talk::{Said, Words};
use crate::chat::time::{Stamp, Wall};
use crate::view::terms::{self, Needle};

/// Which messages are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these rooms; none: of all.
    pub rooms: Vec<RoomName>,
    /// Said then or later.
    pub since: Option<Wall>,
    /// Said before.
    pub until: Option<Wall>,
    /// By whoever went by this nick, perhaps with its key tag.
    pub from: Option<String>,
    /// The newest so many; `None`: all.
    pub most: Option<usize>,
}

/// Takes one message with the entry it stands in; `false`: no more are wanted.
pub type Each<'a> = &'a mut dyn FnMut(Listing<'_>) -> bool;

/// A message, and the entry that proves it.
pub struct Listing<'a> {
    /// As it is shown.
    pub said: Said,
    /// The signed bytes; nothing where its author took it back.
    pub bytes: &'a [u8],
    /// Their signature.
    pub signature: &'a [u8],
}

/// What `/history` or `/search` asks for, the newest at the end.
pub fn answer(connection: &Connection, recall: &Recall) -> Result<Vec<Said>, Error> {
    let filter = Filter { rooms: vec![recall.room.clone()], most: Some(recall.most), ..Filter::default() };
    let needles: Vec<Needle> = recall.words.iter().filter_map(|word| Needle::new(word)).collect();
    let mut all = Vec::new();
    let mut each = |listing: Listing<'_>| {
        all.push(listing.said);
        true
    };
    if recall.words.is_empty() {
        list(connection, &filter, &mut each)?;
    } else if !needles.is_empty() {
        search(connection, &needles, &filter, &mut each)?;
    }
    Ok(all)
}

/// Everything the filter lets through, in the order of time.
pub fn list(connection: &Connection, filter: &Filter, each: Each<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(connection, filter);
    if let Some(most) = filter.most {
        let mut newest: VecDeque<(Said, Kept)> = VecDeque::new();
        let mut pages = Pages::new(connection, filter, Direction::Back)?;
        'all: while let Some((room, kept)) = pages.next()? {
            for said in reader.said(&room, &kept)?.into_iter().rev() {
                if newest.len() >= most {
                    break 'all;
                }
                newest.push_front((said, kept.clone()));
            }
        }
        newest.into_iter().all(|(said, kept)| each(listing(said, &kept)));
        return Ok(());
    }
    let mut pages = Pages::new(connection, filter, Direction::On)?;
    while let Some((room, kept)) = pages.next()? {
        for said in reader.said(&room, &kept)? {
            if !each(listing(said, &kept)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn listing(said: Said, kept: &Kept) -> Listing<'_> {
    let is_whole = !kept.entry.is_erased;
    let (bytes, signature) =
        if is_whole { (&*kept.entry.bytes, &kept.entry.signature.0[..]) } else { (&[][..], &[][..]) };
    Listing { said, bytes, signature }
}

/// The newest messages that hold all needles, in the order of time. Whole words come first: beginnings of words are looked
/// for where too few have them whole. Says whether there are more.
pub fn search(connection: &Connection, needles: &[Needle], filter: &Filter, each: Each<'_>) -> Result<bool, Error> {
    let mut search = Search {
        reader: Reader::new(connection, filter),
        rooms: rooms(connection, filter)?.into_iter().collect(),
        needles,
        filter,
        seen: BTreeSet::new(),
        found: BTreeMap::new(),
        is_more: false,
    };
    let upto = words::indexed(connection)?;
    search.behind_the_index(connection, upto)?;
    search.by_index(connection, upto, false)?;
    if needles.iter().flat_map(Needle::terms).any(|(_, is_begun)| is_begun) {
        search.by_index(connection, upto, true)?;
    }
    search.found.into_values().all(|(said, kept)| each(listing(said, &kept)));
    Ok(search.is_more)
}

struct Search<'a> {
    reader: Reader<'a>,
    rooms: BTreeMap<i64, RoomName>,
    needles: &'a [Needle],
    filter: &'a Filter,
    /// The rows of what was found.
    seen: BTreeSet<i64>,
    /// By time, row and place.
    found: BTreeMap<(i64, i64, usize), (Said, Kept)>,
    is_more: bool,
}

impl Search<'_> {
    /// What came so lately that its words are not in the index yet.
    fn behind_the_index(&mut self, connection: &Connection, upto: i64) -> Result<(), Error> {
        let query =
            format!("{} WHERE entries.id > ?1 AND entries.id < ?2 ORDER BY entries.id DESC LIMIT ?3", words::SELECT);
        let mut before = i64::MAX;
        loop {
            let mut select = connection.prepare_cached(&query)?;
            let page = i64::try_from(PAGE).unwrap_or(i64::MAX);
            let rows =
                select.query_map(params![upto, before, page], |row| Ok((row.get::<_, i64>(0)?, words::kept(row)?)))?;
            let rows: Vec<(i64, Option<Kept>)> = rows.collect::<Result<_, _>>()?;
            for (id, kept) in &rows {
                before = *id;
                if let Some(kept) = kept
                    && !self.look(kept, None, true)?
                {
                    return Ok(());
                }
            }
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn by_index(&mut self, connection: &Connection, upto: i64, is_begun: bool) -> Result<(), Error> {
        if self.is_full() {
            return Ok(());
        }
        let terms = self.needles.iter().flat_map(Needle::terms);
        let terms =
            terms.map(|(term, may_be_begun)| format!("\"{term}\"{}", if may_be_begun && is_begun { " *" } else { "" }));
        let query = terms.collect::<Vec<_>>().join(" AND ");
        let mut select =
            connection.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC")?;
        let mut rows = select.query([query])?;
        while let Some(row) = rows.next()? {
            let row: i64 = row.get(0)?;
            let (id, place) = (row >> PLACE_BITS, row & ((1 << PLACE_BITS) - 1));
            if id > upto || self.seen.contains(&row) {
                continue;
            }
            let query = format!("{} WHERE entries.id = ?1", words::SELECT);
            let kept = connection.prepare_cached(&query)?.query_row([id], words::kept).optional()?.flatten();
            if let Some(kept) = kept
                && !self.look(&kept, usize::try_from(place).ok(), is_begun)?
            {
                break;
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.filter.most.is_some_and(|most| self.found.len() >= most)
    }

    /// Looks at the messages of an entry, or at one of them. Says whether more are wanted.
    fn look(&mut self, kept: &Kept, place: Option<usize>, is_begun: bool) -> Result<bool, Error> {
        let Some(room) = self.rooms.get(&kept.room).cloned() else { return Ok(true) };
        let time =
            Stamp::of(self.filter.since.unwrap_or(Wall(0)))..Stamp::of(self.filter.until.unwrap_or(Wall(u64::MAX)));
        if !(number(time.start.number())..number(time.end.number())).contains(&kept.at) {
            return Ok(true);
        }
        let holds = |said: &Said| {
            let (Words::Text(text) | Words::Action(text) | Words::Topic(text)) = &said.words else { return false };
            let text = terms::folded(text);
            self.needles.iter().all(|needle| needle.is_in(&text, is_begun))
        };
        let wanted = self.reader.said(&room, kept)?;
        for said in
            wanted.into_iter().rev().filter(|said| place.is_none_or(|place| place == said.id.index) && holds(said))
        {
            if self.is_full() {
                self.is_more = true;
                return Ok(false);
            }
            self.seen.insert(words::row(kept.id, said.id.index));
            self.found.insert((kept.at, kept.id, said.id.index), (said, kept.clone()));
        }
        Ok(true)
    }
}
