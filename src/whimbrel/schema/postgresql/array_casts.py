"""Casts of arrays, written so that the server reads them as it wrote them. Pure.

The server prints `state IN ('a', 'b')` of a VARCHAR as `(state)::text = ANY ((ARRAY['a'::character varying, ...])::text[])`.
It reads that text as another expression, in which each element has a cast to text, and prints it otherwise from then on. It
passes the outer cast on to the elements of an ARRAY that stands directly before it: transformTypeCast() in parse_expr.c. A cast
of the ARRAY to its elements' own type preserves the expression.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["with_inner_casts"]

_OPENING, _CLOSING = "([", ")]"
_START = "(ARRAY["


def with_inner_casts(sql: str) -> str:
    """Return a statement in which an ARRAY before a cast has a cast of its own, to the type of its elements."""
    if _START not in sql:
        return sql
    parts, done = [], 0
    for place, kind in _arrays(sql):
        parts += [sql[done:place], f"::{kind}[]"]
        done = place
    return "".join([*parts, sql[done:]])


def _arrays(sql: str) -> Iterator[tuple[int, str]]:
    """Yield the end of each ARRAY that stands before a cast, and the type of its elements."""
    outside = _outside_quotes(sql)
    for start in range(len(sql) - len(_START)):
        if outside[start] and sql.startswith(_START, start):
            elements, end = _elements(sql, start + len(_START), outside)
            kinds = set(elements)
            if sql.startswith(")::", end) and len(kinds) == 1 and (kind := kinds.pop()):
                yield end, kind


def _elements(sql: str, start: int, outside: list[bool]) -> tuple[list[str], int]:
    """Return the type to which each element is cast, empty if there is none, and the place behind the closing bracket."""
    kinds, depth, cast = [], 0, -1
    for place in range(start, len(sql)):
        letter = sql[place]
        if not outside[place]:
            continue
        if depth == 0 and (letter == "," or letter == "]"):
            kinds.append(sql[cast:place] if cast > 0 else "")
            cast = -1
            if letter == "]":
                return _plain(kinds), place + 1
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if depth == 0 and sql.startswith("::", place):
            cast = place + 2
    return [], len(sql)


def _plain(kinds: list[str]) -> list[str]:
    # The server would apply a length to each element again.
    return ["" if "(" in kind or "[" in kind else kind for kind in kinds]


def _outside_quotes(sql: str) -> list[bool]:
    """Return for each character whether it stands outside of literals and quoted names."""
    found, quote = [], ""
    for letter in sql:
        if quote:
            quote = "" if letter == quote else quote
            found.append(False)
        else:
            quote = letter if letter in "'\"" else ""
            found.append(not quote)
    return found
