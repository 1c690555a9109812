//! The file: opened, begun, brought up to date, or set aside.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};
use thiserror::Error as ThisError;

use crate::chat::api::notice::Notice;
use crate::chat::base::time::Wall;
use crate::shell::sys::files::close_to_others;
use crate::view::text::when::LocalTime;
use crate::view::words::en;

/// What each version adds to the one before; the first begins with nothing. A version is never changed once it was used.
pub const MIGRATIONS: &[&str] = &[
    include_str!("../../../assets/schema.sql"),
    include_str!("../../../assets/schema-2.sql"),
    include_str!("../../../assets/schema-3.sql"),
    include_str!("../../../assets/schema-4.sql"),
    include_str!("../../../assets/schema-5.sql"),
];

/// From this version on the index knows rooms.
pub const ROOMS_ARE_INDEXED: i32 = 3;

/// Stands in the file's header, so that it is not taken for another program's: "Chin".
const APPLICATION: i32 = 0x4368_696e;

/// Nobody else writes while a session runs; whoever lists the history at the very end or start may hold it for a moment.
const BUSY_FOR: Duration = Duration::from_secs(1);

/// Why a history cannot be used: one sentence.
#[derive(Debug, ThisError)]
pub enum Unusable {
    /// There is none.
    #[error("{}", en::files::no_history(.0))]
    Missing(PathBuf),
    /// It is of a newer version.
    #[error("{}", en::files::newer_history(.0))]
    Newer(PathBuf),
    /// It is no history, or was one.
    #[error("{}", en::files::damaged_history(.path, Some(words(.error))))]
    Damaged {
        /// Where.
        path: PathBuf,
        /// In SQLite's words.
        error: Error,
    },
    /// The system refuses.
    #[error("{}", en::files::refused_history(.path, words(.error)))]
    Refused {
        /// Where.
        path: PathBuf,
        /// In SQLite's words.
        error: Error,
    },
}

/// Whether what is in the file is not what was written there.
pub fn is_damage(error: &Error) -> bool {
    let damage = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    error.sqlite_error_code().is_some_and(|code| damage.contains(&code)) && !is_damage_of_index(error)
}

/// Whether only the index is damaged, which can be made again.
pub fn is_damage_of_index(error: &Error) -> bool {
    error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_CORRUPT_VTAB)
}

/// What SQLite says of an error, in a few words.
pub fn words(error: &Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => en::files::DISK_FULL.to_owned(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => en::files::READ_ONLY.to_owned(),
        Some(ErrorCode::NotADatabase) => en::files::NO_DATABASE.to_owned(),
        Some(ErrorCode::CannotOpen) => en::files::NOT_OPENED.to_owned(),
        _ => error.to_string(),
    }
}

/// Opens the file to be written, or begins it. What cannot be read is set aside first.
pub fn open_or_begin(path: &Path, now: Wall) -> Result<(Connection, Option<Notice>), Unusable> {
    match open(path) {
        Ok(connection) => Ok((connection, None)),
        Err(unusable @ (Unusable::Newer(_) | Unusable::Damaged { .. })) => {
            let refused = |error| Unusable::Refused { path: path.to_owned(), error: io_error(&error) };
            let aside = set_aside(path, now).map_err(refused)?;
            let notice = Notice::HistoryAside { why: unusable.to_string(), aside: aside.display().to_string() };
            Ok((open(path)?, Some(notice)))
        }
        Err(refused) => Err(refused),
    }
}

/// The file turned out to be damaged: it is set aside, and another one begun.
pub fn begin_anew(path: &Path, damaged: &mut Connection, now: Wall) -> Option<(Connection, Notice)> {
    let nothing = Connection::open_in_memory().ok()?;
    drop(std::mem::replace(damaged, nothing));
    let aside = set_aside(path, now).ok()?;
    let why = en::files::damaged_history(path, None);
    Some((open(path).ok()?, Notice::HistoryAside { why, aside: aside.display().to_string() }))
}

/// Opens the file to be read, while a session may be writing it. Where the folder cannot be written, nobody does.
pub fn read_only(path: &Path) -> Result<Connection, Unusable> {
    let is_nothing = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0);
    if !path.exists() || is_nothing {
        return Err(Unusable::Missing(path.to_owned()));
    }
    check_is_file(path).map_err(|error| Unusable::Refused { path: path.to_owned(), error: io_error(&error) })?;
    let open = |flags, uri: &dyn AsRef<Path>| -> Result<Connection, Error> {
        let connection = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_FOR)?;
        plan_once(&connection)?;
        connection.execute_batch("PRAGMA query_only = 1; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = 0;")?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    let connection = open(OpenFlags::SQLITE_OPEN_READ_WRITE, &path).or_else(|error| {
        if is_damage(&error) {
            return Err(error);
        }
        let escaped = path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let uri = format!("file:{escaped}?immutable=1");
        open(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI, &uri)
    });
    let connection = connection.map_err(|error| sort(path, error))?;
    let lacking = match check_version(&connection, path)? {
        ..2 => OF_VERSION_2,
        2..4 => OF_VERSION_4,
        _ => "",
    };
    connection.execute_batch(lacking).map_err(|error| sort(path, error))?;
    Ok(connection)
}

/// What a history of version 1 lacks is empty, and only thought of: it is changed by whoever writes it.
const OF_VERSION_2: &str = "PRAGMA query_only = 0;
    CREATE TEMP TABLE private (log INTEGER, seq INTEGER, other BLOB, is_own INTEGER, is_action INTEGER, is_auto INTEGER,
        text TEXT);
    CREATE TEMP TABLE people (author BLOB, petname TEXT, is_verified INTEGER, is_ignored INTEGER);
    PRAGMA query_only = 1;";

