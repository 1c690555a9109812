//! How fast a transfer may go: the receiver finds out what the path takes, and tells the holder.
//!
//! The idea is that of BBR (draft-cardwell-iccrg-bbr-congestion-control-00): the most that arrived in a round lately is what
//! the path takes, the shortest round trip is how long it is, and twice their product may be on the way. A loss alone slows
//! nothing down, for Wi-Fi loses without being full; what is lost in a round beyond [`LOSS_MAX_PERCENT`] does, and what shows
//! that somebody else fills the path, which BBR takes no notice of.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chat::base::time::Moment;

/// A round is at least so long, so that its rate can be measured: one turn of a loop takes a part of that.
const ROUND_MIN: Duration = Duration::from_millis(4);
/// The rate is the best of so many rounds (the draft, 4.1.1.3).
const ROUNDS: usize = 10;
/// The shortest round trip holds for so long, then it is measured anew (the draft, 4.1.2.3).
const RTT_FOR: Duration = Duration::from_secs(10);
/// For that little is on the way for so long.
const RTT_PROBE_FOR: Duration = Duration::from_millis(200);
/// What is on the way at least: four datagrams.
const WINDOW_MIN: u64 = 4 * 1161;
/// And at first: ten (RFC 6928).
const WINDOW_FIRST: u64 = 10 * 1161;
/// In the beginning the rate doubles with each round trip: 2 / ln 2 (the draft, 4.3.2).
const GAIN_STARTUP: u64 = 289;
/// Where it does not grow by a quarter in so many rounds, the path is full.
const STALE_ROUNDS: u32 = 4;
/// Then it is tried whether the path takes more, what that left on the way is drained, and the rate is held for six rounds.
const GAINS: [u64; 8] = [125, 75, 100, 100, 100, 100, 100, 100];
/// Of a round no more than this may be lost, beside what is lost always.
const LOSS_MAX_PERCENT: u64 = 15;
/// Where in one of the last rounds so many of a thousand bytes more were lost than always, somebody else fills the path, too...
const SHARED_LOSS: u64 = 50;
/// ...and less is on the way, so that a flow that slows down for each loss keeps its part: tried beside CUBIC, see the tests.
const GAIN_SHARED: u64 = 140;
/// Of a thousand bytes that are lost always no more than this is made up for by sending more.
const LOST_ALWAYS_MAX: u64 = 500;

/// What is being tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProbePhase {
    /// The rate doubles.
    Startup { best: u64, stale: u32 },
    /// What the doubling left on the way is drained.
    Drain,
    /// The rate is held, and now and then more is tried.
    Cruise { step: usize },
    /// Little is on the way, so that the round trip can be measured.
    ProbeRtt { until: Moment },
}

/// The rate of one transfer.
#[derive(Debug)]
pub struct Congestion {
    phase: ProbePhase,
    rtt: Duration,
    rtt_since: Moment,
    /// What arrived in a second in each of the last rounds, and of a thousand bytes how many were lost.
    rounds: VecDeque<(u64, u64)>,
    round: Moment,
    delivered: u64,
    lost: u64,
    /// In this round less was asked for than might have been: it says nothing of the path.
    is_idle: bool,
    /// More was lost in the last round than may be.
    is_lossy: bool,
}

impl Congestion {
    /// Begins, on a path of this round trip.
    pub fn new(rtt: Duration, now: Moment) -> Self {
        Self {
            phase: ProbePhase::Startup { best: 0, stale: 0 },
            rtt: rtt.max(Duration::from_micros(50)),
            rtt_since: now,
            rounds: VecDeque::new(),
            round: now,
            delivered: 0,
            lost: 0,
            is_idle: false,
            is_lossy: false,
        }
    }

    /// The shortest round trip of late.
    pub fn rtt(&self) -> Duration {
        self.rtt
    }

    /// How many bytes a second may leave.
    pub fn rate(&self) -> u64 {
        let gain = match self.phase {
            ProbePhase::Startup { .. } => GAIN_STARTUP,
            ProbePhase::Drain => 100 * 100 / GAIN_STARTUP,
            ProbePhase::Cruise { step } => GAINS[step],
            ProbePhase::ProbeRtt { .. } => 100,
        };
        let rate = self.best().unwrap_or_else(|| per_second(WINDOW_FIRST, self.rtt));
        // So much arrives where this path loses what it always loses.
        let arriving = 1000 - self.lost_always().min(LOST_ALWAYS_MAX);
        (rate.saturating_mul(gain) / 100 * 1000 / arriving).max(WINDOW_MIN)
    }

