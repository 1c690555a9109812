//! The plain dialect: one datagram is one message of raw text, as `nc -u` and every course script speak it.
//!
//! Nothing tells which charset a peer writes. UTF-8 is recognised by its form; what is not UTF-8 is tried in the
//! session's other charset, and a peer that writes it is answered in it.

use std::net::SocketAddr;

use crate::chat::api::event::Content;
use crate::chat::base::charset::Charset;
use crate::chat::base::limits::{SPEAKERS_MAX, TELL_AGAIN};
use crate::chat::base::recent::Recent;
use crate::chat::base::time::Moment;

/// The charset of each peer, and what trouble there was with it.
#[derive(Debug)]
pub struct Plain {
    charset: Charset,
    speakers: Recent<SocketAddr, PlainSpeaker>,
}

/// What is remembered of an address. The usual peer, who speaks the session's charset and hears, needs no entry.
#[derive(Debug, Default)]
struct PlainSpeaker {
    charset: Option<Charset>,
    failures: u64,
    told: Option<Moment>,
}

impl Plain {
    /// A session whose peers are taken to speak `charset` until they write something else.
    pub fn new(charset: Charset) -> Self {
        Self { charset, speakers: Recent::new(SPEAKERS_MAX) }
    }

    /// What a datagram says, and the charset its sender is answered in from now on, where that is new.
    pub fn read(&mut self, from: SocketAddr, datagram: &[u8]) -> (Content, Option<Charset>) {
        let content = decode(without_newline(datagram), self.charset);
        let learned = match &content {
            Content::Text { text, charset } if !is_by_chance(text, *charset) => self.learn(from, *charset),
            _ => None,
        };
        (content, learned)
    }

    /// What `to` is written in.
    pub fn charset_of(&self, to: SocketAddr) -> Charset {
        self.speakers.get(&to).and_then(|speaker| speaker.charset).unwrap_or(self.charset)
    }

    /// What a datagram to `to` says there.
    pub fn sent_text(&self, to: SocketAddr, datagram: &[u8]) -> String {
        let bytes = without_newline(datagram);
        self.charset_of(to).decode(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A datagram to `to` did not arrive. Says how many since it was last told, where it is time to tell it again.
    pub fn failed(&mut self, to: SocketAddr, now: Moment) -> Option<u64> {
        let speaker = self.speakers.entry(to);
        speaker.failures += 1;
        if speaker.told.is_some_and(|told| now.since(told) < TELL_AGAIN) {
            return None;
        }
        speaker.told = Some(now);
        Some(std::mem::take(&mut speaker.failures))
    }

    /// A session in UTF-8 follows its peers; a charset that the user chose stays.
    fn learn(&mut self, from: SocketAddr, written: Charset) -> Option<Charset> {
        if self.charset != Charset::UTF_8 || self.charset_of(from) == written {
            return None;
        }
        self.speakers.entry(from).charset = Some(written);
        (written != Charset::UTF_8).then_some(written)
    }
}

/// Whether this is a frame of the native protocol: `FF` begins no text in UTF-8, GBK or Big5. Its sender is never sent text.
pub fn is_frame(datagram: &[u8]) -> bool {
    datagram.first() == Some(&0xff)
}

/// Exactly one trailing newline is removed: `nc -u` sends it, the message does not mean it.
fn without_newline(datagram: &[u8]) -> &[u8] {
    let text = datagram.strip_suffix(b"\n").map(|text| text.strip_suffix(b"\r").unwrap_or(text));
    text.unwrap_or(datagram)
}

/// What is UTF-8 is read as UTF-8, unless another charset was chosen and it may be UTF-8 by chance.
fn decode(bytes: &[u8], chosen: Charset) -> Content {
    let other = || chosen.fallback().decode(bytes).map(|text| Content::Text { text, charset: chosen.fallback() });
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let utf8 = || Content::Text { text: text.to_owned(), charset: Charset::UTF_8 };
            let is_doubtful = chosen != Charset::UTF_8 && is_by_chance(text, Charset::UTF_8);
            if is_doubtful { other().unwrap_or_else(utf8) } else { utf8() }
        }
        Err(_) => other().unwrap_or_else(|| Content::Bytes(bytes.to_vec())),
    }
}

