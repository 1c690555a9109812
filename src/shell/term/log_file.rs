//! What `--log` keeps: everything that is told, each with its time, and what passes beneath it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::chat::api::event::Event;
use crate::chat::api::talk::{Change, Delivery};
use crate::chat::base::address::Zones;
use crate::chat::base::metrics::Detail;
use crate::chat::base::time::Wall;
use crate::shell::sys::files::private;
use crate::view::lines::{self, Context, Times};
use crate::view::text;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// A file that is written to at its end, one line for each event.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    detail: Detail,
    context: Context,
}

impl LogFile {
    /// Opens a file that only its owner may read, or begins one.
    pub fn open(path: &Path, detail: Detail, local: LocalTime) -> io::Result<Self> {
        let file = private().append(true).create(true).open(path)?;
        Ok(Self { file, detail, context: Context::new(Times::Untold, local, true) })
    }

    /// Names the interfaces in addresses from now on.
    pub fn set_zones(&mut self, zones: Zones) {
        self.context.zones = zones;
    }

    /// Writes what `event` says.
    pub fn note(&mut self, event: &Event, now: Wall) -> io::Result<()> {
        let time = format!("{}.{:03}", self.context.local.second(now), now.0 % 1000);
        let mut words = String::new();
        match self.outline(event) {
            Some(outline) => text::sanitise(&outline, &mut words),
            None => lines::render(event, &mut self.context, &mut words),
        }
        let mut entry = String::new();
        for line in words.lines() {
            entry.extend([&time, " ", line, "\n"]);
        }
        self.file.write_all(entry.as_bytes())
    }

    /// What is written instead of the words of an event. Of what people say only that they do, unless everything is wanted.
    fn outline(&self, event: &Event) -> Option<String> {
        match event {
            Event::Said(said) if self.detail < Detail::Words => {
                Some(format!("message {} from {} ({}) in {}", said.id, said.who, said.who.author, said.room))
            }
            Event::Message(message) if self.detail < Detail::Words => {
                Some(format!("plain message from {}", self.context.zones.name(message.from)))
            }
            Event::Delivery(Delivery { first, last, room, confirmed, of, missing, .. }) => {
                let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
                let without = if names.is_empty() { String::new() } else { format!(", not {}", names.join(", ")) };
                Some(format!("delivery of {first} to {last} in {room}: {confirmed} of {of}{without}"))
            }
            Event::Peer { room, who, change: Change::Joined { address: Some(address), .. }, .. } => {
                Some(format!("{who} is here in {room}, at {}", self.context.zones.name(*address)))
            }
            Event::Exit(ending) => Some(format!("exit {}: {}", ending.code(), en::ending(*ending))),
            _ => None,
        }
    }
}
