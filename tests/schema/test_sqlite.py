"""SQLite: a schema that is read, rendered as SQL and loaded stays the same, for everything that SQLite documents."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.schema.sqlite_file import inspect_file, kept_statements, make, pragma
from tests.schema.sqlite_program import client
from tests.schema.sqlite_tables import statements
from whimbrel.parsing.splitter import split
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema, Table, View
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio
PROJECTS = sorted((Path(__file__).parent / "projects" / "sqlite").glob("*.sql"))
SETS = sorted(Path(__file__).parents[2].joinpath("sql").iterdir())
SQLITE = find_inspector("sqlite")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the 200 tables."""
    return make(tmp_path_factory.mktemp("made") / "made.db", statements(200))


async def load_again(path: Path) -> Schema:
    """Assert that the schema of a file is the same after it is written as SQL and loaded, and return it."""
    first = await inspect_file(path)
    rendered = SQLITE.render(first)
    copy = make(path.with_name("copy.db"), rendered)
    assert await inspect_file(copy) == first
    assert SQLITE.render(await inspect_file(copy)) == rendered
    # The model does not include the order in which objects were made; VACUUM changes that order too.
    assert sorted(kept_statements(copy)) == sorted(kept_statements(path))
    third = make(path.with_name("third.db"), rendered)
    assert kept_statements(third) == kept_statements(copy)
    # The client's text is not always SQL: it names the columns of a view in a comment, which the name of a view may end.
    original, reloaded = client(path, ".schema"), client(copy, ".schema")
    assert sorted(reloaded.splitlines()) == sorted(original.splitlines())
    assert client(third, ".schema") == reloaded
    return first


async def test_200_tables_are_the_same_after_they_were_written_and_loaded(made: Path) -> None:
    schema = await load_again(made)
    assert len(schema.tables) == 200
    assert [one.name for one in schema.opaques] == ["boxes", "old pages", "pages"]


async def test_the_200_tables_use_every_fact_of_the_model(made: Path) -> None:
    schema = await inspect_file(made)
    assert _missing(schema, schema.tables, schema.views) == set()


def _missing(schema: Schema, tables: tuple[Table, ...], views: tuple[View, ...]) -> set[str]:
    """Return the facts that no table has."""
    columns = [column for table in tables for column in table.columns]
    references = [key for table in tables for key in table.foreign_keys]
    indexes = [index for table in tables for index in table.indexes]
    parts = [part for index in indexes for part in index.parts]
    found = {
        *(one.identity for one in columns),
        *(one.default.kind for one in columns if one.default),
        *(f"stored {one.generated.stored}" for one in columns if one.generated),
        *(one.collation.name for one in columns if one.collation),
        *(f"enforced {one.type.enforced}" for one in columns),
        *(f"nullable {one.nullable}" for one in columns),
        *(f"on delete {one.on_delete}" for one in references),
        *(f"on update {one.on_update}" for one in references),
        *(f"key {one.deferral}" for one in references),
        *(f"{len(one.columns)} columns" for one in references),
        *(f"unique index {one.unique}" for one in indexes),
        *(option for table in tables for option in table.options),
        *("expression" for one in parts if one.expression),
        *("descending" for one in parts if one.descending),
        *("collated" for one in parts if one.options),
        *("predicate" for one in indexes if one.predicate),
        *("conflict" for one in columns if one.options),
        *("named key" for table in tables for key in table.uniques if key.name),
        *("named check" for table in tables for check in table.checks if check.name),
        *("named foreign key" for key in references if key.name),
        *("trigger" for table in tables for _ in table.triggers),
        *("trigger of a view" for view in views for _ in view.triggers),
    }
    actions = {f"on {event} {one}" for event in ("delete", "update") for one in _ACTIONS}
    wanted = set(_FACTS.split(", ")) | actions
    return wanted - found