    /// How many bytes may be asked for ahead of what came.
    pub fn window(&self) -> u64 {
        if matches!(self.phase, ProbePhase::ProbeRtt { .. }) {
            return WINDOW_MIN;
        }
        let Some(best) = self.best() else { return WINDOW_FIRST };
        // What comes in one turn of a loop has to be on the way, too, however short the path is.
        let product = u128::from(best) * (self.rtt.max(ROUND_MIN / 2)).as_nanos() / 1_000_000_000;
        let gain = match self.phase {
            ProbePhase::Startup { .. } => GAIN_STARTUP,
            _ if self.is_lossy => 150,
            _ if self.is_shared() => GAIN_SHARED,
            _ => 200,
        };
        (u64::try_from(product).unwrap_or(u64::MAX).saturating_mul(gain) / 100).max(WINDOW_FIRST)
    }

    fn best(&self) -> Option<u64> {
        self.rounds.iter().map(|&(rate, _)| rate).max()
    }

    /// Whether the path overflowed of late, beyond what chance does on one that loses always.
    fn is_shared(&self) -> bool {
        let always = self.lost_always();
        self.rounds.iter().any(|&(_, lost)| lost > always + always / 2 + SHARED_LOSS)
    }

    /// Of a thousand bytes so many are lost in any case, also when less was sent than the path takes: it is not full then, it
    /// loses for another reason, as Wi-Fi does.
    fn lost_always(&self) -> u64 {
        let is_known = self.rounds.len() >= GAINS.len();
        self.rounds.iter().map(|&(_, lost)| lost).min().filter(|_| is_known).unwrap_or(0)
    }

    /// So much that lacked came.
    pub fn delivered(&mut self, bytes: u64, now: Moment) {
        self.delivered += bytes;
        self.end_round(now);
    }

    /// So much was lost.
    pub fn lost(&mut self, bytes: u64) {
        self.lost += bytes;
    }

    /// There is nothing to ask for now, though more might be on the way.
    pub fn idle(&mut self) {
        self.is_idle = true;
    }

    /// A round trip took so long, or less.
    pub fn round_trip(&mut self, took: Duration, now: Moment) {
        let took = took.max(Duration::from_micros(50));
        if took <= self.rtt {
            (self.rtt, self.rtt_since) = (took, now);
        } else if let ProbePhase::ProbeRtt { until } = self.phase
            && now >= until.after(self.rtt)
        {
            (self.rtt, self.rtt_since) = (took, now);
            self.phase = ProbePhase::Cruise { step: 2 };
        }
    }

    fn end_round(&mut self, now: Moment) {
        let span = now.since(self.round);
        if span < self.rtt.max(ROUND_MIN) {
            return;
        }
        let rate = per_second(self.delivered, span);
        let lost = self.lost * 1000 / (self.delivered + self.lost).max(1);
        let is_lossy = lost > self.lost_always() + 10 * LOSS_MAX_PERCENT;
        let is_idle = std::mem::take(&mut self.is_idle);
        if !is_idle || self.best().is_none_or(|best| rate > best) {
            self.rounds.push_back((rate, lost));
            if self.rounds.len() > ROUNDS {
                self.rounds.pop_front();
            }
        }
        (self.round, self.delivered, self.lost, self.is_lossy) = (now, 0, 0, is_lossy);
        self.phase = self.next_phase(rate, is_idle, now);
    }

    fn next_phase(&mut self, rate: u64, is_idle: bool, now: Moment) -> ProbePhase {
        match self.phase {
            ProbePhase::Startup { best, stale } => {
                let grows = rate > best.saturating_add(best / 4);
                match stale + u32::from(!is_idle) {
                    _ if grows => ProbePhase::Startup { best: rate, stale: 0 },
                    STALE_ROUNDS.. => ProbePhase::Drain,
                    stale => ProbePhase::Startup { best, stale },
                }
            }
            ProbePhase::Drain => ProbePhase::Cruise { step: 2 },
            ProbePhase::Cruise { .. } if now.since(self.rtt_since) >= RTT_FOR => {
                ProbePhase::ProbeRtt { until: now.after(RTT_PROBE_FOR) }
            }
            ProbePhase::Cruise { step } => ProbePhase::Cruise { step: (step + 1) % GAINS.len() },
            ProbePhase::ProbeRtt { until } if now >= until.after(RTT_PROBE_FOR) => {
                self.rtt_since = now; // what the round trip was still holds: nothing told of another
                ProbePhase::Cruise { step: 2 }
            }
            probe @ ProbePhase::ProbeRtt { .. } => probe,
        }
    }
}

fn per_second(bytes: u64, span: Duration) -> u64 {
    let rate = u128::from(bytes) * 1_000_000_000 / span.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
