"""The crash matrix: a process is killed at every step, before, while and after the database works on it, and is started again.

One ordinary start must finish the work, with the same result as an unharmed run.
"""

import asyncio
from collections.abc import Sequence
from itertools import product
from math import ceil
from pathlib import Path

import pytest

from tests.conftest import Fresh
from tests.faults.conftest import Figure
from tests.faults.harm import Harm, share
from tests.faults.ledger import EACH, FIRST, judge
from tests.faults.rich import MIGRATIONS, write_rich
from tests.faults.victim import WAYS, Death, Way, child
from tests.files import write_set
from whimbrel import migrate

# A run on MySQL has nearly 500 steps, and can die in three ways at each. Prime numbers of points leave no way out.
_POINTS_SMALL, _POINTS_FULL = 29, 307
_MOMENTS = (0.0, 0.0003, 0.001, 0.003, 0.01)


class Matrix(Harm):
    """The crash points of one database."""

    def die(self, death: Death) -> None:
        """Kill a run, start it again once, and compare."""
        url = self.fresh()
        with child(url, self.folder, death) as victim:
            told = victim.hear()
            victim.wait()
        self.finish(url, f"{death.way}, step {death.step} ({told.kind} at {told.steps[-1][:100]})")


def chosen(steps: Sequence[str], points: int) -> list[Death]:
    """Spread this many points over all steps and all ways to die, and some more over the ends of transactions."""
    numbers = range(1, len(steps) + 1)
    # If there are few steps, the process dies at several moments in each, so that there are enough points.
    during = min(len(_MOMENTS), max(1, ceil(points / len(steps)) - 2))
    every = [
        Death(way, step, moment=_MOMENTS[(step + turn) % len(_MOMENTS)])
        for step, way in product(numbers, WAYS)
        for turn in range(during if way == "during" else 1)
    ]
    commits = [Death("after", step) for step in numbers if steps[step - 1] == "execute COMMIT"]
    spread = [every[at * len(every) // points] for at in range(min(points, len(every)))]
    return spread + commits[1 :: len(commits) // 6 + 1]


def crash(fresh: Fresh, folder: str, database: str, figure: Figure, *, full: bool, migrations: int = MIGRATIONS) -> None:
    matrix = Matrix(fresh, folder, migrations)
    deaths = share(chosen(matrix.steps, _POINTS_FULL if full else _POINTS_SMALL), database, full=full)
    assert {death.way for death in deaths} == set(WAYS)
    for death in deaths:
        matrix.die(death)
    matrix.judge("crash points", figure)


@pytest.mark.fault("R17")
@pytest.mark.only("postgresql", "sqlite")
@pytest.mark.timeout(3600)
def test_whatever_step_a_run_dies_at_the_next_one_finishes_it(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    crash(fresh, write_rich(tmp_path / "rich", database), database, figure, full=full)


@pytest.mark.fault("R18")
@pytest.mark.only("mysql", "mariadb")
@pytest.mark.timeout(3600)
def test_whatever_step_a_run_dies_at_the_journal_and_the_catalog_finish_it(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    crash(fresh, write_rich(tmp_path / "rich", database), database, figure, full=full)


# Files whose statements, including the last of each, only the catalog can settle.
CHAIN = (
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER);\n",
    "CREATE INDEX a_n ON a (n);\n",
    "ALTER TABLE a ADD COLUMN more INTEGER;\nCREATE TABLE b (id INTEGER);\n",
    "ALTER TABLE a RENAME TO c;\nCREATE TABLE a (id INTEGER);\n",
    "DROP TABLE b;\n",
    "CREATE TABLE b (id INTEGER);\nDROP TABLE b;\nCREATE TABLE b (id INTEGER, n INTEGER);\n",
)


@pytest.mark.fault("R18")
@pytest.mark.only("mysql", "mariadb")
@pytest.mark.timeout(3600)
def test_whatever_step_a_run_of_ddl_alone_dies_at_the_next_one_finishes_it(
    fresh: Fresh, database: str, tmp_path: Path, full: bool, figure: Figure
) -> None:
    folder = write_set(tmp_path / "chain", {f"V{number}__ddl.sql": text for number, text in enumerate(CHAIN, start=1)})
    crash(fresh, folder, database, figure, full=full, migrations=0)


BETWEEN = """-- whimbrel: transaction=off
BEGIN;
INSERT INTO counter VALUES (2, 0);
COMMIT;
UPDATE counter SET n = n + 1 WHERE version = 2;
INSERT INTO ledger SELECT count(*) + 1, 2 FROM ledger;
CREATE TABLE made_2 (id INTEGER);
"""


@pytest.mark.fault("R17", "R18")
@pytest.mark.parametrize("way", WAYS)
def test_a_statement_between_a_files_own_transactions_is_one_with_its_record(url: str, tmp_path: Path, way: Way) -> None:
    first = FIRST + EACH.format(version=1)
    folder = write_set(tmp_path / "between", {"V1__first.sql": first, "V2__between.sql": BETWEEN})
    with child(url, folder, Death(way, text="UPDATE counter SET n = n + 1 WHERE version = 2")) as victim:
        assert victim.hear().kind == "dying"
        victim.wait()
    asyncio.run(migrate(url, folder))
    asyncio.run(judge(url, 2))
