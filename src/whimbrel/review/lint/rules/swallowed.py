"""M13: words that SQLite takes for a part of a type, though they mean something on another database, or nothing. Pure.

The type of a column is any sequence of names, up to a word that begins a constraint: https://sqlite.org/syntax/type-name.html
"""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.parsing.lexer import Token, unquoted
from whimbrel.review.lint.asking import read_case, refused
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.statement_text import ColumnDefinition

__all__ = ["RULES", "type_words"]

_ENDS_WORDS = "NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES CONSTRAINT COLLATE GENERATED AS"
_ENDS = frozenset(_ENDS_WORDS.split())
# Types of several words, on any of the databases.
_KNOWN_WORDS = (
    "DOUBLE PRECISION|CHARACTER VARYING|CHAR VARYING|BINARY VARYING|BIT VARYING|VARYING CHARACTER|NATIVE CHARACTER|BIG INT|"
    "NATIONAL CHARACTER VARYING|NATIONAL CHAR VARYING|NATIONAL CHARACTER|NATIONAL CHAR|NATIONAL VARCHAR|LONG VARCHAR|"
    "CHARACTER LARGE OBJECT|CHAR LARGE OBJECT|BINARY LARGE OBJECT|TIME WITH TIME ZONE|TIME WITHOUT TIME ZONE|"
    "TIMESTAMP WITH TIME ZONE|TIMESTAMP WITHOUT TIME ZONE|TIMESTAMP WITH LOCAL TIME ZONE"
)
_KNOWN = tuple(sorted((tuple(words.split()) for words in _KNOWN_WORDS.split("|")), key=len, reverse=True))
# M05 and M06 have these.
_JUDGED_ELSEWHERE = ("UNSIGNED", "SIGNED", "AUTO_INCREMENT", "IDENTITY")


def type_words(column: ColumnDefinition) -> tuple[str, ...]:
    """Return the words of a type as SQLite reads it, in capitals: those that other databases read as a clause behind it, too."""
    return tuple(_shown(one).upper() for one in _type_tokens(column))


def _type_tokens(column: ColumnDefinition) -> Iterator[Token]:
    for token in (*column.type.tokens, *column.rest.tokens):
        if token.upper in _ENDS or token.kind not in ("word", "name", "string"):
            return
        yield token


def _shown(token: Token) -> str:
    return token.text if token.text == "[]" else unquoted(token)


def _swallowed(case: Case) -> Iterator[Evidence]:
    if case.database != "sqlite" or refused(case):
        return
    for column in read_case(case).columns():
        extra = [one for one in _type_tokens(column) if one.upper not in _JUDGED_ELSEWHERE]
        words = tuple(one.upper for one in extra)
        extra = extra[next((len(known) for known in _KNOWN if words[: len(known)] == known), 1) :]
        if extra:
            text = " ".join(one.text for one in extra)
            told = f"column {column.name}: SQLite takes {text} for a part of the type, and does nothing else with it"
            yield Evidence(told, {"column": column.name, "words": text}, extra[0].start)


RULES = (
    Rule(
        "M13",
        "SQLite takes other words for a part of a type",
        "warning",
        "The words have an effect on another database, or are misspelt; SQLite accepts any words there, and ignores them.",
        "Leave the words out, spell them as SQLite does, or write a variant of the file for the database that knows them.",
        _swallowed,
    ),
)
