"""P01, P04, P05, P07 and P08: statements and names that one of the databases refuses, cuts or takes otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, in_use, is_open, other_statements, read_case, refused, works
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules import dropping, keys, loss
from whimbrel.review.lint.rules.reserved import RESERVED
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["RULES"]

# The seeded rows decide whether a server reports one of these: unique, foreign key, check, not null, range, truncation.
_OF_ROWS_WORDS = (
    "23502 23503 23505 23514 23P01 22001 22003 22P02 1062 1452 1138 1048 1264 1265 1292 1366 1406 3819 4025 "
    "SQLITE_CONSTRAINT SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_NOTNULL SQLITE_CONSTRAINT_CHECK SQLITE_CONSTRAINT_FOREIGNKEY "
    "SQLITE_CONSTRAINT_PRIMARYKEY"
)
_OF_ROWS = frozenset(_OF_ROWS_WORDS.split())
# Other objects decide about these, such as a view that uses the column, which a recorded statement may have had.
_OF_OTHER_OBJECTS = frozenset(
    ("0A000", "2BP01", "42P07", "42701", "42703", "42P01", "1050", "1060", "1061", "1054", "1091", "1146")
)
# A column that the files before do not make.
_NO_COLUMN = " has no column "
_SYNTAX = ("1064", "42601", "SQLITE_ERROR")
# An unsafe statement of the binary log, which T03 explains.
_UNSAFE = "1674"
_LONGEST = {"postgresql": 63, "mysql": 64, "mariadb": 64}


def _refused(case: Case) -> Iterator[Evidence]:
    code = refused(case)
    reading = read_case(case)
    # A new column is NULL in every row, and a row of literals is the same one on each database.
    certain = any(part.begins("ADD") for part in reading.parts) or (
        reading.whole.begins("INSERT") and not reading.whole.has("SELECT")
    )
    depends = code in _OF_ROWS and not (certain and code in ("23502", "SQLITE_CONSTRAINT_NOTNULL"))
    foreseen = bool(case.foreseen.code)
    depends = depends or (case.source == "recorded" and code in _OF_OTHER_OBJECTS and not foreseen)
    if not code or code == _UNSAFE or depends or any(any(find(case)) for find in _SPECIFIC):
        return
    message = case.facts.message if case.facts is not None else ""
    told = f"the server refuses the statement ({code}): {message}"
    if case.source == "recorded" and not foreseen:
        # The message names columns of the statement that was recorded.
        told = f"the server refuses statements of this form ({code}), such as one with this error: {message}"
    yield Evidence(told, {"code": code, "message": message})


def _long_names(case: Case) -> Iterator[Evidence]:
    limit = _LONGEST.get(case.database, 0)
    if not limit or case.statement.words[:1] not in (("CREATE",), ("ALTER",), ("RENAME",)):
        return
    for token, name in _names(read_case(case).whole):
        length = len(name.encode()) if case.database == "postgresql" else len(name)
        if length > limit:
            how = "cuts it" if case.database == "postgresql" else "refuses it"
            told = f"{name} has {length} {'bytes' if case.database == 'postgresql' else 'characters'}, and the server {how}"
            yield Evidence(told, {"name": name, "length": length, "limit": limit}, token)


def _names(whole: Part) -> Iterator[tuple[int, str]]:
    for index, token in enumerate(whole.tokens):
        if token.kind in ("word", "name"):
            yield token.start, whole.name(index)


def _reserved(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if not (reading.is_create or reading.is_alter) or not (is_open(case) or refused(case, *_SYNTAX)):
        return
    for word, start in _bare_names(reading):
        if word.upper() in RESERVED[case.database]:
            facts = {"word": word, "code": refused(case)}
            yield Evidence(f"{word} is a reserved word of {case.database} and needs quotes", facts, start)


def _bare_names(reading: StatementText) -> Iterator[tuple[str, int]]:
    """Yield the names of the table and of the columns that the statement writes without quotes."""
    start = next((one.start for one in reading.whole.tokens[2:] if one.text == reading.table and one.kind == "word"), None)
    if start is not None:
        yield reading.table, start
    for column in reading.columns():
        # A part of the table that is no column has no type.
        is_no_column = column.name.upper() in ("PARTITION", "SYSTEM") and reading.is_alter
        if column.type.tokens and not is_no_column and reading.whole.tokens and reading.is_bare(column.start):
            yield column.name, column.start
    for part in reading.parts:
        at = part.find("TO") if part.begins("RENAME") else None
        if at is not None and part.tokens[at + 1 : at + 2] and part.tokens[at + 1].kind == "word":
            yield part.tokens[at + 1].text, part.tokens[at + 1].start


def _same_index(case: Case) -> Iterator[Evidence]:
    """Find an index whose name another table's index has: on two of the databases, a schema has one namespace for them."""
    reading = read_case(case)
    if case.database in MYSQL or not (is_open(case) or refused(case)) or reading.whole.has("IF", "NOT", "EXISTS"):
        return
    name = _index_name(reading)
    if not name:
        return
    tables = {one.table for one in other_statements(case, before=True) if _index_name(one).lower() == name.lower()}
    tables |= {
        one.name
        for one in (case.before.tables if case.before else ())
        if any(i.name.lower() == name.lower() for i in one.indexes)
    }
    tables |= {case.foreseen.same_index} - {""}
    if others := sorted(one for one in tables if one.lower() != reading.table.lower()):
        facts = {"index": name, "tables": others, "code": refused(case)}
        yield Evidence(f"{others[0]} has an index {name} already, and index names are unique in a schema", facts)


