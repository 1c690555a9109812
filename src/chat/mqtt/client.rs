//! One connection to a broker: what is to be sent, what came, and whether the broker is still there. A broker is trusted with
//! nothing: what it may not send ends the connection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::chat::base::limits::{BROKER_ANSWERS_WITHIN, KEEP_ALIVE, OUTGOING_BYTES_MAX, SUBSCRIBING_MAX};
use crate::chat::base::time::Moment;
use crate::chat::mqtt::packet::{self, BadPacket, BrokerPacket, ConnectRefusal, Login};

/// What came of the connection.
#[derive(Debug, PartialEq, Eq)]
pub enum BrokerEvent<'a> {
    /// The broker takes the client: now is the time to subscribe.
    Up,
    /// Something was published.
    Message {
        /// Where; perhaps somewhere that was not subscribed to.
        topic: &'a str,
        /// What, to be opened in place.
        payload: &'a mut [u8],
    },
    /// What is published there is not let through.
    Denied(String),
    /// The connection is to be closed.
    Down(BrokerFault),
}

/// Why a connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerFault {
    /// The broker does not want this client.
    Refused(ConnectRefusal),
    /// What it sent is no MQTT, or nothing that it may send.
    Bad(BadPacket),
    /// It does not answer.
    Silent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionPhase {
    Closed,
    /// CONNECT was sent.
    Greeting,
    Up,
}

/// A connection to a broker.
#[derive(Debug)]
pub struct MqttClient {
    phase: ConnectionPhase,
    /// What came, up to `taken` given out.
    incoming: Vec<u8>,
    taken: usize,
    /// What is to be sent, up to `sent` done.
    outgoing: Vec<u8>,
    sent: usize,
    /// When something last left, and when something last came.
    last_sent: Moment,
    last_received: Moment,
    /// An answer must have come by then.
    waits_until: Option<Moment>,
    subscribing: BTreeMap<u16, Vec<String>>,
    unsubscribing: BTreeSet<u16>,
    last_id: u16,
    denied: VecDeque<String>,
}

impl MqttClient {
    /// It is not connected.
    pub fn new() -> Self {
        Self {
            phase: ConnectionPhase::Closed,
            incoming: Vec::new(),
            taken: 0,
            outgoing: Vec::new(),
            sent: 0,
            last_sent: Moment::START,
            last_received: Moment::START,
            waits_until: None,
            subscribing: BTreeMap::new(),
            unsubscribing: BTreeSet::new(),
            last_id: 0,
            denied: VecDeque::new(),
        }
    }

    /// There is a connection: the broker is greeted.
    pub fn opened(&mut self, login: &Login, now: Moment) {
        *self = Self { phase: ConnectionPhase::Greeting, last_sent: now, last_received: now, ..Self::new() };
        packet::connect(login, &mut self.outgoing);
        self.waits_until = Some(now.after(BROKER_ANSWERS_WITHIN));
    }

    /// There is none any more. What was to be sent is lost.
    pub fn closed(&mut self) {
        *self = Self::new();
    }

    /// Whether the broker takes what is published.
    pub fn is_up(&self) -> bool {
        self.phase == ConnectionPhase::Up
    }

