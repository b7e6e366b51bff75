"""Render docs/performance.md from the stored results of a run. Pure: every figure on the page comes from the results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.tables import text

__all__ = ["render"]

_HEAD = """\
# Performance

`python -m benchmarks page` measures, and writes this page and [performance.json](performance.json), from which
`python -m benchmarks page --render` writes it again. All programs that are compared run in turn, in one run, on the same
servers, with the same statements in each program's own form. Compare the ratios; seconds belong to the machine. Nothing waits
for the disk.
"""
_WORDS = """\
`x` is a ratio of seconds. The bare driver is asyncpg, aiomysql or aiosqlite without Whimbrel, and does the least work that has
the same result; for fresh databases and large files it is Python's own module instead of aiosqlite. A process is measured from
its start to its end, its interpreter included.
"""
Results = Mapping[str, Any]


def render(results: Results) -> str:
    """Return the page."""
    tables = results["tables"]
    goals = [goal for table in tables for goal in table["goals"]]
    duels = [duel for table in tables for duel in table["duels"]]
    problems = list(dict.fromkeys([*results["problems"], *(one for table in tables for one in table["problems"])]))
    parts = [
        _HEAD,
        _section("The run", [*_warned(results["warnings"]), *(f"- {name}: {value}" for name, value in results["run"].items())]),
        _section("Wanted and seen", [_WORDS, *_wanted(goals)]),
        _section("Where Whimbrel is behind", _losses(goals, duels)),
        _section("Beside other tools", _versus(duels)),
        _section("Not measured", [f"- {one}" for one in problems] or ["Nothing is missing."]),
        *(_section(table["title"], [table["note"], "", *_rows(table["columns"], table["rows"])]) for table in tables),
    ]
    return "\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"## {title}\n", *lines, ""])


def _warned(warnings: Sequence[str]) -> Iterator[str]:
    yield from (f"**{warning}**\n" for warning in warnings)


def _wanted(goals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a row for each goal, with its databases beside each other."""
    databases = list(dict.fromkeys(goal["database"] for goal in goals))
    names = list(dict.fromkeys(_subject(goal) for goal in goals))
    rows = []
    for name in names:
        found = {goal["database"]: goal for goal in goals if _subject(goal) == name}
        rows.append([name, *(_seen(found[one]) if one in found else None for one in databases)])
    yield "Each cell has what was seen, then the highest that is wanted. **Bold** is more than that.\n"
    yield from _rows(["figure", *databases], rows)


def _subject(goal: Mapping[str, Any]) -> str:
    """Return the name without the peer's, which differs among databases."""
    return str(goal["what"]).partition(" (")[0]


def _seen(goal: Mapping[str, Any]) -> str:
    peer = str(goal["what"]).partition(" (")[2].removesuffix(")")
    if goal["seen"] is None:
        return f"not measured / {text(goal['wanted'])}"
    seen = f"**{text(goal['seen'])}**" if _missed(goal) else text(goal["seen"])
    return f"{seen} / {text(goal['wanted'])}" + (f" ({peer})" if peer else "")


def _missed(goal: Mapping[str, Any]) -> bool:
    return goal["seen"] is None or goal["seen"] > goal["wanted"]


def _losses(goals: Sequence[Mapping[str, Any]], duels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each figure that is worse than wanted, then each peer that was faster."""
    missed = [goal for goal in goals if _missed(goal)]
    yield (
        f"{len(goals) - len(missed)} of {len(goals)} figures are as wanted. These are not:\n"
        if missed
        else (f"All {len(goals)} figures are as wanted.\n")
    )
    yield from (f"- {goal['database']}, {goal['what']}: {text(goal['seen'])}, wanted {text(goal['wanted'])}" for goal in missed)
    lost = [duel for duel in duels if duel["theirs"] < duel["ours"]]
    yield f"\nA peer was faster in {len(lost)} of {len(duels)} comparisons" + (":\n" if lost else ".")
    for duel in lost:
        times, works = text(duel["ours"] / duel["theirs"]), f"{duel['database']}, {duel['work']}"
        yield f"- {works}: {duel['peer']} takes {_span(duel['theirs'])}, Whimbrel {_span(duel['ours'])} ({times} times as long)"


def _span(seconds: float) -> str:
    return f"{text(seconds)} s" if seconds >= 1 else f"{text(seconds * 1_000)} ms"


def _versus(duels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a row for each work on each database, with how many times Whimbrel's time each peer takes."""
    peers = list(dict.fromkeys(duel["peer"] for duel in duels))
    works = list(dict.fromkeys((duel["work"], duel["database"]) for duel in duels))
    rows = []
    for work, database in works:
        found = {duel["peer"]: duel for duel in duels if (duel["work"], duel["database"]) == (work, database)}
        ours = next(iter(found.values()))["ours"]
        rows.append([work, database, _span(ours), *(_times(found[peer]) if peer in found else None for peer in peers)])
    yield "How many times Whimbrel's time a peer takes. **Bold** is a peer that is faster.\n"
    yield from _rows(["work", "database", "Whimbrel", *peers], rows)


def _times(duel: Mapping[str, Any]) -> str:
    times = duel["theirs"] / duel["ours"]
    return f"**{text(times)}**" if times < 1 else text(times)


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> Iterator[str]:
    yield _line(columns)
    yield _line(["---", *("---:" for _ in columns[1:])])
    yield from (_line([text(cell) for cell in row]) for row in rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
