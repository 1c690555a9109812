//! What happens: what is said, who comes and goes, what fails, how it ends.

use std::borrow::Cow;

use super::{offers, refusal};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Fault, Listening, MainAddress};
use crate::chat::api::refusal::Refusal;
use crate::chat::api::requester::{Client, Requester};
use crate::chat::api::talk::{Change, InstanceKind, Marks, MessageBody, Speaker, Takeback};
use crate::chat::base::address::Zones;
use crate::chat::base::metrics::Trace;
use crate::chat::base::time::Wall;
use crate::view::text::when::LocalTime;

/// What is said of what only a live screen can do.
pub const OF_SCREEN: &str = "that is of the live screen; here the terminal does it";

/// Where the session is heard.
pub fn listening(listening: &Listening, zones: &Zones) -> String {
    let Some(MainAddress { address, interface, has_others }) = &listening.main else {
        let places: Vec<String> = listening.bound.iter().map(|&address| zones.name(address).to_string()).collect();
        return format!("listening on {}", places.join(" and "));
    };
    format!("You are at {address} ({interface}){}", if *has_others { "; others in /net" } else { "" })
}

/// What is said, or what is said instead of it.
pub fn words<'w>(words: &'w MessageBody, said: Wall, local: &LocalTime) -> Cow<'w, str> {
    let instead = match words {
        MessageBody::Text(text) | MessageBody::Action(text) => text,
        MessageBody::Topic(topic) => return Cow::Owned(format!("sets the topic: {topic}")),
        MessageBody::Deletion(Takeback { sent: Some(sent), is_offer: false, .. }) => {
            let is_of_day = local.day(*sent) == local.day(said);
            let time = if is_of_day { local.minute(*sent) } else { local.second(*sent) };
            return Cow::Owned(format!("takes back what was said at {time}"));
        }
        MessageBody::Offer(offered) => return Cow::Owned(offers(offered)),
        MessageBody::Deletion(Takeback { is_offer: true, .. }) => "withdraws an offer",
        MessageBody::Deletion(_) => "takes back an earlier message",
        MessageBody::Sealed => "wrote something to you alone that cannot be opened any more",
        MessageBody::Later => "said something that needs a newer version",
        MessageBody::Damaged => "said something damaged",
    };
    Cow::Borrowed(instead)
}

/// What is particular about a message, behind it.
pub fn marks(marks: Marks) -> &'static str {
    match marks {
        Marks { is_forked: true, .. } => " [one of two that its author signed under one number]",
        Marks { is_torn: true, .. } => " [torn: a part of it did not come]",
        Marks { is_late: true, .. } => " [late]",
        Marks { is_of_former: true, .. } => " [under the room's former secret]",
        _ => "",
    }
}

/// Somebody came, left or is called something else.
pub fn change(who: &Speaker, change: &Change, kind: InstanceKind) -> String {
    match change {
        Change::Joined { via: None, .. } if kind == InstanceKind::Headless => {
            format!("{who} is here, and nobody sits before it.")
        }
        Change::Joined { via: Some(via), .. } => format!("{who} is here (through {via})."),
        Change::Joined { .. } => format!("{who} is here."),
        Change::Left => format!("{who} left."),
        Change::Lost => format!("{who} is not heard any more."),
        Change::Renamed(before) if who.is_verified => format!("{before} is {who} now (a key that you verified)."),
        Change::Renamed(before) => format!("{before} is {who} now."),
    }
}

/// What a trace says.
pub fn trace(trace: &Trace, zones: &Zones) -> String {
    match trace {
        Trace::Received { from, kind, bytes } => {
            format!("received {} from {}, {bytes} bytes", kind.name(), zones.name(*from))
        }
        Trace::Refused { from, why, bytes } => format!("refused ({why}) from {}, {bytes} bytes", zones.name(*from)),
        Trace::Sent { to: Some(to), kind, bytes } => {
            format!("sent {} to {}, {bytes} bytes", kind.name(), zones.name(*to))
        }
        Trace::Unsent { to, kind, why } => {
            let to = to.map_or_else(|| "everybody".to_owned(), |to| zones.name(to).to_string());
            format!("did not send {} to {to}: {why}", kind.name())
        }
        Trace::Sent { to: None, kind, bytes } => format!("sent {} to everybody, {bytes} bytes", kind.name()),
    }
}

/// What a fault says.
pub fn fault(fault: &Fault) -> String {
    let (requester, why) = match fault {
        Fault::Line { requester, why } => (requester, why),
        Fault::Fatal(words) => return words.clone(),
    };
    let words = refusal(why);
    let is_text = matches!(why, Refusal::Text(_));
    match requester {
        Requester { client: Client::BOT, line, .. } => format!("the bot's line {line}: {words}"),
        Requester { line: 0, .. } | Requester { ticket: Some(_), .. } if is_text => {
            format!("that was not sent: {words}")
        }
        Requester { line: 0, .. } | Requester { ticket: Some(_), .. } => words, // whoever gave a ticket knows which one
        Requester { line, .. } if is_text => format!("line {line} was not sent: {words}"),
        Requester { line, .. } => format!("line {line}: {words}"),
    }
}

/// Why the program ends, in a few words.
pub fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::EndOfInput => "end of input",
        Ending::Quit => "quit",
        Ending::Expected => "the expected message came",
        Ending::OutputClosed => "standard output was closed",
        Ending::LinesRefused => "a line was refused",
        Ending::Unsent => "no peer could be sent to",
        Ending::Failed => "failed",
        Ending::WrongUsage => "wrong usage",
        Ending::NobodyThere => "nobody there",
        Ending::NotConfirmed => "not everybody confirmed in time",
        Ending::TooFew => "too few others were there in time: nothing was sent",
        Ending::NotExpected => "the expected message did not come",
        Ending::Examined(verdict) => super::findings::verdict(verdict),
        Ending::Signal(_, name) => name,
    }
}
