//! Where something goes that is fetched: which folder, and under which name.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};

use crate::chat::api::disk::{Destination, NotKept};
use crate::chat::base::limits::FILE_NAME_BYTES_MAX;
use crate::chat::files::file_name::{NameRules, safe_name};
use crate::shell::files::destination::folder_and_name;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// So many names are tried where there is something of that name already.
const NAMES_TRIED_MAX: u32 = 1000;

/// A folder, and what something is to be called in it.
#[derive(Debug)]
pub struct TargetPlace {
    /// The folder, open: what is done in it cannot be led elsewhere.
    pub folder: OwnedFd,
    /// The same, for people.
    pub path: PathBuf,
    pub name: String,
    /// What has that name is replaced.
    pub is_forced: bool,
}

impl TargetPlace {
    /// Finds it. `usual`: the folder where none was named, which is made where it is not there.
    pub fn find(to: &Destination, offered: &str, usual: &Path) -> Result<Self, NotKept> {
        let offered = safe_name(offered, NameRules::HERE, false);
        let (path, name) = match &to.path {
            None => {
                fs::create_dir_all(usual).map_err(|error| not_kept(usual, &error))?;
                (usual.to_owned(), offered)
            }
            Some(named) => match folder_and_name(named) {
                (folder, Some(name)) => (folder, safe_name(&name, NameRules::HERE, true)),
                (folder, None) => (folder, offered),
            },
        };
        let path = fs::canonicalize(&path).map_err(|error| not_kept(&path, &error))?;
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            rustix::fs::openat(CWD, &path, flags, Mode::empty()).map_err(|error| not_kept(&path, &error.into()))?;
        Ok(Self { folder, path, name, is_forced: to.is_forced })
    }

    /// Where it is going to be, if nothing is there.
    pub fn target(&self) -> PathBuf {
        self.path.join(&self.name)
    }

