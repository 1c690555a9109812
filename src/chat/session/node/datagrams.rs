//! Datagrams: frames for the rooms, and text of whoever speaks plain.

use std::net::SocketAddr;

use super::Node;
use super::place::Partner;
use crate::chat::api::event::{Event, Message};
use crate::chat::api::machine::Way;
use crate::chat::api::notice::Notice;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::metrics::{Kind, Trace};
use crate::chat::base::time::Now;
use crate::chat::keys::secret::Tag;
use crate::chat::plain;
use crate::chat::wire;

impl Node {
    pub(super) fn on_datagram(&mut self, from: SocketAddr, way: Way, bytes: &[u8], now: Now) {
        if is_inbox(from) {
            return; // no network carries that prefix: whoever writes it poses as somebody at a broker
        }
        if !plain::is_frame(bytes) {
            if way == Way::Unicast {
                self.on_plain(from, bytes, now);
            }
            return;
        }
        self.named.heard(from);
        if let Some(id) = wire::transfer::transfer_of(bytes) {
            return self.on_transfer(id, bytes);
        }
        let Some(tag) = wire::tag(bytes) else {
            return self.foreign_keys.hear_version(wire::other_version(bytes), self.now.moment);
        };
        let place = self.rooms.tagged(tag);
        let room = match place {
            Some(key) => Some(&mut self.rooms[key]),
            None => self.former.tagged(tag),
        };
        let Some(room) = room else { return self.on_foreign(from, tag, bytes.len()) };
        let Some(datagram) = self.scratch.get_mut(..bytes.len()) else { return };
        datagram.copy_from_slice(bytes);
        let refused = room.tally().seal;
        room.handle(from, way, datagram, now);
        if room.tally().seal == refused {
            self.plain_peers.spoke_frames(from);
        }
        match place {
            Some(key) => self.collect(key),
            None => self.collect_former(),
        }
    }

    /// A frame came for a room that is none of ours. What still comes for one that was left is nothing to tell.
    fn on_foreign(&mut self, from: SocketAddr, tag: Tag, bytes: usize) {
        if self.former.was_left(tag) {
            return;
        }
        self.traffic.refused.foreign += 1;
        self.foreign_keys.hear(tag, self.now.moment);
        self.examinations.current.iter_mut().for_each(|examination| examination.hear_other_key(from));
        self.trace(Trace::Refused { from, why: "foreign", bytes });
    }

    fn on_plain(&mut self, from: SocketAddr, bytes: &[u8], now: Now) {
        self.traffic.received.add(Kind::Plain);
        self.trace(Trace::Received { from, kind: Kind::Plain, bytes: bytes.len() });
        let is_framed = self.every_room().any(|room| room.presence().is_live(from));
        let Some((content, learned)) = self.plain_peers.hear(from, bytes, is_framed, now.moment) else {
            if let Some(datagrams) = self.plain_peers.take_dropped(now.moment) {
                self.notice(Notice::PlainDropped { datagrams });
            }
            return;
        };
        let text = content.text().into_owned();
        self.writer = Some(Partner::PlainPeer(from));
        self.tell(Event::Message(Message { from, content, received: now.wall }), Some(&text));
        if let Some(charset) = learned {
            self.notice(Notice::AnsweredIn { peer: from, charset });
        }
    }
}
