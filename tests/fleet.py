"""Tenants for the tests: names that are unique on the server, a set that shows whether a file ran twice, and the check."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.files import write_set
from whimbrel import onboard
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.session.connect import open_session
from whimbrel.session.session import Session
from whimbrel.session.state import SessionState
from whimbrel.url import parse_url

# Statements whose result shows whether they ran twice: with rows, with tables, and with both.
MIGRATIONS = (
    "CREATE TABLE counter (version INTEGER PRIMARY KEY, n INTEGER NOT NULL);\nINSERT INTO counter VALUES (1, 0);",
    "INSERT INTO counter VALUES (2, 0);\nUPDATE counter SET n = n + 1;",
    "ALTER TABLE counter ADD COLUMN more INTEGER;\nINSERT INTO counter VALUES (3, 0, 0);",
    "UPDATE counter SET n = n + 1;\nINSERT INTO counter VALUES (4, 0, 0);",
    "CREATE TABLE made (id INTEGER PRIMARY KEY);\nINSERT INTO counter VALUES (5, 0, 0);",
)
# The value of `counter` after each of them.
COUNTED = ({1: 0}, {1: 1, 2: 1}, {1: 1, 2: 1, 3: 0}, {1: 2, 2: 2, 3: 1, 4: 0}, {1: 2, 2: 2, 3: 1, 4: 0, 5: 0})
_number = count(1)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The tenants of one test."""

    url: str
    database: str
    folder: Path
    prefix: str

    def name(self, number: int) -> str:
        """The name of one of them."""
        return f"{self.prefix}_{number:05}"

    def names(self, many: int) -> list[str]:
        """The names of the first ones."""
        return [self.name(number) for number in range(many)]

    def write(self, migrations: int) -> str:
        """Write the blueprint with that many migrations and return its path."""
        files = {f"V{version}__m.sql": text for version, text in enumerate(MIGRATIONS[:migrations], start=1)}
        return write_set(self.folder / "sql" / "tenant", files)

    @asynccontextmanager
    async def inside(self, control: Session, name: str) -> AsyncIterator[Session]:
        """A session in a tenant's schema."""
        url = parse_url(self.url)
        async with find_tenancy(url).inside(control.connection, url, name) as (connection, schema):
            yield Session(connection, SessionState(schema), "")

    async def run(self, name: str, sql: str) -> None:
        """Run a statement in a tenant's schema; {schema} is its name."""
        async with open_session(self.url) as control, self.inside(control, name) as tenant:
            await tenant.connection.run(sql.format(schema=tenant.dialect.quote(tenant.schema)))

    async def schemas(self) -> set[str]:
        """Return the schemas, databases or files that the database itself lists."""
        if self.database == "sqlite":
            return {file.name.removesuffix(".db") for file in Path(f"{parse_url(self.url).database}.tenants").glob("*")}
        async with open_session(self.url) as control:
            rows = await control.connection.fetch_all(find_tenancy(parse_url(self.url)).catalog)
        return {row["name"] for row in rows}

    async def drop(self, names: Iterable[str]) -> None:
        """Drop schemas, as an operator would."""
        async with open_session(self.url) as control:
            for name in names:
                if self.database == "sqlite":
                    Path(f"{parse_url(self.url).database}.tenants", f"{name}.db").unlink(missing_ok=True)
                elif self.database == "postgresql":
                    await control.connection.run(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
                else:
                    await control.connection.run(f"DROP DATABASE IF EXISTS `{name}`")

    async def judge(self, names: Iterable[str], migrations: int) -> None:
        """Raise AssertionError unless each migration was applied to each tenant once, in order, and is recorded so."""
        async with open_session(self.url) as control:
            for name in names:
                async with self.inside(control, name) as tenant:
                    fetch, schema = tenant.connection.fetch_all, tenant.dialect.quote(tenant.schema)
                    counted = {row["version"]: row["n"] for row in await fetch(f"SELECT version, n FROM {schema}.counter")}
                    assert counted == COUNTED[migrations - 1], name
                    history = await fetch(
                        f"SELECT version, installed_rank, success FROM {schema}.whimbrel_history ORDER BY installed_rank"
                    )
                    wanted = [(version, version, True) for version in range(1, migrations + 1)]
                    assert [(int(one["version"]), one["installed_rank"], one["success"]) for one in history] == wanted, name
                    assert await fetch(f"SELECT version FROM {schema}.whimbrel_journal") == [], name


def new_fleet(url: str, database: str, folder: Path) -> Fleet:
    """Return tenants whose names no other test uses, since MySQL's databases belong to the whole server."""
    return Fleet(url, database, folder, f"fleet{next(_number)}")


def clear_away(fleet: Fleet) -> None:
    """Drop what MySQL and MariaDB would keep: their tenants are not inside the test's database."""

    async def clear() -> None:
        await fleet.drop(name for name in await fleet.schemas() if name.startswith(fleet.prefix))

    if fleet.database in ("mysql", "mariadb"):
        asyncio.run(clear())


async def add(fleet: Fleet, many: int, migrations: int) -> str:
    """Onboard tenants with the first migrations, and return the folder."""
    folder = fleet.write(migrations)
    for name in fleet.names(many):
        await onboard(fleet.url, name, folder)
    return folder
