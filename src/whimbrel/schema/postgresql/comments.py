"""Comments on the objects in the catalog's rows: find the objects that may have one, and assign the comments to the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whimbrel.schema.postgresql.linked_sql import Key
from whimbrel.schema.postgresql.numbers import CATALOGS, CLASS, CONSTRAINT, POLICY, ROUTINE, RULE, TRIGGER, TYPE

__all__ = ["add_comments", "find_commented"]

_KINDS = {
    **dict.fromkeys(("relation", "index", "sequence"), CLASS),
    **dict.fromkeys(("constraint", "not null", "domain constraint"), CONSTRAINT),
    **dict.fromkeys(("routine", "aggregate"), ROUTINE),
    "type": TYPE,
    "trigger": TRIGGER,
    "rule": RULE,
    "policy": POLICY,
}
_Rows = Mapping[str, list[dict[str, Any]]]


def find_commented(kinds: _Rows) -> set[Key]:
    """Return the objects that may have a comment in the model. Columns are found by their relations."""
    return {(catalog, oid) for (catalog, oid, _), _ in _places(kinds)}


def add_comments(kinds: _Rows, comments: list[dict[str, Any]]) -> None:
    """Give each row that stands for an object its `comment`, or None."""
    texts = {(one["catalog"], one["oid"], one["number"]): one["comment"] for one in comments}
    for place, row in _places(kinds):
        row["comment"] = texts.get(place)


def _places(kinds: _Rows) -> Iterator[tuple[tuple[int, str, int], dict[str, Any]]]:
    for kind, catalog in _KINDS.items():
        for row in kinds[kind]:
            yield (catalog, row["oid"], 0), row
    for row in kinds["column"]:
        yield (CLASS, row["relation"], row["number"]), row
    for row in kinds["opaque"]:
        # Without a target, no statement can create the comment.
        yield (CATALOGS[row["catalog"]] if row["target"] else 0, row["oid"], 0), row
