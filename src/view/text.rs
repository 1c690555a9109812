//! The one place where remote text is made safe to show.
//!
//! What could act on a terminal, hide, or pass for something else is written out (`\x1b`, `\u{202e}`), so nothing is
//! lost and nothing happens. What a script or an emoji needs stays, where it needs it.

pub mod terms;
pub mod when;
pub(crate) mod width;
pub(crate) mod wrap;

use std::fmt::Write;

use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

use crate::chat::base::limits::MARKS_MAX;

/// What begins each inner line of a record. No record begins so, so no message can forge one.
pub const INDENT: &str = "\n  ";

/// Writes `text` in one line: a newline is written out like any other control.
pub fn sanitise(text: &str, out: &mut String) {
    Neutraliser::new(out, "\\n").text(text);
}

/// Writes `text` with its inner lines indented by two spaces.
pub fn sanitise_block(text: &str, out: &mut String) {
    Neutraliser::new(out, INDENT).text(text);
}

/// Writes bytes that are no text: what is UTF-8 like text, the rest as `\xNN`.
pub fn sanitise_bytes(bytes: &[u8], out: &mut String) {
    let mut neutraliser = Neutraliser::new(out, INDENT);
    for chunk in bytes.utf8_chunks() {
        neutraliser.text(chunk.valid());
        for byte in chunk.invalid() {
            neutraliser.escape(format_args!("\\x{byte:02x}"));
        }
    }
}

/// A name, safe to show. Where signs beyond ASCII can be shown, one that is written from right to left is kept apart from
/// what is around it (UAX #9, 2.4).
pub fn name(name: &str, has_signs: bool) -> String {
    let mut safe = String::new();
    sanitise(name, &mut safe);
    if has_signs && safe.contains(is_right_to_left) { format!("\u{2068}{safe}\u{2069}") } else { safe }
}

/// The blocks of scripts that are written from right to left (UAX #9, with what is not assigned in them yet).
fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff)
}

/// Writes characters and remembers of what came before as much as the next one's meaning depends on.
struct Neutraliser<'a> {
    out: &'a mut String,
    newline: &'static str,
    /// The character before, where it was written as it is.
    previous: Option<char>,
    /// The character that marks and selectors belong to.
    base: Option<char>,
    marks: u8,
}

impl<'a> Neutraliser<'a> {
    fn new(out: &'a mut String, newline: &'static str) -> Self {
        Self { out, newline, previous: None, base: None, marks: 0 }
    }

    fn text(&mut self, mut rest: &str) {
        loop {
            let plain = rest.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
            if let Some(last) = rest[..plain].chars().next_back() {
                self.out.push_str(&rest[..plain]);
                self.begin(last);
            }
            rest = &rest[plain..];
            let Some(c) = rest.chars().next() else { return };
            rest = self.special(c, &rest[c.len_utf8()..]);
        }
    }

