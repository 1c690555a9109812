//! What is offered, and how transfers go.

use std::fmt::Write;

use crate::chat::api::disk::{NotKept, NotOffered};
use crate::chat::api::refusal::OfferRefusal;
use crate::chat::api::talk::Offered;
use crate::chat::api::transfers::{OfferListed, OfferTold, TransferFault, TransferState, TransferTold, WaitsFor};
use crate::chat::base::limits::{OFFERS_OF_ONE_MAX, PATHS_MAX, PULLERS_MAX};
use crate::chat::files::file_name::{NameRules, safe_name};

/// A name as it is shown, and as it would be written here.
fn shown(name: &str) -> String {
    safe_name(name, NameRules::HERE, false)
}

/// `2.3 MB`, in powers of a thousand.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1000, 0);
    while tenths >= 10_000 {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    if tenths < 100 {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", tenths / 10, UNITS[unit])
    }
}

/// `photo.jpg (2.3 MB)`, or `the folder src (12 MB)`.
fn what(name: &str, is_folder: bool, bytes: u64) -> String {
    let folder = if is_folder { "the folder " } else { "" };
    format!("{folder}{} ({})", shown(name), size(bytes))
}

/// What an offer says, behind the name of whoever makes it.
pub fn offers(offered: &Offered) -> String {
    let Offered { id, item, .. } = offered;
    format!("offers {}: /get {id}", what(&item.name, item.is_folder(), item.size))
}

/// One's own offer stands.
pub fn offered(offer: &OfferTold, skipped: &[String]) -> String {
    let to = offer.to.as_ref().map_or_else(|| offer.room.to_string(), ToString::to_string);
    let mut words = format!("you offer {} to {to}: {}", what(&offer.name, offer.is_folder, offer.bytes), offer.id);
    if !skipped.is_empty() {
        let named: Vec<String> = skipped.iter().take(SKIPPED_NAMED_MAX).map(|name| shown_path(name)).collect();
        let more = skipped.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(words, "\nleft out, for they are links or no files: {}{more}", named.join(", "));
    }
    words
}

/// So much of what is left out of a folder is named.
const SKIPPED_NAMED_MAX: usize = 10;

/// Each part of a path as it is shown.
fn shown_path(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(|part| safe_name(part, NameRules::HERE, true)).collect();
    parts.join("/")
}

/// The author of an offer is told that it is not wanted.
pub fn declined(offer: &OfferTold) -> String {
    format!("{} will be told that you do not want {}", offer.by, shown(&offer.name))
}

/// What happened to an offer or a transfer; nothing where nobody wants to read it.
pub fn transfer(told: &TransferTold) -> Option<String> {
    let TransferTold { offer, with, state, .. } = told;
    let (name, by) = (shown(&offer.name), &offer.by);
    if let Some(with) = with {
        return match state {
            TransferState::Started => Some(format!("{with} fetches {name}")),
            TransferState::Complete { .. } => Some(format!("{with} has all of {name}")),
            TransferState::Declined => Some(format!("{with} does not want {name}")),
            _ => None,
        };
    }
    Some(match state {
        TransferState::Progress { .. } | TransferState::Declined | TransferState::Waiting(WaitsFor::Turn) => {
            return None;
        }
        TransferState::Waiting(why) => format!("{name} waits: {}", waits(*why, &by.to_string())),
        TransferState::Started => format!("fetching {} from {by}", what(&offer.name, offer.is_folder, offer.bytes)),
        TransferState::Complete { path: Some(path) } => format!("{name} from {by} is here: {path}"),
        TransferState::Complete { path: None } => format!("{name} is complete"),
        TransferState::Already { path } => format!("you have {name} already: {path}"),
        TransferState::Failed(TransferFault::Changed) if offer.is_own => {
            format!("{name} is not what you offered any more: the offer is withdrawn")
        }
        TransferState::Failed(why) => format!("{name} is not fetched: {}", fault(why, &by.to_string())),
        TransferState::Cancelled => format!("{name} is not fetched any more"),
        TransferState::Withdrawn if offer.is_own => format!("{name} is not offered any more"),
        TransferState::Withdrawn => format!("{by} does not offer {name} any more"),
    })
}

fn waits(why: WaitsFor, by: &str) -> String {
    match why {
        WaitsFor::Holder => format!("{by} is not here; it begins once {by} is"),
        WaitsFor::DirectPath => format!("{by} is heard only through others, and files come only directly"),
        WaitsFor::Turn => format!("something else comes from {by} first"),
        WaitsFor::Others(1) => format!("{by} serves somebody else first"),
        WaitsFor::Others(ahead) => format!("{by} serves {ahead} others first"),
        WaitsFor::Answer => format!("{by} does not answer; it is asked for again"),
    }
}

/// Why a transfer does not go on.
pub fn fault(why: &TransferFault, by: &str) -> String {
    match why {
        TransferFault::NotKept(NotKept::NoSpace) => {
            "there is no room for it on the disk; /get goes on once there is".to_owned()
        }
        TransferFault::NotKept(NotKept::BadFolder) => format!("what {by} offers as a folder is none"),
        TransferFault::NotKept(NotKept::Failed(words)) => words.clone(),
        TransferFault::Changed => format!("what {by} sends is not what was offered"),
        TransferFault::NoOffer => format!("{by} does not offer it any more, or not to you"),
    }
}

