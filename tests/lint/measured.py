"""Measure a corpus: the statements that a transaction takes are rolled back each; each of the others gets a fresh schema."""

from collections.abc import Sequence
from pathlib import Path

from tests.files import write_set
from tests.lint.corpus import Labelled
from whimbrel.migrations.reader import read_directories
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.measuring import measure
from whimbrel.url import DatabaseUrl

__all__ = ["Measured", "measure_corpus"]

Measured = dict[str, list[Case]]


async def measure_corpus(address: DatabaseUrl, corpus: Sequence[Labelled], folder: Path, *, reset: str) -> Measured:
    """Return the cases of each statement by its id. `reset` is SQL that removes everything but Whimbrel's own tables."""
    groups: dict[tuple[str, bool], list[Labelled]] = {}
    for one in corpus:
        groups.setdefault((one.setup if one.transaction else "", one.transaction), []).append(one)
    found: Measured = {}
    for number, ((_, together), group) in enumerate(groups.items()):
        files: dict[str, str] = {}
        chosen: dict[tuple[str, str], str] = {}
        name = f"corpus{number}"
        for index, one in enumerate(group):
            if index == 0 or not together:
                files[f"V{2 * index + 1}__setup.sql"] = f"{reset if index else ''}{one.setup}"
            files[f"V{2 * index + 2}__judged.sql"] = one.file
            chosen[name, str(2 * index + 2)] = one.id
        sets = read_directories([write_set(folder / name, files)])
        for case in await measure(address, sets, chosen, native=False, keep=not together):
            found.setdefault(chosen[case.plan.key], []).append(case)
    return found
