//! The text being typed and the caret in it.

use crate::view::text::width;

/// How much can be typed or pasted, in bytes. More than a message may have, so that what is too long can be shortened.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;
/// How much is kept to be brought back.
const UNDO_BYTES_MAX: usize = 1024 * 1024;
const UNDO_STEPS_MAX: usize = 200;

/// Text, a caret between two of its characters, and what of it was typed.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    now: Draft,
    undo: Vec<Draft>,
    /// What was cut last.
    cut: Piece,
    last: LastEdit,
}

/// A text as it is at one moment.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    text: String,
    /// Of each byte, whether it was typed. What was pasted is no command, however it came to the front.
    is_typed: Vec<bool>,
    caret: usize,
}

/// What was cut, and of each byte whether it was typed.
type Piece = (String, Vec<bool>);

/// What the last key did: the same thing again is one step of undo, and one piece of what is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LastEdit {
    #[default]
    None,
    Typed,
    Erased,
    Cut,
}

impl Buffer {
    /// The text.
    pub fn text(&self) -> &str {
        &self.now.text
    }

    /// The caret, in bytes.
    pub fn caret(&self) -> usize {
        self.now.caret
    }

    /// Whether it begins with what was pasted, behind blanks that may be typed: those do not make a command of it.
    pub fn is_pasted(&self) -> bool {
        let Draft { text, is_typed, .. } = &self.now;
        let blanks = text.len() - text.trim_start().len();
        is_typed.get(blanks).or(is_typed.first()) == Some(&false)
    }

    /// In how many lines it was pasted.
    pub fn pasted_lines(&self) -> usize {
        let ends = self.now.text.bytes().zip(&self.now.is_typed).filter(|&(byte, is_typed)| byte == b'\n' && !is_typed);
        ends.count() + usize::from(self.now.is_typed.contains(&false))
    }

    /// One character typed.
    pub fn type_char(&mut self, c: char) {
        if self.last != LastEdit::Typed || c.is_whitespace() {
            self.keep();
        }
        let mut bytes = [0; 4];
        let text = c.encode_utf8(&mut bytes);
        self.insert(text, &[true; 4][..text.len()]);
        self.last = LastEdit::Typed;
    }

    /// Text from elsewhere, cleaned.
    pub fn paste(&mut self, text: &str) {
        self.keep();
        let clean = sanitise(text);
        self.insert(&clean, &vec![false; clean.len()]);
        self.last = LastEdit::None;
    }

