"""The line that says where a run is: its file, its statement, and the server's own figures. Pure; the caller passes the time."""

from __future__ import annotations

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable

__all__ = ["FleetProgress", "RunProgress", "ServerView", "columns", "cut", "fleet_line", "run_line"]

# The name of a file keeps this many columns, even on a narrow terminal.
_LEAST_NAME = 16


class ServerView(NamedTuple):
    """The server's own figures about a running statement, as far as it shows them to this user.

    `percent` belongs to `stage`. `rows` counts the rows that the statement has processed; on MySQL and MariaDB, its transaction.
    `blocked` names the sessions that the statement waits for: "blocked by ...". `note` says why there are no figures.
    """

    stage: str = ""
    percent: float | None = None
    rows: int | None = None
    blocked: str = ""
    note: str = ""


class RunProgress(NamedTuple):
    """Where a run is. `since` is the monotonic time at which the phase or the message of statements began.

    `began` is the one at which the file began. `phase` describes a step that is no statement. `number` counts the files of this
    run from 1; if several files share a message, it is the first of them, and `last_number` the last. `first` and `last` are
    numbers of statements, 0 for none.
    """

    phase: str = ""
    since: float = 0.0
    file: str = ""
    number: int = 0
    last_number: int = 0
    files: int = 0
    first: int = 0
    last: int = 0
    statements: int = 0
    kind: str = ""
    server: ServerView = ServerView()
    began: float = 0.0

    @property
    def at_server(self) -> bool:
        """Whether a statement of a file is at work in the server."""
        return bool(self.file) and not self.phase


class FleetProgress(NamedTuple):
    """The progress of a sync of tenants. `done` counts the tenants that are processed, the `failed` ones among them."""

    done: int = 0
    failed: int = 0
    total: int = 0
    working: tuple[tuple[str, RunProgress], ...] = ()
    phase: str = ""
    since: float = 0.0


def run_line(progress: RunProgress, now: float, width: int | None = None) -> str:
    """Return the line, in at most `width` columns. If the line is too long, it first shortens the name of the file."""
    head, name, rest = _parts(progress, now)
    if width is not None:
        free = width - columns(head) - columns(rest)
        name = cut(name, max(free, min(_LEAST_NAME, columns(name))))
    return head + name + rest if width is None else cut(head + name + rest, width)


def fleet_line(fleet: FleetProgress, now: float, width: int | None = None) -> str:
    """Return the line about a sync of tenants, with the tenant that has been at work on one statement for the longest time."""
    failed = f", {fleet.failed} failed" if fleet.failed else ""
    line = f"{fleet.done} of {fleet.total} tenants{failed}, {len(fleet.working)} at work"
    if fleet.phase:
        line = f"{line}: {printable(fleet.phase)}, {_duration(now - fleet.since)}" if fleet.total else _step(fleet, now)
    elif fleet.working:
        tenant, progress = min(fleet.working, key=lambda one: one[1].since)
        line += f"; {printable(tenant)}: "
        return line + run_line(progress, now, None if width is None else max(0, width - columns(line)))
    return line if width is None else cut(line, width)


def columns(text: str) -> int:
    """Return how many columns of a terminal a printable text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def cut(text: str, width: int) -> str:
    """Return the text, or its beginning with an ellipsis, in at most `width` columns."""
    if columns(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _columns_of(character)
        if used > width - 3:
            break
        kept += character
    return (kept + "...")[: max(0, width)]


def _columns_of(character: str) -> int:
    import unicodedata  # few names need it

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _parts(progress: RunProgress, now: float) -> tuple[str, str, str]:
    """Return the parts before, at and after the name of the file."""
    if not progress.file:
        return _step(progress, now), "", ""
    number = str(progress.number)
    if progress.last_number > progress.number:
        number += f"-{progress.last_number}"
    head = f"file{'s' if '-' in number else ''} {number} of {progress.files}: "
    facts = [printable(progress.phase) if progress.phase else _statements(progress), _times(progress, now)]
    facts += _server_facts(progress.server)
    return head, printable(progress.file), "".join(f", {fact}" for fact in facts if fact)


def _step(progress: RunProgress | FleetProgress, now: float) -> str:
    return f"{printable(progress.phase or 'starting')}, {_duration(now - progress.since)}"


def _statements(progress: RunProgress) -> str:
    if not progress.first:
        return ""
    if progress.last > progress.first:
        return f"statements {progress.first}-{progress.last} of {progress.statements}"
    # Some servers name the command as a part of the stage.
    kind = "" if not progress.kind or progress.server.stage.startswith(progress.kind) else f" ({printable(progress.kind)})"
    return f"statement {progress.first} of {progress.statements}{kind}"


def _server_facts(server: ServerView) -> list[str]:
    percent = "" if server.percent is None else f"{max(0.0, min(100.0, server.percent)):.1f} %"
    return [
        printable(server.blocked),
        " ".join(part for part in (printable(server.stage), percent) if part),
        "" if server.rows is None else f"{server.rows:,} row{'' if server.rows == 1 else 's'}",
        printable(server.note),
    ]


def _times(progress: RunProgress, now: float) -> str:
    """Return how long the message has run, and how long the file, if that is more than the message."""
    of_file = f" (file {_duration(now - progress.began)})" if progress.began and progress.since - progress.began >= 1 else ""
    return _duration(now - progress.since) + of_file


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    return f"{minutes} min {left:02} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
