"""The pending files in the document of a plan: how each runs, and its statements. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whimbrel.dialects.rules import DialectRules
from whimbrel.migrations.migration import Directives, Migration
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.planning.plan import MOST_HASHES, Plan
from whimbrel.planning.resume import ResumePoint
from whimbrel.planning.statement import PlannedStatement
from whimbrel.review.plans.document import Document
from whimbrel.session.state import Limits

__all__ = ["file_document"]


def file_document(
    dialect: DialectRules, database: str, plan: Plan, limits: Limits, reached: ResumePoint, *, begins: bool
) -> Document:
    """Return the document of one pending file.

    `limits` are those of its statements in seconds. `reached` says how far an earlier run came. The statements of a large file
    are counted and not listed: `bytes` binds them.
    """
    migration, intent = plan.migration, reached.intent
    listed = bool(plan.kept) and plan.total <= MOST_HASHES
    resumed = plan.begun and (reached.done > 0 or intent is not None)
    return {
        "set": migration.set_name,
        "version": str(migration.version),
        "file": str(migration),
        "checksum": migration.checksum,
        "bytes": _digest(migration),
        "runs": "recorded" if plan.recorded else "transaction" if plan.in_transaction else "journal",
        "begin": plan.begin if begins and not plan.recorded else None,
        "own_transactions": plan.own_transactions,
        "session": "portable" if plan.portable else "native",
        "foreign_keys": "unchecked" if plan.keys_unchecked else "checked",
        "lock_timeout": limits.lock_timeout,
        "statement_timeout": limits.statement_timeout,
        "directives": _directives(migration.directives),
        "resumes_at": reached.done + 1 if resumed else None,
        "unsettled": None if intent is None else intent.first_statement,
        "total": plan.total,
        "left_out": list(_left_out(dialect, plan)),
        "statements": list(_statements(dialect, database, plan, reached.done)) if listed or not plan.total else None,
    }


def _digest(migration: Migration) -> str:
    """Return the SHA-256 of the text that runs; unlike the checksum it covers the form of the line ends."""
    text, digest = migration.text, hashlib.sha256()
    for piece in (text,) if isinstance(text, str) else text:
        digest.update(piece.encode())
    return f"sha256:{digest.hexdigest()}"


def _directives(directives: Directives) -> Document:
    """Return the directives that a file has, as text, except the limits, which the run's options may give too."""
    found: Document = {}
    if directives.transaction is not None:
        found["transaction"] = "on" if directives.transaction else "off"
    if directives.min_app is not None:
        found["min_app"] = str(directives.min_app)
    if directives.databases:
        found["databases"] = ",".join(directives.databases)
    if directives.replaces:
        ranges = (f"{first}" if first == last else f"{first}-{last}" for first, last in directives.replaces)
        found["replaces"] = ",".join(ranges)
    return found


def _statements(dialect: DialectRules, database: str, plan: Plan, done: int) -> Iterator[Document]:
    for one in plan.statements():
        repeated = one.number <= done
        if repeated and not dialect.sets_session(one.words):
            continue
        yield {"number": one.number, **_statement(one), **_form(dialect, database, one, repeated=repeated)}


def _statement(one: PlannedStatement) -> Document:
    statement = one.statement
    found: Document = {"line": statement.line, "column": statement.column, "kind": one.kind, "text": statement.text}
    if statement.copy_data is not None:
        found["rows"] = len(statement.copy_data.splitlines())
    return found


def _form(dialect: DialectRules, database: str, one: PlannedStatement, *, repeated: bool) -> Document:
    """Return how a statement runs that is not simply sent."""
    if repeated:
        return {"form": "applied before; it sets the session, so it is sent again"}
    form = dialect.changed_form(one.words, one.statement, database)
    return {"form": form} if form else {}


def _left_out(dialect: DialectRules, plan: Plan) -> Iterator[Document]:
    number = 1 - plan.left_out
    for piece in plan.kept:
        if not isinstance(piece, InsertBatch) and not 0 < number <= plan.total:
            one = PlannedStatement(number, piece, plan.lexer_rules)
            yield {**_statement(one), "reason": _reason(dialect, one)}
        number += piece.count


def _reason(dialect: DialectRules, one: PlannedStatement) -> str:
    if dialect.controls_transaction(one.words):
        return "the run itself begins and ends the transaction"
    if dialect.switches_keys(one.words, one.statement) is not None:
        return "the run itself switches foreign keys, and checks them at the end of the file"
    return "the transaction begins with these modes"
