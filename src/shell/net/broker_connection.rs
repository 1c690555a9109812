//! One broker: it is looked up, connected to, greeted, and tried again later where that fails.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use mio::{Registry, Token, Waker};

use super::broker_access::{BrokerAccess, Prepared};
use super::broker_stream::{BrokerStream, StreamRead};
use super::resolve::apart;
use crate::chat::api::carrier::{BrokerJob, BrokerTrouble};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::limits::{BROKER_ADDRESS_WITHIN, BROKER_ADDRESSES_MAX};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::{Moment, Now};
use crate::chat::keys::carrier::CarrierClient;
use crate::chat::mqtt::client::{BrokerEvent, BrokerFault, MqttClient};
use crate::chat::mqtt::packet::ConnectRefusal;
use crate::chat::mqtt::reconnect::Reconnect;
use crate::view::words::en;

/// How often it is read in one turn, so that a flood starves nothing else.
const READS_PER_TURN: usize = 4;

/// One broker.
pub struct BrokerConnection {
    url: Arc<BrokerUrl>,
    access: BrokerAccess,
    token: Token,
    stage: Stage,
    mqtt: MqttClient,
    reconnect: Reconnect,
    /// Who one is there, this time.
    client: CarrierClient,
    reads_left: usize,
    /// What a room needs could not be asked for: it is begun anew.
    is_stuck: bool,
    /// No room goes through it any more: nothing of it is told.
    is_leaving: bool,
}

/// How far the connection is.
enum Stage {
    /// It is tried again then.
    Waiting(Moment),
    /// Its name and what it is entered with are being looked up, which a thread waits for.
    Preparing(Receiver<Result<Prepared, BrokerTrouble>>),
    /// An address is being connected to, until then; the rest is tried after it.
    Connecting(BrokerStream, Moment, Prepared),
    /// There is a connection.
    Open(BrokerStream),
}

/// What came from a broker. What was published is in the buffers that were handed in.
#[derive(Debug)]
pub enum FromBroker {
    /// It takes this client.
    Up(CarrierClient),
    /// What is published there comes from now on.
    Granted(String),
    /// It does not.
    Denied(String),
    /// Something was published.
    Carried,
    /// It is not reached.
    Down(BrokerTrouble),
}

/// Where what was published is put.
#[derive(Debug, Default)]
pub struct Carried {
    /// Where it was published.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
}

/// No password is shown.
impl fmt::Debug for BrokerConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokerConnection({} {:?})", self.url, self.mqtt)
    }
}

impl BrokerConnection {
    /// It is connected to in the next turn.
    pub fn new(url: Arc<BrokerUrl>, access: BrokerAccess, token: Token) -> Self {
        Self {
            url,
            access,
            token,
            stage: Stage::Waiting(Moment::START),
            mqtt: MqttClient::new(),
            reconnect: Reconnect::default(),
            client: CarrierClient::from_bytes([0; 32]),
            reads_left: 0,
            is_stuck: false,
            is_leaving: false,
        }
    }

    /// Whether it is being left: another one may take its place.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Which broker it is.
    pub fn url(&self) -> &Arc<BrokerUrl> {
        &self.url
    }

    /// What it is polled by.
    pub fn token(&self) -> Token {
        self.token
    }

    /// The system has something to tell of it.
    pub fn wake(&mut self) {
        if let Stage::Connecting(stream, ..) | Stage::Open(stream) = &mut self.stage {
            stream.wake();
        }
    }

    /// Does what a room wants. What there is no room for is lost, as on a network.
    pub fn take_job(&mut self, job: BrokerJob, now: Moment) {
        match job {
            BrokerJob::Connect => {}
            BrokerJob::Subscribe(filters) => self.is_stuck |= !self.mqtt.subscribe(&filters, now),
            BrokerJob::Unsubscribe(filters) => drop(self.mqtt.unsubscribe(&filters)),
            BrokerJob::Publish { topic, payload } => drop(self.mqtt.publish(&topic, &payload)),
            BrokerJob::Leave => {
                self.is_leaving = true;
                if self.mqtt.is_up() {
                    self.mqtt.leave(now);
                } else {
                    self.stage = Stage::Waiting(now); // what is under way is closed by this
                }
            }
        }
    }

    /// Whether it is left, and nothing is to be waited for.
    pub fn has_left(&self) -> bool {
        self.is_leaving && (self.mqtt.has_left() || !matches!(self.stage, Stage::Open(_)))
    }

    /// Whether something is left over from the last turn.
    pub fn is_left_over(&self) -> bool {
        matches!(&self.stage, Stage::Open(stream) if self.reads_left == 0 && stream.is_readable())
    }

