//! Events → what is printed into the scrollback of a terminal, with times and colours. Lines end with `\n`.

use crate::chat::api::ending::Ending;
use crate::chat::api::event::{Content, Event, Message};
use crate::chat::api::notice::Notice;
use crate::chat::api::talk::{Conversation, MessageBody, Person, Said, Speaker};
use crate::chat::base::address::Zones;
use crate::chat::base::time::Wall;
use crate::view::lines::days::{Days, is_earlier};
use crate::view::lines::{self, Context, Times};
use crate::view::screen::mention::{PeopleNamed, mentions};
use crate::view::screen::theme::{Role, Theme};
use crate::view::text;
use crate::view::text::when::LocalTime;
use crate::view::text::width::width;
use crate::view::text::wrap::{Margins, hang_of, wrapped};
use crate::view::words::en;

/// What is printed so far, as far as the next line depends on it.
#[derive(Debug)]
pub struct Printed {
    theme: Theme,
    context: Context,
    days: Days,
    /// The time of the last line.
    minute: String,
    /// Lines are wider than this only where the terminal wraps them.
    columns: usize,
    /// Messages are broken between words, too.
    wraps_words: bool,
}

impl Printed {
    /// Nothing is printed yet.
    pub fn new(theme: Theme, local: LocalTime, has_rooms: bool, wraps_words: bool) -> Self {
        let context = Context::new(Times::Untold, local, has_rooms);
        Self { theme, context, days: Days::default(), minute: String::new(), columns: usize::MAX, wraps_words }
    }

    /// It looks otherwise from now on.
    pub fn set_look(&mut self, theme: Theme, wraps_words: bool) {
        (self.theme, self.wraps_words) = (theme, wraps_words);
    }

    /// The terminal is so wide now.
    pub fn set_columns(&mut self, columns: usize) {
        self.columns = columns;
    }

    /// Names the interfaces in addresses from now on.
    pub fn set_zones(&mut self, zones: Zones) {
        self.context.zones = zones;
    }

    /// Each line says from now on where it was said.
    pub fn set_rooms(&mut self, has_rooms: bool) {
        self.context.has_rooms = has_rooms;
    }

    /// Appends what `event` prints. Where others speak of the one who looks, it is to be seen.
    pub fn print(&mut self, event: &Event, named: &PeopleNamed<'_>, out: &mut String) {
        if let Some(change) = self.days.change(event, &self.context.local) {
            self.minute.clear();
            self.note(&change, out);
        }
        match event {
            Event::Said(said) => self.said(said, named, out),
            Event::Message(message) => self.message(message, named, out),
            Event::Wrote { to, who, words, sent, .. } => self.wrote(to, who, words, *sent, out),
            Event::Notice(Notice::Answer(what)) => {
                let words = en::confirmation(what);
                if words.contains('\n') {
                    self.block(&words, out);
                } else {
                    self.sentence("-- ", Role::Faint, event, out);
                }
            }
            Event::Fault(fault) => {
                let mut words = String::new();
                text::sanitise(&en::fault(fault), &mut words);
                self.line("! ", &words, Role::Alarm, out);
            }
            Event::Delivery(delivery) => {
                let is_good = delivery.is_after_all || delivery.said_before.is_some() || delivery.of == 0;
                let (mark, role) = if is_good { ("-- ", Role::Faint) } else { ("! ", Role::Alarm) };
                self.sentence(mark, role, event, out);
            }
            Event::Exit(Ending::Failed | Ending::EndOfInput | Ending::Quit) => {}
            _ => self.sentence("-- ", Role::Faint, event, out),
        }
    }

    /// What `lines` say of it, behind a mark.
    fn sentence(&mut self, mark: &str, role: Role, event: &Event, out: &mut String) {
        let mut words = String::new();
        lines::render(event, &mut self.context, &mut words);
        for line in words.lines() {
            match line.strip_prefix(&text::INDENT[1..]) {
                Some(inner) => self.line(&" ".repeat(mark.len()), inner, role, out),
                None => self.line(mark, line, role, out),
            }
        }
    }

    /// What was shown before ends at that time.
    pub fn new_since(&self, end: Wall, out: &mut String) {
        self.note(&en::screen::new_since(&self.context.local.minute(end)), out);
    }

    /// Appends something that is told beside, and safe to show.
    pub fn note(&self, words: &str, out: &mut String) {
        let mark = if words.starts_with("-- ") { "-- " } else { "" };
        self.line(mark, &words[mark.len()..], Role::Faint, out);
    }

    /// One line of our own behind a mark, broken between words.
    fn line(&self, mark: &str, words: &str, role: Role, out: &mut String) {
        let margins = Margins { taken: mark.len(), hang: mark.len().max(2), cells: self.cells() };
        self.theme.paint(role, &format!("{mark}{}", wrapped(words, margins)), out);
        out.push('\n');
    }

    /// Lines of our own that belong together: a list, or a table.
    fn block(&self, words: &str, out: &mut String) {
        let mut safe = String::new();
        text::sanitise_block(words, &mut safe);
        for line in safe.lines() {
            let (taken, cells) = (0, self.cells());
            out.push_str(&wrapped(line, Margins { taken, hang: hang_of(line, cells), cells }));
            out.push('\n');
        }
    }

    /// Rows stay one cell narrower than the terminal, so that none is full.
    fn cells(&self) -> usize {
        self.columns.saturating_sub(1).max(1)
    }

