"""Whimbrel and its peers as their users run them: whole processes, in turn, on the same databases, in wall-clock time."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from textwrap import wrap

from benchmarks.peers.entrants import CONTENDERS, Entrants, admitted
from benchmarks.peers.place import Place, place
from benchmarks.peers.race import race
from benchmarks.peers.work import works
from benchmarks.sizes import NAMES, ROUNDS
from benchmarks.tables import Duel, Goal, Table, told

_WIDTH = 120
_NOTE = f"""\
Seconds of whole processes, the median of up to {ROUNDS} in turn; 'x' is how many times Whimbrel's time a peer takes.
Tables and rows are counted after each run. Nothing waits for the disk, except where it says durable. Not alike: alembic
commits once for all its files; its statements and aerich's are in Python, which is compiled before, and alembic cuts
nothing; dbmate and aerich send a file in one message; dbmate dumps no schema. Without checksums are alembic, yoyo,
dbmate and aerich, without a lock alembic, sqlspec, dbmate and aerich, without a journal on MySQL and MariaDB all of them.
{{versions}}"""
_Row = list[str | float | None]
_Seconds = Mapping[str, Sequence[float]]


def tables() -> Iterator[Table]:
    """Measure on each database, with the peers that can be installed."""
    entered = admitted()
    note = _NOTE.format(versions="\n".join(wrap("; ".join(entered.versions), _WIDTH)))
    names = [contender.name for contender in CONTENDERS]
    columns = ["work", *names, *(f"x {name}" for name in names[1:])]
    for database in NAMES:
        with place(database) as where:
            results, problems = _measure(entered, where)
        duels = [duel for work, seconds in results.items() for duel in duels_of(work, where.label, seconds)]
        goals = [goal for work, seconds in results.items() for goal in _goals(work, where.label, seconds)]
        rows = [_row(work, seconds) for work, seconds in results.items()]
        yield Table(f"Whimbrel and its peers on {where.label}", note, columns, rows, goals, duels, [*entered.problems, *problems])


def duels_of(work: str, database: str, seconds: _Seconds, ours: str = "Whimbrel") -> list[Duel]:
    """Return the comparisons of a work with each peer that finished it."""
    if not seconds[ours]:
        return []
    peers = [contender.name for contender in CONTENDERS[1:]]
    return [Duel(work, database, name, median(seconds[ours]), median(seconds[name])) for name in peers if seconds.get(name)]


def fastest(duels: Sequence[Duel], *, python: bool) -> Duel | None:
    """Return the comparison with the fastest of Python's peers, or of the others."""
    kinds = {contender.name: contender.python for contender in CONTENDERS}
    return min((duel for duel in duels if kinds[duel.peer] == python), key=lambda duel: duel.theirs, default=None)


def _measure(entered: Entrants, where: Place) -> tuple[dict[str, _Seconds], list[str]]:
    """Return the seconds of each contender for each work on one database, and the problems."""
    results: dict[str, _Seconds] = {}
    problems = []
    for work in works():
        runners = race(entered.found, work, where, ROUNDS)
        results[work.name] = {one.contender.name: one.fresh for one in runners}
        if work.idle:
            results[f"nothing to do, {work.name}"] = {one.contender.name: one.idle for one in runners}
        problems += [f"{work.name}, {one.contender.name} on {where.label}: {one.problem}" for one in runners if one.problem]
    return results, problems


def _goals(work: str, database: str, seconds: _Seconds) -> Iterator[Goal]:
    """Yield the wanted place: before the fastest of Python's peers."""
    found = fastest(duels_of(work, database, seconds), python=True)
    if found:
        yield Goal(f"{work}: the process, to the fastest Python peer ({found.peer})", database, 1.0, found.ours / found.theirs)


def _row(name: str, seconds: _Seconds) -> _Row:
    found = {contender: median(each) for contender, each in seconds.items() if each}
    cells = [found.get(contender.name) for contender in CONTENDERS]
    ours = cells[0]
    return told([name, *cells, *(cell / ours if cell and ours else None for cell in cells[1:])])
