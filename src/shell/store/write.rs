//! Records → rows, in one transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, Error, OptionalExtension, Transaction, TransactionBehavior, params};

use super::index_terms;
use crate::chat::base::time::{Stamp, Wall};
use crate::chat::keys::identity::{Author, LogId, RoomId};
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::keys::trust::Trust;
use crate::chat::log::records::{KeptOffer, Private, Record, Shown};
use crate::chat::peers::names;
use crate::chat::wire;
use crate::chat::wire::entry::{Body, Deletion, Entry};
use crate::chat::wire::offer::OfferKey;

/// The rows of logs and rooms that were written of late.
#[derive(Default)]
pub struct LogRows {
    logs: BTreeMap<LogId, i64>,
    rooms: BTreeMap<RoomId, i64>,
}

/// So many rows are remembered.
const ROWS_MAX: usize = 4096;

/// So many nicks of one key are remembered as its own.
const NICKS_MAX: u8 = 32;

/// What a batch changes of a log.
#[derive(Default)]
struct Progress {
    last: u64,
    shown: Option<Shown>,
    delivered: u64,
}

/// Writes all records, or none.
pub fn all(connection: &mut Connection, rows: &mut LogRows, records: &[Record]) -> Result<(), Error> {
    if rows.logs.len() + rows.rooms.len() > ROWS_MAX {
        *rows = LogRows::default();
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut progress: BTreeMap<i64, Progress> = BTreeMap::new();
    for record in records {
        one(&transaction, rows, &mut progress, record)?;
    }
    for (log, Progress { last, shown, delivered }) in progress {
        let mut update = transaction
            .prepare_cached("UPDATE logs SET last = max(last, ?2), delivered = max(delivered, ?3) WHERE id = ?1")?;
        update.execute(params![log, number(last), number(delivered)])?;
        if let Some(Shown { seq, places }) = shown {
            let update =
                "UPDATE logs SET shown = ?2, shown_places = ?3 WHERE id = ?1 AND (shown, shown_places) < (?2, ?3)";
            let places = i64::try_from(places).unwrap_or(i64::MAX);
            transaction.prepare_cached(update)?.execute(params![log, number(seq), places])?;
        }
    }
    transaction.commit()
}

/// A room that is joined.
pub fn room(connection: &Connection, id: RoomId, name: &RoomName) -> Result<(), Error> {
    let insert = "INSERT INTO rooms (room, name) VALUES (?1, ?2) ON CONFLICT (room) DO UPDATE SET name = ?2";
    connection.execute(insert, params![id.0, name.as_str()]).map(drop)
}

fn one(
    transaction: &Transaction<'_>,
    rows: &mut LogRows,
    progress: &mut BTreeMap<i64, Progress>,
    record: &Record,
) -> Result<(), Error> {
    let log = match record {
        Record::Entry { room, tag, entry, received, is_own, is_second } => {
            let row = rows.of_entry(transaction, (*room, *tag), entry, *is_own)?;
            insert(transaction, row, entry, *received, *is_second)?;
            let last = &mut progress.entry(row.0).or_default().last;
            *last = entry.header.seq.max(*last);
            return Ok(());
        }
        Record::Name { author, nick, seen } => {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO names SELECT ?1, ?2, ?3 \
                 WHERE (SELECT count(*) FROM names WHERE author = ?1) < ?4",
            )?;
            insert.execute(params![author.0, nick, number(seen.0), NICKS_MAX])?;
            return Ok(());
        }
        Record::Trust { author, trust } => return regard(transaction, *author, trust),
        Record::Prekey { room, author, prekey, seen } => {
            let insert = "INSERT OR REPLACE INTO prekeys SELECT id, ?2, ?3, ?4 FROM rooms WHERE room = ?1";
            transaction.prepare_cached(insert)?.execute(params![room.0, author.0, prekey.0, number(seen.0)])?;
            return Ok(());
        }
        Record::Offer(offer) => return keep_offer(transaction, rows, offer),
        Record::OfferOver(OfferKey { entry, item }) => {
            let delete = "DELETE FROM offers WHERE entry = ?1 AND item = ?2";
            transaction.prepare_cached(delete)?.execute(params![entry.0, item])?;
            return Ok(());
        }
        Record::Private(private) => private.log,
        Record::GivenUp(span) => span.log,
        Record::PrivateConfirmed { log, .. } => *log,
        Record::Shown { log, .. } | Record::Receipt { log, .. } => *log,
        Record::Delivered { log, .. } => *log,
        Record::Erased { deletion, .. } => deletion.log,
    };
    let Some(row) = rows.of(transaction, log)? else { return Ok(()) }; // it was in a file that is set aside
    match record {
        Record::GivenUp(span) => {
            let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO given_up VALUES (?1, ?2, ?3)")?;
            insert.execute(params![row, number(span.from), number(span.to)])?;
        }
        Record::Receipt { by, seq, .. } => {
            let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO receipts VALUES (?1, ?2, ?3)")?;
            insert.execute(params![row, by.0, number(*seq)])?;
        }
        Record::Shown { upto, .. } => progress.entry(row).or_default().shown = Some(*upto),
        Record::Delivered { seq, .. } => progress.entry(row).or_default().delivered = *seq,
        Record::Erased { deletion, by } => {
            let author = "SELECT author FROM logs WHERE id = ?1";
            let author: [u8; 32] = transaction.prepare_cached(author)?.query_row([row], |row| row.get(0))?;
            if author == by.0 {
                erase(transaction, row, *deletion)?;
            }
        }
        Record::Private(private) => keep_private(transaction, row, private)?,
        Record::PrivateConfirmed { seq, .. } => {
            let update = "UPDATE private SET is_confirmed = 1 WHERE log = ?1 AND seq = ?2";
            transaction.prepare_cached(update)?.execute(params![row, number(*seq)])?;
        }
        Record::Entry { .. } | Record::Name { .. } | Record::Trust { .. } | Record::Prekey { .. } => {}
        Record::Offer(_) | Record::OfferOver(_) => {}
    }
    Ok(())
}

