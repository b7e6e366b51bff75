"""Cut a script into statements, as the database's own client would.

Pure: no database, no disk. A statement ends where its database's lexer and grammar say so: quotes, comments and bodies
(BEGIN ATOMIC, routines, triggers, DELIMITER) are read, never searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from database import lexis as lexical
from database.bodies import body_rule
from database.lexis import Lexis, find_lexis, skip_blanks, tokens
from database.modes import ModeFollower

__all__ = ["PSQL_COMMAND", "Statement", "leading_words", "split"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text byte for byte as in the script, without the delimiter, and where it begins.

    `offset` counts characters from 0; `line` and `column` count from 1. `copy_data` is what follows a COPY ... FROM stdin.
    """

    text: str
    offset: int
    line: int
    column: int
    copy_data: str | None = None

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, in the script, of the character `offset` of the text."""
        newlines = self.text.count("\n", 0, offset)
        if newlines == 0:
            return self.line, self.column + offset
        return self.line + newlines, offset - self.text.rindex("\n", 0, offset)


def split(script: str | Iterable[str], dialect: str | Lexis) -> Iterator[Statement]:
    """Yield the statements of `script`, lazily.

    `script` is a text, or the pieces of one that is too large to be held: memory stays near the largest statement. `dialect` is
    "postgresql", "mysql", "mariadb" or "sqlite". What is between statements (blanks, comments, delimiters) is left out; a script
    of comments alone has none. Whatever the script holds, this ends: what cannot be read (a quote that is never closed) goes to
    the server as the last statement.
    """
    lexis = find_lexis(dialect) if isinstance(dialect, str) else dialect
    modes = ModeFollower(lexis) if lexis.delimiter_command else None
    window, position, delimiter = _Window(script), 0, ";"
    while True:
        cut = _next_cut(window.text, position, lexis, delimiter)
        if cut is None or (cut.open and not window.complete):
            if window.complete:
                return
            position = window.grow(position)
            continue
        position, delimiter = cut.next, cut.delimiter
        if cut.end == cut.begin:
            continue
        text = window.text[cut.begin : cut.end]
        yield Statement(text, *window.place(cut.begin), cut.copy_data)
        if modes is not None:
            lexis = modes.after(text, lexis)


class _Window:
    """The part of a script that is being cut, and where it stands in the whole."""

    def __init__(self, script: str | Iterable[str]) -> None:
        self.complete = isinstance(script, str)
        self.text = script if isinstance(script, str) else ""
        self._pieces = iter(()) if isinstance(script, str) else iter(script)
        self._offset = 0
        self._line, self._line_start, self._counted = 1, 0, 0

    def grow(self, position: int) -> int:
        """Drop what is before `position` and read at least as much as is left; return where `position` is now."""
        self._count(position)
        read, wanted = [self.text[position:]], max(len(self.text) - position, _LEAST_PIECE)
        while wanted > 0 and (piece := next(self._pieces, None)) is not None:
            read.append(piece)
            wanted -= len(piece)
        self.complete = wanted > 0
        self.text = "".join(read)
        self._offset += position
        self._counted = 0
        return 0

    def place(self, position: int) -> tuple[int, int, int]:
        """Return offset, line and column in the script."""
        self._count(position)
        offset = self._offset + position
        return offset, self._line, offset - self._line_start + 1

    def _count(self, position: int) -> None:
        if newlines := self.text.count("\n", self._counted, position):
            self._line += newlines
            self._line_start = self._offset + self.text.rindex("\n", self._counted, position) + 1
        self._counted = max(self._counted, position)


class _Cut(NamedTuple):
    """Where a statement begins and ends, and where the next one may begin; `open` if more text could change that."""

    begin: int
    end: int
    next: int
    delimiter: str
    open: bool
    copy_data: str | None = None


def _next_cut(script: str, position: int, lexis: Lexis, delimiter: str) -> _Cut | None:
    """Return the next statement or command of the client; None if only blanks are left."""
    begin, length = skip_blanks(script, lexis, position), len(script)
    if begin >= length:
        return None
    if lexis.delimiter_command and (command := _DELIMITER.match(script, begin)):
        new = (command.group(1) or "").strip("'\"`") or ";"
        return _Cut(begin, begin, command.end(), new, command.end() >= length)
    if lexis.psql_scripts and script[begin] == PSQL_COMMAND:
        end = _end_of_line(script, begin)
        return _Cut(begin, begin if _DUMPED.match(script, begin) else end, end, delimiter, end >= length)
    end, following, ends = _find_end(script, begin, lexis, delimiter)
    if lexis.psql_scripts and _reads_data(script[begin:end], lexis):
        data, following, ends = _copy_data(script, min(_end_of_line(script, following) + 1, length))
        return _Cut(begin, end, following, delimiter, not ends, data)
    return _Cut(begin, end, following, delimiter, not ends)


def leading_words(text: str, lexis: Lexis, limit: int = 12) -> tuple[str, ...]:
    """Return the first words of a statement in capitals, quoted names as they are: enough to tell what it does."""
    found: list[str] = []
    for token in tokens(text, lexis):
        if token.kind in ("word", "name"):
            found.append(token.upper or token.text)
        elif token.kind != "mark":
            found.append(token.text if token.kind == "symbol" else token.kind)
        if len(found) >= limit:
            break
    return tuple(found)


# Characters that are read at once of a script that comes in pieces.
_LEAST_PIECE = 65_536
PSQL_COMMAND = "\\"
# pg_dump puts these around what it writes, against hostile data; for us they say nothing.
_DUMPED = re.compile(r"\\(?:un)?restrict\b")
_COPY = re.compile(r"copy\b", re.IGNORECASE)
_END_OF_DATA = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
# The client's own command: the delimiter is what follows, up to a blank.
_DELIMITER = re.compile(r"delimiter[ \t]+([^\s]+)[^\n]*|delimiter[ \t]*(?=\n|\Z)", re.IGNORECASE)
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_$\x80-\U0010ffff]+")
# Only these can have a body with semicolons of its own, so that everything else takes the short way.
_WITH_BODY = frozenset(("FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "RULE"))
_WITHOUT_BODY = frozenset(
    ("TABLE", "INDEX", "VIEW", "TYPE", "SEQUENCE", "SCHEMA", "DATABASE", "EXTENSION", "DOMAIN", "USER", "ROLE")
)
_LONGEST_HEAD = 16
_MAY_HAVE_BODY = re.compile(r"(?:create|alter|begin|explain|if|case|loop|while|repeat|for)\b|/\*", re.IGNORECASE)


def _end_of_line(script: str, position: int) -> int:
    end = script.find("\n", position)
    return len(script) if end < 0 else end


def _reads_data(text: str, lexis: Lexis) -> bool:
    if not _COPY.match(text):
        return False
    words = [token.upper for token in tokens(text, lexis)]
    return any(pair == ("FROM", "STDIN") for pair in pairwise(words))


def _copy_data(script: str, start: int) -> tuple[str, int, bool]:
    """Return the lines up to a line with a backslash and a point, where what follows it begins, and whether it is there."""
    found = _END_OF_DATA.search(script, start)
    if found is None or found.end() == len(script):
        return script[start : found.start() if found else None], len(script), False
    return script[start : found.start()], found.end(), True


def _find_end(script: str, begin: int, lexis: Lexis, delimiter: str) -> tuple[int, int, bool]:
    """Return where the statement that begins at `begin` ends, where what follows begins, and whether a delimiter ends it."""
    if delimiter == ";" and _MAY_HAVE_BODY.match(script, begin) and _has_body(script, begin, lexis):
        end = _end_by_tokens(script, begin, lexis)
    else:
        end = _end_by_pattern(script, begin, lexis, delimiter)
        if lexis.dollar_quotes and script.count("(", begin, end) != script.count(")", begin, end):
            end = _end_by_tokens(script, begin, lexis)
    if end >= len(script):
        return _without_trailing_blanks(script, begin, lexis), len(script), False
    return end, end + len(delimiter), True


def _has_body(script: str, begin: int, lexis: Lexis) -> bool:
    """Whether the rule for bodies has to look at the statement; in doubt it has."""
    before = ""
    for token in islice(tokens(script, lexis, begin), _LONGEST_HEAD):
        # Not a name, as in DEFINER = user@event.
        if before not in ("=", "@") and token.upper in _WITHOUT_BODY | _WITH_BODY:
            return token.upper in _WITH_BODY
        before = token.text
    return True


def _end_by_pattern(script: str, position: int, lexis: Lexis, delimiter: str) -> int:
    """Find the delimiter with one pattern that swallows quotes and comments whole; the short way, and the usual one."""
    match = _plain_pattern(lexis, delimiter).match
    end, floor = len(script), position
    while position < end:
        found = match(script, position)
        assert found is not None, "the pattern matches the empty text"
        position = found.end()
        if position >= end or script.startswith(delimiter, position):
            return position
        if script.startswith("/*", position):
            # Nested, or a comment that is never closed.
            position = (lexis.nested_comments and lexical.end_of_nested_comment(script, position)) or end
        elif script[position] == "$":
            position = floor = _after_dollar(script, position, floor)
        elif script[position] in "'\"`[":
            return end  # A quote that is never closed.
        else:
            position += 1
    return end


def _after_dollar(script: str, position: int, floor: int) -> int:
    """Step over a dollar quote, or over a dollar sign in a name: `a$b$c` quotes nothing. `floor` ends the look back."""
    word = position
    while word > floor and (script[word - 1].isalnum() or script[word - 1] in "_$" or script[word - 1] > "\x7f"):
        word -= 1
    if word < position and not script[word].isdigit() and script[word] != "$":
        rest = _REST_OF_NAME.match(script, position)
        return rest.end() if rest else position + 1
    return max(lexical.end_of_dollar_quote(script, position), position + 1)


def _end_by_tokens(script: str, begin: int, lexis: Lexis) -> int:
    """Find the semicolon that ends the statement, token by token, with the rule for bodies of this database."""
    rule = body_rule(lexis.name)
    for token in tokens(script, lexis, begin):
        if rule.ends_at(token):
            return token.start
    return len(script)


def _without_trailing_blanks(script: str, begin: int, lexis: Lexis) -> int:
    """Return where the last token ends: the last statement of a script need not have a delimiter."""
    end = begin
    for token in tokens(script, lexis, begin):
        end = token.end
    return end


@lru_cache
def _plain_pattern(lexis: Lexis, delimiter: str) -> re.Pattern[str]:
    """Return the pattern of everything up to the delimiter, or up to what a pattern cannot read."""
    first = delimiter[0]
    quotes = "".join(pattern[0] if pattern[0] != "\\" else "[" for _, pattern in lexical.quote_patterns(lexis))
    special = {*quotes, first, "/", "-"}
    if lexis.mysql_comments:
        special.add("#")
    if lexis.dollar_quotes:
        special.add("$")
    stop = "".join(re.escape(character) for character in sorted(special))
    alternatives = [rf"[^{stop}]++"]
    if lexis.escape_strings:
        alternatives.append(rf"(?<=[eE])(?<![A-Za-z0-9_$\x80-\U0010ffff][eE]){lexical.ESCAPE_STRING_TAIL}")
    # An E'...' that is never closed is not read again as a string without escapes.
    plain = r"(?:(?<![eE])|(?<=[A-Za-z0-9_$\x80-\U0010ffff][eE]))" if lexis.escape_strings else ""
    alternatives += [(plain if pattern[0] == "'" else "") + pattern for _, pattern in lexical.quote_patterns(lexis)]
    alternatives += lexical.comment_patterns(lexis)
    not_delimiter = f"(?!{re.escape(delimiter)})"
    code = lexical.code_pattern(lexis) if lexis.code_comments else ""
    alternatives.append(rf"{not_delimiter}/(?!\*{f'(?!{code})' if code else ''})")
    alternatives.append(rf"{not_delimiter}-")
    if first not in quotes + "/-#$" and len(delimiter) > 1:
        alternatives.append(rf"{not_delimiter}{re.escape(first)}")
    return re.compile(
        f"(?:{not_delimiter}(?:{'|'.join(alternatives)}))*+" if len(delimiter) > 1 else f"(?:{'|'.join(alternatives)})*+",
        re.DOTALL,
    )
