//! What a room remembers at the start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::{Connection, Error, params};

use super::index_terms::{self, Kept};
use super::write::number;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{
    DROPPED_LOGS_MAX, EARLIER_MAX, ENTRIES_HELD_MAX, NAMES_MAX, OFFERS_KNOWN_MAX, PREKEYS_KNOWN_MAX,
};
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::identity::{Author, Prekey, RoomId};
use crate::chat::keys::secret::Tag;
use crate::chat::keys::trust::Trust;
use crate::chat::log::records::{KeptOffer, Memory, Private, Remembered, Sent, Shown};
use crate::chat::wire::entry::Entry;
use crate::chat::wire::offer::{OfferItem, OfferKey};

/// The newest entries of a room, as many as are held in memory, and what of one's own is not confirmed; where a tag is given,
/// of what came under the secret that has it.
pub fn of(connection: &mut Connection, room: RoomId, tag: Option<Tag>, oldest: Option<Wall>) -> Result<Memory, Error> {
    let row: i64 = connection.query_row("SELECT id FROM rooms WHERE room = ?1", [room.0], |row| row.get(0))?;
    let transaction = connection.transaction()?;
    let first = first_of_each(&transaction, row, oldest)?;
    let mut logs = Vec::new();
    for (log, is_loaded) in newest_logs(&transaction, row, &first)? {
        if let Some(tag) = tag
            && !transaction.prepare_cached(OF_TAG)?.exists(params![log, tag.0])?
        {
            continue;
        }
        logs.push(remembered(&transaction, log, is_loaded.then(|| first[&log]))?);
    }
    let names = names(&transaction)?;
    let (trust, prekeys) = (trust(&transaction)?, prekeys(&transaction, row)?);
    let private = private(&transaction, row)?;
    let offers = offers(&transaction, (row, room))?;
    transaction.commit()?;
    Ok(Memory { logs, names, trust, prekeys, private, offers })
}

/// What the user thinks of people.
pub fn trust(connection: &Connection) -> Result<Vec<(Author, Trust)>, Error> {
    let mut select = connection.prepare("SELECT author, petname, is_verified, is_ignored FROM people")?;
    let trust = |row: &rusqlite::Row<'_>| {
        let trust = Trust { petname: row.get(1)?, is_verified: row.get(2)?, is_ignored: row.get(3)? };
        Ok((Bytes(row.get(0)?), trust))
    };
    select.query_map([], trust)?.collect()
}

/// What private messages to people are sealed with, of those seen last.
fn prekeys(connection: &Connection, room: i64) -> Result<Vec<(Author, Prekey)>, Error> {
    let select = "SELECT author, prekey FROM prekeys WHERE room = ?1 ORDER BY seen DESC LIMIT ?2";
    let mut select = connection.prepare(select)?;
    let most = i64::try_from(PREKEYS_KNOWN_MAX).unwrap_or(i64::MAX);
    let prekeys = select.query_map(params![room, most], |row| Ok((Bytes(row.get(0)?), Bytes(row.get(1)?))))?;
    prekeys.collect()
}

/// Private messages of a room: those to us that were not shown, and one's own that wait for a receipt.
fn private(connection: &Connection, room: i64) -> Result<Vec<Private>, Error> {
    let select = "SELECT logs.log, seq, other, private.is_own, is_action, is_auto, text \
                  FROM private JOIN logs ON logs.id = private.log \
                  WHERE logs.room = ?1 AND CASE private.is_own WHEN 1 THEN NOT is_confirmed ELSE seq > shown END \
                  ORDER BY private.log DESC, seq LIMIT ?2";
    let mut select = connection.prepare(select)?;
    let most = i64::try_from(EARLIER_MAX).unwrap_or(i64::MAX);
    let private = |row: &rusqlite::Row<'_>| {
        Ok(Private {
            log: Bytes(row.get(0)?),
            seq: count(row, 1)?,
            other: Bytes(row.get(2)?),
            is_own: row.get(3)?,
            is_action: row.get(4)?,
            is_auto: row.get(5)?,
            text: row.get(6)?,
        })
    };
    select.query_map(params![room, most], private)?.collect()
}

