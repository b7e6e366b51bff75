"""P02, P03 and P06: keys that MySQL and MariaDB refuse or shorten, and foreign keys to columns without a key. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, is_open, listed, read_case, refused, works
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.statement_text import ColumnDefinition, Part, StatementText
from whimbrel.review.neutral import unique_columns
from whimbrel.schema.model import ForeignKey, Schema, Table

__all__ = ["FINDS", "RULES", "keys_of"]

_TEXTS_WORDS = "TEXT TINYTEXT MEDIUMTEXT LONGTEXT BLOB TINYBLOB MEDIUMBLOB LONGBLOB JSON"
_TEXTS = frozenset(_TEXTS_WORDS.split())
# utf8mb4, which the portable session declares, has up to four bytes in a character.
_BYTES = 4
_LONGEST_KEY, _LONGEST_ROW = 3072, 65_535
_NO_KEY = ("42830", "6125", "3780", "1005", "1822", "1215", "150")


def keys_of(reading: StatementText) -> Iterator[tuple[str, tuple[Part, ...], int]]:
    """Yield the keys and indexes that CREATE TABLE or ALTER TABLE declares: kind, parts of the key, offset."""
    for column in reading.columns():
        for kind in ("PRIMARY", "UNIQUE"):
            at = column.rest.find(kind)
            if at is not None:
                name = next(index for index, token in enumerate(reading.whole.tokens) if token.start == column.start)
                yield kind, (Part(reading.whole.tokens[name : name + 1]),), column.start
    for part in reading.parts:
        rest = part.after(1) if part.begins("ADD") else part
        rest = rest.after(2) if rest.begins("CONSTRAINT") and rest.words[1:2] not in (("UNIQUE",), ("PRIMARY",)) else rest
        kind = next(iter(rest.words), "")
        kind = rest.words[1] if kind == "CONSTRAINT" and len(rest.words) > 1 else kind
        at = rest.find("(")
        if kind in ("PRIMARY", "UNIQUE", "INDEX", "KEY") and at is not None:
            yield kind, tuple(rest.inside(at).split()), part.start


def _columns_in_keys(reading: StatementText) -> Iterator[tuple[str, list[ColumnDefinition], int]]:
    """Yield kind, columns without a prefix length, and offset of the keys on columns that the same statement declares."""
    columns = {one.name.lower(): one for one in reading.columns()}
    for kind, parts, start in keys_of(reading):
        # name(20) indexes a prefix.
        whole = [part.name().lower() for part in parts if part.words[1:2] != ("(",)]
        yield kind, [columns[name] for name in whole if name in columns], start


def _text_key(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if case.database not in MYSQL:
        return
    if code := refused(case, "1170", "1101"):
        told = "the key needs a length" if code == "1170" else "a TEXT takes no literal default"
        yield Evidence(f"{told} ({code})", {"code": code, "message": case.facts.message if case.facts else ""})
    if not is_open(case):
        return
    for kind, columns, start in _columns_in_keys(reading):
        # MariaDB enforces UNIQUE by a hash, and cuts other keys.
        if case.database == "mysql" or kind == "PRIMARY":
            for column in (one for one in columns if one.type_name in _TEXTS):
                yield Evidence(f"{column.name} is a {column.type_name}, whose key needs a length", {"column": column.name}, start)
    for column in reading.columns() if case.database == "mysql" else ():
        at = column.rest.find("DEFAULT")
        if column.type_name in _TEXTS and at is not None and column.rest.words[at + 1 : at + 2] not in (("NULL",), ("(",)):
            facts = {"column": column.name}
            yield Evidence(f"{column.name} is a {column.type_name}, which takes no literal default", facts, column.start)


def _long_key(case: Case) -> Iterator[Evidence]:
    if case.database not in MYSQL:
        return
    if code := refused(case, "1071", "1074", "1118"):
        yield Evidence(
            f"the key or the row is too long ({code})", {"code": code, "message": case.facts.message if case.facts else ""}
        )
    elif cut := _shortened(case) or list(case.foreseen.cut):
        yield Evidence(f"MariaDB indexes only the beginning of {listed(cut)}", {"columns": cut})
    elif is_open(case):
        reading = read_case(case)
        for kind, columns, start in _columns_in_keys(reading):
            long = sum(_bytes(one) for one in columns)
            if long > _LONGEST_KEY and (case.database == "mysql" or kind not in ("UNIQUE",)):
                yield Evidence(f"the key has up to {long} bytes, and the limit is {_LONGEST_KEY}", {"bytes": long}, start)
        row = sum(_bytes(one) for one in reading.columns() if reading.is_create or one.added)
        if row > _LONGEST_ROW:
            yield Evidence(f"a row has up to {row} bytes, and the limit is {_LONGEST_ROW}", {"bytes": row})


def _bytes(column: ColumnDefinition) -> int:
    """Return the most bytes of a text column; 0 for another type, or one in another character set."""
    if (
        column.type_name not in ("VARCHAR", "CHAR")
        or not column.numbers
        or column.type.has("CHARACTER")
        or column.type.has("CHARSET")
    ):
        return 0
    return column.numbers[0] * _BYTES


def _shortened(case: Case) -> list[str]:
    """Return the columns of new indexes that MariaDB indexes up to a length which the statement does not ask for."""
    reading = read_case(case)
    after = case.after.table(reading.table) if case.after is not None and case.database == "mariadb" else None
    before = case.before.table(reading.table) if case.before is not None else None
    if after is None or not works(case):
        return []
    old = set() if before is None else {one.name for one in before.indexes}
    parts = [part for one in after.indexes if one.name not in old for part in one.parts if part.prefix is not None]
    return sorted(
        {part.column for part in parts if not reading.whole.has("(", str(part.prefix), ")") and not _asks(reading, part.prefix)}
    )


def _asks(reading: StatementText, prefix: int | None) -> bool:
    return any(token.text == str(prefix) for token in reading.whole.tokens if token.kind == "number")


def _no_key(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    refers = reading.whole.has("REFERENCES")
    if refers and (code := refused(case, *_NO_KEY) or _of_another_type(case)):
        yield Evidence(
            f"the foreign key has no key to refer to, or another type ({code})",
            {"code": code, "message": case.facts.message if case.facts else ""},
        )
    elif refers and case.foreseen.unfit:
        yield Evidence(case.foreseen.unfit, {"table": reading.table})
    after = case.after.table(reading.table) if case.after is not None and works(case) else None
    if not refers or after is None or case.after is None:
        return
    before = case.before.table(reading.table) if case.before is not None else None
    old = set() if before is None else {_meaning(key) for key in before.foreign_keys}
    for key in after.foreign_keys:
        if _meaning(key) not in old and (told := _unfit(case.after, after, key)):
            yield Evidence(told, {"columns": key.columns, "refers_to": f"{key.table} ({', '.join(key.to_columns)})"})


def _of_another_type(case: Case) -> str:
    # PostgreSQL has this code for every other mismatch of types, too.
    code = refused(case, "42804")
    return code if case.facts is not None and "foreign key" in case.facts.message else ""


def _meaning(key: ForeignKey) -> tuple[object, ...]:
    return key.columns, key.table, key.to_columns


def _unfit(schema: Schema, table: Table, key: ForeignKey) -> str:
    """Return why a foreign key fits no key of the other table; empty if it fits, or the other table is not in the schema."""
    target = schema.table(key.table)
    if target is None:
        return ""
    keys = [set(columns) for columns in unique_columns(target)]
    if key.to_columns and set(key.to_columns) not in keys:
        return f"{key.table} ({listed(key.to_columns)}) is not unique, so a row may refer to several"
    for own, other in zip(key.columns, key.to_columns, strict=False):
        ours, theirs = table.column(own), target.column(other)
        if ours is not None and theirs is not None and ours.type.family != theirs.type.family:
            return f"{own} is {ours.type.native}, and {key.table}.{other} is {theirs.type.native}"
    return ""


FINDS = (_text_key, _long_key, _no_key)
RULES = (
    Rule(
        "P02",
        "A TEXT or BLOB is in a key, or has a literal default",
        "error",
        "MySQL and MariaDB refuse the statement with 1170 or 1101.",
        "Use VARCHAR with a length for a column in a key, and for one with a default.",
        _text_key,
    ),
    Rule(
        "P03",
        "A key or a row is too long",
        "error",
        "MySQL refuses a key of more than 3072 bytes; MariaDB indexes the first 768 characters alone, and says so in a note.",
        "Shorten the columns of the key, or index a prefix that you choose, or a hash of the text.",
        _long_key,
    ),
    Rule(
        "P06",
        "A foreign key refers to columns that are not unique, or of another type",
        "error",
        "PostgreSQL and MySQL refuse it; MariaDB and SQLite take it, and then differ in what they enforce.",
        "Refer to the primary key or to a UNIQUE constraint, with columns of the same type.",
        _no_key,
    ),
)
