-- What version 5 of the history adds: files that are offered. Those of others that all may fetch stand in the entries.
CREATE TABLE offers (
    entry BLOB NOT NULL, -- the entry that offers it,
    item INTEGER NOT NULL, -- and its place there
    room INTEGER NOT NULL REFERENCES rooms,
    log BLOB NOT NULL, -- the entry's log
    seq INTEGER NOT NULL, -- and number
    author BLOB NOT NULL,
    other BLOB, -- whom alone it is to
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    flags INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    path TEXT, -- of one's own: where it is
    PRIMARY KEY (entry, item)
) STRICT, WITHOUT ROWID;