/// Before version 4 nothing private was known to be a program's.
const OF_VERSION_4: &str = "PRAGMA query_only = 0;
    CREATE TEMP VIEW private AS SELECT *, 0 AS is_auto FROM main.private;
    PRAGMA query_only = 1;";

/// What was overwritten or removed stays nowhere: not in the file, and not in the log beside it. Says whether that could be
/// done, for somebody may be reading.
pub fn scrub(connection: &Connection) -> bool {
    let _ = connection.busy_timeout(Duration::ZERO); // the loop does not wait for a reader
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    let _ = connection.busy_timeout(BUSY_FOR);
    busy.is_ok_and(|busy| !busy)
}

/// The last words before the file is closed.
pub fn close(connection: Connection) {
    scrub(&connection); // if it fails, the next start does it
    let _ = connection.close();
}

fn open(path: &Path) -> Result<Connection, Unusable> {
    let sorted = |error| sort(path, error);
    make_private(path).map_err(|error| Unusable::Refused { path: path.to_owned(), error: io_error(&error) })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sorted)?;
    connection.busy_timeout(BUSY_FOR).map_err(sorted)?;
    let version = check_version(&connection, path)?;
    prepare(&mut connection, version).map_err(sorted)?;
    Ok(connection)
}

/// Only its owner may read it; SQLite gives its other files the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    check_is_file(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    close_to_others(&options.open(path)?, 0o600)
}

/// Where something else has the name, opening it could take for ever.
fn check_is_file(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other(en::files::NO_FILE)),
        _ => Ok(()),
    }
}

/// The version of the file; 0 for one that was only just made.
fn check_version(connection: &Connection, path: &Path) -> Result<usize, Unusable> {
    let sorted = |error| sort(path, error);
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id").map_err(sorted)?, number("user_version").map_err(sorted)?);
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let tables = tables.map_err(sorted)?;
    if application != APPLICATION && tables > 0 {
        let error = Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB), None);
        return Err(Unusable::Damaged { path: path.to_owned(), error });
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(Unusable::Newer(path.to_owned())),
    }
}

/// A statement is planned once and not anew for each value that is bound to it: that took longer than running it.
fn plan_once(connection: &Connection) -> Result<(), Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// A commit is on the disk when it returns, power failure included; what is removed is overwritten.
fn prepare(connection: &mut Connection, version: usize) -> Result<(), Error> {
    plan_once(connection)?;
    if version == 0 {
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    }
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = 1; PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = 0; PRAGMA journal_size_limit = 4194304;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    if version < MIGRATIONS.len() {
        let transaction = connection.transaction()?;
        for step in &MIGRATIONS[version..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX))?;
        transaction.commit()?;
    }
    // A file that cannot be written is found out now.
    connection.execute("UPDATE progress SET indexed = indexed", [])?;
    Ok(())
}

fn sort(path: &Path, error: Error) -> Unusable {
    let path = path.to_owned();
    if is_damage(&error) { Unusable::Damaged { path, error } } else { Unusable::Refused { path, error } }
}

fn io_error(error: &io::Error) -> Error {
    Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
        Some(crate::shell::sys::error::words(error)),
    )
}

/// Gives the file, and what belongs to it, the day's name. Nothing is overwritten.
fn set_aside(path: &Path, now: Wall) -> io::Result<PathBuf> {
    let day = LocalTime::default().day(now);
    let names = (1..1000).map(|number| match number {
        1 => format!("history-{day}.db"),
        number => format!("history-{day}-{number}.db"),
    });
    let aside = names.map(|name| path.with_file_name(name)).find(|aside| !aside.exists());
    let aside = aside.ok_or_else(|| io::Error::other(en::files::TOO_MANY_ASIDE))?;
    for part in ["-wal", "-shm"] {
        let with = |path: &Path| PathBuf::from(format!("{}{part}", path.display()));
        match fs::rename(with(path), with(&aside)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_of_every_version_is_read_as_it_is_and_brought_up_to_date() {
        for version in 1..=MIGRATIONS.len() {
            let path = std::env::temp_dir().join(format!("chinwag-version-{version}-{}.db", std::process::id()));
            let old = Connection::open(&path).unwrap();
            old.execute_batch(&MIGRATIONS[..version].concat()).unwrap();
            old.pragma_update(None, "application_id", APPLICATION).unwrap();
            old.pragma_update(None, "user_version", i32::try_from(version).unwrap()).unwrap();
            drop(old);
            let programs = |connection: &Connection| {
                connection.query_row("SELECT total(is_auto) FROM private", [], |row| row.get::<_, f64>(0)).unwrap()
            };
            let private =
                "INSERT INTO private (log, seq, other, is_own, is_action, text) VALUES (1, 1, x'00', 0, 0, '')";
            if version > 1 {
                let plain = Connection::open(&path).unwrap();
                plain.execute_batch("PRAGMA foreign_keys = 0").unwrap();
                plain.execute(private, []).unwrap();
            }
            assert!(programs(&read_only(&path).unwrap()) < 1.0, "{version}");
            let (connection, notice) = open_or_begin(&path, Wall(0)).unwrap();
            assert_eq!((programs(&connection) < 1.0, notice), (true, None), "{version}");
            drop(connection);
            for part in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{part}", path.display()));
            }
        }
    }
}
