"""The catalog before and after a DDL statement shows whether it took effect (MySQL and MariaDB)."""

import pytest

from whimbrel.dialects.mysql.ddl import ABSENT, Change, decide, left_over, read_change
from whimbrel.parsing.cursor import Name
from whimbrel.parsing.lexer_rules import MYSQL


def names(*written: str) -> tuple[Name, ...]:
    return tuple((schema, name) for schema, _, name in (one.rpartition(".") for one in written))


@pytest.mark.parametrize(
    ("text", "effect", "kind", "of"),
    [
        ("CREATE TABLE t (a INTEGER)", "create", "TABLE", ["t"]),
        ("CREATE TABLE IF NOT EXISTS s.t (a INTEGER)", "create", "TABLE", ["s.t"]),
        ("CREATE TABLE `t` LIKE u", "create", "TABLE", ["t"]),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "create", "VIEW", ["v"]),
        ("CREATE ALGORITHM = MERGE DEFINER = a@b SQL SECURITY INVOKER VIEW v AS SELECT 1", "create", "VIEW", ["v"]),
        ("CREATE SQL SECURITY INVOKER JSON RELATIONAL DUALITY VIEW v AS SELECT 1", "create", "VIEW", ["v"]),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "create", "VIEW", ["v"]),
        ("CREATE DEFINER = `root`@`localhost` PROCEDURE p() SELECT 1", "create", "PROCEDURE", ["p"]),
        ("CREATE DEFINER = view PROCEDURE p() SELECT 1", "create", "PROCEDURE", ["p"]),
        ("CREATE DEFINER = CURRENT_USER() FUNCTION f() RETURNS INTEGER RETURN 1", "create", "FUNCTION", ["f"]),
        ("CREATE AGGREGATE FUNCTION f RETURNS INTEGER SONAME 'a'", "create", "FUNCTION", ["f"]),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "create", "TRIGGER", ["g"]),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "create", "EVENT", ["e"]),
        ("CREATE SEQUENCE s", "create", "SEQUENCE", ["s"]),
        ("CREATE DATABASE d", "create", "DATABASE", ["d"]),
        ("CREATE SCHEMA IF NOT EXISTS d", "create", "DATABASE", ["d"]),
        ("CREATE INDEX i ON t (a)", "change", "TABLE", ["t"]),
        ("CREATE UNIQUE INDEX i USING BTREE ON s.t (a)", "change", "TABLE", ["s.t"]),
        ("CREATE FULLTEXT INDEX i ON t (a)", "change", "TABLE", ["t"]),
        ("DROP INDEX i ON t", "change", "TABLE", ["t"]),
        ("ALTER TABLE t ADD COLUMN a INTEGER", "change", "TABLE", ["t"]),
        ("ALTER TABLE IF EXISTS t RENAME TO u", "change", "TABLE", ["t"]),
        ("ALTER ONLINE IGNORE TABLE t DROP a", "change", "TABLE", ["t"]),
        ("ALTER PROCEDURE p COMMENT 'x'", "change", "PROCEDURE", ["p"]),
        ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE s.u", "swap", "TABLE", ["s.u"]),
        ("DROP TABLE t", "drop", "TABLE", ["t"]),
        ("DROP TABLE IF EXISTS t, s.u, v CASCADE", "drop", "TABLE", ["t", "s.u", "v"]),
        ("DROP TABLE t WAIT 5, u NOWAIT, v", "drop", "TABLE", ["t", "u", "v"]),
        ("DROP VIEW v, w", "drop", "VIEW", ["v", "w"]),
        ("DROP SCHEMA d", "drop", "DATABASE", ["d"]),
        ("TRUNCATE TABLE t", "empty", "TABLE", ["t"]),
        ("TRUNCATE t", "empty", "TABLE", ["t"]),
        ("RENAME TABLE a TO b", "change", "TABLE", ["a", "b"]),
        ("RENAME TABLES a TO b, b TO c", "change", "TABLE", ["a", "b", "b", "c"]),
        ("RENAME TABLE a WAIT 3 TO b", "change", "TABLE", ["a", "b"]),
        ("RENAME TABLE a TO x, b TO a, x TO b", "swap", "TABLE", ["a", "b"]),
        ("RENAME TABLE s.a TO s.x, s.b TO s.a, s.x TO s.b", "swap", "TABLE", ["s.a", "s.b"]),
        ("/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER g AFTER INSERT ON t*/", "create", "TRIGGER", ["g"]),
    ],
)
def test_a_statement_names_the_objects_it_changes(text: str, effect: str, kind: str, of: list[str]) -> None:
    assert read_change(text, MYSQL) == (effect, kind, names(*of))


