"""A database of an earlier release: this release opens it with one query, reads it without writing, and continues to migrate
it.
"""

import asyncio
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from tests.upgrade.kept import APP, HALF, TENANT, folders, restored
from whimbrel import (
    DatabaseManager,
    MigrationFailed,
    MigrationsPending,
    State,
    info,
    migrate,
    onboard,
    sync_tenants,
    tenant_status,
    validate,
)
from whimbrel.dialects.connection import Connection
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup

_number = count(1)


@pytest.fixture
def kept(url: str, database: str) -> Iterator[str]:
    with restored(url, database) as address:
        yield address


@pytest.fixture
def sets(tmp_path: Path) -> dict[str, str]:
    return folders(tmp_path)


@pytest.fixture
def reader(kept: str, database: str) -> Iterator[str]:
    """The address of the same database for a user who may only read."""
    if database == "sqlite":
        yield f"{kept}?mode=ro"
        return
    name, schema = f"reader_{os.getpid()}_{next(_number)}", kept.rpartition("/")[2]
    host = "" if database == "postgresql" else "@localhost"
    created = f"CREATE ROLE {name} LOGIN" if database == "postgresql" else f"CREATE USER {name}{host}"
    granted = "ALL TABLES IN SCHEMA public" if database == "postgresql" else f"{schema}.*"
    run_sql(kept, created, f"GRANT SELECT ON {granted} TO {name}{host}")
    scheme, _, rest = kept.partition("://")
    yield f"{scheme}://{name}@{rest.rpartition('@')[2]}"
    dropped = [f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if database == "postgresql" else [f"DROP USER {name}{host}"]
    run_sql(kept, *dropped)


@pytest.fixture
def asked(kept: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent from now on."""
    sent: list[str] = []
    for kind in _kinds(Connection):
        for name in ("fetch_all", "fetch_together", "fetch_lines", "run", "send", "execute"):
            if name in vars(kind):
                monkeypatch.setattr(kind, name, _noting(getattr(kind, name), sent))
    return sent


def _kinds(kind: type[Any]) -> list[type[Any]]:
    return [kind, *(one for each in kind.__subclasses__() for one in _kinds(each))]


def _noting(method: Any, sent: list[str]) -> Any:
    async def noting(connection: Connection, statement: object, *rest: Any, **options: Any) -> Any:
        sent.append(str(statement))
        return await method(connection, statement, *rest, **options)

    return noting


async def numbers(url: str, table: str) -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["id"] for row in await db_manager.fetch_all(f"SELECT id FROM {table} ORDER BY id")]


@pytest.mark.asyncio
async def test_a_start_with_nothing_to_do_asks_one_question(kept: str, sets: dict[str, str], asked: list[str]) -> None:
    assert (await migrate(kept, sets["app"])).already == 2
    assert len(asked) == 1, asked


@pytest.mark.asyncio
async def test_who_may_only_read_starts_too(reader: str, sets: dict[str, str], asked: list[str]) -> None:
    assert (await migrate(reader, sets["app"])).already == 2
    assert len(asked) == 1, asked
    for mode in ("migrate", "check", "wait"):
        await prepare(reader, Startup(), wanted=Wanted([sets["app"]], mode, 1))
    with pytest.raises(MigrationsPending):
        await prepare(reader, Startup(), wanted=Wanted([sets["half"]], "check", 1))
    assert [one.state for one in await info(reader, sets["app"], sets["half"])] == [State.SUCCESS, State.SUCCESS, State.PARTIAL]
    assert await validate(reader, sets["app"], sets["half"]) == []


@pytest.mark.asyncio
async def test_it_is_migrated_further(kept: str, sets: dict[str, str]) -> None:
    write_set(Path(sets["app"]), {"V3__c.sql": "INSERT INTO a VALUES (3);"})
    report = await migrate(kept, sets["app"])
    assert ([one.version for one in report.applied], report.already) == (["3"], 2)
    assert await numbers(kept, "a") == [1, 2, 3]
    async with DatabaseManager(kept) as db_manager:
        assert await db_manager.fetch_value("SELECT count(*) FROM whimbrel_identity") == 1
    assert (await migrate(kept, sets["app"])).already == 3


@pytest.mark.asyncio
async def test_its_half_applied_files_go_on_where_they_stopped(kept: str, sets: dict[str, str]) -> None:
    with pytest.raises(MigrationFailed, match="statement 3 of 3"):
        await migrate(kept, sets["half"])
    write_set(Path(sets["half"]), {name: text.replace("nowhere", "half_a") for name, text in HALF.items()})
    await migrate(kept, sets["half"], sets["lost"])
    assert (await numbers(kept, "half_a"), await numbers(kept, "lost_b")) == ([1, 2], [1])
    assert (await migrate(kept, sets["half"], sets["lost"])).already == 2


@pytest.mark.asyncio
async def test_its_tenants_are_brought_up_and_new_ones_made(kept: str, database: str, sets: dict[str, str]) -> None:
    assert [(one.name, str(one.state)) for one in (await tenant_status(kept, sets["tenant"]))] == [(TENANT, "up to date")]
    assert (await sync_tenants(kept, sets["tenant"])).up_to_date == 1
    write_set(Path(sets["tenant"]), {"V2__t.sql": "INSERT INTO t VALUES (2);"})
    assert (await sync_tenants(kept, sets["tenant"])).done == (TENANT,)
    try:
        assert len((await onboard(kept, "kept_zeta", sets["tenant"])).applied) == 2
    finally:
        if database in ("mysql", "mariadb"):
            async with DatabaseManager(kept) as db_manager:
                await db_manager.execute("DROP DATABASE IF EXISTS kept_zeta")


COLUMNS = (
    "set_name, version, installed_rank, description, script, checksum, statement_hashes, installed_by, installed_on, "
    "execution_time, min_app, success"
)
JOURNAL = (
    "set_name, version, first_statement, last_statement, state, kind, digest, catalog_before, shown, started_on, finished_on"
)
# The statements of release 0.1.0, without the conditions of the lock.
OLD_RELEASE = (
    "SELECT set_name, version, description, checksum, success FROM whimbrel_history WHERE set_name = 'app'",
    "SELECT set_name, version, description, script, checksum, installed_rank, installed_on, execution_time, min_app, success "
    "FROM whimbrel_history WHERE set_name = 'app'",
    f"INSERT INTO whimbrel_history ({COLUMNS}) VALUES ('old', '1', 99, 'o', 'V1__o.sql', 'v1:sha256:0', '', 'me', "
    "'2026-01-01 00:00:00', 0, '', FALSE)",
    f"INSERT INTO whimbrel_journal ({JOURNAL}) VALUES ('old', '1', 1, 1, 'intent', 'INSERT', '', '', '', "
    "'2026-01-01 00:00:00', NULL)",
    "SELECT first_statement, last_statement, state, kind, digest, started_on, catalog_before, shown FROM whimbrel_journal "
    "WHERE set_name = 'old' AND version = '1' ORDER BY first_statement",
    "DELETE FROM whimbrel_journal WHERE set_name = 'old' AND version = '1'",
    "UPDATE whimbrel_history SET description = 'o', statement_hashes = 'x', success = TRUE WHERE set_name = 'old'",
    "DELETE FROM whimbrel_history WHERE set_name = 'old'",
)


def test_a_replica_of_the_old_release_goes_on_beside_this_one(kept: str, database: str, sets: dict[str, str]) -> None:
    write_set(Path(sets["app"]), {**APP, "V3__c.sql": "INSERT INTO a VALUES (3);"})
    asyncio.run(migrate(kept, sets["app"]))
    run_sql(kept, *OLD_RELEASE)
    if database == "postgresql":
        # Release 0.1.0 trusts no table with defaults, checks or other types, so a new column must have none of these.
        faults = (
            "SELECT count(*) FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relname LIKE 'whimbrel%'",
            "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
            "WHERE c.relname LIKE 'whimbrel%' AND k.contype NOT IN ('p', 'u', 'n')",
        )

        async def read() -> list[object]:
            async with DatabaseManager(kept) as db_manager:
                return [await db_manager.fetch_value(query) for query in faults]

        assert asyncio.run(read()) == [0, 0]
