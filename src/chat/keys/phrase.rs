//! What people know of a sealed room: a passphrase, the words of an invitation, or its line.

use std::fmt;

use zeroize::Zeroizing;
use zxcvbn::feedback::Feedback;

use crate::chat::base::address::PeerName;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::bytes::Bytes;
use crate::chat::base::time::Stamp;
use crate::chat::keys::mnemonic::{self, BadWords, WORDS_OF_16_BYTES};
use crate::chat::keys::secret::{RoomName, Secret};

/// As it was typed or read. It is wiped when it is no longer needed, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(Zeroizing<String>);

/// How a room is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlock {
    /// With the secret that is known; where none is, with what the user says then, or as an open room.
    Known,
    /// The same, but that nobody is asked.
    Unasked,
    /// With what the user says then, whatever is known. What is known is set aside.
    Anew,
    /// With this.
    With(Phrase),
}

/// Why a phrase opens no room. Nothing of the phrase is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPhrase {
    /// A line of an invitation that is damaged, or not all of it.
    Line,
    /// A word is none.
    Word(usize),
    /// One of the words is another than it was.
    Check,
    /// The invitation is of another room.
    OtherRoom(RoomName),
    /// Words that do not say which room they are of.
    NoRoom,
    /// There is nothing.
    Empty,
}

/// What stands before an invitation in one line.
const SCHEME: &str = "chinwag:";
/// What stands before each of the ways in behind its words. Others are of later versions.
const WAY: &str = "udp://";
/// So many ways in are read of one invitation.
const WAYS_MAX: usize = 8;

/// How hard a passphrase is to guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// The guesses that it takes, as a power of two.
    pub bits: u32,
    /// What makes it weak, where that can be told.
    pub why: Option<String>,
}

impl Phrase {
    /// What somebody typed, without what stands around it.
    pub fn new(text: Zeroizing<String>) -> Self {
        let trimmed = text.trim();
        if trimmed.len() == text.len() { Self(text) } else { Self(Zeroizing::new(trimmed.to_owned())) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is an invitation, right or wrong: then it is never taken for a passphrase. About as many words as one has,
    /// most of them of the list, are one with a mistake.
    pub fn is_invitation(&self) -> bool {
        let words: Vec<&str> = self.words().collect();
        let known = words.iter().filter(|word| mnemonic::is_known(word)).count();
        let is_about = (words.len().saturating_sub(1)..=words.len() + 1).any(is_count);
        self.line().is_some() || is_about && known * 4 >= words.len() * 3
    }

    /// The room that it names, where it does.
    pub fn room(&self) -> Result<Option<RoomName>, BadPhrase> {
        let Some(line) = self.line() else { return Ok(None) };
        RoomName::parse(line.name?).map(Some).map_err(|_| BadPhrase::Line)
    }

    /// The secret of `room`. It takes a while where this is a passphrase: see [`Secret::of_passphrase`].
    pub fn unlock(&self, room: &RoomName) -> Result<Secret, BadPhrase> {
        if self.is_empty() {
            return Err(BadPhrase::Empty);
        }
        if let Some(other) = self.room()?.filter(|named| named != room) {
            return Err(BadPhrase::OtherRoom(other));
        }
        if !self.is_invitation() {
            return Ok(Secret::of_passphrase(room, &self.0));
        }
        let words: Vec<&str> = match self.line() {
            Some(line) => line.words.split('-').collect(),
            None => self.words().collect(),
        };
        invited(&words)
    }

    /// The ways in that its line names: addresses at which others of the room are reached.
    pub fn ways(&self) -> Vec<PeerName> {
        let ways = self.line().map_or("", |line| line.ways);
        ways.split('&').filter_map(|way| way.strip_prefix(WAY)?.parse().ok()).take(WAYS_MAX).collect()
    }

    /// The broker that its line names, through which the room is reached from other networks, too.
    pub fn broker(&self) -> Option<BrokerUrl> {
        let ways = self.line().map_or("", |line| line.ways);
        ways.split('&').find_map(|way| way.parse().ok())
    }

    /// How hard it is to guess, as far as it is a passphrase.
    pub fn strength(&self) -> Strength {
        let estimate = zxcvbn::zxcvbn(&self.0, &[]);
        let bits = (estimate.guesses_log10() / std::f64::consts::LOG10_2).max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small, and not below zero")]
        let bits = bits as u32;
        let why = estimate.feedback().and_then(Feedback::warning).map(|warning| warning.to_string());
        Strength { bits, why }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split_whitespace()
    }

    /// An invitation's line, the first one in the text.
    fn line(&self) -> Option<InvitationLine<'_>> {
        let line = self.words().find_map(|word| word.strip_prefix(SCHEME))?;
        let Some((name, rest)) = line.split_once('#') else {
            return Some(InvitationLine { name: Err(BadPhrase::Line), words: "", ways: "" });
        };
        let (words, ways) = rest.split_once('&').unwrap_or((rest, ""));
        Some(InvitationLine { name: Ok(name), words, ways })
    }
}

/// `chinwag:NAME#WORDS&WAY&WAY`, in its parts.
struct InvitationLine<'a> {
    name: Result<&'a str, BadPhrase>,
    words: &'a str,
    ways: &'a str,
}

