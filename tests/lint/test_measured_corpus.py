"""The measured layer finds every label of the corpus, and nothing else; the table finds no less than it did."""

import json
from pathlib import Path

import pytest

from tests.lint.corpus import CORPUS, load, load_reset
from tests.lint.figures import count, count_table
from tests.lint.labels import labels_of, labels_of_probe
from tests.lint.measured import Measured, measure_corpus
from tests.lint.mysql_labels import differences, load_probed
from tests.servers import Server
from whimbrel.url import parse_url

# The lowest recall and the most needless findings of the table, in percent: where it gets better, tighten them.
FLOORS = {"postgresql": (84.1, 0.6), "mysql": (99.1, 0.5), "mariadb": (99.0, 0.5), "sqlite": (93.5, 1.3)}


@pytest.mark.asyncio
async def test_all_labels_are_found_and_no_others(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    """The corpus is measured once; its facts are those of the probe, and the rules find its labels."""
    corpus = load(database)
    address = parse_url("sqlite://" if database == "sqlite" else servers[database].url)
    measured = await measure_corpus(address, corpus, tmp_path, reset=load_reset(database))
    assert _wrong(database, measured) == {}
    figures = count(corpus, measured)
    assert figures.missed == () and figures.surplus <= 1, figures


def _wrong(database: str, measured: Measured) -> dict[str, object]:
    """Return the statements whose facts are not those that the probe saw."""
    if database in ("mysql", "mariadb"):
        probed = load_probed(database)
        found = {one.id: differences(one, measured[one.id][-1].facts, probed[one.id]) for one in load(database)}
        return {key: wrong for key, wrong in found.items() if wrong}
    labels = {one.id: labels_of(measured.get(one.id, [])) for one in load(database)}
    return {one.id: (labels[one.id], one.labels) for one in load(database) if labels[one.id] != set(one.labels)}


def test_the_table_finds_no_less_than_it_did(database: str) -> None:
    figures, (recall, needless) = count_table(database), FLOORS[database]
    assert figures.recall >= recall and figures.surplus <= needless, figures


@pytest.mark.only("sqlite", "postgresql")
def test_the_labels_are_what_a_probe_saw(database: str) -> None:
    seen = json.loads((CORPUS.parent / "probed" / f"{database}.json").read_text(encoding="utf-8"))
    plain = [one for one in load(database) if not one.runner]
    assert {one.id: labels_of_probe(one, seen[one.id]) for one in plain} == {one.id: set(one.labels) for one in plain}


def test_each_corpus_has_100_statements(database: str) -> None:
    ids = [one.id for one in load(database)]
    assert len(ids) == len(set(ids)) >= 100
