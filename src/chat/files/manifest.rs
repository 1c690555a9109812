//! What is in a folder that is offered: a list that stands before its files, in one stream with them.
//!
//! The stream of a folder is the length of the list (u32, little-endian), the list, and the files in its order. An item of the list
//! is a kind u8 (0 file, 1 empty folder), the length of its path (u16), its path, and of a file its size (u64) and when it was
//! changed (u64, in milliseconds since 1970); all numbers little-endian.

use crate::chat::base::limits::{
    FILE_NAME_BYTES_MAX, FOLDER_DEPTH_MAX, FOLDER_ITEMS_MAX, MANIFEST_BYTES_MAX, PATH_BYTES_MAX,
};
use crate::chat::base::time::Wall;

/// One file, or one folder that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderItem {
    /// Below the folder, with `/` between its parts.
    pub path: String,
    /// `None`: an empty folder.
    pub file: Option<FileFacts>,
}

/// What is known of a file beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// In bytes.
    pub size: u64,
    /// When it was changed last.
    pub changed: Wall,
}

/// Why a list is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadManifest {
    /// It ends too early, has something behind it, or a number that none has.
    Malformed,
    /// A path leads elsewhere, or cannot be one.
    Path,
    /// Paths are not in their order, stand twice, or one is both a file and a folder.
    Order,
    /// There is too much of something.
    TooLarge,
}

/// The list of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    items: Vec<FolderItem>,
}

/// How many bytes the length before a list takes.
pub const LENGTH_BYTES: usize = 4;

impl Manifest {
    /// Of these items, in whatever order.
    pub fn new(mut items: Vec<FolderItem>) -> Result<Self, BadManifest> {
        items.sort_by(|one, other| parts(one).cmp(parts(other)));
        let manifest = Self { items };
        manifest.check()?;
        if manifest.bytes_of_list() > MANIFEST_BYTES_MAX { Err(BadManifest::TooLarge) } else { Ok(manifest) }
    }

    /// In their order.
    pub fn items(&self) -> &[FolderItem] {
        &self.items
    }

    /// How many bytes the whole stream has; `None`: more than a number holds.
    pub fn stream_bytes(&self) -> Option<u64> {
        let before = (LENGTH_BYTES + self.bytes_of_list()) as u64;
        self.items.iter().filter_map(|item| item.file).try_fold(before, |sum, file| sum.checked_add(file.size))
    }

    fn bytes_of_list(&self) -> usize {
        self.items.iter().map(|item| 1 + 2 + item.path.len() + if item.file.is_some() { 16 } else { 0 }).sum()
    }

