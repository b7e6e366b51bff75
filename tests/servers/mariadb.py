"""MariaDB from Debian 12, which stays on the long-term series 10.11."""

import signal
from pathlib import Path

from . import debian, mysql
from .mysql import answers
from .process import hand_over, run

__all__ = ["STOP", "answers", "command", "initialise", "install", "url"]

STOP = signal.SIGTERM

_FAST = [*mysql.FAST, "--debug-no-sync"]

_SCRIPTS = [
    "mysql_system_tables",
    "mysql_performance_tables",
    "mysql_system_tables_data",
    "fill_help_tables",
    "maria_add_gis_sp_bootstrap",
    "mysql_sys_schema",
]


def install(_directory: Path) -> Path:
    """The programs, from the cache."""
    suites = ["bookworm", "bookworm-security"]
    return debian.install("mariadb-bookworm", suites, ["mariadb-server-core", "mariadb-client-core"])


def initialise(programs: Path, directory: Path, log: Path) -> None:
    """Make the data directory as mariadb-install-db does, which cannot call a server through a loader."""
    data = directory / "data"
    data.mkdir()
    hand_over(data)
    bootstrap = directory / "bootstrap.sql"
    scripts = [(programs / f"usr/share/mysql/{name}.sql").read_bytes() for name in _SCRIPTS]
    # Without a socket user, root gets an empty password and not an authentication by the system's user name.
    bootstrap.write_bytes(b"create database mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n" + b"".join(scripts))
    # Servers that start at the same time delete each other's files in a directory that they share.
    options = ["--bootstrap", f"--tmpdir={directory}", "--enforce-storage-engine=", "--log-warnings=0", "--max-allowed-packet=8M"]
    with bootstrap.open("rb") as statements:
        run([*_mariadbd(programs, directory), *_FAST, *options], log, statements)


def command(programs: Path, directory: Path, port: int, *, durable: bool) -> list[str]:
    """The server's command line; unlike MySQL, it can only confine the reading of files, not forbid it."""
    own = [f"--secure-file-priv={directory}"]
    return [*_mariadbd(programs, directory), *mysql.network(directory, port), *own, *([] if durable else _FAST)]


def url(port: int) -> str:
    """The superuser's URL."""
    return f"mariadb://root@127.0.0.1:{port}/mysql"


def _mariadbd(programs: Path, directory: Path) -> list[str]:
    program = debian.command(programs, "usr/sbin/mariadbd")
    return [*program, "--no-defaults", f"--basedir={programs}/usr", f"--datadir={directory}/data"]
