"""The process from which others are forked. It has imported the library, the drivers, the servers and the application.

It runs as a module, with the number of a socket whose other end belongs to the tests. The nursery ends when the tests close it.
"""

import array
import atexit
import gc
import os
import pickle
import runpy
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import NoReturn

from tests.warm.birth import WORD, Birth

_PRELOADED = ["uvicorn.main", "uvicorn.lifespan.on", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"]
_PRELOADED += ["starlette.applications", "starlette.middleware", "starlette.responses", "starlette.routing"]
_PRELOADED += ["rich.table", "argon2", "fastapi", "fastapi.responses", "application.app", "tests.faults.processes"]
_DRIVERS = ["aiosqlite", "asyncpg", "aiomysql"]


def _import_everything() -> None:
    """Import what processes of the tests import. Some environments lack drivers on purpose."""
    whimbrel = import_module("whimbrel")
    programs = {"whimbrel.__main__", "whimbrel.testing"}
    library = [one.name for one in walk_packages(whimbrel.__path__, "whimbrel.") if one.name not in programs]
    for name in [*_DRIVERS, *library, *_PRELOADED]:
        with suppress(ModuleNotFoundError):
            import_module(name)


def _serve(control: socket.socket) -> Birth:
    """Fork a child for each request and report its end. Return only in a child, with its order."""
    children: dict[int, tuple[int, socket.socket]] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in children:
                poll.unregister(descriptor)
                _report(descriptor, *children.pop(descriptor))
                continue
            _, passed, _, _ = control.recvmsg(1, socket.CMSG_SPACE(4 * array.array("i").itemsize))
            if not passed:
                sys.exit()
            status, *streams = array.array("i", passed[0][2])
            mouth = socket.socket(fileno=status)
            with mouth.makefile("rb") as order:
                birth: Birth = pickle.load(order)
            child = os.fork()
            if child == 0:
                for own in (control, mouth, *(other for _, other in children.values())):
                    own.detach()
                _become_a_process(streams)
                return birth
            for stream in streams:
                os.close(stream)
            mouth.sendall(WORD.pack(child))
            descriptor = os.pidfd_open(child)
            children[descriptor] = child, mouth
            poll.register(descriptor, select.POLLIN)


def _report(descriptor: int, child: int, mouth: socket.socket) -> None:
    """Send the exit status of a child that has ended, unless nobody waits for it any more."""
    os.close(descriptor)
    status = os.waitpid(child, 0)[1]
    with mouth, suppress(OSError):
        mouth.sendall(WORD.pack(status))


def _become_a_process(streams: list[int]) -> None:
    """Take the standard streams, and close everything of the nursery's."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(line_buffering=output is sys.stderr or os.isatty(output.fileno()))  # type: ignore[union-attr]
    gc.enable()


def _run(birth: Birth, path: list[str]) -> None:
    """Do what the interpreter does with these arguments."""
    os.chdir(birth.directory)
    os.environ.clear()
    os.environ.update(birth.environment)
    time.tzset()
    added = os.environ.get("PYTHONPATH")
    path = [*(added.split(":") if added else []), *path]
    match birth.arguments:
        case ["-m", module, *rest]:
            sys.path[:], sys.argv[:] = [birth.directory, *path], [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *rest]:
            sys.path[:], sys.argv[:] = ["", *path], ["-c", *rest]
            sys.modules["__main__"] = program = ModuleType("__main__")
            exec(compile(code, "<string>", "exec"), program.__dict__)
        case [script, *rest]:
            sys.path[:], sys.argv[:] = [str(Path(script).parent), *path], [script, *rest]
            runpy.run_path(script, run_name="__main__")


def main() -> None:
    """Import everything, then serve. In a child, run its program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the tests, which close the socket
    gc.disable()
    _import_everything()
    gc.freeze()
    birth = _serve(socket.socket(fileno=int(sys.argv[1])))
    try:
        _run(birth, sys.path[1:])
        code = 0
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    _end(code)


def _end(code: int) -> NoReturn:
    """Do what Python does at its end, except for freeing each module, which takes 0.1 s with so many."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