/// What this profile offers in a room, and what is offered there to it alone, the oldest first.
fn offers(connection: &Connection, (row, room): (i64, RoomId)) -> Result<Vec<KeptOffer>, Error> {
    let select = "SELECT entry, item, log, seq, author, other, name, size, root, flags, sent, path FROM offers \
                  WHERE room = ?1 ORDER BY sent LIMIT ?2";
    let mut select = connection.prepare(select)?;
    let most = i64::try_from(OFFERS_KNOWN_MAX).unwrap_or(i64::MAX);
    let offer = |row: &rusqlite::Row<'_>| {
        let item = OfferItem { name: row.get(6)?, size: count(row, 7)?, root: Bytes(row.get(8)?), flags: row.get(9)? };
        Ok(KeptOffer {
            key: OfferKey { entry: Bytes(row.get(0)?), item: row.get(1)? },
            room,
            place: (Bytes(row.get(2)?), count(row, 3)?),
            by: Bytes(row.get(4)?),
            to: row.get::<_, Option<[u8; 32]>>(5)?.map(Bytes),
            item,
            sent: Wall(count(row, 10)?),
            path: row.get(11)?,
        })
    };
    select.query_map(params![row, most], offer)?.collect()
}

/// A log came under a secret. Where that is not known, there was no other one yet.
const OF_TAG: &str = "SELECT 1 FROM logs WHERE id = ?1 AND (tag = ?2 OR tag IS NULL)";

/// Of each log that is to be loaded the first entry: the newest of the room, and whatever of one's own waits for receipts.
fn first_of_each(connection: &Connection, room: i64, oldest: Option<Wall>) -> Result<BTreeMap<i64, i64>, Error> {
    let oldest = oldest.map_or(0, |oldest| number(Stamp::of(oldest).number()));
    let newest = "SELECT log, seq FROM entries WHERE room = ?1 AND at >= ?2 ORDER BY at DESC LIMIT ?3";
    let held = i64::try_from(ENTRIES_HELD_MAX).unwrap_or(i64::MAX);
    let mut first: BTreeMap<i64, i64> = BTreeMap::new();
    let mut select = connection.prepare(newest)?;
    for row in select.query_map(params![room, oldest, held], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (log, seq): (i64, i64) = row?;
        first.entry(log).and_modify(|first| *first = seq.min(*first)).or_insert(seq);
    }
    let own = "SELECT id, (SELECT min(seq) FROM entries WHERE log = logs.id AND seq > delivered AND kind IN (0, 1) \
               AND NOT is_erased AND at >= ?2) FROM logs WHERE room = ?1 AND is_own AND delivered < last \
               ORDER BY id DESC LIMIT ?3";
    let mut select = connection.prepare(own)?;
    let most = i64::try_from(EARLIER_MAX).unwrap_or(i64::MAX);
    for row in select.query_map(params![room, oldest, most], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))? {
        if let (log, Some(seq)) = row? {
            first.entry(log).and_modify(|first| *first = seq.min(*first)).or_insert(seq);
        }
    }
    Ok(first)
}

