//! What a command did.

use super::carrier::brokers;
use super::commands::{help, help_on};
use super::transfers::{declined, offered};
use crate::chat::api::answer::Confirmation;

/// What was done, or what was asked for.
pub fn confirmation(what: &Confirmation) -> String {
    match what {
        Confirmation::Help => help(),
        Confirmation::HelpOn(name) => help_on(name),
        Confirmation::Away => "you are away: others see it in /who; /away again when you are back".to_owned(),
        Confirmation::Back => "you are back".to_owned(),
        Confirmation::TypingTo(to) => format!("you type into {to}"),
        Confirmation::Nick { nick, seen_as: None } => format!("you are {nick} now"),
        Confirmation::Nick { nick, seen_as: Some(me) } => {
            format!("you are {nick} now; others see {me}, because somebody else has that name")
        }
        Confirmation::Topic { room, topic: None } => format!("{room} has no topic: /topic TEXT sets one"),
        Confirmation::Topic { room, topic: Some((text, by)) } => {
            format!("the topic of {room} is \"{text}\", set by {by}")
        }
        Confirmation::CalledNow { nick, me, tag } if me.tag.is_some() => {
            format!("you are {nick} (key tag #{tag}); others see {me}, because somebody else has that name")
        }
        Confirmation::CalledNow { nick, tag, .. } => format!("you are {nick} (key tag #{tag})"),
        Confirmation::Petnames(all) if all.is_empty() => {
            "you have given nobody another name: /petname NICK NAME gives one".to_owned()
        }
        Confirmation::Petnames(all) => {
            let rows = all.iter().map(|(nick, petname)| format!("\n{petname}  {nick}"));
            format!("names that you have given:{}", rows.collect::<String>())
        }
        Confirmation::TakenBack { text, messages: 1, .. } => {
            format!("\"{text}\" is taken back: whoever honours that forgets it")
        }
        Confirmation::TakenBack { text, messages, .. } => {
            format!("\"{text}\" is taken back, with all {messages} messages that were sent together")
        }
        Confirmation::InAlready(room) => format!("you are in {room} already: what you type is said there"),
        Confirmation::Verified(who) => format!("{who} is marked as verified"),
        Confirmation::NotVerified(who) => format!("{who} is not marked as verified any more"),
        Confirmation::Petname { who, petname } => format!("{who} is {petname} here from now on"),
        Confirmation::NoPetname(who) => format!("{who} is shown under their own name again"),
        Confirmation::Ignored(who) => {
            format!("{who} is ignored: nothing of that key is shown, kept or passed on, whatever it is called")
        }
        Confirmation::NotIgnored(who) => format!("{who} is not ignored any more"),
        Confirmation::HandedOn { name, room } => {
            format!("the secret of {room} is sealed for {name}, and goes to them")
        }
        Confirmation::NothingFound(room) => format!("nothing was found in {room}"),
        Confirmation::Brokers(all) => brokers(all),
        Confirmation::Offered { offer, skipped } => offered(offer, skipped),
        Confirmation::DeclinedOffer(offer) => declined(offer),
        Confirmation::Words(words) => words.clone(),
    }
}
