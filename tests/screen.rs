//! The live screen as a terminal draws it: each thing that is on it, at sizes from tiny to large.

#[path = "common/drawn.rs"]
mod drawn;
#[path = "common/svg.rs"]
mod svg;

use std::path::Path;
use std::time::Duration;

use chinwag::chat::api::answer::{Answer, Answered, Confirmation};
use chinwag::chat::api::carrier::{BrokerTrouble, CarrierNews, CarrierState};
use chinwag::chat::api::event::{Display, Event, Fault};
use chinwag::chat::api::notice::Notice;
use chinwag::chat::api::refusal::{Refusal, TextRefusal};
use chinwag::chat::api::requester::Requester;
use chinwag::chat::api::talk::{
    Change, Conversation, InstanceKind, Marks, MessageBody, MessageId, Offered, Person, Said, Speaker, Takeback,
};
use chinwag::chat::api::transfers::{OfferTold, TransferState, TransferTold};
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::time::Wall;
use chinwag::chat::keys::identity::words_of;
use chinwag::chat::wire::offer::{OfferItem, OfferKey};
use chinwag::view::screen::ScreenRequest;
use chinwag::view::screen::status::Trouble;
use chinwag::view::screen::theme::{Depth, Theme};
use drawn::{Drawn, NOON, room, said, scenes, somebody};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 10), (20, 5)];

#[test]
fn a_chat_looks_like_this() {
    assert_eq!(
        drawn::chat().shown(),
        [
            "-- alice is here.",
            "-- bob is here.",
            "14:02 <alice> lunch at 12:30? 🍜",
            "14:02 <bob> yes. https://example.org/a/menu/that/has/a/rather/long/address/in/it",
            ".html",
            "14:02 <tim> I am in",
            "14:02 <alice> Tim: bring the others",
            "              and an umbrella",
            "#lobby OPEN  ✓ 2/2  alice, bob",
            "#lobby> on my way, al",
        ]
    );
}

#[test]
fn several_conversations_share_the_screen() {
    assert_eq!(
        drawn::rooms().shown(),
        [
            "14:02 #lobby <alice> good morning",
            "14:02 #dev <bob> the build is green again",
            "14:02 [192.168.1.7:9999] hello from nc -u",
            "14:02 #dev <bob> tim, can you have a look?",
            "14:02 #lobby <tim> morning!",
            "1:#lobby OPEN  sending…  [2:#dev(1) 3:[192.168.1.7:9999](1)]  alice, bob",
            "#lobby>",
        ]
    );
}

#[test]
fn a_number_stays_when_another_conversation_is_closed() {
    let mut drawn = Drawn::new((80, 12), &["lobby", "dev"]);
    let bob = || Conversation::Person(Person::from(&somebody("bob", 5)));
    drawn.chooses(bob());
    drawn.writes("192.168.1.7:9999", "hello from nc -u");
    drawn.types("\x1b4");
    assert_eq!(
        drawn.requests.pop(),
        Some(ScreenRequest::Choose(Conversation::PlainPeer("192.168.1.7:9999".parse().unwrap())))
    );
    drawn.chooses(Conversation::Room(room("lobby")));
    drawn.show(&Event::Closed(bob()));
    assert_eq!(drawn.status(), "1:#lobby OPEN  [4:[192.168.1.7:9999](1)]  nobody else here");
    drawn.types("\x1b3");
    assert_eq!(drawn.requests, [], "nothing has this number any more");
    drawn.chooses(bob());
    assert!(drawn.status().starts_with("3:→ bob, private"), "the keys reach nine: {}", drawn.status());
    assert!(drawn.status().contains("4:[192.168.1.7:9999]"), "{}", drawn.status());
}

#[test]
fn who_is_answered_is_no_more_unread() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let bob = somebody("bob", 5);
    drawn.stands("lobby", &[("bob", 5)]);
    drawn.show(&Event::Said(Said { to: Some(somebody("tim", 1)), ..said(bob.clone(), "lobby", "psst") }));
    assert!(drawn.status().contains("[2:bob(1)]"), "{}", drawn.status());
    drawn.wrote_as(7, Conversation::Person(Person::from(&bob)), "yes?");
    assert!(!drawn.status().contains("2:bob"), "{}", drawn.status());
}

#[test]
fn who_has_left_is_marked_and_after_an_hour_of_silence_leaves_the_list_unless_something_waits_there() {
    let hour = Duration::from_secs(3600);
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let [bob, ann, eve] = [("bob", 5), ("ann", 6), ("eve", 7)].map(|(nick, number)| somebody(nick, number));
    drawn.stands("lobby", &[("bob", 5), ("ann", 6), ("eve", 7)]);
    let person = |who: &Speaker| Conversation::Person(Person::from(who));
    for who in [&bob, &ann, &eve] {
        drawn.chooses(person(who));
    }
    drawn.chooses(person(&ann));
    drawn.types("a draft");
    drawn.chooses(person(&bob));
    assert_eq!(drawn.status(), "2:→ bob, private");
    drawn.stands("lobby", &[]);
    assert_eq!(drawn.status(), "2:→ bob, private, not here");
    drawn.later(hour);
    drawn.stands("lobby", &[]); // something happens
    let chosen = |drawn: &mut Drawn, key: &str| {
        drawn.types(key);
        drawn.requests.pop().is_some()
    };
    assert_eq!(
        [chosen(&mut drawn, "\x1b3"), chosen(&mut drawn, "\x1b4")],
        [true, false],
        "ann has a draft, eve is gone"
    );
    assert!(drawn.status().starts_with("2:→ bob, private, not here"), "one types to him: {}", drawn.status());
}

