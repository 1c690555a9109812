//! What somebody offers to others: files and folders, by the hash of all their bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chat::base::bytes::Bytes;
use crate::chat::base::limits::{FILE_NAME_BYTES_MAX, OFFER_ITEMS_MAX};
use crate::chat::keys::identity::{EntryId, letters_of};
use crate::chat::wire::frame::at_most;

/// Something that was offered: an entry of its author, and which of the items in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OfferKey {
    /// The entry.
    pub entry: EntryId,
    /// The item, from 0.
    pub item: u32,
}

/// So many letters an offer id has where no other begins alike.
pub const OFFER_ID_LETTERS: usize = 6;
/// And at most: one of each byte of a hash.
pub const OFFER_ID_LETTERS_MAX: usize = 32;

impl OfferKey {
    /// What people call the offer: so many letters of BLAKE3(entry ‖ item, little-endian).
    pub fn letters(self, count: usize) -> String {
        let hash = blake3::hash(&[&self.entry.0[..], &self.item.to_le_bytes()].concat());
        letters_of(hash.as_bytes(), count)
    }
}

/// One file or folder, as its author signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferItem {
    /// As it is called where it is; not yet safe to show or to write.
    pub name: String,
    /// How many bytes its stream has.
    pub size: u64,
    /// The BLAKE3 hash of its stream.
    pub root: Bytes<32>,
    /// See [`OfferItem::is_folder`]; others are of a newer version.
    pub flags: u8,
}

/// It is a folder: its stream begins with a list.
const FOLDER: u8 = 1;

impl OfferItem {
    /// Of a file, or a folder.
    pub fn new(name: String, size: u64, root: Bytes<32>, is_folder: bool) -> Self {
        Self { name, size, root, flags: u8::from(is_folder) * FOLDER }
    }

    /// Whether its stream is that of a folder.
    pub fn is_folder(&self) -> bool {
        self.flags & FOLDER != 0
    }

    /// Whether this version knows what it is.
    pub fn is_known(&self) -> bool {
        self.flags & !FOLDER == 0
    }

    /// Whether it has a name that a file can have.
    pub fn is_valid(&self) -> bool {
        !self.name.is_empty() && self.name.len() <= FILE_NAME_BYTES_MAX
    }
}

/// What one entry offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// At least one.
    #[serde(deserialize_with = "at_most::<_, _, OFFER_ITEMS_MAX>")]
    pub items: Vec<OfferItem>,
}

impl Offers {
    /// The number of its kind.
    pub const KIND: u8 = 5;

    /// Whether there is something, and each has a name.
    pub fn is_valid(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(OfferItem::is_valid)
    }
}

/// What one says to somebody alone of an offer. The order is the number on the wire: new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferAnswer {
    /// From whoever fetched it: all of it has come, and is what was signed.
    Whole,
    /// From whom it was offered to: it is not wanted.
    Declined,
    /// From its author: it is not offered any more.
    Withdrawn,
}

impl fmt::Display for OfferKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entry, self.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_called_by_the_first_letters_of_a_hash() {
        let key = OfferKey { entry: Bytes([7; 16]), item: 2 };
        let hash = blake3::hash(&[&[7; 16][..], &[2, 0, 0, 0]].concat());
        assert_eq!(key.letters(OFFER_ID_LETTERS), letters_of(hash.as_bytes(), 6));
        assert_eq!(key.letters(1000).len(), OFFER_ID_LETTERS_MAX);
        assert_ne!(OfferKey { item: 3, ..key }.letters(6), key.letters(6));
    }

    #[test]
    fn an_offer_has_a_name_that_a_file_can_have() {
        let named = |name: &str| Offers { items: vec![OfferItem::new(name.to_owned(), 1, Bytes([1; 32]), false)] };
        assert!(named("a").is_valid() && named(&"x".repeat(255)).is_valid());
        assert!(!named("").is_valid() && !named(&"x".repeat(256)).is_valid());
        assert!(!Offers { items: Vec::new() }.is_valid());
    }
}
