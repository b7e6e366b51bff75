"""The PARTITION BY clause of a table, from the rows of information_schema.partitions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from whimbrel.dialects.mysql.rules import quote
from whimbrel.schema.mysql.expressions import quoted_text
from whimbrel.schema.mysql.questions import Facts

__all__ = ["read_partitioning"]


def read_partitioning(rows: Sequence[Facts]) -> str:
    """Return the clause without PARTITION BY: "RANGE (year(`day`)) (PARTITION `p0` VALUES LESS THAN (2020))"."""
    if not rows:
        return ""
    ordered = sorted(rows, key=_position)
    groups = [list(group) for _, group in groupby(ordered, key=lambda row: str(row["partition_name"]))]
    first = ordered[0]
    method = str(first["partition_method"])
    clause = _by(method, first["partition_expression"])
    if first["subpartition_method"]:
        clause += f" SUBPARTITION BY {_by(str(first['subpartition_method']), first['subpartition_expression'])}"
        if _numbered_below(groups):
            clause += f" SUBPARTITIONS {len(groups[0])}"
    if method.split()[-1] in ("HASH", "KEY") and _numbered(groups):
        return f"{clause} PARTITIONS {len(groups)}"
    listed = ", ".join(_partition(group, method, below=not _numbered_below(groups)) for group in groups)
    return f"{clause} ({listed})"


def _position(row: Facts) -> tuple[int, int]:
    return int(row["partition_ordinal_position"]), int(row["subpartition_ordinal_position"] or 0)


def _by(method: str, expression: str | None) -> str:
    if method == "SYSTEM_TIME":
        return method  # no view has the interval or the limit; render.py refuses the table
    return f"{method} ({expression or ''})"


def _numbered(groups: Sequence[Sequence[Facts]]) -> bool:
    """Whether the partitions have only the names that the server assigns, and no other facts."""
    return all(
        group[0]["partition_name"] == f"p{number}" and not any(row["partition_comment"] for row in group)
        for number, group in enumerate(groups)
    )


def _numbered_below(groups: Sequence[Sequence[Facts]]) -> bool:
    return all(
        row["subpartition_name"] == f"{row['partition_name']}sp{number}"
        for group in groups
        if group[0]["subpartition_name"]
        for number, row in enumerate(group)
    )


def _partition(group: Sequence[Facts], method: str, *, below: bool) -> str:
    first = group[0]
    described = first["partition_description"]
    text = f"PARTITION {quote(first['partition_name'])}"
    if method.startswith("RANGE"):
        bare = described == "MAXVALUE" and method == "RANGE"
        text += f" VALUES LESS THAN {described if bare else f'({described})'}"
    elif method.startswith("LIST"):
        text += " DEFAULT" if described == "DEFAULT" else f" VALUES IN ({described})"
    elif method == "SYSTEM_TIME":
        text += " CURRENT" if described == "CURRENT" else " HISTORY"
    text += f" COMMENT = {quoted_text(first['partition_comment'])}" if first["partition_comment"] else ""
    if below and first["subpartition_name"]:
        text += " (" + ", ".join(f"SUBPARTITION {quote(row['subpartition_name'])}" for row in group) + ")"
    return text
