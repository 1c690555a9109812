//! When a broker is tried again: soon after a connection that held, ever later after tries that failed, and never all at once.

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
    /// So many connections in a row were closed soon after they were up.
    closed_soon: u32,
    malformed: u32,
}

impl Reconnect {
    /// The broker took us.
    pub fn up(&mut self, now: Moment) {
        self.pause = Duration::ZERO;
        self.up_since = Some(now);
    }

    /// A try failed, or the connection is over. Says when to try again.
    pub fn down(&mut self, why: Option<BrokerFault>, rng: &mut Rng, now: Moment) -> Moment {
        if let Some(since) = self.up_since.take() {
            let is_soon = now.since(since) < CLOSED_SOON;
            self.closed_soon = if is_soon { self.closed_soon.saturating_add(1) } else { 0 };
        }
        if matches!(why, Some(BrokerFault::Bad(_))) {
            self.malformed = self.malformed.saturating_add(1);
        }
        self.pause = match self.pause {
            _ if self.malformed >= MALFORMED_MAX => RECONNECT_MAX,
            Duration::ZERO => RECONNECT_FIRST,
            pause => (pause * 2).min(RECONNECT_MAX),
        };
        now.after(rng.between(Duration::ZERO, self.pause))
    }

    /// Whether somebody else seems to come by the same name, so that another one is to be taken. Asked once for each time.
    pub fn take_is_taken_over(&mut self) -> bool {
        let is_taken_over = self.closed_soon >= 2;
        if is_taken_over {
            self.closed_soon = 0;
        }
        is_taken_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::mqtt::packet::BadPacket;

    fn at(seconds: u64) -> Moment {
        Moment::since_start(Duration::from_secs(seconds))
    }

    /// The longest of many pauses after this, in whole seconds.
    fn pauses(reconnect: &mut Reconnect, why: Option<BrokerFault>, rng: &mut Rng) -> u64 {
        let before = reconnect.pause;
        let pauses = (0..500).map(|_| {
            reconnect.pause = before;
            reconnect.down(why, rng, at(0)).since(at(0))
        });
        let (least, most) =
            pauses.fold((Duration::MAX, Duration::ZERO), |(least, most), one| (least.min(one), most.max(one)));
        assert!(least < most / 20, "{least:?} {most:?}");
        (most + Duration::from_millis(500)).as_secs()
    }

    #[test]
    fn the_first_try_comes_within_five_seconds_and_the_next_ones_within_ever_longer_up_to_a_minute() {
        let (mut reconnect, mut rng) = (Reconnect::default(), Rng::new(&[1; 32]));
        let all: Vec<u64> = (0..6).map(|_| pauses(&mut reconnect, None, &mut rng)).collect();
        assert_eq!(all, [5, 10, 20, 40, 60, 60]);
        reconnect.up(at(100));
        assert_eq!(pauses(&mut reconnect, None, &mut rng), 5);
    }

    #[test]
    fn who_sends_what_is_no_mqtt_three_times_is_tried_once_a_minute() {
        let (mut reconnect, mut rng) = (Reconnect::default(), Rng::new(&[1; 32]));
        for _ in 0..MALFORMED_MAX {
            reconnect.up(at(0));
            reconnect.down(Some(BrokerFault::Bad(BadPacket::Malformed)), &mut rng, at(60));
        }
        assert_eq!(reconnect.pause, RECONNECT_MAX);
        reconnect.up(at(100));
        assert_eq!(pauses(&mut reconnect, None, &mut rng), 60, "it may be up in between");
    }

    #[test]
    fn twice_closed_within_ten_seconds_is_taken_for_another_of_that_name() {
        let (mut reconnect, mut rng) = (Reconnect::default(), Rng::new(&[1; 32]));
        let mut close_after = |seconds: u64| {
            reconnect.up(at(0));
            reconnect.down(None, &mut rng, at(seconds));
            reconnect.take_is_taken_over()
        };
        assert_eq!([9, 9, 9, 10, 9, 9].map(&mut close_after), [false, true, false, false, false, true]);
    }
}
