"""dump: its output recreates the same schema on every database, and is the same bytes each time."""

import asyncio
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Fresh, run_sql
from tests.files import write_set
from tests.schema.sqlite_tables import statements
from whimbrel import dump, migrate
from whimbrel.cli import main

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETS = [str(ROOT / name) for name in PROJECT["tool"]["whimbrel"]["sql"] if name != "sql/tenant"]
TENANT = str(ROOT / "sql" / "tenant")


async def load(url: str, folder: Path, database: str, text: str) -> str:
    """Load a dump as the first migration of a set, and return the dump of the result."""
    await migrate(url, write_set(folder / "first", {f"V001__schema.{database}.sql": text}))
    return await dump(url)


@pytest.mark.asyncio
async def test_a_dump_loads_as_the_first_migration_and_is_the_same_again(
    url: str, fresh: Fresh, database: str, tmp_path: Path
) -> None:
    await migrate(url, *SETS)
    text = await dump(url)
    assert "CREATE TABLE" in text
    assert "whimbrel_" not in text
    assert await load(await asyncio.to_thread(fresh), tmp_path, database, text) == text
    assert await dump(url) == text


@pytest.mark.asyncio
async def test_a_dump_of_a_tenant_loads_and_is_the_same_again(url: str, fresh: Fresh, database: str, tmp_path: Path) -> None:
    schema = {"postgresql": "public", "sqlite": "main"}.get(database, url.rpartition("/")[2])
    await migrate(url, SETS[0])
    await migrate(url, TENANT, schema=schema)
    text = await dump(url)
    assert "chat" in text
    assert await load(await asyncio.to_thread(fresh), tmp_path, database, text) == text


@pytest.mark.only("sqlite")
@pytest.mark.asyncio
async def test_a_dump_of_200_tables_loads_and_is_the_same_again(fresh: Fresh, database: str, tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    with closing(sqlite3.connect(made, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for statement in statements(200):
            file.execute(statement)
    text = await dump(f"sqlite:///{made}")
    assert await load(fresh(), tmp_path, database, text) == text
    with closing(sqlite3.connect(":memory:")) as other:
        other.executescript(text)  # as SQLite's own client reads it


@pytest.mark.asyncio
async def test_twenty_runs_print_one_text(url: str) -> None:
    await migrate(url, *SETS)
    assert len({hashlib.sha256((await dump(url)).encode()).hexdigest() for _ in range(20)}) == 1


def test_another_process_prints_the_same_bytes(url: str) -> None:
    asyncio.run(migrate(url, *SETS))
    printed = []
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
        command = [sys.executable, "-m", "whimbrel", "dump", "--url", url]
        printed.append(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert printed == [asyncio.run(dump(url)).encode()] * 2


def test_standard_output_has_the_schema_alone(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    run_sql(url, "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20) DEFAULT 'grün')")
    assert main(["dump", "--url", url, "--verbose"]) == 0
    assert capfd.readouterr().out == asyncio.run(dump(url))


def test_a_dump_is_one_json_document_too(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_sql(url, "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY)")
    assert main(["dump", "--url", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "whimbrel/dump/1", "sql": asyncio.run(dump(url))}


def test_check_compares_a_file_with_the_database(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "schema.sql"
    run_sql(url, "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY)")
    file.write_bytes(asyncio.run(dump(url)).replace("\n", "\r\n").encode())
    assert main(["dump", "--url", url, "--check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file} is up to date\n"
    run_sql(url, "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY)")
    assert main(["dump", "--url", url, "--check", str(file)]) == 3
    first, *difference = capsys.readouterr().out.splitlines()
    assert first == f"{file} is not up to date; write it anew with whimbrel dump"
    assert any(line.startswith("+CREATE TABLE") for line in difference)
    assert not any(line.startswith("-CREATE TABLE") for line in difference)


def test_a_file_that_is_missing_is_named(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", "--url", url, "--check", str(tmp_path / "gone.sql")]) == 2
    assert "gone.sql: No such file or directory; write it with whimbrel dump" in capsys.readouterr().err


@pytest.mark.only("sqlite")
def test_a_file_of_sqlite_that_is_missing_is_not_made(url: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", "--url", url]) == 2
    assert "there is no database at this address" in capsys.readouterr().err
    assert not Path(url.removeprefix("sqlite:///")).exists()


@pytest.mark.only("sqlite")
def test_a_terminal_gets_no_escape_sequence(url: str, database: str, tmp_path: Path) -> None:
    run_sql(url, 'CREATE TABLE a ("b\x1b[31m" INT)')
    pty = __import__("pty")
    written, terminal = pty.openpty()
    with os.fdopen(terminal, "wb") as out:
        subprocess.run([sys.executable, "-m", "whimbrel", "dump", "--url", url], stdout=out, check=True)
    assert b"\x1b" not in os.read(written, 10_000)
    os.close(written)
