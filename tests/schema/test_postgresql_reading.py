"""PostgreSQL: who may read a schema, with how many queries, and under which settings."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.conftest import run_sql
from tests.schema.postgresql_database import INSPECTOR, connected, fill, inspect, statements_of
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import ConfigurationError
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.schema.model import Schema

pytestmark = pytest.mark.only("postgresql")
EVERYTHING = statements_of(Path(__file__).parent / "postgresql" / "everything.sql")
SETTINGS = (
    *("DateStyle TO 'SQL, DMY'", "IntervalStyle TO iso_8601", "TimeZone TO 'Asia/Kolkata'", "bytea_output TO escape"),
    *("extra_float_digits TO -15", "quote_all_identifiers TO on", "search_path TO pg_catalog, public", "lc_monetary TO 'C'"),
    *("standard_conforming_strings TO off", "search_path TO ''", "row_security TO off", "default_transaction_read_only TO on"),
)

# A statement that makes an object in a schema with nothing else, and the field of the model that shows it.
ALONE = (
    ("CREATE SEQUENCE s{0}.a", "sequences"),
    ("CREATE VIEW s{0}.a AS SELECT 1 AS one", "views"),
    ("CREATE MATERIALIZED VIEW s{0}.a AS SELECT 1 AS one", "views"),
    ("CREATE TYPE s{0}.a AS ENUM ('one')", "types"),
    ("CREATE TYPE s{0}.a AS (one int)", "types"),
    ("CREATE TYPE s{0}.a AS RANGE (SUBTYPE = int)", "types"),
    ("CREATE DOMAIN s{0}.a AS int CHECK (VALUE > 0)", "types"),
    ("CREATE FUNCTION s{0}.a() RETURNS int LANGUAGE sql AS 'SELECT 1'", "routines"),
    ("CREATE AGGREGATE s{0}.a (int) (sfunc = int4pl, stype = int)", "routines"),
    ('CREATE COLLATION s{0}.a FROM "C"', "opaques"),
    ("CREATE OPERATOR s{0}.=== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)", "opaques"),
    ("CREATE OPERATOR FAMILY s{0}.a USING btree", "opaques"),
    ("CREATE CONVERSION s{0}.a FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8", "opaques"),
    ("CREATE TEXT SEARCH CONFIGURATION s{0}.a (COPY = pg_catalog.simple)", "opaques"),
    ("CREATE TEXT SEARCH DICTIONARY s{0}.a (TEMPLATE = pg_catalog.simple)", "opaques"),
    ("CREATE TEXT SEARCH TEMPLATE s{0}.a (LEXIZE = dsimple_lexize)", "opaques"),
    ("CREATE STATISTICS s{0}.a ON id, name FROM public.pair", "opaques"),
)
KINDS = (
    "CREATE TABLE pair (id int, name text)",
    *(sql for number, (made, _) in enumerate(ALONE) for sql in (f"CREATE SCHEMA s{number}", made.format(number))),
)


@pytest.fixture
def pooler(database: str, servers: dict[str, Server]) -> Iterator[Server]:
    with in_front_of(servers[database]) as pooler:
        yield pooler


async def read(url: str, *before: str, schema: str = "public") -> Schema:
    async with connected(url) as connection:
        for statement in before:
            await connection.run(statement)
        return await INSPECTOR.read(connection, schema)


def test_the_settings_of_the_session_change_nothing(url: str, database: str) -> None:
    fill(url, EVERYTHING)
    plain = inspect(url)
    for setting in SETTINGS:
        assert asyncio.run(read(url, f"SET {setting}")) == plain, setting


def test_a_temporary_table_hides_nothing(url: str, database: str) -> None:
    fill(url, EVERYTHING)
    assert asyncio.run(read(url, "CREATE TEMPORARY TABLE idx (x int)")) == inspect(url)


def test_the_session_is_as_before(url: str, database: str) -> None:
    async def ask() -> tuple[str, str, bool]:
        async with connected(url) as connection:
            await connection.run("SET search_path TO pg_catalog")
            await connection.run("SET TimeZone TO 'Asia/Kolkata'")
            await INSPECTOR.read(connection, "public")
            path = await connection.fetch_value("SELECT current_setting('search_path') AS a")
            zone = await connection.fetch_value("SELECT current_setting('TimeZone') AS a")
            return path, zone, connection.in_transaction

    assert asyncio.run(ask()) == ("pg_catalog", "Asia/Kolkata", False)


def test_an_open_transaction_stays_open_with_its_settings(url: str, database: str) -> None:
    async def ask() -> tuple[list[str], str]:
        async with connected(url) as connection:
            async with connection.transaction():
                await connection.run("SET LOCAL search_path TO public, pg_catalog")
                await connection.run("CREATE TABLE made (id int)")
                schema = await INSPECTOR.read(connection, "public")
                path = await connection.fetch_value("SELECT current_setting('search_path') AS a")
            return [one.name for one in schema.tables], path

    assert asyncio.run(ask()) == (["made"], "public, pg_catalog")
    assert [one.name for one in inspect(url).tables] == ["made"]


def test_a_user_who_may_only_read_sees_all(url: str, database: str) -> None:
    fill(url, EVERYTHING)
    everything = inspect(url)
    with planted.role(url, "reader") as name:
        reader = planted.as_role(url, name)
        assert asyncio.run(read(reader)) == everything
        run_sql(url, f"ALTER ROLE {name} SET default_transaction_read_only TO on")
        assert asyncio.run(read(reader)) == everything


def test_a_schema_that_is_missing_or_closed_is_an_error_that_says_so(url: str, database: str) -> None:
    with pytest.raises(ConfigurationError, match="there is no schema missing"):
        asyncio.run(read(url, schema="missing"))
    run_sql(url, "CREATE SCHEMA closed")
    with planted.role(url, "stranger") as name, pytest.raises(ConfigurationError, match="may not use the schema closed"):
        asyncio.run(read(planted.as_role(url, name), schema="closed"))


def test_without_a_name_the_schema_is_the_connections_own(url: str, database: str) -> None:
    fill(url, ["CREATE SCHEMA own", "CREATE TABLE own.t (id int)"])
    own = asyncio.run(read(url, "SET search_path TO own", schema=""))
    assert (own.name, [one.name for one in own.tables]) == ("own", ["t"])


def test_the_name_of_a_schema_may_have_any_character(url: str, database: str) -> None:
    name = """a;b:c'd"e\\f"""
    quoted = name.replace('"', '""')
    fill(url, [f'CREATE SCHEMA "{quoted}"', f'CREATE TABLE "{quoted}".t (id int)', f"COMMENT ON TABLE \"{quoted}\".t IS 'all'"])
    found = inspect(url, name)
    assert (found.name, [(one.name, one.comment) for one in found.tables]) == (name, [("t", "all")])