    fn insert(&mut self, text: &str, is_typed: &[bool]) {
        let room = TEXT_BYTES_MAX.saturating_sub(self.now.text.len());
        let end = (0..=room.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let at = self.now.caret;
        self.now.text.insert_str(at, &text[..end]);
        self.now.is_typed.splice(at..at, is_typed[..end].iter().copied());
        self.now.caret += end;
    }

    /// Puts a typed text in its place; [`undo`](Self::undo) brings back what was there.
    pub fn replace(&mut self, text: &str) {
        self.keep();
        self.now = Draft { text: text.to_owned(), is_typed: vec![true; text.len()], caret: text.len() };
        self.last = LastEdit::None;
    }

    /// Puts a text in its place that was edited elsewhere: it was typed where its beginning was.
    pub fn edited(&mut self, text: &str) {
        let is_typed = !self.is_pasted();
        self.replace("");
        let clean = sanitise(text);
        self.insert(&clean, &vec![is_typed; clean.len()]);
    }

    /// Puts lines before what is there.
    pub fn put_before(&mut self, text: &str, is_typed: bool) {
        self.keep();
        let behind = self.now.text.len() - self.now.caret;
        let text = if self.now.text.is_empty() { text.to_owned() } else { format!("{text}\n") };
        self.now.caret = 0;
        self.insert(&text, &vec![is_typed; text.len()]);
        self.now.caret = self.now.text.len() - behind;
        self.last = LastEdit::None;
    }

    /// What is there, to be put back by [`restore`](Self::restore).
    pub fn draft(&self) -> Draft {
        self.now.clone()
    }

    /// Puts a draft in its place.
    pub fn restore(&mut self, draft: Draft) {
        self.keep();
        (self.now, self.last) = (draft, LastEdit::None);
    }

    /// Puts typed text in place of what lies between `from` and the caret.
    pub fn complete(&mut self, from: usize, text: &str) {
        self.keep();
        self.remove(from, self.now.caret);
        self.insert(text, &vec![true; text.len()]);
        self.last = LastEdit::None;
    }

    /// Takes everything out. It can be brought back.
    pub fn take(&mut self) -> String {
        let text = self.now.text.clone();
        self.replace("");
        text
    }

    /// What was cut elsewhere can be put in here.
    pub fn share_cut(&mut self, other: &Self) {
        self.cut.clone_from(&other.cut);
    }

    /// Brings back what was there before the last step.
    pub fn undo(&mut self) {
        if let Some(before) = self.undo.pop() {
            (self.now, self.last) = (before, LastEdit::None);
        }
    }

    fn keep(&mut self) {
        self.undo.push(self.now.clone());
        let bytes = |undo: &[Draft]| undo.iter().map(|draft| draft.text.len()).sum::<usize>();
        while self.undo.len() > UNDO_STEPS_MAX || self.undo.len() > 1 && bytes(&self.undo) > UNDO_BYTES_MAX {
            self.undo.remove(0);
        }
    }

    /// Moves the caret there, between two characters.
    fn go(&mut self, to: usize) {
        self.now.caret = to;
        self.last = LastEdit::None;
    }

    /// One character back.
    pub fn left(&mut self) {
        self.go(width::before(&self.now.text, self.now.caret));
    }

    /// One character on.
    pub fn right(&mut self) {
        self.go(width::after(&self.now.text, self.now.caret));
    }

    /// To the beginning of the word.
    pub fn word_left(&mut self) {
        self.go(width::word_before(&self.now.text, self.now.caret));
    }

    /// To the end of the word.
    pub fn word_right(&mut self) {
        self.go(width::word_after(&self.now.text, self.now.caret));
    }

    fn line_start(&self) -> usize {
        self.now.text[..self.now.caret].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.now.text[self.now.caret..].find('\n').map_or(self.now.text.len(), |at| self.now.caret + at)
    }

    /// To the beginning of the line.
    pub fn home(&mut self) {
        self.go(self.line_start());
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.go(self.line_end());
    }

    /// One line up. Says whether there was one.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        let Some(end) = start.checked_sub(1) else { return false };
        let cells = width::width(&self.now.text[start..self.now.caret]);
        let above = self.now.text[..end].rfind('\n').map_or(0, |at| at + 1);
        self.go(above + width::beginning(&self.now.text[above..end], cells).len());
        true
    }

    /// One line down. Says whether there was one.
    pub fn down(&mut self) -> bool {
        let (start, end) = (self.line_start(), self.line_end());
        if end == self.now.text.len() {
            return false;
        }
        let cells = width::width(&self.now.text[start..self.now.caret]);
        let below = end + 1;
        let below_end = self.now.text[below..].find('\n').map_or(self.now.text.len(), |at| below + at);
        self.go(below + width::beginning(&self.now.text[below..below_end], cells).len());
        true
    }

    /// Removes what lies between two places.
    fn erase(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        if self.last != LastEdit::Erased {
            self.keep();
        }
        self.remove(from, to);
        self.last = LastEdit::Erased;
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.now.text.replace_range(from..to, "");
        self.now.is_typed.drain(from..to);
        self.now.caret = from;
    }

    /// Removes the character before the caret.
    pub fn backspace(&mut self) {
        self.erase(width::before(&self.now.text, self.now.caret), self.now.caret);
    }

    /// Removes the character behind the caret.
    pub fn delete(&mut self) {
        self.erase(self.now.caret, width::after(&self.now.text, self.now.caret));
    }

