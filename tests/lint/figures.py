"""Count what lint finds in the corpora without a server: `python -m tests.lint.figures [--missed] [DATABASE ...]`.

A label is a statement and a rule that the statement breaks, proved on a server. Recall is the share of labels that are found;
needless are findings of the same rules without a label, as a share of the statements.
"""

import argparse
import time
from typing import NamedTuple

from tests.lint.corpus import Labelled, load
from tests.lint.examples import DATABASES
from tests.unit.make import migration, set_of
from whimbrel.review.lint.judging import judge
from whimbrel.review.lint.recorded import recorded

__all__ = ["Figures", "found_by_table", "measure_table"]


class Figures(NamedTuple):
    """The counts of one corpus. `missed` and `needless` are pairs of a statement's id and a code."""

    statements: int
    labels: int
    missed: tuple[tuple[str, str], ...]
    needless: tuple[tuple[str, str], ...]
    seconds: float

    def __str__(self) -> str:
        recall = 100 * (self.labels - len(self.missed)) / self.labels
        needless = 100 * len(self.needless) / self.statements
        return (
            f"{self.statements} statements, {self.labels} labels: recall {recall:.1f} %, needless {needless:.1f} %, "
            f"{self.seconds:.2f} s"
        )


def found_by_table(database: str, one: Labelled) -> set[str]:
    """Return the codes of the rules that find something in a statement by recorded facts."""
    files = [migration("1", text=one.setup), migration("2", text=one.file)]
    cases = recorded(database, None, [set_of(*files)], {("chat", "2")}, native=True)
    codes = {finding.code for finding in judge(cases, {})}
    # P06 to P08 are refusals with a name of their own.
    return codes | ({"P01"} if codes & {"P06", "P07", "P08"} and "P01" in one.labels else set())


def measure_table(database: str) -> Figures:
    """Judge a corpus by recorded facts."""
    corpus = load(database)
    codes = {code for one in corpus for code in one.labels}
    started = time.perf_counter()
    found = {one.id: found_by_table(database, one) & codes for one in corpus}
    seconds = time.perf_counter() - started
    missed = [(one.id, code) for one in corpus for code in sorted(set(one.labels) - found[one.id])]
    needless = [(one.id, code) for one in corpus for code in sorted(found[one.id] - set(one.labels))]
    return Figures(len(corpus), sum(len(one.labels) for one in corpus), tuple(missed), tuple(needless), seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", default=DATABASES)
    parser.add_argument("--missed", action="store_true", help="name the statements")
    given = parser.parse_args()
    for name in given.databases:
        figures = measure_table(name)
        print(f"{name}: {figures}")
        if given.missed:
            texts = {one.id: " ".join(one.sql.split()) for one in load(name)}
            for word, pairs in (("missed", figures.missed), ("needless", figures.needless)):
                for key, code in pairs:
                    print(f"  {word} {code}: {key}: {texts[key][:150]}")
