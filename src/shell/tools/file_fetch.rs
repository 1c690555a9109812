//! `get`: waits for an offer, fetches it, and says what became of that.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use serde_json::json as object;

use crate::chat::base::time::Moment;
use crate::shell::cli::options::{Options, WantedFile};
use crate::shell::files::destination::folder_and_name;
use crate::shell::sys::error::words;
use crate::shell::sys::rng::random_name;
use crate::shell::sys::stdio::{print, print_file};
use crate::shell::tools::file_session::{FileSession, code, text_of};
use crate::view::words::en;

/// Offers that stand come together; the newest is meant, so it is waited a moment for others.
const SETTLE_FOR: Duration = Duration::from_millis(300);
/// What somebody offers is often heard of before that somebody: whoever is here is meant, so it is waited for that, too.
const COMES_WITHIN: Duration = Duration::from_secs(1);
/// What our commands are known by.
const LIST: u32 = 1;
const GET: u32 = 2;

/// Fetches, and returns the exit code.
pub fn run(options: &Options, wanted: &WantedFile) -> u8 {
    let mut session = match FileSession::open(options) {
        Ok(session) => session,
        Err(code) => return code,
    };
    let code = fetch(&mut session, options, wanted).unwrap_or_else(|code| code);
    session.go_on();
    session.end();
    code
}

fn fetch(session: &mut FileSession, options: &Options, wanted: &WantedFile) -> Result<u8, u8> {
    let bound = session.patience(options);
    if let Some(missing) = wanted.output.as_deref().and_then(missing_folder) {
        session.fail(&en::get::no_folder(&missing.display().to_string()));
        return Ok(code::FAILED);
    }
    let Some(offer) = find(session, wanted, bound)? else {
        session.fail(&en::get::no_offer(wanted.called.as_deref()));
        return Ok(code::TOO_FEW);
    };
    let Some(output) = wanted.output.as_deref().filter(|output| *output == Path::new("-")) else {
        let to = wanted.output.as_ref().map(|output| std::path::absolute(output).unwrap_or_else(|_| output.clone()));
        return follow(session, options, &offer, (wanted.is_forced, false), to.as_deref()).map(|(code, path)| {
            if let (Some(path), false) = (path, options.json) {
                print(&format!("{path}\n"));
            }
            code
        });
    };
    if offer.is_folder {
        session.fail(&en::get::folder_to(&output.display().to_string()));
        return Ok(code::WRONG_USAGE);
    }
    let spool = Spool::new().map_err(|error| {
        session.fail(&en::system::cannot("make a folder", words(&error)));
        code::FAILED
    })?;
    let (code, path) = follow(session, options, &offer, (false, true), Some(&spool.0.join("stream")))?;
    let Some(path) = path else { return Ok(code) };
    match fs::File::open(path).and_then(print_file) {
        Ok(()) => Ok(code),
        Err(error) => {
            session.fail(&en::system::cannot("write to standard output", words(&error)));
            Ok(code::FAILED)
        }
    }
}

/// The folder of what is named, where there is none.
fn missing_folder(output: &Path) -> Option<PathBuf> {
    let (folder, _) = folder_and_name(output.to_str()?);
    (!folder.is_dir()).then_some(folder)
}

/// A folder of our own, for what goes to standard output once all of it is proven.
struct Spool(PathBuf);

impl Spool {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("chinwag-{}", random_name()));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // it is in the folder for what is not needed any more
    }
}

/// An offer, as the session tells it.
#[derive(Clone, Debug)]
struct OfferSeen {
    id: String,
    name: String,
    author: String,
    who: String,
    is_folder: bool,
    /// Its author is not here.
    is_absent: bool,
    sent: u64,
}

impl OfferSeen {
    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        if value["own"] == true {
            return None;
        }
        let tag = value["tag"].as_str().map(|tag| format!("#{tag}")).unwrap_or_default();
        Some(Self {
            id: text("offer")?,
            name: text("name")?,
            author: text("author")?,
            who: format!("{}{tag}", text("nick")?),
            is_folder: value["folder"] == true,
            is_absent: value["absent"] == true,
            sent: value["sent_ms"].as_u64().unwrap_or(0),
        })
    }

    fn is_wanted(&self, wanted: &WantedFile) -> bool {
        let is_called = wanted.called.as_ref().is_none_or(|called| self.id == *called || self.name == *called);
        let nick = self.who.split('#').next().unwrap_or_default();
        let is_from = |from: &String| [self.who.as_str(), nick].iter().any(|name| name.eq_ignore_ascii_case(from));
        is_called && wanted.from.as_ref().is_none_or(is_from)
    }
}

