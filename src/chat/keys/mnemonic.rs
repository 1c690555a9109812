//! Bytes as words that can be read out: 2,048 of them, so that each carries 11 bits.

/// The words in their order: those of BIP 39, of which no two begin with the same four letters.
const LIST: &str = include_str!("../../../assets/words.txt");

/// How many bits a word carries.
const BITS: usize = 11;

/// How many words carry 16 bytes and their check.
pub const WORDS_OF_16_BYTES: usize = 12;

/// Why words are not the bytes they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadWords {
    /// It is none of the list.
    Unknown(String),
    /// They are not so many as there should be.
    Count(usize),
    /// All of them are words of the list, and one is wrong.
    Check,
}

/// The first `count` words of `bytes`, of which there are enough.
///
/// # Panics
/// Where there are not.
pub fn of(bytes: &[u8], count: usize) -> Vec<&'static str> {
    let list: Vec<&str> = LIST.lines().collect();
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let number = |word: usize| (word * BITS..(word + 1) * BITS).fold(0, |number, at| number << 1 | bit(at));
    (0..count).map(|word| list[number(word)]).collect()
}

/// Twelve words for 16 bytes: the last four of their 132 bits tell whether the others are right.
pub fn of_16(bytes: &[u8; 16]) -> Vec<&'static str> {
    let mut checked = [0; 17];
    checked[..16].copy_from_slice(bytes);
    checked[16] = check(bytes);
    of(&checked, WORDS_OF_16_BYTES)
}

/// The 16 bytes of twelve words, in any case.
pub fn to_16(words: &[&str]) -> Result<[u8; 16], BadWords> {
    if words.len() != WORDS_OF_16_BYTES {
        return Err(BadWords::Count(words.len()));
    }
    let list: Vec<&str> = LIST.lines().collect();
    let mut bytes = [0; 17];
    for (place, word) in words.iter().enumerate() {
        let number = list.binary_search(&word.to_lowercase().as_str());
        let number = number.map_err(|_| BadWords::Unknown((*word).to_owned()))?;
        for bit in 0..BITS {
            let at = place * BITS + bit;
            bytes[at / 8] |= u8::from(number >> (BITS - 1 - bit) & 1 == 1) << (7 - at % 8);
        }
    }
    let mut secret = [0; 16];
    secret.copy_from_slice(&bytes[..16]);
    if bytes[16] == check(&secret) { Ok(secret) } else { Err(BadWords::Check) }
}

/// Whether this is a word of the list.
pub fn is_known(word: &str) -> bool {
    let word = word.to_lowercase();
    LIST.lines().any(|known| known == word)
}

/// Whether a text has so many words of the list among so many in a row, whatever stands between them.
pub fn are_many(text: &str, many: usize, in_a_row: usize) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    if words.len() < many {
        return false;
    }
    let list: Vec<&str> = LIST.lines().collect();
    let known: Vec<bool> = words.iter().map(|word| list.binary_search(&word.to_lowercase().as_str()).is_ok()).collect();
    known.windows(in_a_row.min(known.len())).any(|row| row.iter().filter(|is_known| **is_known).count() >= many)
}

/// The upper half of a byte.
fn check(bytes: &[u8; 16]) -> u8 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"chinwag 1 words").update(bytes);
    hasher.finalize().as_bytes()[0] & 0xf0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_bytes_again_and_one_wrong_word_is_found_out() {
        for seed in 0..=255_u8 {
            let bytes: [u8; 16] = std::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add([7, 9, 0, 255][at % 4]));
            let words = of_16(&bytes);
            assert_eq!(to_16(&words), Ok(bytes));
        }
        let mut words = of_16(&[7; 16]);
        let wrong = LIST.lines().filter(|other| *other != words[3]);
        let slips = wrong.filter(|other| {
            let mut words = words.clone();
            words[3] = other;
            to_16(&words).is_ok()
        });
        assert!(slips.count() < 2048 / 8, "four bits find out 15 of 16");
        words.pop();
        assert_eq!(to_16(&words), Err(BadWords::Count(11)));
        words.push("chinwag");
        assert_eq!(to_16(&words), Err(BadWords::Unknown("chinwag".to_owned())));
    }

    #[test]
    fn the_list_is_in_order_and_no_word_is_mistaken_for_another() {
        let list: Vec<&str> = LIST.lines().collect();
        assert_eq!(list.len(), 2048);
        assert!(list.is_sorted());
        let beginnings: std::collections::BTreeSet<&str> = list.iter().map(|word| &word[..word.len().min(4)]).collect();
        assert_eq!(beginnings.len(), 2048);
    }
}
