//! What is fetched, as far as it is here: the bytes, and what each block of them was proven to be.
//!
//! The values of blocks stand in a table: of a file behind its bytes, of a folder in a file of their own. After a restart a block
//! counts that still has its value, so nothing depends on what was written first.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};

use super::folder::{FolderFault, FolderStream, open_file, open_folder};
use super::place::{PART_ENDING, TargetPlace, not_kept};
use crate::chat::api::disk::{NewPart, NotKept};
use crate::chat::files::assembly::ProvenBlock;
use crate::chat::files::blocks::{TreeBuilder, Value};
use crate::chat::files::ranges::Ranges;
use crate::view::words::en;

/// What a table begins with.
const MAGIC: &[u8; 8] = b"chinwag1";
/// Before the values: that, and the hash of the stream.
const HEAD: u64 = 8 + 32;
/// The values of a folder.
const TABLE: &str = "values";

/// So much is written before it is told to reach the disk.
const SYNC_EVERY: u64 = 16 * 1024 * 1024;

/// The name of a part has so many bytes of the name of its file at most.
const NAME_BYTES: usize = 100;

/// Where the bytes go.
#[derive(Debug)]
enum Bytestore {
    File,
    Folder { folder: OwnedFd, stream: Box<FolderStream> },
}

/// Something that is coming.
#[derive(Debug)]
pub struct PartFile {
    stream: NewPart,
    place: TargetPlace,
    /// What it is called until it is whole.
    name: String,
    bytes: Bytestore,
    /// The table is in it; of a file the bytes are, too.
    file: File,
    unsynced: u64,
    /// The next block that may have been kept earlier, and which were.
    checking: u64,
    kept: Ranges,
    /// All of a file may be here, without its table: it is read once more.
    whole: Option<TreeBuilder>,
    /// What users have that write files, of all rights.
    mask: u32,
}

