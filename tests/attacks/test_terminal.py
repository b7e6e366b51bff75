"""Foreign text from files, servers, histories, tenants and addresses is shown escaped, and never obeyed."""

import asyncio
import io
import logging
import os
from pathlib import Path

import pytest

from tests.attacks.terminal import HOSTILE, OBEYED, Terminal, faults
from tests.conftest import run_sql
from tests.files import write_set
from tests.fleet import Fleet, clear_away
from whimbrel import DatabaseManager, LockTimeout, MigrationFailed, migrate, onboard
from whimbrel.dialects.registry import find_dialect
from whimbrel.messages.printable import PrintableFormatter
from whimbrel.url import parse_url

GOOD = "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);\n"


def set_texts(url: str, table: str, where: str, **values: str) -> None:
    """Write texts into a table of Whimbrel, as a user with a client might."""
    dialect = find_dialect(parse_url(url))
    pairs = ", ".join(f"{name} = {dialect.literal(value)}" for name, value in values.items())
    run_sql(url, f"UPDATE {table} SET {pairs} WHERE {where}")


def test_names_of_files_and_folders(terminal: Terminal, url: str, tmp_path: Path) -> None:
    folder = tmp_path / f"set{HOSTILE}"
    target = ["--url", url, "--sql", write_set(folder, {f"V1__a{HOSTILE}.sql": GOOD})]
    for words in (["info"], ["validate"], ["migrate", "--dry-run"], ["migrate"], ["migrate"]):
        terminal.every_way(*words, *target)
    (folder / f"V1__a{HOSTILE}.sql").rename(folder / f"V1__b{HOSTILE}.sql")
    write_set(
        folder, {f"V1__b{HOSTILE}.sql": GOOD + "\n-- edited", f"V2__off{HOSTILE}.sql": "-- whimbrel: transaction=off\nSELEC 1;"}
    )
    for verb in ("info", "validate", "repair", "migrate", "migrate"):
        terminal.every_way(verb, *target)
    terminal.run("split", "--dialect", "sqlite", str(folder / f"V1__b{HOSTILE}.sql"), code=0)
    terminal.run("split", "--dialect", "sqlite", str(folder / f"none{HOSTILE}"), code=2)
    for name in (f"V2__off{HOSTILE}.sql", f"V3_{HOSTILE}.sql", f"V3__a.{HOSTILE}.sql", f"V003__{HOSTILE}.sql"):
        write_set(folder, {name: "", f"V3__x{HOSTILE}.sql": "-- whimbrel: off\x1b\n\\c\x1b\nBEGIN; SELECT 1; COMMIT; SELECT 2;"})
        for verb in ("info", "validate", "migrate"):
            terminal.every_way(verb, *target)
    terminal.run("info", "--url", url, "--sql", str(tmp_path / f"none{HOSTILE}"), code=2)
    assert r"\x1b[31m" in terminal.seen


def test_the_line_of_an_error_and_the_caret_under_it(terminal: Terminal, url: str, tmp_path: Path) -> None:
    target = ["--url", url, "--sql", write_set(tmp_path / "bad", {"V1__x.sql": f"{GOOD}\tSELECT '{OBEYED}\t', nosuch FROM t;"})]
    terminal.every_way("migrate", *target)
    text = terminal.run("migrate", *target, code=1)
    source, caret = next(pair for pair in zip(text.split("\n"), text.split("\n")[1:], strict=False) if pair[1].strip() == "^")
    assert source.startswith("    \tSELECT '\\x1b[31m")
    assert source[caret.index("^") :].startswith("nosuch FROM"), f"{source}\n{caret}"
    assert "\x1b" in failed(url, target[-1]).place.source


def test_the_messages_of_the_server_are_escaped(terminal: Terminal, url: str, tmp_path: Path) -> None:
    text = f'{GOOD}SELECT "no{OBEYED}such" FROM "no{HOSTILE}where";'
    target = ["--url", url, "--sql", write_set(tmp_path / "bad", {"V1__x.sql": text})]
    terminal.every_way("migrate", *target)
    caught = failed(url, target[-1])
    for shown in (str(caught), repr(caught), str(caught.__cause__)):
        assert list(faults(shown)) == []
    assert "\n" in caught.server_message


def failed(url: str, folder: str) -> MigrationFailed:
    with pytest.raises(MigrationFailed) as caught:
        asyncio.run(migrate(url, folder))
    return caught.value


