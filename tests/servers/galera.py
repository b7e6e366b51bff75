"""A Galera cluster of MariaDB from Debian 12: all nodes run on this machine, and rsync copies the first one to the others."""

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pymysql

from . import debian, mariadb
from .lifetime import wait
from .process import Failed, end, hand_over, spawn
from .server import Server

# Has the scripts of the state transfer, and depends on all that they call.
_PACKAGES = ["mariadb-server"]
_SCRIPTS = ["usr/bin/wsrep_sst_rsync", "usr/bin/wsrep_sst_common"]
_PROGRAMS = ["usr/bin/rsync", "usr/bin/my_print_defaults", "bin/ss", "bin/ps"]


@contextmanager
def cluster(nodes: int) -> Iterator[list[Server]]:
    """A new cluster until the block ends. If one of two nodes dies, the other stops; if one of three dies, two continue.

    Enter it in a thread that lives as long as the block, because the nodes end with the thread.
    """
    programs = debian.install("galera-bookworm", ["bookworm", "bookworm-security"], _PACKAGES)
    with ExitStack() as stack:
        try:
            servers = _start_all(programs, stack, nodes)
        except Failed:
            # Another process may have taken one of its many ports meanwhile.
            stack.close()
            servers = _start_all(programs, stack, nodes)
        yield servers


def _start_all(programs: Path, stack: ExitStack, nodes: int) -> list[Server]:
    """Start the nodes one after the other, each with the state of the earlier ones; the stack ends them."""
    directory = Path(stack.enter_context(TemporaryDirectory(prefix="whimbrel-", dir="/tmp", ignore_cleanup_errors=True)))
    base = _base(programs, directory)
    # The ports for clients, for the group, and for the two kinds of state transfer.
    ports = list(zip(*[iter(_free_ports(4 * nodes))] * 4, strict=True))
    group = "gcomm://" + ",".join(f"127.0.0.1:{own[1]}" for own in ports)
    hand_over(directory)
    servers = []
    for number, own in enumerate(ports):
        home = directory / f"node{number}"
        home.mkdir()
        hand_over(home)
        if number == 0:
            mariadb.initialise(programs, home, home / "initialise.log")
        command = mariadb.command(programs, home, own[0], durable=False)
        command += _options(programs, base, own, group, first=number == 0)
        servers.append(_start(command, home, own[0], stack))
    return servers


def _base(programs: Path, directory: Path) -> Path:
    """Return the root of the server's installation: it looks for the scripts of the state transfer in its bin."""
    base = directory / "usr"
    debian.callable_by_name(programs, _PROGRAMS, _SCRIPTS, base / "bin")
    (base / "share").symlink_to(programs / "usr/share")
    return base


def _start(command: list[str], home: Path, port: int, stack: ExitStack) -> Server:
    """Start one node and wait until it is one of the group."""
    (home / "data").mkdir(exist_ok=True)
    hand_over(home)
    log = home / "server.log"
    process = spawn(command, log, mariadb.STOP)
    stack.callback(end, process, signal.SIGKILL)
    try:
        wait(process, partial(_is_ready, home), log)
    except Failed as failure:
        # The reason is above the last lines of a long log.
        errors = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
        raise Failed("\n".join([str(failure), *errors])) from None
    return Server("mariadb", mariadb.url(port), process, log)


def _options(programs: Path, base: Path, ports: tuple[int, ...], group: str, *, first: bool) -> list[str]:
    """Return the options that make a server a node."""
    _, communication, incremental, whole = ports
    provider = {
        "base_host": "127.0.0.1",
        "base_port": communication,
        "gmcast.listen_addr": f"tcp://127.0.0.1:{communication}",
        "ist.recv_addr": f"127.0.0.1:{incremental}",
        "gcache.size": "16M",
        # The group notices a killed node after three seconds instead of five.
        "evs.keepalive_period": "PT0.5S",
        "evs.suspect_timeout": "PT3S",
    }
    return [
        f"--basedir={base}",
        "--wsrep-on=ON",
        f"--wsrep-provider={programs}/usr/lib/galera/libgalera_smm.so",
        f"--wsrep-provider-options={';'.join(f'{name}={value}' for name, value in provider.items())}",
        f"--wsrep-cluster-address={group}",
        "--wsrep-node-address=127.0.0.1",
        "--wsrep-sst-method=rsync",
        f"--wsrep-sst-receive-address=127.0.0.1:{whole}",
        "--binlog-format=ROW",
        "--innodb-autoinc-lock-mode=2",
        *(["--wsrep-new-cluster"] if first else []),
    ]


def _is_ready(home: Path) -> bool:
    """Ask on the node's private socket whether it has the state of the others and accepts writes."""
    if not (home / "socket").exists():
        return False
    try:
        with pymysql.connect(unix_socket=str(home / "socket"), user="root") as connection, connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'wsrep_ready'")
            return cursor.fetchone() == ("wsrep_ready", "ON")
    except pymysql.OperationalError:
        return False


def _free_ports(count: int) -> list[int]:
    """Ports that are free at this moment."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