    /// What the stream begins with: the length and the list.
    pub fn to_bytes(&self) -> Vec<u8> {
        let list = self.bytes_of_list();
        let mut bytes = Vec::with_capacity(LENGTH_BYTES + list);
        bytes.extend_from_slice(&u32::try_from(list).unwrap_or(u32::MAX).to_le_bytes());
        for FolderItem { path, file } in &self.items {
            bytes.push(u8::from(file.is_none()));
            bytes.extend_from_slice(&u16::try_from(path.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend_from_slice(path.as_bytes());
            if let Some(FileFacts { size, changed }) = file {
                bytes.extend_from_slice(&size.to_le_bytes());
                bytes.extend_from_slice(&changed.0.to_le_bytes());
            }
        }
        bytes
    }

    /// How long the list is that follows, by the first bytes of a stream.
    pub fn length(bytes: [u8; LENGTH_BYTES]) -> Result<usize, BadManifest> {
        let length = usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| BadManifest::TooLarge)?;
        if length > MANIFEST_BYTES_MAX { Err(BadManifest::TooLarge) } else { Ok(length) }
    }

    /// The list of these bytes, of a stream of so many bytes. One folder has one list.
    pub fn from_bytes(list: &[u8], stream_bytes: u64) -> Result<Self, BadManifest> {
        let (mut rest, mut items) = (list, Vec::new());
        while !rest.is_empty() {
            if items.len() >= FOLDER_ITEMS_MAX {
                return Err(BadManifest::TooLarge);
            }
            items.push(item(&mut rest).ok_or(BadManifest::Malformed)?);
        }
        let manifest = Self { items };
        manifest.check()?;
        if manifest.stream_bytes() == Some(stream_bytes) { Ok(manifest) } else { Err(BadManifest::Malformed) }
    }

    fn check(&self) -> Result<(), BadManifest> {
        if self.items.len() > FOLDER_ITEMS_MAX {
            return Err(BadManifest::TooLarge);
        }
        if !self.items.iter().all(|item| is_path(&item.path)) {
            return Err(BadManifest::Path);
        }
        // What is below a path follows it at once in this order: so a file that is a folder, too, stands right before.
        let is_right = |pair: &[FolderItem]| {
            let is_below = pair[1].path.strip_prefix(&pair[0].path).is_some_and(|rest| rest.starts_with('/'));
            parts(&pair[0]).lt(parts(&pair[1])) && !is_below
        };
        if self.items.windows(2).all(is_right) { Ok(()) } else { Err(BadManifest::Order) }
    }
}

fn parts(item: &FolderItem) -> impl Iterator<Item = &[u8]> {
    item.path.split('/').map(str::as_bytes)
}

/// Whether it stays below its folder. What it may be called on a disk is another matter.
fn is_path(path: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= FILE_NAME_BYTES_MAX;
    path.len() <= PATH_BYTES_MAX
        && !path.contains('\0')
        && path.split('/').count() <= FOLDER_DEPTH_MAX
        && path.split('/').all(is_part)
}

fn item(rest: &mut &[u8]) -> Option<FolderItem> {
    let [kind] = take(rest)?;
    let length = usize::from(u16::from_le_bytes(take(rest)?));
    let path = std::str::from_utf8(rest.split_off(..length)?).ok()?.to_owned();
    let mut number = || Some(u64::from_le_bytes(take(rest)?));
    let file = match kind {
        0 => Some(FileFacts { size: number()?, changed: Wall(number()?) }),
        1 => None,
        _ => return None,
    };
    Some(FolderItem { path, file })
}

/// The next bytes of what is left.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    rest.split_off(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> FolderItem {
        FolderItem { path: path.to_owned(), file: Some(FileFacts { size, changed: Wall(7) }) }
    }

    fn folder(path: &str) -> FolderItem {
        FolderItem { path: path.to_owned(), file: None }
    }

    fn read(items: Vec<FolderItem>) -> Result<Manifest, BadManifest> {
        let written = Manifest { items };
        let bytes = written.to_bytes();
        assert_eq!(Manifest::length(bytes[..4].try_into().unwrap()), Ok(bytes.len() - 4));
        Manifest::from_bytes(&bytes[4..], written.stream_bytes().unwrap_or(0))
    }

    #[test]
    fn a_folder_has_one_list_whatever_order_it_was_found_in() {
        let found =
            vec![file("b/.hidden", 5), folder("empty"), file("a", 0), file("b/a/你好", u64::MAX / 4), file("b.txt", 1)];
        let manifest = Manifest::new(found).unwrap();
        let paths: Vec<&str> = manifest.items().iter().map(|item| item.path.as_str()).collect();
        assert_eq!(paths, ["a", "b/.hidden", "b/a/你好", "b.txt", "empty"]);
        let bytes = manifest.to_bytes();
        assert_eq!(manifest.stream_bytes(), Some(bytes.len() as u64 + 6 + u64::MAX / 4));
        assert_eq!(read(manifest.items.clone()), Ok(manifest));
        assert_eq!(Manifest::from_bytes(&[], 4), Ok(Manifest::default()), "a folder may be empty");
    }

    /// A holder signs the hash of what it likes: the list may be anything.
    #[test]
    fn a_hostile_list_is_refused() {
        for path in ["/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a/.", "a\0", ""] {
            assert_eq!(read(vec![file(path, 1)]), Err(BadManifest::Path), "{path:?}");
            assert_eq!(Manifest::new(vec![file(path, 1)]), Err(BadManifest::Path), "{path:?}");
        }
        assert_eq!(read(vec![file(&"a/".repeat(FOLDER_DEPTH_MAX), 1)]), Err(BadManifest::Path));
        assert_eq!(read(vec![file(&"x".repeat(FILE_NAME_BYTES_MAX + 1), 1)]), Err(BadManifest::Path));
        assert!(read(vec![file(&["a"; FOLDER_DEPTH_MAX].join("/"), 1)]).is_ok());
        for items in [
            vec![file("b", 1), file("a", 1)],
            vec![file("a", 1), file("a", 1)],
            vec![file("a", 1), file("a/b", 1)],
            vec![folder("a"), file("a/b", 1)],
        ] {
            assert_eq!(read(items.clone()), Err(BadManifest::Order), "{items:?}");
        }
        let overflow = vec![file("a", u64::MAX), file("b", u64::MAX)];
        assert_eq!(read(overflow), Err(BadManifest::Malformed));
        let whole = Manifest::new(vec![file("a", 3), folder("b")]).unwrap();
        let (bytes, size) = (whole.to_bytes(), whole.stream_bytes().unwrap());
        for end in 4..bytes.len() {
            assert!(Manifest::from_bytes(&bytes[4..end], size).is_err(), "{end}");
        }
        assert_eq!(Manifest::from_bytes(&bytes[4..], size + 1), Err(BadManifest::Malformed));
        let mut strange = bytes[4..].to_vec();
        strange[0] = 2;
        assert_eq!(Manifest::from_bytes(&strange, size), Err(BadManifest::Malformed));
        assert_eq!(Manifest::length([0xff; 4]), Err(BadManifest::TooLarge));
    }

    #[test]
    fn so_many_items_are_taken_and_no_more() {
        let items = |count: usize| (0..count).map(|number| file(&format!("{number:06}"), 0)).collect::<Vec<_>>();
        assert!(Manifest::new(items(FOLDER_ITEMS_MAX)).is_ok());
        assert_eq!(Manifest::new(items(FOLDER_ITEMS_MAX + 1)), Err(BadManifest::TooLarge));
        assert_eq!(read(items(FOLDER_ITEMS_MAX + 1)), Err(BadManifest::TooLarge));
        let long = |number: usize| file(&format!("{number:04}{}", "x/".repeat(20) + &"y".repeat(250)), 0);
        let count = MANIFEST_BYTES_MAX / 200;
        assert_eq!(Manifest::new((0..count).map(long).collect()), Err(BadManifest::TooLarge));
    }
}
