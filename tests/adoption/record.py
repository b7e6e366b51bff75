"""Record the histories anew: `python -m tests.adoption.record [TOOL...]`. Needs pip, npm and java, and takes minutes.

The real tools run against real servers (TEST_..._URL, or those that the tests start). Each recording is checked: loaded beside
the project's own statements, it must give the schema and the rows that the tool left.
"""

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.adoption.layouts import LAYOUTS, layout
from tests.adoption.loading import build, databases_of
from tests.adoption.real_tools import REAL, TABLES, Place, run_tool
from tests.adoption.recording import HISTORIES, capture
from tests.conftest import run_sql
from tests.servers import running
from whimbrel import DatabaseManager, inspect
from whimbrel.schema.compare import compare

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whimbrel-adoption"


def main(tools: list[str]) -> None:
    """Record these tools, or all."""
    with ExitStack() as stack:
        servers: dict[str, str] = {}
        for tool in tools or sorted({*REAL, *LAYOUTS}):
            for database in databases_of(tool):
                if tool in LAYOUTS:
                    _write(tool, database, *layout(tool, database))
                    continue
                if database != "sqlite" and database not in servers:
                    servers[database] = stack.enter_context(running(database)).url
                with TemporaryDirectory() as folder:
                    _record(tool, database, servers.get(database, ""), Path(folder))


def _record(tool: str, database: str, admin: str, folder: Path) -> None:
    url, again = _anew(database, admin, folder, "recorded"), _anew(database, admin, folder, "rebuilt")
    place = Place(folder, url, _CACHE)
    version = run_tool(tool, place)
    header = (
        f"-- {tool} {version} on {database} {asyncio.run(_server(url))}; recorded by: python -m tests.adoption.record {tool}\n"
    )
    for name, text in place.offline.items():
        path = HISTORIES / tool / database / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _write(tool, database, header, asyncio.run(capture(url, () if place.offline else TABLES[tool])))
    asyncio.run(build(again, tool, database))
    asyncio.run(_prove(url, again, tool))
    print(f"{tool} {version} on {database}: recorded")


async def _server(url: str) -> str:
    question = "SELECT sqlite_version() AS v" if url.startswith("sqlite") else "SELECT version() AS v"
    async with DatabaseManager(url) as db_manager:
        return str(await db_manager.fetch_value(question)).removeprefix("PostgreSQL ").split()[0]


async def _prove(url: str, again: str, tool: str) -> None:
    if found := compare(await inspect(url), await inspect(again)):
        raise SystemExit(f"{tool}: the rebuilt schema differs:\n" + "\n".join(map(str, found)))
    if await capture(url) != await capture(again):
        raise SystemExit(f"{tool}: the rebuilt rows differ")


def _write(tool: str, database: str, header: str, statements: list[str]) -> None:
    path = HISTORIES / tool / f"{database}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(f"{statement};\n" for statement in statements), encoding="utf-8")


def _anew(database: str, admin: str, folder: Path, name: str) -> str:
    if database == "sqlite":
        return f"sqlite:///{folder / name}.db"
    force = " WITH (FORCE)" if database == "postgresql" else ""
    run_sql(admin, f"DROP DATABASE IF EXISTS adoption_{name}{force}", f"CREATE DATABASE adoption_{name}")
    return f"{admin.rpartition('/')[0]}/adoption_{name}"


if __name__ == "__main__":
    main(sys.argv[1:])
