"""check: find conflicts between the files of a branch and those of its base.

It asks only git, connects to no database, and writes nothing.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._formats import add_format, answer_in
from whimbrel.commands._options import Answer, add_files, read_files
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.blueprints import path_of
from whimbrel.migrations.done import meant_databases
from whimbrel.migrations.filename import parse_name
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.problems import coverage_problems
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.squash import Ranges, order_problems
from whimbrel.review.branches import BranchVerdict, judge
from whimbrel.review.formats.remark import Review, from_problem
from whimbrel.review.formats.text import as_text
from whimbrel.review.git_files import GitFolder, find_renamed_folder, open_folder, read_branch, tracked_files
from whimbrel.url import DATABASES

if TYPE_CHECKING:
    import argparse

__all__ = ["CheckReport", "check"]

HELP = "find conflicts between the files of a branch and those of its base, by git alone"
EXAMPLE = "whimbrel check --against origin/main --sql sql/auth"


class CheckReport(NamedTuple):
    """The result of `check`: all problems, and the commands that fix wrong names and texts, in the order to run them."""

    against: str
    problems: tuple[Problem, ...]
    commands: tuple[str, ...]

    @property
    def review(self) -> Review:
        """The report as every format prints it."""
        errors = sum(not one.warning for one in self.problems)
        remarks = tuple(map(from_problem, self.problems))
        return Review(remarks, f"errors: {errors}, against {printable(self.against)}", self.commands)

    def __str__(self) -> str:
        return as_text(self.review)


async def check(*folders: str, against: str, databases: Collection[str] = ()) -> CheckReport:
    """Compare the sets in `folders`, as the working tree has them, with the commit `against`, whose files count as applied.

    A problem is a version that the base has too or that comes before its newest one; a file of the base that is edited, deleted
    or renumbered; a set that is renamed; and a new version without a file for one of `databases`.

    Raises ConfigurationError if git is not installed, or if the folder or commit does not exist.
    """
    problems: list[Problem] = []
    commands: list[str] = []
    for folder in folders:
        place = await open_folder(path_text(folder), against)
        files = _read(folder, problems)
        branch = await read_branch(place)
        verdict = judge(branch, _squashed(files) if files else {}, datetime.now(UTC))
        for found in verdict.problems:
            path = _path(folder, found.name)
            problems.append(Problem(found.kind, f"{printable(path)}: {found.message}", path))
        problems += [*order_problems(files.variants), *_uncovered(files, verdict.new, databases)] if files else []
        commands += _commands(folder, verdict, against, await tracked_files(place))
        if old := await find_renamed_folder(place, branch):
            problems.append(_renamed_set(folder, old, against))
            commands.append(_renaming(folder, place, old))
    return CheckReport(against, tuple(problems), tuple(commands))


def path_text(folder: str) -> str:
    """Return the path of a folder, or of a folder object that carries a project's directives, as plain text."""
    return os.fspath(path_of(folder))


def _path(folder: str, name: str) -> str:
    return f"{folder}{'' if folder.endswith('/') else '/'}{name}"


def _read(folder: str, problems: list[Problem]) -> MigrationSet | None:
    """Return the set as `migrate` reads it. If it cannot be read, `check` judges the files only by their names."""
    try:
        return read_directories([folder])[0]
    except ValidationFailed as failed:
        # Two files of one version are reported separately, with the solution.
        problems += [one for one in failed.problems if one.kind != ProblemKind.DUPLICATE]
        return None


def _squashed(files: MigrationSet) -> Mapping[str, Ranges]:
    return {file.script: file.directives.replaces for file in files.variants if file.directives.replaces}


def _uncovered(one: MigrationSet, new: Collection[str], databases: Collection[str]) -> list[Problem]:
    versions = {name.version for name in map(parse_name, new) if name}
    added = one._replace(variants=tuple(file for file in one.variants if file.version in versions))
    return coverage_problems([added], meant_databases([one], databases) or DATABASES)


def _commands(folder: str, verdict: BranchVerdict, against: str, tracked: Collection[str]) -> list[str]:
    moves = [
        shlex.join([*(("git", "mv") if old in tracked else ("mv",)), _path(folder, old), _path(folder, new)])
        for old, new in verdict.moves
    ]
    restored = [_path(folder, name) for name in verdict.restored]
    return [*moves, *([shlex.join(["git", "restore", f"--source={against}", "--", *restored])] if restored else [])]


def _renamed_set(folder: str, old: str, against: str) -> Problem:
    told = (
        f"{printable(folder)}: {printable(against)} has these files in {printable(old)}; the history records a set by its folder"
    )
    return Problem(ProblemKind.RENAMED_SET, told, folder)


def _renaming(folder: str, place: GitFolder, old: str) -> str:
    return shlex.join(["git", "mv", folder, os.path.relpath(place.top / old)])


DOCUMENT = CheckReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_files(parser)
    add_format(parser)
    parser.add_argument("--against", required=True, metavar="REF", help="the commit whose files are applied, as in origin/main")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    files = read_files(arguments)
    report = await check(*files.folders, against=arguments.against, databases=files.databases)
    errors = any(not one.warning for one in report.problems)
    return answer_in(arguments, 3 if errors else 0, report.review, report)
