//! Events: what is printed, what is counted, what rings.

use super::Screen;
use super::flood::Source;
use crate::chat::api::answer::Confirmation;
use crate::chat::api::carrier::CarrierState;
use crate::chat::api::event::{Content, Display, Event, Message};
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::{Conversation, InstanceKind, MessageBody, Person, Said};
use crate::chat::base::time::Moment;
use crate::chat::keys::secret::RoomName;
use crate::view::editor::buffer::Buffer;
use crate::view::lines::days::is_earlier;
use crate::view::screen::mention::{PeopleNamed, mentions};
use crate::view::text;
use crate::view::words::en;

impl Screen {
    /// Takes one event, to be seen with the next drawing.
    pub fn show(&mut self, event: &Event, now: Moment) {
        self.now = now;
        self.talks.expire(now);
        match event {
            Event::Standing { room, here, nicks, count, me, is_away, is_sealed, topic } => {
                self.talks.set_away(*is_away);
                let talk = self.talks.of(&Conversation::Room(room.clone()));
                talk.nicks.clone_from(nicks);
                talk.topic.clone_from(topic);
                (talk.here, talk.count, talk.is_sealed) = (here.clone(), *count, *is_sealed);
                talk.is_entering = false;
                talk.nick.clone_from(&me.nick);
                self.watch_company();
            }
            Event::Carrier(news) => {
                let broker = (news.broker.host(), news.state == CarrierState::Up);
                self.talks.of(&Conversation::Room(news.room.clone())).broker =
                    (news.state != CarrierState::Removed).then_some(broker);
                if en::carrier::carrier(news).is_some() {
                    self.print(event);
                }
            }
            Event::Target { to } => self.on_target(to),
            Event::Closed(conversation) => self.talks.remove(conversation),
            Event::PlainStanding(standing) => self.talks.set_standing(standing),
            Event::Notice(Notice::Target(_)) => {} // the prompt says so
            event if self.is_plain => self.print(event),
            Event::GivenBack { text, is_text } => self.editor.give_back(text, !is_text),
            Event::Display(wanted) => self.on_display(*wanted),
            Event::Highlight(word) => self.on_highlight(word.as_deref()),
            Event::Delivery(delivery) => {
                self.talks.judge(delivery);
                // Where all have confirmed the status row says so, and the stream stays quiet.
                if en::delivery(delivery, &crate::view::text::when::LocalTime::default()).is_some() {
                    self.print(event);
                }
            }
            Event::Notice(Notice::You { room, .. }) => {
                self.talks.of(&Conversation::Room(room.clone())).is_entering = false;
                self.print(event);
            }
            Event::Notice(Notice::Left { room }) => {
                self.talks.remove(&Conversation::Room(room.clone()));
                self.print(event);
            }
            Event::Notice(Notice::Answer(Confirmation::TakenBack { which, .. })) => {
                self.replay.forget(which);
                self.print(event);
            }
            Event::Transfer(told) => {
                self.transfers.note(told);
                if en::transfer(told).is_some() {
                    self.print(event);
                }
            }
            Event::Wrote { to, id, .. } => {
                self.talks.wrote(to, *id);
                self.print(event);
            }
            event => self.on_said(event),
        }
    }

    /// Something was said, or happened where something is said.
    fn on_said(&mut self, event: &Event) {
        let Some(conversation) = conversation(event) else { return self.print(event) };
        if !self.is_of_interest(event) {
            return;
        }
        let call = self.call(event);
        if call.is_some() && !is_recalled(event) && self.talks.current().conversation != conversation {
            self.talks.of(&conversation).unread += 1;
        }
        if let Some((who, lines)) = flooder(event)
            && !self.flood.shows(&who, room_of(event), lines, self.now)
        {
            return;
        }
        if let Some(words) = call.filter(|_| !is_old(event)) {
            self.bell.ring(&words, self.now);
        }
        if self.talks.shows(&conversation, event, self.now) {
            self.print_within_reason(event);
        }
    }

