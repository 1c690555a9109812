//! Charsets of plain peers and of terminals: text ↔ bytes, nothing replaced in silence.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{EncoderResult, Encoding};

/// One encoding of text that contains ASCII, by its WHATWG name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// What everybody should speak.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    /// What Chinese course scripts speak where they do not speak UTF-8; contains GBK and GB 2312.
    pub const GB18030: Self = Self(encoding_rs::GB18030);

    /// The charset that a locale such as `zh_CN.GBK` names, where that is one of those before UTF-8. What names none, or only
    /// ASCII, as `C` and `POSIX` do, says nothing of what its terminal writes.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let name = locale.split_once('.')?.1.split('@').next()?;
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        let label = LEGACY.iter().find(|(names, _)| names.contains(&plain.as_str()))?.1;
        Encoding::for_label(label.as_bytes()).map(Self)
    }

    /// The first character of `bytes`, where one begins there, and its length. `None`: more of them are needed.
    pub fn first(self, bytes: &[u8]) -> Option<(Option<char>, usize)> {
        let character = |length: usize| {
            let text = self.decode(&bytes[..length])?;
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none()).map(|c| (Some(c), length))
        };
        let found = (1..=bytes.len().min(CHARACTER_BYTES_MAX)).find_map(character);
        found.or((bytes.len() >= CHARACTER_BYTES_MAX).then_some((None, 1)))
    }

    /// The charset in which text that is not UTF-8 is tried, where this one was chosen.
    #[must_use]
    pub fn fallback(self) -> Self {
        if self == Self::UTF_8 { Self::GB18030 } else { self }
    }

    /// The bytes of `text`, or its first character that the charset does not have. The encoders of browsers put another
    /// character in the place of some (`\` for ¥ in `Shift_JIS`), so what was encoded must read back the same.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        if self == Self::UTF_8 {
            return Ok(text.as_bytes().to_vec());
        }
        let mut encoder = self.0.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
        let mut bytes = Vec::with_capacity(room.unwrap_or(text.len()));
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true).0 {
            EncoderResult::InputEmpty if self.reads_as(&bytes, text) => Ok(bytes),
            EncoderResult::InputEmpty => Err(self.first_changed(text)),
            EncoderResult::Unmappable(missing) => Err(missing),
            EncoderResult::OutputFull => unreachable!("the buffer was made as long as the encoder asked"),
        }
    }

    fn reads_as(self, bytes: &[u8], text: &str) -> bool {
        let read = self.0.decode_without_bom_handling_and_without_replacement(bytes);
        read.is_some_and(|read| read == text)
    }

    fn first_changed(self, text: &str) -> char {
        let is_changed = |c: &char| {
            let alone = c.to_string();
            !self.reads_as(&self.0.encode(&alone).0, &alone)
        };
        text.chars().find(is_changed).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The text of `bytes`; `None` where they do not fit the charset, or fit it only as no text does. Nearly any high
    /// bytes fit GB 18030, so what holds a NUL, a C1 control or a private character is taken for binary.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let text = self.0.decode_without_bom_handling_and_without_replacement(bytes)?;
        let is_text = !text.chars().any(|c| matches!(c, '\0' | '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}'));
        is_text.then(|| text.into_owned())
    }
}

/// No character has more bytes, in any charset.
const CHARACTER_BYTES_MAX: usize = 4;

/// What the C libraries call charsets, without case and punctuation, and what browsers call them.
const LEGACY: &[(&[&str], &str)] = &[
    (&["iso88591", "latin1"], "iso-8859-1"),
    (&["iso88592", "latin2"], "iso-8859-2"),
    (&["iso88593"], "iso-8859-3"),
    (&["iso88594"], "iso-8859-4"),
    (&["iso88595"], "iso-8859-5"),
    (&["iso88596"], "iso-8859-6"),
    (&["iso88597"], "iso-8859-7"),
    (&["iso88598"], "iso-8859-8"),
    (&["iso88599", "latin5"], "iso-8859-9"),
    (&["iso885910"], "iso-8859-10"),
    (&["iso885911", "tis620"], "tis-620"),
    (&["iso885913"], "iso-8859-13"),
    (&["iso885914"], "iso-8859-14"),
    (&["iso885915", "latin9"], "iso-8859-15"),
    (&["iso885916"], "iso-8859-16"),
    (&["koi8r"], "koi8-r"),
    (&["koi8u"], "koi8-u"),
    (&["cp866", "ibm866"], "ibm866"),
    (&["cp1250"], "windows-1250"),
    (&["cp1251"], "windows-1251"),
    (&["cp1252"], "windows-1252"),
    (&["cp1253"], "windows-1253"),
    (&["cp1254"], "windows-1254"),
    (&["cp1255"], "windows-1255"),
    (&["cp1256"], "windows-1256"),
    (&["cp1257"], "windows-1257"),
    (&["cp1258"], "windows-1258"),
    (&["gb2312", "euccn", "gbk", "cp936"], "gbk"),
    (&["gb18030"], "gb18030"),
    (&["big5", "big5hkscs", "cp950"], "big5"),
    (&["eucjp", "ujis"], "euc-jp"),
    (&["sjis", "shiftjis", "cp932"], "shift_jis"),
    (&["euckr", "uhc", "cp949"], "euc-kr"),
];

