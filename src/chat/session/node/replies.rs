//! What becomes of commands, told to whoever gave them.

use std::time::Duration;

use super::Node;
use super::rooms::RoomKey;
use crate::chat::api::answer::{Answer, Answered, Confirmation, PersonHere, Stats};
use crate::chat::api::event::{Event, Fault};
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::Refusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::{Delivery, MessageId};
use crate::chat::base::limits::ASKED_MAX;
use crate::chat::base::time::Moment;
use crate::chat::keys::identity::Author;
use crate::chat::peers::peer::Peer;
use crate::chat::wire::frame::flags;

impl Node {
    /// A line is not sent, or a command not followed. For the exit code only what standard input says counts.
    pub(super) fn refuse(&mut self, requester: Requester, why: impl Into<Refusal>) {
        if requester.client == Client::STANDARD {
            self.results.refuse();
        }
        self.show(Event::Fault(Fault::Line { requester, why: why.into() }));
    }

    /// What is said besides. Who only says one thing wants to hear nothing that went well.
    pub(super) fn notice(&mut self, notice: Notice) {
        if !(self.config.script.is_send && self.config.fold) {
            self.show(Event::Notice(notice));
        }
    }

    /// What a command did, for whoever typed it.
    pub(super) fn confirm(&mut self, done: Confirmation) {
        self.notice(Notice::Answer(done));
    }

    /// Nobody wants to hear what goes well.
    pub(super) fn is_quiet(&self) -> bool {
        self.config.script.is_send && self.config.fold
    }

    /// A command was followed. Told where it has a ticket, or asks for something.
    pub(super) fn answer(&mut self, to: &Requester, command: &'static str, what: Answered) {
        let is_asked =
            !matches!(what, Answered::Done | Answered::Sent { .. } | Answered::Found(_) | Answered::Offered(_));
        if to.ticket.is_some() || is_asked {
            self.show(Event::Answer(Answer { to: to.clone(), command, what }));
        }
    }

    /// Messages were sent in a room: whoever has a ticket is told their names, and later what became of them.
    pub(super) fn answer_sent(
        &mut self,
        place: RoomKey,
        command: &'static str,
        messages: impl Iterator<Item = (MessageId, Requester)>,
    ) {
        let room = self.rooms[place].name().clone();
        for (message, requester) in messages.filter(|(_, requester)| requester.ticket.is_some()) {
            self.answer(&requester, command, Answered::Sent { room: room.clone(), message });
            self.asked.insert(message, requester);
        }
        while self.asked.len() > ASKED_MAX {
            self.asked.pop_first();
        }
    }

    /// Who asked for what a verdict is of. Once everybody has it nothing more will be said of it.
    pub(super) fn requesters_of(&mut self, delivery: &Delivery) -> Vec<Requester> {
        let of = self.asked.range(delivery.first..=delivery.last);
        let (messages, requesters): (Vec<MessageId>, Vec<Requester>) =
            of.map(|(id, requester)| (*id, requester.clone())).unzip();
        if delivery.confirmed == delivery.of && delivery.of > 0 {
            for message in messages {
                self.asked.remove(&message);
            }
        }
        requesters
    }

    /// Who is there, in a room.
    pub(super) fn answer_who(&mut self, requester: &Requester, place: RoomKey) {
        let wall = self.now.wall;
        let room = &mut self.rooms[place];
        let spoke = room.last_words();
        let presence = room.presence();
        let through = |peer: &Peer| peer.via.filter(|_| peer.address().is_none()).and_then(|via| presence.at(via));
        let known = |peer: &Peer| {
            let via = through(peer).map(|via| via.author);
            (peer.author, (peer.flags, peer.kind()), peer.address(), via)
        };
        let others: Vec<_> = presence.counted().map(known).collect();
        let person = |(author, (flag, kind), address, via): (_, _, _, Option<Author>)| PersonHere {
            who: room.names().speaker(author),
            kind,
            is_away: flag & flags::AWAY != 0,
            address,
            via: via.map(|via| room.names().speaker(via)),
            spoke: spoke.get(&author).map(|&at| (at, Duration::from_millis(wall.0.saturating_sub(at.0)))),
        };
        let others = others.into_iter().map(person).collect();
        let (me, room) = (room.me(), room.name().clone());
        self.answer(requester, "who", Answered::People { room, me, others });
    }

    /// What passed through the session, and what it holds.
    pub(super) fn answer_stats(&mut self, requester: &Requester) {
        let mut stats = Stats { up: self.now.moment.since(Moment::START), traffic: self.traffic, ..Stats::default() };
        for room in self.every_room() {
            let traffic = room.traffic();
            stats.traffic.received = stats.traffic.received.and(&traffic.received);
            stats.traffic.sent = stats.traffic.sent.and(&traffic.sent);
            stats.traffic.refused = stats.traffic.refused.and(traffic.refused);
            stats.undecided += room.undecided();
        }
        stats.lacks_network = self.is_offline;
        for room in self.rooms() {
            stats.waits_for_disk |= room.is_holding();
            stats.people += room.presence().len();
            stats.entries += room.entries_held();
        }
        self.answer(requester, "stats", Answered::Stats(stats));
    }

    /// Which rooms one is in, this one first.
    pub(super) fn answer_rooms(&mut self, requester: &Requester, place: RoomKey, command: &'static str) {
        let first = self.rooms[place].name().clone();
        let others = self.rooms().map(|room| room.name().clone()).filter(|room| *room != first);
        let rooms = [first.clone()].into_iter().chain(others).collect();
        self.answer(requester, command, Answered::Rooms(rooms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::machine::{Input, Machine, Output};
    use crate::chat::api::requester::Ticket;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::session::node::tests::{usual, with_key};

    #[test]
    fn whether_there_is_a_network_stands_among_the_figures() {
        let mut tim = with_key(1, usual());
        for has_network in [true, false, true] {
            tim.node.handle(Input::NetworkChanged { has_network, is_more: has_network }, tim.now);
            while tim.node.poll().is_some() {}
            tim.node.answer_stats(&Requester::default());
            let told = std::iter::from_fn(|| tim.node.poll()).find_map(|output| match output {
                Output::Show(Event::Answer(Answer { what: Answered::Stats(stats), .. })) => Some(stats),
                _ => None,
            });
            assert_eq!(told.map(|stats| (stats.lacks_network, stats.waits_for_disk)), Some((!has_network, false)));
        }
    }

    #[test]
    fn of_so_many_messages_it_is_known_who_asks_what_became_of_them() {
        let mut tim = with_key(1, usual());
        let requester = Requester { ticket: Some(Ticket::Number(1)), ..Requester::default() };
        let messages =
            (0..ASKED_MAX as u64 + 5).map(|seq| (MessageId { log: Bytes([1; 8]), seq, index: 0 }, requester.clone()));
        tim.node.answer_sent(tim.node.current.room, "say", messages);
        assert_eq!(
            (tim.node.asked.len(), tim.node.asked.first_key_value().map(|(id, _)| id.seq)),
            (ASKED_MAX, Some(5))
        );
    }
}
