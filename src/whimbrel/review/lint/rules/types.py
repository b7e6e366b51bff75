"""M01 to M03 and M05 to M08: types that mean something else on one of the databases. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whimbrel.review.lint.asking import MYSQL, listed, read_case, refused
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.keys import keys_of
from whimbrel.review.lint.rules.swallowed import type_words
from whimbrel.review.lint.statement_text import ColumnDefinition

__all__ = ["RULES"]

_TEXTS = ("VARCHAR", "CHAR", "CHARACTER", "TEXT", "NVARCHAR", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT")
_SIZED = ("VARCHAR", "CHAR", "CHARACTER", "NVARCHAR", "DECIMAL", "NUMERIC")
_DATES = ("DATE", "TIME", "TIMESTAMP", "DATETIME", "TIMESTAMPTZ")
_SERIALS = ("SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8", "SERIAL2")


def _columns(case: Case, wanted: Callable[[ColumnDefinition], bool]) -> list[ColumnDefinition]:
    """Return the columns that the statement declares or changes, and that fit; none if the server refuses the statement."""
    return [] if refused(case) else [one for one in read_case(case).columns() if wanted(one)]


def _told(case: Case, columns: list[ColumnDefinition], text: str) -> Iterator[Evidence]:
    if columns:
        names = [one.name for one in columns]
        word = "column" if len(names) == 1 else "columns"
        yield Evidence(f"{word} {listed(names)}: {text}", {"columns": names}, columns[0].start)


def _fractions(case: Case) -> Iterator[Evidence]:
    types = ("TIMESTAMP", "DATETIME", "TIME") if case.database in MYSQL else ()
    found = _columns(case, lambda one: one.type_name in types and not one.numbers)
    yield from _told(case, found, f"{case.database} keeps whole seconds, and rounds the fraction away")


def _ends_2038(case: Case) -> Iterator[Evidence]:
    found = _columns(case, lambda one: case.database in MYSQL and one.type_name == "TIMESTAMP")
    yield from _told(case, found, "TIMESTAMP takes no time after January 2038, or on newer MariaDB after 2106")


def _unique_text(case: Case) -> Iterator[Evidence]:
    if case.database not in MYSQL or refused(case):
        return
    reading = read_case(case)
    texts = {one.name.lower(): one for one in reading.columns() if one.type_name in _TEXTS and not _has_collation(one)}
    for kind, parts, start in keys_of(reading) if not _table_collation(case) else ():
        names = [part.name() for part in parts if part.name().lower() in texts]
        if kind in ("PRIMARY", "UNIQUE") and names:
            told = f"{case.database} compares {listed(names)} without case, so that 'a' and 'A' are the same key"
            yield Evidence(told, {"columns": names}, start)


def _has_collation(one: ColumnDefinition) -> bool:
    return one.has("COLLATE") or one.type.has("BINARY") or one.type.has("CHARACTER", "SET")


def _table_collation(case: Case) -> bool:
    """Whether the statement gives the table a collation, after its columns."""
    reading = read_case(case)
    end = reading.parts[-1].end if reading.is_create and reading.parts else 0
    return any(token.start > end and token.upper in ("COLLATE", "CHARSET", "CHARACTER") for token in reading.whole.tokens if end)


def _not_enforced(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    strict = reading.whole.words[-1:] == ("STRICT",) or reading.whole.has(")", "STRICT")
    checked = {
        token.text.lower() for part in reading.parts if (at := part.find("CHECK")) is not None for token in part.after(at).tokens
    }
    if case.database == "sqlite" and not strict:
        found = _columns(case, _has_range)
        open_ = [one for one in found if one.name.lower() not in checked]
        yield from _told(case, open_, "SQLite stores values of any length, range or form")


def _has_range(one: ColumnDefinition) -> bool:
    return (one.type_name in _SIZED and bool(one.numbers)) or one.type_name in _DATES or "UNSIGNED" in type_words(one)


def _numbering(case: Case) -> Iterator[Evidence]:
    if case.database == "sqlite":
        found = _columns(case, lambda one: one.type_name in _SERIALS)
        yield from _told(case, found, "SQLite does not number rows of a SERIAL, so the column is NULL")
        for word in ("AUTO_INCREMENT", "IDENTITY"):
            swallowed = _columns(case, lambda one, word=word: word in type_words(one))  # type: ignore[misc]
            yield from _told(case, swallowed, f"SQLite takes {word} for a part of the type, and does not number the rows")
        if case.plan.portable:
            numbered = _columns(
                case, lambda one: type_words(one) == ("INTEGER",) and one.has("PRIMARY", "KEY") and not _numbers(one)
            )
            yield from _told(
                case, numbered, "SQLite numbers an INTEGER PRIMARY KEY by itself; the other databases refuse the row"
            )
    elif case.database in MYSQL and case.plan.portable:
        found = _columns(case, lambda one: one.type_name == "SERIAL")
        yield from _told(case, found, f"SERIAL is BIGINT UNSIGNED on {case.database}, so a column that refers to it must be too")


def _numbers(one: ColumnDefinition) -> bool:
    return one.has("AUTOINCREMENT") or one.has("AUTO_INCREMENT") or one.has("IDENTITY")


def _float_width(case: Case) -> Iterator[Evidence]:
    if case.database in MYSQL:
        found = _columns(case, lambda one: one.type_name in ("FLOAT", "FLOAT4") and not (one.numbers and one.numbers[0] > 24))
    elif case.database == "postgresql":
        found = _columns(case, lambda one: one.type_name in ("REAL", "FLOAT4") or _is_narrow_float(one))
    else:
        found = []
    yield from _told(case, found, f"{case.database} keeps 24 bits of a number here, so 16777217 becomes 16777216")


def _is_narrow_float(one: ColumnDefinition) -> bool:
    return one.type_name == "FLOAT" and bool(one.numbers) and one.numbers[0] <= 24


_STRUCTURED = {
    ("mysql", "JSON"): "JSON is stored with sorted keys and without duplicates",
    ("postgresql", "JSONB"): "JSONB is stored with sorted keys and without duplicates",
    ("mariadb", "JSON"): "JSON is a LONGTEXT, which keeps the text as it came and compares it as text",
    ("sqlite", "JSON"): "JSON has numeric affinity, so '1.0' is stored as a number, and no text is refused",
    ("sqlite", "JSONB"): "JSONB has numeric affinity, so '1.0' is stored as a number, and no text is refused",
    ("sqlite", "UUID"): "UUID has numeric affinity, so a value of digits alone is stored as a number, and no text is refused",
}


def _structured(case: Case) -> Iterator[Evidence]:
    for name in ("JSON", "JSONB", "UUID"):
        told = _STRUCTURED.get((case.database, name), "")
        if told:
            yield from _told(case, _columns(case, lambda one, name=name: one.type_name == name), told)  # type: ignore[misc]


RULES = (
    Rule(
        "M01",
        "A time without a fraction loses it",
        "note",
        "The same row has microseconds on PostgreSQL and SQLite, and whole seconds on MySQL and MariaDB.",
        "Write TIMESTAMP(6) or DATETIME(6), which every database takes.",
        _fractions,
    ),
    Rule(
        "M02",
        "A TIMESTAMP ends in 2038",
        "note",
        "An expiry date far ahead is refused with 1292.",
        "Use DATETIME(6) in a variant for MySQL and MariaDB if times after 2037 occur.",
        _ends_2038,
    ),
    Rule(
        "M03",
        "A unique text ignores case",
        "note",
        "MySQL, MariaDB and the other databases disagree on which rows are duplicates: case, accents and trailing blanks.",
        "Give the column a collation in a variant, such as COLLATE utf8mb4_bin, or store the text in one spelling.",
        _unique_text,
    ),
    Rule(
        "M05",
        "SQLite does not enforce a length, a range or a date",
        "note",
        "A value that the other databases refuse is stored, and is found when the data move.",
        "Add a CHECK, such as CHECK (length(name) <= 36), which every database enforces.",
        _not_enforced,
    ),
    Rule(
        "M06",
        "Rows are numbered on some databases alone",
        "note",
        "An INSERT without the number works on one database, and fails or stores NULL on another.",
        "Let the application make the key, or write a variant with each database's own form.",
        _numbering,
    ),
    Rule(
        "M07",
        "A float has 32 bits on some databases",
        "note",
        "Numbers above 16,777,216 are rounded on one database and kept on another.",
        "Use DOUBLE PRECISION, which has 64 bits on every database.",
        _float_width,
    ),
    Rule(
        "M08",
        "A JSON or UUID is stored in another form",
        "note",
        "Order and duplicates of keys, and the comparison of two values, differ between the databases.",
        "Compare such values in the application, and store text that must stay as it is in a TEXT.",
        _structured,
    ),
)
