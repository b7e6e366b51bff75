"""Run the real tools on a database. Each class writes the project's files, applies them with its tool, and returns the tool's
version.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.adoption import installed
from tests.adoption.alembic_project import REVISIONS, alembic_files
from tests.adoption.django_project import MIGRATIONS, django_files
from tests.adoption.written import SQL_TOOLS, files
from tests.servers import debian

__all__ = ["REAL", "run_tool"]

# The tool's own tables.
TABLES = {
    "alembic": ("alembic_version",),
    "dbmate": ("schema_migrations",),
    "django": ("django_migrations",),
    "liquibase": ("DATABASECHANGELOG", "DATABASECHANGELOGLOCK"),
    "node-pg-migrate": ("pgmigrations",),
    "sql-migrate": ("gorp_migrations",),
    "yoyo": ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock"),
}


class Place:
    """A folder to work in, the database, and the programs."""

    def __init__(self, folder: Path, url: str, cache: Path) -> None:
        self.folder, self.url, self.cache = folder, url, cache
        self.database = url.partition(":")[0]
        self.parts = urlsplit(url)
        self.name = self.parts.path[1:]
        # The SQL that tools print for migrations in Python.
        self.offline: dict[str, str] = {}

    def write(self, files: dict[str, str]) -> None:
        """Write the files of the project."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def program(self, *arguments: str, quiet: bool = False, **environment: str) -> str:
        """Run a program in the folder and return what it printed; `quiet` leaves out its log."""
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr or ''}")
        return done.stdout

    def python(self, program: str) -> str:
        """Return the path of a program of the Python tools."""
        return str(installed.python_tools(self.cache) / program)

    def version(self, package: str) -> str:
        """Return the version of a package of the Python tools."""
        question = f"from importlib.metadata import version; print(version('{package}'))"
        return self.program(self.python("python"), "-c", question).strip()

    def address(self, postgresql: str, mysql: str, sqlite: str) -> str:
        """Return the address with the scheme that a tool expects."""
        if self.database == "sqlite":
            return f"{sqlite}{self.name}"
        scheme = postgresql if self.database == "postgresql" else mysql
        return f"{scheme}://{self.parts.netloc}/{self.name}"


def _dbmate(place: Place) -> str:
    program = place.python("dbmate")
    address = place.address("postgres", "mysql", "sqlite:") + ("?sslmode=disable" if place.database == "postgresql" else "")
    place.program(program, "--url", address, "--migrations-dir", "migrations", "--no-dump-schema", "up")
    return place.program(program, "--version").split()[-1]


def _yoyo(place: Place) -> str:
    address = place.address("postgresql+psycopg", "mysql", "sqlite:///")
    place.program(place.python("yoyo"), "apply", "--batch", "--no-config-file", "--database", address, "migrations")
    return place.version("yoyo-migrations")


def _liquibase(place: Place) -> str:
    modules = installed.node_modules(place.cache)
    inside = modules / "liquibase" / "dist" / "liquibase" / "internal" / "lib"
    path = f"{inside}/*:{installed.slf4j()}"
    address = f"jdbc:sqlite:{place.name}"
    if place.database != "sqlite":
        scheme = "postgresql" if place.database == "postgresql" else "mariadb"
        address = f"jdbc:{scheme}://{place.parts.hostname}:{place.parts.port}/{place.name}"
    java = ["java", "-cp", path, "liquibase.integration.commandline.LiquibaseCommandLine"]
    options = [f"--url={address}", "--changelog-file=changelog.yaml"]
    if place.parts.username:
        options += [f"--username={place.parts.username}", "--password="]
    included = "\n".join(f"  - include:\n      file: {name}" for name in sorted(files("liquibase", place.database)))
    (place.folder / "migrations" / "changelog.yaml").write_text(f"databaseChangeLog:\n{included}\n")
    place.program(*java, f"--search-path={place.folder / 'migrations'}", "update", *options)
    return next(line for line in place.program(*java, "--version").splitlines() if "Liquibase Version" in line).split()[-1]


def _node_pg_migrate(place: Place) -> str:
    program = installed.node_modules(place.cache) / "node-pg-migrate"
    place.program("node", str(program / "bin" / "node-pg-migrate.js"), "up", DATABASE_URL=place.address("postgres", "", ""))
    return place.program("node", "-p", f"require('{program}/package.json').version").strip()


def _sql_migrate(place: Place) -> str:
    tree = debian.install("sql-migrate-bookworm", ["bookworm"], ["sql-migrate"])
    program = debian.command(tree, "usr/bin/sql-migrate")
    host, port = place.parts.hostname, place.parts.port
    dialect, source = {
        "postgresql": ("postgres", f"host={host} port={port} user={place.parts.username} dbname={place.name} sslmode=disable"),
        "sqlite": ("sqlite3", place.name),
    }.get(place.database, ("mysql", f"{place.parts.username}@tcp({host}:{port})/{place.name}?parseTime=true"))
    settings = {"dialect": dialect, "datasource": source, "dir": "migrations"}
    place.write({"dbconfig.yml": "development:\n" + "".join(f"  {name}: {value}\n" for name, value in settings.items())})
    place.program(*program, "up")
    return "0.0~git20191213 (Debian)"


def _alembic(place: Place) -> str:
    place.write(alembic_files(place.address("postgresql+psycopg", "mysql+pymysql", "sqlite:///")))
    alembic = place.python("alembic")
    place.program(alembic, "upgrade", "head")
    for number, revision in enumerate(REVISIONS):
        before = REVISIONS[number - 1] if number else "base"
        place.offline[f"{revision}.sql"] = place.program(alembic, "upgrade", f"{before}:{revision}", "--sql", quiet=True)
    return place.version("alembic")


def _django(place: Place) -> str:
    parts = place.parts
    place.write(django_files(place.database, parts.hostname or "", str(parts.port), parts.username or "", place.name))
    manage = [place.python("python"), "manage.py"]
    place.program(*manage, "migrate")
    for migration in MIGRATIONS:
        place.offline[f"shop/{migration}.sql"] = place.program(*manage, "sqlmigrate", "shop", migration, quiet=True)
    return place.version("Django")


REAL: dict[str, Callable[[Place], str]] = {
    "alembic": _alembic,
    "dbmate": _dbmate,
    "django": _django,
    "liquibase": _liquibase,
    "node-pg-migrate": _node_pg_migrate,
    "sql-migrate": _sql_migrate,
    "yoyo": _yoyo,
}


def run_tool(tool: str, place: Place) -> str:
    """Write the project, apply it by the tool, and return the tool's version."""
    if tool in SQL_TOOLS:
        place.write({f"migrations/{name}": text for name, text in files(tool, place.database).items()})
    return REAL[tool](place)