impl PartFile {
    /// Makes room for it, or finds what of it is there.
    pub fn open(stream: NewPart, place: TargetPlace, mask: u32) -> Result<Self, NotKept> {
        let name = part_name(&place.name, &stream.offer);
        let failed = |error: io::Error| not_kept(&place.path, &error);
        let size = stream.layout.size();
        let (bytes, file) = if stream.is_folder {
            match rustix::fs::mkdirat(&place.folder, name.as_str(), Mode::RWXU) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(failed(error.into())),
            }
            let folder = open_folder(&place.folder, &name).and_then(ours).map_err(failed)?;
            FolderStream::move_in(&folder, (&place.folder, &aside(&name)));
            let table = open_file(&folder, TABLE).map_err(failed)?;
            let files = FolderStream::open(&folder, size).map_err(failed)?;
            (Bytestore::Folder { folder, stream: Box::new(files) }, table)
        } else {
            (Bytestore::File, open_part(&place.folder, &name).map_err(failed)?)
        };
        let is_locked = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        let is_there = || stream.is_folder || is_at(&file, &place.folder, &name); // it may have got its name meanwhile
        if !is_locked || !is_there() {
            return Err(NotKept::Failed(en::files::part_in_use(&place.target())));
        }
        let (unsynced, checking, kept, whole) = (0, 0, Ranges::default(), None);
        let mut part = Self { stream, place, name, bytes, file, unsynced, checking, kept, whole, mask };
        let is_begun = part.is_begun();
        if !is_begun && part.may_be_whole() {
            part.whole = Some(TreeBuilder::new(part.stream.layout));
        } else if !is_begun {
            part.begin_anew().map_err(|error| not_kept(&part.place.path, &error))?;
        }
        let here = if is_begun || part.whole.is_some() {
            part.file.metadata().map_or(0, |facts| facts.blocks().saturating_mul(512))
        } else {
            0
        };
        if part.place.room().is_some_and(|room| room < size.saturating_sub(here)) {
            if !is_begun && part.whole.is_none() {
                part.remove();
            }
            return Err(NotKept::NoSpace);
        }
        Ok(part)
    }

    fn table(&self) -> u64 {
        if self.stream.is_folder { 0 } else { self.stream.layout.size() }
    }

    /// Whether the table is that of this stream.
    fn is_begun(&self) -> bool {
        let mut head = [0; 40];
        self.file.read_exact_at(&mut head, self.table()).is_ok()
            && head[..8] == *MAGIC
            && head[8..] == self.stream.root.0
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.begin_table()
    }

    fn begin_table(&mut self) -> io::Result<()> {
        self.checking = self.stream.layout.blocks();
        self.file.write_all_at(&[&MAGIC[..], &self.stream.root.0].concat(), self.table())
    }

    /// Whether it is a file that was about to get its name: its table was cut off, and all else is on the disk.
    fn may_be_whole(&self) -> bool {
        let size = self.stream.layout.size();
        !self.stream.is_folder && size > 0 && self.file.metadata().is_ok_and(|facts| facts.len() == size)
    }

    /// Reads one block more of what may be whole. Says whether there is another one.
    fn check_whole(&mut self, mut builder: TreeBuilder) -> bool {
        let layout = self.stream.layout;
        let mut bytes = vec![0; usize::try_from(builder.wants()).unwrap_or(0)];
        let is_read = self.file.read_exact_at(&mut bytes, self.checking * layout.block_bytes()).is_ok();
        builder.push(&bytes);
        self.checking += 1;
        if is_read && builder.wants() > 0 {
            self.whole = Some(builder);
            return true;
        }
        if is_read && builder.finish().is_some_and(|tree| tree.root == self.stream.root) {
            self.kept.insert(0, layout.blocks());
        }
        let _ = self.begin_table(); // where that fails, so will what is written next
        false
    }

    /// Looks at one block that may have been kept earlier. Says whether there is another one.
    pub fn check(&mut self) -> bool {
        if let Some(builder) = self.whole.take() {
            return self.check_whole(builder);
        }
        let layout = self.stream.layout;
        if self.checking == 0
            && let Bytestore::Folder { stream, .. } = &mut self.bytes
            && (stream.resume().is_err() || stream.list_end().is_none())
        {
            stream.forget();
            self.checking = layout.blocks(); // its list is not there: nothing is
            return false;
        }
        let block = self.checking;
        if block >= layout.blocks() {
            return false;
        }
        self.checking += 1;
        let mut value = [0; 32];
        let is_there = self.file.read_exact_at(&mut value, self.table() + HEAD + block * 32).is_ok();
        let is_right = is_there && value != [0; 32] && self.read(block).is_some_and(|found| found.0 == value);
        if is_right {
            self.kept.insert(block, block + 1);
        } else if let Bytestore::Folder { stream, .. } = &mut self.bytes
            && stream.list_end().is_none_or(|end| block * layout.block_bytes() < end)
        {
            stream.forget();
            self.kept = Ranges::default(); // where files lie is not known without all of the list
            self.checking = layout.blocks();
        }
        self.checking < layout.blocks()
    }

    /// The value that a block has that was kept earlier.
    fn read(&mut self, block: u64) -> Option<Value> {
        let layout = self.stream.layout;
        let (at, count) = (block * layout.block_bytes(), usize::try_from(layout.bytes_of(block)).ok()?);
        let bytes = match &mut self.bytes {
            Bytestore::File => {
                let mut bytes = vec![0; count];
                self.file.read_exact_at(&mut bytes, at).ok()?;
                bytes
            }
            Bytestore::Folder { stream, .. } => stream.read(at, count).ok()?,
        };
        layout.value(block, &bytes)
    }

    /// Which blocks were kept earlier, as far as was looked.
    pub fn kept(&self) -> Ranges {
        self.kept.clone()
    }

    /// Keeps a block that was proven. Says which of those given so far are kept now.
    pub fn write(&mut self, proven: &ProvenBlock) -> Result<Vec<u64>, NotKept> {
        let ProvenBlock { block, bytes, value } = proven;
        let layout = self.stream.layout;
        let at = block * layout.block_bytes();
        let written = match &mut self.bytes {
            Bytestore::File => self.file.write_all_at(bytes, at).map(|()| vec![*block]).map_err(FolderFault::Disk),
            Bytestore::Folder { stream, .. } => {
                stream.write(at, bytes).map(|all| all.into_iter().map(|at| at / layout.block_bytes()).collect())
            }
        };
        let written = written.map_err(|fault| self.fault(fault))?;
        let table = self.table() + HEAD + block * 32;
        self.file.write_all_at(&value.0, table).map_err(|error| not_kept(&self.place.path, &error))?;
        self.unsynced += bytes.len() as u64;
        if self.unsynced >= SYNC_EVERY {
            self.unsynced = 0;
            self.file.sync_data().map_err(|error| not_kept(&self.place.path, &error))?;
        }
        Ok(written)
    }

    fn fault(&self, fault: FolderFault) -> NotKept {
        match fault {
            FolderFault::Bad => NotKept::BadFolder,
            FolderFault::Disk(error) => not_kept(&self.place.path, &error),
        }
    }

    /// All of it was written: it gets its name. Says where it is.
    pub fn finish(mut self) -> Result<String, NotKept> {
        let finished = match &mut self.bytes {
            Bytestore::File => self.finish_file().map_err(FolderFault::Disk),
            Bytestore::Folder { .. } => self.finish_folder(),
        };
        let path = finished.map_err(|fault| self.fault(fault))?;
        Ok(path)
    }

    fn finish_file(&mut self) -> io::Result<String> {
        self.file.sync_all()?; // before its table goes: what is without one has to be whole
        self.file.set_len(self.stream.layout.size())?;
        self.file.set_permissions(std::fs::Permissions::from_mode(0o666 & !self.mask))?;
        self.file.sync_all()?;
        let path = self.place.take_in(&self.name, false)?;
        let _ = rustix::fs::fsync(&self.place.folder); // it has its name, whatever a crash makes of that
        Ok(path.display().to_string())
    }

    fn finish_folder(&mut self) -> Result<String, FolderFault> {
        let Bytestore::Folder { folder, stream } = &mut self.bytes else { return Ok(String::new()) };
        stream.finish()?;
        let (aside, mode) = (aside(&self.name), Mode::from_bits_truncate(0o777 & !self.mask));
        stream.move_out(folder, (&self.place.folder, &aside), mode)?;
        let path = self.place.take_in(&aside, true)?;
        FolderStream::remove_list(folder);
        let _ = rustix::fs::unlinkat(&*folder, TABLE, AtFlags::empty());
        let _ = rustix::fs::unlinkat(&self.place.folder, self.name.as_str(), AtFlags::REMOVEDIR);
        let _ = rustix::fs::fsync(&self.place.folder); // as above
        Ok(path.display().to_string())
    }

    /// Nothing of it is wanted any more.
    pub fn remove(self) {
        let path = self.place.path.join(&self.name);
        let _ = match self.bytes {
            Bytestore::File => std::fs::remove_file(&path),
            Bytestore::Folder { .. } => std::fs::remove_dir_all(&path), // it follows no links
        };
    }
}

