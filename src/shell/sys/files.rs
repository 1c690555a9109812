//! Files and folders that are their owner's alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// So many bytes of a file that is replaced are overwritten: no secret is longer.
const OVERWRITTEN_MAX: usize = 4096;

/// Makes a folder that only its owner may enter, where it is not there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A new folder for one test.
#[cfg(test)]
pub fn tests_folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("chinwag-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::canonicalize(folder).expect("it is there")
}

/// A file that only its owner may read.
pub fn private() -> OpenOptions {
    #[allow(unused_mut, reason = "only Unix has modes")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes from everybody else what rights they have.
#[cfg(unix)]
pub fn close_to_others(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Takes from everybody else what rights they have.
#[cfg(not(unix))]
pub fn close_to_others(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// The name of a file is on the disk when this returns. Windows does that by itself.
fn sync_name(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Puts a secret in the place of another one: whole or not at all, and nothing of the one before stays in its blocks, as far
/// as the disk writes where it is told to.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let _ = fs::remove_file(&aside); // what a crash left
    let mut file = private().write(true).create_new(true).open(&aside)?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        let _ = fs::remove_file(&aside); // half of a secret is none
        return Err(error);
    }
    let before = OpenOptions::new().write(true).open(path);
    fs::rename(&aside, path)?;
    sync_name(path)?; // or a crash could bring back the name of what is overwritten now
    if let Ok(mut before) = before {
        let length = usize::try_from(before.metadata()?.len()).unwrap_or(OVERWRITTEN_MAX);
        before.write_all(&vec![0; length.min(OVERWRITTEN_MAX)])?;
        before.sync_all()?;
    }
    Ok(())
}
