"""The labels that follow from measured facts, in the plainest words: the corpus checks the facts, and rules build on them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.lint.corpus import Labelled
from whimbrel.review.lint.case import Case
from whimbrel.schema.model import Table

__all__ = ["labels_of", "labels_of_probe"]

# SQLite says with these words that it lacks a form of ALTER TABLE.
_LACKED = re.compile(r"cannot (add|drop) |error in \w+ \S+ after drop column|near ")
_DELETING = ("TRUNCATE", "DELETE", "UPDATE", "DO", "CALL", "SELECT", "WITH", "MERGE")


def labels_of(cases: list[Case]) -> set[str]:
    """Return the codes of rules that the facts of these statements call for."""
    return {code for case in cases for code in _labels(case)}


def _labels(case: Case) -> Iterator[str]:
    facts = case.facts
    if facts is None:
        return
    if facts.refused:
        yield _refusal(case.statement.statement.text, facts.refused, facts.message)
        return
    if case.database == "sqlite":
        yield from _sqlite_labels(case)
    else:
        yield from _lock_labels(case)
    yield from _row_labels(case)


def _sqlite_labels(case: Case) -> Iterator[str]:
    facts = case.facts
    assert facts is not None
    locked = {one.table for one in facts.locks if one.table not in case.fresh}
    if (facts.built and locked) or set(facts.rewritten) - case.fresh:
        yield "L08"


def _lock_labels(case: Case) -> Iterator[str]:
    facts = case.facts
    assert facts is not None
    held = {one.table: one.blocks for one in facts.locks if one.table not in case.fresh}
    blocked = {table for table, blocks in held.items() if blocks in ("everything", "writes")}
    rewritten = {one for one in facts.rewritten if one not in case.fresh}
    if facts.built and blocked and not rewritten:
        yield "L01"
    if any(held.get(one) == "everything" for one in rewritten):
        yield "L02"
    if not facts.built and not _reads_only(case):
        earlier = {one.table for one in facts.locks if one.earlier}
        for table in (blocked - rewritten) & set(facts.scanned):
            yield "L03"
            if table in earlier:
                yield "L04"


def _refusal(sql: str, code: str, message: str) -> str:
    """Return the rule that names a refusal: P01 only if no other one does."""
    if "REFERENCES" in sql and code in ("42830", "42804"):
        return "P06"
    if code.startswith("SQLITE") and sql.startswith("ALTER TABLE") and _LACKED.match(message.lower()):
        return "P08"
    if sql.startswith("DROP TABLE") and code == "refused":
        return "D04"
    return "P07" if message.startswith("index ") and message.endswith(" already exists") else "P01"


def _reads_only(case: Case) -> bool:
    return case.statement.words[0] in ("SELECT", "DELETE", "UPDATE", "REFRESH")


def _row_labels(case: Case) -> Iterator[str]:
    facts, word = case.facts, _verb(case.statement.statement.text)
    assert facts is not None
    counts = {table: count for table, count in (facts.counts or {}).items() if table not in case.fresh}
    copied = {note.split()[1] for note in facts.notes if note.startswith("copied: ")}
    emptied = [table for table, (before, after) in counts.items() if before and not after]
    gone = set(facts.gone) - case.fresh
    if (gone if word in _DELETING else word == "DROP" and set(emptied)) and set(emptied) - copied:
        yield "D01"
    if word == "DROP" and case.database == "sqlite" and any(case.after and case.after.table(table) for table in emptied):
        yield "D04"
    if word in _DELETING and (set(emptied) - gone or facts.overwritten):
        yield "D02"
    if _drops_column(case):
        yield "D01"


def _verb(sql: str) -> str:
    """Return the first word; behind WITH, that of the statement which follows."""
    words = sql.split()
    return next((one for one in words if one in _DELETING), words[0]) if words[0] == "WITH" else words[0]


def _drops_column(case: Case) -> bool:
    """Whether a table that was there before has fewer stored columns."""
    before, after = case.before, case.after
    if before is None or after is None:
        return False
    pairs = ((one, after.table(one.name)) for one in before.tables if one.name not in case.fresh)
    return any(new is not None and _stored(new) < _stored(old) for old, new in pairs)


def _stored(table: Table) -> int:
    return sum(one.generated is None or one.generated.stored for one in table.columns)


def labels_of_probe(one: Labelled, seen: Mapping[str, Any]) -> set[str]:
    """Return the labels that follow from what the probe of PostgreSQL or SQLite saw of a statement."""
    known = {name: set(seen.get(name, ())) for name in ("reads_wait", "writes_wait", "rewritten", "verified", "built")}
    word, found = _verb(one.sql), set[str]()
    if seen.get("refused"):
        return {_refusal(one.sql, seen["refused"], seen.get("message", ""))}
    if known["rewritten"] & known["reads_wait"]:
        found.add("L02")
    elif known["built"] & known["writes_wait"]:
        found.add("L01")
    elif known["verified"] and known["writes_wait"]:
        found |= {"L03", "L04"} if ";" in one.sql else {"L03"}
    if seen.get("pages_rewritten"):
        found.add("L08")
    gone = set(seen.get("gone", ())) if word in _DELETING else set()
    # PostgreSQL's probe knows a table by its number, so a table that a file rebuilds is gone there, and not its rows.
    dropped = word == "DROP" or ("DROP TABLE" in one.sql and not seen.get("gone"))
    if (dropped and seen.get("emptied")) or gone or seen.get("columns_lost"):
        found.add("D01")
    elif word in _DELETING and (set(seen.get("emptied", ())) - gone or seen.get("changed")):
        found.add("D02")
    return found