    /// Publishes at QoS 0. Says whether there was room for it; else it is lost, as on a network.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> bool {
        // Five bytes of head and two of the topic's length, at the most.
        let is_taken = self.is_up() && self.has_room(topic.len() + payload.len() + 7);
        if is_taken {
            packet::message(topic, payload, &mut self.outgoing);
        }
        is_taken
    }

    /// Subscribes to all of these. Says whether that is under way.
    pub fn subscribe(&mut self, filters: Vec<String>) -> bool {
        let Some(id) = self.number(&filters, self.subscribing.len()) else { return false };
        packet::subscribe(id, &filters, &mut self.outgoing);
        self.subscribing.insert(id, filters);
        true
    }

    /// Wants nothing of these any more. Says whether that is under way.
    pub fn unsubscribe(&mut self, filters: &[String]) -> bool {
        let Some(id) = self.number(filters, self.unsubscribing.len()) else { return false };
        packet::unsubscribe(id, filters, &mut self.outgoing);
        self.unsubscribing.insert(id);
        true
    }

    /// A number for what is answered.
    fn number(&mut self, filters: &[String], waiting: usize) -> Option<u16> {
        let bytes = 9 + filters.iter().map(|filter| 3 + filter.len()).sum::<usize>();
        if !self.is_up() || filters.is_empty() || waiting >= SUBSCRIBING_MAX || !self.has_room(bytes) {
            return None;
        }
        let is_free = |id: &u16| *id != 0 && !self.subscribing.contains_key(id) && !self.unsubscribing.contains(id);
        let id = (1..=u16::MAX).map(|more| self.last_id.wrapping_add(more)).find(is_free)?;
        self.last_id = id;
        Some(id)
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.outgoing.len() - self.sent + bytes <= OUTGOING_BYTES_MAX
    }

    /// Says goodbye. The connection is to be closed once that is sent.
    pub fn leave(&mut self) {
        if self.is_up() {
            packet::disconnect(&mut self.outgoing);
        }
    }

    /// What is to be sent.
    pub fn outgoing(&self) -> &[u8] {
        &self.outgoing[self.sent..]
    }

    /// So many of those bytes were sent.
    pub fn sent(&mut self, bytes: usize, now: Moment) {
        self.sent = (self.sent + bytes).min(self.outgoing.len());
        self.last_sent = now;
        if self.sent == self.outgoing.len() {
            self.outgoing.clear();
            self.sent = 0;
        } else if self.sent > OUTGOING_BYTES_MAX / 2 {
            self.outgoing.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// These bytes came. What they mean is to be taken by [`poll`](Self::poll) before more is handed in.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        if self.phase == ConnectionPhase::Closed {
            return;
        }
        self.incoming.drain(..self.taken);
        self.taken = 0;
        self.incoming.extend_from_slice(bytes);
        self.last_received = now;
    }

    /// Time has passed: the connection is tried where nothing has, and one that does not answer is over.
    pub fn tick(&mut self, now: Moment) -> Option<BrokerFault> {
        if self.waits_until.is_some_and(|until| until <= now) {
            self.closed();
            return Some(BrokerFault::Silent);
        }
        if self.is_up() && self.waits_until.is_none() && self.idle_until() <= now {
            packet::ping(&mut self.outgoing);
            self.waits_until = Some(now.after(BROKER_ANSWERS_WITHIN));
        }
        None
    }

    /// When time means something.
    pub fn deadline(&self) -> Option<Moment> {
        match self.phase {
            ConnectionPhase::Closed => None,
            ConnectionPhase::Greeting => self.waits_until,
            ConnectionPhase::Up => Some(self.waits_until.unwrap_or_else(|| self.idle_until())),
        }
    }

    /// The broker must hear of us, and we of it, before that.
    fn idle_until(&self) -> Moment {
        self.last_sent.min(self.last_received).after(KEEP_ALIVE)
    }

    /// What the bytes that came mean, one after the other.
    pub fn poll(&mut self) -> Option<BrokerEvent<'_>> {
        loop {
            if self.phase == ConnectionPhase::Closed {
                return None;
            }
            if let Some(filter) = self.denied.pop_front() {
                return Some(BrokerEvent::Denied(filter));
            }
            let begin = self.taken;
            let found = match packet::decode(&self.incoming[begin..]) {
                Ok(None) => return None,
                Ok(Some((packet, length))) => {
                    self.taken += length;
                    self.take(packet)
                }
                Err(bad) => Err(BrokerFault::Bad(bad)),
            };
            match found {
                Ok(Meaning::Nothing) => {}
                Ok(Meaning::Up) => return Some(BrokerEvent::Up),
                Ok(Meaning::Message { topic, payload }) => {
                    let (before, behind) = self.incoming[begin..].split_at_mut(payload.start);
                    let payload = &mut behind[..payload.len()];
                    let topic = std::str::from_utf8(&before[topic]).unwrap_or_default(); // it was looked at
                    return Some(BrokerEvent::Message { topic, payload });
                }
                Err(fault) => {
                    self.closed();
                    return Some(BrokerEvent::Down(fault));
                }
            }
        }
    }

    fn take(&mut self, packet: BrokerPacket) -> Result<Meaning, BrokerFault> {
        const UNASKED: BrokerFault = BrokerFault::Bad(BadPacket::Malformed);
        match (self.phase, packet) {
            (ConnectionPhase::Greeting, BrokerPacket::Welcome) => {
                (self.phase, self.waits_until) = (ConnectionPhase::Up, None);
                Ok(Meaning::Up)
            }
            (ConnectionPhase::Greeting, BrokerPacket::Refused(why)) => Err(BrokerFault::Refused(why)),
            (ConnectionPhase::Up, BrokerPacket::Publish { topic, payload }) => Ok(Meaning::Message { topic, payload }),
            (ConnectionPhase::Up, BrokerPacket::Subscribed { id, granted }) => {
                let filters = self.subscribing.remove(&id).filter(|filters| filters.len() == granted.len());
                let filters = filters.ok_or(UNASKED)?.into_iter().zip(granted);
                self.denied.extend(filters.filter(|(_, is_granted)| !is_granted).map(|(filter, _)| filter));
                Ok(Meaning::Nothing)
            }
            (ConnectionPhase::Up, BrokerPacket::Unsubscribed { id }) => {
                self.unsubscribing.remove(&id).then_some(Meaning::Nothing).ok_or(UNASKED)
            }
            (ConnectionPhase::Up, BrokerPacket::Alive) => {
                self.waits_until = None;
                Ok(Meaning::Nothing)
            }
            _ => Err(UNASKED),
        }
    }
}

