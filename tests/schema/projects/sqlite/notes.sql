-- A notebook on a phone: full-text search kept by triggers, soft deletion, tags without rowid.
CREATE TABLE notebook (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL COLLATE NOCASE UNIQUE,
    colour TEXT NOT NULL DEFAULT '#ffffff' CHECK (colour GLOB '#[0-9a-f]*' AND length(colour) = 7),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
    notebook_id INTEGER NOT NULL REFERENCES notebook ON DELETE CASCADE ON UPDATE CASCADE,
    title TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    words INTEGER GENERATED ALWAYS AS (length(body) - length(replace(body, ' ', '')) + 1) VIRTUAL,
    pinned INTEGER NOT NULL DEFAULT FALSE CHECK (pinned IN (0, 1)),
    deleted_at TEXT,
    modified_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE tag (name TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
CREATE TABLE note_tag (
    note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
    tag TEXT NOT NULL REFERENCES tag (name) ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY (note_id, tag)
) WITHOUT ROWID;
CREATE TABLE attachment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    note_id INTEGER REFERENCES note ON DELETE SET NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL DEFAULT x'',
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    UNIQUE (note_id, name) ON CONFLICT REPLACE
);
CREATE TABLE setting ("key" TEXT NOT NULL PRIMARY KEY ON CONFLICT REPLACE, value ANY) STRICT;
CREATE INDEX note_recent ON note (notebook_id, pinned DESC, modified_at DESC) WHERE deleted_at IS NULL;
CREATE INDEX note_tag_tag ON note_tag (tag);
CREATE VIRTUAL TABLE note_text USING fts5(title, body, content='note', content_rowid='id', tokenize="unicode61 remove_diacritics 2");
CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
    INSERT INTO note_text (rowid, title, body) VALUES (new.id, new.title, new.body);
END;
CREATE TRIGGER note_removed AFTER DELETE ON note BEGIN
    INSERT INTO note_text (note_text, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
END;
CREATE TRIGGER note_changed AFTER UPDATE OF title, body ON note WHEN new.title <> old.title OR new.body <> old.body BEGIN
    INSERT INTO note_text (note_text, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
    INSERT INTO note_text (rowid, title, body) VALUES (new.id, new.title, new.body);
    UPDATE note SET modified_at = CURRENT_TIMESTAMP WHERE id = new.id;
END;
CREATE VIEW recent AS SELECT n.id, n.title, b.title AS notebook FROM note n JOIN notebook b ON b.id = n.notebook_id WHERE n.deleted_at IS NULL;
CREATE TRIGGER recent_delete INSTEAD OF DELETE ON recent BEGIN
    UPDATE note SET deleted_at = CURRENT_TIMESTAMP WHERE id = old.id;
END;
