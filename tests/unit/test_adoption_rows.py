"""The rows of other tools: which migrations they mark as applied, and whether they agree with the files."""

from typing import Any

import pytest

from whimbrel.adoption.checksums import crc32_of_lines, java_hash, sha256_hex, sha384_hex, siphash13
from whimbrel.adoption.golang_migrate import lock_number
from whimbrel.adoption.judge import judge
from whimbrel.adoption.planned import plan_files
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, TableName
from whimbrel.adoption.tools import find_tool
from whimbrel.errors import ValidationFailed

Rows = list[dict[str, Any]]


def file(identity: str, version: str = "", **fields: Any) -> AdoptedFile:
    return AdoptedFile(identity, f"{identity}.sql", identity, b"SELECT 1;\n", version)._replace(**fields)


def test_the_checksums_are_those_of_the_tools() -> None:
    # The check value of CRC-32 is 0xcbf43926; the values of SipHash-1-3 are those of Rust's hasher with a key of zeros.
    assert crc32_of_lines(b"123456789") == 0xCBF43926 - 2**32
    assert crc32_of_lines(b"\xef\xbb\xbf1234\r\n5678\n9\r") == crc32_of_lines(b"123456789")
    assert siphash13(b"") == 0xD1FBA762150C532C
    assert siphash13(b"leviath\xff") == 0x1031D28D04D7CD6C
    assert siphash13((42).to_bytes(8, "little")) == 0x7B3E724B36EBDF51
    assert java_hash("hello") == 99162322
    assert java_hash("polygenelubricants") == -(2**31)
    assert (sha256_hex(b"")[:8], sha384_hex(b"")[:8]) == ("e3b0c442", "38b060a7")


def test_the_locks_are_those_of_the_tools() -> None:
    table = TableName("postgresql", "public", "schema_migrations")
    found = {
        name: find_tool(name).lock(table, "zone")
        for name in ("sqlx", "golang-migrate", "prisma", "node-pg-migrate", "flyway", "dbmate")
    }
    numbers = {name: lock.number if lock else None for name, lock in found.items()}
    flyway = 0x466C79776179 + java_hash('"public"."schema_migrations"')
    assert numbers == {
        "sqlx": 2771974297191923538,
        "golang-migrate": lock_number("public", "schema_migrations", "zone"),
        "prisma": 72707369,
        "node-pg-migrate": 7241865325823964,
        "flyway": flyway,
        "dbmate": None,
    }
    # The values of the tool's own test, database/util_test.go.
    assert (lock_number("database_name"), lock_number("schema_name_1", "database_name")) == (1764327054, 2453313553)
    mysql = find_tool("flyway").lock(table._replace(database="mysql"), "zone")
    assert mysql is not None
    assert mysql.name == f"Flyway-{java_hash('`public`.`schema_migrations`')}"