    /// Whether somebody's coming or going is shown. Who speaks is known from then on.
    fn is_of_interest(&mut self, event: &Event) -> bool {
        match event {
            Event::Said(said) if !is_old(event) => self.join_filter.spoke(&said.who, self.now),
            Event::Peer { kind: InstanceKind::Passing, .. } => return false,
            Event::Peer { room, who, change, .. } => {
                let was_alone = self.talks.of(&Conversation::Room(room.clone())).count == 0;
                return self.join_filter.shows(who, change, was_alone, self.now);
            }
            _ => {}
        }
        true
    }

    /// Waits for a word from now on, or not any more; or says for which.
    fn on_highlight(&mut self, word: Option<&str>) {
        match word {
            None => {}
            Some(word) if self.highlights.iter().any(|known| known == word) => {
                self.highlights.retain(|known| known != word);
            }
            Some(_) if self.highlights.len() >= HIGHLIGHTS_MAX => {}
            Some(word) => self.highlights.push(word.to_owned()),
        }
        let mut words = String::new();
        text::sanitise(&en::screen::highlights(&self.highlights), &mut words);
        self.note(&words);
    }

    /// Of a message that is longer than anybody reads the beginning, so that it does not push all else out of the scrollback.
    fn print_within_reason(&mut self, event: &Event) {
        let mut shortened = event.clone();
        let (text, is_kept) = match &mut shortened {
            Event::Said(Said { words: MessageBody::Text(text), marks, .. }) if !marks.is_recalled => {
                (text, self.is_kept)
            }
            Event::Message(Message { content: Content::Text { text, .. }, .. }) => (text, false),
            _ => return self.print(event),
        };
        let Some((end, _)) = text.match_indices('\n').nth(LINES_MAX) else { return self.print(event) };
        let more = text[end..].matches('\n').count();
        text.truncate(end);
        self.print(&shortened);
        self.note(&en::screen::more_lines(more, is_kept));
    }

    fn print(&mut self, event: &Event) {
        if let Some(end) = self.replay.take_end(event) {
            self.stream.new_since(end, &mut self.printed);
        }
        self.replay.note(event);
        self.put(event);
    }

    fn put(&mut self, event: &Event) {
        let mut named = match conversation(event).filter(|_| !self.is_plain) {
            Some(conversation) => self.talks.of(&conversation).named(),
            None => PeopleNamed::default(),
        };
        named.words = &self.highlights;
        self.stream.print(event, &named, &mut self.printed);
    }

    /// Empties the screen, but for the last lines.
    pub(super) fn redraw(&mut self) {
        self.is_clearing = true;
        if !self.replay.is_empty() {
            self.note(en::screen::AGAIN);
        }
        self.show_again();
    }

    /// The last lines once more.
    pub(super) fn show_again(&mut self) {
        for event in self.replay.lines() {
            self.put(&event);
        }
    }

    pub(super) fn note(&mut self, words: &str) {
        self.stream.note(words, &mut self.printed);
    }

    /// What to ring with: somebody wants one.
    fn call(&mut self, event: &Event) -> Option<String> {
        let (who, text) = match event {
            Event::Said(Said {
                words: MessageBody::Text(text) | MessageBody::Action(text), who, to: Some(_), ..
            }) => (who.to_string(), text.clone()),
            Event::Said(Said { words: MessageBody::Text(text) | MessageBody::Action(text), who, room, .. }) => {
                let mut named = self.talks.of(&Conversation::Room(room.clone())).named();
                named.words = &self.highlights;
                (!mentions(text, &named).is_empty()).then(|| (who.to_string(), text.clone()))?
            }
            Event::Message(Message { from, content: Content::Text { text, .. }, .. }) => {
                (from.to_string(), text.clone())
            }
            _ => return None,
        };
        let mut words = String::new();
        text::sanitise(&format!("{who}: {text}"), &mut words);
        Some(words.chars().take(NOTIFIED_CHARS).collect())
    }

    /// Each conversation has its draft. That of a room which is not joined after all comes back.
    fn on_target(&mut self, conversation: &Conversation) {
        let (before, was_entering) = (self.talks.current().conversation.clone(), self.talks.current().is_entering);
        if before != *conversation {
            let typed = self.editor.exchange(Buffer::default());
            let given_back = was_entering.then(|| typed.clone());
            let kept = self.talks.choose(conversation, typed);
            self.editor.exchange(kept);
            if let Some(draft) = given_back {
                self.talks.remove(&before);
                self.editor.give_back(draft.text(), !draft.is_pasted());
            }
        }
        if self.talks.is_only() {
            self.show_missed();
        }
    }