#[test]
fn what_is_taken_back_is_told_with_its_time_and_not_shown_again() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let bob = somebody("bob", 5);
    let first = said(bob.clone(), "lobby", "my password is canary");
    let taken = Takeback { id: first.id, last: first.id.seq, sent: Some(first.sent), is_offer: false };
    drawn.show(&Event::Said(first));
    drawn.wrote_as(3, Conversation::Room(room("lobby")), "mine, canary");
    let mine = Takeback { id: MessageId { seq: 3, ..taken.id }, last: 3, sent: None, is_offer: false };
    let said = said(bob, "lobby", "");
    let id = MessageId { seq: 9, ..said.id };
    drawn.show(&Event::Said(Said { words: MessageBody::Deletion(taken), id, ..said }));
    assert_eq!(drawn.shown()[2], "14:02 ** bob takes back what was said at 14:02");
    let which = Confirmation::TakenBack { which: mine, text: "mine".to_owned(), messages: 1 };
    drawn.show(&Event::Notice(Notice::Answer(which)));
    drawn.types("\x0c");
    assert!(!drawn.shown().join("\n").contains("canary"), "{:?}", drawn.shown());
    assert!(drawn.shown().join("\n").contains("bob takes back"));
}

#[test]
fn what_is_offered_stands_where_it_is_said_and_how_far_a_fetch_is_in_the_status_row() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let alice = somebody("alice", 5);
    drawn.stands("lobby", &[("alice", 5)]);
    let item = OfferItem::new("my \u{202e}film.mkv".to_owned(), 400_000_000, Bytes([1; 32]), false);
    let offered = Offered::new(OfferKey { entry: Bytes([1; 16]), item: 0 }, item);
    let offer = OfferTold {
        id: offered.id.clone(),
        name: offered.item.name.clone(),
        bytes: offered.item.size,
        is_folder: false,
        room: room("lobby"),
        by: alice.clone(),
        to: None,
        is_own: false,
    };
    let line = format!("14:02 ** alice offers my _film.mkv (400 MB): /get {}", offered.id);
    drawn.show(&Event::Said(Said { words: MessageBody::Offer(offered.into()), ..said(alice, "lobby", "") }));
    assert!(drawn.shown().contains(&line), "{:?}", drawn.shown());
    let told =
        |state| Event::Transfer(Box::new(TransferTold { offer: offer.clone(), with: None, state, requester: None }));
    drawn.show(&told(TransferState::Started));
    assert!(drawn.status().contains("my _film.mkv  0 %"), "{}", drawn.status());
    drawn.show(&told(TransferState::Progress { done: 100_000_000, rate: 30_000_000 }));
    assert!(drawn.status().contains("my _film.mkv  25 %, 30 MB/s, 10 s left"), "{}", drawn.status());
    drawn.resize(40, 8);
    assert_eq!(drawn.status(), "#lobby OPEN  my _film.mkv  25 %  alice");
    drawn.resize(24, 8);
    assert_eq!(drawn.status(), "#lobby OPEN  25 %");
    drawn.show(&told(TransferState::Complete { path: Some("/home/tim/my _film.mkv".to_owned()) }));
    assert!(!drawn.status().contains("film"), "{}", drawn.status());
}

#[test]
fn a_word_that_is_highlighted_rings_until_it_is_not() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let rings = |drawn: &mut Drawn| {
        drawn.later(Duration::from_secs(3));
        drawn.says(somebody("bob", 5), "lobby", "we deploy now");
        drawn.frame.contains('\x07')
    };
    drawn.types("\x1b[O"); // nobody looks
    assert!(!rings(&mut drawn));
    drawn.show(&Event::Highlight(Some("deploy".to_owned())));
    assert_eq!(drawn.shown()[1], "-- highlighted besides your name: deploy");
    assert!(rings(&mut drawn));
    drawn.show(&Event::Highlight(Some("deploy".to_owned())));
    assert!(!rings(&mut drawn));
    drawn.show(&Event::Highlight(None));
    assert!(drawn.shown().contains(&"-- no word is highlighted besides your name".to_owned()), "{:?}", drawn.shown());
}

#[test]
fn what_tab_chooses_among_stands_in_the_status_row_and_two_of_a_name_offer_their_tags() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let tagged = Speaker { tag: Some("k3f9".to_owned()), ..somebody("bob", 6) };
    let (room, me) = (room("lobby"), somebody("tim", 1));
    let here = vec![somebody("bob", 5), tagged, somebody("ann", 7)];
    let nicks = ["bob", "bob", "ann"].map(str::to_owned).to_vec();
    drawn.show(&Event::Standing { room, here, nicks, count: 3, me, is_away: false, is_sealed: false, topic: None });
    drawn.types("/msg b\t");
    assert_eq!(drawn.shown().last().unwrap(), "#lobby> /msg bob");
    assert!(drawn.status().starts_with("#lobby OPEN  bob bob#k3f9  "), "{}", drawn.status());
    drawn.types("\t");
    assert_eq!(drawn.shown().last().unwrap(), "#lobby> /msg bob#k3f9");
    drawn.types("hi");
    assert_eq!(drawn.status(), "#lobby OPEN  bob, bob#k3f9, ann");
}

#[test]
fn a_verified_key_has_its_mark_in_the_status_row() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let bob = Speaker { is_verified: true, ..somebody("bob", 5) };
    let (room, me) = (room("lobby"), somebody("tim", 1));
    let here = vec![somebody("ann", 6), bob.clone()];
    drawn.show(&Event::Standing {
        room,
        here,
        nicks: vec![],
        count: 2,
        me,
        is_away: false,
        is_sealed: false,
        topic: None,
    });
    assert_eq!(drawn.status(), "#lobby OPEN  ann, bob✓");
    drawn.chooses(Conversation::Person(Person::from(&bob)));
    assert_eq!(drawn.status(), "2:→ bob✓, private");
}

#[test]
fn what_is_not_confirmed_is_printed_and_stands_in_the_status_row() {
    assert_eq!(
        drawn::unconfirmed().shown(),
        [
            "14:02 <tim> the meeting is at three",
            "! \"the meeting is at three\": not confirmed by bob (1 of 2 have)",
            "14:02 <alice> got it",
            "#lobby OPEN  ! bob has not confirmed  alice, bob",
            "#lobby>",
        ]
    );
}

