"""Many runs that are harmed. One ordinary run follows each, and the result must equal that of an unharmed run."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from tests.conftest import Fresh
from tests.faults.conftest import Figure
from tests.faults.ledger import judge
from tests.faults.picture import draw
from tests.faults.rich import MIGRATIONS
from tests.faults.victim import child
from whimbrel import drift, migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import DatabaseError, WhimbrelError
from whimbrel.url import parse_url

# They resume alike, by journal and catalog.
_TWINS = ("mysql", "mariadb")
Point = TypeVar("Point")


def share(points: Sequence[Point], database: str, *, full: bool) -> Sequence[Point]:
    """Return the points that a database tries: of every two, MySQL tries the first and MariaDB the second. The others, and a full
    run, try all.
    """
    return points if full or database not in _TWINS else points[_TWINS.index(database) :: 2]


class Harm:
    """Counts the outcomes of the runs. `steps` is the number of steps of an unharmed run, and `migrations` the number in its
    ledger.
    """

    def __init__(self, fresh: Fresh, folder: str, migrations: int = MIGRATIONS) -> None:
        self.fresh = fresh
        self.folder = folder
        self._failures: list[str] = []
        self._points = self._lost = self._doubled = self._stopped = self._asked = 0
        url = fresh()
        with child(url, folder) as victim:
            told = victim.hear()
        assert told.kind == "ended", told
        if migrations:
            asyncio.run(judge(url, migrations))
        self.steps = told.steps
        self._wanted = asyncio.run(draw(url))

    def finish(self, url: str, point: str) -> None:
        """Run once more after the harm that `point` describes, and compare the databases."""
        self._points += 1
        self._asked += asyncio.run(_intents(url)) > 0
        try:
            asyncio.run(migrate(url, self.folder))
        except WhimbrelError as error:
            self._stopped += 1
            self._failures.append(f"{point}: the next run stopped: {error}")
            return
        if drifted := asyncio.run(drift(url, self.folder)).found:
            self._failures.append(f"{point}: a false alarm, {drifted[0]}")
        found = asyncio.run(draw(url))
        missing, surplus = self._wanted - found, found - self._wanted
        self._lost += bool(missing)
        self._doubled += bool(surplus)
        if missing or surplus:
            self._failures.append(f"{point}: lost {list(missing)}, too much {list(surplus)}")

    def judge(self, points: str, figure: Figure) -> None:
        """Report the figures, and raise AssertionError with every failure."""
        figure(points, self._points)
        figure("lost", self._lost)
        figure("doubled", self._doubled)
        figure("stopped for a person", self._stopped)
        figure("settled by the catalog", self._asked)
        assert not self._failures, "\n".join(self._failures)


async def _intents(url: str) -> int:
    """Return the number of statements for which the next run has to ask the catalog."""
    parsed = parse_url(url)
    dialect = find_dialect(parsed)
    connection = await dialect.open(parsed)
    try:
        query = "SELECT count(*) AS n FROM whimbrel_journal WHERE state = 'intent' AND catalog_before <> ''"
        return int(await connection.fetch_value(query))
    except DatabaseError as error:
        if dialect.is_missing_table(error):
            return 0
        raise
    finally:
        await connection.close()
