//! The network is examined: who is heard, who answers, and what this machine knows of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::Node;
use super::examination::{Examination, Scope};
use super::rooms::RoomKey;
use crate::chat::api::answer::Answered;
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::finding::{Finding, MachineReport, Reached, verdict};
use crate::chat::api::machine::{ExamineJob, Output};
use crate::chat::api::refusal::{CommandRefusal, PersonRefusal};
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Speaker;
use crate::chat::base::limits::{CLOCK_DIFFERS, EXAMINED_EVERY, HEARD_NAMED_MAX, PEOPLE_PROBED_MAX};
use crate::chat::base::time::{Moment, millis};
use crate::chat::keys::identity::Author;
use crate::chat::peers::peer::Peer;
use crate::chat::room::Room;

impl Node {
    /// Examines everything; `named` are to answer besides those whom the session reaches anyway.
    pub(super) fn doctor(&mut self, requester: Requester, mut named: Vec<SocketAddr>) {
        named.extend(&self.config.reach.peers);
        named.sort_unstable();
        named.dedup();
        self.examine(requester, "doctor", Scope { is_whole: true, named });
    }

    /// Asks one person for answers.
    pub(super) fn ping(&mut self, requester: Requester, place: RoomKey, name: &str) {
        let author = match self.find(name, place) {
            Ok(author) if author == self.identity.author() => return self.refuse(requester, PersonRefusal::Yourself),
            Ok(author) => author,
            Err(why) => return self.refuse(requester, why),
        };
        let room = self.room_of(author, place);
        let Some(peer) = room.presence().counted().find(|peer| peer.author == author) else {
            return self.refuse(requester, PersonRefusal::Nobody(name.to_owned()));
        };
        match (peer.address(), peer.via.and_then(|via| room.presence().at(via)).map(|via| via.author)) {
            (Some(address), _) => self.ping_at(requester, address),
            (None, via) => {
                let who = room.speaker(author);
                let via = via.map(|via| room.speaker(via));
                if let Some(via) = via {
                    self.show(Event::Finding { to: requester.clone(), finding: Finding::Through { who, via } });
                }
                self.answer(&requester, "ping", Answered::Done);
            }
        }
    }

    /// Asks whoever is at an address for answers.
    pub(super) fn ping_at(&mut self, requester: Requester, address: SocketAddr) {
        self.examine(requester, "ping", Scope { is_whole: false, named: vec![address] });
    }

    fn examine(&mut self, requester: Requester, command: &'static str, scope: Scope) {
        if self.examinations.current.is_some() {
            return self.refuse(requester, CommandRefusal::ExaminedAlready);
        }
        let is_whole = scope.is_whole;
        self.examinations.current = Some(Examination::new(requester, command, scope, self.now.moment));
        if is_whole {
            self.outputs.push_back(Output::Examine(ExamineJob { peers: Vec::new(), is_whole }));
        }
        self.go_on_examining();
    }

    /// What the session was started for.
    pub(super) fn begin_script(&mut self) {
        if let Some(wanted) = self.config.script.examines {
            self.examinations.next = None;
            let named = self.config.reach.peers.clone();
            let command = if wanted.is_whole { "doctor" } else { "ping" };
            self.examine(Requester::default(), command, Scope { is_whole: wanted.is_whole, named });
        }
    }

    pub(super) fn on_examined(&mut self, report: MachineReport) {
        if let Some(examination) = &mut self.examinations.current {
            examination.report(report);
        }
        self.go_on_examining();
    }

    /// When an examination goes on, or the next one begins.
    pub(super) fn examination_deadline(&self) -> Option<Moment> {
        self.examinations.current.as_ref().map_or(self.examinations.next, Examination::deadline)
    }

    pub(super) fn tick_examination(&mut self) {
        if self.examinations.next.is_some_and(|due| due <= self.now.moment) && self.examinations.current.is_none() {
            self.begin_script();
        }
        self.go_on_examining();
    }

    /// Goes on as far as it can now.
    pub(super) fn go_on_examining(&mut self) {
        let now = self.now.moment;
        let Some(examination) = &self.examinations.current else { return };
        if examination.is_to_ask(now) {
            self.ask_everybody();
        }
        let asked = self.examinations.current.as_ref().map(Examination::asked).unwrap_or_default();
        for key in asked {
            let trips = if self.rooms.contains(key) { self.rooms[key].take_probed() } else { Some(BTreeMap::new()) };
            if let (Some(trips), Some(examination)) = (trips, &mut self.examinations.current) {
                examination.answered(key, trips);
            }
        }
        let Some(examination) = &mut self.examinations.current else { return };
        if let Some(of_machine) = examination.take_whole(now)
            && let Some(examination) = self.examinations.current.take()
        {
            self.conclude(&examination, of_machine);
        }
    }