#[test]
fn the_status_row_tells_of_the_newest_line_alone() {
    let mut drawn = Drawn::new((80, 12), &["lobby", "dev"]);
    drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
    let state = |drawn: &Drawn| drawn.status().split("  ").nth(1).unwrap_or_default().to_owned();
    drawn.wrote_as(1, Conversation::Room(room("lobby")), "first");
    assert_eq!(state(&drawn), "sending…");
    drawn.judged((1, 1), (1, 2), None);
    assert_eq!(state(&drawn), "! bob has not confirmed");
    drawn.wrote_as(2, Conversation::Person(Person::from(&somebody("bob", 5))), "psst");
    assert_eq!(state(&drawn), "sending…", "to bob alone");
    drawn.judged((1, 1), (2, 2), None);
    assert_eq!(state(&drawn), "sending…", "an older line is confirmed after all");
    drawn.judged((2, 2), (1, 1), Some(somebody("bob", 5)));
    assert_eq!(state(&drawn), "✓ bob");
    drawn.wrote_as(4, Conversation::Room(room("dev")), "a bot speaks elsewhere");
    drawn.wrote_as(3, Conversation::Room(room("lobby")), "last");
    drawn.judged((3, 3), (2, 2), None);
    assert_eq!(state(&drawn), "✓ 2/2");
    drawn.wrote_as(0, Conversation::Room(room("lobby")), "a topic");
    assert_eq!(state(&drawn), "✓ 2/2");
    drawn.wrote_as(0, Conversation::PlainPeer("10.0.0.7:9".parse().expect("an address")), "plain");
    assert_eq!(state(&drawn), "alice, bob", "nobody confirms what is said in plain");
}

#[test]
fn every_script_has_its_place_and_the_caret_stands_behind_what_is_typed() {
    let drawn = drawn::scripts();
    assert_eq!(drawn.shown()[0], "14:02 <李雷> 大家好，今天的会议改到三点");
    // A name that is written from right to left is kept apart from what is around it.
    assert!(drawn.shown()[3].contains("<\u{2068}سارة\u{2069}> مرحبا بالجميع"), "{:?}", drawn.shown()[3]);
    assert_eq!(drawn.caret(), (6, 17));
}

/// `CHINWAG_PICTURES=make cargo test --test screen pictures` makes them anew.
#[test]
fn the_pictures_of_the_readme_are_what_is_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    for (name, drawn) in scenes() {
        let (path, picture) = (folder.join(format!("{name}.svg")), svg::picture(drawn.terminal.screen()));
        if std::env::var_os("CHINWAG_PICTURES").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &picture).expect("a picture");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == picture, "{} is not what is drawn now", path.display());
    }
}

#[test]
fn at_every_size_the_live_rows_are_the_last_and_no_row_of_them_is_wrapped() {
    for size in SIZES {
        let mut drawn = Drawn::new(size, &["lobby", "a-room-with-a-long-name"]);
        let people: Vec<(String, u8)> = (2..30).map(|number| (format!("person{number}"), number)).collect();
        let people: Vec<(&str, u8)> = people.iter().map(|(nick, number)| (nick.as_str(), *number)).collect();
        drawn.stands("lobby", &people);
        for number in 0..60 {
            drawn.says(somebody("alice", 2), "lobby", &format!("line {number}"));
        }
        drawn.types("你好 this is typed");
        let rows = drawn.shown();
        let (row, column) = drawn.caret();
        assert_eq!(usize::from(row), rows.len() - 1, "{size:?}");
        assert!(column < size.0, "{size:?}");
        let most = usize::from((size.1 / 3).max(1));
        let status = rows.iter().rposition(|row| row.starts_with("1:#lobby")).expect("a status row");
        assert!(rows.len() - 1 - status <= most, "{size:?}: {rows:?}");
        assert!(rows[status - 1].ends_with("line 59"), "{size:?}: {rows:?}");
        assert!((0..size.1).all(|row| !drawn.terminal.screen().row_wrapped(row)) || size.0 < 40, "{size:?}");
    }
}

#[test]
fn the_editor_grows_to_a_third_of_the_height_and_scrolls_from_there() {
    let mut drawn = Drawn::new((40, 12), &["lobby"]);
    for line in 1..=9 {
        drawn.types(&format!("line {line}"));
        drawn.types("\x1b\r");
    }
    drawn.types("end");
    assert_eq!(drawn.shown()[1..], ["  line 7", "  line 8", "  line 9", "  end"]);
    drawn.types("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A");
    assert_eq!(drawn.shown()[1..], ["  line 2", "  line 3", "  line 4", "  line 5"]);
}

#[test]
fn keys_edit_what_is_read_as_characters() {
    let mut drawn = Drawn::new((40, 10), &["lobby"]);
    drawn.types("你好 wide\x17\x7f\x7f");
    assert_eq!((drawn.shown()[1].as_str(), drawn.caret()), ("#lobby> 你", (1, 10)));
    drawn.types("\x01X\x05Y\x02\x02");
    assert_eq!((drawn.shown()[1].as_str(), drawn.caret()), ("#lobby> X你Y", (1, 9)));
    drawn.types("\x03");
    assert_eq!(drawn.shown()[1], "#lobby>");
    drawn.types("\x1f");
    assert_eq!(drawn.shown()[1], "#lobby> X你Y");
    drawn.types("\r");
    assert_eq!(drawn.requests, [ScreenRequest::Remember("X你Y".to_owned()), ScreenRequest::Line("X你Y".to_owned())]);
}

#[test]
fn leaving_is_asked_twice_and_a_draft_is_no_reason_to() {
    let mut drawn = Drawn::new((60, 10), &["lobby"]);
    drawn.types("draft\x03\x03");
    assert_eq!(
        (drawn.status().as_str(), drawn.requests.len()),
        ("#lobby OPEN  Ctrl+C again leaves  nobody else here", 0)
    );
    drawn.types("x\x03\x03");
    assert_eq!(drawn.requests, []);
    drawn.types("\x03");
    assert_eq!(drawn.requests, [ScreenRequest::Leave]);
    drawn.types("\x04");
    assert_eq!(drawn.requests.len(), 2);
}

#[test]
fn what_is_pasted_is_never_sent_by_itself_and_never_a_command() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    drawn.types("\x1b[200~/quit\x1b[201~");
    assert_eq!((drawn.requests.len(), drawn.shown()[1].as_str()), (0, "#lobby> /quit"));
    drawn.types("\r");
    assert_eq!(drawn.requests.last(), Some(&ScreenRequest::Text("/quit".to_owned())));
    drawn.requests.clear();
    let lines = "line\n".repeat(50);
    drawn.screen.push(format!("\x1b[200~{lines}\x1b[201~").as_bytes(), chinwag::chat::base::time::Moment::START);
    drawn.types("\r");
    for asked in [
        "-- 50 lines were pasted: Enter again sends them as one message",
        "#lobby OPEN  Enter again sends it  nobody else here",
    ] {
        assert!(drawn.shown().contains(&asked.to_owned()), "{:?}", drawn.shown());
    }
    drawn.types("\r");
    assert_eq!(drawn.requests.last(), Some(&ScreenRequest::Text(lines.trim_end().to_owned())));
}

