//! Keys → the line being typed: the text, what was typed before, completion, search.

pub mod bindings;
pub(crate) mod buffer;
pub(crate) mod completion;
pub(crate) mod keys;
pub(crate) mod past;

use crate::chat::api::command;
use crate::chat::api::quoting::{self, TypedWord};
use crate::chat::keys::phrase::looks_like_invitation;
use crate::view::text;
use crate::view::words::en;

use bindings::EditorAction;
use buffer::Buffer;
use completion::Completion;
use past::{Newer, Past};

/// More lines than this, pasted at once, are sent only when that is asked for twice.
const PASTED_LINES_UNASKED: usize = 5;

/// The line being typed.
#[derive(Debug, Default)]
pub struct Editor {
    buffer: Buffer,
    past: Past,
    completion: Option<Completion>,
    search: Option<HistorySearch>,
    /// It was asked whether so much is to be sent.
    is_asked: bool,
}

/// A search in what was typed before.
#[derive(Debug, Default)]
struct HistorySearch {
    text: String,
    /// The number of the line that was found, and the line.
    found: Option<(usize, String)>,
}

/// What a key leads to beyond the line itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This is to be said, or done where it is a command.
    Line(String),
    /// This was pasted: it is to be said, whatever it looks like.
    Text(String),
    /// It is to be sent only when asked again, for this reason.
    Ask(Doubt),
    /// The names of files that begin so are wanted.
    Paths(String),
    /// There was nothing to clear.
    NothingToClear,
    /// There was nothing to delete.
    NothingToDelete,
}

/// Why something may not be meant to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// So many lines were pasted.
    Lines(usize),
    /// It looks as if it held an invitation.
    Invitation,
}

/// What there is to complete with.
pub struct Completions<'a> {
    /// People, by what they are called here.
    pub people: Vec<&'a str>,
    /// The same, by what they call themselves: what others may read.
    pub nicks: Vec<&'a str>,
    /// Rooms.
    pub rooms: Vec<&'a str>,
    /// Addresses that speak plain.
    pub plain_peers: Vec<&'a str>,
    /// What begins with a slash is a command.
    pub has_commands: bool,
}

impl Editor {
    /// Nothing is typed yet; these lines were in earlier sessions.
    pub fn new(past: Past) -> Self {
        Self { past, ..Self::default() }
    }

    /// What is typed.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// What is shown before the text while something is searched.
    pub fn searching(&self) -> Option<String> {
        let search = self.search.as_ref()?;
        let mut safe = String::new();
        text::sanitise(&search.text, &mut safe);
        Some(en::screen::searching(&safe, search.found.is_some() || search.text.is_empty()))
    }

    /// What is to be seen: what is typed, or what was found.
    pub fn shown(&self) -> (&str, usize) {
        match &self.search {
            Some(HistorySearch { found: Some((_, line)), .. }) => (line, line.len()),
            _ => (self.buffer.text(), self.buffer.caret()),
        }
    }

    /// Another draft in place of this one, which is handed back.
    pub fn exchange(&mut self, draft: Buffer) -> Buffer {
        self.leave_modes();
        let before = std::mem::replace(&mut self.buffer, draft);
        self.buffer.share_cut(&before);
        before
    }

    /// Another text in place of this one: it was changed elsewhere.
    pub fn edited(&mut self, text: &str) {
        self.leave_modes();
        self.buffer.edited(text);
    }

    /// This was not said after all: it stands before what is typed.
    pub fn give_back(&mut self, text: &str, is_typed: bool) {
        if !text.is_empty() {
            self.leave_modes();
            self.buffer.put_before(text, is_typed);
        }
    }

    /// It was said: it goes, and is remembered so that to say it again says the same. Hands it out where it is worth to be
    /// kept.
    pub fn said(&mut self) -> Option<String> {
        let is_pasted = self.buffer.is_pasted();
        let text = self.buffer.take();
        self.leave_modes();
        if is_pasted && command::unveiled(&text).is_some() {
            return None; // there is no way to say it by typing
        }
        let line = if is_pasted && text.starts_with('/') { format!("/{text}") } else { text };
        self.past.add(&line).then_some(line)
    }

    fn leave_modes(&mut self) {
        (self.completion, self.search, self.is_asked) = (None, None, false);
        self.past.settle();
    }

    /// A character was typed.
    pub fn type_char(&mut self, c: char) {
        if let Some(search) = &mut self.search {
            search.text.push(c);
            return self.search_before(usize::MAX);
        }
        self.touch();
        self.buffer.type_char(c);
    }

    /// Something was pasted.
    pub fn paste(&mut self, text: &str) {
        self.accept_search();
        self.touch();
        self.buffer.paste(text);
    }

