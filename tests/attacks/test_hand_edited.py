"""Hand-edited rows and messages that are not UTF-8 cause an error that names the mistake, in every verb."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.attacks.terminal import Terminal, faults
from tests.conftest import Fresh, run_sql
from tests.files import AUTH, write_set
from tests.fleet import Fleet, clear_away
from tests.listener import listening
from whimbrel import (
    ConnectionLost,
    DatabaseUnreachable,
    MigrationFailed,
    ValidationFailed,
    WhimbrelError,
    migrate,
    onboard,
    tenant_status,
)
from whimbrel.commands.info import info
from whimbrel.commands.repair import repair
from whimbrel.commands.validate import validate
from whimbrel.tenants import sync_tenants, tenants_listed

OFF = "-- whimbrel: transaction=off\nCREATE TABLE t (id INTEGER);\nCREATE TABLE u (id INTEGER);\nSELEC 1;\n"
# Column, SQL value, and the databases that accept it; the types of the other databases refuse the values that only SQLite
# accepts.
HISTORY = [
    ("version", "'abc'", "all"),
    ("version", "''", "all"),
    ("version", "'1.x'", "all"),
    ("version", "'01'", "all"),
    ("min_app", "'new'", "all"),
    ("description", "NULL", "nullable"),
    ("checksum", "NULL", "nullable"),
    ("min_app", "NULL", "nullable"),
    ("installed_rank", "NULL", "nullable"),
    ("installed_on", "NULL", "nullable"),
    ("success", "NULL", "nullable"),
    ("success", "'yes'", "sqlite"),
    ("installed_on", "'yesterday'", "sqlite"),
    ("installed_rank", "'first'", "sqlite"),
    ("execution_time", "'long'", "sqlite"),
    ("script", "x'ff'", "sqlite"),
    ("description", "CAST(x'ff' AS TEXT)", "sqlite"),
    ("installed_on", "'20000-01-01'", "postgresql"),
    ("installed_on", "'0044-03-15 BC'", "postgresql"),
]
JOURNAL = [
    ("state", "'odd'", "all"),
    ("last_statement", "2147483647", "all"),
    ("last_statement", "0", "all"),
    ("first_statement", "-1", "all"),
    ("digest", "'x'", "all"),
    ("shown", "NULL", "nullable"),
    ("started_on", "NULL", "nullable"),
    ("started_on", "'once'", "sqlite"),
    ("kind", "x'ff'", "sqlite"),
]
TENANTS = [
    ("versions", "'no JSON'", "all"),
    ("versions", "'[1]'", "all"),
    ("versions", "'{\"tenant\": 1}'", "all"),
    ("versions", '\'{"tenant": "abc"}\'', "all"),
    ("versions", "NULL", "nullable"),
    ("last_error", "NULL", "nullable"),
    ("created_on", "NULL", "nullable"),
    ("synced_on", "'never'", "sqlite"),
]


NULLABLE = {
    **dict.fromkeys(("description", "checksum", "min_app"), "VARCHAR(255)"),
    **dict.fromkeys(("shown", "versions", "last_error"), "TEXT"),
    **dict.fromkeys(("installed_on", "started_on", "created_on"), "DATETIME(6)"),
    "installed_rank": "INTEGER",
    "success": "BOOLEAN",
}


def edit(url: str, database: str, table: str, column: str, value: str, where: str = "1 = 1") -> None:
    """Write a value into a row, after dropping the constraints that prevent it, as a user might."""
    away: list[str] = []
    if value == "NULL" and database == "sqlite":
        forget = f"UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = '{table}'"
        away = ["PRAGMA writable_schema=ON", forget, "PRAGMA writable_schema=RESET"]
    elif value == "NULL" and database == "postgresql":
        away = [f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"]
    elif value == "NULL":
        away = [f"ALTER TABLE {table} MODIFY {column} {NULLABLE[column]} NULL"]
    run_sql(url, *away, f"UPDATE {table} SET {column} = {value} WHERE {where}")


def suits(database: str, where: str) -> bool:
    return where in ("all", "nullable", database)


def told(terminal: Terminal, table: str, column: str, *words: str) -> None:
    """Check that the verb names table, row and column, and the next step, in text and in JSON."""
    terminal.run(*words, "--json")
    text = terminal.run(*words, code=None if words[0] == "migrate" else 3)
    if "nothing to do" in text:
        return  # if all files are recorded, a start reads no more of the rows
    assert table in text, text
    assert column in text, text
    assert "next:" in text or "restore it" in text or "delete the one" in text, text


def check(url: str, folder: str) -> None:
    """Check that Python's callers get only Whimbrel's errors."""
    for call in (info, validate, migrate, repair):
        try:
            asyncio.run(call(url, folder))
        except WhimbrelError as error:
            assert isinstance(error, ValidationFailed), repr(error)


def test_rows_of_the_history(terminal: Terminal, fresh: Fresh, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE t (id INTEGER);", "V2__b.sql": "SELECT 1;"})
    for column, value, where in HISTORY:
        if suits(database, where):
            url = fresh()
            asyncio.run(migrate(url, folder))
            edit(url, database, "whimbrel_history", column, value, "installed_rank = 2")
            check(url, folder)
            for verb in ("info", "validate", "migrate", "repair"):
                told(terminal, "whimbrel_history", "version" if value == "'01'" else column, verb, "--url", url, "--sql", folder)


def test_rows_of_the_journal(terminal: Terminal, fresh: Fresh, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": OFF})
    for column, value, where in JOURNAL:
        if suits(database, where):
            url = fresh()
            terminal.run("migrate", "--url", url, "--sql", folder, code=1)
            edit(url, database, "whimbrel_journal", column, value, "first_statement = 1")
            check(url, folder)
            for verb in ("validate", "migrate"):
                text = terminal.run(verb, "--url", url, "--sql", folder, code=3)
                assert ("whimbrel_journal" in text and column in text) or "edited since" in text, text
            terminal.run("resolve", "set", "1", "1", "--applied", "--url", url, code=2)


def test_rows_of_the_tenants(terminal: Terminal, url: str, database: str, tmp_path: Path) -> None:
    fleet = Fleet(url, database, tmp_path, f"edited{os.getpid()}")
    folder = fleet.write(1)
    asyncio.run(onboard(url, fleet.name(1), folder))
    try:
        for column, value, where in TENANTS:
            if suits(database, where):
                edit(url, database, "whimbrel_tenants", column, value)
                for verb in (["list"], ["status", "--sql", folder], ["sync", "--sql", folder]):
                    told(terminal, "whimbrel_tenants", column, "tenants", *verb, "--url", url)
                for call in (lambda: tenants_listed(url), lambda: tenant_status(url, folder), lambda: sync_tenants(url, folder)):
                    with pytest.raises(ValidationFailed):
                        asyncio.run(call())
                good = "'{}'" if column == "versions" else "''" if column == "last_error" else "CURRENT_TIMESTAMP"
                edit(url, database, "whimbrel_tenants", column, good)
        edit(url, database, "whimbrel_tenants", "digest", "''")
        terminal.run("tenants", "sync", "--url", url, "--sql", folder, code=0)
        assert [one.versions for one in asyncio.run(tenants_listed(url))] == [{"tenant": "1"}]
    finally:
        clear_away(fleet)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"])
def test_a_message_of_the_server_that_is_not_utf8(url: str, head: str, database: str, tmp_path: Path) -> None:
    assert database == "postgresql"
    text = f"{head}CREATE TABLE t (a INT);\nSET client_encoding = 'LATIN1';\nDO $$ BEGIN RAISE EXCEPTION '%', chr(246); END $$;"
    with pytest.raises(MigrationFailed) as caught:
        asyncio.run(migrate(url, write_set(tmp_path / "set", {"V1__a.sql": text})))
    assert isinstance(caught.value.__cause__, ConnectionLost)
    assert "not UTF-8: \\xf6" in str(caught.value)


@pytest.mark.needs("postgresql")
def test_a_message_in_another_encoding_before_the_login() -> None:
    said = b"SFATAL\0C3D000\0Mgr\xf6\xdfe\x1b[31m\0\0"

    async def ask() -> str:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(b"E" + (len(said) + 4).to_bytes(4, "big") + said)
            await writer.drain()

        async with listening(refuse) as listener:
            with pytest.raises(DatabaseUnreachable) as caught:
                await info(f"postgresql://u@127.0.0.1:{listener.port}/d?sslmode=disable", AUTH)
            return str(caught.value)

    assert list(faults(asyncio.run(ask()))) == []
