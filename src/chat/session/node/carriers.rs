//! The brokers that rooms go through: what each room is published and subscribed to there, and how much at a time.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use crate::chat::api::carrier::{BrokerJob, CarrierState};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::budget::Budget;
use crate::chat::base::limits::{
    PUBLISHES_BURST, PUBLISHES_FOR_CONTROL, PUBLISHES_FOR_LINES, PUBLISHES_RATE, PUBLISHES_WAITING_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::keys::carrier::{CarrierClient, CarrierKeys};
use crate::chat::keys::secret::{RoomName, Tag};
use crate::chat::room::Urgency;
use crate::chat::wire::carried::{CameBy, PublishTo};

/// The brokers of a session.
#[derive(Debug, Default)]
pub struct Carriers {
    /// Through which broker a room goes, by its name: under whichever secret.
    chosen: BTreeMap<RoomName, Arc<BrokerUrl>>,
    brokers: BTreeMap<Arc<BrokerUrl>, Connection>,
    /// How each room stands, as it was told last.
    told: BTreeMap<RoomName, CarrierState>,
    /// How often rooms, and what was chosen, had changed when that was last followed.
    followed: Option<[u64; 3]>,
    changes: u64,
}

/// What there is at one broker.
#[derive(Debug)]
struct Connection {
    /// Who one is there; `None`: it is not reached.
    client: Option<CarrierClient>,
    /// By the tags of the rooms.
    rooms: BTreeMap<Tag, Subscription>,
    budget: Budget,
    /// Entries that wait for their turn.
    waiting: VecDeque<(String, Rc<[u8]>)>,
    /// When the first of them may leave.
    next: Moment,
}

/// What a room is subscribed to: its topic, and an inbox.
#[derive(Debug)]
struct Subscription {
    topic: String,
    inbox: String,
    /// Which of the two comes.
    granted: [bool; 2],
}

/// The topics of a room as they stand at a broker.
fn topic_of(broker: &BrokerUrl, keys: &CarrierKeys) -> String {
    format!("{}/1/{}", broker.prefix, keys.topic())
}

fn inbox_of(broker: &BrokerUrl, inbox: impl std::fmt::Display) -> String {
    format!("{}/1/i/{inbox}", broker.prefix)
}

impl Connection {
    fn new() -> Self {
        Self {
            client: None,
            rooms: BTreeMap::new(),
            budget: Budget::new(PUBLISHES_RATE, PUBLISHES_BURST),
            waiting: VecDeque::new(),
            next: Moment::START,
        }
    }

    /// Publishes something now, or keeps it until it may leave, or drops it: whoever lacks it asks for it.
    fn publish(&mut self, topic: String, payload: Rc<[u8]>, urgency: Urgency, now: Moment) -> Option<BrokerJob> {
        let leaves = match urgency {
            Urgency::Control => self.budget.take(now),
            Urgency::Line => self.waiting.is_empty() && self.budget.take_above(PUBLISHES_FOR_CONTROL, now),
            Urgency::Repair => self.budget.take_above(PUBLISHES_FOR_LINES, now),
        };
        if !leaves && urgency == Urgency::Line && self.waiting.len() < PUBLISHES_WAITING_MAX {
            self.waiting.push_back((topic, payload));
            self.next = self.budget.next_above(PUBLISHES_FOR_CONTROL, now);
            return None;
        }
        leaves.then_some(BrokerJob::Publish { topic, payload })
    }
}

impl Carriers {
    /// Rooms go through these brokers.
    pub fn new(chosen: BTreeMap<RoomName, Arc<BrokerUrl>>) -> Self {
        Self { chosen, ..Self::default() }
    }

    /// Through which broker a room goes.
    pub fn of(&self, room: &RoomName) -> Option<&Arc<BrokerUrl>> {
        self.chosen.get(room)
    }

    /// Every room that goes through a broker, and how it stands.
    pub fn all(&self) -> impl Iterator<Item = (&RoomName, &Arc<BrokerUrl>, Option<&CarrierState>)> {
        self.chosen.iter().map(|(room, broker)| (room, broker, self.told.get(room)))
    }

    /// Whether something changed of rooms, by these counts, or of what was chosen for them, since this was asked last.
    pub fn is_to_follow(&mut self, rooms: u64, former: u64) -> bool {
        let now = Some([rooms, former, self.changes]);
        std::mem::replace(&mut self.followed, now) != now && (!self.chosen.is_empty() || !self.brokers.is_empty())
    }

    /// A room goes through this broker from now on; `None`: through none.
    pub fn choose(&mut self, room: RoomName, broker: Option<Arc<BrokerUrl>>) {
        self.changes += 1;
        match broker {
            Some(broker) => self.chosen.insert(room, broker),
            None => self.chosen.remove(&room),
        };
    }

    /// How a room stands now. Whether that is news.
    pub fn is_news(&mut self, room: &RoomName, state: &CarrierState) -> bool {
        if *state == CarrierState::Removed {
            return self.told.remove(room).is_some();
        }
        self.told.insert(room.clone(), state.clone()).as_ref() != Some(state)
    }

    /// Of other rooms it is told anew how they stand, once one is in them again.
    pub fn forget_told(&mut self, is_in: impl Fn(&RoomName) -> bool) {
        self.told.retain(|room, _| is_in(room));
    }

    /// Whether it was told how a room stands.
    pub fn is_told(&self, room: &RoomName) -> bool {
        self.told.contains_key(room)
    }

    /// Brokers to which there is a connection, or is to be one.
    pub fn connected(&self) -> Vec<Arc<BrokerUrl>> {
        self.brokers.keys().cloned().collect()
    }

    /// The connection to a broker begins. Whether there was none.
    pub fn open(&mut self, broker: &Arc<BrokerUrl>) -> bool {
        let is_new = !self.brokers.contains_key(broker);
        self.brokers.entry(Arc::clone(broker)).or_insert_with(Connection::new);
        is_new
    }

    /// The connection to a broker ends. The tags of the rooms that went through it.
    pub fn close(&mut self, broker: &BrokerUrl) -> Vec<Tag> {
        self.brokers.remove(broker).map_or_else(Vec::new, |connection| connection.rooms.into_keys().collect())
    }

    /// Who one is at a broker, while it is reached.
    pub fn client(&self, broker: &BrokerUrl) -> Option<&CarrierClient> {
        self.brokers.get(broker)?.client.as_ref()
    }

    /// A broker is reached as this client.
    pub fn rise(&mut self, broker: &BrokerUrl, client: CarrierClient) {
        if let Some(connection) = self.brokers.get_mut(broker) {
            connection.client = Some(client);
        }
    }

    /// A broker is not reached any more. The tags of the rooms that went through it.
    pub fn fall(&mut self, broker: &BrokerUrl) -> Vec<Tag> {
        let Some(connection) = self.brokers.get_mut(broker) else { return Vec::new() };
        connection.client = None;
        connection.waiting.clear();
        std::mem::take(&mut connection.rooms).into_keys().collect()
    }

    /// A room is to go through a broker that is reached. What is to be subscribed to; nothing, where it is already.
    pub fn subscribe(&mut self, broker: &BrokerUrl, tag: Tag, keys: &CarrierKeys) -> Vec<String> {
        let Some(connection) = self.brokers.get_mut(broker) else { return Vec::new() };
        let Some(client) = connection.client.as_ref().filter(|_| !connection.rooms.contains_key(&tag)) else {
            return Vec::new();
        };
        let (topic, inbox) = (topic_of(broker, keys), inbox_of(broker, keys.inbox(client)));
        let filters = vec![topic.clone(), inbox.clone()];
        connection.rooms.insert(tag, Subscription { topic, inbox, granted: [false; 2] });
        filters
    }

    /// Of the rooms that go through a broker only these do so still. The others, and what they were subscribed to.
    pub fn retain(&mut self, broker: &BrokerUrl, tags: &[Tag]) -> Vec<(Tag, [String; 2])> {
        let Some(connection) = self.brokers.get_mut(broker) else { return Vec::new() };
        let gone: Vec<Tag> = connection.rooms.keys().filter(|tag| !tags.contains(tag)).copied().collect();
        let over = gone.into_iter().filter_map(|tag| Some((tag, connection.rooms.remove(&tag)?)));
        over.map(|(tag, Subscription { topic, inbox, .. })| (tag, [topic, inbox])).collect()
    }

    /// Whether all comes that a room is subscribed to.
    pub fn is_granted(&self, broker: &BrokerUrl, tag: Tag) -> bool {
        self.brokers.get(broker).and_then(|of| of.rooms.get(&tag)).is_some_and(|of| of.granted == [true; 2])
    }

    /// What is published there comes from now on. The room, once both its topic and its inbox do.
    pub fn grant(&mut self, broker: &BrokerUrl, filter: &str) -> Option<Tag> {
        let rooms = &mut self.brokers.get_mut(broker)?.rooms;
        let (&tag, subscription) = rooms.iter_mut().find(|(_, of)| of.topic == filter || of.inbox == filter)?;
        subscription.granted[usize::from(subscription.inbox == filter)] = true;
        (subscription.granted == [true; 2]).then_some(tag)
    }

    /// The room whose topic or inbox this is, and which of the two.
    pub fn subscriber(&self, broker: &BrokerUrl, topic: &str) -> Option<(Tag, CameBy)> {
        let (&tag, of) =
            self.brokers.get(broker)?.rooms.iter().find(|(_, of)| of.topic == topic || of.inbox == topic)?;
        Some((tag, if of.topic == topic { CameBy::Topic } else { CameBy::Inbox }))
    }

    /// Something of a room is to be published: at which broker, if that is now.
    pub fn publish(
        &mut self,
        tag: Tag,
        to: PublishTo,
        (payload, urgency): (Rc<[u8]>, Urgency),
        now: Moment,
    ) -> Option<(Arc<BrokerUrl>, BrokerJob)> {
        let (broker, connection) =
            self.brokers.iter_mut().find(|(_, connection)| connection.rooms.contains_key(&tag))?;
        let topic = match to {
            PublishTo::Topic => connection.rooms[&tag].topic.clone(),
            PublishTo::Inbox(inbox) => inbox_of(broker, inbox),
        };
        Some((Arc::clone(broker), connection.publish(topic, payload, urgency, now)?))
    }

    /// When something that waits may leave.
    pub fn deadline(&self) -> Option<Moment> {
        let waiting = self.brokers.values().filter(|connection| !connection.waiting.is_empty());
        waiting.map(|connection| connection.next).min()
    }

    /// What may leave now.
    pub fn take_due(&mut self, now: Moment) -> Vec<(Arc<BrokerUrl>, BrokerJob)> {
        let mut due = Vec::new();
        for (broker, connection) in &mut self.brokers {
            while !connection.waiting.is_empty()
                && connection.budget.take_above(PUBLISHES_FOR_CONTROL, now)
                && let Some((topic, payload)) = connection.waiting.pop_front()
            {
                due.push((Arc::clone(broker), BrokerJob::Publish { topic, payload }));
            }
            connection.next = connection.budget.next_above(PUBLISHES_FOR_CONTROL, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::keys::secret::Secret;

    fn reached() -> (Carriers, Arc<BrokerUrl>, CarrierKeys) {
        let broker: Arc<BrokerUrl> = Arc::new("mqtts://hub.example/office".parse().unwrap());
        let mut carriers = Carriers::default();
        assert!(carriers.open(&broker) && !carriers.open(&broker));
        carriers.rise(&broker, CarrierClient::from_bytes([1; 32]));
        (carriers, broker, CarrierKeys::of(&Secret::of_invite(&[2; 16])))
    }

    #[test]
    fn a_room_is_reached_once_the_broker_grants_both_its_topic_and_its_inbox() {
        let (mut carriers, broker, keys) = reached();
        let tag = Bytes([7; 8]);
        let filters = carriers.subscribe(&broker, tag, &keys);
        assert!(filters.len() == 2 && carriers.subscribe(&broker, tag, &keys).is_empty(), "once");
        assert!(filters[0].starts_with("office/1/") && filters[1].starts_with("office/1/i/"), "{filters:?}");
        assert_eq!(carriers.grant(&broker, &filters[1]), None);
        assert_eq!(
            (carriers.grant(&broker, "office/1/other"), carriers.grant(&broker, &filters[0])),
            (None, Some(tag))
        );
        assert_eq!(carriers.subscriber(&broker, &filters[1]), Some((tag, CameBy::Inbox)));
        assert_eq!(carriers.retain(&broker, &[tag]), []);
        let over = carriers.retain(&broker, &[]);
        assert!(
            over.len() == 1 && over[0].1.as_slice() == filters && carriers.subscriber(&broker, &filters[0]).is_none()
        );
    }

    #[test]
    fn so_much_is_published_in_a_second_lines_wait_and_what_is_asked_for_takes_no_turn_of_theirs() {
        let (mut carriers, broker, keys) = reached();
        let (tag, payload) = (Bytes([7; 8]), Rc::<[u8]>::from([0; 3]));
        carriers.subscribe(&broker, tag, &keys);
        let mut leave = |urgency, count: usize| {
            let mut publish =
                || carriers.publish(tag, PublishTo::Topic, (Rc::clone(&payload), urgency), Moment::START).is_some();
            (0..count).filter(|_| publish()).count()
        };
        let at_once = [Urgency::Repair, Urgency::Line, Urgency::Control].map(|urgency| leave(urgency, 500));
        assert_eq!(at_once, [50, 30, 20], "of 100, whoever asks first");
        leave(Urgency::Line, 2 * PUBLISHES_WAITING_MAX);
        assert_eq!(carriers.brokers[&broker].waiting.len(), PUBLISHES_WAITING_MAX);
        let (mut last, mut later) = (Moment::START, 0);
        while let Some(due) = carriers.deadline() {
            later += carriers.take_due(due).len();
            last = due;
        }
        assert_eq!(later, PUBLISHES_WAITING_MAX);
        let seconds = last.since(Moment::START).as_secs();
        assert!((20..=22).contains(&seconds), "{PUBLISHES_RATE} a second: {seconds} s");
    }
}
