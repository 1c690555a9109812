//! A file or folder of this machine as one stream: what is offered, and what is there already.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::place::is_part;
use crate::chat::api::disk::{Examined, NotOffered};
use crate::chat::base::limits::{FOLDER_DEPTH_MAX, FOLDER_ITEMS_MAX};
use crate::chat::base::time::{Wall, millis};
use crate::chat::files::blocks::{Layout, Tree, TreeBuilder, Value};
use crate::chat::files::manifest::{BadManifest, FileFacts, FolderItem, Manifest};
use crate::shell::sys::error::words;

/// One of the files of a stream.
#[derive(Debug)]
struct SourceFile {
    /// From where on it stands in the stream.
    start: u64,
    facts: FileFacts,
    path: PathBuf,
}

/// Which of the files of a stream is open, and which file of the disk that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileAt {
    number: usize,
    device: u64,
    inode: u64,
}

/// A stream that can be read.
#[derive(Debug)]
pub struct FileSource {
    /// The list of a folder, before its files.
    list: Vec<u8>,
    pieces: Vec<SourceFile>,
    layout: Layout,
    /// The piece that was read last, and its file.
    open: Option<(FileAt, File)>,
}

/// What a source is, beside its bytes.
#[derive(Debug)]
pub struct Found {
    name: String,
    path: String,
    is_folder: bool,
    skipped: Vec<String>,
}

impl FileSource {
    /// Looks at what is there.
    pub fn open(path: &Path) -> Result<(Self, Found), NotOffered> {
        let real = fs::canonicalize(path).map_err(|error| unreadable(&error))?;
        let named = path.file_name().or_else(|| real.file_name()).unwrap_or_default();
        let name = named.to_str().ok_or(NotOffered::NotUtf8)?.to_owned();
        if name.is_empty() {
            return Err(NotOffered::NoName);
        }
        let at = real.to_str().ok_or(NotOffered::NotUtf8)?.to_owned();
        let metadata = fs::symlink_metadata(&real).map_err(|error| unreadable(&error))?;
        if metadata.is_dir() {
            return Self::of_folder(&real, name, at);
        }
        let facts = facts(&metadata).ok_or(NotOffered::NoFile)?;
        let layout = Layout::of(facts.size).ok_or(NotOffered::TooLarge)?;
        let pieces = vec![SourceFile { start: 0, facts, path: real }];
        let found = Found { name, path: at, is_folder: false, skipped: Vec::new() };
        Ok((Self { list: Vec::new(), pieces, layout, open: None }, found))
    }

