//! Standard output and standard error. Neither a slow reader nor a stopped one stops the loop.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use jiff::tz::TimeZone;
use mio::{Registry, Token};

use crate::shell::sys::error::words;
use crate::shell::term::log_file::LogFile;
use crate::shell::term::terminal::Terminal;
use crate::shell::term::writer::{OutputWriter, WAITING_BYTES_MAX, system};

use crate::chat::api::event::{Event, Fault};
use crate::chat::api::finding::Grade;
use crate::chat::api::network_notice::{LinkChange, NetworkNotice};
use crate::chat::api::notice::{Notice, Secrecy};
use crate::chat::api::requester::Client;
use crate::chat::base::address::Zones;
use crate::chat::base::time::Now;
use crate::chat::keys::secret::RoomName;
use crate::view::json;
use crate::view::lines::{self, Context, Times};
use crate::view::text::when::LocalTime;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Messages on standard output, everything else on standard error.
    Lines,
    /// Everything on standard output.
    Json,
}

/// Both standard streams.
pub struct StandardOutput {
    form: Form,
    is_terminal: bool,
    data: OutputWriter,
    /// Standard error; nothing where it is the same terminal or pipe as standard output. Two writers would tear each
    /// other's records there, and a torn record can forge another.
    talk: Option<OutputWriter>,
    context: Context,
    /// Reused for each record.
    record: String,
    /// Records that found no room since the reader stopped.
    dropped: u64,
    /// What happened before programs were told where they are, which is the first they read.
    early: Option<Vec<Event>>,
    /// The live screen, where there is one: everything is told on it.
    terminal: Option<Box<Terminal>>,
    now: Now,
    /// What happens is written there, too.
    log_file: Option<LogFile>,
    /// The rooms that were joined, also those that were left since.
    rooms: BTreeSet<RoomName>,
    /// Only what goes wrong is told.
    is_quiet: bool,
    /// Only what an examination of the network finds.
    finds_only: bool,
    /// Nothing of what is said: nobody sits here, and what is written may be kept where others read it.
    withholds_words: bool,
    /// Nothing is dropped: whoever makes records waits for the reader instead.
    is_patient: bool,
}

impl StandardOutput {
    /// Opens both streams and registers what can be polled.
    pub fn open(form: Form, registry: &Registry, data: Token, talk: Token) -> io::Result<Self> {
        let is_terminal = io::stdout().is_terminal();
        let times = if is_terminal { Times::Earlier } else { Times::Untold };
        let context = Context::new(times, LocalTime::of(TimeZone::system()), false);
        let stderr = |()| system::Stream::stderr(registry, talk).map(OutputWriter::new);
        Ok(Self {
            form,
            is_terminal,
            data: OutputWriter::new(system::Stream::stdout(registry, data)?),
            talk: (!system::is_one_stream()).then_some(()).map(stderr).transpose()?,
            context,
            record: String::new(),
            dropped: 0,
            early: (form == Form::Json).then(Vec::new),
            terminal: None,
            now: Now::default(),
            log_file: None,
            rooms: BTreeSet::new(),
            is_quiet: false,
            finds_only: false,
            withholds_words: false,
            is_patient: false,
        })
    }

    /// Names the interfaces in addresses from now on.
    pub fn set_zones(&mut self, zones: Zones) {
        if let Some(terminal) = &mut self.terminal {
            terminal.screen.set_zones(zones.clone());
        }
        if let Some(log_file) = &mut self.log_file {
            log_file.set_zones(zones.clone());
        }
        self.context.zones = zones;
    }

    /// Everything is told on the live screen from now on.
    pub fn set_terminal(&mut self, terminal: Terminal) {
        self.terminal = Some(Box::new(terminal));
    }

    /// The live screen.
    pub fn terminal(&mut self) -> Option<&mut Terminal> {
        self.terminal.as_deref_mut()
    }

    /// What comes now comes at this time.
    pub fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    /// What time it is where the user is.
    pub fn local(&self) -> &LocalTime {
        &self.context.local
    }

    /// Takes the live screen away and gives the terminal back, for good.
    pub fn give_back(&mut self) {
        if let Some(mut terminal) = self.terminal.take() {
            if terminal.is_taken() {
                self.data.keep(&terminal.give_back());
            }
            self.data.flush();
        }
    }

    /// Takes the live screen away and gives the terminal back, for a while.
    pub fn lend(&mut self) {
        if let Some(terminal) = self.terminal.as_mut().filter(|terminal| terminal.is_taken()) {
            self.data.keep(&terminal.give_back());
            self.data.flush();
        }
    }

    /// Each record begins with its room from now on.
    pub fn set_rooms(&mut self, has_rooms: bool) {
        self.context.has_rooms = has_rooms;
        if let Some(terminal) = &mut self.terminal {
            terminal.screen.set_rooms(has_rooms);
        }
    }

