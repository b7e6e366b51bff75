"""A plan is applied as it was read, or refused with the name of each difference."""

import asyncio
import copy
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Fresh, run_sql
from tests.faults.picture import draw
from tests.files import write_set
from whimbrel import DatabaseManager, MigrationFailed, PlanOutdated, PlanReport, migrate, plan

FIRST = "CREATE TABLE book (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL);"
SECOND = "CREATE INDEX by_title ON book (title);\nINSERT INTO book (id, title) VALUES (1, 'Emma');\n"
FILES = {"V1__book.sql": FIRST, "V2__more.sql": SECOND}
_number = count(1)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return write_set(tmp_path / "here" / "books", FILES)


async def refused(url: str, folder: str, planned: object, **options: Any) -> dict[str, tuple[str, str]]:
    """Return the differences by their names."""
    with pytest.raises(PlanOutdated, match=r"the plan does not hold: .* nothing was changed") as failed:
        await migrate(url, folder, plan=planned, **options)  # type: ignore[arg-type]
    return {one.what: (one.planned, one.now) for one in failed.value.differences}


def rewritten(path: Path, text: str) -> Callable[[], object]:
    """Return a function that writes a file; an empty text deletes it."""
    return lambda: path.write_text(text) if text else path.unlink()


def sql(url: str, statement: str) -> Callable[[], object]:
    return lambda: run_sql(url, statement)


COLLATION = ("ALTER DATABASE {name} COLLATE {value}", "the database's collation", "utf8mb4_bin")
SETTINGS = {
    "postgresql": ("ALTER DATABASE {name} SET intervalstyle TO {value}", "IntervalStyle", "sql_standard"),
    "mysql": COLLATION,
    "mariadb": COLLATION,
}
Change = tuple[str, Callable[[], object], Callable[[], object]]


