"""Processes that are not root and do not outlive the tests: how every program of a server is run."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

# Nothing of the caller's own, such as PGDATA or LD_LIBRARY_PATH, may reach a server; messages stay in English.
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


class Failed(Exception):
    """A program failed; the message is for people."""


def is_root() -> bool:
    """Whether programs have to run as another user: PostgreSQL refuses to be root, and no server needs it."""
    return os.geteuid() == 0


def hand_over(directory: Path) -> None:
    """Give a directory and all in it to the user that the programs run as."""
    if is_root():
        nobody = pwd.getpwnam("nobody")
        for path in (directory, *directory.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def spawn(arguments: list[str], log: Path, stop: signal.Signals, stdin: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start a program that writes to the log; a session of its own keeps the terminal's Ctrl-C from it."""
    nobody = pwd.getpwnam("nobody") if is_root() else None
    with log.open("ab") as output:
        return subprocess.Popen(
            [*_leash(stop), *arguments],
            stdin=stdin or subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            env=_ENVIRONMENT,
            user=nobody and nobody.pw_uid,
            group=nobody and nobody.pw_gid,
            extra_groups=nobody and [],
            start_new_session=True,
        )


def run(arguments: list[str], log: Path, stdin: IO[bytes] | None = None) -> None:
    """Run a program to its end; raise an error if it fails."""
    process = spawn(arguments, log, signal.SIGKILL, stdin)
    try:
        process.wait(timeout=600)
    except BaseException:
        end(process, signal.SIGKILL)
        raise
    if process.returncode:
        raise Failed(f"{' '.join(arguments)} ended with {process.returncode}\n{last_lines(log)}")


def end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Ask the process to stop, and kill it if it has not done so in ten seconds."""
    process.send_signal(stop)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and the processes it has made, at once, and return when all of them are gone."""
    # Stopped first, so that it makes no more of them.
    process.send_signal(signal.SIGSTOP)
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    for pid in (process.pid, *children):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 240
    while any(map(_runs, children)):
        if time.monotonic() > deadline:
            raise Failed(f"processes {children} do not end")
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def last_lines(log: Path) -> str:
    """The end of a log, where the reason of a failure is."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def _leash(stop: signal.Signals) -> list[str]:
    """Let Linux stop the program when the thread that started it ends, because a killed test run cannot stop it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG"), "--"] if setpriv else []
