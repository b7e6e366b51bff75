"""The speed of the splitter, compared with sqlparse, the compiled tokenizer of sqlglot, and PostgreSQL's own scanner in C."""

import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator

import pglast
import sqlparse
from sqlglot.dialects import Dialect

from benchmarks import scripts
from benchmarks.tables import Table, medians
from whimbrel.parsing.splitter import split

SQLGLOT = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
CASES: list[tuple[str, str, Callable[[], str]]] = [
    *((name, "short statements", scripts.short) for name in SQLGLOT),
    *((name, "long literals", scripts.long_literals) for name in SQLGLOT),
    ("postgresql", "functions in $$", scripts.dollar_functions),
    ("postgresql", "functions, BEGIN ATOMIC", scripts.atomic_functions),
    ("mysql", "procedures, DELIMITER", scripts.delimited_procedures),
    ("mysql", "procedures without it", scripts.procedures),
    ("sqlite", "triggers", scripts.triggers),
]
LARGE = 500_000


def tables() -> Iterator[Table]:
    """Measure speed, then memory."""
    yield Table(
        "Cutting a script into statements",
        "MB/s; 'x sqlparse' and 'x sqlglot' say how many times as fast we are, 'of pglast' how near to PostgreSQL's scanner.\n"
        "sqlglot reads tokens alone, a part of the work; it and sqlparse end the statements of the last rows in wrong places.",
        ("script", "Whimbrel", "sqlparse", "sqlglot", "pglast", "x sqlparse", "x sqlglot", "of pglast"),
        [_row(*case) for case in CASES],
    )
    yield Table(
        f"Peak memory while {LARGE:,} statements that come in pieces are cut",
        "MB that Python has allocated; the script itself is never held.",
        ("script", "size", "peak"),
        [_memory()],
    )


def _row(database: str, kind: str, make: Callable[[], str]) -> list[str | float | None]:
    script = make()
    size = len(script.encode()) / 1e6
    tokenize = Dialect.get_or_raise(SQLGLOT[database]).tokenize
    works: dict[str, Callable[[], object]] = {
        "ours": lambda: deque(split(script, database), maxlen=0),
        "sqlparse": lambda: sqlparse.split(script),
        "sqlglot": lambda: tokenize(script),
    }
    if database == "postgresql":
        works["pglast"] = lambda: pglast.split(script, only_slices=True)
    speed = {name: size / seconds for name, seconds in medians(works).items()}
    ours, c = speed["ours"], speed.get("pglast")
    compared = [ours / speed["sqlparse"], ours / speed["sqlglot"], ours / c if c else None]
    return [f"{database}, {kind}", ours, speed["sqlparse"], speed["sqlglot"], c, *compared]


def _memory() -> list[str | float | None]:
    line = "INSERT INTO t (id, name, n) VALUES (1, 'a name that is not short', 12345);\n"
    tracemalloc.start()
    deque(split((line * 1_000 for _ in range(LARGE // 1_000)), "postgresql"), maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return ["postgresql, short statements", len(line) * LARGE / 1e6, peak / 1e6]
