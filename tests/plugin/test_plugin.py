"""The fixtures of whimbrel.testing, in a project of their own that pytest runs in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from tests.files import ROOT
from tests.patience import PATIENCE
from whimbrel import DatabaseManager

Run = Callable[..., pytest.RunResult]
# Marks a test whose outcome does not depend on the database. This driver minds most which loop uses it, and all are installed.
STRICTEST = pytest.mark.only("postgresql")

INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
{more}
"""
NOTES = """
CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20) NOT NULL);
INSERT INTO notes VALUES (1, 'seeded');
CREATE TABLE parts (id INTEGER PRIMARY KEY, note_id INTEGER NOT NULL, FOREIGN KEY (note_id) REFERENCES notes (id));
"""
UNTOUCHED = """
import pytest
pytestmark = pytest.mark.asyncio(loop_scope={scope!r})

CHANGES = [
    "UPDATE notes SET text = 'changed'",
    "INSERT INTO notes VALUES (2, 'two')",
    "INSERT INTO parts VALUES (1, 1)",
    "DELETE FROM notes",
    "DROP TABLE parts",
    "CREATE TABLE more (id INTEGER PRIMARY KEY)",
    "ALTER TABLE notes ADD COLUMN more INTEGER",
    "DELETE FROM whimbrel_history",
]

@pytest.mark.parametrize("change", CHANGES)
async def test_each_finds_it_as_it_was_migrated(whimbrel_manager, change):
    assert await whimbrel_manager.fetch_all("SELECT * FROM notes") == [{{"id": 1, "text": "seeded"}}]
    assert await whimbrel_manager.fetch_all("SELECT * FROM parts") == []
    assert len(await whimbrel_manager.fetch_all("SELECT * FROM whimbrel_history")) == 1
    with pytest.raises(Exception):
        await whimbrel_manager.fetch_all("SELECT * FROM more")
    await whimbrel_manager.execute(change)
"""

COUNTED = """
CREATE TABLE counted (id {counter}, text VARCHAR(20));
CREATE TABLE seeded (id {counter}, text VARCHAR(20));
INSERT INTO seeded (text) VALUES ('one');
CREATE TABLE gone (text VARCHAR(20));
"""
COUNTERS = {
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER PRIMARY KEY AUTO_INCREMENT",
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
}
TRIGGERS = {
    "postgresql": """
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO gone VALUES (OLD.text); RETURN NULL; END $$;
        CREATE TRIGGER noting AFTER DELETE ON counted FOR EACH ROW EXECUTE FUNCTION note();
    """,
    "mysql": "CREATE TRIGGER noting AFTER DELETE ON counted FOR EACH ROW INSERT INTO gone VALUES (OLD.text);",
    "sqlite": "CREATE TRIGGER noting AFTER DELETE ON counted BEGIN INSERT INTO gone VALUES (OLD.text); END;",
}
COUNTING = """
import pytest
pytestmark = pytest.mark.asyncio

@pytest.mark.parametrize("number", range(4))
async def test_they_start_anew(whimbrel_manager, number):
    assert await whimbrel_manager.fetch_all("SELECT * FROM gone") == []
    # The first two leave alone what has rows.
    for table, expected in (("counted", 1), ("seeded", 2))[: 1 + number // 2]:
        await whimbrel_manager.execute(f"INSERT INTO {table} (text) VALUES ('x')")
        assert await whimbrel_manager.fetch_value(f"SELECT MAX(id) AS id FROM {table}") == expected
        # Empty again, but counted; once it is left, so that who empties it afterwards must not set off what is set off by that.
        if number != 1:
            await whimbrel_manager.execute(f"DELETE FROM {table} WHERE id = {expected}")
"""


