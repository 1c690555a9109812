//! Datagrams: frames for the rooms, and text of whoever speaks plain.

use std::net::SocketAddr;

use super::{Node, Partner};
use crate::chat::event::{Event, Message};
use crate::chat::machine::Way;
use crate::chat::notice::Notice;
use crate::chat::plain;
use crate::chat::time::Now;
use crate::chat::traffic::{Kind, Trace};
use crate::chat::wire;

impl Node {
    pub(super) fn on_datagram(&mut self, from: SocketAddr, way: Way, bytes: &[u8], now: Now) {
        if !plain::is_frame(bytes) {
            if way == Way::Unicast {
                self.on_plain(from, bytes, now);
            }
            return;
        }
        let Some(tag) = wire::tag(bytes) else { return };
        let Some(index) = self.rooms.iter().position(|(known, _)| *known == tag) else {
            if let Some(fading) = self.fading.iter_mut().find(|fading| fading.tag == tag) {
                let Some(datagram) = self.scratch.get_mut(..bytes.len()) else { return };
                datagram.copy_from_slice(bytes);
                fading.room.handle(from, way, datagram, now);
                return self.collect_former();
            }
            if self.left.iter().all(|left| left.tag != tag) {
                self.traffic.refused.foreign += 1;
                self.strangers.hear(tag, now.moment);
                self.trace(Trace::Refused { from, why: "foreign", bytes: bytes.len() });
            }
            return;
        };
        let Some(datagram) = self.scratch.get_mut(..bytes.len()) else { return };
        datagram.copy_from_slice(bytes);
        let room = &mut self.rooms[index].1;
        let refused = room.tally().seal;
        room.handle(from, way, datagram, now);
        if room.tally().seal == refused {
            self.guests.spoke_frames(from);
        }
        self.collect(index);
    }

    fn on_plain(&mut self, from: SocketAddr, bytes: &[u8], now: Now) {
        self.traffic.received.add(Kind::Plain);
        self.trace(Trace::Received { from, kind: Kind::Plain, bytes: bytes.len() });
        let is_framed = self.rooms().any(|room| room.presence().is_live(from));
        let Some((content, learned)) = self.guests.hear(from, bytes, is_framed, now.moment) else {
            if let Some(datagrams) = self.guests.take_dropped(now.moment) {
                self.notice(Notice::PlainDropped { datagrams });
            }
            return;
        };
        let text = content.text().into_owned();
        self.writer = Some(Partner::Guest(from));
        self.tell(Event::Message(Message { from, content, received: now.wall }), Some(&text));
        if let Some(charset) = learned {
            self.notice(Notice::AnsweredIn { peer: from, charset });
        }
    }
}
