"""The tests' side: a process as `subprocess.Popen` gives it, except that the nursery forks it."""

import array
import atexit
import os
import pickle
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.files import ROOT

from .birth import WORD, Birth


class WarmProcess(subprocess.Popen[str]):
    """A Python process forked from the nursery. Its arguments begin with sys.executable, then a module or a program.

    Only the fork, and the wait for the exit status, differ from Popen, so pipes, signals and exit codes are the same.
    """

    pid: int
    _status: socket.socket

    def _execute_child(self, args: Sequence[str], *rest: Any) -> None:
        """Let the nursery fork the child, with the ends of the pipes that Popen has made for it."""
        cwd, env = rest[4], rest[5]
        pipes: tuple[int, ...] = rest[9:15]
        streams = [own if own != -1 else number for number, own in enumerate((pipes[0], pipes[3], pipes[5]))]
        environment = dict(os.environ if env is None else env)
        _refuse_other_interpreters(args, environment)
        birth = Birth(list(args[1:]), str(cwd or Path.cwd()), environment)
        self._status, theirs = socket.socketpair()
        with theirs:
            descriptors = array.array("i", [theirs.fileno(), *streams])
            _nursery().sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        self._status.sendall(pickle.dumps(birth))
        self.pid = _receive(self._status)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _try_wait(self, flags: int) -> tuple[int, int]:
        """Return the process id and status as os.waitpid does; the nursery has waited, being the parent."""
        if flags & os.WNOHANG and not select.select([self._status], [], [], 0)[0]:
            return 0, 0
        with self._status:
            return self.pid, _receive(self._status)

    def _internal_poll(self, _deadstate: int | None = None, **_kept: object) -> int | None:
        """Collect the exit status if it is there."""
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid:
                        self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def warm(*words: str, **options: Any) -> WarmProcess:
    """Start `python` with these words, and the options of Popen."""
    return WarmProcess([sys.executable, *words], text=True, **options)


def _read_at_start(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a Python interpreter reads when it starts. PYTHONPATH is applied after the fork too."""
    return {name: value for name, value in variables.items() if name.startswith("PYTHON") and name != "PYTHONPATH"}


# Read before any test can change them.
_OF_THE_NURSERY = _read_at_start(os.environ)


def _refuse_other_interpreters(args: Sequence[str], environment: dict[str, str]) -> None:
    """Raise ValueError for a process that a fork of the nursery would not equal."""
    if args[0] != sys.executable or _read_at_start(environment) != _OF_THE_NURSERY:
        raise ValueError(f"{args} needs an interpreter of its own: use subprocess")


@cache
def _nursery() -> socket.socket:
    """Start the nursery of this process of the tests, and return the socket for orders."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "tests.warm.nursery", str(theirs.fileno())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | _OF_THE_NURSERY
        process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _receive(status: socket.socket) -> int:
    """Receive one number from the nursery."""
    received = status.recv(WORD.size, socket.MSG_WAITALL)
    if len(received) < WORD.size:
        raise ChildProcessError("the nursery ended before its child")
    number: int = WORD.unpack(received)[0]
    return number
