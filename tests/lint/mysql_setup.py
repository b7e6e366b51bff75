"""A database of MySQL or MariaDB in which the statements of a corpus run one after the other, each on its own set-up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.lint.corpus import Labelled
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement
from whimbrel.url import parse_url

__all__ = ["DATABASE", "Scene", "fresh_scene"]

DATABASE = "lint_corpus"
_OBJECTS = """
    SELECT table_name AS name, table_type AS kind FROM information_schema.tables WHERE table_schema = :name
"""


@dataclass
class Scene:
    """The session of the statements, and others beside it."""

    database: str
    name: str
    own: MysqlConnection
    other: MysqlConnection
    holder: MysqlConnection
    third: MysqlConnection

    async def reset(self, one: Labelled) -> None:
        """Remove all tables, and run the set-up of a statement."""
        own = self.own
        for sql in own.dialect.session_setup_sql(own, self.name, portable=False, lock_timeout=None):
            await own.run(sql)
        gone = await own.fetch_all(_OBJECTS, {"name": self.name})
        names = {
            kind: [own.dialect.quote(row["name"]) for row in gone if (row["kind"] == "VIEW") == kind] for kind in (True, False)
        }
        drops = [f"DROP {'VIEW' if kind else 'TABLE'} {', '.join(found)}" for kind, found in names.items() if found]
        await own.send(["SET foreign_key_checks = 0", *drops, "SET foreign_key_checks = 1", *map(_text, self._split(one.setup))])

    def statements(self, one: Labelled) -> list[str]:
        """Return the texts of the judged file's statements."""
        return [statement.text for statement in self.split(one)]

    def split(self, one: Labelled) -> list[Statement]:
        """Return the statements of the judged file."""
        return list(self._split(one.sql))

    def _split(self, sql: str) -> list[Statement]:
        return list(split(sql, find_rules(self.database)))

    async def run_all(self, one: Labelled, *, last: str = "") -> int:
        """Run the statements as a run does, the last one with another text if one is given; return the rows it reports."""
        rows = 0
        for statement in self.split(one):
            is_last = statement == self.split(one)[-1]
            text = last if is_last and last else statement.text
            if last or not await self.own.dialect.emulate(self.own, statement):
                rows = await self.own.send_any(text)
        return rows

    async def tables(self) -> list[str]:
        """Return the names of the tables."""
        rows = await self.other.fetch_all(_OBJECTS, {"name": self.name})
        return sorted(row["name"] for row in rows if row["kind"] == "BASE TABLE")


def _text(statement: Statement) -> str:
    return statement.text


@asynccontextmanager
async def fresh_scene(url: str, database: str, name: str = DATABASE) -> AsyncIterator[Scene]:
    """Make the database, and drop it at the end."""
    address = parse_url(url)
    dialect = find_dialect(address)
    admin = await dialect.connect(address)
    await admin.run(f"CREATE DATABASE {name}")
    sessions: list[MysqlConnection] = []
    try:
        for _ in range(4):
            connection = await dialect.connect(address._replace(database=name))
            assert isinstance(connection, MysqlConnection)
            sessions.append(connection)
        own, other, holder, third = sessions
        yield Scene(database, name, own, other, holder, third)
    finally:
        for connection in sessions:
            await connection.close()
        await admin.run(f"DROP DATABASE {name}")
        await admin.close()
