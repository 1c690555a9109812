//! Messages as they are put together from entries, and the index of their words.
//!
//! The index holds of each message what can be put together from the entries that are in it. So what it holds can always
//! be computed again, which is how it is taken out.

use rusqlite::{Connection, Error, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::MESSAGE_BYTES_MAX;
use crate::chat::keys::identity::{EntryId, RoomId};
use crate::chat::wire;
use crate::chat::wire::entry::{Action, Body, Entry, Text};
use crate::chat::wire::frame::Signed;
use crate::chat::wire::offer::Offers;
use crate::view::text::terms;

/// How many bits of a row number are the place in the entry: an entry has fewer than 1,024 messages.
pub const PLACE_BITS: u32 = 10;

/// How many entries are read before the clock is looked at.
const STEP: usize = 16;

/// An entry and where it stands.
#[derive(Clone)]
pub struct Kept {
    pub id: i64,
    pub log: i64,
    pub room: i64,
    /// The time it is sorted by.
    pub at: i64,
    pub is_second: bool,
    pub entry: Entry,
    pub received: u64,
}

/// What every query of entries begins with; [`kept`] reads it.
pub const SELECT: &str = "SELECT entries.id, entries.log, is_second, received, is_erased, hash, bytes, signature, rooms.room, at, \
                          entries.room \
                          FROM entries JOIN rooms ON rooms.id = entries.room";

/// The entry of a row; `None` where it is no longer what it was.
pub fn kept(row: &rusqlite::Row<'_>) -> Result<Option<Kept>, Error> {
    let (hash, signature): ([u8; 16], [u8; 64]) = (row.get(5)?, row.get(7)?);
    let (bytes, room) = (row.get_ref(6)?.as_blob()?, RoomId::first_of(&row.get::<_, [u8; 16]>(8)?));
    let hash: EntryId = Bytes(hash);
    let entry = wire::kept_entry(room, Signed { bytes, signature: Bytes(signature) }, hash, row.get(4)?);
    let Some(entry) = entry else { return Ok(None) };
    let at: i64 = row.get(9)?;
    let entry = Entry { placed: crate::chat::base::time::Stamp::from_number(u64::try_from(at).unwrap_or(0)), ..entry };
    let received = u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
    let (id, log, is_second) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(Some(Kept { id, log, room: row.get(10)?, at, is_second, entry, received }))
}

/// The entry of a number in a log, of those with a row up to `upto`.
fn at(connection: &Connection, log: i64, seq: u64, upto: i64) -> Result<Option<Kept>, Error> {
    let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
    let query = format!("{SELECT} WHERE entries.log = ?1 AND seq = ?2 AND is_second = 0 AND entries.id <= ?3");
    connection.prepare_cached(&query)?.query_row(params![log, seq, upto], kept).optional().map(Option::flatten)
}

/// A message that ends in an entry.
pub struct IndexedMessage {
    /// Its place there.
    pub index: usize,
    pub body: Body,
    /// Its beginning is not there.
    pub is_torn: bool,
}

impl IndexedMessage {
    /// What can be searched of it.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => text.lines.first().map(String::as_str),
            Body::Action(action) => Some(&action.text),
            Body::Topic(text) => Some(text),
            Body::Offers(offers) => offers.items.first().map(|item| item.name.as_str()),
            _ => None,
        }
    }
}

/// The messages that end in an entry, the first one with what came of it in entries before: those with a row up to `upto`.
pub fn messages(connection: &Connection, kept: &Kept, upto: i64) -> Result<Vec<IndexedMessage>, Error> {
    let body = match wire::body(&kept.entry) {
        Body::Sealed => match said_privately(connection, kept)? {
            Some(body) => body,
            None => return Ok(Vec::new()),
        },
        body => body,
    };
    if let Body::Offers(offers) = body {
        let one = |(index, item)| {
            let body = Body::Offers(Offers { items: vec![item] });
            IndexedMessage { index, body, is_torn: false }
        };
        return Ok(offers.items.into_iter().enumerate().map(one).collect());
    }
    let Body::Text(text) = body else { return Ok(vec![IndexedMessage { index: 0, body, is_torn: false }]) };
    let mut is_torn = false;
    let mut lines = text.lines;
    if !kept.is_second && kept.entry.header.seq > 1 && kept.entry.header.kind != Body::SEALED {
        let (begun, torn) = begun(connection, kept, upto)?;
        lines[0].insert_str(0, &begun);
        is_torn = torn;
    }
    lines.truncate(lines.len() - usize::from(text.continues && !kept.is_second));
    let one = |(index, line)| {
        let body = Body::Text(Text { lines: vec![line], continues: false, is_auto: text.is_auto });
        IndexedMessage { index, body, is_torn: is_torn && index == 0 }
    };
    Ok(lines.into_iter().enumerate().map(one).collect())
}

