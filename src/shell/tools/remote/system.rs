//! One message through the socket of a session: connected, said, waited for.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use serde_json::json as object;

use crate::chat::api::ending::Ending;
use crate::chat::api::expect::Expect;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Notice;
use crate::chat::api::refusal::TextRefusal;
use crate::chat::base::address::Zones;
use crate::chat::base::limits::{CONFIRM_WITHIN, SMALL_ROOM_MAX};
use crate::chat::base::time::Wall;
use crate::shell::cli::options::Options;
use crate::shell::clients::socket_path;
use crate::shell::clients::stdin_parser::StdinParser;
use crate::shell::profile::is_in_use;
use crate::shell::sys::error::words;
use crate::shell::sys::stdio::{last_words, print};
use crate::shell::term::input::read_whole;
use crate::shell::tools::session_link::{ReplyLine, SessionLink};
use crate::view::json;
use crate::view::text;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// How long a session may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// How long a session may take to say who is there: somebody has pressed Tab and looks.
const PEOPLE_WITHIN: Duration = Duration::from_millis(300);
/// How much longer than a verdict takes it is waited for.
const VERDICT_LATER: Duration = Duration::from_secs(2);

/// Says it there, where the session is in the room.
pub fn in_session(options: &Options, given: Option<&str>, folder: &Path) -> Option<u8> {
    if let Err(error) = socket_path::of(folder)
        && is_in_use(folder)
        && !options.is_quiet
        && !options.json
    {
        last_words(&en::system::session_not_found(words(&error)));
    }
    let mut session = SessionLink::connect(folder)?;
    let room = options.rooms.first()?.as_str();
    let patience = options.timeout.map_or(READY_WITHIN, |timeout| READY_WITHIN.min(timeout / 2));
    let Ok(Some(ready)) = session.next(session.now().after(patience)) else {
        if !options.is_quiet && !options.json {
            last_words(en::system::SESSION_SILENT);
        }
        return None;
    };
    let is_there = ready.value["rooms"].as_array().is_some_and(|rooms| rooms.iter().any(|open| open == room));
    if ready.value["version"] != json::VERSION || !is_there {
        return None;
    }
    let ending = read(given).and_then(|text| {
        if text.is_none() {
            tell_empty(options);
        }
        say(&mut session, options, room, text.as_deref())
    });
    let ending = ending.unwrap_or_else(|why| {
        tell(options, &why);
        Ending::Failed
    });
    if options.json {
        print(&format!("{}\n", object!({ "type": "exit", "code": ending.code(), "reason": en::ending(ending) })));
    } else if matches!(ending, Ending::NobodyThere | Ending::NotConfirmed | Ending::NotExpected | Ending::TooFew) {
        last_words(&format!("chinwag: {}", en::ending(ending)));
    }
    Some(ending.code())
}

/// Who is in its first room. Nobody, where no session answers at once.
pub fn people(folder: &Path) -> Vec<String> {
    let Some(mut session) = SessionLink::connect(folder) else { return Vec::new() };
    let bound = session.now().after(PEOPLE_WITHIN);
    let mut is_asked = false;
    while let Ok(Some(ReplyLine { value, .. })) = session.next(bound) {
        if !is_asked && session.write(&object!({ "type": "who", "id": WHO })).is_err() {
            break;
        }
        is_asked = true;
        if value["type"] == "answer" && value["id"] == WHO {
            let people = value["people"].as_array().into_iter().flatten();
            return people.filter_map(nick_with_tag).collect();
        }
    }
    Vec::new()
}

fn nick_with_tag(person: &Value) -> Option<String> {
    let tag = person["tag"].as_str().map(|tag| format!("#{tag}")).unwrap_or_default();
    Some(format!("{}{tag}", person["nick"].as_str()?))
}

fn tell(options: &Options, why: &str) {
    if options.json {
        print(&format!("{}\n", object!({ "type": "error", "text": why })));
    } else {
        let mut safe = String::new();
        text::sanitise(why, &mut safe);
        last_words(&format!("chinwag: {safe}"));
    }
}

