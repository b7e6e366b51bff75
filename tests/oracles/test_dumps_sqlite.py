"""A dump by SQLite's shell runs unchanged as a migration, and the resulting database has the same dump."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.files import write_set
from whimbrel import migrate

__test__ = "sqlite" in os.environ.get("DATABASES", "sqlite").split(",")
CONTENT = Path(__file__).with_suffix(".sql").read_text()
_OURS = "whimbrel_"


def dump(path: Path) -> str:
    """The dump without Whimbrel's tables; it has no option to leave tables out."""
    with closing(sqlite3.connect(path)) as connection:
        return "".join(f"{line}\n" for line in connection.iterdump() if _OURS not in line)


def make(path: Path, content: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(content)


def first_and_second(folder: Path, content: str) -> tuple[str, str]:
    make(folder / "source.db", content)
    first, target = dump(folder / "source.db"), folder / "target.db"
    asyncio.run(migrate(f"sqlite:///{target}", write_set(folder / "dump", {"V001__dump.sql": first}), databases=("sqlite",)))
    return first, dump(target)


def test_a_dump_of_nasty_content_applies_and_is_dumped_again_the_same(tmp_path: Path) -> None:
    first, second = first_and_second(tmp_path, CONTENT)
    assert second == first
    for piece in ("BEGIN TRANSACTION;", "COMMIT;", "it''s", "X'00FF3B27'", "😀", "CREATE TRIGGER", "sqlite_sequence"):
        assert piece in first


def test_a_dump_of_an_empty_database_applies(tmp_path: Path) -> None:
    first, second = first_and_second(tmp_path, "")
    assert second == first
