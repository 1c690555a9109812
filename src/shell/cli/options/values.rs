//! What options take, read from what was written.

use std::time::Duration;

use regex::Regex;

use crate::chat::base::address::{Bind, PeerName};
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::base::charset::Charset;
use crate::chat::keys::secret::RoomName;
use crate::chat::peers::names::{self, BadNick};
use crate::view::words::en;

/// A profile is a folder: its name is no path.
pub fn parse_profile(text: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_name = !text.is_empty() && text.len() <= 64 && text.chars().all(is_plain);
    is_name.then(|| text.to_owned()).ok_or(en::usage::EXPECTED_PROFILE)
}

/// What one is called.
pub fn parse_nick(text: &str) -> Result<String, String> {
    names::parse(text).map_err(|BadNick(nick)| en::bad_nick(&nick))
}

/// The name of a room.
pub fn parse_room(text: &str) -> Result<RoomName, String> {
    RoomName::parse(text).map_err(|bad| en::bad_room_name(&bad))
}

/// Where to listen.
pub fn parse_bind(text: &str) -> Result<Bind, String> {
    text.parse().map_err(|bad| en::bad_address(&bad))
}

/// Whom to reach.
pub fn parse_peer(text: &str) -> Result<PeerName, String> {
    text.parse().map_err(|bad| en::bad_address(&bad))
}

/// A broker.
pub fn parse_broker(text: &str) -> Result<BrokerUrl, String> {
    text.parse().map_err(|bad| en::carrier::bad_url(&bad))
}

/// What peers write.
pub fn parse_charset(text: &str) -> Result<Charset, &'static str> {
    text.parse().map_err(|_| en::UNKNOWN_CHARSET)
}

/// A regular expression.
pub fn parse_regex(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let all = error.to_string();
        let reason = all.lines().last().unwrap_or_default();
        en::usage::bad_regex(reason.trim_start_matches("error: "))
    })
}

/// Whom alone something is for.
pub fn parse_recipient(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && !text.contains(char::is_whitespace);
    is_name.then(|| text.to_owned()).ok_or(en::usage::EXPECTED_RECIPIENT)
}

/// How many messages.
pub fn parse_count(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|&count| count > 0).ok_or(en::usage::EXPECTED_MESSAGES)
}

/// How long.
pub fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| en::usage::EXPECTED_SECONDS)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| en::usage::EXPECTED_SECONDS)
}

/// The words of `send`, joined by one space. A variable that was to hold them may be empty.
pub fn words(text: &[String]) -> Result<Option<String>, &'static str> {
    if text.is_empty() || text == ["-"] {
        return Ok(None);
    }
    let words = text.join(" ");
    if words.trim().is_empty() { Err(en::usage::NOTHING_TO_SEND) } else { Ok(Some(words)) }
}
