//! An examination through the socket of a session.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use serde_json::json as object;

use crate::chat::api::ending::Ending;
use crate::chat::api::finding::Diagnosis;
use crate::chat::base::limits::EXAMINED_EVERY;
use crate::shell::cli::options::Options;
use crate::shell::net::lan::Interfaces;
use crate::shell::net::resolve::{Unresolved, resolve};
use crate::shell::sys::stdio::{last_words, print, try_print};
use crate::shell::tools::session_link::{ReplyLine, SessionLink};
use crate::view::json;
use crate::view::text;
use crate::view::words::en;

/// How long a session may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// And to examine everything: it listens for seven seconds, and waits for answers up to five.
const EXAMINED_WITHIN: Duration = Duration::from_secs(30);
/// What our command is known by.
const DOCTOR: u32 = 1;

/// Examines the session that uses the profile in this folder, where it is in the room that is asked about.
pub fn in_session(options: &Options, repeats: bool, is_room_given: bool, folder: &Path) -> Option<u8> {
    let mut session = SessionLink::connect(folder)?;
    let Ok(Some(ready)) = session.next(session.now().after(READY_WITHIN)) else { return None };
    let is_open =
        |name: &str| ready.value["rooms"].as_array().is_some_and(|rooms| rooms.iter().any(|open| open == name));
    if ready.value["version"] != json::VERSION
        || is_room_given && !options.rooms.iter().all(|room| is_open(room.as_str()))
    {
        return None;
    }
    let peers = match addresses(options) {
        Ok(peers) => peers,
        Err(why) => return Some(fail(options, &why.to_string())),
    };
    loop {
        let verdict = match examine(&mut session, options, &peers) {
            Ok(verdict) => verdict,
            Err(Stopped::Refused(why)) => return Some(fail(options, &why)),
            Err(Stopped::Lost) => return Some(fail(options, en::system::SESSION_ENDED)),
            Err(Stopped::Unread) => return Some(Ending::OutputClosed.code()),
        };
        if !repeats {
            return Some(exit(options, Ending::Examined(verdict)));
        }
        if !options.json {
            print("\n");
        }
        let next = session.now().after(EXAMINED_EVERY);
        while let Ok(Some(_)) = session.next(next) {} // what is said meanwhile is of no interest
    }
}

/// Why there is no verdict.
enum Stopped {
    /// In the session's words.
    Refused(String),
    /// The session has ended, or says nothing.
    Lost,
    /// Nobody reads it any more.
    Unread,
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Unread } else { Self::Lost }
    }
}

/// The addresses that are to answer.
fn addresses(options: &Options) -> Result<Vec<SocketAddr>, Unresolved> {
    let interfaces = Interfaces::scan().unwrap_or_default();
    let mut all = Vec::new();
    for peer in &options.peers {
        all.extend(resolve(peer, &interfaces)?);
    }
    Ok(all)
}

fn examine(session: &mut SessionLink, options: &Options, peers: &[SocketAddr]) -> Result<Diagnosis, Stopped> {
    let mut request = object!({ "type": "doctor", "id": DOCTOR });
    if !peers.is_empty() {
        request["peers"] = peers.iter().map(ToString::to_string).collect();
    }
    session.write(&request).map_err(|_| Stopped::Lost)?;
    let bound = session.now().after(EXAMINED_WITHIN);
    while let Some(ReplyLine { value, written }) = session.next(bound)? {
        let is_ours = value["id"] == DOCTOR;
        match value["type"].as_str() {
            Some("finding") if is_ours && options.json => try_print(&format!("{written}\n"))?,
            Some("finding") if is_ours => try_print(&record(&value))?,
            Some("answer") if is_ours => return verdict(&value).ok_or(Stopped::Lost),
            Some("error") if is_ours => {
                return Err(Stopped::Refused(value["text"].as_str().unwrap_or_default().to_owned()));
            }
            Some("exit") => break,
            _ => {}
        }
    }
    Err(Stopped::Lost)
}

fn verdict(answer: &Value) -> Option<Diagnosis> {
    let all =
        [Diagnosis::BothWays, Diagnosis::SomeBothWays, Diagnosis::NotBothWays, Diagnosis::Nobody, Diagnosis::Fault];
    all.into_iter().find(|&verdict| answer["verdict"] == json::verdict(verdict))
}

/// As a session of one's own writes it.
fn record(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str();
    let words =
        en::findings::finding(text("result").unwrap_or_default(), text("text").unwrap_or_default(), text("advice"));
    let mut record = String::new();
    text::sanitise_block(&words, &mut record);
    record.push('\n');
    record
}

fn fail(options: &Options, why: &str) -> u8 {
    let mut safe = String::new();
    text::sanitise(why, &mut safe);
    if options.json {
        print(&format!("{}\n", object!({ "type": "error", "kind": "fatal", "text": safe })));
        return exit(options, Ending::Failed);
    }
    last_words(&format!("chinwag: {safe}"));
    Ending::Failed.code()
}

fn exit(options: &Options, ending: Ending) -> u8 {
    if options.json {
        print(&format!("{}\n", object!({ "type": "exit", "code": ending.code(), "reason": en::ending(ending) })));
    } else {
        last_words(en::ending(ending));
    }
    ending.code()
}
