//! The network in the loop: datagrams taken and sent, interfaces looked at.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use super::{App, DATAGRAMS_PER_TURN};
use crate::chat::api::answer::{Answer, Answered, InterfaceReport, NetworkReport};
use crate::chat::api::event::{Event, Listening, MainAddress};
use crate::chat::api::machine::{Input, To, Way};
use crate::chat::api::network_notice::{Family, NetworkNotice, Undelivered};
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Change;
use crate::chat::base::address::{Host, PeerName};
use crate::chat::base::inbox::is_inbox;
use crate::chat::base::limits::GROUP_PORT;
use crate::chat::base::metrics::Trace;
use crate::shell::net::lan::{Interfaces, NetworkInterface};
use crate::shell::net::multicast::Group;
use crate::shell::net::own_copies::{DroppedInput, WayIn};
use crate::shell::net::resolve;
use crate::shell::net::segments::ReceivedRun;
use crate::shell::net::socket::{SendResult, default_source};
use crate::shell::net::surroundings::Difference;
use crate::view::words::en;

/// Of so many interfaces it is told at once what a firewall drops; the others are as these.
const DROPPED_TOLD_MAX: usize = 4;

/// Why a datagram is lost before it leaves.
const NO_ROOM: &str = "the network does not take it now";

impl App<'_> {
    /// Takes what came, from everybody and for us alone in turn.
    pub(super) fn receive(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut taken = 0;
        while taken < DATAGRAMS_PER_TURN && self.ending.is_none() && self.has_datagrams() {
            taken += 1;
            if let Some(ReceivedRun { from, bytes, each }) = self.sockets.receive(&mut buffer) {
                let run = &buffer[..bytes];
                self.take(from, &run[..bytes.min(each)], Way::Unicast); // an empty datagram is one, too
                for datagram in run.chunks(each).skip(1) {
                    self.take(from, datagram, Way::Unicast);
                    taken += 1;
                }
            }
            let multicast = self.group.as_mut().and_then(|group| group.receive(&mut buffer));
            if let Some((from, taken)) = multicast {
                let network = self.surroundings.interfaces().network_of(from);
                self.take(from, &buffer[..taken], Way::Multicast(network));
            }
        }
        self.buffer = buffer;
        self.carry_out();
    }

    fn take(&mut self, from: SocketAddr, bytes: &[u8], way: Way) {
        if self.surroundings.interfaces().is_own(from.ip()) {
            if self.sockets.covers(from) {
                return self.own_copies.take(bytes);
            }
        } else {
            let family = if from.is_ipv4() { Family::V4 } else { Family::V6 };
            let port = if way.is_multicast() { GROUP_PORT } else { self.sockets.port() };
            self.own_copies.hear(family, port, self.now.moment);
        }
        self.unknown.hear(from, self.now.moment);
        self.name_zone(from);
        self.handle(Input::Datagram { from, way, bytes });
    }

    /// Looks at the interfaces where they change, and for names that were not known.
    pub(super) fn look_around(&mut self) {
        let found = self.unknown.found(self.now.moment);
        for peer in self.unknown.take_missing() {
            self.console.tell(&Event::Notice(Notice::UnknownPeer { name: peer.to_string() }));
        }
        for address in found {
            if self.sockets.reaches(address) && !self.is_echo(address) {
                self.handle(Input::Peer(address));
            }
        }
        if self.group.as_mut().is_some_and(Group::take_stale) {
            self.surroundings.suspect(self.now.moment);
        }
        if let Some(difference) = self.surroundings.look(self.now.moment) {
            self.on_difference(difference);
        }
    }

    fn on_difference(&mut self, difference: Difference) {
        let interfaces = self.surroundings.interfaces();
        if let Some(group) = &mut self.group {
            group.join(interfaces);
        }
        self.console.output.set_zones(interfaces.zones());
        let is_bound = |ip: IpAddr| self.sockets.addresses().iter().any(|bound| bound.ip() == ip);
        for (address, is_there) in difference.addresses.into_iter().filter(|&(address, _)| is_bound(address)) {
            self.console.tell(&Event::Notice(NetworkNotice::Bound { address, is_there }.into()));
        }
        let is_any_told = !difference.told.is_empty();
        for (name, change) in difference.told {
            self.console.tell(&Event::Notice(NetworkNotice::Link { name, change }.into()));
        }
        if difference.untold > 0 && is_any_told {
            self.console.tell(&Event::Notice(NetworkNotice::MoreLinks { count: difference.untold }.into()));
        }
        self.tell_network();
        if difference.is_more {
            self.try_input();
        }
        self.handle(Input::NetworkChanged { has_network: self.has_network(), is_more: difference.is_more });
    }

    /// Where something may have changed it is tried again whether what comes in gets here.
    pub(super) fn try_input(&mut self) {
        let port = self.looped_port();
        if let Some(group) = self.group.as_ref().filter(|_| cfg!(target_os = "linux")) {
            self.own_copies.begin(group.links(), port, self.now.moment);
        }
    }

    /// The port of the session, where a copy of one's own multicast comes in by it.
    pub(super) fn looped_port(&self) -> Option<u16> {
        let addresses = self.sockets.addresses();
        addresses.iter().all(|address| address.ip().is_unspecified()).then(|| self.sockets.port())
    }

    /// Somebody is not heard any more: perhaps a firewall was switched on here.
    pub(super) fn suspect_input(&mut self, event: &Event) {
        if matches!(event, Event::Peer { change: Change::Lost, .. }) && !self.own_copies.is_under_way(self.now.moment) {
            self.try_input();
        }
    }

    /// Sends copies to itself. What is known counts once all that came was taken.
    pub(super) fn send_copies(&mut self) {
        if self.has_datagrams() || self.is_paused {
            return;
        }
        let (Some(group), sockets) = (&mut self.group, &self.sockets) else { return };
        let send = |way: &WayIn, copy: &[u8]| group.send_to_self(sockets, way, copy);
        let Some(dropped) = self.own_copies.tick(self.now.moment, send) else { return };
        for DroppedInput { interface, ports, family } in dropped.into_iter().take(DROPPED_TOLD_MAX) {
            self.console.tell(&Event::Notice(NetworkNotice::InputDropped { interface, ports, family }.into()));
        }
        self.tell_network();
    }

    /// Where one is heard: by one's own address where the sockets are bound to every one.
    pub(super) fn listening(&self) -> Listening {
        let bound = self.sockets.addresses();
        let is_everywhere = !self.is_patient && bound.iter().all(|address| address.ip().is_unspecified());
        let main = self.surroundings.interfaces().main(default_source()).filter(|_| is_everywhere);
        let main = main.map(|(ip, link, has_others)| MainAddress {
            address: SocketAddr::new(ip, self.sockets.port()),
            interface: link.name.clone(),
            has_others,
        });
        Listening { bound, main }
    }

    /// Whether others can be reached at all. Whoever is bound to the loopback wants nobody else.
    pub(super) fn has_network(&self) -> bool {
        let is_local = self.sockets.addresses().iter().all(|address| address.ip().is_loopback());
        is_local || self.surroundings.interfaces().lead_out()
    }

    /// Somebody is to be reached: at once where the address is given, else once the name is looked up.
    pub(super) fn reach(&mut self, peer: &PeerName) {
        match &peer.host {
            Host::Name(_) if self.unknown.add(peer.clone(), self.now.moment) => {}
            Host::Name(_) => self.tell_no_peer(peer, en::files::TOO_MUCH_SOUGHT.to_owned()),
            Host::Literal(literal) => match resolve::address(literal, peer.port, self.surroundings.interfaces()) {
                Ok(address) => self.reach_at(peer, address),
                Err(why) => self.tell_no_peer(peer, why.to_string()),
            },
        }
    }

    fn reach_at(&mut self, peer: &PeerName, address: SocketAddr) {
        if self.is_echo(address) {
            return self.tell_no_peer(peer, en::system::THIS_PROGRAM.to_owned());
        }
        if !self.sockets.reaches(address) {
            return self.tell_no_peer(peer, en::undelivered(&Undelivered::NetworkUnreachable).into_owned());
        }
        self.console.tell(&Event::Notice(Notice::Reaching { address }));
        self.machine.handle(Input::Peer(address), self.now); // what it leads to is carried out by whoever called
    }

    fn tell_no_peer(&mut self, peer: &PeerName, why: String) {
        self.console.tell(&Event::Notice(Notice::NoPeer { name: peer.to_string(), why }));
    }

    /// Tells how one is reached.
    pub(super) fn report_network(&mut self, requester: Requester) {
        let found = Interfaces::scan().unwrap_or_default(); // what is up changes without a change of addresses
        let is_in = |link: &NetworkInterface, is_v4| self.group.as_ref().is_some_and(|group| group.is_in(link, is_v4));
        let interfaces = found.links().iter().map(|link| InterfaceReport {
            is_up: link.is_up,
            is_in_v4: is_in(link, true),
            is_in_v6: is_in(link, false),
            name: link.name.clone(),
            addresses: link.addresses.clone(),
            is_loopback: link.is_loopback,
        });
        let report = NetworkReport {
            listening: self.sockets.addresses(),
            group_port: self.group.as_ref().map(|_| GROUP_PORT),
            interfaces: interfaces.collect(),
        };
        self.console.tell(&Event::Answer(Answer { to: requester, command: "net", what: Answered::Network(report) }));
    }

    /// Whether this is what we sent to a group ourselves.
    fn is_echo(&self, from: SocketAddr) -> bool {
        self.sockets.covers(from) && self.surroundings.interfaces().is_own(from.ip())
    }

    /// An interface that came later is named when something first comes from it.
    fn name_zone(&mut self, from: SocketAddr) {
        if let SocketAddr::V6(v6) = from
            && v6.scope_id() != 0
            && !self.console.output.zones().0.contains_key(&v6.scope_id())
        {
            let _ = self.surroundings.look_again(); // where that fails, its number is its name
            let mut zones = self.surroundings.interfaces().zones();
            zones.0.entry(v6.scope_id()).or_insert_with(|| v6.scope_id().to_string());
            self.console.output.set_zones(zones);
        }
    }

    /// Sends a datagram, unless the network is bad on purpose, and tells what became of it to whoever looks closely.
    pub(super) fn send_or_hold(&mut self, to: To, datagram: Rc<[u8]>) {
        let told = self.sending.take();
        if !matches!(to, To::Address(_)) && self.group.is_none() {
            return; // there is nobody but those who are named
        }
        let sent = match &mut self.faulty_network {
            Some(faulty_network) => {
                faulty_network.take(to, &datagram, self.now.moment);
                self.send_held();
                SendResult::Yes
            }
            None => self.send(to, datagram),
        };
        let Some(told) = told else { return };
        let told = match (told, sent) {
            (Trace::Sent { to, kind, .. }, SendResult::NotYet) => Trace::Unsent { to, kind, why: NO_ROOM.to_owned() },
            (Trace::Sent { to, kind, .. }, SendResult::Never(why)) => {
                Trace::Unsent { to, kind, why: en::undelivered(&why).into_owned() }
            }
            (sent, _) => sent,
        };
        self.console.tell(&Event::Trace(told));
    }

    /// Sends a datagram. In rooms what the network does not take is one more that it lost; what this machine refuses is told.
    fn send(&mut self, to: To, datagram: Rc<[u8]>) -> SendResult {
        let (to, sent) = match to {
            To::Lan | To::LanBeyond(_) => {
                let Some(group) = &mut self.group else { return SendResult::NotYet }; // held back, and nobody is there
                let beyond = if let To::LanBeyond(network) = to { Some(network) } else { None };
                group.send(&self.sockets, &datagram, beyond)
            }
            To::Afar => return SendResult::NotYet, // it is published, never sent
            To::Address(to) if is_inbox(to) => return SendResult::NotYet, // no network carries that
            To::Address(to) if !self.is_patient => (to, self.sockets.send_or_lose(to, &datagram)),
            To::Address(to) => {
                (to, self.sockets.send(to, datagram).map_or_else(SendResult::Never, |()| SendResult::Yes))
            }
        };
        while let Some(interface) = self.group.as_mut().and_then(Group::take_forbidden) {
            let why = Undelivered::NotPermittedOn(interface);
            self.machine.handle(Input::Undelivered { to, why }, self.now);
        }
        if let SendResult::Never(why) = &sent
            && !(to.ip().is_multicast() && *why == Undelivered::NotPermitted)
        {
            self.machine.handle(Input::Undelivered { to, why: why.clone() }, self.now);
        }
        sent
    }

    /// Sends what a network that is bad on purpose held back long enough.
    pub(super) fn send_held(&mut self) {
        while let Some((to, datagram)) =
            self.faulty_network.as_mut().and_then(|faulty_network| faulty_network.next(self.now.moment))
        {
            self.send(to, datagram);
        }
    }
}
