"""Processes that migrate: begun one by one, let go at the same moment.

Run as a module this is one of them: it imports, waits for a line on its input, then runs the command line it is given.
"""

import subprocess
import sys
from collections.abc import Sequence

from tests.files import ROOT
from tests.patience import PATIENCE
from tests.warm import warm
from whimbrel.cli import main
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

Process = subprocess.Popen[str]


def begin(url: str, folder: str, *verb: str) -> Process:
    """A process that is about to migrate, or to run another `verb`; several of them import at the same time."""
    arguments = ["-m", "tests.faults.processes", *(verb or ("migrate",)), "--url", url, "--json", "--sql", folder]
    pipe = subprocess.PIPE
    return warm(*arguments, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)


def let_go(*processes: Process) -> None:
    """Wait until all are ready, then let all migrate."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def finish(processes: Sequence[Process], *, within: float = PATIENCE) -> list[str]:
    """Wait for all of them to end, and return the output of each. A process that does not end in time is killed, which is an
    error.
    """
    try:
        return ["".join(process.communicate(timeout=within)) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    find_dialect(parse_url(sys.argv[sys.argv.index("--url") + 1]))
    print("ready", flush=True)
    sys.stdin.readline()
    sys.exit(main(sys.argv[1:]))