@pytest.mark.parametrize(
    "text",
    [
        *("", "INSERT INTO t VALUES (1)", "CREATE USER a", "CREATE ROLE table_", "DROP USER a", "ALTER USER a"),
        *("CREATE", "CREATE TABLE", "DROP TABLE", "RENAME USER a TO b", "RENAME TABLE", "TRUNCATE", "CREATE INDEX i"),
        *("ALTER TABLE t TRUNCATE PARTITION p", "ALTER TABLE t EXCHANGE PARTITION p", "GRANT ALL ON t TO a"),
    ],
)
def test_other_statements_change_no_object_of_the_catalog(text: str) -> None:
    assert read_change(text, MYSQL) is None


T, U, V = ("", "t"), ("", "u"), ("", "v")
EFFECTS = ("change", "empty", "swap")


def change(effect: str, *of: Name) -> Change:
    return Change(effect, "TABLE", of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("effect", "before", "after", "made"),
    [
        *((effect, ["one"], ["one"], False) for effect in EFFECTS),
        *((effect, ["one"], ["two"], True) for effect in EFFECTS),
        *((effect, ["one", "one"], ["one", "two"], True) for effect in EFFECTS),
        *((effect, ["one"], [ABSENT], True) for effect in EFFECTS),
        ("create", [ABSENT], [ABSENT], False),
        ("create", [ABSENT], ["one"], True),
        ("create", ["one"], ["one"], False),
        ("create", ["one"], ["two"], True),
        # CREATE OR REPLACE dropped the old object and did not create the new one.
        ("create", ["one"], [ABSENT], False),
        ("create", [ABSENT, ABSENT], ["one", ABSENT], False),
        ("create", [ABSENT, ABSENT], ["one", "one"], True),
        ("drop", ["one"], ["one"], False),
        ("drop", ["one"], [ABSENT], True),
        ("drop", [ABSENT], [ABSENT], False),
        ("drop", [ABSENT], ["one"], False),
        ("drop", ["one", "one"], ["one", ABSENT], True),
        ("drop", ["one", "one"], [ABSENT, "one"], True),
        ("drop", ["one", ABSENT], ["one", ABSENT], False),
    ],
)
def test_the_catalog_before_and_after_decides_whether_a_statement_took_effect(
    effect: str, before: list[str], after: list[str], made: bool
) -> None:
    of = (T, U)[: len(before)]
    assert decide(change(effect, *of), dict(zip(of, before, strict=True)), dict(zip(of, after, strict=True))) is made


@pytest.mark.parametrize(
    ("effect", "before", "after", "left"),
    [
        ("drop", ["one", "one", "one"], [ABSENT, "one", "one"], [U, V]),
        ("drop", ["one", "one", "one"], [ABSENT, ABSENT, "one"], [V]),
        ("drop", ["one", "one", "one"], [ABSENT, ABSENT, ABSENT], []),
        # The statement did not start.
        ("drop", ["one", "one", "one"], ["one", "one", "one"], []),
        ("drop", [ABSENT, "one", "one"], [ABSENT, "one", "one"], []),
        # An object that did not exist before belongs to another statement.
        ("drop", [ABSENT, "one", "one"], ["one", ABSENT, "one"], [V]),
        ("change", ["one", "one", "one"], [ABSENT, "one", "one"], []),
    ],
)
def test_a_drop_that_was_cut_short_leaves_the_other_objects(
    effect: str, before: list[str], after: list[str], left: list[Name]
) -> None:
    of = (T, U, V)
    assert left_over(change(effect, *of), dict(zip(of, before, strict=True)), dict(zip(of, after, strict=True))) == left