/// The name in lower case, as `--charset` takes it.
impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

/// A charset that is not known, or does not contain ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCharset;

impl FromStr for Charset {
    type Err = UnknownCharset;

    fn from_str(name: &str) -> Result<Self, UnknownCharset> {
        Encoding::for_label(name.as_bytes())
            .filter(|encoding| encoding.is_ascii_compatible())
            .map(Self)
            .ok_or(UnknownCharset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(name: &str) -> Charset {
        name.parse().unwrap()
    }

    #[test]
    fn chinese_goes_there_and_back_in_every_charset_that_has_it() {
        for name in ["utf-8", "gbk", "gb2312", "gb18030", "big5", "Shift_JIS", "euc-jp"] {
            let bytes = charset(name).encode("中文 hi").unwrap_or_else(|c| panic!("{name} lacks {c}"));
            assert_eq!(charset(name).decode(&bytes).as_deref(), Some("中文 hi"), "{name}");
        }
    }

    #[test]
    fn a_character_the_charset_lacks_is_named() {
        assert_eq!(charset("gbk").encode("ok 😀 ok"), Err('😀'));
        assert_eq!(charset("big5").encode("é"), Err('é'));
        assert_eq!(charset("shift_jis").encode("100 ¥"), Err('¥'), "browsers would write a backslash");
        assert_eq!(charset("gb18030").encode("😀").map(|bytes| bytes.len()), Ok(4));
    }

    #[test]
    fn binary_is_not_taken_for_text() {
        for binary in [&b"\xff\xfe"[..], b"\xe9", b"\x00\xb0\xa1", &(0..=255).collect::<Vec<u8>>()] {
            assert_eq!(Charset::GB18030.decode(binary), None, "{binary:x?}");
        }
    }

    #[test]
    fn a_locale_names_its_charset_and_one_that_names_none_has_none() {
        for (locale, name) in [
            ("de_DE.ISO-8859-1", "iso-8859-1"),
            ("de_DE.iso88591@phonebook", "iso-8859-1"),
            ("ru_RU.KOI8-R", "koi8-r"),
            ("zh_CN.gb2312", "gbk"),
            ("ja_JP.eucJP", "euc-jp"),
        ] {
            assert_eq!(Charset::of_locale(locale), Some(charset(name)), "{locale}");
        }
        for locale in ["", "C", "POSIX", "C.UTF-8", "en_US.utf8", "C.ANSI_X3.4-1968", "en_US.US-ASCII", "de_DE", "x.y"]
        {
            assert_eq!(Charset::of_locale(locale), None, "{locale}");
        }
        assert!(LEGACY.iter().all(|(_, label)| label.parse::<Charset>().is_ok()));
    }

    #[test]
    fn the_first_character_is_found_however_long_it_is() {
        let (shift_jis, gb18030) = (charset("shift_jis"), Charset::GB18030);
        assert_eq!(shift_jis.first(b"\x83\x5c\x83"), Some((Some('ソ'), 2)));
        assert_eq!(shift_jis.first(b"\x83"), None);
        assert_eq!(gb18030.first(b"\x94\x39\xda\x33"), Some((Some('💩'), 4)));
        assert_eq!(gb18030.first(b"\xff123"), Some((None, 1)));
        assert_eq!(charset("iso-8859-1").first(b"\xe9t"), Some((Some('é'), 1)));
    }

    #[test]
    fn charsets_without_ascii_are_refused() {
        for name in ["utf-16", "utf-16le", "iso-2022-jp", "hz-gb-2312", "klingon", ""] {
            assert_eq!(name.parse::<Charset>(), Err(UnknownCharset), "{name}");
        }
    }
}
