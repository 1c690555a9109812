//! `send --file`: offers files, serves them until they have arrived, and says what became of that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use serde_json::json as object;

use crate::chat::base::time::Moment;
use crate::shell::cli::options::{FilesToSend, Options};
use crate::shell::sys::error::words;
use crate::shell::sys::rng::random_name;
use crate::shell::term::input::copy_whole;
use crate::shell::tools::file_session::{FileSession, code, text_of};
use crate::view::words::en;

/// Whoever begins so long after the first has all of it still counts.
const OTHERS_WITHIN: Duration = Duration::from_secs(5);
/// Whom it is to may not be known yet: that is asked again after this.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// What our commands are known by: the files by their place from here on.
const SAY: u64 = 1;
const CANCEL: u64 = 2;
const FIRST: u64 = 10;

/// Offers, and returns the exit code.
pub fn run(options: &Options, wanted: &FilesToSend) -> u8 {
    let mut session = match FileSession::open(options) {
        Ok(session) => session,
        Err(code) => return code,
    };
    let code = offer(&mut session, options, wanted).unwrap_or_else(|code| code);
    session.end();
    code
}

fn offer(session: &mut FileSession, options: &Options, wanted: &FilesToSend) -> Result<u8, u8> {
    let mut spool = None;
    let mut paths = Vec::new();
    for path in &wanted.paths {
        let path = if path.as_path() == Path::new("-") {
            let name = wanted.name.as_deref().unwrap_or("stdin");
            let spooled = Spooled::read(name).map_err(|error| {
                session.fail(&en::system::cannot("read standard input", words(&error)));
                code::FAILED
            })?;
            spool.insert(spooled).path.clone()
        } else {
            std::path::absolute(path).unwrap_or_else(|_| path.clone())
        };
        let Some(path) = path.to_str() else {
            session.fail(en::get::NO_UTF_8);
            return Err(code::FAILED);
        };
        paths.push(path.to_owned());
    }
    let room = options.rooms.first().map(ToString::to_string).unwrap_or_default();
    let mut offers = Offering { paths, room, to: options.to.clone(), ..Offering::default() };
    let served = offers.serve(session, options, wanted);
    session.go_on(); // also for whoever interrupts it everything is withdrawn
    if !wanted.keeps {
        offers.withdraw(session)?;
    } else if session.is_started() && !offers.offered.is_empty() {
        session.tell(en::get::STAYS);
    }
    served
}

/// Standard input, in a file that is only ours until this ends.
struct Spooled {
    folder: PathBuf,
    path: PathBuf,
}

impl Spooled {
    fn read(name: &str) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("chinwag-{}", random_name()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let spooled = Self { path: folder.join(name), folder };
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&spooled.path)?;
        copy_whole(&mut file)?;
        Ok(spooled)
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder); // it is in the folder for what is not needed any more
    }
}

/// What is offered, and who fetches it.
#[derive(Default)]
struct Offering {
    paths: Vec<String>,
    room: String,
    to: Option<String>,
    /// Files that are to be asked for again, each then: whom they are to is not known yet.
    again: BTreeMap<usize, Moment>,
    /// The ids of offers, in the order in which they stood.
    offered: Vec<String>,
    /// Who fetches which now.
    fetching: BTreeSet<(String, String)>,
    /// Who has all of which.
    done: BTreeSet<(String, String)>,
    first_done: Option<Moment>,
    /// Somebody began, whatever came of it.
    has_come: bool,
    /// The one it is to does not want it, or a file changed: nothing more comes of it.
    is_over: bool,
    /// Whom it is to is not known yet: what the session says of that.
    not_known: Option<String>,
}

impl Offering {
    fn serve(&mut self, session: &mut FileSession, options: &Options, wanted: &FilesToSend) -> Result<u8, u8> {
        (0..self.paths.len()).try_for_each(|at| self.ask(session, at))?;
        let mut is_said = wanted.text.is_none();
        let mut patience = session.patience(options);
        loop {
            let is_all = self.offered.len() == self.paths.len();
            // A large file is read for long; and whoever fetches may take as long as it takes.
            let waits = patience.filter(|_| self.fetching.is_empty() && (is_all || self.not_known.is_some()));
            let others = self.first_done.map(|done| done.after(OTHERS_WITHIN)).filter(|due| *due > session.now());
            let next = [waits, others, self.again.values().min().copied()].into_iter().flatten().min();
            let told = session.next(next)?;
            let now = session.now();
            let due: Vec<usize> = self.again.iter().filter(|(_, due)| **due <= now).map(|(&at, _)| at).collect();
            for at in due {
                self.again.remove(&at);
                self.ask(session, at)?;
            }
            match told {
                Some(value) if value["type"] == "error" => {
                    if let Some(code) = self.refused(session, &value, patience) {
                        return Ok(code);
                    }
                }
                Some(value) if self.take(session, &value) => patience = session.patience(options),
                Some(_) => {}
                None if waits.is_some_and(|bound| bound <= now) => return Ok(self.in_vain(session)),
                None => {}
            }
            if !is_said && self.offered.len() == self.paths.len() {
                is_said = true;
                self.say(session, wanted.text.as_deref().unwrap_or_default())?;
            }
            if let Some(code) = self.outcome(session, options) {
                return Ok(code);
            }
        }
    }