#[test]
fn an_invitation_is_said_only_when_that_is_asked_for_twice_and_is_not_brought_back() {
    let words = "look: zebra zone zoo abandon ability able about above.";
    let asked = [
        "-- that looks like an invitation: Enter again says it to all in the room",
        "#lobby OPEN  Enter again says it  nobody else here",
    ];
    for text in
        [words, "Chinwag:team#zebra-zone", "\x1b[200~see chinwag:team#zebra-zone\nthere\x1b[201~", "/me chinwag:a#b"]
    {
        let mut drawn = Drawn::new((80, 10), &["lobby"]);
        drawn.screen.push(text.as_bytes(), chinwag::chat::base::time::Moment::START);
        drawn.types("\r");
        assert_eq!((&drawn.shown()[..2], drawn.requests.len()), (&asked.map(str::to_owned)[..], 0), "{text}");
        drawn.types("\r");
        assert!(
            matches!(drawn.requests.as_slice(), [ScreenRequest::Line(_) | ScreenRequest::Text(_)]),
            "{:?}",
            drawn.requests
        );
        drawn.types("\x1b[A");
        assert_eq!(drawn.shown()[2], "#lobby>", "it is not among what was typed");
    }
    for text in ["zebra zone zoo abandon ability able about qqq", "chinwag: a chat", "　　behind a blank"] {
        let mut drawn = Drawn::new((80, 10), &["lobby"]);
        drawn.types(&format!("{text}\r"));
        assert_eq!(drawn.requests.last(), Some(&ScreenRequest::Line(text.to_owned())));
        let is_kept = drawn.requests.contains(&ScreenRequest::Remember(text.to_owned()));
        assert_eq!(is_kept, !text.starts_with('　'), "{text}");
    }
}

#[test]
fn what_is_too_long_stays_where_it_can_be_shortened() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    drawn.screen.push(
        format!("\x1b[200~{}\x1b[201~", "x".repeat(100_000)).as_bytes(),
        chinwag::chat::base::time::Moment::START,
    );
    drawn.types("\r");
    assert_eq!(drawn.requests, []);
    for told in [
        "! that was not sent: it is 100000 bytes long, a message has at most 65536",
        "#lobby OPEN  not sent  nobody else here",
    ] {
        assert!(drawn.shown().contains(&told.to_owned()), "{:?}", drawn.shown());
    }
}

#[test]
fn a_number_of_the_row_is_a_conversation_unless_a_room_is_called_so() {
    let mut drawn = Drawn::new((80, 9), &["lobby", "dev", "1"]);
    drawn.says(Speaker { nick: "bob".to_owned(), ..somebody("bob", 5) }, "lobby", "hi");
    let typed = |drawn: &mut Drawn, text: &str| {
        drawn.types(&format!("{text}\r"));
        drawn.requests.last().cloned()
    };
    let dev = Some(ScreenRequest::Choose(Conversation::Room(room("dev"))));
    assert_eq!((typed(&mut drawn, "/room 2"), typed(&mut drawn, "/query 2")), (dev.clone(), dev));
    for text in ["/room 1", "/room 9", "/room 0", "/room dev", "/me 2"] {
        assert_eq!(typed(&mut drawn, text), Some(ScreenRequest::Line(text.to_owned())));
    }
    let pasted = typed(&mut drawn, "\x1b[200~/room 2\x1b[201~");
    assert_eq!(pasted, Some(ScreenRequest::Text("/room 2".to_owned())), "a paste is no command");
}

#[test]
fn what_has_no_room_in_the_status_row_goes_whole_and_the_most_urgent_stays() {
    let status = |columns| {
        let mut drawn = Drawn::with((columns, 9), &["lobby", "dev"], Theme::default());
        drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
        drawn.says(somebody("bob", 5), "dev", "tim?");
        drawn.wrote("lobby", "hi");
        drawn.verdict("lobby", "hi", 1, 2, &[("bob", 5)]);
        drawn.is_about("lobby", "lunch at noon");
        drawn.status()
    };
    assert_eq!(status(80), "1:#lobby OPEN  ! bob has not confirmed  [2:#dev(1)]  alice, bob  lunch at noon");
    assert_eq!(status(78), "1:#lobby OPEN  ! bob has not confirmed  [2:#dev(1)]  alice, bob");
    assert_eq!(status(60), "1:#lobby OPEN  ! bob has not confirmed  [2:#dev(1)]  2 here");
    assert_eq!(status(54), "1:#lobby OPEN  ! bob has not confirmed  [2:#dev(1)]");
    assert_eq!(status(40), "1:#lobby OPEN  ! bob has not confirmed");
    assert_eq!(status(30), "! bob has not confirmed");
    assert_eq!(status(20), "1:#lobby OPEN");
}

#[test]
fn each_conversation_has_its_draft_and_its_number() {
    let mut drawn = Drawn::new((80, 10), &["lobby", "dev"]);
    drawn.types("for all\x1b2");
    let dev = Conversation::Room(room("dev"));
    assert_eq!(drawn.requests, [ScreenRequest::Choose(dev.clone())]);
    drawn.chooses(dev);
    assert_eq!(drawn.shown()[..2], ["2:#dev OPEN  nobody else here", "#dev>"]);
    drawn.says(somebody("bob", 5), "lobby", "tim?");
    drawn.types("\x1ba");
    assert_eq!(drawn.requests.last(), Some(&ScreenRequest::Choose(Conversation::Room(room("lobby")))));
    drawn.chooses(Conversation::Room(room("lobby")));
    assert_eq!(drawn.shown()[1..], ["1:#lobby OPEN  nobody else here", "#lobby> for all"]);
}

