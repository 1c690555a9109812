//! One connection to a broker: what is to be sent, what came, and whether the broker is still there. A broker is trusted with
//! nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use zeroize::Zeroizing;

use crate::chat::base::limits::{
    BROKER_ANSWERS_WITHIN, BUFFER_KEPT_BYTES, FILTERS_MAX, KEEP_ALIVE, LEAVES_WITHIN, OUTGOING_BYTES_MAX,
    SUBSCRIBING_MAX,
};
use crate::chat::base::time::Moment;
use crate::chat::mqtt::packet::{self, BadPacket, BrokerPacket, ConnectRefusal, Login, TOPIC_BYTES_MAX};

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
    /// What is published there comes from now on.
    Granted(String),
    /// What is published there does not come: the broker says so, or does not say anything.
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
    /// It does not answer, or takes nothing.
    Silent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionPhase {
    Closed,
    /// CONNECT was sent; the answer must come by then.
    Greeting(Moment),
    Up,
    /// DISCONNECT was sent, and is waited for until then.
    Leaving(Moment),
}

/// Whether the broker was asked if it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    None,
    /// It stands in what is to be sent, which is sent as far as it once so many bytes are.
    Queued(usize),
    /// Something must come by then.
    Sent(Moment),
}

/// A connection to a broker.
pub struct MqttClient {
    phase: ConnectionPhase,
    /// What came, up to `taken` given out.
    incoming: Vec<u8>,
    taken: usize,
    /// So many bytes more that come are of a packet that is too long.
    skipped: usize,
    /// What is to be sent, up to `sent` done. It may hold the password.
    outgoing: Zeroizing<Vec<u8>>,
    sent: usize,
    /// When something last left, when bytes last came, and when the last whole packet did.
    last_sent: Moment,
    last_bytes: Moment,
    last_received: Moment,
    ping: Ping,
    /// What was asked for and when, by the number of the packet.
    subscribing: BTreeMap<u16, (Vec<String>, Moment)>,
    unsubscribing: BTreeSet<u16>,
    last_id: u16,
    /// What was granted and what was not, to be told.
    answered: VecDeque<(String, bool)>,
}

/// Nothing that was sent or came is shown.
impl fmt::Debug for MqttClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (incoming, outgoing) = (self.incoming.len(), self.outgoing.len());
        write!(f, "MqttClient({:?}, {incoming} bytes came, {outgoing} to send)", self.phase)
    }
}

impl MqttClient {
    /// It is not connected.
    pub fn new() -> Self {
        Self {
            phase: ConnectionPhase::Closed,
            incoming: Vec::new(),
            taken: 0,
            skipped: 0,
            outgoing: Zeroizing::default(),
            sent: 0,
            last_sent: Moment::START,
            last_bytes: Moment::START,
            last_received: Moment::START,
            ping: Ping::None,
            subscribing: BTreeMap::new(),
            unsubscribing: BTreeSet::new(),
            last_id: 0,
            answered: VecDeque::new(),
        }
    }

    /// There is a connection: the broker is greeted.
    pub fn opened(&mut self, login: &Login, now: Moment) {
        let phase = ConnectionPhase::Greeting(now.after(BROKER_ANSWERS_WITHIN));
        *self = Self { phase, last_sent: now, last_bytes: now, last_received: now, ..Self::new() };
        packet::connect(login, &mut self.outgoing);
    }

    /// There is none any more. What was to be sent is lost.
    pub fn closed(&mut self) {
        *self = Self::new();
    }

    /// Whether the broker takes what is published.
    pub fn is_up(&self) -> bool {
        self.phase == ConnectionPhase::Up
    }

    /// Whether the goodbye was sent, so that the connection can be closed.
    pub fn has_left(&self) -> bool {
        matches!(self.phase, ConnectionPhase::Leaving(_)) && self.outgoing.is_empty()
    }

