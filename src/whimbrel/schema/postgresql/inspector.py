"""Read a schema of PostgreSQL with three queries, and render it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.schema.contract import Inspector
from whimbrel.schema.model import Collation, Schema
from whimbrel.schema.postgresql.comments import add_comments, find_commented
from whimbrel.schema.postgresql.linked_sql import linked_question
from whimbrel.schema.postgresql.needs import find_names, find_needing, find_needs
from whimbrel.schema.postgresql.objects import find_routines, find_sequences, find_views
from whimbrel.schema.postgresql.opaques import find_opaques
from whimbrel.schema.postgresql.presence import Present, presence_sql
from whimbrel.schema.postgresql.question import KINDS, question, settings_sql
from whimbrel.schema.postgresql.tables import CatalogRows, find_tables
from whimbrel.schema.postgresql.user_types import find_types

__all__ = ["INSPECTOR"]

_SAVEPOINT = "whimbrel_schema"
_Kinds = dict[str, list[dict[str, Any]]]


class _Content(NamedTuple):
    found: CatalogRows
    needs: tuple[tuple[str, str], ...]


class PostgresqlInspector(Inspector):
    """One schema of PostgreSQL.

    It leaves out owners, grants, tablespaces, security labels, rows, the comment on the schema itself, and objects that belong to
    no schema.
    """

    async def read(self, connection: Connection, schema: str, *, needs: bool = True) -> Schema:
        """Ask three queries in a transaction that only reads; without a name, find the schema first.

        The first query finds the kinds of objects, the second reads the objects, and the third reads their dependencies and
        comments, if they are wanted or there are any.
        """
        name = schema or await connection.dialect.find_schema(connection, "")
        return _assemble(name, await _ask(connection, name, needs=needs))

    def render(self, schema: Schema) -> list[str]:
        from whimbrel.schema.postgresql.render import render  # a run only reads

        return render(schema)


async def _ask(connection: Connection, schema: str, *, needs: bool) -> _Content:
    inside = connection.in_transaction
    begin = f"SAVEPOINT {_SAVEPOINT}" if inside else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    end = [f"ROLLBACK TO {_SAVEPOINT}", f"RELEASE {_SAVEPOINT}"] if inside else ["COMMIT"]
    async with nullcontext() if inside else connection.rollback_on_error():
        present = await _look(connection, schema, [begin, *settings_sql(schema)])
        if present is not None:
            return await _read(connection, present, end, needs=needs)
        await connection.send(end)
    await connection.dialect.find_schema(connection, schema)
    raise ConfigurationError(f"this user may not use the schema {printable(schema)}; grant USAGE on it")


async def _look(connection: Connection, schema: str, before: list[str]) -> Present | None:
    bare = connection.bare
    assert isinstance(bare, PostgresqlConnection), "an inspector is given connections of its own dialect"
    (rows,) = await connection.fetch_together([presence_sql(schema)], before)
    major = bare.driver.get_server_version().major
    return Present(major, schema, rows[0]["place"], frozenset(rows[0]["words"])) if rows else None


async def _read(connection: Connection, present: Present, after: list[str], *, needs: bool) -> _Content:
    commented = present.has("comment")
    goes_on = needs or commented
    kinds: _Kinds = {kind: [] for kind in KINDS} | await _rows(connection, question(present), () if goes_on else after)
    found = CatalogRows(kinds)
    names = find_names(found) if needs else {}
    linked = linked_question(find_needing(found, names), find_commented(kinds) if commented else ())
    links: _Kinds = {"need": [], "comment": []} | (await _rows(connection, linked, after) if goes_on else {})
    add_comments(kinds, links["comment"])
    return _Content(found, find_needs(names, links["need"]))


async def _rows(connection: Connection, query: str, after: Sequence[str] = ()) -> _Kinds:
    answers = await connection.fetch_together([query] if query else [], (), after)
    return {row["kind"]: json.loads(row["data"] or "[]") for rows in answers for row in rows}


def _assemble(name: str, content: _Content) -> Schema:
    found = content.found
    return Schema(
        database="postgresql",
        name=name,
        tables=find_tables(found),
        views=find_views(found),
        routines=find_routines(found),
        sequences=find_sequences(found),
        types=find_types(found),
        opaques=find_opaques(found),
        needs=content.needs,
        collation=Collation(name='"default"'),
    )


INSPECTOR = PostgresqlInspector()
