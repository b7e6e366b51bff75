"""The labels of MySQL's and MariaDB's corpora are what the probe saw."""

import pytest

from tests.lint.corpus import load
from tests.lint.mysql_labels import JUDGED, labels_of, load_probed


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_the_labels_follow_from_what_the_probe_saw(name: str) -> None:
    probed = load_probed(name)
    wrong = {one.id: (one.labels, labels_of(one, probed[one.id])) for one in load(name)}
    assert {name: pair for name, pair in wrong.items() if pair[0] != pair[1]} == {}
    assert {label for one in load(name) for label in one.labels} <= set(JUDGED)
