//! The live rows at the end of the screen: what was drawn, how to take it away again, where the caret is.

use crossterm::Command;
use crossterm::cursor::MoveUp;
use crossterm::terminal::{Clear, ClearType, DisableLineWrap, EnableLineWrap};

use crate::view::editor::keys::NO_TEXT;
use crate::view::text;
use crate::view::text::width::{graphemes, width};

/// One row and how many cells it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// With its colours.
    pub text: String,
    /// Without them.
    pub cells: usize,
}

impl Row {
    /// Something must stand where the caret is, or terminals do not agree where it goes when they wrap its row anew.
    fn under_caret(&mut self) {
        self.text.push(' ');
        self.cells += 1;
    }
}

/// Rows and the caret in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// From above.
    pub all: Vec<Row>,
    /// Which row the caret is in, and before which cell.
    pub caret: (usize, usize),
    /// The caret in the text of that row, in bytes.
    pub caret_at: usize,
}

impl Rows {
    /// Clears them, and goes to where they begin. `columns` is the width now; where the terminal has wrapped them anew since
    /// (`rewraps`), they take more rows than were drawn. What is below the cursor is cleared at once: a window that got lower
    /// may have cut some of it off, and who goes down there does not know how far it was. What is above is cleared row by row:
    /// what is cleared as a whole screen, some terminals keep in the scrollback.
    pub fn erase(&self, columns: usize, rewraps: bool, out: &mut String) {
        if self.all.is_empty() {
            return;
        }
        let height = |cells: usize| if rewraps { cells.div_ceil(columns).max(1) } else { 1 };
        let (row, cell) = self.caret;
        let above: usize = self.all.iter().take(row).map(|row| height(row.cells)).sum();
        out.push('\r');
        ansi(out, Clear(ClearType::FromCursorDown));
        for _ in 0..above + if rewraps { cell / columns } else { 0 } {
            ansi(out, MoveUp(1));
            ansi(out, Clear(ClearType::UntilNewLine));
        }
    }

    /// Draws them from where the cursor is, at the beginning of a row, and leaves it at the caret.
    pub fn draw(&self, out: &mut String) {
        for (at, row) in self.all.iter().enumerate() {
            out.push_str(if at > 0 { "\r\n" } else { "" });
            put(&row.text, out);
            ansi(out, Clear(ClearType::UntilNewLine));
        }
        let (row, _) = self.caret;
        write(out, self.all.len() - 1 - row, MoveUp);
        // To write what stands before it puts the caret where this terminal thinks that ends: not all agree how wide an
        // emoji is.
        out.push('\r');
        put(&self.all[row].text[..self.caret_at], out);
    }
}

