//! Why a line is not sent, or a command not followed.

use super::commands::expected;
use super::{bad_nick, bad_phrase};
use crate::chat::api::command;
use crate::chat::api::refusal::{CommandRefusal, PersonRefusal, Refusal, RoomRefusal, TextRefusal};
use crate::chat::api::talk::Speaker;
use crate::chat::base::limits::NAMED_PEERS_MAX;
use crate::chat::base::limits::{REKEY_PAUSE, ROOMS_MAX, TRUST_MAX};

/// What is wrong, and what was expected.
pub fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Text(why) => of_text(why),
        Refusal::Command(why) => of_command(why),
        Refusal::Person(why) => of_person(why),
        Refusal::Room(why) => of_room(why),
        Refusal::Offer(why) => super::transfers::refusal(why),
    }
}

fn of_text(why: &TextRefusal) -> String {
    match why {
        TextRefusal::Nul => "it holds a NUL byte, expected text".to_owned(),
        TextRefusal::NotUtf8 { byte } => format!("it is not UTF-8 from byte {byte} on, expected text in UTF-8"),
        TextRefusal::TooLong { bytes, most } => {
            format!("it is {bytes} bytes long, one datagram carries at most {most}")
        }
        TextRefusal::TooLongForRoom { bytes, most } => {
            format!("it is {bytes} bytes long, a message has at most {most}")
        }
        TextRefusal::Unencodable { missing, charset } => {
            format!("{charset} has no '{missing}' (U+{:04X})", u32::from(*missing))
        }
    }
}

fn of_command(why: &CommandRefusal) -> String {
    let words = match why {
        CommandRefusal::Unknown(name) => return unknown(name),
        CommandRefusal::Usage(command) => expected(command),
        CommandRefusal::Veiled => "expected the / of a command as the first character of its line",
        CommandRefusal::LooksLikeInvitation => {
            "that looks like an invitation: expected it once more, if it is to be said"
        }
        CommandRefusal::Json(why) | CommandRefusal::JsonPlace(why) => why,
        CommandRefusal::OpenRoom(room) => {
            return format!(
                "{room} is open: whoever has an account at a broker could read it; only sealed rooms go through one"
            );
        }
        CommandRefusal::Lost => {
            "it was not said, for the join, room or query before it was refused: expected one that is not, or \
             the room named in this command"
        }
        CommandRefusal::NotInRoom => "this command is for rooms; /query alone goes back to yours",
        CommandRefusal::TooManyPeers(peer) => {
            return format!("{peer} is not reached: {NAMED_PEERS_MAX} addresses are reached already");
        }
        CommandRefusal::NothingToClose => "you type into a room: /close is for one person alone, /leave leaves a room",
        CommandRefusal::NotTyping => {
            "this command chooses where a person types: a program names the room or the \
         nick in each command instead"
        }
        CommandRefusal::NothingToTakeBack => "there is nothing of yours to take back",
        CommandRefusal::ExaminedAlready => "the network is being examined already: wait until that is over",
        CommandRefusal::NoRooms => "there are no rooms in plain: expected say, without a room, stats or quit",
    };
    words.to_owned()
}

/// No command has this name, and which one was probably meant.
fn unknown(name: &str) -> String {
    let name = name.to_lowercase();
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&name, known);
    let nearest = command::names().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let hint = match nearest.filter(|known| likeness(known) >= ALIKE) {
        Some(known) => format!("did you mean /{known}?"),
        None => "/help lists them.".to_owned(),
    };
    format!("there is no command /{name}; {hint} //{name} says it as text")
}

/// As alike as two names are that may be taken for each other, by Damerau and Levenshtein. A guess: half of the letters.
const ALIKE: f64 = 0.5;

