//! Bytes of a terminal → key events. No clock and no descriptor, so it may be cut at every byte.
//!
//! Crossterm's own reader waits for the rest of a sequence and would stop the loop with it.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use crate::chat::base::charset::Charset;

/// Stands for a byte that is no text in the charset of the terminal: no character is called that. What holds it is not said.
pub const NO_TEXT: char = '\u{ffff}';

/// What is held longer than this while a paste goes on is handed out in pieces.
const PASTE_PIECE: usize = 32 * 1024;
/// No sequence of a key is longer.
const SEQUENCE_MAX: usize = 64;
const PASTE_END: &[u8] = b"\x1b[201~";
/// Lines of this length in one piece were not typed. A guess: nobody types so much between two looks of the loop.
const TYPED_AT_ONCE_MAX: usize = 256;
/// Answers of a terminal that nobody asked for, or a program before us did, are no longer.
const ANSWER_MAX: usize = 1024;

/// Takes bytes in and hands key events out.
#[derive(Debug)]
pub struct Keys {
    charset: Charset,
    held: Vec<u8>,
    is_pasting: bool,
    /// The end of a paste did not come in time. It may still come, behind the rest of what was pasted.
    is_end_missing: bool,
}

impl Keys {
    /// Keys of a terminal that writes this charset.
    pub fn new(charset: Charset) -> Self {
        Self { charset, held: Vec::new(), is_pasting: false, is_end_missing: false }
    }

    /// Takes what was read at once.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Event>) {
        if self.is_end_missing && bytes.windows(PASTE_END.len()).any(|window| window == PASTE_END) {
            self.is_pasting = true;
        }
        if self.held.is_empty() && !self.is_pasting && is_burst(bytes) {
            return out.push(Event::Paste(self.text(bytes)));
        }
        self.held.extend_from_slice(bytes);
        self.decode(false, out);
    }

    /// How long to wait for the rest of what is held before [`give_up`](Self::give_up); `None`: nothing is.
    pub fn patience(&self) -> Option<Duration> {
        match &self.held[..] {
            _ if self.is_pasting => Some(Duration::from_secs(2)), // the end mark may be lost, or the line is slow
            [] => None,
            [0x1b] => Some(Duration::from_millis(30)), // the Escape key, or the start of a sequence
            _ => Some(Duration::from_millis(500)),
        }
    }

    /// The rest does not come: what is held is taken for what it looks like.
    pub fn give_up(&mut self, out: &mut Vec<Event>) {
        self.decode(true, out);
        self.is_end_missing |= self.is_pasting;
        self.is_pasting = false;
    }

    fn decode(&mut self, is_all: bool, out: &mut Vec<Event>) {
        let held = std::mem::take(&mut self.held);
        let mut rest = &held[..];
        loop {
            let step = if self.is_pasting { self.paste(rest, is_all) } else { next(rest, is_all, self.charset) };
            let Some((taken, event)) = step else { break };
            rest = &rest[taken..];
            match event {
                Some(Token::PasteBegins) => self.is_pasting = true,
                Some(Token::Event(event)) => out.push(event),
                None => {}
            }
        }
        self.held = rest.to_vec();
    }

    /// What is pasted, up to its end mark. Where too much is held a piece of it goes ahead.
    fn paste(&mut self, held: &[u8], is_all: bool) -> Option<(usize, Option<Token>)> {
        let end = held.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        let (text, skip) = match end {
            Some(at) => (at, PASTE_END.len()),
            None if is_all => (held.len(), 0),
            None if held.len() > PASTE_PIECE => (whole(held, self.charset), 0),
            None => return None,
        };
        if end.is_some() {
            (self.is_pasting, self.is_end_missing) = (false, false);
        }
        if text + skip == 0 {
            return None;
        }
        let paste = (text > 0).then(|| Token::Event(Event::Paste(self.text(&held[..text]))));
        Some((text + skip, paste))
    }

    fn text(&self, bytes: &[u8]) -> String {
        let (mut text, mut rest) = (String::with_capacity(bytes.len()), bytes);
        while let Some(&first) = rest.first() {
            let (c, length) = match first {
                ..0x80 => (Some(char::from(first)), 1),
                _ => character(rest, self.charset).unwrap_or((None, 1)),
            };
            text.push(c.unwrap_or(NO_TEXT));
            rest = &rest[length..];
        }
        text
    }
}

