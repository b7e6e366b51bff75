"""Rare forms of statements that touch existing objects: each one once destroyed rows that first contact was to protect."""

import pytest

from tests.unit.plans import ALL, on
from tests.unit.test_touched import MY, Shown, shown

_RENAMED = "ALTER TABLE ... RENAME"


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "TRUNCATE ONLY (a), ONLY (b)", [("TRUNCATE", "a"), ("TRUNCATE", "b")]),
        *on("postgresql", "ALTER TABLE ONLY (t) DROP COLUMN a", [("ALTER TABLE", "t")]),
        *on("postgresql", "DROP TABLE db.s.t, db.s.u", [("DROP TABLE", "s.t"), ("DROP TABLE", "s.u")]),
        *on("postgresql", "DROP OWNED BY CURRENT_USER", [("DROP OWNED", "")]),
        *on("postgresql", "DROP EXTENSION IF EXISTS a, b CASCADE", [("DROP EXTENSION", "a"), ("DROP EXTENSION", "b")]),
        *on("postgresql", "DROP EXTENSION IF EXISTS a", []),
        *on("postgresql", "CREATE EXTENSION IF NOT EXISTS a CASCADE", []),
        *on("postgresql", "ALTER EXTENSION a UPDATE", []),
        *on("postgresql", "ALTER SCHEMA s RENAME TO t", [("ALTER SCHEMA", "s")]),
        *on("postgresql", "ALTER SCHEMA s OWNER TO me", []),
        *on(MY, "DROP TABLES IF EXISTS a, b", [("DROP TABLE", "a"), ("DROP TABLE", "b")]),
        *on("sqlite", "DROP TABLE 'it''s'", [("DROP TABLE", "it's")]),
        *on("postgresql", 'DROP TABLE U&"d\\0061t\\+000061", u&"a\\\\b"', [("DROP TABLE", "data"), ("DROP TABLE", "a\\b")]),
        *on("postgresql", """DROP TABLE U&"d!0061ta" UESCAPE '!'""", [("DROP TABLE", "data")]),
        *on("mariadb", "RENAME TABLES IF EXISTS t TO u", [("RENAME TABLE", "t"), ("RENAME TABLE", "u")]),
    ],
)
def test_what_rare_forms_of_ddl_touch(server: str, text: str, expected: list[Shown]) -> None:
    assert shown(text, server) == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "DELETE FROM ONLY (t)", ["t"]),
        *on("postgresql", "UPDATE ONLY (t) SET a = 1", ["t"]),
        *on("postgresql", "DELETE FROM db.s.t", ["s.t"]),
        *on("postgresql", "DELETE FROM t x USING other t WHERE x.a = t.a", ["other", "t"]),
        *on("postgresql", "COPY (DELETE FROM t RETURNING *) TO '/x'", ["t"]),
        *on("postgresql", "PREPARE p AS DELETE FROM t", ["t"]),
        *on("postgresql", "CREATE TABLE a AS WITH q AS (DELETE FROM t RETURNING *) SELECT * FROM q", ["a", "t"]),
        *on("postgresql", "CREATE TABLE a (b int REFERENCES c ON DELETE CASCADE ON UPDATE SET NULL)", ["a"]),
        *on("postgresql", "WITH q AS (SELECT 1) MERGE INTO t USING q ON true WHEN MATCHED THEN DELETE", ["t"]),
        *on("postgresql", "WITH q AS (SELECT 1 FOR NO KEY UPDATE) SELECT 1 FOR UPDATE OF a", []),
        *on("sqlite", "WITH q AS (SELECT replace(a, 'x', 'y'), b FROM c) UPDATE OR REPLACE t SET a = 1", ["t"]),
        *on("sqlite", "INSERT INTO 't' VALUES (1); DELETE FROM main.'u'; UPDATE 'v' SET a = 1", ["t", "main.u", "v"]),
        *on(ALL, f"WITH q (a) AS (VALUES {', '.join(['(1)'] * 20_000)}) INSERT INTO t SELECT a FROM q", ["t"]),
        *on(MY, "WITH q AS (SELECT 1) DELETE x FROM t AS x JOIN q", ["t"]),
        *on(MY, "WITH q AS (SELECT 1) DELETE QUICK FROM t", ["t"]),
        *on(MY, "WITH q AS (SELECT 1) UPDATE LOW_PRIORITY other JOIN t SET t.a = 1", ["t"]),
        *on(MY, "UPDATE a.t, b.t SET a.t.c = 1", ["a.t", "b.t"]),
        *on("mariadb", "ANALYZE FORMAT=JSON DELETE FROM t", ["t"]),
        *on("mariadb", "SET STATEMENT max_statement_time = 9 FOR UPDATE t SET a = 1", ["t"]),
        *on("mariadb", "BEGIN NOT ATOMIC DELETE FROM t; UPDATE u SET a = 1; END", ["t", "u"]),
        *on("mariadb", "DELETE FROM .t", ["t"]),
        *on(MY, "DELETE FROM t.*, s.u.* USING t JOIN s.u", ["t", "s.u"]),
        *on("postgresql", """SELECT pg_catalog.setval('s."Q"', 9, true), setval('q'::regclass, 9)""", ["s.Q", "q"]),
        *on("postgresql", "SELECT setval(pg_get_serial_sequence('t', 'id'), max(id)) FROM t", ["t"]),
        *on("postgresql", "SELECT nextval('q'), 'setval(q)'", []),
        *on("postgresql", "DELETE FROM pg_enum; UPDATE pg_catalog.pg_class SET relname = 'x'; SELECT * FROM pg_class", ["", ""]),
        *on("mariadb", "DO SETVAL(`q`, 9)", ["q"]),
    ],
)
def test_what_rare_forms_of_statements_that_write_rows_touch(server: str, text: str, expected: list[str]) -> None:
    assert [name for _, name in shown(text, server)] == expected


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on("postgresql", "BEGIN; SET LOCAL search_path TO a; COMMIT; DELETE FROM t", [("DELETE", "t")]),
        *on("postgresql", "BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; COMMIT; DELETE FROM t", [("DELETE", "t")]),
        *on("postgresql", "CREATE TEMP TABLE t (a int); DISCARD TEMP; DELETE FROM t", [("DELETE", "t")]),
        *on(MY, "CREATE TEMPORARY TABLE t (a INT); DROP TEMPORARY TABLE t; DELETE FROM t", [("DELETE", "t")]),
        *on("sqlite", "CREATE TEMP TABLE t (a); DROP TABLE temp.t; DELETE FROM t", [("DELETE", "t")]),
        *on("postgresql", "CREATE TEMP TABLE t (a int); DROP TABLE IF EXISTS pg_temp.t; DELETE FROM t", [("DELETE", "t")]),
        *on("postgresql", "CREATE TEMP TABLE t (a int); SET search_path = a, pg_temp; DELETE FROM t", [("DELETE", "a.t")]),
        *on("postgresql", "CREATE TEMP TABLE t (a int); SET search_path = pg_temp, a; DELETE FROM t", []),
        *on("postgresql", "SELECT set_config('search_path'::text, 'a', false); DELETE FROM t", [("DELETE", "a.t")]),
        *on("sqlite", "CREATE TEMP TABLE t (a); ALTER TABLE t RENAME TO u; DELETE FROM t", [(_RENAMED, "u"), ("DELETE", "t")]),
        *on(("postgresql", *MY), "DELETE FROM temp.t", [("DELETE", "temp.t")]),
        *on("postgresql", f"DELETE FROM {'x' * 70}", [("DELETE", "x" * 63)]),
        *on("postgresql", 'DELETE FROM Übung; DELETE FROM "Übung"', [("DELETE", "Übung")]),
    ],
)
def test_temporary_tables_and_the_current_schema_end(server: str, text: str, expected: list[Shown]) -> None:
    assert shown(text, server) == expected
