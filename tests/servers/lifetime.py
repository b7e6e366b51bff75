"""The lifetime of a server: its private directory, its start on a free port, and its end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from . import mariadb, mysql, postgresql, template
from .place import data_directory
from .process import Failed, end, hand_over, kill, last_lines, spawn
from .server import Server, ServerUnavailable, variable


class Engine(Protocol):
    """The contract of a database's module; `directory` is the private one of the server."""

    STOP: signal.Signals

    def install(self, directory: Path, /) -> Path: ...
    def initialise(self, programs: Path, directory: Path, log: Path) -> None: ...
    def command(self, programs: Path, directory: Path, port: int, *, durable: bool) -> list[str]: ...
    def answers(self, programs: Path, directory: Path, port: int, /) -> bool: ...
    def url(self, port: int) -> str: ...


_ENGINES: dict[str, Engine] = {"mariadb": mariadb, "mysql": mysql, "postgresql": postgresql}


class _PortTaken(ServerUnavailable):
    """Another program took the port between our asking for a free one and the server's start."""


@contextmanager
def running(database: str, *, durable: bool = False) -> Iterator[Server]:
    """A new server until the block ends, or the one that TEST_..._URL names.

    Enter it in a thread that lives as long as the block, because the server ends with the thread.
    """
    if named := os.environ.get(variable(database)):
        yield Server(database, named, None, None)
        return
    with data_directory(durable=durable) as directory:
        server = _start_first(database, directory, durable=durable)
        try:
            yield server
        finally:
            stop(server)


def start(database: str, directory: Path, port: int, *, durable: bool = False) -> Server:
    """Start a server on a data directory that is already made, and wait until it answers."""
    engine = _ENGINES[database]
    log = directory / "server.log"
    with explained(database):
        programs = engine.install(directory)
        arguments = engine.command(programs, directory, port, durable=durable)
        process = spawn(arguments, log, engine.STOP)
        try:
            wait(process, partial(engine.answers, programs, directory, port), log)
        except BaseException as error:
            end(process, engine.STOP)
            if isinstance(error, Failed) and "Address already in use" in last_lines(log):
                raise _PortTaken(database, str(error)) from error
            raise
    return Server(database, engine.url(port), process, log)


def stop(server: Server) -> None:
    """Let the server shut down, unless it belongs to the user."""
    if server.process is not None:
        end(server.process, _ENGINES[server.database].STOP)


def crash(server: Server, *, durable: bool = False) -> Server:
    """Kill the server and all its processes, and start it again on the same data and port. Stop what this returns."""
    assert server.process is not None, f"{variable(server.database)} names a server that is not ours to kill"
    assert server.log is not None
    kill(server.process)
    return start(server.database, server.log.parent, urlsplit(server.url).port or 0, durable=durable)


def _start_first(database: str, directory: Path, *, durable: bool) -> Server:
    """Make the data directory and start on a free port, which may need more than one attempt."""
    engine = _ENGINES[database]
    hand_over(directory)
    with explained(database):
        make = partial(engine.initialise, engine.install(directory), directory, directory / "initialise.log")
        template.fill(database, directory, make)
    for _ in range(4):
        try:
            return start(database, directory, free_port(), durable=durable)
        except _PortTaken:
            continue
    return start(database, directory, free_port(), durable=durable)


def wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    """Return as soon as the server answers; a server that ends, or is silent for four minutes, has failed."""
    deadline = time.monotonic() + 240
    while not answers():
        if process.poll() is not None:
            raise Failed(f"the server ended with {process.returncode}\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise Failed(f"the server gave no answer in four minutes\n{last_lines(log)}")
        time.sleep(0.05)


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def explained(database: str) -> Iterator[None]:
    """Turn every failure into an error with advice."""
    try:
        yield
    except (Failed, OSError, subprocess.SubprocessError) as error:
        raise ServerUnavailable(database, str(error)) from error
