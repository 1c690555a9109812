//! When a broker is tried again: soon after a connection that held, ever later after others, and never all at once.

use std::time::Duration;

use crate::chat::base::limits::{CLOSED_SOON, MALFORMED_MAX, RECONNECT_FIRST, RECONNECT_MAX};
use crate::chat::base::rng::Rng;
use crate::chat::base::time::Moment;
use crate::chat::mqtt::client::BrokerFault;

/// What became of the connections so far.
#[derive(Debug, Default)]
pub struct Reconnect {
    /// The next pause is at most so long.
    pause: Duration,
    up_since: Option<Moment>,
    /// So many times it sent what is no MQTT since a connection held.
    malformed: u32,
}

impl Reconnect {
    /// The broker took us.
    pub fn up(&mut self, now: Moment) {
        self.up_since = Some(now);
    }

    /// A try failed, or the connection is over. Says when to try again. A broker that takes us and closes at once is no better than
    /// one that does not.
    pub fn down(&mut self, why: Option<BrokerFault>, rng: &mut Rng, now: Moment) -> Moment {
        let is_malformed = matches!(why, Some(BrokerFault::Bad(_)));
        if self.up_since.take().is_some_and(|since| now.since(since) >= CLOSED_SOON) && !is_malformed {
            *self = Self::default();
        }
        self.malformed = self.malformed.saturating_add(u32::from(is_malformed));
        self.pause = match self.pause {
            _ if self.malformed >= MALFORMED_MAX => RECONNECT_MAX,
            Duration::ZERO => RECONNECT_FIRST,
            pause => (pause * 2).min(RECONNECT_MAX),
        };
        now.after(rng.between(Duration::ZERO, self.pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::mqtt::packet::BadPacket;

    const BAD: Option<BrokerFault> = Some(BrokerFault::Bad(BadPacket::Malformed));

    fn at(seconds: u64) -> Moment {
        Moment::since_start(Duration::from_secs(seconds))
    }

    /// Connections that each held for so many seconds and ended so; the longest pause that may follow each, in seconds.
    fn pauses(ends: &[(Option<u64>, Option<BrokerFault>)]) -> Vec<u64> {
        let (mut reconnect, mut rng) = (Reconnect::default(), Rng::new(&[1; 32]));
        let mut after = |&(held, why): &(Option<u64>, Option<BrokerFault>)| {
            if held.is_some() {
                reconnect.up(at(0));
            }
            let now = at(held.unwrap_or(0));
            assert!(reconnect.down(why, &mut rng, now).since(now) <= reconnect.pause);
            reconnect.pause.as_secs()
        };
        ends.iter().map(&mut after).collect()
    }

    #[test]
    fn the_first_try_comes_within_five_seconds_and_the_next_ones_within_ever_longer_up_to_a_minute() {
        assert_eq!(pauses(&[(None, None); 6]), [5, 10, 20, 40, 60, 60]);
        assert_eq!(pauses(&[(None, None), (None, None), (Some(10), None), (None, None)]), [5, 10, 5, 10]);
    }

    #[test]
    fn a_broker_that_welcomes_and_closes_is_tried_ever_later() {
        assert_eq!(pauses(&[(Some(0), None), (Some(9), None), (Some(1), None)]), [5, 10, 20]);
    }

    #[test]
    fn who_sends_what_is_no_mqtt_three_times_is_tried_once_a_minute_until_a_connection_held() {
        assert_eq!(pauses(&[(Some(99), BAD), (Some(99), BAD), (Some(99), BAD), (Some(3), None)]), [5, 10, 60, 60]);
        assert_eq!(pauses(&[(None, BAD), (None, BAD), (Some(99), None), (None, BAD)]), [5, 10, 5, 10]);
    }

    #[test]
    fn many_that_lost_one_broker_do_not_come_back_together() {
        let mut rng = Rng::new(&[2; 32]);
        let mut tenths = [0; 50];
        for _ in 0..1000 {
            let due = Reconnect::default().down(None, &mut rng, at(0)).since(at(0));
            tenths[usize::try_from(due.as_millis() / 100).expect("an index").min(49)] += 1;
        }
        assert!(tenths.iter().all(|&count| (1..=45).contains(&count)), "twenty are to be expected: {tenths:?}");
    }
}
