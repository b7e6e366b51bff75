"""Read the tables that a write reaches through a view, a trigger, a rule or a new name.

Pure: no database, no disk. Every table that a view's query reads counts, since only the database knows through which join a write
passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.planning.dml_targets import read_inner

__all__ = ["read_reached"]

_NO_NAME = frozenset(("(", "SELECT", "WITH", "VALUES", "LATERAL"))
_ENDS = frozenset(("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "SELECT"))


def read_reached(head: TokenCursor, words: str) -> tuple[Name, ...]:
    """Return the tables behind the object that a statement makes. `words` are those of the statement's target."""
    if words in ("CREATE VIEW", "ALTER VIEW"):
        return tuple(dict.fromkeys(_read_sources(head)))
    if words in ("CREATE TRIGGER", "CREATE RULE"):
        # The event before it, as in INSTEAD OF DELETE ON v, is no statement.
        head.skip_to("ON" if words == "CREATE TRIGGER" else "DO")
        return tuple(dict.fromkeys(target.name for target in read_inner(head)))
    return ()


def _read_sources(head: TokenCursor) -> Iterator[Name]:
    """Yield the tables in every FROM and JOIN of a query."""
    place, outer, before = _QueryPlace(), list[_QueryPlace](), ""
    head.skip_to("AS")
    while not head.ended():
        word = head.peek()
        if place.expected and word not in _NO_NAME:
            name, place = head.relation(), place._replace(expected=False)
            # A function that returns rows is not a table.
            if name is not None and head.peek() != "(":
                yield name
            continue
        head.skip()
        if word == "(":
            outer.append(place._replace(expected=False))
            # In FROM (a, b JOIN c) the parenthesis continues the list.
            place = _QueryPlace(place.expected, place.expected, place.expected)
        elif word == ")":
            place = outer.pop() if outer else _QueryPlace()
        else:
            place = place.after(word, before)
        before = word


class _QueryPlace(NamedTuple):
    """A place in a query: whether a SELECT began at this depth, whether a comma leads to a table, whether a table comes next."""

    selecting: bool = False
    listing: bool = False
    expected: bool = False

    def after(self, word: str, before: str) -> _QueryPlace:
        """Return the place behind a word. `before` is the word in front of it."""
        if word == "FROM":
            # EXTRACT(YEAR FROM a) and a IS DISTINCT FROM b name columns.
            reads = self.selecting and before != "DISTINCT"
            return self._replace(listing=True, expected=True) if reads else self
        if word in ("JOIN", "STRAIGHT_JOIN", "TABLE"):
            return self._replace(expected=True)
        if word == ",":
            return self._replace(expected=self.listing)
        if word in _ENDS:
            return _QueryPlace(selecting=self.selecting or word == "SELECT")
        return self
