"""Lint the corpus of PostgreSQL in a process of its own: `python -m benchmarks.linting.ours [URL]` prints JSON.

Without an address, by recorded facts; else on that server. Each statement is judged on the schema before it.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.clock import run_process
from benchmarks.linting.tools import Findings
from tests.lint.corpus import load, load_reset
from tests.lint.figures import recorded_cases
from tests.lint.measured import measure_corpus
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.judging import judge
from whimbrel.url import parse_url

__all__ = ["judge_apart"]


def judge_apart(address: str) -> Findings:
    """Return the codes that lint finds, by recorded facts, or on the server at the address."""
    command = [sys.executable, "-m", "benchmarks.linting.ours", *([address] if address else [])]
    started = perf_counter()
    printed = run_process(command)
    seconds = perf_counter() - started
    return Findings({key: set(codes) for key, codes in json.loads(printed).items()}, seconds)


def _by_table() -> dict[str, set[str]]:
    return _codes({one.id: recorded_cases("postgresql", one) for one in load("postgresql")})


async def _measured(address: str) -> dict[str, set[str]]:
    with TemporaryDirectory(prefix="whimbrel-linting-") as name:
        corpus, reset = load("postgresql"), load_reset("postgresql")
        measured = await measure_corpus(parse_url(address), corpus, Path(name), reset=reset)
    return _codes(measured)


def _codes(cases: Mapping[str, Sequence[Case]]) -> dict[str, set[str]]:
    return {key: {finding.code for finding in judge(own, {})} for key, own in cases.items()}


def _main() -> None:
    found = asyncio.run(_measured(sys.argv[1])) if len(sys.argv) > 1 else _by_table()
    print(json.dumps({key: sorted(codes) for key, codes in found.items()}))


if __name__ == "__main__":
    _main()
