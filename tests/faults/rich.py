"""A set with all kinds of statements. Nearly every one leaves another result if it runs twice or not at all."""

from pathlib import Path

from tests.faults.ledger import EACH, FIRST
from tests.files import write_set

_COUNT = "INSERT INTO counter VALUES ({version}, 0);\nUPDATE counter SET n = n + 1 WHERE version = {version};\n"
_LEDGER = "INSERT INTO ledger SELECT count(*) + 1, {version} FROM ledger;\n"
_OFF = "-- whimbrel: transaction=off\n"
_ITEMS = """
CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER, note VARCHAR(50));
INSERT INTO item VALUES (1, 1, 'a;b'), (2, 2, 'b'), (3, 3, NULL);
CREATE INDEX IF NOT EXISTS item_n ON item (n);
ALTER TABLE item ADD COLUMN more INTEGER DEFAULT 7;
UPDATE item SET n = n + more;
CREATE TABLE copied AS SELECT id, n FROM item;
INSERT INTO copied SELECT id + 100, n FROM copied;
ALTER TABLE copied RENAME TO renamed;
INSERT INTO renamed SELECT max(id) + 1, 0 FROM renamed;
"""
_ROWS = """
UPDATE item SET n = n + 1;
INSERT INTO renamed SELECT max(id) + 1, count(*) FROM renamed;
DELETE FROM item WHERE id = (SELECT * FROM (SELECT max(id) FROM item) AS last);
"""
# One transaction on every database; MySQL commits at CREATE TABLE, so that the next file's table is made here.
_ALONE = _COUNT + _ROWS + _LEDGER
# A file with its own transactions, and with statements between and after them.
_OWN = f"""{_OFF}BEGIN;
{_COUNT}COMMIT;
{_LEDGER}BEGIN;
{_ROWS}COMMIT;
CREATE TABLE made_{{version}} (id INTEGER);
UPDATE item SET n = n + 1;
"""

_MYSQL_ITEMS = """
SET @five = 5;
ALTER TABLE item ADD COLUMN IF NOT EXISTS extra INTEGER NOT NULL DEFAULT 1;
UPDATE item SET extra = extra + @five;
CREATE TABLE IF NOT EXISTS item (id INTEGER);
DROP INDEX IF EXISTS item_n ON item;
CREATE TABLE blue (n INTEGER);
CREATE TABLE green (n INTEGER);
INSERT INTO blue VALUES (1);
RENAME TABLE blue TO x, green TO blue, x TO green;
INSERT INTO blue SELECT count(*) FROM green;
"""
_MYSQL_CODE = """
CREATE OR REPLACE VIEW seen AS SELECT n FROM item;
CREATE OR REPLACE VIEW seen AS SELECT n, note FROM item;
CREATE PROCEDURE bump() UPDATE counter SET n = n + 1;
DELIMITER //
CREATE TRIGGER item_more BEFORE INSERT ON item FOR EACH ROW
BEGIN
    SET NEW.n = NEW.n + 1000;
    SET NEW.note = 'made; here';
END//
CREATE FUNCTION twice(x INTEGER) RETURNS INTEGER DETERMINISTIC RETURN x * 2//
DELIMITER ;
INSERT INTO item (id, n) SELECT max(id) + 1, twice(4) FROM item;
DROP TRIGGER item_more;
INSERT INTO item (id, n) SELECT max(id) + 1, twice(5) FROM item;
DROP PROCEDURE bump;
DROP VIEW IF EXISTS seen;
CREATE VIEW seen AS SELECT id FROM item;
"""
_MYSQL_DROPS = """
CREATE TABLE gone_1 (n INTEGER);
CREATE TABLE gone_2 AS SELECT n FROM item;
CREATE TABLE emptied (n INTEGER) ENGINE = InnoDB;
INSERT INTO emptied VALUES (1);
TRUNCATE TABLE emptied;
INSERT INTO emptied SELECT count(*) FROM emptied;
DROP TABLE gone_1, gone_2;
CREATE TABLE gone_1 (n INTEGER);
DROP TABLE IF EXISTS gone_1, gone_2;
ALTER TABLE item DROP COLUMN more, ADD COLUMN later INTEGER DEFAULT 3, RENAME INDEX item_n2 TO item_n3;
CREATE TABLE parts (id INTEGER PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION low VALUES LESS THAN (10));
CREATE TABLE part (id INTEGER PRIMARY KEY);
INSERT INTO part VALUES (1), (2);
ALTER TABLE parts EXCHANGE PARTITION low WITH TABLE part;
INSERT INTO part SELECT count(*) + 5 FROM parts;
"""

