//! Whether whoever is at an address answers, and how fast: asked one time after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::chat::api::finding::RoundTrips;
use crate::chat::base::limits::PROBED_MAX;
use crate::chat::base::time::Moment;

/// So many times each is asked.
const PROBES: usize = 5;
/// And so far apart. A guess: it is over in a second, and no burst.
const PROBE_EVERY: Duration = Duration::from_millis(200);
/// So long an answer is waited for. A guess: a bad Wi-Fi takes less.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// Those that are being asked, at most [`PROBED_MAX`].
#[derive(Debug, Default)]
pub struct Probes(BTreeMap<SocketAddr, Probe>);

#[derive(Debug)]
struct Probe {
    trips: RoundTrips,
    /// When it was asked what it has not answered yet.
    open: Option<Moment>,
    /// When it is asked again, or not waited for any more.
    due: Moment,
}

impl Probe {
    fn is_over(&self) -> bool {
        self.trips.asked >= PROBES && self.open.is_none()
    }
}

impl Probes {
    /// Whoever is there is asked from now on.
    pub fn begin(&mut self, address: SocketAddr, now: Moment) {
        if self.0.len() < PROBED_MAX {
            self.0.entry(address).or_insert(Probe { trips: RoundTrips::default(), open: None, due: now });
        }
    }

    /// Who is to be asked now.
    pub fn take_due(&mut self, now: Moment) -> Vec<SocketAddr> {
        let mut due = Vec::new();
        for (&address, probe) in self.0.iter_mut().filter(|(_, probe)| probe.due <= now && !probe.is_over()) {
            probe.open = None; // what comes after this is taken for an answer to the next
            if probe.trips.asked < PROBES {
                probe.trips.asked += 1;
                probe.open = Some(now);
                probe.due = now.after(ANSWERED_WITHIN);
                due.push(address);
            }
        }
        due
    }

    /// An answer came from there.
    pub fn answered(&mut self, from: SocketAddr, now: Moment) {
        let Some(probe) = self.0.get_mut(&from) else { return };
        if let Some(asked) = probe.open.take() {
            probe.trips.answers.push(now.since(asked));
            probe.due = asked.after(PROBE_EVERY).max(now);
        }
    }

    /// When there is something to do.
    pub fn deadline(&self) -> Option<Moment> {
        self.0.values().filter(|probe| !probe.is_over()).map(|probe| probe.due).min()
    }

    /// What came of all of them, once that is known.
    pub fn take_over(&mut self) -> Option<BTreeMap<SocketAddr, RoundTrips>> {
        let is_over = self.0.values().all(Probe::is_over);
        is_over
            .then(|| std::mem::take(&mut self.0).into_iter().map(|(address, probe)| (address, probe.trips)).collect())
    }

    /// How many are being asked, for whoever checks the bounds.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::since_start(Duration::from_millis(millis))
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    #[test]
    fn each_is_asked_five_times_and_a_lost_answer_is_waited_for_a_second() {
        let (mut probes, there) = (Probes::default(), address(1));
        probes.begin(there, at(0));
        let mut asked = Vec::new();
        while let Some(due) = probes.deadline() {
            if !probes.take_due(due).is_empty() {
                asked.push(due);
                if asked.len() != 2 {
                    probes.answered(there, due.after(Duration::from_millis(3)));
                    probes.answered(there, due.after(Duration::from_millis(9))); // it was answered
                }
            }
            assert!(asked.len() <= PROBES);
        }
        assert_eq!(asked, [0, 200, 1200, 1400, 1600].map(at));
        let trips = RoundTrips { asked: 5, answers: vec![Duration::from_millis(3); 4] };
        assert_eq!((probes.take_over(), probes.len()), (Some(BTreeMap::from([(there, trips)])), 0));
    }

    #[test]
    fn it_is_over_once_the_last_one_is_and_nobody_else_counts() {
        let mut probes = Probes::default();
        probes.begin(address(1), at(0));
        probes.answered(address(2), at(0));
        for second in 0..5 {
            assert_eq!(probes.take_over(), None);
            assert_eq!(probes.take_due(at(second * 1000)), [address(1)]);
        }
        assert_eq!((probes.take_over(), probes.take_due(at(5000))), (None, Vec::new()));
        assert_eq!(
            probes.take_over().map(|all| all[&address(1)].clone()),
            Some(RoundTrips { asked: 5, answers: vec![] })
        );
    }

    #[test]
    fn so_many_are_asked_at_once() {
        let mut probes = Probes::default();
        (0..300).for_each(|port| probes.begin(address(port), at(0)));
        assert_eq!((probes.len(), probes.take_due(at(0)).len()), (PROBED_MAX, PROBED_MAX));
    }
}