/// Whether text that reads well in `charset` says nothing of what its author writes. ASCII is in all of them; and a third
/// of the common Chinese characters in GBK are, alone, UTF-8 for a letter of two bytes (模 reads ģ), while sequences of
/// three bytes hardly ever come about so.
fn is_by_chance(text: &str, charset: Charset) -> bool {
    text.is_ascii() || charset == Charset::UTF_8 && text.chars().all(|c| c.len_utf8() <= 2)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BOB: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

    /// What is read of `datagram`, the charset in angle brackets where it is not UTF-8.
    fn read(plain: &mut Plain, datagram: &[u8]) -> String {
        match plain.read(BOB, datagram).0 {
            Content::Text { text, charset } if charset == Charset::UTF_8 => text,
            Content::Text { text, charset } => format!("<{charset}> {text}"),
            Content::Bytes(bytes) => format!("bytes {bytes:x?}"),
        }
    }

    fn gbk(text: &str) -> Vec<u8> {
        Charset::GB18030.encode(text).unwrap()
    }

    #[test]
    fn exactly_one_trailing_newline_is_removed() {
        let mut plain = Plain::new(Charset::UTF_8);
        for (datagram, text) in [("hi", "hi"), ("hi\n", "hi"), ("hi\r\n", "hi"), ("hi\n\n", "hi\n"), ("hi\r", "hi\r")] {
            assert_eq!(read(&mut plain, datagram.as_bytes()), text);
        }
        assert_eq!(read(&mut plain, b""), "");
        assert_eq!(read(&mut plain, b"\n"), "");
    }

    #[test]
    fn who_writes_gb18030_is_answered_in_it_and_told_once() {
        let mut plain = Plain::new(Charset::UTF_8);
        assert_eq!(plain.read(BOB, &gbk("你好")).1, Some(Charset::GB18030));
        assert_eq!(plain.read(BOB, &gbk("再见")).1, None);
        assert_eq!(plain.charset_of(BOB), Charset::GB18030);
        plain.read(BOB, b"plain ascii says nothing of the charset");
        assert_eq!(plain.charset_of(BOB), Charset::GB18030);
        plain.read(BOB, "你好".as_bytes());
        assert_eq!(plain.charset_of(BOB), Charset::UTF_8);
    }

    #[test]
    fn one_chinese_character_is_not_taken_for_latin_where_gbk_was_chosen() {
        assert_eq!(std::str::from_utf8(&gbk("模")), Ok("ģ"));
        let mut chosen = Plain::new("gbk".parse().unwrap());
        assert_eq!(read(&mut chosen, &gbk("模")), "<gbk> 模");
        assert_eq!(read(&mut chosen, "你好".as_bytes()), "你好");
    }

    #[test]
    fn what_is_utf8_is_read_as_utf8_whatever_its_author_wrote_before() {
        let mut plain = Plain::new(Charset::UTF_8);
        read(&mut plain, &gbk("你好"));
        for text in ["größe", "привет мир"] {
            assert_eq!(read(&mut plain, text.as_bytes()), text);
            assert_eq!(plain.charset_of(BOB), Charset::GB18030, "two bytes a letter prove nothing");
        }
    }

    #[test]
    fn a_charset_that_was_chosen_is_tried_and_kept() {
        let mut plain = Plain::new("big5".parse().unwrap());
        assert_eq!(read(&mut plain, &[0xa7, 0x41, 0xa6, 0x6e]), "<big5> 你好");
        assert_eq!(read(&mut plain, "你好".as_bytes()), "你好");
        assert_eq!(plain.charset_of(BOB).to_string(), "big5");
    }

    #[test]
    fn bytes_that_fit_nothing_stay_bytes() {
        let mut plain = Plain::new(Charset::UTF_8);
        assert_eq!(read(&mut plain, b"caf\xe9\n"), "bytes [63, 61, 66, e9]");
        assert_eq!(plain.charset_of(BOB), Charset::UTF_8);
    }

    #[test]
    fn trouble_with_a_peer_is_told_once_a_minute_with_its_count() {
        let mut plain = Plain::new(Charset::UTF_8);
        let at = |seconds| Moment::since_start(Duration::from_secs(seconds));
        let told: Vec<_> = (0..130).step_by(10).filter_map(|second| plain.failed(BOB, at(second))).collect();
        assert_eq!(told, [1, 6, 6]);
    }
}