/// What a sealed entry says, where that is known: it was to us, or ours, and a message ends in it.
fn said_privately(connection: &Connection, kept: &Kept) -> Result<Option<Body>, Error> {
    let Ok(seq) = i64::try_from(kept.entry.header.seq) else { return Ok(None) };
    let select = "SELECT is_action, is_auto, text FROM private WHERE log = ?1 AND seq = ?2";
    let said = connection.prepare_cached(select)?.query_row(params![kept.log, seq], |row| {
        let (is_action, is_auto, text) = (row.get::<_, bool>(0)?, row.get(1)?, row.get(2)?);
        Ok(if is_action {
            Body::Action(Action { text, is_auto })
        } else {
            Body::Text(Text { lines: vec![text], continues: false, is_auto })
        })
    });
    said.optional()
}

/// What of an entry's first message stands in entries before it, and whether that is not all of it.
fn begun(connection: &Connection, kept: &Kept, upto: i64) -> Result<(String, bool), Error> {
    let (mut begun, mut seq) = (String::new(), kept.entry.header.seq);
    while begun.len() <= MESSAGE_BYTES_MAX {
        seq -= 1;
        let before = if seq == 0 { None } else { at(connection, kept.log, seq, upto)? };
        let Some(Body::Text(text)) = before.map(|before| wire::body(&before.entry)) else { break };
        if !text.continues {
            return Ok((begun, false));
        }
        let last = text.lines.last().expect("a text has a line");
        begun.insert_str(0, last);
        if text.lines.len() > 1 {
            return Ok((begun, false));
        }
    }
    let is_torn = !begun.is_empty();
    Ok((begun, is_torn))
}

/// The entry that an entry's last message ends in, where that is another one.
fn end(connection: &Connection, kept: &Kept, upto: i64) -> Result<Option<Kept>, Error> {
    let goes_on = |entry: &Entry, is_first: bool| match wire::body(entry) {
        Body::Text(text) => text.continues && (is_first || text.lines.len() == 1),
        _ => false,
    };
    if kept.is_second || !goes_on(&kept.entry, true) {
        return Ok(None);
    }
    let mut seq = kept.entry.header.seq;
    loop {
        seq += 1;
        match at(connection, kept.log, seq, upto)? {
            Some(next) if !goes_on(&next.entry, false) => return Ok(Some(next)),
            Some(_) if seq - kept.entry.header.seq <= PIECES_MAX => {}
            _ => return Ok(None),
        }
    }
}

/// A message goes over fewer entries.
const PIECES_MAX: u64 = 200;

/// The row of a message in the index.
pub fn row(entry: i64, index: usize) -> i64 {
    entry << PLACE_BITS | i64::try_from(index).unwrap_or(0)
}

/// Which messages an entry has a part in: those that end in it, and the one that goes on behind it.
fn rows(connection: &Connection, kept: &Kept, upto: i64) -> Result<Vec<(i64, String)>, Error> {
    let mut rows = Vec::new();
    let mut add = |id: i64, message: &IndexedMessage| {
        if let Some(text) = message.text() {
            rows.push((row(id, message.index), indexed_text(kept.room, text)));
        }
    };
    if kept.id <= upto {
        messages(connection, kept, upto)?.iter().for_each(|message| add(kept.id, message));
    }
    if let Some(end) = end(connection, kept, upto)? {
        messages(connection, &end, upto)?.iter().take(1).for_each(|message| add(end.id, message));
    }
    Ok(rows)
}

