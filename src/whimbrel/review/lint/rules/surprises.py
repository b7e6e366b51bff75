"""M04 and M09 to M12: rows and values that differ from what the statement seems to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, in_use, listed, other_statements, read_case, refused
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.keys import keys_of
from whimbrel.review.lint.rules.swallowed import type_words
from whimbrel.review.lint.statement_text import Part, StatementText
from whimbrel.schema.model import Table

__all__ = ["RULES"]


def _nullable_key(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    options = reading.whole.after(len(reading.whole.words) - 4)
    if case.database != "sqlite" or refused(case) or options.has("STRICT") or options.has("WITHOUT", "ROWID"):
        return
    columns = {one.name.lower(): one for one in reading.columns()}
    for kind, parts, start in keys_of(reading) if reading.is_create else ():
        declared = [columns[part.name().lower()] for part in parts if part.name().lower() in columns]
        numbered = len(parts) == 1 and all(type_words(one) == ("INTEGER",) for one in declared)
        found = [one.name for one in declared if not one.has("NOT", "NULL")]
        if kind == "PRIMARY" and found and not numbered:
            yield Evidence(
                f"SQLite stores NULL in the primary key {listed(found)}, any number of times", {"columns": found}, start
            )


def _filled(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if case.database not in MYSQL or not reading.is_alter or refused(case) or not in_use(case, reading.table):
        return
    for column in reading.columns():
        given = any(column.has(word) for word in ("DEFAULT", "AUTO_INCREMENT", "GENERATED", "AS"))
        if column.added and column.has("NOT", "NULL") and not given:
            told = f"the rows that exist get 0, '' or a zero date in {column.name}"
            yield Evidence(told, {"column": column.name}, column.start)


def _native_modes(case: Case) -> Iterator[Evidence]:
    whole = read_case(case).whole
    if case.database not in MYSQL or case.plan.portable or refused(case):
        return
    at = whole.find("|", "|")
    at = whole.find("||") if at is None else at
    if at is not None:
        told = "|| is OR here, not a concatenation, since a file for one database runs in the server's own sql_mode"
        yield Evidence(told, {"operator": "||"}, whole.tokens[at].start)
    for token in whole.tokens:
        if token.kind == "string" and token.text.startswith('"'):
            yield Evidence(f"{token.text} is a text here, and a name on the other databases", {"text": token.text}, token.start)
            return


def _left_to_right(case: Case) -> Iterator[Evidence]:
    whole = read_case(case).whole
    at = whole.find("SET") if whole.begins("UPDATE") and case.database in MYSQL and not refused(case) else None
    if at is None:
        return
    end = whole.find("WHERE") or len(whole.words)
    assigned: set[str] = set()
    for part in Part(whole.tokens[at + 1 : end]).split():
        name, after = part.qualified(0)
        used = {token.text.strip('`"').lower() for token in part.after(after).tokens if token.kind in ("word", "name")}
        if both := sorted(used & assigned):
            told = f"{name} gets the new value of {listed(both)}, since {case.database} assigns from left to right"
            yield Evidence(told, {"column": name, "reads": both}, part.start)
        assigned.add(name.lower())


def _no_index(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if case.database in MYSQL or refused(case) or not (reading.is_create or reading.is_alter):
        return
    keys = list(_foreign_keys(reading))
    if not keys:
        return
    indexed = [*_indexed(reading), *(columns for one in other_statements(case) for columns in _made_later(one, reading.table))]
    table = case.after.table(reading.table) if case.after is not None else None
    indexed += _in_model(table) if table is not None else []
    for columns, start in keys:
        if not any(set(one[: len(columns)]) == set(columns) for one in indexed):
            told = f"no index begins with {listed(columns)}, so each DELETE in the other table reads all of {reading.table}"
            yield Evidence(told, {"columns": columns}, start)


def _foreign_keys(reading: StatementText) -> Iterator[tuple[list[str], int]]:
    for column in reading.columns():
        if column.has("REFERENCES"):
            yield [column.name.lower()], column.start
    for part in reading.parts:
        at = part.find("FOREIGN", "KEY")
        opening = None if at is None else part.after(at).find("(")
        if at is not None and opening is not None:
            yield [one.name().lower() for one in part.after(at).inside(opening).split()], part.start


def _indexed(reading: StatementText) -> Iterator[list[str]]:
    for _, parts, _ in keys_of(reading):
        yield [part.name().lower() for part in parts]


def _made_later(one: StatementText, table: str) -> Iterator[list[str]]:
    """Yield the columns of the indexes that another statement of the file makes for the table."""
    if one.table.lower() != table.lower():
        return
    yield from _indexed(one)
    on = one.whole.find("ON") if one.verb == "CREATE INDEX" else None
    opening = None if on is None else one.whole.after(on).find("(")
    if on is not None and opening is not None and not one.whole.has("WHERE"):
        yield [part.name().lower() for part in one.whole.after(on).inside(opening).split()]


def _in_model(table: Table) -> list[list[str]]:
    keys = [*table.uniques, *([table.primary_key] if table.primary_key else [])]
    found = [[name.lower() for name in key.columns] for key in keys]
    return found + [[part.column.lower() for part in one.parts] for one in table.indexes if not one.predicate]


RULES = (
    Rule(
        "M04",
        "A primary key takes NULL on SQLite",
        "warning",
        "A row without a key is stored on SQLite, and refused by the other databases.",
        "Write NOT NULL beside PRIMARY KEY, for every column of the key.",
        _nullable_key,
    ),
    Rule(
        "M09",
        "Existing rows get a value that nobody chose",
        "warning",
        "MySQL and MariaDB fill a new NOT NULL column without a default with 0 or an empty text; the other databases refuse it.",
        "Give the column a DEFAULT, or add it with NULL, fill it, and then make it NOT NULL.",
        _filled,
    ),
    Rule(
        "M10",
        "An operator or a quote means something else in a file for one database",
        "note",
        "The same text in a shared file has the meaning of the SQL standard, since a shared file runs in a portable session.",
        "Use CONCAT() and single quotes, which mean the same in both.",
        _native_modes,
    ),
    Rule(
        "M11",
        "UPDATE reads a column that it has just assigned",
        "warning",
        "MySQL and MariaDB use the new value, the other databases the old one, so a swap of two columns loses one.",
        "Use two statements, or join the table with itself to read the old values.",
        _left_to_right,
    ),
    Rule(
        "M12",
        "A foreign key has no index",
        "warning",
        "PostgreSQL and SQLite make none by themselves, and then read the whole table for each row that the other table loses.",
        "Create an index that begins with the columns of the key.",
        _no_index,
    ),
)
