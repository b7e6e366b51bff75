"""L01 to L05 and L09: locks that stop a running service on PostgreSQL, MySQL and MariaDB. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from whimbrel.dialects.gauge import TableLock
from whimbrel.review.lint.asking import (
    MYSQL,
    in_use,
    listed,
    locks_in_use,
    other_statements,
    read_case,
    refused,
    subject,
    tables_in_use,
    worked,
)
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.emptying import takes_every_row
from whimbrel.review.lint.statement_text import StatementText

__all__ = ["RULES"]

_STRONG = ("everything", "writes")
_READING = (("UPDATE",), ("DELETE",), ("INSERT",), ("SELECT",), ("MERGE",), ("REFRESH",))
# A seeded table has some hundreds of rows, so a statement that changes this many works through the table.
_MANY_ROWS = 100
# MySQL and MariaDB lock each row that an UPDATE or DELETE reads, so one without an index for its condition locks them all.
_EVERY_ROW = "every row"
_WAITS = ("LOCK_TIMEOUT", "LOCK_WAIT_TIMEOUT", "NOWAIT")
# Each of these waits for every transaction that uses the table: the server takes its lock on the table's definition alone.
_CHANGES_DEFINITION = ("ALTER TABLE", "CREATE INDEX", "TRUNCATE")


def _is_truncate(case: Case) -> bool:
    return case.statement.words[:1] == ("TRUNCATE",)


def _rewritten(case: Case) -> list[str]:
    # TRUNCATE gives the table a new, empty file.
    locked = {one.table for one in worked(case).locks if one.blocks == "everything"}
    return [] if _is_truncate(case) else tables_in_use(case, locked & set(worked(case).rewritten))


def _index_built(case: Case) -> Iterator[Evidence]:
    facts, locks = worked(case), _own(case, locks_in_use(case, *_STRONG))
    if case.database == "postgresql" and facts.built and locks and not _rewritten(case) and not _is_truncate(case):
        told = f"{subject(facts.built, 'is', 'are')} built while {_stopped(locks)}"
        yield Evidence(told, {"built": facts.built, "locks": locks})


def _own(case: Case, locks: Sequence[TableLock]) -> list[TableLock]:
    """Return the locks that the statement took itself, and those on its own table, which it needs too. L04 judges the others."""
    table = read_case(case).table.lower()
    return [one for one in locks if not one.earlier or one.table.lower() == table]


def _stopped(locks: Sequence[TableLock]) -> str:
    """Return the tables with the operations that the locks stop: by those that the statement took itself, if there are any."""
    strongest = [one for one in locks if not one.earlier] or locks
    stopped = "neither reads nor writes" if any(one.blocks == "everything" for one in strongest) else "no writes"
    return f"{subject(sorted({one.table for one in locks}), 'takes', 'take')} {stopped}"


def _table_rewritten(case: Case) -> Iterator[Evidence]:
    if case.database == "postgresql" and (tables := _rewritten(case)):
        locks = [one for one in locks_in_use(case, "everything") if one.table in tables]
        facts = {"rewritten": tables, "locks": locks, "bytes": worked(case).bytes}
        told = f"{subject(tables, 'is', 'are')} written anew while no session can read {'it' if len(tables) == 1 else 'them'}"
        yield Evidence(told, facts)


def _table_scanned(case: Case) -> Iterator[Evidence]:
    facts = worked(case)
    if case.database != "postgresql" or facts.built or _rewritten(case) or _only_reads(case):
        return
    # A statement that only reads needs no such lock: an earlier one holds it, which L04 judges.
    checks = case.statement.words[:1] == ("ALTER",)
    locks = [one for one in locks_in_use(case, *_STRONG) if one.table in facts.scanned and (checks or not one.earlier)]
    if locks:
        told = f"every row of {listed(sorted({one.table for one in locks}))} is read while {_stopped(locks)}"
        yield Evidence(told, {"scanned": facts.scanned, "locks": locks})


def _only_reads(case: Case) -> bool:
    """Whether the statement needs no such lock: an earlier one holds it, which L04 judges."""
    return case.statement.words[:1] in _READING


def _work_under_lock(case: Case) -> Iterator[Evidence]:
    """Find work that goes on while an earlier statement of the transaction keeps its lock."""
    if case.database != "postgresql":
        return
    first = next(((one.statement.number, lock) for one in case.earlier for lock in locks_in_use(one, *_STRONG)), None)
    if first is None:
        return
    facts, (number, held) = worked(case), first
    at = f"statement {number} locked {held.table} ({held.mode}) until the file ends"
    done = tables_in_use(case, {*facts.scanned, *_rewritten(case)})
    # An index of a table that the file itself made is built at once.
    builds = bool(facts.built) and bool(_own(case, locks_in_use(case, *_STRONG)))
    second = {one.table for one in locks_in_use(case, "everything")} - {held.table}
    if second:
        # Only now, since a file may have thousands of statements on one table.
        second -= {lock.table for one in case.earlier for lock in locks_in_use(one, *_STRONG)}
    known = {"held": held, "scanned": facts.scanned, "built": facts.built, "locks": facts.locks}
    if done or builds:
        yield Evidence(f"{at}, and this statement works through {listed(done or facts.built)} meanwhile", known)
    elif second:
        yield Evidence(f"{at}, and this statement waits for {listed(sorted(second))} meanwhile", known)


def _unlimited_wait(case: Case) -> Iterator[Evidence]:
    tables = sorted({one.table for one in locks_in_use(case, "everything")})
    if case.database in MYSQL and not refused(case) and case.statement.kind in _CHANGES_DEFINITION:
        tables = tables or tables_in_use(case, [table] if (table := read_case(case).table) else [])
    if case.database == "sqlite" or not tables or case.plan.migration.directives.lock_timeout is not None:
        return
    before = chain(other_statements(case, before=True), (read_case(case),))
    if not any(_limits_wait(one) for one in before):
        told = f"the statement waits without a limit for the transactions that use {listed(tables)}; others queue behind it"
        yield Evidence(told, {"tables": tables, "locks": worked(case).locks})


def _limits_wait(one: StatementText) -> bool:
    """Whether a statement sets a limit, or has one. A column may have the name WAIT; that of MariaDB has a number behind it."""
    calls = one.whole.has("SET_CONFIG") and any(token.text == "'lock_timeout'" for token in one.whole.tokens)
    return calls or any(word in _WAITS for word in one.whole.words) or one.whole.has("WAIT", "<number>")


def _many_rows(case: Case) -> Iterator[Evidence]:
    reading, facts = read_case(case), worked(case)
    verb = next(iter(reading.main.words), "")
    # The facts tell which rows a MERGE takes, or a statement within a WITH.
    hidden = verb == "MERGE" or (case.statement.words[:1] == ("WITH",) and bool(facts.counts or facts.changed))
    inserts = verb in ("INSERT", "REPLACE")
    if not (hidden or inserts or verb in ("UPDATE", "DELETE")) or not in_use(case, reading.table):
        return
    whole = verb in ("UPDATE", "DELETE") and takes_every_row(reading.main) and not refused(case)
    listed_rows = inserts and not reading.main.has("SELECT")
    locked = any(one.mode == _EVERY_ROW and one.table == reading.table and not one.earlier for one in facts.locks)
    if whole or (facts.rows >= _MANY_ROWS and not listed_rows) or locked:
        told = f"one transaction changes {'all' if whole else 'many'} rows of {reading.table or 'the table'}"
        yield Evidence(told, {"rows": facts.rows} if case.facts else {})


RULES = (
    Rule(
        "L01",
        "An index is built while the table takes no writes",
        "error",
        "Every INSERT, UPDATE and DELETE waits until the index is ready, which takes longer the larger the table is.",
        "Use CREATE INDEX CONCURRENTLY in a file of its own; for a key, add it afterwards with ... USING INDEX.",
        _index_built,
    ),
    Rule(
        "L02",
        "A table is written anew while no session can read it",
        "error",
        "Every query on the table waits until all rows and indexes are written again.",
        "Add a new column, fill it in batches, and switch the application to it; for VACUUM FULL and CLUSTER, use pg_repack.",
        _table_rewritten,
    ),
    Rule(
        "L03",
        "A table is read to its end under a lock that stops writes",
        "error",
        "Writes, or all queries, wait until the server has checked every row.",
        "Add the constraint with NOT VALID, and run VALIDATE CONSTRAINT in a later file; SET NOT NULL then uses a valid CHECK.",
        _table_scanned,
    ),
    Rule(
        "L04",
        "Work goes on while an earlier statement keeps its lock",
        "warning",
        "PostgreSQL keeps a lock until the end of the transaction, so the other sessions wait for all later statements as well.",
        "Put the slow statement, or the one on another table, into a file of its own.",
        _work_under_lock,
    ),
    Rule(
        "L05",
        "A statement waits for a lock without a limit",
        "note",
        "While it waits behind one long transaction, every later query on the table waits behind it.",
        "Write -- whimbrel: lock_timeout=5s at the top of the file, or migrate with --lock-timeout; a run tries again by itself.",
        _unlimited_wait,
    ),
    Rule(
        "L09",
        "One statement changes many rows",
        "warning",
        "The rows stay locked until the end of the transaction, and replicas fall behind.",
        "Change the rows in batches by key, each in a transaction of its own, outside of the file that changes the table.",
        _many_rows,
    ),
)