/// Writes a row. One with signs that terminals do not agree on is cut off where it turns out wider than it was counted. All
/// others are not: what is drawn just when the terminal gets narrower is to take the rows that will be counted for it.
fn put(text: &str, out: &mut String) {
    let is_unsure = text.contains(|c| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'));
    if is_unsure {
        ansi(out, DisableLineWrap);
    }
    out.push_str(text);
    if is_unsure {
        ansi(out, EnableLineWrap);
    }
}

/// A move by nothing would be one by one.
fn write<C: Command>(out: &mut String, by: usize, command: fn(u16) -> C) {
    if by > 0 {
        ansi(out, command(u16::try_from(by).unwrap_or(u16::MAX)));
    }
}

/// Appends what a terminal is told.
pub fn ansi(out: &mut String, command: impl Command) {
    let _ = command.write_ansi(out); // writing to a String cannot fail
}

/// What is typed behind a prompt, in rows of at most `cells`, and where the caret at byte `caret` is. A row is wrapped
/// between characters.
pub fn wrapped(prompt: Row, typed: &str, caret: usize, cells: usize) -> Rows {
    let mut row = prompt;
    let mut rows: Vec<Row> = Vec::new();
    let mut place = None;
    let indent = "  ";
    for (at, grapheme) in graphemes(typed) {
        let sign = visible(grapheme);
        let wide = width(sign);
        if grapheme != "\n" && row.cells + wide > cells {
            rows.push(std::mem::take(&mut row));
        }
        if at == caret {
            place = Some((rows.len(), row.cells, row.text.len()));
        }
        if grapheme == "\n" {
            if at == caret && row.cells < cells {
                row.under_caret();
            }
            rows.push(std::mem::replace(&mut row, Row { text: indent.to_owned(), cells: width(indent) }));
        } else {
            row.text.push_str(sign);
            row.cells += wide;
        }
    }
    if place.is_none() && row.cells >= cells {
        rows.push(std::mem::take(&mut row));
    }
    let (at, cell, caret_at) = place.unwrap_or((rows.len(), row.cells, row.text.len()));
    if place.is_none() {
        row.under_caret();
    }
    rows.push(row);
    Rows { all: rows, caret: (at, cell), caret_at }
}

/// A character as it can be shown while it is typed: what acts or hides is a dot.
fn visible(grapheme: &str) -> &str {
    let mut chars = grapheme.chars();
    match (chars.next(), chars.next()) {
        (Some('\t'), None) => " ",
        (Some(NO_TEXT), _) => "·",
        (Some(c), None) if text::is_invisible(c) => "·",
        _ if grapheme.contains(char::is_control) => "·",
        _ => grapheme,
    }
}

impl Rows {
    /// At most `most` of them, among them that with the caret.
    #[must_use]
    pub fn window(mut self, most: usize) -> Self {
        let first = (self.caret.0 + 1).saturating_sub(most).min(self.all.len().saturating_sub(most));
        self.all = self.all.into_iter().skip(first).take(most).collect();
        self.caret.0 -= first;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(prompt: &str, typed: &str, caret: usize, cells: usize) -> Rows {
        super::wrapped(Row { text: prompt.to_owned(), cells: width(prompt) }, typed, caret, cells)
    }

    fn shown(rows: &Rows) -> Vec<&str> {
        rows.all.iter().map(|row| row.text.as_str()).collect()
    }

    #[test]
    fn what_is_typed_is_wrapped_between_characters() {
        let rows = wrapped("> ", "你好吗ab", 6, 7);
        assert_eq!((shown(&rows), rows.caret), (vec!["> 你好", "吗ab"], (1, 0)));
        let rows = wrapped("> ", "one\ntwo", 7, 20);
        assert_eq!((shown(&rows), rows.caret), (vec!["> one", "  two "], (1, 5)));
        let full = wrapped("> ", "abc", 3, 5);
        assert_eq!((shown(&full), full.caret), (vec!["> abc", " "], (1, 0)));
        assert_eq!(shown(&wrapped("> ", "\u{1b}[m\t\u{202e}x", 0, 20)), ["> ·[m ·x"]);
    }

    #[test]
    fn the_caret_is_always_among_the_rows_that_are_shown() {
        let text = "x\n".repeat(20);
        for caret in [0, 10, 40] {
            let rows = wrapped("> ", &text, caret, 10).window(4);
            assert!(rows.all.len() == 4 && rows.caret.0 < 4, "{caret}");
        }
    }

    #[test]
    fn rows_that_were_wrapped_anew_are_taken_away_whole() {
        let row = |cells: usize| Row { text: "x".repeat(cells), cells };
        let rows = Rows { all: vec![row(79), row(45)], caret: (1, 41), caret_at: 41 };
        let mut out = String::new();
        rows.erase(40, true, &mut out);
        assert_eq!(out, "\r\x1b[J\x1b[1A\x1b[K\x1b[1A\x1b[K\x1b[1A\x1b[K");
        out.clear();
        rows.erase(40, false, &mut out);
        assert_eq!(out, "\r\x1b[J\x1b[1A\x1b[K");
    }
}
