"""The benchmark of linters counts what a linter says about dangers that it knows."""

import pytest

from benchmarks.linting import judge
from benchmarks.linting.rules import OF_LABELS, Danger
from tests.lint.corpus import Labelled, load


@pytest.mark.parametrize(
    ("label", "said", "counts"),
    [
        ("L02", {"blocks"}, (1, 0, 0)),
        ("L02", set(), (0, 1, 0)),
        ("L02", {"blocks", "drops"}, (1, 0, 1)),
        ("D02", {"empties"}, (0, 0, 0)),
        ("P01", {"blocks"}, (0, 1, 0)),
        ("P01", {"refused"}, (1, 0, 0)),
        ("", {"refused"}, (0, 0, 1)),
    ],
)
def test_dangers_are_caught_missed_or_needless(label: str, said: set[Danger], counts: tuple[int, int, int]) -> None:
    one = Labelled("one", "", "SELECT 1", (label,) if label else ())
    caught, missed, needless = judge([one], {"one": said}, {"blocks", "drops", "refused"})
    assert (len(caught), len(missed), len(needless)) == counts


def test_each_label_of_the_corpus_is_a_danger() -> None:
    assert {label for one in load("postgresql") for label in one.labels} <= set(OF_LABELS)
