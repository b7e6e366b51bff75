"""Liquibase: https://docs.liquibase.com, and `FormattedSqlChangeLogParser.java`.

Only changesets in formatted SQL files are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from whimbrel.adoption.sections import SourceLine, between, lines_of
from whimbrel.adoption.tool import AdoptedFile, AdoptedRow, SourceFile, Tool, ToolColumn, Values

__all__ = ["TOOL"]

_HEADER = re.compile(r"--\s*liquibase\s+formatted.*", re.IGNORECASE)
_CHANGESET = re.compile(r"\s*--\s*changeset\s+(?P<author>\"[^\"]+\"|[^:]+):\s*(?P<id>\"[^\"]+\"|\S+)(?P<rest>.*)", re.IGNORECASE)
_OPTION = re.compile(r"(?P<name>[A-Za-z]+):(?P<value>\"[^\"]*\"|\S+)")
# Lines that Liquibase reads itself and does not send. On MySQL, -- begins a comment only before a blank.
_OWN = re.compile(
    r"\s*--\s*(?:rollback(?:\s.*)?|comments?:?\s.*|validCheckSum:?\s.*|preconditions.*|precondition-[\w-]+\s.*|property\s.*)",
    re.IGNORECASE,
)
_IGNORED = re.compile(r"\s*--\s*ignoreLines:.*", re.IGNORECASE)
_PRECONDITIONS = re.compile(r"\s*--\s*preconditions?\b.*", re.IGNORECASE)
_PARAMETER = re.compile(rb"\$\{[^}\r\n]+\}")
# The file of the row that `liquibase tag` inserts if there is none to put the tag on (AbstractChangeLogHistoryService.java).
_INTERNAL = "liquibase-internal"
# The type of a changeset whose preconditions failed with onFail:MARK_RAN (ChangeSet.java, ExecType).
_MARKED = "MARK_RAN"
_FAULTS = {"FAILED": "failed (EXECTYPE FAILED)"}


class _Changeset(NamedTuple):
    """A changeset: its file, the name of the file for Liquibase, its author and id, its options, its content."""

    source: SourceFile
    logical: str
    author: str
    id: str
    options: dict[str, str]
    content: bytes


class _Liquibase(Tool):
    name = "liquibase"
    title = "Liquibase"
    tables = ("databasechangelog", "DATABASECHANGELOG")
    columns = (
        ToolColumn("orderexecuted", "number"),
        ToolColumn("id"),
        ToolColumn("author"),
        ToolColumn("filename"),
        ToolColumn("exectype"),
    )
    companions = ("databasechangeloglock", "DATABASECHANGELOGLOCK")
    lock_tables = ("databasechangeloglock", "DATABASECHANGELOGLOCK")
    lock_columns = (ToolColumn("id", "number"), ToolColumn("locked", "truth"), ToolColumn("lockedby", nullable=True))
    lost_hint = "; only changesets in formatted SQL files are read"
    unproven = (
        "Whimbrel cannot compute its MD5SUM, which depends on its release, so an edited file is not found; run liquibase "
        "validate before the adoption"
    )

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        order: dict[str, int] = {}
        for place, row in enumerate(_ordered(rows)):
            order.setdefault(_identity(row), place)
        found = [
            _file(one, _known(one, rows), database)
            for source in sources
            for one in _changesets(source)
            if _is_meant(one, database)
        ]
        # The changelog that includes the files decides their order. The rows show that order. Changelogs that are not applied
        # keep the order of their names.
        return sorted(found, key=lambda file: order.get(file.identity, len(order)))

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        found = {
            _identity(row): AdoptedRow(
                _identity(row),
                f"orderexecuted {row['orderexecuted']}, {_identity(row)}",
                fault=_FAULTS.get(str(row["exectype"]).upper(), ""),
                note="Liquibase has only marked it as run (MARK_RAN)" if str(row["exectype"]).upper() == _MARKED else "",
            )
            for row in _ordered(rows)
            if row["filename"] != _INTERNAL
        }
        return list(found.values())


def _ordered(rows: Sequence[Values]) -> list[Values]:
    return sorted(rows, key=lambda row: int(str(row["orderexecuted"])))


def _identity(row: Values) -> str:
    return f"{row['filename']}::{row['id']}::{row['author']}"


def _changesets(source: SourceFile) -> Iterator[_Changeset]:
    lines = lines_of(source.content)
    first = next((line for line in lines if line.text.strip()), None)
    if not source.name.endswith(".sql") or first is None or not _HEADER.fullmatch(first.text):
        return
    logical = _options(first.text).get("logicalfilepath", "")
    heads = [(line, found) for line in lines if (found := _CHANGESET.fullmatch(line.text))]
    ends: list[SourceLine | None] = [line for line, _ in heads[1:]]
    for (line, found), end in zip(heads, [*ends, None], strict=True):
        options = _options(found["rest"])
        name = options.get("logicalfilepath") or logical or source.path
        content = between(source.content, line, end)
        yield _Changeset(source, name, found["author"].strip('" '), found["id"].strip('"'), options, content)


def _options(text: str) -> dict[str, str]:
    return {found["name"].lower(): found["value"].strip('"') for found in _OPTION.finditer(text)}


def _is_meant(one: _Changeset, database: str) -> bool:
    """Whether the changeset is not ignored and its option dbms includes this database."""
    names = [name.strip().lower() for name in one.options.get("dbms", "all").split(",")]
    excluded = {name.removeprefix("!") for name in names if name.startswith("!")}
    wanted = [name for name in names if not name.startswith("!")]
    meant = database not in excluded and (not wanted or "all" in wanted or database in wanted)
    return meant and one.options.get("ignore", "").lower() != "true"


def _known(one: _Changeset, rows: Sequence[Values]) -> str:
    """Return the identity that the table has for the changeset; its own if the table has none.

    Liquibase writes the path below its search path, which may begin above or below the folder.
    """
    same = [row for row in rows if (str(row["id"]), str(row["author"])) == (one.id, one.author)]
    near = [row for row in same if _is_same_path(str(row["filename"]), one.logical)]
    return _identity((near or [{"filename": one.logical, "id": one.id, "author": one.author}])[0])


def _is_same_path(recorded: str, path: str) -> bool:
    recorded = recorded.removeprefix("classpath:").removeprefix("./").lstrip("/")
    return recorded == path or recorded.endswith(f"/{path}") or path.endswith(f"/{recorded}")


def _file(one: _Changeset, identity: str, database: str) -> AdoptedFile:
    delimiter = one.options.get("enddelimiter", ";")
    head = b"" if delimiter == ";" else f"DELIMITER {delimiter}\n".encode()
    return AdoptedFile(
        identity,
        one.source.path,
        f"{one.id}_{one.author}",
        head + _sent(one.content),
        transaction=one.options.get("runintransaction", "").lower() != "false",
        fault=_fault(one, delimiter, database),
        incomplete=_incomplete(one),
    )


def _sent(content: bytes) -> bytes:
    return b"".join(content[line.start : line.end] for line in lines_of(content) if not _OWN.fullmatch(line.text))


def _fault(one: _Changeset, delimiter: str, database: str) -> str:
    named = f"changeset {one.id} of {one.author}"
    if delimiter != ";" and (database not in ("mysql", "mariadb") or "\\" in delimiter):
        return f"{named} has endDelimiter:{delimiter}, which Whimbrel does not know; end its statements with a semicolon"
    if found := _PARAMETER.search(one.content):
        parameter = found[0].decode("utf-8", "replace")
        return f"{named} has the parameter {parameter}, which Liquibase replaces; write its value in its place"
    if any(_IGNORED.fullmatch(line.text) for line in lines_of(one.content)):
        return f"{named} has lines to be ignored, which Whimbrel would send; remove them with their marker ignoreLines"
    return ""


def _incomplete(one: _Changeset) -> str:
    if any(_PRECONDITIONS.fullmatch(line.text) for line in lines_of(one.content)):
        return f"changeset {one.id} of {one.author} has preconditions, which Whimbrel does not check"
    again = [name for name in ("runAlways", "runOnChange") if one.options.get(name.lower(), "").lower() == "true"]
    return f"changeset {one.id} of {one.author} has {again[0]}, but a migration of Whimbrel runs once" if again else ""


TOOL = _Liquibase()
