//! What a live screen of a plain session is told: how it stands, and what was typed. What is pasted there.

use std::net::SocketAddr;

use super::Chatter;
use crate::chat::api::event::{Event, PlainStanding};
use crate::chat::api::talk::{Conversation, MessageBody, Speaker};
use crate::chat::base::line::{BadLine, Line};
use crate::chat::base::metrics::Kind;
use crate::chat::base::time::{Now, Wall};

impl Chatter {
    /// How it stands, where that has changed and a screen shows it.
    pub(super) fn tell_standing(&mut self) {
        if !self.config.has_screen || self.over {
            return;
        }
        let standing = PlainStanding {
            to: self.audience.addresses(),
            is_named: self.audience.is_named(),
            sent: self.traffic.sent.of(Kind::Plain),
            received: self.traffic.received.of(Kind::Plain),
            undelivered: self.undelivered,
        };
        if standing != self.told {
            self.told = standing.clone();
            self.show(Event::PlainStanding(standing));
        }
    }

    /// Each line of what was pasted is one message, and all of them go to the same.
    pub(super) fn on_paste(&mut self, text: Result<String, BadLine>, now: Now) {
        match text {
            Ok(text) => {
                for line in text.lines() {
                    self.take_line(Line { number: 0, text: Ok(line.to_owned()) }, now);
                }
            }
            Err(bad) => self.take_line(Line { number: 0, text: Err(bad) }, now),
        }
        self.audience.line_ended();
    }

    /// A screen shows what was sent, too.
    pub(super) fn tell_own(&mut self, to: Vec<SocketAddr>, text: String, sent: Wall) {
        let (to, who, words) = (Conversation::PlainPeers(to), Speaker::me(), MessageBody::Text(text));
        self.show(Event::Wrote { to, who, words, sent, id: None });
    }
}
