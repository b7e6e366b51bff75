"""The pure rules of a proof: which differences count, and which statements would reach beyond the replay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.plans import NO_DDL, dialect, file, on
from tests.unit.schemas import USERS, column
from whimbrel.adoption.confined import find_extensions, find_named_databases, find_shared_effects
from whimbrel.adoption.differences import (
    ProofDifference,
    accept,
    find_differences,
    find_other_clients,
    find_uncovered,
    find_unproven,
    leave_out,
    tools_in,
)
from whimbrel.adoption.proof import ProofReport
from whimbrel.planning.plan import Planner
from whimbrel.schema.column import Collation, Type
from whimbrel.schema.model import Check, Opaque, Schema, Table, Trigger, View
from whimbrel.schema.model import Sequence as Counter

TEXT = Type(family="text", native="varchar(20)", length=20)
MARKED = "trigger t.a"


def schema(*tables: Table, database: str = "mysql", opaques: Sequence[Opaque] = (), views: Sequence[View] = ()) -> Schema:
    return Schema(database=database, name="app", tables=tables, opaques=tuple(opaques), views=tuple(views))


def told(expected: Schema, found: Schema) -> list[str]:
    differences, extra = find_differences(expected, found, lambda one: "a.sql:1" if one.within or one.change == "lost" else "")
    return [str(one) for one in [*differences, *extra]]


def table(name: str = "t", native: str = "", check: str = "", **facts: Any) -> Table:
    checks = (Check(name="", expression=check),) if check else ()
    return Table(name=name, columns=(column("a", **facts),), native=native, checks=checks)


FOLDED, BINARY = Collation(name="x_ci", case_sensitive=False), Collation(name="x_bin", padded=True)


@pytest.mark.parametrize(
    ("expected", "found", "wanted"),
    [
        (schema(table()), schema(table()), []),
        (schema(table()), schema(), ["a.sql:1: table t: missing: the database lacks it"]),
        (schema(), schema(table()), ["table t: extra: the database has it, and the files do not make it"]),
        (schema(table()), schema(table(nullable=False)), ["a.sql:1: column t.a: nullable yes -> no (files -> database)"]),
        (
            schema(table(type_=TEXT, collation=FOLDED)),
            schema(table(type_=TEXT, collation=BINARY)),
            ["a.sql:1: column t.a: collation x_ci -> x_bin (files -> database)"],
        ),
        (
            schema(replace(table(), name="a\x1b"), table()),
            schema(table()),
            ["a.sql:1: table a\\x1b: missing: the database lacks it"],
        ),
    ],
)
def test_each_difference_has_a_name_and_a_place(expected: Schema, found: Schema, wanted: list[str]) -> None:
    assert told(expected, found) == wanted


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("CREATE TABLE t (a INTEGER)", "create  table t(a integer) -- by hand\n", True),
        ("CREATE TABLE t (a INTEGER)", "CREATE TABLE t (a BIGINT)", False),
        ("CREATE TABLE t (a TEXT DEFAULT 'a')", "CREATE TABLE t (a TEXT DEFAULT 'A')", False),
        ('CREATE TABLE t (a TEXT DEFAULT "a")', 'CREATE TABLE t (a TEXT DEFAULT "A")', False),
    ],
)
def test_sqlite_keeps_blanks_and_comments_and_they_do_not_count(one: str, other: str, equal: bool) -> None:
    found = told(schema(table(native=one), database="sqlite"), schema(table(native=other), database="sqlite"))
    assert (found == []) == equal


def test_a_check_without_a_name_is_compared_by_its_words() -> None:
    one, other = (schema(table(check=text), database="sqlite") for text in ("a > 0", "A>0"))
    assert told(one, other) == []


def test_the_client_of_a_view_is_a_note_and_its_sql_mode_a_difference() -> None:
    settings = ("collation_connection = 'x'", "sql_mode = ''")
    one = table(), Trigger(name="a", native="...", session=settings)
    client = replace(one[1], session=("collation_connection = 'y'", "sql_mode = ''"))
    mode = replace(one[1], session=("collation_connection = 'x'", "sql_mode = 'ANSI'"))
    first, second, third = (schema(replace(one[0], triggers=(each,))) for each in (one[1], client, mode))
    assert (told(first, second), find_other_clients(first, second)) == ([], [MARKED])
    assert (len(told(first, third)), find_other_clients(first, third)) == (1, [])


@pytest.mark.parametrize(
    ("made", "unproven", "uncovered"),
    [
        (schema(table()), [], ["triggers", "view v"]),
        (schema(replace(table(), triggers=(Trigger(name="a", native=""),))), ["triggers: unseen"], ["view v"]),
        (schema(views=[View(name="v", definition="")]), ["view v: unseen"], ["triggers"]),
    ],
)
def test_what_a_user_may_not_see_is_not_proven(made: Schema, unproven: list[str], uncovered: list[str]) -> None:
    hidden = schema(opaques=[Opaque(kind="unseen", name=name, native="") for name in ("triggers", "view v")])
    assert [one.name for one in find_unproven(made, hidden)] == unproven
    assert find_uncovered(made, hidden) == uncovered


def test_the_tables_of_other_tools_are_left_out_with_their_sequences() -> None:
    counter = Counter(name="n", native="", owner="goose_db_version.id")
    found = replace(schema(table("Goose_DB_Version"), USERS), sequences=(counter,))
    assert tools_in(found) == {"Goose_DB_Version": "goose"}
    assert leave_out(found, ["goose_db_version"]) == schema(USERS)
    assert leave_out(found, []) == found


def test_an_acceptance_that_is_not_needed_does_not_refuse_the_proof() -> None:
    one = ProofDifference(object="table t", fact="extra")
    judged, unneeded = accept([one], {"table t: extra": "another application's", "table u: extra": "gone"})
    report = ProofReport(database="sqlite", differences=tuple(judged), unneeded=tuple(unneeded))
    assert (report.is_proven, report.unneeded) == (True, ("table u: extra",))
    assert "accepted: table t: extra (another application's)" in str(report)
    assert "accepted, but this database does not have this difference: table u: extra" in str(report)
    assert not ProofReport(database="sqlite", differences=(one,)).is_proven
    failed = ProofReport(database="sqlite", failed="a.sql:1: no table")
    assert (failed.is_proven, "a.sql:1: no table" in str(failed)) == (False, True)


SHARED = [
    *on("postgresql", "CREATE ROLE a", True),
    *on("postgresql", "ALTER USER a PASSWORD 'x'", True),
    *on("postgresql", "CREATE USER MAPPING FOR a SERVER s", False),
    *on("postgresql", "ALTER DATABASE shop SET timezone = 'UTC'", True),
    *on("postgresql", "DROP DATABASE shop", True),
    *on("postgresql", "GRANT a TO b", True),
    *on("postgresql", "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON t TO a", False),
    *on("postgresql", "GRANT CONNECT ON DATABASE shop TO a", True),
    *on("postgresql", "REVOKE ALL ON SCHEMA public FROM PUBLIC", False),
    *on("postgresql", "COMMENT ON DATABASE shop IS 'x'", True),
    *on("postgresql", "COMMENT ON TABLE t IS 'ON DATABASE'", False),
    *on("postgresql", "REASSIGN OWNED BY a TO b", True),
    *on("postgresql", "ALTER SYSTEM SET work_mem = '1MB'", True),
    *on("postgresql", "COPY t TO PROGRAM 'x'", True),
    *on("postgresql", "COPY t FROM '/a'", False),
    *on("postgresql", "CREATE SCHEMA s", False),
    *on("postgresql", "GRANT", True),
    *on("postgresql", "CREATE TABLE role (a int)", False),
    *on(NO_DDL, "CREATE USER a", True),
    *on(NO_DDL, "GRANT SELECT ON t TO a", True),
    *on(NO_DDL, "CREATE DATABASE shop", True),
    *on(NO_DDL, "DROP SCHEMA shop", True),
    *on(NO_DDL, "ALTER DATABASE shop CHARACTER SET utf8mb4", True),
    *on(NO_DDL, "ALTER DATABASE CHARACTER SET utf8mb4", False),
    *on(NO_DDL, "SET GLOBAL a = 1", True),
    *on(NO_DDL, "SET a = 1, @@GLOBAL.b = 2", True),
    *on(NO_DDL, "SET NAMES utf8mb4", False),
    *on(NO_DDL, "USE shop", True),
    *on(NO_DDL, "CALL shop.p()", True),
    *on(NO_DDL, "CALL p()", False),
    *on(NO_DDL, "SELECT 1 INTO OUTFILE '/a'", True),
    *on(NO_DDL, "FLUSH PRIVILEGES", True),
    *on(NO_DDL, "CREATE TABLE user (a int)", False),
    *on("mariadb", "CREATE OR REPLACE USER a", True),
    *on("mariadb", "SET STATEMENT max_statement_time = 1 FOR DROP DATABASE shop", True),
    *on("sqlite", "ATTACH 'a.db' AS a", True),
    *on("sqlite", "VACUUM INTO 'a.db'", True),
    *on("sqlite", "VACUUM", False),
    *on(("postgresql", "sqlite", *NO_DDL), "INSERT INTO t VALUES (1)", False),
]


@pytest.mark.parametrize(("server", "text", "expected"), SHARED)
def test_statements_that_reach_beyond_the_database_are_found(server: str, text: str, expected: bool) -> None:
    planned = Planner(native=True).plan(dialect(server), server, file(f"{text};"))
    found = find_shared_effects(dialect(server), [planned])
    assert bool(found) == expected
    assert all("--on" in one.message and one.message.startswith(f"{planned.migration.path}:1:1: ") for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO shop.t VALUES (1)", True),
        ("DELETE FROM shop.t", True),
        ("UPDATE a JOIN shop.t ON a.b = t.b SET t.c = 1", True),
        ("CREATE TABLE shop.t (a int)", True),
        ("ALTER TABLE t RENAME TO shop.t", True),
        ("USE shop; CREATE TABLE t (a int)", True),
        ("CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW INSERT INTO shop.t VALUES (1)", True),
        ("CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES shop.t (a))", False),
        ("INSERT INTO t SELECT a FROM shop.t", False),
        ("UPDATE t SET t.a = 1", False),
        ("CREATE TEMPORARY TABLE t (a int)", False),
    ],
)
@pytest.mark.parametrize("server", ["mysql", "mariadb", "postgresql"])
def test_a_write_to_a_database_that_a_file_names_is_found(server: str, text: str, expected: bool) -> None:
    planner = Planner(native=True)
    if server == "postgresql" and "USE " in text:
        return
    planned = planner.plan(dialect(server), server, file(f"{text};"))
    found = find_named_databases(dialect(server), server, planner, [planned])
    # On PostgreSQL, a qualified name stays in the database.
    assert bool(found) == (expected and server != "postgresql")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION Citext SCHEMA x;', ["uuid-ossp", "citext"]),
        ("CREATE EXTENSION IF NOT EXISTS citext; SELECT 'CREATE EXTENSION a';", []),
    ],
)
def test_extensions_that_must_not_exist_before_are_found(text: str, expected: list[str]) -> None:
    rules = dialect("postgresql").lexer_rules(portable=True, database="postgresql")
    assert list(find_extensions(file(text), rules)) == expected
