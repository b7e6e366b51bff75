"""The model that a run keeps beside the history: when it exists, the report of drift without one, and the users who may read
it.
"""

import asyncio
import os
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import run_sql
from tests.faults.victim import Death, child
from tests.files import write_set
from whimbrel import ConfigurationError, DatabaseError, DatabaseManager, ValidationFailed, drift, lifespan, migrate
from whimbrel.cli import main
from whimbrel.dialects.registry import find_dialect
from whimbrel.schema.codec import FORMAT
from whimbrel.session.session import Session
from whimbrel.url import parse_url

FIRST = {"V1__first.sql": "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);\n\nCREATE TABLE b (id INTEGER);"}
SECOND = {"V2__second.sql": "-- later\nALTER TABLE a ADD COLUMN more INTEGER;"}
ROWS = {"V2__rows.sql": "INSERT INTO b VALUES (1);"}
_number = count(1)


async def kept(url: str) -> int:
    """Return the number of kept models; -1 if there is no table for them."""
    async with DatabaseManager(url) as db_manager:
        tables = "sqlite_master WHERE name" if url.startswith("sqlite") else "information_schema.tables WHERE table_name"
        schema = {"m": " AND table_schema = DATABASE()", "p": " AND table_schema = 'public'"}.get(url[0], "")
        if not await db_manager.fetch_value(f"SELECT count(*) FROM {tables} = 'whimbrel_model'{schema}"):
            return -1
        return int(await db_manager.fetch_value("SELECT count(*) FROM whimbrel_model"))


async def told(url: str, *folders: str) -> list[str]:
    report = await drift(url, *folders)
    return [str(report)] if report.note else [str(one) for one in report.found]


@pytest.mark.asyncio
async def test_each_run_that_applies_something_keeps_one_model(url: str, tmp_path: Path) -> None:
    folder, other = write_set(tmp_path / "a", FIRST), write_set(tmp_path / "other", {"V1__c.sql": "CREATE TABLE c (id INTEGER);"})
    for folders, since in (((folder,), "a, version 1"), ((other,), "other, version 1"), ((folder, other), "other, version 1")):
        assert (await migrate(url, *folders)).warnings == ()
        assert await kept(url) == 1
        report = await drift(url, *folders)
        assert (report.since, report.found, report.note) == (since, (), "")
    write_set(tmp_path / "a", SECOND)
    await migrate(url, folder, other)
    assert (await drift(url, folder, other)).since == "a, version 2"
    assert await kept(url) == 1


