//! The live screen in the loop: keys in, what they lead to carried out, the terminal lent and taken again.

use super::App;
use super::opening::followed;
use super::screen_setup;
use crate::chat::api::answer::Confirmation;
use crate::chat::api::command::{Command, Request};
use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::chat::api::notice::Notice;
use crate::chat::api::requester::Requester;
use crate::chat::base::line::Line;
use crate::chat::keys::phrase::Unlock;
use crate::chat::keys::secret::RoomName;
use crate::shell::cli::config::ConfigFile;
use crate::shell::cli::options::layers;
use crate::shell::sys::error::words;
use crate::shell::sys::signals::{Signal, can_be_continued, stop};
use crate::shell::term::external_editor::ExternalEditor;
use crate::shell::term::input::ReadResult;
use crate::shell::term::input_history;
use crate::shell::term::terminal::Terminal;
use crate::view::screen::ScreenRequest;
use crate::view::screen::status::Trouble;
use crate::view::words::en;

/// How many bytes of keys are taken at once.
const KEYS_PER_TURN: usize = 4096;

/// Tests set it, so that `/panic` shows what becomes of the terminal.
const PANIC: &str = "CHINWAG_TEST_PANIC";

impl App<'_> {
    /// Whether standard input is read now: keys always, lines when somebody takes them.
    pub(super) fn reads(&mut self) -> bool {
        match self.console.output.terminal() {
            Some(terminal) => terminal.is_taken(),
            None => self.takes_input(),
        }
    }

    /// Takes keys, where there is a screen. Says whether there is.
    pub(super) fn reads_keys(&mut self) -> bool {
        let is_open = self.takes_input();
        let Some(terminal) = self.console.output.terminal() else { return false };
        if !terminal.is_taken() || !self.input.is_ready() {
            return true;
        }
        terminal.screen.set_open(is_open);
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.input.read(&mut buffer[..KEYS_PER_TURN]) {
            Ok(ReadResult::Some(taken)) => {
                let requests = terminal.screen.push(&buffer[..taken], self.now.moment);
                self.carry_out_requests(requests);
                let begun = self.console.output.terminal().is_some_and(|terminal| terminal.screen.has_begun());
                self.handle(Input::Paused { begun });
            }
            Ok(ReadResult::None) => {}
            Ok(ReadResult::End | ReadResult::Gone) => self.handle(Input::Leave(Ending::HANGUP)),
            Err(error) => {
                self.ending = Some(self.console.fail(en::system::cannot("read the terminal", words(&error))));
            }
        }
        self.buffer = buffer;
        true
    }

    /// What time alone does to the screen.
    pub(super) fn tick_screen(&mut self) {
        let is_open = self.takes_input();
        let Some(terminal) = self.console.output.terminal() else { return };
        terminal.screen.set_open(is_open);
        let requests = terminal.screen.tick(self.now.moment);
        self.carry_out_requests(requests);
    }

    fn carry_out_requests(&mut self, mut requests: Vec<ScreenRequest>) {
        while !requests.is_empty() {
            for request in requests {
                if self.ending.is_none() {
                    self.carry_out_request(request);
                }
            }
            let is_open = self.takes_input(); // what was carried out may have changed that
            let Some(terminal) = self.console.output.terminal() else { return };
            terminal.screen.set_open(is_open);
            requests = terminal.screen.go_on();
        }
    }

    fn carry_out_request(&mut self, request: ScreenRequest) {
        match request {
            ScreenRequest::Line(text) => {
                assert!(text != "/panic" || std::env::var_os(PANIC).is_none(), "a panic was asked for");
                self.handle(Input::Line(Line { number: 0, text: Ok(text) }));
                self.handle(Input::Paused { begun: false });
            }
            ScreenRequest::Text(text) => self.handle(Input::Say(Ok(text))),
            ScreenRequest::End => self.handle(Input::End),
            ScreenRequest::Secret(room, phrase) => {
                self.answered(room, phrase);
                self.carry_out();
            }
            ScreenRequest::Choose(conversation) => self.handle(Input::Choose(conversation)),
            ScreenRequest::Remember(line) => self.typed.add(&line),
            ScreenRequest::Paths(begun) => {
                self.with_terminal(|terminal| terminal.screen.paths(input_history::paths(&begun)));
            }
            ScreenRequest::Edit(text) => self.edit(&text),
            ScreenRequest::Suspend => self.suspend(),
            ScreenRequest::Leave => self.handle(Input::Leave(Ending::EndOfInput)),
        }
    }

    fn with_terminal(&mut self, what: impl FnOnce(&mut Terminal)) {
        if let Some(terminal) = self.console.output.terminal() {
            what(terminal);
        }
    }

    /// Lends the terminal to the shell and stops until that continues it.
    fn suspend(&mut self) {
        if !can_be_continued() {
            return self.with_terminal(|terminal| terminal.screen.tell("no shell started it that could go on with it"));
        }
        self.console.output.lend();
        stop();
    }

    /// Lends the terminal to the user's editor. The chat goes on meanwhile, and is shown afterwards.
    fn edit(&mut self, text: &str) {
        self.console.output.lend();
        match ExternalEditor::start(text) {
            Ok(elsewhere) => self.elsewhere = Some(elsewhere),
            Err(why) => {
                self.take_terminal();
                self.with_terminal(|terminal| terminal.screen.edited(Err(why)));
            }
        }
    }

    fn take_terminal(&mut self) {
        let Some(terminal) = self.console.output.terminal() else { return };
        if let Err(error) = terminal.take_again() {
            self.ending = Some(self.console.fail(en::system::cannot("use the terminal", words(&error))));
        }
    }

    /// A signal came.
    pub(super) fn on_signal(&mut self, signal: Signal) {
        match signal {
            // The editor has the terminal, and Ctrl+C there is its own.
            Signal::End(Ending::Signal(_, "SIGINT")) if self.elsewhere.is_some() => {}
            Signal::End(Ending::HANGUP) if self.configuration.on_hangup => self.follow_configuration(),
            Signal::End(ending) => self.handle(Input::Leave(ending)),
            Signal::Resized => self.with_terminal(Terminal::resized),
            Signal::Stop => self.suspend(),
            Signal::Continued if self.elsewhere.is_none() => self.take_terminal(),
            Signal::Continued => {}
            Signal::Child => {
                if let Some(edited) = self.elsewhere.as_mut().and_then(ExternalEditor::finished) {
                    self.elsewhere = None;
                    self.take_terminal();
                    self.with_terminal(|terminal| terminal.screen.edited(edited));
                }
            }
        }
    }

    /// The screen follows what the configuration says now. A file that cannot be followed changes nothing.
    pub(super) fn reload(&mut self) {
        let told = match ConfigFile::load(self.configuration.path.clone(), &layers::known()) {
            _ if self.console.output.terminal().is_none() => en::OF_SCREEN.to_owned(),
            Err(bad) => en::files::not_reloaded(&bad.to_string()),
            Ok(config) => {
                let look = screen_setup::look(&config);
                self.with_terminal(|terminal| terminal.screen.set_look(look));
                en::files::RELOADED.to_owned()
            }
        };
        self.console.tell(&Event::Notice(Notice::Answer(Confirmation::Words(told))));
    }

    /// Where nobody sits: peers and rooms that are new in the configuration are reached and joined.
    fn follow_configuration(&mut self) {
        let all = layers::known();
        let told = match ConfigFile::load(self.configuration.path.clone(), &all) {
            Err(bad) => en::files::not_reloaded(&bad.to_string()),
            Ok(config) => {
                for (name, value) in followed(&config) {
                    let command = match name {
                        "peer" => value.parse().ok().map(Command::Peer),
                        _ => RoomName::parse(value).ok().map(|room| Command::Join(room, Unlock::Unasked)),
                    };
                    let is_new = self.configuration.followed.insert(format!("{name} {value}"));
                    if let Some(command) = command.filter(|_| is_new) {
                        self.handle(Input::Request(Request { requester: Requester::default(), room: None, command }));
                    }
                }
                en::files::RELOADED.to_owned()
            }
        };
        self.console.tell(&Event::Notice(Notice::Answer(Confirmation::Words(told))));
    }

    /// Tells the screen how the network is.
    pub(super) fn tell_network(&mut self) {
        let trouble = match self.has_network() {
            false => Trouble::NoNetwork,
            true if !self.own_copies.dropped().is_empty() => Trouble::Firewall,
            true => Trouble::None,
        };
        self.with_terminal(|terminal| terminal.screen.set_network(trouble));
    }
}
