//! Own entries leave; receipts and reminders follow.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::Room;
use super::carry::destination;
use super::reminders::Whose;
use crate::chat::api::event::Event;
use crate::chat::api::machine::To;
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::MessageId;
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::{BULK_FROM, COUNTS_FOR, NO_MULTICAST_PEERS_MAX, UNDECIDED_MAX};
use crate::chat::base::time::Now;
use crate::chat::keys::identity::{Author, LogId, Run};
use crate::chat::peers::peer::Peer;
use crate::chat::wire::entry::{Action, Body, Entry, Text};
use crate::chat::wire::frame::{ENTRIES_MAX, Frame, Signed};
use crate::chat::wire::packing::pack;
use crate::chat::wire::private_body::PrivateBody;
use crate::chat::wire::{self, FRAME_BYTES_MAX};

/// What a frame of entries takes beside them, and each of them beside its bytes: at most.
const FRAME_OVERHEAD: usize = 1 + 1 + 1;
const SIGNED_OVERHEAD: usize = 3 + 64;

/// An entry that is to be written.
#[derive(Debug)]
pub enum Unsigned {
    /// Everybody in the room reads it.
    Open(Body),
    /// Nobody but its receiver does.
    PrivateBody(Author, PrivateBody),
}

impl Unsigned {
    fn kind(&self) -> u8 {
        match self {
            Self::Open(body) => body.kind(),
            Self::PrivateBody(..) => Body::SEALED,
        }
    }
}

impl Room {
    /// Says messages that were there at once, all of a person or all of a program, and returns the name of each.
    pub fn say(&mut self, messages: Vec<String>, is_auto: bool, now: Now) -> Vec<MessageId> {
        self.pass_time(now);
        let texts: Vec<Text> = pack(messages).into_iter().map(|text| Text { is_auto, ..text }).collect();
        let ends: Vec<usize> = texts.iter().map(|text| text.lines.len() - usize::from(text.continues)).collect();
        let first = self.publish(texts.into_iter().map(Body::Text).collect());
        let log = self.own.log();
        let of_entry = |(seq, ends): (u64, usize)| (0..ends).map(move |index| MessageId { log, seq, index });
        (first..).zip(ends).flat_map(of_entry).collect()
    }

    /// Says what one does.
    pub fn act(&mut self, text: String, is_auto: bool, now: Now) -> MessageId {
        self.say_alone(Body::Action(Action { text, is_auto }), now)
    }

    /// Says what the room is about from now on.
    pub fn set_topic(&mut self, text: String, now: Now) -> MessageId {
        self.say_alone(Body::Topic(text), now)
    }

    fn say_alone(&mut self, body: Body, now: Now) -> MessageId {
        self.pass_time(now);
        let seq = self.publish(vec![body]);
        MessageId { log: self.own.log(), seq, index: 0 }
    }

    /// Goes by another nick from now on.
    pub fn rename(&mut self, nick: &str, now: Now) {
        self.pass_time(now);
        self.own.rename(nick);
        self.names.release(self.own.author());
        self.names.learn(self.own.author(), nick);
        if self.own.seq() > 0 {
            self.publish(vec![Body::Profile(nick.to_owned())]);
        }
        self.beacons.hurry(now.moment);
    }

    /// Whether one more line may be said: nobody who keeps up is too far behind, and not too much is undecided.
    pub fn takes_input(&self) -> bool {
        let is_full = self.deliveries.len() >= UNDECIDED_MAX || self.undecided_entries() >= self.kept_max();
        self.flow.is_open(self.own.seq(), self.is_small()) && !is_full
    }

    /// Signs entries and sends them; returns the number of the first. The first of a run goes behind one that says who writes.
    pub(super) fn publish(&mut self, bodies: Vec<Body>) -> u64 {
        self.publish_all(bodies.into_iter().map(Unsigned::Open).collect())
    }

    /// The same, private messages among them.
    pub(super) fn publish_all(&mut self, mut drafts: Vec<Unsigned>) -> u64 {
        let is_first = self.own.seq() == 0;
        if is_first {
            drafts.insert(0, Unsigned::Open(Body::Profile(self.own.nick().to_owned())));
        }
        let first = self.own.seq() + 1 + u64::from(is_first);
        let (own, seq, now) = (self.own.log(), self.own.seq(), self.now.moment);
        for peer in self.presence.present_mut().filter(|peer| peer.acked(own) >= seq) {
            peer.progressed = now;
        }
        let entries: Vec<Arc<Entry>> = drafts.iter().filter_map(|draft| self.write(draft)).collect();
        self.broadcast_entries(&entries, self.is_small());
        self.reminders.start(self.own.log(), Whose::Own, self.now.moment);
        self.remember_root();
        self.watch_flow();
        first
    }

