"""The schemas of MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from whimbrel.dialects.connection import Connection
from whimbrel.schema.contract import Inspector
from whimbrel.schema.model import Opaque, Schema
from whimbrel.schema.mysql.definitions import fetch_definitions
from whimbrel.schema.mysql.objects import Objects
from whimbrel.schema.mysql.questions import facts_query, read_facts
from whimbrel.schema.mysql.tables import Tables
from whimbrel.schema.mysql.types import read_collation

__all__ = ["INSPECTOR"]

_TABLES = ("BASE TABLE", "SYSTEM VERSIONED")


class MysqlInspector(Inspector):
    """Reads information_schema in one query, and SHOW CREATE of all objects in one message, for the facts that it lacks."""

    async def read(self, connection: Connection, schema: str, *, needs: bool = True) -> Schema:
        name = schema or str(await connection.fetch_value("SELECT DATABASE() AS name"))
        database = connection.database
        rows = await connection.fetch_all(facts_query(database, name, connection.dialect.literal(name)))
        found = read_facts(database, rows)
        definitions = await fetch_definitions(connection, found, name)
        rules = connection.dialect.lexer_rules(portable=False, database=database)
        objects = Objects(found, definitions, name, rules)
        tables = Tables(found, definitions, database, name, rules)
        triggers = objects.triggers()
        stored = (row for row in found["table"] if row["table_type"] in _TABLES)
        return Schema(
            database=database,
            name=name,
            tables=_by_name(tables.read(row, triggers.get(str(row["table_name"]), ())) for row in stored),
            views=_by_name(objects.views(tables)),
            routines=_by_name(objects.routines()),
            sequences=_by_name(objects.sequences()),
            opaques=tuple(sorted(objects.opaques(), key=_kind_and_name)),
            collation=read_collation(str(found["schema"][0]["default_collation_name"])),
        )

    def render(self, schema: Schema) -> list[str]:
        from whimbrel.schema.mysql.render import rendered  # a run only reads

        return rendered(schema)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Object = TypeVar("_Object", bound=_Named)


def _by_name(objects: Iterable[_Object]) -> tuple[_Object, ...]:
    return tuple(sorted(objects, key=lambda one: one.name))


def _kind_and_name(one: Opaque) -> tuple[str, str]:
    return one.kind, one.name


INSPECTOR = MysqlInspector()