FLYWAY = {"description": "a", "type": "SQL", "script": "V1__a.sql", "checksum": None, "success": True}
PRISMA = {"id": "u", "checksum": "c", "finished_at": True, "rolled_back_at": False}
# The tool, the rows of its table in any order, and what is applied; a mark shows a fault.
APPLIED: list[tuple[str, Rows, list[str]]] = [
    ("dbmate", [{"version": "2"}, {"version": "10"}], ["10", "2"]),
    ("golang-migrate", [{"version": 2, "dirty": False}], ["1", "2"]),
    ("golang-migrate", [{"version": 2, "dirty": True}], ["1", "2!"]),
    ("golang-migrate", [{"version": 5, "dirty": False}], ["1", "2", "3", "5"]),
    (
        "goose",
        [{"id": i, "version_id": v, "is_applied": a} for i, v, a in ((1, 0, True), (4, 2, False), (2, 1, True), (3, 2, True))],
        ["1"],
    ),
    (
        "sqlx",
        [{"version": 1, "success": True, "checksum": b"\1"}, {"version": 2, "success": False, "checksum": b"\2"}],
        ["1", "2!"],
    ),
    ("refinery", [{"version": 1, "name": "a", "checksum": "7"}], ["1"]),
    (
        "prisma",
        [{**PRISMA, "migration_name": "a"}, {**PRISMA, "migration_name": "b", "rolled_back_at": True, "finished_at": False}],
        ["a"],
    ),
    ("prisma", [{**PRISMA, "migration_name": "a", "finished_at": False}], ["a!"]),
    ("prisma", [{**PRISMA, "migration_name": "a", "finished_at": end} for end in (False, True)], ["a", "a!"]),
    ("yoyo", [{"migration_id": "a"}], ["a"]),
    ("node-pg-migrate", [{"id": 2, "name": "b"}, {"id": 1, "name": "a"}], ["a", "b"]),
    ("sql-migrate", [{"id": "10-b.sql"}, {"id": "2-a.sql"}], ["2-a.sql", "10-b.sql"]),
    ("alembic", [{"version_num": "3"}], ["1", "2", "3"]),
    ("alembic", [{"version_num": "2"}, {"version_num": "9"}], ["1", "2!", "9!"]),
    ("django", [{"id": 1, "app": "a", "name": "0001"}], ["a.0001"]),
    ("liquibase", [{"orderexecuted": 1, "id": "1", "author": "a", "filename": "f", "exectype": "FAILED"}], ["f::1::a!"]),
    (
        "flyway",
        [{**FLYWAY, "installed_rank": 2, "version": "1.10"}, {**FLYWAY, "installed_rank": 1, "version": "1_2"}],
        ["1.2", "1.10"],
    ),
    ("flyway", [{**FLYWAY, "installed_rank": 1, "version": "1", "success": False}], ["1!"]),
    ("flyway", [{**FLYWAY, "installed_rank": 1, "version": None}], ["R__a"]),
    ("flyway", [{**FLYWAY, "installed_rank": i, "version": "1", "type": t} for i, t in enumerate(("SQL", "UNDO_SQL"), 1)], []),
    ("flyway", [{**FLYWAY, "installed_rank": i, "version": "1", "type": t} for i, t in enumerate(("SQL", "DELETE"), 1)], []),
    (
        "flyway",
        [{**FLYWAY, "installed_rank": i, "version": "1", "type": t} for i, t in enumerate(("SQL", "DELETE", "SQL"), 1)],
        ["1"],
    ),
    ("flyway", [{**FLYWAY, "installed_rank": 0, "version": None, "type": "SCHEMA"}], []),
    ("flyway", [{**FLYWAY, "installed_rank": 1, "version": "2", "type": "BASELINE"}], ["1", "2"]),
]


@pytest.mark.parametrize(("tool", "rows", "identities"), APPLIED)
def test_the_rows_say_what_is_applied(tool: str, rows: Rows, identities: list[str]) -> None:
    files = [file("1", "1"), file("2", "2", needs=("1",)), file("3", "3", needs=("2",))]
    found = find_tool(tool).find_applied(rows, files)
    assert sorted(f"{row.identity}{'!' if row.fault else ''}" for row in found) == sorted(identities)


def row(identity: str, **fields: Any) -> AdoptedRow:
    return AdoptedRow(identity, f"version {identity}", **fields)


