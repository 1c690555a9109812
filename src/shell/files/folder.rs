//! A folder that comes in as one stream: its list first, then its files, each where it belongs below one new folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};

use super::place::numbered;
use crate::chat::files::file_name::{NameRules, safe_name};
use crate::chat::files::manifest::{BadManifest, FileFacts, LENGTH_BYTES, Manifest};
use crate::chat::files::ranges::Ranges;

/// What the folder of files is called in that of the part, and the list.
const FILES: &str = "files";
const LIST: &str = "list";

/// Something of a folder, where it goes.
#[derive(Debug)]
struct FolderFile {
    /// From where on it stands in the stream.
    start: u64,
    /// `None`: an empty folder.
    file: Option<FileFacts>,
    /// Safe, below the folder.
    path: String,
}

/// A folder that is coming.
#[derive(Debug)]
pub struct FolderStream {
    files: OwnedFd,
    list: File,
    size: u64,
    /// What of the list came.
    listed: Ranges,
    /// Once all of the list has come.
    entries: Option<Vec<FolderFile>>,
    /// Where the files begin, once that is known.
    list_end: Option<u64>,
    /// What came behind a list that is not whole yet: how much of it there is, whoever fetches bounds.
    held: BTreeMap<u64, Vec<u8>>,
    /// The file that was written last.
    open: Option<(usize, File)>,
}

/// Why a folder is not kept.
#[derive(Debug)]
pub enum FolderFault {
    /// Its list is none.
    Bad,
    /// The disk.
    Disk(io::Error),
}

impl From<io::Error> for FolderFault {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<rustix::io::Errno> for FolderFault {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Disk(error.into())
    }
}

impl From<BadManifest> for FolderFault {
    fn from(_: BadManifest) -> Self {
        Self::Bad
    }
}

