"""A run resets the state of the session only if a file may have changed it, and every file starts from the same state."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cases import each_case
from tests.files import write_set
from whimbrel import DatabaseManager, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

FIRST = "CREATE TABLE first (id INTEGER);"
SET = {
    "postgresql": "SET lock_timeout TO '77s'; SET TimeZone TO 'Asia/Tokyo';",
    "mysql": "SET SESSION lock_wait_timeout = 77, time_zone = '+09:00';",
}
STATE = {
    "postgresql": "SELECT current_setting('lock_timeout') AS lock_timeout, current_setting('TimeZone') AS time_zone",
    "mysql": "SELECT @@lock_wait_timeout AS lock_timeout, @@time_zone AS time_zone",
}
LIMITED = "-- whimbrel: lock_timeout=7s\n"
# The middle file, which may change the session; and whether the last file, which reports the state, has its own time limit.
CASES = {
    "what a file has set": (["CREATE TABLE a (id INTEGER); {set}"], False),
    "what a file of rows has set": (["INSERT INTO first VALUES (1); {set}"], False),
    "the limit of a file of DDL": ([f"{LIMITED}CREATE TABLE a (id INTEGER);"], False),
    "the limit of a file of rows": ([f"{LIMITED}INSERT INTO first VALUES (1);"], False),
    "its own, after DDL": (["CREATE TABLE a (id INTEGER);"], True),
    "its own, after rows": (["INSERT INTO first VALUES (1);"], True),
    "its own, after another's": ([f"{LIMITED}CREATE TABLE a (id INTEGER);"], True),
}


TOLD = ("CREATE TABLE told AS {state};", "INSERT INTO told {state};")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("told", TOLD)
async def test_a_file_starts_from_its_own_state(url: str, database: str, tmp_path: Path, case: str, told: str) -> None:
    await assert_own_state(url, database, tmp_path / "t", case, told)


@each_case("case", CASES)
@each_case("told", TOLD)
async def test_a_file_starts_from_its_own_state_in_a_set_with_a_history(
    url: str, database: str, tmp_path: Path, case: str, told: str
) -> None:
    await assert_own_state(url, database, tmp_path / uuid4().hex, case, told, at_once=False)
    async with DatabaseManager(url) as db_manager:
        for table in ("first", "told", *(["a"] if "CREATE" in CASES[case][0][0] else [])):
            await db_manager.execute(f"DROP TABLE {table}")


async def assert_own_state(url: str, database: str, folder: Path, case: str, told: str, *, at_once: bool = True) -> None:
    """Apply the files of a case; the last one tells the state of the session in the table `told`."""
    kind = "postgresql" if database == "postgresql" else "mysql"
    before, limited = CASES[case]
    first = (
        FIRST if told.startswith("CREATE") else f"{FIRST}\nCREATE TABLE told (lock_timeout VARCHAR(20), time_zone VARCHAR(20));"
    )
    texts = [first, *before, (LIMITED if limited else "") + told]
    files = {f"V{number}__step.sql": text.format(set=SET[kind], state=STATE[kind]) for number, text in enumerate(texts, start=1)}
    if not at_once:
        await migrate(url, write_set(folder, {"V1__step.sql": files["V1__step.sql"]}))
    await migrate(url, write_set(folder, files))
    async with DatabaseManager(url) as db_manager:
        row = await db_manager.fetch_one("SELECT lock_timeout, time_zone FROM told")
        default = await db_manager.fetch_one(STATE[kind])
    assert row is not None and default is not None
    assert row["time_zone"] == {"postgresql": "UTC", "mysql": "+00:00"}[kind]
    wanted = ("7s" if kind == "postgresql" else "7") if limited else str(default["lock_timeout"])
    assert str(row["lock_timeout"]) == wanted


@pytest.mark.only("mysql", "mariadb")
async def test_a_file_that_is_tried_again_starts_from_the_same_state(url: str, tmp_path: Path) -> None:
    told = "CREATE TABLE told (mine TEXT, length INTEGER)"
    again = (
        "INSERT INTO told SELECT @mine, @@group_concat_max_len;\n"
        "SET @mine = 'left', group_concat_max_len = 99;\nUPDATE busy SET n = 2;\n"
    )
    await apply_while_busy(url, tmp_path, told, again)
    async with DatabaseManager(url) as db_manager:
        default = await db_manager.fetch_value("SELECT @@group_concat_max_len")
        assert await db_manager.fetch_all("SELECT mine, length FROM told") == [{"mine": None, "length": default}]


@pytest.mark.only("mysql", "mariadb")
async def test_statements_with_a_journal_that_are_tried_again_count_on(url: str, tmp_path: Path) -> None:
    counted = "INSERT INTO told VALUES (@n := @n + 1);\n" * 2
    again = f"CREATE TABLE other (n INTEGER);\nSET @n = 0;\n{counted}UPDATE busy SET n = 2;\n"
    await apply_while_busy(url, tmp_path, "CREATE TABLE told (n INTEGER)", again)
    async with DatabaseManager(url) as db_manager:
        assert [row["n"] for row in await db_manager.fetch_all("SELECT n FROM told ORDER BY n")] == [1, 2]


@pytest.mark.only("mysql", "mariadb")
async def test_what_one_of_two_statements_between_delimiters_sets_is_taken_back(url: str, tmp_path: Path) -> None:
    both = "DELIMITER //\nCREATE TABLE a (id INTEGER);\nSET SESSION lock_wait_timeout = 77 //\n"
    state = "CREATE TABLE told AS SELECT @@lock_wait_timeout AS n;"
    await migrate(url, write_set(tmp_path / "t", {"V1__both.sql": both, "V2__state.sql": state}))
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT n FROM told") == await db_manager.fetch_value(
            "SELECT @@lock_wait_timeout AS n"
        )


@pytest.mark.only("postgresql")
async def test_what_an_event_trigger_sets_is_taken_back(url: str, tmp_path: Path) -> None:
    trigger = (
        "CREATE FUNCTION set_it() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM set_config('lock_timeout', '77s', false); END $$;\n"
        "CREATE EVENT TRIGGER set_it ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION set_it();\n"
    )
    files = {"V1__trigger.sql": trigger, "V2__table.sql": FIRST, "V3__index.sql": "CREATE INDEX first_id ON first (id);"}
    await migrate(url, write_set(tmp_path / "t", files))
    state = f"CREATE TABLE told AS {STATE['postgresql']};"
    write_set(tmp_path / "t", {"V4__index.sql": "CREATE INDEX first_id_2 ON first (id);", "V5__state.sql": state})
    await migrate(url, str(tmp_path / "t"))
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_value("SELECT lock_timeout FROM told") == "0"


async def apply_while_busy(url: str, tmp_path: Path, told: str, again: str) -> None:
    """Apply a file that makes tables, and a file that meets a lock on one of them twice."""
    tables = f"{told}; CREATE TABLE busy (n INTEGER); INSERT INTO busy VALUES (1);"
    folder = write_set(tmp_path / "t", {"V1__tables.sql": tables})
    await migrate(url, folder)
    write_set(tmp_path / "t", {"V2__again.sql": f"-- whimbrel: lock_timeout=1s\n{again}"})
    lines = list[str]()
    free = asyncio.Event()

    def progress(line: str) -> None:
        lines.append(line)
        if sum("trying again" in one for one in lines) == 2:
            free.set()

    async with DatabaseManager(url) as db_manager:
        async with db_manager.transaction():
            await db_manager.execute("UPDATE busy SET n = 3")
            run = asyncio.create_task(migrate(url, folder, progress=progress))
            await free.wait()
        await run
