"""Read the actions of ALTER TABLE that create, drop or rename the table, its columns or its indexes.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from whimbrel.parsing.cursor import TokenCursor

__all__ = ["Action", "read_actions"]


class Action(NamedTuple):
    """One action on a column or an index. An action of the kind "relation" renames the table itself to `new`."""

    effect: Literal["make", "drop", "rename"]
    kind: Literal["column", "index", "relation"]
    name: str
    new: str = ""
    optional: bool = False


def read_actions(head: TokenCursor, not_columns: Collection[str]) -> Iterator[Action]:
    """Yield the actions after the table's name. The words in `not_columns` begin a part that is not a column."""
    while not head.ended():
        if head.take("ADD"):
            yield from _added(head, not_columns)
        elif head.take("DROP"):
            yield from _dropped(head, not_columns)
        elif head.take("RENAME"):
            yield from _renamed(head)
        elif head.take("CHANGE"):
            yield from _changed(head)
        if not head.skip_to_comma():
            return


def _added(head: TokenCursor, not_columns: Collection[str]) -> Iterator[Action]:
    explicit = head.take("COLUMN")
    if not explicit and (head.take("SYSTEM", "VERSIONING") or head.peek() == "PARTITION"):
        return
    if not explicit and head.peek() in not_columns:
        yield from _index(head)
        return
    optional = head.condition(wanted=True) is not None
    if head.take("("):
        # MySQL: ADD (a INTEGER, b INTEGER).
        more = True
        while more:
            name = head.name()
            if name is not None:
                yield Action("make", "column", name, optional=optional)
            more = head.skip_element()
    elif (name := head.name()) is not None:
        yield Action("make", "column", name, optional=optional)


def _index(head: TokenCursor) -> Iterator[Action]:
    """Read a constraint or an index. Only a UNIQUE constraint has, on every database, an index with its own name."""
    name = head.name() if head.take("CONSTRAINT") and head.peek() != "UNIQUE" else None
    unique = head.take("UNIQUE")
    if (
        not unique
        and not (head.take("FULLTEXT") or head.take("SPATIAL") or head.take("VECTOR"))
        and head.peek()
        not in (
            "INDEX",
            "KEY",
        )
    ):
        return
    _ = head.take("INDEX") or head.take("KEY")
    optional = head.condition(wanted=True) is not None
    own = head.name() if head.peek() not in ("(", "USING", "NULLS") else None
    if (known := own or name) is not None:
        yield Action("make", "index", known, optional=optional)


def _dropped(head: TokenCursor, not_columns: Collection[str]) -> Iterator[Action]:
    explicit = head.take("COLUMN")
    if not explicit and (head.take("SYSTEM", "VERSIONING") or head.peek() == "PARTITION"):
        return
    kind: Literal["column", "index"] = "column"
    constraint = not explicit and head.peek() in not_columns
    if constraint:
        if not (head.take("INDEX") or head.take("KEY") or head.take("CONSTRAINT")):
            return
        kind = "index"
    optional = head.condition(wanted=False) is not None
    if (name := head.name()) is not None:
        # The constraint may have no index.
        yield Action("drop", kind, name, optional=optional or constraint)


def _renamed(head: TokenCursor) -> Iterator[Action]:
    if head.take("TO") or head.take("AS") or head.take("="):
        yield from _new_table(head)
        return
    kind: Literal["column", "index"] = "column"
    if head.take("INDEX") or head.take("KEY") or head.take("CONSTRAINT"):
        kind = "index"
    else:
        head.take("COLUMN")
    old = head.qualified()
    if old is not None and head.take("TO") and (new := head.name()) is not None:
        yield Action("rename", kind, old[1], new)
    elif old is not None:
        # MySQL: RENAME b.
        yield Action("rename", "relation", "", old[1])


def _new_table(head: TokenCursor) -> Iterator[Action]:
    if (new := head.qualified()) is not None:
        yield Action("rename", "relation", "", new[1])


def _changed(head: TokenCursor) -> Iterator[Action]:
    """Read CHANGE old new TYPE, a form of MySQL."""
    head.take("COLUMN")
    optional = head.condition(wanted=False) is not None
    old, new = head.name(), head.name()
    if old is not None and new is not None and old.lower() != new.lower():
        yield Action("rename", "column", old, new, optional)
