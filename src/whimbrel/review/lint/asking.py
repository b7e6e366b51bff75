"""The questions that several rules ask about a case. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from whimbrel.dialects.gauge import StatementFacts, TableLock
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.statement_text import StatementText, read_statement

__all__ = [
    "MYSQL",
    "added_columns",
    "copy_of",
    "in_use",
    "is_open",
    "is_rebuilt",
    "is_skipped",
    "listed",
    "locks_in_use",
    "other_statements",
    "read_case",
    "refused",
    "subject",
    "tables_in_use",
    "worked",
    "works",
]  # fmt: skip

# MariaDB speaks MySQL's language.
MYSQL = ("mysql", "mariadb")
_NOTHING = StatementFacts()


def read_case(case: Case) -> StatementText:
    """Return the statement of a case as the rules read it."""
    return read_statement(case.statement.statement.text, case.plan.lexer_rules)


def in_use(case: Case, table: str) -> bool:
    """Whether other sessions may use a table: the run that the statement belongs to did not make it."""
    return table.lower() not in {one.lower() for one in case.fresh}


def tables_in_use(case: Case, tables: Iterable[str]) -> list[str]:
    """Return the tables among these that other sessions may use, sorted."""
    return sorted({one for one in tables if in_use(case, one)})


def worked(case: Case) -> StatementFacts:
    """Return the facts of a statement that ran; empty facts if none are known, or the server refused it."""
    return _NOTHING if case.facts is None or case.facts.refused else case.facts


def works(case: Case) -> bool:
    """Whether the statement is known to run on this database."""
    return case.facts is not None and not case.facts.refused


def is_open(case: Case) -> bool:
    """Whether no server has run this statement: one of the same form may have had other names, types and sizes."""
    return case.facts is None or (case.source != "measured" and not case.facts.refused)


def refused(case: Case, *codes: str) -> str:
    """Return the code with which the server refused the statement; empty if it is none of `codes`, where some are given."""
    code = "" if case.facts is None else case.facts.refused
    return code if not codes or code in codes else ""


def locks_in_use(case: Case, *blocks: str) -> list[TableLock]:
    """Return the locks on tables in use that block these operations of other sessions."""
    return [one for one in worked(case).locks if one.blocks in blocks and in_use(case, one.table)]


def other_statements(case: Case, *, before: bool = False) -> Iterator[StatementText]:
    """Yield the other statements of the file, or with `before` only those before this one."""
    for one in case.plan.statements():
        if before and one.number >= case.statement.number:
            return
        if one.number != case.statement.number:
            yield read_statement(one.statement.text, case.plan.lexer_rules)


def added_columns(case: Case, table: str, *, surely: bool = False) -> set[str]:
    """Return the columns that the statements before this one add to a table, in lower case; `surely` without IF NOT EXISTS."""
    return {
        column.name.lower()
        for one in other_statements(case, before=True)
        if one.is_alter and one.table.lower() == table.lower() and not (surely and one.whole.has("IF", "NOT", "EXISTS"))
        for column in one.columns()
        if column.added
    }


def is_skipped(case: Case) -> bool:
    """Whether an ALTER TABLE IF EXISTS is known to find no table, so that it does nothing."""
    reading = read_case(case)
    if not reading.is_alter or not works(case) or reading.whole.behind_condition(2) == 2:
        return False
    if case.before is None:
        return case.source == "recorded" and case.facts == _NOTHING
    return not worked(case).locks and case.before.table(reading.table) is None


def is_rebuilt(case: Case, table: str) -> bool:
    """Whether the file rebuilds a table: it copies the rows into a new table, and gives that one the old name."""
    return copy_of(case, table) is not None


def copy_of(case: Case, table: str) -> StatementText | None:
    """Return the INSERT that copies the rows of a table which the file rebuilds; None if it does not rebuild it."""
    others = list(other_statements(case))
    names = {old: new for one in others for old, new in _renamed(one).items()}
    # The old table may have got another name before, or after, its rows are copied.
    own = {table.lower(), *(old for old, new in names.items() if new == table.lower())}
    for one in others:
        source = one.whole.find("FROM") if _copies_rows(one) else None
        copy = one.table.lower()
        if source is not None and one.whole.qualified(source + 1)[0].lower() in own and {copy, names.get(copy)} & own:
            return one
    return None


def _renamed(one: StatementText) -> dict[str, str]:
    """Return the tables that a statement renames, in lower case, each with its new name."""
    if one.is_alter:
        to = next((part.find("RENAME", "TO") for part in one.parts), None)
        return {} if to is None else {one.table.lower(): one.parts[0].qualified(to + 2)[0].lower()}
    pairs = one.whole.after(2).split() if one.whole.begins("RENAME", "TABLE") else ()
    return {
        part.qualified(0)[0].lower(): part.qualified(at + 1)[0].lower() for part in pairs if (at := part.find("TO")) is not None
    }


def _copies_rows(one: StatementText) -> bool:
    """Whether a statement fills a table from a query: INSERT INTO ... SELECT, or CREATE TABLE ... AS SELECT."""
    return one.whole.begins("INSERT", "INTO") or (one.is_create and one.whole.has("AS", "SELECT") and not one.parts)


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence: "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def subject(names: Sequence[str], one: str, several: str) -> str:
    """Return names as the subject of a sentence, with the form of its verb for one name or for several."""
    return f"{listed(names)} {one if len(names) == 1 else several}"