    fn touch(&mut self) {
        (self.completion, self.is_asked) = (None, false);
        self.past.settle();
    }

    /// Does what a key is for, where that is about the line.
    pub fn act(&mut self, action: EditorAction, names: &Completions<'_>) -> Option<Effect> {
        if self.search.is_some() {
            match action {
                EditorAction::Search => self.search_again(),
                EditorAction::Backspace => self.shorten_search(),
                EditorAction::Cancel | EditorAction::Clear => self.search = None,
                EditorAction::Send => self.accept_search(),
                _ => {
                    self.accept_search();
                    return self.act(action, names);
                }
            }
            return None;
        }
        match action {
            EditorAction::Complete => return self.complete(names, false),
            EditorAction::CompleteBack => return self.complete(names, true),
            EditorAction::Send => return self.send(),
            EditorAction::Up => self.up(),
            EditorAction::Down => self.down(),
            EditorAction::Search => self.search = Some(HistorySearch::default()),
            EditorAction::Clear if self.buffer.text().is_empty() => return Some(Effect::NothingToClear),
            EditorAction::DeleteOrLeave if self.buffer.text().is_empty() => return Some(Effect::NothingToDelete),
            action => {
                self.touch();
                self.edit(action);
            }
        }
        None
    }

    fn edit(&mut self, action: EditorAction) {
        let buffer = &mut self.buffer;
        match action {
            EditorAction::Newline => buffer.type_char('\n'),
            EditorAction::Left => buffer.left(),
            EditorAction::Right => buffer.right(),
            EditorAction::WordLeft => buffer.word_left(),
            EditorAction::WordRight => buffer.word_right(),
            EditorAction::Home => buffer.home(),
            EditorAction::End => buffer.end(),
            EditorAction::Backspace => buffer.backspace(),
            EditorAction::Delete | EditorAction::DeleteOrLeave => buffer.delete(),
            EditorAction::CutWordBefore => buffer.cut_word_before(),
            EditorAction::CutToSpace => buffer.cut_to_space(),
            EditorAction::CutWordAfter => buffer.cut_word_after(),
            EditorAction::CutToStart => buffer.cut_to_start(),
            EditorAction::CutToEnd => buffer.cut_to_end(),
            EditorAction::Yank => buffer.yank(),
            EditorAction::Transpose => buffer.transpose(),
            EditorAction::Undo => buffer.undo(),
            EditorAction::Clear => {
                buffer.take();
            }
            _ => {}
        }
    }

    fn send(&mut self) -> Option<Effect> {
        let text = self.buffer.text().to_owned();
        if text.is_empty() {
            return None;
        }
        if let Some(doubt) = self.doubt().filter(|_| !self.is_asked) {
            self.is_asked = true;
            return Some(Effect::Ask(doubt));
        }
        Some(if self.buffer.is_pasted() { Effect::Text(text) } else { Effect::Line(text) })
    }

    fn doubt(&self) -> Option<Doubt> {
        let lines = self.buffer.pasted_lines();
        if looks_like_invitation(self.buffer.text()) {
            return Some(Doubt::Invitation);
        }
        (lines > PASTED_LINES_UNASKED).then_some(Doubt::Lines(lines))
    }

    fn up(&mut self) {
        if !self.buffer.up()
            && let Some(line) = self.past.older(|| self.buffer.draft())
        {
            self.buffer.replace(line);
        }
    }

    fn down(&mut self) {
        if self.buffer.down() {
            return;
        }
        match self.past.newer() {
            Some(Newer::Line(line)) => self.buffer.replace(line),
            Some(Newer::Draft(draft)) => self.buffer.restore(draft),
            None => {}
        }
    }

    fn search_before(&mut self, before: usize) {
        let Some(search) = &mut self.search else { return };
        if let Some((at, line)) = self.past.find(&search.text, before) {
            search.found = Some((at, line.to_owned()));
        } else if before == usize::MAX {
            search.found = None;
        }
    }

    fn search_again(&mut self) {
        let before = self.search.as_ref().and_then(|search| search.found.as_ref()).map_or(usize::MAX, |(at, _)| *at);
        self.search_before(before);
    }

    fn shorten_search(&mut self) {
        if let Some(search) = &mut self.search {
            search.text.pop();
            search.found = None;
        }
        self.search_before(usize::MAX);
    }

    fn accept_search(&mut self) {
        if let Some(HistorySearch { found: Some((_, line)), .. }) = self.search.take() {
            self.buffer.replace(&line);
        }
    }