def test_hand_edited_rows_of_the_history(terminal: Terminal, url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": GOOD, "V2__b.sql": "-- whimbrel: min_app=9\nSELECT 1;"})
    target = ["--url", url, "--sql", folder]
    terminal.run("migrate", *target, "--app-version", "9", code=0)
    texts = {"description": HOSTILE, "script": HOSTILE, "checksum": f"v1:sha256:{OBEYED}", "installed_by": HOSTILE}
    for changed in ({**texts}, {"checksum": HOSTILE}, {"min_app": f"9{OBEYED}"}, {"version": f"2{HOSTILE}"}):
        set_texts(url, "whimbrel_history", "installed_rank = 2", **changed)
        for verb in (["info"], ["validate"], ["migrate"], ["repair"], ["migrate"]):
            terminal.every_way(*verb, *target)
        (tmp_path / "set" / "V2__b.sql").unlink(missing_ok=True)


def test_hand_edited_rows_of_the_journal(terminal: Terminal, url: str, tmp_path: Path) -> None:
    text = f"-- whimbrel: transaction=off\n{GOOD}SELEC 1;\n"
    target = ["--url", url, "--sql", write_set(tmp_path / "set", {"V1__a.sql": text})]
    terminal.run("migrate", *target, code=1)
    for changed in ({"kind": HOSTILE, "shown": HOSTILE, "digest": HOSTILE}, {"state": "intent", "catalog_before": HOSTILE}):
        set_texts(url, "whimbrel_journal", "1 = 1", **changed)
        for verb in ("info", "validate", "migrate"):
            terminal.every_way(verb, *target)
    assert "FORGED" in terminal.seen


def test_hand_edited_rows_of_the_table_of_tenants(terminal: Terminal, url: str, database: str, tmp_path: Path) -> None:
    fleet = Fleet(url, database, tmp_path, f"shown{os.getpid()}")
    folder = fleet.write(1)
    asyncio.run(onboard(url, fleet.name(1), folder))
    versions = '{"tenant\\u001b\\u202e": "1"}'
    set_texts(url, "whimbrel_tenants", "1 = 1", last_error=HOSTILE, digest=HOSTILE, versions=versions)
    try:
        for verb in (["list"], ["status", "--sql", folder], ["sync", "--sql", folder], ["status", "--sql", folder]):
            terminal.every_way("tenants", *verb, "--url", url)
        terminal.every_way("tenants", "sync", "--sql", folder, "--url", url, "--only", f"a{HOSTILE}")
        set_texts(url, "whimbrel_tenants", "1 = 1", name=f"a{OBEYED}", digest=HOSTILE)
        for verb in (["list"], ["status", "--sql", folder], ["sync", "--sql", folder]):
            terminal.every_way("tenants", *verb, "--url", url)
    finally:
        clear_away(fleet)


def test_words_and_addresses(terminal: Terminal, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": GOOD})
    for address in (
        f"postgresql://u{HOSTILE}@127.0.0.1:1/d{OBEYED}",
        f"mysql://u{HOSTILE}@127.0.0.1:1/d{OBEYED}",
        f"mariadb://h{OBEYED}/d",
        f"oracle{HOSTILE}://h/d",
        f"sqlite://{HOSTILE}",
        f"sqlite:////none{HOSTILE}/d.db",
        f"postgresql://h/d?a{HOSTILE}=1",
        HOSTILE,
    ):
        terminal.every_way("info", "--url", address, "--sql", folder)
    for words in (
        [HOSTILE],
        ["info", HOSTILE],
        ["migrate", f"--lock-wait={HOSTILE}"],
        ["info", "--for", HOSTILE, "--sql", folder],
    ):
        terminal.run(*words, *(["--url", "sqlite://"] if len(words) > 2 else []), code=2)


def test_the_holder_of_the_lock() -> None:
    error = LockTimeout(1, HOSTILE)
    assert list(faults(str(error))) == []
    assert error.holder == HOSTILE


def test_driver_errors_in_a_logged_traceback_are_escaped() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("whimbrel")
    logger.addHandler(handler)
    try:
        Path(OBEYED).stat()
    except OSError:
        logger.exception("it says %s", OBEYED)
    finally:
        logger.removeHandler(handler)
    record = logging.LogRecord("asyncio", logging.ERROR, "x.py", 1, "it says %s", (OBEYED,), None)
    for text in (stream.getvalue(), PrintableFormatter("%(message)s").format(record)):
        assert "it says \\x1b[31m" in text
        assert list(faults(text)) == []


def test_stored_data_stays_unescaped(url: str) -> None:
    async def ask() -> None:
        async with DatabaseManager(url) as db_manager:
            assert await db_manager.fetch_value("SELECT :text AS t", {"text": HOSTILE}) == HOSTILE

    asyncio.run(ask())


@pytest.mark.parametrize("line", [".bail on", ".mode csv", ".read other.sql"])
def test_a_command_of_the_sqlite3_shell_is_named(terminal: Terminal, url: str, tmp_path: Path, line: str) -> None:
    folder = write_set(tmp_path / "set", {"V1__a.sql": f"-- a comment\n{line}\nCREATE TABLE t (id INTEGER);\n"})
    text = terminal.run("migrate", "--url", url, "--sql", folder, code=3)
    assert f"V1__a.sql:2:1: {line} is a command of the sqlite3 shell, not of a database; remove it" in text
