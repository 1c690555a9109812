//! Words as they are typed behind a command: what stands in double quotes is one, and `""` between them is a quote.

/// One word of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedWord {
    /// Where it begins, with its quote; in bytes.
    pub from: usize,
    /// What is meant.
    pub text: String,
    /// Its quotes are not closed.
    pub is_open: bool,
}

/// The words of a line. A quote within a word that began without one is a part of it.
pub fn words(line: &str) -> Vec<TypedWord> {
    let mut words = Vec::new();
    let mut word: Option<TypedWord> = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match &mut word {
            None if c.is_whitespace() => {}
            None => {
                let is_open = c == '"';
                let text = if is_open { String::new() } else { c.into() };
                word = Some(TypedWord { from: at, text, is_open });
            }
            Some(TypedWord { is_open: false, .. }) if c.is_whitespace() => words.extend(word.take()),
            Some(word) if word.is_open && c == '"' => match chars.next_if(|&(_, next)| next == '"') {
                Some(_) => word.text.push('"'),
                None => word.is_open = false,
            },
            Some(word) => word.text.push(c),
        }
    }
    words.extend(word);
    words
}

/// The word that a line ends with; an empty one behind a blank.
pub fn last_word(line: &str) -> TypedWord {
    let ends = |word: &TypedWord| word.is_open || !line.ends_with(char::is_whitespace);
    words(line).pop().filter(ends).unwrap_or_else(|| TypedWord { from: line.len(), ..TypedWord::default() })
}

/// A word as it is typed.
pub fn quote(word: &str) -> String {
    if word.contains(char::is_whitespace) || word.starts_with('"') {
        return format!("\"{}\"", word.replace('"', "\"\""));
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn what_stands_in_quotes_is_one_word() {
        assert_eq!(texts(r#"a.txt "my film.mkv"  it's"#), ["a.txt", "my film.mkv", "it's"]);
        assert_eq!(texts(r#""my dir"/x 12"disk "C:\dir\""#), ["my dir/x", "12\"disk", r"C:\dir\"]);
        assert_eq!(texts(r#""not closed"#), ["not closed"]);
        assert_eq!(texts(" \u{3000}"), [""; 0]);
    }

    #[test]
    fn every_name_can_be_typed() {
        for name in ["a", "my film", "it's \"q\".txt", "\"", "\"\"", "\"a\"", "a\"b", " ", "你 好", r"\\host\a b\"] {
            assert_eq!(texts(&format!("x {} y", quote(name))), ["x", name, "y"]);
        }
    }

    #[test]
    fn the_last_word_is_what_is_being_typed() {
        let last = |line: &str| (last_word(line).from, last_word(line).text);
        assert_eq!(last("/send as"), (6, "as".to_owned()));
        assert_eq!(last("/send a "), (8, String::new()));
        assert_eq!(last("/send \"my dir/"), (6, "my dir/".to_owned()));
        assert_eq!(last("/send \"my "), (6, "my ".to_owned()));
    }
}
