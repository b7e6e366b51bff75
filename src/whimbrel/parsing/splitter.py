"""Cut a script into statements, as the database's own client would.

Pure: no database, no disk. A statement ends where its database's lexer and grammar say so: quotes, comments and bodies
(BEGIN ATOMIC, routines, triggers, DELIMITER) are read, never searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.compound import body_rule, may_have_body
from whimbrel.parsing.copy_data import end_of_line, find_data, reads_data
from whimbrel.parsing.foreign_body import end_of_foreign_body
from whimbrel.parsing.insert_batch import InsertBatch, find_insert_batch
from whimbrel.parsing.lexer import next_token, skip_blanks, tokens
from whimbrel.parsing.lexer_rules import LexerRules, find_rules
from whimbrel.parsing.scanner import Stops, skim
from whimbrel.parsing.sql_mode import ModeFollower
from whimbrel.parsing.statement import Statement
from whimbrel.parsing.string_mode import StringModeFollower

__all__ = ["PSQL_COMMAND", "split", "split_run", "statements_or_batches"]


def split(script: str | Iterable[str], dialect: str | LexerRules) -> Iterator[Statement]:
    """Yield the statements of `script`, lazily.

    `script` is a text, or the pieces of one that is too large for memory: memory use stays near the size of the largest
    statement. `dialect` is "postgresql", "mysql", "mariadb" or "sqlite". Blanks, comments and delimiters between statements are
    left out; a script of comments alone has no statement. The split ends for every script: unreadable text (a quote that is never
    closed) goes to the server as the last statement.
    """
    rules = find_rules(dialect) if isinstance(dialect, str) else dialect
    for piece in statements_or_batches(script, rules):
        if isinstance(piece, InsertBatch):
            yield from split_run(piece, rules)
        else:
            yield piece


def statements_or_batches(script: str | Iterable[str], rules: LexerRules) -> Iterator[Statement | InsertBatch]:
    """Yield the same as `split`, but with consecutive plain INSERT statements joined into batches."""
    modes = ModeFollower(rules) if rules.delimiter_command else StringModeFollower(rules) if rules.escape_strings else None
    window, position, delimiter = _Window(script), 0, ";"
    while True:
        end, count = find_insert_batch(window.text, position, rules) if delimiter == ";" else (position, 0)
        if count > 1:
            begin = skip_blanks(window.text, rules, position)
            yield InsertBatch(window.text[begin:end], count, *window.place(begin), rules if modes is not None else None)
            position = end
            continue
        cut = _next_cut(window.text, position, rules, delimiter)
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
        for one in cut.behind:
            yield Statement(window.text[one.begin : one.end], *window.place(one.begin), one.copy_data, one.open)
        if modes is not None:
            rules = modes.after(text, rules)


def split_run(run: InsertBatch, rules: LexerRules) -> Iterator[Statement]:
    """Yield the statements of a batch."""
    window, position = _Window(run.text), 0
    for text in run.texts(rules):
        position = run.text.index(text, position)
        offset, line, column = window.place(position)
        yield Statement(text, run.offset + offset, run.line + line - 1, column + (run.column - 1 if line == 1 else 0))
        position += len(text)


class _Window:
    """The loaded part of a script, and its position in the whole script."""

    def __init__(self, script: str | Iterable[str]) -> None:
        self.complete = isinstance(script, str)
        self.text = script if isinstance(script, str) else ""
        self._pieces = iter(()) if isinstance(script, str) else iter(script)
        self._offset = 0
        self._line, self._line_start, self._counted = 1, 0, 0

    def grow(self, position: int) -> int:
        """Drop the text before `position`, and read at least as much text as remains; return the new `position`."""
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
    """The range of a statement, and where the next one may begin. `open` means that more text could change the range.

    `behind` are the statements after a COPY on the same line. Those statements run after its data.
    """

    begin: int
    end: int
    next: int
    delimiter: str
    open: bool
    copy_data: str | None = None
    behind: tuple[_Cut, ...] = ()


def _next_cut(script: str, position: int, rules: LexerRules, delimiter: str) -> _Cut | None:
    """Return the next statement or command of the client; None if only blanks are left."""
    begin, length = skip_blanks(script, rules, position), len(script)
    if begin >= length:
        return None
    if rules.delimiter_command and (command := _DELIMITER.match(script, begin)):
        new = (command.group(1) or "").strip("'\"`") or ";"
        return _Cut(begin, begin, command.end(), new, command.end() >= length)
    if rules.psql_scripts and script[begin] == PSQL_COMMAND:
        end = end_of_line(script, begin)
        return _Cut(begin, begin if _DUMPED.match(script, begin) else end, end, delimiter, end >= length)
    end, following, ends = _find_end(script, begin, rules, delimiter)
    if rules.psql_scripts and reads_data(script[begin:end], rules):
        return _cut_with_data(script, begin, end, following, rules)
    return _Cut(begin, end, following, delimiter, not ends)


def _cut_with_data(script: str, begin: int, end: int, following: int, rules: LexerRules) -> _Cut:
    """Return a COPY with its data, and the rest of its line: psql runs that rest after the data, which begin on the next line."""
    line_end, behind = end_of_line(script, following), []
    data, after, closed = find_data(script, min(line_end + 1, len(script)))
    line, at = script[following:line_end], 0
    while (start := skip_blanks(line, rules, at)) < len(line):
        stop, at, ends = _find_end(line, start, rules, ";")
        own = None
        if stop > start and ends and reads_data(line[start:stop], rules):
            own, after, closed = find_data(script, after + 1)
        if stop > start:
            behind.append(_Cut(following + start, following + stop, after, ";", not ends, own))
    return _Cut(begin, end, after, ";", not closed, data, tuple(behind))


# A script that comes in pieces is read in portions of this many characters.
_LEAST_PIECE = 65_536
PSQL_COMMAND = "\\"
# pg_dump puts these around its output against hostile data. Whimbrel ignores them.
_DUMPED = re.compile(r"\\(?:un)?restrict\b")
# DELIMITER is a command of the client. The new delimiter is the text up to the next blank.
_DELIMITER = re.compile(r"delimiter[ \t]+([^\s]+)[^\n]*|delimiter[ \t]*(?=\n|\Z)", re.IGNORECASE)


def _find_end(script: str, begin: int, rules: LexerRules, delimiter: str) -> tuple[int, int, bool]:
    """Return the end of the statement that begins at `begin`, the start of the next, and whether a delimiter ends it."""
    body = end_of_foreign_body(script, begin, rules)
    end = skim(script, begin if body is None else body, rules, Stops(delimiter))
    if body is None and delimiter == ";" and may_have_body(script, begin, end, rules):
        end = _end_by_rule(script, begin, rules)
    if end >= len(script):
        return max(_without_trailing_blanks(script, begin if body is None else body, rules), body or 0), len(script), False
    return end, end + len(delimiter), True


def _end_by_rule(script: str, position: int, rules: LexerRules) -> int:
    """Return the semicolon that ends the statement, by this database's rule for bodies."""
    rule = body_rule(rules.name)
    while (token := next_token(script, rules, position)) is not None:
        if rule.ends_at(token):
            return token.start
        position = token.end if rule.stops is None else skim(script, token.end, rules, rule.stops)
    return len(script)


def _without_trailing_blanks(script: str, begin: int, rules: LexerRules) -> int:
    """Return the end of the last token: the last statement of a script need not have a delimiter."""
    end = begin
    for token in tokens(script, rules, begin):
        end = token.end
    return end
