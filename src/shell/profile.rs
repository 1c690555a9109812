//! Who one is: the secret key of a profile, and which window of it this is.

pub(crate) mod keyring;
pub(crate) mod prekeys;
pub(crate) mod unlock;

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::chat::keys::identity::Identity;
use crate::chat::peers::names;
use crate::chat::wire::frame::NICK_BYTES_MAX;
use crate::shell::sys::error::words;
use crate::shell::sys::files::{close_to_others, make_folder, private, replace};
use crate::shell::sys::rng::{NoRandomness, random};
use crate::view::words::en;

/// An identity, in use by this window alone.
#[derive(Debug)]
pub struct Profile {
    /// Signs.
    pub identity: Identity,
    /// It is forgotten at the end.
    pub is_temporary: bool,
    /// 1 for the first window of a profile, 2 for the second at the same time, …
    pub window: u32,
    /// To be held as long as the window is open.
    pub lock: Option<Lock>,
    /// Where its history is; only the first window writes it.
    pub folder: Option<PathBuf>,
}

/// Nobody else uses the profile, or its window. The system gives it back however the program ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

/// Why there is no identity: one sentence.
#[derive(Debug, Error)]
pub enum NoProfile {
    /// There is no home folder to keep it in.
    #[error("{}", en::files::NO_HOME)]
    NoHome,
    /// The folder cannot be used.
    #[error("{}", en::files::unusable_profile(.path, words(.error)))]
    Unusable {
        /// Which.
        path: PathBuf,
        /// In the system's words.
        error: io::Error,
    },
    /// The file holds something else.
    #[error("{}", en::files::no_key(.0))]
    Damaged(PathBuf),
    /// The system gives no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// How many windows of one profile are told apart.
const WINDOWS_MAX: u32 = 99;

impl Profile {
    /// A new identity that is kept nowhere.
    pub fn temporary() -> Result<Self, NoProfile> {
        let identity = Identity::new(&*random()?);
        Ok(Self { identity, is_temporary: true, window: 1, lock: None, folder: None })
    }

    /// The identity of the profile `name`, made at the first start; a temporary one where another window uses it.
    pub fn open(name: &str, folder: Option<PathBuf>) -> Result<Self, NoProfile> {
        let folder = folder_of(name, folder)?;
        let unusable = |error| NoProfile::Unusable { path: folder.clone(), error };
        make_folder(&folder).map_err(unusable)?;
        // Where that is not ours to change, it is somebody's decision.
        let _ = File::open(&folder).and_then(|opened| close_to_others(&opened, 0o700));
        let (window, lock) = lock(&folder).map_err(unusable)?;
        if window > 1 {
            return Ok(Self { window, lock, folder: Some(folder), ..Self::temporary()? });
        }
        let secret = read_secret(&folder.join("secret"))?;
        Ok(Self { identity: Identity::new(&secret), is_temporary: false, window, lock, folder: Some(folder) })
    }
}

/// Where a profile is kept.
pub fn folder_of(name: &str, folder: Option<PathBuf>) -> Result<PathBuf, NoProfile> {
    let folder = match folder {
        Some(folder) => folder,
        None => etcetera::choose_base_strategy().map_err(|_| NoProfile::NoHome)?.data_dir().join("chinwag"),
    };
    Ok(folder.join(name))
}

/// Whether a session uses the profile in this folder.
pub fn is_in_use(folder: &Path) -> bool {
    let lock = File::open(folder.join("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The first window that is free.
fn lock(folder: &Path) -> io::Result<(u32, Option<Lock>)> {
    for window in 1..=WINDOWS_MAX {
        let name = if window == 1 { "lock".to_owned() } else { format!("lock-{window}") };
        let path = folder.join(name);
        let made = private().write(true).create(true).truncate(false).open(&path);
        let file = made.or_else(|error| File::open(&path).map_err(|_| error))?; // of a disk that is only read
        match file.try_lock() {
            Ok(()) => return Ok((window, Some(Lock(file)))),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok((WINDOWS_MAX, None))
}

/// Reads the secret, or makes one. Only who holds the lock comes here, so nobody else makes one meanwhile.
fn read_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, NoProfile> {
    let unusable = |error| NoProfile::Unusable { path: path.to_owned(), error };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return make_secret(path),
        Err(error) => return Err(unusable(error)),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    Read::by_ref(&mut file).take(33).read_to_end(&mut bytes).map_err(unusable)?;
    let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| NoProfile::Damaged(path.to_owned()))?;
    close_to_others(&file, 0o600).map_err(unusable)?;
    Ok(Zeroizing::new(secret))
}

fn make_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, NoProfile> {
    let secret = random()?;
    replace(path, &*secret).map_err(|error| NoProfile::Unusable { path: path.to_owned(), error })?;
    Ok(secret)
}

/// The nick where none was chosen: the login name, with the machine's where half the world has that login.
pub fn default_nick() -> String {
    let login = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let login = login.filter(|login| !login.is_empty());
    let host = system::host_name().unwrap_or_default();
    let host = host.split('.').next().filter(|host| !host.is_empty()).unwrap_or("host").to_owned();
    let nick = match login {
        Some(login) if !GENERIC.contains(&login.to_lowercase().as_str()) => login,
        Some(login) => format!("{login}-{host}"),
        None => host,
    };
    cut(&names::sanitise(&nick), NICK_BYTES_MAX)
}

/// `nick` for a further window.
pub fn window_nick(nick: &str, window: u32) -> String {
    let number = format!("-{window}");
    cut(nick, NICK_BYTES_MAX - number.len()) + &number
}

fn cut(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text[..end].to_owned()
}

/// Logins that say nothing of a person.
const GENERIC: &[&str] =
    &["root", "pi", "ubuntu", "debian", "user", "admin", "administrator", "guest", "vagrant", "ec2-user", "nobody"];

/// No other program of the user looks into the memory of this one, and a crash leaves no picture of it: secrets are in it.
pub fn hide_memory() {
    system::hide_memory();
}

mod system {
    /// Where the system does not know how, a crash may leave its picture as it does of every program.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn hide_memory() {
        let _ = nix::sys::prctl::set_dumpable(false);
    }

    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    pub fn hide_memory() {
        let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
    }

    #[cfg(not(unix))]
    pub fn hide_memory() {}

    #[cfg(unix)]
    pub fn host_name() -> Option<String> {
        nix::unistd::gethostname().ok()?.into_string().ok()
    }

    #[cfg(not(unix))]
    pub fn host_name() -> Option<String> {
        std::env::var("COMPUTERNAME").ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_window_has_its_number_and_still_fits() {
        assert_eq!(window_nick("tim", 2), "tim-2");
        assert_eq!(window_nick(&"é".repeat(16), 12), format!("{}-12", "é".repeat(14)));
    }
}
