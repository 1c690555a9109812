//! Messages found by their words, slice by slice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rusqlite::{Connection, Error, OptionalExtension, params};

use super::database::ROOMS_ARE_INDEXED;
use super::filter::Filter;
use super::index_terms::{self, Kept, PLACE_BITS};
use super::pages::rooms;
use super::reader::Reader;
use super::write::number;
use crate::chat::api::talk::{MessageBody, Said};
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::secret::RoomName;
use crate::view::text::terms::{self, Needle};

/// So many rows of the index are read at once.
const ROWS: i64 = 256;
/// So many entries that are not in the index yet are read at once.
const ENTRIES: i64 = 16;

/// The newest messages that hold all needles. Whole words come first: beginnings of words are looked for where too few have
/// them whole.
pub struct Search {
    reader: Reader,
    rooms: BTreeMap<i64, RoomName>,
    /// What in the index says that a message is of one of the rooms; nothing where it may be of any.
    of_rooms: String,
    needles: Vec<Needle>,
    filter: Filter,
    /// Up to which entry the index is looked at.
    upto: i64,
    stage: SearchStage,
    /// The rows of what was found.
    seen: BTreeSet<i64>,
    /// By time, row and place.
    found: BTreeMap<(i64, i64, usize), (Said, Kept)>,
    is_more: bool,
}

/// Where it looks: everything before a row.
enum SearchStage {
    /// What came so lately that its words are not in the index yet.
    BehindTheIndex {
        before: i64,
    },
    /// Words that are whole, or begin so, and the rows that were read ahead.
    Index {
        is_begun: bool,
        before: i64,
        rows: VecDeque<i64>,
    },
    Over,
}

impl Search {
    /// Nothing is found yet.
    pub fn new(connection: &Connection, needles: Vec<Needle>, filter: &Filter) -> Result<Self, Error> {
        let rooms: BTreeMap<i64, RoomName> = rooms(connection, filter)?.into_iter().collect();
        let is_for_all = filter.rooms.is_empty() || !index_terms::has_rooms(connection, ROOMS_ARE_INDEXED)?;
        let terms: Vec<String> = rooms.keys().map(|&room| format!("\"{}\"", index_terms::room_term(room))).collect();
        let of_rooms = if is_for_all { String::new() } else { format!("({}) AND ", terms.join(" OR ")) };
        let is_nowhere = rooms.is_empty() || needles.is_empty();
        let stage = if is_nowhere { SearchStage::Over } else { SearchStage::BehindTheIndex { before: i64::MAX } };
        Ok(Self {
            reader: Reader::new(connection, filter),
            rooms,
            of_rooms,
            needles,
            filter: filter.clone(),
            upto: index_terms::indexed(connection)?,
            stage,
            seen: BTreeSet::new(),
            found: BTreeMap::new(),
            is_more: false,
        })
    }

    /// Looks on until `is_over`, at one entry at least. Says whether that is all.
    pub fn look_on(&mut self, connection: &Connection, is_over: &dyn Fn() -> bool) -> Result<bool, Error> {
        loop {
            match &mut self.stage {
                SearchStage::Over => return Ok(true),
                SearchStage::BehindTheIndex { before } => {
                    let before = *before;
                    self.behind_the_index(connection, before)?;
                }
                SearchStage::Index { rows, .. } => match rows.pop_front() {
                    Some(row) => self.look_at_row(connection, row)?,
                    None => self.read_ahead(connection)?,
                },
            }
            if is_over() {
                return Ok(matches!(self.stage, SearchStage::Over));
            }
        }
    }

    /// What was found, in the order of time, and whether there is more.
    pub fn found(self) -> (impl Iterator<Item = (Said, Kept)>, bool) {
        (self.found.into_values(), self.is_more)
    }

    fn behind_the_index(&mut self, connection: &Connection, before: i64) -> Result<(), Error> {
        let query = format!(
            "{} WHERE entries.id > ?1 AND entries.id < ?2 ORDER BY entries.id DESC LIMIT ?3",
            index_terms::SELECT
        );
        let mut select = connection.prepare_cached(&query)?;
        let rows = select.query_map(params![self.upto, before, ENTRIES], |row| {
            Ok((row.get::<_, i64>(0)?, index_terms::kept(row)?))
        })?;
        let rows: Vec<(i64, Option<Kept>)> = rows.collect::<Result<_, _>>()?;
        match rows.last() {
            Some((last, _)) => self.stage = SearchStage::BehindTheIndex { before: *last },
            None => self.stage = SearchStage::Index { is_begun: false, before: i64::MAX, rows: VecDeque::new() },
        }
        for kept in rows.into_iter().filter_map(|(_, kept)| kept) {
            self.look(connection, &kept, None, true)?;
        }
        Ok(())
    }

