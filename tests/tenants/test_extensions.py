"""PostgreSQL: extensions work for tenants, or an error names the schema of the extension and the next step."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from tests.fleet import Fleet
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import (
    ConfigurationError,
    DatabaseManager,
    MigrationFailed,
    ValidationFailed,
    migrate,
    onboard,
    sync_tenants,
    tenant_manager,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]

ACCOUNTS = "CREATE TABLE account (email {type} NOT NULL);\nINSERT INTO account VALUES ('Ada@Example.org');"
FOUND = "SELECT count(*) FROM account WHERE email = :e"
ADA = {"e": "ada@example.org"}


async def prepare(fleet: Fleet, *statements: str, path: str = "") -> None:
    name = fleet.url.rpartition("/")[2]
    setting = (f"ALTER DATABASE {name} SET search_path TO {path}",) if path else ()
    await asyncio.to_thread(run_sql, fleet.url, *statements, *setting)


def blueprint(fleet: Fleet, *texts: str) -> str:
    return write_set(fleet.folder / "sql" / "tenant" / "kit", {f"V{number}__v.sql": text for number, text in enumerate(texts, 1)})


async def apart(fleet: Fleet, *extensions: str) -> None:
    """Install extensions in a schema without tables, which the search_path names."""
    made = (f"CREATE EXTENSION {name} SCHEMA extensions" for name in extensions)
    await prepare(fleet, "CREATE SCHEMA extensions", *made, path='"$user", public, extensions')


@pytest.mark.parametrize("kind", ["CITEXT", "extensions.CITEXT"])
async def test_a_tenant_compares_as_the_extension_does(fleet: Fleet, kind: str, database: str) -> None:
    await apart(fleet, "citext")
    update = "UPDATE account SET email = 'Grace@Example.org' WHERE email = 'ADA@example.org';"
    folder = blueprint(fleet, ACCOUNTS.format(type=kind), update)
    for name in fleet.names(2):
        await onboard(fleet.url, name, folder)
        async with tenant_manager(fleet.url, name) as tenant:
            assert await tenant.fetch_value(FOUND, {"e": "grace@example.org"}) == 1
            with pytest.raises(Exception, match="whimbrel_tenants"):
                await tenant.fetch_all("SELECT * FROM whimbrel_tenants")


async def test_a_tenant_uses_operator_classes_functions_and_types(fleet: Fleet, database: str) -> None:
    await apart(fleet, "pg_trgm", "btree_gist", "hstore")
    text = """
        CREATE TABLE t (id INTEGER, word TEXT, more HSTORE, EXCLUDE USING gist (id WITH =));
        CREATE INDEX by_word ON t USING gin (word gin_trgm_ops);
        INSERT INTO t VALUES (1, 'migration', 'a=>1');
        DELETE FROM t WHERE NOT (word % 'migratoin' AND more -> 'a' = '1' AND similarity(word, 'm') > 0);"""
    await onboard(fleet.url, fleet.name(1), blueprint(fleet, text))
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        assert await tenant.fetch_value("SELECT count(*) FROM t WHERE word % :w", {"w": "migratoin"}) == 1
        assert (await tenant.execute_script("INSERT INTO t SELECT 2, word, 'b=>2' FROM t WHERE word % 'migratoin'")).success


async def test_behind_a_pooler_a_tenant_compares_alike(fleet: Fleet, servers: dict[str, Server], database: str) -> None:
    await apart(fleet, "citext")
    with in_front_of(servers["postgresql"]) as pooler:
        pooled = f"{pooler.url.rpartition('/')[0]}/{fleet.url.rpartition('/')[2]}"
        await onboard(pooled, fleet.name(1), blueprint(fleet, ACCOUNTS.format(type="CITEXT")))
        async with tenant_manager(pooled, fleet.name(1)) as tenant:
            assert await tenant.fetch_value(FOUND, ADA) == 1


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("public.CITEXT", ""),
        ("public.CITEXT[]", ""),
        ("public.address", "CREATE DOMAIN public.address AS public.CITEXT"),
        ("kit.CITEXT", "CREATE SCHEMA kit; ALTER EXTENSION citext SET SCHEMA kit"),
    ],
)
async def test_a_type_that_tenants_do_not_see_is_refused_with_the_way_on(
    fleet: Fleet, kind: str, more: str, database: str
) -> None:
    await prepare(fleet, "CREATE EXTENSION citext", *more.split("; ")[: 2 if more else 0])
    name, folder = fleet.name(1), blueprint(fleet, "CREATE TABLE u (id INTEGER);")
    await onboard(fleet.url, name, folder)
    blueprint(fleet, "CREATE TABLE u (id INTEGER);", f"CREATE TABLE account (email {kind});")
    report = await sync_tenants(fleet.url, folder)
    way_on = 'ALTER ROLE "postgres" SET search_path TO "public", "(extensions|kit)"'
    assert "V2__v.sql:1" in report.failed[0].error
    with pytest.raises(ValidationFailed, match=way_on):
        await onboard(fleet.url, name, folder)
    await prepare(fleet, f"CREATE TABLE {name}.account (email {kind})")
    for manager in (tenant_manager(fleet.url, name), DatabaseManager(fleet.url, schema=name)):
        with pytest.raises(ConfigurationError, match=rf"(?s)column {name}.account.email has the type citext of the .*{way_on}"):
            await manager.connect()


async def test_the_way_on_of_the_message_works(fleet: Fleet, database: str) -> None:
    await prepare(fleet, "CREATE EXTENSION citext", "CREATE TABLE public.other (id INTEGER)")
    folder, name = blueprint(fleet, ACCOUNTS.format(type="CITEXT")), fleet.name(1)
    with pytest.raises((MigrationFailed, ValidationFailed)) as caught:
        await onboard(fleet.url, name, folder)
    told = str(caught.value)
    assert "citext in schema public" in told
    ways = told.rpartition("next: run ")[2].partition("; then")[0]
    # This is not the role of all tests, since its setting would outlive this database.
    await prepare(fleet, *(one.strip() for one in ways.split(";") if "ALTER ROLE" not in one), path=ways.rpartition(" TO ")[2])
    await onboard(fleet.url, name, folder)
    async with tenant_manager(fleet.url, name) as tenant:
        assert await tenant.fetch_value(FOUND, ADA) == 1


@pytest.mark.parametrize(
    ("extension", "text"),
    [
        ("pg_trgm", "CREATE TABLE t AS SELECT 'a' % 'b'::TEXT AS x;"),
        ("pg_trgm", "CREATE TABLE t AS SELECT similarity('a', 'b') AS x;"),
        ("pg_trgm", "CREATE TABLE t (a TEXT); CREATE INDEX i ON t USING gin (a gin_trgm_ops);"),
        ("hstore", "CREATE TABLE t (a HSTORE);"),
        ("hstore", "CREATE TABLE t AS SELECT 'a=>1'::public.hstore -> 'a' AS x;"),
        ("unaccent", "CREATE TABLE t AS SELECT unaccent('e') AS x;"),
    ],
)
async def test_a_statement_that_misses_an_extension_fails_with_its_schema(
    fleet: Fleet, extension: str, text: str, database: str
) -> None:
    await prepare(fleet, f"CREATE EXTENSION {extension}", "CREATE TABLE public.other (id INTEGER)")
    with pytest.raises(MigrationFailed, match=rf"of the extension {extension} in schema public, .* has tables; run .*SET SCHEMA"):
        await onboard(fleet.url, fleet.name(1), blueprint(fleet, text))


async def test_an_ordinary_migration_that_misses_an_extension_fails_with_its_schema(
    fleet: Fleet, tmp_path: Path, database: str
) -> None:
    await prepare(fleet, "CREATE SCHEMA kit", "CREATE EXTENSION citext SCHEMA kit")
    folder = write_set(tmp_path / "ours", {"V1__a.sql": "CREATE TABLE t (a CITEXT);"})
    with pytest.raises(MigrationFailed, match=r'type citext .* in schema kit, .* TO "public", "kit"; then correct'):
        await migrate(fleet.url, folder)


@pytest.mark.parametrize("text", ["CREATE EXTENSION IF NOT EXISTS citext;", "create extension \"citext\" with version '1.6';"])
async def test_no_blueprint_creates_an_extension_in_one_tenants_schema(fleet: Fleet, text: str, database: str) -> None:
    folder = blueprint(fleet, f"{text}\n{ACCOUNTS.format(type='CITEXT')}")
    with pytest.raises(ValidationFailed, match=r"V1__v.sql:1:1: the extension citext .* no other tenant finds it\n"):
        await onboard(fleet.url, fleet.name(1), folder)


async def test_a_blueprint_may_create_an_extension_for_all_tenants(fleet: Fleet, database: str) -> None:
    await prepare(fleet, "CREATE SCHEMA extensions", "CREATE TYPE extensions.code AS ENUM ('a')", path="public, extensions")
    text = "CREATE EXTENSION IF NOT EXISTS citext SCHEMA extensions;"
    folder = blueprint(fleet, text, ACCOUNTS.format(type="CITEXT"))
    for name in fleet.names(3):
        await onboard(fleet.url, name, folder)
        async with tenant_manager(fleet.url, name) as tenant:
            assert await tenant.fetch_value(FOUND, ADA) == 1


async def test_no_table_beside_an_extension_replaces_a_missing_one(fleet: Fleet, database: str) -> None:
    await apart(fleet, "citext")
    await prepare(fleet, "CREATE TABLE extensions.counter2 (id INTEGER)")
    await onboard(fleet.url, fleet.name(1), fleet.write(1))
    async with tenant_manager(fleet.url, fleet.name(1)) as tenant:
        with pytest.raises(Exception, match="counter2"):
            await tenant.fetch_all("SELECT * FROM counter2")