def _index_name(reading: StatementText) -> str:
    words, at = reading.whole, reading.whole.find("INDEX")
    if words.words[:1] != ("CREATE",) or at is None or at > 2:
        return ""
    at += 1 + (words.words[at + 1 : at + 2] == ("CONCURRENTLY",))
    at = words.behind_condition(at)
    return "" if words.words[at : at + 1] == ("ON",) else words.qualified(at)[0]


def _sqlite_alter(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if case.database != "sqlite" or works(case) or not reading.is_alter:
        return
    if len(reading.parts) > 1:
        facts = {"actions": len(reading.parts), "code": refused(case)}
        yield Evidence("SQLite takes one action in an ALTER TABLE", facts, reading.parts[1].start)
    for part in reading.parts:
        if lacking := _lacking(case, reading, part):
            yield Evidence(f"SQLite has no {lacking}", {"form": lacking, "code": refused(case)}, part.start)


def _lacking(case: Case, reading: StatementText, part: Part) -> str:
    """Return the form of ALTER TABLE that SQLite lacks; empty if it has this one. See https://sqlite.org/lang_altertable.html."""
    first, second = (*part.words, "", "")[:2]
    constraint = second in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "INDEX", "KEY", "FULLTEXT")
    message = case.facts.message if case.facts is not None else ""
    if first in ("MODIFY", "CHANGE", "ALTER"):
        return f"ALTER TABLE ... {first}"
    if first in ("ADD", "DROP") and constraint:
        return f"ALTER TABLE ... {first} {second}"
    if first == "DROP" and refused(case) and _has_columns(case, reading) and _NO_COLUMN not in message:
        return _lacking_drop(message)
    column = next(iter(reading.columns()), None) if first == "ADD" else None
    if column is None:
        return ""
    if column.has("UNIQUE") or column.has("PRIMARY", "KEY"):
        return "ADD COLUMN with a UNIQUE or PRIMARY KEY"
    if column.has("STORED"):
        return "ADD COLUMN with values that are computed and stored"
    default = column.rest.find("DEFAULT")
    if column.has("NOT", "NULL") and default is None and not column.has("GENERATED") and in_use(case, reading.table):
        return "ADD COLUMN with NOT NULL and no default, where the table has rows"
    words = () if default is None else column.rest.words[default + 1 : default + 2]
    if words and words[0] in ("(", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME") and in_use(case, reading.table):
        return "ADD COLUMN with a default that is an expression, where the table has rows"
    if column.has("REFERENCES") and default is not None and words != ("NULL",) and not case.plan.keys_unchecked:
        return "ADD COLUMN with REFERENCES and a default, where foreign keys are checked"
    return f"ADD COLUMN with these words ({message})" if message.endswith("syntax error") else ""


def _lacking_drop(message: str) -> str:
    if message.endswith("syntax error"):
        return f"DROP COLUMN with more words behind the name ({message})"
    if "no other columns exist" in message:
        return "DROP COLUMN of the only column"
    return "DROP COLUMN of a column that an index, a key, a view or a trigger uses"


def _has_columns(case: Case, reading: StatementText) -> bool:
    """Whether the columns that the statement drops exist, as far as the schema is known."""
    if case.before is None:
        return True
    table = case.before.table(reading.table)
    return table is not None and all(table.column(name) is not None for name, _ in dropping.dropped_columns(reading))


_SPECIFIC = (_reserved, _same_index, _sqlite_alter, _long_names, loss.children_deleted, *keys.FINDS)

RULES = (
    Rule(
        "P01",
        "A database refuses the statement",
        "error",
        "The same file must run on every database that the set is meant for, and on this one the run stops here.",
        "Write a form that all of them take, or a variant of the file for this database, such as V007__name.sqlite.sql.",
        _refused,
    ),
    Rule(
        "P04",
        "A name is longer than the database keeps",
        "warning",
        "PostgreSQL cuts a name after 63 bytes, so that two can become one; MySQL and MariaDB refuse more than 64 characters.",
        "Use a name of at most 63 bytes.",
        _long_names,
    ),
    Rule(
        "P05",
        "A name is a reserved word",
        "error",
        "The database refuses the word where a name is expected, or will after an upgrade.",
        "Use another name; quotes work too, but then every query needs them.",
        _reserved,
    ),
    Rule(
        "P07",
        "An index has the name of another table's index",
        "error",
        "On PostgreSQL and SQLite the names of indexes are unique in a schema; on MySQL and MariaDB only in a table.",
        "Begin the name of an index with the name of its table.",
        _same_index,
    ),
    Rule(
        "P08",
        "SQLite lacks this form of ALTER TABLE",
        "error",
        "The run stops here on SQLite.",
        "Split the actions into statements; for what SQLite lacks, write a variant that builds a new table and copies.",
        _sqlite_alter,
    ),
)
