"""Processes that migrate: begun one by one, let go at the same moment."""

import subprocess
import sys
from collections.abc import Sequence

from tests.files import ROOT

Process = subprocess.Popen[str]


def begin(url: str, folder: str) -> Process:
    """A process that is about to migrate; several of them import at the same time."""
    command = [sys.executable, "-m", "tests.starter", "migrate", "--url", url, "--json", "--sql", folder]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def let_go(*processes: Process) -> None:
    """Wait until all are ready, then let all migrate."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def finish(processes: Sequence[Process], *, within: float = 120) -> list[str]:
    """Wait for all of them to end and return what each said; what does not end in time is killed and an error."""
    try:
        return ["".join(process.communicate(timeout=within)) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
