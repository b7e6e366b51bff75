"""PostgreSQL: the application's pool stays where the history is when a stranger makes a schema of the role's name."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.attacks.test_place import user
from tests.conftest import run_sql
from tests.files import write_set
from tests.servers import Server
from tests.servers.pgbouncer import in_front_of
from whimbrel import ConfigurationError, DatabaseManager, info, migrate

pytestmark = pytest.mark.only("postgresql")

WHERE = "SELECT place FROM words"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    made = "CREATE TABLE words (place TEXT);\nINSERT INTO words VALUES ('history');"
    return write_set(tmp_path / "sql" / "ours", {"V1__words.sql": made})


@pytest.fixture
def app(url: str) -> Iterator[str]:
    with planted.role(url, "app", "GRANT CREATE ON SCHEMA public TO {role}") as name:
        yield planted.as_role(url, name)


@contextmanager
def creator(url: str, name: str) -> Iterator[str]:
    """The address of a role that may create schemas, and no more."""
    with planted.role(url, name, f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO {{role}}") as role:
        yield planted.as_role(url, role)


def occupy(address: str, schema: str, word: str = "stranger") -> None:
    """Make a schema, and in it a table of the application's name that everybody may use."""
    run_sql(address, f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.words (place TEXT)")
    run_sql(address, f"INSERT INTO {schema}.words VALUES ('{word}')", f"GRANT ALL ON SCHEMA {schema} TO PUBLIC")
    run_sql(address, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO PUBLIC")


async def found(address: str) -> object:
    async with DatabaseManager(address) as db_manager:
        return await db_manager.fetch_value(WHERE)


def test_a_pool_that_is_open_stays_where_the_history_is(url: str, app: str, folder: str, database: str) -> None:
    asyncio.run(migrate(app, folder))

    async def work(mallory: str) -> None:
        async with DatabaseManager(app, pool_size=2) as db_manager:
            assert await db_manager.fetch_value(WHERE) == "history"
            await asyncio.to_thread(occupy, mallory, user(app))
            assert await asyncio.gather(*(db_manager.fetch_value(WHERE) for _ in range(4))) == ["history"] * 4

    with creator(url, "mallory") as mallory:
        asyncio.run(work(mallory))


def test_a_pool_that_is_opened_later_is_not_led_astray(
    url: str, app: str, folder: str, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(migrate(app, folder))
    with creator(url, "mallory") as mallory:
        occupy(mallory, user(app))
        assert asyncio.run(found(app)) == "history"
        assert f'ALTER ROLE "{user(app)}" SET search_path TO "public"' in caplog.text
        # A forged history changes nothing.
        asyncio.run(migrate(mallory, folder_of(folder, "forged"), schema=user(app)))
        assert asyncio.run(found(app)) == "history"


def folder_of(folder: str, name: str) -> str:
    return write_set(Path(folder).parent.parent / name / "ours", {"V1__words.sql": "SELECT 1;"})


def test_a_role_that_only_reads_stays_too(url: str, folder: str, database: str) -> None:
    """The history belongs to a role that the application's role does not trust, but whose rows it must accept."""
    with planted.role(url, "deploy", "GRANT CREATE ON SCHEMA public TO {role}") as deploy, planted.role(url, "reader") as reader:
        asyncio.run(migrate(planted.as_role(url, deploy), folder))
        run_sql(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
        with creator(url, "mallory") as mallory:
            occupy(mallory, reader)
            assert asyncio.run(found(planted.as_role(url, reader))) == "history"
            # Neither history has a trusted owner.
            asyncio.run(migrate(mallory, folder_of(folder, "forged"), schema=reader))
            with pytest.raises(ConfigurationError, match=rf'next: ALTER ROLE "{reader}" SET search_path TO "public"'):
                asyncio.run(found(planted.as_role(url, reader)))


def test_a_script_of_the_manager_works_where_its_pool_does(url: str, app: str, folder: str, database: str) -> None:
    asyncio.run(migrate(app, folder))

    async def work() -> object:
        async with DatabaseManager(app) as db_manager:
            assert (await db_manager.execute_script("CREATE TABLE more (id INTEGER)")).success
            return await db_manager.fetch_value("SELECT to_regclass('public.more') IS NOT NULL")

    with creator(url, "mallory") as mallory:
        occupy(mallory, user(app))
        assert asyncio.run(work()) is True


@pytest.mark.parametrize("trusted", ["own", "member", "superuser", "set", "history"])
def test_a_schema_of_the_roles_name_that_is_meant_is_used(
    url: str, app: str, folder: str, trusted: str, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    role = user(app)
    if trusted != "history":
        asyncio.run(migrate(app, folder))
    with creator(url, "owner") as owner:
        occupy(url if trusted == "superuser" else owner, role, "own schema")
        if trusted == "own":
            run_sql(url, f"ALTER SCHEMA {role} OWNER TO {role}")
        elif trusted == "member":
            run_sql(url, f"GRANT {user(owner)} TO {role}")
        elif trusted == "set":
            run_sql(url, f"ALTER ROLE {role} SET search_path TO {role}, public")
        elif trusted == "history":
            asyncio.run(migrate(owner, folder_of(folder, "theirs"), schema=role))
        assert asyncio.run(found(app)) == "own schema"
        assert "search_path" not in caplog.text


def test_the_rest_of_the_search_path_is_kept_as_it_was_written(url: str, app: str, folder: str, database: str) -> None:
    asyncio.run(migrate(app, folder))
    run_sql(url, f'ALTER ROLE {user(app)} SET search_path TO "$user", "Later, ""on""", public')

    async def path() -> object:
        async with DatabaseManager(app) as db_manager:
            return await db_manager.fetch_value("SELECT current_setting('search_path')")

    assert asyncio.run(path()) == '"Later, ""on""", public'


@pytest.mark.parametrize("named", [True, False])
def test_a_role_that_only_reads_has_its_history_in_the_schema_of_its_name(
    url: str, folder: str, named: bool, database: str
) -> None:
    """The schema of the role's name belongs to the role that migrates."""
    with creator(url, "deploy") as deploy, planted.role(url, "reader") as reader:
        run_sql(deploy, f"CREATE SCHEMA {reader}", f"GRANT USAGE ON SCHEMA {reader} TO {reader}")
        asyncio.run(migrate(deploy, folder, schema=reader))
        run_sql(deploy, f"GRANT SELECT ON ALL TABLES IN SCHEMA {reader} TO {reader}")
        if named:
            run_sql(url, f"ALTER ROLE {reader} SET search_path TO {reader}")
        address = planted.as_role(url, reader)
        assert [str(one.state) for one in asyncio.run(info(address, folder))] == ["success"]
        assert asyncio.run(migrate(address, folder)).already == 1
        assert asyncio.run(found(address)) == "history"


@pytest.fixture(scope="module")
def pooler(servers: dict[str, Server]) -> Iterator[Server]:
    with in_front_of(servers["postgresql"]) as server:
        yield server


def test_behind_a_pooler_each_transaction_is_where_the_history_is(url: str, folder: str, pooler: Server, database: str) -> None:
    asyncio.run(migrate(url, folder))
    pooled = f"{pooler.url.rpartition('/')[0]}/{url.rpartition('/')[2]}"
    assert asyncio.run(found(pooled)) == "history"
    with creator(url, "mallory") as mallory:
        occupy(mallory, user(pooled))
        assert asyncio.run(found(pooled)) == "history"
