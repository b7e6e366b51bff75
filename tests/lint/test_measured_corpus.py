"""The measured layer finds every label of the corpus, and nothing else."""

import json
from pathlib import Path

import pytest

from tests.lint.corpus import CORPUS, load, load_reset
from tests.lint.labels import labels_of, labels_of_probe
from tests.lint.measured import measure_corpus
from tests.servers import Server
from whimbrel.url import parse_url

pytestmark = pytest.mark.only("sqlite", "postgresql")


@pytest.mark.asyncio
async def test_all_labels_are_found_and_no_others(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    corpus = load(database)
    address = parse_url("sqlite://" if database == "sqlite" else servers[database].url)
    measured = await measure_corpus(address, corpus, tmp_path, reset=load_reset(database))
    found = {one.id: labels_of(measured.get(one.id, [])) for one in corpus}
    assert found == {one.id: set(one.labels) for one in corpus}


def test_the_labels_are_what_a_probe_saw(database: str) -> None:
    seen = json.loads((CORPUS.parent / "probed" / f"{database}.json").read_text(encoding="utf-8"))
    plain = [one for one in load(database) if not one.runner]
    assert {one.id: labels_of_probe(one, seen[one.id]) for one in plain} == {one.id: set(one.labels) for one in plain}


def test_each_corpus_has_100_statements(database: str) -> None:
    ids = [one.id for one in load(database)]
    assert len(ids) == len(set(ids)) >= 100
