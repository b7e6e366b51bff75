"""Statements create, drop and rename objects, and a database's objects show which files it has: pure, by tables."""

import pytest

from whimbrel.dialects.inventory import CatalogObject, Stock
from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.parsing.splitter import split
from whimbrel.planning.detection import FileVerdict, judge_files, newest_certain
from whimbrel.planning.schema_changes import SchemaChange, read_changes
from whimbrel.planning.schema_model import read_all, states_of
from whimbrel.url import parse_url

ADDRESS = {"postgresql": "postgresql://u@h/d", "mysql": "mysql://u@h/d", "mariadb": "mariadb://u@h/d", "sqlite": "sqlite://"}
ALL = ("postgresql", "mysql", "sqlite")
MYSQL = ("mysql", "mariadb")


def changes(sql: str, database: str) -> list[SchemaChange]:
    catalog = find_dialect(parse_url(ADDRESS[database])).catalog
    return [one for piece in split(sql, database) for one in read_changes(piece.text, find_rules(database), catalog)]


def shown(one: SchemaChange) -> str:
    """Return a change in short: `+` made, `-` dropped, `>` renamed, `?` for an optional change, `!` for a replaced object."""
    sign = {"make": "+", "drop": "-", "rename": ">", "use": "="}[one.effect] + "?" * one.optional + "!" * one.anew
    name = ".".join(part for part in one.name if part)
    table = f" of {'.'.join(part for part in one.table if part)}" if one.table[1] else ""
    new = f" {'.'.join(part for part in one.new if part)}" if one.effect == "rename" else ""
    return f"{sign}{one.kind} {name}{table}{new}" + (f" ({', '.join(one.columns)})" if one.columns else "")