/// Which offers stand.
pub fn list(all: &[OfferListed]) -> String {
    if all.is_empty() {
        return "nobody offers anything: /send PATH offers a file".to_owned();
    }
    let rows: Vec<String> = all.iter().map(listed).collect();
    rows.join("\n")
}

fn listed(listed: &OfferListed) -> String {
    let OfferListed { offer, state, is_absent, fetched_by, root, .. } = listed;
    let whose = match (&offer.to, offer.is_own) {
        (Some(to), true) => format!("yours, to {to}"),
        (None, true) => "yours".to_owned(),
        (Some(_), false) => format!("from {}, to you alone", offer.by),
        (None, false) => format!("from {}", offer.by),
    };
    let mut words =
        format!("{}  {}, {whose}, in {}", offer.id, what(&offer.name, offer.is_folder, offer.bytes), offer.room);
    if *is_absent {
        words.push_str("; nobody who is here has it");
    }
    match state {
        Some(TransferState::Progress { done, rate }) => {
            let _ = write!(words, "; fetching, {}", progress(*done, offer.bytes, *rate));
        }
        Some(TransferState::Waiting(why)) => {
            let _ = write!(words, "; waits: {}", waits(*why, &offer.by.to_string()));
        }
        Some(TransferState::Complete { .. }) => words.push_str("; you have it"),
        _ => {}
    }
    if !fetched_by.is_empty() {
        let names: Vec<String> = fetched_by.iter().map(ToString::to_string).collect();
        let _ = write!(words, "; fetched now by {}", names.join(", "));
    }
    if let Some(root) = root {
        let _ = write!(words, "\nBLAKE3 {root}");
    }
    words
}

/// `45 %`.
pub fn share(done: u64, of: u64) -> String {
    let percent = if of == 0 { 100 } else { u128::from(done) * 100 / u128::from(of) };
    format!("{percent} %")
}

/// `45 %, 12 MB/s, 30 s left`.
pub fn progress(done: u64, of: u64, rate: u64) -> String {
    let mut words = share(done, of);
    if rate > 0 && done < of {
        let _ = write!(words, ", {}/s, {} left", size(rate), span((of - done).div_ceil(rate)));
    }
    words
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// What is wrong with an offer, or with what was to be one.
pub fn refusal(why: &OfferRefusal) -> String {
    match why {
        OfferRefusal::NoSuchOffer(called) => {
            format!("nothing is offered that is called {called}; /files lists what is")
        }
        OfferRefusal::NothingOffered => "nothing is offered that you have not fetched; /files lists what is".to_owned(),
        OfferRefusal::Several(all) => {
            let all: Vec<String> = all.iter().map(|offer| format!("{} from {}", offer.id, offer.by)).collect();
            format!("several people offer that: expected one of {}", all.join(", "))
        }
        OfferRefusal::Own => "you offer that yourself".to_owned(),
        OfferRefusal::FetchedAlready(offer) => {
            format!("{} is being fetched; /files says how far it is", shown(&offer.name))
        }
        OfferRefusal::TooManyFetches => format!("{PULLERS_MAX} are being fetched, and no more are at once"),
        OfferRefusal::TooLarge(offer, most) => {
            format!("{} has {}, and at most {} are fetched", shown(&offer.name), size(offer.bytes), size(*most))
        }
        OfferRefusal::NothingToCancel(called) => {
            format!("you neither offer nor fetch anything that is called {called}; /files lists what there is")
        }
        OfferRefusal::TooManyPaths => format!("one command offers at most {PATHS_MAX} files and folders"),
        OfferRefusal::TooManyOffers => {
            format!("you offer {OFFERS_OF_ONE_MAX} files already: expected /cancel of one before")
        }
        OfferRefusal::ToPlain => "files go to people in rooms, not to an address that speaks plain".to_owned(),
        OfferRefusal::NotOffered { path, why } => format!("{path} is not offered: {}", not_offered(why)),
    }
}

fn not_offered(why: &NotOffered) -> String {
    match why {
        NotOffered::Unreadable(words) => words.clone(),
        NotOffered::NoFile => "it is neither a file nor a folder".to_owned(),
        NotOffered::NoName => "it has no name, expected a folder that has one".to_owned(),
        NotOffered::NotUtf8 => "its name is not UTF-8".to_owned(),
        NotOffered::TooLarge => "it is larger than 1 TiB".to_owned(),
        NotOffered::TooManyFiles => "it has more than 100,000 files".to_owned(),
        NotOffered::Changed => "it changed while it was read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_three_digits_at_most_and_its_unit() {
        let sizes = [0, 999, 1000, 1234, 9_999, 10_000, 999_999, 2_345_678, u64::MAX];
        let words = sizes.map(size);
        let expected = ["0 bytes", "999 bytes", "1.0 kB", "1.2 kB", "9.9 kB", "10 kB", "999 kB", "2.3 MB", "18 EB"];
        assert_eq!(words, expected);
    }

    #[test]
    fn what_is_left_is_told_once_it_is_known_how_fast_it_comes() {
        assert_eq!(progress(0, 1000, 0), "0 %");
        assert_eq!(progress(250, 1000, 10), "25 %, 10 bytes/s, 75 s left");
        assert_eq!(progress(1000, 1000, 10), "100 %");
        assert_eq!(progress(0, 0, 0), "100 %");
    }
}