impl FolderStream {
    /// In this folder, which is ours alone; what is there of an earlier time is used.
    pub fn open(part: &OwnedFd, size: u64) -> io::Result<Self> {
        match rustix::fs::mkdirat(part, FILES, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let files = open_folder(part, FILES)?;
        let list = open_file(part, LIST)?;
        let (listed, list_end) = (Ranges::default(), None);
        Ok(Self { files, list, size, listed, entries: None, list_end, held: BTreeMap::new(), open: None })
    }

    /// Takes bytes that were proven. What was held back goes along once the list is whole. Says which of what was given so
    /// far, by where it begins, is written now.
    pub fn write(&mut self, at: u64, bytes: &[u8]) -> Result<Vec<u64>, FolderFault> {
        self.held.insert(at, bytes.to_vec());
        self.write_list()?;
        let Some(list_end) = self.list_end.filter(|_| self.entries.is_some()) else {
            let end = self.list_end.unwrap_or(LENGTH_BYTES as u64);
            let is_all_list = |(at, bytes): (&u64, &Vec<u8>)| at + bytes.len() as u64 <= end;
            let done: Vec<u64> = self.held.iter().filter(|held| is_all_list(*held)).map(|(&at, _)| at).collect();
            self.held.retain(|at, _| !done.contains(at));
            return Ok(done);
        };
        let mut written = Vec::new();
        for (at, bytes) in std::mem::take(&mut self.held) {
            let skipped = usize::try_from(list_end.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            self.write_files(at + skipped as u64, &bytes[skipped..])?;
            written.push(at);
        }
        Ok(written)
    }

    /// Keeps what is held of the list, and reads the list once it is whole.
    fn write_list(&mut self) -> Result<(), FolderFault> {
        if self.entries.is_some() {
            return Ok(());
        }
        if self.list_end.is_none() {
            let first = self.held.get(&0).and_then(|bytes| bytes.first_chunk::<LENGTH_BYTES>());
            let Some(&first) = first else { return Ok(()) };
            self.list_end = Some((LENGTH_BYTES + Manifest::length(first)?) as u64);
        }
        let end = self.list_end.unwrap_or(0);
        for (&at, bytes) in self.held.range(..end) {
            let taken = usize::try_from(end - at).unwrap_or(usize::MAX).min(bytes.len());
            self.list.write_all_at(&bytes[..taken], at)?;
            self.listed.insert(at, at + taken as u64);
        }
        if self.listed.first_lacking_from(0) >= end { self.read_list() } else { Ok(()) }
    }

    /// The list is whole: what goes where?
    fn read_list(&mut self) -> Result<(), FolderFault> {
        let end = self.list_end.unwrap_or(0);
        let mut bytes = vec![0; usize::try_from(end).unwrap_or(0).saturating_sub(LENGTH_BYTES)];
        self.list.read_exact_at(&mut bytes, LENGTH_BYTES as u64)?;
        let manifest = Manifest::from_bytes(&bytes, self.size)?;
        let (mut names, mut start, mut entries) = (SafePaths::default(), end, Vec::new());
        for item in manifest.items() {
            entries.push(FolderFile { start, file: item.file, path: names.of(&item.path) });
            start += item.file.map_or(0, |file| file.size);
        }
        self.entries = Some(entries);
        Ok(())
    }

    /// What an earlier time has kept of the list, where that is whole; the bytes of it are still to be proven.
    pub fn resume(&mut self) -> Result<(), FolderFault> {
        let mut first = [0; LENGTH_BYTES];
        self.list.read_exact_at(&mut first, 0)?;
        let end = (LENGTH_BYTES + Manifest::length(first)?) as u64;
        self.list_end = Some(end);
        self.listed.insert(0, self.list.metadata()?.len().min(end));
        if self.listed.first_lacking_from(0) >= end { self.read_list() } else { Ok(()) }
    }

    /// Nothing of an earlier time counts.
    pub fn forget(&mut self) {
        (self.listed, self.list_end, self.entries) = (Ranges::default(), None, None);
    }

    /// Where the files begin, where the list is whole.
    pub fn list_end(&self) -> Option<u64> {
        self.list_end.filter(|_| self.entries.is_some())
    }

    /// What was kept earlier. An error: it is not there.
    pub fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, FolderFault> {
        let mut bytes = vec![0; count];
        let end = self.list_end().ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        let from_list = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        self.list.read_exact_at(&mut bytes[..from_list], at)?;
        let mut done = from_list;
        while done < count {
            let (number, within, taken) = self.place_of(at + done as u64, count - done)?;
            self.file(number)?.read_exact_at(&mut bytes[done..done + taken], within)?;
            done += taken;
        }
        Ok(bytes)
    }

    fn write_files(&mut self, at: u64, bytes: &[u8]) -> Result<(), FolderFault> {
        let mut done = 0;
        while done < bytes.len() {
            let (number, within, taken) = self.place_of(at + done as u64, bytes.len() - done)?;
            self.file(number)?.write_all_at(&bytes[done..done + taken], within)?;
            done += taken;
        }
        Ok(())
    }

    /// In which entry a byte of the stream stands, where there, and how many that follow do.
    fn place_of(&self, at: u64, count: usize) -> Result<(usize, u64, usize), FolderFault> {
        let beyond = || FolderFault::Disk(io::ErrorKind::UnexpectedEof.into());
        let entries = self.entries.as_ref().ok_or_else(beyond)?;
        let number = entries.partition_point(|entry| entry.start <= at).checked_sub(1).ok_or_else(beyond)?;
        let FolderFile { start, file, .. } = &entries[number]; // of several that begin there the last has the bytes
        let size = file.map_or(0, |file| file.size);
        let within = at - start;
        let taken = count.min(usize::try_from(size.saturating_sub(within)).unwrap_or(usize::MAX));
        if taken == 0 { Err(beyond()) } else { Ok((number, within, taken)) }
    }

    fn file(&mut self, number: usize) -> Result<&File, FolderFault> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            let path = self.entries.as_ref().map_or("", |entries| entries[number].path.as_str());
            let (folder, name) = self.folder_of(path)?;
            self.open = Some((number, open_file(folder.as_ref().unwrap_or(&self.files), name)?));
        }
        let (_, file) = self.open.as_ref().ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        Ok(file)
    }

    /// The folder that something goes into, made where it is not there; each part of its path is a folder, and no link.
    fn folder_of<'p>(&self, path: &'p str) -> Result<(Option<OwnedFd>, &'p str), FolderFault> {
        let Some((folders, name)) = path.rsplit_once('/') else { return Ok((None, path)) };
        let mut folder = None;
        for part in folders.split('/') {
            let parent = folder.as_ref().unwrap_or(&self.files);
            folder = Some(make_folder(parent, part)?);
        }
        Ok((folder, name))
    }

    /// All files were written: what has no bytes is made, and each gets its time.
    pub fn finish(&mut self) -> Result<(), FolderFault> {
        self.open = None;
        let entries = self.entries.take().unwrap_or_default();
        for FolderFile { file, path, .. } in &entries {
            let (folder, name) = self.folder_of(path)?;
            let folder = folder.as_ref().unwrap_or(&self.files);
            match file {
                None => drop(make_folder(folder, name)?),
                Some(FileFacts { size, changed }) => {
                    let file = open_file(folder, name)?;
                    file.set_len(*size)?; // it may be longer, of a time when its list was another one
                    give_time(&file, changed.0)?;
                    if cfg!(not(target_os = "linux")) {
                        file.sync_all()?;
                    }
                }
            }
        }
        sync_all(&self.files)?;
        Ok(())
    }

    /// Takes the folder of files out of that of the part, with these rights.
    pub fn move_out(&self, part: &OwnedFd, (to, name): (&OwnedFd, &str), mode: Mode) -> io::Result<()> {
        rustix::fs::fchmod(&self.files, mode)?;
        Ok(rustix::fs::renameat(part, FILES, to, name)?)
    }

    /// Takes it in again, where it was taken out and did not get its name.
    pub fn move_in(part: &OwnedFd, (from, name): (&OwnedFd, &str)) {
        let _ = rustix::fs::unlinkat(part, FILES, AtFlags::REMOVEDIR); // an empty one of another try
        let _ = rustix::fs::renameat(from, name, part, FILES); // it is hardly ever there
    }

    /// Removes the list.
    pub fn remove_list(part: &OwnedFd) {
        let _ = rustix::fs::unlinkat(part, LIST, AtFlags::empty()); // what is left over is seen in the folder
    }
}

