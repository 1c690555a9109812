//! What is wrong with what the user wrote, and what was expected.

use crate::chat::base::address::BadAddress;
use crate::chat::base::limits::ROOM_NAME_BYTES_MAX;
use crate::chat::keys::phrase::BadPhrase;
use crate::chat::keys::secret::BadRoomName;
use crate::chat::wire::frame::NICK_BYTES_MAX;

/// It cannot be an address.
pub fn bad_address(bad: &BadAddress) -> String {
    match bad {
        BadAddress::Empty => "expected HOST or HOST:PORT, such as 10.0.0.7:9999".to_owned(),
        BadAddress::Port(what) => format!("port '{what}' is not a number from 0 to 65535"),
        BadAddress::PortZero => "port 0 cannot be sent to: expected a port from 1 to 65535".to_owned(),
        BadAddress::NoHost(what) => format!("'{what}' is a port without a host: did you mean 127.0.0.1:{what}?"),
        BadAddress::Brackets => "expected an IPv6 address in brackets, such as [::1]:9999".to_owned(),
        BadAddress::Ipv4(what) => format!("'{what}' is not an IPv4 address: expected four numbers from 0 to 255"),
        BadAddress::Ipv6(what) => {
            format!("'{what}' is not an IPv6 address: expected one such as ::1, or [::1]:9999 with a port")
        }
        BadAddress::ZoneMissing(what) => {
            format!("'{what}' is a link-local address and needs its interface, such as {what}%eth0")
        }
        BadAddress::ZoneUnexpected(what) => {
            format!("'{what}' takes no interface after '%': only link-local IPv6 addresses (fe80::…) do")
        }
        BadAddress::Unspecified(what) => {
            format!("'{what}' stands for every address of this machine: did you mean 127.0.0.1?")
        }
        BadAddress::Name(what) => format!("'{what}' is not a host name: expected letters, digits, '-' and '.'"),
        BadAddress::BindName(what) => format!(
            "'{what}' is not an address of this machine: expected PORT, ADDRESS or ADDRESS:PORT, such as 127.0.0.1:9999"
        ),
    }
}

/// It opens no room.
pub fn bad_phrase(bad: &BadPhrase) -> String {
    match bad {
        BadPhrase::Line => {
            "this is not a whole invitation: expected its 12 words, or its line chinwag:ROOM#WORDS".to_owned()
        }
        BadPhrase::Word(what) => format!("word {what} is none of an invitation's words: is it spelt right?"),
        BadPhrase::Check => "one of the words of this invitation is wrong, or they are in another order".to_owned(),
        BadPhrase::OtherRoom(what) => format!("this invitation is of {what}, another room"),
        BadPhrase::NoRoom => "this invitation does not name its room: expected --room, or an invitation in one line, \
             chinwag:ROOM#WORDS"
            .to_owned(),
        BadPhrase::Empty => {
            "no secret was given, the text is empty: expected a passphrase, or an invitation".to_owned()
        }
    }
}

/// It cannot be a nick.
pub fn bad_nick(nick: &str) -> String {
    format!("'{nick}' cannot be a nick: expected 1 to {NICK_BYTES_MAX} bytes without white space and <>[]#→")
}

/// It cannot be the name of a room.
pub fn bad_room_name(BadRoomName(name): &BadRoomName) -> String {
    format!(
        "'{name}' cannot be the name of a room: expected 1 to {ROOM_NAME_BYTES_MAX} bytes without white space and <>[]#→"
    )
}

/// It is no charset that can be used.
pub const UNKNOWN_CHARSET: &str =
    "expected a charset that contains ASCII, such as utf-8, gbk, gb18030, big5, shift_jis, euc-kr or windows-1252";

/// It cannot be a time.
pub fn bad_time(text: &str) -> String {
    format!("'{text}' is no time: expected such as 2026-11-20, 14:30, '2026-11-20 14:30', 2h, 3d, today, yesterday")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::base::address::{Bind, PeerName};

    fn mistake(text: &str) -> String {
        bad_address(&text.parse::<PeerName>().unwrap_err())
    }

    #[test]
    fn what_cannot_be_a_peer_is_answered_with_what_was_expected() {
        assert_eq!(mistake("9999"), "'9999' is a port without a host: did you mean 127.0.0.1:9999?");
        assert_eq!(mistake(":9999"), "'9999' is a port without a host: did you mean 127.0.0.1:9999?");
        assert_eq!(mistake("10.0.0.7:70000"), "port '70000' is not a number from 0 to 65535");
        assert_eq!(mistake("10.0.0.7:+1"), "port '+1' is not a number from 0 to 65535");
        assert_eq!(mistake("host:"), "port '' is not a number from 0 to 65535");
        assert_eq!(mistake("host:0"), "port 0 cannot be sent to: expected a port from 1 to 65535");
        assert_eq!(mistake("10.0.0.256:1"), "'10.0.0.256' is not an IPv4 address: expected four numbers from 0 to 255");
        assert!(mistake("::g").starts_with("'::g' is not an IPv6 address"));
        assert!(mistake("[::1]9999").starts_with("expected an IPv6 address in brackets"));
        assert!(mistake("[::1").starts_with("expected an IPv6 address in brackets"));
        assert_eq!(
            mistake("fe80::1"),
            "'fe80::1' is a link-local address and needs its interface, such as fe80::1%eth0"
        );
        assert!(mistake("10.0.0.7%eth0").starts_with("'10.0.0.7' takes no interface"));
        assert!(mistake("0.0.0.0:9").ends_with("did you mean 127.0.0.1?"));
        assert!(mistake("two words:1").starts_with("'two words' is not a host name"));
        assert!(mistake("").starts_with("expected HOST"));
    }

    #[test]
    fn where_nobody_can_listen_is_answered_with_what_was_expected() {
        let mistake = |text: &str| bad_address(&text.parse::<Bind>().unwrap_err());
        assert_eq!(mistake("70000"), "port '70000' is not a number from 0 to 65535");
        assert!(mistake("localhost:1").starts_with("'localhost' is not an address of this machine"));
        assert!(mistake("").contains("expected PORT"));
    }
}