    fn of_folder(folder: &Path, name: String, path: String) -> Result<(Self, Found), NotOffered> {
        let mut listing = FolderListing::default();
        listing.add(folder, "", 1)?;
        let manifest = Manifest::new(listing.items).map_err(|bad| match bad {
            BadManifest::TooLarge => NotOffered::TooManyFiles,
            _ => NotOffered::NoFile,
        })?;
        let list = manifest.to_bytes();
        let layout = manifest.stream_bytes().and_then(Layout::of).ok_or(NotOffered::TooLarge)?;
        let mut start = list.len() as u64;
        let mut pieces = Vec::new();
        for item in manifest.items() {
            if let Some(facts) = item.file.filter(|file| file.size > 0) {
                pieces.push(SourceFile { start, facts, path: folder.join(&item.path) });
                start += facts.size;
            }
        }
        let found = Found { name, path, is_folder: true, skipped: listing.skipped };
        Ok((Self { list, pieces, layout, open: None }, found))
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Bytes of the stream; an error also where a file is not as long any more.
    pub fn read(&mut self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        let (mut at, mut rest) = (from, &mut bytes[..]);
        let list = self.list.len() as u64;
        if at < list {
            let start = usize::try_from(at).unwrap_or(usize::MAX);
            let taken = rest.len().min(self.list.len() - start);
            rest[..taken].copy_from_slice(&self.list[start..start + taken]);
            (at, rest) = (at + taken as u64, &mut rest[taken..]);
        }
        while !rest.is_empty() {
            let number = self.pieces.partition_point(|piece| piece.start <= at).checked_sub(1);
            let number = number.ok_or(io::ErrorKind::UnexpectedEof)?;
            let SourceFile { start, facts, .. } = &self.pieces[number];
            let within = at - start;
            let left = facts.size.saturating_sub(within);
            let taken = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if taken == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.file(number)?.read_exact_at(&mut rest[..taken], within)?;
            (at, rest) = (at + taken as u64, &mut rest[taken..]);
        }
        Ok(bytes)
    }

    /// What has the name of the file now. Whoever removed it or has another one there does not want it read; where that has
    /// other bytes, its blocks say so.
    fn file(&mut self, number: usize) -> io::Result<&File> {
        let SourceFile { path, facts, .. } = &self.pieces[number];
        let there = fs::symlink_metadata(path)?;
        if there.len() != facts.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let at = FileAt { number, device: there.dev(), inode: there.ino() };
        if self.open.as_ref().is_none_or(|(open, _)| *open != at) {
            self.open = Some((at, open_file(path)?));
        }
        self.open.as_ref().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Reads a block; with its value.
    pub fn block(&mut self, block: u64) -> io::Result<(Vec<u8>, Option<Value>)> {
        let count = usize::try_from(self.layout.bytes_of(block)).unwrap_or(0);
        let bytes = self.read(block * self.layout.block_bytes(), count)?;
        let value = self.layout.value(block, &bytes);
        Ok((bytes, value))
    }

    /// Whether no file was changed since it was looked at.
    fn is_as_it_was(&self) -> bool {
        let is = |piece: &SourceFile| {
            fs::symlink_metadata(&piece.path).ok().and_then(|now| facts(&now)) == Some(piece.facts)
        };
        self.pieces.iter().all(is)
    }
}

/// A file, and nothing that stands in its place: no link is followed, and nothing is waited for.
fn open_file(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file any more")) }
}

/// What is known of a file; `None`: it is none.
fn facts(metadata: &Metadata) -> Option<FileFacts> {
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    metadata.is_file().then(|| FileFacts { size: metadata.len(), changed: Wall(millis(changed)) })
}

fn unreadable(error: &io::Error) -> NotOffered {
    NotOffered::Unreadable(words(error))
}

/// What is in a folder.
#[derive(Debug, Default)]
struct FolderListing {
    items: Vec<FolderItem>,
    /// Links, what is no file, and what has no name that can be told.
    skipped: Vec<String>,
}

impl FolderListing {
    fn add(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), NotOffered> {
        let failed = |error: &io::Error| NotOffered::Unreadable(format!("{prefix}: {}", words(error)));
        let mut is_empty = true;
        for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            let Ok(name) = entry.file_name().into_string() else {
                self.skipped.push(format!("{prefix}{}", entry.file_name().to_string_lossy()));
                continue;
            };
            if is_part(&name) {
                continue; // of something that is fetched: it is nothing yet
            }
            let path = format!("{prefix}{name}");
            let metadata = entry.metadata().map_err(|error| failed(&error))?; // of a link its own
            if metadata.is_dir() && depth < FOLDER_DEPTH_MAX {
                self.add(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if let Some(file) = facts(&metadata) {
                self.items.push(FolderItem { path, file: Some(file) });
            } else {
                self.skipped.push(path);
                continue;
            }
            is_empty = false;
            if self.items.len() > FOLDER_ITEMS_MAX {
                return Err(NotOffered::TooManyFiles);
            }
        }
        if is_empty && !prefix.is_empty() {
            self.items.push(FolderItem { path: prefix.trim_end_matches('/').to_owned(), file: None });
        }
        Ok(())
    }
}

/// A source that is read whole, a slice at a time.
#[derive(Debug)]
pub struct Hashing {
    source: FileSource,
    found: Found,
    builder: TreeBuilder,
    block: u64,
}

impl Hashing {
    pub fn new(path: &Path) -> Result<Self, NotOffered> {
        let (source, found) = FileSource::open(path)?;
        let builder = TreeBuilder::new(source.layout());
        Ok(Self { source, found, builder, block: 0 })
    }

    /// Reads the next block. Says whether there is another one.
    pub fn step(&mut self) -> Result<bool, NotOffered> {
        if self.builder.wants() == 0 {
            return Ok(false);
        }
        let count = usize::try_from(self.builder.wants()).unwrap_or(0);
        let read = self.source.read(self.block * self.source.layout.block_bytes(), count);
        let bytes = read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => NotOffered::Changed,
            _ => unreadable(&error),
        })?;
        self.builder.push(&bytes);
        self.block += 1;
        Ok(self.builder.wants() > 0)
    }

    /// The source, and what it is.
    pub fn finish(self) -> Result<(FileSource, Examined), NotOffered> {
        let Self { source, found, builder, .. } = self;
        let tree: Tree = builder.finish().ok_or(NotOffered::Changed)?;
        if !source.is_as_it_was() {
            return Err(NotOffered::Changed);
        }
        let files = source.pieces.len() as u64;
        let Found { name, path, is_folder, skipped } = found;
        Ok((source, Examined { name, path, is_folder, tree, files, skipped }))
    }

    pub fn layout(&self) -> Layout {
        self.source.layout()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::sys::files::tests_folder;

    fn hashed(path: &Path) -> Result<Examined, NotOffered> {
        let mut hashing = Hashing::new(path)?;
        while hashing.step()? {}
        hashing.finish().map(|(_, examined)| examined)
    }

    #[test]
    fn a_file_is_read_as_it_is() {
        let folder = tests_folder("source-file");
        fs::write(folder.join("a.bin"), vec![7; 70_000]).expect("written");
        let examined = hashed(&folder.join("a.bin")).expect("it is a file");
        assert_eq!((examined.name.as_str(), examined.is_folder, examined.files), ("a.bin", false, 1));
        assert_eq!(examined.tree.root.0, *blake3::hash(&vec![7; 70_000]).as_bytes());
        assert_eq!(hashed(&folder.join("none")), Err(NotOffered::Unreadable("No such file or directory".to_owned())));
    }

    #[test]
    fn a_folder_is_its_list_and_its_files_and_links_are_left_out() {
        let folder = tests_folder("source-folder");
        fs::create_dir_all(folder.join("src/empty")).expect("made");
        fs::write(folder.join("src/b"), b"bee").expect("written");
        fs::write(folder.join("src/none"), b"").expect("written");
        fs::write(folder.join("src/.film.k7x2mq.chinwag-part"), b"not all of it").expect("written");
        std::os::unix::fs::symlink("/etc/passwd", folder.join("src/link")).expect("linked");
        let examined = hashed(&folder.join("src")).expect("it is a folder");
        assert_eq!((examined.is_folder, examined.skipped.as_slice()), (true, &["link".to_owned()][..]));
        let (mut source, _) = FileSource::open(&folder.join("src")).expect("it is a folder");
        let all = source.read(0, usize::try_from(source.layout().size()).expect("small")).expect("read");
        assert!(all.ends_with(b"bee"));
        let list = Manifest::from_bytes(&all[4..all.len() - 3], all.len() as u64).expect("a list");
        let paths: Vec<&str> = list.items().iter().map(|item| item.path.as_str()).collect();
        assert_eq!(paths, ["b", "empty", "none"]);
    }

    #[test]
    fn what_was_removed_or_is_longer_is_not_read_any_more_and_what_stands_in_its_place_is() {
        let folder = tests_folder("source-removed");
        let path = folder.join("a");
        fs::write(&path, b"old").expect("written");
        let (mut source, _) = FileSource::open(&path).expect("it is a file");
        assert_eq!(source.read(0, 3).expect("read"), b"old");
        fs::write(folder.join("b"), b"new").expect("written");
        fs::rename(folder.join("b"), &path).expect("renamed");
        assert_eq!(source.read(0, 3).expect("its hash is another one"), b"new");
        fs::write(&path, b"newer").expect("written");
        assert_eq!(source.read(0, 3).expect_err("it is longer").kind(), io::ErrorKind::UnexpectedEof);
        fs::remove_file(&path).expect("removed");
        assert_eq!(source.read(0, 3).expect_err("it is gone").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_changes_while_it_is_read_is_not_offered() {
        let folder = tests_folder("source-changed");
        let path = folder.join("log");
        fs::write(&path, vec![1; 200_000]).expect("written");
        let mut hashing = Hashing::new(&path).expect("it is a file");
        assert!(hashing.step().expect("the first block"));
        fs::write(&path, vec![1; 100_000]).expect("written");
        while hashing.step() == Ok(true) {}
        assert!(matches!(hashing.finish(), Err(NotOffered::Changed)));
    }
}