    fn on_display(&mut self, wanted: Display) {
        match wanted {
            Display::Keys => {
                let table = Event::Notice(Notice::Answer(Confirmation::Words(self.bindings.table())));
                self.print(&table);
            }
            Display::Clear => self.is_clearing = true,
            Display::Only => {
                self.talks.set_only(true);
                self.note(en::screen::ONLY);
            }
            Display::All => {
                self.talks.set_only(false);
                self.note(en::screen::ALL);
                self.show_missed();
            }
        }
    }

    /// What was not shown is printed, as what it was.
    fn show_missed(&mut self) {
        let (events, forgotten) = self.talks.take_missed();
        if forgotten > 0 {
            self.note(&en::screen::forgotten(forgotten));
        }
        for event in &events {
            self.print_within_reason(event);
        }
    }

    /// What came faster than it can be read.
    pub(super) fn tell_folded(&mut self) {
        for (source, room, folded) in self.flood.take_due(self.now) {
            let mut who = String::new();
            match &source {
                Source::Person(name) => text::sanitise(name, &mut who),
                Source::PlainPeer(address) => who = format!("[{address}]"),
                Source::Others => en::screen::OTHERS.clone_into(&mut who),
            }
            let is_kept = self.is_kept && room.is_some(); // what plain peers write is kept nowhere
            self.note(&en::screen::lines_from(&who, room.as_ref(), folded.lines, is_kept.then_some(folded.among)));
        }
    }

    /// Whether one is alone, and since when.
    fn watch_company(&mut self) {
        let is_alone = self.talks.all().iter().all(|talk| talk.count == 0);
        self.alone_since = is_alone.then(|| self.alone_since.unwrap_or(self.now));
    }

    /// Who is here for the first time is told how it goes.
    pub(super) fn welcome(&mut self) {
        for line in en::screen::WELCOME {
            self.note(line);
        }
    }
}

/// So many words are waited for.
pub const HIGHLIGHTS_MAX: usize = 64;

/// So many lines of one message are shown.
const LINES_MAX: usize = 400;

/// So much of a message is passed on to the desktop.
const NOTIFIED_CHARS: usize = 120;

/// Where something happens, as far as it does in one conversation.
fn conversation(event: &Event) -> Option<Conversation> {
    match event {
        Event::Said(Said { who, to: Some(_), marks, .. }) if !marks.is_recalled => {
            Some(Conversation::Person(Person::from(who)))
        }
        Event::Said(Said { room, .. }) | Event::Peer { room, .. } => Some(Conversation::Room(room.clone())),
        Event::Message(message) => Some(Conversation::PlainPeer(message.from)),
        _ => None,
    }
}

/// The room that something was said to all in.
fn room_of(event: &Event) -> Option<&RoomName> {
    match event {
        Event::Said(Said { room, to: None, .. }) => Some(room),
        _ => None,
    }
}

/// Whose lines count against what can be read, and how many. What one asked for does not, and what was said before one came
/// does not: how much of that is shown has a bound of its own, and nobody is there who floods.
fn flooder(event: &Event) -> Option<(Source, usize)> {
    match event {
        Event::Said(said) if !is_earlier(said) => {
            let lines = if let MessageBody::Text(text) = &said.words { lines(text) } else { 1 };
            Some((Source::Person(said.who.to_string()), lines))
        }
        Event::Message(Message { from, content, .. }) => {
            let lines = if let Content::Text { text, .. } = content { lines(text) } else { 1 };
            Some((Source::PlainPeer(*from), lines))
        }
        _ => None,
    }
}

/// How many rows it takes, about.
fn lines(text: &str) -> usize {
    1 + text.matches('\n').count() + text.len() / ROW_BYTES
}

const ROW_BYTES: usize = 160;

/// Whether somebody asked for what was said, or it is shown again.
fn is_recalled(event: &Event) -> bool {
    matches!(event, Event::Said(said) if said.marks.is_recalled)
}

fn is_old(event: &Event) -> bool {
    matches!(event, Event::Said(said) if is_earlier(said))
}
