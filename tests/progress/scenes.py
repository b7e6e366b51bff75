"""Three long runs on each database: a large table, a blocked table, a fleet of tenants. Each returns the words of its command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.adoption.loading import run_all
from tests.files import write_set
from tests.fleet import new_fleet
from whimbrel import onboard
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

__all__ = ["blocked", "fleet", "holding", "large"]

# More seconds than any run lasts.
_LONG = 36_000
_WAIT = ("--lock-wait", str(_LONG))
_AT_ONCE = 4
# Rows of the large table: a statement about it takes from two seconds to a minute.
_DOUBLINGS = 19
_DIGITS = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)"
# Statements that change the large table, to be repeated.
_CHANGES = {
    "postgresql": ("CREATE INDEX big_pad ON big (pad, id);", "DROP INDEX big_pad;", "CLUSTER big USING big_pkey;"),
    "mysql": ("ALTER TABLE big ADD INDEX big_pad (pad, id);", "ALTER TABLE big DROP INDEX big_pad;", "ALTER TABLE big FORCE;"),
    "mariadb": (
        "ALTER TABLE big ADD INDEX big_pad (pad, id);",
        "ALTER TABLE big DROP INDEX big_pad;",
        "ALTER TABLE big FORCE, ALGORITHM=COPY;",
    ),
    "sqlite": ("CREATE INDEX big_pad ON big (pad, id);", "DROP INDEX big_pad;", "UPDATE big SET pad = pad || 'x';"),
}
_UPDATE = "UPDATE big SET pad = concat(pad, 'x');"
_NUMBER = {
    "postgresql": "SELECT pg_backend_pid() AS n",
    "mysql": "SELECT CONNECTION_ID() AS n",
    "mariadb": "SELECT CONNECTION_ID() AS n",
}
# A statement of some seconds; SQLite has none that sleeps.
_SLOW = {
    "postgresql": "SELECT pg_sleep(7);",
    "mysql": "SELECT SLEEP(7);",
    "mariadb": "SELECT SLEEP(7);",
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) FROM n;",
}


def large(url: str, database: str, folder: Path) -> list[str]:
    """Make a large table, and a migration that indexes, rebuilds and updates it until it is stopped."""
    key = "INTEGER PRIMARY KEY" if database == "sqlite" else "BIGINT PRIMARY KEY"
    pad = "'some text of a row '" if database == "sqlite" else "repeat('some text of a row ', 4)"
    double = "INSERT INTO big SELECT id + (SELECT max(id) + 1 FROM {}), pad FROM big"
    # MySQL reads a table that it writes only through a derived table.
    double = double.format("(SELECT id FROM big) AS b")
    asyncio.run(run_all(url, [f"CREATE TABLE big (id {key}, pad VARCHAR(400))", f"INSERT INTO big VALUES (0, {pad})"]))
    asyncio.run(run_all(url, [double] * _DOUBLINGS))
    changes = [*_CHANGES[database], *([] if database == "sqlite" else [_UPDATE])]
    path = write_set(folder / "large", {"V1__large.sql": "\n".join(changes * 500)})
    return ["migrate", "--url", url, "--sql", path, "--accept-existing", *_WAIT]


def blocked(url: str, database: str, folder: Path) -> list[str]:
    """Make a table, and a migration that has to wait for the session of `holding`."""
    asyncio.run(run_all(url, ["CREATE TABLE busy (id INTEGER)", "INSERT INTO busy VALUES (1)"]))
    path = write_set(folder / "waits", {"V1__busy.sql": "SELECT 1;\nALTER TABLE busy ADD COLUMN more INTEGER;"})
    return ["migrate", "--url", url, "--sql", path, "--accept-existing", *_WAIT]


@asynccontextmanager
async def holding(url: str, database: str) -> AsyncIterator[str]:
    """Hold the lock for which the blocked migration waits, and yield the number of the session that does."""
    parsed = parse_url(url)
    other = await find_dialect(parsed).open(parsed)
    try:
        number = str(await other.fetch_value(_NUMBER[database])) if database in _NUMBER else ""
        await other.run("BEGIN IMMEDIATE" if database == "sqlite" else "BEGIN")
        await other.run("SELECT count(*) FROM busy")
        yield number
    finally:
        await other.close()


def fleet(url: str, database: str, folder: Path, seconds: float) -> list[str]:
    """Onboard tenants for this many seconds of work."""
    tenants = new_fleet(url, database, folder)
    path = write_set(folder / "sql" / "tenant", {"V1__one.sql": "CREATE TABLE one (id INTEGER);"})
    names = tenants.names(max(8, int(seconds / 7 * _AT_ONCE)))
    for name in names:
        asyncio.run(_onboard(url, name, path))
    write_set(folder / "sql" / "tenant", {"V2__two.sql": f"CREATE TABLE two (id INTEGER);\n{_SLOW[database]}"})
    return ["tenants", "sync", "--url", url, "--sql", path, "--concurrency", str(_AT_ONCE), *_WAIT]


async def _onboard(url: str, name: str, path: str) -> None:
    await onboard(url, name, path)