    fn complete(&mut self, names: &Completions<'_>, is_back: bool) -> Option<Effect> {
        if self.completion.is_none() {
            if let Some(path) = self.path() {
                return Some(Effect::Paths(path.text));
            }
            let (from, typed) = completion::word(self.buffer.text(), self.buffer.caret());
            let text = self.buffer.text();
            self.completion = completion::beginnings(typed).into_iter().find_map(|at| {
                let (from, typed) = (from + at, &typed[at..]);
                Completion::new(from, typed, candidates(text, from, typed, names))
            });
        }
        self.put_in(is_back);
        None
    }

    /// What Tab chooses among, where there is a choice.
    pub fn choice(&self) -> &[String] {
        self.completion.as_ref().map_or(&[], Completion::choice)
    }

    /// These begin as what was typed: see [`Effect::Paths`].
    pub fn paths(&mut self, found: Vec<String>) {
        let Some(TypedWord { from, .. }) = self.path() else { return };
        let put_in = |path: String| {
            let mut word = quoting::quote(&path);
            if path.ends_with('/') && word.ends_with('"') {
                word.pop(); // what is in the folder follows
            }
            word
        };
        let typed = &self.buffer.text()[from..self.buffer.caret()];
        self.completion = Completion::new(from, typed, found.into_iter().map(put_in).collect());
        self.put_in(false);
    }

    /// The path that is being typed, and where it begins: what looks like one, and whatever follows `/send`.
    fn path(&self) -> Option<TypedWord> {
        let (text, caret) = (self.buffer.text(), self.buffer.caret());
        if text.starts_with("/send ") && caret > "/send".len() {
            return Some(quoting::last_word(&text[..caret]));
        }
        let (from, typed) = completion::word(text, caret);
        is_path(from, typed).then(|| TypedWord { from, text: typed.to_owned(), is_open: false })
    }

    fn put_in(&mut self, is_back: bool) {
        let Some(completion) = &mut self.completion else { return };
        let (from, is_clear) = (completion.from, completion.is_clear());
        let text = if is_back { completion.back() } else { completion.on() };
        self.buffer.complete(from, text);
        if is_clear {
            self.completion = None;
        }
    }
}

/// A path has a slash that does not make it a command.
fn is_path(from: usize, typed: &str) -> bool {
    let begins = typed.starts_with("./") || typed.starts_with("../") || typed.starts_with("~/");
    begins || typed.starts_with('/') && (from > 0 || typed[1..].contains('/'))
}

/// Commands that names follow.
const OF_PEOPLE: &[&str] = &["/whois", "/verify", "/petname", "/ignore", "/unignore", "/rekey"];