/// The term that the messages of a room have in common. No text holds it: of its first character nobody has agreed what it is.
pub fn room_term(room: i64) -> String {
    format!("\u{e000}{room}")
}

/// Whether the index knows which room a message is of, as it does from this version on.
pub fn has_rooms(connection: &Connection, since: i32) -> Result<bool, Error> {
    connection.pragma_query_value(None, "user_version", |row| Ok(row.get::<_, i32>(0)? >= since))
}

/// What the index has of a text: its room, and its terms. Where it has no terms, nothing.
fn indexed_text(room: i64, text: &str) -> String {
    let terms = terms::terms_of(&terms::folded(text)).join(" ");
    if terms.is_empty() { terms } else { format!("{} {terms}", room_term(room)) }
}

/// Up to which entry the words are known.
pub fn indexed(connection: &Connection) -> Result<i64, Error> {
    connection.prepare_cached("SELECT indexed FROM progress")?.query_row([], |row| row.get(0))
}

fn by_id(connection: &Connection, id: i64) -> Result<Option<Kept>, Error> {
    let query = format!("{SELECT} WHERE entries.id = ?1");
    connection.prepare_cached(&query)?.query_row([id], kept).optional().map(Option::flatten)
}

/// Changes an entry, or removes it, and keeps the index true.
pub fn change(
    connection: &Connection,
    id: i64,
    change: impl FnOnce(&Connection) -> Result<(), Error>,
) -> Result<(), Error> {
    let upto = indexed(connection)?;
    let before = match by_id(connection, id)? {
        Some(kept) if id <= upto => rows(connection, &kept, upto)?,
        _ => Vec::new(),
    };
    change(connection)?;
    replace(connection, &before, upto)
}

/// Takes rows out of the index and puts in what they hold now.
fn replace(connection: &Connection, before: &[(i64, String)], upto: i64) -> Result<(), Error> {
    for (row, terms) in before {
        let delete = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)";
        connection.prepare_cached(delete)?.execute(params![row, terms])?;
    }
    for &(row, _) in before {
        let (id, place) = (row >> PLACE_BITS, row & ((1 << PLACE_BITS) - 1));
        let Some(kept) = by_id(connection, id)? else { continue };
        let messages = messages(connection, &kept, upto)?;
        let message = messages.iter().find(|message| i64::try_from(message.index) == Ok(place));
        if let Some(text) = message.and_then(IndexedMessage::text) {
            insert(connection, row, &indexed_text(kept.room, text))?;
        }
    }
    Ok(())
}

fn insert(connection: &Connection, row: i64, terms: &str) -> Result<(), Error> {
    if terms.is_empty() {
        return Ok(());
    }
    connection.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?.execute(params![row, terms])?;
    Ok(())
}

/// Puts the words of new entries into the index until `is_over`. Says whether there are more.
pub fn index_some(connection: &mut Connection, is_over: &dyn Fn() -> bool) -> Result<bool, Error> {
    let mut upto = indexed(connection)?;
    if !has_more(connection, upto)? {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_more = loop {
        let taken = index_step(&transaction, &mut upto)?;
        if taken < STEP || is_over() {
            break taken == STEP;
        }
    };
    transaction.prepare_cached("UPDATE progress SET indexed = ?1")?.execute([upto])?;
    transaction.commit()?;
    Ok(is_more)
}

/// The index is damaged: it is emptied, and made again from the entries.
pub fn begin_anew(connection: &mut Connection) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("INSERT INTO words (words) VALUES ('delete-all')", [])?;
    transaction.execute("UPDATE progress SET indexed = 0", [])?;
    transaction.commit()
}

fn has_more(connection: &Connection, upto: i64) -> Result<bool, Error> {
    connection.prepare_cached("SELECT 1 FROM entries WHERE id > ?1 LIMIT 1")?.exists([upto])
}