/// As a session of one's own tells it.
fn tell_empty(options: &Options) {
    let words = en::notice(&Notice::NothingSent, &Zones::default(), &LocalTime::default());
    match (options.is_quiet, options.json) {
        (true, _) => {}
        (false, true) => {
            print(&format!("{}\n", object!({ "type": "notice", "kind": "nothing-sent", "text": words })));
        }
        (false, false) => last_words(&words),
    }
}

/// What is to be said: the words given, or all of standard input. `None`: nothing.
fn read(given: Option<&str>) -> Result<Option<String>, String> {
    let mut parser = StdinParser::of_send(given.map(str::to_owned));
    let mut bytes = Vec::new();
    if given.is_none() {
        let most = 2 * crate::chat::base::limits::MESSAGE_BYTES_MAX as u64;
        let failed = |error| en::system::cannot("read standard input", words(&error));
        bytes = read_whole(most).map_err(failed)?;
    }
    match parser.next(&mut bytes.as_slice(), true) {
        Some(Input::Say(text)) => text.map(Some).map_err(|bad| en::refusal(&TextRefusal::in_room(bad).into())),
        _ => Ok(None),
    }
}

/// Says it, where there is anything, and waits for what is to come of it.
fn say(session: &mut SessionLink, options: &Options, room: &str, text: Option<&str>) -> Result<Ending, String> {
    let lost = |_| en::system::SESSION_ENDED.to_owned();
    let is_held = options.wait_peers > 0;
    if text.is_none() && !is_held && options.expect.is_none() {
        return Ok(Ending::EndOfInput);
    }
    let words = text.map(|text| match &options.to {
        Some(to) => object!({ "type": "msg", "id": SAY, "room": room, "to": to, "text": text }),
        None => object!({ "type": "say", "id": SAY, "room": room, "text": text }),
    });
    let who = object!({ "type": "who", "id": WHO, "room": room });
    let first = if is_held { Some(&who) } else { words.as_ref() };
    first.map_or(Ok(()), |first| session.write(first)).map_err(lost)?;
    let mut wait = Wait {
        room: room.to_owned(),
        since: session.wall(),
        expect: options.expect.clone(),
        has_own_patience: options.timeout.is_some(),
        is_json: options.json,
        is_asked: false,
        held: is_held.then_some(options.wait_peers),
    };
    let start = session.now();
    let mut bound = match options.timeout {
        Some(timeout) => Some(start.after(timeout)),
        None if wait.expect.is_some() || is_held => None,
        None => Some(start.after(CONFIRM_WITHIN * 3 + VERDICT_LATER)), // in large rooms a beacon is waited for
    };
    loop {
        let next = match bound {
            Some(bound) => session.next(bound),
            None => session.next(session.now().after(Duration::from_secs(3600))),
        };
        match next.map_err(lost)? {
            Some(object) if wait.held.is_some() => match wait.on_company(&object) {
                Company::Enough => match &words {
                    Some(words) => session.write(words).map_err(lost)?,
                    None if options.expect.is_none() => return Ok(Ending::EndOfInput),
                    None => {}
                },
                Company::Changed => session.write(&who).map_err(lost)?,
                Company::Same => {}
            },
            Some(object) => {
                if let Some(ending) = wait.on_object(&object)? {
                    return Ok(ending);
                }
            }
            None if bound.is_none() => {}
            None if wait.held.is_some() => return Ok(Ending::TooFew),
            None if wait.expect.is_some() => return Ok(Ending::NotExpected),
            None if wait.is_asked => return Ok(Ending::NotConfirmed),
            None => {
                // No verdict yet, and no more time: whether somebody is there decides.
                session.write(&who).map_err(lost)?;
                wait.is_asked = true;
                bound = Some(session.now().after(VERDICT_LATER));
            }
        }
    }
}

/// What our commands are known by.
const SAY: u32 = 1;
const WHO: u32 = 2;

/// What is waited for.
struct Wait {
    room: String,
    /// When this began.
    since: Wall,
    expect: Option<Expect>,
    /// How long was said, so a verdict that somebody is missing is not the last word.
    has_own_patience: bool,
    is_json: bool,
    /// It was asked who is there.
    is_asked: bool,
    /// Nothing is said before so many others are there.
    held: Option<usize>,
}

