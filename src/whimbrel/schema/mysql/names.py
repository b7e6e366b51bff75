"""Take the name of its own database out of a view's query or an expression. Pure.

MySQL and MariaDB print `app`.`users`.`id`, which would tie a dump to the name of the original database. The tokens distinguish
a name from a text, and a database's name from an alias that looks the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Unqualified", "unqualify"]

_TABLE_FOLLOWS = ("FROM", "JOIN", "STRAIGHT_JOIN", "UPDATE", "INTO")


class Unqualified(NamedTuple):
    """The text without the database's name, and the names of the tables and views that it reads, in order."""

    text: str
    relations: tuple[str, ...]


def unqualify(text: str, database: str, rules: LexerRules, *, aliases: bool = True) -> Unqualified:
    """Return a query or an expression without the qualifier `database`. An expression of a table has no `aliases`."""
    found = list(tokens(text, rules))
    kept, relations, at = "", [], 0
    for token, following, is_table in _with_context(found):
        path = _path(token, following)
        if is_table and path and (len(path) == 1 or path[0] == database):
            relations.append(path[-1])
        if len(path) < 2 or path[0] != database:
            continue
        called = [one.text for one in following[2:3]] == ["("]
        if len(path) == 3 or is_table or called or not aliases:
            kept += text[at : token.start]
            at = following[1].start
    return Unqualified(kept + text[at:], tuple(relations))


def _path(token: Token, following: list[Token]) -> list[str]:
    """Return the parts of the name that begins with a token: `a`.`b`.`c`. Bare words of the server's output are keywords."""
    if token.kind != "name":
        return []
    path = [unquoted(token)]
    while len(following) >= 2 and following[0].text == "." and following[1].kind == "name":
        path.append(unquoted(following[1]))
        following = following[2:]
    return path


def _with_context(found: list[Token]) -> Iterator[tuple[Token, list[Token], bool]]:
    """Yield each first token of a name with the tokens behind it, and whether a table is expected there."""
    expected = False
    # For each open parenthesis, whether a SELECT was seen inside: the FROM of extract(day from `x`.`y`) precedes no table.
    selects = [False]
    for index, token in enumerate(found):
        after_point = index > 0 and found[index - 1].text == "."
        if token.text == "(":
            selects.append(False)
        elif token.text == ")":
            expected = False
            selects[1:] = selects[1:-1]
        elif token.upper == "SELECT":
            selects[-1] = True
            expected = False
        elif token.upper == "FROM":
            expected = selects[-1]
        elif token.upper in _TABLE_FOLLOWS:
            expected = True
        elif not after_point:
            yield token, found[index + 1 : index + 6], expected
            expected = False