/// It is not shown.
impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(secret)")
    }
}

/// Whether a text looks as if it held an invitation, or most of one: whoever reads it can enter a room. Eight words in twelve
/// are a guess: few sentences have as many of the list, and who misses more words has no invitation.
pub fn looks_like_invitation(text: &str) -> bool {
    let is_line = |word: &str| word.split_once(SCHEME).is_some_and(|(_, rest)| rest.contains('#'));
    text.to_lowercase().split_whitespace().any(is_line) || mnemonic::are_many(text, 8, WORDS_OF_16_BYTES)
}

/// How many words an invitation has: those of the secret, and of a room that had another one before those of its id, too.
fn is_count(words: usize) -> bool {
    words == WORDS_OF_16_BYTES || words == 2 * WORDS_OF_16_BYTES
}

fn invited(words: &[&str]) -> Result<Secret, BadPhrase> {
    if !is_count(words.len()) {
        return Err(BadPhrase::Line);
    }
    let (secret, room) = words.split_at(WORDS_OF_16_BYTES);
    let read = |part: &[&str], before: usize| {
        mnemonic::to_16(part).map(Zeroizing::new).map_err(|bad| match bad {
            BadWords::Unknown(word) => {
                BadPhrase::Word(before + 1 + part.iter().position(|other| *other == word).unwrap_or(0))
            }
            BadWords::Check | BadWords::Count(_) => BadPhrase::Check,
        })
    };
    let secret = read(secret, 0)?;
    if room.is_empty() {
        return Ok(Secret::of_invite(&secret));
    }
    Ok(Secret::renewed(&secret, Bytes(*read(room, WORDS_OF_16_BYTES)?), Stamp::ZERO))
}

