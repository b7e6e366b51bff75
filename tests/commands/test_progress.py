"""The line that a command shows while it works, on a terminal and elsewhere."""

import asyncio
import io
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.files import write_set
from tests.patience import until
from tests.terminals import on_a_terminal
from whimbrel import migrate
from whimbrel.commands._progress import shown
from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.session import course, teller
from whimbrel.session.course import Course
from whimbrel.url import parse_url

# The name of the blocking session in the line.
IN_THE_WAY = {
    "postgresql": ("blocked by process ", "postgres", "idle in transaction", "FROM busy"),
    "mysql": ("blocked by connection ", "root@", "Sleep for", "FROM busy"),
    # MariaDB does not show the holder of a lock on a table.
    "mariadb": ("blocked, perhaps by connection ", "root@", "Sleep for"),
    "sqlite": ("waiting for the migration lock, held by another connection that writes to the file",),
}

WITH_THE_ROW = {
    "postgresql": ("blocked by process ", "UPDATE busy SET id = 3"),
    "mysql": ("blocked by connection ", "UPDATE busy SET id = 3"),
    "mariadb": ("blocked by connection ", "root@"),
}


@asynccontextmanager
async def in_the_way(url: str, database: str, sql: str = "SELECT count(*) FROM busy") -> AsyncIterator[Connection]:
    """Hold a lock for which the second file has to wait."""
    parsed = parse_url(url)
    other = await find_dialect(parsed).open(parsed)
    try:
        await other.run("BEGIN IMMEDIATE" if database == "sqlite" else "BEGIN")
        await other.run(sql)
        yield other
    finally:
        await other.close()


async def blocked(url: str, tmp_path: Path, sql: str = "ALTER TABLE busy ADD COLUMN more INTEGER") -> str:
    """Return a folder whose second file changes a table that already exists."""
    folder = write_set(tmp_path / "app", {"V1__busy.sql": "CREATE TABLE busy (id INTEGER);\nINSERT INTO busy VALUES (1);"})
    await migrate(url, folder)
    write_set(tmp_path / "app", {"V2__alter.sql": f"SELECT 1;\n{sql};"})
    return folder


@pytest.mark.asyncio
async def test_a_blocked_migration_names_its_file_and_the_session_in_the_way(url: str, database: str, tmp_path: Path) -> None:
    folder = await blocked(url, tmp_path)
    async with in_the_way(url, database) as other:
        with on_a_terminal(["migrate", "--url", url, "--sql", folder]) as screen:
            line = await asyncio.to_thread(screen.wait_for, *IN_THE_WAY[database])
            if database != "sqlite":
                assert line.startswith("file 1 of 1: app/V2__alter.sql, statement")
            await other.run("ROLLBACK")
            assert await asyncio.to_thread(screen.finish) == 0
    # The line is gone before the report.
    assert screen.text.rpartition("\r\x1b[K")[2].startswith("applied app/V2__alter.sql, 2 statements")


@pytest.mark.asyncio
@pytest.mark.only("postgresql", "mysql")
async def test_an_interrupted_command_removes_its_line_and_leaves_no_second_session(
    url: str, database: str, tmp_path: Path
) -> None:
    folder = await blocked(url, tmp_path)
    async with in_the_way(url, database) as other:
        with on_a_terminal(["migrate", "--url", url, "--sql", folder]) as screen:
            await asyncio.to_thread(screen.wait_for, *IN_THE_WAY[database])
            screen.process.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(screen.finish) == 130
        assert screen.text.rpartition("\r\x1b[K")[2].startswith("whimbrel: interrupted")
        await until(lambda: _alone(other))


async def _alone(connection: Connection) -> bool:
    """Whether no other session works on this database."""
    return not await connection.fetch_value(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        if connection.database == "postgresql"
        else "SELECT count(*) AS n FROM performance_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )


@pytest.mark.asyncio
async def test_a_migration_that_waits_for_a_row_logs_the_session_in_the_way(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teller, "LOG_SECONDS", 0.2)
    monkeypatch.setattr(course, "_LONG_SECONDS", 0.1)
    caplog.set_level(logging.INFO, logger="whimbrel")
    folder = await blocked(url, tmp_path, "UPDATE busy SET id = 2")
    words = WITH_THE_ROW.get(database, IN_THE_WAY[database])

    async def is_logged() -> bool:
        return any(all(word in message for word in words) for message in caplog.messages)

    async with in_the_way(url, database, "UPDATE busy SET id = 3") as other:
        run = asyncio.ensure_future(migrate(url, folder))
        await until(is_logged)
        await other.run("ROLLBACK")
        assert len((await run).applied) == 1


class _Stream(io.StringIO):
    """Standard error that is no terminal, or says that it is one."""

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.asyncio
@pytest.mark.parametrize(("terminal", "term"), [(False, "xterm"), (True, "dumb")])
async def test_without_a_terminal_a_command_prints_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str
) -> None:
    monkeypatch.setattr(teller, "LOG_SECONDS", 0.01)
    monkeypatch.setattr(sys, "stderr", stream := _Stream(terminal=terminal))
    monkeypatch.setenv("TERM", term)
    async with shown(Course(), quiet=False):
        await until(lambda: _has_lines(stream))
    assert all(line.startswith("whimbrel: starting, ") for line in stream.getvalue().splitlines())


async def _has_lines(stream: _Stream) -> bool:
    return stream.getvalue().count("\n") >= 2


@pytest.mark.asyncio
async def test_a_quiet_command_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "LOG_SECONDS", 0.01)
    monkeypatch.setattr(sys, "stderr", stream := _Stream())
    async with shown(Course(), quiet=True):
        await asyncio.sleep(0.1)
    assert stream.getvalue() == ""


def test_a_quick_command_on_a_terminal_prints_its_report_alone(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "app", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    with on_a_terminal(["migrate", "--url", f"sqlite:///{tmp_path / 'a.db'}", "--sql", folder, "--quiet"]) as screen:
        assert screen.finish() == 0
    assert screen.lines == []
    assert screen.text.startswith("applied app/V1__a.sql")
