"""The page of the benchmarks is what its stored results render, and shows losses."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.page.rendering import render
from benchmarks.tables import Duel, Goal, Table
from benchmarks.turns import Line, Turns

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_stored_results_render() -> None:
    results = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
    assert render(results) == (DOCS / "performance.md").read_text(encoding="utf-8")


def page(*, goals: tuple[Goal, ...] = (), duels: tuple[Duel, ...] = (), problems: tuple[str, ...] = ()) -> str:
    table = Table("Work", "Seconds.", ("database", "ours"), [["sqlite", 0.5]], goals, duels, problems)
    results: dict[str, Any] = {
        "run": {"date": "today"},
        "warnings": ["It was busy."],
        "tables": [asdict(table)],
        "problems": ["fleet: no server"],
    }
    return render(results)


@pytest.mark.parametrize(
    ("seen", "cell", "listed"),
    [
        (1.0, "1 / 1.25", False),
        (1.25, "1.25 / 1.25", False),
        (1.5, "**1.5** / 1.25", True),
        (None, "not measured / 1.25", True),
    ],
)
def test_a_figure_that_is_not_as_wanted_is_marked_and_listed(seen: float | None, cell: str, listed: bool) -> None:
    text = page(goals=(Goal("fresh", "mysql", 1.25, seen),))
    assert f"| fresh | {cell} |" in text
    assert ("- mysql, fresh:" in text) is listed


def test_a_peer_that_is_faster_is_marked_and_listed() -> None:
    text = page(duels=(Duel("fresh", "mysql", "dbmate", 2.0, 1.0), Duel("fresh", "mysql", "yoyo", 2.0, 8.0)))
    assert "| fresh | mysql | 2 s | **0.5** | 4 |" in text
    assert "faster in 1 of 2 comparisons" in text
    assert "- mysql, fresh: dbmate takes 1 s, Whimbrel 2 s (2 times as long)" in text
    assert "yoyo takes" not in text


def test_a_problem_is_told_on_the_page() -> None:
    text = page(problems=("one pending, dblift on mysql: ended with 1", "one pending, dblift on mysql: ended with 1"))
    assert text.count("- one pending, dblift on mysql: ended with 1") == 1
    assert "- fleet: no server" in text
    assert "**It was busy.**" in text


@pytest.mark.parametrize(
    ("spoken", "trips"),
    [("", 0), ("cs", 1), ("ccs", 1), ("css", 1), ("cscs", 2), ("csc", 2), ("scsc", 2)],
)
def test_a_client_that_speaks_after_the_server_begins_a_round_trip(spoken: str, trips: int) -> None:
    turns = Turns()
    line = Line(turns)
    for one in spoken:
        (line.from_client if one == "c" else line.from_server)()
    assert turns.trips == trips
