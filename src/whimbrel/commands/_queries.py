"""The queries of the version that is still running, prepared on a throw-away database before and after the judged files."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from whimbrel.commands.migrate import migrate
from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, DatabaseError, Place
from whimbrel.messages.printable import printable
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.reader import read_directories
from whimbrel.parsing.parameters import parse_parameters
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement
from whimbrel.planning.plan import Planner
from whimbrel.review.lint.choosing import Key
from whimbrel.review.lint.counting import find_questions
from whimbrel.review.lint.measuring import confine
from whimbrel.review.scratch import throw_away
from whimbrel.runner.migrator import Migrator
from whimbrel.session.connect import open_session
from whimbrel.url import DatabaseUrl

__all__ = ["Broken", "find_broken"]


class Broken(NamedTuple):
    """A query that the database took before the judged files, and refuses after them."""

    database: str
    place: Place
    number: int
    query: str
    error: DatabaseError


async def find_broken(
    address: DatabaseUrl,
    folder: Path,
    sets: Sequence[MigrationSet],
    chosen: Collection[Key],
    queries: Path,
    *,
    native: bool,
    private: bool,
) -> list[Broken]:
    """Return the queries below `queries` that the chosen files break, on a throw-away database beside `address`.

    No query runs: each is prepared. `private` is that of `measure`. Raises ConfigurationError if there is no query or a
    statement of the files would reach beyond the new database, MigrationFailed and ValidationFailed.
    """
    files = _read(queries)
    copies = (_without(one, chosen, folder / f"before-{number}") for number, one in enumerate(sets))
    before = [one for one in copies if one]
    if not before:
        return []  # No query works on an empty database.

    async def fill(url: DatabaseUrl) -> None:
        await _apply(url, before, native=native, private=private)

    async with throw_away(address, folder, fill) as url:
        worked = {key for key, error in (await _prepare(url, files)).items() if error is None}
        await _apply(url, [one.path for one in sets], native=native, private=private)
        failed = await _prepare(url, files)
        async with open_session(url) as session:
            database = session.database
    return [
        Broken(database, Place(str(path), one.line, one.column, one.text.partition("\n")[0]), number, one.text, error)
        for (path, number, one), error in ((key, failed[key]) for key in failed if key in worked)
        if error is not None
    ]


_Query = tuple[Path, int, Statement]


def _read(queries: Path) -> list[tuple[Path, str]]:
    found = sorted(queries.rglob("*.sql")) if queries.is_dir() else []
    if not found:
        raise ConfigurationError(
            f"--queries {printable(str(queries))}: no .sql file is in this folder; name the folder of the queries"
        )
    try:
        return [(path, path.read_text(encoding="utf-8-sig")) for path in found]
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"--queries {printable(str(queries))}: a file is not UTF-8 ({error}); convert it") from None


def _without(one: MigrationSet, chosen: Collection[Key], folder: Path) -> str:
    """Copy a set without the chosen files, and return the copy's path; an empty text if no file is left.

    The copy has the same name, as the history needs it.
    """
    left_out = {file.script for file in one.variants if (file.set_name, str(file.version)) in chosen}
    if len(left_out) == len(one.variants):
        return ""
    copy = folder / one.name
    shutil.copytree(one.path, copy, ignore=lambda _, names: left_out.intersection(names), dirs_exist_ok=True)
    return str(copy)


async def _apply(url: DatabaseUrl, folders: Sequence[str], *, native: bool, private: bool) -> None:
    sets, planner = read_directories(folders), Planner(native=native)
    async with open_session(url, "", sets) as session:
        schema, databases = session.schema, (session.database,) if native else ()
        session.state = session.state._replace(native=native)
        # Without the judged files, a run may choose others than those that were measured.
        run = Migrator(session, sets, None, None, planner=planner, out_of_order=True, accept_existing=True)
        confine(session, planner, await run.look(), private=private)
    await migrate(url, *folders, databases=databases, schema=schema, keep_model=False, out_of_order=True)


async def _prepare(url: DatabaseUrl, files: Sequence[tuple[Path, str]]) -> dict[_Query, DatabaseError | None]:
    """Prepare every query; return the error of each that is refused."""
    async with open_session(url) as session:
        connection = session.connection
        # The manager of an application has the portable session.
        await connection.dialect.enter(connection, session.schema, portable=True)
        rules = find_dialect(url).lexer_rules(portable=True, database=session.database)
        return {
            (path, number, one): await _try(connection, one.text)
            for path, text in files
            for number, one in enumerate(split(text, rules), start=1)
        }


async def _try(connection: Connection, query: str) -> DatabaseError | None:
    dialect = connection.dialect
    rules = dialect.lexer_rules(portable=True, database=connection.database)
    try:
        for statement in find_questions(connection).prepare(parse_parameters(query, rules), dialect):
            await connection.run(statement)
    except DatabaseError as error:
        return error
    return None