    /// Reads more rows of the index, or goes on to what is looked at next.
    fn read_ahead(&mut self, connection: &Connection) -> Result<(), Error> {
        let SearchStage::Index { is_begun, before, rows } = &mut self.stage else { return Ok(()) };
        let terms = self.needles.iter().flat_map(Needle::terms);
        let terms = terms
            .map(|(term, may_be_begun)| format!("\"{term}\"{}", if may_be_begun && *is_begun { " *" } else { "" }));
        let query = self.of_rooms.clone() + &terms.collect::<Vec<_>>().join(" AND ");
        let select = "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
        let mut select = connection.prepare_cached(select)?;
        let read = select.query_map(params![query, *before, ROWS], |row| row.get(0))?;
        *rows = read.collect::<Result<_, _>>()?;
        if let Some(&last) = rows.back() {
            *before = last;
            return Ok(());
        }
        let may_begin = self.needles.iter().flat_map(Needle::terms).any(|(_, may_be_begun)| may_be_begun);
        self.stage = if *is_begun || !may_begin || self.is_full() {
            SearchStage::Over
        } else {
            SearchStage::Index { is_begun: true, before: i64::MAX, rows: VecDeque::new() }
        };
        Ok(())
    }

    fn look_at_row(&mut self, connection: &Connection, row: i64) -> Result<(), Error> {
        let (id, place) = (row >> PLACE_BITS, row & ((1 << PLACE_BITS) - 1));
        if id > self.upto || self.seen.contains(&row) {
            return Ok(());
        }
        let is_begun = matches!(self.stage, SearchStage::Index { is_begun: true, .. });
        let query = format!("{} WHERE entries.id = ?1", index_terms::SELECT);
        let kept = connection.prepare_cached(&query)?.query_row([id], index_terms::kept).optional()?.flatten();
        kept.map_or(Ok(()), |kept| self.look(connection, &kept, usize::try_from(place).ok(), is_begun))
    }

    fn is_full(&self) -> bool {
        self.filter.most.is_some_and(|most| self.found.len() >= most)
    }