    /// Everybody who is named is asked in each room, and of those who are heard some, each in one.
    fn ask_everybody(&mut self) {
        let Some(examination) = &self.examinations.current else { return };
        let (named, is_whole) = (examination.scope.named.clone(), examination.scope.is_whole);
        let (mut peers, mut seen, mut not_asked) = (named.clone(), BTreeSet::new(), BTreeSet::new());
        let keys = self.rooms.keys();
        for &key in &keys {
            let mut addresses = named.clone();
            let heard = self.rooms[key].heard().filter_map(|peer| Some((peer.author, peer.address()?)));
            for (author, address) in heard.collect::<Vec<_>>() {
                if !is_whole || named.contains(&address) || seen.contains(&author) {
                    continue;
                }
                if seen.len() < PEOPLE_PROBED_MAX {
                    seen.insert(author);
                    addresses.push(address);
                } else {
                    not_asked.insert(author);
                }
            }
            peers.extend(addresses.iter().filter(|address| !named.contains(address)));
            self.rooms[key].probe(&addresses, self.now);
            self.collect(key);
        }
        let who = |address: SocketAddr| Some((address, self.who_is_at(address)?));
        let who: BTreeMap<_, _> = peers.iter().copied().filter_map(who).collect();
        if let Some(examination) = &mut self.examinations.current {
            examination.who = who;
            examination.asks(keys.into_iter().collect());
            examination.not_asked = not_asked.len();
        }
        self.outputs.push_back(Output::Examine(ExamineJob { peers, is_whole: false }));
    }

    fn conclude(&mut self, examination: &Examination, mut findings: Vec<Finding>) {
        let is_explained = findings.iter().any(Finding::is_own_fault);
        if examination.scope.is_whole {
            let is_alone = examination.trips.values().all(|trips| trips.answers.is_empty());
            self.examine_others(&mut findings, is_alone);
            findings.extend(self.carrier_news().into_iter().map(Finding::Carrier));
        }
        if examination.trips.iter().any(|(at, trips)| !trips.answers.is_empty() && !examination.here.contains(at)) {
            findings.retain(|finding| *finding != Finding::NoNetwork); // there is one by now
        }
        for (&address, trips) in &examination.trips {
            let known = examination.who.get(&address).cloned(); // it may have left since
            let (who, is_doctor) = known.or_else(|| self.who_is_at(address)).unzip();
            let now = self.now.moment;
            let multicasts = self.rooms().find_map(|room| room.presence().at(address)?.multicasts(now));
            let why = examination.why(address).or_else(|| self.named.why(address));
            findings.push(Finding::Reach(Box::new(Reached {
                who,
                is_named: examination.scope.named.contains(&address),
                is_here: examination.here.contains(&address),
                is_doctor: is_doctor == Some(true),
                is_explained,
                interface: examination.interfaces.get(&address).cloned(),
                why: why.filter(|why| !is_explained || !why.is_absence()), // the fault is here
                has_other_key: examination.has_other_key(address),
                multicasts,
                ..Reached::of(address, if self.is_sure_of(address) { trips.clone() } else { trips.without_answers() })
            })));
        }
        let not_asked = examination.not_asked;
        findings.extend((not_asked > 0).then_some(Finding::NotAsked { count: not_asked }));
        let verdict = verdict(&findings);
        for finding in findings {
            self.show(Event::Finding { to: examination.requester.clone(), finding });
        }
        self.answer(&examination.requester, examination.command, Answered::Examined(verdict));
        match &self.config.script.examines {
            Some(wanted) if wanted.repeats => self.examinations.next = Some(self.now.moment.after(EXAMINED_EVERY)),
            Some(_) => self.finish(Ending::Examined(verdict)),
            None => {}
        }
    }

    /// Who is heard, in which room, and what else is.
    fn examine_others(&mut self, findings: &mut Vec<Finding>, is_alone: bool) {
        let now = self.now.moment;
        let other_keys = self.count_foreign_keys();
        findings.extend((other_keys > 0).then_some(Finding::OtherKeys { count: other_keys }));
        let mut ahead: Vec<i64> = Vec::new();
        for key in self.rooms.keys() {
            let room = &mut self.rooms[key];
            if room.name().is_of_doctors() {
                let count = room.heard().count();
                findings.extend((count > 0).then_some(Finding::Doctors { count }));
                continue;
            }
            ahead.extend(room.heard().map(Peer::ahead_ms));
            let is_here = |peer: &&Peer| peer.is_present || room.is_observer();
            let here: Vec<(Author, Option<Author>)> =
                room.heard().filter(is_here).map(|peer| (peer.author, through(room.presence(), peer))).collect();
            let unlisted = |peer: &&Peer| !peer.is_present && !room.is_observer() && !peer.has_heard_me;
            let unlisted: Vec<(Author, bool)> =
                room.heard().filter(unlisted).map(|peer| (peer.author, peer.is_deaf(now))).collect();
            let unanswering: Vec<Author> =
                room.heard().filter(|peer| !is_here(peer) && peer.has_heard_me).map(|peer| peer.author).collect();
            let name = room.name().clone();
            if here.is_empty() && unlisted.is_empty() && unanswering.is_empty() {
                findings.push(Finding::Nobody { room: name, span: now.since(Moment::START), is_alone });
                continue;
            }
            if !here.is_empty() {
                let who = here.iter().take(HEARD_NAMED_MAX).map(|&(author, _)| room.speaker(author)).collect();
                findings.push(Finding::Here { room: name.clone(), who, count: here.len() });
            }
            for (author, is_sure) in unlisted.into_iter().take(HEARD_NAMED_MAX) {
                findings.push(Finding::Unlisted { room: name.clone(), who: room.speaker(author), is_sure });
            }
            for author in unanswering.into_iter().take(HEARD_NAMED_MAX) {
                findings.push(Finding::Unanswering { room: name.clone(), who: room.speaker(author) });
            }
            let through = here.iter().filter_map(|&(author, via)| Some((author, via?))).take(HEARD_NAMED_MAX);
            for (who, via) in through.collect::<Vec<_>>() {
                let (who, via) = (room.speaker(who), room.speaker(via));
                findings.push(Finding::Through { who, via });
            }
        }
        findings.extend(self.foreign_keys.other_version(now).map(|version| Finding::OtherVersion { version }));
        let plain = self.plain_peers.count(now);
        findings.extend((plain > 0).then_some(Finding::Plain { count: plain }));
        findings.extend(clock(ahead));
    }

