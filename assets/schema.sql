-- The history of one profile, version 1. Times are hybrid clocks (PROTOCOL.md, 4): Unix milliseconds times 65536, and a
-- counter; `seen` and `received` are Unix milliseconds.

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    room BLOB NOT NULL UNIQUE, -- 16 bytes
    name TEXT NOT NULL
) STRICT;

-- The entries of one author and run in one room.
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE, -- 8 bytes
    room INTEGER NOT NULL REFERENCES rooms,
    author BLOB NOT NULL,
    is_own INTEGER NOT NULL, -- this profile wrote it
    first INTEGER NOT NULL DEFAULT 1, -- what is before was removed
    last INTEGER NOT NULL DEFAULT 0, -- what is behind never came
    shown INTEGER NOT NULL DEFAULT 0, -- up to here it was shown,
    shown_places INTEGER NOT NULL DEFAULT 0, -- and of the next entry so many messages
    delivered INTEGER NOT NULL DEFAULT 0 -- of one's own: up to here it was confirmed
) STRICT;

-- Exactly as they were signed. The order of ids is the order in which they came; no id is ever used again.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    log INTEGER NOT NULL REFERENCES logs,
    seq INTEGER NOT NULL,
    is_second INTEGER NOT NULL, -- its author signed another one of the same number
    room INTEGER NOT NULL REFERENCES rooms,
    at INTEGER NOT NULL, -- the time it is sorted by: its author's, or that of arrival where that is out of this world
    received INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    is_erased INTEGER NOT NULL DEFAULT 0, -- its author took it back: the header alone is left
    hash BLOB NOT NULL, -- its id in the protocol, 16 bytes
    bytes BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_of_log ON entries (log, seq, is_second);
CREATE INDEX entries_in_time ON entries (room, at);

-- What an author said it is called, from an entry on.
CREATE TABLE nicks (
    log INTEGER NOT NULL REFERENCES logs,
    seq INTEGER NOT NULL,
    nick TEXT NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- What nobody has any more.
CREATE TABLE given_up (
    log INTEGER NOT NULL REFERENCES logs,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (log, first)
) STRICT, WITHOUT ROWID;

-- Who has confirmed one's own logs, and up to where.
CREATE TABLE receipts (
    log INTEGER NOT NULL REFERENCES logs,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (log, author)
) STRICT, WITHOUT ROWID;

-- Who was seen here with which nick, and since when: a nick belongs to whoever had it first.
CREATE TABLE names (
    author BLOB NOT NULL,
    nick TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (author, nick)
) STRICT, WITHOUT ROWID;

-- The words of each message, as `view/terms.rs` finds them. The row of a message is 1024 times the id of the entry that it
-- ends in, and its place there. Messages themselves are not in it, so it can always be made again.
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

-- One row: up to which entry the words are known.
CREATE TABLE progress (indexed INTEGER NOT NULL) STRICT;
INSERT INTO progress VALUES (0);
