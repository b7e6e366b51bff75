"""lint chooses files, counts rows of a live database, tries old queries, and changes nothing."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.files import write_set
from tests.servers import Server
from whimbrel import ConfigurationError, DatabaseManager, LintReport, inspect, lint, migrate
from whimbrel.cli import main

_BASE = """CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50), age INTEGER);
CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER);"""
_LATER = {"V2__drop.sql": "DROP TABLE posts;", "V3__drop.sql": "DROP TABLE users;"}


def scripts(report: LintReport, code: str = "D01") -> list[str]:
    return [Path(one.place.path).name for one in report.findings if one.code == code]


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


async def run(url: str, *statements: str) -> None:
    async with DatabaseManager(url, pool_size=1) as manager:
        for one in statements:
            await manager.execute(one)


async def judged(folder: str, **options: object) -> LintReport:
    return await lint(folder, on=["sqlite://"], databases=["sqlite"], **options)  # type: ignore[arg-type]


@pytest.mark.asyncio
@pytest.mark.only("sqlite")
async def test_the_files_to_judge(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__base.sql": _BASE})
    await migrate(url, folder)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "shop")
    git(tmp_path, "commit", "-qm", "base")
    write_set(tmp_path / "shop", _LATER)
    assert scripts(await judged(folder)) == ["V2__drop.sql", "V3__drop.sql"]
    assert scripts(await judged(folder, first="3")) == ["V3__drop.sql"]
    pending = await judged(folder, url=url)
    assert (scripts(pending), pending.judged) == (["V2__drop.sql", "V3__drop.sql"], 2)
    assert (await judged(folder, against="HEAD")).judged == 2
    assert (await judged(folder, against="HEAD", first="3")).judged == 1
    with pytest.raises(ConfigurationError, match="--from 4: no set has this version or a later one"):
        await judged(folder, first="4")


@pytest.mark.asyncio
@pytest.mark.only("sqlite")
async def test_a_parent_that_is_rebuilt_takes_its_children_with_it(database: str, tmp_path: Path) -> None:
    base = "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);"
    rebuild = (
        "CREATE TABLE n (id INTEGER PRIMARY KEY);\nINSERT INTO n SELECT id FROM p;\nDROP TABLE p;\nALTER TABLE n RENAME TO p;"
    )
    off = f"PRAGMA foreign_keys = OFF;\n{rebuild}\nPRAGMA foreign_keys = ON;"
    folder = write_set(tmp_path / "shop", {"V1__base.sql": base, "V2__a.sql": rebuild, "V3__b.sqlite.sql": off})
    report = await lint(folder, on=["sqlite://"], first="2", databases=["sqlite", "postgresql"])
    (found,) = [one for one in report.findings if one.code == "D04"]
    assert (Path(found.place.path).name, found.statement, found.place.line) == ("V2__a.sql", 3, 3)
    assert found.facts["children"] == ["c (cascade)"]
    assert scripts(report) == []


_BREAKS = """ALTER TABLE users ADD CONSTRAINT grown CHECK (age >= 18);
ALTER TABLE posts ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users (id);
CREATE UNIQUE INDEX users_by_name ON users (name);"""
_SQLITE_BREAKS = "SELECT 1;\nSELECT 1;\nCREATE UNIQUE INDEX users_by_name ON users (name);"
_ROWS = (
    "INSERT INTO users (id, name, age) VALUES (1, 'a', 20), (2, 'a', 17), (3, NULL, NULL), (4, 'b', 1)",
    "INSERT INTO posts (id, user_id) VALUES (1, 1), (2, 9), (3, NULL)",
)


@pytest.mark.asyncio
async def test_rows_of_a_live_database_that_break_a_constraint(database: str, url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "shop", {"V1__base.sql": _BASE})
    await migrate(url, folder)
    await run(url, *_ROWS)
    write_set(tmp_path / "shop", {f"V2__a.{database}.sql": _SQLITE_BREAKS if database == "sqlite" else _BREAKS})
    before = await inspect(url)
    report = await lint(folder, url=url, live=url, databases=[database])
    found = {one.statement: (one.facts["breaking"], one.facts["rows"]) for one in report.findings if "breaking" in one.facts}
    expected = {1: (2, 4), 2: (1, 3), 3: (2, 4)}
    assert found == ({3: expected[3]} if database == "sqlite" else expected)
    await run(url, "DELETE FROM posts", "DELETE FROM users")
    again = await lint(folder, url=url, live=url, databases=[database])
    assert [one for one in again.findings if "breaking" in one.facts] == []
    assert "0 of 0 rows of users on the live database break the unique" in [one.message for one in again.notes]
    assert await inspect(url) == before


_QUERIES = {
    "users.sql": "SELECT id, name FROM users WHERE name = :name;\nINSERT INTO users (id, name) VALUES (:id, :name);",
    "more/posts.sql": "SELECT count(*) FROM posts WHERE user_id = :user;\nSELECT nothing FROM nowhere;",
}


@pytest.mark.asyncio
async def test_queries_that_the_new_schema_refuses(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "shop",
        {"V1__base.sql": _BASE, "V2__a.sql": "ALTER TABLE users RENAME COLUMN age TO years;\nDROP TABLE posts;"},
    )
    queries = tmp_path / "queries"
    for name, text in _QUERIES.items():
        write_set((queries / name).parent, {Path(name).name: text})
    on = ["sqlite://" if database == "sqlite" else servers[database].url]
    report = await lint(folder, on=on, queries=str(queries), first="2", databases=[database])
    found, *others = [one for one in report.findings if one.code == "C01"]
    assert others == []
    assert (Path(found.place.path).name, found.place.line, found.level) == ("posts.sql", 1, "error")
    assert found.facts["query"] == "SELECT count(*) FROM posts WHERE user_id = :user"
    with pytest.raises(ConfigurationError, match="--queries needs a server"):
        await lint(folder, queries=str(queries), databases=[database])


def lint_by_command(*words: str) -> int:
    return main(["lint", "--for", "sqlite", "--on", "sqlite://", *words])


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("head", "settings", "code"),
    [
        ("", "", 3),
        ("-- whimbrel: allow=D01,C01 because it is empty\n", "", 0),
        ("-- whimbrel: allow=D01 until=2020-01 because it was empty\n", "", 3),
        ("", '[tool.whimbrel.lint]\nD01 = "warning"\n', 0),
        ("", '[tool.whimbrel.lint]\nX01 = "off"\n', 2),
    ],
)
def test_the_exit_code(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    head: str,
    settings: str,
    code: int,
) -> None:
    folder = write_set(tmp_path / "shop", {"V1__base.sql": _BASE, "V2__a.sql": f"{head}DROP TABLE posts;"})
    (tmp_path / "pyproject.toml").write_text(settings)
    monkeypatch.chdir(tmp_path)
    words: Sequence[str] = ("--sql", folder, "--from", "2")
    assert lint_by_command(*words) == code
    told = capsys.readouterr()
    assert ("V2__a.sql" in told.out) == (code != 2)
    assert ("the rules are" in told.err) == (code == 2)


@pytest.mark.only("sqlite")
def test_the_document_of_json(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    folder = write_set(tmp_path / "shop", {"V1__base.sql": _BASE, "V2__a.sql": "SELECT 1;\n  DROP TABLE posts;"})
    monkeypatch.chdir(tmp_path)
    assert lint_by_command("--sql", folder, "--from", "2", "--json") == 3
    document = json.loads(capsys.readouterr().out)
    found = next(one for one in document["findings"] if one["code"] == "D01")
    assert (found["path"], found["line"], found["column"], found["statement"]) == (f"{folder}/V2__a.sql", 2, 14, 2)
    assert (found["database"], found["source"], found["level"], found["kind"]) == ("sqlite", "measured", "error", "DROP TABLE")
    assert found["facts"] and found["why"] and found["safe"] and found["version"]


@pytest.mark.asyncio
@pytest.mark.only("sqlite")
async def test_a_file_that_no_run_accepts_is_a_finding(database: str, tmp_path: Path) -> None:
    files = {"V1__base.sql": _BASE, "V2__a.sql": "SELECT 1;\nALTER TABLE users ADD b INTEGER, ADD c INTEGER;"}
    report = await judged(write_set(tmp_path / "shop", files), first="2")
    (found,) = [one for one in report.findings if one.code == "P08"]
    assert (found.statement, found.place.line, found.kind) == (2, 2, "ALTER TABLE")
