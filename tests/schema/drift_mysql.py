"""Changes of a MySQL schema by hand, each with the differences that drift must report, and operations that it must not report."""

from tests.schema.seeded import Seeded

BASE = """
CREATE TABLE a (
    id INTEGER PRIMARY KEY,
    name VARCHAR(20) NOT NULL DEFAULT 'x',
    n INTEGER,
    price NUMERIC(10, 2),
    at DATETIME(3),
    CONSTRAINT a_n CHECK (n > 0),
    CONSTRAINT a_name UNIQUE (name)
);
CREATE TABLE b (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    a_id INTEGER,
    kind VARCHAR(5),
    d DATE,
    CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE,
    CONSTRAINT b_kind CHECK (kind IN ('a', 'b'))
);
CREATE INDEX b_d ON b (d);
CREATE TABLE c (id INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE parted (day INTEGER NOT NULL, n INTEGER) PARTITION BY RANGE (day) (
    PARTITION p1 VALUES LESS THAN (10),
    PARTITION p2 VALUES LESS THAN (20)
);
CREATE VIEW v AS SELECT id, d FROM b;
CREATE FUNCTION f(x INTEGER) RETURNS INTEGER DETERMINISTIC RETURN x;
CREATE PROCEDURE p() SELECT 1;
CREATE TRIGGER b_touched BEFORE UPDATE ON b FOR EACH ROW SET NEW.d = NULL;
"""

