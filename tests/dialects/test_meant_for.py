"""A set for several databases with a version for one of them alone."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import info, migrate, validate
from whimbrel.url import DATABASES

pytestmark = pytest.mark.asyncio


async def test_a_version_for_another_database_is_nothing_here(url: str, database: str, tmp_path: Path) -> None:
    other = next(name for name in DATABASES if name not in (database, "mysql"))
    files = {
        "V1__t.sql": "CREATE TABLE t (a INTEGER);",
        f"V2__other.{other}.sql": f"-- whimbrel: databases={other}\nCREATE TABLE nonsense (;",
        "V3__own.sql": f"-- whimbrel: databases={database}\nINSERT INTO t VALUES (3);",
        "V4__all.sql": "INSERT INTO t VALUES (4);",
    }
    folder = write_set(tmp_path / "chat", files)
    report = await migrate(url, folder)
    assert [one.version for one in report.applied] == ["1", "3", "4"]
    again = await migrate(url, folder)
    assert (again.applied, again.already) == ((), 3)
    assert [str(one.version) for one in await info(url, folder)] == ["1", "3", "4"]
    assert await validate(url, folder) == []
