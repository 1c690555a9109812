//! When it ends, and with which code.

use super::Node;
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::expect::Expect;
use crate::chat::api::machine::{Output, Reason};
use crate::chat::api::notice::Notice;
use crate::chat::base::time::Moment;
use crate::chat::room::Room;

impl Node {
    /// After the end of input it ends once it is clear what became of everything said.
    pub(super) fn end_if_confirmed(&mut self) {
        let is_met = self.is_met();
        let is_over = is_met || !self.config.script.listen && self.config.script.expect.is_none();
        let is_early = !self.phase.has_input_ended() || self.phase.is_ending();
        if is_early || !is_over || self.waits_for_others() || self.addressed.is_some() || self.is_transferring() {
            return;
        }
        let former = self.former.superseded.iter().map(|former| former.room.outcome());
        let ending = self.results.ending(self.rooms().map(Room::outcome).chain(former));
        let Some(ending) = ending else { return };
        self.finish(if is_met { Ending::Expected } else { ending });
    }

    /// Whether it must not end yet, for others are waited for. Who sits at a terminal may always leave.
    fn waits_for_others(&self) -> bool {
        self.phase.is_waiting() && !self.config.input.terminal
    }

    /// Whether everything came that was waited for.
    pub(super) fn is_met(&self) -> bool {
        self.config.script.expect.as_ref().is_some_and(Expect::is_met)
    }

    /// Everything that is waited for may have come. What was said is still to be confirmed, and what is piped in is said
    /// first, for its writer may have started later than whoever answered.
    pub(super) fn end_if_met(&mut self) {
        if !self.is_met() || self.phase.has_input_ended() {
            return;
        }
        if self.config.input.is_piped || self.config.script.is_send {
            self.phase.meet(self.now.moment);
        } else {
            self.on_end();
        }
    }

    /// What must have happened by when, counted from the start.
    pub(super) fn time_bound(&self) -> Option<(Moment, Reason)> {
        let bound = Moment::START.after(self.config.script.timeout?);
        if self.phase.is_waiting() {
            return Some((bound, Reason::Peers));
        }
        (self.config.script.expect.is_some() && !self.is_met()).then_some((bound, Reason::Expect))
    }

    pub(super) fn tick_timeout(&mut self) {
        if self.phase.met_deadline().is_some_and(|due| due <= self.now.moment) {
            self.on_end();
        }
        match self.time_bound() {
            Some((bound, reason)) if bound <= self.now.moment => {
                self.finish(if reason == Reason::Peers { Ending::TooFew } else { Ending::NotExpected });
            }
            _ => {}
        }
    }

    /// Begins to leave: goodbye is said, and then it is over. What went wrong on the way outweighs a good end.
    pub(super) fn finish(&mut self, ending: Ending) {
        let ending = match ending {
            Ending::EndOfInput | Ending::Quit | Ending::Expected | Ending::OutputClosed
                if self.results.is_refused() && !self.config.input.terminal =>
            {
                Ending::LinesRefused
            }
            Ending::OutputClosed if self.config.script.expect.is_some() && !self.is_met() => Ending::NotExpected,
            other => other,
        };
        self.tell_unconfirmed(ending);
        self.break_off_transfers();
        if self.phase.leave(ending, self.now.moment) {
            self.tick_goodbye();
        }
    }

    /// Who leaves before all has arrived is told: whoever waits for the end of input is not, for the exit code says it.
    fn tell_unconfirmed(&mut self, ending: Ending) {
        let messages: usize = self.rooms().map(Room::undecided).sum();
        let is_left = self.config.input.terminal && !self.phase.is_ending();
        if is_left && messages > 0 && matches!(ending, Ending::Quit | Ending::EndOfInput | Ending::Signal(..)) {
            self.notice(Notice::LeftUnconfirmed { messages, is_kept: !self.config.user.is_temporary });
        }
    }

    pub(super) fn tick_goodbye(&mut self) {
        if self.phase.goodbye_deadline().is_none_or(|due| due > self.now.moment) {
            return;
        }
        self.for_each_room(Room::say_goodbye);
        let is_alone = self.rooms().all(|room| room.presence().is_empty());
        let is_held = self.every_room().any(Room::is_holding);
        self.outputs.extend(self.phase.said_goodbye(is_alone, is_held, self.now.moment).map(Output::Exit));
    }

    /// As the end of input, but that nobody waits for a message any more.
    pub(super) fn on_output_closed(&mut self) {
        if self.config.script.expect.is_some() || self.config.script.listen || self.results.is_empty() {
            self.finish(Ending::OutputClosed);
        } else if !self.phase.has_input_ended() {
            self.on_end();
        } else {
            self.break_off_transfers(); // whoever wanted to know is gone, perhaps killed, and may come again for the rest
            self.end_if_confirmed();
        }
    }

    /// The second time there is no goodbye.
    pub(super) fn on_leave(&mut self, ending: Ending) {
        if self.phase.is_ending() {
            self.phase.end();
            self.outputs.push_back(Output::Exit(ending));
        } else {
            self.finish(ending);
        }
    }

    /// There is no more input. Where it was to be sent and is empty, that is told: whoever wrote the pipe expected more.
    pub(super) fn on_end_of_input(&mut self) {
        if self.config.script.is_send && self.results.is_empty() && !self.phase.has_input_ended() {
            self.show(Event::Notice(Notice::NothingSent));
        }
        self.on_end();
    }

    pub(super) fn on_end(&mut self) {
        self.flush();
        self.phase.end_input();
        self.for_each_room(Room::end_input);
        if self.results.is_empty()
            && !self.config.script.listen
            && self.config.script.expect.is_none()
            && !self.waits_for_others()
            && !self.is_transferring()
        {
            self.finish(Ending::EndOfInput);
        }
        self.end_if_confirmed();
    }
}