@pytest.fixture
def run(url: str, database: str, pytester: pytest.Pytester) -> Run:
    """Run pytest in the project, with warnings as errors, on the database under test."""
    # `url` before pytester, which forgets modules that were imported after it: asyncpg does not survive a second import.
    pytester.makepyprojecttoml('[tool.whimbrel]\nsql = ["sql/notes"]\n')
    folder = pytester.mkdir("sql") / "notes"
    folder.mkdir()
    (folder / "V1__notes.sql").write_text(NOTES)
    # If the plugin is read from a checkout, the command names it; if it is installed, pytest finds it by itself.
    known = {entry.name for entry in entry_points(group="pytest11")}
    plugin = [] if "whimbrel" in known else ["-p", "whimbrel.testing"]
    # Plugins of other packages, which take seconds to import and have nothing to do with it.
    others = known - {"whimbrel", "asyncio", "anyio", "timeout", "xdist"}
    plugin += [word for name in sorted(others) for word in ("-p", f"no:{name}")]

    def run_pytest(*options: str, ini: str = "", address: str = url) -> pytest.RunResult:
        pytester.makeini(INI.format(more=ini))
        command = [sys.executable, "-m", "pytest", "-W", "error", *plugin, "--whimbrel-url", address, *options]
        return pytester.run(*command)

    return run_pytest


def databases_of(url: str, database: str) -> set[str]:
    """Return the names of the databases on the server that the fixtures made for this one."""
    query = "SELECT datname AS name FROM pg_database" if database == "postgresql" else "SHOW DATABASES"

    async def ask() -> set[str]:
        async with DatabaseManager(url) as db_manager:
            names = {str(next(iter(row.values()))) for row in await db_manager.fetch_all(query)}
        return {name for name in names if name.startswith(url.rpartition("/")[2])}

    return asyncio.run(ask())


def test_each_test_has_a_migrated_database_whatever_the_one_before_did(run: Run, pytester: pytest.Pytester) -> None:
    scopes = ("function", "module", "session")
    pytester.makepyfile(**{f"test_{scope}": UNTOUCHED.format(scope=scope) for scope in scopes})
    run().assert_outcomes(passed=8 * len(scopes))


@STRICTEST
def test_the_manager_lives_in_the_loop_that_tests_have_by_default(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNTOUCHED.format(scope="session").replace("(loop_scope='session')", ""))
    run(ini="asyncio_default_test_loop_scope = session").assert_outcomes(passed=8)


@STRICTEST
def test_anyio_runs_it_too(run: Run, pytester: pytest.Pytester) -> None:
    text = UNTOUCHED.format(scope="function").replace(".asyncio(loop_scope='function')", ".anyio")
    pytester.makepyfile(text + "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n")
    pytester.makeini("[pytest]\n")
    run("-p", "no:asyncio", "-o", "asyncio_default_fixture_loop_scope=function", "-W", "ignore").assert_outcomes(passed=8)


def test_workers_keep_out_of_each_others_way_and_nothing_is_left(
    run: Run, pytester: pytest.Pytester, url: str, database: str
) -> None:
    pytester.makepyfile(UNTOUCHED.format(scope="function"))
    run("-n", "2").assert_outcomes(passed=8)
    if database != "sqlite":
        assert databases_of(url, database) == {url.rpartition("/")[2]}


