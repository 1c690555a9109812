//! Entries → what is shown of them.

use std::collections::BTreeMap;

use rusqlite::{Connection, Error, OptionalExtension, params};

use super::memory;
use super::recall::Filter;
use super::words::{self, Kept, Message};
use crate::chat::attitude::Attitude;
use crate::chat::bytes::Bytes;
use crate::chat::entry::Body;
use crate::chat::identity::{Author, key_tag};
use crate::chat::names;
use crate::chat::secret::RoomName;
use crate::chat::talk::{Marks, MessageId, Said, Speaker, Words};
use crate::chat::time::Wall;

/// Knows who said what.
pub struct Reader<'c> {
    connection: &'c Connection,
    from: Option<String>,
    /// What the user thinks of people.
    attitudes: BTreeMap<Author, Attitude>,
    /// What the author of each log went by, from which entry on.
    nicks: BTreeMap<i64, Vec<(u64, String)>>,
    /// Whom a nick belongs to: the key that was first seen with it.
    owners: BTreeMap<String, Option<Author>>,
}

/// How many logs' and nicks' owners are remembered before all are forgotten.
const REMEMBERED_MAX: usize = 4096;

impl<'c> Reader<'c> {
    pub fn new(connection: &'c Connection, filter: &Filter) -> Self {
        let from = filter.from.as_deref().map(str::to_lowercase);
        // A history without them is as one in which nobody was looked at.
        let attitudes = memory::attitudes(connection).unwrap_or_default().into_iter().collect();
        Self { connection, from, attitudes, nicks: BTreeMap::new(), owners: BTreeMap::new() }
    }

    /// The messages that end in an entry, of those that are wanted.
    pub fn said(&mut self, room: &RoomName, kept: &Kept) -> Result<Vec<Said>, Error> {
        if kept.entry.is_erased || kept.entry.header.kind == PROFILE {
            return Ok(Vec::new());
        }
        let who = self.speaker(kept)?;
        if let Some(from) = &self.from
            && *from != who.nick.to_lowercase()
            && *from != who.to_string().to_lowercase()
        {
            return Ok(Vec::new());
        }
        let messages = words::messages(self.connection, kept, i64::MAX)?;
        let to = if kept.entry.header.kind == Body::SEALED { self.recipient(kept)? } else { None };
        let said = |message| Some(Said { to: to.clone(), ..said(room, &who, kept, message)? });
        Ok(messages.into_iter().filter_map(said).collect())
    }

    fn speaker(&mut self, kept: &Kept) -> Result<Speaker, Error> {
        let (author, seq) = (kept.entry.header.author, kept.entry.header.seq);
        if self.nicks.len() + self.owners.len() > REMEMBERED_MAX {
            self.nicks.clear();
            self.owners.clear();
        }
        if !self.nicks.contains_key(&kept.log) {
            let nicks = self.nicks_of(kept.log)?;
            self.nicks.insert(kept.log, nicks);
        }
        let known = self.nicks[&kept.log].iter().rev().find(|&&(since, _)| since <= seq);
        let nick = known.map(|(_, nick)| nick.clone());
        self.named(author, nick)
    }

    /// Whom a private message is to: its author's other side, or oneself.
    fn recipient(&mut self, kept: &Kept) -> Result<Option<Speaker>, Error> {
        let select = "SELECT other, is_own FROM private WHERE log = ?1 AND seq = ?2";
        let seq = i64::try_from(kept.entry.header.seq).unwrap_or(i64::MAX);
        let row = |row: &rusqlite::Row<'_>| Ok((Bytes(row.get(0)?), row.get::<_, bool>(1)?));
        let found = self.connection.prepare_cached(select)?.query_row(params![kept.log, seq], row).optional()?;
        match found {
            Some((other, true)) => self.named(other, None).map(Some),
            Some((_, false)) => Ok(Some(Speaker::me())),
            None => Ok(None),
        }
    }

    /// Somebody by the nick of then, or the last known one.
    fn named(&mut self, author: Author, nick: Option<String>) -> Result<Speaker, Error> {
        let attitude = self.attitudes.get(&author).cloned().unwrap_or_default();
        let is_verified = attitude.is_verified;
        if let Some(nick) = attitude.petname {
            return Ok(Speaker { nick, tag: None, author, is_verified });
        }
        let nick = match nick {
            Some(nick) => nick,
            None => self.last_nick(author)?.unwrap_or_else(|| names::clean("")),
        };
        let owner = self.owner(&nick)?;
        let tag = owner.is_some_and(|owner| owner != author).then(|| key_tag(author));
        Ok(Speaker { nick, tag, author, is_verified })
    }

    fn nicks_of(&self, log: i64) -> Result<Vec<(u64, String)>, Error> {
        let select = "SELECT seq, nick FROM nicks WHERE log = ?1 ORDER BY seq LIMIT ?2";
        let mut select = self.connection.prepare_cached(select)?;
        let most = i64::try_from(REMEMBERED_MAX).unwrap_or(i64::MAX);
        let nick = |row: &rusqlite::Row<'_>| Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0), row.get(1)?));
        select.query_map(params![log, most], nick)?.collect()
    }

    fn last_nick(&self, author: Author) -> Result<Option<String>, Error> {
        let select = "SELECT nick FROM names WHERE author = ?1 ORDER BY seen DESC LIMIT 1";
        self.connection.prepare_cached(select)?.query_row([author.0], |row| row.get(0)).optional()
    }

    fn owner(&mut self, nick: &str) -> Result<Option<Author>, Error> {
        if let Some(&owner) = self.owners.get(nick) {
            return Ok(owner);
        }
        let select = "SELECT author FROM names WHERE nick = ?1 ORDER BY seen LIMIT 1";
        let owner =
            self.connection.prepare_cached(select)?.query_row([nick], |row| Ok(Bytes(row.get(0)?))).optional()?;
        self.owners.insert(nick.to_owned(), owner);
        Ok(owner)
    }
}

/// The kind of entries that say what their author is called.
const PROFILE: u8 = 2;

fn said(room: &RoomName, who: &Speaker, kept: &Kept, message: Message) -> Option<Said> {
    let Message { index, body, is_torn } = message;
    let words = match body {
        Body::Text(text) => Words::Text(text.lines.into_iter().next()?),
        Body::Action(text) => Words::Action(text),
        Body::Topic(text) => Words::Topic(text),
        Body::Deletion(deletion) => Words::Deletion(MessageId { log: deletion.log, seq: deletion.seq, index: 0 }),
        Body::Later(_) => Words::Later,
        Body::Damaged(_) => Words::Damaged,
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
        marks: Marks { is_recalled: true, is_torn, is_forked: kept.is_second, ..Marks::default() },
    })
}
