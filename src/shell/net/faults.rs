//! A bad network on purpose: what leaves is lost, doubled, held back and overtaken, as a seed decides. What comes is left as it
//! is, so both sides are to be told.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use crate::chat::api::machine::To;
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::view::words::en;

/// What is to happen to what leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chaos {
    /// The part that is lost.
    loss: f64,
    /// The part that is sent twice.
    dup: f64,
    /// The part that is overtaken by what follows.
    reorder: f64,
    /// How long everything takes.
    delay: Duration,
    /// All of its randomness.
    seed: u64,
}

/// How long a datagram is held back so that others overtake it.
const OVERTAKEN_FOR: Duration = Duration::from_millis(20);

/// How many datagrams are held back at most; beyond, they are lost as in a queue that is full.
const HELD_MAX: usize = 16 * 1024;

impl FromStr for Chaos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut chaos = Self { seed: 1, ..Self::default() };
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| expected(part))?;
            match name.trim() {
                "loss" => chaos.loss = share(value).ok_or_else(|| expected(part))?,
                "dup" => chaos.dup = share(value).ok_or_else(|| expected(part))?,
                "reorder" => chaos.reorder = share(value).ok_or_else(|| expected(part))?,
                "delay" => chaos.delay = span(value).ok_or_else(|| expected(part))?,
                "seed" => chaos.seed = value.trim().parse().map_err(|_| expected(part))?,
                _ => return Err(expected(part)),
            }
        }
        Ok(chaos)
    }
}

fn expected(part: &str) -> String {
    en::usage::bad_chaos(part)
}

fn share(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    (0.0..=10.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// A datagram, and whom it is for.
type DelayedDatagram = (To, Rc<[u8]>);

/// Datagrams on their way to a bad network.
#[derive(Debug)]
pub struct FaultyNetwork {
    chaos: Chaos,
    rng: Rng,
    held: BTreeMap<(Moment, u64), DelayedDatagram>,
    /// How many were held so far: those of one moment leave in their order.
    count: u64,
}

impl FaultyNetwork {
    /// Nothing is on its way.
    pub fn new(chaos: Chaos) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&chaos.seed.to_le_bytes());
        Self { chaos, rng: Rng::new(&seed), held: BTreeMap::new(), count: 0 }
    }

    /// A datagram leaves.
    pub fn take(&mut self, to: To, datagram: &Rc<[u8]>, now: Moment) {
        let copies = 1 + usize::from(self.happens(self.chaos.dup));
        for _ in 0..copies {
            let is_lost = self.happens(self.chaos.loss);
            let is_overtaken = self.happens(self.chaos.reorder);
            if is_lost || self.held.len() >= HELD_MAX {
                continue;
            }
            let due = now.after(self.chaos.delay + if is_overtaken { OVERTAKEN_FOR } else { Duration::ZERO });
            self.count += 1;
            self.held.insert((due, self.count), (to, Rc::clone(datagram)));
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        const WHOLE: u32 = 1 << 24;
        let drawn = u32::try_from(self.rng.below(u64::from(WHOLE))).expect("below a u32");
        f64::from(drawn) < share * f64::from(WHOLE)
    }

    /// The next datagram that the network takes now.
    pub fn next(&mut self, now: Moment) -> Option<DelayedDatagram> {
        let first = self.held.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// When the next one leaves.
    pub fn deadline(&self) -> Option<Moment> {
        self.held.first_key_value().map(|(&(due, _), _)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_happen_is_read_or_refused_with_what_was_expected() {
        let chaos: Chaos = "loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7".parse().unwrap();
        let delay = Duration::from_millis(50);
        assert_eq!(chaos, Chaos { loss: 0.2, dup: 0.1, reorder: 0.1, delay, seed: 7 });
        assert_eq!("delay=1.5s".parse::<Chaos>().unwrap().delay, Duration::from_millis(1500));
        for wrong in ["", "loss", "loss=2", "loss=-1", "loss=NaN", "delay=50", "delay=1h", "delay=11s", "rain=1"] {
            assert!(wrong.parse::<Chaos>().unwrap_err().contains("expected some of loss=0.2"), "{wrong}");
        }
    }

    /// Which of 1,000 datagrams arrive, in their order.
    fn arrivals(chaos: &str) -> Vec<u16> {
        let mut faulty_network = FaultyNetwork::new(chaos.parse().unwrap());
        let at = |millis| Moment::since_start(Duration::from_millis(millis));
        let mut arrived = Vec::new();
        for number in 0..1000_u16 {
            faulty_network.take(To::Lan, &Rc::from(number.to_le_bytes()), at(u64::from(number)));
            while let Some((_, datagram)) = faulty_network.next(at(u64::from(number))) {
                arrived.push(u16::from_le_bytes([datagram[0], datagram[1]]));
            }
        }
        while let Some((_, datagram)) = faulty_network.next(at(100_000)) {
            arrived.push(u16::from_le_bytes([datagram[0], datagram[1]]));
        }
        arrived
    }

    #[test]
    fn about_as_many_are_lost_doubled_and_overtaken_as_was_asked_for() {
        let all: Vec<u16> = (0..1000).collect();
        assert_eq!(arrivals("loss=0"), all);
        assert_eq!(arrivals("delay=3s"), all);
        assert_eq!(arrivals("loss=1"), [0; 0]);
        assert_eq!(arrivals("dup=1").len(), 2000);
        assert!((600..800).contains(&arrivals("loss=0.3").len()));
        assert!(arrivals("reorder=0.1").windows(2).filter(|pair| pair[0] > pair[1]).count() > 20);
        assert_eq!(arrivals("loss=0.3,seed=2"), arrivals("loss=0.3,seed=2"));
        assert_ne!(arrivals("loss=0.3,seed=2"), arrivals("loss=0.3,seed=3"));
    }
}
