//! Rooms go through brokers: which, what becomes of that, and what comes from there.

use std::sync::Arc;

use super::Node;
use super::rooms::RoomKey;
use crate::chat::api::answer::{Answered, Confirmation};
use crate::chat::api::carrier::{BrokerInput, BrokerJob, BrokerTrouble, CarrierNews, CarrierState};
use crate::chat::api::command::BrokerCommand;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Output;
use crate::chat::api::network_notice::NetworkNotice;
use crate::chat::api::refusal::CommandRefusal;
use crate::chat::api::requester::Requester;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::room::{Out, Room};

impl Node {
    /// Rooms came or went, or have other secrets, or go through other brokers: connections and subscriptions follow.
    pub(super) fn follow_rooms(&mut self) {
        if !self.carriers.is_to_follow(self.rooms.changes(), self.former.forgotten()) {
            return;
        }
        self.leave_out_open_rooms();
        let rooms = &self.rooms;
        self.carriers.forget_told(|room| rooms.named(room).is_some());
        let wanted = self.carried_rooms();
        for broker in self.carriers.connected() {
            if wanted.iter().all(|(_, of)| *of != broker) {
                self.ask_broker(&broker, BrokerJob::Leave);
                let over = self.carriers.close(&broker);
                self.leave_rooms(&over);
            }
        }
        for (_, broker) in &wanted {
            if self.carriers.open(broker) {
                self.ask_broker(broker, BrokerJob::Connect);
            }
        }
        for key in self.rooms.keys() {
            let name = self.rooms[key].name().clone();
            let is_down = self.carriers.of(&name).is_some_and(|broker| self.carriers.client(broker).is_none());
            if is_down && !self.rooms[key].is_observer() && !self.carriers.is_told(&name) {
                self.rooms[key].await_broker(self.now);
                self.stands(&name, CarrierState::Connecting);
                self.tell_of_guesses(&name);
            }
        }
        self.subscribe();
    }

    /// A passphrase can be guessed by whoever has what was sealed with it.
    fn tell_of_guesses(&mut self, room: &RoomName) {
        let is_passphrase = self.secrets.of(room).is_some_and(|chain| chain.current.invite().is_none());
        if let Some(broker) = self.carriers.of(room).cloned().filter(|_| is_passphrase) {
            self.notice(NetworkNotice::BrokerGuesses { room: room.clone(), host: broker.host() }.into());
        }
    }

    /// Open rooms go through no broker: whoever has an account there could read them.
    fn leave_out_open_rooms(&mut self) {
        for key in self.rooms.keys() {
            let room = self.rooms[key].name().clone();
            if self.rooms[key].carrier_keys().is_none()
                && let Some(broker) = self.carriers.of(&room).cloned()
            {
                self.carriers.choose(room.clone(), None);
                self.notice(NetworkNotice::BrokerOpen { room, host: broker.host() }.into());
            }
        }
    }

    /// The rooms that go through brokers, those under former secrets and those that were just left among them.
    fn carried_rooms(&self) -> Vec<(Tag, Arc<BrokerUrl>)> {
        let current = self.rooms.keys().into_iter().map(|key| (self.rooms.tag(key), &self.rooms[key]));
        let all = current.chain(self.former.tagged_rooms());
        let carried = all.filter(|(_, room)| room.carrier_keys().is_some() && !room.is_observer());
        carried.filter_map(|(tag, room)| Some((tag, Arc::clone(self.carriers.of(room.name())?)))).collect()
    }

    /// Asks each broker that is reached for what its rooms need, and for no more.
    fn subscribe(&mut self) {
        let wanted = self.carried_rooms();
        for broker in self.carriers.connected() {
            let tags: Vec<Tag> = wanted.iter().filter(|(_, of)| *of == broker).map(|&(tag, _)| tag).collect();
            let over = self.carriers.retain(&broker, &tags);
            if !over.is_empty() {
                let gone: Vec<Tag> = over.iter().map(|&(tag, _)| tag).collect();
                self.leave_rooms(&gone);
                let filters = over.into_iter().flat_map(|(_, filters)| filters).collect();
                self.ask_broker(&broker, BrokerJob::Unsubscribe(filters));
            }
            for tag in tags {
                let Some(keys) = self.room_tagged(tag).and_then(|room| room.carrier_keys().cloned()) else { continue };
                let filters = self.carriers.subscribe(&broker, tag, &keys);
                if !filters.is_empty() {
                    self.ask_broker(&broker, BrokerJob::Subscribe(filters));
                }
                self.raise(&broker, tag); // a room that was left just now, and joined again, is subscribed to already
            }
        }
    }

    /// Somebody wants a room to go through a broker, or through none, or to know how that is.
    pub(super) fn follow_broker(&mut self, requester: Requester, room: RoomKey, wanted: BrokerCommand) {
        let name = self.rooms[room].name().clone();
        let before = self.carriers.of(&name).cloned();
        match wanted {
            BrokerCommand::List => {
                let all = self.carrier_news();
                self.confirm(Confirmation::Brokers(all));
            }
            BrokerCommand::Choose(_) if self.rooms[room].carrier_keys().is_none() => {
                return self.refuse(requester, CommandRefusal::OpenRoom(name));
            }
            BrokerCommand::Choose(url) if before.as_deref() == Some(&url) => {}
            BrokerCommand::Off if before.is_none() => {}
            BrokerCommand::Choose(_) | BrokerCommand::Off => {
                self.stands(&name, CarrierState::Removed);
                let url = if let BrokerCommand::Choose(url) = wanted { Some(Arc::new(url)) } else { None };
                self.carriers.choose(name, url);
            }
        }
        self.answer(&requester, "broker", Answered::Done);
    }

