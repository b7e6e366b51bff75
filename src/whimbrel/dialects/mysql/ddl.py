"""Find the objects that a DDL statement changes, and whether the catalog shows that it took effect.

Pure: no database, no disk. A dialect queries its catalog before the statement and, if the statement's end was never recorded,
again afterwards. This module decides by comparing the two results.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["ABSENT", "Change", "decide", "left_over", "read_change"]

ABSENT = "absent"

Effect = Literal["create", "drop", "change", "empty", "swap"]

_KINDS = frozenset(("TABLE", "VIEW", "INDEX", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "SEQUENCE", "DATABASE", "SCHEMA"))
# Words that may stand between the verb and the kind: OR REPLACE, UNIQUE, DEFINER = name@host, SQL SECURITY INVOKER, ...
_BETWEEN = frozenset(
    ("OR", "REPLACE", "UNIQUE", "FULLTEXT", "SPATIAL", "ONLINE", "IGNORE", "AGGREGATE", "DEFINER", "SQL", "SECURITY", "INVOKER")
) | frozenset(("ALGORITHM", "UNDEFINED", "MERGE", "TEMPTABLE", "=", "(", ")", "MATERIALIZED", "JSON", "RELATIONAL", "DUALITY"))


class Change(NamedTuple):
    """The effect of a statement, and the objects and kind ("TABLE", "VIEW", ...) that it concerns.

    An index counts as a change of its table, and RENAME as a change of all names in it. TRUNCATE and a swap leave the same names
    with the same definitions, although the tables may be others.
    """

    effect: Effect
    kind: str
    names: tuple[Name, ...]


def read_change(text: str, rules: LexerRules) -> Change | None:
    """Read the head of a MySQL or MariaDB statement. Return None unless it is DDL whose objects the catalog knows by name."""
    head = TokenCursor(text, rules)
    if head.take("RENAME", "TABLE") or head.take("RENAME", "TABLES"):
        return _renaming(_names(head))
    if head.take("TRUNCATE"):
        head.take("TABLE")
        return _change("empty", "TABLE", _names(head))
    verb = head.peek()
    if verb not in ("CREATE", "ALTER", "DROP"):
        return None
    head.skip()
    kind = _kind(head)
    if kind == "INDEX":
        return _change("change", "TABLE", _after_on(head))
    if not kind:
        return None
    _ = head.condition(wanted=True) or head.condition(wanted=False)
    if verb == "DROP":
        return _change("drop", kind, _names(head))
    name = head.qualified()
    if verb == "ALTER" and head.take("EXCHANGE", "PARTITION"):
        return _exchange(head)
    if verb == "ALTER" and head.take("TRUNCATE", "PARTITION"):
        return None  # its definition and its number stay the same
    return _change("create" if verb == "CREATE" else "change", kind, [name] if name else [])


def _renaming(names: list[Name]) -> Change | None:
    """Read `a TO x, b TO a, x TO b`: a swap if the tables have the same set of names afterwards as before."""
    pairs = list(zip(names[::2], names[1::2], strict=False))
    first, last = set[Name](), set[Name]()
    for old, new in pairs:
        if old not in last:
            first.add(old)
        last = last - {old} | {new}
    return _change("swap" if first == last else "change", "TABLE", sorted(first) if first == last else names)


def _exchange(head: TokenCursor) -> Change | None:
    """Read the rest of `ALTER TABLE t EXCHANGE PARTITION p WITH TABLE other`: a swap, which the other table reveals."""
    head.skip()
    name = head.qualified() if head.take("WITH", "TABLE") else None
    return _change("swap", "TABLE", [name] if name else [])


def _change(effect: Effect, kind: str, names: list[Name]) -> Change | None:
    return Change(effect, "DATABASE" if kind == "SCHEMA" else kind, tuple(names)) if names else None


def _kind(head: TokenCursor) -> str:
    while head.peek() in _BETWEEN:
        if head.take("DEFINER", "="):
            # In name@host, both parts may be any word.
            head.skip()
            if head.take("@"):
                head.skip()
        else:
            head.skip()
    kind = head.peek()
    head.skip()
    return kind if kind in _KINDS else ""


def _names(head: TokenCursor) -> list[Name]:
    """Read `a, b` and `a TO b, c TO d`, with MariaDB's NOWAIT and WAIT n in between."""
    found: list[Name] = []
    while (name := head.qualified()) is not None:
        found.append(name)
        if head.take("WAIT"):
            head.skip()
        head.take("NOWAIT")
        if not (head.take(",") or head.take("TO")):
            break
    return found


def _after_on(head: TokenCursor) -> list[Name]:
    while not head.ended() and head.peek() != "ON":
        head.skip()
    head.skip()
    name = head.qualified()
    return [name] if name else []


def decide(change: Change, before: Mapping[Name, str], after: Mapping[Name, str]) -> bool:
    """Return whether the change took effect.

    Both mappings hold the state of each object: ABSENT, or a text that changes with its definition.
    """
    if change.effect in ("change", "empty", "swap"):
        return before != after
    if change.effect == "create":
        # ABSENT after CREATE OR REPLACE means that the old object was dropped and the new one not created.
        return all(after[name] != ABSENT for name in change.names) and before != after
    # If some are gone and some are not, the statement took effect in part; `left_over` returns the rest.
    return any(before[name] != ABSENT and after[name] == ABSENT for name in change.names)


def left_over(change: Change, before: Mapping[Name, str], after: Mapping[Name, str]) -> list[Name]:
    """Return the objects that remain after a DROP of several objects took effect for only some."""
    if change.effect != "drop" or not decide(change, before, after):
        return []
    return [name for name in change.names if before[name] != ABSENT and after[name] != ABSENT]