def test_the_chat_tables_are_dropped_and_made_anew_for_each_test(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from datetime import UTC, datetime
        import pytest
        pytestmark = pytest.mark.asyncio

        @pytest.mark.parametrize("number", range(3))
        async def test_nothing_is_there(chat_manager, number):
            execute, now = chat_manager.execute, datetime.now(UTC)
            for table in ("users", "chat_sessions", "chat_messages"):
                assert await chat_manager.fetch_all(f"SELECT id FROM {table}") == []
            await execute(
                "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES ('1', 'a', 'a', 'x', :now)",
                {"now": now},
            )
            await execute(
                "INSERT INTO chat_sessions (id, user_id, created_at, updated_at) VALUES ('1', '1', :now, :now)", {"now": now}
            )
            if number == 1:
                await execute("DROP TABLE chat_messages")
    """)
    pytester.makeconftest("from database.testing import chat_manager")
    run(ini=f"pythonpath = {ROOT}").assert_outcomes(passed=3)


@pytest.mark.only("sqlite")
def test_folders_come_from_the_ini_option_or_from_the_projects_own_fixture(run: Run, pytester: pytest.Pytester) -> None:
    other = pytester.mkdir("other")
    (other / "V1__others.sql").write_text("CREATE TABLE others (id INTEGER PRIMARY KEY);")
    pytester.makepyfile("""
        import pytest

        @pytest.mark.asyncio
        async def test_it(whimbrel_manager):
            assert await whimbrel_manager.fetch_all("SELECT * FROM others") == []
    """)
    run(ini="whimbrel_sql = other").assert_outcomes(passed=1)
    pytester.makeconftest("""
        import pytest
        from database.schemas import sql_folder

        @pytest.fixture(scope="session")
        def whimbrel_folders():
            return ["other", sql_folder("auth")]
    """)
    run(ini=f"pythonpath = {ROOT}").assert_outcomes(passed=1)


@pytest.mark.parametrize("triggers", [False, True])
def test_counters_and_what_triggers_wrote_start_anew(run: Run, pytester: pytest.Pytester, triggers: bool) -> None:
    folder = pytester.mkdir("counted")
    for name, counter in COUNTERS.items():
        text = COUNTED.format(counter=counter) + (TRIGGERS[name] if triggers else "")
        (folder / f"V1__counted.{name}.sql").write_text(text)
    pytester.makepyfile(COUNTING)
    run(ini="whimbrel_sql = counted").assert_outcomes(passed=4)


@pytest.mark.only("mysql", "mariadb")
def test_a_table_whose_default_is_no_text_is_copied_too(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.mkdir("raw") / "V1__raw.sql").write_text("CREATE TABLE gone (text VARBINARY(9) DEFAULT X'FFFE');")
    pytester.makepyfile(
        "import pytest\n@pytest.mark.asyncio\n@pytest.mark.parametrize('number', range(3))\n"
        "async def test_it(whimbrel_manager, number):\n"
        "    assert await whimbrel_manager.execute('INSERT INTO gone VALUES (DEFAULT)') == 1\n"
        "    assert await whimbrel_manager.fetch_all('SELECT text FROM gone') == [{'text': b'\\xff\\xfe'}]\n"
    )
    run(ini="whimbrel_sql = raw").assert_outcomes(passed=3)


@STRICTEST
def test_a_database_that_is_not_there_for_tests_is_refused(run: Run, pytester: pytest.Pytester, url: str) -> None:
    pytester.makepyfile(UNTOUCHED.format(scope="function"))
    result = run(address=f"{url.rpartition('/')[0]}/production")
    result.assert_outcomes(errors=8)
    result.stdout.fnmatch_lines(["*/production does not contain 'test'*"])


@pytest.mark.only("sqlite")
def test_the_file_that_an_address_names_is_never_touched(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNTOUCHED.format(scope="function"))
    run(address=f"sqlite:///{pytester.path}/production.db").assert_outcomes(passed=8)
    assert not (pytester.path / "production.db").exists()


def test_a_connection_that_a_test_left_open_is_not_in_the_way_of_the_next(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from contextlib import suppress
        import pytest
        from whimbrel import DatabaseManager

        pytestmark = pytest.mark.asyncio(loop_scope="session")
        left = []

        @pytest.mark.parametrize("number", range(2))
        async def test_it_writes(whimbrel_url, number):
            db_manager = DatabaseManager(whimbrel_url)
            await db_manager.connect()
            assert await db_manager.fetch_value("SELECT COUNT(*) AS n FROM notes") == 1
            connection = db_manager.acquire()
            lent = await connection.__aenter__()
            await lent.run("BEGIN")
            await lent.run("INSERT INTO notes VALUES (2, 'never committed')")
            left.append((db_manager, connection))

        async def test_they_are_given_back_so_that_the_process_can_end():
            for db_manager, connection in left:
                with suppress(Exception):
                    await connection.__aexit__(None, None, None)
                with suppress(Exception):
                    await db_manager.close()
    """)
    run("-W", "default", "--timeout", str(PATIENCE)).assert_outcomes(passed=3)


@STRICTEST
def test_a_run_that_uses_no_fixture_imports_no_driver_and_makes_nothing(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys, threading

        def test_nothing_is_loaded():
            assert not {"aiosqlite", "asyncpg", "aiomysql", "pymysql"} & set(sys.modules)
            assert [one.name for one in threading.enumerate()] == ["MainThread"]
    """)
    # The plugin does not even read the address.
    run("-p", "no:anyio", address="nonsense").assert_outcomes(passed=1)
