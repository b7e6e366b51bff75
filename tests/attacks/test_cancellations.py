"""Cancellation at random moments: no lost write, no foreign transaction, no dead connection lent, no connection leaked.

A ledger holds the reported result of each write. CANCELLATIONS=10000 sets the number of moments; the default is a sample.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from whimbrel import ConnectionLost, DatabaseManager, PoolTimeout, StatementTimeout, TransactionEnded

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(3600)]

MOMENTS = int(os.environ.get("CANCELLATIONS", "150"))
POOL, WORKERS = 3, 6
INSERT = "INSERT INTO ledger (id, unit) VALUES (:id, :unit)"


class Ledger:
    """The rows that must exist, those that must not, and those that may."""

    def __init__(self, db_manager: DatabaseManager) -> None:
        self.manager = db_manager
        self.number = 0
        self.committed: set[int] = set()
        self.rolled_back: set[int] = set()
        self.units: dict[int, set[int]] = {}
        self.seen: Counter[str] = Counter()

    def next(self) -> int:
        self.number += 1
        return self.number

    def fail(self) -> None:
        raise LookupError

    async def write(self, unit: int) -> int:
        number = self.next()
        assert await self.manager.execute(INSERT, {"id": number, "unit": unit}) == 1
        return number

    async def read(self) -> None:
        number = self.next()
        assert await self.manager.fetch_value("SELECT :n + 0 AS n", {"n": number}) == number

    async def write_alone(self) -> None:
        self.committed.add(await self.write(0))

    async def transaction(self) -> None:
        unit, written = self.next(), set[int]()
        self.units[unit] = written
        async with self.manager.transaction():
            written.add(await self.write(unit))
            await self.read()
            written.add(await self.write(unit))
        self.committed |= written

    async def nested(self) -> None:
        unit, kept, undone = self.next(), set[int](), set[int]()
        self.units[unit] = kept
        async with self.manager.transaction():
            kept.add(await self.write(unit))
            try:
                async with self.manager.transaction():
                    undone.add(await self.write(unit))
                    self.fail()
            except LookupError:
                self.rolled_back |= undone
            kept.add(await self.write(unit))
        self.committed |= kept

    async def failing(self) -> None:
        unit, undone = self.next(), set[int]()
        try:
            async with self.manager.transaction():
                undone.add(await self.write(unit))
                self.fail()
        except LookupError:
            self.rolled_back |= undone

    async def _generate(self, undone: set[int]) -> AsyncIterator[int]:
        async with self.manager.transaction():
            for _ in range(3):
                undone.add(await self.write(-1))
                yield 1

    async def left_early(self) -> None:
        undone: set[int] = set()
        try:
            async for _ in self._generate(undone):
                break
            number = await self.write(0)
        except TransactionEnded:
            pass
        else:
            self.committed.add(number)
        finally:
            self.rolled_back |= undone

    async def slow(self) -> None:
        await self.manager.fetch_value(SLOW[self.manager.url.dialect])


SLOW = {
    "postgresql": "SELECT pg_sleep(0.02)",
    "mysql": "SELECT SLEEP(0.02)",
    "mariadb": "SELECT SLEEP(0.02)",
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT COUNT(*) FROM n",
}


async def by_timeout(work: Awaitable[None], moment: float) -> None:
    async with asyncio.timeout(moment):
        await work


async def by_wait_for(work: Awaitable[None], moment: float) -> None:
    await asyncio.wait_for(work, moment)


async def by_cancel(work: Awaitable[None], moment: float) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(moment)
    # The task is cancelled twice, as an impatient server does.
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        raise TimeoutError from None


async def worker(ledger: Ledger, dice: random.Random, moments: int) -> None:
    doings = (ledger.read, ledger.write_alone, ledger.transaction, ledger.nested, ledger.failing, ledger.left_early, ledger.slow)
    ends: tuple[Callable[[Awaitable[None], float], Awaitable[None]], ...] = (by_timeout, by_wait_for, by_cancel)
    for _ in range(moments):
        work, end = dice.choice(doings), dice.choice(ends)
        # In a separate task: an abandoned generator's transaction is reported in the task that used it.
        task = asyncio.ensure_future(end(work(), dice.expovariate(1 / 0.012)))
        try:
            await task
            ledger.seen["done"] += 1
        except TimeoutError:
            ledger.seen["cancelled"] += 1
        except (PoolTimeout, StatementTimeout, ConnectionLost, TransactionEnded) as error:
            ledger.seen[type(error).__name__] += 1


async def test_cancelled_at_any_moment_nothing_is_lost_or_leaked(url: str, database: str) -> None:
    seed = random.randrange(10**9)
    async with DatabaseManager(url, pool_size=POOL) as db_manager:
        await db_manager.execute("CREATE TABLE ledger (id INTEGER PRIMARY KEY, unit INTEGER)")
        ledger = Ledger(db_manager)
        dice = [random.Random(seed + number) for number in range(WORKERS)]
        await asyncio.gather(*(worker(ledger, one, MOMENTS // WORKERS) for one in dice))
        # Every connection of the pool can be lent at the same time, and answers.
        await asyncio.gather(*(hold(db_manager) for _ in range(POOL)))
        # Abandoned generators may still be rolling back.
        rows = await db_manager.fetch_all("SELECT id, unit FROM ledger")
        sessions = await count_sessions(db_manager, database)
    there = {row["id"] for row in rows}
    told = f"seed {seed}, {dict(ledger.seen)}"
    assert ledger.committed - there == set(), told
    assert ledger.rolled_back & there == set(), told
    for unit, ids in ledger.units.items():
        # A unit whose end is unknown exists completely or not at all.
        assert {row["id"] for row in rows if row["unit"] == unit} in (set(), *([ids] if ids <= there else [])), told
    assert sessions <= POOL, told
    assert ledger.seen["cancelled"] > 0, told
    if MOMENTS > 1000:
        print(f"{database}: {told}, {len(there)} rows, {sessions} sessions")


async def hold(db_manager: DatabaseManager) -> None:
    async with db_manager.transaction():
        await db_manager.fetch_value("SELECT 1")
        await asyncio.sleep(0.05)


async def count_sessions(db_manager: DatabaseManager, database: str) -> int:
    if database == "sqlite":
        return 0
    if database == "postgresql":
        counting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
    else:
        counting = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"
    # A session that was ended still exists for a moment.
    for _ in range(100):
        if (count := int(await db_manager.fetch_value(counting))) <= POOL:
            break
        await asyncio.sleep(0.05)
    return count
