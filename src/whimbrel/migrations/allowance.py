"""The comments of a migration file that allow findings of lint: `-- whimbrel: allow=L03 until=2027-01 because ...`.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from whimbrel.errors import ProblemKind
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable
from whimbrel.migrations.large_file import Unreadable

__all__ = ["Allowance", "is_allowance", "read_allowance"]

_WRITTEN = re.compile(r"\s*allow\b", re.IGNORECASE)
_CODES = r"[A-Z][0-9]{2}(?:\s*,\s*[A-Z][0-9]{2})*"
_ALLOWANCE = re.compile(
    rf"\s*allow=(?P<codes>{_CODES})(?:\s+until=(?P<until>\S+))?\s+because\s+(?P<reason>\S.*?)\s*", re.IGNORECASE
)
_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?")
_EXPECTED = "write -- whimbrel: allow=L03 because the table is small, or -- whimbrel: allow=L03,L05 until=2027-01 because ..."


class Allowance(NamedTuple):
    """The findings that a comment allows: those of the rules `codes`, for the `reason`, up to the day `until`, included."""

    codes: tuple[str, ...]
    reason: str
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the allowance has not ended on this day."""
        return self.until is None or day <= self.until


def is_allowance(settings: str) -> bool:
    """Whether the text after `whimbrel:` is an allowance, well written or not."""
    return _WRITTEN.match(settings) is not None


def read_allowance(settings: str, line: int) -> Allowance:
    """Read the text after `whimbrel:`. Raises Unreadable, with the line, if it has no rule, no reason or no readable date."""
    found = _ALLOWANCE.fullmatch(settings)
    if found is None:
        told = "the reason is missing" if "because" not in settings.lower() else "it cannot be read"
        raise Unreadable(ProblemKind.DIRECTIVE, f"this comment allows nothing, since {told}; {_EXPECTED}", line)
    until = found["until"]
    ends = None if until is None else _last_day(until)
    if until is not None and ends is None:
        told = f"until={printable(until)} is not a date; write until=2027-01 or until=2027-01-31"
        raise Unreadable(ProblemKind.DIRECTIVE, told, line)
    codes = tuple(code.strip().upper() for code in found["codes"].split(","))
    return Allowance(codes, found["reason"], ends)


def _last_day(text: str) -> date | None:
    """Return the day, or the last day of the month; None for any other text."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"])
    try:
        return date(year, month, int(found["day"] or monthrange(year, month)[1]))
    except ValueError:
        return None
