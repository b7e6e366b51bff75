"""The clients and dump tools of MySQL and MariaDB, run as their users run them, and servers' addresses for them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.conftest import run_sql
from tests.servers import debian
from whimbrel.url import parse_url

__all__ = ["UNDER_TEST", "backup", "database_of", "dump", "empty", "run_client"]

# The databases of this kind that the run is for.
UNDER_TEST = [name for name in ("mysql", "mariadb") if name in os.environ.get("DATABASES", "sqlite").split(",")]

_number = count(1)
_WITH_EVERYTHING = ["--routines", "--triggers", "--events"]
# A tree of its own for MariaDB: the server's tests need no dump tool.
_PACKAGES = {
    "mysql": ("mysql-sid", ["sid"], ["mysql-server-core", "mysql-client-core"]),
    "mariadb": ("mariadb-client-bookworm", ["bookworm", "bookworm-security"], ["mariadb-client"]),
}
_DUMP = {
    # Other tests of this server use GTIDs, which a dump would claim for the database that it is loaded into.
    "mysql": ["mysqldump", *_WITH_EVERYTHING, "--no-tablespaces", "--set-gtid-purged=OFF"],
    "mariadb": ["mariadb-dump", *_WITH_EVERYTHING],
}


@contextmanager
def empty(admin: str) -> Iterator[str]:
    """The address of an empty database, until the block ends."""
    name = f"oracle_{os.getpid()}_{next(_number)}"
    run_sql(admin, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield f"{admin.rpartition('/')[0]}/{name}"
    finally:
        run_sql(admin, f"DROP DATABASE {name}")


def database_of(url: str) -> str:
    """The database's name in an address."""
    return url.rpartition("/")[2]


def run_client(database: str, url: str, script: str) -> None:
    """Feed a script to the database's own client, with options that keep comments and newlines."""
    options = ["--binary-mode", "--comments", "--default-character-set=utf8mb4", database_of(url)]
    _run(database, url, "mysql" if database == "mysql" else "mariadb", options, script)


def dump(database: str, url: str, *extra: str) -> str:
    """Return the dump of the database's own tool, without Whimbrel's tables and the lines with a time."""
    name = database_of(url)
    program, *options = _DUMP[database]
    own = ("whimbrel_history", "whimbrel_journal", "whimbrel_model", "whimbrel_identity")
    ours = [f"--ignore-table={name}.{table}" for table in own]
    return _run(database, url, program, ["--skip-dump-date", *options, *extra, *ours, name], "")


def backup(database: str, url: str) -> str:
    """Return the dump of the database's own tool, Whimbrel's tables included."""
    program, *options = _DUMP[database]
    return _run(database, url, program, [*options, database_of(url)], "")


def _run(database: str, url: str, program: str, options: list[str], text: str) -> str:
    tree = debian.install(*_PACKAGES[database])
    parsed = parse_url(url)
    user = [f"--user={parsed.user}", *([f"--password={parsed.password.reveal()}"] if parsed.password else [])]
    address = ["--no-defaults", f"--host={parsed.host}", f"--port={parsed.port or 3306}", "--protocol=tcp", *user]
    command = [*debian.command(tree, f"usr/bin/{program}"), *address, *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    # MariaDB prints the bytes of a binary default as they are.
    return done.stdout.decode(errors="surrogateescape")