    /// Whether what came from an address answered us. Whoever hears us and does not get what we send to it alone asks again and
    /// again where we are: that is no answer.
    fn is_sure_of(&self, address: SocketAddr) -> bool {
        let is_unproven = |room: &Room| {
            let is_known = room.presence().at(address).is_some_and(|peer| !peer.is_present && peer.has_heard_me);
            is_known && !room.is_observer() && !room.has_proven(address)
        };
        !self.rooms().any(is_unproven)
    }

    /// And whether only an examination runs there.
    fn who_is_at(&mut self, address: SocketAddr) -> Option<(Speaker, bool)> {
        self.rooms.keys().into_iter().rev().find_map(|key| {
            let author = self.rooms[key].presence().at(address)?.author;
            let is_doctor = self.rooms[key].name().is_of_doctors();
            Some((self.rooms[key].speaker(author), is_doctor))
        })
    }
}

/// Through whom alone somebody is heard.
fn through(presence: &crate::chat::peers::presence::Presence, peer: &Peer) -> Option<Author> {
    let via = peer.via.filter(|_| peer.address().is_none())?;
    presence.at(via).map(|via| via.author)
}

/// The median of how far the clocks of others are ahead, where that is much.
fn clock(mut ahead: Vec<i64>) -> Option<Finding> {
    let middle = ahead.len() / 2;
    if ahead.is_empty() {
        return None;
    }
    let ahead_ms = *ahead.select_nth_unstable(middle).1;
    (ahead_ms.unsigned_abs() > millis(CLOCK_DIFFERS)).then_some(Finding::Clock { ahead_ms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::command::{Command, Request};
    use crate::chat::api::machine::{Input, Machine};
    use crate::chat::session::node::tests::{usual, with_key};

    #[test]
    fn clocks_that_differ_by_ten_minutes_are_told_by_the_median() {
        assert_eq!([vec![], vec![600_000], vec![-600_000, 5, 9_000_000]].map(clock), [None, None, None]);
        assert_eq!(clock(vec![600_001]), Some(Finding::Clock { ahead_ms: 600_001 }));
        assert_eq!(clock(vec![-700_000, 5, -900_000]), Some(Finding::Clock { ahead_ms: -700_000 }));
    }

    /// A machine that never answers what it was asked about itself is not waited for, and a second examination is refused.
    #[test]
    fn an_examination_ends_whatever_becomes_of_the_rest_and_only_one_is_under_way() {
        let mut tim = with_key(1, usual());
        for _ in 0..2 {
            let request = Request { requester: Requester::default(), room: None, command: Command::Doctor(Vec::new()) };
            tim.node.handle(Input::Request(request), tim.now);
        }
        let shown = |tim: &mut crate::chat::session::node::tests::Alone| {
            let outputs = std::iter::from_fn(|| tim.node.poll());
            let shown = outputs.filter_map(|output| if let Output::Show(event) = output { Some(event) } else { None });
            shown.collect::<Vec<Event>>()
        };
        assert_eq!(shown(&mut tim).iter().filter(|event| matches!(event, Event::Fault(_))).count(), 1);
        let mut told = Vec::new();
        while told.is_empty() && tim.now.moment < Moment::START.after(std::time::Duration::from_secs(60)) {
            let (due, _) = tim.node.deadline().expect("it goes on");
            tim.now.moment = due.max(tim.now.moment);
            tim.node.handle(Input::Tick, tim.now);
            told = shown(&mut tim);
            told.retain(|event| matches!(event, Event::Finding { .. } | Event::Answer(_)));
        }
        let nobody =
            matches!(&told[0], Event::Finding { finding: Finding::Nobody { span, .. }, .. } if span.as_secs() >= 7);
        assert!(nobody && matches!(&told[1], Event::Answer(_)), "{told:?}");
    }
}
