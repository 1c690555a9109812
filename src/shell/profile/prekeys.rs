//! The prekeys of a profile: a file that nobody else can read, and of which nothing stays when they are erased.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::base::time::Wall;
use crate::chat::wire::letterbox::Letterbox;
use crate::shell::sys::error::words;
use crate::shell::sys::files::{close_to_others, replace};
use crate::shell::sys::rng::random;
use crate::view::words::en;

/// Where prekeys are kept, and what they are.
#[derive(Debug)]
pub struct Prekeys {
    path: Option<PathBuf>,
    letterbox: Letterbox,
}

/// No file of prekeys is longer.
const BYTES_MAX: usize = 4096;

impl Prekeys {
    /// Those in a profile's folder, or new ones; without a folder they are forgotten with the session. What is too old is
    /// erased. Where they cannot be kept, that is to be told. An error is one sentence.
    pub fn open(folder: Option<PathBuf>, now: Wall) -> Result<(Self, Option<Notice>), String> {
        let path = folder.map(|folder| folder.join("prekeys"));
        let kept = path.as_ref().map(read).transpose()?.flatten();
        let is_new = kept.is_none();
        let letterbox = match kept {
            Some(kept) => kept,
            None => Letterbox::new(&*random().map_err(|error| error.to_string())?, now),
        };
        let mut prekeys = Self { path, letterbox };
        let kept = if prekeys.letterbox.is_old(now) {
            prekeys.renew(now).map(drop)
        } else if prekeys.letterbox.forget(now) || is_new {
            prekeys.keep()
        } else {
            Ok(())
        };
        let notice = kept.err().map(|why| Secrecy::SecretNotKept { room: None, why }.into());
        Ok((prekeys, notice))
    }

    /// What private messages are opened with.
    pub fn letterbox(&self) -> Letterbox {
        self.letterbox.clone()
    }

    /// Another prekey takes the place of the one in use. It is kept before anybody is told of it.
    pub fn renew(&mut self, now: Wall) -> Result<Letterbox, String> {
        let secret = random().map_err(|error| error.to_string())?;
        let renewed = self.letterbox.renewed(&secret, now);
        let before = std::mem::replace(&mut self.letterbox, renewed);
        if let Err(why) = self.keep() {
            self.letterbox = before;
            return Err(why);
        }
        Ok(self.letterbox())
    }

    fn keep(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        replace(path, &self.letterbox.to_bytes()).map_err(|error| format!("{}: {}", path.display(), words(&error)))
    }
}

fn read(path: &PathBuf) -> Result<Option<Letterbox>, String> {
    let failed = |error| format!("{}: {}", path.display(), words(&error));
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
    Read::by_ref(&mut file).take(BYTES_MAX as u64).read_to_end(&mut bytes).map_err(failed)?;
    close_to_others(&file, 0o600).map_err(failed)?;
    let letterbox = Letterbox::from_bytes(&bytes);
    letterbox.map(Some).ok_or_else(|| en::files::damaged_prekeys(path))
}
