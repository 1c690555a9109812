//! What a file that somebody offers may be called here: one name for the screen, the log and the disk.

use crate::chat::base::limits::FILE_NAME_BYTES_MAX;

/// What a system cannot hold in a name, beside what is never one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRules {
    /// Anything.
    Unix,
    /// What stands in paths, patterns and streams, names of devices, and what ends with a dot or a blank.
    Windows,
}

impl NameRules {
    /// Those of this system.
    pub const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };
}

/// The name, safe to show and to write: it leads nowhere else, hides nothing, and acts on no terminal. What cannot stand there is
/// replaced by `_`. A file that stands alone does not hide itself either; within a folder a leading dot stays.
pub fn safe_name(name: &str, rules: NameRules, is_within_folder: bool) -> String {
    let mut safe: String = name.chars().map(|c| if is_strange(c, rules) { '_' } else { c }).collect();
    cut(&mut safe, FILE_NAME_BYTES_MAX);
    if rules == NameRules::Windows {
        while safe.ends_with(['.', ' ']) {
            safe.pop();
        }
        if is_device(&safe) {
            safe.insert(0, '_');
            cut(&mut safe, FILE_NAME_BYTES_MAX);
        }
    }
    if matches!(safe.as_str(), "." | "..") || !is_within_folder && safe.starts_with('.') {
        safe.replace_range(..1, "_");
    }
    if safe.trim().is_empty() { "_".to_owned() } else { safe }
}

/// Shortens it to so many bytes, between characters; what follows the last dot stays, where that is short.
fn cut(name: &mut String, most: usize) {
    if name.len() <= most {
        return;
    }
    let suffix = name.rfind('.').map(|dot| name[dot..].to_owned()).filter(|suffix| suffix.len() <= most / 4);
    let suffix = suffix.unwrap_or_default();
    let end = (0..=most - suffix.len()).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    name.truncate(end);
    name.push_str(&suffix);
}

fn is_strange(c: char, rules: NameRules) -> bool {
    let is_windows = rules == NameRules::Windows;
    c == '/'
        || c.is_control()
        || is_format(c)
        || is_windows && matches!(c, '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// What is not seen, or turns the direction of what follows (Unicode, general category Cf, and the separators of lines).
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether Windows takes it for a device, whatever follows its first dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_numbered = |device: &str| {
        let number = stem.strip_prefix(device).filter(|rest| rest.chars().count() == 1);
        number.is_some_and(|number| "123456789¹²³".contains(number))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || is_numbered("COM")
        || is_numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_hides_nothing_and_acts_on_no_terminal() {
        let safe = |name: &str| safe_name(name, NameRules::Unix, false);
        for (name, expected) in [
            ("photo.jpg", "photo.jpg"),
            ("über 你好 🍜.txt", "über 你好 🍜.txt"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("..", "_."),
            (".", "_"),
            (".bashrc", "_bashrc"),
            ("a\0b\x1b[2Jc\n", "a_b_[2Jc_"),
            ("x\u{202e}gpj.exe", "x_gpj.exe"),
            ("", "_"),
            ("   ", "_"),
            ("a:b?", "a:b?"),
        ] {
            assert_eq!(safe(name), expected, "{name:?}");
        }
        assert_eq!(safe_name(".git", NameRules::Unix, true), ".git");
        assert_eq!(safe_name("..", NameRules::Unix, true), "_.");
    }

    #[test]
    fn a_name_that_windows_cannot_hold_is_another_one() {
        let safe = |name: &str| safe_name(name, NameRules::Windows, true);
        for (name, expected) in [
            ("a:b?", "a_b_"),
            ("C:\\x", "C__x"),
            ("con", "_con"),
            ("NUL.tar.gz", "_NUL.tar.gz"),
            ("com1", "_com1"),
            ("com10", "com10"),
            ("name. . ", "name"),
            ("...", "_"),
        ] {
            assert_eq!(safe(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_keeps_its_end_and_whole_characters() {
        let long = format!("{}.tar", "é".repeat(200));
        let safe = safe_name(&long, NameRules::Unix, false);
        assert!(safe.len() <= FILE_NAME_BYTES_MAX && safe.ends_with("é.tar"), "{safe}");
        assert_eq!(safe_name(&".".repeat(600), NameRules::Unix, false).len(), FILE_NAME_BYTES_MAX);
        assert_eq!(safe_name(&format!("x.{}", "y".repeat(600)), NameRules::Unix, false).len(), FILE_NAME_BYTES_MAX);
    }
}
