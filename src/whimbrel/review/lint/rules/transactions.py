"""T01 to T03: statements that a transaction does not hold together, or that do not give the same twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, listed, other_statements, read_case, refused, worked
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["RULES"]

_DDL = ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE")
_DML = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE")
_NONDETERMINISTIC_WORDS = (
    "UUID GEN_RANDOM_UUID UUID_GENERATE_V4 UUIDV4 UUIDV7 UUID_SHORT UUID_V4 UUID_V7 SYS_GUID RANDOM RAND RANDOMBLOB NOW "
    "CLOCK_TIMESTAMP STATEMENT_TIMESTAMP TRANSACTION_TIMESTAMP SYSDATE UTC_TIMESTAMP CURTIME CURDATE UNIX_TIMESTAMP"
)
_NONDETERMINISTIC = frozenset(_NONDETERMINISTIC_WORDS.split())
_TIMES_WORDS = "CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIMESTAMP LOCALTIME"
_TIMES = frozenset(_TIMES_WORDS.split())
_OUTSIDE_WORDS = "CONCURRENTLY VACUUM SYSTEM TABLESPACE DATABASE"
_OUTSIDE = frozenset(_OUTSIDE_WORDS.split())


def _is(reading: StatementText, verbs: tuple[str, ...]) -> bool:
    return bool(reading.whole.words) and reading.whole.words[0] in verbs and not reading.whole.has("TEMPORARY", "TABLE")


def _both_kinds(case: Case) -> Iterator[Evidence]:
    """Find the first statement that makes a file one of both kinds."""
    if case.database not in MYSQL:
        return
    reading, before = read_case(case), list(other_statements(case, before=True))
    for own, other in ((_DDL, _DML), (_DML, _DDL)):
        if _is(reading, own) and any(_is(one, other) for one in before) and not any(_is(one, own) for one in before):
            told = "the file changes both tables and rows, and each statement that changes a table commits all rows before it"
            yield Evidence(told, {"in_transaction": case.plan.in_transaction})


def _outside_of_transaction(case: Case) -> Iterator[Evidence]:
    whole = read_case(case).whole
    if case.database != "postgresql":
        return
    if code := refused(case, "25001"):
        yield Evidence(f"PostgreSQL does not run the statement in a transaction ({code})", {"code": code})
    elif not case.plan.in_transaction and case.plan.total > 1 and _needs_none(whole):
        told = "because of this statement, the file runs without a transaction, and a failure leaves the statements before it"
        yield Evidence(told, {"statements": case.plan.total}, whole.start)
    if not whole.has("IF", "NOT", "EXISTS") or not whole.has("INDEX"):
        return
    broken = {one.name for table in (case.before.tables if case.before else ()) for one in table.indexes if not one.usable}
    broken |= set(worked(case).invalid)
    if found := sorted(one for one in broken if any(whole.name(at) == one for at in range(min(len(whole.tokens), 9)))):
        told = f"IF NOT EXISTS leaves the index {listed(found)} as it is, and it is not valid, so no query uses it"
        yield Evidence(told, {"invalid": found}, whole.start)


def _needs_none(whole: Part) -> bool:
    return any(word in _OUTSIDE for word in whole.words[:4])


def _nondeterministic(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    whole = reading.whole
    if code := refused(case, "1674"):
        told = f"MySQL refuses a statement whose result a replica cannot repeat ({code})"
        yield Evidence(told, {"code": code, "message": case.facts.message if case.facts else ""})
        return
    if refused(case) or not _is(reading, _DML):
        return
    for index, token in enumerate(whole.tokens):
        called = token.upper in _NONDETERMINISTIC and whole.words[index + 1 : index + 2] == ("(",)
        if called or token.upper in _TIMES:
            told = f"{token.text} gives another value on every database that the file is applied to"
            yield Evidence(told, {"function": token.upper}, token.start)
            return


RULES = (
    Rule(
        "T01",
        "A file changes tables and rows, where tables are not part of the transaction",
        "note",
        "If the file fails, the rows before the last change of a table stay; the next run goes on behind them.",
        "Put the statements that change rows into a file of their own.",
        _both_kinds,
    ),
    Rule(
        "T02",
        "A statement runs outside of a transaction, or leaves an invalid index",
        "warning",
        "The statements before it are not rolled back, and an index that failed to build slows writes and serves no query.",
        "Give the statement a file of its own, and drop an invalid index with DROP INDEX CONCURRENTLY before it is built again.",
        _outside_of_transaction,
    ),
    Rule(
        "T03",
        "Rows get values that differ from one database to the next",
        "note",
        "Replicas, copies and tests that apply the same files hold different rows; MySQL may refuse the statement.",
        "Write the values as literals, or let the application make them.",
        _nondeterministic,
    ),
)
