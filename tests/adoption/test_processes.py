"""An adoption that runs in many processes at once, or is killed, is recorded once and completely."""

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.adoption.shop import Shop, take_picture
from tests.conftest import Fresh
from tests.faults.victim import Death, child
from whimbrel import adopt

FULL = os.environ.get("ADOPTION") == "full"
_PROCESSES = 8
# The full run kills at more than a hundred steps, which take minutes: it does so in as many tests, and each learns the steps.
_PARTS = 12 if FULL else 1
# The last steps write: a process dies before and after each. The earlier ones read, and replay the files in another database: to
# die before one of them is to die after the one before it.
_WRITING = 12
pytestmark = pytest.mark.only(*(("postgresql", "mysql", "mariadb", "sqlite") if FULL else ("postgresql", "sqlite")))
_HISTORY = "whimbrel_history"


async def take_over(url: str, folder: str) -> None:
    """Adopt the shop in a folder, in a child process."""
    await adopt(url, "dbmate", Path(folder) / "theirs", write=Path(folder) / "sql" / "shop", apply=True)


def test_eight_processes_adopt_at_once(url: str, database: str, tmp_path: Path) -> None:
    shop = Shop(url, "dbmate", database, tmp_path)
    asyncio.run(shop.build())
    before = asyncio.run(take_picture(url))
    with ExitStack() as stack:
        children = [stack.enter_context(child(url, str(tmp_path), work=take_over)) for _ in range(_PROCESSES)]
        assert [one.hear().kind for one in children] == ["ended"] * _PROCESSES
    _check_adopted(shop, before[1])


@pytest.mark.parametrize("part", range(_PARTS))
def test_an_adoption_that_is_killed_is_finished_by_the_next(fresh: Fresh, database: str, part: int, tmp_path: Path) -> None:
    steps = len(_die(fresh(), database, tmp_path / "whole", None))
    assert steps > _WRITING
    reading = [Death("after", step) for step in range(1, steps - _WRITING + 1)]
    writing = [Death(way, step) for step in range(steps - _WRITING + 1, steps + 1) for way in ("before", "after")]
    wanted = [*reading, *writing][part::_PARTS] if FULL else [*reading[::20], *writing[::6]]
    for number, death in enumerate(wanted):
        _die(fresh(), database, tmp_path / str(number), death)


def _die(url: str, database: str, folder: Path, death: Death | None) -> tuple[str, ...]:
    """Adopt in a child process that dies, then adopt again. Return the number of steps of the child."""
    shop = Shop(url, "dbmate", database, folder)
    asyncio.run(shop.build())
    before = asyncio.run(take_picture(url))
    with child(url, str(folder), death, take_over) as victim:
        told = victim.hear()
        victim.wait()
    assert told.kind == ("dying" if death else "ended"), told
    report = asyncio.run(shop.adopt(apply=True))
    # All rows are recorded in one transaction, so the next run finds all or none.
    assert (len(report.recorded), report.already) in ((5, 0), (0, 5)), (death, told)
    _check_adopted(shop, before[1])
    return told.steps


def _check_adopted(shop: Shop, before: dict[str, list[str]]) -> None:
    _, rows = asyncio.run(take_picture(shop.url))
    assert len(rows[_HISTORY]) == 5
    assert {name: rows[name] for name in before} == before
    assert len(list(shop.ours.glob("V*.sql"))) == 5
    assert asyncio.run(shop.migrate_on()).already == 5
