//! Whoever drives the session besides standard input, in the loop.

use super::App;
use crate::chat::api::event::Event;
use crate::chat::api::machine::Input;
use crate::shell::clients::Happened;

impl App<'_> {
    /// Does what they want, where the core takes lines, and looks after the bot.
    pub(super) fn serve(&mut self) {
        if self.ending.is_some() {
            return;
        }
        match self.console.clients.tick(self.now.moment) {
            Ok(None) => {}
            Ok(Some(notice)) => self.console.tell(&Event::Notice(notice)),
            Err(why) => {
                let ending = self.console.fail(why);
                return self.handle(Input::Leave(ending));
            }
        }
        if !self.console.clients.is_ready(&|client| self.takes_commands(client)) {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let (machine, is_full) = (&*self.machine, self.sockets.is_full());
        let takes = |client| machine.takes_commands(client) && !is_full;
        let happened = self.console.clients.take(&takes, self.now.moment, &mut buffer);
        self.buffer = buffer;
        for what in happened {
            match what {
                Happened::Came(client) => {
                    let listening = self.listening();
                    self.handle(Input::Attach { client, listening });
                }
                Happened::Wants(input) => self.handle(*input),
            }
        }
        self.handle(Input::Paused { begun: self.parser.is_begun() });
    }
}