    /// How many bytes there is room for; `None`: the system does not say.
    pub fn room(&self) -> Option<u64> {
        let stat = rustix::fs::fstatvfs(&self.folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Gives what is called `from` here its name, or the next one that is free. Says where it is then.
    pub fn take_in(&self, from: &str, is_folder: bool) -> io::Result<PathBuf> {
        if self.is_forced {
            match rustix::fs::renameat(&self.folder, from, &self.folder, self.name.as_str()) {
                Ok(()) => return Ok(self.target()),
                Err(error) if !is_folder => return Err(error.into()),
                Err(_) => {} // a folder that is not empty is never replaced
            }
        }
        for number in 0..NAMES_TRIED_MAX {
            let name = numbered(&self.name, number, is_folder);
            match self.rename(from, &name, is_folder) {
                Ok(()) => return Ok(self.path.join(name)),
                Err(rustix::io::Errno::EXIST | rustix::io::Errno::NOTEMPTY) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Renames, but never over anything.
    fn rename(&self, from: &str, to: &str, is_folder: bool) -> rustix::io::Result<()> {
        let folder = &self.folder;
        match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            renamed => return renamed,
        }
        if is_folder {
            rustix::fs::mkdirat(folder, to, Mode::RWXU)?; // it fails where something is there; an empty folder is replaced
            return rustix::fs::renameat(folder, from, folder, to);
        }
        match rustix::fs::linkat(folder, from, folder, to, AtFlags::empty()) {
            Ok(()) => return rustix::fs::unlinkat(folder, from, AtFlags::empty()),
            Err(rustix::io::Errno::EXIST) => return Err(rustix::io::Errno::EXIST),
            Err(_) => {} // a file system without links
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        rustix::fs::openat(folder, to, flags, Mode::RUSR | Mode::WUSR)?;
        rustix::fs::renameat(folder, from, folder, to)
    }
}

/// `photo.jpg`, then `photo (1).jpg`; what precedes the number is cut where the name would be too long.
pub fn numbered(name: &str, number: u32, is_folder: bool) -> String {
    if number == 0 {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|&dot| dot > 0 && !is_folder).unwrap_or(name.len());
    let (stem, suffix) = name.split_at(dot);
    let behind = format!(" ({number}){suffix}");
    let most = FILE_NAME_BYTES_MAX.saturating_sub(behind.len()).min(stem.len());
    let end = (0..=most).rev().find(|&at| stem.is_char_boundary(at)).unwrap_or(0);
    format!("{}{behind}", &stem[..end])
}

/// How the name of what is being fetched ends.
pub const PART_ENDING: &str = ".chinwag-part";

/// Whether this is the name of what is being fetched, or of a folder of that which is all here.
pub fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.strip_suffix(".whole").unwrap_or(name).ends_with(PART_ENDING)
}

/// Why something cannot be kept there.
pub fn not_kept(path: &Path, error: &io::Error) -> NotKept {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => NotKept::NoSpace,
        _ => NotKept::Failed(en::system::cannot(&format!("write in {}", path.display()), words(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::sys::files::tests_folder;

    fn place(folder: &Path, is_forced: bool) -> TargetPlace {
        let to = Destination { path: Some(folder.display().to_string()), is_forced };
        TargetPlace::find(&to, "photo.jpg", folder).expect("a folder")
    }

    #[test]
    fn what_is_there_already_is_not_written_over() {
        let folder = tests_folder("place-names");
        for (number, name) in ["photo.jpg", "photo (1).jpg", "photo (2).jpg"].into_iter().enumerate() {
            fs::write(folder.join("part"), number.to_string()).expect("written");
            assert_eq!(place(&folder, false).take_in("part", false).expect("renamed"), folder.join(name));
        }
        assert_eq!(fs::read(folder.join("photo.jpg")).expect("read"), b"0");
        fs::write(folder.join("part"), "new").expect("written");
        assert_eq!(place(&folder, true).take_in("part", false).expect("renamed"), folder.join("photo.jpg"));
        assert_eq!(fs::read(folder.join("photo.jpg")).expect("read"), b"new");
    }

    #[test]
    fn a_name_with_a_number_is_no_longer_than_a_name_may_be() {
        assert_eq!(numbered("a.tar", 7, false), "a (7).tar");
        assert_eq!(numbered("a.tar", 7, true), "a.tar (7)");
        let long = format!("{}.txt", "é".repeat(125));
        let numbered = numbered(&long, 12, false);
        assert!(numbered.ends_with("é (12).txt") && numbered.len() <= FILE_NAME_BYTES_MAX, "{numbered}");
    }

    #[test]
    fn a_folder_is_never_mixed_with_another() {
        let folder = tests_folder("place-folders");
        fs::create_dir_all(folder.join("photo.jpg/old")).expect("made");
        fs::create_dir_all(folder.join("part/new")).expect("made");
        assert_eq!(place(&folder, true).take_in("part", true).expect("renamed"), folder.join("photo.jpg (1)"));
        assert!(folder.join("photo.jpg/old").is_dir() && folder.join("photo.jpg (1)/new").is_dir());
    }

    #[test]
    fn a_name_that_was_given_is_the_name_and_a_folder_the_folder() {
        let folder = tests_folder("place-given");
        let given = Destination { path: Some(folder.join("mine.jpg").display().to_string()), is_forced: false };
        let place = TargetPlace::find(&given, "../../etc/passwd", &folder).expect("a place");
        assert_eq!((place.path.as_path(), place.name.as_str()), (folder.as_path(), "mine.jpg"));
        let place = TargetPlace::find(&Destination::default(), "../../etc/passwd", &folder).expect("a place");
        assert_eq!((place.path.as_path(), place.name.as_str()), (folder.as_path(), "_._.._etc_passwd"));
        let slash = Destination { path: Some(folder.join("none/").display().to_string()), is_forced: false };
        assert!(matches!(TargetPlace::find(&slash, "a", &folder), Err(NotKept::Failed(_))), "it is no name");
        let nowhere = Destination { path: Some("/nowhere/at/all".to_owned()), is_forced: false };
        assert!(matches!(TargetPlace::find(&nowhere, "a", &folder), Err(NotKept::Failed(_))));
    }
}