/// What became of those who are there.
enum Company {
    /// There are as many as are waited for.
    Enough,
    /// Somebody came or went.
    Changed,
    /// Neither.
    Same,
}

impl Wait {
    fn on_object(&mut self, object: &ReplyLine) -> Result<Option<Ending>, String> {
        let ReplyLine { value, .. } = object;
        let is_ours = |id: u32| value["id"] == id;
        match value["type"].as_str() {
            Some("error") if is_ours(SAY) && value["kind"] == "nobody" => {
                self.pass_on(object);
                if !self.is_json {
                    let mut safe = String::new();
                    text::sanitise(value["text"].as_str().unwrap_or_default(), &mut safe);
                    last_words(&format!("chinwag: {safe}"));
                }
                Ok(Some(Ending::NobodyThere))
            }
            Some("error") if is_ours(SAY) => Err(value["text"].as_str().unwrap_or("refused").to_owned()),
            Some("message") => Ok(self.on_message(object)),
            Some("delivery") if value["ids"].as_array().is_some_and(|ids| ids.iter().any(|id| id == SAY)) => {
                self.pass_on(object);
                Ok(self.on_verdict(value))
            }
            Some("answer") if is_ours(WHO) => {
                let is_empty = value["people"].as_array().is_none_or(Vec::is_empty);
                Ok(Some(if is_empty { Ending::NobodyThere } else { Ending::NotConfirmed }))
            }
            Some("answer") if is_ours(SAY) => {
                self.pass_on(object);
                Ok(None)
            }
            Some("exit") => Err(en::system::SESSION_ENDED.to_owned()),
            _ => Ok(None),
        }
    }

    fn on_company(&mut self, object: &ReplyLine) -> Company {
        let value = &object.value;
        match value["type"].as_str() {
            Some("answer") if value["id"] == WHO => {
                let count = value["people"].as_array().map_or(0, Vec::len);
                if self.held.is_some_and(|wanted| count >= wanted) {
                    self.held = None;
                    return Company::Enough;
                }
                Company::Same
            }
            Some("peer") => Company::Changed,
            _ => Company::Same,
        }
    }

    fn on_message(&mut self, object: &ReplyLine) -> Option<Ending> {
        let expect = self.expect.as_mut()?;
        let value = &object.value;
        let text = value["text"].as_str().or(value["action"].as_str())?;
        // What was said since counts also where the session had to fetch it, as it does in a session of one's own.
        let is_before = value["backlog"] == true && value["sent_ms"].as_u64().is_none_or(|sent| sent < self.since.0);
        if value["room"] != self.room.as_str() || is_before || value["history"] == true {
            return None;
        }
        if !expect.take(text) {
            return None;
        }
        let is_met = expect.is_met();
        if self.is_json {
            self.pass_on(object);
        } else {
            print(&record(value, text));
        }
        is_met.then_some(Ending::Expected)
    }

    fn on_verdict(&self, value: &Value) -> Option<Ending> {
        let number = |key: &str| value[key].as_u64().unwrap_or(0);
        let (confirmed, of) = (number("confirmed"), number("of"));
        let is_large = of > SMALL_ROOM_MAX as u64;
        if self.expect.is_some() {
            return None; // the answer decides
        }
        if of > 0 && (confirmed == of || is_large && confirmed > 0) {
            return Some(Ending::EndOfInput);
        }
        (!self.has_own_patience).then_some(if of == 0 { Ending::NobodyThere } else { Ending::NotConfirmed })
    }

    fn pass_on(&self, object: &ReplyLine) {
        if self.is_json {
            print(&format!("{}\n", object.written));
        }
    }
}

/// `<alice> text` or `* alice text`, as a session writes it.
fn record(object: &Value, said: &str) -> String {
    let nick = object["nick"].as_str().unwrap_or_default();
    let tag = object["tag"].as_str().map(|tag| format!("#{tag}")).unwrap_or_default();
    let to = object["to"].as_str().map(|to| format!(" → {to}")).unwrap_or_default();
    let who = if object["action"].is_string() { format!("* {nick}{tag}{to} ") } else { format!("<{nick}{tag}{to}> ") };
    let mut record = String::new();
    text::sanitise(&who, &mut record);
    text::sanitise_block(said, &mut record);
    record.push('\n');
    record
}