def test_an_empty_schema_has_an_empty_model(url: str, database: str) -> None:
    fill(url, ["CREATE SCHEMA empty"])
    found = inspect(url, "empty")
    assert not any((found.tables, found.views, found.routines, found.sequences, found.types, found.opaques, found.needs))


def test_a_kind_is_read_without_any_other(url: str, database: str) -> None:
    fill(url, KINDS)
    for number, (_, attribute) in enumerate(ALONE):
        found = inspect(url, f"s{number}")
        assert getattr(found, attribute), ALONE[number]


def test_a_pooler_in_transaction_mode_gives_the_same(url: str, database: str, pooler: Server) -> None:
    fill(url, EVERYTHING)
    address = f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"

    async def repeatedly() -> list[Schema]:
        return list(await asyncio.gather(*(read(address) for _ in range(6))))

    assert set(map(hash, asyncio.run(repeatedly()))) == {hash(inspect(url))}


def test_the_catalog_is_asked_three_times(url: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(url, EVERYTHING)
    queries: list[str] = []
    messages: list[str] = []
    asked = PostgresqlConnection.fetch_lines

    async def ask(self: PostgresqlConnection, query: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> list[str]:
        queries.append(query)
        messages.extend([*before[:1], *after[-1:]])
        return await asked(self, query, before, after)

    async def count() -> None:
        async with connected(url) as connection:
            monkeypatch.setattr(PostgresqlConnection, "fetch_lines", ask)
            await INSPECTOR.read(connection, "public")
            assert (len(queries), len(messages)) == (3, 2), "three queries; the transaction begins and ends"
            await INSPECTOR.read(connection, "")
            assert (len(queries), len(messages)) == (7, 4), "one query more finds the schema"

    asyncio.run(count())


def test_nothing_that_users_made_runs(url: str, database: str) -> None:
    with planted.mallory(url) as mallory:
        run_sql(mallory, ";".join([*planted.functions(), *planted.operators(), *planted.others()]))
        run_sql(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET search_path TO public, pg_catalog")
        assert len(inspect(url).routines) > 50

        async def loot() -> int:
            async with connected(url) as connection:
                return int(await connection.fetch_value("SELECT pg_catalog.count(*) AS n FROM public.loot"))

        assert asyncio.run(loot()) == 0
