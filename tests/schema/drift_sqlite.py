"""Changes of a SQLite schema by hand, each with the differences to report, and operations that drift must not report."""

from tests.schema.seeded import Seeded

BASE = """
CREATE TABLE a (
    id INTEGER PRIMARY KEY,
    name VARCHAR(20) NOT NULL DEFAULT 'x',
    n INTEGER,
    price NUMERIC(10, 2),
    CONSTRAINT a_n CHECK (n > 0),
    CONSTRAINT a_name UNIQUE (name)
);
CREATE TABLE b (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a_id INTEGER REFERENCES a (id) ON DELETE CASCADE,
    kind TEXT COLLATE NOCASE CHECK (kind IN ('a', 'b')),
    d DATE
);
CREATE INDEX b_a_id ON b (a_id);
CREATE TABLE c (id TEXT NOT NULL PRIMARY KEY, body TEXT) STRICT;
CREATE TABLE e (id INTEGER, other INTEGER);
CREATE VIEW v AS SELECT id, d FROM b;
CREATE TRIGGER b_touched AFTER UPDATE ON b BEGIN UPDATE a SET n = 1; END;
"""


def remade(table: str, definition: str) -> str:
    """Return the statements that rebuild a table, as in SQLite's manual."""
    return f"DROP TABLE {table}; CREATE TABLE {table} ({definition})"


CHANGES: Seeded = (
    ("ALTER TABLE a ADD COLUMN more INTEGER", "column a.more added"),
    ("ALTER TABLE a DROP COLUMN more", "column a.more lost"),
    ("ALTER TABLE a ADD COLUMN g INTEGER AS (id + 1)", "column a.g added"),
    ("ALTER TABLE a RENAME COLUMN price TO cost", "column a.cost added", "column a.price lost"),
    ("CREATE INDEX a_n_index ON a (n)", "index a.a_n_index added"),
    ("DROP INDEX a_n_index", "index a.a_n_index lost"),
    ("DROP INDEX b_a_id; CREATE UNIQUE INDEX b_a_id ON b (a_id)", "index b.b_a_id changed: unique no -> yes"),
    ("DROP INDEX b_a_id; CREATE UNIQUE INDEX b_a_id ON b (a_id, d)", "index b.b_a_id changed: parts a_id -> a_id, d"),
    ("DROP INDEX b_a_id; CREATE UNIQUE INDEX b_a_id ON b (a_id, d DESC)", "index b.b_a_id changed: parts"),
    ("DROP INDEX b_a_id; CREATE UNIQUE INDEX b_a_id ON b (a_id, d DESC) WHERE d > 1", "index b.b_a_id changed: predicate"),
    ("CREATE INDEX b_lower ON b (lower(kind))", "index b.b_lower added"),
    ("CREATE INDEX b_kind ON b (kind COLLATE BINARY)", "index b.b_kind added"),
    ("DROP VIEW v; CREATE VIEW v AS SELECT id, d FROM b WHERE d > 1", "view v changed: definition"),
    ("DROP VIEW v", "view v lost"),
    ("CREATE VIEW w AS SELECT 1 AS one", "view w added"),
    ("DROP TRIGGER b_touched", "trigger b.b_touched lost"),
    ("CREATE TRIGGER b_touched AFTER UPDATE ON b BEGIN UPDATE a SET n = 2; END", "trigger b.b_touched added"),
    (
        "DROP TRIGGER b_touched; CREATE TRIGGER b_touched AFTER INSERT ON b BEGIN UPDATE a SET n = 2; END",
        "trigger b.b_touched changed: native",
    ),
    ("CREATE TRIGGER w_insert INSTEAD OF INSERT ON w BEGIN SELECT 1; END", "trigger w.w_insert added"),
    (remade("e", "id BIGINT, other INTEGER"), "column e.id changed: type INTEGER -> BIGINT"),
    (remade("e", "id BIGINT NOT NULL, other INTEGER"), "column e.id changed: nullable yes -> no"),
    (remade("e", "id BIGINT NOT NULL DEFAULT 3, other INTEGER"), "column e.id changed: default none -> 3"),
    (remade("e", "id BIGINT NOT NULL DEFAULT 4, other INTEGER"), "column e.id changed: default 3 -> 4"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4"), "table e changed: order of columns"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4, UNIQUE (other)"), "unique key e (other) added"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4, CHECK (other > 0)"), "check * added", "unique key * lost"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4, CHECK (other > 1)"), "check * lost", "check * added"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4"), "check * lost"),
    (
        remade("e", "other INTEGER REFERENCES a (id), id BIGINT NOT NULL DEFAULT 4"),
        "foreign key e (other) added",
    ),
    (
        remade("e", "other INTEGER REFERENCES a (id) ON DELETE SET NULL, id BIGINT NOT NULL DEFAULT 4"),
        "foreign key e (other) changed: on delete no action -> set null",
    ),
    (
        remade("e", "other INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED, id BIGINT NOT NULL DEFAULT 4"),
        "foreign key e (other) changed: on delete set null -> no action; deferral none -> initially deferred",
    ),
    (remade("e", "other INTEGER, id BIGINT NOT NULL DEFAULT 4"), "foreign key * lost"),
    (remade("e", "other INTEGER, id BIGINT NOT NULL PRIMARY KEY"), "column e.id changed: default", "primary key e added"),
    (remade("e", "other TEXT, id BIGINT NOT NULL PRIMARY KEY"), "column e.other changed: *"),
    (remade("e", "other TEXT COLLATE NOCASE, id BIGINT NOT NULL PRIMARY KEY"), "column e.other changed: collation"),
    ("DROP TABLE e; CREATE TABLE e (other TEXT COLLATE NOCASE, id INTEGER NOT NULL PRIMARY KEY)", "column e.id changed: *"),
    (
        "DROP TABLE e; CREATE TABLE e (other TEXT COLLATE NOCASE, id INTEGER NOT NULL PRIMARY KEY) WITHOUT ROWID",
        "table e changed: options none -> WITHOUT ROWID",
        "column e.id changed: identity rowid -> none",
    ),
    (
        "DROP TABLE c; CREATE TABLE c (id TEXT NOT NULL PRIMARY KEY, body TEXT)",
        "table c changed: options STRICT -> none",
        "column c.body changed: type enforced yes -> no",
        "column c.id changed: type enforced yes -> no",
    ),
    ("ALTER TABLE c RENAME TO d", "table c lost", "table d added"),
    ("CREATE TABLE mine (id INTEGER)", "table mine added"),
    ("DROP TABLE mine", "table mine lost"),
    ("CREATE VIRTUAL TABLE words USING fts5 (body)", "*words added*"),
)

HARMLESS = (
    "VACUUM",
    "ANALYZE",
    "REINDEX",
    "PRAGMA optimize",
    "PRAGMA incremental_vacuum",
    "PRAGMA wal_checkpoint",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 7",
    "PRAGMA foreign_keys = OFF",
    "INSERT INTO a (id, name) VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO b (a_id, kind) VALUES (1, 'a'), (2, 'b')",
    "UPDATE b SET kind = NULL",
    "DELETE FROM b",
    "DELETE FROM sqlite_sequence",
    "INSERT OR REPLACE INTO a (id, name) VALUES (1, 'three')",
    "CREATE TEMPORARY TABLE a (id INTEGER)",
    "CREATE TEMPORARY VIEW other AS SELECT 1",
    "CREATE TABLE passing (id INTEGER); DROP TABLE passing",
    "DROP INDEX b_a_id; CREATE INDEX b_a_id ON b (a_id)",
    "ANALYZE a",
    "DROP TABLE IF EXISTS sqlite_stat4",
)
