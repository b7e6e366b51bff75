"""The other linters: where they come from, what each gets, and how its answer is read.

Each gets a file with the statement alone, since a table that the same file makes is no danger to them. They are told what a
file does not say: PostgreSQL 18, and whether a transaction is around it.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.linting.rules import UNREADABLE
from benchmarks.peers.environments import Environment, npm_script, pypi
from benchmarks.peers.sql_files import DBLIFT
from tests.lint.corpus import Labelled

__all__ = ["TOOLS", "Findings", "Tool"]


class Findings(NamedTuple):
    """The rules that a linter names, by the ids of statements, and the seconds of its processes."""

    rules: Mapping[str, set[str]]
    seconds: float


class Tool(NamedTuple):
    """A linter. `ask` takes the folder of its programs, statements, and an empty folder."""

    name: str
    obtain: Callable[[], Environment]
    ask: Callable[[Path, Sequence[Labelled], Path], Findings]


class _Unreadable(Exception):
    """A linter gives no answer, because it cannot read one of its files."""


def _squawk(programs: Path, corpus: Sequence[Labelled], folder: Path) -> Findings:
    """One process for the files in a transaction, and one for the others."""
    found: list[tuple[str, str]] = []
    seconds = 0.0
    for transaction in (True, False):
        files = _write([one for one in corpus if one.transaction is transaction], folder)
        if files:
            assumed = ["--assume-in-transaction"] if transaction else ["--no-assume-in-transaction"]
            options = ["--reporter=json", "--pg-version=18.0", "--include=prefer-repack", *assumed]
            answer, took = _run([str(programs / "squawk"), *options, *files], folder)
            found += [(one["file"], one["rule_name"]) for one in answer]
            seconds += took
    return Findings(_by_id(found), seconds)


def _pgfence(programs: Path, corpus: Sequence[Labelled], folder: Path) -> Findings:
    """One process for all files that it can read: one file with an error ends the whole run, and is not named."""
    # It has no option for a transaction around the file, but looks for BEGIN.
    files = _write(corpus, folder, transaction="BEGIN;\n{}COMMIT;\n")
    command = [str(programs / "pgfence"), "analyze", "--output=json", "--format=sql", "--min-pg-version=18"]
    unreadable: list[str] = []
    try:
        answer, seconds = _run([*command, *files], folder)
    except _Unreadable:
        unreadable = [file for file in files if not _is_readable([*command, file], folder)]
        answer, seconds = _run([*command, *(file for file in files if file not in unreadable)], folder)
    found = [(one["filePath"], rule) for one in answer["results"] for rule in _pgfence_rules(one)]
    return Findings(_by_id([*found, *((file, UNREADABLE) for file in unreadable)]), seconds)


def _pgfence_rules(result: Mapping[str, Any]) -> Iterator[str]:
    for one in result["checks"]:
        if one["risk"] not in ("SAFE", "LOW"):
            yield one["ruleId"]
    for one in result["policyViolations"]:
        yield one["ruleId"]


def _dblift(programs: Path, corpus: Sequence[Labelled], folder: Path) -> Findings:
    """One process for all files."""
    files = _write(corpus, folder)
    command = [str(programs / "dblift"), "validate-sql", "--dialect=postgresql", "--format=json", "--files", *files]
    answer, seconds = _run(command, folder)
    found = [(script["script"], rule) for script in answer["scripts"] for rule in _dblift_rules(script)]
    return Findings(_by_id(found), seconds)


def _dblift_rules(script: Mapping[str, Any]) -> Iterator[str]:
    for one in script["findings"]:
        yield one["code"]
    if script["errors"]:
        yield UNREADABLE


def _sqlfluff(programs: Path, corpus: Sequence[Labelled], folder: Path) -> Findings:
    """One process for all files."""
    command = [str(programs / "sqlfluff"), "lint", "--dialect=postgres", "--format=json", "--disable-progress-bar"]
    answer, seconds = _run([*command, *_write(corpus, folder)], folder)
    return Findings(_by_id([(one["filepath"], each["code"]) for one in answer for each in one["violations"]]), seconds)


def _write(corpus: Sequence[Labelled], folder: Path, *, transaction: str = "{}") -> list[str]:
    """Write a file for each statement. `transaction` is around those that run in one."""
    files = []
    for number, one in enumerate(corpus, 1):
        file = folder / f"V{number}__{one.id}.sql"
        text = one.sql.strip() if one.sql.endswith("\\.\n") else one.sql.strip().removesuffix(";") + ";"
        file.write_text((transaction if one.transaction else "{}").replace("{}", text + "\n"), encoding="utf-8")
        files.append(str(file))
    return files


def _by_id(found: Sequence[tuple[str, str]]) -> dict[str, set[str]]:
    rules: dict[str, set[str]] = {}
    for file, rule in found:
        rules.setdefault(Path(file).stem.partition("__")[2], set()).add(rule)
    return rules


def _is_readable(command: Sequence[str], folder: Path) -> bool:
    try:
        _run(command, folder)
    except _Unreadable:
        return False
    return True


def _run(command: Sequence[str], folder: Path) -> tuple[Any, float]:
    """Return the JSON that a linter prints, and the seconds of its process. Its exit code only says that it found something."""
    started = perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    seconds = perf_counter() - started
    try:
        return json.loads(done.stdout), seconds
    except ValueError:
        raise _Unreadable(done.stderr.decode(errors="replace")[-500:]) from None


TOOLS = (
    Tool("squawk", pypi("squawk-cli", "2.70.0"), _squawk),
    Tool("pgfence", npm_script("@flvmnt/pgfence", "0.1.5", "pgfence"), _pgfence),
    Tool("dblift", DBLIFT.obtain, _dblift),
    Tool("sqlfluff", pypi("sqlfluff", "4.5.0"), _sqlfluff),
)