    /// Signs one entry and keeps it. `None`: it cannot be sealed.
    fn write(&mut self, draft: &Unsigned) -> Option<Arc<Entry>> {
        let header = self.own.next_header(draft.kind(), self.now.wall);
        let bytes = match draft {
            Unsigned::Open(body) => wire::encode_body(body),
            Unsigned::PrivateBody(to, private_body) => {
                let before = wire::sealed_to(self.id, &header);
                self.private.seal(self.own.identity(), (*to, private_body), &before, &mut self.rng)?
            }
        };
        let entry = Arc::new(self.own.sign(header, &bytes));
        self.archive.insert(Arc::clone(&entry));
        self.store_entry(&entry, true, false);
        while self.archive.show_next(self.own.log()).is_some() {} // one's own lines are not echoed
        let id = |index| MessageId { log: self.own.log(), seq: self.own.seq(), index };
        match draft {
            Unsigned::Open(Body::Text(text)) => {
                let last = text.lines.len() - 1;
                self.deliveries.sent(None, (id(0), id(last)), &text.lines[0], self.now.moment);
            }
            Unsigned::Open(Body::Action(action)) => {
                self.deliveries.sent(None, (id(0), id(0)), &action.text, self.now.moment);
            }
            Unsigned::Open(Body::Offers(offers)) => {
                self.deliveries.sent(None, (id(0), id(0)), &offers.items[0].name, self.now.moment);
            }
            _ => {}
        }
        self.keep_unconfirmed();
        Some(entry)
    }

    /// Sends entries to everybody, as many in one datagram as fit.
    fn broadcast_entries(&mut self, entries: &[Arc<Entry>], ack: bool) {
        let mut targets = self.everybody();
        if self.is_in_bulk() {
            targets.retain(|&to| to != To::Lan);
        }
        for frame in frames(entries, ack) {
            if !self.is_small() {
                self.flow.spend(self.now.moment);
            }
            self.send_to_all(&targets, &frame);
        }
        if self.afar.is_up() {
            for frame in frames(entries, self.is_small_afar()) {
                self.send(To::Afar, &frame);
            }
            self.afar.remind(self.own.log(), self.now.moment);
        }
    }

    /// Much is on the way to a small room, each of which gets it by unicast: what follows shows at once what was lost, so a
    /// multicast beside it would only take the air, where it is slowest.
    fn is_in_bulk(&self) -> bool {
        let on_the_way = self.own.seq().saturating_sub(self.flow.slowest());
        let has_address = |peer: &Peer| peer.address().is_some() || peer.is_afar();
        self.is_small() && on_the_way >= BULK_FROM && self.presence.present().all(has_address)
    }

    /// Unicast first, for it is repeated on wireless links, and then once to the whole network: everybody but those at a broker.
    pub(super) fn everybody(&self) -> Vec<To> {
        let mut targets: Vec<To> = Vec::new();
        if self.is_small() {
            targets.extend(self.presence.present().flat_map(|peer| peer.addresses().map(To::Address)));
        } else {
            let without_multicast = self.presence.present().filter(|peer| !peer.hears_multicast());
            let addresses = without_multicast.take(NO_MULTICAST_PEERS_MAX).flat_map(Peer::addresses);
            targets.extend(addresses.filter(|&address| self.addresses.is_proven(address)).map(To::Address));
        }
        targets.extend(self.addresses.configured().map(To::Address));
        targets.retain(|to| !matches!(to, To::Address(address) if is_inbox(*address)));
        targets.sort_unstable();
        targets.dedup();
        targets.push(To::Lan);
        targets
    }

    /// One datagram, to each of them.
    pub(super) fn send_to_all(&mut self, targets: &[To], frame: &Frame<'_>) {
        let mut sealed: Option<Rc<[u8]>> = None;
        for &to in targets {
            if let Some(there) = destination(to) {
                if let Some(payload) = self.afar.close(there, frame) {
                    self.outputs.publish(there, frame.kind(), payload);
                }
                continue;
            }
            let datagram = sealed.take().or_else(|| self.seal.close(frame));
            let Some(datagram) = datagram else { return };
            self.outputs.send(to, frame.kind(), Rc::clone(&datagram));
            sealed = Some(datagram);
        }
    }

    /// A receipt for a new entry of `log` is owed to its author, or to whoever passed it on.
    pub(super) fn owe_receipt(&mut self, log: LogId, from: SocketAddr) {
        let to = self.presence.peer(log).and_then(Peer::address).unwrap_or(from);
        self.beacons.acknowledge(log);
        if self.may_be_told(to) {
            self.receipts.owe(to, true, &mut self.rng, self.now.moment);
        }
    }

