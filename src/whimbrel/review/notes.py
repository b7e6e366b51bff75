"""The notes of parity: differences between databases that no set can avoid. docs/parity.md explains each code."""

from __future__ import annotations

from collections.abc import Iterable

from whimbrel.messages.printable import printable
from whimbrel.review.findings import Finding

__all__ = ["NOTES", "told_notes"]

NOTES = {
    "N00": "a fact that the set leaves to the databases",
    "N01": "without a declared fraction, MySQL and MariaDB keep whole seconds, PostgreSQL microseconds, SQLite the text",
    "N02": "SQLite does not enforce lengths, and TEXT of MySQL and MariaDB ends at 65,535 bytes",
    "N03": "SQLite stores integers of 64 bits and floats of 64 bits, whatever the type says; REAL has 32 bits on PostgreSQL",
    "N04": "MySQL and MariaDB ignore case, accents or trailing blanks where they compare texts, unless a collation is given",
    "N05": "SQLite does not round numbers to their digits; DECIMAL without digits has none after the point on MySQL",
    "N06": "SQLite numbers each INTEGER PRIMARY KEY by itself",
    "N07": "MySQL and MariaDB index the beginning of a long text",
    "N08": "TIMESTAMP of MySQL and MariaDB ends early (2038 or 2106) and begins in 1970",
    "N10": "MariaDB stores the current time where NULL is inserted into a TIMESTAMP NOT NULL",
    "N09": "no row was found that every database accepts, so this table's keys and conditions were not tried",
}
_SHOWN = 4


def told_notes(notes: Iterable[Finding]) -> list[str]:
    """Return one line for each code, with its objects."""
    objects: dict[str, dict[str, None]] = {}
    for one in notes:
        objects.setdefault(one.code, {})[one.object] = None
    return [f"note {code}: {NOTES[code]} ({_some(list(names))})" for code, names in sorted(objects.items())]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(printable, names[:_SHOWN])) + more
