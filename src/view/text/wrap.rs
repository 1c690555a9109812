//! Text that is safe to show → rows of a terminal, broken where a line may be broken (UAX #14).

use unicode_linebreak::linebreaks;

use crate::view::text::width::width;

/// Terminals stop a tab at each multiple of so many cells.
const TAB: usize = 8;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    /// So many cells of its first row are taken.
    pub taken: usize,
    /// Its further rows begin behind so many.
    pub hang: usize,
    /// So many cells a row has.
    pub cells: usize,
}

/// `text`, which is one line, in rows: where one is full it goes on in the next, below its beginning. What is longer than a
/// row, a link say, begins where it stands, and the terminal wraps it. Every white space is a place to break at, also one
/// that is said to hold together, so that nothing with white space in it begins in the first cell by itself.
pub fn wrapped(text: &str, Margins { taken, hang, cells }: Margins) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = taken;
    for piece in pieces(text) {
        let word = piece.trim_end();
        let is_begun = at > hang || at == taken && taken > 0;
        if at + width(word) > cells && is_begun && (at >= cells || hang + width(word) <= cells) {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            at = hang;
        }
        out.push_str(piece);
        at += width(word);
        if at > cells {
            at = (at - 1) % cells.max(1) + 1; // the terminal wraps it
        }
        at = behind(&piece[word.len()..], at);
    }
    out
}

/// The cell behind white space that begins at a cell.
fn behind(blanks: &str, at: usize) -> usize {
    blanks.chars().fold(at, |at, blank| match blank {
        '\t' => (at / TAB + 1) * TAB,
        blank => at + width(blank.encode_utf8(&mut [0; 4])),
    })
}

/// What begins a link, which stays whole so that it can be copied and opened.
const LINK: &str = "://";

/// What is not broken, with the white space behind it. A word stays with the slash that it begins with: it is a command, or
/// a path.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let (mut begins, mut looked, mut is_link) = (0, 0_usize, false);
    let ends = linebreaks(text).map(|(end, _)| end);
    let pieces = ends.filter_map(move |end| {
        // Each place is looked at once: a link may be as long as a message.
        let new = &text.as_bytes()[begins.max(looked.saturating_sub(LINK.len() - 1))..end];
        is_link |= new.windows(LINK.len()).any(|bytes| bytes == LINK.as_bytes());
        looked = end;
        let is_in_link = is_link && end < text.len() && !text[..end].ends_with(char::is_whitespace);
        let before_slash = text[..end].strip_suffix('/').filter(|_| end < text.len());
        let is_command = before_slash.is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace));
        (!is_in_link && !is_command).then(|| {
            is_link = false;
            let piece = &text[begins..end];
            begins = end;
            piece
        })
    });
    pieces.flat_map(words)
}

/// A piece, broken behind each of its white spaces that something follows.
fn words(piece: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(piece).filter(|piece| !piece.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let ends_word = text.find(char::is_whitespace);
        let begins_next =
            ends_word.and_then(|blank| text[blank..].find(|c: char| !c.is_whitespace()).map(|at| blank + at));
        let (word, behind) = begins_next.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
        rest = behind;
        Some(word)
    })
}

/// Where the further rows of a line of a table begin: below its last column, which two blanks part from what is before, or a
/// little behind where the line begins.
pub fn hang_of(line: &str, cells: usize) -> usize {
    let indent = line.len() - line.trim_start().len();
    let column = line[indent..].rfind("  ").map_or(0, |at| width(&line[..indent + at + 2]));
    if column > 0 && column <= cells / 2 { column } else { indent + 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, (taken, hang, cells): (usize, usize, usize)) -> Vec<String> {
        wrapped(text, Margins { taken, hang, cells }).split('\n').map(str::to_owned).collect()
    }

    #[test]
    fn rows_are_broken_between_words_and_below_their_beginning() {
        assert_eq!(rows("one two three four", (3, 3, 12)), ["one two", "   three", "   four"]);
        assert_eq!(rows("it fits", (0, 2, 7)), ["it fits"]);
        assert_eq!(rows("", (3, 3, 12)), [""]);
        assert_eq!(rows("你好，世界和平", (2, 2, 10)), ["你好，世", "  界和平"]);
        assert_eq!(rows("one-two three", (0, 2, 8)), ["one-two", "  three"]);
        assert_eq!(rows("or back; /who shows", (0, 2, 11)), ["or back;", "  /who", "  shows"]);
        assert_eq!(rows("longword", (5, 2, 10)), ["", "  longword"], "it fits into a row of its own");
    }

    #[test]
    fn what_is_longer_than_a_row_begins_where_it_stands() {
        let link = "https://example.org/a/long/one";
        assert_eq!(rows(&format!("see {link} now"), (2, 2, 21)), [format!("see {link} now")], "21 cells, and 19");
        assert_eq!(rows(&format!("see {link} there"), (2, 2, 20)), [format!("see {link}"), "  there".to_owned()]);
    }

    #[test]
    fn a_link_as_long_as_a_message_stays_whole_and_ends_with_its_white_space() {
        let link = format!("x://{}", "a/".repeat(30_000));
        let rows = rows(&format!("two words {link} and on"), (0, 2, 24));
        assert!(rows[0].starts_with(&format!("two words {link}")) && rows.concat().ends_with("and on"));
        assert_eq!(pieces("see x://a/b one-two").collect::<Vec<_>>(), ["see ", "x://a/b ", "one-", "two"]);
    }

    #[test]
    fn nothing_behind_white_space_begins_in_the_first_cell() {
        for blank in ["\u{a0}", "\u{202f}", "\u{3000}", " ", "\t"] {
            let forged = format!("x{}14:02 <alice> yes", blank.repeat(40));
            let rows = rows(&forged, (8, 8, 20));
            assert_eq!((rows[0].as_str(), rows[1].as_str()), ("x", "        14:02"), "{blank:?}");
        }
        let glued = "a\u{a0}b\u{a0}c\u{a0}d\u{a0}e".repeat(4);
        assert!(rows(&glued, (0, 2, 10)).iter().all(|row| width(row) <= 10));
    }

    #[test]
    fn tables_hang_below_their_last_column() {
        assert_eq!(hang_of("/who             who is here", 60), 17);
        assert_eq!(hang_of("/who             who is here", 30), 2);
        assert_eq!(hang_of("  a sentence", 60), 4);
    }
}