    /// Removes what lies between two places, to be put in again by [`yank`](Self::yank).
    fn cut(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        self.keep();
        let (text, is_typed) = (&self.now.text[from..to], &self.now.is_typed[from..to]);
        let at = match self.last {
            LastEdit::Cut if from < self.now.caret => 0,
            LastEdit::Cut => self.cut.0.len(),
            _ => {
                self.cut = Piece::default();
                0
            }
        };
        self.cut.0.insert_str(at, text);
        self.cut.1.splice(at..at, is_typed.iter().copied());
        self.remove(from, to);
        self.last = LastEdit::Cut;
    }

    /// Cuts the word before the caret.
    pub fn cut_word_before(&mut self) {
        self.cut(width::word_before(&self.now.text, self.now.caret), self.now.caret);
    }

    /// Cuts what lies between white space and the caret.
    pub fn cut_to_space(&mut self) {
        let before = self.now.text[..self.now.caret].trim_end();
        let start = before.rfind(char::is_whitespace).map_or(0, |at| width::after(before, at));
        self.cut(start, self.now.caret);
    }

    /// Cuts the word behind the caret.
    pub fn cut_word_after(&mut self) {
        self.cut(self.now.caret, width::word_after(&self.now.text, self.now.caret));
    }

    /// Cuts the line before the caret.
    pub fn cut_to_start(&mut self) {
        self.cut(self.line_start(), self.now.caret);
    }

    /// Cuts the line behind the caret, or its end where nothing else is there.
    pub fn cut_to_end(&mut self) {
        let end = self.line_end();
        let end = if end == self.now.caret { width::after(&self.now.text, end) } else { end };
        self.cut(self.now.caret, end);
    }

    /// Puts in what was cut last.
    pub fn yank(&mut self) {
        self.keep();
        let (text, is_typed) = self.cut.clone();
        self.insert(&text, &is_typed);
        self.last = LastEdit::None;
    }

    /// Exchanges the two characters around the caret, at the end of a line the two before it.
    pub fn transpose(&mut self) {
        let mut middle = self.now.caret;
        if middle == self.line_end() {
            middle = width::before(&self.now.text, middle);
        }
        let (start, end) = (width::before(&self.now.text, middle), width::after(&self.now.text, middle));
        if start == middle || middle == end || middle <= self.line_start() {
            return;
        }
        self.keep();
        let exchanged = format!("{}{}", &self.now.text[middle..end], &self.now.text[start..middle]);
        self.now.text.replace_range(start..end, &exchanged);
        self.now.is_typed[start..end].rotate_left(middle - start);
        self.go(end);
    }
}