/// Something is offered.
fn keep_offer(transaction: &Transaction<'_>, rows: &mut LogRows, offer: &KeptOffer) -> Result<(), Error> {
    let KeptOffer { key: OfferKey { entry, item }, room, place: (log, seq), by, to, item: file, sent, path } = offer;
    let room = rows.of_room(transaction, *room)?;
    let insert = "INSERT OR REPLACE INTO offers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    transaction.prepare_cached(insert)?.execute(params![
        entry.0,
        item,
        room,
        log.0,
        number(*seq),
        by.0,
        to.map(|to| to.0),
        file.name,
        number(file.size),
        file.root.0,
        file.flags,
        number(sent.0),
        path,
    ])?;
    Ok(())
}

/// What a sealed entry said. Its words may be looked for before and after.
fn keep_private(transaction: &Transaction<'_>, log: i64, private: &Private) -> Result<(), Error> {
    let Private { seq, other, is_own, is_action, is_auto, text, .. } = private;
    let insert = "INSERT OR IGNORE INTO private (log, seq, other, is_own, is_action, is_auto, text) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let insert = |transaction: &Connection| {
        let mut insert = transaction.prepare_cached(insert)?;
        insert.execute(params![log, number(*seq), other.0, is_own, is_action, is_auto, text]).map(drop)
    };
    let select = "SELECT id FROM entries WHERE log = ?1 AND seq = ?2 AND is_second = 0";
    let entry =
        transaction.prepare_cached(select)?.query_row(params![log, number(*seq)], |row| row.get(0)).optional()?;
    match entry {
        Some(entry) => index_terms::change(transaction, entry, insert),
        None => Ok(()),
    }
}

fn regard(transaction: &Transaction<'_>, author: Author, trust: &Trust) -> Result<(), Error> {
    let Trust { petname, is_verified, is_ignored } = trust;
    let insert = "INSERT OR REPLACE INTO people VALUES (?1, ?2, ?3, ?4)";
    transaction.prepare_cached(insert)?.execute(params![author.0, petname, is_verified, is_ignored]).map(drop)
}

