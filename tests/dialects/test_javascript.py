"""Routines of MySQL 9 in a language other than SQL, with bodies between dollar signs."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql")]
BODY = "const b = a + 1; // it's; \"\n  return b; /* ` */"


@pytest.mark.parametrize("quote", ["$$", "$js$"])
async def test_the_body_is_one_with_its_statement(url: str, database: str, tmp_path: Path, quote: str) -> None:
    text = (
        f"CREATE TABLE t (a INT);\nCREATE FUNCTION add1(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS {quote}{BODY}{quote};\n"
        "INSERT INTO t VALUES (1);\n"
    )
    folder = write_set(tmp_path / "js", {"V1__js.sql": text})
    try:
        await migrate(url, folder, databases=["mysql"])
    except MigrationFailed as failed:
        # A server without the language's component refuses the whole statement, after reading it to its end.
        assert (failed.statement, failed.total) == (2, 3)
        assert "syntax" not in failed.server_message
        return
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT a FROM t") == 1
        kept = "SELECT routine_definition AS d FROM information_schema.routines WHERE routine_name = 'add1'"
        assert await db_manager.fetch_value(kept) == BODY
