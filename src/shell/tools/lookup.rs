//! `history` and `search`: what a profile has kept, read while nothing or a session runs.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use jiff::tz::TimeZone;

use crate::chat::api::ending::Ending;
use crate::chat::api::event::Event;
use crate::shell::cli::options::{IdentityChoice, Lookup, Options};
use crate::shell::profile;
use crate::shell::store::{self, Filter, Listing};
use crate::shell::sys::clock::Clock;
use crate::shell::sys::error::words;
use crate::shell::sys::stdio::last_words;
use crate::view::json;
use crate::view::lines::{self, Context, Times};
use crate::view::text::terms::Needle;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// How many messages `search` shows where nothing else is asked for.
const FOUND_USUAL: usize = 100;

/// Shows what is asked for, and returns the exit code.
pub fn run(options: &Options, lookup: &Lookup) -> u8 {
    match look_up(options, lookup) {
        Ok(code) => code,
        Err((words, ending)) => {
            last_words(&format!("chinwag: {words}"));
            ending.code()
        }
    }
}

type NotFound = (String, Ending);

fn look_up(options: &Options, lookup: &Lookup) -> Result<u8, NotFound> {
    let failed = |words: String| (words, Ending::Failed);
    let local = LocalTime::of(TimeZone::system());
    let filter = filter(options, lookup, &local)?;
    let needles = needles(lookup)?;
    let IdentityChoice::Profile { name, folder } = &options.identity else {
        return Err((en::files::TEMPORARY.to_owned(), Ending::WrongUsage));
    };
    let folder = profile::folder_of(name, folder.clone()).map_err(|error| failed(error.to_string()))?;
    let connection = match store::read_only(&folder.join(store::FILE)) {
        Ok(connection) => connection,
        Err(store::Unusable::Missing(_)) if needles.is_none() && lookup.export.is_none() => return Ok(0),
        Err(unusable) => return Err(failed(unusable.to_string())),
    };
    let mut sink = Sink::open(options, lookup, local).map_err(|error| failed(words(&error)))?;
    let mut each = |listing: Listing<'_>| sink.take(&listing);
    let is_search = needles.is_some();
    let is_more = match needles {
        Some(needles) => store::search(&connection, needles, &filter, &mut each),
        None => store::list(&connection, &filter, &mut each).map(|()| false),
    };
    let is_more = is_more.map_err(|error| failed(en::system::cannot("read the history", error)))?;
    let count = sink.close().map_err(|error| failed(en::system::cannot("write", words(&error))))?;
    if is_more && count > 0 && !options.json {
        last_words(&en::files::newest(count));
    }
    if count == 0 && !options.json {
        last_words(en::files::NOTHING_FOUND);
    }
    Ok(u8::from(is_search && count == 0))
}

fn filter(options: &Options, lookup: &Lookup, local: &LocalTime) -> Result<Filter, NotFound> {
    let now = Clock::start().now().wall;
    let parsed = |text: &String| local.parse(text, now).ok_or_else(|| (en::bad_time(text), Ending::WrongUsage));
    let time = |text: &Option<String>| text.as_ref().map(parsed).transpose();
    let usual = lookup.words.as_ref().map(|_| FOUND_USUAL);
    Ok(Filter {
        rooms: options.rooms.clone(),
        since: time(&lookup.since)?,
        until: time(&lookup.until)?,
        from: lookup.from.clone(),
        most: lookup.limit.or(usual).filter(|&most| most > 0),
    })
}

fn needles(lookup: &Lookup) -> Result<Option<Vec<Needle>>, NotFound> {
    let Some(words) = &lookup.words else { return Ok(None) };
    let needle = |word: &String| {
        let why = || en::files::no_needle(word);
        Needle::new(word).ok_or_else(|| (why(), Ending::WrongUsage))
    };
    words.iter().map(needle).collect::<Result<_, _>>().map(Some)
}

/// Where messages go, and how.
struct Sink {
    out: BufWriter<Box<dyn Write>>,
    context: Context,
    is_json: bool,
    /// With what proves it.
    is_export: bool,
    record: String,
    count: usize,
    failure: Option<io::Error>,
}

impl Sink {
    fn open(options: &Options, lookup: &Lookup, local: LocalTime) -> io::Result<Self> {
        let export = lookup.export.as_deref();
        let out: Box<dyn Write> = match export {
            Some(path) if path != Path::new("-") => Box::new(create(path)?),
            _ => Box::new(io::stdout()),
        };
        let is_json_file = export
            .and_then(Path::extension)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("json") || kind.eq_ignore_ascii_case("jsonl"));
        let has_rooms = options.rooms.len() != 1;
        let context = Context::new(Times::Full, local, has_rooms);
        let is_json = options.json || is_json_file;
        let record = String::new();
        let out = BufWriter::new(out);
        Ok(Self { out, context, is_json, is_export: export.is_some(), record, count: 0, failure: None })
    }

    /// Writes one message. Nobody may be reading any more.
    fn take(&mut self, listing: &Listing<'_>) -> bool {
        self.record.clear();
        if self.is_json {
            let proof = self.is_export.then_some((listing.bytes, listing.signature));
            json::render_kept(&listing.said, proof, &mut self.record);
        } else {
            lines::render(&Event::Said(listing.said.clone()), &mut self.context, &mut self.record);
        }
        self.count += 1;
        self.failure = self.out.write_all(self.record.as_bytes()).err();
        self.failure.is_none()
    }

    fn close(mut self) -> io::Result<usize> {
        let result = match self.failure.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        };
        match result {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(self.count),
        }
    }
}

/// A file that only its owner may read, and that was not there before.
fn create(path: &Path) -> io::Result<impl Write + use<>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| io::Error::other(en::system::cannot(&format!("write {}", path.display()), words(&error))))
}
