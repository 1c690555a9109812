//! What this machine finds out about its network, in the loop.

use super::App;
use crate::chat::api::finding::{Finding, MachineReport};
use crate::chat::api::machine::{ExamineJob, Input};
use crate::chat::api::network_notice::{Family, Undelivered};
use crate::chat::base::limits::{GROUP_PORT, PORT};
use crate::chat::base::time::Moment;
use crate::shell::net::discovery::Queries;
use crate::shell::net::lan::{Interfaces, NetworkInterface};
use crate::shell::net::port_owner::holder;
use crate::shell::net::socket::default_source;
use crate::shell::net::survey;

/// Devices answer within a second, and copies of one's own come sooner.
const ANSWERS_AFTER: std::time::Duration = std::time::Duration::from_millis(1500);
/// So long it takes to see that copies do not come, and a bit.
const COPIES_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// What was begun and is waited for.
#[derive(Debug)]
pub struct Survey {
    queries: Queries,
    /// Not before, and not after.
    from: Moment,
    until: Moment,
}

impl Survey {
    /// When it may be over.
    pub fn deadline(&self, now: Moment) -> Moment {
        if now < self.from { self.from } else { self.until }
    }
}

impl App<'_> {
    /// Tells at once what is known at once; the rest is begun.
    pub(super) fn examine(&mut self, job: &ExamineJob) {
        if job.is_whole {
            self.try_input();
            let queries = self.group.as_ref().map(|group| Queries::send(group.links())).unwrap_or_default();
            let now = self.now.moment;
            self.survey = Some(Survey { queries, from: now.after(ANSWERS_AFTER), until: now.after(COPIES_WITHIN) });
            return;
        }
        let interfaces = self.surroundings.interfaces();
        let way_to = |&peer| Some((peer, survey::way_to(peer, interfaces)?));
        let here = job.peers.iter().copied().filter(|peer| interfaces.is_own(peer.ip())).collect();
        let interfaces = job.peers.iter().filter_map(way_to).collect();
        let report = MachineReport { findings: None, interfaces, here };
        self.machine.handle(Input::Examined(report), self.now); // what it leads to is carried out by whoever called
    }

    /// Tells what was found, once all of it is known.
    pub(super) fn end_survey(&mut self) {
        let (now, is_under_way) = (self.now.moment, self.own_copies.is_under_way(self.now.moment));
        let is_over = |survey: &mut Survey| now >= survey.until || now >= survey.from && !is_under_way;
        let Some(survey) = self.survey.take_if(is_over) else { return };
        let findings = self.findings(&survey.queries, !is_under_way);
        self.handle(Input::Examined(MachineReport { findings: Some(findings), ..MachineReport::default() }));
    }

    fn findings(&mut self, queries: &Queries, are_copies_known: bool) -> Vec<Finding> {
        let found = Interfaces::scan().unwrap_or_default();
        let source = default_source();
        let has_usual = self.sockets.port() == PORT;
        let holder = if has_usual { None } else { holder(PORT) };
        let listening = Finding::Listening { addresses: self.sockets.addresses(), holder: holder.clone() };
        let mut findings = vec![listening];
        for link in found.links().iter().filter(|link| !link.is_loopback) {
            let (groups, refused) = self.groups_of(link);
            let mut finding = survey::interface(link, groups, refused, source);
            if self.group.is_none() {
                finding.lacking.clear(); // it is not wanted
            }
            findings.push(Finding::Interface(finding));
        }
        if !self.has_network() {
            let bare = found.without_address();
            findings
                .extend(bare.iter().map(|link| Finding::Interface(survey::interface(link, Vec::new(), None, source))));
            findings.push(Finding::NoNetwork);
        }
        if are_copies_known {
            // Another chinwag has the usual port: that it comes in by this one says nothing of that.
            let own_port = self.looped_port().filter(|_| has_usual || holder.is_none());
            findings.extend(self.input_findings(own_port));
        }
        findings.extend(found.shared_subnets().into_iter().map(|interfaces| Finding::SharedSubnet { interfaces }));
        findings.extend(survey::enclosure().map(Finding::Enclosed));
        if self.group.is_some() && found.lead_out() {
            let answers = queries.answers(&found).into_iter();
            findings.extend(answers.map(|(protocol, by)| Finding::Multicast { protocol, by }));
        }
        findings
    }

    /// In which families others are found by an interface, and what sending by it fails with.
    fn groups_of(&mut self, link: &NetworkInterface) -> (Vec<Family>, Option<Undelivered>) {
        let Some(group) = &mut self.group else { return (Vec::new(), None) };
        let is_in = [(Family::V4, group.is_in(link, true)), (Family::V6, group.is_in(link, false))];
        let groups: Vec<Family> = is_in.into_iter().filter_map(|(family, is_in)| is_in.then_some(family)).collect();
        let may_send = groups.iter().filter(|_| link.is_up);
        let refused = may_send.copied().find_map(|family| group.try_sending(&self.sockets, link, family));
        (groups, refused)
    }

    /// What comes in by the interfaces that lead to other machines, and what a firewall drops of it.
    fn input_findings(&self, own_port: Option<u16>) -> Vec<Finding> {
        let Some(group) = self.group.as_ref().filter(|_| cfg!(target_os = "linux")) else { return Vec::new() };
        let firewall = if self.own_copies.dropped().is_empty() { None } else { survey::firewall_tool() };
        let ports: Vec<u16> = own_port.into_iter().chain([GROUP_PORT]).collect();
        let mut findings = Vec::new();
        for link in group.links().iter().filter(|link| link.leads_out()) {
            let dropped = self.own_copies.dropped().iter().filter(|dropped| dropped.interface == link.name);
            let before = findings.len();
            for dropped in dropped.cloned() {
                let ports: Vec<u16> = dropped.ports.into_iter().filter(|port| ports.contains(port)).collect();
                if !ports.is_empty() {
                    let (interface, family) = (dropped.interface, dropped.family);
                    findings.push(Finding::InputDropped { interface, ports, family, firewall });
                }
            }
            if findings.len() == before && self.own_copies.came_by(&link.name) {
                findings.push(Finding::InputOpen { interface: link.name.clone(), ports: ports.clone() });
            }
        }
        findings
    }
}