/// What a folder is called between its part and its name.
fn aside(name: &str) -> String {
    format!("{name}.whole")
}

/// A folder that is ours, and that nobody else may change.
fn ours(folder: OwnedFd) -> io::Result<OwnedFd> {
    let facts = rustix::fs::fstat(&folder)?;
    let is_ours = facts.st_uid == rustix::process::geteuid().as_raw() && facts.st_mode & 0o022 == 0;
    if is_ours { Ok(folder) } else { Err(io::ErrorKind::AlreadyExists.into()) }
}

/// Whether this file has that name.
fn is_at(file: &File, folder: &OwnedFd, name: &str) -> bool {
    let named = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    let facts = file.metadata();
    named.is_ok_and(|named| facts.is_ok_and(|facts| (facts.dev(), facts.ino()) == (named.st_dev, named.st_ino)))
}

/// A file of ours, made where it is not there.
fn open_part(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let new = rustix::fs::openat(folder, name, flags | OFlags::CREATE | OFlags::EXCL, Mode::RUSR | Mode::WUSR);
    match new {
        Ok(file) => Ok(File::from(file)),
        Err(rustix::io::Errno::EXIST) => {
            let file = File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?);
            let facts = file.metadata()?;
            let is_ours = facts.is_file() && facts.uid() == rustix::process::geteuid().as_raw() && facts.nlink() == 1;
            if is_ours { Ok(file) } else { Err(io::ErrorKind::AlreadyExists.into()) }
        }
        Err(error) => Err(error.into()),
    }
}