    /// How each room stands that goes through a broker.
    pub(super) fn carrier_news(&self) -> Vec<CarrierNews> {
        let news = |(room, broker, state): (&RoomName, &Arc<BrokerUrl>, Option<&CarrierState>)| CarrierNews {
            room: room.clone(),
            broker: Arc::clone(broker),
            state: state.cloned().unwrap_or(CarrierState::Connecting),
        };
        self.carriers.all().filter(|(room, ..)| self.rooms.named(room).is_some()).map(news).collect()
    }

    pub(super) fn on_broker(&mut self, broker: &Arc<BrokerUrl>, input: BrokerInput<'_>) {
        match input {
            BrokerInput::Up(client) => {
                self.carriers.rise(broker, client);
                self.subscribe();
            }
            BrokerInput::Granted(filter) => self.on_granted(broker, filter),
            BrokerInput::Denied(filter) => {
                let denied = self.carriers.subscriber(broker, filter);
                let denied = denied.and_then(|(tag, _)| self.rooms.tagged(tag)); // a former secret's matters to nobody
                let name = denied.map(|key| self.rooms[key].name().clone());
                if let Some(name) = name {
                    self.stands(&name, CarrierState::Down(BrokerTrouble::Denied));
                }
            }
            BrokerInput::Carried { topic, payload } => self.on_carried(broker, topic, payload),
            BrokerInput::Down(why) => {
                let over = self.carriers.fall(broker);
                self.rooms_down(&over);
                for news in self.carrier_news().into_iter().filter(|news| news.broker == *broker) {
                    self.stands(&news.room, CarrierState::Down(why.clone()));
                }
            }
        }
    }

    fn on_granted(&mut self, broker: &Arc<BrokerUrl>, filter: &str) {
        if let Some(tag) = self.carriers.grant(broker, filter) {
            self.raise(broker, tag);
        }
    }

    /// A room is reached there from now on, where all comes that it is subscribed to.
    fn raise(&mut self, broker: &Arc<BrokerUrl>, tag: Tag) {
        let now = self.now;
        if !self.carriers.is_granted(broker, tag) {
            return;
        }
        let Some(client) = self.carriers.client(broker).cloned() else { return };
        let Some(room) = self.room_tagged_mut(tag).filter(|room| room.own_inbox().is_none()) else { return };
        room.broker_up(&client, now);
        let name = room.name().clone();
        if self.rooms.tagged(tag).is_some() {
            self.stands(&name, CarrierState::Up);
        }
        self.collect_tagged(tag);
    }

    fn on_carried(&mut self, broker: &BrokerUrl, topic: &str, payload: &[u8]) {
        let Some((tag, by)) = self.carriers.subscriber(broker, topic) else { return };
        let now = self.now;
        let room = match self.rooms.tagged(tag) {
            Some(key) => Some(&mut self.rooms[key]),
            None => self.former.tagged(tag),
        };
        if let (Some(room), Some(opened)) = (room, self.scratch.get_mut(..payload.len())) {
            opened.copy_from_slice(payload);
            room.handle_carried(by, opened, now);
        }
        self.collect_tagged(tag);
    }

    /// These rooms go through no broker any more, or another one.
    fn leave_rooms(&mut self, tags: &[Tag]) {
        let now = self.now;
        for &tag in tags {
            if let Some(room) = self.room_tagged_mut(tag) {
                room.leave_broker(now);
            }
            self.collect_tagged(tag);
        }
    }

    /// These rooms do not go through a broker for now.
    fn rooms_down(&mut self, tags: &[Tag]) {
        let now = self.now;
        for &tag in tags {
            if let Some(room) = self.room_tagged_mut(tag) {
                room.broker_down(now);
            }
            self.collect_tagged(tag);
        }
    }

    /// How a room stands, where that is news.
    fn stands(&mut self, room: &RoomName, state: CarrierState) {
        if self.carriers.is_news(room, &state) {
            self.tell_carrier(room, state);
        }
    }

    fn tell_carrier(&mut self, room: &RoomName, state: CarrierState) {
        let Some(broker) = self.carriers.of(room).cloned() else { return };
        self.show(Event::Carrier(CarrierNews { room: room.clone(), broker, state }));
    }

    pub(super) fn ask_broker(&mut self, broker: &Arc<BrokerUrl>, job: BrokerJob) {
        self.outputs.push_back(Output::Broker(Arc::clone(broker), job));
    }

    /// A room publishes something.
    pub(super) fn publish(&mut self, of: Tag, out: Out) {
        if let Out::Publish { to, payload, urgency } = out
            && let Some((broker, job)) = self.carriers.publish(of, to, (payload, urgency), self.now.moment)
        {
            self.ask_broker(&broker, job);
        }
    }

    pub(super) fn tick_carriers(&mut self) {
        for (broker, job) in self.carriers.take_due(self.now.moment) {
            self.ask_broker(&broker, job);
        }
    }

    fn room_tagged(&self, tag: Tag) -> Option<&Room> {
        let current = self.rooms.tagged(tag).map(|key| &self.rooms[key]);
        current.or_else(|| self.former.tagged_rooms().find(|(of, _)| *of == tag).map(|(_, room)| room))
    }

    fn room_tagged_mut(&mut self, tag: Tag) -> Option<&mut Room> {
        match self.rooms.tagged(tag) {
            Some(key) => Some(&mut self.rooms[key]),
            None => self.former.tagged(tag),
        }
    }

    fn collect_tagged(&mut self, tag: Tag) {
        match self.rooms.tagged(tag) {
            Some(key) => self.collect(key),
            None => self.collect_former(),
        }
    }
}
