"""ALTER TYPE ... ADD VALUE, and statements that use the new value at once, run as in psql."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]
MADE = "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE p (a mood, n INTEGER DEFAULT 1);"
ADD = "ALTER TYPE mood ADD VALUE 'glad';\n"


async def moods(url: str) -> list[str]:
    async with DatabaseManager(url) as db_manager:
        return [row["a"] for row in await db_manager.fetch_all("SELECT CAST(a AS text) AS a FROM p ORDER BY p.a")]


@pytest.mark.parametrize(
    "use",
    [
        "INSERT INTO p VALUES ('glad');",
        "INSERT INTO p VALUES ('sad');\nUPDATE p SET a = 'glad';",
        "ALTER TABLE p ALTER COLUMN a SET DEFAULT 'glad'; INSERT INTO p DEFAULT VALUES;",
        "DO $$ BEGIN INSERT INTO p VALUES ('glad'); END $$;",
        "COPY p (a) FROM stdin;\nglad\n\\.\n",
        "INSERT INTO p VALUES ('glad'::mood);\nCREATE INDEX i ON p (n) WHERE a = 'glad';",
    ],
)
async def test_a_value_that_the_file_uses_at_once_is_added_by_itself(url: str, database: str, tmp_path: Path, use: str) -> None:
    folder = write_set(tmp_path / "enum", {"V1__m.sql": MADE, "V2__g.sql": ADD + use})
    await migrate(url, folder, databases=["postgresql"])
    assert await moods(url) == ["glad"]


async def test_a_file_goes_on_behind_its_value(url: str, database: str, tmp_path: Path) -> None:
    text = f"CREATE TABLE q (a INTEGER);\n{ADD}INSERT INTO p VALUES ('glad', 'x');"
    folder = write_set(tmp_path / "enum", {"V1__m.sql": MADE, "V2__g.sql": text})
    with pytest.raises(MigrationFailed, match="statements 1 to 2 are applied"):
        await migrate(url, folder, databases=["postgresql"])
    write_set(tmp_path / "enum", {"V2__g.sql": text.replace("'x'", "2")})
    await migrate(url, folder, databases=["postgresql"])
    assert await moods(url) == ["glad"]


async def test_a_value_whose_use_cannot_be_seen_is_told_of_transaction_off(url: str, database: str, tmp_path: Path) -> None:
    text = ADD + "INSERT INTO p VALUES (CAST('gl' || 'ad' AS mood));"
    folder = write_set(tmp_path / "enum", {"V1__m.sql": MADE, "V2__g.sql": text})
    with pytest.raises(MigrationFailed, match=r"next: .*transaction=off") as caught:
        await migrate(url, folder, databases=["postgresql"])
    assert caught.value.code == "55P04"
    write_set(tmp_path / "enum", {"V2__g.sql": "-- whimbrel: transaction=off\n" + text})
    await migrate(url, folder, databases=["postgresql"])
    assert await moods(url) == ["glad"]