    /// Writes one character that is not printable ASCII, and returns what is left of the text after it.
    fn special<'t>(&mut self, c: char, after: &'t str) -> &'t str {
        match c {
            '\n' => self.end_line(),
            '\r' if after.starts_with('\n') => {}
            '\t' => self.keep(c),
            FLAG => {
                let tags = subdivision(after);
                self.begin(c);
                self.out.push(c);
                self.out.push_str(&after[..tags]);
                return &after[tags..];
            }
            _ if is_mark(c) && self.base.is_some() && self.marks < MARKS_MAX => {
                self.marks += 1;
                self.previous = Some(c);
                self.out.push(c);
            }
            _ if is_mark(c) => self.escape_char(c),
            // A vowel sign takes room of its own, but what stands over it still stands over its letter.
            _ if c.general_category() == GeneralCategory::SpacingMark && self.base.is_some() => self.join(c),
            ZWJ | ZWNJ if self.is_joined(c, after.chars().next()) => self.join(c),
            _ if is_selector(c) && self.is_selectable(c) => self.join(c),
            _ if is_invisible(c) => self.escape_char(c),
            _ => self.keep(c),
        }
        after
    }

    fn keep(&mut self, c: char) {
        self.out.push(c);
        self.begin(c);
    }

    fn join(&mut self, c: char) {
        self.out.push(c);
        self.previous = Some(c);
    }

    fn begin(&mut self, base: char) {
        self.previous = Some(base);
        self.base = Some(base);
        self.marks = 0;
    }

    fn end_line(&mut self) {
        self.out.push_str(self.newline);
        (self.previous, self.base) = (None, None);
    }

    fn escape_char(&mut self, c: char) {
        if c.is_ascii() {
            self.escape(format_args!("\\x{:02x}", u32::from(c)));
        } else {
            self.escape(format_args!("\\u{{{:x}}}", u32::from(c)));
        }
    }

    fn escape(&mut self, written_out: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(written_out); // writing to a String cannot fail
        (self.previous, self.base) = (None, None);
    }

    /// A joiner stays between pictographs (👩‍💻), and after a letter of a script that is joined (می‌خواهم, क्‍ष).
    fn is_joined(&self, joiner: char, next: Option<char>) -> bool {
        let between_pictographs = joiner == ZWJ
            && self.previous != Some(ZWJ)
            && self.base.is_some_and(is_pictograph)
            && next.is_some_and(is_pictograph);
        between_pictographs || self.previous.is_some_and(is_of_joined_script)
    }

    /// A variation selector stays directly behind what it can vary: one each, for selectors in a row carry hidden bytes.
    fn is_selectable(&self, selector: char) -> bool {
        match selector {
            '\u{180b}'..='\u{180f}' => self.previous.is_some_and(|c| matches!(c, '\u{1820}'..='\u{18aa}')),
            _ => self.previous.is_some_and(|c| c != ' ' && c != '\t' && Some(c) == self.base),
        }
    }
}

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';
/// The black flag, which tag characters turn into the flag of a region (🏴󠁧󠁢󠁳󠁣󠁴󠁿).
const FLAG: char = '\u{1f3f4}';

/// The length in bytes of the tags of one region at the front of `text`: two letters for the country, one to three
/// letters or digits for its part, the end tag (UTS #51, ED-14a). 0 where it is anything else.
fn subdivision(text: &str) -> usize {
    let spelled =
        text.chars().take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')).count();
    let ends = text.chars().nth(spelled) == Some('\u{e007f}');
    if (3..=5).contains(&spelled) && ends { (spelled + 1) * '\u{e007f}'.len_utf8() } else { 0 }
}

