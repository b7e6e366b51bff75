"""The files of other tools: which are migrations, in which order, and which half of each is applied."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from whimbrel.adoption.folder import read_sources
from whimbrel.adoption.tool import AdoptedFile, SourceFile
from whimbrel.adoption.tools import NAMES, find_tool
from whimbrel.errors import ConfigurationError

UP, DOWN = "CREATE TABLE t (a INTEGER);\n", "DROP TABLE t;\n"
BLOCK = f"-- +goose StatementBegin\n{UP}-- +goose StatementEnd\n"
IN_STRING = "INSERT INTO t VALUES ('\n{}\n');\n"


def read(
    tool: str, files: Mapping[str, str], database: str = "postgresql", rows: list[dict[str, object]] | None = None
) -> list[AdoptedFile]:
    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    return find_tool(tool).find_files(sources, rows or [], database)


def test_every_tool_has_a_name_a_table_and_columns() -> None:
    tools = [find_tool(name) for name in NAMES]
    assert [tool.name for tool in tools] == list(NAMES) == sorted(NAMES)
    assert all(tool.title and tool.tables and tool.columns for tool in tools)
    with pytest.raises(ConfigurationError, match="rails is not a tool that can be adopted; name one of alembic, dbmate"):
        find_tool("rails")


# The tool, the name of a file, its text, the half that is applied, and whether a transaction encloses it.
HALVES: list[tuple[str, str, str, str, bool]] = [
    ("dbmate", "1_a.sql", f"-- migrate:up\n{UP}-- migrate:down\n{DOWN}", UP, True),
    ("dbmate", "1_a.sql", f"-- migrate:up transaction:false\n{UP}-- migrate:down\n{DOWN}", UP, False),
    ("dbmate", "1_a.sql", f"-- a comment\n\n--migrate:up\r\n{UP}--  migrate:down transaction:false\r\n{DOWN}", UP, True),
    ("dbmate", "1_a.sql", f"-- migrate:up\n{UP}", UP, True),
    ("dbmate", "1_a.sql", f"-- migrate:up\n{UP} -- migrate:down\n{UP}", f"{UP} -- migrate:down\n{UP}", True),
    ("dbmate", "1_a.sql", f"-- migrate:up\n{IN_STRING.format('-- migrate:down')}", "INSERT INTO t VALUES ('\n", True),
    ("dbmate", "1_a.sql", f"-- migrate:up\n{UP}-- migrate:downwards\n", f"{UP}-- migrate:downwards\n", True),
    ("goose", "1_a.sql", f"-- +goose Up\n{UP}-- +goose Down\n{DOWN}", UP, True),
    ("goose", "1_a.sql", f"--+goose NO TRANSACTION\n-- +goose Up\n{UP}", UP, False),
    ("goose", "1_a.sql", f"-- +goose Up\n{BLOCK}", BLOCK, True),
    ("goose", "1_a.sql", f"-- +goose Up\n{UP}-- +goose down\n", f"{UP}-- +goose down\n", True),
    ("sql-migrate", "1_a.sql", f"-- +migrate Up\n{UP}-- +migrate Down\n{DOWN}", UP, True),
    ("sql-migrate", "1_a.sql", f"-- +migrate Up notransaction\n{UP}-- +migrate Down\n{DOWN}-- +migrate Up\n{UP}", UP * 2, False),
    ("node-pg-migrate", "1_a.sql", f"-- Up Migration\n{UP}-- Down Migration\n{DOWN}", UP, True),
    ("node-pg-migrate", "1_a.sql", f"---- UP   migration\n{UP}  -- down migration (back)\n{DOWN}", UP, True),
    ("node-pg-migrate", "1_a.sql", UP, UP, True),
    ("node-pg-migrate", "1_a.sql", f"-- Down Migration\n{DOWN}-- Up Migration\n{UP}", UP, True),
    ("golang-migrate", "1_a.up.sql", UP, UP, True),
    ("sqlx", "1_a.sql", UP, UP, True),
    ("sqlx", "1_a.up.sql", f"-- no-transaction\n{UP}", f"-- no-transaction\n{UP}", False),
    ("refinery", "V1__a.sql", UP, UP, True),
    ("prisma", "1_a/migration.sql", UP, UP, True),
    ("yoyo", "1.a.sql", UP, UP, True),
    ("yoyo", "1.a.sql", f"-- a\n-- transactional: false\n\n{UP}", f"-- a\n-- transactional: false\n\n{UP}", False),
    ("yoyo", "1.a.sql", f"{UP}-- transactional: false\n", f"{UP}-- transactional: false\n", True),
    ("liquibase", "a.sql", f"--liquibase formatted sql\n--changeset ana:1\n{UP}", UP, True),
    ("liquibase", "a.sql", f'\n-- Liquibase formatted SQL\n\n-- ChangeSet "an a":1 runInTransaction:false\n{UP}', UP, False),
    (
        "alembic",
        "a.sql",
        f"BEGIN;\n\n-- Running upgrade  -> 1a\n\n{UP}\nUPDATE alembic_version SET version_num='1a';\nCOMMIT;\n",
        UP,
        True,
    ),
    (
        "alembic",
        "a.sql",
        f'-- Running upgrade 0 -> 1a\n\nCOMMIT;\n{UP}BEGIN;\nDELETE FROM public."alembic_version";\nCOMMIT;',
        UP,
        False,
    ),
    ("django", "shop/0001_initial.sql", f"BEGIN;\n--\n-- Create model T\n--\n{UP}COMMIT;\n", UP, True),
    ("django", "shop/0001_initial.sql", UP, UP, False),
    ("django", "shop/0001_initial.sql", "BEGIN;\nSELECT 1 -- x\n;\nCOMMIT;", "SELECT 1 -- x\n;\n", True),
]


@pytest.mark.parametrize(("tool", "name", "text", "up", "transaction"), HALVES)
def test_the_half_that_a_tool_applies_is_found_byte_for_byte(tool: str, name: str, text: str, up: str, transaction: bool) -> None:
    (file,) = read(tool, {name: text})
    assert (file.up.decode(), file.transaction, file.fault) == (up, transaction, "")


# The tool, its files in any order, and their identities in the tool's order.
ORDERS: list[tuple[str, list[str], list[str]]] = [
    ("dbmate", ["10_b.sql", "2_a.sql", "x.sql", "sub/1_c.sql", "20_c.txt"], ["10", "2"]),
    ("golang-migrate", ["10_b.up.sql", "2_a.up.sql", "2_a.down.sql", "010.sql"], ["2", "10"]),
    ("goose", ["00010_b.sql", "2_a.sql", "fix.sql"], ["2", "10"]),
    ("sqlx", ["10_b.sql", "2_a.up.sql", "2_a.down.sql"], ["2", "10"]),
    ("refinery", ["V10__b.sql", "V2__a.sql", "notes.sql"], ["2", "10"]),
    ("prisma", ["10_b/migration.sql", "2_a/migration.sql", "2_a/other.sql", "migration_lock.toml"], ["10_b", "2_a"]),
    ("yoyo", ["b.sql", "a.sql", "a.rollback.sql", "__init__.py"], ["a", "b"]),
    ("node-pg-migrate", ["1000_b.sql", "999_a.sql", "999_a.down.sql"], ["999_a", "1000_b"]),
    ("sql-migrate", ["10-b.sql", "2-a.sql", "z.sql"], ["2-a.sql", "10-b.sql", "z.sql"]),
    ("flyway", ["V1.10__b.sql", "V1_2__a.sql", "R__v.sql", "U1__a.sql", "sub/V3__c.sql"], ["1.2", "1.10", "3", "R__v"]),
]


@pytest.mark.parametrize(("tool", "names", "identities"), ORDERS)
def test_the_migrations_come_in_the_order_of_the_tool(tool: str, names: list[str], identities: list[str]) -> None:
    marked = f"-- migrate:up\n-- +goose Up\n-- +migrate Up\n{UP}"
    assert [file.identity for file in read(tool, dict.fromkeys(names, marked))] == identities


def test_a_dependency_of_yoyo_comes_first_and_a_circle_does_no_harm() -> None:
    assert [file.identity for file in read("yoyo", {"a.sql": "-- depends: c b\n", "b.sql": "", "c.sql": "--depends:none\n"})] == [
        "b",
        "c",
        "a",
    ]
    assert [file.identity for file in read("yoyo", {"b.sql": "-- depends: a\n", "a.sql": "-- depends: b\n"})] == ["a", "b"]


def test_the_revisions_of_alembic_come_from_any_number_of_files_by_what_they_need() -> None:
    text = "-- Running upgrade 1a -> 2b\nSELECT 2;\n-- Running upgrade 2b, 2c -> 3d\nSELECT '\n-- Running upgrade 8 -> 9\n';\n"
    found = read("alembic", {"z.sql": "-- Running upgrade  -> 1a\nSELECT 1;\n-- Running upgrade 1a -> 2c\n", "a.sql": text})
    assert [(file.identity, file.needs, file.up) for file in found] == [
        ("1a", (), b"SELECT 1;\n"),
        ("2b", ("1a",), b"SELECT 2;\n"),
        ("2c", ("1a",), b"-- no statement\n"),
        ("3d", ("2b", "2c"), b"SELECT '\n-- Running upgrade 8 -> 9\n';\n"),
    ]


def test_a_changelog_of_liquibase_is_cut_into_its_changesets_for_this_database() -> None:
    text = (
        "--liquibase formatted sql\n--changeset ana:1\n--comment: c\nA;\n-- commented\n--rollback B;\n"
        "--changeset bo:2 dbms:mysql\nC;\n--changeset bo:3 dbms:!mysql endDelimiter:;\nD;\n"
        "--changeset bo:4 ignore:true\nE;\n"
    )
    files = {"db/a.sql": text, "plain.sql": UP}
    rows: list[dict[str, object]] = [
        {"orderexecuted": 2, "id": "1", "author": "ana", "filename": "classpath:x/db/a.sql", "exectype": "EXECUTED"},
        {"orderexecuted": 1, "id": "3", "author": "bo", "filename": "a.sql", "exectype": "EXECUTED"},
    ]
    found = read("liquibase", files, rows=rows)
    assert [(file.identity, file.up) for file in found] == [
        ("a.sql::3::bo", b"D;\n"),
        ("classpath:x/db/a.sql::1::ana", b"A;\n-- commented\n"),
    ]
    assert [file.identity for file in read("liquibase", files, "mysql")] == ["db/a.sql::1::ana", "db/a.sql::2::bo"]


def test_a_delimiter_of_liquibase_is_set_where_the_client_of_the_database_has_one() -> None:
    files = {"a.sql": "--liquibase formatted sql\n--changeset ana:1 endDelimiter://\nA//\n"}
    assert read("liquibase", files, "mysql")[0].up == b"DELIMITER //\nA//\n"
    assert "endDelimiter" in read("liquibase", files)[0].fault


def test_the_applied_migrations_of_django_come_in_the_order_of_their_rows() -> None:
    rows: list[dict[str, object]] = [{"id": 2, "app": "a", "name": "0001"}, {"id": 1, "app": "b", "name": "0001"}]
    found = read("django", dict.fromkeys(["a/0001.sql", "b/0001.sql", "b/0010.sql", "b/0002.sql"], UP), rows=rows)
    assert [file.identity for file in found] == ["b.0001", "a.0001", "b.0002", "b.0010"]


# Files that cannot be adopted, and a part of the reason.
FAULTS: list[tuple[str, str, str, str]] = [
    ("dbmate", "1_a.sql", UP, "no line -- migrate:up"),
    ("dbmate", "1_a.sql", f"-- migrate:down\n-- migrate:up\n{UP}", "before -- migrate:up"),
    ("goose", "1_a.sql", UP, "no line -- +goose Up"),
    ("goose", "1_a.sql", f"-- +goose ENVSUB ON\n-- +goose Up\n{UP}", "variables of the environment"),
    ("goose", "1_a.go", "", "a migration in Go"),
    ("golang-migrate", "1_a.up.json", "", "is no SQL file"),
    ("sql-migrate", "a.sql", UP, "no line -- +migrate Up"),
    ("yoyo", "a.py", "", "a migration in Python"),
    ("node-pg-migrate", "1_a.ts", "", "in JavaScript or TypeScript"),
    ("refinery", "V1__a.rs", "", "a migration in Rust"),
    ("refinery", "U1__a.sql", UP, "is unversioned"),
    ("flyway", "V1__a.sql", f"{UP}\nGRANT ALL ON t TO ${{user}};", "the placeholder ${user} on line 3"),
    ("flyway", "R__a.sql", "${flyway:timestamp}", "the placeholder"),
    ("alembic", "a.sql", UP, "no line -- Running upgrade"),
    ("liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1\nGRANT ${x};\n", "the parameter ${x}"),
    ("liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1\n--ignoreLines:1\nA;\n", "ignoreLines"),
]


@pytest.mark.parametrize(("tool", "name", "text", "reason"), FAULTS)
def test_a_file_without_the_sql_that_was_applied_is_named_with_the_reason(tool: str, name: str, text: str, reason: str) -> None:
    (file,) = read(tool, {name: text})
    assert reason in file.fault


@pytest.mark.parametrize(
    ("tool", "name", "text", "reason"),
    [
        ("django", "a/1.sql", "--\n-- Raw Python operation\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\n", "in Python"),
        ("liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1 runAlways:true\nA;\n", "has runAlways"),
        ("liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1\n--preconditions onFail:HALT\nA;\n", "preconditions"),
    ],
)
def test_what_a_tool_does_beside_the_sql_is_noted(tool: str, name: str, text: str, reason: str) -> None:
    (file,) = read(tool, {name: text})
    assert reason in file.incomplete


def test_the_settings_of_a_script_of_flyway_and_the_files_without_a_part_are_known() -> None:
    files = {
        "V1__a.sql": UP,
        "V1__a.sql.conf": "executeInTransaction=false\n",
        "U1__a.sql": "",
        "B3__a.sql": "",
        "afterMigrate.sql": "",
    }
    assert [file.transaction for file in read("flyway", files)] == [False]
    assert set(find_tool("flyway").find_left_out([SourceFile(path) for path in files])) == {
        "U1__a.sql",
        "B3__a.sql",
        "afterMigrate.sql",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_what_no_file_is_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "gone.sql").symlink_to("nowhere")
    with pytest.raises(ConfigurationError, match=r"gone\.sql: is no regular file, or a link without a target"):
        read_sources(find_tool("dbmate"), str(tmp_path), "")
    (tmp_path / "gone.sql").unlink()
    os.mkfifo(tmp_path / "pipe.sql")
    with pytest.raises(ConfigurationError, match=r"pipe\.sql: is no regular file"):
        read_sources(find_tool("dbmate"), str(tmp_path), "")