_POSTGRESQL_ITEMS = """
COPY renamed (id, n) FROM stdin;
1000\t1
1001\t2
\\.
CREATE OR REPLACE VIEW seen AS SELECT n FROM item;
CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1000; RETURN NEW; END; $$;
CREATE TRIGGER item_more BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION more();
INSERT INTO item SELECT max(id) + 1, 1, 'x' FROM item;
"""
_CONCURRENTLY = """
CREATE INDEX CONCURRENTLY item_more ON item (more);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS item_note ON item (note);
CREATE INDEX CONCURRENTLY ON item (id, n);
UPDATE item SET n = n + 1;
DROP INDEX CONCURRENTLY item_more;
REINDEX TABLE CONCURRENTLY item;
VACUUM item;
ALTER TABLE item ADD COLUMN late INTEGER DEFAULT 4;
INSERT INTO renamed SELECT max(id) + 1, -1 FROM renamed;
CREATE TABLE parts (id INTEGER) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10);
TRUNCATE renamed;
DROP TABLE low, parts;
INSERT INTO renamed VALUES (1, 1);
"""

_SQLITE_ITEMS = """
CREATE VIEW seen AS SELECT n FROM item;
CREATE TRIGGER item_more AFTER INSERT ON item BEGIN UPDATE item SET n = n + 1000 WHERE id = NEW.id; END;
INSERT INTO item (id, n) SELECT max(id) + 1, 1 FROM item;
ALTER TABLE item ADD COLUMN IF NOT EXISTS extra INTEGER DEFAULT 1;
"""
_VACUUM = """
PRAGMA journal_mode = WAL;
UPDATE item SET n = n + 1;
VACUUM;
ALTER TABLE item ADD COLUMN late INTEGER DEFAULT 4;
INSERT INTO renamed SELECT max(id) + 1, -1 FROM renamed;
DROP TRIGGER item_more;
CREATE TABLE gone (n INTEGER);
DROP TABLE gone;
VACUUM;
"""

_MYSQL_FILES = (
    FIRST + EACH,
    EACH + _ITEMS + _MYSQL_ITEMS,
    EACH + _MYSQL_CODE,
    EACH + "CREATE INDEX item_n2 ON item (n);\n" + _MYSQL_DROPS + "CREATE TABLE made_5 (id INTEGER);\n",
    _ALONE,
    _OWN,
)
_FILES = {
    "mysql": _MYSQL_FILES,
    "mariadb": _MYSQL_FILES,
    "postgresql": (
        FIRST + EACH,
        EACH + _ITEMS + _POSTGRESQL_ITEMS,
        EACH + _CONCURRENTLY,
        _OFF + EACH + "CREATE TABLE made_5 (id INTEGER);\n",
        _ALONE,
        _OWN,
    ),
    "sqlite": (
        FIRST + EACH,
        EACH + _ITEMS + _SQLITE_ITEMS,
        EACH + _VACUUM,
        _OFF + EACH + "CREATE TABLE made_5 (id INTEGER);\n",
        _ALONE,
        _OWN,
    ),
}
MIGRATIONS = 6


def write_rich(folder: Path, database: str) -> str:
    """Write the set of a database and return its path; its ledger has a row for each of MIGRATIONS."""
    texts = enumerate(_FILES[database], start=1)
    return write_set(folder, {f"V{version:03}__rich.sql": text.replace("{version}", str(version)) for version, text in texts})