    /// Only what goes wrong is told from now on.
    pub fn set_quiet(&mut self, is_quiet: bool) {
        self.is_quiet = is_quiet;
    }

    /// From now on people are not shown what is said; programs are.
    pub fn withhold_words(&mut self) {
        self.withholds_words = self.form == Form::Lines;
    }

    /// From now on only findings are shown, and what goes wrong.
    pub fn show_findings_only(&mut self) {
        self.finds_only = true;
        self.early = None; // there is no first object
    }

    /// From now on nothing is dropped: see [`is_full`](Self::is_full).
    pub fn keep_everything(&mut self) {
        self.is_patient = true;
    }

    /// Whether the reader is far behind. Then nothing more is to be shown that can wait.
    pub fn is_full(&self) -> bool {
        let is_screen_full = self.terminal.as_ref().is_some_and(|terminal| terminal.screen.is_full());
        is_screen_full || self.data.waiting() > WAITING_BYTES_MAX / 2
    }

    /// The names in use.
    pub fn zones(&self) -> &Zones {
        &self.context.zones
    }

    /// What happens is written there too from now on.
    pub fn set_journal(&mut self, log_file: LogFile) {
        self.log_file = Some(log_file);
    }

    /// Writes what happens where it is to be kept. Where that fails it is told once, and that was the end of it. Says whether
    /// the event is told there and nowhere else.
    fn note(&mut self, event: &Event) -> bool {
        let Some(log_file) = &mut self.log_file else { return false };
        if let Err(error) = log_file.note(event, self.now.wall) {
            self.log_file = None;
            self.show(&Event::Notice(Notice::LogOff { why: words(&error) }));
        }
        matches!(event, Event::Trace(_))
    }

    /// Takes one event, to be written with the next flush, or kept while the reader is slow. A message that finds no room is dropped, counted and
    /// told.
    pub fn show(&mut self, event: &Event) {
        let is_mistake = matches!(event, Event::Fault(_));
        let is_ours = |client| client == Client::STANDARD || client == Client::BOT && is_mistake;
        let is_for_us = event.recipient().is_none_or(is_ours);
        if !self.note(event) && is_for_us {
            self.show_here(event);
        }
    }

    /// The same, for one of those who drive the session alone.
    pub fn show_to(&mut self, client: Client, event: &Event) {
        if client == Client::STANDARD {
            self.show_here(event);
        }
    }

    fn show_here(&mut self, event: &Event) {
        let is_first = matches!(event, Event::Ready { .. });
        let is_last = matches!(event, Event::Fault(Fault::Fatal(_)) | Event::Exit(_)); // it never came to a session
        match &mut self.early {
            Some(early) if !is_first && !is_last => early.push(event.clone()),
            early => {
                let early = early.take().unwrap_or_default();
                let (first, last) = if is_first { (Some(event), None) } else { (None, Some(event)) };
                first.into_iter().chain(&early).chain(last).for_each(|event| self.write(event));
            }
        }
    }

    fn write(&mut self, event: &Event) {
        if let Event::Notice(Notice::You { room, .. }) = event {
            self.rooms.insert(room.clone());
            self.set_rooms(self.context.has_rooms || self.rooms.len() > 1);
        }
        let is_for_people = self.form == Form::Lines && matches!(event, Event::Ready { .. });
        let is_withheld = self.withholds_words && matches!(event, Event::Said(_) | Event::Message(_));
        let is_fine = matches!(event, Event::Finding { finding, .. } if finding.grade() < Grade::Warn);
        if is_withheld || is_fine && self.is_quiet || self.finds_only && !is_of_examination(event) {
            return;
        }
        if self.is_quiet && (is_for_people || is_good_to_know(event)) {
            return;
        }
        if let Some(terminal) = &mut self.terminal {
            return terminal.screen.show(event, self.now.moment);
        }
        self.record.clear();
        match self.form {
            Form::Lines => lines::render(event, &mut self.context, &mut self.record),
            Form::Json => json::render(event, Client::STANDARD, &self.context.zones, &mut self.record),
        }
        let is_data = match (self.form, event) {
            (Form::Lines, Event::Finding { .. }) => self.finds_only,
            (Form::Lines, event) => matches!(event, Event::Message(_) | Event::Said(_)),
            (Form::Json, Event::Fault(Fault::Fatal(_))) => !self.data.is_closed(), // where it cannot be written: there
            (Form::Json, _) => true,
        };
        if !is_data {
            self.talk.as_mut().unwrap_or(&mut self.data).write(&self.record);
        } else if self.is_patient {
            self.data.keep(&self.record);
        } else if !self.data.write(&self.record) {
            self.dropped += 1;
            if self.dropped == 1 && self.form == Form::Lines {
                self.show(&Event::Notice(Notice::OutputStalled));
            }
        }
    }

