"""ATTACH of a file that is open already is refused at once: a write to it would wait for the connection's own lock."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import MigrationFailed, migrate

pytestmark = [pytest.mark.asyncio, pytest.mark.only("sqlite")]

TOLD = r"V1__a\.sqlite\.sql:[23]:1(.|\n)*again is the file that is open as main already(.|\n)*write main instead of again"


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 't%'")]


@pytest.mark.parametrize("way", ["as it is", "dots", "symbolic link", "hard link", "address", "expression", "relative"])
@pytest.mark.parametrize("head", ["", "-- whimbrel: transaction=off\n"])
async def test_the_file_itself_is_refused(way: str, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, link = tmp_path / "shop.db", tmp_path / "link.db"
    file.touch()
    if way == "symbolic link":
        link.symlink_to(file)
    if way == "hard link":
        os.link(file, link)
    monkeypatch.chdir(tmp_path)
    named = {
        "as it is": f"'{file}'",
        "dots": f"'{tmp_path}/../{tmp_path.name}/shop.db'",
        "symbolic link": f"'{link}'",
        "hard link": f"'{link}'",
        "address": f"'file:{file}?mode=ro'",
        "expression": f"'{tmp_path}' || '/shop.db'",
        "relative": "'shop.db'",
    }[way]
    text = f"{head}CREATE TABLE t1 (id INTEGER);\nATTACH DATABASE {named} AS again;\nINSERT INTO again.t1 VALUES (1);"
    with pytest.raises(MigrationFailed, match=TOLD):
        await migrate(f"sqlite:///{file}", write_set(tmp_path / "shop", {"V1__a.sqlite.sql": text}), lock_wait=600)
    # Without the ATTACH, the run goes on.
    text = f"{head}CREATE TABLE t1 (id INTEGER);\nINSERT INTO main.t1 VALUES (1);"
    await migrate(f"sqlite:///{file}", write_set(tmp_path / "shop", {"V1__a.sqlite.sql": text}))
    assert names(file) == ["t1"]


async def test_another_file_is_refused_under_a_second_name_only(tmp_path: Path) -> None:
    file, other = tmp_path / "shop.db", tmp_path / "other.db"
    first = f"ATTACH '{other}' AS o;\nCREATE TABLE o.t2 (id INTEGER);\nCREATE TABLE t1 (id INTEGER);\n"
    folder = tmp_path / "shop"
    with pytest.raises(MigrationFailed, match="p is the file that is open as o already"):
        await migrate(f"sqlite:///{file}", write_set(folder, {"V1__a.sqlite.sql": f"{first}ATTACH '{other}' AS p;"}))
    await migrate(f"sqlite:///{file}", write_set(folder, {"V1__a.sqlite.sql": f"{first}ATTACH ':memory:' AS p;"}))
    assert (names(file), names(other)) == (["t1"], ["t2"])