#[test]
fn what_is_typed_for_a_room_that_is_waited_for_is_its_draft_and_comes_back_where_it_is_not_joined() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    let (lobby, vault) = (Conversation::Room(room("lobby")), Conversation::Room(room("vault")));
    drawn.types("/join vault\r");
    drawn.chooses(vault.clone());
    drawn.types("half a");
    assert_eq!(drawn.shown(), ["2:#vault joining…", "#vault> half a"]);
    drawn.chooses(vault.clone());
    drawn.types(" line");
    drawn.show(&Event::GivenBack { text: "said too soon".to_owned(), is_text: false });
    assert_eq!(drawn.shown()[1..], ["#vault> said too soon", "  half a line"]);
    drawn.chooses(lobby.clone());
    assert_eq!(drawn.shown(), ["#lobby OPEN  nobody else here", "#lobby> said too soon", "  half a line"]);
    drawn.types("\x15/join vault\r");
    drawn.chooses(vault.clone());
    drawn.types("for the vault");
    drawn.show(&Event::Notice(Notice::You { nick: "tim".to_owned(), room: room("vault"), is_sealed: false }));
    drawn.stands("vault", &[]);
    drawn.chooses(vault.clone());
    drawn.chooses(lobby);
    assert_eq!(drawn.shown().last().map(String::as_str), Some("#lobby>"), "nothing of it is left where all can read");
    drawn.chooses(vault);
    assert_eq!(drawn.shown().last().map(String::as_str), Some("#vault> for the vault"));
}

#[test]
fn what_chinwag_itself_says_is_broken_between_words_and_messages_where_that_is_wanted() {
    let theme = Theme { has_signs: true, ..Theme::default() };
    let play = |wraps_words| {
        let mut drawn = Drawn::made((32, 18), &["lobby"], theme, |setup| setup.look.wraps_words = wraps_words);
        drawn.show(&Event::Notice(Notice::NobodyHeard { room: room("lobby") }));
        drawn.show(&Event::Notice(Notice::Answer(Confirmation::Words("x:\n/who  who is here, and since when".into()))));
        drawn.says(somebody("alice", 2), "lobby", "let us meet at https://example.org/x/y z");
        drawn.says(somebody("alice", 2), "lobby", "a paste is as it was pasted, long\nand short");
        let mut shown = drawn.shown();
        shown.truncate(shown.len() - 2);
        shown
    };
    let own = [
        "-- Nobody heard yet in #lobby.",
        "   What you say is kept for",
        "   whoever comes; chinwag",
        "   doctor looks why.",
        "x:",
    ];
    let table = ["  /who  who is here, and since", "        when"];
    let paste = ["14:02 <alice> a paste is as it w", "as pasted, long", "  and short"];
    let whole = ["14:02 <alice> let us meet at htt", "ps://example.org/x/y z"];
    let broken = ["14:02 <alice> let us meet at", "  https://example.org/x/y z"];
    assert_eq!(play(false), [&own[..], &table, &whole, &paste].concat());
    assert_eq!(play(true), [&own[..], &table, &broken, &paste].concat());
}

/// The indent of wrapped rows was once put in twice, and the words behind it were broken.
#[test]
fn wrapped_words_hang_below_the_text_however_far_that_is() {
    let mut drawn = Drawn::made((64, 12), &["lobby", "dev"], Theme::default(), |setup| setup.look.wraps_words = true);
    drawn.says(somebody("alice", 2), "lobby", "one two three four five six seven eight nine ten eleven twelve");
    let rows = drawn.shown();
    assert_eq!(rows[0], "14:02 #lobby <alice> one two three four five six seven eight");
    assert_eq!(rows[1], format!("{:21}nine ten eleven twelve", ""));
}

/// The list of what is unread was left out as a whole, and the topic stood where it had no room.
#[test]
fn how_much_is_unread_stands_in_the_row_where_the_list_does_not_fit() {
    let status = |columns| {
        let mut drawn = Drawn::with((columns, 12), &["lobby"], Theme::default());
        drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
        for (nick, number) in [("bartholomew", 11), ("clementine", 12), ("dominique", 13)] {
            let psst = said(somebody(nick, number), "lobby", "psst");
            drawn.show(&Event::Said(Said { to: Some(Speaker::me()), ..psst }));
        }
        drawn.is_about("lobby", "lunch at noon");
        drawn.status()
    };
    assert!(status(100).contains("[2:bartholomew(1) 3:clementine(1) 4:dominique(1)]"), "{}", status(100));
    assert_eq!(status(50), "1:#lobby OPEN  [3 unread]  alice, bob");
}

/// A window that gets lower cuts off what is below the cursor: the rows above it were overwritten, for the cursor does not get
/// as far down as the live rows were high.
#[test]
fn a_window_that_gets_lower_under_a_long_draft_takes_no_line_of_what_was_said() {
    let mut drawn = Drawn::new((40, 12), &["lobby"]);
    for number in 0..20 {
        drawn.says(somebody("alice", 2), "lobby", &format!("line {number}"));
    }
    drawn.types(&"a long draft ".repeat(8));
    drawn.types("\x01");
    for rows in [11, 8, 12] {
        drawn.resize(40, rows);
        let mut lines: Vec<String> = drawn.everything().into_iter().filter(|row| row.contains("alice")).collect();
        lines.dedup();
        assert_eq!(lines.len(), 20, "{lines:?}");
        // A third of the rows is the draft's: of eight that is less than it needs.
        let shown = drawn.shown();
        assert!(rows == 8 || shown[shown.len() - 1].ends_with("long draft"), "it is all there: {shown:?}");
    }
}

/// A line that came late, for the cable was out, rings for nobody; but it is not read yet.
#[test]
fn what_came_late_for_oneself_is_unread_and_does_not_ring() {
    let mut drawn = Drawn::new((80, 12), &["lobby", "vault"]);
    let late = Marks { is_backlog: true, ..Marks::default() };
    let bob = somebody("bob", 5);
    drawn.show(&Event::Said(Said { to: Some(Speaker::me()), marks: late, ..said(bob.clone(), "lobby", "psst") }));
    drawn.show(&Event::Said(Said { marks: late, ..said(bob, "vault", "tim, look") }));
    assert_eq!(drawn.status(), "1:#lobby OPEN  [2:#vault(1) 3:bob(1)]  nobody else here");
    assert!(!drawn.frame.contains('\x07'));
}

