"""Existing objects in an SQLite file."""

from __future__ import annotations

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.objects import TOOLS, Catalog, Holdings, Wanted

__all__ = ["SqliteCatalog"]

# SQLite compares these names without case: https://sqlite.org/lang_naming.html
_CASELESS = ("relation", "trigger", "column")


# Behind PRAGMA writable_schema a file may write to the table of the schema itself. It is another object's only if there is one.
class SqliteCatalog(Catalog):
    """The objects of the file itself; attached files are separate."""

    temporary_schemas = frozenset(("temp",))

    async def find(self, connection: Connection, schema: str, wanted: Wanted) -> Holdings:
        names = [own for family in ("relation", "trigger") for place, own in wanted.get(family, ()) if _is_main(place)]
        literal = connection.dialect.literal
        listed, tools = ", ".join(map(literal, names)) or "NULL", ", ".join(map(literal, TOOLS))
        rows = await connection.fetch_all(f"""
            SELECT CASE type WHEN 'trigger' THEN type ELSE 'relation' END AS family, type AS kind, 'main' AS place, name
            FROM main.sqlite_master WHERE name COLLATE NOCASE IN ({listed})
            UNION ALL
            SELECT 'column', m.name, 'main', c.name FROM main.sqlite_master m, pragma_table_xinfo(m.name) c
            WHERE m.type = 'table' AND m.name COLLATE NOCASE IN ({listed})
            UNION ALL
            SELECT 'relation', 'table', 'main', own.name
            FROM (SELECT 'sqlite_master' AS name UNION ALL SELECT 'sqlite_schema') own
            WHERE own.name COLLATE NOCASE IN ({listed})
            AND EXISTS (SELECT 1 FROM main.sqlite_master WHERE substr(tbl_name, 1, 9) <> 'whimbrel_')
            UNION ALL
            SELECT 'tool', 'table', 'main', name FROM main.sqlite_master WHERE type = 'table' AND lower(name) IN ({tools})""")
        return Holdings("main", rows, _CASELESS)


def _is_main(place: str) -> bool:
    return place.lower() in ("", "main")
