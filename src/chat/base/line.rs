//! Typed bytes → lines, whatever the pieces they arrive in.

use std::string::FromUtf8Error;

use crate::chat::base::charset::Charset;
use crate::chat::base::limits::LINE_BYTES_MAX;

/// One line of standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, as editors count.
    pub number: u64,
    /// The text without its line end, or why it cannot be a message.
    pub text: Result<String, BadLine>,
}

/// Why a line is no message. The line is lost, the input goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLine {
    /// It holds a NUL, which no text does.
    Nul,
    /// It is not UTF-8.
    NotUtf8 {
        /// The first byte that is not, counted from 1.
        byte: usize,
    },
    /// It fits no datagram in any charset.
    TooLong {
        /// Its length without the line end.
        bytes: u64,
    },
}

/// Splits standard input into lines. Holds at most one line, and no more than so many bytes of it.
#[derive(Debug)]
pub struct Lines {
    /// How long a line may be.
    bytes_max: usize,
    charset: Charset,
    begun: Vec<u8>,
    /// Bytes of the line begun that were too many to keep.
    overflow: u64,
    number: u64,
}

/// Lines that are messages: at most [`LINE_BYTES_MAX`] bytes each.
impl Default for Lines {
    fn default() -> Self {
        Self::of_at_most(LINE_BYTES_MAX)
    }
}

impl Lines {
    /// Lines of at most so many bytes each, without the line end.
    pub fn of_at_most(bytes_max: usize) -> Self {
        Self { bytes_max, charset: Charset::UTF_8, begun: Vec::new(), overflow: 0, number: 0 }
    }

    /// The same, typed at a terminal that writes this charset.
    #[must_use]
    pub fn typed_in(self, charset: Charset) -> Self {
        Self { charset, ..self }
    }

    /// Takes the next line that ends within `chunk` and cuts what it used off its front. `None`: all of `chunk` is
    /// used, and what follows the last line end waits here for the rest.
    pub fn next(&mut self, chunk: &mut &[u8]) -> Option<Line> {
        let Some(end) = chunk.iter().position(|&byte| byte == b'\n') else {
            self.keep(chunk);
            *chunk = &[];
            return None;
        };
        self.keep(&chunk[..end]);
        *chunk = &chunk[end + 1..];
        if self.overflow == 0 && self.begun.last() == Some(&b'\r') {
            self.begun.pop();
        }
        Some(self.finish())
    }

    /// The last line, where it lacks its line end.
    pub fn end(&mut self) -> Option<Line> {
        self.is_begun().then(|| self.finish())
    }

    /// Whether a line has been begun and not ended.
    pub fn is_begun(&self) -> bool {
        self.mark() < self.begun.len()
    }

    /// The length of the byte order mark before the line that has begun: only the first line may have one.
    fn mark(&self) -> usize {
        if self.number == 0 { self.begun.len() - without_mark(&self.begun).len() } else { 0 }
    }

    fn keep(&mut self, bytes: &[u8]) {
        // A little over the bound is kept, so that neither the `\r` of a line end nor a byte order mark counts.
        let room = (self.bytes_max + 1 + BYTE_ORDER_MARK.len()).saturating_sub(self.begun.len());
        let kept = &bytes[..bytes.len().min(room)];
        self.begun.extend_from_slice(kept);
        self.overflow += (bytes.len() - kept.len()) as u64;
    }

    fn finish(&mut self) -> Line {
        let mark = self.mark();
        self.number += 1;
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.drain(..mark);
        let overflow = std::mem::take(&mut self.overflow);
        Line { number: self.number, text: self.judge(bytes, overflow) }
    }

    fn judge(&self, bytes: Vec<u8>, overflow: u64) -> Result<String, BadLine> {
        if bytes.len() > self.bytes_max {
            return Err(BadLine::TooLong { bytes: bytes.len() as u64 + overflow });
        }
        if bytes.contains(&0) {
            return Err(BadLine::Nul);
        }
        let typed = (self.charset != Charset::UTF_8).then(|| self.charset.decode(&bytes)).flatten();
        let not_utf_8 = |error: FromUtf8Error| BadLine::NotUtf8 { byte: error.utf8_error().valid_up_to() + 1 };
        typed.map_or_else(|| String::from_utf8(bytes).map_err(not_utf_8), Ok)
    }
}