    /// Looks at the messages of an entry, or at one of them. Where there are enough, that was all.
    fn look(
        &mut self,
        connection: &Connection,
        kept: &Kept,
        place: Option<usize>,
        is_begun: bool,
    ) -> Result<(), Error> {
        let Some(room) = self.rooms.get(&kept.room).cloned() else { return Ok(()) };
        let time =
            Stamp::of(self.filter.since.unwrap_or(Wall(0)))..Stamp::of(self.filter.until.unwrap_or(Wall(u64::MAX)));
        if !(number(time.start.number())..number(time.end.number())).contains(&kept.at) {
            return Ok(());
        }
        let holds = |said: &Said| {
            let text = match &said.words {
                MessageBody::Text(text) | MessageBody::Action(text) | MessageBody::Topic(text) => text,
                MessageBody::Offer(offered) => &offered.item.name,
                _ => return false,
            };
            let text = terms::folded(text);
            self.needles.iter().all(|needle| needle.is_in(&text, is_begun))
        };
        let said = self.reader.said(connection, &room, kept)?;
        let wanted =
            said.into_iter().rev().filter(|said| place.is_none_or(|place| place == said.id.index) && holds(said));
        for said in wanted.collect::<Vec<_>>() {
            if self.is_full() {
                self.is_more = true;
                self.stage = SearchStage::Over;
                return Ok(());
            }
            self.seen.insert(index_terms::row(kept.id, said.id.index));
            self.found.insert((kept.at, kept.id, said.id.index), (said, kept.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::Store;
    use crate::chat::api::talk::MessageBody;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::base::time::{Hybrid, Now, Wall};
    use crate::chat::keys::identity::{Identity, Run, log_id};
    use crate::chat::keys::secret::{RoomKeys, RoomName};
    use crate::chat::log::records::{Recall, Record, Shown};
    use crate::chat::wire;
    use crate::chat::wire::entry::{Body, Header, NO_ENTRY, Text};
    use crate::shell::sys::clock::Clock;

    /// A history in which so many lines were said in each of these rooms, one after the other, and indexed if that is wanted.
    fn history(folder: &Path, rooms: &[(&str, u64)], is_indexed: bool) -> (Store, Now) {
        let clock = Clock::start();
        let now = clock.now();
        let mut store = Store::open(folder, None, now);
        let (identity, mut hybrid) = (Identity::new(&[1; 32]), Hybrid::default());
        for &(room, lines) in rooms {
            let name = RoomName::parse(room).unwrap();
            let id = RoomKeys::open(&name).id();
            store.memories(&[(id, name)], now);
            for seq in 1..=lines {
                let text = format!("the line {seq} thereof");
                let body = Body::Text(Text { lines: vec![text], continues: false, is_auto: false });
                let (author, time) = (identity.author(), hybrid.next(Wall(now.wall.0 + seq)));
                let header =
                    Header { author, run: Run::first_of(&[1; 8]), seq, prev: NO_ENTRY, time, kind: body.kind() };
                let entry = Arc::new(wire::sign_entry(&identity, id, header, &wire::encode_body(&body)));
                let (tag, received) = (Bytes::ZERO, Wall(seq));
                store.add(Record::Entry { room: id, tag, entry, received, is_own: false, is_second: false }, now);
            }
        }
        store.commit(now);
        while is_indexed && store.deadline().is_some() {
            let now = clock.now();
            store.tick(&clock, Now { moment: now.moment.after(Duration::from_secs(2)), ..now });
        }
        (store, now)
    }

    /// What is found, how many slices that takes where each is as short as can be, and how often it is found in all.
    fn found(store: &mut Store, now: Now, room: &str, words: &str, most: usize) -> (Vec<String>, usize) {
        let room = RoomName::parse(room).unwrap();
        let recall = Recall { room, words: words.split(' ').map(str::to_owned).collect(), most };
        let mut search = store.begin_search(&recall, now).unwrap();
        let mut slices = 1;
        while !store.look_on(&mut search, &|| true).unwrap() {
            slices += 1;
        }
        let text = |words: MessageBody| match words {
            MessageBody::Text(text) => text,
            other => panic!("{other:?}"),
        };
        (search.found().0.map(|(said, _)| text(said.words)).collect(), slices)
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("chinwag-search-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn of_what_an_earlier_session_showed_the_last_lines_are_shown_again_and_nothing_beyond() {
        let folder = std::env::temp_dir().join(format!("chinwag-replay-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (mut store, now) = history(&folder, &[("a", 30), ("b", 5)], false);
        let (author, name) = (Identity::new(&[1; 32]).author(), RoomName::parse("a").unwrap());
        let id = RoomKeys::open(&name).id();
        let last =
            |store: &Store| -> Vec<u64> { store.shown_last(id, &name, 3).iter().map(|said| said.id.seq).collect() };
        assert_eq!(last(&store), [0; 0], "nothing was shown");
        let (log, upto) = (log_id(id, author, Run::first_of(&[1; 8])), Shown { seq: 20, places: 0 });
        store.add(Record::Shown { log, upto }, now);
        store.commit(now);
        assert_eq!(last(&store), [18, 19, 20]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_search_in_one_room_does_not_look_at_the_others() {
        let folder = folder("rooms");
        let (mut store, now) = history(&folder, &[("few", 5), ("many", 2000)], true);
        for words in ["the", "ther", "line the"] {
            let (lines, slices) = found(&mut store, now, "few", words, 20);
            assert_eq!((lines.len(), lines[0].as_str()), (5, "the line 1 thereof"), "{words}");
            assert!(slices < 20, "{words}: {slices}");
        }
        assert_eq!(found(&mut store, now, "few", "2000", 20).0, [""; 0], "it was said in the other room");
        let (lines, _) = found(&mut store, now, "many", "the", 2);
        assert_eq!(lines, ["the line 1999 thereof", "the line 2000 thereof"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_search_is_done_in_slices_also_before_the_words_are_known() {
        let folder = folder("slices");
        let (mut store, now) = history(&folder, &[("few", 5), ("many", 500)], false);
        let (lines, slices) = found(&mut store, now, "few", "the", 20);
        assert!(lines.len() == 5 && slices > 10, "{slices}");
        let (lines, slices) = found(&mut store, now, "many", "line thereof", 500);
        assert!(lines.len() == 500 && slices > 10, "{slices}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