/// Text as it may be typed: its line ends are of one kind, the last of them goes, and what acts on a terminal too.
fn sanitise(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut sanitise: String = unix.chars().filter(|&c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    if sanitise.len() > 1 && sanitise.ends_with('\n') {
        sanitise.pop();
    }
    sanitise
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Buffer {
        let mut buffer = Buffer::default();
        text.chars().for_each(|c| buffer.type_char(c));
        buffer
    }

    /// The text with `|` where the caret is.
    fn shown(buffer: &Buffer) -> String {
        format!("{}|{}", &buffer.text()[..buffer.caret()], &buffer.text()[buffer.caret()..])
    }

    /// What keys make of a text.
    fn after(text: &str, keys: &[fn(&mut Buffer)]) -> String {
        let mut buffer = typed(text);
        for key in keys {
            key(&mut buffer);
        }
        shown(&buffer)
    }

    #[test]
    fn one_key_is_one_character_as_it_is_read() {
        assert_eq!(after("a👩‍👩‍👧e\u{301}", &[Buffer::backspace]), "a👩‍👩‍👧|");
        assert_eq!(after("a👩‍👩‍👧", &[Buffer::backspace]), "a|");
        assert_eq!(after("你好", &[Buffer::left]), "你|好");
        assert_eq!(after("🇨🇭x", &[Buffer::home, Buffer::delete]), "|x");
    }

    #[test]
    fn words_are_jumped_over_and_cut() {
        assert_eq!(after("go home now", &[Buffer::word_left, Buffer::word_left]), "go |home now");
        assert_eq!(after("go home", &[Buffer::home, Buffer::word_right]), "go| home");
        assert_eq!(after("see http://x.y/z ", &[Buffer::cut_to_space]), "see |");
        assert_eq!(after("a b-c", &[Buffer::cut_word_before]), "a b-|");
        assert_eq!(after("one two", &[Buffer::home, Buffer::cut_word_after]), "| two");
    }

    #[test]
    fn what_is_cut_piece_by_piece_comes_back_whole() {
        assert_eq!(after("one two", &[Buffer::cut_to_space, Buffer::cut_to_space, Buffer::yank]), "one two|");
        assert_eq!(after("one two", &[Buffer::word_left, Buffer::cut_to_end, Buffer::cut_to_start]), "|");
    }

    #[test]
    fn undo_goes_back_by_words_and_brings_back_what_was_cleared() {
        let mut buffer = typed("one two");
        buffer.take();
        buffer.undo();
        assert_eq!(shown(&buffer), "one two|");
        buffer.undo();
        assert_eq!(shown(&buffer), "one|");
        buffer.undo();
        buffer.undo();
        assert_eq!(shown(&buffer), "|");
    }

    #[test]
    fn two_characters_change_places() {
        assert_eq!(after("teh", &[Buffer::transpose]), "the|");
        assert_eq!(after("你好", &[Buffer::left, Buffer::transpose]), "好你|");
        assert_eq!(after("a", &[Buffer::transpose]), "a|");
    }

    #[test]
    fn the_caret_goes_up_and_down_in_what_has_several_lines() {
        let mut buffer = Buffer::default();
        buffer.paste("你好吗\nab\nlast");
        assert!(buffer.up() && buffer.up() && !buffer.up());
        assert_eq!(shown(&buffer), "你|好吗\nab\nlast");
        assert!(buffer.down() && buffer.down() && !buffer.down());
        assert_eq!(shown(&buffer), "你好吗\nab\nla|st");
    }

    #[test]
    fn what_is_pasted_is_clean_and_known_to_be_pasted() {
        let mut buffer = Buffer::default();
        buffer.paste("/quit\r\n\x1b[2Jtwo\r");
        assert_eq!((buffer.text(), buffer.is_pasted(), buffer.pasted_lines()), ("/quit\n[2Jtwo", true, 2));
        buffer.take();
        assert!(!buffer.is_pasted());
        buffer.type_char('x');
        buffer.paste("y");
        assert!(!buffer.is_pasted());
    }

    #[test]
    fn what_was_pasted_stays_so_whatever_is_done_with_it() {
        let pasted = |keys: &[fn(&mut Buffer)]| {
            let mut buffer = Buffer::default();
            buffer.paste("/quit\nnow");
            for key in keys {
                key(&mut buffer);
            }
            (buffer.text().starts_with("/quit"), buffer.is_pasted(), buffer.pasted_lines())
        };
        let clear = |buffer: &mut Buffer| drop(buffer.take());
        assert_eq!(pasted(&[clear, Buffer::undo]), (true, true, 2));
        assert_eq!(
            pasted(&[Buffer::cut_to_start, Buffer::backspace, Buffer::cut_to_start, Buffer::yank]),
            (true, true, 1)
        );
        assert_eq!(pasted(&[|buffer| buffer.edited("/quit")]), (true, true, 1));
        let mut typed = typed("x");
        typed.paste("/quit");
        typed.home();
        typed.delete();
        assert!(typed.text() == "/quit" && typed.is_pasted());
        typed.undo();
        typed.undo();
        assert!(typed.text() == "x" && !typed.is_pasted() && typed.pasted_lines() == 0);
    }

    #[test]
    fn it_takes_no_more_than_fits() {
        let mut buffer = Buffer::default();
        buffer.paste(&"你".repeat(TEXT_BYTES_MAX));
        assert!(buffer.text().len() <= TEXT_BYTES_MAX);
    }
}
