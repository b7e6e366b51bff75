"""Judge whether the history of another tool can be adopted: rows need their files, and files up to the head need their rows.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, Tool
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable

__all__ = ["AdoptedHistory", "judge"]


class AdoptedHistory(NamedTuple):
    """The history to adopt: all files in order, and the row of each applied file, by the file's identity."""

    files: tuple[AdoptedFile, ...]
    rows: dict[str, AdoptedRow]

    @property
    def applied(self) -> list[AdoptedFile]:
        """The files that the tool has applied, in their order."""
        return [file for file in self.files if file.identity in self.rows]


def judge(tool: Tool, table: str, rows: Sequence[AdoptedRow], files: Sequence[AdoptedFile], folder: str) -> AdoptedHistory:
    """Join the rows of `table` with the files. Raises ValidationFailed with every reason why the history cannot be adopted."""
    by_identity = {row.identity: row for row in rows}
    found = [*_broken(tool, table, rows), *_doubles(tool, files, folder), *_lost(tool, table, rows, files, folder)]
    for file in files:
        if problem := _fault(tool, table, file, by_identity.get(file.identity), folder):
            found.append(problem)
    found += _gaps(tool, table, files, by_identity, folder)
    if not rows and not found:
        told = f"table {table} has no applied migration, so there is nothing to adopt; apply the files with whimbrel migrate"
        found.append(Problem(ProblemKind.ADOPTION, told))
    if found:
        raise ValidationFailed(found)
    versioned = [file for file in files if not file.repeatable]
    last = max((at for at, file in enumerate(versioned) if file.identity in by_identity), default=-1) + 1
    repeatable = [file for file in files if file.repeatable]
    return AdoptedHistory((*versioned[:last], *repeatable, *versioned[last:]), by_identity)


def _broken(tool: Tool, table: str, rows: Sequence[AdoptedRow]) -> Iterator[Problem]:
    for row in rows:
        if row.fault:
            yield Problem(
                ProblemKind.PARTIAL,
                f"table {table}, row of {printable(row.origin)}: {row.fault}, so the database may have a part of its effects\n"
                f"    next: complete or undo this migration with {tool.title}; then run this command again",
            )


def _doubles(tool: Tool, files: Sequence[AdoptedFile], folder: str) -> Iterator[Problem]:
    for identity, count in Counter(file.identity for file in files).items():
        if count > 1:
            paths = " and ".join(_path(folder, file) for file in files if file.identity == identity)
            yield Problem(
                ProblemKind.DUPLICATE,
                f"{paths} are both {printable(identity)} to {tool.title}; remove the one that it did not apply",
            )


def _lost(tool: Tool, table: str, rows: Sequence[AdoptedRow], files: Sequence[AdoptedFile], folder: str) -> Iterator[Problem]:
    known = {file.identity for file in files}
    for row in rows:
        if row.identity not in known and not row.fault:
            yield Problem(
                ProblemKind.MISSING,
                f"table {table}, row of {printable(row.origin)}: {printable(folder)} has no file of {printable(row.identity)}"
                f"{row.hint or tool.lost_hint}\n"
                f"    next: restore the file; if the migration is gone for good, remove its row with {tool.title}",
            )


def _fault(tool: Tool, table: str, file: AdoptedFile, row: AdoptedRow | None, folder: str) -> Problem | None:
    path = _path(folder, file)
    if fault := file.fault or _unreadable(file):
        return Problem(ProblemKind.ADOPTION, f"{path}: {printable(fault)}", path)
    if row is not None and row.checksum and file.checksums and row.checksum not in file.checksums:
        message = (
            f"{path}: was edited after {tool.title} applied it: table {table}, row of {printable(row.origin)}, has the checksum "
            f"{printable(row.checksum)}, and the file has {file.checksums[0]} ({tool.checksum})\n"
            "    next: restore the file as it was applied, and write the change as a new version"
        )
        return Problem(ProblemKind.CHECKSUM, message, path)
    if file.incomplete and row is None:
        message = (
            f"{path}: {printable(file.incomplete)}, and {tool.title} has not applied it\n"
            f"    next: apply it with {tool.title} before the adoption, or leave the file out and write its effect as SQL"
        )
        return Problem(ProblemKind.ADOPTION, message, path)
    if file.repeatable and row is None:
        message = f"{path}: has no row in table {table}, so it is not applied; apply it with {tool.title}, or remove the file"
        return Problem(ProblemKind.OUT_OF_ORDER, message, path)
    return None


def _unreadable(file: AdoptedFile) -> str:
    try:
        file.up.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {file.up[error.start]:#04x}); save the file as UTF-8"
    return "has a NUL byte, which SQL cannot contain; remove it" if b"\0" in file.up else ""


def _gaps(tool: Tool, table: str, files: Sequence[AdoptedFile], rows: dict[str, AdoptedRow], folder: str) -> Iterator[Problem]:
    versioned = [file for file in files if not file.repeatable]
    last = max((at for at, file in enumerate(versioned) if file.identity in rows), default=-1)
    for file in versioned[: last + 1]:
        if file.identity not in rows:
            path = _path(folder, file)
            yield Problem(
                ProblemKind.OUT_OF_ORDER,
                f"{path}: has no row in table {table}, but {_path(folder, versioned[last])}, which comes after it, has one\n"
                f"    next: apply the file with {tool.title}; or, if it is not for this database, move it out of the folder",
                path,
            )


def _path(folder: str, file: AdoptedFile) -> str:
    # A file may hold several migrations.
    shown = f"{folder}/{file.path}"
    return printable(shown if file.identity in shown else f"{shown}, {file.identity}")
