"""The contenders that can be installed, their versions, and the reasons why others are missing."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers.contender import WHIMBREL, Contender
from benchmarks.peers.environments import EnvironmentUnavailable
from benchmarks.peers.python_files import AERICH, ALEMBIC
from benchmarks.peers.sql_files import DBLIFT, DBMATE, SQLSPEC, YOYO

__all__ = ["CONTENDERS", "Entrants", "admitted"]

CONTENDERS = (WHIMBREL, ALEMBIC, YOYO, DBLIFT, SQLSPEC, DBMATE, AERICH)


class Entrants(NamedTuple):
    """`found` has the contenders with the folders of their programs."""

    found: tuple[tuple[Contender, Path], ...]
    versions: tuple[str, ...]
    problems: tuple[str, ...]


@cache
def admitted() -> Entrants:
    """Install the contenders, where they are not installed yet."""
    found: list[tuple[Contender, Path]] = []
    versions, problems = [], []
    for contender in CONTENDERS:
        try:
            environment = contender.obtain()
        except EnvironmentUnavailable as error:
            problems.append(f"{contender.name} could not be installed: {str(error).splitlines()[0]}")
        else:
            found.append((contender, environment.programs))
            versions.append(environment.told)
    return Entrants(tuple(found), tuple(versions), tuple(problems))