#[cfg(target_os = "linux")]
fn sync_all(folder: &OwnedFd) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?) // one call, however many files there are
}

#[cfg(not(target_os = "linux"))]
fn sync_all(folder: &OwnedFd) -> io::Result<()> {
    Ok(rustix::fs::fsync(folder)?)
}

fn give_time(file: &File, changed: u64) -> io::Result<()> {
    let time = Timespec {
        tv_sec: i64::try_from(changed / 1000).unwrap_or(i64::MAX),
        tv_nsec: (changed % 1000 * 1_000_000).try_into().unwrap_or(0),
    };
    match rustix::fs::futimens(file, &Timestamps { last_access: time, last_modification: time }) {
        Ok(()) | Err(rustix::io::Errno::INVAL) => Ok(()), // a time that this file system does not know
        Err(error) => Err(error.into()),
    }
}

/// A folder that is there, and no link to one.
pub fn open_folder(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
}

fn make_folder(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match rustix::fs::mkdirat(parent, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => open_folder(parent, name),
        Err(error) => Err(error.into()),
    }
}

/// A file to read and write, made where it is not there; no link, and nothing else that has the name.
pub fn open_file(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    let file = File::from(rustix::fs::openat(folder, name, flags, mode)?);
    let facts = file.metadata()?;
    if facts.is_file() && facts.nlink() == 1 { Ok(file) } else { Err(io::ErrorKind::AlreadyExists.into()) }
}

/// Names that this system can hold, each once.
#[derive(Debug, Default)]
struct SafePaths {
    known: BTreeMap<String, String>,
    used: BTreeSet<String>,
    /// The next number for a path that several would have: a list may be made so that all would.
    next: BTreeMap<String, u32>,
}

impl SafePaths {
    /// What stands in the list as `path`.
    fn of(&mut self, path: &str) -> String {
        let mut safe = String::new();
        for (end, part) in ends(path) {
            if let Some(known) = self.known.get(&path[..end]) {
                safe.clone_from(known);
                continue;
            }
            let part = safe_name(part, NameRules::HERE, true);
            let parent = if safe.is_empty() { String::new() } else { format!("{safe}/") };
            let next = self.next.entry(format!("{parent}{part}")).or_default();
            let mut free = format!("{parent}{}", numbered(&part, *next, end < path.len()));
            while !self.used.insert(free.clone()) {
                *next += 1;
                free = format!("{parent}{}", numbered(&part, *next, end < path.len()));
            }
            safe = free;
            self.known.insert(path[..end].to_owned(), safe.clone());
        }
        safe
    }
}

/// The parts of a path, each with where it ends.
fn ends(path: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    path.split('/').map(move |part| {
        end += part.len() + usize::from(end > 0);
        (end, part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_which_all_names_become_one_is_worked_through_at_once() {
        let mut names = SafePaths::default();
        let hostile = |number: u32| -> String {
            (0..17).map(|bit| if number >> bit & 1 == 1 { '\u{1}' } else { '\u{2}' }).collect()
        };
        let safe: BTreeSet<String> = (0..100_000).map(|number| names.of(&hostile(number))).collect();
        assert_eq!(safe.len(), 100_000);
    }

    #[test]
    fn names_that_this_system_cannot_hold_are_replaced_and_none_is_used_twice() {
        let mut names = SafePaths::default();
        let paths = ["a\u{7}b/x", "a_b/x", "a\u{7}b/y", ".hidden", "plain"];
        let safe = paths.map(|path| names.of(path));
        assert_eq!(safe, ["a_b/x", "a_b (1)/x", "a_b/y", ".hidden", "plain"]);
    }
}
