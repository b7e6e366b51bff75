"""Find the comments by which other tools separate undo statements from the migration; Whimbrel would run both.

Pure: no database. Reads a file again only if it is too large to be kept. A marker is a line comment alone on its line, outside of
strings, block comments and bodies. The server ignores it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer import end_of_nested_comment, tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.parsing.statement import Statement

__all__ = ["find_marker", "marker_problems"]

# A file without any of these words has no marker. This check comes first, because most files have none.
_WORDS = ("down", "undo", "drop below", "rollback")
_LINE = re.compile(rf"^[ \t]*(?P<comment>(?:--|#)[^\n]*(?:{'|'.join(_WORDS)})[^\n]*)$", re.IGNORECASE | re.MULTILINE)
# The tool, and the pattern of the whole comment. The search tries them in this order.
_MARKERS = (
    ("dbmate", r"--\s*migrate:down\b.*"),
    ("goose", r"--\s*\+goose\s+down\b.*"),
    ("sql-migrate", r"--\s*\+migrate\s+down\b.*"),
    ("a tool", r"--\s*\+\w+\s+down\b.*"),
    ("node-pg-migrate", r"--[\s-]*down\s+migrations?\s*(?:\(.*\))?[\s=-]*"),
    ("MyBatis Migrations or dbdeploy", r"--\s*//\s*@undo\b.*"),
    ("rambler", r"--\s*rambler\s+down\b.*"),
    ("tern", r"--+\s*create\s+above\s*/\s*drop\s+below\s*-*\s*"),
    ("Play evolutions", r"(?:--|#)[\s-]*!downs\b.*"),
)
_KNOWN = [(tool, re.compile(pattern, re.IGNORECASE)) for tool, pattern in _MARKERS]
# Any other tool: the comment is only the word, and an equal comment with the opposite word stands before it.
_BACK = re.compile(r"(?P<before>(?:--|#)[^\w\n]*)(?P<word>downs?|undo)(?P<after>[^\w\n]*)", re.IGNORECASE)
_FORWARD = {"down": "up", "downs": "ups", "undo": "do"}
_LIQUIBASE = re.compile(r"\s*--\s*liquibase\s+formatted\s+sql\b", re.IGNORECASE)
_LIQUIBASE_ROLLBACK = re.compile(r"--\s*rollback\b.*", re.IGNORECASE)
_ROUTINES = frozenset(("FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "PACKAGE"))


def marker_problems(migration: Migration, rules: LexerRules) -> list[Problem]:
    """Return a problem if the file also holds undo statements; an empty list for most files."""
    text = _text_of(migration)
    if not text or (found := find_marker(text, rules)) is None:
        return []
    offset, tool, marker = found
    line = text.count("\n", 0, offset) + 1
    message = (
        f"{printable(migration.path)}:{line}: {printable(marker)} is a comment to the server, and a marker of {tool}: Whimbrel "
        "would run the undo statements too\n"
        "    next: remove this line and the undo statements from the file; nothing was run"
    )
    return [Problem(ProblemKind.MARKER, message, migration.path)]


def _text_of(migration: Migration) -> str:
    """Return the text if one of the words is in it, otherwise an empty text. Only in that case, read a large file completely."""
    if isinstance(migration.text, str):
        return migration.text if _has_word(migration.text) else ""
    before = ""
    for piece in migration.text:
        before += piece
        if _has_word(before):
            return "".join(migration.text)
        before = before[-max(map(len, _WORDS)) :]
    return ""


def _has_word(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)


def find_marker(text: str, rules: LexerRules) -> tuple[int, str, str] | None:
    """Return offset, tool and text of the first undo marker; None if there is none."""
    likely = {
        line.start("comment"): (tool, marker)
        for line in _LINE.finditer(text)
        if (tool := _tool(text, line.start("comment"), marker := line["comment"].rstrip()))
    }
    for offset in _comments(text, rules, sorted(likely)) if likely else ():
        return offset, *likely[offset]
    return None


def _tool(text: str, offset: int, marker: str) -> str:
    """Return the tool that writes this comment; an empty text if no tool does."""
    for tool, pattern in _KNOWN:
        if pattern.fullmatch(marker):
            return tool
    if _LIQUIBASE_ROLLBACK.fullmatch(marker):
        return "Liquibase" if _LIQUIBASE.match(text) else ""
    back = _BACK.fullmatch(marker)
    if back is None:
        return ""
    forward = f"{back['before']}{_FORWARD[back['word'].lower()]}{back['after']}".strip().lower()
    lines = (line.strip().lower() for line in text[:offset].split("\n"))
    return "another tool" if forward in lines else ""


def _comments(text: str, rules: LexerRules, offsets: list[int]) -> Iterator[int]:
    """Yield the offsets that lie outside of strings, block comments and bodies."""
    waiting, end = iter(offsets), 0
    offset = next(waiting, None)
    for piece in statements_or_batches(text, rules):
        begin = piece.offset
        while offset is not None and offset < begin:
            if _is_free(text, rules, end, offset):
                yield offset
            offset = next(waiting, None)
        end = _end_of(text, piece)
        while offset is not None and offset < end:
            if offset < begin + len(piece.text) and _is_free_within(piece, rules, offset - begin):
                yield offset
            offset = next(waiting, None)
        if offset is None:
            return
    while offset is not None:
        if _is_free(text, rules, end, offset):
            yield offset
        offset = next(waiting, None)


def _end_of(text: str, piece: Statement | InsertBatch) -> int:
    end, data = piece.offset + len(piece.text), piece.copy_data if isinstance(piece, Statement) else None
    return text.index(data, end) + len(data) if data else end


def _is_free_within(piece: Statement | InsertBatch, rules: LexerRules, offset: int) -> bool:
    """Whether an offset lies outside of the tokens, the body and the block comments of a statement."""
    end = 0
    for token in tokens(piece.text, rules):
        if token.start >= offset:
            break
        if token.end > offset:
            return False
        end = token.end
    return not (isinstance(piece, Statement) and _has_body(piece, rules)) and _is_free(piece.text, rules, end, offset)


def _has_body(statement: Statement, rules: LexerRules) -> bool:
    words = leading_words(statement.text, rules)
    return words[:1] == ("BEGIN",) or (words[:1] == ("CREATE",) and not _ROUTINES.isdisjoint(words))


def _is_free(text: str, rules: LexerRules, start: int, offset: int) -> bool:
    """Whether an offset lies outside of block comments; from `start` to it there are only blanks, comments and delimiters."""
    position = start
    while position < offset:
        if text.startswith("/*", position):
            closing = text.find("*/", position + 2)
            nested = end_of_nested_comment(text, position) if rules.nested_comments else None
            position = nested or (len(text) if closing < 0 else closing + 2)
        elif text.startswith(("--", "#"), position):
            line = text.find("\n", position)
            position = len(text) if line < 0 else line + 1
            # A line comment around the offset ends after it.
            position = position if position <= offset else offset + 1
        else:
            position += 1
    return position == offset