impl Default for MqttClient {
    fn default() -> Self {
        Self::new()
    }
}

/// What a packet means to whoever uses the connection.
enum Meaning {
    Nothing,
    Up,
    Message { topic: std::ops::Range<usize>, payload: std::ops::Range<usize> },
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Moment {
        Moment::since_start(Duration::from_secs(seconds))
    }

    fn login() -> Login {
        Login { client_id: "abc".to_owned(), user: None }
    }

    /// A client that the broker took, and that has sent all it had to.
    fn up() -> MqttClient {
        let mut client = MqttClient::new();
        client.opened(&login(), at(0));
        client.receive(&[0x20, 2, 0, 0], at(0));
        assert_eq!(client.poll(), Some(BrokerEvent::Up));
        client.sent(usize::MAX / 2, at(0));
        client
    }

    fn is_down(client: &mut MqttClient) -> bool {
        let is_bad = matches!(client.poll(), Some(BrokerEvent::Down(BrokerFault::Bad(BadPacket::Malformed))));
        is_bad && !client.is_up() && client.poll().is_none() && client.deadline().is_none()
    }

    #[test]
    fn a_message_comes_once_it_is_complete_however_it_was_cut() {
        let bytes = [0x30, 7, 0, 3, b'a', b'/', b'b', 1, 2, 0xd0, 0, 0x30, 3, 0, 1, b'c'];
        for cut in 0..bytes.len() {
            let (mut client, mut came) = (up(), Vec::new());
            for part in [&bytes[..cut], &bytes[cut..]] {
                client.receive(part, at(1));
                while let Some(event) = client.poll() {
                    let BrokerEvent::Message { topic, payload } = event else { panic!("{event:?}") };
                    came.push((topic.to_owned(), payload.to_vec()));
                }
            }
            assert_eq!(came, [("a/b".to_owned(), vec![1, 2]), ("c".to_owned(), vec![])], "cut at {cut}");
        }
    }

    #[test]
    fn what_is_published_waits_while_the_broker_takes_nothing_up_to_a_bound() {
        let mut client = MqttClient::new();
        assert!(!client.publish("a", b"b"), "there is no broker");
        client.opened(&login(), at(0));
        assert!(!client.publish("a", b"b"), "it has not answered");
        let mut client = up();
        let mut count = 0;
        while client.publish("topic", &[7; 1000]) {
            count += 1;
            assert!(client.outgoing().len() <= OUTGOING_BYTES_MAX);
        }
        assert!(count > 250, "{count}");
        client.sent(OUTGOING_BYTES_MAX * 3 / 4, at(1));
        assert!(client.publish("topic", &[7; 1000]), "there is room again");
        while !client.outgoing().is_empty() {
            client.sent(1000, at(1));
        }
        assert!(client.outgoing.capacity() <= 2 * OUTGOING_BYTES_MAX);
    }

