//! What stands before what is typed: where it goes.

use crate::chat::api::talk::Conversation;
use crate::view::screen::rows::Row;
use crate::view::screen::theme::{Role, Theme};
use crate::view::text;
use crate::view::text::width::{fitted, width};

/// A name takes at most so many cells.
const NAME_CELLS_MAX: usize = 16;
/// An address is told apart by its end: so many cells an IPv4 address takes with its port and its brackets.
const ADDRESS_CELLS_MAX: usize = 23;
/// What follows it.
const END: &str = "> ";

/// `#room> `, `→ bob> ` or `[10.0.0.7:7788]> `, in at most half of `cells`.
pub fn of_target(to: &Conversation, theme: Theme, cells: usize) -> Row {
    let (arrow, role, cells_max) = match to {
        Conversation::Person(_) => (theme.sign("→ ", "-> "), Role::Private, NAME_CELLS_MAX),
        Conversation::Room(_) => ("", Role::Text, NAME_CELLS_MAX),
        Conversation::PlainPeer(_) | Conversation::PlainPeers(_) => ("", Role::Text, ADDRESS_CELLS_MAX),
    };
    let mut name = String::new();
    text::sanitise(&to.to_string(), &mut name);
    let most = cells_max.min((cells / 2).saturating_sub(END.len()));
    let name = fitted(&name, most.saturating_sub(width(arrow)), theme.sign("…", "~"));
    let target = format!("{arrow}{}", text::name(&name, theme.has_signs));
    let mut row = Row { text: String::new(), cells: width(&target) + END.len() };
    theme.paint(role, &target, &mut row.text);
    row.text.push_str(END);
    row
}

/// Words that ask for something else than a line, safe to show, in at most so many cells.
pub fn of_words(words: &str, cells: usize, end: &str) -> Row {
    let text = fitted(words, cells, end);
    Row { cells: width(&text), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::talk::Person;
    use crate::chat::base::bytes::Bytes;
    use crate::chat::keys::secret::RoomName;

    fn shown(to: &Conversation, has_signs: bool, cells: usize) -> (String, usize) {
        let Row { text, cells } = of_target(to, Theme { has_signs, ..Theme::default() }, cells);
        (text, cells)
    }

    #[test]
    fn the_prompt_names_the_target_and_leaves_room_to_type() {
        let room = |name: &str| Conversation::Room(RoomName::parse(name).expect("a room"));
        let bob = Conversation::Person(Person { name: "bob".to_owned(), author: Bytes([5; 32]) });
        assert_eq!(shown(&room("lobby"), true, 79), ("#lobby> ".to_owned(), 8));
        assert_eq!(shown(&bob, true, 79), ("→ bob> ".to_owned(), 7));
        assert_eq!(shown(&bob, false, 79), ("-> bob> ".to_owned(), 8));
        let plain = Conversation::PlainPeer("10.0.0.7:7788".parse().expect("an address"));
        assert_eq!(shown(&plain, true, 79), ("[10.0.0.7:7788]> ".to_owned(), 17));
        let several = Conversation::PlainPeers(vec!["192.168.100.100:50000".parse().expect("an address"); 3]);
        assert_eq!(shown(&several, true, 79), ("[3 peers]> ".to_owned(), 11));
        assert_eq!(shown(&Conversation::PlainPeers(Vec::new()), true, 79), ("> ".to_owned(), 2));
        assert_eq!(shown(&room("a-room-with-a-long-name"), true, 79), ("#a-room-with-a-…> ".to_owned(), 18));
        assert_eq!(shown(&room("大家好大家好大家好"), false, 79), ("#大家好大家好大~> ".to_owned(), 18));
        assert_eq!(shown(&room("lobby"), true, 13), ("#lo…> ".to_owned(), 6));
        assert_eq!(shown(&room("lobby"), true, 3), ("> ".to_owned(), 2));
        let sara = Conversation::Person(Person {
            name: "سارة سارة سارة سارة".to_owned(), author: Bytes([3; 32])
        });
        let (prompt, cells) = shown(&sara, true, 79);
        assert!(
            prompt.ends_with("…\u{2069}> ") && cells == 18,
            "what is typed is not among the letters of a name: {prompt}"
        );
    }
}