/// Waits for an offer that is meant; `None`: none came in time.
fn find(session: &mut FileSession, wanted: &WantedFile, bound: Option<Moment>) -> Result<Option<OfferSeen>, u8> {
    let list = object!({ "type": "files", "id": LIST });
    session.ask(&list)?;
    // When it is asked again which offers stand, and until when it is waited for those who are not here yet.
    let (mut again, mut absent): (Option<Moment>, Option<Moment>) = (None, None);
    loop {
        let Some(value) = session.next(again.into_iter().chain(bound).min())? else {
            if again.take_if(|due| *due <= session.now()).is_some() {
                session.ask(&list)?;
            } else if bound.is_some_and(|bound| bound <= session.now()) {
                return Ok(None);
            }
            continue;
        };
        match value["type"].as_str() {
            Some("answer") if value["id"] == LIST => {
                let all = value["offers"].as_array().into_iter().flatten().filter_map(OfferSeen::of);
                let all: Vec<OfferSeen> = all.filter(|offer| offer.is_wanted(wanted)).collect();
                let is_anybody_here = all.iter().any(|offer| !offer.is_absent);
                let comes = *absent.get_or_insert_with(|| session.now().after(COMES_WITHIN));
                if !is_anybody_here && session.now() < comes {
                    again = (!all.is_empty()).then_some(comes);
                    absent = absent.filter(|_| again.is_some());
                } else if let Some(found) = choose(session, wanted, &all)? {
                    return Ok(Some(found));
                }
            }
            Some("offer") if OfferSeen::of(&value).is_some_and(|offer| offer.is_wanted(wanted)) => {
                again = Some(session.now().after(SETTLE_FOR));
            }
            Some("peer") if absent.is_some() && value["change"] == "joined" => again = Some(session.now()),
            _ => {}
        }
    }
}

/// The newest of those who are here; nothing is guessed where several people offer something of its name.
fn choose(session: &mut FileSession, wanted: &WantedFile, all: &[OfferSeen]) -> Result<Option<OfferSeen>, u8> {
    // Whoever is called by an id is meant, whatever others call their files.
    if let Some(named) = all.iter().find(|offer| wanted.called.as_ref() == Some(&offer.id)) {
        return Ok(Some(named.clone()));
    }
    let newest = all.iter().max_by_key(|offer| (!offer.is_absent, offer.sent));
    let Some(newest) = newest else { return Ok(None) };
    let is_rival = |offer: &&OfferSeen| {
        offer.name == newest.name && offer.author != newest.author && offer.is_absent == newest.is_absent
    };
    let rivals: Vec<String> =
        all.iter().filter(is_rival).map(|offer| format!("{} from {}", offer.id, offer.who)).collect();
    if rivals.is_empty() {
        return Ok(Some(newest.clone()));
    }
    session.fail(&en::get::several(&newest.id, &newest.who, &rivals));
    Err(code::FAILED)
}

/// Fetches it. The exit code, and where it is.
fn follow(
    session: &mut FileSession,
    options: &Options,
    offer: &OfferSeen,
    (is_forced, is_stream): (bool, bool),
    to: Option<&Path>,
) -> Result<(u8, Option<String>), u8> {
    let mut command = object!({ "type": "get", "id": GET, "offer": offer.id, "force": is_forced });
    if let Some(to) = to {
        let Some(to) = to.to_str() else {
            session.fail(en::get::NO_UTF_8);
            return Err(code::FAILED);
        };
        command["dest"] = to.into();
    }
    session.ask(&command)?;
    let mut is_begun_here = true;
    let followed = watch(session, options, offer, is_stream, &mut is_begun_here);
    if is_begun_here && !matches!(followed, Ok((code::DONE, _))) {
        let stop = object!({ "type": "cancel", "offer": offer.id, "keep": true });
        session.ask_last(&stop); // or it would come later; what came is there for the next time
    }
    followed
}

/// Tells how it goes, to its end.
fn watch(
    session: &mut FileSession,
    options: &Options,
    offer: &OfferSeen,
    is_stream: bool,
    is_begun_here: &mut bool,
) -> Result<(u8, Option<String>), u8> {
    let (mut has_begun, mut bound) = (false, session.patience(options));
    loop {
        let Some(value) = session.next(bound)? else {
            if bound.is_none() {
                continue;
            }
            session.fail(&en::get::not_in_time(&offer.who));
            return Ok((if has_begun { code::UNFINISHED } else { code::TOO_FEW }, None));
        };
        if value["type"] == "error" && value["id"] == GET {
            // Somebody else of this profile fetches it already: we wait with them, and what they began they stop.
            *is_begun_here = value["kind"] != "fetched-already";
            if *is_begun_here {
                session.fail(&text_of(&value));
                return Err(code::FAILED);
            }
            has_begun = true;
        }
        if value["type"] != "transfer" || value["offer"] != offer.id.as_str() {
            continue;
        }
        match value["state"].as_str() {
            Some("started") => {
                (has_begun, bound) = (true, session.patience(options));
                session.tell_text(&value);
            }
            Some("progress") => {
                let number = |key: &str| value[key].as_u64().unwrap_or(0);
                bound = session.patience(options);
                session.row(&en::get::progress(&offer.name, number("done"), number("bytes"), number("rate")));
            }
            Some("waiting" | "busy") => {
                bound = session.patience(options);
                session.tell_text(&value);
            }
            Some("complete" | "already") => {
                if !is_stream {
                    session.tell_text(&value);
                }
                return Ok((code::DONE, value["path"].as_str().map(str::to_owned)));
            }
            Some("failed" | "cancelled" | "withdrawn") => {
                session.fail(&text_of(&value));
                return Ok((if has_begun { code::UNFINISHED } else { code::FAILED }, None));
            }
            _ => {}
        }
    }
}