    fn said(&mut self, said: &Said, named: &PeopleNamed<'_>, out: &mut String) {
        let time = if is_earlier(said) || said.marks.is_late { said.sent } else { said.received };
        let mut prefix = self.stamp(time, out);
        if said.to.is_none() {
            prefix += self.label(&Conversation::Room(said.room.clone()), out);
        }
        let words = en::words(&said.words, said.sent, &self.context.local);
        let role = Role::Name(said.who.author.0[0]);
        prefix += self.speak((&said.who, said.to.as_ref().map(Person::from)), role, lines::around(&said.words), out);
        let text = if said.to.is_some() { Role::Private } else { Role::Text };
        self.words((&words, text), prefix, named, out);
        self.theme.paint(Role::Faint, en::marks(said.marks), out);
        out.push('\n');
    }

    fn message(&mut self, message: &Message, named: &PeopleNamed<'_>, out: &mut String) {
        let prefix = self.stamp(message.received, out);
        let mut from = String::new();
        text::sanitise(&format!("[{}]", self.context.zones.name(message.from)), &mut from);
        self.theme.paint(Role::Name(port_shade(message.from)), &from, out);
        out.push(' ');
        let prefix = prefix + width(&from) + 1;
        match &message.content {
            Content::Text { text, .. } => self.words((text, Role::Text), prefix, named, out),
            Content::Bytes(bytes) => text::sanitise_bytes(bytes, out),
        }
        out.push('\n');
    }

    fn wrote(&mut self, to: &Conversation, who: &Speaker, words: &MessageBody, sent: Wall, out: &mut String) {
        let mut prefix = self.stamp(sent, out);
        match to {
            Conversation::Room(_) => {
                prefix += self.label(to, out);
                prefix += self.speak((who, None), Role::Own, lines::around(words), out);
            }
            Conversation::Person(person) => {
                prefix += self.speak((who, Some(person.clone())), Role::Own, lines::around(words), out);
            }
            Conversation::PlainPeers(_) => {
                let mut peers = String::new();
                text::sanitise(&format!("{} {to}", self.theme.sign("→", "->")), &mut peers);
                self.theme.paint(Role::Own, &peers, out);
                out.push(' ');
                prefix += width(&peers) + 1;
            }
            Conversation::PlainPeer(address) => {
                let arrow = self.theme.sign("→", "->");
                let mut names = String::new();
                text::sanitise(&format!("[{} {arrow} {}]", who, self.context.zones.name(*address)), &mut names);
                self.theme.paint(Role::Own, &names, out);
                out.push(' ');
                prefix += width(&names) + 1;
            }
        }
        let text = if matches!(to, Conversation::Person(_)) { Role::Private } else { Role::Text };
        self.words((&en::words(words, sent, &self.context.local), text), prefix, &PeopleNamed::default(), out);
        out.push('\n');
    }

    /// `14:02 `, dimmed where the line before has it too. How many cells it takes.
    fn stamp(&mut self, time: Wall, out: &mut String) -> usize {
        let minute = self.context.local.minute(time);
        let role = if minute == self.minute { Role::Faint } else { Role::Text };
        self.theme.paint(role, &minute, out);
        out.push(' ');
        self.minute = minute;
        width(&self.minute) + 1
    }

    /// `#room `, where there are several.
    fn label(&self, conversation: &Conversation, out: &mut String) -> usize {
        if !self.context.has_rooms {
            return 0;
        }
        let mut label = String::new();
        text::sanitise(&conversation.to_string(), &mut label);
        self.theme.paint(Role::Room, &label, out);
        out.push(' ');
        width(&label) + 1
    }

    /// `<alice> ` or `* alice `, with whom alone it is to, the mark of a verified key, and a tag that is not overlooked.
    fn speak(
        &self,
        (who, to): (&Speaker, Option<Person>),
        role: Role,
        (before, behind): (&str, &str),
        out: &mut String,
    ) -> usize {
        let name = self.name(&who.nick);
        let tag = who.tag.as_ref().map(|tag| format!("#{tag}")).unwrap_or_default();
        let mark = if who.is_verified { self.theme.sign("✓", "#ok") } else { "" };
        let arrow = self.theme.sign("→", "->");
        let to = to.map(|to| format!(" {arrow} {}", self.name(&to.name))).unwrap_or_default();
        out.push_str(before);
        self.theme.paint(role, &name, out);
        self.theme.paint(Role::Alarm, &tag, out);
        self.theme.paint(Role::Own, mark, out);
        self.theme.paint(role, &to, out);
        out.push_str(behind);
        [before, &name, &tag, mark, &to, behind].into_iter().map(width).sum()
    }

    fn name(&self, name: &str) -> String {
        text::name(name, self.theme.has_signs)
    }

    /// Text with its inner lines below its beginning, and what speaks of oneself to be seen.
    fn words(&self, (words, role): (&str, Role), prefix: usize, named: &PeopleNamed<'_>, out: &mut String) {
        let mut safe = String::new();
        text::sanitise_block(words, &mut safe);
        let hang = if prefix > self.columns / 3 { 2 } else { prefix };
        if safe.contains('\n') {
            safe = safe.replace(text::INDENT, &format!("\n{:hang$}", ""));
        } else if self.wraps_words {
            safe = wrapped(&safe, Margins { taken: prefix, hang, cells: self.cells() });
        }
        let mut written = 0;
        let found = mentions(&safe, named);
        for range in found {
            self.theme.paint(role, &safe[written..range.start], out);
            self.theme.paint(Role::Mention, &safe[range.clone()], out);
            written = range.end;
        }
        self.theme.paint(role, &safe[written..], out);
    }
}

fn port_shade(from: std::net::SocketAddr) -> u8 {
    from.port().to_le_bytes()[0]
}
