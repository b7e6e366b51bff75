"""Choose the version and the name of a new migration file, in the style of its set.

Pure: no database, no disk, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import Version

__all__ = ["describe", "next_version"]

FIRST = "001"
_SEPARATORS = r"([._])"
# The years that make a number a date. A number of that many digits outside of these years is not a date.
_YEARS = range(1990, 2100)
# Dates by their number of digits. With 10 digits, the last two count the files of a day.
_DATES = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 10: "%Y%m%d01", 8: "%Y%m%d"}
# Seconds and milliseconds since 1970 have these lengths from 2001 to 2286.
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 10, 13


def next_version(versions: Iterable[str], now: datetime) -> str:
    """Return the version after all `versions`, written as they are: with their width, as a time, with sub-versions.

    If most versions consist of one number, so does the next version, even if the newest is 7.1. `now` is in UTC.
    """
    known = sorted(set(versions), key=Version.parse)
    if not known:
        return FIRST
    usual = _usual_length(known)
    newest, pattern = _numbers(known[-1]), next(text for text in reversed(known) if len(_numbers(text)) == usual)
    numbers = [*newest, *["0"] * usual][:usual]
    widths = [len(number) for number in _numbers(pattern)]
    if (time := _time_like(newest[0], now)) is not None and time > int(newest[0]):
        values = [time, *[1] * (usual - 1)]
    else:
        values = [*map(int, numbers[:-1]), int(numbers[-1]) + 1]
    return _written(values, widths, re.findall(_SEPARATORS, pattern))


def _numbers(text: str) -> list[str]:
    return re.split(r"[._]", text)


def _usual_length(known: Sequence[str]) -> int:
    """Return how many numbers most versions have. If two lengths are equally frequent, the later one counts."""
    lengths = [len(_numbers(text)) for text in known]
    counted = Counter(lengths)
    most = max(counted.values())
    return next(length for length in reversed(lengths) if counted[length] == most)


def _time_like(number: str, now: datetime) -> int | None:
    """If `number` stands for a time, return the number that stands for `now`; otherwise None."""
    form = _DATES.get(len(number))
    if form and _is_date(number, form):
        return int(now.strftime(form))
    since = {_SECONDS_DIGITS: 1, _MILLISECONDS_DIGITS: 1000}.get(len(number))
    return int(now.timestamp() * since) if since and number[0] == "1" else None


def _is_date(number: str, form: str) -> bool:
    digits = number[:8] if form.endswith("01") else number
    try:
        read = datetime.strptime(digits, form.removesuffix("01"))
    except ValueError:
        return False
    return read.year in _YEARS


def _written(values: Sequence[int], widths: Sequence[int], separators: Sequence[str]) -> str:
    written = [str(value).zfill(width) for value, width in zip(values, widths, strict=True)]
    return "".join(part for pair in zip(written, [*separators, ""], strict=True) for part in pair)


def describe(description: str) -> tuple[str, str]:
    """Return a description as the name of a file has it, and a note for its author; the note may be empty.

    Letters become small, and everything but letters and digits becomes an underscore. Raises ConfigurationError if nothing
    remains.
    """
    text = unicodedata.normalize("NFC", description).lower()
    name = "_".join(word for word in re.split(r"[\W_]+", text) if word)
    if not name:
        raise ConfigurationError(f"the description {description!r} has no letter and no digit; write one as in: add folders")
    foreign = "".join(dict.fromkeys(character for character in name if not character.isascii()))
    if not foreign:
        return name, ""
    return name, f"the name has {foreign}, which some file systems and archives write in another form; ASCII letters are safer"
