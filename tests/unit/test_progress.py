"""The line that shows the progress of a run: its text, and that it fits into one line of a terminal."""

import pytest

from tests.cases import each_case
from whimbrel.messages.progress import FleetProgress, RunProgress, ServerView, columns, cut, fleet_line, run_line

AT = RunProgress("", 100.0, "chat/V003__index.sql", 2, 2, 5, 4, 4, 9, "UPDATE")
ONE = "file 2 of 5: chat/V003__index.sql, statement 4 of 9 (UPDATE), 12 s"
LINES = [
    (RunProgress("connecting to the database", 100.0), "connecting to the database, 12 s"),
    (RunProgress("", 100.0), "starting, 12 s"),
    (AT, ONE),
    (AT._replace(kind=""), "file 2 of 5: chat/V003__index.sql, statement 4 of 9, 12 s"),
    (AT._replace(first=3, last=17, statements=40), "file 2 of 5: chat/V003__index.sql, statements 3-17 of 40, 12 s"),
    (AT._replace(first=0, last=0), "file 2 of 5: chat/V003__index.sql, 12 s"),
    (AT._replace(file="a/V1__a.sql to a/V4__d.sql", last_number=4, first=0), "files 2-4 of 5: a/V1__a.sql to a/V4__d.sql, 12 s"),
    (AT._replace(phase="waiting for the migration lock, held by x"), "waiting for the migration lock, held by x"),
    (AT._replace(server=ServerView("altering table", 43.21, 1234567)), f"{ONE}, altering table 43.2 %, 1,234,567 rows"),
    (AT._replace(server=ServerView(rows=1)), f"{ONE}, 1 row"),
    (AT._replace(server=ServerView("copy", 0.0, 0)), f"{ONE}, copy 0.0 %, 0 rows"),
    # The server's estimate was too low.
    (AT._replace(server=ServerView("altering table", 107.0)), f"{ONE}, altering table 100.0 %"),
    (
        AT._replace(server=ServerView("Waiting", blocked="blocked by process 7 (ada)")),
        f"{ONE}, blocked by process 7 (ada), Waiting",
    ),
    (AT._replace(server=ServerView(note="no figures: too many clients")), f"{ONE}, no figures: too many clients"),
    (AT._replace(began=36.5), f"{ONE} (file 76 s)"),
    (AT._replace(began=99.5), ONE),
    # PostgreSQL names the command itself.
    (AT._replace(server=ServerView("UPDATE, phase")), "statement 4 of 9, 12 s, UPDATE, phase"),
]


@pytest.mark.parametrize(("progress", "line"), LINES)
def test_a_line_says_where_a_run_is(progress: RunProgress, line: str) -> None:
    assert line in run_line(progress, 112.9)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, "0 s"), (0.9, "0 s"), (119, "119 s"), (120, "2 min 00 s"), (3725, "62 min 05 s"), (7260, "2 h 01 min")],
)
def test_a_duration_has_units(seconds: float, shown: str) -> None:
    assert run_line(RunProgress("x", 0.0), seconds) == f"x, {shown}"


@each_case("width", [0, 1, 3, 10, 40, 66, 67, 79, 200])
@each_case("progress", [one for one, _ in LINES] + [AT._replace(file="chat/V001__" + "漢字" * 40 + ".sql")])
def test_a_line_is_never_wider_than_the_terminal(progress: RunProgress, width: int) -> None:
    assert columns(run_line(progress, 112.0, width)) <= width


def test_a_narrow_terminal_shortens_the_name_before_all_else() -> None:
    long = AT._replace(file="chat/V003__" + "a_long_name_" * 9 + ".sql")
    assert run_line(long, 112.0, 79).endswith("..., statement 4 of 9 (UPDATE), 12 s")


def test_foreign_text_cannot_move_the_cursor() -> None:
    foreign = "a\x1b[2J\r\nb\u202e"
    view = ServerView(foreign, 1.0, 1, foreign, foreign)
    progress = AT._replace(file=foreign, kind=foreign, server=view)
    line = fleet_line(FleetProgress(1, 0, 2, ((foreign, progress),)), 112.0)
    assert line.isprintable()
    assert run_line(progress._replace(phase=foreign), 112.0).isprintable()


FLEETS = [
    (FleetProgress(phase="reading the table of tenants", since=100.0), "reading the table of tenants, 12 s"),
    (FleetProgress(812, 3, 2000, (("acme", AT),)), f"812 of 2000 tenants, 3 failed, 1 at work; acme: {ONE}"),
    (FleetProgress(812, 0, 2000), "812 of 2000 tenants, 0 at work"),
    (
        FleetProgress(1, 0, 2000, (("quick", AT._replace(since=111.0)), ("slow", AT))),
        f"1 of 2000 tenants, 2 at work; slow: {ONE}",
    ),
    (
        FleetProgress(9, 0, 12, (), "waiting for other processes", 100.0),
        "9 of 12 tenants, 0 at work: waiting for other processes, 12 s",
    ),
]


@pytest.mark.parametrize(("fleet", "line"), FLEETS)
def test_a_line_says_where_a_sync_is(fleet: FleetProgress, line: str) -> None:
    assert fleet_line(fleet, 112.0) == line
    assert columns(fleet_line(fleet, 112.0, 50)) <= 50


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc..."), ("漢字漢字", 7, "漢字..."), ("e\u0301e\u0301", 2, "e\u0301e\u0301")],
)
def test_columns_are_counted_as_a_terminal_does(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown
