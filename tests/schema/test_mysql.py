"""MySQL and MariaDB: a schema is read, rendered, loaded and read again as the same one, and their own dump tools say the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from tests.oracles.mysql_programs import dump, empty, run_client
from tests.schema.mysql_databases import MYSQL, execute, inspect_url
from tests.schema.mysql_tables import objects, tables
from tests.servers import Server
from whimbrel import migrate
from whimbrel.errors import CannotRender
from whimbrel.schema.own_tables import without_own

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql", "mariadb")]
PROJECTS = sorted((Path(__file__).parent / "projects" / "mysql").glob("*.sql"))
_KEYS = ("  UNIQUE KEY", "  KEY", "  FULLTEXT KEY", "  SPATIAL KEY", "  CONSTRAINT")


@pytest.fixture
def source(database: str, servers: dict[str, Server]) -> Iterator[str]:
    """The address of an empty database whose character set is utf8mb4, and a user who owns a view in it."""
    admin = servers[database].url
    run_sql(admin, "CREATE USER IF NOT EXISTS someone")
    with empty(admin) as address:
        yield address
    run_sql(admin, "DROP USER someone")


@pytest.fixture
def target(database: str, servers: dict[str, Server]) -> Iterator[str]:
    """The address of a second empty database."""
    with empty(servers[database].url) as address:
        yield address


def own_dump(database: str, url: str) -> str:
    """Return the dump of the server's own tool, with the keys of each table sorted by name, and without counters and names."""
    text = re.sub(r" AUTO_INCREMENT=\d+", "", dump(database, url, "--no-data"))
    text = re.sub(r"(?:oracle|test)_[0-9]+_[0-9]+", "name", text)
    lines: list[str] = []
    keys: list[str] = []
    for line in text.splitlines():
        if line.startswith(_KEYS):
            keys.append(line.rstrip(","))
            continue
        lines, keys = [*lines, *sorted(keys), line], []
    return "\n".join(lines)


async def assert_reloads(database: str, source: str, target: str, folder: Path) -> None:
    """Assert that the rendered schema is a migration, and that it makes the same schema, the same dump and the same text."""
    first = await inspect_url(source)
    statements = MYSQL.render(first)
    # The splitter knows where a body ends, but not in Oracle's dialect.
    end = "//" if any("ORACLE" in statement for statement in statements) else ";"
    content = f"DELIMITER {end}\n" + "".join(f"{statement}{end}\n" for statement in statements)
    await migrate(target, write_set(folder / "dump", {f"V001__dump.{database}.sql": content}))
    second = without_own(await inspect_url(target))
    assert second == first
    assert MYSQL.render(second) == statements
    assert own_dump(database, target) == own_dump(database, source)


async def test_everything_documented_is_the_same_after_it_was_rendered_and_loaded(
    database: str, source: str, target: str, tmp_path: Path
) -> None:
    await execute(source, [*tables(database), *objects(database)])
    schema = await inspect_url(source)
    assert len(schema.tables) >= 240
    await assert_reloads(database, source, target, tmp_path)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.stem)
async def test_a_project_is_the_same_after_it_was_rendered_and_loaded(
    database: str, source: str, target: str, project: Path, tmp_path: Path
) -> None:
    run_client(database, source, project.read_text())
    await assert_reloads(database, source, target, tmp_path)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.stem)
async def test_a_project_loads_statement_by_statement_without_whimbrel(
    database: str, source: str, target: str, project: Path
) -> None:
    run_client(database, source, project.read_text())
    schema = await inspect_url(source)
    await execute(target, MYSQL.render(schema))
    assert await inspect_url(target) == schema


async def test_20_readings_of_a_schema_give_one_text(database: str, url: str) -> None:
    await execute(url, [*list(tables(database))[:40], "CREATE VIEW v AS SELECT 1 AS x"])
    texts = {"\n".join(MYSQL.render(await inspect_url(url))) for _ in range(20)}
    assert len(texts) == 1


async def test_a_schema_that_is_not_all_visible_is_not_rendered(database: str, url: str) -> None:
    user = "partly_" + database
    await execute(
        url,
        [
            "CREATE TABLE t (id int)",
            "CREATE VIEW v AS SELECT id FROM t",
            f"DROP USER IF EXISTS {user}",
            f"CREATE USER {user}",
            f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO {user}",
        ],
    )
    schema = await inspect_url(re.sub(r"//[^@]*@", f"//{user}@", url))
    assert [one.name for one in schema.opaques if one.kind == "unseen"] == ["events", "routines", "triggers", "view v"]
    with pytest.raises(CannotRender, match="view v"):
        MYSQL.render(schema)
