//! Where the socket of a session is, and who may come in by it.

use std::env;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use thiserror::Error;

use crate::view::words::en;

/// The name of the socket in a profile's folder.
const SOCKET: &str = "socket";

/// The system has room for so many bytes of a path, and a zero behind them.
const PATH_BYTES_MAX: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };

/// There is no room for a socket.
#[derive(Debug, Error)]
#[error("{}", en::files::long_path(.0, PATH_BYTES_MAX))]
struct TooLong(PathBuf);

/// Where the socket of a profile in this folder is: there, or where its path would be too long, in the folder that the system
/// gives each user. Never in one that others may write to: they could answer in its place.
pub fn of(folder: &Path) -> io::Result<PathBuf> {
    let folder = folder.canonicalize()?; // so that all who name it otherwise find the same
    let usual = folder.join(SOCKET);
    if fits(&usual) {
        return Ok(usual);
    }
    let hash = blake3::hash(folder.as_os_str().as_bytes()).to_hex();
    let name = format!("chinwag-{}.socket", &hash[..16]);
    let other = runtime_folder().map(|folder| folder.join(name)).filter(|path| fits(path));
    other.ok_or_else(|| io::Error::other(TooLong(usual)))
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= PATH_BYTES_MAX
}

/// `XDG_RUNTIME_DIR`, where it is as the specification demands: ours, and nobody else may enter it.
fn runtime_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os("XDG_RUNTIME_DIR")?);
    let found = fs::metadata(&folder).ok()?;
    let is_ours = found.is_dir() && found.uid() == geteuid().as_raw() && found.permissions().mode() & 0o777 == 0o700;
    (folder.is_absolute() && is_ours).then_some(folder)
}

/// Whether a program of the same user is at the other end.
pub fn is_ours(socket: &impl AsFd) -> bool {
    system::user_of(socket).is_some_and(|user| user == geteuid().as_raw())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::os::fd::AsFd;

    use nix::sys::socket::getsockopt;
    use nix::sys::socket::sockopt::PeerCredentials;

    pub fn user_of(socket: &impl AsFd) -> Option<u32> {
        getsockopt(socket, PeerCredentials).ok().map(|peer| peer.uid())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::os::fd::AsFd;

    pub fn user_of(socket: &impl AsFd) -> Option<u32> {
        nix::unistd::getpeereid(socket).ok().map(|(user, _)| user.as_raw())
    }
}
