"""Detect which files of a set a database has already, by the objects that the files create and drop.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from whimbrel.dialects.inventory import CatalogObject, Stock
from whimbrel.planning.schema_model import FileObjects, Moved

__all__ = ["FileEvidence", "FileVerdict", "judge_files", "newest_certain"]


class FileVerdict(StrEnum):
    """The result for one file."""

    APPLIED = "APPLIED"
    MISSING = "MISSING"
    PARTLY = "PARTLY"
    UNKNOWN = "UNKNOWN"


class FileEvidence(NamedTuple):
    """The evidence for one file: the expected traces that the database has, and those that it lacks."""

    verdict: FileVerdict
    found: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class _Traces(NamedTuple):
    """The objects that one file creates, drops and renames. A part that is renamed together with its table does not count."""

    made: frozenset[CatalogObject]
    dropped: frozenset[CatalogObject]
    moved: Moved


def judge_files(states: Sequence[FileObjects], stock: Stock) -> list[FileEvidence]:
    """Judge each file, given the objects before the first file and after each file.

    The database may match a state between two files. If a later file drops an object, its absence counts for the earlier file if
    the later file is applied, and against the earlier file if not.
    """
    known = [frozenset(one for one in state.objects if one.kind not in stock.unseen) for state in states]
    low, high = _nearest(known, stock)
    traces = [_traces(*pair, state.moved) for pair, state in zip(pairwise(known), states[1:], strict=True)]
    return [_Judge(traces, known[0], known[low], stock, low, high).assess(number) for number in range(1, len(states))]


def _traces(before: frozenset[CatalogObject], after: frozenset[CatalogObject], moved: Moved) -> _Traces:
    with_table = {old: names[-1] for old, names in moved.items() if old.name == names[-1].name}
    return _Traces(after - before - set(with_table.values()), before - after - with_table.keys(), moved)


def _nearest(states: Sequence[frozenset[CatalogObject]], stock: Stock) -> tuple[int, int]:
    """Return the lowest and the highest number of applied files that would explain this database best.

    A number explains it best if the fewest files contradict it. If numbers tie, the fewest contradicting objects decide.
    """
    there = {one for one in frozenset[CatalogObject]().union(*states) if stock.has(one)}
    makers, droppers = _events(states)
    at_odds = [
        (
            len({_blamed(number, makers.get(one, []), droppers.get(one, []), missing=one in state) for one in there ^ state}),
            len(there ^ state),
        )
        for number, state in enumerate(states)
    ]
    best = [number for number, count in enumerate(at_odds) if count == min(at_odds)]
    return best[0], best[-1]


Events = dict[CatalogObject, list[int]]


def _events(states: Sequence[frozenset[CatalogObject]]) -> tuple[Events, Events]:
    """Return, for each object, the numbers of the files that create it, and of those that drop it."""
    makers, droppers = Events(), Events()
    for number, (before, after) in enumerate(pairwise(states), start=1):
        for one in after - before:
            makers.setdefault(one, []).append(number)
        for one in before - after:
            droppers.setdefault(one, []).append(number)
    return makers, droppers


def _blamed(number: int, makers: Sequence[int], droppers: Sequence[int], *, missing: bool) -> int:
    """If an object is `missing` or wrongly present after `number` applied files, return the file that explains it."""
    earlier = [file for file in (makers if missing else droppers) if file <= number]
    later = [file for file in makers if file > number]
    return earlier[-1] if earlier else later[0] if later and not missing else 0


class _Judge(NamedTuple):
    """Judges the files of a set. The best explanation of the database is that `low` to `high` files are applied."""

    traces: Sequence[_Traces]
    before: frozenset[CatalogObject]
    nearest: frozenset[CatalogObject]
    stock: Stock
    low: int
    high: int

    def assess(self, number: int) -> FileEvidence:
        """Return the evidence for one file."""
        own = self.traces[number - 1]
        made = {one: self._made(one, number) for one in own.made}
        dropped = {one: self._dropped(one, number) for one in own.dropped}
        found = [*_names(made, True, ""), *_names(dropped, True, " dropped")]
        lacking = [*_names(made, False, " missing"), *_names(dropped, False, " not dropped")]
        return FileEvidence(_verdict(number, own, found, lacking, self.low, self.high), tuple(found), tuple(lacking))

    def _made(self, one: CatalogObject, number: int) -> bool | None:
        """Whether an object that the file created exists under its current name; None if a later file dropped it."""
        if self.stock.has(one):
            return None if number > self.high and self._is_older(one, number) else True
        for later in self.traces[number : self.high]:
            if names := later.moved.get(one):
                if any(map(self.stock.has, names)):
                    return True
                one = names[-1]
            elif one in later.dropped:
                return None
        return False

    def _is_older(self, one: CatalogObject, number: int) -> bool:
        """Whether the present state is older than the file: an earlier file would have changed it, but was not applied."""
        droppers = [earlier for earlier in range(1, number) if one in self.traces[earlier - 1].dropped]
        return one in self.nearest or (bool(droppers) and self._dropped(one, droppers[-1]) is False)

    def _dropped(self, one: CatalogObject, number: int) -> bool | None:
        """Whether an object that the file dropped is gone. None means no proof: it never existed, or went with its table."""
        applied = self.traces[number : self.high]
        if self.stock.has(one):
            return None if any(_gives(later, one) for later in applied) else False
        table = CatalogObject("relation", one.schema, "", one.table)
        if one.table and any(table in later.dropped for later in applied):
            return None
        if one in self.before:
            return True
        # If the file that creates the object is not applied, the absence of the object does not prove the drop.
        makers = [maker for maker in range(1, min(self.low, number - 1) + 1) if _gives(self.traces[maker - 1], one)]
        return True if makers and self._made(one, makers[-1]) is not False else None


def _gives(earlier: _Traces, one: CatalogObject) -> bool:
    return one in earlier.made or any(one == names[-1] for names in earlier.moved.values())


def _names(said: Mapping[CatalogObject, bool | None], wanted: bool, word: str) -> list[str]:
    """Return the names of the objects for people. A table is named without its columns."""
    objects = sorted(one for one, answer in said.items() if answer is wanted)
    tables = {(one.schema, one.name) for one in objects if one.kind == "relation"}
    return [_told(one) + word for one in objects if one.kind != "column" or (one.schema, one.table) not in tables]


def _verdict(number: int, own: _Traces, found: Sequence[str], lacking: Sequence[str], low: int, high: int) -> FileVerdict:
    if found or lacking:
        return FileVerdict.PARTLY if found and lacking else FileVerdict.APPLIED if found else FileVerdict.MISSING
    if not own.made and not own.dropped:
        return FileVerdict.UNKNOWN
    # The file left no trace: its objects were dropped again, or never existed. So the file's place among the other files
    # decides.
    return FileVerdict.APPLIED if number <= low else FileVerdict.MISSING if number > high else FileVerdict.UNKNOWN


def newest_certain(verdicts: Sequence[FileVerdict]) -> tuple[int, list[int]]:
    """Return how many of the first files can be recorded, and which of them, or of those right after, the catalog cannot decide.

    The last of these files is applied. None of them is missing or applied in part.
    """
    count = 0
    for number, verdict in enumerate(verdicts, start=1):
        if verdict not in (FileVerdict.APPLIED, FileVerdict.UNKNOWN):
            break
        count = number if verdict is FileVerdict.APPLIED else count
    behind = count
    while behind < len(verdicts) and verdicts[behind] is FileVerdict.UNKNOWN:
        behind += 1
    return count, [number for number in range(1, behind + 1) if verdicts[number - 1] is FileVerdict.UNKNOWN]


def _told(one: CatalogObject) -> str:
    if one.kind == "relation":
        return one.name
    if one.kind == "column":
        return f"{one.table}.{one.name}"
    on = f" on {one.table}" if one.table else ""
    return f"{one.kind} {one.name}{on}"