ONE, TWO, THREE = file("1", "1", checksums=("a", "b")), file("2", "2"), file("3", "3")
# Rows, files, and a part of the only problem.
PROBLEMS: list[tuple[list[AdoptedRow], list[AdoptedFile], str]] = [
    ([], [ONE], "table t has no applied migration, so there is nothing to adopt"),
    ([row("1", fault="is dirty")], [ONE], "table t, row of version 1: is dirty, so the database may have a part of its effects"),
    ([row("1"), row("9")], [ONE], "table t, row of version 9: sql has no file of 9\n    next: restore the file"),
    (
        [row("1", checksum="c")],
        [ONE],
        "sql/1.sql: was edited after Flyway applied it: table t, row of version 1, has the checksum c",
    ),
    ([row("1"), row("3")], [ONE, TWO, THREE], "sql/2.sql: has no row in table t, but sql/3.sql, which comes after it, has one"),
    ([row("1")], [ONE, TWO, TWO._replace(path="x/2.sql")], "sql/2.sql and sql/x/2.sql are both 2 to Flyway"),
    ([row("1")], [ONE, TWO._replace(fault="has a fault")], "sql/2.sql: has a fault"),
    ([row("1")], [ONE, TWO._replace(up=b"\xe9")], "sql/2.sql: is not UTF-8 (byte 0xe9); save the file as UTF-8"),
    ([row("1")], [ONE, TWO._replace(incomplete="has Python")], "sql/2.sql: has Python, and Flyway has not applied it"),
    ([row("1")], [ONE, file("R__v", repeatable=True)], "sql/R__v.sql: has no row in table t, so it is not applied"),
]


@pytest.mark.parametrize(("rows", "files", "told"), PROBLEMS)
def test_what_speaks_against_an_adoption_is_named(rows: list[AdoptedRow], files: list[AdoptedFile], told: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        judge(find_tool("flyway"), "t", rows, files, "sql")
    assert [told in problem.message for problem in caught.value.problems] == [True]


def test_all_problems_come_at_once_and_foreign_text_is_escaped() -> None:
    with pytest.raises(ValidationFailed) as caught:
        judge(find_tool("flyway"), "t", [row("\x1b[2J"), row("1", fault="failed")], [ONE], "sql")
    assert len(caught.value.problems) == 2
    assert "\x1b" not in str(caught.value)


def test_what_agrees_is_planned_with_its_versions_and_its_bytes() -> None:
    rows = [row("1", checksum="b"), row("2"), row("R__v")]
    files = [ONE, TWO._replace(transaction=False, up=b"\xef\xbb\xbfA;\r\n"), THREE, file("R__v", repeatable=True)]
    judged = judge(find_tool("flyway"), "t", rows, files, "sql")
    assert [one.identity for one in judged.applied] == ["1", "2", "R__v"]
    planned = plan_files(judged)
    assert [one.name for one in planned] == ["V1__1.sql", "V2__2.sql", "V2.0.1__R__v.sql", "V3__3.sql"]
    assert [one.content for one in planned][:2] == [b"SELECT 1;\n", b"-- whimbrel: transaction=off\nA;\r\n"]


@pytest.mark.parametrize(
    ("versions", "written"),
    [
        (["20240101120000", "20240102120000"], ["20240101120000", "20240102120000"]),
        (["001", "2"], ["001", "2"]),
        (["10", "2"], ["0001", "0002"]),
        (["1", "01"], ["0001", "0002"]),
        (["", "2"], ["0001", "0002"]),
        (["1", "9" * 60], ["0001", "0002"]),
    ],
)
def test_versions_that_do_not_rise_become_running_numbers(versions: list[str], written: list[str]) -> None:
    files = [file(f"m{number}", version) for number, version in enumerate(versions)]
    judged = judge(find_tool("dbmate"), "t", [row(one.identity) for one in files], files, "sql")
    assert [one.name.partition("__")[0] for one in plan_files(judged)] == [f"V{version}" for version in written]


def test_a_name_becomes_one_that_whimbrel_reads() -> None:
    files = [file("1", name="add café v1.2 (really)/x"), file("2", name="..."), file("3", name="a" * 500)]
    judged = judge(find_tool("dbmate"), "t", [row(one.identity) for one in files], files, "sql")
    assert [one.name for one in plan_files(judged)] == [
        "V0001__add_café_v1_2_really_x.sql",
        "V0002__migration.sql",
        f"V0003__{'a' * 120}.sql",
    ]
