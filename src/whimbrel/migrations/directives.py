"""The directives of a migration file: comments such as `-- whimbrel: lock_timeout=5s` before its first statement.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from whimbrel.errors import ConfigurationError, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.large_file import Unreadable
from whimbrel.migrations.migration import Directives, Version
from whimbrel.url import DATABASES

if TYPE_CHECKING:
    from whimbrel.migrations.allowance import Allowance

__all__ = ["DRAFT", "VARIANTS", "find_allowances", "find_fault", "read_directives", "read_set_directives"]

# The value of `databases` for a whole set: a version is meant for the databases that its variants name.
VARIANTS = ("variants",)
# A file with this directive is not finished, so no run applies it.
DRAFT = "draft"

# The text before the first statement, in pieces: blanks, a block comment, or a line comment; then all pieces together.
_PIECE = r"\s+|/\*.*?\*/|(?:--|#)[^\r\n]*"
_HEAD_PIECE = re.compile(_PIECE, re.DOTALL)
_HEAD = re.compile(rf"(?:{_PIECE})*", re.DOTALL)
_NAME = re.compile("whimbrel", re.IGNORECASE)
_NONE = Directives()
_DIRECTIVE = re.compile(r"(?:--|#)[ \t]*whimbrel\b(?P<colon>:?)(?P<settings>.*)", re.IGNORECASE)
# An unclosed comment matches up to the end of the text. Otherwise the search would look for the end again at every "/*" in it.
_COMMENT = re.compile(r"/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)|(?:--|#)[^\r\n]*+")
_WRITTEN = r"(?i)(?:--|#|/\*)[\s*]*whimbrel[ \t]*:"
_DURATION = r"(?P<number>[0-9]{1,9})(?P<unit>ms|s|min)"
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}


def read_directives(text: str) -> Directives:
    """Read the `-- whimbrel: name=value` lines before the first statement. Raises Unreadable."""
    head = _HEAD.match(text)
    if head is None or not _NAME.search(head.group()):
        return _NONE
    return Directives(**_read_settings(head.group(), _EXPECTED))


def read_set_directives(text: str) -> Directives:
    """Read the directives of a whole set from a text that contains only comments. Raises Unreadable.

    `databases` may also be VARIANTS.
    """
    head = _HEAD.match(text)
    end = 0 if head is None else head.end()
    if text[end:].strip():
        told = "this file holds the directives of the set in comments; move its statements to a migration"
        raise Unreadable(ProblemKind.DIRECTIVE, told, text.count("\n", 0, end) + 1)
    return Directives(**_read_settings(text, _EXPECTED_OF_SET))


def _read_settings(head: str, known: Mapping[str, str]) -> dict[str, Any]:
    from whimbrel.migrations.allowance import is_allowance  # few files have a directive

    settings: dict[str, Any] = {}
    for number, line in _head_comments(head):
        if line.startswith("/*") and re.match(_WRITTEN, line):
            raise Unreadable(ProblemKind.DIRECTIVE, "write a directive in a line comment: -- whimbrel: transaction=off", number)
        if directive := _DIRECTIVE.fullmatch(line):
            if not directive["colon"]:
                raise Unreadable(ProblemKind.DIRECTIVE, "write a directive with a colon: -- whimbrel: transaction=off", number)
            if is_allowance(directive["settings"]):
                _read_allowance(directive["settings"], number, known)
                continue
            for setting in directive["settings"].split():
                name, _, value = setting.partition("=")
                if name in settings:
                    raise Unreadable(ProblemKind.DIRECTIVE, f"directive {name} is given twice; remove one", number)
                settings[name] = _directive_value(name, value, number, known)
    return settings


def _read_allowance(settings: str, line: int, known: Mapping[str, str]) -> None:
    """Check an allowance, which only lint uses. Raises Unreadable."""
    if known is _EXPECTED_OF_SET:
        told = "an allowance belongs to a file or to a statement; for all files, set the rule's level in [tool.whimbrel.lint]"
        raise Unreadable(ProblemKind.DIRECTIVE, told, line)
    from whimbrel.migrations.allowance import read_allowance  # as above

    read_allowance(settings, line)


def find_fault(text: str, start: int, end: int) -> tuple[int, str] | None:
    """Return the first comment between statements that is a directive in the wrong place, or an unreadable allowance.

    Returns its offset and the message; None if there is none.
    """
    from whimbrel.migrations.allowance import is_allowance, read_allowance  # as above

    for found in _COMMENT.finditer(text, start, end):
        if not re.match(_WRITTEN, found.group()):
            continue
        directive = _DIRECTIVE.fullmatch(found.group())
        if directive is None or not is_allowance(directive["settings"]):
            return found.start(), "a directive must stand before the first statement; move this one there"
        try:
            read_allowance(directive["settings"], 0)
        except Unreadable as fault:
            return found.start(), str(fault)
    return None


def find_allowances(text: str, start: int, end: int) -> Iterator[tuple[int, Allowance]]:
    """Yield the allowances among the comments in a part of a text, each with its offset. Raises Unreadable."""
    from whimbrel.migrations.allowance import is_allowance, read_allowance  # as above

    for found in _COMMENT.finditer(text, start, end):
        directive = _DIRECTIVE.fullmatch(found.group())
        if directive is not None and directive["colon"] and is_allowance(directive["settings"]):
            yield found.start(), read_allowance(directive["settings"], text.count("\n", 0, found.start()) + 1)


_EXPECTED = {
    "transaction": "transaction=on or transaction=off",
    "lock_timeout": "lock_timeout=5s (ms, s or min)",
    "statement_timeout": "statement_timeout=30s (ms, s or min)",
    "min_app": "min_app=2.1",
    "databases": "databases=mysql,mariadb (postgresql, mysql, mariadb, sqlite)",
    "replaces": "replaces=1-40 (versions and ranges, separated by commas)",
}
# The other directives belong to a single version.
_EXPECTED_OF_SET = {
    **{name: _EXPECTED[name] for name in ("transaction", "lock_timeout", "statement_timeout")},
    "databases": "databases=variants, or databases=mysql,mariadb (postgresql, mysql, mariadb, sqlite)",
}


def _directive_value(
    name: str, value: str, line: int, known: Mapping[str, str]
) -> bool | float | Version | tuple[str, ...] | tuple[tuple[Version, Version], ...]:
    if name in _EXPECTED and name not in known:
        told = f"directive {name} belongs to one version; a set may have {', '.join(known)}"
        raise Unreadable(ProblemKind.DIRECTIVE, told, line)
    if name == DRAFT:
        # A server that restarts when a file changes would otherwise apply a new file before its author has written the
        # statements.
        raise Unreadable(ProblemKind.DIRECTIVE, "the file is a draft; write its statements, then delete this line", line)
    if name == "transaction" and value in ("on", "off"):
        return value == "on"
    duration = re.fullmatch(_DURATION, value)
    if name in ("lock_timeout", "statement_timeout") and duration:
        return int(duration["number"]) * _SECONDS[duration["unit"]]
    if name == "min_app":
        with suppress(ConfigurationError):
            return Version.parse(value)
    if name == "databases" and set(value.split(",")) <= set(DATABASES):
        return tuple(value.split(","))
    if (name, value) == ("databases", *VARIANTS) and known is _EXPECTED_OF_SET:
        return VARIANTS
    if name == "replaces" and (ranges := _ranges(value)):
        return ranges
    expected = known.get(name) or f"one of {', '.join(known)}"
    shown = f"{name}={value}" if value else name or "without a name"
    raise Unreadable(ProblemKind.DIRECTIVE, f"directive {printable(shown)} is not understood; expected {expected}", line)


def _ranges(value: str) -> tuple[tuple[Version, Version], ...]:
    """Read `1-40,42`. Return an empty tuple if the value cannot be read, or a range runs backwards."""
    try:
        read = [tuple(map(Version.parse, part.split("-"))) for part in value.split(",")]
    except ConfigurationError:
        return ()
    ranges = tuple((ends[0], ends[-1]) for ends in read if len(ends) <= 2 and ends[0] <= ends[-1])
    return ranges if len(ranges) == len(read) else ()


def _head_comments(head: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the comments before the first statement."""
    position, line = 0, 1
    while found := _HEAD_PIECE.match(head, position):
        if comment := found.group().strip():
            yield line, comment
        position = found.end()
        line += found.group().count("\n")