/// What bytes stand for.
enum Token {
    Event(Event),
    PasteBegins,
}

/// How much of it can go ahead without tearing a character or the end mark.
fn whole(held: &[u8], charset: Charset) -> usize {
    let tail = held.len() - PASTE_END.len();
    if charset != Charset::UTF_8 {
        // No character of several bytes has one below `0` in it, in any charset.
        return held[..tail].iter().rposition(|&byte| byte < b'0').map_or(tail, |at| at + 1);
    }
    let cut = held[tail..].iter().position(|&byte| byte == 0x1b).map_or(held.len(), |at| tail + at);
    let last = (0..cut).rev().take(4).find(|&at| held[at] & 0xc0 != 0x80).unwrap_or(cut);
    let is_torn = std::str::from_utf8(&held[last..cut]).is_err_and(|error| error.error_len().is_none());
    if is_torn { last } else { cut }
}

/// Several lines, or a long one, that came in one piece were pasted into a terminal that does not mark pastes. A short one
/// and the beginning of the next may have been typed while the program, or the way to it, was slow.
fn is_burst(bytes: &[u8]) -> bool {
    let is_text = bytes.iter().all(|&byte| matches!(byte, b'\r' | b'\n' | b'\t') || byte >= b' ' && byte != 0x7f);
    let ends = bytes
        .iter()
        .zip(bytes.iter().skip(1).chain([&0]))
        .filter(|&(&byte, &next)| byte == b'\n' || byte == b'\r' && next != b'\n');
    let ends = ends.count();
    is_text && (ends > 1 || ends == 1 && bytes.len() > TYPED_AT_ONCE_MAX)
}

type Step = Option<(usize, Option<Token>)>;

/// The first token of `held` and its length. `None`: the rest of it has to come first.
fn next(held: &[u8], is_all: bool, charset: Charset) -> Step {
    use KeyCode::{Backspace, Char, Enter, Tab};
    let none = KeyModifiers::NONE;
    match *held.first()? {
        0x1b => escape(held, is_all, charset),
        b'\r' | b'\n' => key(1, Enter, none),
        b'\t' => key(1, Tab, none),
        0x7f | 0x08 => key(1, Backspace, none),
        0 => key(1, Char(' '), KeyModifiers::CONTROL),
        byte @ 1..=0x1a => key(1, Char(char::from(byte - 1 + b'a')), KeyModifiers::CONTROL),
        byte @ 0x1c..=0x1f => key(1, Char(char::from(byte - 0x1c + b'\\')), KeyModifiers::CONTROL),
        byte @ 0x20..=0x7e => key(1, Char(char::from(byte)), none),
        _ => match character(held, charset) {
            Some((c, length)) => key(length, Char(c.unwrap_or(NO_TEXT)), none),
            None if is_all => key(1, Char(NO_TEXT), none),
            None => None,
        },
    }
}

