"""The set of Whimbrel that takes the place of another tool's migrations, as it is or as it will be written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from whimbrel.adoption.folder import check_written, copy_files, name_there, write_files
from whimbrel.adoption.judge import AdoptedHistory
from whimbrel.adoption.planned import PlannedFile, plan_files, set_file
from whimbrel.adoption.tool import AdoptedRow, SourceFile, Tool
from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.migrations.reader import read_directories, set_name
from whimbrel.migrations.set_directives import SET_FILE

__all__ = ["TargetSet", "open_target"]


class TargetSet(NamedTuple):
    """The set, and the row behind each migration to record, by version. `files` are those to write, by name."""

    one: MigrationSet
    origins: dict[Version, AdoptedRow]
    files: dict[str, bytes]

    @property
    def head(self) -> Version:
        """The last version that the tool has applied."""
        return max(self.origins)


@contextmanager
def open_target(
    tool: Tool, judgement: AdoptedHistory, sources: Sequence[SourceFile], folder: str, write: str, database: str
) -> Iterator[TargetSet]:
    """Yield the set in `folder`.

    If its files are yet to be written, yield it in a temporary folder that exists during the block.

    Raises ValidationFailed with every file that cannot be a migration of Whimbrel, or that already exists with other content.
    """
    if not write:
        yield _in_place(tool, judgement, sources, folder)
        return
    if os.path.realpath(write) == os.path.realpath(folder):
        raise ConfigurationError(f"--write names the folder of {tool.title}; name another one, which need not exist")
    if Path(write).exists() and not Path(write).is_dir():
        raise ConfigurationError(f"{printable(write)}: is no folder; name one for the files of Whimbrel with --write DIR")
    planned = [one._replace(name=name_there(Path(write), one.name, one.content)) for one in plan_files(judgement)]
    files = {**set_file(database), **{one.name: one.content for one in planned}}
    if (Path(write) / SET_FILE).is_file():
        # The user has written directives in this folder.
        del files[SET_FILE]
    if wrong := [*check_written(Path(write), files), *_strangers(Path(write), planned, judgement, tool)]:
        raise ValidationFailed(wrong)
    with TemporaryDirectory(prefix="whimbrel-") as place:
        yield TargetSet(_read_ahead(Path(place), Path(write), files), _origins(planned, judgement), files)


def _origins(planned: Sequence[PlannedFile], judgement: AdoptedHistory) -> dict[Version, AdoptedRow]:
    rows = judgement.rows
    return {one.version: rows[one.source.identity] for one in planned if one.source.identity in rows}


def _read_ahead(place: Path, write: Path, files: dict[str, bytes]) -> MigrationSet:
    """Return the set as it will be, with the paths that it will have."""
    inner = place / set_name(write)
    copy_files(write, inner)
    write_files(inner, files)
    try:
        (one,) = read_directories([str(inner)])
    except ValidationFailed as failed:
        raise ValidationFailed([_placed(problem, str(inner), str(write)) for problem in failed.problems]) from None
    return one._replace(path=str(write), variants=tuple(_moved(file, write) for file in one.variants))


def _placed(problem: Problem, inner: str, folder: str) -> Problem:
    """Return a problem of a file that is only read ahead, with the path that the file will have."""
    message, script = problem.message.replace(printable(inner), printable(folder)), problem.script.replace(inner, folder)
    return problem._replace(message=message, script=script)


def _moved(file: Migration, folder: Path) -> Migration:
    return file._replace(path=str(folder / file.script))


def _strangers(write: Path, planned: Sequence[PlannedFile], judgement: AdoptedHistory, tool: Tool) -> list[Problem]:
    """Return a problem for each file in the folder with the version of an adopted file, or not after the last applied version."""
    if not write.is_dir() or not any(path.is_file() and path.name.lower().endswith(".sql") for path in write.iterdir()):
        return []
    head = max(_origins(planned, judgement))
    ours = {one.name for one in planned}
    versions = {one.version for one in planned}
    (there,) = read_directories([str(write)])
    return [
        Problem(
            ProblemKind.ADOPTION,
            f"{printable(one.path)}: is not a migration of {tool.title}, but its version {one.version} belongs to one, or comes "
            f"before version {head}, up to which {tool.title} has migrated\n"
            "    next: give the file a newer version, or name another folder with --write DIR",
            one.path,
        )
        for one in there.variants
        if one.script not in ours and (one.version <= head or one.version in versions)
    ]


def _in_place(tool: Tool, judgement: AdoptedHistory, sources: Sequence[SourceFile], folder: str) -> TargetSet:
    if not tool.in_place:
        raise ConfigurationError(
            f"Whimbrel cannot use files with the names of {tool.title}; name a folder for its own files with --write DIR"
        )
    reasons = tool.find_left_out(sources)
    reasons |= {
        file.path: "is repeatable, and Whimbrel has no repeatable migrations" for file in judgement.files if file.repeatable
    }
    reasons |= {
        file.path: "is in a subfolder, which Whimbrel does not read as a part of the set"
        for file in judgement.files
        if "/" in file.path
    }
    if reasons:
        raise ValidationFailed([_misplaced(folder, path, reason) for path, reason in reasons.items()])
    (one,) = read_directories([folder])
    rows = {Version.parse(identity): row for identity, row in judgement.rows.items()}
    return TargetSet(one, rows, {})


def _misplaced(folder: str, path: str, reason: str) -> Problem:
    shown = f"{folder}/{path}"
    message = f"{printable(shown)}: {reason}\n    next: let Whimbrel write a folder of its own, with --write DIR"
    return Problem(ProblemKind.ADOPTION, message, shown)
