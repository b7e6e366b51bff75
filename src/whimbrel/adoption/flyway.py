"""Flyway: https://github.com/flyway/flyway. Whimbrel can use Flyway's V files as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from whimbrel.adoption.checksums import crc32_of_lines, java_hash
from whimbrel.adoption.tool import (
    AdoptedFile,
    AdoptedRow,
    SourceFile,
    TableName,
    Tool,
    ToolColumn,
    ToolLock,
    Values,
)
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import Version

__all__ = ["TOOL"]

_VERSIONED = re.compile(r"V(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<name>.+)\.sql", re.ASCII)
_REPEATABLE = re.compile(r"R__(?P<name>.+)\.sql")
_UNDO = re.compile(r"U[0-9._]+__.+\.sql")
_BASELINE = re.compile(r"B(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<name>.+)\.sql", re.ASCII)
# The types of rows whose migration is a SQL file, or has no file at all (org/flywaydb/core/api/CoreMigrationType.java).
_OF_FILES = ("SQL", "SQL_BASELINE", "SQL_IBASE", "BASELINE", "SCHEMA", "DELETE")
_PLACEHOLDER = re.compile(rb"\$\{[^}\r\n]+\}")
_NO_TRANSACTION = re.compile(rb"(?im)^\s*executeInTransaction\s*=\s*false\s*$")
# PostgreSQLAdvisoryLockTemplate.java: the letters of "Flyway"; its terms have the types long and int, which are the same here.
_LOCK = (0x46 << 40) + (0x6C << 32) + (0x79 << 24) + (0x77 << 16) + (0x61 << 8) + 0x79


class _Flyway(Tool):
    name = "flyway"
    title = "Flyway"
    tables = ("flyway_schema_history", "schema_version")
    columns = (
        ToolColumn("installed_rank", "number"),
        ToolColumn("version", nullable=True),
        ToolColumn("description"),
        ToolColumn("type"),
        ToolColumn("script"),
        ToolColumn("checksum", "number", nullable=True),
        ToolColumn("success", "truth"),
    )
    checksum = "the CRC-32 of the lines"
    reads = (".sql", ".sql.conf")
    in_place = True

    def find_files(self, sources: Sequence[SourceFile], rows: Sequence[Values], database: str) -> list[AdoptedFile]:
        settings = {one.path: one.content for one in sources if one.name.endswith(".conf")}
        versioned = [file for one in sources if (file := _versioned(_VERSIONED, one, settings))]
        versioned += _baselines(rows, versioned, sources, settings)
        repeatable = [
            _with_content(
                AdoptedFile(f"R__{_words(found['name'])}", one.path, found["name"], b"", repeatable=True), one, settings
            )
            for one in sources
            if (found := _REPEATABLE.fullmatch(one.name))
        ]
        # Flyway applies repeatable migrations last, in the order of their descriptions.
        return [
            *sorted(versioned, key=lambda file: Version.parse(file.version)),
            *sorted(repeatable, key=lambda file: file.identity),
        ]

    def find_applied(self, rows: Sequence[Values], files: Sequence[AdoptedFile]) -> list[AdoptedRow]:
        applied: dict[str, AdoptedRow] = {}
        for row in sorted(rows, key=lambda row: int(str(row["installed_rank"]))):
            kind, one = str(row["type"]).upper(), _row(row)
            if kind == "SCHEMA" and row["success"]:
                continue
            # An undone migration, and one whose row is deleted, may be applied again later.
            applied.pop(one.identity, None)
            if _is_baseline(kind) and not one.fault:
                applied |= {below.identity: below for below in _below(one, files)}
            elif not kind.startswith(("UNDO", "DELETE")) or one.fault:
                applied[one.identity] = one
        return list(applied.values())

    def find_left_out(self, sources: Sequence[SourceFile]) -> dict[str, str]:
        return {one.path: reason for one in sources if (reason := _left_out(one))}

    def lock(self, table: TableName, catalog: str) -> ToolLock | None:
        mark = "`" if table.database in ("mysql", "mariadb") else '"'
        number = java_hash(".".join(f"{mark}{name}{mark}" for name in (table.schema, table.name)))
        return ToolLock(_LOCK + number, f"Flyway-{number}")


def _is_baseline(kind: str) -> bool:
    """Whether a row of this type takes the place of the files up to its version: BASELINE, SQL_BASELINE, JDBC_IBASE."""
    return "BASELINE" in kind or kind.endswith("_IBASE")


def _baselines(
    rows: Sequence[Values], versioned: Sequence[AdoptedFile], sources: Sequence[SourceFile], settings: Mapping[str, bytes]
) -> Iterator[AdoptedFile]:
    """Yield the baseline migration that Flyway has applied, if the versioned files that it replaces are gone."""
    applied = {_normal(str(row["version"])) for row in rows if _is_baseline(str(row["type"]).upper()) and row["success"]}
    oldest = min((Version.parse(file.version) for file in versioned), default=None)
    for one in sources:
        file = _versioned(_BASELINE, one, settings)
        if file and file.identity in applied and (oldest is None or Version.parse(file.version) < oldest):
            yield file


def _versioned(pattern: re.Pattern[str], source: SourceFile, settings: Mapping[str, bytes]) -> AdoptedFile | None:
    found = pattern.fullmatch(source.name)
    if found is None:
        return None
    version = str(Version.parse(found["version"]))
    return _with_content(AdoptedFile(version, source.path, found["name"], b"", version), source, settings)


def _with_content(file: AdoptedFile, source: SourceFile, settings: Mapping[str, bytes]) -> AdoptedFile:
    return file._replace(
        up=source.content,
        checksums=(str(crc32_of_lines(source.content)),),
        transaction=not _NO_TRANSACTION.search(settings.get(f"{source.path}.conf", b"")),
        fault=_placeholder(source.content),
    )


def _placeholder(content: bytes) -> str:
    found = _PLACEHOLDER.search(content)
    if found is None:
        return ""
    line, name = content.count(b"\n", 0, found.start()) + 1, found[0].decode("utf-8", "replace")
    return (
        f"has the placeholder {name} on line {line}, which Flyway replaces and Whimbrel sends as it is; write the value in its "
        "place, run flyway repair, which accepts the changed file, and then this command again"
    )


def _row(row: Values) -> AdoptedRow:
    kind = str(row["type"]).upper()
    origin = f"installed_rank {row['installed_rank']}, {_named(row)}, type {row['type']}"
    fault = "" if row["success"] else "failed (success is false)"
    checksum = "" if row["checksum"] is None else str(row["checksum"])
    identity = f"R__{row['description']}" if row["version"] is None else _normal(str(row["version"]))
    return AdoptedRow(identity, origin, checksum, fault, "" if kind in _OF_FILES else _hint(kind))


def _hint(kind: str) -> str:
    return f"; it is a migration of the type {kind}, which has no SQL file: write its effect as a V file of the same version"


def _named(row: Values) -> str:
    return f"script {row['script']}" if row["version"] is None else f"version {row['version']}"


def _normal(version: str) -> str:
    try:
        return str(Version.parse(version))
    except ConfigurationError:
        return version


def _below(baseline: AdoptedRow, files: Sequence[AdoptedFile]) -> Iterator[AdoptedRow]:
    """Yield a row for each file up to a baseline: Flyway skips these files, since the baseline replaces them."""
    try:
        last = Version.parse(baseline.identity)
    except ConfigurationError:
        return
    for file in files:
        if not file.repeatable and Version.parse(file.version) <= last:
            # The checksum is that of the baseline migration, if there is a file of it.
            own = _BASELINE.fullmatch(file.path.rpartition("/")[2])
            yield AdoptedRow(file.identity, baseline.origin, baseline.checksum if own else "")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _left_out(source: SourceFile) -> str:
    name = source.name
    if not name.endswith(".sql") or _VERSIONED.fullmatch(name) or _REPEATABLE.fullmatch(name):
        return ""
    if _UNDO.fullmatch(name):
        return "is an undo migration, which Whimbrel never runs"
    if _BASELINE.fullmatch(name):
        return "is a baseline migration; Whimbrel applies the V files that it replaces"
    return "is neither a versioned nor a repeatable migration, and Whimbrel has no callbacks"


TOOL = _Flyway()