impl LogRows {
    /// The row of a log that is known.
    fn of(&mut self, transaction: &Transaction<'_>, log: LogId) -> Result<Option<i64>, Error> {
        if let Some(&row) = self.logs.get(&log) {
            return Ok(Some(row));
        }
        let mut select = transaction.prepare_cached("SELECT id FROM logs WHERE log = ?1")?;
        let row: Option<i64> = select.query_row([log.0], |row| row.get(0)).optional()?;
        if let Some(row) = row {
            self.logs.insert(log, row);
        }
        Ok(row)
    }

    fn of_room(&mut self, transaction: &Transaction<'_>, room: RoomId) -> Result<i64, Error> {
        if let Some(&row) = self.rooms.get(&room) {
            return Ok(row);
        }
        let mut select = transaction.prepare_cached("SELECT id FROM rooms WHERE room = ?1")?;
        let row: i64 = select.query_row([room.0], |row| row.get(0))?;
        self.rooms.insert(room, row);
        Ok(row)
    }

    /// The rows of an entry's log and room, which may be new.
    fn of_entry(
        &mut self,
        transaction: &Transaction<'_>,
        (room, tag): (RoomId, Tag),
        entry: &Entry,
        is_own: bool,
    ) -> Result<(i64, i64), Error> {
        let room = self.of_room(transaction, room)?;
        if let Some(row) = self.of(transaction, entry.log)? {
            return Ok((row, room));
        }
        let mut insert = transaction
            .prepare_cached("INSERT INTO logs (log, room, author, is_own, tag) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let row = insert.insert(params![entry.log.0, room, entry.header.author.0, is_own, tag.0])?;
        self.logs.insert(entry.log, row);
        Ok((row, room))
    }
}

fn insert(
    transaction: &Transaction<'_>,
    (log, room): (i64, i64),
    entry: &Entry,
    received: Wall,
    is_second: bool,
) -> Result<(), Error> {
    let header = entry.header;
    let at = if entry.placed.is_ahead_of(received) { Stamp::of(received) } else { entry.placed };
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO entries (log, seq, is_second, room, at, received, kind, is_erased, hash, bytes, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    insert.execute(params![
        log,
        number(header.seq),
        is_second,
        room,
        number(at.number()),
        number(received.0),
        header.kind,
        entry.is_erased,
        entry.id.0,
        &*entry.bytes,
        entry.signature.0,
    ])?;
    if header.kind == Body::PROFILE
        && let Body::Profile(nick) = wire::body(entry)
    {
        let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO nicks VALUES (?1, ?2, ?3)")?;
        insert.execute(params![log, number(header.seq), names::sanitise(&nick)])?;
    }
    Ok(())
}

/// What an entry said is forgotten, and its words are not found any more.
fn erase(transaction: &Transaction<'_>, log: i64, deletion: Deletion) -> Result<(), Error> {
    let select = "SELECT id, bytes FROM entries WHERE log = ?1 AND seq >= ?2 AND seq < ?2 + ?3 AND NOT is_erased";
    let mut select = transaction.prepare_cached(select)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let rows: Vec<(i64, Vec<u8>)> =
        select.query_map(params![log, number(deletion.seq), deletion.count], row)?.collect::<Result<_, _>>()?;
    for (id, bytes) in rows {
        let Some(header) = wire::erased_bytes(&bytes) else { continue };
        index_terms::change(transaction, id, |transaction| {
            let update = "UPDATE entries SET is_erased = 1, bytes = ?2, signature = zeroblob(64) WHERE id = ?1";
            transaction.prepare_cached(update)?.execute(params![id, header])?;
            let delete = "DELETE FROM private WHERE log = ?1 AND seq = (SELECT seq FROM entries WHERE id = ?2)";
            transaction.prepare_cached(delete)?.execute([log, id]).map(drop)
        })?;
    }
    Ok(())
}

/// SQLite counts to half of what we do. No number gets there that was not made up.
pub fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