    /// When it wants another turn.
    pub fn deadline(&self) -> Option<Moment> {
        match &self.stage {
            Stage::Waiting(until) | Stage::Connecting(_, until, _) => Some(*until),
            Stage::Preparing(_) => None, // the thread wakes the loop
            Stage::Open(_) => self.mqtt.deadline(),
        }
    }

    /// Goes on with what is under way. Says why it failed, where it did.
    pub fn turn(&mut self, rng: &mut Rng, registry: &Registry, waker: &Arc<Waker>, now: Now) -> Option<BrokerTrouble> {
        self.reads_left = READS_PER_TURN;
        let went = self.go_on(rng, registry, waker, now);
        went.err().map(|trouble| self.fail(trouble, None, rng, registry, now.moment))
    }

    fn go_on(&mut self, rng: &mut Rng, registry: &Registry, waker: &Arc<Waker>, now: Now) -> Result<(), BrokerTrouble> {
        match &mut self.stage {
            Stage::Waiting(until) if *until <= now.moment && !self.is_leaving => {
                let (access, url) = (self.access.clone(), Arc::clone(&self.url));
                self.stage = Stage::Preparing(apart(Arc::clone(waker), move || access.prepare(&url)));
                Ok(())
            }
            Stage::Waiting(_) => Ok(()),
            Stage::Preparing(answer) => match answer.try_recv() {
                Ok(prepared) => {
                    let mut prepared = prepared?;
                    prepared.addresses = in_turn(std::mem::take(&mut prepared.addresses));
                    prepared.addresses.reverse(); // the next one is the last
                    self.connect(prepared, registry, now.moment)
                }
                Err(TryRecvError::Empty) => Ok(()),
                Err(TryRecvError::Disconnected) => Err(BrokerTrouble::Local(en::carrier::NO_THREAD.to_owned())),
            },
            Stage::Connecting(stream, until, _) => match stream.connected() {
                Ok(Some(local)) => self.greet(local, rng, now),
                Ok(None) if *until > now.moment => Ok(()),
                failed => {
                    let why = failed.err().unwrap_or(BrokerTrouble::Silent);
                    match std::mem::replace(&mut self.stage, Stage::Waiting(now.moment)) {
                        Stage::Connecting(_, _, rest) if !rest.addresses.is_empty() => {
                            self.connect(rest, registry, now.moment)
                        }
                        _ => Err(why),
                    }
                }
            },
            Stage::Open(_) if std::mem::take(&mut self.is_stuck) => Err(BrokerTrouble::Silent),
            Stage::Open(stream) => stream.flush(),
        }
    }

    /// Begins to connect to the last of these.
    fn connect(&mut self, mut rest: Prepared, registry: &Registry, now: Moment) -> Result<(), BrokerTrouble> {
        let mut why = BrokerTrouble::Silent;
        while let Some(address) = rest.addresses.pop() {
            match BrokerStream::connect(address, rest.tls.clone(), registry, self.token) {
                Ok(stream) => {
                    self.stage = Stage::Connecting(stream, now.after(BROKER_ADDRESS_WITHIN), rest);
                    return Ok(());
                }
                Err(trouble) => why = trouble, // this machine may have no way to one family
            }
        }
        Err(why)
    }

    /// There is a connection: who one is is told to the broker, by another name each time.
    fn greet(&mut self, local: SocketAddr, rng: &mut Rng, now: Now) -> Result<(), BrokerTrouble> {
        self.client = CarrierClient::new(rng, now.wall, &local.to_string());
        if let Stage::Connecting(stream, _, prepared) = std::mem::replace(&mut self.stage, Stage::Waiting(now.moment)) {
            let login = prepared.login(self.client.id())?;
            self.mqtt.opened(&login, now.moment);
            self.stage = Stage::Open(stream);
        }
        Ok(())
    }

    /// It is over for now.
    fn fail(
        &mut self,
        trouble: BrokerTrouble,
        fault: Option<BrokerFault>,
        rng: &mut Rng,
        registry: &Registry,
        now: Moment,
    ) -> BrokerTrouble {
        let next = self.reconnect.down(fault, rng, now);
        if let Stage::Connecting(stream, ..) | Stage::Open(stream) =
            std::mem::replace(&mut self.stage, Stage::Waiting(next))
        {
            stream.close(registry);
        }
        self.mqtt.closed();
        trouble
    }