fn index_step(transaction: &Transaction<'_>, upto: &mut i64) -> Result<usize, Error> {
    let query = format!("{SELECT} WHERE entries.id > ?1 ORDER BY entries.id LIMIT {STEP}");
    let mut select = transaction.prepare_cached(&query)?;
    let rows = select.query_map([*upto], |row| Ok((row.get::<_, i64>(0)?, kept(row)?)))?;
    let new: Vec<(i64, Option<Kept>)> = rows.collect::<Result<_, _>>()?;
    let taken = new.len();
    for (id, kept) in new {
        if let Some(kept) = kept {
            index_one(transaction, &kept, *upto)?;
        }
        *upto = id;
    }
    Ok(taken)
}

/// Puts one entry into the index of those up to `upto`. What went on behind it is put together anew.
fn index_one(transaction: &Transaction<'_>, kept: &Kept, upto: i64) -> Result<(), Error> {
    if let Some(end) = end(transaction, kept, upto)? {
        let without: Vec<IndexedMessage> = messages(transaction, &end, upto)?;
        if let Some(text) = without.first().and_then(IndexedMessage::text) {
            replace(transaction, &[(row(end.id, 0), indexed_text(end.room, text))], kept.id)?;
        }
    }
    for message in messages(transaction, kept, upto)? {
        if let Some(text) = message.text() {
            insert(transaction, row(kept.id, message.index), &indexed_text(kept.room, text))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use super::super::database::MIGRATIONS;
    use super::super::{database, retention, write};
    use super::*;
    use crate::chat::base::rng::Rng;
    use crate::chat::base::time::{Hybrid, Wall};
    use crate::chat::keys::identity::Identity;
    use crate::chat::keys::secret::RoomName;
    use crate::chat::log::records::Record;
    use crate::chat::wire::entry::{Deletion, Header, NO_ENTRY};
    use crate::chat::wire::packing::pack;

    const WORDS: [&str; 12] =
        ["apple", "banana", "cherry", "date", "elder", "fig", "grape", "你好", "世界", "和平", "ที่บ้าน", "안녕"];

    /// What the index holds of every term, and what it should.
    fn compare(connection: &Connection) {
        let upto = indexed(connection).unwrap();
        let mut expected: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        let ids: Vec<i64> = {
            let mut select = connection.prepare("SELECT id FROM entries WHERE id <= ?1").unwrap();
            select.query_map([upto], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        for id in ids {
            let kept = by_id(connection, id).unwrap().expect("it is sound");
            for message in messages(connection, &kept, upto).unwrap() {
                for term in message.text().map(|text| terms::terms_of(&terms::folded(text))).unwrap_or_default() {
                    expected.entry(term).or_default().insert(row(id, message.index));
                }
            }
        }
        let all: BTreeSet<String> = WORDS.iter().flat_map(|word| terms::terms_of(&terms::folded(word))).collect();
        for term in all.iter().chain(expected.keys()) {
            let mut select = connection.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1").unwrap();
            let found = select.query_map([format!("\"{term}\"")], |row| row.get(0)).unwrap();
            let found: BTreeSet<i64> = found.collect::<Result<_, _>>().unwrap();
            assert_eq!(found, expected.get(term).cloned().unwrap_or_default(), "{term}");
        }
        connection.execute_batch("INSERT INTO words (words) VALUES ('integrity-check')").unwrap();
    }

    fn message(rng: &mut Rng) -> String {
        let words = if rng.below(4) == 0 { 200 + rng.below(400) } else { 1 + rng.below(6) };
        let word = |_| WORDS[usize::try_from(rng.below(WORDS.len() as u64)).unwrap()];
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    /// Whatever comes, in whichever order, is taken back or removed.
    #[test]
    fn the_index_holds_what_can_be_put_together_from_the_entries_and_nothing_else() {
        for seed in 0..12 {
            let mut rng = Rng::new(&[seed; 32]);
            let mut connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(&MIGRATIONS.concat()).unwrap();
            let (tim, room) = (Identity::new(&[1; 32]), RoomId::ZERO);
            write::room(&connection, room, &RoomName::lobby()).unwrap();
            let mut clock = Hybrid::default();
            let texts = pack((0..40).map(|_| message(&mut rng)).collect());
            let mut records: Vec<Record> = Vec::new();
            for (seq, text) in (1..).zip(texts) {
                let body = Body::Text(text);
                let time = clock.next(Wall(1000 + seq));
                let header = Header { author: tim.author(), run: Bytes([seed; 8]), seq, prev: NO_ENTRY, time, kind: 0 };
                let entry = Arc::new(wire::sign_entry(&tim, room, header, &wire::encode_body(&body)));
                records.push(Record::Entry {
                    room,
                    tag: Bytes::ZERO,
                    entry,
                    received: Wall(0),
                    is_own: false,
                    is_second: false,
                });
            }
            let (mut rows, mut log) = (write::LogRows::default(), None);
            while !records.is_empty() {
                let near = rng.below(records.len().min(5) as u64);
                let record = records.remove(usize::try_from(near).unwrap());
                if let Record::Entry { entry, .. } = &record {
                    log = Some(entry.log);
                }
                write::all(&mut connection, &mut rows, &[record]).unwrap();
                let is_now = rng.below(3) == 0;
                if is_now {
                    index_some(&mut connection, &|| true).unwrap();
                }
                if rng.below(12) == 0 {
                    let (log, by) = (log.unwrap(), tim.author());
                    let seq = 1 + rng.below(40);
                    write::all(
                        &mut connection,
                        &mut rows,
                        &[Record::Erased { deletion: Deletion { log, seq, count: 1 }, by }],
                    )
                    .unwrap();
                }
                if rng.below(15) == 0 {
                    let oldest = Wall(1000 + rng.below(20));
                    retention::remove_some(&mut connection, Some(oldest), &|| true).unwrap();
                }
            }
            compare(&connection);
            while index_some(&mut connection, &|| true).unwrap() {}
            compare(&connection);
            retention::remove_some(&mut connection, Some(Wall(2000)), &|| false).unwrap();
            compare(&connection);
            let left: i64 = connection.query_row("SELECT count(*) FROM nicks", [], |row| row.get(0)).unwrap();
            assert_eq!((left, has_more(&connection, 0).unwrap()), (0, false));
        }
    }

    /// As after a version that found other words in the same text.
    #[test]
    fn an_index_that_holds_something_else_costs_no_entry() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&MIGRATIONS.concat()).unwrap();
        let (tim, room) = (Identity::new(&[1; 32]), RoomId::ZERO);
        write::room(&connection, room, &RoomName::lobby()).unwrap();
        let mut rows = write::LogRows::default();
        let mut log = None;
        for seq in 1..=300 {
            let body = Body::Action(Action { text: format!("word{seq} common"), is_auto: false });
            let time = Hybrid::default().next(Wall(seq));
            let header = Header { author: tim.author(), run: Bytes([1; 8]), seq, prev: NO_ENTRY, time, kind: 1 };
            let entry = Arc::new(wire::sign_entry(&tim, room, header, &wire::encode_body(&body)));
            log = Some(entry.log);
            let record =
                Record::Entry { room, tag: Bytes::ZERO, entry, received: Wall(0), is_own: false, is_second: false };
            write::all(&mut connection, &mut rows, &[record]).unwrap();
        }
        while index_some(&mut connection, &|| true).unwrap() {}
        for (row, other) in [(100, "word100 common"), (101, "word101")] {
            let delete = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)";
            connection.execute(delete, params![super::row(row, 0), other]).unwrap();
        }
        let mut erase = |connection: &mut Connection, seq| {
            let deletion = Deletion { log: log.unwrap(), seq, count: 1 };
            write::all(connection, &mut rows, &[Record::Erased { deletion, by: tim.author() }])
        };
        for seq in [100, 101, 102] {
            erase(&mut connection, seq).unwrap();
        }
        connection.execute("DELETE FROM words_data WHERE id > 10", []).unwrap();
        let damage = erase(&mut connection, 103).unwrap_err();
        assert!(database::is_damage_of_index(&damage) && !database::is_damage(&damage), "{damage}");
        begin_anew(&mut connection).unwrap();
        erase(&mut connection, 103).unwrap();
        while index_some(&mut connection, &|| true).unwrap() {}
        compare(&connection);
    }
}
