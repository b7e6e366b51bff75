"""The gauge of MySQL and MariaDB measures what the probe saw, for each statement of their corpora."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.lint.corpus import Labelled, load
from tests.lint.mysql_labels import JUDGED, differences, labels_of, load_probed
from tests.lint.mysql_setup import Scene, fresh_scene
from tests.servers import Server
from whimbrel.dialects.gauge import Gauge, StatementFacts
from whimbrel.dialects.mysql.gauge import GAUGE

# Sessions work at the same time, each in a database of its own.
_AT_ONCE = 3


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_the_labels_follow_from_what_the_probe_saw(name: str) -> None:
    probed = load_probed(name)
    assert len(load(name)) >= 100
    wrong = {one.id: (one.labels, labels_of(one, probed[one.id])) for one in load(name)}
    assert {name: pair for name, pair in wrong.items() if pair[0] != pair[1]} == {}
    assert {label for one in load(name) for label in one.labels} <= set(JUDGED)


@pytest.mark.only("mysql", "mariadb")
def test_the_gauge_measures_what_the_probe_saw(database: str, servers: Mapping[str, Server]) -> None:
    assert asyncio.run(_measure_all(servers[database].url, database)) == {}


async def _measure_all(url: str, database: str) -> dict[str, object]:
    corpus = sorted(load(database), key=lambda one: one.setup)
    parts = [corpus[start::_AT_ONCE] for start in range(_AT_ONCE)]
    found = await asyncio.gather(*(_measure(url, database, number, part) for number, part in enumerate(parts)))
    return {name: wrong for part in found for name, wrong in part.items()}


async def _measure(url: str, database: str, number: int, part: Sequence[Labelled]) -> dict[str, object]:
    probed, wrong = load_probed(database), dict[str, object]()
    async with fresh_scene(url, database, f"lint_corpus_{number}") as scene:
        gauge = await GAUGE.attach(scene.own, scene.name)
        for one in part:
            await scene.reset(one)
            facts = await _measure_one(gauge, scene, one)
            if facts.refused:
                scene.untouched = one.setup
            if different := differences(facts, probed[one.id], _table_of(one)):
                wrong[one.id] = different
        await gauge.close()
    return wrong


async def _measure_one(gauge: Gauge, scene: Scene, one: Labelled) -> StatementFacts:
    facts = StatementFacts()
    for statement in scene.split(one):
        facts = await gauge.measure(statement, in_transaction=False)
    return facts


def _table_of(one: Labelled) -> str:
    """Return the table that the last statement of a file changes."""
    words = one.sql.replace(";", " ;").rpartition(";")[2].split()
    return words[words.index("ON") + 1] if "INDEX" in words[:3] else words[2]
