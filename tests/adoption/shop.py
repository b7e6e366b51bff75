"""A database that a tool left, with the folder of its files, for one test."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.adoption.loading import PYTHON_TOOLS, build, databases_of, offline_files, run_all
from tests.adoption.project import body, next_step
from tests.adoption.written import files
from whimbrel import AdoptReport, DatabaseManager, Report, adopt, inspect, migrate
from whimbrel.adoption.tools import NAMES
from whimbrel.schema.model import Schema

__all__ = ["Picture", "Shop", "take_picture", "tools"]

# The schema, and the rows of each table.
Picture = tuple[Schema, dict[str, list[str]]]


class Shop:
    """The database at `url`, and the folders `theirs` and `ours` in `folder`."""

    def __init__(self, url: str, tool: str, database: str, folder: Path) -> None:
        self.url, self.tool, self.database = url, tool, database
        self.theirs, self.ours = folder / "theirs", folder / "sql" / "shop"

    async def build(self) -> "Shop":
        """Make the database and the tool's files."""
        await build(self.url, self.tool, self.database)
        self.write(tool_files(self.tool, self.database))
        return self

    def write(self, texts: Mapping[str, str]) -> None:
        """Write files of the tool."""
        for name, text in texts.items():
            path = self.theirs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    async def adopt(self, *, apply: bool = False) -> AdoptReport:
        """Adopt the history."""
        return await adopt(self.url, self.tool, self.theirs, write=self.ours, apply=apply)

    async def migrate_on(self, url: str = "") -> Report:
        """Apply what is pending, with one more migration."""
        up = next_step("shop_order" if self.tool == "django" else "orders").up
        (self.ours / "V99990101000000__invoices.sql").write_text(body(up), encoding="utf-8")
        return await migrate(url or self.url, self.ours)

    async def run(self, *statements: str) -> None:
        """Change the database by hand."""
        await run_all(self.url, list(statements))


def tools() -> list[ParameterSet]:
    """Return the tools, each with the databases of this run: all with ADOPTION; otherwise SQLite, and a share of the others.

    A tool that behaves the same on another database need not be tested there in every run.
    """
    full, servers = "ADOPTION" in os.environ, ("postgresql", "mysql", "mariadb")
    found = []
    for number, tool in enumerate(NAMES):
        share = {"sqlite", servers[number % 3], *(servers if full or tool == "dbmate" else ())}
        names = [name for name in databases_of(tool) if name in share or len(databases_of(tool)) == 1]
        found.append(pytest.param(tool, marks=pytest.mark.only(*names)))
    return found


def tool_files(tool: str, database: str) -> dict[str, str]:
    """Return the files to adopt: those of the tool, or the SQL that it printed for them."""
    return offline_files(tool, database) if tool in PYTHON_TOOLS else files(tool, database)


async def take_picture(url: str) -> Picture:
    """Return the schema and all rows."""
    schema = await inspect(url)
    mark = "`" if schema.database in ("mysql", "mariadb") else '"'
    async with DatabaseManager(url) as db_manager:
        rows = {
            table.name: sorted(repr(row) for row in await db_manager.fetch_all(f"SELECT * FROM {mark}{table.name}{mark}"))
            for table in schema.tables
        }
    return schema, rows
