//! What brokers have to say, and what is said to them.

use crate::chat::api::carrier::BrokerInput;
use crate::chat::api::machine::Input;
use crate::chat::base::limits::LEAVES_WITHIN;
use crate::shell::app::App;
use crate::shell::net::broker_connection::FromBroker;

impl App<'_> {
    /// Takes what came from brokers. While the reader of the output is far behind what was published is lost, as datagrams are.
    pub(super) fn hear_from_brokers(&mut self) {
        self.brokers.turn(self.now);
        while let Some((broker, came)) = self.brokers.poll(self.now.moment) {
            match came {
                FromBroker::Up(client) => self.handle(Input::Broker(broker, BrokerInput::Up(client))),
                FromBroker::Granted(filter) => self.handle(Input::Broker(broker, BrokerInput::Granted(&filter))),
                FromBroker::Denied(filter) => self.handle(Input::Broker(broker, BrokerInput::Denied(&filter))),
                FromBroker::Down(why) => self.handle(Input::Broker(broker, BrokerInput::Down(why))),
                FromBroker::Carried if self.is_paused => {}
                FromBroker::Carried => {
                    let carried = std::mem::take(self.brokers.carried());
                    let input = BrokerInput::Carried { topic: &carried.topic, payload: &carried.payload };
                    self.handle(Input::Broker(broker, input));
                    *self.brokers.carried() = carried;
                }
            }
        }
    }

    /// Says goodbye to brokers, and waits a moment for those that take it slowly.
    pub(super) fn leave_brokers(&mut self) {
        let until = self.now.moment.after(LEAVES_WITHIN);
        self.brokers.leave(self.now.moment);
        while !self.brokers.has_left(self.now.moment) && self.now.moment < until {
            if self.console.wait(Some(until.since(self.now.moment))).is_err() {
                return;
            }
            for event in &self.console.events {
                self.brokers.wake(event.token());
            }
            self.now = self.clock.now();
        }
    }
}
