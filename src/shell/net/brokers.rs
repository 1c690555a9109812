//! All brokers of a session.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use mio::{Registry, Token, Waker};

use super::broker_access::BrokerAccess;
use super::broker_connection::{BrokerConnection, Carried, FromBroker};
use crate::chat::api::carrier::{BrokerJob, BrokerTrouble};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::{Moment, Now};

/// So much is read at once.
const READ_BYTES: usize = 16 * 1024;
/// All brokers of a session.
#[derive(Debug)]
pub struct Brokers {
    connections: Vec<BrokerConnection>,
    /// What the configuration says of brokers, by their hosts.
    access: BTreeMap<String, BrokerAccess>,
    tokens: std::ops::Range<usize>,
    registry: Registry,
    waker: Arc<Waker>,
    rng: Rng,
    buffer: Vec<u8>,
    /// Reused for all that was published.
    carried: Carried,
    /// What went wrong, to be told.
    down: VecDeque<(Arc<BrokerUrl>, BrokerTrouble)>,
}

impl Brokers {
    /// None yet. They are polled by these tokens: there are never more brokers than those.
    pub fn new(
        access: BTreeMap<String, BrokerAccess>,
        tokens: std::ops::Range<usize>,
        registry: Registry,
        waker: Arc<Waker>,
        rng: Rng,
    ) -> Self {
        Self {
            connections: Vec::new(),
            access,
            tokens,
            registry,
            waker,
            rng,
            buffer: Vec::new(),
            carried: Carried::default(),
            down: VecDeque::new(),
        }
    }

    /// Does what a room wants at a broker.
    pub fn take_job(&mut self, broker: &Arc<BrokerUrl>, job: BrokerJob, now: Moment) {
        if job == BrokerJob::Connect {
            let is_free = |token: &usize| self.connections.iter().all(|of| of.token() != Token(*token));
            let Some(token) = self.tokens.clone().find(is_free) else {
                return self.down.push_back((Arc::clone(broker), BrokerTrouble::TooMany));
            };
            let access = self.access.get(&broker.host()).cloned().unwrap_or_default();
            self.connections.push(BrokerConnection::new(Arc::clone(broker), access, Token(token)));
            self.buffer.resize(READ_BYTES, 0);
        } else if let Some(connection) = self.connections.iter_mut().find(|of| of.url() == broker && !of.is_leaving()) {
            connection.take_job(job, now);
        }
    }

    /// The system has something to tell.
    pub fn wake(&mut self, token: Token) {
        self.connections.iter_mut().filter(|of| of.token() == token).for_each(BrokerConnection::wake);
    }

    /// When one of them wants a turn.
    pub fn deadline(&self) -> Option<Moment> {
        self.connections.iter().filter_map(BrokerConnection::deadline).min()
    }

    /// Whether something is left over from the last turn.
    pub fn is_left_over(&self) -> bool {
        self.connections.iter().any(BrokerConnection::is_left_over)
    }

    /// Goes on with what is under way.
    pub fn turn(&mut self, now: Now) {
        for connection in &mut self.connections {
            let trouble = connection.turn(&mut self.rng, &self.registry, &self.waker, now);
            let trouble = trouble.filter(|_| !connection.is_leaving());
            self.down.extend(trouble.map(|trouble| (Arc::clone(connection.url()), trouble)));
        }
        self.connections.retain(|connection| !connection.has_left());
    }

    /// What came next; what was published is in [`carried`](Self::carried).
    pub fn poll(&mut self, now: Moment) -> Option<(Arc<BrokerUrl>, FromBroker)> {
        if let Some((broker, trouble)) = self.down.pop_front() {
            return Some((broker, FromBroker::Down(trouble)));
        }
        for connection in &mut self.connections {
            let given = (&mut self.rng, &self.registry);
            if let Some(came) = connection.poll(&mut self.carried, &mut self.buffer, given, now)
                && !connection.is_leaving()
            {
                return Some((Arc::clone(connection.url()), came));
            }
        }
        None
    }

    /// Where the last that was published was put. It may be kept until more is asked for, and given back.
    pub fn carried(&mut self) -> &mut Carried {
        &mut self.carried
    }

    /// Sends what is to be sent.
    pub fn flush(&mut self, now: Moment) {
        for connection in &mut self.connections {
            let trouble = connection.flush(&mut self.rng, &self.registry, now);
            let trouble = trouble.filter(|_| !connection.is_leaving());
            self.down.extend(trouble.map(|trouble| (Arc::clone(connection.url()), trouble)));
        }
    }

    /// Says goodbye to all.
    pub fn leave(&mut self, now: Moment) {
        for connection in &mut self.connections {
            connection.take_job(BrokerJob::Leave, now);
        }
    }

    /// Whether that is said, so that nothing has to be waited for.
    pub fn has_left(&mut self, now: Moment) -> bool {
        self.flush(now);
        self.connections.retain(|connection| !connection.has_left());
        self.connections.is_empty()
    }
}
