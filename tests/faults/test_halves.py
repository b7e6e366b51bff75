"""Files that fail half-way: the applied part, the message, and the point where the corrected file resumes."""

import asyncio
from pathlib import Path

import pytest

from tests.files import write_set
from tests.patience import PATIENCE
from whimbrel import DatabaseManager, MigrationFailed, State, ValidationFailed, info, migrate
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.asyncio(loop_scope="function")
MYSQL = ("mysql", "mariadb")
OFF = "-- whimbrel: transaction=off\n"
START = "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);\n" + "".join(
    f"INSERT INTO counter VALUES ({k}, 0);\n" for k in range(1, 9)
)
N = 5
GOOD = [f"UPDATE counter SET n = n + 1 WHERE id = {k};\n" for k in range(1, N + 1)]
# Statements that MySQL cannot run in a transaction, between those that count rows.
MIXED = [*GOOD[:1], "CREATE TABLE made (id INTEGER PRIMARY KEY);\n", *GOOD[2:4], "CREATE INDEX i ON counter (n);\n"]
BAD = "UPDATE nowhere SET n = n + 1;\n"
SHAPES = {"data": ("", GOOD), "mixed": ("", MIXED), "journal": (OFF, GOOD)}


def write(folder: Path, text: str) -> str:
    return write_set(folder, {"V1__start.sql": START, "V2__work.sql": text})


async def counted(url: str) -> list[int]:
    async with DatabaseManager(url) as db_manager:
        return [row["n"] for row in await db_manager.fetch_all("SELECT n FROM counter WHERE id <= 5 ORDER BY id")]


async def fails(url: str, folder: str, k: int, of: int = N) -> MigrationFailed:
    with pytest.raises(MigrationFailed, match=f"statement {k} of {of}") as caught:
        await migrate(url, folder)
    return caught.value


@pytest.mark.fault("R19", "R21", "R30")
@pytest.mark.parametrize("k", range(1, N + 1))
@pytest.mark.parametrize("shape", SHAPES)
async def test_a_file_that_fails_anywhere_goes_on_there(url: str, database: str, tmp_path: Path, shape: str, k: int) -> None:
    head, good = SHAPES[shape]
    kept = bool(head) or (shape == "mixed" and database in MYSQL)
    folder = write(tmp_path / "k", head + "".join([*good[: k - 1], BAD, *good[k:]]))
    for _ in range(2):
        failed = await fails(url, folder, k)
        assert (failed.place.line, failed.place.path) == (k + bool(head), f"{folder}/V2__work.sql")
        assert failed.left_behind == left(k) if kept else "nothing, its transaction was rolled back"
        updates = [int(kept and one < k and good[one - 1].startswith("UPDATE")) for one in range(1, N + 1)]
        assert await counted(url) == updates
        assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.PARTIAL if kept else State.PENDING]
    write(tmp_path / "k", head + "".join(good))
    report = await migrate(url, folder)
    assert report.applied[0].statements == (N - k + 1 if kept else N)
    assert await counted(url) == [int(one.startswith("UPDATE")) for one in good]
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.SUCCESS]


def left(k: int) -> str:
    if k == 1:
        return "nothing, its first statement failed"
    return "statement 1 is applied and recorded" if k == 2 else f"statements 1 to {k - 1} are applied and recorded"


# The edits that a file allows after its third statement failed; each counts every row once.
EDITS = {
    "insert": [*GOOD[:2], "SELECT 1;\n", *GOOD[2:], "SELECT 2;\n"],
    "split": [*GOOD[:2], GOOD[2].replace("id = 3", "id = 3 AND n = 7"), *GOOD[2:]],
    "delete": [*GOOD[:2], *GOOD[4:]],
    "delete all that is left": GOOD[:2],
    "reorder": [*GOOD[:2], *reversed(GOOD[2:])],
    "other blanks and comments between": [GOOD[0], "\n\n-- why\n", GOOD[1], "/* mended */", *GOOD[2:]],
}


@pytest.mark.fault("R20")
@pytest.mark.parametrize("edit", EDITS)
async def test_what_follows_the_failure_may_be_edited(url: str, tmp_path: Path, edit: str) -> None:
    folder = write(tmp_path / "edit", OFF + "".join([*GOOD[:2], BAD, *GOOD[3:]]))
    await fails(url, folder, 3)
    write(tmp_path / "edit", OFF + "".join(EDITS[edit]))
    await migrate(url, folder)
    assert await counted(url) == [int(one in EDITS[edit]) for one in GOOD]
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.SUCCESS]
    assert (await migrate(url, folder)).applied == ()


@pytest.mark.fault("R20")
async def test_a_file_that_fails_again_further_on_is_not_done(url: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "edit", OFF + "".join([*GOOD[:2], BAD]))
    await fails(url, folder, 3, of=3)
    write(tmp_path / "edit", OFF + "".join([*GOOD, BAD]))
    await fails(url, folder, 6, of=6)
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.PARTIAL]
    write(tmp_path / "edit", OFF + "".join(GOOD))
    assert (await migrate(url, folder)).applied[0].statements == 0
    assert await counted(url) == [1] * N