    /// A file is not offered: for good, with the exit code, or as whom it is to is not known yet.
    fn refused(&mut self, session: &mut FileSession, value: &Value, patience: Option<Moment>) -> Option<u8> {
        let at = usize::try_from(value["id"].as_u64()?.checked_sub(FIRST)?).ok()?;
        let is_early = matches!(value["kind"].as_str(), Some("nobody" | "unsealable"));
        if is_early && patience.is_none_or(|bound| session.now() < bound) {
            self.again.insert(at, session.now().after(ASK_AGAIN));
            self.not_known = Some(text_of(value));
            return None;
        }
        session.fail(&text_of(value));
        Some(if is_early { code::NOBODY } else { code::FAILED })
    }

    /// Nobody comes any more.
    fn in_vain(&self, session: &mut FileSession) -> u8 {
        let not_known = self.not_known.as_deref().filter(|_| self.offered.is_empty());
        let why = if self.has_come { en::get::NOBODY_FINISHED } else { en::get::NOBODY_CAME };
        session.fail(not_known.unwrap_or(why));
        if self.has_come { code::UNFINISHED } else { code::NOBODY }
    }

    fn ask(&self, session: &mut FileSession, at: usize) -> Result<(), u8> {
        let id = FIRST + at as u64;
        let mut command = object!({ "type": "send_file", "id": id, "path": self.paths[at], "room": self.room });
        if let Some(to) = &self.to {
            command["to"] = to.as_str().into();
        }
        session.ask(&command)
    }

    fn say(&self, session: &mut FileSession, text: &str) -> Result<(), u8> {
        session.ask(&match &self.to {
            Some(to) => object!({ "type": "msg", "id": SAY, "room": self.room, "to": to, "text": text }),
            None => object!({ "type": "say", "id": SAY, "room": self.room, "text": text }),
        })
    }

    /// Takes what the session tells. Says whether it is waited anew for somebody.
    fn take(&mut self, session: &mut FileSession, value: &Value) -> bool {
        let author = value["with"]["author"].as_str().unwrap_or_default().to_owned();
        let offer = value["offer"].as_str().unwrap_or_default().to_owned();
        match value["type"].as_str() {
            Some("answer") if value["id"].as_u64().is_some_and(|id| id >= FIRST) => {
                session.tell(&en::get::offered(value["name"].as_str().unwrap_or_default(), &offer));
                self.offered.push(offer);
            }
            Some("peer") if matches!(value["change"].as_str(), Some("left" | "lost")) => {
                let gone = value["author"].as_str().unwrap_or_default();
                let before = self.fetching.len();
                self.fetching.retain(|(who, _)| who != gone);
                return self.fetching.len() < before;
            }
            Some("transfer") if self.offered.contains(&offer) => {
                self.take_state(session, value, (author, offer));
            }
            _ => return false,
        }
        true
    }

    fn take_state(&mut self, session: &mut FileSession, value: &Value, (author, offer): (String, String)) {
        match value["state"].as_str() {
            Some("started") => {
                self.has_come = true;
                self.fetching.insert((author, offer));
            }
            Some("complete") => {
                self.first_done.get_or_insert(session.now());
                self.fetching.remove(&(author.clone(), offer.clone()));
                self.done.insert((author, offer));
            }
            Some("cancelled") => {
                self.fetching.remove(&(author, offer));
            }
            Some("declined") => self.is_over |= self.to.is_some(),
            Some("failed") => self.is_over = true,
            _ => {}
        }
        session.tell_text(value);
    }

    /// The exit code, once it is clear.
    fn outcome(&self, session: &mut FileSession, options: &Options) -> Option<u8> {
        if self.is_over {
            return Some(code::UNFINISHED);
        }
        let first = self.first_done?;
        let is_all = self.offered.len() == self.paths.len();
        let is_late = session.now() >= first.after(OTHERS_WITHIN);
        let is_served = match self.to {
            Some(_) => self.done.len() >= self.paths.len(), // all of them by the one they are to
            None => is_late && self.fetching.is_empty(),
        };
        if !is_all || !is_served {
            return None;
        }
        let authors: BTreeSet<&String> = self.done.iter().map(|(author, _)| author).collect();
        if authors.len() >= options.wait_peers.max(1) {
            return Some(code::DONE);
        }
        session.fail(&en::get::too_few(authors.len(), options.wait_peers));
        Some(code::TOO_FEW)
    }

    /// Withdraws what is offered.
    fn withdraw(&self, session: &mut FileSession) -> Result<(), u8> {
        let mut waiting = 0;
        for offer in &self.offered {
            session.ask(&object!({ "type": "cancel", "id": CANCEL, "offer": offer }))?;
            waiting += 1;
        }
        let bound = session.now().after(OTHERS_WITHIN);
        while waiting > 0
            && let Some(value) = session.next(Some(bound))?
        {
            waiting -= usize::from(value["id"].as_u64() == Some(CANCEL));
        }
        Ok(())
    }
}
