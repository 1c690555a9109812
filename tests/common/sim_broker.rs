//! A broker that exists in memory alone: it loses, copies, delays, splits, replays and goes away, and it keeps all that it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use chinwag::chat::api::carrier::{BrokerInput, BrokerJob, BrokerTrouble};
use chinwag::chat::api::machine::Input;
use chinwag::chat::base::broker_url::BrokerUrl;
use chinwag::chat::base::time::Moment;
use chinwag::chat::keys::carrier::CarrierClient;

use super::{Step, Violation, World};

/// What a broker does to what it carries. Shares are of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrokerFaults {
    pub loss: u64,
    pub copies: u64,
    /// So much is carried once more, much later.
    pub replays: u64,
    /// So long it takes at most, beside `path`.
    pub delay: Duration,
    /// From a client to the broker, and from there to another.
    pub path: Duration,
}

/// The broker.
#[derive(Default)]
pub struct SimBroker {
    pub faults: BrokerFaults,
    /// It is not there.
    is_away: bool,
    /// Who wants to be connected, and to which prefix.
    wanting: BTreeMap<usize, Arc<BrokerUrl>>,
    /// The number of the connection of each who is connected.
    connected: BTreeMap<usize, u64>,
    connections: u64,
    filters: BTreeSet<(String, usize)>,
    /// Hosts of different groups hear nothing of each other there.
    pub split: BTreeMap<usize, u32>,
    /// Whoever is here is not granted anything.
    pub denied: BTreeSet<usize>,
    /// All that was published: when, by whom, where and what.
    pub published: Vec<(Moment, usize, String, Rc<[u8]>)>,
}

/// What happens at the broker.
#[derive(Debug)]
pub enum AtBroker {
    Connected,
    Granted(String),
    Carried(String, Rc<[u8]>),
}

impl SimBroker {
    /// How many publishes there were to room topics, and to inboxes.
    pub fn counts(&self) -> (usize, usize) {
        let inboxes = self.published.iter().filter(|(_, _, topic, _)| topic.contains("/i/")).count();
        (self.published.len() - inboxes, inboxes)
    }
}

impl World {
    pub fn url() -> Arc<BrokerUrl> {
        Arc::new("mqtts://hub.example".parse().expect("a broker"))
    }

    /// What a node wants done there.
    pub(super) fn at_broker(&mut self, host: usize, broker: Arc<BrokerUrl>, job: BrokerJob) {
        match job {
            BrokerJob::Connect => {
                self.broker.wanting.insert(host, broker);
                self.connect(host, Duration::from_millis(50));
            }
            BrokerJob::Subscribe(filters) => {
                for filter in filters {
                    self.broker.filters.insert((filter.clone(), host));
                    self.plan_at_broker(host, self.broker.faults.path * 2, AtBroker::Granted(filter));
                }
            }
            BrokerJob::Unsubscribe(filters) => {
                self.broker.filters.retain(|(filter, listener)| *listener != host || !filters.contains(filter));
            }
            BrokerJob::Publish { topic, payload } => self.carry(host, &topic, &payload),
            BrokerJob::Leave => {
                self.broker.wanting.remove(&host);
                self.disconnect(host);
            }
        }
    }

    /// Somebody publishes, who need not be a node.
    pub fn carry(&mut self, host: usize, topic: &str, payload: &Rc<[u8]>) {
        self.broker.published.push((self.now, host, topic.to_owned(), Rc::clone(payload)));
        if self.broker.is_away {
            return;
        }
        let listeners: Vec<usize> =
            self.broker.filters.iter().filter(|(filter, _)| filter == topic).map(|&(_, listener)| listener).collect();
        let group = |broker: &SimBroker, host| broker.split.get(&host).copied();
        let BrokerFaults { loss, copies, replays, delay, path } = self.broker.faults;
        for listener in listeners {
            if group(&self.broker, host) != group(&self.broker, listener) || self.below(1000) < loss {
                continue;
            }
            let count = 1 + u64::from(self.below(1000) < copies);
            let mut waits = Vec::new();
            for _ in 0..count {
                let jitter = Duration::from_micros(self.below(u64::try_from(delay.as_micros()).unwrap_or(0).max(1)));
                waits.push(path * 2 + jitter);
            }
            if self.below(1000) < replays {
                waits.push(Duration::from_secs(60 + self.below(3600)));
            }
            for wait in waits {
                self.plan_at_broker(listener, wait, AtBroker::Carried(topic.to_owned(), Rc::clone(payload)));
            }
        }
    }

    fn plan_at_broker(&mut self, host: usize, wait: Duration, what: AtBroker) {
        let connection = self.broker.connected.get(&host).copied().unwrap_or_default();
        self.plan(self.now.after(wait), Step::AtBroker { host, connection, what });
    }

    fn connect(&mut self, host: usize, within: Duration) {
        if self.broker.is_away || !self.broker.wanting.contains_key(&host) {
            return;
        }
        self.broker.connections += 1;
        self.broker.connected.insert(host, self.broker.connections);
        let wait = Duration::from_micros(self.below(u64::try_from(within.as_micros()).expect("seconds").max(1)));
        self.plan_at_broker(host, wait + self.broker.faults.path * 4, AtBroker::Connected);
    }

    pub(super) fn disconnect(&mut self, host: usize) {
        self.broker.connected.remove(&host);
        self.broker.filters.retain(|(_, listener)| *listener != host);
    }

    pub(super) fn step_at_broker(&mut self, host: usize, connection: u64, what: &AtBroker) -> Result<(), Violation> {
        if self.broker.connected.get(&host) != Some(&connection) {
            return Ok(()); // of a connection that is over
        }
        let Some(broker) = self.broker.wanting.get(&host).cloned() else { return Ok(()) };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&connection.to_le_bytes());
        let input = match what {
            AtBroker::Connected => BrokerInput::Up(CarrierClient::from_bytes(bytes)),
            AtBroker::Granted(topic) if self.broker.denied.contains(&host) => BrokerInput::Denied(topic),
            AtBroker::Granted(topic) => BrokerInput::Granted(topic),
            AtBroker::Carried(topic, payload) => BrokerInput::Carried { topic, payload },
        };
        self.handle(host, Input::Broker(broker, input))
    }

    /// The broker goes away, or comes back, and everybody connects again within the first back-off.
    pub fn set_broker_away(&mut self, is_away: bool) -> Result<(), Violation> {
        self.broker.is_away = is_away;
        if !is_away {
            let wanting: Vec<usize> = self.broker.wanting.keys().copied().collect();
            for host in wanting {
                self.connect(host, Duration::from_secs(5));
            }
            return Ok(());
        }
        let connected: Vec<usize> = self.broker.connected.keys().copied().collect();
        for host in connected {
            self.disconnect(host);
            let Some(broker) = self.broker.wanting.get(&host).cloned() else { continue };
            self.handle(host, Input::Broker(broker, BrokerInput::Down(BrokerTrouble::Closed)))?;
        }
        Ok(())
    }

    /// One that was subscribed to: the topic of a room, or somebody's inbox.
    pub fn filters_of(&self, host: usize) -> Vec<String> {
        self.broker.filters.iter().filter(|(_, listener)| *listener == host).map(|(filter, _)| filter.clone()).collect()
    }
}