CHANGES: Seeded = (
    ("ALTER TABLE a ADD COLUMN more INTEGER", "column a.more added"),
    ("ALTER TABLE a DROP COLUMN more", "column a.more lost"),
    ("ALTER TABLE a ADD COLUMN more INTEGER AFTER id", "column a.more added"),
    ("ALTER TABLE a MODIFY more INTEGER AFTER name", "table a changed: order of columns"),
    ("ALTER TABLE a MODIFY name VARCHAR(30) NOT NULL DEFAULT 'x'", "column a.name changed: type varchar(20) -> varchar(30)"),
    ("ALTER TABLE a MODIFY name VARCHAR(30) DEFAULT 'x'", "column a.name changed: nullable no -> yes"),
    ("ALTER TABLE a ALTER name SET DEFAULT 'y'", "column a.name changed: default"),
    ("ALTER TABLE a ALTER name DROP DEFAULT", "column a.name changed: default"),
    ("ALTER TABLE a MODIFY name VARCHAR(30) COLLATE utf8mb4_bin", "column a.name changed: *collation"),
    ("ALTER TABLE a MODIFY price NUMERIC(12, 2)", "column a.price changed: type decimal(10,2) -> decimal(12,2)"),
    ("ALTER TABLE a MODIFY at DATETIME(6)", "column a.at changed: type datetime(3) -> datetime(6)"),
    ("ALTER TABLE a MODIFY n BIGINT", "column a.n changed: type *int* -> *bigint*"),
    ("ALTER TABLE a MODIFY n BIGINT UNSIGNED", "column a.n changed: type *bigint* -> *bigint* unsigned"),
    ("ALTER TABLE a COMMENT 'people'", "table a changed: comment none -> people"),
    ("ALTER TABLE a MODIFY n BIGINT UNSIGNED COMMENT 'number'", "column a.n changed: comment none -> number"),
    ("ALTER TABLE a ADD COLUMN g INTEGER AS (id + 1) STORED", "column a.g added"),
    ("ALTER TABLE a MODIFY at DATETIME(6) ON UPDATE CURRENT_TIMESTAMP(6)", "column a.at changed: options"),
    ("ALTER TABLE a DROP CONSTRAINT a_n", "check a.a_n lost"),
    ("ALTER TABLE a ADD CONSTRAINT a_n CHECK (n > 1)", "check a.a_n added"),
    ("ALTER TABLE a DROP INDEX a_name", "unique key a.a_name lost"),
    ("ALTER TABLE a ADD CONSTRAINT a_both UNIQUE (name, n)", "unique key a.a_both added"),
    ("CREATE INDEX a_price ON a (price)", "index a.a_price added"),
    ("DROP INDEX b_d ON b", "index b.b_d lost"),
    ("CREATE INDEX b_kind_d ON b (kind(2), d)", "index b.b_kind_d added"),
    ("DROP INDEX b_kind_d ON b; CREATE INDEX b_kind_d ON b (kind(3), d)", "index b.b_kind_d changed: parts"),
    ("CREATE FULLTEXT INDEX c_body ON c (body)", "index c.c_body added"),
    (
        "ALTER TABLE b DROP FOREIGN KEY b_a;"
        "ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE SET NULL",
        "foreign key b.b_a changed: on delete cascade -> set null",
    ),
    ("ALTER TABLE b DROP FOREIGN KEY b_a", "foreign key b.b_a lost"),
    (
        "ALTER TABLE b MODIFY id INTEGER",
        "column b.id changed: identity auto_increment -> none",
        "column v.id changed: default *0* -> none",
    ),
    ("CREATE OR REPLACE VIEW v AS SELECT id, d FROM b WHERE d IS NULL", "view v changed: definition"),
    ("DROP VIEW v", "view v lost"),
    ("CREATE VIEW w AS SELECT 1 AS one", "view w added"),
    ("DROP FUNCTION f", "function * lost"),
    ("CREATE FUNCTION f(x INTEGER) RETURNS INTEGER DETERMINISTIC RETURN x + 1", "function * added"),
    ("DROP PROCEDURE p; CREATE PROCEDURE p() SELECT 2", "procedure p() changed: *native"),
    ("DROP TRIGGER b_touched", "trigger b.b_touched lost"),
    ("CREATE TRIGGER b_touched BEFORE UPDATE ON b FOR EACH ROW SET NEW.d = '2026-01-01'", "trigger b.b_touched added"),
    ("CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM c", "event nightly added"),
    ("ALTER TABLE c DROP PRIMARY KEY", "primary key c lost"),
    ("ALTER TABLE c RENAME COLUMN body TO text_", "column c.body lost", "column c.text_ added", "index c.c_body changed: parts"),
    ("ALTER TABLE c RENAME TO e", "table c lost", "table e added"),
    ("ALTER TABLE e ROW_FORMAT = COMPACT", "table e changed: options"),
    ("ALTER TABLE e CONNECTION = 'x'", "table e changed: options"),
    ("ALTER TABLE e ENGINE = MyISAM, ADD KEY small (id) KEY_BLOCK_SIZE = 4", "table e changed: *options", "index e.small added"),
    ("CREATE TABLE mine (id INTEGER)", "table mine added"),
    ("DROP TABLE mine", "table mine lost"),
    ("ALTER TABLE parted PARTITION BY HASH (day) PARTITIONS 2", "table parted changed: partitioning"),
)

HARMLESS = (
    "ANALYZE TABLE a",
    "OPTIMIZE TABLE a",
    "CHECK TABLE a",
    "FLUSH TABLES",
    "INSERT INTO a (id, name) VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO b (a_id, kind) VALUES (1, 'a'), (2, 'b')",
    "UPDATE b SET kind = NULL",
    "DELETE FROM b",
    "TRUNCATE b",
    "ALTER TABLE b AUTO_INCREMENT = 1000",
    "CREATE TEMPORARY TABLE a (other INTEGER)",
    "ALTER TABLE parted ADD PARTITION (PARTITION p3 VALUES LESS THAN (30))",
    "ALTER TABLE parted DROP PARTITION p1",
    "ALTER TABLE parted REORGANIZE PARTITION p3 INTO (PARTITION p3 VALUES LESS THAN (25), PARTITION p4 VALUES LESS THAN (40))",
    "ALTER TABLE parted TRUNCATE PARTITION p2",
    "ALTER TABLE a FORCE",
    "ALTER TABLE a ENGINE = InnoDB",
    "CREATE TABLE passing (id INTEGER); DROP TABLE passing",
    "DROP INDEX b_d ON b; CREATE INDEX b_d ON b (d)",
    "RENAME TABLE c TO d; RENAME TABLE d TO c",
    "INSERT INTO parted VALUES (12, 1)",
)