/// What is written over its base and takes no room of its own: a flood of it paints over the lines above.
fn is_mark(c: char) -> bool {
    // Vowels and finals of Hangul in pieces have no width of their own either.
    matches!(c, '\u{1161}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
        || !is_selector(c)
            && !is_blank_sign(c)
            && matches!(c.general_category(), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

fn is_selector(c: char) -> bool {
    matches!(c,
        '\u{fe00}'..='\u{fe0f}'         // forms of symbols, emoji or text style
        | '\u{e0100}'..='\u{e01ef}'     // forms of Chinese characters
        | '\u{180b}'..='\u{180f}'       // forms of Mongolian letters, and their vowel separator
    )
}

/// Everything that does something and shows nothing.
pub fn is_invisible(c: char) -> bool {
    match c.general_category() {
        // C0, DEL and C1: escape sequences begin with U+001B, U+009B, U+0090, U+009D …; a carriage return overwrites.
        GeneralCategory::Control => true,
        // Some terminals break the line at U+2028 and U+2029, which would forge a record.
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => true,
        // Bidi controls reorder what is read (Trojan Source), zero-width characters make two names look one, tags carry
        // hidden text. These few are signs over or before numbers, and visible.
        GeneralCategory::Format => !matches!(
            c,
            '\u{600}'
                ..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}'
        ),
        GeneralCategory::NonspacingMark | GeneralCategory::OtherLetter => is_blank_sign(c) || is_selector(c),
        // Not assigned, and to be invisible by default when they are.
        GeneralCategory::Unassigned => {
            matches!(c, '\u{2065}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
        }
        _ => false,
    }
}

/// Marks and letters that are there to be not seen: a joiner of marks, fillers of Hangul, inherent vowels of Khmer
/// (`Default_Ignorable_Code_Point`, UAX #44).
fn is_blank_sign(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}')
}

/// What a joiner may join into one picture: emoji but for the ASCII ones (`#`, `*`, digits), skin tones included.
fn is_pictograph(c: char) -> bool {
    !c.is_ascii() && c.is_emoji_char()
}

/// The scripts whose spelling needs joiners (Unicode core specification, chapters 9, 12, 13 and 16): Arabic and its
/// kin, the Indic scripts, Khmer, Mongolian.
fn is_of_joined_script(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{8ff}'           // Arabic, Syriac, N'Ko, Mandaic
        | '\u{900}'..='\u{dff}'         // Devanagari to Sinhala
        | '\u{1780}'..='\u{17d3}'       // Khmer
        | '\u{1820}'..='\u{18aa}'       // Mongolian
        | '\u{fb50}'..='\u{fdff}'       // Arabic forms
        | '\u{fe70}'..='\u{fefc}'       // Arabic forms
        | '\u{11000}'..='\u{11fff}'     // Brahmi and its later kin
        | '\u{1e900}'..='\u{1e943}'     // Adlam
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut out = String::new();
        sanitise(text, &mut out);
        out
    }

    fn block(text: &str) -> String {
        let mut out = String::new();
        sanitise_block(text, &mut out);
        out
    }

    #[test]
    fn ordinary_text_of_all_scripts_stays_as_it_is() {
        for text in [
            "plain, with\ttab",
            "größe naïve čeština",
            "e\u{301} i\u{308}\u{301}",
            "你好，世界 こんにちは 한국어",
            "שָׁלוֹם",
            "สวัสดีชาวโลกที่นี่",
            "Привет ｆｕｌｌ ①②",
            "\u{600}\u{661}",
            "\u{e000}",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn escape_sequences_are_spelled_out() {
        assert_eq!(line("\x1b[2J\x1b]0;title\x07"), r"\x1b[2J\x1b]0;title\x07");
        assert_eq!(line("\u{9b}31m\u{90}q\u{9c}"), r"\u{9b}31m\u{90}q\u{9c}");
        assert_eq!(line("a\x08b\x7f\0"), r"a\x08b\x7f\x00");
    }

    #[test]
    fn a_carriage_return_cannot_overwrite_the_name_before_it() {
        assert_eq!(block("hi\r<alice> I owe you 100"), r"hi\x0d<alice> I owe you 100");
    }

    #[test]
    fn an_inner_line_cannot_look_like_a_record() {
        assert_eq!(block("hi\n[10.0.0.7:7788] forged\r\nthird"), "hi\n  [10.0.0.7:7788] forged\n  third");
        assert_eq!(block("a\u{2028}b\u{2029}c\u{85}d\x0be\x0cf"), r"a\u{2028}b\u{2029}c\u{85}d\x0be\x0cf");
        assert_eq!(line("a\nb"), r"a\nb");
    }

    #[test]
    fn bidi_controls_cannot_reorder_what_is_read() {
        assert_eq!(line("safe\u{202e}gnp.exe"), r"safe\u{202e}gnp.exe");
        for control in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202d}\u{2066}\u{2067}\u{2068}\u{2069}".chars() {
            assert_eq!(line(&format!("a{control}b")), format!("a\\u{{{:x}}}b", u32::from(control)));
        }
    }

    #[test]
    fn zero_width_characters_cannot_hide() {
        for hidden in
            "\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{2064}\u{feff}\u{180e}\u{34f}\u{fff9}\u{1d173}\u{2065}\u{e0fff}\u{1160}\u{17b4}\u{3164}\u{ffa0}"
                .chars()
        {
            assert_eq!(line(&format!("ali{hidden}ce")), format!("ali\\u{{{:x}}}ce", u32::from(hidden)));
        }
    }

    #[test]
    fn joiners_stay_where_a_picture_or_a_script_needs_them() {
        for text in ["👩‍💻 👨‍👩‍👧‍👦 ❤️‍🔥 👩🏽‍🚀 🏳️‍🌈 🐦‍⬛", "می‌خواهم", "क्‍ष क्‌ष", "ශ්‍රී", "ᠠ\u{180e}ᠠ\u{180b}"]
        {
            assert_eq!(line(text), text);
        }
        assert_eq!(line("👩\u{200d}\u{200d}💻"), r"👩\u{200d}\u{200d}💻");
        assert_eq!(line("م\u{200c}\u{200c}م"), "م\u{200c}\\u{200c}م");
        assert_eq!(line("1\u{200d}2"), r"1\u{200d}2");
    }

    #[test]
    fn selectors_stay_one_to_a_character() {
        for text in ["❤\u{fe0f} 1\u{fe0f}\u{20e3}", "葛\u{e0100}"] {
            assert_eq!(line(text), text);
        }
        assert_eq!(line("❤\u{fe0f}\u{fe01}\u{fe02}"), "❤\u{fe0f}\\u{fe01}\\u{fe02}");
        assert_eq!(line("\u{fe0f}a \u{fe0f}"), r"\u{fe0f}a \u{fe0f}");
    }

    #[test]
    fn tag_characters_stay_in_the_flag_of_a_region_only() {
        let scotland = "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(line(scotland), scotland);
        assert_eq!(line("🏴\u{e0067}\u{e0062}"), r"🏴\u{e0067}\u{e0062}");
        assert_eq!(line("hi\u{e0068}\u{e0069}\u{e007f}"), r"hi\u{e0068}\u{e0069}\u{e007f}");
        let smuggled = format!("🏴{}\u{e007f}", "\u{e0061}".repeat(100));
        assert_eq!(line(&smuggled).matches("\\u{e0061}").count(), 100);
    }

    #[test]
    fn a_flood_of_combining_marks_is_cut_to_a_stack() {
        let flood = format!("e{}x", "\u{301}".repeat(100));
        let shown = line(&flood);
        assert_eq!(shown.chars().filter(|&c| c == '\u{301}').count(), usize::from(MARKS_MAX));
        assert_eq!(shown.matches("\\u{301}").count(), 100 - usize::from(MARKS_MAX));
        let with_signs = line(&format!("k{}", "\u{903}\u{301}\u{301}\u{301}".repeat(3)));
        assert!(with_signs.ends_with("\\u{301}"), "the ninth, however they are spread over signs: {with_signs}");
        let vowels = line(&"\u{1161}".repeat(100));
        assert!(!vowels.contains('\u{1161}'), "without a base there is no stack at all");
    }

    #[test]
    fn a_mark_cannot_reach_the_name_or_the_line_before() {
        assert_eq!(block("\u{338}x\n\u{338}y"), "\\u{338}x\n  \\u{338}y");
    }

    #[test]
    fn no_byte_of_what_is_no_text_is_lost() {
        let mut out = String::new();
        sanitise_bytes(b"caf\xe9 \xff\n\xe4\xbd ok \x1b", &mut out);
        assert_eq!(out, "caf\\xe9 \\xff\n  \\xe4\\xbd ok \\x1b");
    }

    #[test]
    fn the_longest_record_is_at_most_four_times_its_datagram() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let shown = block(&c.to_string());
            assert!(shown.len() <= 4 * c.len_utf8(), "{c:?} grows to {}", shown.len());
        }
    }
}
