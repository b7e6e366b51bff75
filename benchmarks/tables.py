"""The result of a benchmark (a title, columns, rows), and its timing."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time

REPEATS = 7


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was seen, and the highest that we want. `seen` is None where it could not be measured."""

    what: str
    database: str
    wanted: float
    seen: float | None


@dataclass(frozen=True, slots=True)
class Duel:
    """The seconds of Whimbrel and of a peer for the same work."""

    work: str
    database: str
    peer: str
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and numbers under their columns; `note` says what the numbers are, `problems` what could not be measured."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]
    goals: Sequence[Goal] = ()
    duels: Sequence[Duel] = ()
    problems: Sequence[str] = ()


def told(row: list[str | float | None]) -> list[str | float | None]:
    """Return a row, and also print it at once on standard error, because a complete table may take long."""
    print("  ".join(map(text, row)), file=sys.stderr, flush=True)
    return row


def show(table: Table) -> None:
    """Print a table for people."""
    texts = [list(table.columns), *([text(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[index]) for row in texts) for index in range(len(table.columns))]
    print(f"\n{table.title}\n{table.note}\n")
    for row in texts:
        cells = [
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
    for goal in table.goals:
        print(f"{goal.database}: {goal.what}: {text(goal.seen)}, wanted at most {text(goal.wanted)}")
    for problem in table.problems:
        print(f"not measured: {problem}")
    sys.stdout.flush()


def text(cell: str | float | None) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return "-"
    if isinstance(cell, int):
        return f"{cell:,}"
    return cell if isinstance(cell, str) else f"{cell:,.0f}" if cell >= 100 else f"{cell:.3g}" if cell < 10 else f"{cell:.1f}"


def medians(works: Mapping[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, float]:
    """Return the processor seconds of each work: the median of several rounds, each of which runs every work once."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(repeats):
        for name, work in works.items():
            started = process_time()
            work()
            seconds[name].append(process_time() - started)
    return {name: median(found) for name, found in seconds.items()}
