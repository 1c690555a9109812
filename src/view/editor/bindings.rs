//! Which key does what: one table, from which `/keys` is made too.

use std::fmt::Write;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::view::words::en;

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorAction {
    /// Says what is typed.
    Send,
    /// Begins another line of the same message.
    Newline,
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// One word back.
    WordLeft,
    /// One word on.
    WordRight,
    /// To the beginning of the line.
    Home,
    /// To its end.
    End,
    /// To the line above, or what was typed before.
    Up,
    /// To the line below, or what was typed after that.
    Down,
    /// Removes the character before the caret.
    Backspace,
    /// Removes the character behind it.
    Delete,
    /// The same, and leaves where nothing is typed.
    DeleteOrLeave,
    /// Cuts the word before the caret.
    CutWordBefore,
    /// Cuts back to white space.
    CutToSpace,
    /// Cuts the word behind the caret.
    CutWordAfter,
    /// Cuts back to the beginning of the line.
    CutToStart,
    /// Cuts to the end of the line.
    CutToEnd,
    /// Puts in what was cut.
    Yank,
    /// Exchanges two characters.
    Transpose,
    /// Brings back what was there.
    Undo,
    /// Clears what is typed, and offers to leave where nothing is.
    Clear,
    /// Ends a search or a question.
    Cancel,
    /// Searches what was typed before.
    Search,
    /// Puts in what can stand there.
    Complete,
    /// The one before.
    CompleteBack,
    /// Draws everything anew.
    Redraw,
    /// Stops the program until the shell continues it.
    Suspend,
    /// Goes on in `$EDITOR`.
    Edit,
    /// Types into the next conversation.
    Next,
    /// Types into the one before.
    Previous,
    /// Types into the next one with something unread.
    Active,
    /// Types into this one, counted from 0.
    Conversation(usize),
}

/// One line of `/keys`: the name of the action in the configuration, and its usual keys.
struct KeyRow {
    name: &'static str,
    keys: &'static [&'static str],
    action: EditorAction,
}