/// What a new user meets, at the usual widths: each scene says the same words as on a screen that is wide enough for all.
#[test]
fn no_word_of_chinwags_own_is_broken_at_any_usual_width() {
    let [alice, bob] = [somebody("alice", 2), somebody("bob", 5)];
    let told = |what| Event::Notice(Notice::Answer(what));
    let words = words_of(alice.author, bob.author);
    let words = Answered::Words { who: alice.clone(), words };
    let answer = |what| Event::Answer(Answer { to: Requester::default(), command: "verify", what });
    let why = Refusal::from(TextRefusal::TooLongForRoom { bytes: 70_000, most: 65_536 });
    let alone = Said { to: Some(Speaker::me()), ..said(alice.clone(), "lobby", "psst") };
    let found = Marks { is_recalled: true, ..Marks::default() };
    let scenes: [(&str, Vec<Event>); 7] = [
        ("first start", vec![Event::Notice(Notice::NobodyHeard { room: room("lobby") })]),
        ("three people", [alice.clone(), bob.clone()].map(|who| arrival(who, Change::Left)).into()),
        ("help", vec![told(Confirmation::Help), told(Confirmation::HelpOn("msg")), Event::Display(Display::Keys)]),
        ("verification words", vec![answer(words), told(Confirmation::Verified(alice))]),
        (
            "private conversation",
            vec![Event::Said(alone), told(Confirmation::TypingTo(Conversation::Room(room("lobby"))))],
        ),
        (
            "fault",
            vec![
                Event::Fault(Fault::Line { requester: Requester::default(), why }),
                Event::Notice(Notice::HistoryOff { why: "the disk is full".to_owned() }),
            ],
        ),
        (
            "search",
            vec![
                Event::Said(Said { marks: found, ..said(bob, "lobby", "lunch?") }),
                told(Confirmation::NothingFound(room("lobby"))),
            ],
        ),
    ];
    let printed = |columns, events: &[Event]| {
        let mut drawn = Drawn::new((columns, 200), &["lobby"]);
        for event in events {
            drawn.show(event);
        }
        let mut rows = drawn.shown();
        rows.truncate(rows.len() - 2);
        // Behind a hyphen a word may be broken (UAX 14).
        rows.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace("- ", "-")
    };
    for (scene, events) in scenes {
        let whole = printed(400, &events);
        assert!(whole.len() > 20, "{scene}: {whole}");
        for columns in [40, 60, 80, 120] {
            assert_eq!(printed(columns, &events), whole, "{scene} at {columns} columns");
        }
    }
}

fn arrival(who: Speaker, change: Change) -> Event {
    Event::Peer { room: room("lobby"), who, change, kind: InstanceKind::Person }
}

#[test]
fn the_last_lines_are_shown_again_at_the_start_and_when_the_screen_is_drawn_anew() {
    let at = |text: &str, ago: u64, marks: Marks| Said {
        sent: Wall(NOON - ago * 60_000),
        marks,
        ..said(somebody("alice", 2), "lobby", text)
    };
    let recalled = Marks { is_recalled: true, ..Marks::default() };
    let earlier = vec![at("first", 62, recalled), at("second", 32, recalled), at("third", 31, recalled)];
    let mut drawn = Drawn::made((60, 14), &["lobby"], Theme::default(), |setup| {
        (setup.look.replay_most, setup.earlier) = (2, earlier);
    });
    drawn.show(&Event::Said(at("while you were away", 20, Marks { is_backlog: true, ..Marks::default() })));
    drawn.says(somebody("bob", 5), "lobby", "tim: hi");
    let live = ["#lobby OPEN  nobody else here", "#lobby>"];
    let day = "-- earlier, Thursday 20 November 2025 --";
    let new = ["-- new since 13:31 --", "13:42 <alice> while you were away", "-- now --", "14:02 <bob> tim: hi"];
    assert_eq!(drawn.shown(), [&[day, "13:30 <alice> second", "13:31 <alice> third"], &new[..], &live].concat());
    assert!(drawn.frame.contains('\x07'));
    drawn.show(&Event::Said(Said { to: Some(Speaker::me()), ..said(somebody("bob", 5), "lobby", "for you alone") }));
    drawn.types("\x0c");
    let again =
        ["-- the last lines again --", day, "13:42 <alice> while you were away", "-- now --", "14:02 <bob> tim: hi"];
    let live = ["1:#lobby OPEN  [2:bob(1)]  nobody else here", "#lobby>"];
    assert_eq!(drawn.shown(), [&again[..], &live].concat());
    assert!(!drawn.frame.contains('\x07'), "nobody is called again");
}

#[test]
fn one_conversation_can_be_shown_alone_and_the_others_afterwards() {
    let mut drawn = Drawn::new((80, 12), &["lobby", "dev"]);
    drawn.show(&Event::Display(Display::Only));
    drawn.says(somebody("bob", 5), "dev", "missed");
    drawn.says(somebody("bob", 5), "lobby", "seen");
    assert_eq!(drawn.shown()[1], "14:02 #lobby <bob> seen");
    assert_eq!(drawn.status(), "1:#lobby OPEN only  [2:#dev(+1)]  nobody else here");
    drawn.show(&Event::Display(Display::All));
    assert_eq!(drawn.shown()[2..4], ["-- everything is shown again --", "14:02 #dev <bob> missed"]);
}

#[test]
fn what_came_late_or_was_said_before_has_its_own_time_and_mark() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    let minute = 60_000;
    let marked = |text: &str, ago: u64, marks: Marks| {
        let said = said(somebody("alice", 2), "lobby", text);
        Event::Said(chinwag::chat::api::talk::Said { sent: Wall(NOON - ago), marks, ..said })
    };
    drawn.show(&marked("yesterday", 24 * 60 * minute, Marks { is_backlog: true, ..Marks::default() }));
    drawn.show(&marked("today", 60 * minute, Marks { is_backlog: true, ..Marks::default() }));
    drawn.show(&marked("now", 0, Marks::default()));
    drawn.show(&marked("was lost", 5 * minute, Marks { is_late: true, ..Marks::default() }));
    assert_eq!(
        drawn.shown()[..7],
        [
            "-- earlier, Wednesday 19 November 2025 --",
            "14:02 <alice> yesterday",
            "-- earlier, Thursday 20 November 2025 --",
            "13:02 <alice> today",
            "-- now --",
            "14:02 <alice> now",
            "13:57 <alice> was lost [late]",
        ]
    );
}

