//! Who is gone, and goodbyes.

use super::Room;
use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::talk::{Change, InstanceKind};
use crate::chat::keys::identity::LogId;
use crate::chat::peers::peer::Peer;
use crate::chat::peers::presence::Arrived;
use crate::chat::wire::frame::flags;

impl Room {
    /// Says goodbye; more than once, for nothing answers it.
    pub fn say_goodbye(&mut self, now: crate::chat::base::time::Now) {
        self.pass_time(now);
        if self.is_observer {
            return; // nobody knows of it
        }
        let mut targets = self.everybody();
        targets.extend(self.addresses.configured().map(To::Address));
        targets.sort_unstable();
        targets.dedup();
        if !self.is_leaving {
            targets.push(To::Afar); // once: a broker loses nothing on its way
        }
        self.send_receipt(&targets, flags::LEAVING);
        self.is_leaving |= !self.is_holding();
    }

    /// Others see soon that one is away, or back.
    pub fn set_away(&mut self, is_away: bool, now: crate::chat::base::time::Now) {
        self.own.set_away(is_away);
        self.pass_time(now);
        self.beacons.hurry(now.moment);
    }

    pub(super) fn on_goodbye(&mut self, goodbye: Arrived<'_>) {
        let (log, from) = (goodbye.log, goodbye.from);
        if self.presence.take(goodbye, self.own.seq(), self.now).is_ok() {
            self.pass_on_goodbye(log, from);
            // Who heard us and left before we knew that it was there has still signed what it has.
            if let Some(peer) =
                self.presence.peer(log).filter(|peer| !peer.is_present && peer.acked(self.own.log()) > 0)
                && peer.kind() != InstanceKind::Headless
            {
                self.deliveries.somebody_left(log, peer.author, peer.acked(self.own.log()));
            }
            self.lose(log, Change::Left);
            self.judge();
        }
    }

    pub(super) fn tick_presence(&mut self) {
        while let Some(log) = self.presence.next_lost(self.now.moment) {
            if !self.is_asked_afar(log) {
                self.lose(log, Change::Lost);
            }
        }
    }

    /// Somebody is gone.
    pub(super) fn lose(&mut self, log: LogId, change: Change) {
        let Some(gone) = self.presence.remove(log, self.now.moment) else { return };
        let Peer { author, flags, is_replaced, .. } = gone;
        let kind = gone.kind();
        match change {
            Change::Lost if is_replaced => {}
            _ if kind == InstanceKind::Headless => {} // nobody is missing
            Change::Lost => self.deliveries.somebody_lost(log, author, self.now.moment),
            _ => self.deliveries.somebody_left(log, author, gone.acked(self.own.log())),
        }
        let who = self.names.speaker(author);
        if flags & flags::TEMPORARY != 0 {
            self.names.release(author);
        }
        if !is_replaced {
            self.show(Event::Peer { room: self.name.clone(), who, change, kind });
        }
        self.watch_flow();
    }

    pub(super) fn tell(&mut self, log: LogId, change: Change) {
        let Some((author, kind)) = self.presence.peer(log).map(|peer| (peer.author, peer.kind())) else { return };
        let who = self.names.speaker(author);
        self.show(Event::Peer { room: self.name.clone(), who, change, kind });
    }
}
