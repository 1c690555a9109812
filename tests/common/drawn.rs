//! A live screen without a program around it, drawn by a terminal emulator, and the scenes that are played on it.

use std::num::NonZero;
use std::time::Duration;

use chinwag::chat::api::event::{Content, Event, Message};
use chinwag::chat::api::talk::{
    Change, Conversation, Delivery, InstanceKind, Marks, MessageBody, MessageId, Said, Speaker,
};
use chinwag::chat::base::bytes::Bytes;
use chinwag::chat::base::charset::Charset;
use chinwag::chat::base::time::{Moment, Wall};
use chinwag::chat::keys::secret::RoomName;
use chinwag::view::editor::bindings::Bindings;
use chinwag::view::screen::joins::ShownJoins;
use chinwag::view::screen::theme::{Depth, Theme};
use chinwag::view::screen::{Notify, Screen, ScreenLook, ScreenRequest, ScreenSetup, Size};
use chinwag::view::text::when::LocalTime;

/// 20 November 2025, 14:02 in Greenwich.
pub const NOON: u64 = 1_763_647_320_000;

/// A screen and the terminal it is on.
pub struct Drawn {
    pub screen: Screen,
    pub terminal: vt100::Parser,
    pub requests: Vec<ScreenRequest>,
    /// What the terminal was sent last.
    pub frame: String,
    now: Moment,
    size: (u16, u16),
}

pub fn somebody(nick: &str, number: u8) -> Speaker {
    Speaker { nick: nick.to_owned(), tag: None, author: Bytes([number; 32]), is_verified: false }
}

pub fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("a room")
}

fn id() -> MessageId {
    MessageId { log: Bytes([0; 8]), seq: 1, index: 0 }
}

/// What becomes of a line of tim's in the lobby.
fn delivery() -> Delivery {
    Delivery {
        room: room("lobby"),
        first: id(),
        last: id(),
        text: Some(String::new()),
        by: Vec::new(),
        confirmed: 0,
        of: 0,
        missing: Vec::new(),
        to: None,
        held: 0,
        held_by: Vec::new(),
        is_anybody_heard: false,
        is_after_all: false,
        said_before: None,
        requesters: Vec::new(),
    }
}

/// Something that alice, bob or whoever says.
pub fn said(who: Speaker, name: &str, text: &str) -> Said {
    let (sent, words) = (Wall(NOON), MessageBody::Text(text.to_owned()));
    Said { room: room(name), who, to: None, id: id(), words, sent, received: Wall(NOON), marks: Marks::default() }
}

impl Drawn {
    /// A screen of so many columns and rows, in these rooms. One is called tim.
    pub fn new((columns, rows): (u16, u16), rooms: &[&str]) -> Self {
        let theme = Theme { depth: Depth::True, has_signs: true, ..Theme::default() };
        Self::with((columns, rows), rooms, theme)
    }

    pub fn with((columns, rows): (u16, u16), rooms: &[&str], theme: Theme) -> Self {
        Self::made((columns, rows), rooms, theme, |_| {})
    }

    /// With a setup that is changed.
    pub fn made(
        (columns, rows): (u16, u16),
        rooms: &[&str],
        theme: Theme,
        change: impl FnOnce(&mut ScreenSetup),
    ) -> Self {
        let mut setup = ScreenSetup {
            look: ScreenLook {
                theme,
                bindings: Bindings::default(),
                has_bell: true,
                notify: Notify::Osc9,
                wraps_words: false,
                replay_most: 10,
                joins: ShownJoins::All,
                highlights: Vec::new(),
            },
            local: LocalTime::default(),
            rooms: rooms.iter().map(|name| room(name)).collect(),
            charset: Charset::UTF_8,
            past: Vec::new(),
            is_first: false,
            is_kept: true,
            size: Size { columns, rows },
            rewraps: false,
            earlier: Vec::new(),
        };
        change(&mut setup);
        let terminal = emulator(columns, rows);
        let mut drawn = Self {
            screen: Screen::new(setup),
            terminal,
            requests: Vec::new(),
            frame: String::new(),
            now: Moment::START,
            size: (columns, rows),
        };
        for name in rooms {
            drawn.stands(name, &[]);
        }
        drawn.draw();
        drawn
    }

    pub fn show(&mut self, event: &Event) {
        self.screen.show(event, self.now);
        self.draw();
    }