#[test]
fn who_is_spoken_to_is_rung_where_nobody_looks_and_seen() {
    let mut drawn = Drawn::new((80, 12), &["lobby"]);
    drawn.says(somebody("alice", 2), "lobby", "hi all");
    assert!(!drawn.frame.contains('\x07'));
    drawn.says(somebody("alice", 2), "lobby", "hi TIM \x1b]9;evil\x07;x");
    assert!(drawn.frame.contains("\x07\x1b]9;chinwag: alice: hi TIM \\x1b]9;evil\\x07;x\x1b\\"), "{:?}", drawn.frame);
    let name = drawn.terminal.screen().cell(1, 17).expect("a cell");
    assert!(name.bold() && name.contents() == "T");
    drawn.says(somebody("alice", 2), "lobby", "tim!");
    assert!(!drawn.frame.contains('\x07'), "not again so soon");
    drawn.later(Duration::from_secs(3));
    drawn.says(somebody("alice", 2), "lobby", "tim!");
    assert!(drawn.frame.contains('\x07'));
    drawn.later(Duration::from_secs(3));
    drawn.types("\x1b[I"); // somebody looks
    drawn.says(somebody("alice", 2), "lobby", "tim!");
    assert!(!drawn.frame.contains('\x07'));
}

#[test]
fn nobody_is_rung_where_another_is_meant_or_a_name_stands_within_something_else() {
    let mut drawn = Drawn::new((80, 24), &["lobby"]);
    drawn.stands("lobby", &[("tim!", 2), ("tim-2", 3)]);
    for text in ["tim-2: look", "TIM! look", "https://tim/", "ask tim@example.org", "x/tim", "tim.sh", "half-tim"] {
        drawn.says(somebody("alice", 4), "lobby", text);
        assert!(!drawn.frame.contains('\x07'), "{text}");
        drawn.later(Duration::from_secs(3));
    }
    drawn.says(somebody("alice", 4), "lobby", "it was you, tim.");
    assert!(drawn.frame.contains('\x07'));
}

#[test]
fn what_was_pasted_is_said_again_as_what_it_was() {
    for again in ["\x1b[A", "\x12quit\r", "\x1b[A\x1b[D"] {
        let mut drawn = Drawn::new((80, 10), &["lobby"]);
        drawn.types("\x1b[200~/quit\x1b[201~");
        drawn.types("\r");
        drawn.types(again);
        drawn.types("\r");
        assert_eq!(drawn.requests.last(), Some(&ScreenRequest::Line("//quit".to_owned())), "{again:?}");
    }
}

#[test]
fn keys_behind_one_that_waits_for_the_disk_wait_too_and_those_behind_an_editor_are_nobodys() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    drawn.screen.push(b"see ./a\t\r", chinwag::chat::base::time::Moment::START);
    drawn.screen.paths(vec!["./assets/".to_owned()]);
    let requests = drawn.screen.go_on();
    assert_eq!(requests.last(), Some(&ScreenRequest::Line("see ./assets/".to_owned())));
    let requests = drawn.screen.push(b"abc\x18\x18\x03\x04", chinwag::chat::base::time::Moment::START);
    assert_eq!(requests, [ScreenRequest::Edit("abc".to_owned())]);
}

#[test]
fn of_a_very_long_message_the_beginning_is_shown() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    drawn.says(somebody("bob", 5), "lobby", &"x\n".repeat(5000));
    assert_eq!(drawn.shown()[7], "+4600 lines of this message, /history shows them");
    drawn.writes("10.0.0.7:9", &"x\n".repeat(5000));
    assert_eq!(drawn.shown()[7], "+4600 lines of this message");
    drawn.writes("10.0.0.7:9", "more");
    drawn.later(Duration::from_secs(1));
    assert_eq!(drawn.shown()[7], "+1 lines from [10.0.0.7:9]");
}

#[test]
fn nothing_that_somebody_says_or_is_called_acts_on_the_terminal() {
    for size in SIZES {
        let mut drawn = Drawn::new(size, &["lobby"]);
        let hostile = "\x1b[2J\x1b[31m\x1b]0;t\x07\u{9b}5A\r\u{202e}x\n\n\x1bc";
        let who = somebody(hostile, 9);
        drawn.stands("lobby", &[(hostile, 9)]);
        drawn.comes("lobby", who.clone());
        drawn.says(who.clone(), "lobby", hostile);
        drawn.writes("10.0.0.7:9", hostile);
        drawn.verdict("lobby", hostile, 0, 1, &[(hostile, 9)]);
        drawn.show(&Event::Notice(Notice::Answer(Confirmation::Words(hostile.to_owned()))));
        drawn.says(somebody("alice", 2), "lobby", "the end");
        let screen = drawn.terminal.screen();
        assert_eq!((screen.fgcolor(), screen.alternate_screen()), (vt100::Color::Default, false));
        let rows = drawn.shown();
        assert!(rows.concat().contains("<alice> the end"), "{size:?}: {rows:?}");
        assert_eq!(usize::from(drawn.caret().0), drawn.shown().len() - 1);
        assert!(!drawn.frame.contains("\x1b[2J") && !drawn.frame.contains('\u{202e}'));
    }
}

#[test]
fn a_flood_is_counted_and_told_and_everybody_else_is_read() {
    let mut drawn = Drawn::new((80, 24), &["lobby"]);
    for number in 0..10_000 {
        drawn.screen.show(
            &Event::Said(said(somebody("bob", 5), "lobby", &number.to_string())),
            chinwag::chat::base::time::Moment::START,
        );
    }
    assert!(drawn.screen.waiting() < 20_000);
    drawn.says(somebody("alice", 2), "lobby", "still here");
    drawn.later(Duration::from_secs(1));
    assert_eq!(
        drawn.shown()[drawn.shown().len() - 4..],
        [
            "14:02 <alice> still here",
            "+9800 lines from bob in #lobby: chinwag history -r lobby shows them",
            "#lobby OPEN  nobody else here",
            "#lobby>"
        ]
    );
}

