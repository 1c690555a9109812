//! Text → the terms it is found by. Letters and digits make words; writing without spaces between words (Chinese, Japanese,
//! Korean, Thai and their like) is cut into single characters and overlapping pairs, so that any part of it is found.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_properties::UnicodeEmoji;

/// What somebody looks for: a word, or several in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    /// As all text is compared: see [`folded`].
    folded: String,
    terms: Vec<String>,
}

impl Needle {
    /// What is given as one argument. `None`: nothing in it can be looked for.
    pub fn new(text: &str) -> Option<Self> {
        let folded = folded(text).trim().to_owned();
        let terms = terms_of(&folded);
        (!terms.is_empty()).then_some(Self { folded, terms })
    }

    /// The terms of a text that holds it. The last one of a word may be its beginning alone, where `is_begun`.
    pub fn terms(&self) -> impl Iterator<Item = (&str, bool)> {
        let is_word = self.folded.chars().next_back().is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
        let last = self.terms.len() - 1;
        let begun =
            move |(at, term): (usize, &String)| at == last && is_word && term.chars().count() >= PREFIX_CHARS_MIN;
        self.terms.iter().enumerate().map(move |(at, term)| (term.as_str(), begun((at, term))))
    }

    /// Whether a [`folded`] text holds it: from the beginning of a word on, or anywhere in writing without spaces. Its end
    /// may be anywhere in a word, if `is_begun`.
    pub fn is_in(&self, text: &str, is_begun: bool) -> bool {
        text.match_indices(&self.folded).any(|(at, _)| {
            let first = self.folded.chars().next();
            let before = text[..at].chars().next_back();
            let after = text[at + self.folded.len()..].chars().next();
            let last = self.folded.chars().next_back();
            parts(before, first) && (is_begun || parts(last, after))
        })
    }
}

/// Whether a word ends, or begins, between these characters.
fn parts(before: Option<char>, after: Option<char>) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
    !(is_inside(before) && is_inside(after))
}

/// The shortest beginning of a word that is looked for as such: shorter ones begin too many words. A guess.
const PREFIX_CHARS_MIN: usize = 3;

/// Text as it is compared: one width and one case of each letter, no accents, one space between words, and no other sign
/// than letters, digits and emoji.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.bytes().for_each(|byte| push(byte.to_ascii_lowercase().into(), &mut folded));
        return folded;
    }
    for c in text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase) {
        if is_unspaced(c) || c.is_ascii() {
            push(c, &mut folded);
        } else {
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    push(part, &mut folded);
                }
            });
        }
    }
    folded
}

fn push(c: char, folded: &mut String) {
    if c.is_alphanumeric() || is_unspaced(c) || is_pictogram(c) {
        folded.push(c);
    } else if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// The terms of a [`folded`] text.
pub fn terms_of(folded: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    for c in folded.chars() {
        let stands_alone = is_unspaced(c) || is_pictogram(c);
        if !stands_alone && c != ' ' {
            word.push(c);
        } else if !word.is_empty() {
            terms.push(std::mem::take(&mut word));
        }
        if stands_alone {
            terms.push(c.to_string());
            terms.extend(before.map(|before| format!("{before}{c}")));
        }
        before = is_unspaced(c).then_some(c);
    }
    terms.extend((!word.is_empty()).then_some(word));
    terms
}

/// Whether a character is of a script that puts no spaces between words, or whose words go on with particles.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff      // Thai, Lao
        | 0x1000..=0x109f    // Myanmar
        | 0x1100..=0x11ff    // Hangul letters
        | 0x1780..=0x17ff    // Khmer
        | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x31f0..=0x31ff // kana and their like
        | 0x3100..=0x318f    // Bopomofo, Hangul letters
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff // Han
        | 0xac00..=0xd7ff    // Hangul
    )
}

fn is_pictogram(c: char) -> bool {
    !c.is_ascii() && c.is_emoji_char() && !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(needle: &str, text: &str) -> bool {
        let needle = Needle::new(needle).unwrap_or_else(|| panic!("{needle:?} has terms"));
        let (text, is_begun) = (folded(text), true);
        let terms = terms_of(&text);
        let has = |(term, is_begun): (&str, bool)| terms.iter().any(|t| t == term || is_begun && t.starts_with(term));
        let is_in = needle.is_in(&text, is_begun);
        assert!(!is_in || needle.terms().all(has), "{needle:?} is in {text:?}, and its terms {terms:?} lead there");
        is_in
    }

    #[test]
    fn words_are_found_whatever_their_case_accents_and_width() {
        for (needle, text) in [
            ("deploy", "We DEPLOYED it."),
            ("zoe", "Zoë said"),
            ("ZOË", "zoe said"),
            ("ＡＢＣ", "abc"),
            ("foo bar", "foo,  bar!"),
            ("10", "at 10.5"),
            ("straße", "STRASSE"),
            ("ΟΔΌΣ", "οδός"),
            ("привет", "Привет!"),
            ("can't", "I can't"),
        ] {
            assert!(finds(needle, text), "{needle:?} in {text:?}");
        }
        for (needle, text) in [("ploy", "deployed"), ("foo bar", "bar foo"), ("bar", "foobar")] {
            assert!(!finds(needle, text), "{needle:?} not in {text:?}");
        }
    }

    #[test]
    fn writing_without_spaces_is_found_by_any_part() {
        for (needle, text) in [
            ("你", "他说你好吗"),
            ("好吗", "他说你好吗"),
            ("说你好", "他说你好吗"),
            ("京都", "東京都に住む"),
            ("ｶﾀ", "カタカナ"),
            ("녕하", "안녕하세요"),
            ("요", "안녕하세요"),
            ("ที่", "อยู่ที่บ้าน"),
            ("บ้าน", "อยู่ที่บ้าน"),
            ("v2版", "发布v2版了"),
            ("😀", "well 😀😀"),
        ] {
            assert!(finds(needle, text), "{needle:?} in {text:?}");
        }
        assert!(!finds("好他", "他说你好吗"));
    }

    #[test]
    fn what_has_no_letters_cannot_be_looked_for() {
        for text in ["", " ", "!?", "\u{301}"] {
            assert_eq!(Needle::new(text), None);
        }
    }
}
