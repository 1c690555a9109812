//! What must hold for any bytes. `cargo fuzz run input|plain|text` explores them; `cargo test` tries a fixed random part.

#![allow(dead_code, reason = "each fuzz binary runs one of them")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use chinwag::chat::charset::Charset;
use chinwag::chat::event::Content;
use chinwag::chat::line::Lines;
use chinwag::chat::plain::Plain;
use chinwag::view::text;

/// Lines do not depend on the pieces they come in, and none is lost.
pub fn input(bytes: &[u8]) {
    let cut = bytes.first().map_or(0, |&first| usize::from(first) % bytes.len());
    let whole = split(&[bytes]);
    assert_eq!(split(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
    assert_eq!(split(&bytes.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
    let ends = bytes.split(|&byte| byte == b'\n').count() - 1;
    let has_rest = bytes.last().is_some_and(|&last| last != b'\n');
    assert_eq!(whole.len(), ends + usize::from(has_rest));
}

fn split(pieces: &[&[u8]]) -> Vec<chinwag::chat::line::Line> {
    let mut lines = Lines::default();
    let mut all = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(line) = lines.next(&mut piece) {
            all.push(line);
        }
    }
    all.extend(lines.end());
    all
}

/// A datagram is read without loss: text says the bytes again in its charset, bytes are the bytes.
pub fn plain(bytes: &[u8]) {
    let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
    for chosen in ["utf-8", "gbk", "big5", "shift_jis", "windows-1252"] {
        let mut plain = Plain::new(chosen.parse().expect("a charset"));
        plain.read(from, "你好".as_bytes());
        let (content, _) = plain.read(from, bytes);
        let stripped = bytes.strip_suffix(b"\n").map_or(bytes, |text| text.strip_suffix(b"\r").unwrap_or(text));
        match content {
            Content::Text { text, charset } if charset == Charset::UTF_8 => assert_eq!(text.as_bytes(), stripped),
            Content::Text { text, charset } => {
                assert!(!text.contains('\0'));
                assert_eq!(charset.decode(stripped).as_deref(), Some(text.as_str()));
            }
            Content::Bytes(same) => assert_eq!(same, stripped),
        }
    }
}

/// What is shown holds nothing that acts on a terminal, begins no line of its own, and is bounded.
pub fn text(bytes: &[u8]) {
    let mut shown = String::new();
    text::neutralise_bytes(bytes, &mut shown);
    let is_harmless = |c: char| c == '\t' || c == '\n' || !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    assert!(shown.chars().all(is_harmless), "{shown:?}");
    assert!(!shown.contains(['\u{200b}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}']), "{shown:?}");
    assert!(shown.split('\n').skip(1).all(|inner| inner.starts_with("  ")), "{shown:?}");
    assert!(shown.len() <= 4 * bytes.len(), "{} bytes became {}", bytes.len(), shown.len());
    let mut again = String::new();
    text::neutralise(&shown, &mut again);
    assert_eq!(again, shown.replace('\n', "\\n"), "neutral text stays as it is");
}
