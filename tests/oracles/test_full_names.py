"""Every statement that Whimbrel sends to PostgreSQL names the schema of every object in it. The runs cover as many features as
possible.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pglast
import pytest

from database import drop_chat_tables, initialize_chat_schema, initialize_database
from database.schemas import sql_folder
from tests.files import write_set
from tests.oracles.full_names import unqualified
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import (
    DatabaseManager,
    LockTimeout,
    MigrationFailed,
    WhimbrelError,
    baseline,
    detect_baseline,
    drift,
    info,
    migrate,
    onboard,
    plan,
    repair,
    resolve,
    sync_tenants,
    tenant_status,
    validate,
)
from whimbrel.dialects.clones import find_copies
from whimbrel.dialects.postgresql.driver import Driver
from whimbrel.parsing.splitter import split
from whimbrel.session.connect import open_session
from whimbrel.startup.modes import Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.tenants import tenants_listed
from whimbrel.url import parse_url

POSTGRESQL = pytest.mark.only("postgresql")

FILES = {
    "V1__a.sql": "CREATE TABLE a (id INTEGER);",
    "V2__b.sql": "-- whimbrel: transaction=off\nINSERT INTO a VALUES (1);\nCREATE INDEX CONCURRENTLY by_id ON a (id);\nVACUUM a;",
    "V3__c.sql": "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE c (felt mood);\nINSERT INTO c VALUES ('calm');",
    "V4__d.sql": "-- whimbrel: transaction=off\nREINDEX TABLE a;\nDROP INDEX CONCURRENTLY by_id;\nREINDEX INDEX by_id;",
}
SLOW = "SELECT pg_sleep(5);"
# These statements belong to scripts and to the application.
OTHERS = ("SELECT pg_sleep(0)", "SELECT felt FROM c")


class Sent:
    """Return the SQL that the library sent; a file, a script and the application send their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        for name in ("execute", "_copy_out", "_Connection__execute", "_do_execute"):
            self._record(monkeypatch, name)

    def _record(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        original = getattr(Driver, name)

        def recorded(driver: Any, text: str, *arguments: Any, **options: Any) -> Any:
            self.texts.append(text)
            return original(driver, text, *arguments, **options)

        monkeypatch.setattr(Driver, name, recorded)

    def ours(self, theirs: str) -> set[str]:
        """Return the single statements that are not in the text of the others."""
        statements = {one for text in set(self.texts) if text for one in pglast.split(text)}
        return {one for one in statements if one.strip().rstrip(";") not in theirs}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(monkeypatch)


def judge(sent: Sent, *theirs: str) -> set[str]:
    folder = Path(__file__).parents[2] / "sql"
    shipped_files = [file.read_text() for file in folder.rglob("*.sql")]
    ours = sent.ours("\n".join([*FILES.values(), *shipped_files, SLOW, *OTHERS, *theirs]))
    assert {one: found for one in ours if (found := unqualified(one))} == {}
    return ours


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT now()", ["FuncCall: now"]),
        ("SELECT pg_catalog.now() OPERATOR(pg_catalog.=) pg_catalog.now()", []),
        ("SELECT 1 WHERE 1 = 1", ["A_Expr: ="]),
        ("SELECT 1 WHERE 'a' OPERATOR(pg_catalog.=) ANY (SELECT 'b')", []),
        ("SELECT 1 WHERE 'a' IN (SELECT 'b')", ["SubLink: IN"]),
        ("SELECT 1 WHERE 1 IN (1, 2)", ["A_Expr: =", "A_Expr: AEXPR_IN"]),
        ("SELECT 1 WHERE 'a' LIKE 'b'", ["A_Expr: ~~", "A_Expr: AEXPR_LIKE"]),
        ("SELECT CASE 1 WHEN 2 THEN 3 END", ["CaseExpr: CASE x WHEN"]),
        ("SELECT CAST(1 AS text), 2::oid, CAST(3 AS BIGINT)", ["TypeName: text", "TypeName: oid"]),
        ("SELECT * FROM pg_class", ["RangeVar: pg_class"]),
        ("WITH x AS (SELECT 1) SELECT * FROM x JOIN s.t USING (id)", ["JoinExpr: USING"]),
        ("CREATE TABLE s.t (a TEXT, b VARCHAR(5), c TIMESTAMP WITH TIME ZONE)", ["TypeName: text"]),
        ("SELECT pg_catalog.ts_stat('SELECT a = b FROM %I.%I')", ["A_Const: A_Expr: ="]),
        ('SELECT a COLLATE "C" FROM s.t', ["CollateClause: C"]),
    ],
)
def test_the_judge_sees_what_has_no_schema(sql: str, names: list[str]) -> None:
    assert unqualified(sql) == names


@POSTGRESQL
def test_all_verbs_name_the_schemas(url: str, tmp_path: Path, sent: Sent, database: str) -> None:
    asyncio.run(_verbs(url, tmp_path))
    ours = judge(sent)
    for word in (
        "whimbrel_journal",
        "whimbrel_model",
        "whimbrel_identity",
        "pg_control_system",
        "ts_stat",
        "pg_trigger",
        "'baseline'",
        "pg_stat_progress_create_index",
        "pg_stat_activity",
        "FROM pg_catalog.pg_locks",
    ):
        assert any(word in one for one in ours), word


