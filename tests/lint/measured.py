"""Measure a corpus: the statements that a transaction takes are rolled back each; each of the others gets a fresh schema."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.files import write_set
from tests.lint.corpus import Labelled
from whimbrel.migrations.reader import read_directories
from whimbrel.review.lint.asking import MYSQL
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.measuring import measure
from whimbrel.url import DatabaseUrl

__all__ = ["Measured", "measure_corpus"]

Measured = dict[str, list[Case]]
# So many sessions work at the same time on statements that share no schema, each in a database of its own.
_AT_ONCE = 3


async def measure_corpus(address: DatabaseUrl, corpus: Sequence[Labelled], folder: Path, *, reset: str) -> Measured:
    """Return the cases of each statement by its id. `reset` is SQL that removes everything but Whimbrel's own tables."""
    native = address.dialect in MYSQL
    shared: dict[str, list[Labelled]] = {}
    for one in corpus:
        if one.transaction and not native:
            shared.setdefault(one.setup, []).append(one)
    found: Measured = {}
    for number, group in enumerate(shared.values()):
        found |= await _measure(address, folder / f"shared{number}", group, together=True, reset=reset)
    apart = [one for one in corpus if native or not one.transaction]
    sessions = min(_AT_ONCE if native else 1, len(apart))
    parts = [apart[start::sessions] for start in range(sessions)]
    made = (
        _measure(address, folder / f"apart{number}", part, together=False, reset=reset, native=native)
        for number, part in enumerate(parts)
    )
    for part in await asyncio.gather(*made):
        found |= part
    return found


async def _measure(
    address: DatabaseUrl, folder: Path, group: Sequence[Labelled], *, together: bool, reset: str, native: bool = False
) -> Mapping[str, list[Case]]:
    """Measure statements in one database: all on one set-up, or each on its own."""
    files: dict[str, str] = {}
    chosen: dict[tuple[str, str], str] = {}
    for index, one in enumerate(group):
        if index == 0 or not together:
            files[f"V{2 * index + 1}__setup.sql"] = f"{reset if index else ''}{one.setup}"
        files[f"V{2 * index + 2}__judged.sql"] = one.file
        chosen[folder.name, str(2 * index + 2)] = one.id
    found: Measured = {}
    for case in await measure(address, read_directories([write_set(folder, files)]), chosen, native=native, keep=not together):
        found.setdefault(chosen[case.plan.key], []).append(case)
    return found
