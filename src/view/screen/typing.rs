//! Keys: the line, the conversations, the program.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{Screen, ScreenRequest, StatusHint};
use crate::chat::api::event::{Event as Told, Fault};
use crate::chat::api::refusal::TextRefusal;
use crate::chat::api::requester::Requester;
use crate::chat::api::talk::Conversation;
use crate::chat::base::limits::{DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX};
use crate::view::editor::bindings::EditorAction;
use crate::view::editor::buffer::TEXT_BYTES_MAX;
use crate::view::editor::keys::NO_TEXT;
use crate::view::editor::{Completions, Doubt, Effect};
use crate::view::screen::asking::Asked;
use crate::view::screen::conversations::Talk;
use crate::view::words::en;
use crate::view::words::en::screen::HintWords;

/// So many cells of the status row show what Tab chooses among.
const CHOICE_CELLS: usize = 38;

/// So long what was asked stays to be read.
const HINT_FOR: Duration = Duration::from_secs(5);

impl Screen {
    pub(super) fn on_event(&mut self, event: Event, requests: &mut Vec<ScreenRequest>) {
        let is_asking = !self.asking.is_empty();
        if let Some(asking) = self.asking.front_mut() {
            match asking.on_event(&event) {
                Asked::On => {}
                Asked::Wrong(why) => {
                    self.show(&Told::Fault(Fault::Line { requester: Requester::default(), why }), self.now);
                }
                Asked::NoText(byte) => self.refuse(TextRefusal::NotUtf8 { byte }),
                Asked::Done(room, phrase) => self.asked(ScreenRequest::Secret(room, Some(phrase)), requests),
                Asked::Not(room) => self.asked(ScreenRequest::Secret(room, None), requests),
            }
        }
        match event {
            Event::Key(_) | Event::Paste(_) if is_asking => {}
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(key, requests),
            Event::Paste(text) => self.on_paste(&text),
            Event::FocusGained => self.bell.focus(true),
            Event::FocusLost => self.bell.focus(false),
            _ => {}
        }
    }

    fn asked(&mut self, answer: ScreenRequest, requests: &mut Vec<ScreenRequest>) {
        self.asking.pop_front();
        requests.push(answer);
    }

    fn on_paste(&mut self, text: &str) {
        self.hint = None;
        let is_much = self.editor.buffer().text().len() + text.len() > TEXT_BYTES_MAX;
        self.editor.paste(text);
        if is_much {
            self.hint(en::screen::pasted_too_much(TEXT_BYTES_MAX / 1024));
        }
    }

    fn on_key(&mut self, key: KeyEvent, requests: &mut Vec<ScreenRequest>) {
        let was_offered = self.hint.take().is_some_and(|hint| hint.offers_to_leave);
        match (self.bindings.action(&key), key.code) {
            (Some(action), _) => self.on_action(action, was_offered, requests),
            (None, KeyCode::Char(c)) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => self.editor.type_char(c),
            _ => {}
        }
    }

    fn on_action(&mut self, action: EditorAction, was_offered: bool, requests: &mut Vec<ScreenRequest>) {
        let chosen = match action {
            EditorAction::Next => self.talks.beside(1),
            EditorAction::Previous => self.talks.beside(-1),
            EditorAction::Active => self.talks.active(),
            EditorAction::Conversation(number) => self.talks.at(number + 1),
            EditorAction::Redraw => return self.redraw(),
            EditorAction::Suspend => return requests.push(ScreenRequest::Suspend),
            EditorAction::Edit => return requests.push(ScreenRequest::Edit(self.editor.buffer().text().to_owned())),
            action => return self.on_line_action(action, was_offered, requests),
        };
        requests.extend(chosen.cloned().map(ScreenRequest::Choose));
    }

