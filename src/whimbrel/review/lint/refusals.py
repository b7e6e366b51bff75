"""The codes with which each database refuses a statement that the files before it make impossible. Pure data."""

from __future__ import annotations

from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen

__all__ = ["CODES", "DATABASES", "refusal_of"]

_SQLITE = "SQLITE_ERROR"
# The databases of CODES, and for each kind of refusal the code of each; empty where the database does not refuse it.
DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
CODES = {
    "column there": ("42701", "1060", "1060", _SQLITE),
    "column missing": ("42703", "1054", "1054", _SQLITE),
    "nothing to drop": ("42703", "1091", "1091", _SQLITE),
    "index there": ("42P07", "1061", "1061", _SQLITE),
    "column used": ("2BP01", "3108", "1054", _SQLITE),
    "type of a used column": ("0A000", "", "", ""),
    "place of a column": ("42601", "", "", ""),
    "default of a reference": ("", "", "", _SQLITE),
    "table there": ("42P07", "1050", "1050", _SQLITE),
    "table replaced": ("42601", "1064", "", _SQLITE),
    "table used": ("2BP01", "3730", "1451", ""),
    "parts of an index": ("0A000", "", "", ""),
    "index of a key": ("", "", "", _SQLITE),
    "type of a strict table": ("", "", "", _SQLITE),
    "other type": ("42804", "3780", "1005", ""),
    "no key": ("42830", "6125", "1005", ""),
    "not unique": ("42830", "6125", "", ""),
    "index of a foreign key": ("", "1553", "1553", ""),
    "type of a key": ("", "3780", "1833", ""),
    "text in a key": ("", "1170", "", ""),
    "long key": ("", "1071", "", ""),
}


def refusal_of(kind: str, database: str, message: str) -> Foreseen:
    """Return the refusal of a kind; nothing where the database does not refuse it."""
    code = CODES[kind][DATABASES.index(database)]
    return Foreseen(code=code, message=message) if code else NOTHING_FORESEEN