async def _verbs(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "sql" / "rich", FILES)
    slow = write_set(tmp_path / "sql" / "slow", {"V1__s.sql": SLOW})
    for _ in range(2):
        with pytest.raises(MigrationFailed):
            await migrate(url, folder)
    with suppress(WhimbrelError):
        await resolve(url, "rich", "4", 3, applied=True)
    write_set(tmp_path / "sql" / "rich", {"V4__d.sql": FILES["V4__d.sql"].rpartition("\n")[0]})
    write_set(tmp_path / "sql" / "rich", {"V1__a.sql": FILES["V1__a.sql"] + "--"})
    await repair(url, folder)
    await migrate(url, folder, dry_run=True)
    await migrate(url, folder, plan=await plan(url, folder))
    with pytest.raises(MigrationFailed):
        await migrate(url, slow, statement_timeout=0.1)
    await info(url, folder)
    await drift(url, folder)
    await validate(url, folder)
    again = write_set(tmp_path / "sql" / "again", {"V1__a.sql": FILES["V1__a.sql"]})
    assert (await detect_baseline(url, again)).version == "1"
    await baseline(url, again, version="1")
    for mode in ("migrate", "check", "wait"):
        await prepare(url, Startup(), wanted=Wanted([folder], mode, 5))
    async with open_session(url) as holder, holder.locked(1):
        with pytest.raises(LockTimeout):
            await migrate(url, slow, lock_wait=0.1)
        await holder.dialect.blockers(holder.connection, "SELECT * FROM a")
    async with DatabaseManager(url) as db_manager:
        await initialize_database(db_manager)
        await initialize_chat_schema(db_manager)
        await drop_chat_tables(db_manager)
        assert (await db_manager.execute_script(OTHERS[0])).success
        await db_manager.fetch_all(OTHERS[1])
    (tmp_path / "sql" / "rich").rename(tmp_path / "sql" / "richer")
    richer = tmp_path / "sql" / "richer"
    assert await repair(url, str(richer), rename_set="rich") == ["richer"]
    (richer / "V4__d.sql").rename(richer / "V5__d.sql")
    assert await repair(url, str(richer), renumber=True) == ["richer/V5__d.sql"]


@POSTGRESQL
def test_an_intent_is_settled_with_full_names(url: str, tmp_path: Path, sent: Sent, database: str) -> None:
    """A run that died with each kind of statement, so that the catalog is asked."""
    kinds = (
        *("CREATE DATABASE x_y", "DROP TABLESPACE x_y", "DROP SUBSCRIPTION x_y"),
        *("CREATE INDEX CONCURRENTLY by_id ON a (id)", "DROP INDEX CONCURRENTLY by_id", "REINDEX INDEX by_id"),
    )

    async def ask() -> None:
        await migrate(url, write_set(tmp_path / "rich", {"V1__a.sql": FILES["V1__a.sql"]}))
        async with open_session(url) as session:
            for kind in kinds:
                statement = next(iter(split(kind, "postgresql")))
                before = await session.dialect.snapshot_objects(session.connection, statement)
                await session.dialect.settle(session.connection, statement, before)

    asyncio.run(ask())
    ours = judge(sent)
    assert sum("AS valid" in one for one in ours) >= 5


@POSTGRESQL
def test_tenants_name_the_schemas(url: str, tmp_path: Path, sent: Sent, database: str) -> None:
    folder = write_set(tmp_path / "sql" / "tenant", {"V1__t.sql": FILES["V1__a.sql"]})

    async def work() -> None:
        await onboard(url, "acme", folder)
        write_set(tmp_path / "sql" / "tenant", {"V2__t.sql": "SELECT 1 / 0"})
        assert (await sync_tenants(url, folder)).failed
        await tenants_listed(url)
        await tenant_status(url, folder)

    asyncio.run(work())
    assert any("whimbrel_tenants" in one for one in judge(sent, "SELECT 1 / 0"))


@POSTGRESQL
def test_a_place_elsewhere_is_found_with_full_names(url: str, tmp_path: Path, sent: Sent, database: str) -> None:
    folder, name = write_set(tmp_path / "rich", {"V1__a.sql": FILES["V1__a.sql"]}), url.rpartition("/")[2]
    alter = ("CREATE SCHEMA own", f"ALTER DATABASE {name} SET search_path TO own")

    async def work() -> None:
        await migrate(url, folder)
        async with DatabaseManager(url) as db_manager:
            for one in alter:
                await db_manager.execute(one)
        assert (await migrate(url, folder)).already == 1

    asyncio.run(work())
    assert any("UNION ALL" in one for one in judge(sent, *alter))


@POSTGRESQL
def test_copies_name_the_schemas(url: str, tmp_path: Path, sent: Sent, database: str) -> None:
    insert = "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES ('a', 'a', 'a', 'a', now())"

    async def work() -> None:
        copies = find_copies(parse_url(url), "c", tmp_path, lambda copy: migrate(copy, sql_folder("auth"), sql_folder("chat")))
        await copies.open()
        try:
            for _ in range(2):
                copy = await copies.take()
                async with DatabaseManager(copy) as db_manager:
                    await db_manager.execute(insert)
                await copies.give_back(copy)
        finally:
            await copies.close()

    asyncio.run(work())
    assert any("xmin" in one for one in judge(sent, insert))


@POSTGRESQL
def test_behind_a_pooler_the_schemas_are_named(
    url: str, servers: dict[str, Server], tmp_path: Path, sent: Sent, database: str
) -> None:
    with in_front_of(servers["postgresql"]) as pooler:
        pooled = f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"
        folder = write_set(tmp_path / "rich", {name: FILES[name] for name in ("V1__a.sql", "V3__c.sql")})

        async def work() -> None:
            assert len((await migrate(pooled, folder)).applied) == 2
            assert (await migrate(pooled, folder)).already == 2
            async with DatabaseManager(pooled, schema="public") as db_manager:
                await db_manager.fetch_all(OTHERS[1])

        asyncio.run(work())
    assert any("pg_try_advisory_xact_lock" in one for one in judge(sent))
