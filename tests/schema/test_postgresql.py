"""PostgreSQL: a schema is read, rendered, loaded and read again, and neither the model nor pg_dump sees a difference."""

from pathlib import Path

import pytest

from tests.conftest import Fresh, run_sql
from tests.files import write_set
from tests.schema.postgresql_database import INSPECTOR, fill, inspect, pg_dump, psql, statements_of
from tests.schema.postgresql_tables import generated_tables
from whimbrel import migrate
from whimbrel.schema.own_tables import without_own

pytestmark = pytest.mark.only("postgresql")
HERE = Path(__file__).parent
EVERYTHING = statements_of(HERE / "postgresql" / "everything.sql")
PROJECTS = sorted((HERE / "projects" / "postgresql").glob("*.sql"))
# A wrapper belongs to the database, like a role.
WRAPPER = "CREATE FOREIGN DATA WRAPPER w"
SOURCES = {"everything": EVERYTHING, "tables": generated_tables(), **{path.stem: statements_of(path) for path in PROJECTS}}


def differences(first: list[str], second: list[str]) -> list[str]:
    """Return the lines that one text has and the other has not, in order."""
    return [f"- {line}" for line in first if line not in second] + [f"+ {line}" for line in second if line not in first]


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_rendered_loads_as_the_same_schema(url: str, database: str, fresh: Fresh, source: str) -> None:
    fill(url, SOURCES[source])
    first = inspect(url)
    statements = INSPECTOR.render(first)
    copy = fresh()
    run_sql(copy, *([WRAPPER] if source == "everything" else []))
    fill(copy, statements)
    second = inspect(copy)
    assert INSPECTOR.render(second) == statements
    assert second == first
    original, reloaded = pg_dump(url), pg_dump(copy)
    assert not differences(original, reloaded)
    assert original == reloaded


def test_there_are_200_tables_from_combinations(url: str, database: str) -> None:
    fill(url, SOURCES["tables"])
    assert len(inspect(url).tables) > 200


def test_there_are_five_projects() -> None:
    assert len(PROJECTS) == 5


@pytest.mark.asyncio
@pytest.mark.parametrize("source", ["everything", "tables"])
async def test_a_dump_is_a_first_migration(url: str, database: str, tmp_path: Path, source: str) -> None:
    import asyncio

    folder, text = await asyncio.to_thread(_dump_of, url, tmp_path, source)
    await migrate(url, folder, databases=["postgresql"])
    loaded = without_own(await asyncio.to_thread(inspect, url))
    assert ";\n\n".join(INSPECTOR.render(loaded)) + ";\n" == text


def _dump_of(url: str, tmp_path: Path, source: str) -> tuple[str, str]:
    """Make a schema, write its dump as a set, and remove the schema again."""
    fill(url, SOURCES[source])
    text = ";\n\n".join(INSPECTOR.render(inspect(url))) + ";\n"
    run_sql(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return write_set(tmp_path / "dump", {"V1__dump.postgresql.sql": text}), text


def test_psql_runs_a_dump(url: str, database: str, tmp_path: Path) -> None:
    _, text = _dump_of(url, tmp_path, "everything")
    psql(url, tmp_path / "dump" / "V1__dump.postgresql.sql")
    assert ";\n\n".join(INSPECTOR.render(inspect(url))) + ";\n" == text


def test_the_name_of_the_schema_is_in_no_statement(url: str, database: str) -> None:
    fill(url, ["CREATE SCHEMA zzz", "SET search_path TO zzz", *(one for one in EVERYTHING if "public" not in one)])
    assert not [one for one in INSPECTOR.render(inspect(url, "zzz")) if "zzz" in one]


def test_a_dump_has_the_same_bytes_every_time(url: str, database: str) -> None:
    fill(url, EVERYTHING)
    assert len({tuple(INSPECTOR.render(inspect(url))) for _ in range(5)}) == 1