/// The character at the front, where one begins there, and its length. `None`: the rest of it has to come first.
fn character(held: &[u8], charset: Charset) -> Option<(Option<char>, usize)> {
    if charset != Charset::UTF_8 {
        return charset.first(held);
    }
    let length = match *held.first()? {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let bytes = &held[..held.len().min(length)];
    match std::str::from_utf8(bytes) {
        Ok(text) => Some((text.chars().next(), bytes.len())),
        Err(error) if error.error_len().is_none() => None,
        Err(_) => Some((None, 1)),
    }
}

fn escape(held: &[u8], is_all: bool, charset: Charset) -> Step {
    match (held.get(1), held.get(2)) {
        (None, _) if !is_all => None,
        (None | Some(0x1b), _) => key(1, KeyCode::Esc, KeyModifiers::NONE),
        (Some(b'['), _) => sequence(held, is_all),
        (Some(b']' | b'P' | b'X' | b'^' | b'_'), None) if !is_all => None,
        (Some(b']' | b'P' | b'X' | b'^' | b'_'), Some(_)) if let Some(step) = answer(held, is_all) => step,
        (Some(b'O'), Some(&letter)) => Some((3, named(letter, KeyModifiers::NONE))),
        (Some(b'O'), None) if !is_all => None,
        _ => {
            let (length, pressed) = next(&held[1..], is_all, charset)?; // Alt and whatever key follows
            let with_alt = |token| match token {
                Token::Event(Event::Key(KeyEvent { code, modifiers, .. })) => {
                    Token::Event(Event::Key(KeyEvent::new(code, modifiers | KeyModifiers::ALT)))
                }
                other => other,
            };
            Some((1 + length, pressed.map(with_alt)))
        }
    }
}

/// `OSC …`, `DCS …` and their like, up to BEL or ST. `None`: it is a key with Alt.
fn answer(held: &[u8], is_all: bool) -> Option<Step> {
    let body = &held[2..];
    let end = body.iter().position(|&byte| byte == 0x07 || byte == 0x1b);
    match end.map(|at| (at, body[at], body.get(at + 1))) {
        Some((at, 0x07, _)) => Some(Some((3 + at, None))),
        Some((at, _, Some(b'\\'))) => Some(Some((4 + at, None))),
        Some((_, _, Some(_))) => None,
        _ if is_all || body.len() > ANSWER_MAX => None,
        _ => Some(None),
    }
}

/// `CSI numbers letter`.
fn sequence(held: &[u8], is_all: bool) -> Step {
    let Some(end) = held[2..].iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return (is_all || held.len() > SEQUENCE_MAX).then_some((held.len(), None));
    };
    let (letter, length) = (held[2 + end], 3 + end);
    if letter == b'M' && end == 0 {
        // A report of the mouse as the X10 had it: three bytes follow.
        return (is_all || held.len() >= length + 3).then_some((held.len().min(length + 3), None));
    }
    if !(0x40..=0x7e).contains(&letter) {
        return Some((length - 1, None)); // it is torn, and something else begins
    }
    let body = String::from_utf8_lossy(&held[2..2 + end]);
    let mut numbers = body.split(';').map(|number| number.split(':').next().unwrap_or("").parse().unwrap_or(1_u32));
    let (what, bits) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1).saturating_sub(1));
    let all = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)];
    let held_down = all.into_iter().filter(|(bit, _)| bits & bit != 0);
    let modifiers = held_down.fold(KeyModifiers::NONE, |all, (_, modifier)| all | modifier);
    let token = match (letter, what) {
        (b'~', 200) => Some(Token::PasteBegins),
        (b'~', number) => editing(number).map(|code| event(code, modifiers)),
        (b'u', number) => kitty(number).map(|code| event(code, modifiers)),
        (b'Z', _) => Some(event(KeyCode::BackTab, KeyModifiers::SHIFT)),
        (b'I', _) => Some(Token::Event(Event::FocusGained)),
        (b'O', _) => Some(Token::Event(Event::FocusLost)),
        (b'M', _) => None,
        (letter, _) => named(letter, modifiers),
    };
    Some((length, token))
}

/// The keys that VT terminals number.
fn editing(number: u32) -> Option<KeyCode> {
    let function = |offset: u32| u8::try_from(number - offset).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=24 => function(12),
        _ => None,
    }
}

/// The keys as the protocol of kitty numbers them.
fn kitty(number: u32) -> Option<KeyCode> {
    match number {
        9 => Some(KeyCode::Tab),
        13 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        127 => Some(KeyCode::Backspace),
        // Its keys without a character are in a private area.
        0xe000..=0xf8ff => None,
        number => char::from_u32(number).map(KeyCode::Char),
    }
}

fn named(letter: u8, modifiers: KeyModifiers) -> Option<Token> {
    let code = match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        b'M' => KeyCode::Enter, // of the number pad
        _ => return None,
    };
    Some(event(code, modifiers))
}

