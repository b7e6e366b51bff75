"""D02: statements that delete or overwrite all rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import added_columns, in_use, is_rebuilt, listed, read_case, refused, tables_in_use, worked
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["all_rows", "rows_lost", "truncated_tables"]

_TRIVIAL = (("TRUE",), ("<number>", "=", "<number>"), ("<number>",))
_WRITING = ("TRUNCATE", "DELETE", "UPDATE")
# The text of these does not say which rows they take: the facts do.
_HIDING = ("WITH", "MERGE", "SELECT", "INSERT", "REPLACE", "DO", "CALL", "EXECUTE", "EXPLAIN")
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
    reading, verb = read_case(case), next(iter(case.statement.words), "")
    parts = [part for part in reading.parts if part.begins("TRUNCATE", "PARTITION")]
    if refused(case) or not (parts or verb in _WRITING or verb in _HIDING):
        return
    for part in parts:
        if in_use(case, reading.table):
            yield Evidence(f"the rows of a partition of {reading.table} are deleted", rows_lost(case, reading.table), part.start)
    if verb == "TRUNCATE":
        for table, start in truncated_tables(reading):
            if in_use(case, table) and not is_rebuilt(case, table):
                yield Evidence(f"TRUNCATE deletes all rows of {table}", rows_lost(case, table), start)
    elif verb in _HIDING:
        yield from _hidden(case)
    # The last question reads the whole file.
    elif verb in _WRITING and in_use(case, reading.table) and not is_rebuilt(case, reading.table):
        yield from (_deleted if verb == "DELETE" else _overwritten)(case, reading)


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
    if _takes_every_row(reading.whole):
        yield Evidence(f"DELETE without a condition deletes all rows of {reading.table}", rows_lost(case, reading.table))
    elif emptied := _emptied(case):
        yield Evidence(f"the statement deletes all rows of {listed(emptied)}", {"rows": dict(worked(case).counts or {})})


def _overwritten(case: Case, reading: StatementText) -> Iterator[Evidence]:
    if (_takes_every_row(reading.whole) or _changes_many(case)) and not _fills_new_columns(case, reading):
        yield Evidence(f"UPDATE overwrites values in all rows of {reading.table}", {"changed": worked(case).changed})


def _changes_many(case: Case) -> bool:
    """Whether an UPDATE changed as many rows as seeding makes, in spite of its condition; those of an example tell nothing."""
    return case.source == "measured" and worked(case).rows > _SEEDED


def _takes_every_row(whole: Part) -> bool:
    at = whole.find_outer("WHERE")
    if at is None:
        # DELETE a FROM a JOIN b, and UPDATE a JOIN b ON ..., take the rows that the join finds.
        return not any(whole.find_outer(word) is not None for word in ("JOIN", "USING", "LIMIT")) and not whole.has("FROM", "(")
    condition = whole.words[at + 1 :]
    condition = condition[: condition.index("RETURNING")] if "RETURNING" in condition else condition
    return tuple(word for word in condition if word not in ("(", ")")) in _TRIVIAL


def _fills_new_columns(case: Case, reading: StatementText) -> bool:
    """Whether an UPDATE assigns only columns that the same file added, which lose nothing."""
    added, at = added_columns(case, reading.table), reading.whole.find("SET")
    assigned = [] if at is None else list(reading.whole.after(at + 1).split())
    # SET (a, b) = (1, 2) assigns several.
    lists = [list(one.inside(0).split()) if one.begins("(") else [one] for one in assigned]
    names = [one.qualified(0)[0].lower() for each in lists for one in each]
    return bool(names) and added.issuperset(names)