    fn on_line_action(&mut self, action: EditorAction, was_offered: bool, requests: &mut Vec<ScreenRequest>) {
        let talk = self.talks.current();
        let people: Vec<String> = talk.here.iter().map(ToString::to_string).collect();
        let rooms: Vec<String> = self.talks.all().iter().filter_map(|talk| room(&talk.conversation)).collect();
        let plain_peers: Vec<String> =
            self.talks.all().iter().filter_map(|talk| plain_peer(&talk.conversation)).collect();
        let [people, rooms, plain_peers] =
            [&people, &rooms, &plain_peers].map(|all| all.iter().map(String::as_str).collect());
        let nicks = talk.nicks.iter().map(String::as_str).collect();
        let names = Completions { people, nicks, rooms, plain_peers, has_commands: !self.is_plain };
        let effect = self.editor.act(action, &names);
        if let Some(choice) = en::screen::choice(self.editor.choice(), CHOICE_CELLS) {
            self.hint = Some(StatusHint { short: choice.into(), until: None, offers_to_leave: false });
        }
        match effect {
            None => {}
            Some(Effect::Line(text)) => match self.numbered(&text) {
                Some(conversation) => self.say(text, |_| ScreenRequest::Choose(conversation), requests),
                None => self.say(text, ScreenRequest::Line, requests),
            },
            Some(Effect::Text(text)) => self.say(text, ScreenRequest::Text, requests),
            Some(Effect::Ask(Doubt::Lines(lines))) => self.hint(en::screen::pasted_lines(lines)),
            Some(Effect::Ask(Doubt::Invitation)) => self.hint(en::screen::invitation_again()),
            Some(Effect::Paths(typed)) => requests.push(ScreenRequest::Paths(typed)),
            Some(Effect::NothingToClear) if was_offered || self.is_plain => requests.push(ScreenRequest::Leave),
            Some(Effect::NothingToClear) => {
                self.put_hint(en::screen::LEAVE_AGAIN, true);
            }
            Some(Effect::NothingToDelete) if self.is_plain => requests.push(ScreenRequest::End),
            Some(Effect::NothingToDelete) => requests.push(ScreenRequest::Leave),
        }
    }

    /// The conversation that `/room 3` or `/query 3` means by the number it has in the status row, unless a room is called so.
    fn numbered(&self, text: &str) -> Option<Conversation> {
        let (command, number) = text.split_once(' ').filter(|(command, _)| matches!(*command, "/room" | "/query"))?;
        let at = number.trim().parse().ok()?;
        let is_name = |talk: &Talk| talk.conversation.to_string() == format!("#{}", number.trim());
        let is_free = command == "/query" || !self.talks.all().iter().any(is_name);
        self.talks.at(at).filter(|_| is_free && !self.is_plain).cloned()
    }

    /// What cannot be said stays where it can be mended.
    fn say(&mut self, text: String, request: impl FnOnce(String) -> ScreenRequest, requests: &mut Vec<ScreenRequest>) {
        if let Some(byte) = text.find(NO_TEXT) {
            return self.refuse(TextRefusal::NotUtf8 { byte: byte + 1 });
        }
        if self.is_plain {
            let longest = text.lines().map(str::len).max().unwrap_or(0);
            if longest > DATAGRAM_BYTES_MAX {
                return self.refuse(TextRefusal::TooLong { bytes: longest as u64, most: DATAGRAM_BYTES_MAX });
            }
            if !self.is_open {
                return self.hint(en::screen::nobody_wrote());
            }
        } else if text.len() > MESSAGE_BYTES_MAX {
            return self.refuse(TextRefusal::TooLongForRoom { bytes: text.len() as u64, most: MESSAGE_BYTES_MAX });
        } else if !self.is_open && !text.starts_with('/') {
            return self.hint(en::screen::not_yet());
        }
        requests.extend(self.editor.said().map(ScreenRequest::Remember));
        requests.push(request(text));
    }

    /// Says in full why it is not sent.
    fn refuse(&mut self, why: TextRefusal) {
        self.show(&Told::Fault(Fault::Line { requester: Requester::default(), why: why.into() }), self.now);
        self.put_hint(en::screen::NOT_SENT, false);
    }

    /// Says something in the status row, and the first time in full.
    fn hint(&mut self, HintWords { short, sentence }: HintWords) {
        if self.explained.insert(short) {
            self.note(&sentence);
        }
        self.put_hint(short, false);
    }

    fn put_hint(&mut self, short: &'static str, offers_to_leave: bool) {
        self.hint = Some(StatusHint { short: short.into(), until: Some(self.now.after(HINT_FOR)), offers_to_leave });
    }

    /// Says what the terminal cannot do.
    pub fn tell(&mut self, words: &str) {
        self.show(&Told::Fault(Fault::Fatal(words.to_owned())), self.now);
    }

    /// The names of files that were wanted.
    pub fn paths(&mut self, found: Vec<String>) {
        self.editor.paths(found);
    }

    /// What was edited elsewhere, or why it was not.
    pub fn edited(&mut self, text: Result<String, String>) {
        match text {
            Ok(text) => self.editor.edited(&text),
            Err(why) => self.tell(&why),
        }
    }
}

fn plain_peer(conversation: &Conversation) -> Option<String> {
    match conversation {
        Conversation::PlainPeer(address) => Some(address.to_string()),
        Conversation::Person(person) => Some(person.name.clone()),
        Conversation::Room(_) | Conversation::PlainPeers(_) => None,
    }
}

fn room(conversation: &Conversation) -> Option<String> {
    match conversation {
        Conversation::Room(room) => Some(room.to_string()),
        Conversation::Person(_) | Conversation::PlainPeer(_) | Conversation::PlainPeers(_) => None,
    }
}
