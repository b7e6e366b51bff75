"""MySQL from Debian unstable, the only suite that has it, and what it shares with MariaDB."""

import signal
import socket
from pathlib import Path

from . import debian
from .process import run

STOP = signal.SIGTERM

# Nothing here survives a power cut, which no test causes: DDL takes half the time.
FAST = [
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--skip-log-bin",
]


def install(_directory: Path) -> Path:
    """The programs, from the cache."""
    return debian.install("mysql-sid", ["sid"], ["mysql-server-core", "mysql-client-core"])


def initialise(programs: Path, directory: Path, log: Path) -> None:
    """Make the data directory, with a root that has no password."""
    run([*_mysqld(programs, directory), *FAST, f"--tmpdir={directory}", "--initialize-insecure"], log)


def command(programs: Path, directory: Path, port: int, *, durable: bool) -> list[str]:
    """The server's command line."""
    own = ["--mysqlx=OFF", "--secure-file-priv=NULL", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"]
    return [*_mysqld(programs, directory), *network(directory, port), *own, *([] if durable else FAST)]


def answers(_programs: Path, directory: Path, _port: int) -> bool:
    """Whether the server greets on its private socket, which it opens after the port. The port might belong to another server."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        try:
            client.connect(f"{directory}/socket")
            greeting = client.recv(5)
        except OSError:
            return False
    return greeting[4:] == b"\x0a"  # after four bytes of header, the version of the protocol


def url(port: int) -> str:
    """The superuser's URL."""
    return f"mysql://root@127.0.0.1:{port}/mysql"


def network(directory: Path, port: int) -> list[str]:
    """Options of a running server; asynchronous I/O is off because its kernel-wide quota can be used up by others."""
    return [
        "--bind-address=127.0.0.1",
        f"--port={port}",
        f"--socket={directory}/socket",
        f"--tmpdir={directory}",
        "--max-connections=300",
        "--innodb-buffer-pool-size=128M",
        "--innodb-use-native-aio=OFF",
    ]


def _mysqld(programs: Path, directory: Path) -> list[str]:
    program = debian.command(programs, "usr/sbin/mysqld")
    return [*program, "--no-defaults", f"--basedir={programs}/usr", f"--datadir={directory}/data"]