    pub fn says(&mut self, who: Speaker, name: &str, text: &str) {
        self.show(&Event::Said(said(who, name, text)));
    }

    /// A plain datagram.
    pub fn writes(&mut self, from: &str, text: &str) {
        let content = Content::Text { text: text.to_owned(), charset: Charset::UTF_8 };
        let from = from.parse().expect("an address");
        self.show(&Event::Message(Message { from, content, received: Wall(NOON) }));
    }

    pub fn wrote(&mut self, name: &str, text: &str) {
        self.wrote_as(1, Conversation::Room(room(name)), text);
    }

    /// The same of a line that has this number, or none, and goes there.
    pub fn wrote_as(&mut self, seq: u64, to: Conversation, text: &str) {
        let (who, words, sent) = (somebody("tim", 1), MessageBody::Text(text.to_owned()), Wall(NOON));
        let id = (seq > 0).then_some(MessageId { seq, ..id() });
        self.show(&Event::Wrote { to, who, words, sent, id });
    }

    /// What a room is about, with alice and bob in it.
    pub fn is_about(&mut self, name: &str, topic: &str) {
        self.standing(name, &[("alice", 2), ("bob", 5)], Some(topic));
    }

    /// Who is in a room.
    pub fn stands(&mut self, name: &str, here: &[(&str, u8)]) {
        self.standing(name, here, None);
    }

    fn standing(&mut self, name: &str, here: &[(&str, u8)], topic: Option<&str>) {
        let here: Vec<Speaker> = here.iter().map(|&(nick, number)| somebody(nick, number)).collect();
        let (count, nicks) = (here.len(), here.iter().map(|who| who.nick.clone()).collect());
        let (room, me, topic) = (room(name), somebody("tim", 1), topic.map(str::to_owned));
        self.show(&Event::Standing { room, here, nicks, count, me, is_away: false, is_sealed: false, topic });
    }

    pub fn comes(&mut self, name: &str, who: Speaker) {
        self.show(&Event::Peer {
            room: room(name),
            who,
            change: Change::Joined { address: None, via: None },
            kind: InstanceKind::Person,
        });
    }

    /// What became of what tim said.
    pub fn verdict(&mut self, name: &str, text: &str, confirmed: usize, of: usize, missing: &[(&str, u8)]) {
        let missing = missing.iter().map(|&(nick, number)| somebody(nick, number)).collect();
        let (room, text) = (room(name), Some(text.to_owned()));
        self.show(&Event::Delivery(Delivery { room, text, missing, confirmed, of, ..delivery() }));
    }

    /// The same of the lines with these numbers in the lobby; where one has not confirmed, that is bob.
    pub fn judged(&mut self, (first, last): (u64, u64), (confirmed, of): (usize, usize), to: Option<Speaker>) {
        let [first, last] = [first, last].map(|seq| MessageId { seq, ..id() });
        let missing = if confirmed < of { vec![somebody("bob", 5)] } else { Vec::new() };
        self.show(&Event::Delivery(Delivery { first, last, confirmed, of, to, missing, ..delivery() }));
    }

    pub fn types(&mut self, keys: &str) {
        for key in keys.split_inclusive('\r') {
            let mut requests = self.screen.push(key.as_bytes(), self.now);
            while !requests.is_empty() {
                self.requests.extend(requests);
                requests = self.screen.go_on();
            }
            self.draw();
        }
    }

    pub fn chooses(&mut self, conversation: Conversation) {
        self.show(&Event::Target { to: conversation });
    }

    pub fn later(&mut self, span: Duration) {
        self.now = self.now.after(span);
        let requests = self.screen.tick(self.now);
        self.requests.extend(requests);
        self.draw();
    }

    fn draw(&mut self) {
        if let Some(frame) = self.screen.draw() {
            self.frame = frame.to_owned();
            self.terminal.process(frame.as_bytes());
        }
    }

    /// The rows that are seen, without those below that are empty.
    pub fn shown(&self) -> Vec<String> {
        let mut rows: Vec<String> =
            self.terminal.screen().rows(0, self.size.0).map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// The window has another size. As in most terminals, what is below the cursor is cut off first.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = [rows, columns].map(|number| NonZero::new(number).expect("a size"));
        self.terminal.screen_mut().set_size(size[0], size[1]);
        self.size = (columns, rows);
        self.screen.resize(Size { columns, rows });
        self.later(Duration::from_secs(1));
    }