/// `.NAME.OFFER.chinwag-part`, as [`is_part`](super::place::is_part) knows it.
fn part_name(name: &str, offer: &str) -> String {
    let end = (0..=NAME_BYTES.min(name.len())).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    format!(".{}.{offer}{PART_ENDING}", &name[..end])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::chat::api::disk::Destination;
    use crate::chat::files::blocks::{Layout, Tree};
    use crate::shell::files::source::{FileSource, Hashing};
    use crate::shell::sys::files::tests_folder;

    /// What is to be fetched into `folder`, and where it can be read.
    fn offered(path: &Path) -> (FileSource, Tree, bool) {
        let mut hashing = Hashing::new(path).expect("it is there");
        while hashing.step().expect("it is read") {}
        let (source, examined) = hashing.finish().expect("it did not change");
        (source, examined.tree, examined.is_folder)
    }

    fn open(tree: &Tree, is_folder: bool, folder: &Path) -> PartFile {
        let to = Destination { path: Some(folder.display().to_string()), is_forced: false };
        let (name, offer) = ("it".to_owned(), "k7x2mq".to_owned());
        let stream = NewPart { name, offer, layout: tree.layout, root: tree.root, is_folder, to };
        let place = TargetPlace::find(&stream.to, &stream.name, folder).expect("a place");
        let mut part = PartFile::open(stream, place, 0o022).expect("there is room");
        while part.check() {}
        part
    }

    fn write(part: &mut PartFile, source: &mut FileSource, blocks: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut written = Vec::new();
        for block in blocks {
            let (bytes, value) = source.block(block).expect("it is read");
            let proven = ProvenBlock { block, bytes, value: value.expect("a whole block") };
            written.extend(part.write(&proven).expect("there is room"));
        }
        written
    }

    #[test]
    fn a_part_counts_after_a_restart_as_far_as_its_blocks_are_what_they_were() {
        let folder = tests_folder("part-restart");
        std::fs::write(folder.join("source"), vec![5; 400_000]).expect("written");
        let (mut source, tree, _) = offered(&folder.join("source"));
        let blocks = tree.layout.blocks();
        write(&mut open(&tree, false, &folder), &mut source, [6, 0, 1, 2].into_iter());
        let name = folder.join(".it.k7x2mq.chinwag-part");
        let file = std::fs::OpenOptions::new().write(true).open(&name).expect("it is there");
        file.write_all_at(b"?", 65_536).expect("written"); // a disk that lies
        let mut part = open(&tree, false, &folder);
        assert_eq!(part.kept().iter().collect::<Vec<_>>(), [(0, 1), (2, 3), (6, 7)]);
        write(&mut part, &mut source, 0..blocks);
        assert_eq!(part.finish().expect("it is whole"), folder.join("it").display().to_string());
        assert!(std::fs::read(folder.join("it")).expect("it is there") == vec![5; 400_000] && !name.exists());
    }

    #[test]
    fn a_file_that_was_about_to_get_its_name_is_whole_after_a_crash() {
        let folder = tests_folder("part-whole");
        std::fs::write(folder.join("source"), vec![5; 400_000]).expect("written");
        let (mut source, tree, _) = offered(&folder.join("source"));
        let mut part = open(&tree, false, &folder);
        write(&mut part, &mut source, 0..tree.layout.blocks());
        part.file.set_len(400_000).expect("cut");
        drop(part);
        let part = open(&tree, false, &folder);
        assert_eq!(part.kept().count(), tree.layout.blocks());
        part.file.write_all_at(b"?", 7).expect("written");
        part.file.set_len(400_000).expect("cut");
        drop(part);
        assert!(open(&tree, false, &folder).kept().is_empty(), "it is not what was signed");
    }

    #[test]
    fn a_folder_comes_in_whatever_the_order_of_its_blocks_and_goes_on_after_each_crash() {
        let folder = tests_folder("part-folder");
        std::fs::create_dir_all(folder.join("source/empty")).expect("made");
        for number in 0..2000 {
            let name = format!("source/a file with a name that makes the list long {number}");
            std::fs::write(folder.join(name), vec![1; number]).expect("written");
        }
        let (mut source, tree, is_folder) = offered(&folder.join("source"));
        let blocks = tree.layout.blocks();
        let mut part = open(&tree, is_folder, &folder);
        assert!(write(&mut part, &mut source, [blocks - 1, 9].into_iter()).is_empty(), "they wait for the list");
        assert_eq!(write(&mut part, &mut source, 0..5).len(), 7, "with which they are written");
        drop(part);
        let mut part = open(&tree, is_folder, &folder);
        assert_eq!(part.kept().count(), 7);
        write(&mut part, &mut source, 5..blocks);
        drop(part);
        let name = folder.join(".it.k7x2mq.chinwag-part");
        std::fs::rename(name.join("files"), folder.join(".it.k7x2mq.chinwag-part.whole")).expect("taken out");
        let part = open(&tree, is_folder, &folder);
        assert_eq!(part.kept().count(), blocks, "what was taken out is taken in");
        part.finish().expect("it is whole");
        let (_, again, _) = offered(&folder.join("it"));
        assert_eq!((again.root, name.exists()), (tree.root, false), "with the times of its files");
    }

    #[test]
    fn a_part_of_somebody_else_is_not_used() {
        let folder = tests_folder("part-foreign");
        std::fs::write(folder.join("source"), b"abc").expect("written");
        let (_, tree, _) = offered(&folder.join("source"));
        let mine = folder.join("mine");
        std::fs::write(&mine, b"not to be touched").expect("written");
        std::fs::hard_link(&mine, folder.join(".it.k7x2mq.chinwag-part")).expect("linked");
        let to = Destination { path: Some(folder.display().to_string()), is_forced: false };
        let (name, offer, layout) = ("it".to_owned(), "k7x2mq".to_owned(), Layout::of(3).expect("a size"));
        let stream = NewPart { name, offer, layout, root: tree.root, is_folder: false, to };
        let place = TargetPlace::find(&stream.to, "it", &folder).expect("a place");
        assert!(PartFile::open(stream, place, 0o022).is_err());
        assert_eq!(std::fs::read(&mine).expect("it is there"), b"not to be touched");
    }
}
