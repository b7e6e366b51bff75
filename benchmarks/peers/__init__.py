"""Whimbrel and its peers as their users run them: whole processes, in turn, on the same databases, in wall-clock time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from textwrap import wrap

from benchmarks.peers.contender import WHIMBREL, Contender
from benchmarks.peers.environments import EnvironmentUnavailable
from benchmarks.peers.place import Place, place
from benchmarks.peers.python_files import AERICH, ALEMBIC
from benchmarks.peers.race import race
from benchmarks.peers.sql_files import DBLIFT, DBMATE, SQLSPEC, YOYO
from benchmarks.peers.work import works
from benchmarks.sizes import NAMES, ROUNDS
from benchmarks.tables import Table

CONTENDERS = (WHIMBREL, ALEMBIC, YOYO, DBLIFT, SQLSPEC, DBMATE, AERICH)
_WIDTH = 120
_NOTE = f"""\
Seconds of whole processes, the median of {ROUNDS} in turn (3 above 20 s); 'x' is how many times Whimbrel's time a peer takes.
Tables and rows are counted after each run. Nothing waits for the disk, except where it says durable. Not alike: alembic
commits once for all its files; its statements and aerich's are in Python, which is compiled in the first round, and alembic
cuts nothing; dbmate and aerich send a file in one message; dbmate dumps no schema. Without checksums are alembic, yoyo,
dbmate and aerich, without a lock alembic, sqlspec, dbmate and aerich, without a journal on MySQL and MariaDB all of them.
{{versions}}"""
_Row = list[str | float | None]


def tables() -> Iterator[Table]:
    """Measure on each database, with the peers that can be installed."""
    entrants: list[tuple[Contender, Path]] = []
    versions = []
    for contender in CONTENDERS:
        try:
            environment = contender.obtain()
        except EnvironmentUnavailable as error:
            versions.append(f"{contender.name} could not be had: {str(error).splitlines()[0]}")
        else:
            entrants.append((contender, environment.programs))
            versions.append(environment.told)
    names = [contender.name for contender in CONTENDERS]
    columns = ["work", *names, *(f"x {name}" for name in names[1:])]
    for database in NAMES:
        with place(database) as where:
            rows, problems = _measure(entrants, where)
        note = _NOTE.format(versions="\n".join([*wrap("; ".join(versions), _WIDTH), *problems]))
        yield Table(f"Whimbrel and its peers on {where.label}", note, columns, rows)


def _measure(entrants: Sequence[tuple[Contender, Path]], where: Place) -> tuple[list[_Row], list[str]]:
    """Return the rows of one database, and what went wrong."""
    rows: list[_Row] = []
    problems = []
    for work in works():
        runners = race(entrants, work, where, ROUNDS)
        rows.append(_row(work.name, {runner.contender.name: runner.fresh for runner in runners}))
        if work.idle:
            rows.append(_row(f"nothing to do, {work.name}", {runner.contender.name: runner.idle for runner in runners}))
        problems += [f"{work.name}, {runner.contender.name}: {runner.problem}" for runner in runners if runner.problem]
    return rows, problems


def _row(name: str, seconds: dict[str, list[float]]) -> _Row:
    found = {contender: median(each) for contender, each in seconds.items() if each}
    cells = [found.get(contender.name) for contender in CONTENDERS]
    ours = cells[0]
    return [name, *cells, *(cell / ours if cell and ours else None for cell in cells[1:])]