    /// What was ever printed and is still there: the scrollback, and the rows that are seen.
    pub fn everything(&mut self) -> Vec<String> {
        let height = usize::from(self.size.1);
        let mut all = Vec::new();
        self.terminal.screen_mut().set_scrollback(usize::MAX);
        let mut above = self.terminal.screen().scrollback();
        while above > 0 {
            self.terminal.screen_mut().set_scrollback(above);
            let rows = self.terminal.screen().rows(0, self.size.0);
            all.extend(rows.take(above.min(height)).map(|row| row.trim_end().to_owned()));
            above = above.saturating_sub(height);
        }
        self.terminal.screen_mut().set_scrollback(0);
        all.extend(self.shown());
        all
    }

    /// Where the caret is: row and column, from 0.
    pub fn caret(&self) -> (u16, u16) {
        self.terminal.screen().cursor_position()
    }

    /// The status row.
    pub fn status(&self) -> String {
        let rows = self.shown();
        rows[rows.len() - 2].clone()
    }
}

/// A terminal.
pub fn emulator(columns: u16, rows: u16) -> vt100::Parser {
    let at_least_one = |number| NonZero::new(number).expect("a size");
    vt100::Parser::new(at_least_one(rows), at_least_one(columns), 10_000)
}

/// The scenes of the README, by name.
pub fn scenes() -> Vec<(&'static str, Drawn)> {
    vec![("chat", chat()), ("rooms", rooms()), ("unconfirmed", unconfirmed()), ("scripts", scripts())]
}

/// Two people and tim in the lobby.
pub fn chat() -> Drawn {
    let mut drawn = Drawn::new((80, 11), &["lobby"]);
    drawn.comes("lobby", somebody("alice", 2));
    drawn.comes("lobby", somebody("bob", 5));
    drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
    drawn.says(somebody("alice", 2), "lobby", "lunch at 12:30? 🍜");
    drawn.says(
        somebody("bob", 5),
        "lobby",
        "yes. https://example.org/a/menu/that/has/a/rather/long/address/in/it.html",
    );
    drawn.wrote("lobby", "I am in");
    drawn.verdict("lobby", "I am in", 2, 2, &[]);
    drawn.says(somebody("alice", 2), "lobby", "Tim: bring the others\nand an umbrella");
    drawn.types("on my way, al");
    drawn
}

/// Two rooms and a plain peer share the screen.
pub fn rooms() -> Drawn {
    let mut drawn = Drawn::new((80, 8), &["lobby", "dev"]);
    drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
    drawn.stands("dev", &[("bob", 5)]);
    drawn.says(somebody("alice", 2), "lobby", "good morning");
    drawn.says(somebody("bob", 5), "dev", "the build is green again");
    drawn.writes("192.168.1.7:9999", "hello from nc -u");
    drawn.says(somebody("bob", 5), "dev", "tim, can you have a look?");
    drawn.wrote("lobby", "morning!");
    drawn
}

/// Somebody does not confirm.
pub fn unconfirmed() -> Drawn {
    let mut drawn = Drawn::new((80, 6), &["lobby"]);
    drawn.stands("lobby", &[("alice", 2), ("bob", 5)]);
    drawn.wrote("lobby", "the meeting is at three");
    drawn.verdict("lobby", "the meeting is at three", 1, 2, &[("bob", 5)]);
    drawn.says(somebody("alice", 2), "lobby", "got it");
    drawn
}

/// Scripts of the world.
pub fn scripts() -> Drawn {
    let mut drawn = Drawn::new((80, 8), &["lobby"]);
    drawn.stands("lobby", &[("李雷", 2), ("سارة", 3), ("แก้ว", 4), ("지민", 6)]);
    drawn.says(somebody("李雷", 2), "lobby", "大家好，今天的会议改到三点");
    drawn.says(somebody("はな", 7), "lobby", "了解しました");
    drawn.says(somebody("지민", 6), "lobby", "네, 알겠습니다");
    drawn.says(somebody("سارة", 3), "lobby", "مرحبا بالجميع");
    drawn.says(somebody("แก้ว", 4), "lobby", "สวัสดีค่ะ");
    drawn.types("你好 안녕");
    drawn
}