fn of_person(why: &PersonRefusal) -> String {
    match why {
        PersonRefusal::Nobody(name) => format!("nobody here is called '{name}': expected a name that /who shows"),
        PersonRefusal::Ambiguous { name, all } => ambiguous(name, all),
        PersonRefusal::Yourself => "that is you: expected somebody else".to_owned(),
        PersonRefusal::BadNick(nick) => bad_nick(nick),
        PersonRefusal::OwnName => "that is what you are called yourself, or looks like it".to_owned(),
        PersonRefusal::NameTaken(name) => format!("you call somebody else {name} already"),
        PersonRefusal::TooMany => format!(
            "what you decided about {TRUST_MAX} people is kept already (/verify, \
         /ignore, /petname): there is no room for more"
        ),
        PersonRefusal::NoPlainPeer => {
            "expected an address that a plain message came from, such as [10.0.0.7:7788] shows".to_owned()
        }
        PersonRefusal::NobodyWrote => "nobody has written to you alone: expected /msg NICK TEXT".to_owned(),
        PersonRefusal::Ignored => {
            "you ignore them, and would not hear whether it arrives: /unignore them first".to_owned()
        }
        PersonRefusal::UnderFormerSecret(who) => {
            format!("{who} is here under a former secret: nothing is written to them before they have the one in use")
        }
        PersonRefusal::Unsealable(who) => format!("{who}'s version cannot read private messages yet"),
        PersonRefusal::NotHeard(who) => {
            format!("nothing can be sealed for {who} before {who} is heard: try again once they are here")
        }
        PersonRefusal::UnsealableMember(name) => {
            format!("the new secret cannot be sealed for {name}, so nobody got one: the room keeps its secret")
        }
        PersonRefusal::UnsealableInvite(name) => {
            format!("nothing can be sealed for {name} yet: try again once they have been here for a while")
        }
        PersonRefusal::NoTag => "expected /invite NICK#TAG, with the tag that tells whose key it is".to_owned(),
        PersonRefusal::SeveralKeys(name) => {
            format!("'{name}' could be any of several keys: hand them an invitation by voice or on paper instead")
        }
    }
}

fn of_room(why: &RoomRefusal) -> String {
    match why {
        RoomRefusal::NotIn(None) => "you are not in: expected one of your rooms".to_owned(),
        RoomRefusal::NotIn(Some(room)) => format!("you are not in {room}: expected one of your rooms"),
        RoomRefusal::NoSuchRoom(name) => {
            format!("'{name}' is none of your rooms; /room lists them, and /join {name} makes it one")
        }
        RoomRefusal::InAlready(room) => {
            format!("you are in {room} already: leave it first to join it with another secret")
        }
        RoomRefusal::TooMany => format!("you are in {ROOMS_MAX} rooms: leave one first"),
        RoomRefusal::OnlyOne => {
            "this is your only room: /quit leaves the program, or /join another room first".to_owned()
        }
        RoomRefusal::BadPhrase(bad) => bad_phrase(bad),
        RoomRefusal::LooksLikeCommand => {
            "a secret is asked for here, and that looks like a command: Esc goes back; a passphrase that begins with / is \
             taken with --passphrase-file"
                .to_owned()
        }
        RoomRefusal::NotEntered(why) => why.clone(),
        RoomRefusal::Open(room) => {
            format!("{room} is OPEN and has no secret: make a sealed room with `chinwag invite --room NAME` instead")
        }
        RoomRefusal::RenewedJustNow(room) => {
            format!("{room} got another secret just now: expected {} s between two", REKEY_PAUSE.as_secs())
        }
        RoomRefusal::LeftOut { name, room } => format!(
            "the last /rekey of {room} left {name} out: give them an invitation yourself if that is to be undone"
        ),
        RoomRefusal::InviteTwice { name, room } => format!(
            "{name} will be able to read everything said in {room} that is still kept. Compare ten words with \
             /verify {name} first, then type this command again"
        ),
        RoomRefusal::NobodyBehind { name, room } => {
            format!(
                "nobody called {name} is here under a former secret of {room}: anybody else needs an \
             invitation"
            )
        }
    }
}

/// Whom a name could mean.
fn ambiguous(name: &str, all: &[(Speaker, Speaker)]) -> String {
    let as_shown = |(who, shown): &(Speaker, Speaker)| {
        let (who, shown) = (who.to_string(), shown.to_string());
        if who == shown { shown } else { format!("{who} (shown as {shown})") }
    };
    let names: Vec<String> = all.iter().map(as_shown).collect();
    match names.as_slice() {
        [one] => format!("nobody here is called '{name}', but {one} looks alike: expected that name"),
        names => format!("'{name}' could be any of these: expected one of {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_command_is_answered_with_the_one_that_was_meant() {
        assert_eq!(unknown("quti"), "there is no command /quti; did you mean /quit? //quti says it as text");
        assert_eq!(unknown("Serach"), "there is no command /serach; did you mean /search? //serach says it as text");
        assert_eq!(unknown("xyzzy"), "there is no command /xyzzy; /help lists them. //xyzzy says it as text");
    }
}
