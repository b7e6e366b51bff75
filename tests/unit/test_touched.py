"""Find the objects that a statement touches, on each database, by its text alone."""

import random

import pytest

from tests.unit.plans import ALL, dialect, on
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.touched import Touch, find_touches

MY = ("mysql", "mariadb")
Shown = tuple[str, str]
SOUP = (
    "CREATE ALTER DROP TABLE VIEW INDEX IF NOT EXISTS ON ( ) , . * ; INSERT INTO UPDATE SET DELETE FROM USING WITH AS SELECT OR "
    "TRUNCATE RENAME TO MERGE COPY LOAD DATA REPLACE TEMP a b \"x\" 'y' `z` [q] = @ DEFINER TRIGGER RULE FUNCTION TYPE PARTITION "
    "OF INHERITS LIKE USE search_path RESET JOIN WHERE AGGREGATE PACKAGE BODY EVENT EXPLAIN ONLY REFRESH MATERIALIZED"
)


def touches(text: str, database: str) -> list[Touch]:
    one = dialect(database)
    rules = one.lexer_rules(portable=False, database=database)
    return find_touches(one.catalog, rules, statements_or_batches(text, rules))


def shown(text: str, database: str) -> list[Shown]:
    """Return words and full name of each touch."""
    found = (touch.target for touch in touches(text, database))
    return [(target.words, ".".join(part for part in target.name if part)) for target in found]


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "CREATE TABLE t (a INTEGER)", [("CREATE TABLE", "t")]),
        *on(ALL, "create table if not exists s.t (a INTEGER)", [("CREATE TABLE", "s.t")]),
        *on(
            ALL, "CREATE TABLE t (a INTEGER REFERENCES other (id), FOREIGN KEY (a) REFERENCES more (id))", [("CREATE TABLE", "t")]
        ),
        *on(ALL, "CREATE TABLE t AS SELECT * FROM other", [("CREATE TABLE", "t")]),
        *on(MY, "CREATE OR REPLACE TABLE t (a INT)", [("CREATE TABLE", "t")]),
        *on(MY, "CREATE TABLE t LIKE other", [("CREATE TABLE", "t")]),
        *on("postgresql", "CREATE UNLOGGED TABLE T (a int)", [("CREATE TABLE", "t")]),
        *on("postgresql", 'CREATE TABLE "T" (a int)', [("CREATE TABLE", "T")]),
        *on("postgresql", "CREATE FOREIGN TABLE t (a int) SERVER s", [("CREATE TABLE", "t")]),
        *on("sqlite", "CREATE VIRTUAL TABLE t USING fts5(a)", [("CREATE TABLE", "t")]),
        *on("sqlite", "CREATE TABLE [a b] (a)", [("CREATE TABLE", "a b")]),
        *on(MY, "CREATE TABLE `a``b`.`c d` (a INT)", [("CREATE TABLE", "a`b.c d")]),
        *on(
            "postgresql",
            "CREATE TABLE p PARTITION OF t FOR VALUES IN (1)",
            [("CREATE TABLE", "p"), ("CREATE TABLE ... PARTITION OF", "t")],
        ),
        *on("postgresql", "CREATE TABLE c (a int) INHERITS (t)", [("CREATE TABLE", "c"), ("CREATE TABLE ... INHERITS", "t")]),
        *on(ALL, "CREATE INDEX i ON t (a)", [("CREATE INDEX", "t")]),
        *on(ALL, "CREATE UNIQUE INDEX i ON t (a)", [("CREATE INDEX", "t")]),
        *on("postgresql", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a)", [("CREATE INDEX", "s.t")]),
        *on("postgresql", "CREATE INDEX ON t (a)", [("CREATE INDEX", "t")]),
        *on(MY, "CREATE FULLTEXT INDEX i USING BTREE ON t (a)", [("CREATE INDEX", "t")]),
        *on(ALL, "CREATE VIEW v AS SELECT * FROM t", [("CREATE VIEW", "v")]),
        *on("postgresql", "CREATE OR REPLACE RECURSIVE VIEW v (a) AS SELECT 1", [("CREATE VIEW", "v")]),
        *on("postgresql", "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1", [("CREATE VIEW", "v")]),
        *on(MY, "CREATE ALGORITHM=MERGE DEFINER=`u`@`%` SQL SECURITY INVOKER VIEW v AS SELECT 1", [("CREATE VIEW", "v")]),
        *on(MY, "/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50001 VIEW `v` AS SELECT 1 */", [("CREATE VIEW", "v")]),
        *on(MY, "CREATE DEFINER=CURRENT_USER() FUNCTION f() RETURNS INT RETURN 1", [("CREATE FUNCTION", "f")]),
        *on(MY, "CREATE AGGREGATE FUNCTION f RETURNS INTEGER SONAME 'x.so'", [("CREATE AGGREGATE", "f")]),
        *on(MY, "CREATE PROCEDURE p() BEGIN DELETE FROM t; END", [("CREATE PROCEDURE", "p")]),
        *on(MY, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t", [("CREATE EVENT", "e"), ("DELETE", "t")]),
        *on(MY, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT 'DO' DO SELECT 1", [("CREATE EVENT", "e")]),
        *on("mariadb", "CREATE OR REPLACE DATABASE d", [("CREATE OR REPLACE", "d")]),
        *on(
            "postgresql",
            "CREATE OR REPLACE FUNCTION s.F(a int) RETURNS int LANGUAGE sql AS $$ DELETE FROM t; SELECT 1 $$",
            [("CREATE FUNCTION", "s.f")],
        ),
        *on(
            (*MY, "sqlite"), "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW BEGIN DELETE FROM u; END", [("CREATE TRIGGER", "t")]
        ),
        *on("sqlite", "CREATE TRIGGER IF NOT EXISTS g INSTEAD OF INSERT ON v BEGIN SELECT 1; END", [("CREATE TRIGGER", "v")]),
        *on(
            "postgresql",
            "CREATE CONSTRAINT TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()",
            [("CREATE TRIGGER", "t")],
        ),
        *on("postgresql", "CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING", [("CREATE RULE", "t")]),
        *on("postgresql", "CREATE POLICY p ON t USING (true)", [("CREATE POLICY", "t")]),
        *on("postgresql", "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", []),
        *on("postgresql", "CREATE SEQUENCE IF NOT EXISTS s", [("CREATE SEQUENCE", "s")]),
        *on("postgresql", "CREATE TYPE m AS ENUM ('a')", [("CREATE TYPE", "m")]),
        *on("postgresql", "CREATE DOMAIN d AS text", [("CREATE DOMAIN", "d")]),
        *on("postgresql", "CREATE EXTENSION IF NOT EXISTS citext", []),
        *on("postgresql", "CREATE SCHEMA IF NOT EXISTS s", []),
    ],
)
def test_what_create_touches(server: str, text: str, expected: list[Shown]) -> None:
    assert shown(text, server) == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "ALTER TABLE t ADD COLUMN b INTEGER", [("ALTER TABLE", "t")]),
        *on(ALL, "ALTER TABLE t RENAME TO u", [("ALTER TABLE", "t"), ("ALTER TABLE ... RENAME", "u")]),
        *on(ALL, "ALTER TABLE s.t RENAME TO u", [("ALTER TABLE", "s.t"), ("ALTER TABLE ... RENAME", "s.u")]),
        *on(ALL, "ALTER TABLE t RENAME COLUMN a TO b", [("ALTER TABLE", "t")]),
        *on("postgresql", "ALTER TABLE IF EXISTS ONLY t RENAME a TO b", [("ALTER TABLE", "t")]),
        *on(
            "postgresql",
            "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
            [("ALTER TABLE", "t"), ("ALTER TABLE ... ATTACH PARTITION", "p")],
        ),
        *on("postgresql", "ALTER TABLE t INHERIT s.p", [("ALTER TABLE", "t"), ("ALTER TABLE ... INHERIT", "s.p")]),
        *on(
            "mariadb",
            "ALTER TABLE t CONVERT TABLE u TO PARTITION p",
            [("ALTER TABLE", "t"), ("ALTER TABLE ... CONVERT TABLE", "u")],
        ),
        *on(MY, "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", [("ALTER TABLE", "t"), ("ALTER TABLE ... WITH TABLE", "u")]),
        *on(MY, "ALTER TABLE t RENAME INDEX a TO b", [("ALTER TABLE", "t")]),
        *on(MY, "ALTER TABLE t ADD KEY k (a), RENAME AS u", [("ALTER TABLE", "t"), ("ALTER TABLE ... RENAME", "u")]),
        *on(
            MY,
            "RENAME TABLE a TO b, s.c TO d",
            [("RENAME TABLE", "a"), ("RENAME TABLE", "b"), ("RENAME TABLE", "s.c"), ("RENAME TABLE", "d")],
        ),
        *on("postgresql", "ALTER VIEW IF EXISTS v RENAME TO w", [("ALTER VIEW", "v"), ("ALTER VIEW ... RENAME", "w")]),
        *on("postgresql", "ALTER FUNCTION f(int) OWNER TO me", [("ALTER FUNCTION", "f")]),
        *on("postgresql", "ALTER INDEX i RENAME TO j", [("ALTER INDEX", "i")]),
        *on("postgresql", "ALTER TYPE m ADD VALUE 'b'", [("ALTER TYPE", "m")]),
        *on("postgresql", "ALTER SEQUENCE s RESTART", [("ALTER SEQUENCE", "s")]),
        *on(ALL, "DROP TABLE IF EXISTS t", [("DROP TABLE", "t")]),
        *on(("postgresql", *MY), "DROP TABLE a, s.b CASCADE", [("DROP TABLE", "a"), ("DROP TABLE", "s.b")]),
        *on(ALL, "DROP VIEW v", [("DROP VIEW", "v")]),
        *on("postgresql", "DROP MATERIALIZED VIEW v", [("DROP VIEW", "v")]),
        *on("postgresql", "DROP FUNCTION IF EXISTS f(int, text), g(int)", [("DROP FUNCTION", "f"), ("DROP FUNCTION", "g")]),
        *on(MY, "DROP PROCEDURE IF EXISTS p", [("DROP PROCEDURE", "p")]),
        *on(("postgresql", "sqlite"), "DROP INDEX IF EXISTS i", [("DROP INDEX", "i")]),
        *on("postgresql", "DROP INDEX CONCURRENTLY i, j", [("DROP INDEX", "i"), ("DROP INDEX", "j")]),
        *on(MY, "DROP INDEX i ON t", [("DROP INDEX", "t")]),
        *on((*MY, "sqlite"), "DROP TRIGGER IF EXISTS g", [("DROP TRIGGER", "g")]),
        *on("postgresql", "DROP TRIGGER IF EXISTS g ON t", [("DROP TRIGGER", "t")]),
        *on("postgresql", "DROP RULE r ON t", [("DROP RULE", "t")]),
        *on("postgresql", "DROP SCHEMA s CASCADE", [("DROP SCHEMA", "s")]),
        *on(MY, "DROP DATABASE IF EXISTS d", [("DROP DATABASE", "d")]),
        *on(MY, "DROP TEMPORARY TABLE t", []),
        *on(MY, "TRUNCATE t", [("TRUNCATE", "t")]),
        *on("postgresql", "TRUNCATE TABLE ONLY a, b * CASCADE", [("TRUNCATE", "a"), ("TRUNCATE", "b")]),
    ],
)
def test_what_alter_drop_rename_and_truncate_touch(server: str, text: str, expected: list[Shown]) -> None:
    assert shown(text, server) == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "INSERT INTO t VALUES (1)", ["t"]),
        *on(ALL, "INSERT INTO s.t (a) SELECT a FROM other", ["s.t"]),
        *on(("postgresql", "sqlite"), "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", ["t"]),
        *on(MY, "INSERT LOW_PRIORITY IGNORE INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2", ["t"]),
        *on(MY, "INSERT t VALUES (1)", ["t"]),
        *on("sqlite", "INSERT OR REPLACE INTO t VALUES (1)", ["t"]),
        *on((*MY, "sqlite"), "REPLACE INTO t VALUES (1)", ["t"]),
        *on(ALL, "UPDATE t SET a = 1", ["t"]),
        *on("sqlite", "UPDATE OR IGNORE t SET a = 1", ["t"]),
        *on("postgresql", "UPDATE ONLY t AS x SET a = 1 FROM other WHERE x.b = other.b", ["t"]),
        *on(MY, "UPDATE t JOIN other ON t.id = other.id SET t.a = other.a", ["t"]),
        *on(MY, "UPDATE other o, s.t x SET x.a = o.a, x.b = f(o.b, 1)", ["s.t"]),
        *on(MY, "UPDATE a, b SET c = 1", ["a", "b"]),
        *on(MY, "UPDATE (SELECT 1 AS a) q JOIN t ON t.a = q.a SET t.b = 1", ["t"]),
        *on(ALL, "DELETE FROM t WHERE a IN (SELECT a FROM other)", ["t"]),
        *on("postgresql", "DELETE FROM ONLY s.t USING other WHERE t.a = other.a", ["s.t"]),
        *on(MY, "DELETE QUICK x, b.* FROM t AS x JOIN b ON b.id = x.id JOIN other", ["t", "b"]),
        *on(MY, "DELETE FROM x, b USING t AS x JOIN b", ["t", "b"]),
        *on("postgresql", "MERGE INTO t USING other ON t.a = other.a WHEN MATCHED THEN UPDATE SET b = 1", ["t"]),
        *on("postgresql", "COPY s.t (a, b) FROM '/x'", ["s.t"]),
        *on("postgresql", "COPY t TO '/x'", []),
        *on("postgresql", "COPY (SELECT * FROM t) TO '/x'", []),
        *on(MY, "LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE t FIELDS TERMINATED BY ','", ["t"]),
        *on("postgresql", "REFRESH MATERIALIZED VIEW CONCURRENTLY v", ["v"]),
        *on(ALL, "WITH q AS (SELECT 1) DELETE FROM t", ["t"]),
        *on("postgresql", "WITH q AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM q FOR UPDATE", ["a", "b"]),
        *on("postgresql", "EXPLAIN ANALYZE UPDATE t SET a = 1", ["t"]),
        *on("postgresql", "SELECT a, (SELECT 1) INTO UNLOGGED t FROM other", ["t"]),
        *on(MY, "SELECT 1 INTO @a", []),
        *on(MY, "SELECT 1 INTO OUTFILE '/x'", []),
        *on(ALL, "SELECT * FROM t", []),
        *on(("postgresql", *MY), "CALL p()", []),
        *on(("postgresql", *MY), "GRANT SELECT ON t TO me", []),
        *on("postgresql", "COMMENT ON TABLE t IS 'x'", []),
    ],
)
def test_what_statements_that_write_rows_touch(server: str, text: str, expected: list[str]) -> None:
    assert [name for _, name in shown(text, server)] == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(("postgresql", *MY), "CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1); DROP TABLE t", []),
        *on(ALL, "CREATE TEMPORARY TABLE t (a INT); DROP TABLE t; DROP TABLE t", [("DROP TABLE", "t")]),
        *on("sqlite", "CREATE TEMP VIEW t AS SELECT 1; INSERT INTO temp.u VALUES (1)", []),
        *on("postgresql", "SELECT 1 AS a INTO TEMP t; TRUNCATE t", []),
        *on("postgresql", "CREATE TABLE pg_temp.t (a int)", []),
        *on(MY, "USE other; INSERT INTO t VALUES (1); INSERT INTO s.t VALUES (1)", [("INSERT", "other.t"), ("INSERT", "s.t")]),
        *on("postgresql", 'SET search_path TO A, "B"; DELETE FROM t', [("DELETE", "a.t"), ("DELETE", "B.t")]),
        *on("postgresql", "SET LOCAL search_path = 'a', pg_catalog; CREATE TABLE t ()", [("CREATE TABLE", "a.t")]),
        *on("postgresql", "SET search_path TO a; RESET search_path; DELETE FROM t", [("DELETE", "t")]),
        *on(
            "postgresql",
            "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE s.t ()",
            [("CREATE TABLE", "s.t")],
        ),
        *on("postgresql", "SET timezone TO 'UTC'; DELETE FROM t", [("DELETE", "t")]),
    ],
)
def test_temporary_tables_and_the_current_schema_are_followed(server: str, text: str, expected: list[Shown]) -> None:
    assert shown(text, server) == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(
            ALL,
            "CREATE TABLE IF NOT EXISTS t (a INT, b VARCHAR(9) DEFAULT 'x,y', UNIQUE (a, b), CHECK (a > 0), PRIMARY KEY (a))",
            ("a", "b"),
        ),
        *on(
            ALL,
            "CREATE TABLE IF NOT EXISTS t (a INT, CONSTRAINT c CHECK (a IN (1, 2)), FOREIGN KEY (a) REFERENCES u (a))",
            ("a",),
        ),
        *on(
            ("postgresql", "sqlite"),
            "CREATE TABLE IF NOT EXISTS t (key TEXT PRIMARY KEY, index INT, exclude INT)",
            ("key", "index", "exclude"),
        ),
        *on("postgresql", 'CREATE TABLE IF NOT EXISTS t (A int, EXCLUDE USING gist (a WITH =), "B" int)', ("a", "B")),
        *on("postgresql", "CREATE TABLE IF NOT EXISTS t ()", ()),
        *on("postgresql", "CREATE TABLE IF NOT EXISTS t (LIKE u INCLUDING ALL)", None),
        *on(
            MY,
            "CREATE TABLE IF NOT EXISTS t (`key` INT, KEY k (`key`), INDEX (`key`), FULLTEXT KEY f (`key`), b INT)",
            ("key", "b"),
        ),
        *on(MY, "CREATE TABLE IF NOT EXISTS t (SELECT 1 AS a)", None),
        *on(ALL, "CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a", None),
    ],
)
def test_the_columns_that_create_table_declares(server: str, text: str, expected: tuple[str, ...] | None) -> None:
    assert [touch.target.columns for touch in touches(text, server)] == [expected]