THREE = f"{OFF}CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES ('secret');\n"
PREFIXES = {
    "edited": [GOOD[0].replace("+ 1", "+ 2"), *GOOD[1:]],
    "inserted before": ["SELECT 1;\n", *GOOD],
    "deleted": GOOD[1:],
    "reordered": [GOOD[1], GOOD[0], *GOOD[2:]],
    "cut off": GOOD[:1],
    "empty": [],
}


@pytest.mark.fault("R20")
@pytest.mark.parametrize("prefix", PREFIXES)
async def test_what_is_applied_may_not_be_edited(url: str, tmp_path: Path, prefix: str) -> None:
    folder = write(tmp_path / "edit", OFF + "".join([*GOOD[:2], BAD, *GOOD[3:]]))
    await fails(url, folder, 3)
    write(tmp_path / "edit", OFF + "".join(PREFIXES[prefix]))
    with pytest.raises(ValidationFailed, match=r"edited since; restore the text; only the statement that failed") as caught:
        await migrate(url, folder)
    gone = GOOD[1] if prefix == "cut off" else GOOD[0]
    assert f"    -{gone.strip().rstrip(';')}" in str(caught.value)
    assert await counted(url) == [1, 1, 0, 0, 0]


@pytest.mark.fault("R20")
async def test_an_edited_applied_prefix_is_refused_with_the_difference(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "three", {"V1__three.sql": THREE})
    await fails(url, folder, 3, of=3)
    write_set(tmp_path / "three", {"V1__three.sql": THREE.replace("id INTEGER", "id BIGINT")})
    with pytest.raises(ValidationFailed) as caught:
        await migrate(url, folder)
    assert "three.sql:2:1: statement 1 (CREATE TABLE) is applied and has been edited since" in str(caught.value)
    assert "    -CREATE TABLE a (id INTEGER PRIMARY KEY)\n    +CREATE TABLE a (id BIGINT PRIMARY KEY)" in str(caught.value)


@pytest.mark.fault("R29")
@pytest.mark.only("postgresql")
@pytest.mark.parametrize("index", ["i ON t (a)", "IF NOT EXISTS i ON ONLY t (a)", "ON t (a)"])
async def test_an_index_that_failed_concurrently_is_cleared_away_and_built_again(url: str, tmp_path: Path, index: str) -> None:
    text = "CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (1), (1);\n"
    folder = write_set(tmp_path / "index", {"V1__t.sql": text, "V2__i.sql": f"CREATE UNIQUE INDEX CONCURRENTLY {index};"})
    with pytest.raises(MigrationFailed, match="could not create unique index"):
        await migrate(url, folder)
    indexes = "SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    indexes += "WHERE i.indrelid = 't'::regclass"
    async with DatabaseManager(url) as db_manager:
        assert await db_manager.fetch_all(indexes) == []
        # This is the state after a run that was killed before it could clean up.
        with pytest.raises(Exception, match="could not create unique index"):
            await db_manager.execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
        assert [row["valid"] for row in await db_manager.fetch_all(indexes)] == [False]
        await db_manager.execute("DELETE FROM t")
    assert [one.state for one in await info(url, folder)] == [State.SUCCESS, State.PARTIAL]
    await migrate(url, folder)
    async with DatabaseManager(url) as db_manager:
        assert True in [row["valid"] for row in await db_manager.fetch_all(indexes)]


@pytest.mark.fault("R29")
@pytest.mark.only("postgresql")
@pytest.mark.parametrize("condition", ["", "IF NOT EXISTS "])
async def test_an_index_whose_session_was_ended_is_built_again(url: str, tmp_path: Path, condition: str) -> None:
    text = f"CREATE INDEX CONCURRENTLY {condition}i ON counter (n);"
    folder = write(tmp_path / "index", text)
    await migrate(url, folder, version="1")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"
    async with DatabaseManager(url) as db_manager:
        async with db_manager.transaction(), open_session(url) as other:
            # A writer whose end the index waits for.
            await db_manager.execute("UPDATE counter SET n = 7 WHERE id = 8")
            run = asyncio.create_task(migrate(url, folder))
            async with asyncio.timeout(PATIENCE):
                while await other.connection.fetch_value(valid) is None:
                    await asyncio.sleep(0.02)
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'"
            assert await other.connection.fetch_value(ended) is True
            with pytest.raises(MigrationFailed, match="unknown, the connection was lost"):
                await run
        assert await db_manager.fetch_value(valid) is False
        assert len((await migrate(url, folder)).applied) == 1
        assert await db_manager.fetch_value(valid) is True
        assert await db_manager.fetch_value("SELECT count(*) FROM pg_index WHERE indrelid = 'counter'::regclass") == 2
