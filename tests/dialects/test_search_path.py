"""PostgreSQL: a migration sees what the role's own session sees, the schema that it works in first."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks.planted import as_role, role
from tests.conftest import run_sql
from tests.files import write_set
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import DatabaseManager, MigrationFailed, ValidationFailed, migrate

pytestmark = pytest.mark.only("postgresql")

CITEXT = ("CREATE SCHEMA extensions", "CREATE EXTENSION citext SCHEMA extensions", "GRANT USAGE ON SCHEMA extensions TO PUBLIC")
SUBSCRIBERS = (
    "CREATE TABLE subscriber (email extensions.citext NOT NULL, lang VARCHAR(5))",
    "INSERT INTO subscriber VALUES ('Ada@Example.org', 'de')",
)
UPDATE = "UPDATE subscriber SET lang = 'en' WHERE email = 'ada@example.org';"
# An operator that compares by length, a function and a type, as in an application's own schema.
BY_HAND = (
    "CREATE SCHEMA lib",
    "CREATE TYPE lib.code AS (word TEXT)",
    "CREATE FUNCTION lib.as_long(lib.code, TEXT) RETURNS BOOLEAN LANGUAGE sql AS 'SELECT length(($1).word) = length($2)'",
    "CREATE OPERATOR lib.= (FUNCTION = lib.as_long, LEFTARG = lib.code, RIGHTARG = TEXT)",
    "CREATE FUNCTION lib.greeting() RETURNS TEXT LANGUAGE sql AS $$SELECT 'hello'$$",
)


def ask(url: str, query: str) -> object:
    async def read() -> object:
        async with DatabaseManager(url) as db_manager:
            return await db_manager.fetch_value(query)

    return asyncio.run(read())


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


@contextmanager
def owner(url: str, path: str) -> Iterator[str]:
    """Create a role of an application, which owns `public` and has this search_path; yield its address."""
    with role(url, "shop", "GRANT ALL ON SCHEMA public TO {role}", f"ALTER ROLE {{role}} SET search_path TO {path}") as name:
        yield as_role(url, name)


def known(tmp_path: Path, *statements: str, name: str = "set") -> str:
    """Return a set whose V1 makes the tables, so that its V2 may write to them."""
    files = {f"V{number}__v.sql": text for number, text in enumerate(statements, 1)}
    return write_set(tmp_path / "sql" / name, files)


@pytest.mark.parametrize("off", [False, True])
def test_an_operator_of_an_extension_is_found_as_in_the_roles_session(url: str, tmp_path: Path, off: bool, database: str) -> None:
    run_sql(url, *CITEXT)
    update = f"-- whimbrel: transaction=off\n{UPDATE}" if off else UPDATE
    with owner(url, '"$user", public, extensions') as shop:
        asyncio.run(migrate(shop, known(tmp_path, ";\n".join(SUBSCRIBERS), update)))
        assert ask(shop, "SELECT lang FROM subscriber WHERE email = 'ADA@example.org'") == "en"


def test_the_setting_of_the_database_counts(url: str, tmp_path: Path, database: str) -> None:
    run_sql(url, *CITEXT, f"ALTER DATABASE {name_of(url)} SET search_path TO public, extensions")
    asyncio.run(
        migrate(url, known(tmp_path, "CREATE TABLE t (email CITEXT);", "INSERT INTO t VALUES ('A') RETURNING email = 'a';"))
    )
    assert ask(url, "SELECT count(*) FROM t WHERE email = 'a'") == 1


def test_a_schema_that_is_named_comes_first_and_public_after_it(url: str, tmp_path: Path, database: str) -> None:
    run_sql(
        url, "CREATE EXTENSION citext", "CREATE SCHEMA own", "CREATE TABLE t (email public.CITEXT)", "INSERT INTO t VALUES ('A')"
    )
    folder = known(
        tmp_path,
        "CREATE TABLE t (email CITEXT NOT NULL, found BOOLEAN);",
        "INSERT INTO t VALUES ('A', FALSE); UPDATE t SET found = TRUE WHERE email = 'a';",
    )
    asyncio.run(migrate(url, folder, schema="own"))
    assert ask(url, "SELECT found FROM own.t") is True
    assert ask(url, "SELECT count(*) FROM public.t") == 1


def test_trigrams_ranges_and_maps_are_found(url: str, tmp_path: Path, database: str) -> None:
    run_sql(
        url,
        "CREATE SCHEMA kit",
        *(f"CREATE EXTENSION {name} SCHEMA kit" for name in ("pg_trgm", "btree_gist", "hstore", "ltree")),
    )
    run_sql(url, f'ALTER DATABASE {name_of(url)} SET search_path TO "$user", public, kit')
    text = """
        CREATE TABLE t (id INTEGER, word TEXT, more HSTORE, place LTREE, EXCLUDE USING gist (id WITH =));
        CREATE INDEX by_word ON t USING gin (word gin_trgm_ops);
        INSERT INTO t VALUES (1, 'migration', 'a=>1', 'top.low');
        DELETE FROM t WHERE NOT (word % 'migratoin' AND more -> 'a' = '1' AND place <@ 'top' AND similarity(word, 'm') > 0);"""
    asyncio.run(migrate(url, known(tmp_path, text)))
    assert ask(url, "SELECT count(*) FROM t") == 1


def test_what_was_made_by_hand_is_found(url: str, tmp_path: Path, database: str) -> None:
    run_sql(url, *BY_HAND, "GRANT USAGE ON SCHEMA lib TO PUBLIC")
    with owner(url, "public, lib") as shop:
        files = ("CREATE TABLE t (word code, said TEXT);", "INSERT INTO t VALUES (ROW('abc'), NULL);")
        update = "UPDATE t SET said = greeting() WHERE word = 'xyz'::TEXT;"
        asyncio.run(migrate(shop, known(tmp_path, *files, update)))
        assert ask(shop, "SELECT said FROM t") == "hello"


def test_a_file_that_sets_the_path_leaves_it_to_no_other(url: str, tmp_path: Path, database: str) -> None:
    run_sql(url, *CITEXT, f'ALTER DATABASE {name_of(url)} SET search_path TO public, "extensions"')
    first = "CREATE TABLE t (email CITEXT);"
    folder = known(
        tmp_path,
        first,
        "SET search_path TO pg_catalog; SELECT set_config('search_path', '', false);",
        "INSERT INTO t VALUES ('A');",
    )
    asyncio.run(migrate(url, folder))
    assert ask(url, "SELECT count(*) FROM t WHERE email = 'a'") == 1


def test_behind_a_pooler_the_path_is_the_same(url: str, tmp_path: Path, servers: dict[str, Server], database: str) -> None:
    run_sql(url, *CITEXT, f"ALTER DATABASE {name_of(url)} SET search_path TO public, extensions")
    with in_front_of(servers["postgresql"]) as pooler:
        pooled = f"{pooler.url.rpartition('/')[0]}/{name_of(url)}"
        asyncio.run(migrate(pooled, known(tmp_path, ";\n".join(SUBSCRIBERS), UPDATE)))
    assert ask(url, "SELECT lang FROM subscriber") == "en"


@pytest.mark.parametrize("path", ["public, evil, pg_catalog", "public, pg_catalog, evil", "evil, pg_catalog, public"])
def test_no_object_takes_the_place_of_a_built_in_one(url: str, tmp_path: Path, path: str, database: str) -> None:
    planted = "CREATE FUNCTION evil.lower(TEXT) RETURNS TEXT LANGUAGE sql AS $$SELECT 'planted'::TEXT$$"
    run_sql(url, "CREATE SCHEMA evil", planted, f"ALTER DATABASE {name_of(url)} SET search_path TO {path}")
    asyncio.run(migrate(url, known(tmp_path, "CREATE TABLE t AS SELECT lower('A'::TEXT) AS a;"), schema="public"))
    assert ask(url, "SELECT a FROM public.t") == "a"


@pytest.mark.parametrize("trusted", [False, True])
def test_the_schema_with_the_roles_name_counts_only_if_its_owner_is_trusted(
    url: str, tmp_path: Path, trusted: bool, database: str
) -> None:
    with owner(url, '"$user", public') as shop, role(url, "mallory") as mallory:
        mine = shop.partition("//")[2].partition("@")[0]
        run_sql(url, f"CREATE SCHEMA {mine} AUTHORIZATION {mine if trusted else mallory}")
        run_sql(url, f"CREATE FUNCTION {mine}.secret() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'")
        run_sql(
            url,
            f"GRANT USAGE ON SCHEMA {mine} TO PUBLIC",
            "CREATE FUNCTION public.secret() RETURNS INTEGER LANGUAGE sql AS 'SELECT 2'",
        )
        folder = known(tmp_path, "CREATE TABLE t AS SELECT secret() AS a;")
        asyncio.run(migrate(shop, folder, schema="public"))
        assert ask(shop, "SELECT a FROM public.t") == 2
        other = known(tmp_path, "CREATE TABLE u AS SELECT secret() AS a;", name="other")
        run_sql(url, "DROP FUNCTION public.secret()")
        if trusted:
            asyncio.run(migrate(shop, other, schema="public"))
            assert ask(shop, "SELECT a FROM public.u") == 1
        else:
            with pytest.raises(MigrationFailed, match="secret"):
                asyncio.run(migrate(shop, other, schema="public"))


def test_a_new_set_touches_no_table_of_a_later_schema(url: str, tmp_path: Path, database: str) -> None:
    """DROP TABLE without a schema finds the table in `public`, as in psql, and first contact notices that."""
    run_sql(url, "CREATE SCHEMA own", "CREATE TABLE parcel (id INTEGER)", "CREATE TABLE stock (id INTEGER)")
    for number, text in enumerate(
        ("DROP TABLE IF EXISTS parcel;", "DELETE FROM stock;", "ALTER TABLE IF EXISTS parcel ADD b INTEGER;")
    ):
        with pytest.raises(ValidationFailed, match=r"public\.(parcel|stock) exists already"):
            asyncio.run(migrate(url, known(tmp_path, text, name=f"set{number}"), schema="own"))


def test_a_new_set_may_use_its_own_table_in_front_of_anothers(url: str, tmp_path: Path, database: str) -> None:
    run_sql(url, "CREATE SCHEMA own", "CREATE TABLE stock (id INTEGER)", "INSERT INTO stock VALUES (1)")
    folder = known(
        tmp_path, "CREATE TABLE stock (id INTEGER);", "INSERT INTO stock VALUES (2); ALTER TABLE stock ADD COLUMN b INTEGER;"
    )
    asyncio.run(migrate(url, folder, schema="own"))
    assert ask(url, "SELECT id FROM public.stock") == 1


def test_the_run_through_a_manager_with_a_schema_sees_no_other_schemas_tables(url: str, tmp_path: Path, database: str) -> None:
    run_sql(url, *CITEXT, f"ALTER DATABASE {name_of(url)} SET search_path TO public, extensions", "CREATE SCHEMA own")
    run_sql(url, "CREATE TABLE public.only_here (id INTEGER)")
    folder = known(tmp_path, "CREATE TABLE t (email CITEXT);", "INSERT INTO only_here VALUES (1);")

    async def work() -> None:
        async with DatabaseManager(url, schema="own") as db_manager:
            with pytest.raises(MigrationFailed, match="only_here"):
                await migrate(db_manager, folder)
            script = await db_manager.execute_script("INSERT INTO t VALUES ('A'); DELETE FROM only_here;")
            assert not script.success
            assert (await db_manager.execute_script("INSERT INTO t VALUES ('A')")).success
            assert await db_manager.fetch_value("SELECT count(*) FROM t WHERE email = 'a'") == 1

    asyncio.run(work())