@pytest.mark.parametrize("server", ALL)
def test_a_table_that_many_statements_write_to_is_returned_once_with_the_first_place(server: str) -> None:
    rows = "".join(f"INSERT INTO a VALUES ({number}, 'x');\n" for number in range(2_000))
    text = f"-- rows\n\n{rows}  INSERT INTO b VALUES (1);\nINSERT INTO a (x) VALUES (2);\nINSERT INTO b SELECT 1;\n"
    found = [(touch.target.name[1], touch.line, touch.column) for touch in touches(text, server)]
    assert found == [("a", 3, 1), ("b", 2_003, 3)]


def test_names_that_begin_alike_are_told_apart() -> None:
    text = 'INSERT INTO "a(b" VALUES (1);\nINSERT INTO "a(c" VALUES (1);\nINSERT INTO a VALUES (1);\nINSERT INTO aa VALUES (1);\n'
    assert [name for _, name in shown(text, "sqlite")] == ["a(b", "a(c", "a", "aa"]


@pytest.mark.parametrize("server", ALL)
def test_whatever_a_statement_holds_its_reading_ends(server: str) -> None:
    words = SOUP.split()
    chosen = random.Random(7)
    for _ in range(400):
        touches(" ".join(chosen.choices(words, k=chosen.randint(1, 25))), server)