    #[test]
    fn a_broker_that_is_silent_for_half_a_minute_is_asked_and_has_ten_seconds() {
        let mut client = up();
        assert_eq!(client.deadline(), Some(at(30)));
        assert_eq!((client.tick(at(29)), client.outgoing()), (None, &[][..]));
        assert_eq!((client.tick(at(30)), client.outgoing()), (None, &[0xc0, 0][..]));
        client.sent(2, at(30));
        assert_eq!((client.tick(at(39)), client.deadline()), (None, Some(at(40))));
        client.receive(&[0xd0, 0], at(39));
        assert_eq!(client.poll(), None);
        assert_eq!(client.deadline(), Some(at(60)), "it was last written to at 30");
        assert_eq!(client.tick(at(60)), None);
        assert_eq!((client.tick(at(70)), client.deadline()), (Some(BrokerFault::Silent), None));
        let mut greeting = MqttClient::new();
        greeting.opened(&login(), at(5));
        assert_eq!((greeting.deadline(), greeting.tick(at(15))), (Some(at(15)), Some(BrokerFault::Silent)));
    }

    #[test]
    fn who_only_listens_or_only_speaks_asks_as_often() {
        let (mut listener, mut speaker) = (up(), up());
        listener.receive(&[0x30, 3, 0, 1, b'a'], at(29));
        assert!(listener.poll().is_some() && listener.deadline() == Some(at(30)), "the broker hears nothing of it");
        assert!(speaker.publish("a", b"b"));
        speaker.sent(7, at(29));
        assert_eq!(speaker.deadline(), Some(at(30)), "it hears nothing of the broker");
    }

    #[test]
    fn what_the_broker_does_not_grant_is_told_and_an_answer_to_nothing_ends_it() {
        let mut client = up();
        let filters = ["a", "b", "c"].map(str::to_owned);
        assert!(client.subscribe(filters.to_vec()) && client.unsubscribe(&filters[..1]));
        client.receive(&[0x90, 5, 0, 1, 0x80, 0, 0x80, 0xb0, 2, 0, 2], at(1));
        assert_eq!(client.poll(), Some(BrokerEvent::Denied("a".to_owned())));
        assert_eq!(client.poll(), Some(BrokerEvent::Denied("c".to_owned())));
        assert_eq!(client.poll(), None);
        client.receive(&[0xb0, 2, 0, 2], at(1));
        assert!(is_down(&mut client), "it was answered");
        let mut client = up();
        assert!(client.subscribe(filters.to_vec()));
        client.receive(&[0x90, 4, 0, 1, 0, 0], at(1));
        assert!(is_down(&mut client), "three were asked for");
    }

    #[test]
    fn a_broker_that_never_answers_subscriptions_is_asked_for_so_many() {
        let mut client = up();
        let begun = (0..1000).filter(|_| {
            client.sent(usize::MAX / 2, at(0));
            client.subscribe(vec!["a".to_owned()])
        });
        assert_eq!(begun.count(), SUBSCRIBING_MAX);
        client.last_id = u16::MAX - 1;
        let ids = (0..2).map(|_| {
            assert!(client.unsubscribe(&["a".to_owned()]));
            client.last_id
        });
        assert_eq!(ids.collect::<Vec<_>>(), [u16::MAX, 257], "0 is none, and those before are in use");
    }

    #[test]
    fn nothing_passes_before_the_welcome_and_none_comes_twice() {
        for early in [&[0x30, 3, 0, 1, b'a'][..], &[0xd0, 0], &[0x90, 3, 0, 1, 0]] {
            let mut client = MqttClient::new();
            client.opened(&login(), at(0));
            client.receive(early, at(0));
            assert!(is_down(&mut client), "{early:?}");
        }
        let mut client = up();
        client.receive(&[0x20, 2, 0, 0], at(1));
        assert!(is_down(&mut client));
        let mut client = MqttClient::new();
        client.opened(&login(), at(0));
        client.receive(&[0x20, 2, 0, 4, 0x30], at(0));
        let refused = BrokerEvent::Down(BrokerFault::Refused(ConnectRefusal::Login));
        assert_eq!(client.poll(), Some(refused));
        assert!(!client.is_up());
    }
}