fn candidates(text: &str, from: usize, typed: &str, names: &Completions<'_>) -> Vec<String> {
    if let Some(name) = typed.strip_prefix('/').filter(|_| from == 0 && names.has_commands) {
        let found = completion::matching(name, command::names(), " ");
        return found.into_iter().map(|name| format!("/{name}")).collect();
    }
    let command = text[..from].trim_end();
    if typed.starts_with('#') || matches!(command, "/room" | "/leave" | "/join") {
        let typed = typed.trim_start_matches('#');
        let rooms = names.rooms.iter().map(|room| room.trim_start_matches('#'));
        return completion::matching(typed, rooms, " ").into_iter().map(|room| format!("#{room}")).collect();
    }
    if command == "/help" && names.has_commands {
        return completion::matching(typed, command::names(), " ");
    }
    if matches!(command, "/query" | "/msg") {
        let all = names.people.iter().chain(&names.plain_peers).copied(); // who is present comes first
        return completion::matching(typed.trim_matches(['[', ']']), all, " ");
    }
    let mut words = command.split_whitespace();
    let (first, is_second) = (words.next().unwrap_or_default(), words.next().is_some());
    if first == "/verify" && is_second {
        return completion::matching(typed, ["yes", "no"].into_iter(), " ");
    }
    if OF_PEOPLE.contains(&first) && (!is_second || first == "/rekey") {
        return completion::matching(typed, names.people.iter().copied(), " ");
    }
    if typed.is_empty() {
        return Vec::new();
    }
    let behind = if from == 0 { ": " } else { " " };
    completion::matching(typed, names.nicks.iter().copied(), behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Completions<'static> {
        let nicks = vec!["alice", "anna", "李雷"];
        let people = vec!["boss", "anna", "李雷"];
        Completions {
            people,
            nicks,
            rooms: vec!["#lobby", "#dev"],
            plain_peers: vec!["10.0.0.7:9"],
            has_commands: true,
        }
    }

    fn typed(text: &str) -> Editor {
        let mut editor = Editor::default();
        text.chars().for_each(|c| editor.type_char(c));
        editor
    }

    fn completed(text: &str, tabs: usize) -> String {
        let mut editor = typed(text);
        for _ in 0..tabs {
            assert_eq!(editor.act(EditorAction::Complete, &names()), None);
        }
        editor.buffer().text().to_owned()
    }

    #[test]
    fn tab_completes_what_can_stand_there() {
        assert_eq!(completed("a", 1), "alice: ");
        assert_eq!(completed("a", 2), "anna: ");
        assert_eq!(completed("a", 3), "a");
        assert_eq!(completed("hi 李", 1), "hi 李雷 ");
        assert_eq!(completed("/he", 1), "/help ");
        assert_eq!(completed("/room d", 1), "/room #dev ");
        assert_eq!([completed("/leave d", 1), completed("/help whoi", 1)], ["/leave #dev ", "/help whois "]);
        assert_eq!([completed("/verify bo", 1), completed("/verify boss ", 1)], ["/verify boss ", "/verify boss yes "]);
        assert_eq!(completed("see #l", 1), "see #lobby ");
        assert_eq!([completed("/query ", 1), completed("/query 1", 1)], ["/query boss ", "/query 10.0.0.7:9 "]);
        assert_eq!(completed("hi ", 1), "hi ");
        assert_eq!((completed("(@al", 1), completed("问李", 1)), ("(@alice ".to_owned(), "问李雷 ".to_owned()));
        assert_eq!((completed("bo", 1), completed("/whois bo", 1)), ("bo".to_owned(), "/whois boss ".to_owned()));
        assert_eq!(typed("look ./a").act(EditorAction::Complete, &names()), Some(Effect::Paths("./a".to_owned())));
    }

    #[test]
    fn what_tab_makes_of_a_path_is_what_send_offers() {
        let put_in = |line: &str, found: &str| {
            let mut editor = typed(line);
            let Some(Effect::Paths(_)) = editor.act(EditorAction::Complete, &names()) else { return String::new() };
            editor.paths(vec![found.to_owned()]);
            editor.buffer().text().to_owned()
        };
        assert_eq!(put_in("/send a my", "my film.mkv"), "/send a \"my film.mkv\"");
        assert_eq!(put_in("/send my", "my films/"), "/send \"my films/");
        assert_eq!(put_in("/send \"my films/", "my films/one.mkv"), "/send \"my films/one.mkv\"");
        assert_eq!(put_in("/send it", "it's \"q\".txt"), "/send \"it's \"\"q\"\".txt\"");
    }

    #[test]
    fn much_that_was_pasted_is_sent_when_asked_twice() {
        let mut editor = Editor::default();
        editor.paste(&"line\n".repeat(50));
        assert_eq!(editor.act(EditorAction::Send, &names()), Some(Effect::Ask(Doubt::Lines(50))));
        assert!(matches!(editor.act(EditorAction::Send, &names()), Some(Effect::Text(_))));
        let mut editor = Editor::default();
        editor.paste("/quit\nnow");
        assert_eq!(editor.act(EditorAction::Send, &names()), Some(Effect::Text("/quit\nnow".to_owned())));
    }

    #[test]
    fn a_search_finds_puts_in_and_goes_away() {
        let mut editor = Editor::new(Past::new(["first beer", "second", "third beer"].map(str::to_owned)));
        editor.act(EditorAction::Search, &names());
        "beer".chars().for_each(|c| editor.type_char(c));
        assert_eq!(editor.shown().0, "third beer");
        editor.act(EditorAction::Search, &names());
        assert_eq!((editor.shown().0, editor.searching().as_deref()), ("first beer", Some("(search) beer: ")));
        editor.act(EditorAction::Left, &names());
        assert_eq!((editor.buffer().text(), editor.searching()), ("first beer", None));
        editor.act(EditorAction::Search, &names());
        "none".chars().for_each(|c| editor.type_char(c));
        assert_eq!(editor.searching().as_deref(), Some("(failed search) none: "));
        editor.act(EditorAction::Cancel, &names());
        assert_eq!(editor.buffer().text(), "first beer");
    }

    #[test]
    fn what_was_typed_before_comes_back_by_the_arrow_and_goes_again() {
        let mut editor = Editor::new(Past::new(["one".to_owned()]));
        editor.type_char('x');
        editor.act(EditorAction::Up, &names());
        assert_eq!(editor.buffer().text(), "one");
        editor.act(EditorAction::Down, &names());
        assert_eq!(editor.buffer().text(), "x");
    }

    #[test]
    fn clearing_can_be_undone_and_nothing_can_be_cleared_but_what_is_there() {
        let mut editor = typed("draft");
        assert_eq!(editor.act(EditorAction::Clear, &names()), None);
        assert_eq!(editor.act(EditorAction::Clear, &names()), Some(Effect::NothingToClear));
        editor.act(EditorAction::Undo, &names());
        assert_eq!(editor.buffer().text(), "draft");
    }
}