const fn entry(name: &'static str, keys: &'static [&'static str], action: EditorAction) -> KeyRow {
    KeyRow { name, keys, action }
}

/// As in readline, irssi and `WeeChat`.
const TABLE: &[KeyRow] = &[
    entry("send", &["enter"], EditorAction::Send),
    entry("newline", &["alt+enter", "shift+enter"], EditorAction::Newline),
    entry("complete", &["tab"], EditorAction::Complete),
    entry("complete-back", &["shift+tab"], EditorAction::CompleteBack),
    entry("up", &["up"], EditorAction::Up),
    entry("down", &["down"], EditorAction::Down),
    entry("search", &["ctrl+r"], EditorAction::Search),
    entry("left", &["left", "ctrl+b"], EditorAction::Left),
    entry("right", &["right", "ctrl+f"], EditorAction::Right),
    entry("word-left", &["alt+b", "ctrl+left", "alt+left"], EditorAction::WordLeft),
    entry("word-right", &["alt+f", "ctrl+right", "alt+right"], EditorAction::WordRight),
    entry("home", &["ctrl+a", "home"], EditorAction::Home),
    entry("end", &["ctrl+e", "end"], EditorAction::End),
    entry("backspace", &["backspace"], EditorAction::Backspace),
    entry("delete", &["delete"], EditorAction::Delete),
    entry("cut-to-space", &["ctrl+w"], EditorAction::CutToSpace),
    entry("cut-word-before", &["alt+backspace"], EditorAction::CutWordBefore),
    entry("cut-word-after", &["alt+d"], EditorAction::CutWordAfter),
    entry("cut-to-start", &["ctrl+u"], EditorAction::CutToStart),
    entry("cut-to-end", &["ctrl+k"], EditorAction::CutToEnd),
    entry("yank", &["ctrl+y"], EditorAction::Yank),
    entry("transpose", &["ctrl+t"], EditorAction::Transpose),
    entry("undo", &["ctrl+_"], EditorAction::Undo),
    entry("clear", &["ctrl+c"], EditorAction::Clear),
    entry("leave", &["ctrl+d"], EditorAction::DeleteOrLeave),
    entry("cancel", &["esc", "ctrl+g"], EditorAction::Cancel),
    entry("next", &["ctrl+n"], EditorAction::Next),
    entry("previous", &["ctrl+p"], EditorAction::Previous),
    entry("active", &["alt+a"], EditorAction::Active),
    entry("1", &["alt+1"], EditorAction::Conversation(0)),
    entry("redraw", &["ctrl+l"], EditorAction::Redraw),
    entry("edit", &["ctrl+x"], EditorAction::Edit),
    entry("suspend", &["ctrl+z"], EditorAction::Suspend),
];

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Bindings(Vec<((KeyCode, KeyModifiers), Option<EditorAction>)>);

impl Default for Bindings {
    fn default() -> Self {
        let usual = TABLE.iter().flat_map(|entry| entry.keys.iter().map(|key| (parse_key(key), Some(entry.action))));
        let mut all: Vec<_> = usual.filter_map(|(key, action)| Some((key?, action))).collect();
        for number in 1..9_u8 {
            let key = (KeyCode::Char(char::from(b'1' + number)), KeyModifiers::ALT);
            all.push((key, Some(EditorAction::Conversation(usize::from(number)))));
        }
        Self(all)
    }
}

impl Bindings {
    /// `key` does what is called `name` from now on; `none`: nothing. An error says what was expected.
    pub fn bind(&mut self, key: &str, name: &str) -> Result<(), String> {
        let code = parse_key(key).ok_or_else(|| en::keys::no_key(key))?;
        let action = match name {
            "none" => None,
            name => {
                let entry = TABLE.iter().find(|entry| entry.name == name);
                let entry = entry.ok_or_else(|| {
                    let names: Vec<&str> = TABLE.iter().map(|entry| entry.name).collect();
                    en::keys::no_action(name, &names)
                })?;
                Some(entry.action)
            }
        };
        self.0.insert(0, (code, action));
        Ok(())
    }

    /// What a key does. `None`: nothing beside what it types.
    pub fn action(&self, key: &KeyEvent) -> Option<EditorAction> {
        let pressed = normal(key.code, key.modifiers);
        self.0.iter().find(|(known, _)| *known == pressed).and_then(|(_, action)| *action)
    }

    /// The keys as a table, one line each, under a heading.
    pub fn table(&self) -> String {
        let mut table = String::from(en::keys::HEADING);
        for KeyRow { name, action, .. } in TABLE {
            let of_it = self.0.iter().filter(|(key, known)| {
                let first = self.0.iter().find(|(other, _)| other == key);
                *known == Some(*action) && first.is_some_and(|(_, does)| *does == Some(*action))
            });
            let mut keys: Vec<String> = of_it.map(|(key, _)| key_name(*key)).collect();
            if keys.is_empty() {
                keys.push(en::keys::NONE.to_owned());
            }
            let _ = write!(table, "\n{:<26} {} ({name})", keys.join(", "), en::keys::meaning(name));
        }
        table
    }
}

/// Letters have no case beside Ctrl and Alt, and Shift is in what a character is.
fn normal(code: KeyCode, modifiers: KeyModifiers) -> (KeyCode, KeyModifiers) {
    match code {
        KeyCode::Char(c) => {
            let c = if modifiers.is_empty() { c } else { c.to_ascii_lowercase() };
            // Ctrl+/ and Ctrl+7 are the same byte as Ctrl+_.
            let c = if modifiers == KeyModifiers::CONTROL && matches!(c, '/' | '7') { '_' } else { c };
            (KeyCode::Char(c), modifiers - KeyModifiers::SHIFT)
        }
        KeyCode::BackTab => (KeyCode::BackTab, KeyModifiers::SHIFT),
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => (KeyCode::BackTab, KeyModifiers::SHIFT),
        code => (code, modifiers),
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("esc", KeyCode::Esc),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

const MODIFIERS: &[(&str, KeyModifiers)] =
    &[("ctrl", KeyModifiers::CONTROL), ("alt", KeyModifiers::ALT), ("shift", KeyModifiers::SHIFT)];

/// Reads a key such as `ctrl+a`.
fn parse_key(text: &str) -> Option<(KeyCode, KeyModifiers)> {
    let text = text.to_lowercase();
    let (before, name) = match text.rsplit_once('+') {
        Some((before, name)) => (before, name),
        None => ("", text.as_str()),
    };
    let mut modifiers = KeyModifiers::NONE;
    for part in before.split('+').filter(|part| !part.is_empty()) {
        modifiers |= MODIFIERS.iter().find(|(known, _)| *known == part)?.1;
    }
    let mut chars = name.chars();
    let code = match (NAMED.iter().find(|(known, _)| *known == name), chars.next(), chars.next()) {
        (Some((_, code)), ..) => *code,
        (None, Some(c), None) if !modifiers.is_empty() => KeyCode::Char(c),
        (None, Some('f'), Some(_)) => KeyCode::F(name[1..].parse().ok().filter(|number| (1..=24).contains(number))?),
        _ => return None,
    };
    Some(normal(code, modifiers))
}

fn key_name((code, modifiers): (KeyCode, KeyModifiers)) -> String {
    let held = MODIFIERS.iter().filter(|(_, modifier)| modifiers.contains(*modifier));
    let mut name: String = held.flat_map(|&(name, _)| [name, "+"]).collect();
    match code {
        KeyCode::BackTab => name.push_str("tab"),
        KeyCode::F(number) => {
            let _ = write!(name, "f{number}");
        }
        KeyCode::Char(c) if c != ' ' => name.push(c),
        code => name.push_str(NAMED.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| name)),
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(bindings: &Bindings, code: KeyCode, modifiers: KeyModifiers) -> Option<EditorAction> {
        bindings.action(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn every_action_is_explained() {
        assert!(TABLE.iter().all(|entry| !en::keys::meaning(entry.name).is_empty()));
    }

    #[test]
    fn every_key_of_the_table_is_a_key_and_does_one_thing() {
        let all: Vec<_> = TABLE.iter().flat_map(|entry| entry.keys.iter().map(|key| parse_key(key))).collect();
        assert!(all.iter().all(Option::is_some));
        let twice = all.iter().enumerate().find(|(at, key)| all[at + 1..].contains(key));
        assert_eq!(twice, None);
    }

    #[test]
    fn a_key_can_do_something_else_or_nothing() {
        let mut bindings = Bindings::default();
        bindings.bind("Ctrl+O", "newline").unwrap();
        bindings.bind("ctrl+z", "none").unwrap();
        let control = KeyModifiers::CONTROL;
        assert_eq!(pressed(&bindings, KeyCode::Char('o'), control), Some(EditorAction::Newline));
        assert_eq!(pressed(&bindings, KeyCode::Char('z'), control), None);
        assert_eq!(pressed(&bindings, KeyCode::Char('7'), control), Some(EditorAction::Undo));
        assert_eq!(pressed(&bindings, KeyCode::Char('B'), KeyModifiers::ALT), Some(EditorAction::WordLeft));
        assert!(bindings.table().contains("ctrl+o, alt+enter, shift+enter begin another line"));
        for (key, name) in [("ctrl+", "send"), ("hyper+a", "send"), ("a", "send"), ("f99", "send"), ("f5", "dance")] {
            assert!(bindings.bind(key, name).is_err(), "{key} {name}");
        }
    }
}
