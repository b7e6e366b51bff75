"""Detect which files of a set a database has already, for `baseline --detect`. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._table import table
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.blueprints import check_global
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import Migration
from whimbrel.migrations.reader import read_directories
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.detection import FileEvidence, FileVerdict, judge_files, newest_certain
from whimbrel.planning.schema_changes import SchemaChange, read_changes
from whimbrel.planning.schema_model import read_all, states_of
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import Session

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["DetectedFile", "Detection", "detect_baseline", "find_lacking"]

_MOST_SHOWN = 4


class DetectedFile(NamedTuple):
    """One file and its evidence: the objects that the database has as the file leaves them, and the objects that differ."""

    version: str
    script: str
    verdict: FileVerdict
    found: tuple[str, ...]
    lacking: tuple[str, ...]


class Detection(NamedTuple):
    """The result for one set. `version` is the highest version that can be recorded; empty if there is none.

    `unknown` are the files up to that version, and right after it, that create no object. `unseen` are the kinds of objects that
    this user may not see completely.
    """

    database: str
    set_name: str
    files: tuple[DetectedFile, ...]
    version: str
    unknown: tuple[str, ...]
    unseen: tuple[str, ...]
    path: str

    def __str__(self) -> str:
        rows = [(one.version, one.script, str(one.verdict), _seen(one)) for one in self.files]
        lines = [table(("version", "script", "state", "evidence in the database"), rows)]
        if self.unseen:
            lines.append(f"this user may not see every {joined(self.unseen)}, so Whimbrel concludes nothing from them")
        if self.unknown:
            lines.append(f"check by hand whether the database has the effects of: {', '.join(map(printable, self.unknown))}")
        if self.version:
            words = command("baseline", self.version, folder=self.path)
            lines.append(f"the database has all files up to version {self.version}: {words}")
        else:
            lines.append("no version can be recorded: the database lacks objects of the first file that creates any")
        return "\n".join(lines)


def _seen(one: DetectedFile) -> str:
    parts = [_some(one.found), _some(one.lacking)]
    return "; ".join(part for part in parts if part) or ("creates no object" if one.verdict is FileVerdict.UNKNOWN else "")


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more


async def detect_baseline(
    target: Target, folder: str | Traversable, *, databases: Collection[str] = (), schema: str = ""
) -> Detection:
    """Return for each file of a set whether the database has its objects, and the highest version that can be recorded.

    Writes nothing and takes no lock. Raises ValidationFailed for files that cannot be migrations, DatabaseUnreachable or
    ConfigurationError.
    """
    target = parse_target(target)
    if not (schema or target.schema):
        check_global([folder])
    (one,) = read_directories([folder])
    databases = meant_databases([one], databases)
    async with open_session(target, schema, None, question=True) as session:
        check_database(databases, session.database)
        files = one.for_database(session.database)
        evidence = await _judge(session, files, native=len(databases) == 1)
        count, unknown = newest_certain([each.verdict for each in evidence[0]])
        return Detection(
            session.database,
            one.name,
            tuple(DetectedFile(str(file.version), file.script, *each) for file, each in zip(files, evidence[0], strict=True)),
            str(files[count - 1].version) if count else "",
            tuple(files[number - 1].script for number in unknown),
            evidence[1],
            printable(one.path),
        )


async def find_lacking(session: Session, files: list[Migration], *, native: bool) -> list[tuple[Migration, tuple[str, ...]]]:
    """Return the files that the database lacks, completely or in part, each with the missing objects."""
    evidence, _ = await _judge(session, files, native=native)
    doubtful = (FileVerdict.MISSING, FileVerdict.PARTLY)
    return [(file, one.lacking) for file, one in zip(files, evidence, strict=True) if one.verdict in doubtful]


async def _judge(session: Session, files: list[Migration], *, native: bool) -> tuple[list[FileEvidence], tuple[str, ...]]:
    changes = [_changes(session, file, native=native) for file in files]
    spell = session.dialect.inventory.spell
    schemas = read_all(changes, session.schema, spell).schemas()
    stock = await session.dialect.inventory.read(session.connection, schemas)
    states = states_of(changes, session.schema, spell, stock.has)
    concerned = {one.kind for state in states for one in state.objects}
    return judge_files(states, stock), tuple(sorted(stock.unseen & concerned))


def _changes(session: Session, file: Migration, *, native: bool) -> list[SchemaChange]:
    rules = session.dialect.lexer_rules(portable=not native and not file.database, database=session.database)
    return [
        change
        for piece in statements_or_batches(file.text, rules)
        if not isinstance(piece, InsertBatch)
        for change in read_changes(piece.text, rules, session.dialect.catalog)
    ]