def changes(url: str, folder: Path, database: str, document: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the name of a difference, the function that makes it, and the one that takes it back."""
    first = "WHERE set_name = 'books' AND version = '1'"
    history = "UPDATE whimbrel_history SET {change} " + first
    second, third = folder / "V2__more.sql", folder / "V3__c.sql"
    yield "the file books/V2__more.sql", rewritten(second, f"{SECOND}-- later\n"), rewritten(second, SECOND)
    yield (
        "books/V2__more.sql, bytes",
        lambda: second.write_bytes(SECOND.replace("\n", "\r\n").encode()),
        rewritten(second, SECOND),
    )
    yield "the file books/V3__c.sql", rewritten(third, "SELECT 1;"), rewritten(third, "")
    yield "the file books/V2__more.sql", rewritten(second, ""), rewritten(second, SECOND)
    for what, change, back in (
        ("books 1, checksum", "checksum = 'v1:sha256:0'", f"checksum = '{checksum(FIRST)}'"),
        ("books 1, rank", "installed_rank = 7", "installed_rank = 1"),
        ("books 1, description", "description = 'x'", "description = 'book'"),
    ):
        yield f"the history, {what}", sql(url, history.format(change=change)), sql(url, history.format(change=back))
    other = "UPDATE whimbrel_identity SET identity = '{}'"
    yield "the database's identity", sql(url, other.format("x")), sql(url, other.format(document["database"]["identity"]))
    yield (
        "the schema, column book.more",
        sql(url, "ALTER TABLE book ADD COLUMN more INTEGER"),
        sql(url, "ALTER TABLE book DROP COLUMN more"),
    )
    yield "the schema, table other", sql(url, "CREATE TABLE other (id INTEGER)"), sql(url, "DROP TABLE other")
    if database in SETTINGS:
        text, setting, value = SETTINGS[database]
        changed, back = (text.format(name=url.rpartition("/")[2], value=one) for one in (value, document["settings"][setting]))
        yield f"the setting {setting}", sql(url, changed), sql(url, back)


def checksum(text: str) -> str:
    from whimbrel.migrations.migration import checksum

    return checksum(text)


def edited(document: Mapping[str, Any], *path: str | int) -> dict[str, Any]:
    """Return a document with another value at this place."""
    found: Any = copy.deepcopy(dict(document))
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "edited"
    return dict(found)


EDITED = {
    "Whimbrel's version": ("whimbrel",),
    "the server's version": ("database", "version"),
    "the setting all of it": ("settings",),
    "the option --target": ("options", "target"),
    "the schema's fingerprint": ("fingerprint",),
    "books/V2__more.sql, statement 2, text": ("pending", 0, "statements", 1, "text"),
    "books/V2__more.sql, lock timeout": ("pending", 0, "lock_timeout"),
    "books/V2__more.sql, place": ("pending", 0, "place"),
}


@pytest.mark.asyncio
async def test_every_kind_of_tampering_is_refused_by_its_name(url: str, folder: str, database: str) -> None:
    await migrate(url, folder, version="1")
    planned = await plan(url, folder)
    for what, change, back in changes(url, Path(folder), database, planned.document):
        await asyncio.to_thread(change)
        assert what in await refused(url, folder, planned)
        await asyncio.to_thread(back)
    before = await draw(url)
    for what, path in EDITED.items():
        assert what in await refused(url, folder, PlanReport(edited(planned.document, *path)))
    assert await refused(url, folder, planned, out_of_order=True) == {"the option --out-of-order": ("off", "on")}
    assert await refused(url, folder, planned, version="2") == {"the option --target": ("none", "2")}
    assert await draw(url) == before
    assert [one.script for one in (await migrate(url, folder, plan=planned)).applied] == ["V2__more.sql"]
    assert "the history, books 2" in await refused(url, folder, planned)


@pytest.mark.asyncio
async def test_a_plan_of_one_machine_is_applied_on_another(url: str, folder: str, tmp_path: Path) -> None:
    there = write_set(tmp_path / "there" / "books", FILES)
    before = await draw(url)
    planned = await plan(url, folder)
    assert (await plan(url, there)).json() == planned.json()
    assert str(tmp_path) not in planned.json()
    assert await draw(url) == before
    file = tmp_path / "plan.json"
    file.write_text(planned.json())
    assert (await migrate(url, there, plan=file, dry_run=True)).pending == ("books/V1__book.sql", "books/V2__more.sql")
    assert len((await migrate(url, there, plan=file)).applied) == 2
    again = await plan(url, folder)
    assert again.document["pending"] == []
    assert (await migrate(url, there, plan=again)).already == 2


@pytest.mark.asyncio
async def test_a_plan_after_a_failed_and_mended_run_says_where_it_resumes(url: str, folder: str, tmp_path: Path) -> None:
    wrong = (
        "-- whimbrel: transaction=off\nCREATE TABLE a (id INTEGER);\nCREATE TABLE b (id INTEGER);\nINSERT INTO c VALUES (1);\n"
    )
    write_set(Path(folder), {"V3__c.sql": wrong})
    early = await plan(url, folder)
    with pytest.raises(MigrationFailed):
        await migrate(url, folder, plan=early)
    assert "the history, books 3" in await refused(url, folder, early)
    write_set(Path(folder), {"V3__c.sql": wrong.replace("INTO c", "INTO b")})
    planned = await plan(url, folder)
    (file,) = planned.document["pending"]
    assert (file["runs"], file["resumes_at"], [one["number"] for one in file["statements"]]) == ("journal", 3, [3])
    assert "resumes at statement 3 of 3" in str(planned)
    assert [one.statements for one in (await migrate(url, folder, plan=planned)).applied] == [1]


@pytest.fixture
def reader(url: str, database: str) -> Iterator[Callable[[], str]]:
    """Return a function that makes a user who may only read, and returns the address for this user."""
    name, host = f"planner_{os.getpid()}_{next(_number)}", "" if database == "postgresql" else "@localhost"

    def made() -> str:
        if database == "sqlite":
            return f"{url}?mode=ro"
        created = f"CREATE ROLE {name} LOGIN" if database == "postgresql" else f"CREATE USER {name}{host}"
        granted = "ALL TABLES IN SCHEMA public" if database == "postgresql" else f"{url.rpartition('/')[2]}.*"
        run_sql(url, created, f"GRANT SELECT ON {granted} TO {name}{host}")
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{name}@{rest.rpartition('@')[2]}"

    yield made
    if database != "sqlite":
        dropped = [f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if database == "postgresql" else [f"DROP USER {name}{host}"]
        run_sql(url, *dropped)


@pytest.mark.asyncio
async def test_who_may_only_read_makes_the_same_plan(url: str, folder: str, reader: Callable[[], str], database: str) -> None:
    await migrate(url, folder, version="1")
    trigger = "CREATE TRIGGER t BEFORE INSERT ON book FOR EACH ROW "
    body = {"postgresql": "EXECUTE FUNCTION suppress_redundant_updates_trigger()", "sqlite": "BEGIN SELECT 1; END"}
    if database != "postgresql":
        # On MySQL and MariaDB, this user does not see it.
        await asyncio.to_thread(run_sql, url, trigger + body.get(database, "SET NEW.title = 'x'"))
    before = await draw(url)
    planned = await plan(await asyncio.to_thread(reader), folder)
    assert await draw(url) == before
    if database in ("postgresql", "sqlite"):
        assert planned == await plan(url, folder)
    assert len((await migrate(url, folder, plan=planned)).applied) == 1


@pytest.mark.asyncio
async def test_the_plan_of_an_empty_database_is_bound_to_its_server_and_name(
    url: str, fresh: Fresh, folder: str, database: str
) -> None:
    other = await asyncio.to_thread(fresh)
    planned = await plan(url, folder)
    if database != "sqlite":
        assert "the database's name" in await refused(other, folder, planned)
        assert "the server" in await refused(url, folder, PlanReport(edited(planned.document, "database", "server")))
    assert len((await migrate(url, folder, plan=planned)).applied) == 2


@pytest.mark.asyncio
async def test_a_database_has_one_identity_from_its_first_run_on(url: str, folder: str) -> None:
    await asyncio.gather(*(migrate(url, folder) for _ in range(3)))

    async def identities() -> list[str]:
        async with DatabaseManager(url) as db_manager:
            return [row["identity"] for row in await db_manager.fetch_all("SELECT identity FROM whimbrel_identity")]

    (identity,) = await identities()
    assert len(identity) == 32
    write_set(Path(folder), {"V3__c.sql": "CREATE TABLE c (id INTEGER);"})
    await migrate(url, folder)
    assert await identities() == [identity]


@pytest.mark.asyncio
async def test_measured_facts_are_in_the_plan_and_bind_nothing(url: str, folder: str, database: str) -> None:
    await migrate(url, folder, version="1")
    # The last file is left for a later run.
    dropped = "CREATE TABLE page (id INTEGER);\nDROP TABLE page;\nDROP TABLE book;"
    write_set(Path(folder), {"V3__c.sql": dropped, "V4__d.sql": "SELECT nothing_like_it;"})
    before, on = await draw(url), "sqlite://" if database == "sqlite" else url
    planned = await plan(url, folder, version="3", on=on)
    assert (await plan(url, folder, version="3", on=on)).json() == planned.json()
    assert await draw(url) == before
    (index, insert), (made, gone, lost) = ([one["facts"] for one in file["statements"]] for file in planned.document["pending"])
    assert "locks" in index
    before_insert, after_insert = insert["counts"]["book"]
    assert after_insert == before_insert + 1
    assert not {"locks", "counts"} & {*made, *gone}
    assert lost["counts"]["book"][1] == 0
    assert f"measured on {index['server']}: " in str(planned)
    assert f"measured on {index['server']}: " in planned.markdown()
    plain = await plan(url, folder, version="3")
    assert "measured on" not in str(plain)
    assert await refused(url, folder, PlanReport(edited(planned.document, "whimbrel")), version="3")
    assert len((await migrate(url, folder, plan=planned, version="3")).applied) == 2
