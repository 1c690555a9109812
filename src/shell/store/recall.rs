//! What was said, read from the file: in the order of time, or found by its words.

use std::collections::VecDeque;

use rusqlite::{Connection, Error, params};

use super::filter::Filter;
use super::index_terms::{self, Kept};
use super::pages::{Direction, Pages};
use super::reader::Reader;
use super::search::Search;
use crate::chat::api::talk::Said;
use crate::chat::keys::identity::RoomId;
use crate::chat::keys::secret::RoomName;
use crate::chat::log::records::Recall;
use crate::chat::wire::entry::Body;
use crate::view::text::terms::Needle;

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

/// What `/history` asks for, the newest at the end.
pub fn answer(connection: &Connection, recall: &Recall) -> Result<Vec<Said>, Error> {
    let mut all = Vec::new();
    let mut each = |listing: Listing<'_>| {
        all.push(listing.said);
        true
    };
    list(connection, &filter(recall), &mut each)?;
    Ok(all)
}

/// What `/search` asks for, to be looked for slice by slice.
pub fn begin(connection: &Connection, recall: &Recall) -> Result<Search, Error> {
    let needles = recall.words.iter().filter_map(|word| Needle::new(word)).collect();
    Search::new(connection, needles, &filter(recall))
}

fn filter(recall: &Recall) -> Filter {
    Filter { rooms: vec![recall.room.clone()], most: Some(recall.most), ..Filter::default() }
}

/// Everything the filter lets through, in the order of time.
pub fn list(connection: &Connection, filter: &Filter, each: Each<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(connection, filter);
    if let Some(most) = filter.most {
        let mut newest: VecDeque<(Said, Kept)> = VecDeque::new();
        let mut pages = Pages::new(connection, filter, Direction::Back)?;
        'all: while let Some((room, kept)) = pages.next()? {
            for said in reader.said(connection, &room, &kept)?.into_iter().rev() {
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
        for said in reader.said(connection, &room, &kept)? {
            if !each(listing(said, &kept)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The newest messages of a room that an earlier session showed or said, the newest at the end. Private ones are not among
/// them.
pub fn shown_last(connection: &Connection, room: (RoomId, &RoomName), most: usize) -> Result<Vec<Said>, Error> {
    let query = format!(
        "{} JOIN logs ON logs.id = entries.log WHERE entries.room = (SELECT id FROM rooms WHERE room = ?1) \
         AND (logs.is_own OR seq <= logs.shown) AND kind NOT IN (?2, ?3) AND NOT is_erased \
         ORDER BY at DESC, entries.id DESC LIMIT ?4",
        index_terms::SELECT
    );
    let mut select = connection.prepare(&query)?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = select.query_map(params![room.0.0, Body::PROFILE, Body::SEALED, limit], index_terms::kept)?;
    let newest: Vec<Option<Kept>> = rows.collect::<Result<_, _>>()?;
    let mut reader = Reader::new(connection, &Filter::default());
    let mut messages = Vec::new();
    for kept in newest.iter().flatten().rev() {
        messages.extend(reader.said(connection, room.1, kept)?);
    }
    messages.drain(..messages.len().saturating_sub(most));
    Ok(messages)
}

/// The rooms that something was kept of, and the nicks that were used there: at most so many of either, the newest first.
pub fn known_names(connection: &Connection, most: usize) -> Result<(Vec<String>, Vec<String>), Error> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let read = |query: &str| -> Result<Vec<String>, Error> {
        let mut select = connection.prepare(query)?;
        let names = select.query_map([limit], |row| row.get(0))?;
        names.collect()
    };
    let rooms = read("SELECT name FROM rooms ORDER BY id DESC LIMIT ?1")?;
    Ok((rooms, read("SELECT nick FROM nicks GROUP BY nick ORDER BY max(log) DESC LIMIT ?1")?))
}

fn listing(said: Said, kept: &Kept) -> Listing<'_> {
    let is_whole = !kept.entry.is_erased;
    let (bytes, signature) =
        if is_whole { (&*kept.entry.bytes, &kept.entry.signature.0[..]) } else { (&[][..], &[][..]) };
    Listing { said, bytes, signature }
}

/// The newest messages that hold all needles, in the order of time. Says whether there are more.
pub fn search(connection: &Connection, needles: Vec<Needle>, filter: &Filter, each: Each<'_>) -> Result<bool, Error> {
    let mut search = Search::new(connection, needles, filter)?;
    while !search.look_on(connection, &|| false)? {}
    let (mut found, is_more) = search.found();
    found.all(|(said, kept)| each(listing(said, &kept)));
    Ok(is_more)
}
