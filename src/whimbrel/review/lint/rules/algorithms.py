"""L06 to L08: tables that MySQL, MariaDB and SQLite write anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, in_use, locks_in_use, read_case, subject, tables_in_use, worked
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule

__all__ = ["RULES"]

# With fewer instant changes left than this, the table's next rebuild is near.
_FEW_INSTANT = 8
_ANY = ("everything", "writes", "schema changes")
# They lock the rows that they read, which L09 judges.
_DML = (("INSERT",), ("UPDATE",), ("DELETE",), ("REPLACE",), ("SELECT",), ("WITH",))
# Their rows are a report.
_REPORTING = (("ANALYZE",), ("CHECK",), ("CHECKSUM",), ("REPAIR",))


def _writes_blocked(case: Case) -> Iterator[Evidence]:
    facts, table = worked(case), read_case(case).table
    if case.database not in MYSQL or case.statement.words[:1] == ("TRUNCATE",):
        return
    # A trigger, or a new partition, needs the lock for a moment alone.
    rows = 0 if case.statement.words[:1] in _REPORTING else facts.rows
    works = case.statement.words[:1] not in _DML and (facts.rewritten or facts.built or rows)
    locks = locks_in_use(case, "writes", "everything") if works else []
    if facts.algorithm == "copy" and in_use(case, table) and not _writes_pass(case):
        told = f"{table or 'the table'} is copied row by row, and takes no writes meanwhile"
        yield Evidence(told, {"algorithm": facts.algorithm, "rows": facts.rows, "locks": facts.locks})
    elif locks:
        told = f"{subject(sorted({one.table for one in locks}), 'takes', 'take')} no writes while the statement runs"
        yield Evidence(told, {"algorithm": facts.algorithm, "locks": facts.locks})


def _writes_pass(case: Case) -> bool:
    """Whether the locks on the table that is copied are known, and let other sessions write."""
    own = [one.blocks for one in worked(case).locks if one.table.lower() == read_case(case).table.lower()]
    return bool(own) and set(own) == {"schema changes"}


def _rebuilt(case: Case) -> Iterator[Evidence]:
    facts, table = worked(case), read_case(case).table
    if case.database not in MYSQL or not in_use(case, table) or case.statement.words[:1] == ("TRUNCATE",):
        return
    if (facts.algorithm == "rebuild" and not locks_in_use(case, "writes")) or (facts.algorithm == "copy" and _writes_pass(case)):
        yield Evidence(f"{table or 'the table'} is rebuilt, with reads and writes meanwhile", {"algorithm": facts.algorithm})
    elif facts.algorithm == "instant" and facts.instant_left is not None and facts.instant_left < _FEW_INSTANT:
        told = f"{table or 'the table'} takes {facts.instant_left} more instant changes; the next one after them rebuilds it"
        yield Evidence(told, {"algorithm": facts.algorithm, "instant_left": facts.instant_left})


def _pages_written(case: Case) -> Iterator[Evidence]:
    facts = worked(case)
    if case.database != "sqlite":
        return
    tables = tables_in_use(case, facts.rewritten)
    if tables:
        told = f"{subject(tables, 'is', 'are')} written anew, and no other session can write meanwhile"
        yield Evidence(told, {"rewritten": tables, "pages": facts.pages})
    elif facts.built and (in_use(case, read_case(case).table) if not facts.locks else locks_in_use(case, *_ANY)):
        told = f"{subject(facts.built, 'is', 'are')} built, and no other session can write meanwhile"
        yield Evidence(told, {"built": facts.built, "pages": facts.pages})


RULES = (
    Rule(
        "L06",
        "The table takes no writes while the statement runs",
        "error",
        "Every INSERT, UPDATE and DELETE on the table waits until all rows are copied or indexed.",
        "Use a form that the server runs in place, or run it at a quiet time, or use gh-ost or pt-online-schema-change.",
        _writes_blocked,
    ),
    Rule(
        "L07",
        "The table is rebuilt in place",
        "warning",
        "Writes go on, but the rebuild takes disk space for a second copy, and replicas run it after the primary has finished.",
        "Run it at a quiet time, join several changes of the table into one ALTER TABLE, or choose a form that is INSTANT.",
        _rebuilt,
    ),
    Rule(
        "L08",
        "The whole database takes no writes while pages are written",
        "warning",
        "SQLite has one writer: each other session waits, or fails with SQLITE_BUSY, until the pages of the table are written.",
        "Run the file while the application is stopped, or give its connections a busy timeout that is long enough.",
        _pages_written,
    ),
)