/// What some editors write at the beginning of a file, and no reader sees.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What was read from its beginning, without the byte order mark there.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything `Lines` makes of the pieces, the end of input included.
    fn split(pieces: &[&[u8]]) -> Vec<Result<String, BadLine>> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for mut piece in pieces.iter().copied() {
            while let Some(line) = lines.next(&mut piece) {
                all.push(line);
            }
        }
        all.extend(lines.end());
        assert!(all.iter().map(|line| line.number).eq(1..=all.len() as u64), "numbered from 1: {all:?}");
        all.into_iter().map(|line| line.text).collect()
    }

    fn texts(texts: &[&str]) -> Vec<Result<String, BadLine>> {
        texts.iter().map(|&text| Ok(text.to_owned())).collect()
    }

    #[test]
    fn both_line_ends_are_removed_and_the_last_may_lack_one() {
        assert_eq!(split(&[b"one\ntwo\r\n\nfour"]), texts(&["one", "two", "", "four"]));
        assert_eq!(split(&[b"one\n"]), texts(&["one"]));
        assert_eq!(split(&[b""]), texts(&[]));
    }

    #[test]
    fn only_the_line_end_is_removed() {
        assert_eq!(split(&[b"a\r\r\n \tb \n"]), texts(&["a\r", " \tb "]));
        assert_eq!(split(&[b"a\r"]), texts(&["a\r"]));
    }

    #[test]
    fn a_line_may_arrive_in_pieces_cut_anywhere() {
        let whole = "größe 中\r\nzwei\n".as_bytes();
        for cut in 0..whole.len() {
            assert_eq!(split(&[&whole[..cut], &whole[cut..]]), texts(&["größe 中", "zwei"]), "cut at {cut}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_very_start_alone() {
        let whole = "\u{feff}one\n\u{feff}two\n".as_bytes();
        for cut in 0..whole.len() {
            assert_eq!(split(&[&whole[..cut], &whole[cut..]]), texts(&["one", "\u{feff}two"]), "cut at {cut}");
        }
        assert_eq!(split(&["\u{feff}\u{feff}x\n".as_bytes()]), texts(&["\u{feff}x"]));
        assert_eq!(split(&["\u{feff}".as_bytes()]), texts(&[]), "no line was begun");
        assert_eq!(split(&["\u{feff}\n".as_bytes()]), texts(&[""]));
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(split(&[format!("\u{feff}{longest}\r\n").as_bytes()]), texts(&[&longest]));
    }

    #[test]
    fn a_bad_line_does_not_take_its_neighbours_along() {
        assert_eq!(
            split(&[b"a\nb\0c\nd\xffe\nf\n"]),
            [Ok("a".into()), Err(BadLine::Nul), Err(BadLine::NotUtf8 { byte: 2 }), Ok("f".into())]
        );
    }

    #[test]
    fn a_line_beyond_the_bound_is_measured_but_not_kept() {
        let mut lines = Lines::default();
        for _ in 0..1000 {
            assert_eq!(lines.next(&mut &[b'x'; 1000][..]), None);
            assert!(lines.begun.len() <= LINE_BYTES_MAX + 4);
        }
        let line = lines.next(&mut &b"\n"[..]).unwrap();
        assert_eq!(line.text, Err(BadLine::TooLong { bytes: 1_000_000 }));
        assert_eq!(lines.next(&mut &b"next\n"[..]).unwrap().text, Ok("next".into()));
    }

    #[test]
    fn the_longest_line_is_kept_whole_with_either_line_end() {
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(split(&[longest.as_bytes(), b"\r\n"]), [Ok(longest.clone())]);
        assert_eq!(split(&[longest.as_bytes(), b"\n"]), [Ok(longest)]);
    }
}
