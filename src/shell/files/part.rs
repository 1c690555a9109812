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
use super::place::{TargetPlace, not_kept};
use crate::chat::api::disk::{NewPart, NotKept};
use crate::chat::files::assembly::ProvenBlock;
use crate::chat::files::blocks::Value;
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
            let folder = open_folder(&place.folder, &name).map_err(failed)?;
            let table = open_file(&folder, TABLE).map_err(failed)?;
            let files = FolderStream::open(&folder, size).map_err(failed)?;
            (Bytestore::Folder { folder, stream: Box::new(files) }, table)
        } else {
            (Bytestore::File, open_part(&place.folder, &name).map_err(failed)?)
        };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(NotKept::Failed(en::files::part_in_use(&place.target())));
        }
        let mut part =
            Self { stream, place, name, bytes, file, unsynced: 0, checking: 0, kept: Ranges::default(), mask };
        let is_begun = part.is_begun();
        if !is_begun {
            part.begin_anew().map_err(|error| not_kept(&part.place.path, &error))?;
        }
        let here =
            if is_begun { part.file.metadata().map_or(0, |facts| facts.blocks().saturating_mul(512)) } else { 0 };
        if part.place.room().is_some_and(|room| room < size.saturating_sub(here)) {
            if !is_begun {
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
        self.checking = self.stream.layout.blocks();
        self.file.set_len(0)?;
        self.file.write_all_at(&[&MAGIC[..], &self.stream.root.0].concat(), self.table())
    }

    /// Looks at one block that may have been kept earlier. Says whether there is another one.
    pub fn check(&mut self) -> bool {
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
        self.file.set_len(self.stream.layout.size())?;
        self.file.set_permissions(std::fs::Permissions::from_mode(0o666 & !self.mask))?;
        self.file.sync_all()?;
        let path = self.place.take_in(&self.name, false)?;
        rustix::fs::fsync(&self.place.folder)?;
        Ok(path.display().to_string())
    }

    fn finish_folder(&mut self) -> Result<String, FolderFault> {
        let Bytestore::Folder { folder, stream } = &mut self.bytes else { return Ok(String::new()) };
        stream.finish()?;
        let aside = format!("{}.whole", self.name);
        FolderStream::move_out(folder, &self.place.folder, &aside)?;
        let path = self.place.take_in(&aside, true)?;
        let mode = Mode::from_bits_truncate(0o777 & !self.mask);
        rustix::fs::chmodat(rustix::fs::CWD, &path, mode, AtFlags::empty())?;
        FolderStream::remove_list(folder);
        let _ = rustix::fs::unlinkat(&*folder, TABLE, AtFlags::empty());
        let _ = rustix::fs::unlinkat(&self.place.folder, self.name.as_str(), AtFlags::REMOVEDIR);
        rustix::fs::fsync(&self.place.folder)?;
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

/// `.NAME.OFFER.chinwag-part`.
fn part_name(name: &str, offer: &str) -> String {
    let end = (0..=NAME_BYTES.min(name.len())).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    format!(".{}.{offer}.chinwag-part", &name[..end])
}
