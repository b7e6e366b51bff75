"""new: make the file of a new migration, with the next free version of its set. Needs no database."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_files, read_files
from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.base_branch import read_branches
from whimbrel.migrations.directives import DRAFT
from whimbrel.migrations.file_checks import check_lengths
from whimbrel.migrations.filename import name_fault, parse_name, version_of
from whimbrel.migrations.large_file import Unreadable
from whimbrel.migrations.migration import Version
from whimbrel.migrations.numbering import describe, next_version
from whimbrel.migrations.set_directives import SET_FILE
from whimbrel.url import DATABASES

if TYPE_CHECKING:
    import argparse

__all__ = ["NewFiles", "new"]

HELP = "make the file of a new migration, with the next free version"
EXAMPLE = "whimbrel new add_folders --sql sql/chat"
# If two processes choose the same version, both withdraw and try again after a random pause, at most this many seconds.
_ATTEMPTS, _PAUSE_SECONDS = 50, 0.1


class NewFiles(NamedTuple):
    """The files that `new` made: several if it was asked for variants. `notes` are remarks for the author of the files."""

    version: str
    paths: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([*self.paths, *(f"note: {note}" for note in self.notes)])


class _Taken(Exception):
    """Another process is making a file with the same version."""


def new(description: str, folder: str, *, variants: Collection[str] = ()) -> NewFiles:
    """Make the file of a new migration in the folder of a set, or one for each database in `variants`. Overwrites nothing.

    Its version comes after all versions in the folder and on the default branch of its git repository. The file is a draft: no
    run applies it until its line `-- whimbrel: draft` is deleted.

    Raises ConfigurationError, and ValidationFailed if the folder has files that cannot be migrations.
    """
    if unknown := sorted(set(variants) - set(DATABASES)):
        raise ConfigurationError(f"unknown database {joined(unknown)}; known are {', '.join(DATABASES)}")
    name, note = describe(description)
    place = Path(folder)
    _check_folder(place, _names(place))
    branch = read_branches(place)
    endings = [f".{database}.sql" for database in dict.fromkeys(variants)] or [".sql"]
    for attempt in range(_ATTEMPTS):
        known = [file.digits for file in map(parse_name, {*_names(place), *branch.names}) if file]
        version = next_version(known, datetime.now(UTC))
        paths = [place / f"V{version}__{name}{ending}" for ending in endings]
        _check_name(version, name, paths)
        try:
            _make(place, paths, _content(version, description))
        except _Taken:
            time.sleep(uniform(0, _PAUSE_SECONDS) * min(attempt + 1, 10))
            continue
        return NewFiles(version, tuple(map(str, paths)), tuple(filter(None, (note, branch.note))))
    raise ConfigurationError(f"{folder}: other processes took each version that was free; run the command again")


def _names(folder: Path) -> list[str]:
    try:
        return [file.name for file in folder.iterdir() if file.name != SET_FILE and file.name[0] != "."]
    except FileNotFoundError:
        # `new` does not create folders: a folder's name is its set's name, so a typing error would create another set.
        raise ConfigurationError(f"{folder}: no such folder; for a new set, make it first: mkdir -p {_quoted(folder)}") from None
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}; name the folder of a set with --sql") from error


def _check_folder(folder: Path, names: Sequence[str]) -> None:
    """Raise an error if the folder holds sets, or files of another tool: a migration beside those could not run."""
    wrong = [name for name in names if name.lower().endswith(".sql") and version_of(name) is None]
    if wrong := [name for name in wrong if not (folder / name).is_dir()]:
        paths = [str(folder / name) for name in sorted(wrong)]
        raise ValidationFailed(
            [Problem(ProblemKind.MISNAMED, f"{printable(path)}: {name_fault(Path(path).name)}", path) for path in paths]
        )
    if not any(map(version_of, names)) and (inner := [name for name in names if _is_set(folder / name)]):
        folders = " or ".join(f"--sql {_quoted(folder / name)}" for name in sorted(inner))
        raise ConfigurationError(f"{folder}: the folders in it are sets of their own; name one of them: {folders}")


def _is_set(folder: Path) -> bool:
    return folder.is_dir() and any(version_of(file.name) for file in folder.iterdir())


def _check_name(version: str, name: str, paths: Sequence[Path]) -> None:
    try:
        for path in paths:
            check_lengths(Version.parse(version), name, path.name, "")
    except Unreadable as error:
        raise ConfigurationError(str(error)) from None


def _content(version: str, description: str) -> str:
    # A line of the description must not end the comment.
    title = printable(" ".join(description.split()))
    return (
        f"-- whimbrel: {DRAFT}\n"
        f"-- V{version}: {title}\n"
        f"-- Write the statements below, and delete the first line. Until then, no run starts.\n"
    )


def _make(folder: Path, paths: Sequence[Path], content: str) -> None:
    """Make all files, or none. Raises _Taken if another file has the version, or got it at the same time."""
    made: list[Path] = []
    try:
        for path in paths:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(content)
        _check_free(folder, paths)
    except FileExistsError:
        _remove(made)
        raise _Taken from None
    except OSError as error:
        _remove(made)
        raise ConfigurationError(
            f"{folder}: the file cannot be made: {error.strerror}; check the rights of the folder"
        ) from error
    except BaseException:
        _remove(made)
        raise


def _check_free(folder: Path, paths: Sequence[Path]) -> None:
    """Raise _Taken if a file besides `paths` has their version.

    If two processes make files at once, the later one sees the file of the other.
    """
    version, own = version_of(paths[0].name), {path.name for path in paths}
    if any(version_of(name) == version for name in _names(folder) if name not in own):
        raise _Taken


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    import shlex  # only errors name a command

    return shlex.quote(str(path))


DOCUMENT = NewFiles


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("description", nargs="+", metavar="DESCRIPTION", help='what the migration does, as in "add folders"')
    add_files(parser)
    parser.add_argument(
        "--variants", metavar="DATABASES", help="make a file for each of these databases, separated by commas, and no shared one"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    folders = read_files(arguments).folders
    if len(folders) != 1:
        choices = " or ".join(f"--sql {_quoted(Path(folder))}" for folder in folders)
        raise ConfigurationError(f"a new file belongs to one set; name its folder: {choices}")
    variants = [word.strip() for word in (arguments.variants or "").split(",") if word.strip()]
    made = new(" ".join(arguments.description), folders[0], variants=variants)
    return Answer(0, str(made), made)
