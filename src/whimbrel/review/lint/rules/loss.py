"""D01 to D05: tables, columns, rows and values that a statement loses. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.dialects.gauge import StatementFacts
from whimbrel.review.lint.asking import (
    MYSQL,
    copy_of,
    in_use,
    is_skipped,
    listed,
    read_case,
    refused,
    tables_in_use,
    worked,
    works,
)
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.narrowing import describe_narrowing, ignores_more
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.dropping import (
    dropped_columns,
    dropped_tables,
    has_values,
    is_added,
    is_there,
    losses_without_name,
)
from whimbrel.review.lint.rules.emptying import all_rows, rows_lost
from whimbrel.review.lint.rules.rebuilds import left_out
from whimbrel.review.lint.statement_text import StatementText
from whimbrel.review.neutral import unique_columns

__all__ = ["RULES", "children_deleted"]

# Values that the new type does not take: out of range, too long, truncated.
_CUT = ("22001", "22003", "22008", "1264", "1265", "1292", "1366", "1406")
# Actions of ALTER TABLE on all rows of a table, or on those that it keeps of earlier times.
_WHOLE_TABLE = (
    (("DISCARD", "TABLESPACE"), "DISCARD TABLESPACE deletes the file with all rows of {table}"),
    (("DISCARD", "PARTITION"), "the file with the rows of a partition of {table} is deleted"),
    (("DROP", "SYSTEM", "VERSIONING"), "the earlier versions of the rows of {table} are deleted"),
)
_SOFT = ("COLUMN",)
# The code of a statement that a run itself refuses to send.
_BY_RUN = "refused"


def _dropped(case: Case) -> Iterator[Evidence]:
    named = list(_dropped_by_name(case))
    yield from named
    if not named:
        yield from _dropped_unnamed(case)


def _dropped_by_name(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    # A recorded statement without any fact does nothing: IF EXISTS, and nothing there.
    nothing = case.source == "recorded" and case.facts == StatementFacts()
    if refused(case) or case.foreseen.children or nothing or is_skipped(case):
        return
    yield from _tables_gone(case, reading)
    for column, start in dropped_columns(reading):
        stored = column not in case.foreseen.computed and has_values(case, reading.table, column)
        if in_use(case, reading.table) and stored and not is_added(case, reading.table, column):
            yield Evidence(f"the values of {reading.table}.{column} are deleted", {"column": column}, start)
    for part in reading.parts:
        if part.begins("DROP", "PARTITION") and in_use(case, reading.table):
            yield Evidence(f"the rows of a partition of {reading.table} are deleted", rows_lost(case, reading.table), part.start)
        lost = next((told for words, told in _WHOLE_TABLE if part.begins(*words)), "")
        if lost and in_use(case, reading.table):
            yield Evidence(lost.format(table=reading.table), rows_lost(case, reading.table), part.start)
    if reading.verb in ("DROP SCHEMA", "DROP DATABASE") and (case.source != "measured" or tables_in_use(case, worked(case).gone)):
        name = reading.whole.name(reading.whole.behind_condition(2))
        yield Evidence(f"{reading.verb} deletes all tables of {name}", dict(worked(case).counts or {}))


def _tables_gone(case: Case, reading: StatementText) -> Iterator[Evidence]:
    verb = "CREATE OR REPLACE TABLE" if reading.is_create else reading.verb
    for table, start in dropped_tables(reading):
        if not in_use(case, table) or not is_there(case, table):
            continue
        copy = copy_of(case, table)
        if copy is None:
            yield Evidence(f"{verb} deletes all rows of {table}", rows_lost(case, table), start)
        for told in () if copy is None else left_out(case, table, copy):
            yield Evidence(told, {"table": table}, start)


def _dropped_unnamed(case: Case) -> Iterator[Evidence]:
    """Find what goes with a type, by CASCADE, or in a block of code: the facts say so, and the statement does not."""
    facts, (tables, columns) = worked(case), losses_without_name(case)
    if tables:
        yield Evidence(f"the statement drops {listed(tables)} with all rows", {"rows": dict(facts.counts or {})})
    if columns:
        yield Evidence(f"the values of {listed(columns)} are deleted", {"columns": columns})


def _narrowed(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if not reading.is_alter or not in_use(case, reading.table):
        return
    before = case.before.table(reading.table) if case.before else None
    after = case.after.table(reading.table) if case.after else None
    told, renamed = {}, dict(_renamed(reading))
    for column in before.columns if before is not None and after is not None and works(case) else ():
        new = after.column(renamed.get(column.name.lower(), column.name)) if after is not None else None
        if new is not None and (how := describe_narrowing(column.type, new.type)):
            told[f"{reading.table}.{column.name}"] = how
    told |= dict(case.foreseen.narrowed) if before is None and not refused(case) else {}
    if told:
        facts = {"columns": told, "changed": worked(case).changed}
        yield Evidence("; ".join(f"{name}: {how}" for name, how in told.items()), facts)
    elif code := refused(case, *_CUT):
        facts = {"code": code, "message": case.facts.message if case.facts else ""}
        yield Evidence(f"values at the limits of the old type do not fit the new one ({code})", facts)
    elif before is None and _changes_values(case, reading):
        yield Evidence(f"the new type changes values of {reading.table}", {"changed": worked(case).changed})


def _renamed(reading: StatementText) -> Iterator[tuple[str, str]]:
    """Yield the columns that a statement renames, in lower case, each with its new name."""
    for part in reading.parts:
        at = 1 + (part.words[1:2] == _SOFT)
        if part.begins("CHANGE"):
            yield part.name(at).lower(), part.name(at + 1)
        elif part.begins("RENAME") and part.words[at + 1 : at + 2] == ("TO",):
            yield part.name(at).lower(), part.name(at + 2)


def _changes_values(case: Case, reading: StatementText) -> bool:
    """Whether values of the table differ afterwards. Those of an example may differ for another reason, such as its padding."""
    changed = case.source == "measured" and reading.table in worked(case).changed
    return changed and any(not one.added for one in reading.columns())


def children_deleted(case: Case) -> Iterator[Evidence]:
    """Find the rows that would go with a table that is dropped. A run refuses the statement if there are any."""
    if case.database != "sqlite" or case.plan.keys_unchecked or refused(case) not in ("", _BY_RUN):
        return
    tables = case.before.tables if case.before is not None else ()
    for name, start in dropped_tables(read_case(case)):
        children = sorted(
            f"{one.name} ({key.on_delete})"
            for one in tables
            for key in one.foreign_keys
            if key.table.lower() == name.lower()
            and key.on_delete in ("cascade", "set null", "set default")
            and one.name.lower() != name.lower()
            and in_use(case, one.name)
        )
        children = children or sorted(one for one in case.foreseen.children if in_use(case, one.partition(" ")[0]))
        if children:
            told = f"DROP TABLE {name} first deletes its rows, and its foreign keys take the rows of {listed(children)} with them"
            yield Evidence(told, {"children": children, "counts": worked(case).counts, "code": refused(case)}, start)


def _keys_collide(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if case.database not in MYSQL or not reading.is_alter or not in_use(case, reading.table):
        return
    if not any(part.has("COLLATE") or part.has("CHARACTER", "SET") or part.has("CHARSET") for part in reading.parts):
        return
    before = case.before.table(reading.table) if case.before else None
    after = case.after.table(reading.table) if case.after else None
    if code := refused(case, "1062"):
        yield Evidence("two texts of a unique key become equal under the new collation (1062)", {"code": code})
    elif case.foreseen.equal:
        yield _equal(case.foreseen.equal)
    elif before is not None and after is not None:
        keys = {name for columns in unique_columns(before) for name in columns}
        told = [one.name for one in before.columns if one.name in keys and ignores_more(one, after.column(one.name))]
        if told:
            yield _equal(told)


def _equal(columns: Sequence[str]) -> Evidence:
    told = f"the new collation makes more texts of {listed(columns)} equal, and the column is unique"
    return Evidence(told, {"columns": columns})


RULES = (
    Rule(
        "D01",
        "A table, a column or a partition is dropped",
        "error",
        "The data is gone as soon as the file is applied, and only a backup brings it back.",
        "First deploy a version that no longer uses it; then drop it in a later file, with an allowance that says so.",
        _dropped,
    ),
    Rule(
        "D02",
        "All rows of a table are deleted or overwritten",
        "error",
        "A statement without a condition reaches rows that nobody thought of.",
        "Write a WHERE that names the rows, or an allowance that says why all of them are meant.",
        all_rows,
    ),
    Rule(
        "D03",
        "A column becomes narrower",
        "error",
        "Values that do not fit make the file fail, or are cut without an error, depending on the database and its modes.",
        "Add a new column, copy the values that fit, and check the others; count them first with --live.",
        _narrowed,
    ),
    Rule(
        "D04",
        "Rows of other tables are deleted with the table that is rebuilt",
        "error",
        "SQLite deletes the rows of a table before it drops it, and ON DELETE of each foreign key acts.",
        "Write PRAGMA foreign_keys = OFF as the first statement of the file, and PRAGMA foreign_keys = ON as the last.",
        children_deleted,
    ),
    Rule(
        "D05",
        "A new collation makes unique values equal",
        "error",
        "The file fails at the first pair of rows that are equal under the new collation.",
        "Find the pairs first with GROUP BY column COLLATE new HAVING count(*) > 1, and change them.",
        _keys_collide,
    ),
)
