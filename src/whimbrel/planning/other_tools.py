"""Find the comments by which other tools separate undo statements from the migration; Whimbrel would run both.

Pure: no database. Reads a file again only if it is too large to be kept. A marker is a comment alone on its line, outside of
strings, other comments and bodies. The server ignores it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer import end_of_nested_comment, next_token, tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.parsing.statement import Statement

__all__ = ["find_marker", "marker_problems"]

# The word before undo statements, and the words that may stand before the statements to apply in its place.
_FORWARD = {
    **dict.fromkeys(("down", "downs"), ("up", "ups", "apply", "forward")),
    "undo": ("do", "up", "apply"),
    "rollback": ("up", "apply", "migrate", "migration", "forward", "deploy", "do"),
    "revert": ("deploy", "up", "apply", "do"),
    **dict.fromkeys(("backward", "backwards"), ("forward", "forwards")),
    "downgrade": ("upgrade",),
}
# A file without any of these words has no marker. This check comes first, because most files have none.
_WORDS = ("down", "undo", "drop below", "rollback", "revert", "backward")
_LINE = re.compile(
    rf"^[ \t]*(?P<comment>(?:(?:--|#)[^\n]*|/\*[^\n*]*)(?:{'|'.join(_WORDS)})[^\n]*)$", re.IGNORECASE | re.MULTILINE
)
# The tool, and the pattern of the whole comment. The search tries them in this order.
_MARKERS = (
    ("dbmate", r"--\s*migrate:down\b.*"),
    ("goose", r"--\s*\+goose\s+down\b.*"),
    ("sql-migrate", r"--\s*\+migrate\s+down\b.*"),
    ("a tool", r"--\s*\+\w+\s+down\b.*"),
    ("node-pg-migrate", r"--[\s-]*down\s+migrations?\s*(?:\(.*\))?[\s=-]*"),
    ("MyBatis Migrations or dbdeploy", r"--\s*(?://)?\s*@\s*undo\b.*"),
    ("rambler", r"--\s*rambler\s+down\b.*"),
    ("tern", r"--+\s*create\s+above\s*/\s*drop\s+below\s*-*\s*"),
    ("Play evolutions", r"(?:--|#)[\s-]*!downs\b.*"),
    ("Sqitch", r"--\s*revert\s+\S+\s+from\s+\w+\s*"),
    ("a tool", r"--[\s\W]*[\w-]*migrat\w*[\s:/_-]+down[\W_]*"),
)
_KNOWN = [(tool, re.compile(pattern, re.IGNORECASE)) for tool, pattern in _MARKERS]
# Words that may stand beside the word of another tool's marker; others make the comment a remark.
_NEUTRAL = (
    "migrate migration migrations migrator changeset section part step script sql statement statements begin end start goose"
)
_BESIDE = frozenset(_NEUTRAL.split())
_ANOTHER = "another tool"
_OPENINGS = ("--", "#", "/*")
_MOST_PIECES = 6
_PIECES = re.compile(r"[^\W_]+")
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
        tool, marker = likely[offset]
        # Many people write how to undo a file into a comment at its end.
        if tool != _ANOTHER or next_token(text, rules, offset) is not None:
            return offset, tool, marker
    return None


def _tool(text: str, offset: int, marker: str) -> str:
    """Return the tool that writes this comment; an empty text if no tool does."""
    for tool, pattern in _KNOWN:
        if pattern.fullmatch(marker):
            return tool
    if _LIQUIBASE_ROLLBACK.fullmatch(marker) and _LIQUIBASE.match(text):
        return "Liquibase"
    backward = _readings(marker)
    if not any(word in _FORWARD for reading in backward for word in reading):
        return ""
    before = {
        reading
        for line in text[:offset].split("\n")
        if line.lstrip().startswith(_OPENINGS)
        for reading in _readings(line.strip())
    }
    return _ANOTHER if any(_counterparts(reading) & before for reading in backward) else ""


def _readings(comment: str) -> list[tuple[str, ...]]:
    """Return the words of a comment, also of its part before a colon, if they can be a marker."""
    text = comment.strip("-#/* \t\r")
    heads = [text, text.partition(": ")[0]]
    found = [tuple(_PIECES.findall(one.lower())) for one in heads]
    # `shmig-down` is a marker, whatever the tool is called; `votes_down` is a name.
    joined = " " not in text and "_" not in text
    return [
        words for words in found if 0 < len(words) <= _MOST_PIECES and (joined or len(words) - sum(map(_is_beside, words)) == 1)
    ]


def _is_beside(word: str) -> bool:
    return word in _BESIDE or word.isdecimal()


def _counterparts(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the comments that would begin the statements to apply, if `words` begin those to undo."""
    return {
        (*words[:index], forward, *words[index + 1 :]) for index, word in enumerate(words) for forward in _FORWARD.get(word, ())
    }


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
    """Whether an offset lies outside of the tokens, the parentheses, the body and the block comments of a statement."""
    end = depth = 0
    for token in tokens(piece.text, rules):
        if token.start >= offset:
            break
        if token.end > offset:
            return False
        end = token.end
        depth += (token.text == "(") - (token.text == ")")
    # A comment in a list of columns separates nothing.
    return (
        depth == 0 and not (isinstance(piece, Statement) and _has_body(piece, rules)) and _is_free(piece.text, rules, end, offset)
    )


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
