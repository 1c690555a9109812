//! How much room text takes on a terminal, and where it may be cut.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many cells `text` takes in one row.
pub fn width(text: &str) -> usize {
    text.width()
}

/// What a reader takes for one character each, and where it begins.
pub fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    text.grapheme_indices(true)
}

/// The longest beginning of `text` that takes at most `cells`.
pub fn beginning(text: &str, cells: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in graphemes(text) {
        taken += width(grapheme);
        if taken > cells {
            return &text[..at];
        }
    }
    text
}

/// `text`, cut where it takes more than `cells`; then `more` stands at its end.
pub fn fitted(text: &str, cells: usize, more: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let kept = beginning(text, cells.saturating_sub(width(more)));
    format!("{kept}{}", beginning(more, cells))
}

/// Where the character before `at` begins.
pub fn before(text: &str, at: usize) -> usize {
    graphemes(&text[..at]).next_back().map_or(0, |(start, _)| start)
}

/// Where the character at `at` ends.
pub fn after(text: &str, at: usize) -> usize {
    graphemes(&text[at..]).next().map_or(at, |(_, grapheme)| at + grapheme.len())
}

/// Where the word that ends before `at`, or holds it, begins.
pub fn word_before(text: &str, at: usize) -> usize {
    text[..at].unicode_word_indices().next_back().map_or(0, |(start, _)| start)
}

/// Where the word that begins after `at`, or holds it, ends.
pub fn word_after(text: &str, at: usize) -> usize {
    text[at..].unicode_word_indices().next().map_or(text.len(), |(start, word)| at + start + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_reads_as_one_character_is_one() {
        for (text, cells) in [("e\u{301}", 1), ("你", 2), ("👩‍👩‍👧", 2), ("🇨🇭", 2), ("นี้", 1), ("한", 2)]
        {
            assert_eq!((width(text), before(text, text.len()), after(text, 0)), (cells, 0, text.len()), "{text}");
        }
    }

    #[test]
    fn text_is_never_cut_inside_a_character() {
        assert_eq!(beginning("a你b", 2), "a");
        assert_eq!(fitted("你好吗", 5, "…"), "你好…");
        assert_eq!(fitted("你好", 4, "…"), "你好");
        assert_eq!(fitted("abc", 0, "…"), "");
    }

    #[test]
    fn words_are_those_of_readers() {
        assert_eq!((word_before("go  home", 8), word_before("go  ", 4), word_before("", 0)), (4, 0, 0));
        assert_eq!((word_after("go  home", 0), word_after("go  home", 2), word_after("go ", 2)), (2, 8, 3));
    }
}