@pytest.mark.parametrize(
    ("databases", "sql", "expected"),
    [
        (ALL, "CREATE TABLE a (id INTEGER, b VARCHAR(9) CHECK (b <> ','), PRIMARY KEY (id))", "+relation a (id, b)"),
        (ALL, "CREATE TABLE IF NOT EXISTS s.a (id INTEGER)", "+relation s.a (id)"),
        (ALL, "CREATE TEMPORARY TABLE a (id INTEGER)", "+relation pg_temp.a"),
        (ALL, "CREATE TABLE a AS SELECT 1 AS b", "+relation a"),
        (ALL, "CREATE VIEW v AS SELECT id FROM a", "+relation v"),
        (("postgresql",), "SELECT 1 AS a INTO s.b FROM c", "+relation s.b"),
        (("postgresql",), "SELECT 1 AS a INTO TEMP b", "+relation pg_temp.b"),
        (ALL, "SELECT a FROM b", ""),
        (("mariadb",), "CREATE OR REPLACE TABLE a (id INT)", "+!relation a (id)"),
        (("mariadb",), "CREATE SEQUENCE s", "+relation s"),
        (("postgresql",), "CREATE MATERIALIZED VIEW m AS SELECT 1", "+relation m"),
        (("postgresql",), 'CREATE TABLE "A" (Id INTEGER, "Id" INTEGER)', "+relation A (id, Id)"),
        (("postgresql",), "CREATE TYPE mood AS ENUM ('a', 'b')", "+type mood"),
        (("postgresql",), "CREATE TABLE a (LIKE b INCLUDING ALL)", "+relation a"),
        (("postgresql",), "CREATE EXTENSION citext", ""),
        (("postgresql",), "CREATE FUNCTION f(a INTEGER) RETURNS INTEGER LANGUAGE sql AS $$ SELECT 1 $$", "+routine f"),
        (("postgresql",), "CREATE INDEX ON a (b)", ""),
        (("postgresql",), "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.a USING btree (b)", "+?index i of s.a"),
        (ALL, "CREATE INDEX i ON a (b)", "+index i of a"),
        (MYSQL, "CREATE FULLTEXT INDEX i ON a (b)", "+index i of a"),
        (MYSQL, "CREATE DEFINER=`x`@`%` TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1", "+trigger t of a"),
        (("postgresql", "sqlite"), "CREATE TRIGGER t AFTER UPDATE OF b, c ON a BEGIN SELECT 1; END", "+trigger t of a"),
        (MYSQL, "CREATE DEFINER = CURRENT_USER PROCEDURE p() BEGIN DROP TABLE a; END", "+routine p"),
        (MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM a", "+event e"),
        (MYSQL, "/*!50001 CREATE VIEW v AS SELECT 1 */", "+relation v"),
        (("mysql",), "CREATE SQL SECURITY INVOKER JSON RELATIONAL DUALITY VIEW v AS SELECT 1", "+relation v"),
        (ALL, "DROP TABLE IF EXISTS a, s.b", "-?relation a|-?relation s.b"),
        (ALL, "DROP VIEW v", "-relation v"),
        (("postgresql",), "DROP FUNCTION IF EXISTS f(INTEGER, TEXT), g CASCADE", "-?routine f|-?routine g"),
        (("postgresql",), "DROP INDEX CONCURRENTLY i", "-index i"),
        (("postgresql",), "DROP TRIGGER t ON a", "-trigger t of a"),
        (("postgresql",), "DROP EVENT TRIGGER t", ""),
        (MYSQL, "DROP INDEX i ON a", "-index i of a"),
        (MYSQL, "DROP TEMPORARY TABLE a", ""),
        (ALL, "ALTER TABLE a ADD COLUMN b INTEGER", "+column b of a"),
        (ALL, "ALTER TABLE a ADD b VARCHAR(9) DEFAULT ','", "+column b of a"),
        (ALL, "ALTER TABLE a DROP COLUMN b", "-column b of a"),
        (ALL, "ALTER TABLE a RENAME TO b", ">relation a b"),
        (ALL, "ALTER TABLE a RENAME COLUMN b TO c", ">column b of a c"),
        (("postgresql", "sqlite"), "ALTER TABLE a RENAME b TO c", ">column b of a c"),
        (
            ("postgresql",),
            "ALTER TABLE IF EXISTS ONLY s.a ADD COLUMN IF NOT EXISTS b NUMERIC(9, 2), DROP COLUMN IF EXISTS c, "
            "ALTER d SET NOT NULL",
            "+?column s.b of s.a|-?column s.c of s.a",
        ),
        (("postgresql",), "ALTER TABLE a ADD CONSTRAINT u UNIQUE (b), ADD UNIQUE (c)", "+index u of a"),
        (("postgresql",), "ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES c (d), ADD CHECK (b > 0)", ""),
        (("postgresql",), "ALTER TABLE a ADD key INTEGER, DROP CONSTRAINT u", "+column key of a|-?index u of a"),
        (("postgresql",), "ALTER INDEX i RENAME TO j", ">index i j"),
        (("postgresql",), "ALTER VIEW IF EXISTS s.v RENAME TO w", ">relation s.v s.w"),
        (("postgresql",), "ALTER TYPE mood ADD VALUE 'c'", ""),
        (
            MYSQL,
            "ALTER TABLE a ADD (b INT, c INT), ADD UNIQUE KEY u (b, c), ADD INDEX (c), DROP PRIMARY KEY, DROP KEY k, "
            "DROP FOREIGN KEY f, CHANGE COLUMN d e INT, CHANGE g g BIGINT, RENAME INDEX i TO j, ENGINE=InnoDB",
            "+column b of a|+column c of a|+index u of a|-?index k of a|>column d of a e|>index i of a j",
        ),
        (MYSQL, "ALTER TABLE a RENAME b", ">relation a b"),
        (MYSQL, "ALTER TABLE a PARTITION BY HASH (id) PARTITIONS 2", ""),
        (MYSQL, "RENAME TABLE a TO b, s.c TO s.d", ">relation a b|>relation s.c s.d"),
        (MYSQL, "USE shop", "=schema shop"),
        (ALL, "INSERT INTO a VALUES (1, 'DROP TABLE a')", ""),
        (ALL, "UPDATE a SET b = 1", ""),
    ],
)
def test_a_statement_makes_drops_and_renames(databases: tuple[str, ...], sql: str, expected: str) -> None:
    for database in databases:
        assert "|".join(map(shown, changes(sql, database))) == expected, database


def stock_of(*names: str) -> Stock:
    """Return what a database holds: `a` is a table, `a.b` a column, `a#i` an index."""
    read = set()
    for name in names:
        kind, sign = ("column", ".") if "." in name else ("index", "#") if "#" in name else ("relation", "")
        table, _, own = name.partition(sign) if sign else ("", "", name)
        read |= {CatalogObject(kind, "main", table, own)} | ({CatalogObject(kind, "main", "", own)} if kind == "index" else set())
    return Stock(frozenset(read))


REBUILD = (
    "CREATE TABLE parent (id INTEGER)",
    "CREATE TABLE _parent (id INTEGER, b INTEGER); DROP TABLE parent",
    "ALTER TABLE _parent RENAME TO parent",
)
WITHIN = ("CREATE TABLE p (id INTEGER)", "CREATE TABLE _p (id INTEGER, b INTEGER); DROP TABLE p; ALTER TABLE _p RENAME TO p")
CAME_AND_WENT = ("CREATE TABLE a (id INTEGER)", "DROP TABLE a")


@pytest.mark.parametrize(
    ("files", "names", "expected"),
    [
        (REBUILD, (), "MMM"),
        (REBUILD, ("parent", "parent.id"), "AMM"),
        (REBUILD, ("_parent", "_parent.id", "_parent.b"), "AAM"),
        (REBUILD, ("parent", "parent.id", "parent.b"), "AAA"),
        (REBUILD, ("parent", "parent.id", "_parent", "_parent.id", "_parent.b"), "APM"),
        (WITHIN, ("p", "p.id"), "AM"),
        (WITHIN, ("p", "p.id", "p.b"), "AA"),
        # An object that was created and dropped leaves no trace, unless a later file shows it.
        (CAME_AND_WENT, (), "UU"),
        (CAME_AND_WENT, ("a", "a.id"), "AM"),
        ((*CAME_AND_WENT, "CREATE TABLE b (id INTEGER)"), ("b", "b.id"), "AAA"),
        ((*CAME_AND_WENT, "CREATE TABLE b (id INTEGER)"), (), "UUM"),
        # The object is created, dropped, and created again.
        ((*CAME_AND_WENT, "CREATE TABLE a (id INTEGER)", "CREATE TABLE b (id INTEGER)"), ("a", "a.id", "b", "b.id"), "AAAA"),
        # An object that is only used, or only replaced, is no evidence.
        (("CREATE TABLE a (id INTEGER)", "CREATE TABLE IF NOT EXISTS a (id INTEGER, b INTEGER)"), ("a", "a.id"), "AU"),
        (("CREATE VIEW v AS SELECT 1", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 2"), ("v",), "AU"),
        # An object that the set drops but never created existed before.
        (("DROP TABLE old", "CREATE TABLE a (id INTEGER)"), ("old",), "MM"),
        (("DROP TABLE old", "CREATE TABLE a (id INTEGER)"), (), "AM"),
        (("DROP TABLE IF EXISTS old", "CREATE TABLE a (id INTEGER)"), (), "UM"),
        (("DROP TABLE IF EXISTS old", "CREATE TABLE a (id INTEGER)"), ("old", "a", "a.id"), "MA"),
        (("DROP TABLE IF EXISTS a; CREATE TABLE a (id INTEGER)",), ("a", "a.id"), "A"),
        # Tables of others.
        (("ALTER TABLE users ADD COLUMN b INTEGER", "CREATE INDEX i ON users (b)"), ("users", "users.b", "users#i"), "AA"),
        (("ALTER TABLE users ADD COLUMN b INTEGER", "CREATE INDEX i ON users (b)"), ("users", "users.b"), "AM"),
        # Temporary tables are gone with the session.
        (("CREATE TABLE a (id INTEGER)", "CREATE TEMP TABLE t (b INTEGER); DROP TABLE t"), ("a", "a.id"), "AU"),
        (("CREATE TEMP TABLE t (b INTEGER); CREATE INDEX i ON t (b); ALTER TABLE t ADD COLUMN c INTEGER",), (), "U"),
        (("CREATE TEMP TABLE t (b INTEGER); ALTER TABLE t RENAME TO u; DROP TABLE u; DROP TABLE temp.x",), (), "U"),
        (("CREATE TEMP TABLE t (b INTEGER); CREATE TABLE main.t (b INTEGER)",), ("t", "t.b"), "A"),
        (("CREATE TEMP TABLE t (b INTEGER)", "DROP TABLE t"), (), "UA"),
        # Names without capitals.
        (("CREATE TABLE Box (Id INTEGER)", "ALTER TABLE BOX ADD COLUMN Lid INTEGER"), ("box", "box.id", "box.lid"), "AA"),
        (("CREATE TABLE a (id INTEGER)", "INSERT INTO a VALUES (1)"), ("a", "a.id"), "AU"),
        (("INSERT INTO a VALUES (1)",), (), "U"),
    ],
)
def test_files_are_judged_by_what_they_make_and_drop(files: tuple[str, ...], names: tuple[str, ...], expected: str) -> None:
    spell, stock = find_dialect(parse_url("sqlite://")).inventory.spell, stock_of(*names)
    read = [changes(text, "sqlite") for text in files]
    assert read_all(read, "main", spell).schemas() <= {"main"}
    states = states_of(read, "main", spell, stock.has)
    assert "".join(str(one.verdict)[0] for one in judge_files(states, stock)) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("", (0, [])),
        ("AAM", (2, [])),
        ("AUAM", (3, [2])),
        ("AUUM", (1, [2, 3])),
        ("UM", (0, [1])),
        ("PAA", (0, [])),
        ("AMA", (1, [])),
        ("AAPU", (2, [])),
    ],
)
def test_the_newest_version_that_can_be_recorded_has_nothing_missing_before_it(
    verdicts: str, expected: tuple[int, list[int]]
) -> None:
    named = {str(one)[0]: one for one in FileVerdict}
    assert newest_certain([named[letter] for letter in verdicts]) == expected