    /// Publishes at QoS 0. Says whether there was room for it; else it is lost, as on a network.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> bool {
        // Five bytes of head and two of the topic's length, at the most.
        let has_room = topic.len() <= TOPIC_BYTES_MAX && self.has_room(topic.len() + payload.len() + 7);
        let is_taken = self.is_up() && has_room;
        if is_taken {
            packet::message(topic, payload, &mut self.outgoing);
        }
        is_taken
    }

    /// Subscribes to all of these. Says whether that is under way; what comes of each is told.
    pub fn subscribe(&mut self, filters: &[String], now: Moment) -> bool {
        let is_begun = self.may_ask(filters, self.subscribing.len());
        for filters in filters.chunks(FILTERS_MAX).take_while(|_| is_begun) {
            let id = self.number();
            packet::subscribe(id, filters, &mut self.outgoing);
            self.subscribing.insert(id, (filters.to_vec(), now));
        }
        is_begun
    }

    /// Wants nothing of these any more. Says whether that is under way.
    pub fn unsubscribe(&mut self, filters: &[String]) -> bool {
        let is_begun = self.may_ask(filters, self.unsubscribing.len());
        for filters in filters.chunks(FILTERS_MAX).take_while(|_| is_begun) {
            let id = self.number();
            packet::unsubscribe(id, filters, &mut self.outgoing);
            self.unsubscribing.insert(id);
        }
        is_begun
    }

    /// Whether there is room for these, beside so many that wait for an answer.
    fn may_ask(&self, filters: &[String], waiting: usize) -> bool {
        let packets = filters.len().div_ceil(FILTERS_MAX);
        let bytes = 7 * packets + filters.iter().map(|filter| 3 + filter.len()).sum::<usize>();
        let are_short = filters.iter().all(|filter| filter.len() <= TOPIC_BYTES_MAX);
        self.is_up() && are_short && waiting + packets <= SUBSCRIBING_MAX && self.has_room(bytes)
    }

    /// A number for what is answered: there are far more than may wait.
    fn number(&mut self) -> u16 {
        let is_free = |id: &u16| *id != 0 && !self.subscribing.contains_key(id) && !self.unsubscribing.contains(id);
        let mut ids = (1..=u16::MAX).map(|more| self.last_id.wrapping_add(more));
        self.last_id = ids.find(is_free).expect("512 of 65,535 are in use at most");
        self.last_id
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.outgoing.len() - self.sent + bytes <= OUTGOING_BYTES_MAX
    }

    /// Says goodbye. Nothing more is published, and what comes is dropped.
    pub fn leave(&mut self, now: Moment) {
        if self.is_up() {
            packet::disconnect(&mut self.outgoing);
            self.phase = ConnectionPhase::Leaving(now.after(LEAVES_WITHIN));
        }
    }

    /// What is to be sent.
    pub fn outgoing(&self) -> &[u8] {
        &self.outgoing[self.sent..]
    }

    /// So many of those bytes were sent.
    pub fn sent(&mut self, bytes: usize, now: Moment) {
        if bytes == 0 {
            return;
        }
        self.sent = self.sent.saturating_add(bytes).min(self.outgoing.len());
        self.last_sent = now;
        if matches!(self.ping, Ping::Queued(ends) if self.sent >= ends) {
            self.ping = Ping::Sent(now.after(BROKER_ANSWERS_WITHIN));
        }
        if self.sent == self.outgoing.len() {
            if matches!(self.phase, ConnectionPhase::Greeting(_)) || self.outgoing.capacity() > BUFFER_KEPT_BYTES {
                self.outgoing = Zeroizing::default(); // what it held is wiped
            }
            self.outgoing.clear();
            self.sent = 0;
        } else if self.sent > OUTGOING_BYTES_MAX / 2 {
            self.outgoing.drain(..self.sent);
            if let Ping::Queued(ends) = &mut self.ping {
                *ends -= self.sent;
            }
            self.sent = 0;
        }
    }

    /// These bytes came. What they mean is to be taken by [`poll`](Self::poll) before more is handed in, and before a
    /// [`tick`](Self::tick).
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        self.last_bytes = now;
        self.incoming.drain(..self.taken);
        self.taken = 0;
        if self.incoming.capacity() > 4 * BUFFER_KEPT_BYTES {
            self.incoming.shrink_to(BUFFER_KEPT_BYTES);
        }
        let skipped = self.skipped.min(bytes.len());
        self.skipped -= skipped;
        if matches!(self.phase, ConnectionPhase::Greeting(_) | ConnectionPhase::Up) {
            self.incoming.extend_from_slice(&bytes[skipped..]);
        }
    }

    /// Time has passed: the broker is asked where nothing comes or leaves, and one that does not answer is gone.
    pub fn tick(&mut self, now: Moment) -> Option<BrokerFault> {
        if self.over_at().is_some_and(|over| over <= now) {
            self.closed();
            return Some(BrokerFault::Silent);
        }
        if self.is_up() && self.ping == Ping::None && self.idle_until() <= now {
            packet::ping(&mut self.outgoing);
            self.ping = Ping::Queued(self.outgoing.len());
        }
        for (filters, asked) in self.subscribing.values_mut() {
            if !filters.is_empty() && asked.after(KEEP_ALIVE) <= now {
                // The number stays in use: the answer may still come.
                self.answered.extend(std::mem::take(filters).into_iter().map(|filter| (filter, false)));
            }
        }
        None
    }

    /// When time means something.
    pub fn deadline(&self) -> Option<Moment> {
        let idle = (self.is_up() && self.ping == Ping::None).then(|| self.idle_until());
        let waiting = self.subscribing.values().filter(|(filters, _)| !filters.is_empty());
        let unanswered = waiting.map(|(_, asked)| asked.after(KEEP_ALIVE)).min();
        self.over_at().into_iter().chain(idle).chain(unanswered).min()
    }

    /// The broker must hear of us, and we of it, before that.
    fn idle_until(&self) -> Moment {
        self.last_sent.min(self.last_received).after(KEEP_ALIVE)
    }

    /// When it is over, unless something comes or leaves before.
    fn over_at(&self) -> Option<Moment> {
        match (self.phase, self.ping) {
            (ConnectionPhase::Closed, _) => None,
            (ConnectionPhase::Greeting(until) | ConnectionPhase::Leaving(until), _) => Some(until),
            (ConnectionPhase::Up, Ping::Sent(until)) => Some(until),
            // It does not leave while the broker takes nothing; a slow line takes something.
            (ConnectionPhase::Up, _) if !self.outgoing.is_empty() => {
                Some(self.last_sent.after(KEEP_ALIVE + BROKER_ANSWERS_WITHIN))
            }
            (ConnectionPhase::Up, _) => None,
        }
    }

    /// What the bytes that came mean, one after the other.
    pub fn poll(&mut self) -> Option<BrokerEvent<'_>> {
        loop {
            if let Some((filter, is_granted)) = self.answered.pop_front() {
                return Some(if is_granted { BrokerEvent::Granted(filter) } else { BrokerEvent::Denied(filter) });
            }
            let begin = self.taken;
            let found = match packet::decode(self.incoming.get(begin..).unwrap_or_default()) {
                Ok(None) => return None,
                Ok(Some((packet, length))) => {
                    let here = length.min(self.incoming.len() - begin);
                    self.taken += here;
                    self.skipped = length - here;
                    self.hear();
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

    /// A packet came: whoever sends that is there, though the answer may stand behind much else.
    fn hear(&mut self) {
        self.last_received = self.last_bytes;
        if let Ping::Sent(until) = &mut self.ping {
            *until = self.last_received.after(BROKER_ANSWERS_WITHIN);
        }
    }

    fn take(&mut self, packet: BrokerPacket) -> Result<Meaning, BrokerFault> {
        const UNASKED: BrokerFault = BrokerFault::Bad(BadPacket::Malformed);
        match (self.phase, packet) {
            (ConnectionPhase::Leaving(_), _) => Ok(Meaning::Nothing),
            (_, BrokerPacket::Refused(why)) => Err(BrokerFault::Refused(why)), // also later, by some
            (ConnectionPhase::Greeting(_), BrokerPacket::Welcome) if self.outgoing.is_empty() => {
                self.phase = ConnectionPhase::Up;
                Ok(Meaning::Up)
            }
            (ConnectionPhase::Up, BrokerPacket::Publish { topic, payload }) => Ok(Meaning::Message { topic, payload }),
            (ConnectionPhase::Up, BrokerPacket::Retained | BrokerPacket::Overlong) => Ok(Meaning::Nothing),
            (ConnectionPhase::Up, BrokerPacket::Subscribed { id, granted }) => {
                let (filters, _) = self.subscribing.remove(&id).ok_or(UNASKED)?;
                if !filters.is_empty() && filters.len() != granted.len() {
                    return Err(UNASKED);
                }
                self.answered.extend(filters.into_iter().zip(granted));
                Ok(Meaning::Nothing)
            }
            (ConnectionPhase::Up, BrokerPacket::Unsubscribed { id }) => {
                self.unsubscribing.remove(&id).then_some(Meaning::Nothing).ok_or(UNASKED)
            }
            (ConnectionPhase::Up, BrokerPacket::Alive) => {
                if matches!(self.ping, Ping::Sent(_)) {
                    self.ping = Ping::None;
                }
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
        Login::new("abc".to_owned(), None).expect("it is short")
    }

    /// A client that the broker took, and that has sent all it had to.
    fn up() -> MqttClient {
        let mut client = MqttClient::new();
        client.opened(&login(), at(0));
        client.sent(usize::MAX, at(0));
        client.receive(&[0x20, 2, 0, 0], at(0));
        assert_eq!(client.poll(), Some(BrokerEvent::Up));
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
        assert!(client.outgoing.capacity() <= BUFFER_KEPT_BYTES, "the room is given back");
        assert!(!client.publish(&"x".repeat(TOPIC_BYTES_MAX + 1), b""));
    }

    #[test]
    fn a_broker_that_is_silent_for_half_a_minute_is_asked_and_has_ten_seconds() {
        let mut client = up();
        assert_eq!(client.deadline(), Some(at(30)));
        assert_eq!((client.tick(at(29)), client.outgoing()), (None, &[][..]));
        assert_eq!((client.tick(at(30)), client.outgoing()), (None, &[0xc0, 0][..]));
        assert_eq!((client.tick(at(30)), client.outgoing().len()), (None, 2), "once");
        client.sent(0, at(33));
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
    fn a_slow_line_is_none_that_is_silent() {
        let (mut sends, mut listens, mut frozen) = (up(), up(), up());
        while sends.publish("a", &[7; 1000]) {}
        assert!(frozen.publish("a", b"b"));
        for second in 1..60 {
            sends.sent(4096, at(second));
            if second >= 30 {
                listens.sent(2, at(30)); // it was asked, and the answer stands behind much else
            }
            listens.receive(&[0x30, 3, 0, 1, b'a'], at(second));
            assert!(matches!(listens.poll(), Some(BrokerEvent::Message { .. })));
            assert_eq!([sends.tick(at(second)), listens.tick(at(second))], [None, None], "{second}");
            assert_eq!(frozen.tick(at(second)).is_some(), second == 40, "nothing leaves, {second}");
        }
        let mut single_bytes = up();
        single_bytes.receive(&[0x30, 0xf0, 0x7f], at(1));
        let ended = (2..100).find(|&second| {
            single_bytes.receive(b"x", at(second));
            single_bytes.sent(2, at(second));
            single_bytes.poll().is_some() || single_bytes.tick(at(second)).is_some()
        });
        assert_eq!(ended, Some(41), "bytes that become nothing are no answer");
    }

    /// Whoever may write to a topic can send that to all who listen there, and leave it there.
    #[test]
    fn what_is_too_long_is_passed_over_and_what_was_left_there_is_too() {
        let overlong = [&[0x30, 0xa0, 0x9c, 1, 0, 1, b'a'][..], &vec![7; 20_000 - 3]].concat();
        let good = [0x30, 3, 0, 1, b'c'];
        let bytes = [&overlong[..], &[0x31, 3, 0, 1, b'b'], &good, &overlong, &good].concat();
        for each in [1, 3, 1000, bytes.len()] {
            let (mut client, mut came) = (up(), 0);
            for piece in bytes.chunks(each) {
                client.receive(piece, at(1));
                while let Some(event) = client.poll() {
                    assert!(matches!(event, BrokerEvent::Message { topic: "c", .. }), "{event:?}");
                    came += 1;
                }
                assert!(client.incoming.len() <= each + 8, "it is not kept");
            }
            assert_eq!((came, client.is_up()), (2, true), "in pieces of {each}");
        }
        let mut client = up();
        client.receive(&[0x30, 0xff, 0xff, 0xff, 0x7f], at(1));
        assert!(client.poll().is_none() && client.is_up() && client.incoming.capacity() < 100);
    }

    #[test]
    fn a_password_is_neither_shown_nor_kept() {
        let user = Some(("ann".to_owned(), "Tr0ub4dor".to_owned().into()));
        let (login, mut client) = (Login::new("abc".to_owned(), user).expect("it is short"), MqttClient::new());
        client.opened(&login, at(0));
        assert!(client.outgoing().windows(9).any(|part| part == b"Tr0ub4dor"), "it is sent");
        let shown = format!("{client:?} {login:?}");
        assert!(!shown.contains("Tr0ub4dor") && !shown.contains("84, 114, 48"), "{shown}");
        client.sent(usize::MAX, at(0));
        assert_eq!(client.outgoing.capacity(), 0);
        let long = "x".repeat(packet::LOGIN_BYTES_MAX + 1);
        assert_eq!(Login::new("abc".to_owned(), Some((long, String::new().into()))), None);
    }

    #[test]
    fn who_leaves_says_nothing_more_and_waits_a_second_for_a_broker_that_takes_nothing() {
        let mut client = up();
        client.leave(at(5));
        assert_eq!(client.outgoing(), [0xe0, 0]);
        assert!(!client.publish("a", b"b") && !client.has_left());
        client.leave(at(5));
        client.receive(&[0x30, 3, 0, 1, b'a', 0x20], at(5));
        assert_eq!(client.poll(), None);
        client.sent(2, at(5));
        assert!(client.has_left());
        assert_eq!((client.deadline(), client.tick(at(6))), (Some(at(6)), Some(BrokerFault::Silent)));
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
        assert!(client.subscribe(&filters, at(0)) && client.unsubscribe(&filters[..1]));
        client.receive(&[0x90, 5, 0, 1, 0x80, 0, 0x80, 0xb0, 2, 0, 2], at(1));
        assert_eq!(client.poll(), Some(BrokerEvent::Denied("a".to_owned())));
        assert_eq!(client.poll(), Some(BrokerEvent::Granted("b".to_owned())));
        assert_eq!(client.poll(), Some(BrokerEvent::Denied("c".to_owned())));
        assert_eq!(client.poll(), None);
        client.receive(&[0xb0, 2, 0, 2], at(1));
        assert!(is_down(&mut client), "it was answered");
        let mut client = up();
        assert!(client.subscribe(&filters, at(0)));
        client.receive(&[0x90, 4, 0, 1, 0, 0], at(1));
        assert!(is_down(&mut client), "three were asked for");
    }

    #[test]
    fn what_is_subscribed_without_an_answer_does_not_come_and_an_answer_that_is_late_ends_nothing() {
        let mut client = up();
        assert!(client.subscribe(&["a".to_owned()], at(0)));
        client.sent(usize::MAX, at(20));
        client.receive(&[0x30, 3, 0, 1, b'x'], at(29));
        assert!(matches!(client.poll(), Some(BrokerEvent::Message { .. })));
        assert_eq!((client.deadline(), client.tick(at(30))), (Some(at(30)), None));
        assert_eq!(client.poll(), Some(BrokerEvent::Denied("a".to_owned())));
        assert_eq!(client.deadline(), Some(at(50)), "once");
        client.receive(&[0x90, 3, 0, 1, 0], at(40));
        assert_eq!(client.poll(), None);
        assert!(client.is_up());
    }

    #[test]
    fn many_filters_go_in_packets_that_a_broker_takes() {
        let mut client = up();
        let filters: Vec<String> = (0..20).map(|number| format!("topic/{number}")).collect();
        assert!(client.subscribe(&filters, at(0)));
        let counts: Vec<usize> = client.subscribing.values().map(|(filters, _)| filters.len()).collect();
        assert_eq!(counts, [8, 8, 4]);
        assert!(!client.subscribe(&["x".repeat(TOPIC_BYTES_MAX + 1)], at(0)));
    }

    #[test]
    fn a_broker_that_never_answers_subscriptions_is_asked_for_so_many() {
        let mut client = up();
        let begun = (0..1000).filter(|_| {
            client.sent(usize::MAX, at(0));
            client.subscribe(&["a".to_owned()], at(0))
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
        for early in [&[0x30, 3, 0, 1, b'a'][..], &[0xd0, 0], &[0x90, 3, 0, 1, 0], b"SSH-2.0", b"220 ", b"H"] {
            let mut client = MqttClient::new();
            client.opened(&login(), at(0));
            client.sent(usize::MAX, at(0));
            client.receive(early, at(0));
            assert!(is_down(&mut client), "{early:?}");
        }
        let mut client = up();
        client.receive(&[0x20, 2, 0, 0], at(1));
        assert!(is_down(&mut client));
        let mut client = MqttClient::new();
        client.opened(&login(), at(0));
        client.receive(&[0x20, 2, 0, 4, 0x30], at(0));
        let mut hasty = MqttClient::new();
        hasty.opened(&login(), at(0));
        hasty.receive(&[0x20, 2, 0, 0], at(0));
        assert!(is_down(&mut hasty), "it cannot have read who we are");
        let refused = BrokerEvent::Down(BrokerFault::Refused(ConnectRefusal::Login));
        assert_eq!(client.poll(), Some(refused));
        assert!(!client.is_up());
    }
}
