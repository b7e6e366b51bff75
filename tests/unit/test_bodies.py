"""Find the objects that DO blocks, routines and prepared texts change, by the text of the files alone."""

import pytest

from tests.unit.plans import dialect, on
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.ddl_targets import StatementTarget
from whimbrel.planning.touched import find_touches

MY = ("mysql", "mariadb")
PG = "postgresql"
UNREAD = " of a name that the server puts together"


def changed(server: str, *files: str) -> list[str]:
    """Return words and name of each object that one of the files changes, except those that it creates."""
    one = dialect(server)
    rules = one.lexer_rules(portable=False, database=server)
    routines: dict[str, list[StatementTarget]] = {}
    found = [
        touch.target for text in files for touch in find_touches(one.catalog, rules, statements_or_batches(text, rules), routines)
    ]
    return [f"{target.words} {target.name[1]}" for target in found if target.effect != "create"]


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(PG, "DO $$ BEGIN DELETE FROM t; END $$", ["DELETE t"]),
        *on(PG, "DO LANGUAGE plpgsql 'BEGIN UPDATE t SET a = ''x''; END'", ["UPDATE t"]),
        *on(
            PG,
            "DO $$ BEGIN IF true THEN ALTER TABLE t ADD b int; ELSE DROP TABLE u; END IF; END $$",
            ["ALTER TABLE t", "DROP TABLE u"],
        ),
        *on(PG, "DO $$ BEGIN FOR i IN 1..2 LOOP TRUNCATE t; END LOOP; END $$", ["TRUNCATE t"]),
        *on(PG, "DO $$ BEGIN EXECUTE 'DELETE FROM t'; END $$", ["DELETE t"]),
        *on(
            PG,
            "DO $$ BEGIN EXECUTE format('DROP TABLE t'); EXECUTE format('DROP TABLE %I', 'u'); END $$",
            ["DROP TABLE t", "DROP TABLE u"],
        ),
        *on(PG, "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $$", ["DROP TABLE t"]),
        *on(PG, "DO $$ BEGIN EXECUTE format('DELETE FROM %2$I WHERE a = %1$L', 1, 't'); END $$", ["DELETE t"]),
        *on(PG, "DO $$ DECLARE s text := 'DELETE FROM ' || 't'; BEGIN EXECUTE s; END $$", ["DELETE t"]),
        *on(PG, "DO $$ BEGIN EXECUTE format('DROP TABLE %I', r.name); END $$", [f"DROP TABLE{UNREAD} "]),
        *on(
            PG,
            "DO $$ BEGIN EXECUTE 'TRUNCATE other.' || quote_ident(r.name)::text || ' CASCADE'; END $$",
            [f"TRUNCATE{UNREAD} other"],
        ),
        *on(
            PG,
            "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || r.name || ' (a int)'; EXECUTE 'ALTER TABLE t ADD ' || r.name; "
            "EXECUTE format('ALTER TABLE %I ADD a int', r.name); EXECUTE 'INSERT INTO ' || r.name || ' VALUES (1)'; END $$",
            ["ALTER TABLE t"],
        ),
        *on(PG, "DO $$ BEGIN RAISE NOTICE 'DELETE FROM t'; EXECUTE 'SELECT ' || x; END $$", []),
        *on(PG, "DO $$ BEGIN PERFORM 'DELETE FROM t'; END $$", []),
        *on(
            PG,
            "DO $$ BEGIN WITH d AS (DELETE FROM t RETURNING 1) INSERT INTO u SELECT * FROM d; END $$",
            ["DELETE t", "INSERT u"],
        ),
        *on(PG, "DO $$ BEGIN CREATE TYPE t AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$", []),
        *on(PG, "DO $$ BEGIN PERFORM 1 FROM t FOR UPDATE; RAISE NOTICE 'DELETE FROM t'; END $$", []),
        *on(PG, "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$", []),
        *on(PG, "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$; SELECT f()", ["DELETE in f() t"]),
        *on(
            PG,
            "CREATE FUNCTION s.F() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END; SELECT s.f()",
            ["DELETE in f() t"],
        ),
        *on(PG, "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN TRUNCATE t; END $$; CALL p()", ["TRUNCATE in p() t"]),
        *on(
            PG,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ DELETE FROM t $$; DO $$ BEGIN PERFORM f(); END $$",
            ["DELETE in f() t"],
        ),
        *on(
            PG,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; "
            "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT f()'; INSERT INTO u VALUES (g())",
            ["INSERT u", "DELETE in f() in g() t"],
        ),
        *on(PG, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; GRANT EXECUTE ON FUNCTION f() TO me", []),
        *on(PG, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; CREATE VIEW v AS SELECT f()", []),
        *on(PG, "SELECT f()", []),
        *on(
            PG,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; CREATE TABLE u AS SELECT f();"
            "CREATE TABLE v (a int DEFAULT f()); ALTER TABLE u ADD b int DEFAULT f(); COPY (SELECT f()) TO '/x'",
            ["DELETE in f() t", "ALTER TABLE u"],
        ),
        *on(PG, "DO $$ BEGIN PERFORM setval('q', 1); END $$", ["SETVAL q"]),
        *on(PG, "DO $$ BEGIN EXECUTE 'DELETE '\n'FROM t'; EXECUTE E'DELETE\\nFROM u'; END $$", ["DELETE t", "DELETE u"]),
        *on(
            PG,
            "DO $$ BEGIN EXECUTE upper('drop table ') || 'x'; EXECUTE replace('DELETE FROM q', 'q', 't'); END $$",
            ["DROP TABLE x", "DELETE t"],
        ),
        *on(PG, "DO $$ BEGIN q := 'DELETE FROM '; q := q || name; EXECUTE q; END $$", [f"DELETE{UNREAD} "]),
        *on(
            PG,
            "DO $$ BEGIN IF TG_OP = 'DELETE' OR x = 'UPDATE' THEN EXECUTE 'INSERT INTO ' || t || ' SELECT 1'; END IF; END $$",
            [],
        ),
        *on(PG, "DO $$ BEGIN EXECUTE format('UPDATE %I SET a = 1', r.name); END $$", [f"UPDATE{UNREAD} "]),
        *on(
            PG,
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; ALTER FUNCTION f() RENAME TO g; "
            "PREPARE q AS SELECT g(); DECLARE c CURSOR FOR SELECT g()",
            ["ALTER FUNCTION f", "DELETE in g() t"],
        ),
        *on(MY, "SET @a = 'DROP TABLE ', @b = 't'; SET @c = CONCAT(@a, @b); PREPARE s FROM @c", [f"DROP TABLE{UNREAD} "]),
        *on(MY, "CREATE PROCEDURE p() DELETE FROM t; CALL s.p", ["DELETE in p() t"]),
        *on(MY, "SET @a = CONCAT('DROP TABLE ', '`t`'); PREPARE s FROM @a", ["DROP TABLE t"]),
        *on(MY, "SET @a = CONCAT('DROP TABLE ', @b); PREPARE s FROM @a", [f"DROP TABLE{UNREAD} "]),
        *on(MY, "SET @a = CONCAT_WS(' ', 'DELETE', 'FROM', 't')", ["DELETE t"]),
        *on(MY, "SELECT 'DELETE FROM t' INTO @a; SELECT @b := 'DELETE FROM u'", ["DELETE t", "DELETE u"]),
        *on(MY, 'PREPARE s FROM "DELETE FROM t"', ["DELETE t"]),
        *on("mariadb", "BEGIN NOT ATOMIC DECLARE s TEXT DEFAULT 'DELETE FROM t'; EXECUTE IMMEDIATE s; END", ["DELETE t"]),
        *on("mariadb", "BEGIN NOT ATOMIC DROP TABLE t; END", ["DROP TABLE t"]),
        *on(MY, "CREATE PROCEDURE p() DELETE FROM t; CALL p", ["DELETE in p() t"]),
        *on(MY, "CREATE PROCEDURE p() MODIFIES SQL DATA DROP TABLE t; CALL P()", ["DROP TABLE in P() t"]),
        *on(MY, "CREATE FUNCTION f() RETURNS INT RETURN 1; SELECT f()", []),
        *on(MY, "SET @a = 'ALTER TABLE t ADD b INT'; PREPARE s FROM @a; EXECUTE s", ["ALTER TABLE t"]),
        *on(MY, "PREPARE s FROM 'DELETE FROM t'", ["DELETE t"]),
        *on("mariadb", "EXECUTE IMMEDIATE 'UPDATE t SET a = 1'", ["UPDATE t"]),
        *on(
            MY,
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN IF 1 THEN RENAME TABLE t TO u; END IF; END//\nCALL p()//",
            ["RENAME TABLE in p() t"],
        ),
    ],
)
def test_a_body_that_runs_touches_what_it_changes(server: str, text: str, expected: list[str]) -> None:
    assert changed(server, text) == expected


def test_a_later_file_may_call_the_routine_of_an_earlier_one() -> None:
    first = "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$"
    assert changed("postgresql", first, "SELECT f()") == ["DELETE in f() t"]


def test_a_write_to_a_table_reaches_what_the_function_of_its_trigger_changes() -> None:
    one = dialect("postgresql")
    rules = one.lexer_rules(portable=False, database="postgresql")
    text = (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN NEW; END $$;"
        "CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();"
    )
    targets = [touch.target for touch in find_touches(one.catalog, rules, statements_or_batches(text, rules))]
    assert [(target.name[1], target.reached) for target in targets if target.reached] == [("u", (("", "t"),))]
