-- What version 4 of the history adds: a program said it by itself. Of what everybody reads the entry says so.
ALTER TABLE private ADD COLUMN is_auto INTEGER NOT NULL DEFAULT 0;
