"""Read the folder of another tool, and write files of Whimbrel. The only module of this folder that touches the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from whimbrel.adoption.tool import SourceFile, Tool
from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import printable
from whimbrel.migrations.filename import version_of

__all__ = ["check_written", "copy_files", "name_there", "read_sources", "write_files"]

_PASSED_OVER = ("node_modules", "__pycache__")


def read_sources(tool: Tool, folder: str, write: str) -> list[SourceFile]:
    """Return the files in a folder and in the folders in it, by their paths.

    It skips hidden files and folders, and the folder `write`, which has Whimbrel's files after the first run.

    Raises ConfigurationError if there is no such folder, or a file cannot be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ConfigurationError(f"{printable(folder)}: no such folder; name the migrations of {tool.title} with --sql DIR")
    found: list[SourceFile] = []
    own = os.path.realpath(write) if write else ""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name[0] != "." and name not in _PASSED_OVER and os.path.realpath(Path(place) / name) != own
        )
        for name in sorted(name for name in names if name[0] != "."):
            path = Path(place) / name
            content = _read(path) if name.endswith(tool.reads) else b""
            found.append(SourceFile(path.relative_to(root).as_posix(), content))
    return found


def _read(path: Path) -> bytes:
    if not path.is_file():
        # The other end of a pipe may never write, and a device may never end.
        raise ConfigurationError(
            f"{printable(str(path))}: is no regular file, or a link without a target; move it out of the folder"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{printable(str(path))}: {error.strerror}; make the file readable") from None


def check_written(folder: Path, files: Mapping[str, bytes]) -> list[Problem]:
    """Return a problem for each file that exists with other content."""
    return [
        Problem(
            ProblemKind.CHANGED,
            f"{printable(str(folder / name))}: exists with other content than the adoption would write\n"
            "    next: move it to another folder, or name another folder with --write DIR",
            str(folder / name),
        )
        for name, content in files.items()
        if (folder / name).exists() and not _has(folder / name, content)
    ]


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def name_there(folder: Path, name: str, content: bytes) -> str:
    """Return the name under which a folder has the file `name` already: a person may have described it anew since."""
    paths = folder.iterdir() if folder.is_dir() and not (folder / name).exists() else ()
    version = version_of(name)
    return next((path.name for path in paths if version_of(path.name) == version and _has(path, content)), name)


def copy_files(folder: Path, into: Path) -> None:
    """Copy what a set is read from: the .sql files of a folder that may have anything else, or may not exist."""
    into.mkdir()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.endswith(".sql") and path.is_file():
            shutil.copyfile(path, into / path.name)


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write the missing files, each of them atomically, and return their names. Raises ValidationFailed, ConfigurationError.

    Another process may write the same files at the same time.
    """
    written: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if not (folder / name).exists():
                _write(folder / name, content)
                written.append(name)
    except OSError as error:
        raise ConfigurationError(
            f"{printable(str(folder))}: {error}; with --write DIR, name a folder that this user may write to"
        ) from None
    if wrong := check_written(folder, files):
        raise ValidationFailed(wrong)
    return written


def _write(path: Path, content: bytes) -> None:
    # A killed process leaves at most a hidden file, and readers ignore hidden files.
    temporary = path.with_name(f".adopt-{uuid4().hex}")
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
