//! What is too old is removed, from the index too.

use std::collections::BTreeSet;

use rusqlite::{Connection, Error, TransactionBehavior, params};

use super::index_terms;
use super::write::number;
use crate::chat::base::time::{Stamp, Wall};

/// How many entries are removed before the clock is looked at.
const STEP: usize = 16;

/// How many pages of the file are given back at a time.
const PAGES: u32 = 256;

/// Removes entries of before `oldest` until `is_over`. Says whether any were, and whether there are more.
pub fn remove_some(
    connection: &mut Connection,
    oldest: Option<Wall>,
    is_over: &dyn Fn() -> bool,
) -> Result<(bool, bool), Error> {
    let Some(oldest) = oldest else { return Ok((false, false)) };
    let oldest = number(Stamp::of(oldest).number());
    let any = "SELECT 1 FROM rooms JOIN entries ON entries.room = rooms.id WHERE at < ?1";
    if !connection.prepare_cached(any)?.exists([oldest])? {
        return Ok((false, false));
    }
    let select = "SELECT entries.id, log, seq FROM rooms JOIN entries ON entries.room = rooms.id \
                  WHERE at < ?1 LIMIT ?2";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut removed, mut is_more, mut logs) = (0, false, BTreeSet::new());
    loop {
        let mut select = transaction.prepare_cached(select)?;
        let step = i64::try_from(STEP).unwrap_or(i64::MAX);
        let rows = select.query_map(params![oldest, step], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let old: Vec<(i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
        for &(id, log, seq) in &old {
            index_terms::change(&transaction, id, |transaction| {
                transaction.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([id]).map(drop)
            })?;
            let floor = "UPDATE logs SET first = max(first, ?2 + 1) WHERE id = ?1";
            transaction.prepare_cached(floor)?.execute([log, seq])?;
            logs.insert(log);
        }
        removed += old.len();
        if old.len() < STEP {
            break;
        }
        if is_over() {
            is_more = true;
            break;
        }
    }
    for log in logs {
        forget_if_empty(&transaction, log)?;
    }
    transaction.commit()?;
    if removed > 0 {
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    }
    Ok((removed > 0, is_more))
}

/// Of a log without entries it stays known that it was there, so that it is not fetched again, and nothing else.
fn forget_if_empty(connection: &Connection, log: i64) -> Result<(), Error> {
    if connection.prepare_cached("SELECT 1 FROM entries WHERE log = ?1")?.exists([log])? {
        return Ok(());
    }
    for table in ["nicks", "given_up", "receipts"] {
        connection.prepare_cached(&format!("DELETE FROM {table} WHERE log = ?1"))?.execute([log])?;
    }
    Ok(())
}
