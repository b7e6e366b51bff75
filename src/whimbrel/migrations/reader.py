"""Read folders of migration files. The only reader of migration files; opens no connection.

Nothing is skipped in silence: each .sql file that cannot be a migration is a problem, and one error reports all problems.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable
from whimbrel.migrations.directives import read_directives
from whimbrel.migrations.file_checks import check_lengths, check_meant, doubles
from whimbrel.migrations.filename import FILE_NAME, name_fault
from whimbrel.migrations.large_file import LARGE, LargeText, Unreadable, read_large
from whimbrel.migrations.migration import LONGEST_SET, Directives, Migration, MigrationSet, Version, checksum
from whimbrel.migrations.set_directives import (
    SET_FILE,
    meant_for,
    of_whole_set,
    project_directives,
    with_directives,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["check_folder", "read_directories", "read_text", "set_name"]

logger = logging.getLogger("whimbrel")

# Windows opens a file as text unless the flags say otherwise.
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_IGNORED = ("~", ".swp", ".swo", ".orig", ".bak")


def check_folder(folder: object) -> None:
    """Raise ConfigurationError if `folder` is not the path of a folder, for example a list of paths."""
    if not isinstance(folder, str) and not hasattr(folder, "iterdir"):
        raise ConfigurationError(f"{folder!r} is not the path of a folder; pass folders one by one: migrate(url, *folders)")


def read_directories(folders: Sequence[str | Traversable]) -> list[MigrationSet]:
    """Read the sets in the order given.

    Raises ConfigurationError for a folder that is missing, empty or given twice, and ValidationFailed with every file that is
    misnamed, unreadable, or has the version of another file.
    """
    if not folders:
        raise ConfigurationError("no folder of migrations given; pass one, or --sql DIR on the command line")
    for folder in folders:
        check_folder(folder)
    problems: list[Problem] = []
    sets = [_read_directory(folder, problems) for folder in folders]
    for name in sorted({one.name for one in sets if [other.name for other in sets].count(one.name) > 1}):
        paths = " and ".join(one.path for one in sets if one.name == name)
        raise ConfigurationError(f"two folders are named {name!r}, {paths}; a set has the name of its folder, so rename one")
    if problems:
        raise ValidationFailed(problems)
    return sets


def _read_directory(given: str | Traversable, problems: list[Problem]) -> MigrationSet:
    folder = Path(given) if isinstance(given, str) else given
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder of migrations{_looked_for(folder)}")
    name = set_name(folder)
    files = sorted(_candidates(folder), key=lambda file: file.name)
    of_set = _set_directives(folder, files, project_directives(given, name), problems)
    files = [file for file in files if file.name != SET_FILE]
    if not files:
        raise ConfigurationError(f"{folder}: no migrations here; {_advice(folder)}")
    read = (_read_file(name, folder, file, problems) for file in files)
    migrations = [migration for migration in read if migration is not None]
    problems += doubles(migrations)
    return MigrationSet(name, str(folder), with_directives(migrations, of_set), meant_for(of_set))


def _looked_for(folder: Traversable) -> str:
    if not isinstance(folder, Path) or folder.is_absolute():
        return ""
    return f"; looked for {folder.absolute()}, since a relative path begins at the working directory"


def set_name(folder: Traversable) -> str:
    """Return the name of the set in a folder. Raises ConfigurationError for a name that the history cannot hold."""
    # The set has the name that the caller gives, even if that is a link. The name is normalized, because file systems store names
    # in different forms.
    given = os.path.basename(os.path.abspath(folder)) if isinstance(folder, Path) else folder.name  # noqa: PTH100, PTH119
    try:
        name = given if given.isascii() else _in_one_form(_as_text(given))
    except UnicodeError:
        raise ConfigurationError(
            f"{folder}: the history records a set by its folder's name, but this name is not UTF-8; rename the folder"
        ) from None
    if name != name.strip():
        # MySQL and MariaDB treat "auth " and "auth" as the same key.
        raise ConfigurationError(f"{folder}: a set's name must not begin or end with a blank")
    if len(name) > LONGEST_SET:
        raise ConfigurationError(f"{folder}: a set's name may have at most {LONGEST_SET} characters")
    return name


def _set_directives(folder: Traversable, files: Sequence[_File], project: Directives, problems: list[Problem]) -> Directives:
    for file in files:
        if file.name == SET_FILE:
            try:
                _check_place(folder, file)
                return of_whole_set(_read(folder / file.name if not isinstance(folder, Path) else file.path)[1], project)
            except (Unreadable, OSError) as error:
                problems.append(_unreadable(file.path, error))
    return project


def _unreadable(path: str, error: Unreadable | OSError) -> Problem:
    line = f":{error.line}" if isinstance(error, Unreadable) and error.line else ""
    kind = error.kind if isinstance(error, Unreadable) else ProblemKind.UNREADABLE
    return Problem(kind, f"{printable(path)}{line}: {error}", path)


def _as_text(name: str) -> str:
    """Return a name from the disk as UTF-8, independent of the locale. Raises UnicodeError.

    Python decodes names with the locale's encoding. It turns other bytes into surrogates, which no database accepts.
    """
    return os.fsencode(name).decode("utf-8") if os.name == "posix" else name


def _in_one_form(name: str) -> str:
    import unicodedata  # few names need this module

    return unicodedata.normalize("NFC", name)


def _advice(folder: Traversable) -> str:
    folders = [one for one in folder.iterdir() if one.is_dir()]
    if inner := sorted(str(one) for one in folders if any(FILE_NAME.fullmatch(file.name) for file in one.iterdir())):
        return f"the folders in it are sets of their own; name them one by one: {', '.join(inner)}"
    return "name the first one V001__description.sql"


class _File(NamedTuple):
    """A file of a folder. `plain` says that it is known to be a regular file and not a link."""

    name: str
    path: str
    plain: bool


def _candidates(folder: Traversable) -> list[_File]:
    """Return the .sql files, misnamed ones too. Skip folders, hidden files, and the files that editors leave behind."""
    files = _scanned(folder) if isinstance(folder, Path) else _listed(folder)
    return [file for file in files if file.name.endswith(".sql") or _is_candidate(file)]


def _is_candidate(file: _File) -> bool:
    if file.name.lower().endswith(".sql"):
        return True
    if not file.name.endswith(_IGNORED):
        logger.debug("%s: not a .sql file, ignored", file.path)
    return False


def _scanned(folder: Path) -> list[_File]:
    # One call for the whole folder replaces several calls for each file.
    before, found = str(folder / "x")[:-1], []
    with os.scandir(folder) as entries:
        for entry in entries:
            name, plain = entry.name, entry.is_file(follow_symlinks=False)
            if name[0] != "." and (plain or not Path(entry).is_dir()):
                found.append(_File(name, before + name, plain))
    return found


def _listed(folder: Traversable) -> list[_File]:
    return [_File(file.name, str(file), False) for file in folder.iterdir() if file.name[0] != "." and not file.is_dir()]


def _read_file(set_name: str, folder: Traversable, file: _File, problems: list[Problem]) -> Migration | None:
    try:
        return _read_migration(set_name, folder, file)
    except (Unreadable, OSError) as error:
        problems.append(_unreadable(file.path, error))
        return None


def _read_migration(set_name: str, folder: Traversable, file: _File) -> Migration:
    """Return the migration of one file. Raises Unreadable or OSError."""
    name = file.name if file.name.isascii() else _utf8_name(file.name)
    named = FILE_NAME.fullmatch(name)
    if named is None:
        raise Unreadable(ProblemKind.MISNAMED, name_fault(name))
    _check_place(folder, file)
    text, head, digest = _read(folder / file.name if not isinstance(folder, Path) else file.path)
    directives, version, database = read_directives(head), Version.parse(named["version"]), named["database"] or ""
    check_lengths(version, named["description"], name, database)
    check_meant(directives.databases, database)
    return Migration(
        set_name=set_name,
        version=version,
        description=named["description"].replace("_", " "),
        script=name,
        path=file.path,
        text=text,
        checksum=digest,
        database=database,
        directives=directives,
    )


def _utf8_name(name: str) -> str:
    try:
        return _as_text(name)
    except UnicodeError:
        raise Unreadable(ProblemKind.MISNAMED, "the name is not UTF-8; rename the file") from None


def read_text(file: Path) -> str | LargeText:
    """Return the text of one file, without a byte order mark. Raises ValidationFailed if it is not UTF-8, or OSError."""
    try:
        return _read(str(file))[0]
    except Unreadable as error:
        raise ValidationFailed([Problem(error.kind, f"{printable(str(file))}:{error.line}: {error}", str(file))]) from None


def _outside(folder: Traversable, file: Traversable) -> str:
    """Return why a file must not be in this place. A link may point within the folder, as in a ConfigMap of Kubernetes."""
    if not isinstance(file, Path) or not isinstance(folder, Path):
        return ""
    try:
        target = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link without a target"
    if not target.is_relative_to(folder.resolve()):
        return f"a link out of its folder, to {target}"
    return "" if stat.S_ISREG(target.stat().st_mode) else "not a regular file"


def _check_place(folder: Traversable, file: _File) -> None:
    if fault := "" if file.plain else _outside(folder, folder / file.name):
        raise Unreadable(ProblemKind.UNREADABLE, fault)


def _read(file: str | Traversable) -> tuple[str | LargeText, str, str]:
    """Return a file's text, the start of it that holds its directives, and its checksum."""
    if isinstance(file, str):
        content = _read_plain(file)
        if content is None:
            large, head = read_large(Path(file))
            return large, head, large.checksum
    else:
        content = file.read_bytes()
    text = _decode(content)
    return text, text, checksum(text)


def _read_plain(path: str) -> bytes | None:
    """Return the content of a file, or None if it is too large to be kept. A Path or a file object would take twice the time."""
    descriptor = os.open(path, _READ)
    try:
        size = os.fstat(descriptor).st_size
        if size > LARGE:
            return None
        content = os.read(descriptor, size + 1)
        while len(content) < size and (more := os.read(descriptor, size)):
            content += more
        return content
    finally:
        os.close(descriptor)


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8, byte {content[error.start]:#04x} at offset {error.start}; save the file as UTF-8"
        raise Unreadable(ProblemKind.ENCODING, message, line) from None
    if (nul := content.find(b"\0")) >= 0:
        raise Unreadable(ProblemKind.ENCODING, f"a NUL byte at offset {nul}", content.count(b"\n", 0, nul) + 1)
    return text
