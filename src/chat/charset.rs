//! Charsets of plain peers: text ↔ bytes, nothing replaced in silence.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{EncoderResult, Encoding};
use thiserror::Error;

/// One encoding of text that contains ASCII, by its WHATWG name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// What everybody should speak.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    /// What Chinese course scripts speak where they do not speak UTF-8; contains GBK and GB 2312.
    pub const GB18030: Self = Self(encoding_rs::GB18030);

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

/// The name in lower case, as `--charset` takes it.
impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

/// A charset that is not known, or does not contain ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a charset that contains ASCII, such as utf-8, gbk, gb18030, big5, shift_jis, euc-kr or windows-1252")]
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
    fn charsets_without_ascii_are_refused() {
        for name in ["utf-16", "utf-16le", "iso-2022-jp", "hz-gb-2312", "klingon", ""] {
            assert_eq!(name.parse::<Charset>(), Err(UnknownCharset), "{name}");
        }
    }
}
