"""Count what lint finds in the corpora, measured and from the table: `python -m tests.lint.figures [--missed] [DATABASE ...]`.

A label is a statement and a rule that the statement breaks, proved on a server. Recall is the share of labels that are found;
needless are findings of the same rules without a label, as a share of the statements. `--table` starts no server.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.lint.corpus import Labelled, load, load_reset
from tests.lint.examples import DATABASES
from tests.lint.measured import measure_corpus
from tests.servers import running
from tests.unit.make import migration, set_of
from whimbrel.review.lint.asking import MYSQL
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.judging import judge
from whimbrel.review.lint.recorded import recorded
from whimbrel.url import parse_url

__all__ = ["Figures", "count", "count_table", "recorded_cases"]

_WIDTHS = (10, 8, 10, 6, 5, 6, 8, 7, 8, 7)
_TITLES = ("database", "layer", "statements", "labels", "found", "missed", "recall %", "needless", "needless %", "seconds")


class Figures(NamedTuple):
    """The counts of one corpus. `missed` and `needless` are pairs of a statement's id and a code."""

    statements: int
    labels: int
    missed: tuple[tuple[str, str], ...]
    needless: tuple[tuple[str, str], ...]

    @property
    def recall(self) -> float:
        """The share of labels that are found, in percent."""
        return 100 * (self.labels - len(self.missed)) / self.labels

    @property
    def surplus(self) -> float:
        """The needless findings as a share of the statements, in percent."""
        return 100 * len(self.needless) / self.statements

    def row(self) -> tuple[object, ...]:
        """Return the columns between the layer and the seconds."""
        found = self.labels - len(self.missed)
        needless = len(self.needless)
        return self.statements, self.labels, found, len(self.missed), f"{self.recall:.1f}", needless, f"{self.surplus:.1f}"


def count(corpus: Sequence[Labelled], cases: Mapping[str, Sequence[Case]]) -> Figures:
    """Judge the cases of each statement, and compare the findings of the corpus's rules with its labels."""
    codes = {code for one in corpus for code in one.expected}
    found = {one.id: {finding.code for finding in judge(cases.get(one.id, ()), {})} & codes for one in corpus}
    missed = [(one.id, code) for one in corpus for code in sorted(one.expected - found[one.id])]
    needless = [(one.id, code) for one in corpus for code in sorted(found[one.id] - one.expected)]
    return Figures(len(corpus), sum(len(one.expected) for one in corpus), tuple(missed), tuple(needless))


def recorded_cases(database: str, one: Labelled) -> list[Case]:
    """Return the cases of a statement by recorded facts."""
    files = [migration("1", text=one.setup), migration("2", text=one.file)]
    return recorded(database, None, [set_of(*files)], {("chat", "2")}, native=database in MYSQL)


def count_table(database: str) -> Figures:
    """Judge a corpus by recorded facts."""
    corpus = load(database)
    return count(corpus, {one.id: recorded_cases(database, one) for one in corpus})


def count_measured(database: str) -> Figures:
    """Judge a corpus by facts that are measured now, on a server of its own."""
    corpus = load(database)
    with nullcontext() if database == "sqlite" else running(database) as server, TemporaryDirectory() as folder:
        address = parse_url("sqlite://" if server is None else server.url)
        cases = asyncio.run(measure_corpus(address, corpus, Path(folder), reset=load_reset(database)))
    return count(corpus, cases)


def _told(values: Sequence[object]) -> str:
    return "  ".join(str(one).rjust(max(width, len(title))) for one, width, title in zip(values, _WIDTHS, _TITLES, strict=True))


def _print(database: str, layers: Mapping[str, Callable[[str], Figures]], *, names: bool) -> None:
    texts = {one.id: " ".join(one.sql.split()) for one in load(database)}
    for layer, made in layers.items():
        started = time.perf_counter()
        figures = made(database)
        print(_told((database, layer, *figures.row(), f"{time.perf_counter() - started:.1f}")), flush=True)
        for word, pairs in (("missed", figures.missed), ("needless", figures.needless)) if names else ():
            for key, code in pairs:
                print(f"  {word} {code}: {key}: {texts[key][:150]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", default=DATABASES)
    parser.add_argument("--missed", action="store_true", help="name the statements")
    parser.add_argument("--table", action="store_true", help="the table alone, without a server")
    given = parser.parse_args()
    print(_told(_TITLES))
    for name in given.databases:
        layers = {"table": count_table} if given.table else {"measured": count_measured, "table": count_table}
        _print(name, layers, names=given.missed)
