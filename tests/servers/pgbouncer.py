"""PgBouncer from Debian 12 in front of a running PostgreSQL: it lends one of a few servers for a transaction at a time."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from . import debian
from .lifetime import explained, free_port, wait
from .process import Failed, end, hand_over, spawn
from .server import Server, variable

_NAME = "pgbouncer"

# All clients share three server sessions, and a client gets another one for its next transaction. The settings of connect_query
# hold for all of them.
_CONFIGURATION = """\
[databases]
* = host={host} port={postgresql} user={user} connect_query='SET work_mem TO 7777'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir = {directory}
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
server_round_robin = 1
"""


@contextmanager
def in_front_of(server: Server) -> Iterator[Server]:
    """A pooler until the block ends, or the one that TEST_PGBOUNCER_URL names, which must have the same server behind it.

    Enter it in a thread that lives as long as the block.
    """
    if named := os.environ.get(variable(_NAME)):
        yield Server(_NAME, named, None, None)
        return
    with TemporaryDirectory(prefix="whimbrel-", dir="/tmp", ignore_cleanup_errors=True) as name:
        directory, port = Path(name), free_port()
        log = directory / "server.log"
        with explained(_NAME):
            program = debian.command(_install(), "usr/sbin/pgbouncer")
            (directory / "pgbouncer.ini").write_text(_configuration(server, directory, port))
            hand_over(directory)
            process = spawn([*program, f"{directory}/pgbouncer.ini"], log, signal.SIGTERM)
        try:
            with explained(_NAME):
                wait(process, lambda: _answers(directory, port), log)
            yield Server(_NAME, f"postgresql://postgres@127.0.0.1:{port}/postgres", process, log)
        finally:
            end(process, signal.SIGTERM)  # at once; SIGINT would wait for the clients


def _install() -> Path:
    return debian.install("pgbouncer-bookworm", ["bookworm", "bookworm-security"], ["pgbouncer"])


def _configuration(server: Server, directory: Path, port: int) -> str:
    parts = urlsplit(server.url)
    if parts.password:
        raise Failed("a pooler in front of a server with a password has to be made by hand")
    user = parts.username or "postgres"
    return _CONFIGURATION.format(host=parts.hostname, postgresql=parts.port or 5432, user=user, port=port, directory=directory)


def _answers(directory: Path, port: int) -> bool:
    """Whether the pooler listens on its private socket, which it opens together with the port. The port might belong to another
    program.
    """
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(f"{directory}/.s.PGSQL.{port}") == 0