#[test]
fn the_status_row_says_who_is_here_and_what_is_wrong() {
    let mut drawn = Drawn::new((100, 10), &["lobby"]);
    drawn.later(Duration::from_secs(9));
    assert_eq!(drawn.status(), "#lobby OPEN  nobody else here");
    drawn.later(Duration::from_secs(1));
    let alone = "#lobby OPEN  alone: /doctor";
    assert_eq!(drawn.status(), alone);
    drawn.screen.set_network(Trouble::NoNetwork);
    drawn.later(Duration::from_secs(1));
    assert_eq!(drawn.status(), "#lobby OPEN  no network  nobody else here");
    drawn.stands("lobby", &[("alice", 2)]);
    assert_eq!(drawn.status(), "#lobby OPEN  no network  alice", "on the same machine");
    drawn.stands("lobby", &[]);
    drawn.screen.set_network(Trouble::None);
    drawn.stands("lobby", &[("alice", 2)]);
    assert_eq!(drawn.status(), "#lobby OPEN  alice");
}

#[test]
fn a_room_that_goes_through_a_broker_says_so_in_the_status_row_and_when_that_is_not_reached() {
    let mut drawn = Drawn::new((100, 10), &["lobby"]);
    drawn.stands("lobby", &[("alice", 2)]);
    let broker: std::sync::Arc<_> = std::sync::Arc::new("mqtts://hub.example".parse().unwrap());
    let stands = |drawn: &mut Drawn, state: CarrierState| {
        drawn.show(&Event::Carrier(CarrierNews { room: room("lobby"), broker: std::sync::Arc::clone(&broker), state }));
        drawn.status()
    };
    assert_eq!(stands(&mut drawn, CarrierState::Connecting), "#lobby OPEN  hub.example not reached  alice");
    assert_eq!(stands(&mut drawn, CarrierState::Up), "#lobby OPEN  ⇄hub.example  alice");
    let down = CarrierState::Down(BrokerTrouble::NoAddress("\u{1b}[31mno such host".to_owned()));
    assert_eq!(stands(&mut drawn, down), "#lobby OPEN  hub.example not reached  alice");
    let printed = drawn.shown().join(" ");
    assert!(printed.contains("#lobby is not reached through hub.example: its name has no address"), "{printed}");
    assert!(!drawn.frame.contains("\u{1b}[31mno"));
    assert_eq!(stands(&mut drawn, CarrierState::Removed), "#lobby OPEN  alice");
}

#[test]
fn nothing_is_drawn_where_nothing_has_changed_and_a_drawing_is_one_piece() {
    let mut drawn = Drawn::new((80, 10), &["lobby"]);
    drawn.says(somebody("alice", 2), "lobby", "hi");
    assert!(drawn.frame.starts_with("\x1b[?2026h") && drawn.frame.ends_with("\x1b[?2026l"));
    drawn.frame.clear();
    drawn.later(Duration::from_millis(100));
    assert_eq!((drawn.frame.as_str(), drawn.screen.deadline().is_some()), ("", true), "only being alone is waited for");
    drawn.stands("lobby", &[("alice", 2)]);
    assert_eq!(drawn.screen.deadline(), None);
}

#[test]
fn without_colours_or_signs_it_is_still_a_chat() {
    let mut drawn = Drawn::with((80, 10), &["lobby"], Theme { depth: Depth::Monochrome, ..Theme::default() });
    drawn.stands("lobby", &[("alice", 2)]);
    drawn.wrote("lobby", "hi");
    drawn.verdict("lobby", "hi", 1, 1, &[]);
    assert_eq!(drawn.shown(), ["14:02 <tim> hi", "#lobby OPEN  ok 1/1  alice", "#lobby>"]);
    drawn.show(&Event::Fault(Fault::Line { requester: Requester::default(), why: TextRefusal::Nul.into() }));
    assert_eq!(drawn.shown()[1], "! that was not sent: it holds a NUL byte, expected text");
}

#[test]
fn keys_and_clear_do_what_they_say() {
    let mut drawn = Drawn::new((80, 50), &["lobby"]);
    drawn.show(&Event::Display(Display::Keys));
    assert!(drawn.shown().iter().any(|row| row.contains("ctrl+_") && row.contains("undo")));
    drawn.show(&Event::Display(Display::Clear));
    assert_eq!(drawn.shown(), ["#lobby OPEN  nobody else here", "#lobby>"]);
    let mut screen = drawn.terminal.screen().clone();
    screen.set_scrollback(usize::MAX);
    assert!(screen.contents().contains("keys:"), "what was there is in the scrollback");
}

#[test]
fn who_is_who_and_who_alone_reads_it_is_seen() {
    let mut drawn = Drawn::new((60, 12), &["team"]);
    let bob = somebody("bob", 1);
    let second = Speaker { tag: Some("k3f9".to_owned()), ..somebody("bob", 2) };
    let cyrillic = Speaker { tag: Some("x7ab".to_owned()), ..somebody("bоb", 3) };
    let alice = Speaker { is_verified: true, ..somebody("alice", 4) };
    drawn.says(bob, "team", "hi");
    drawn.says(second, "team", "hi");
    drawn.says(cyrillic, "team", "hi");
    drawn.says(alice.clone(), "team", "hi, all");
    drawn.show(&Event::Said(Said { to: Some(Speaker::me()), ..said(alice.clone(), "team", "just for you") }));
    let change = Change::Renamed("alice".to_owned());
    let mallory = Speaker { nick: "mallory".to_owned(), ..alice };
    drawn.show(&Event::Peer { room: room("team"), who: mallory, change, kind: InstanceKind::Person });
    drawn.chooses(Conversation::Person(Person { author: Bytes([4; 32]), name: "mallory".to_owned() }));
    assert_eq!(
        drawn.shown(),
        [
            "14:02 <bob> hi",
            "14:02 <bob#k3f9> hi",
            "14:02 <bоb#x7ab> hi",
            "14:02 <alice✓> hi, all",
            "14:02 <alice✓ → me> just for you",
            "-- alice is mallory now (a key that you verified).",
            "2:→ mallory, private, not here",
            "→ mallory>",
        ]
    );
}