    /// Writes what waited, and says what was dropped meanwhile once there is room again.
    pub fn flush(&mut self) {
        self.talk.iter_mut().for_each(OutputWriter::flush);
        if let Some(terminal) = &mut self.terminal
            && self.data.is_empty()
            && let Some(frame) = terminal.draw()
        {
            self.data.keep(&frame);
        }
        self.data.flush();
        if self.data.is_empty() {
            self.tell_dropped();
        }
    }

    /// Says what was dropped, where anything was.
    pub fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            let records = std::mem::take(&mut self.dropped);
            self.show(&Event::Notice(Notice::Dropped { records }));
        }
    }

    /// What still waits is never written, nor anything behind it.
    pub fn abandon(&mut self) {
        self.data.abandon();
    }

    /// Whether everything is written, as far as anybody reads it.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.talk.as_ref().is_none_or(OutputWriter::is_empty)
    }

    /// Where in standard output the last record ends, in bytes.
    pub fn end(&self) -> u64 {
        let waiting = self.terminal.as_ref().map_or(0, |terminal| terminal.screen.waiting());
        self.data.end() + waiting as u64
    }

    /// Up to where standard output is written, while somebody can read it.
    pub fn written(&self) -> Option<u64> {
        (!self.data.is_closed()).then(|| self.data.written())
    }

    /// Standard output may be written again, or is closed.
    pub fn wake_data(&mut self, is_closed: bool) {
        self.data.wake(is_closed);
    }

    /// Standard error may be written again, or is closed.
    pub fn wake_talk(&mut self, is_closed: bool) {
        self.talk.iter_mut().for_each(|talk| talk.wake(is_closed));
    }

    /// Whether nobody will ever read standard output again.
    pub fn is_closed(&self) -> bool {
        self.data.is_closed()
    }

    /// Whether standard output is a terminal, or was one before it was gone.
    pub fn was_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Why standard output cannot be written, once: a full disk, say.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        self.data.take_failure()
    }

    /// Whether a write of ours raised a SIGPIPE since this was last asked.
    pub fn take_broken(&mut self) -> bool {
        let both = [Some(&mut self.data), self.talk.as_mut()].into_iter().flatten();
        both.fold(false, |any, writer| any | writer.take_broken())
    }
}

/// Whether a program that only examines the network tells it.
fn is_of_examination(event: &Event) -> bool {
    matches!(event, Event::Finding { .. } | Event::Fault(_) | Event::Exit(_) | Event::Trace(_))
}

/// Whether it is neither said by anybody, nor asked for, nor wrong.
fn is_good_to_know(event: &Event) -> bool {
    match event {
        Event::Peer { .. } => true,
        // What was told to have gone wrong is taken back.
        Event::Delivery(delivery) if delivery.is_after_all => delivery.said_before.is_some(),
        Event::Delivery(delivery) => delivery.confirmed == delivery.of && delivery.of > 0,
        Event::Notice(Notice::Network(NetworkNotice::Link { change, .. })) => {
            matches!(change, LinkChange::Up { .. } | LinkChange::Moved { .. })
        }
        Event::Notice(Notice::Network(NetworkNotice::Bound { is_there, .. })) => *is_there,
        Event::Notice(Notice::Network(NetworkNotice::Away { .. })) => true,
        Event::Notice(Notice::Network(_)) => false,
        Event::Notice(notice) => !matches!(
            notice,
            Notice::Answer(_)
                | Notice::Undelivered { .. }
                | Notice::HistoryOff { .. }
                | Notice::LogOff { .. }
                | Notice::BotEnded { .. }
                | Notice::Unanswered { .. }
                | Notice::Missing { .. }
                | Notice::Lost { .. }
                | Notice::Secrecy(Secrecy::Moved { .. })
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::api::talk::Speaker;
    use crate::chat::base::time::Wall;
    use crate::chat::keys::secret::RoomName;

    #[test]
    fn what_does_not_arrive_is_told_also_where_little_is() {
        let (room, who) = (RoomName::lobby, Speaker::me);
        for (notice, is_told) in [
            (Notice::Missing { room: room(), who: who(), entries: 1 }, true),
            (Notice::Lost { room: room(), who: who(), entries: 1 }, true),
            (Secrecy::Moved { room: room(), by: who(), since: Wall(0) }.into(), true),
            (Secrecy::FormerOver { room: room() }.into(), false),
            (Notice::NobodyHeard { room: room() }, false),
        ] {
            assert_eq!(!is_good_to_know(&Event::Notice(notice.clone())), is_told, "{notice:?}");
        }
    }
}
