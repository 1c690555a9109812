//! Entries → what is shown of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{Connection, Error, OptionalExtension, params};

use super::filter::Filter;
use super::index_terms::{self, IndexedMessage, Kept};
use super::memory;
use crate::chat::api::talk::{Marks, MessageBody, MessageId, Offered, Said, Speaker, Takeback};
use crate::chat::base::bytes::Bytes;
use crate::chat::base::time::Wall;
use crate::chat::keys::secret::RoomName;
use crate::chat::peers::names::Names;
use crate::chat::wire::entry::{Action, Body, Deletion, Text};
use crate::chat::wire::offer::{OfferKey, Offers};

/// Knows who said what.
pub struct Reader {
    from: Option<String>,
    /// What people are called here.
    names: Names,
    /// What the author of each log went by, from which entry on.
    nicks: BTreeMap<i64, Vec<(u64, String)>>,
}

/// Of how many logs nicks are remembered before all are forgotten.
const REMEMBERED_MAX: usize = 4096;

impl Reader {
    pub fn new(connection: &Connection, filter: &Filter) -> Self {
        let from = filter.from.as_deref().map(str::to_lowercase);
        let mut names = Names::default();
        // A history without either is as one in which nobody was looked at.
        for (author, trust) in memory::trust(connection).unwrap_or_default() {
            names.regard(author, trust);
        }
        for (author, nick) in memory::names(connection).unwrap_or_default() {
            names.learn(author, &nick);
        }
        Self { from, names, nicks: BTreeMap::new() }
    }

    /// The messages that end in an entry, of those that are wanted.
    pub fn said(&mut self, connection: &Connection, room: &RoomName, kept: &Kept) -> Result<Vec<Said>, Error> {
        if kept.entry.is_erased || kept.entry.header.kind == Body::PROFILE {
            return Ok(Vec::new());
        }
        let who = self.speaker(connection, kept)?;
        if let Some(from) = &self.from
            && *from != who.nick.to_lowercase()
            && *from != who.to_string().to_lowercase()
        {
            return Ok(Vec::new());
        }
        let messages = index_terms::messages(connection, kept, i64::MAX)?;
        let to = if kept.entry.header.kind == Body::SEALED { self.recipient(connection, kept)? } else { None };
        let said = |message| Some(Said { to: to.clone(), ..said(room, &who, kept, message)? });
        let mut all: Vec<Said> = Vec::new();
        for mut said in messages.into_iter().filter_map(said) {
            if let MessageBody::Deletion(taken) = &mut said.words {
                match taken_back(connection, taken.id)? {
                    Some((_, Body::SEALED)) => continue, // nobody else learns that it was, and whom it was to is forgotten
                    target => {
                        taken.sent = target.map(|(at, _)| at);
                        taken.is_offer = target.is_some_and(|(_, kind)| kind == Offers::KIND);
                    }
                }
            }
            all.push(said);
        }
        Ok(all)
    }

    fn speaker(&mut self, connection: &Connection, kept: &Kept) -> Result<Speaker, Error> {
        let (author, seq) = (kept.entry.header.author, kept.entry.header.seq);
        if self.nicks.len() > REMEMBERED_MAX {
            self.nicks.clear();
        }
        let nicks = match self.nicks.entry(kept.log) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(nicks_of(connection, kept.log)?),
        };
        let known = nicks.iter().rev().find(|&&(since, _)| since <= seq);
        Ok(match known {
            Some((_, nick)) => self.names.speaker_then(author, nick),
            None => self.names.speaker(author),
        })
    }

    /// Whom a private message is to: its author's other side, or oneself.
    fn recipient(&mut self, connection: &Connection, kept: &Kept) -> Result<Option<Speaker>, Error> {
        let select = "SELECT other, is_own FROM private WHERE log = ?1 AND seq = ?2";
        let seq = i64::try_from(kept.entry.header.seq).unwrap_or(i64::MAX);
        let row = |row: &rusqlite::Row<'_>| Ok((Bytes(row.get(0)?), row.get::<_, bool>(1)?));
        let found = connection.prepare_cached(select)?.query_row(params![kept.log, seq], row).optional()?;
        match found {
            Some((other, true)) => Ok(Some(self.names.speaker(other))),
            Some((_, false)) => Ok(Some(Speaker::me())),
            None => Ok(None),
        }
    }
}

/// When something was said that was taken back since, and its kind: that much is still kept.
fn taken_back(connection: &Connection, id: MessageId) -> Result<Option<(Wall, u8)>, Error> {
    let select = "SELECT at, kind FROM entries WHERE log = (SELECT id FROM logs WHERE log = ?1) AND seq = ?2 LIMIT 1";
    let seq = i64::try_from(id.seq).unwrap_or(i64::MAX);
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
    let found = connection.prepare_cached(select)?.query_row(params![id.log.0, seq], row).optional()?;
    Ok(found.map(|(at, kind)| (Wall(u64::try_from(at).unwrap_or(0) >> 16), kind)))
}

fn nicks_of(connection: &Connection, log: i64) -> Result<Vec<(u64, String)>, Error> {
    let select = "SELECT seq, nick FROM nicks WHERE log = ?1 ORDER BY seq LIMIT ?2";
    let mut select = connection.prepare_cached(select)?;
    let most = i64::try_from(REMEMBERED_MAX).unwrap_or(i64::MAX);
    let nick = |row: &rusqlite::Row<'_>| Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0), row.get(1)?));
    select.query_map(params![log, most], nick)?.collect()
}

fn said(room: &RoomName, who: &Speaker, kept: &Kept, message: IndexedMessage) -> Option<Said> {
    let IndexedMessage { index, body, is_torn } = message;
    let is_auto = matches!(&body, Body::Text(Text { is_auto: true, .. }) | Body::Action(Action { is_auto: true, .. }));
    let words = match body {
        Body::Text(text) => MessageBody::Text(text.lines.into_iter().next()?),
        Body::Action(action) => MessageBody::Action(action.text),
        Body::Topic(text) => MessageBody::Topic(text),
        Body::Deletion(Deletion { log, seq, count }) => MessageBody::Deletion(Takeback {
            id: MessageId { log, seq, index: 0 },
            last: seq.saturating_add(u64::from(count.saturating_sub(1))),
            sent: None,
            is_offer: false,
        }),
        Body::Offers(offers) => {
            let item = offers.items.into_iter().next()?;
            let key = OfferKey { entry: kept.entry.id, item: u32::try_from(index).unwrap_or(u32::MAX) };
            MessageBody::Offer(Offered::new(key, item).into())
        }
        Body::Later(_) => MessageBody::Later,
        Body::Damaged(_) => MessageBody::Damaged,
        Body::Profile(_) | Body::Erased | Body::Sealed => return None,
    };
    Some(Said {
        room: room.clone(),
        who: who.clone(),
        to: None,
        id: MessageId { log: kept.entry.log, seq: kept.entry.header.seq, index },
        words,
        sent: kept.entry.header.time.wall(),
        received: Wall(kept.received),
        marks: Marks { is_recalled: true, is_torn, is_forked: kept.is_second, is_auto, ..Marks::default() },
    })
}
