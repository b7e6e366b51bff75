"""`adopt` writes the right files and rows, refuses the wrong ones, and records once, even if processes die."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.adoption.loading import run_all
from tests.faults.processes import begin, finish, let_go
from tests.files import ROOT, write_set
from tests.patience import PATIENCE
from whimbrel import ConfigurationError, DatabaseManager, State, ValidationFailed, adopt, info, migrate
from whimbrel.adoption.checksums import crc32_of_lines
from whimbrel.cli import main

FIRST, SECOND, THIRD = (f"CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY);\n" for name in ("one", "two", "three"))
FLYWAY = """CREATE TABLE flyway_schema_history (
  installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL,
  script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, execution_time INT NOT NULL,
  success BOOLEAN NOT NULL)"""
FLYWAY_FILES = {"V1__one.sql": FIRST, "V1_1__two.sql": SECOND, "V2__three.sql": THIRD}
DBMATE_FILES = {
    f"2024010{number}_{name}.sql": f"-- migrate:up\n{up}-- migrate:down\nDROP TABLE {name};\n"
    for number, (name, up) in enumerate((("one", FIRST), ("two", SECOND), ("three", THIRD)), 1)
}


def flyway_row(rank: int, version: str, text: str, *, success: bool = True) -> str:
    checksum = crc32_of_lines(text.encode())
    values = f"{rank}, '{version}', 'x', 'SQL', 'V{version}__x.sql', {checksum}, 'ana', 3, {success}"
    return f"INSERT INTO flyway_schema_history VALUES ({values})"


def by_flyway(url: str, tmp_path: Path) -> str:
    """Make what Flyway leaves after its first two files, and return its folder."""
    rows = [flyway_row(1, "1", FIRST), flyway_row(2, "1.1", SECOND)]
    asyncio.run(run_all(url, [FIRST, SECOND, FLYWAY, *rows]))
    return write_set(tmp_path / "shop", FLYWAY_FILES)


def by_dbmate(url: str, tmp_path: Path, table: str = "schema_migrations") -> str:
    """Make what dbmate leaves after its first two files, and return its folder."""
    rows = [f"INSERT INTO {table} VALUES ('2024010{number}')" for number in (1, 2)]
    asyncio.run(run_all(url, [FIRST, SECOND, f"CREATE TABLE {table} (version VARCHAR(128) PRIMARY KEY)", *rows]))
    return write_set(tmp_path / "migrations", DBMATE_FILES)


async def rows_of(url: str, table: str) -> list[dict[str, Any]]:
    async with DatabaseManager(url) as db_manager:
        return [dict(row) for row in await db_manager.fetch_all(f"SELECT * FROM {table} ORDER BY 1")]


def test_the_files_of_flyway_stay_in_place_and_the_history_says_where_a_row_came_from(
    url: str, database: str, tmp_path: Path
) -> None:
    folder = by_flyway(url, tmp_path)
    before = asyncio.run(rows_of(url, "flyway_schema_history"))
    report = asyncio.run(adopt(url, "flyway", folder, apply=True))
    assert (report.recorded, report.written) == (("shop/V1__one.sql", "shop/V1_1__two.sql"), ())
    assert (report.pending, report.version, report.notes) == (("shop/V2__three.sql",), "1.1", ())
    assert asyncio.run(rows_of(url, "flyway_schema_history")) == before
    origins = {row["version"]: row["installed_by"] for row in asyncio.run(rows_of(url, "whimbrel_history"))}
    assert origins["1.1"].endswith(f"from Flyway, {report.table}, installed_rank 2, version 1.1, type SQL")
    assert len(asyncio.run(migrate(url, folder, databases=[database])).applied) == 1
    assert [one.state for one in asyncio.run(info(url, folder))] == [State.BASELINE, State.BASELINE, State.SUCCESS]


@pytest.mark.only("sqlite")
def test_a_repeatable_migration_of_flyway_gets_a_version_and_stray_files_are_left_out(url: str, tmp_path: Path) -> None:
    folder, view = by_flyway(url, tmp_path), "CREATE VIEW seen AS SELECT id FROM one;\n"
    write_set(tmp_path / "shop", {"R__seen.sql": view, "U2__three.sql": "DROP TABLE three;\n"})
    row = flyway_row(3, "x", view).replace("'x', 'x'", "NULL, 'seen'")
    asyncio.run(run_all(url, [view, row]))
    with pytest.raises(ValidationFailed, match=r"R__seen\.sql: is repeatable") as refusal:
        asyncio.run(adopt(url, "flyway", folder, apply=True))
    assert "U2__three.sql: is an undo migration" in str(refusal.value)
    report = asyncio.run(adopt(url, "flyway", folder, write=tmp_path / "new", apply=True))
    assert report.recorded[-1] == "new/V1.1.0.1__seen.sql"
    assert [one.partition(":")[0] for one in report.left_out] == ["U2__three.sql"]
    assert (tmp_path / "new" / "whimbrel.sql").read_text() == "-- whimbrel: databases=sqlite\n"


def test_a_difference_a_broken_row_and_an_edited_file_are_refused_together_where_they_are_found_together(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = by_flyway(url, tmp_path)
    (tmp_path / "shop" / "V1__one.sql").write_text(SECOND)
    asyncio.run(run_all(url, [flyway_row(3, "2", THIRD, success=False)]))
    where = ["--url", url, "--sql", folder, "--apply"]
    assert main(["adopt", "flyway", *where]) == 3
    told = capsys.readouterr().err
    assert "installed_rank 3, version 2, type SQL: failed (success is false)" in told
    assert "V1__one.sql: was edited after Flyway applied it" in told
    (tmp_path / "shop" / "V1__one.sql").write_text(FIRST)
    asyncio.run(
        run_all(url, ["DELETE FROM flyway_schema_history WHERE installed_rank = 3", "ALTER TABLE two ADD COLUMN b INTEGER"])
    )
    assert main(["adopt", "flyway", *where]) == 3
    assert "two.b" in capsys.readouterr().err
    with pytest.raises(Exception, match="whimbrel_history"):
        asyncio.run(rows_of(url, "whimbrel_history"))


@pytest.mark.only("sqlite")
def test_what_is_asked_for_must_be_there(url: str, tmp_path: Path) -> None:
    folder = by_dbmate(url, tmp_path, "moved")
    ours = str(tmp_path / "sql")
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (ValidationFailed, "no table schema_migrations of dbmate in schema main.*next: .*--table", {"write": ours}),
        (ConfigurationError, "name a folder for its own files with --write DIR", {"table": "moved"}),
        (ConfigurationError, "--write names the folder of dbmate", {"table": "moved", "write": folder}),
        (ConfigurationError, "one.sql: is no folder; name one", {"table": "moved", "write": f"{folder}/20240101_one.sql"}),
        (ConfigurationError, "is a blueprint: it belongs in", {"table": "moved", "write": str(tmp_path / "tenant")}),
        (ValidationFailed, "table main.one lacks the columns version, so dbmate did not make it", {"table": "one"}),
    ]
    for error, told, options in wrong:
        with pytest.raises(error, match=f"(?s){told}"):
            asyncio.run(adopt(url, "dbmate", folder, **options))
    assert asyncio.run(adopt(url, "dbmate", folder, write=ours, table="moved")).table == "main.moved"
    with pytest.raises(ConfigurationError, match="node-pg-migrate supports only postgresql, and this database is sqlite"):
        asyncio.run(adopt(url, "node-pg-migrate", folder, write=ours))
    with pytest.raises(ConfigurationError, match="nowhere: no such folder; name the migrations of dbmate"):
        asyncio.run(adopt(url, "dbmate", "nowhere", write=ours))


@pytest.mark.only("sqlite")
def test_files_that_exist_stay_and_are_refused_if_they_differ(url: str, tmp_path: Path) -> None:
    folder, ours = by_dbmate(url, tmp_path), tmp_path / "sql"
    for name, text in (
        ("V20240101__one.sql", "SELECT 1;\n"),
        ("V5__mine.sql", "SELECT 1;\n"),
        ("V20240103__mine.sql", "SELECT 1;\n"),
    ):
        write_set(ours, {name: text})
        with pytest.raises(ValidationFailed, match=name):
            asyncio.run(adopt(url, "dbmate", folder, write=ours, apply=True))
        assert [path.name for path in ours.iterdir()] == [name]
        (ours / name).unlink()
    (ours / "V20240101__one.sql").mkdir()
    with pytest.raises(ValidationFailed, match="exists with other content"):
        asyncio.run(adopt(url, "dbmate", folder, write=ours, apply=True))
    (ours / "V20240101__one.sql").rmdir()
    # A folder may have anything else.
    (ours / "README").symlink_to("nowhere")
    write_set(ours, {"V20240101__one.sql": FIRST, "whimbrel.sql": "-- whimbrel: lock_timeout=5s\n", "V3e9__x.txt": ""})
    report = asyncio.run(adopt(url, "dbmate", folder, write=ours, apply=True))
    assert report.written == ("V20240102__two.sql", "V20240103__three.sql")
    assert (ours / "whimbrel.sql").read_text() == "-- whimbrel: lock_timeout=5s\n"
    # The next database is adopted after a person has described a file anew.
    (ours / "V20240101__one.sql").rename(ours / "V20240101__first.sql")
    second = f"sqlite:///{tmp_path}/second.db"
    again = asyncio.run(adopt(second, "dbmate", by_dbmate(second, tmp_path), write=ours, apply=True))
    assert (again.recorded, again.written) == (("sql/V20240101__first.sql", "sql/V20240102__two.sql"), ())


@pytest.mark.only("sqlite")
def test_a_file_that_no_run_would_read_is_named_by_its_place_to_be(url: str, tmp_path: Path) -> None:
    folder = by_dbmate(url, tmp_path)
    write_set(tmp_path / "migrations", {"20240103_three.sql": f"-- migrate:up\n-- whimbrel: draft\n{THIRD}"})
    with pytest.raises(ValidationFailed) as refusal:
        asyncio.run(adopt(url, "dbmate", folder, write=tmp_path / "sql"))
    (problem,) = refusal.value.problems
    assert problem.message.startswith(f"{problem.script}:1: the file is a draft")
    assert problem.script == str(tmp_path / "sql" / "V20240103__three.sql")


def test_the_command_says_what_it_would_do_then_does_it_then_says_already(
    url: str, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["adopt", "dbmate", "--url", url, "--sql", by_dbmate(url, tmp_path), "--write", str(tmp_path / "sql")]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "note: dbmate: its table has no checksums" in told
    assert "would be recorded as applied, without running it: sql/V20240101__one.sql" in told
    assert told.endswith("nothing was written; next: run the command again with --apply\n")
    assert main([*words, "--apply", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["applied"], len(document["recorded"]), len(document["written"])) == (True, 2, 4)
    assert main([*words, "--apply"]) == 0
    assert f"already adopted, nothing to record, 2 before, on {database}" in capsys.readouterr().out


# Each process makes its own proof, which costs seconds. MariaDB has the lock and the transaction of MySQL.
@pytest.mark.only("sqlite", "postgresql", "mysql")
def test_of_eight_processes_at_once_one_records(url: str, tmp_path: Path) -> None:
    folder, ours = by_dbmate(url, tmp_path), tmp_path / "sql"
    processes = [begin(url, folder, "adopt", "dbmate", "--apply", "--write", str(ours)) for _ in range(8)]
    let_go(*processes)
    reports = [json.JSONDecoder().raw_decode(answer)[0] for answer in finish(processes)]
    assert sorted(len(one.get("recorded", one)) for one in reports) == [0] * 7 + [2], reports
    assert sorted(path.name for path in ours.iterdir()) == [*sorted(f"V{name}" for name in _NAMES), "whimbrel.sql"]
    assert len(asyncio.run(rows_of(url, "whimbrel_history"))) == 2


_NAMES = ("20240101__one.sql", "20240102__two.sql", "20240103__three.sql")
# A process that dies instead of making its nth call of a function in the module.
_KILLED = """
import os, sys
import whimbrel.adoption.{module} as module
calls, wanted, was = 0, {nth}, getattr(module, {name!r})
def die(*values):
    global calls
    calls += 1
    return os.kill(os.getpid(), 9) if calls == wanted else was(*values)
setattr(module, {name!r}, die)
from whimbrel.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.only("sqlite", "mysql")
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_leaves_what_the_next_run_completes(url: str, tmp_path: Path) -> None:
    folder, ours = by_dbmate(url, tmp_path), tmp_path / "sql"
    words = ["adopt", "dbmate", "--url", url, "--sql", folder, "--write", str(ours), "--apply"]
    # The first calls write the four files of the temporary folder.
    steps = [("folder", "_write", 5), ("folder", "_write", 7), ("takeover", "_records", 1), ("takeover", "_free_lock", 2)]
    for module, name, nth in steps:
        script = _KILLED.format(module=module, name=name, nth=nth)
        killed = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, timeout=PATIENCE, capture_output=True)
        assert killed.returncode == -9, (killed.stdout, killed.stderr)
    # The last process had committed.
    report = asyncio.run(adopt(url, "dbmate", folder, write=ours, apply=True))
    assert (report.recorded, report.written, report.already) == ((), (), 2)
    assert len(asyncio.run(migrate(url, str(ours))).applied) == 1
