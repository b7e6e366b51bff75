"""The measured facts of a plan's statements: put them into its document, and tell them in words. Pure.

They are left out of every comparison. Two plans of one state have the same bytes, so the facts have no counts of pages or bytes,
which vary from run to run, and no name of the throw-away database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from whimbrel.dialects.gauge import StatementFacts
from whimbrel.messages.printable import printable
from whimbrel.review.lint.asking import in_use, tables_in_use
from whimbrel.review.lint.case import Case
from whimbrel.review.plans.document import Document
from whimbrel.review.plans.shape import HeldLock, MeasuredFacts

__all__ = ["add_facts", "facts_of", "facts_text"]

# Set, version, and number of the statement.
_Key = tuple[str, str, int]
# The kinds of notes about rows that were taken away before the statement ran again.
_FEWER_ROWS = {"limits": "with rows at the limits of types", "rows": "with seeded rows"}


def add_facts(pending: Sequence[Document], cases: Iterable[Case]) -> None:
    """Add the facts of cases to the listed statements of pending files."""
    by_key = {_key_of(case): case for case in cases}
    for file in pending:
        for one in cast("Sequence[Document]", file["statements"] or ()):
            case = by_key.get((str(file["set"]), str(file["version"]), cast("int", one["number"])))
            if case is not None:
                one["facts"] = facts_of(case)


def _key_of(case: Case) -> _Key:
    return *case.plan.key, case.statement.number


def facts_of(case: Case) -> MeasuredFacts:
    """Return the facts about tables that other sessions may use."""
    facts = case.facts or StatementFacts()
    found: MeasuredFacts = {"server": case.version}
    if case.facts is None:
        found["unknown"] = list(case.undecided)
    if facts.refused:
        found["refused"], found["message"] = facts.refused, _steady(facts.message)
    locks = sorted({(one.table, one.mode, one.blocks) for one in facts.locks if not one.earlier and in_use(case, one.table)})
    lists: Mapping[str, Sequence[object]] = {
        "locks": [HeldLock(table=table, mode=mode, blocks=blocks) for table, mode, blocks in locks],
        "rewritten": tables_in_use(case, facts.rewritten),
        "scanned": tables_in_use(case, facts.scanned),
        "changed": tables_in_use(case, facts.changed),
        "built": sorted(set(facts.built)) if locks or not case.fresh else [],
        "invalid": sorted(set(facts.invalid)),
        "notes": list(_notes(facts.notes, facts.refused)),
    }
    found.update(cast("MeasuredFacts", {name: values for name, values in lists.items() if values}))
    if facts.algorithm and locks:
        found["algorithm"] = facts.algorithm
    if facts.instant_left is not None:
        found["instant_left"] = facts.instant_left
    if counts := {table: [*rows] for table, rows in sorted((facts.counts or {}).items()) if in_use(case, table)}:
        found["counts"] = counts
    return found


def _notes(notes: Iterable[str], refused: str) -> Iterator[str]:
    """Yield what stays the same of the notes. A database's words about seeded rows may have a time or a number by chance."""
    for note in notes:
        kind, _, rest = note.partition(": ")
        if kind in _FEWER_ROWS:
            code = rest.partition(":")[0]
            if code != refused:
                yield f"{_FEWER_ROWS[kind]}, it is refused [{code}]"
        elif kind.endswith(" has no rows"):
            yield kind
        elif kind == "copied" or kind.startswith(("Warning ", "Note ")):
            yield _steady(note)


def _steady(text: str) -> str:
    """Return a server's message without the name of the throw-away database, and without numbers of its session."""
    return re.sub(r"whimbrel_[0-9a-f]{8}\w*|#sql[\w-]+", "...", text)


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return the facts of a statement as one line."""
    if "unknown" in facts:
        return f"not measured: {'; '.join(map(printable, facts['unknown']))}"
    told = "; ".join(_told(facts)) or "no lock, work or loss on a table that is in use"
    return f"measured on {printable(facts['server'])}: {told}"


_WORDS = {
    "rewritten": "writes anew {}",
    "scanned": "reads every row of {}",
    "built": "builds the index {}",
    "changed": "changes values in {}",
    "invalid": "leaves the index {} invalid",
}
_STOPS = {"everything": "neither reads nor writes", "writes": "no writes", "schema changes": "no schema changes"}


def _told(facts: Mapping[str, Any]) -> Iterator[str]:
    if "refused" in facts:
        yield f"refused [{printable(facts['refused'])}]: {printable(facts['message'])}"
    for lock in facts.get("locks", ()):
        yield f"{printable(lock['table'])} takes {_STOPS[lock['blocks']]} ({printable(lock['mode'])})"
    for name, words in _WORDS.items():
        if facts.get(name):
            yield words.format(", ".join(map(printable, facts[name])))
    if "algorithm" in facts:
        left = f", {facts['instant_left']} more are left" if "instant_left" in facts else ""
        yield f"algorithm {facts['algorithm']}{left}"
    for table, (before, after) in facts.get("counts", {}).items():
        yield f"{printable(table)} has {after} of {before} seeded rows" if after < before else f"{printable(table)} gets rows"
    yield from map(printable, facts.get("notes", ()))