fn event(code: KeyCode, modifiers: KeyModifiers) -> Token {
    Token::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a step brings")]
fn key(taken: usize, code: KeyCode, modifiers: KeyModifiers) -> Step {
    Some((taken, Some(event(code, modifiers))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What all the bytes mean, pushed in the pieces given.
    fn decoded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
        let (mut keys, mut out) = (Keys::new(Charset::UTF_8), Vec::new());
        pieces.into_iter().for_each(|piece| keys.push(piece, &mut out));
        if keys.patience().is_some() {
            keys.give_up(&mut out);
        }
        assert_eq!(keys.patience(), None, "nothing is held for ever");
        out
    }

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn every_cut_means_the_same() {
        let bytes = "a\x1b[1;5C\x1bOP你\x1b[200~two\rlines\x1b[201~\x1b[Z\x1b\x7f\x1b[99;5u\x1f".as_bytes();
        let (none, control, alt) = (KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::ALT);
        let expected = [
            pressed(KeyCode::Char('a'), none),
            pressed(KeyCode::Right, control),
            pressed(KeyCode::F(1), none),
            pressed(KeyCode::Char('你'), none),
            Event::Paste("two\rlines".to_owned()),
            pressed(KeyCode::BackTab, KeyModifiers::SHIFT),
            pressed(KeyCode::Backspace, alt),
            pressed(KeyCode::Char('c'), control),
            pressed(KeyCode::Char('_'), control),
        ];
        assert_eq!(decoded([bytes]), expected);
        assert_eq!(decoded(bytes.chunks(1)), expected);
        for cut in 0..bytes.len() {
            assert_eq!(decoded([&bytes[..cut], &bytes[cut..]]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn escape_alone_is_a_key_and_half_a_sequence_is_none() {
        assert_eq!(decoded([&b"\x1b"[..]]), [pressed(KeyCode::Esc, KeyModifiers::NONE)]);
        assert_eq!(decoded([&b"\x1b[1;"[..]]), []);
        let next = pressed(KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(decoded([&b"\x1b[1;\x1b[A"[..]]), [next]);
    }

    #[test]
    fn a_lost_end_of_a_paste_does_not_lock_the_keyboard() {
        let (mut keys, mut out) = (Keys::new(Charset::UTF_8), Vec::new());
        keys.push(b"\x1b[200~text", &mut out);
        assert_eq!((out.len(), keys.patience()), (0, Some(Duration::from_secs(2))));
        keys.give_up(&mut out);
        keys.push(b"x", &mut out);
        assert_eq!(out, [Event::Paste("text".to_owned()), pressed(KeyCode::Char('x'), KeyModifiers::NONE)]);
    }

    #[test]
    fn what_is_pasted_after_a_pause_is_still_pasted() {
        let (mut keys, mut out) = (Keys::new(Charset::UTF_8), Vec::new());
        keys.push(b"\x1b[200~hello", &mut out);
        keys.give_up(&mut out);
        keys.push(b"\r/quit\r\x1b[201~", &mut out);
        keys.push(b"x", &mut out);
        let [hello, rest] = ["hello", "\r/quit\r"].map(|text| Event::Paste(text.to_owned()));
        assert_eq!(out, [hello, rest, pressed(KeyCode::Char('x'), KeyModifiers::NONE)]);
    }

    #[test]
    fn what_a_terminal_answers_is_not_typed() {
        let x = pressed(KeyCode::Char('x'), KeyModifiers::NONE);
        for answer in
            ["\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]11;?\x07", "\x1bP1$r0m\x1b\\", "\x1b[M #$", "\x1b[?62c"]
        {
            assert_eq!(decoded([format!("{answer}x").as_bytes()]), std::slice::from_ref(&x), "{answer:?}");
            assert_eq!(decoded(format!("{answer}x").as_bytes().chunks(1)), std::slice::from_ref(&x), "{answer:?}");
        }
        assert_eq!(decoded([&b"\x1b]"[..]]), [pressed(KeyCode::Char(']'), KeyModifiers::ALT)]);
    }

    #[test]
    fn a_long_paste_is_handed_out_in_whole_characters_and_none_of_it_as_keys() {
        let text = "你好\r".repeat(20_000);
        let marked = format!("\x1b[200~{text}\x1b[201~");
        let events = decoded(marked.as_bytes().chunks(1000));
        let pasted: String = events
            .iter()
            .map(|event| match event {
                Event::Paste(piece) => piece.as_str(),
                other => panic!("expected a paste, got {other:?}"),
            })
            .collect();
        assert!(pasted == text);
    }

    #[test]
    fn lines_that_come_in_one_piece_were_not_typed() {
        assert_eq!(decoded([&b"one\rtwo\r"[..]]), [Event::Paste("one\rtwo\r".to_owned())]);
        assert_eq!(decoded([&b"one\r"[..]]).len(), 4);
        assert_eq!(decoded([&b"one\rtw"[..]]).len(), 6, "typed ahead");
        assert_eq!(decoded([&b"one\r\x04"[..]]).len(), 5);
    }

    #[test]
    fn no_bytes_are_held_for_ever() {
        let mut rng = 1_u64;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..20)
                .map(|_| {
                    rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    b"\x1b[O~201;<?ab\r\xe4\xbd\xa0\xff"[(rng >> 33) as usize % 17]
                })
                .collect();
            decoded(bytes.chunks(3));
        }
    }
}
