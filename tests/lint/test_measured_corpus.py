"""The measured layer finds every label of the corpus, and nothing else."""

from pathlib import Path

import pytest

from tests.lint.corpus import load, load_reset
from tests.lint.labels import labels_of
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


def test_each_corpus_has_100_statements(database: str) -> None:
    ids = [one.id for one in load(database)]
    assert len(ids) == len(set(ids)) >= 100
