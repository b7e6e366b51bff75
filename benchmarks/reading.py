"""The reading of a schema, compared with the bare driver that sends the same queries, and with SQLAlchemy's inspector."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks import floors
from benchmarks.clock import Turn, at_best, medians, samples, timed
from benchmarks.databases import Home, homes
from benchmarks.sizes import PAGE, QUICK, ROUNDS
from benchmarks.tables import Goal, Table, told
from benchmarks.wire import counted
from whimbrel.dialects.registry import find_dialect
from whimbrel.schema.contract import find_inspector
from whimbrel.url import parse_url

COUNTS = (10, 100) if QUICK else (1_000,) if PAGE else (10, 100, 1_000)
WANTED = 1.5
Mark = Callable[[], None] | None
_DRIVERS = {"postgresql": "asyncpg", "mysql": "aiomysql", "sqlite": "aiosqlite"}
# SQLAlchemy reads each kind of fact for all tables at once, as far as it can.
_KINDS = ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints")


def tables() -> Iterator[Table]:
    """Measure on each database, with each number of tables."""
    rows = [row for home in homes() for row in asyncio.run(_rows(home))]
    what = "reading a schema of {:,} tables, x bare driver"
    yield Table(
        f"Reading a schema, median of up to {ROUNDS}",
        "Seconds from the first question to the model, on an open connection. 'bare' is the driver alone, which sends the\n"
        "same texts and reads the answers. 'queries' counts messages on the wire, BEGIN and the like among them.\n"
        "'at best' compares the fastest of each. 'inspector' is SQLAlchemy's, without views, triggers and routines.",
        ("database", "tables", "Whimbrel", "bare", "x bare", "wanted", "at best", "queries", "inspector", "its queries"),
        rows,
        [Goal(what.format(row[1]), str(row[0]), WANTED, float(row[4] or 0)) for row in rows],
    )


async def _rows(home: Home) -> list[list[str | float | None]]:
    found: list[list[str | float | None]] = []
    for count in COUNTS:
        async with home.empty() as url:
            await _fill(url, count)
            texts, theirs = await _asked(url, _read), len(await _asked(url, _inspect))
            seconds = await samples(_turns(url, texts), ROUNDS)
            took, best = medians(seconds), at_best(seconds, "ours", "bare")
            ratio = took["ours"] / took["bare"]
            found.append(
                told([home.label, count, took["ours"], took["bare"], ratio, WANTED, best, len(texts), took["inspector"], theirs])
            )
    return found


async def _fill(url: str, count: int) -> None:
    bare = await floors.connect(url, blocking=True)
    try:
        for number in range(count):
            parent = f", FOREIGN KEY (p) REFERENCES t{number - 1:04} (id)" if number % 3 else ""
            await bare.one(
                f"CREATE TABLE t{number:04} (id BIGINT NOT NULL PRIMARY KEY, a VARCHAR(40) DEFAULT 'x' NOT NULL, p BIGINT, "
                f"b TIMESTAMP DEFAULT CURRENT_TIMESTAMP, c DECIMAL(9, 2), d TEXT, CONSTRAINT u{number} UNIQUE (a), "
                f"CONSTRAINT k{number} CHECK (c > 1){parent})"
            )
            await bare.one(f"CREATE INDEX i{number} ON t{number:04} (c, b)")
    finally:
        await bare.close()


async def _read(url: str, mark: Mark = None) -> float:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        return await _marked(find_inspector(connection.dialect.name).read(connection, ""), mark)
    finally:
        await connection.close()


async def _inspect(url: str, mark: Mark = None) -> float:
    scheme, _, place = url.partition("://")
    name = "mysql" if scheme == "mariadb" else scheme
    engine = create_async_engine(f"{name}+{_DRIVERS[name]}://{place}", poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await _marked(connection.run_sync(_inspect_all), mark)
    finally:
        await engine.dispose()


def _inspect_all(connection: Connection) -> None:
    inspector = inspect(connection)
    for kind in _KINDS:
        getattr(inspector, f"get_multi_{kind}")()


async def _marked(work: Awaitable[object], mark: Mark) -> float:
    """Return the seconds of a work, and call `mark` before it and after it."""
    if mark:
        mark()
    seconds = await timed(work)
    if mark:
        mark()
    return seconds


async def _asked(url: str, read: Callable[[str, Mark], Awaitable[float]]) -> list[str]:
    """Return the texts of a reading, without those that open its connection."""
    places: list[int] = []
    async with counted(url) as (relay, asked):
        await read(relay, lambda: places.append(len(asked.texts)))
    texts = asked.texts[slice(*places)]
    # SQLite traces the pragmas inside of a statement too, as comments.
    return [text for text in texts if not text.startswith("--")]


async def _ask(url: str, texts: Sequence[str]) -> float:
    bare = await floors.connect(url)
    try:
        return await timed(_send(bare, texts))
    finally:
        await bare.close()


async def _send(bare: floors.Bare, texts: Sequence[str]) -> None:
    for text in texts:
        await (bare.rows(text) if text.lstrip().startswith(("SELECT", "WITH", "/*")) else bare.send(text))


def _turns(url: str, texts: Sequence[str]) -> dict[str, Turn]:
    return {"ours": lambda: _read(url), "bare": lambda: _ask(url, texts), "inspector": lambda: _inspect(url)}
