"""One pending migration of four statements after a hundred applied ones: round trips, and seconds with a distant server."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from statistics import median

from benchmarks.peers import duels_of, fastest
from benchmarks.peers.contender import Job
from benchmarks.peers.entrants import admitted
from benchmarks.peers.place import Place, place
from benchmarks.peers.race import runner, shuffled
from benchmarks.peers.work import small_work
from benchmarks.pending.entries import APPLIED, Call, Entry, Floor, Process, sent_by_call, sent_by_process
from benchmarks.relay import Relay, relay
from benchmarks.sizes import NAMES, QUICK, ROUNDS
from benchmarks.tables import Duel, Goal, Table, told
from benchmarks.turns import Turns

# The highest number of round trips that we want, login and goodbye included. SQLite has none.
WANTED = {"postgresql": 10, "mysql": 14, "mariadb": 14}
# Milliseconds that each message waits on its way to the server.
LATENCIES = (0, 1, 5)
_ROUNDS = 1 if QUICK else ROUNDS
# A call is quick, and so repeated within a round.
_CALLS = 3
_BUDGET = 20.0
_CALL = "Whimbrel, the call"
_PROCESS = "Whimbrel, the process"
_NOTE = f"""\
Round trips are counted by a relay before the server: each time that the client sends after an answer is one, from the first
message of the login to the goodbye. Milliseconds are the median of up to {_ROUNDS} in turn (a call runs {_CALLS} times each),
through the relay, which delivers what the client sends 0, 1 or 5 ms later; the opening of a connection takes as long, too. A
call runs on an event loop that runs already, all else is a process from its start to its end. The bare driver sends the file in
one message, and keeps no history. The row of the pending file is checked after each run of a peer."""
_Row = list[str | float | None]


@dataclass(slots=True)
class _Result:
    turns: dict[str, Turns] = field(default_factory=dict)
    # Seconds by the delay and the name of the entry.
    seconds: dict[int, dict[str, list[float]]] = field(default_factory=dict)


def tables() -> Iterator[Table]:
    """Measure on each database, with the peers that can be installed."""
    for database in NAMES:
        with ExitStack() as stack:
            where = stack.enter_context(place(database))
            before = stack.enter_context(relay(where.admin)) if where.admin else None
            entries = _entries(where, before)
            try:
                result = _measure(entries, where, before)
            finally:
                for entry in entries:
                    where.drop(entry.database)
        yield _table(where.label, database, entries, result)


def _entries(where: Place, before: Relay | None) -> list[Entry]:
    relayed = replace(where, login=_relayed(where.login, before)) if before else where

    def job(name: str) -> Job:
        return Job(where.directory / "pending" / name, relayed.url(name), where.directory)

    floors = [
        Floor(job("bare_call"), "bare driver, the call", "bare_call", sent_by_call, is_call=True),
        Floor(job("bare_process"), "bare driver, the process", "bare_process", sent_by_process, is_call=False),
    ]
    processes = [Process(runner(contender, path, where, "pending", relayed)) for contender, path in admitted().found]
    return [Call(job("call")), floors[0], processes[0], floors[1], *processes[1:]]


def _relayed(login: str, before: Relay) -> str:
    return before.at(f"{login}/").removesuffix("/")


def _measure(entries: Sequence[Entry], where: Place, before: Relay | None) -> _Result:
    result = _Result()
    migrations = list(small_work(APPLIED).migrations)
    # Each entry numbers its own migrations: some tools take no gap.
    numbers = {entry.name: count(APPLIED + 1) for entry in entries}
    for entry in entries:
        where.empty(entry.database)
        entry.prepare(migrations)
        # The first one warms up.
        entry.step(next(numbers[entry.name]))
        if before:
            before.count()
            entry.step(next(numbers[entry.name]))
            result.turns[entry.name] = before.count()
            told([where.label, entry.name, result.turns[entry.name].trips, entry.problem])
    for latency in LATENCIES if before else LATENCIES[:1]:
        if before:
            before.delay(latency)
        found: dict[str, list[float]] = {entry.name: [] for entry in entries}
        for entry in shuffled(entries, _ROUNDS, _BUDGET):
            for _ in range(_CALLS if entry.is_call else 1):
                seconds = entry.step(next(numbers[entry.name]))
                found[entry.name] += [] if seconds is None else [seconds]
        result.seconds[latency] = found
    return result


def _table(label: str, database: str, entries: Sequence[Entry], result: _Result) -> Table:
    rows, duels = [], []
    goals = [_trips_goal(label, database, result)] if database in WANTED else []
    for latency, seconds in result.seconds.items():
        work = f"one pending at {latency} ms"
        processes = duels_of(f"{work}, the process", label, seconds, _PROCESS)
        calls = [duel for duel in duels_of(f"{work}, the call", label, seconds, _CALL) if duel.peer == "dbmate"]
        duels += [*processes, *calls]
        # Without latency, nothing is promised.
        goals += [*_goals(work, label, processes, calls)] if latency else []
    for entry in entries:
        turns = result.turns.get(entry.name)
        took = [median(found[entry.name]) * 1_000 if found[entry.name] else None for found in result.seconds.values()]
        ours = [median(found[_PROCESS]) * 1_000 if found[_PROCESS] else None for found in result.seconds.values()]
        compared = [one / our if one and our else None for one, our in zip(took, ours, strict=True)]
        missing = [None] * (len(LATENCIES) - len(took))
        counted: _Row = [turns.connections, turns.trips] if turns and not entry.problem else [None, None]
        rows.append(told([entry.name, *counted, *took, *missing, *compared, *missing]))
    problems = [f"one pending, {entry.name} on {label}: {entry.problem}" for entry in entries if entry.problem]
    title = f"One pending migration of four statements, {APPLIED} applied, on {label}"
    columns = [
        "program",
        "connections",
        "round trips",
        *(f"{one} ms" for one in LATENCIES),
        *(f"x at {one}" for one in LATENCIES),
    ]
    note = f"{_NOTE} 'x' is the ratio to Whimbrel's process."
    return Table(title, note, columns, rows, goals, duels, [*admitted().problems, *problems])


def _trips_goal(label: str, database: str, result: _Result) -> Goal:
    return Goal("one pending: round trips of the call", label, WANTED[database], result.turns[_CALL].trips)


def _goals(work: str, label: str, processes: Sequence[Duel], calls: Sequence[Duel]) -> Iterator[Goal]:
    """Yield the wanted places: the process before Python's, the call before that of the binary."""
    for name, duel in (("the process", fastest(processes, python=True)), ("the call", fastest(calls, python=False))):
        if duel:
            peer = "the fastest Python peer" if name == "the process" else "the process of the binary"
            yield Goal(f"{work}: {name}, to {peer} ({duel.peer})", label, 1.0, duel.ours / duel.theirs)