_ACTIONS = ("no action", "restrict", "cascade", "set null", "set default")
_FACTS = (
    "rowid, autoincrement, literal, now, null, expression, stored True, stored False, BINARY, NOCASE, RTRIM, enforced True, "
    "enforced False, nullable True, nullable False, key , key deferrable, key initially deferred, 1 columns, 2 columns, "
    "unique index True, unique index False, STRICT, WITHOUT ROWID, descending, collated, predicate, conflict, "
    "named key, named check, named foreign key, trigger, trigger of a view"
)


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
async def test_projects_are_the_same_after_they_were_written_and_loaded(path: Path, tmp_path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    schema = await load_again(make(tmp_path / "made.db", [one.text for one in split(script, "sqlite")]))
    assert len(schema.tables) >= 6


@pytest.mark.parametrize("folder", SETS, ids=lambda path: path.name)
async def test_the_sets_are_the_same_after_they_were_written_and_loaded(folder: Path, tmp_path: Path) -> None:
    auth = SETS[[one.name for one in SETS].index("auth")]
    folders = [folder] if folder == auth else [auth, *(one for one in SETS if one.name in ("conversations", "chatkit")), folder]
    texts = {file: file.read_text(encoding="utf-8") for one in folders for file in sorted(one.glob("*.sql"))}
    await load_again(make(tmp_path / "made.db", [one.text for text in texts.values() for one in split(text, "sqlite")]))


async def test_foreign_keys_are_those_that_sqlite_reports(made: Path) -> None:
    """Their names and deferrals are in the statements alone, so all of it is read there. SQLite reports the rest as well."""
    question = """
        SELECT m.name, f."table", group_concat(f."from"), f.on_update, f.on_delete
        FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id
    """
    reported = [(table, there.lower(), origin.lower(), *actions) for table, there, origin, *actions in pragma(made, question)]
    read = [
        (table.name, one.table.lower(), ",".join(one.columns).lower(), one.on_update.upper(), one.on_delete.upper())
        for table in (await inspect_file(made)).tables
        for one in table.foreign_keys
    ]
    assert sorted(read) == sorted(reported)


@pytest.mark.parametrize("count", [1, 1000])
async def test_one_query_reads_a_schema(count: int, tmp_path: Path) -> None:
    table = "CREATE TABLE t{0} (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE, parent INT REFERENCES t{0})"
    texts = [text.format(number) for number in range(count) for text in (table, "CREATE INDEX i{0} ON t{0} (parent, id DESC)")]
    path = make(tmp_path / "made.db", ["BEGIN", *texts, "COMMIT"])
    async with open_session(f"sqlite:///{path}", question=True) as session:
        asked: list[str] = []
        await session.connection._driver.set_trace_callback(asked.append)  # type: ignore[attr-defined]
        schema = await SQLITE.read(session.connection, session.schema)
    assert len(schema.tables) == count
    # SQLite runs the pragmas inside the query as statements of its own.
    assert len([text for text in asked if not text.startswith(("PRAGMA", "-- PRAGMA"))]) == 1


async def test_reading_changes_nothing_and_works_while_another_connection_writes(tmp_path: Path) -> None:
    path = make(tmp_path / "made.db", statements(5))
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE not_committed (a)")
        schema = await inspect_file(path)
        other.execute("ROLLBACK")
    assert schema.table("not_committed") is None
    assert path.read_bytes() == before


async def test_the_order_in_which_objects_were_made_does_not_matter(tmp_path: Path) -> None:
    there = ["CREATE TABLE b (x)", "CREATE INDEX b_x ON b (x)", "CREATE TABLE a (x)", "CREATE VIEW v AS SELECT x FROM b"]
    first = await inspect_file(make(tmp_path / "first.db", there))
    vacuumed = await inspect_file(make(tmp_path / "vacuumed.db", [*there, "VACUUM", "ANALYZE"]))
    second = await inspect_file(make(tmp_path / "second.db", [there[2], there[0], there[3], there[1]]))
    assert SQLITE.render(first) == SQLITE.render(second) == SQLITE.render(vacuumed)
    assert first == second == vacuumed
