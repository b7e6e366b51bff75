"""Read the answers to several queries from one message. Pure: no database.

The driver prepares each query that returns rows, which takes two round trips, and drops the rows of a message with several
statements. It passes on the output of a COPY, of which a message may have one:
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["copied", "numbered", "read_lines", "sort_out"]


def copied(query: str) -> str:
    """Return the statement that outputs the only column of a query, a text, as a line for each row."""
    return f"COPY (\n{query}\n) TO STDOUT"


def numbered(queries: Sequence[str]) -> str:
    """Return one query for the rows of all these queries, each row as JSON with the number of its query."""
    row = "pg_catalog.row_to_json(r)"
    return "\nUNION ALL\n".join(
        f"SELECT CAST(pg_catalog.json_build_array({number}, {row}) AS pg_catalog.text) FROM (\n{query}\n) AS r"
        for number, query in enumerate(queries)
    )


def read_lines(output: Iterable[bytes]) -> list[str]:
    """Return the texts that a COPY put out.

    In JSON, control characters are escaped, so the format escapes nothing but the backslash:
    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
    """
    return b"".join(output).replace(b"\\\\", b"\\").decode().split("\n")[:-1]


def sort_out(lines: Iterable[str], queries: int) -> list[list[dict[str, Any]]]:
    """Return the rows of each query; `queries` is their number."""
    answers: list[list[dict[str, Any]]] = [[] for _ in range(queries)]
    for line in lines:
        number, row = json.loads(line)
        answers[number].append(row)
    return answers
