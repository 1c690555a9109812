//! Standard input in the loop: lines are read where they are taken.

use super::App;
use crate::chat::api::ending::Ending;
use crate::chat::api::machine::Input;
use crate::chat::api::requester::Client;
use crate::shell::sys::error::words;
use crate::shell::term::input::ReadResult;
use crate::view::words::en;

/// How many bytes of input are taken in one turn, so that a file starves neither datagrams nor signals.
const INPUT_BYTES_PER_TURN: usize = 16 * 1024;

impl App<'_> {
    /// Whether lines are taken: the core has somebody to send them to, and the network is not slower than the input.
    pub(super) fn takes_input(&self) -> bool {
        self.machine.takes_input() && !self.sockets.is_full() && !self.is_disk_full
    }

    /// Whether commands of somebody else are taken.
    pub(super) fn takes_commands(&self, of: Client) -> bool {
        self.machine.takes_commands(of) && !self.sockets.is_full() && !self.is_disk_full
    }

    /// Takes a piece of input, where the core takes lines; else only its end is looked for.
    pub(super) fn read(&mut self) {
        if self.ending.is_some() || self.reads_keys() {
            return;
        }
        if self.parser.is_given() {
            if self.takes_input() {
                self.parse(&[], true);
            }
            return;
        }
        if !self.input.is_ready() {
            return;
        }
        if !self.takes_input() {
            if !self.sockets.is_full() && self.input.ends_here() {
                self.parse(&[], true);
            }
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.input.read(&mut buffer[..INPUT_BYTES_PER_TURN]) {
            Ok(ReadResult::Some(taken)) => self.parse(&buffer[..taken], false),
            Ok(ReadResult::None) => {}
            Ok(ReadResult::End) => self.parse(&[], true),
            Ok(ReadResult::Gone) => self.handle(Input::Leave(Ending::HANGUP)),
            Err(error) => {
                self.ending = Some(self.console.fail(en::system::cannot("read standard input", words(&error))));
            }
        }
        self.buffer = buffer;
    }

    /// Hands over what was read.
    pub(super) fn parse(&mut self, mut bytes: &[u8], is_end: bool) {
        let mut parser = std::mem::take(&mut self.parser);
        while let Some(input) = parser.next(&mut bytes, is_end) {
            self.handle(input);
        }
        self.parser = parser;
    }
}
