"""D02: all rows of a table, which a statement deletes or overwrites. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, in_use, is_rebuilt, listed, other_statements, read_case, refused, worked
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.loss import lost_rows
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["RULES", "takes_every_row"]

_TAKING_ROWS = ("TRUNCATE", "DELETE", "UPDATE", "DO", "CALL", "EXECUTE", "INSERT", "REPLACE")
# Foreign keys and triggers may take rows of other tables: REPLACE first deletes the row that it replaces.
_BY_EFFECT = ("DELETE", "DO", "CALL", "EXECUTE", "INSERT", "REPLACE")
# The clauses behind a condition.
_ENDS = ("RETURNING", "ORDER")
# A seeded table has more rows than this, of which a condition of its own takes few.
_SEEDED = 300


def _all_rows(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    verb, main = next(iter(reading.main.words), ""), reading.main
    ignores = case.database in MYSQL and reading.is_alter and reading.whole.find("IGNORE") in (1, 2)
    concerned = verb in _TAKING_ROWS or ignores or any(part.begins("TRUNCATE", "PARTITION") for part in reading.parts)
    emptied = [
        name for name, (before, after) in (worked(case).counts or {}).items() if before and not after and in_use(case, name)
    ]
    if not concerned or (verb in ("INSERT", "REPLACE") and not emptied):
        return
    # The last question reads the whole file.
    if refused(case) or not in_use(case, reading.table) or is_rebuilt(case, reading.table):
        return
    for part in reading.parts:
        if part.begins("TRUNCATE", "PARTITION"):
            yield Evidence(f"the rows of a partition of {reading.table} are deleted", lost_rows(case, reading.table), part.start)
    if ignores and any(part.begins("ADD") and (part.has("UNIQUE") or part.has("PRIMARY")) for part in reading.parts):
        yield Evidence(f"IGNORE deletes the rows of {reading.table} that break the key", lost_rows(case, reading.table))
    if verb == "TRUNCATE":
        yield Evidence(f"TRUNCATE deletes all rows of {reading.table}", lost_rows(case, reading.table))
    elif verb == "DELETE" and takes_every_row(main):
        yield Evidence(f"DELETE without a condition deletes all rows of {reading.table}", lost_rows(case, reading.table))
    elif verb in _BY_EFFECT and emptied:
        yield Evidence(f"the statement deletes all rows of {listed(emptied)}", {"rows": dict(worked(case).counts or {})})
    elif verb == "UPDATE" and (takes_every_row(main) or _changes_many(case)) and not _fills_new_columns(case, reading):
        told = f"UPDATE overwrites values in all rows of {reading.table}"
        yield Evidence(told, {"changed": worked(case).changed})


def _changes_many(case: Case) -> bool:
    """Whether an UPDATE changed as many rows as seeding makes, in spite of its condition; those of an example tell nothing."""
    return case.source == "measured" and bool(worked(case).changed) and worked(case).rows > _SEEDED


def takes_every_row(whole: Part) -> bool:
    """Whether an UPDATE or DELETE has no condition, or one that every row meets."""
    at = whole.find("WHERE")
    if at is None:
        # DELETE a FROM a JOIN b, and UPDATE a JOIN b ON ..., take the rows that the join finds.
        return not any(whole.has(word) for word in ("JOIN", "USING", "LIMIT")) and not whole.has("FROM", "(")
    end = next((end for end in map(whole.find, _ENDS) if end is not None and end > at), len(whole.words))
    return not whole.has("LIMIT") and _meets_every_row([one.upper or one.text for one in whole.tokens[at + 1 : end]])


def _meets_every_row(condition: list[str]) -> bool:
    """Whether one of the conditions that OR joins is met by every row, as in WHERE 1 = 1."""
    if "(" not in condition and "OR" in condition:
        at = condition.index("OR")
        return _meets_every_row(condition[:at]) or _meets_every_row(condition[at + 1 :])
    same = len(condition) == 3 and condition[1] == "=" and condition[0] == condition[2] and condition[0].isdigit()
    return same or condition == ["TRUE"] or (len(condition) == 1 and condition[0].strip("0") != "" and condition[0].isdigit())


def _fills_new_columns(case: Case, reading: StatementText) -> bool:
    """Whether an UPDATE assigns only columns that the same file added, which lose nothing."""
    added = {
        column.name.lower()
        for one in other_statements(case, before=True)
        if one.is_alter and one.table.lower() == reading.table.lower()
        for column in one.columns()
        if column.added
    }
    at = reading.main.find("SET")
    assigned = [] if at is None else list(reading.main.after(at + 1).split())
    return bool(assigned) and all(one.qualified(0)[0].lower() in added for one in assigned)


RULES = (
    Rule(
        "D02",
        "All rows of a table are deleted or overwritten",
        "error",
        "A statement without a condition reaches rows that nobody thought of.",
        "Write a WHERE that names the rows, or an allowance that says why all of them are meant.",
        _all_rows,
    ),
)
