//! A command answers each datagram: what it prints is one datagram to whoever sent it.

use std::net::SocketAddr;

use super::Chatter;
use crate::chat::api::machine::Output;
use crate::chat::api::notice::Notice;
use crate::chat::api::run::{NoAnswer, RunOutcome};
use crate::chat::base::limits::TELL_AGAIN;
use crate::chat::base::time::{Moment, Now};
use crate::chat::plain;
use crate::chat::plain::responder::Responder;

/// What was not answered, and when that was last told: strangers could draw a sentence for each datagram.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    count: u64,
    told: Option<Moment>,
}

impl Unanswered {
    /// One more was not. Says how many since it was last told, where it is time to tell it.
    fn one_more(&mut self, now: Moment) -> Option<u64> {
        self.count += 1;
        if self.told.is_some_and(|told| now.since(told) < TELL_AGAIN) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

impl Chatter {
    /// A datagram came. Frames are of another protocol, and get no text.
    pub(super) fn ask_for_answer(&mut self, from: SocketAddr, datagram: &[u8], now: Moment) {
        let Some(responder) = self.responder.as_mut().filter(|_| !plain::is_frame(datagram)) else { return };
        if !responder.add(from, datagram, now) {
            self.not_answered(from, NoAnswer::Busy, now);
        }
    }

    /// Runs what may run now.
    pub(super) fn run_due(&mut self, now: Moment) {
        if self.over {
            return;
        }
        while let Some((from, datagram)) = self.responder.as_mut().and_then(|responder| responder.next(now)) {
            self.outputs.push_back(Output::Run { from, datagram });
        }
    }

    /// A command has ended.
    pub(super) fn on_ran(&mut self, from: SocketAddr, outcome: RunOutcome, now: Now) {
        self.responder.iter_mut().for_each(|responder: &mut Responder| responder.ended(from, now.moment));
        match outcome {
            RunOutcome::Printed(bytes) if bytes.is_empty() => {}
            RunOutcome::Printed(bytes) => {
                if self.config.has_screen {
                    let text = self.plain.sent_text(from, &bytes);
                    self.tell_own(vec![from], text, now.wall);
                }
                self.send_datagram(from, bytes.into());
            }
            RunOutcome::Failed(why) => self.not_answered(from, why, now.moment),
        }
    }

    fn not_answered(&mut self, from: SocketAddr, why: NoAnswer, now: Moment) {
        if let Some(times) = self.unanswered.one_more(now) {
            self.notice(Notice::Unanswered { from, why, times });
        }
    }
}
