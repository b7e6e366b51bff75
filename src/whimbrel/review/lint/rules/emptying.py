"""D02: statements that delete or overwrite all rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.review.lint.asking import (
    MYSQL,
    added_columns,
    in_use,
    is_rebuilt,
    listed,
    read_case,
    refused,
    tables_in_use,
    worked,
)
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["all_rows", "rows_lost", "takes_every_row", "truncated_tables"]

_WRITING = ("TRUNCATE", "DELETE", "UPDATE")
# The text of these does not say which rows they take: the facts do. Foreign keys and triggers take rows of other tables, and
# REPLACE first deletes the row that it replaces.
_HIDING = ("WITH", "MERGE", "SELECT", "INSERT", "REPLACE", "DO", "CALL", "EXECUTE", "EXPLAIN")
# The clauses behind a condition.
_ENDS = ("RETURNING", "ORDER")
# A seeded table has more rows than this, of which a condition of its own takes few.
_SEEDED = 300


def truncated_tables(reading: StatementText) -> Iterator[tuple[str, int]]:
    """Yield the tables that a TRUNCATE names, each with its offset."""
    for part in reading.whole.after(1 + (reading.whole.words[1:2] == ("TABLE",))).split():
        only = part.words[:1] == ("ONLY",) and part.words[1:2] not in ((), (".",))
        yield part.qualified(1 if only else 0)[0], part.start


def rows_lost(case: Case, table: str) -> dict[str, object]:
    """Return the rows of a table before and after a statement, if they are known."""
    counts = worked(case).counts or {}
    return {"rows": counts[table]} if table in counts else {"table": table}


def all_rows(case: Case) -> Iterator[Evidence]:
    """Find the tables of which a statement takes every row."""
    reading, first = read_case(case), next(iter(case.statement.words), "")
    verb = next(iter(reading.main.words), "")
    if refused(case):
        return
    if reading.is_alter:
        yield from _altered(case, reading)
    elif verb == "TRUNCATE":
        for table, start in truncated_tables(reading):
            if in_use(case, table) and not is_rebuilt(case, table):
                yield Evidence(f"TRUNCATE deletes all rows of {table}", rows_lost(case, table), start)
    # The last question reads the whole file.
    elif verb in _WRITING and in_use(case, reading.table) and not is_rebuilt(case, reading.table):
        hides = first == "WITH" and bool(worked(case).counts or worked(case).overwritten)
        yield from _hidden(case) if hides else (_deleted if verb == "DELETE" else _overwritten)(case, reading)
    elif first in _HIDING:
        yield from _hidden(case)


def _altered(case: Case, reading: StatementText) -> Iterator[Evidence]:
    if not in_use(case, reading.table):
        return
    for part in reading.parts:
        if part.begins("TRUNCATE", "PARTITION"):
            yield Evidence(f"the rows of a partition of {reading.table} are deleted", rows_lost(case, reading.table), part.start)
    ignores = case.database in MYSQL and reading.whole.find("IGNORE") in (1, 2)
    if ignores and any(part.begins("ADD") and (part.has("UNIQUE") or part.has("PRIMARY")) for part in reading.parts):
        yield Evidence(f"IGNORE deletes the rows of {reading.table} that break the key", rows_lost(case, reading.table))


def _emptied(case: Case) -> list[str]:
    facts = worked(case)
    counts = (facts.counts or {}).items()
    return [name for name, (before, after) in counts if before and not after and in_use(case, name) and name not in facts.gone]


def _hidden(case: Case) -> Iterator[Evidence]:
    if emptied := _emptied(case):
        yield Evidence(f"the statement deletes all rows of {listed(emptied)}", {"rows": dict(worked(case).counts or {})})
    facts, whole = worked(case), read_case(case).whole
    # Recorded facts are those of a table of their own; without any condition, they hold for each.
    every = case.source == "recorded" and whole.has("UPDATE") and not whole.has("WHERE")
    if overwritten := tables_in_use(case, facts.changed if every else facts.overwritten):
        yield Evidence(f"the statement overwrites values in all rows of {listed(overwritten)}", {"changed": overwritten})


def _deleted(case: Case, reading: StatementText) -> Iterator[Evidence]:
    if takes_every_row(reading.main):
        yield Evidence(f"DELETE without a condition deletes all rows of {reading.table}", rows_lost(case, reading.table))
    elif emptied := _emptied(case):
        yield Evidence(f"the statement deletes all rows of {listed(emptied)}", {"rows": dict(worked(case).counts or {})})


def _overwritten(case: Case, reading: StatementText) -> Iterator[Evidence]:
    if (takes_every_row(reading.main) or _changes_many(case)) and not _fills_new_columns(case, reading):
        yield Evidence(f"UPDATE overwrites values in all rows of {reading.table}", {"changed": worked(case).changed})


def _changes_many(case: Case) -> bool:
    """Whether an UPDATE changed as many rows as seeding makes, in spite of its condition; those of an example tell nothing."""
    return case.source == "measured" and worked(case).rows > _SEEDED


def takes_every_row(main: Part) -> bool:
    """Whether an UPDATE or DELETE has no condition, or one that every row meets."""
    at = main.find_outer("WHERE")
    if main.find_outer("LIMIT") is not None:
        return False
    if at is None:
        # DELETE a FROM a JOIN b, and UPDATE a JOIN b ON ..., take the rows that the join finds.
        return not any(main.find_outer(word) is not None for word in ("JOIN", "USING")) and not main.has("FROM", "(")
    ends = [end for end in map(main.find_outer, _ENDS) if end is not None and end > at]
    condition = [one.upper or one.text for one in main.tokens[at + 1 : min(ends, default=len(main.words))]]
    return _meets_every_row(condition if "OR" in condition else [one for one in condition if one not in ("(", ")")])


def _meets_every_row(condition: Sequence[str]) -> bool:
    """Whether one of the conditions that OR joins is met by every row, as in WHERE 1 = 1."""
    if "(" not in condition and "OR" in condition:
        at = condition.index("OR")
        return _meets_every_row(condition[:at]) or _meets_every_row(condition[at + 1 :])
    same = len(condition) == 3 and condition[1] == "=" and condition[0] == condition[2] and condition[0].isdigit()
    return same or condition == ["TRUE"] or (len(condition) == 1 and condition[0].strip("0") != "" and condition[0].isdigit())


def _fills_new_columns(case: Case, reading: StatementText) -> bool:
    """Whether an UPDATE assigns only columns that the same file added, which lose nothing."""
    added, at = added_columns(case, reading.table), reading.main.find("SET")
    assigned = [] if at is None else list(reading.main.after(at + 1).split())
    # SET (a, b) = (1, 2) assigns several.
    lists = [list(one.inside(0).split()) if one.begins("(") else [one] for one in assigned]
    names = [one.qualified(0)[0].lower() for each in lists for one in each]
    return bool(names) and added.issuperset(names)
