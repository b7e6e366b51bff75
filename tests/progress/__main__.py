"""Watch the live line of long runs through a pseudo-terminal: `python -m tests.progress [--seconds 600] [DATABASE...]`.

On each database a large table, a blocked one and a fleet run at the same time. It prints the longest time without a change on
the terminal, and how the figures in the line compare with the server's own. It returns 1 if a gap is above two seconds, or a
figure is wrong.
"""

import argparse
import asyncio
import re
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import creation_sql, run_sql
from tests.progress.figures import DONE, PERCENT, ROWS, SECONDS, Compared, Sample, compare, questions, sampled
from tests.progress.scenes import blocked, fleet, holding, large
from tests.servers import Server, running
from tests.terminals import Screen, on_a_terminal
from whimbrel.url import DATABASES

_MOST_SECONDS, _SLEEP_SECONDS = 2.0, 0.2
_SCENES = ("large", "blocked", "fleet")
# How far a figure may be off: the percent in points, the others in their units. The time of MySQL is in whole seconds, and a line
# counts a tenant some moments before or after its row.
_SLACK = {PERCENT: 1.0, ROWS: 0.0, SECONDS: 2.0, DONE: 1.0}


def main() -> int:
    """Run the scenes, and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.progress")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--scene", choices=_SCENES, action="append")
    parser.add_argument("databases", nargs="*", default=sorted(DATABASES))
    arguments = parser.parse_args()
    good = True
    with TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True) as folder:
        for database in arguments.databases:
            good &= _watch(database, Path(folder), arguments.seconds, arguments.scene or _SCENES)
    return 0 if good else 1


def _watch(database: str, folder: Path, seconds: float, scenes: list[str] | tuple[str, ...]) -> bool:
    with ExitStack() as stack:
        server = None if database == "sqlite" else stack.enter_context(running(database))
        if server is not None and database == "mysql":
            # It shows stages only if its operator has switched them on.
            run_sql(server.url, "UPDATE performance_schema.setup_consumers SET enabled = 'YES' WHERE name LIKE 'events_stages%'")
        pool = stack.enter_context(ThreadPoolExecutor(len(scenes)))
        runs = [
            pool.submit(_scene, scene, database, _address(server, scene, folder), folder / scene, seconds) for scene in scenes
        ]
        results = [one.result() for one in runs]
    return all(results)


def _address(server: Server | None, scene: str, folder: Path) -> str:
    (folder / scene).mkdir(exist_ok=True)
    if server is None:
        return f"sqlite:///{folder / scene / 'watched.db'}"
    run_sql(server.url, creation_sql(server, f"watched_{scene}"))
    return f"{server.url.rpartition('/')[0]}/watched_{scene}"


def _scene(scene: str, database: str, url: str, folder: Path, seconds: float) -> bool:
    if scene == "large":
        return _run(scene, database, url, large(url, database, folder), seconds)
    if scene == "blocked":
        return asyncio.run(_blocked(database, url, folder, seconds))
    return _run(scene, database, url, fleet(url, database, folder, seconds), seconds)


async def _blocked(database: str, url: str, folder: Path, seconds: float) -> bool:
    words = await asyncio.to_thread(blocked, url, database, folder)
    async with holding(url, database) as holder:
        return await asyncio.to_thread(_run, "blocked", database, url, words, seconds, holder)


def _run(scene: str, database: str, url: str, words: list[str], seconds: float, holder: str = "") -> bool:
    with on_a_terminal(words) as screen:
        if asked := questions(scene, database):
            with sampled(url, asked) as samples:
                stalls = _wait(screen, seconds)
        else:
            samples, stalls = [], _wait(screen, seconds)
        ended = time.monotonic()
        screen.process.send_signal(signal.SIGINT)
        code = screen.finish()
    return _judge(scene, database, screen, samples, holder, code, ended, stalls)


def _wait(screen: Screen, seconds: float) -> list[tuple[float, float]]:
    """Wait for the end; return when this process itself, which only sleeps, got no processor for a while, and for how long."""
    stalls: list[tuple[float, float]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and screen.process.poll() is None:
        before = time.monotonic()
        time.sleep(_SLEEP_SECONDS)
        if (late := time.monotonic() - before - _SLEEP_SECONDS) > _SLEEP_SECONDS:
            stalls.append((before, late))
    return stalls


def _judge(
    scene: str,
    database: str,
    screen: Screen,
    samples: list[Sample],
    holder: str,
    code: int,
    ended: float,
    stalls: list[tuple[float, float]],
) -> bool:
    times = [at for at, _ in screen.parts]
    first = times[1] - times[0] if len(times) > 1 else 0.0
    gap, at = max(((after - before, before) for before, after in pairwise(times[1:])), default=(0.0, 0.0))
    # The server undoes the last statement after the interrupt, and nobody asks it then.
    lines = [(at, line) for at, part in screen.parts if at < ended for line in _lines(part)]
    print(
        f"{database} {scene}: {times[-1] - times[0]:.0f} s, {len(lines)} lines, first after {first:.2f} s, "
        f"longest gap {gap:.2f} s (at {at - times[0]:.0f} s), exit code {code}"
    )
    # On a busy machine nothing runs for seconds, neither the command nor this program.
    stalled = sum(late for begun, late in stalls if at - late <= begun <= at + gap)
    print(f"    a process that only sleeps got no processor for {stalled:.2f} s of this gap")
    good = gap - stalled <= _MOST_SECONDS and code in (0, 130)
    for figure, slack in _SLACK.items():
        found = compare(lines, samples, figure, slack)
        if found.lines:
            print(_shown(figure, found, slack))
            good &= found.off == 0
    if scene == "blocked":
        good &= _judge_blocked(lines, holder)
    print(f"    last line: {lines[-1][1] if lines else screen.text[-300:]!r}", flush=True)
    return good


def _lines(part: str) -> list[str]:
    return [text for one in part.split("\r") if "\x1b[K" in one and (text := one.partition("\x1b[K")[0])]


def _shown(figure: str, found: Compared, slack: float) -> str:
    worst = f"\n      worst: {found.worst}" if found.worst else ""
    return f"    {figure}: {found.lines} lines compared, {found.off} off by more than {slack:g}, at most {found.most:.2f}{worst}"


def _judge_blocked(lines: list[tuple[float, str]], holder: str) -> bool:
    named = [line for _, line in lines if re.search("blocked(, perhaps)? by|held by", line)]
    wrong = [line for line in named if holder and f"process {holder} " not in line and f"connection {holder} " not in line]
    right = len(named) - len(wrong)
    print(f"    holder {holder or 'another connection'}: named in {right} of {len(lines)} lines, {len(wrong)} wrong")
    if wrong:
        print(f"      wrong: {wrong[0]}")
    return bool(named) and not wrong


if __name__ == "__main__":
    sys.exit(main())
