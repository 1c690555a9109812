-- What version 2 of the history adds to schema.sql.

-- What was said to one person alone. The entry is sealed, and what reads it is erased after a while; this is what it said.
CREATE TABLE private (
    log INTEGER NOT NULL REFERENCES logs,
    seq INTEGER NOT NULL, -- the entry that it ends in
    other BLOB NOT NULL, -- who it is from, or to
    is_own INTEGER NOT NULL,
    is_action INTEGER NOT NULL,
    is_confirmed INTEGER NOT NULL DEFAULT 0, -- of one's own: whom it is to has it
    text TEXT NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- What the user thinks of keys.
CREATE TABLE people (
    author BLOB PRIMARY KEY,
    petname TEXT,
    is_verified INTEGER NOT NULL,
    is_ignored INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What private messages to somebody are sealed with, as was last announced in a room.
CREATE TABLE prekeys (
    room INTEGER NOT NULL REFERENCES rooms,
    author BLOB NOT NULL,
    prekey BLOB NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (room, author)
) STRICT, WITHOUT ROWID;

-- Under which of the room's secrets a log came first: its tag.
ALTER TABLE logs ADD COLUMN tag BLOB;