    /// Whoever is at `to` has not got the receipt for what is held of `log`: it goes there again, and nowhere else.
    pub(super) fn owe_receipt_to(&mut self, to: SocketAddr, log: LogId) {
        if self.archive.log(log).is_none() {
            return;
        }
        self.beacons.acknowledge(log);
        let is_owed = self.receipts.is_owed(to);
        if self.may_be_told(to) && (is_owed || self.addresses.may_answer(to, self.now.moment)) {
            self.receipts.owe(to, false, &mut self.rng, self.now.moment);
        }
    }

    /// Only who receives at an address is sent receipts there.
    fn may_be_told(&self, to: SocketAddr) -> bool {
        self.addresses.is_proven(to) || self.presence.is_live(to)
    }

    pub(super) fn tick_receipts(&mut self) {
        let due = self.receipts.take_due(self.now.moment);
        if !due.is_empty() {
            let targets: Vec<To> = due.into_iter().map(To::Address).collect();
            self.send_receipt(&targets, 0);
        }
    }

    /// Finds out how far the slowest peer is that keeps up, and whether more may leave.
    pub(super) fn watch_flow(&mut self) {
        let (now, own) = (self.now.moment, self.own.log());
        let counts = |peer: &&Peer| !peer.is_afar() && now.since(peer.progressed) < COUNTS_FOR;
        let has = |peer: &Peer| peer.acked(own).max(peer.said_before); // what was said before it came is not on the way
        let slowest = self.presence.present().filter(counts).map(has).min();
        let slowest = slowest.unwrap_or(self.own.seq());
        self.flow.watch(self.own.seq(), slowest, self.is_small(), now);
    }

    /// An entry of my run that I did not write: another machine is a copy of this one. Its run and mine part here.
    pub(super) fn begin_another_run(&mut self) {
        let run = Run::first_of(&self.rng.bytes::<8>());
        self.own.begin_run(run);
        self.presence.set_own(self.own.log());
        self.flow = crate::chat::sync::flow::Flow::default();
        self.beacons.hurry(self.now.moment);
        self.show(Event::Notice(Notice::Cloned));
    }
}

/// Entries in as few frames as they fit.
pub fn frames(entries: &[Arc<Entry>], ack: bool) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    let (mut signed, mut left) = (Vec::new(), FRAME_BYTES_MAX - FRAME_OVERHEAD);
    for entry in entries {
        let size = entry.bytes.len() + SIGNED_OVERHEAD;
        if (size > left || signed.len() >= ENTRIES_MAX) && !signed.is_empty() {
            frames.push(Frame::Entries { ack, entries: std::mem::take(&mut signed) });
            left = FRAME_BYTES_MAX - FRAME_OVERHEAD;
        }
        left = left.saturating_sub(size);
        signed.push(Signed { bytes: &entry.bytes, signature: entry.signature });
    }
    if !signed.is_empty() {
        frames.push(Frame::Entries { ack, entries: signed });
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::machine::To;
    use crate::chat::peers::presence::tests::{at, beacon, log};
    use crate::chat::room::Out;
    use crate::chat::room::show::tests::room;
    use crate::chat::wire::frame::{Ack, Beacon};

    #[test]
    fn much_goes_by_unicast_alone_until_it_is_confirmed() {
        let mut room = room(1, 1, None);
        assert!(room.presence.come(1, beacon(1, 1), 1, at(0)));
        room.presence.admit(log(1), 0, at(0).moment);
        while room.poll().is_some() {}
        let said = |room: &mut Room| -> [usize; 2] {
            room.say(vec!["hi".to_owned()], false, at(1));
            let sent: Vec<To> = std::iter::from_fn(|| room.poll())
                .filter_map(|out| if let Out::Send(to, _) = out { Some(to) } else { None })
                .collect();
            let multicasts = sent.iter().filter(|&&to| to == To::Lan).count();
            [multicasts, sent.len() - multicasts]
        };
        let most = usize::try_from(BULK_FROM).unwrap() - 2; // the nick is told with the first line
        let first: Vec<[usize; 2]> = (0..most).map(|_| said(&mut room)).collect();
        assert!(first.iter().all(|sent| *sent == [1, 1]), "{first:?}");
        assert_eq!([said(&mut room), said(&mut room)], [[0, 1], [0, 1]]);
        let acks = vec![Ack { log: room.own_log(), seq: 5 }];
        assert!(room.presence.come(1, Beacon { acks, ..beacon(1, 2) }, 1, at(1)));
        room.watch_flow();
        assert_eq!(said(&mut room), [1, 1]);
    }
}
