"""The schemas of MySQL and MariaDB."""

from __future__ import annotations

from whimbrel.dialects.connection import Connection
from whimbrel.schema.contract import Inspector
from whimbrel.schema.model import Opaque, Schema
from whimbrel.schema.mysql.questions import Facts, facts_query, read_facts
from whimbrel.schema.mysql.render import rendered
from whimbrel.schema.mysql.tables import Tables
from whimbrel.schema.mysql.types import read_collation

__all__ = ["INSPECTOR"]

_TABLES = ("BASE TABLE", "SYSTEM VERSIONED")


class MysqlInspector(Inspector):
    """Reads information_schema: one query, one more for an unnamed database, and one more for MariaDB's sequences."""

    async def read(self, connection: Connection, schema: str) -> Schema:
        name = schema or str(await connection.fetch_value("SELECT DATABASE() AS name"))
        database = connection.database
        dialect = connection.dialect
        rows = await connection.fetch_all(facts_query(database, dialect.literal(name)))
        found = read_facts(database, rows)
        tables = Tables(found, database, name, dialect.lexer_rules(portable=False, database=database))
        return Schema(
            database=database,
            name=name,
            tables=tuple(tables.read(row, ()) for row in _by_name(found["table"]) if row["table_type"] in _TABLES),
            opaques=tuple(Opaque(kind="unseen", name=str(row["kind"]), native="") for row in found["unseen"]),
            collation=read_collation(str(found["schema"][0]["default_collation_name"])),
        )

    def render(self, schema: Schema) -> list[str]:
        return rendered(schema)


def _by_name(rows: list[Facts]) -> list[Facts]:
    return sorted(rows, key=lambda row: str(row["table_name"]))


INSPECTOR = MysqlInspector()
