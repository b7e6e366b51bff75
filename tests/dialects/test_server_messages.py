"""Log the messages that a server sends beside its answers: RAISE NOTICE and WARNING, and the context of PL/pgSQL errors."""

import logging
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]
RAISING = """DO $$ BEGIN
  RAISE {level} 'read % rows\x1b[31m', 7;
END $$;
"""


@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"], ids=["", "off"])
@pytest.mark.parametrize(
    ("text", "level", "expected"),
    [
        (RAISING.format(level="NOTICE"), logging.INFO, "the server says NOTICE: read 7 rows\\x1b[31m"),
        (RAISING.format(level="INFO"), logging.INFO, "the server says INFO: read 7 rows\\x1b[31m"),
        (RAISING.format(level="WARNING"), logging.WARNING, "the server says WARNING: read 7 rows\\x1b[31m"),
        ("DROP TABLE IF EXISTS gone;", logging.INFO, 'the server says NOTICE: table "gone" does not exist, skipping'),
        (
            "DO $$ BEGIN RAISE WARNING 'half' USING DETAIL = 'a', HINT = 'b'; END $$;",
            logging.WARNING,
            "the server says WARNING: half; detail: a; hint: b",
        ),
    ],
)
async def test_a_message_of_the_server_is_logged(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, level: int, expected: str, head: str
) -> None:
    caplog.set_level(logging.DEBUG, "whimbrel")
    await migrate(url, write_set(tmp_path / "notice", {"V1__n.sql": head + text}), databases=["postgresql"])
    said = [(one.levelno, one.getMessage()) for one in caplog.records if "the server says" in one.getMessage()]
    assert said == [(level, expected)]


async def test_a_quiet_migration_logs_nothing_of_the_server(
    url: str, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "whimbrel")
    folder = write_set(
        tmp_path / "notice", {"V1__n.sql": "CREATE TABLE t (a INTEGER);", "V2__n.sql": "INSERT INTO t VALUES (1);"}
    )
    await migrate(url, folder)
    await migrate(url, folder)
    assert not [one for one in caplog.records if "the server says" in one.getMessage()]


async def test_an_error_says_where_in_a_block_or_function_it_happened(url: str, database: str, tmp_path: Path) -> None:
    made = (
        "CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  IF n > 1 THEN\n    RAISE EXCEPTION 'too many';\n"
        "  END IF;\n  RETURN n;\nEND $$;\n"
    )
    folder = write_set(tmp_path / "context", {"V1__f.sql": made, "V2__do.sql": "SELECT f(1);\nSELECT f(2);"})
    with pytest.raises(MigrationFailed, match=r"too many; context: PL/pgSQL function f\(integer\) line 4 at RAISE \[P0001\]"):
        await migrate(url, folder, databases=["postgresql"])
