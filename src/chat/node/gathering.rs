//! What rooms want done, and what of it is told.

use super::{Node, Partner};
use crate::chat::event::Event;
use crate::chat::machine::{Output, To};
use crate::chat::room::Out;
use crate::chat::talk::Words;

impl Node {
    /// Takes over what a room wants done. A frame never goes to an address that speaks plain.
    pub(super) fn collect(&mut self, index: usize) {
        while let Some(out) = self.rooms[index].1.poll() {
            match out {
                Out::Store(record) => self.outputs.push_back(Output::Store(record)),
                Out::Commit => self.outputs.push_back(Output::Commit),
                Out::Send(To::Address(to), _) if self.guests.is_plain(to, self.now.moment) => {}
                Out::Send(to, datagram) => self.outputs.push_back(Output::Send { to, datagram }),
                Out::Show(Event::Said(said)) => {
                    let is_old = match self.config.since {
                        Some(since) => said.marks.is_before && said.sent < since,
                        None => said.marks.is_before && self.config.expect.is_some(),
                    };
                    let text = match &said.words {
                        Words::Text(text) | Words::Action(text) => Some(text.clone()),
                        _ => None,
                    };
                    if let (Some(_), false) = (&said.to, is_old) {
                        self.writer = Some(Partner::Person(said.who.author));
                    }
                    if !is_old {
                        self.tell(Event::Said(said), text.as_deref());
                    }
                }
                Out::Show(Event::Delivery(mut delivery)) => {
                    delivery.askers = self.askers_of(&delivery);
                    self.restless.insert(index);
                    self.show(Event::Delivery(delivery));
                }
                Out::Renew { secret, since, by } => {
                    let name = self.rooms[index].1.name().clone();
                    self.renew(&name, false, secret, since, by);
                }
                Out::Show(event) => {
                    self.restless.insert(index);
                    self.tell_of_peers(event);
                }
            }
        }
        self.count_peers();
        self.tell_standing();
    }

    /// Shows a message. While some are expected only those are shown, and they are the end.
    pub(super) fn tell(&mut self, event: Event, text: Option<&str>) {
        match &mut self.config.expect {
            Some(expect) => {
                if self.leaving.is_none() && text.is_some_and(|text| expect.take(text)) {
                    self.show(event);
                    self.end_if_met();
                }
            }
            None if self.config.is_send => {}
            None => self.show(event),
        }
    }

    fn tell_of_peers(&mut self, event: Event) {
        if self.config.is_send && self.config.fold && matches!(event, Event::Peer { .. }) {
            return;
        }
        if let Event::Peer { room, change, .. } = &event
            && self.config.fold
            && !self.crowd.is_told(room, change, self.now.moment)
        {
            return;
        }
        self.show(event);
    }

    /// Input is held until enough others are there; once they are it is never held again.
    fn count_peers(&mut self) {
        let present = self.rooms[self.target].1.presence().counted().count();
        self.told_alone |= present > 0;
        if !self.is_complete && present >= self.config.wait_peers {
            self.is_complete = true;
            self.met = self.met.map(|_| self.now.moment);
        }
    }
}