/// An invitation as it is handed on: the words in one line, and with the room, the ways in and the broker in another. `None`: the
/// room has a passphrase, and that is what is handed on.
pub fn invitation(
    room: &RoomName,
    secret: &Secret,
    ways: &[PeerName],
    broker: Option<&BrokerUrl>,
) -> Option<Zeroizing<String>> {
    let mut words = mnemonic::of_16(secret.invite()?);
    if secret.is_renewed() {
        words.extend(mnemonic::of_16(&secret.room().0));
    }
    let ways = ways.iter().take(WAYS_MAX).map(|way| format!("&{WAY}{way}"));
    let ways: Vec<String> = ways.chain(broker.map(|broker| format!("&{broker}"))).collect();
    let line = format!("{SCHEME}{}#{}{}", room.as_str(), words.join("-"), ways.concat());
    Some(Zeroizing::new(format!("{}\n{line}\n", words.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase::new(Zeroizing::new(text.to_owned()))
    }

    fn team() -> RoomName {
        RoomName::parse("team").unwrap()
    }

    #[test]
    fn an_invitation_opens_its_room_however_it_is_handed_on() {
        let secret = Secret::of_invite(&[9; 16]);
        let renewed = Secret::renewed(&[8; 16], secret.room(), Stamp::from_number(7));
        for secret in [secret, renewed] {
            let text = invitation(&team(), &secret, &[], None).unwrap();
            let (words, line) = text.split_once('\n').unwrap();
            for handed_on in [text.as_str(), words, &words.to_uppercase(), line, &format!("Join us: {line} (tim)")] {
                let opened = phrase(handed_on).unlock(&team()).unwrap();
                assert_eq!((opened.room(), opened.invite()), (secret.room(), secret.invite()), "{handed_on}");
            }
            assert_eq!(phrase(line).room(), Ok(Some(team())));
        }
    }

    #[test]
    fn the_line_of_an_invitation_may_name_ways_in_and_what_is_of_a_later_version_is_passed_over() {
        let secret = Secret::of_invite(&[9; 16]);
        let ways: Vec<PeerName> =
            ["office.example", "[fd00::1]:99", "10.0.0.7"].map(|way| way.parse().unwrap()).to_vec();
        let text = invitation(&team(), &secret, &ways, None).unwrap();
        let (words, line) = text.split_once('\n').unwrap();
        assert!(line.ends_with("&udp://office.example:7788&udp://[fd00::1]:99&udp://10.0.0.7:7788\n"), "{line}");
        let later = format!("{}&mqtts://broker.example/x&udp://", line.trim_end());
        for line in [line, &later] {
            assert_eq!((phrase(line).ways(), phrase(line).room()), (ways.clone(), Ok(Some(team()))), "{line}");
            assert_eq!(phrase(line).unlock(&team()).unwrap().invite(), secret.invite());
        }
        assert_eq!(phrase(words).ways(), []);
        let broker: BrokerUrl = "mqtts://hub.example/office".parse().unwrap();
        let with_broker = invitation(&team(), &secret, &ways, Some(&broker)).unwrap();
        let with_broker = with_broker.lines().nth(1).unwrap();
        assert!(with_broker.ends_with("&mqtts://hub.example/office"), "{with_broker}");
        assert_eq!((phrase(with_broker).broker(), phrase(with_broker).ways()), (Some(broker), ways.clone()));
        assert_eq!(
            (phrase(line).broker(), phrase(&format!("{line}&mqtts://me:pw@hub.example")).broker()),
            (None, None)
        );
        let many = format!("{}{}", line.trim_end(), "&udp://10.0.0.8".repeat(20));
        assert_eq!(phrase(&many).ways().len(), WAYS_MAX);
    }

    #[test]
    fn a_wrong_invitation_is_never_taken_for_a_passphrase() {
        let text = invitation(&team(), &Secret::of_invite(&[9; 16]), &[], None).unwrap();
        let (words, line) = text.split_once('\n').unwrap();
        let mut swapped: Vec<&str> = words.split(' ').collect();
        swapped.swap(0, 1);
        assert_eq!(phrase(&swapped.join(" ")).unlock(&team()), Err(BadPhrase::Check));
        assert_eq!(phrase(&line[..line.len() - 4]).unlock(&team()), Err(BadPhrase::Word(12)));
        assert_eq!(phrase("chinwag:team").unlock(&team()), Err(BadPhrase::Line));
        let right: Vec<&str> = words.split(' ').collect();
        let mistyped = words.replacen(right[3], "colum", 1);
        assert_eq!(phrase(&mistyped).unlock(&team()), Err(BadPhrase::Word(4)));
        let missing = words.rsplit_once(' ').unwrap().0;
        assert_eq!(phrase(missing).unlock(&team()), Err(BadPhrase::Line));
        let lobby = RoomName::lobby();
        assert_eq!(phrase(line).unlock(&lobby), Err(BadPhrase::OtherRoom(team())));
        assert_eq!(phrase("  ").unlock(&lobby), Err(BadPhrase::Empty));
    }

    #[test]
    fn an_invitation_in_a_text_is_seen_also_where_it_is_broken() {
        let text = invitation(&team(), &Secret::of_invite(&[9; 16]), &[], None).unwrap();
        let (words, line) = text.split_once('\n').unwrap();
        let numbered: Vec<String> = words.split(' ').zip(1..).map(|(word, at)| format!("{at}. {word},")).collect();
        let eight: Vec<&str> = words.split(' ').take(8).collect();
        let shown = format!("see ({line})");
        for text in [words, line, &shown, &words.to_uppercase(), &numbered.join("\n"), &eight.join("-")] {
            assert!(looks_like_invitation(text), "{text}");
        }
        let (seven, thin) = (eight[1..].join("-"), eight.join(" x "));
        for text in ["", "chinwag: a chat", "I will be there at noon, can you bring the others?", &seven, &thin] {
            assert!(!looks_like_invitation(text), "{text}");
        }
    }

    #[test]
    fn a_weak_passphrase_is_known_as_one_and_told_why() {
        for (weak, most) in [("hunter2", 30), ("Passw0rd!", 30), ("qwertyuiop", 30), ("20112026", 40)] {
            let Strength { bits, why } = phrase(weak).strength();
            assert!(bits < most && why.is_some(), "{weak}: {bits}, {why:?}");
        }
        assert!(phrase("glacier-tulip-oboe-marmot-quilt").strength().bits >= 50);
        assert_eq!(format!("{:?}", phrase("hunter2")), "Phrase(secret)");
    }
}
