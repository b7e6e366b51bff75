"""A set for several databases with a version for one of them alone."""

from pathlib import Path

import pytest

from tests.databases import count_rows
from tests.files import write_set
from whimbrel import ConfigurationError, ValidationFailed, info, migrate, validate
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


async def test_one_setting_says_it_for_all_versions_of_a_set(url: str, database: str, tmp_path: Path) -> None:
    other = next(name for name in DATABASES if name not in (database, "mysql"))
    files = {f"V{number}__other.{other}.sql": "CREATE TABLE nonsense (;" for number in range(2, 30)}
    files |= {"V1__t.sql": "CREATE TABLE t (a INTEGER);", f"V30__own.{database}.sql": "INSERT INTO t VALUES (30);"}
    folder = write_set(tmp_path / "chat", files)
    with pytest.raises(ValidationFailed, match="databases=variants"):
        await migrate(url, folder)
    write_set(tmp_path / "chat", {"whimbrel.sql": "-- whimbrel: databases=variants\n"})
    assert [one.version for one in (await migrate(url, folder)).applied] == ["1", "30"]
    assert (await migrate(url, folder)).already == 2
    assert await validate(url, folder) == []


async def test_a_set_for_another_database_is_refused_unless_other_sets_run_here(url: str, database: str, tmp_path: Path) -> None:
    other = next(name for name in DATABASES if name not in (database, "mysql"))
    theirs = write_set(tmp_path / "theirs", {"V1__a.sql": "nonsense", "whimbrel.sql": f"-- whimbrel: databases={other}\n"})
    ours = write_set(tmp_path / "ours", {"V1__t.sql": "CREATE TABLE t (a INTEGER);"})
    with pytest.raises(ConfigurationError, match=f"the sets are for {other} "):
        await migrate(url, theirs)
    assert [str(one) for one in (await migrate(url, ours, theirs)).applied] != []
    assert await validate(url, ours, theirs) == []


async def test_one_setting_gives_all_files_transactions_of_their_own(url: str, database: str, tmp_path: Path) -> None:
    # A file that rolls a part back needs the directive.
    text = "BEGIN; INSERT INTO t VALUES (1); COMMIT; BEGIN; INSERT INTO t VALUES (2); ROLLBACK;"
    files = {"V1__t.sql": "CREATE TABLE t (a INTEGER);", **{f"V{number}__rows.sql": text for number in range(2, 6)}}
    folder = write_set(tmp_path / "chat", files)
    with pytest.raises(ValidationFailed, match="transaction=off"):
        await migrate(url, folder)
    write_set(tmp_path / "chat", {"whimbrel.sql": "-- whimbrel: transaction=off lock_timeout=5s\n"})
    await migrate(url, folder)
    assert await count_rows(url, "t") == 4