    /// What came next; what was published goes into `carried`. In one turn it is read so often, and no more.
    pub fn poll(
        &mut self,
        carried: &mut Carried,
        buffer: &mut [u8],
        (rng, registry): (&mut Rng, &Registry),
        now: Moment,
    ) -> Option<FromBroker> {
        loop {
            match self.mqtt.poll() {
                Some(BrokerEvent::Up) => {
                    self.reconnect.up(now);
                    return Some(FromBroker::Up(self.client.clone()));
                }
                Some(BrokerEvent::Granted(filter)) => return Some(FromBroker::Granted(filter)),
                Some(BrokerEvent::Denied(filter)) => return Some(FromBroker::Denied(filter)),
                Some(BrokerEvent::Message { topic, payload }) => {
                    carried.topic.clear();
                    carried.topic.push_str(topic);
                    carried.payload.clear();
                    carried.payload.extend_from_slice(payload);
                    return Some(FromBroker::Carried);
                }
                Some(BrokerEvent::Down(fault)) => return Some(self.down(fault, rng, registry, now)),
                None => {}
            }
            let Stage::Open(stream) = &mut self.stage else { return None };
            if self.reads_left == 0 || !stream.is_readable() {
                let silent = self.mqtt.tick(now)?;
                return Some(self.down(silent, rng, registry, now));
            }
            self.reads_left -= 1;
            match stream.read(buffer) {
                Ok(StreamRead::Bytes(bytes)) => self.mqtt.receive(&buffer[..bytes], now),
                Ok(StreamRead::NotYet) => {}
                Err(trouble) => return Some(FromBroker::Down(self.fail(trouble, None, rng, registry, now))),
            }
        }
    }

    fn down(&mut self, fault: BrokerFault, rng: &mut Rng, registry: &Registry, now: Moment) -> FromBroker {
        FromBroker::Down(self.fail(trouble(fault), Some(fault), rng, registry, now))
    }

    /// Sends what is to be sent. Says why that failed, where it did.
    pub fn flush(&mut self, rng: &mut Rng, registry: &Registry, now: Moment) -> Option<BrokerTrouble> {
        let Stage::Open(stream) = &mut self.stage else { return None };
        let mut sent = Ok(());
        while !self.mqtt.outgoing().is_empty() {
            match stream.write(self.mqtt.outgoing()) {
                Ok(0) => break,
                Ok(bytes) => self.mqtt.sent(bytes, now),
                Err(trouble) => {
                    sent = Err(trouble);
                    break;
                }
            }
        }
        let sent = sent.and_then(|()| stream.flush());
        sent.err().map(|trouble| self.fail(trouble, None, rng, registry, now))
    }
}

/// What a fault of the connection says of the broker.
fn trouble(fault: BrokerFault) -> BrokerTrouble {
    match fault {
        BrokerFault::Silent => BrokerTrouble::Silent,
        BrokerFault::Bad(_) => BrokerTrouble::NotMqtt,
        BrokerFault::Refused(ConnectRefusal::Login | ConnectRefusal::NotAuthorized) => BrokerTrouble::BadLogin,
        BrokerFault::Refused(ConnectRefusal::Version) => BrokerTrouble::Refused("it does not speak MQTT 3.1.1"),
        BrokerFault::Refused(ConnectRefusal::ClientId) => BrokerTrouble::Refused("it does not take the client's name"),
        BrokerFault::Refused(ConnectRefusal::Unavailable) => {
            BrokerTrouble::Refused("it says that it does not work now")
        }
        BrokerFault::Refused(ConnectRefusal::Other(_)) => BrokerTrouble::Refused("it does not say why"),
    }
}

/// Both families in turn, the first as the resolver has it: one of them may lead nowhere.
fn in_turn(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, other): (Vec<SocketAddr>, Vec<SocketAddr>) =
        found.into_iter().partition(|address| address.is_ipv6() == is_first_v6);
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    let mut all = Vec::new();
    while all.len() < BROKER_ADDRESSES_MAX {
        let before = all.len();
        all.extend(first.next());
        all.extend(other.next());
        if all.len() == before {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_tried_in_turn_and_so_many_addresses() {
        let v4 = |n: u8| SocketAddr::from(([10, 0, 0, n], 1));
        let v6 = |n: u16| SocketAddr::from(([0x2001, 0, 0, 0, 0, 0, 0, n], 1));
        assert_eq!(in_turn(vec![v6(1), v6(2), v6(3), v4(1)]), [v6(1), v4(1), v6(2), v6(3)]);
        assert_eq!(in_turn(vec![v4(1)]), [v4(1)]);
        assert_eq!(in_turn((0..100).map(v4).collect()).len(), BROKER_ADDRESSES_MAX);
    }
}
