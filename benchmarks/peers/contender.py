"""The contenders: Whimbrel and each peer, as a folder in its own format and the command that applies it."""

import compileall
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from benchmarks.peers.environments import Environment
from whimbrel.url import DatabaseUrl

ROOT = Path(__file__).parent.parent.parent
_OURS = ("PYTHON", "DATABASE_", "MIGRATION")
# The statements of one migration, without semicolons.
Migration = Sequence[str]


@dataclass(frozen=True, slots=True)
class Job:
    """The task of one contender: a folder of its own, the address of the database, and the folder of its programs."""

    folder: Path
    url: DatabaseUrl
    programs: Path

    @property
    def password(self) -> str:
        """The password in the address."""
        return self.url.password.reveal() if self.url.password else ""

    def program(self, name: str) -> str:
        """Return the command of a program in the contender's environment."""
        return str(self.programs / name)

    def write(self, name: str, text: str) -> None:
        """Write a file of the folder, and the directories above it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def address(self, scheme: str, sqlite: str = "sqlite:///") -> str:
        """Return the database's address as the peer spells it: the scheme of a server, or the prefix of a file's path."""
        if self.url.dialect == "sqlite":
            return sqlite + self.url.database
        password = f":{quote(self.password, safe='')}" if self.password else ""
        port = f":{self.url.port}" if self.url.port else ""
        return f"{scheme}://{self.url.user}{password}@{self.url.host}{port}/{self.url.database}"


@dataclass(frozen=True, slots=True)
class Contender:
    """`prepare` makes its settings, and returns the command that applies the folder, which is run there.

    `form` returns the name of a migration's file in the folder, and its text, from its number and its statements.
    """

    name: str
    obtain: Callable[[], Environment]
    prepare: Callable[[Job], Sequence[str]]
    form: Callable[[int, Migration], tuple[str, str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    python: bool = True

    def add(self, job: Job, migrations: Sequence[Migration], first: int = 1) -> None:
        """Write migrations into the folder, the first with this number. Those in Python are compiled."""
        for number, statements in enumerate(migrations, first):
            job.write(*self.form(number, statements))
        # The peers' environments have the same interpreter as this process.
        compileall.compile_dir(job.folder, quiet=1)

    def variables(self) -> dict[str, str]:
        """The environment of its process, without the variables about this process's Python and database."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return {**inherited, **self.environment}


def script(statements: Migration) -> str:
    """Return the statements as a file of SQL."""
    return "".join(f"{statement};\n" for statement in statements)


def sql_file(name: str, head: str = "", foot: str = "") -> Callable[[int, Migration], tuple[str, str]]:
    """Return the form of files of SQL; `#` in the name and in the first line stands for the number, from 0001."""

    def form(number: int, statements: Migration) -> tuple[str, str]:
        digits = f"{number:04d}"
        return name.replace("#", digits), head.replace("#", digits) + script(statements) + foot

    return form


def _whimbrel(job: Job) -> list[str]:
    return [sys.executable, "-m", "whimbrel", "migrate", "--url", job.address(job.url.dialect), "--sql", "sql"]


def _here() -> Environment:
    return Environment(Path(sys.executable).parent, "Whimbrel as it stands here")


WHIMBREL = Contender("Whimbrel", _here, _whimbrel, sql_file("sql/V#__step.sql"), {"PYTHONPATH": str(ROOT)})