/// The logs to remember, the oldest first: those that are loaded, and the newest of those that are not.
fn newest_logs(connection: &Connection, room: i64, first: &BTreeMap<i64, i64>) -> Result<Vec<(i64, bool)>, Error> {
    let most = i64::try_from(DROPPED_LOGS_MAX + first.len()).unwrap_or(i64::MAX);
    let mut select = connection.prepare("SELECT id FROM logs WHERE room = ?1 ORDER BY id DESC LIMIT ?2")?;
    let newest: BTreeSet<i64> = select.query_map(params![room, most], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let all: BTreeSet<i64> = newest.into_iter().chain(first.keys().copied()).collect();
    Ok(all.into_iter().map(|log| (log, first.contains_key(&log))).collect())
}

fn remembered(connection: &Connection, id: i64, first: Option<i64>) -> Result<Remembered, Error> {
    let select = "SELECT log, author, is_own, first, last, shown, delivered, shown_places FROM logs WHERE id = ?1";
    let mut remembered = connection.prepare_cached(select)?.query_row([id], |row| {
        let own = row.get::<_, bool>(2)?.then_some(Sent { delivered: count(row, 6)?, receipts: Vec::new() });
        let floor = if first.is_some() { count(row, 3)? } else { count(row, 4)?.saturating_add(1) };
        Ok(Remembered {
            log: Bytes(row.get(0)?),
            author: Bytes(row.get(1)?),
            entries: Vec::new(),
            floor,
            given_up: Vec::new(),
            shown: Shown { seq: count(row, 5)?, places: usize::try_from(count(row, 7)?).unwrap_or(0) },
            own,
        })
    })?;
    let Some(first) = first else { return Ok(remembered) };
    remembered.entries = entries(connection, id, first)?;
    let is_whole =
        !connection.prepare_cached("SELECT 1 FROM entries WHERE log = ?1 AND seq < ?2")?.exists([id, first])?;
    let first = u64::try_from(first).unwrap_or(1);
    remembered.floor = if is_whole { remembered.floor.min(first) } else { first };
    if remembered.entries.is_empty() {
        remembered.floor = first; // all of them are damaged
    }
    let mut select = connection.prepare_cached("SELECT first, last FROM given_up WHERE log = ?1 ORDER BY first")?;
    remembered.given_up =
        select.query_map([id], |row| Ok((count(row, 0)?, count(row, 1)?)))?.collect::<Result<_, _>>()?;
    if let Some(own) = &mut remembered.own {
        let mut select = connection.prepare_cached("SELECT author, seq FROM receipts WHERE log = ?1")?;
        let receipts = select.query_map([id], |row| Ok((Bytes(row.get(0)?), count(row, 1)?)))?;
        own.receipts = receipts.collect::<Result<_, _>>()?;
    }
    Ok(remembered)
}

fn count(row: &rusqlite::Row<'_>, at: usize) -> Result<u64, Error> {
    Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
}

/// What is no longer what it was is removed: others may have it still.
fn entries(connection: &Connection, log: i64, first: i64) -> Result<Vec<Arc<Entry>>, Error> {
    let query = format!("{} WHERE entries.log = ?1 AND seq >= ?2 ORDER BY seq, is_second", index_terms::SELECT);
    let mut select = connection.prepare_cached(&query)?;
    let rows = select.query_map([log, first], |row| Ok((row.get::<_, i64>(0)?, index_terms::kept(row)?)))?;
    let rows: Vec<(i64, Option<Kept>)> = rows.collect::<Result<_, _>>()?;
    let mut entries = Vec::with_capacity(rows.len());
    for (id, kept) in rows {
        if let Some(kept) = kept {
            entries.push(Arc::new(kept.entry));
        } else {
            let delete = "DELETE FROM entries WHERE id = ?1";
            let _ = connection.prepare_cached(delete).and_then(|mut delete| delete.execute([id])); // if it can be
        }
    }
    Ok(entries)
}

/// The names that were seen last, in the order in which they were seen first.
pub fn names(connection: &Connection) -> Result<Vec<(Author, String)>, Error> {
    let mut select = connection.prepare("SELECT author, nick FROM names ORDER BY seen DESC LIMIT ?1")?;
    let most = i64::try_from(NAMES_MAX).unwrap_or(i64::MAX);
    let names = select.query_map([most], |row| Ok((Bytes(row.get(0)?), row.get(1)?)))?;
    let mut names: Vec<(Author, String)> = names.collect::<Result<_, _>>()?;
    names.reverse();
    Ok(names)
}