@pytest.mark.asyncio
async def test_drift_names_the_file_and_the_line_that_made_an_object(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a", FIRST | SECOND)
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        for statement in ("DROP TABLE b", "ALTER TABLE a DROP COLUMN more", "CREATE TABLE c (id INTEGER)"):
            await db_manager.execute(statement)
    assert await told(url, folder) == [
        f"column a.more lost\n  made by {folder}/V2__second.sql:2",
        f"table b lost\n  made by {folder}/V1__first.sql:3",
        "table c added\n  no given file makes it",
    ]
    assert [one.made_by and one.made_by[:3] for one in (await drift(url, folder)).found] == [
        ("a", "V2__second.sql", 2),
        ("a", "V1__first.sql", 3),
        None,
    ]
    assert len((await drift(url, folder, ignore=["c"])).found) == 2


def test_the_command_returns_3_if_anything_has_drifted(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    command = ["--url", url, "--sql", folder]
    monkeypatch.chdir(tmp_path)
    assert main(["drift", *command]) == 0
    assert "no model of the schema is kept" in capsys.readouterr().out
    assert main(["migrate", *command]) == 0
    assert main(["drift", *command]) == 0
    assert "no drift since a, version 1, on " in capsys.readouterr().out
    run_sql(url, "CREATE TABLE other_c (id INTEGER)")
    assert main(["drift", *command]) == 3
    assert "table other_c added\n  no given file makes it\n1 difference since a, version 1, on " in capsys.readouterr().out
    assert main(["drift", *command, "--json"]) == 3
    assert '"made_by": null' in capsys.readouterr().out
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\ndrift-ignore = ["other_*"]\n')
    assert main(["drift", *command]) == 0


@pytest.mark.asyncio
async def test_what_is_accepted_is_no_drift_any_more(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    with pytest.raises(ConfigurationError, match="no migration was applied here"):
        await drift(url, folder, accept=True)
    assert await kept(url) == -1
    await migrate(url, folder, keep_model=False)
    report = await drift(url, folder, accept=True)
    assert (report.accepted, report.found, await kept(url)) == (True, (), 1)
    assert str(report).startswith("no model of the schema is kept, so nothing can be compared with it; accepted the schema as it")
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("CREATE TABLE meant (id INTEGER)")
    assert await told(url, folder) == ["table meant added\n  no given file makes it"]
    report = await drift(url, folder, accept=True)
    assert str(report).startswith("table meant added\n  no given file makes it\naccepted 1 difference since a, version 1, on ")
    assert (await told(url, folder), await kept(url)) == ([], 1)


def test_nothing_is_accepted_after_an_unfinished_migration(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    command = ["--url", url, "--sql", folder]
    assert main(["migrate", *command]) == 0
    assert main(["drift", "--accept", *command]) == 0
    run_sql(url, "CREATE TABLE meant (id INTEGER)")
    run_sql(url, "UPDATE whimbrel_history SET success = FALSE")
    assert main(["drift", "--accept", *command]) == 2
    assert "the last migration is unfinished" in capsys.readouterr().err
    run_sql(url, "UPDATE whimbrel_history SET success = TRUE")
    assert main(["drift", *command]) == 3


def test_no_model_is_kept_where_drift_is_off(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.whimbrel]\ndrift-ignore = ["*"]\n')
    assert main(["migrate", "--url", url, "--sql", write_set(tmp_path / "a", FIRST)]) == 0
    assert asyncio.run(kept(url)) == -1


@pytest.mark.asyncio
async def test_a_start_keeps_a_model_unless_it_is_told_otherwise(url: str, tmp_path: Path) -> None:
    app = SimpleNamespace(state=SimpleNamespace())
    folder = write_set(tmp_path / "a", FIRST)
    async with lifespan(url, folder, keep_model=False)(app):
        assert await kept(url) == -1
    write_set(tmp_path / "a", SECOND)
    async with lifespan(url, folder)(app):
        assert await told(url, folder) == []


@pytest.mark.asyncio
async def test_a_database_of_an_earlier_release_has_no_model_until_the_next_migration(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    await migrate(url, folder, keep_model=False)
    for _ in range(2):
        assert await told(url, folder) == [
            "no model of the schema is kept, so nothing can be compared with it; "
            "the next run that applies a migration keeps the model again, and so does drift --accept"
        ]
        assert not (await migrate(url, folder)).applied
    write_set(tmp_path / "a", SECOND)
    assert (await migrate(url, folder)).warnings == ()
    assert await told(url, folder) == []


@pytest.mark.parametrize("way", ["before", "after"])
def test_a_run_that_dies_between_its_last_record_and_its_model_causes_no_alarm(
    url: str, tmp_path: Path, way: str, database: str
) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    asyncio.run(migrate(url, folder))
    write_set(tmp_path / "a", SECOND)
    parsed = parse_url(url)
    schema = {"postgresql": "public", "sqlite": "main"}.get(database, parsed.database)
    quote = find_dialect(parsed).quote
    text = f"DELETE FROM {quote(schema)}.{quote('whimbrel_model')}"
    with child(url, folder, Death("before" if way == "before" else "after", text=text)) as victim:
        assert victim.hear().kind == "dying"
        victim.wait()
    if way == "before" or database == "sqlite":
        assert asyncio.run(told(url, folder)) == [
            "no model of the schema was kept since a, version 1, so nothing can be compared with it; "
            "the next run that applies a migration keeps the model again, and so does drift --accept"
        ]
    assert not asyncio.run(migrate(url, folder)).applied
    write_set(tmp_path / "a", {"V3__third.sql": "INSERT INTO b VALUES (3);"})
    assert asyncio.run(migrate(url, folder)).warnings == ()
    assert asyncio.run(told(url, folder)) == []


@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_a_user_who_may_create_no_table_migrates_with_a_warning(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    asyncio.run(migrate(url, folder, keep_model=False))
    name = f"writer_{os.getpid()}_{next(_number)}"
    host, schema = ("", "public") if database == "postgresql" else ("@localhost", url.rpartition("/")[2])
    granted = [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.{table} TO {name}{host}" for table in ("b", *TABLES)]
    run_sql(url, f"CREATE {'ROLE' if database == 'postgresql' else 'USER'} {name}{host}{LOGIN.get(database, '')}", *granted)
    try:
        write_set(tmp_path / "a", ROWS)
        scheme, _, rest = url.partition("://")
        report = asyncio.run(migrate(f"{scheme}://{name}@{rest.rpartition('@')[2]}", folder))
    finally:
        run_sql(
            url, *([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if database == "postgresql" else [f"DROP USER {name}{host}"])
        )
    assert [one.script for one in report.applied] == ["V2__rows.sql"]
    (warning,) = report.warnings
    assert "the migrations are applied, but the model of the schema was not kept" in warning.message
    assert f"{name} may not keep the model of the schema in {schema}" in warning.message


TABLES = ("whimbrel_history", "whimbrel_journal")
LOGIN = {"postgresql": " LOGIN"}


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [KeyError("a column"), DatabaseError("refused"), ConfigurationError("no reader")])
async def test_a_run_has_ended_well_even_if_its_schema_cannot_be_read(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(dialect: str) -> None:
        raise error

    folder = write_set(tmp_path / "a", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr("whimbrel.runner.keeping.find_inspector", fail)
        report = await migrate(url, folder)
    assert [one.script for one in report.applied] == ["V1__first.sql"]
    assert [str(error) in one.message and one.warning for one in report.warnings] == [True]
    assert "no model of the schema is kept" in (await drift(url, folder)).note
    write_set(tmp_path / "a", SECOND)
    assert (await migrate(url, folder)).warnings == ()
    assert await told(url, folder) == []


ENDLESS = {
    "postgresql": "SELECT pg_sleep(100000)",
    "mysql": "DO SLEEP(100000)",
    "mariadb": "DO SLEEP(100000)",
    "sqlite": "CREATE TEMP TABLE b AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT count(*) FROM c",
}


@pytest.mark.asyncio
async def test_a_run_has_ended_well_even_if_the_catalog_does_not_answer(
    url: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(session: Session) -> None:
        await session.connection.run(ENDLESS[database])

    folder = write_set(tmp_path / "a", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr("whimbrel.runner.keeping.read_schema", wait)
        patch.setattr("whimbrel.runner.keeping._SECONDS", 0.1)
        report = await migrate(url, folder)
    assert ([one.script for one in report.applied], len(report.warnings)) == (["V1__first.sql"], 1)
    assert "the catalog did not answer within 0.1 s" in report.warnings[0].message
    write_set(tmp_path / "a", SECOND)
    assert (await migrate(url, folder, lock_wait=0)).warnings == ()


@pytest.mark.asyncio
async def test_a_model_that_somebody_has_edited_is_refused(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        await db_manager.execute("UPDATE whimbrel_model SET model = 'other'")
        with pytest.raises((ValidationFailed, ConfigurationError), match="this is not the model of a schema"):
            await drift(url, folder)
        await db_manager.execute("DELETE FROM whimbrel_model")
    assert "no model of the schema is kept" in (await drift(url, folder)).note


@pytest.mark.asyncio
async def test_a_model_of_a_newer_version_is_not_compared(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_set(tmp_path / "a", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr("whimbrel.schema.codec.FORMAT", FORMAT + 1)
        await migrate(url, folder)
    assert "written by a newer version of Whimbrel" in (await drift(url, folder)).note
