//! Entries come in.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Room;
use crate::chat::api::machine::Way;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{CHOSEN_TO_CONFIRM, CLOCK_AHEAD_MAX, SHUNNED_MAX};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::{Now, Stamp, Wall, millis};
use crate::chat::keys::identity::{Author, EntryId, LogId, entry_id, log_id};
use crate::chat::keys::trust::Trust;
use crate::chat::log::{Inserted, Log};
use crate::chat::peers::peer::Peer;
use crate::chat::wire;
use crate::chat::wire::carried::CameBy;
use crate::chat::wire::entry::{Deletion, Entry};
use crate::chat::wire::frame::Signed;

impl Room {
    pub(super) fn on_entries(&mut self, from: SocketAddr, way: Way, ack: bool, entries: &[Signed<'_>]) {
        for signed in entries {
            self.on_entry(from, way, ack, *signed);
        }
    }

    fn on_entry(&mut self, from: SocketAddr, way: Way, ack: bool, signed: Signed<'_>) {
        let Ok((header, _)) = wire::claimed(signed.bytes) else { return self.addresses.count_malformed() };
        let log = log_id(self.id, header.author, header.run);
        if self.names.ignores(header.author) {
            return self.shun(log);
        }
        let id = entry_id(self.id, signed.bytes);
        if self.archive.holds(log, header.seq, id) {
            // It was verified when it came first. Who sends it again may have lost our receipt.
            self.note_way_of(way, log, header.seq, from);
            if ack && log != self.own.log() {
                self.owe_receipt_to(from, log);
            }
            return;
        }
        if !self.may_verify(from) {
            return;
        }
        let Ok(entry) = wire::verify_entry(&*self.verifier, self.id, signed) else {
            return self.distrust(from);
        };
        if log == self.own.log() {
            let is_mine = header.seq < self.archive.log(log).map_or(1, Log::floor); // it was, and is not held any more
            if !is_mine {
                self.begin_another_run();
            }
            return;
        }
        if !self.may_begin(log, from) {
            return; // behind the signature: nobody spends another author's share
        }
        self.note_way_of(way, log, header.seq, from);
        self.note_origin(log, from);
        let placed = self.place(&entry);
        self.take(&Arc::new(Entry { placed, ..entry }), from, ack);
    }

    /// Somebody has put a real entry on our network, or published it.
    fn note_way_of(&mut self, way: Way, log: LogId, seq: u64, from: SocketAddr) {
        match way {
            Way::Multicast(network) => self.heard_on_lan(log, seq, from, network),
            Way::Afar(CameBy::Topic) => self.heard_afar(log, seq),
            Way::Afar(CameBy::Inbox) | Way::Unicast => {} // to us alone
        }
    }

    /// Nothing of this log is wanted.
    fn shun(&mut self, log: LogId) {
        *self.shunned.entry(log) = true;
        self.repair.end(log);
    }

    /// What the user thinks of somebody from now on. Of who is ignored nothing stays here.
    pub fn regard(&mut self, author: Author, trust: Trust, now: Now) {
        self.pass_time(now);
        let was_ignored = self.names.ignores(author);
        let is_ignored = trust.is_ignored;
        self.names.regard(author, trust);
        if is_ignored && !was_ignored {
            let logs: Vec<LogId> =
                self.presence.present().filter(|peer| peer.author == author).map(|peer| peer.log).collect();
            for log in logs {
                self.presence.remove(log, now.moment);
            }
            for log in self.archive.forget(author) {
                self.gaps.end(log);
                self.shun(log);
            }
            self.topics.ignore(author, &self.archive);
            self.watch_flow();
        } else if was_ignored && !is_ignored {
            self.shunned = Recent::new(SHUNNED_MAX);
            self.topics.heed(author);
            self.compare.failed();
        }
    }

    /// Whether an entry of this log is welcome: whoever is not here may not begin logs faster than people do.
    fn may_begin(&mut self, log: LogId, from: SocketAddr) -> bool {
        if self.archive.log(log).is_some() || self.presence.peer(log).is_some() {
            return true;
        }
        self.addresses.may_begin_log(from, self.repair.upto(log) > 0, self.now.moment)
    }

    /// When an entry counts as said. Of whoever's clock is far behind ours, by what its beacons say, it is when that clock's
    /// time was here; and what somebody says now of whom there is no beacon was said now.
    fn place(&self, entry: &Entry) -> Stamp {
        let (said, now, far) = (entry.header.time.wall(), self.now.wall, millis(CLOCK_AHEAD_MAX));
        match self.presence.peer(entry.log).map(Peer::ahead_ms) {
            Some(ahead) if ahead < 0 && ahead.unsigned_abs() > far => {
                Stamp::of(Wall(said.0.saturating_add(ahead.unsigned_abs()).min(now.0)))
            }
            None if said.0.saturating_add(far) < now.0 && !self.is_wanted(entry.log, entry.header.seq) => {
                Stamp::of(now)
            }
            _ => entry.header.time,
        }
    }

    fn take(&mut self, entry: &Arc<Entry>, from: SocketAddr, ack: bool) {
        let (log, seq, id) = (entry.log, entry.header.seq, entry.id);
        self.own.observe(entry.header.time, self.now.wall);
        let is_late = self.archive.log(log).is_some_and(|held| held.was_shown(seq));
        let inserted = self.archive.insert(Arc::clone(entry));
        match inserted {
            Inserted::New | Inserted::Fork => {}
            Inserted::TooFar => return self.claim(log, seq, from, false), // its author has signed that there is more
            Inserted::Duplicate | Inserted::Refused => return,
        }
        let held = self.archive.log(log).and_then(|held| held.entry(seq)).filter(|held| held.id == id).cloned();
        let entry = &held.unwrap_or_else(|| Arc::clone(entry)); // what was taken back before is not as it came
        self.store_entry(entry, false, inserted == Inserted::Fork);
        self.note_beginning(log, seq);
        if entry.header.kind == Deletion::KIND {
            self.on_deletion(entry);
        }
        let was_wanted = self.is_wanted(log, seq);
        self.progress(log, from);
        // What was asked for comes in answer to us alone: its author does not wait for us with it.
        if ack || self.is_chosen(log, id, from) && !was_wanted {
            self.owe_receipt(log, from);
        } else {
            self.beacons.acknowledge(log);
        }
        // Old entries of people who are gone are fetched by comparison, by each for itself.
        if !was_wanted || self.presence.peer(log).is_some() {
            self.pass_on_entry(log, seq, from, ack);
        }
        if is_late {
            self.show_late(entry);
        } else {
            self.show_ready(log);
        }
    }

    /// In a room that is not small, three confirm at once: those whose logs are nearest to the entry.
    fn is_chosen(&self, log: LogId, id: EntryId, from: SocketAddr) -> bool {
        if self.is_small_at(from) {
            return false;
        }
        let distance = |log: LogId| {
            let id = u64::from_le_bytes(crate::chat::base::bytes::Bytes::<8>::first_of(&id.0).0);
            u64::from_le_bytes(log.0) ^ id
        };
        let mine = distance(self.own.log());
        let is_there = |peer: &&Peer| if is_inbox(from) { peer.inbox().is_some() } else { !peer.is_afar() };
        let others = self.presence.present().filter(is_there);
        let nearer = others.filter(|peer| peer.log != log && distance(peer.log) < mine);
        nearer.take(CHOSEN_TO_CONFIRM).count() < CHOSEN_TO_CONFIRM
    }
}
