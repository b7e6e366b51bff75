"""Read a schema of SQLite in one query, and render it."""

from __future__ import annotations

from whimbrel.dialects.connection import Connection, Row
from whimbrel.schema.contract import Inspector
from whimbrel.schema.model import Opaque, Schema, Table, Trigger, View
from whimbrel.schema.sqlite.reading import folded
from whimbrel.schema.sqlite.render import render
from whimbrel.schema.sqlite.statements import read_view
from whimbrel.schema.sqlite.tables import TableFacts, read_columns_and_keys, resolve_references
from whimbrel.schema.sqlite.types import read_collation

__all__ = ["INSPECTOR"]

# A single statement reads one consistent state of the file. Pragmas in it need a schema, since a temporary table may have the
# same name: https://sqlite.org/pragma.html#pragfunc. The query does not read the columns of a virtual table, whose module may
# be missing, or of a view, whose tables may be missing.
_QUESTION = """
    WITH ordinary AS (
        SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'
    )
    SELECT type AS kind, tbl_name AS owner, name, sql AS native, 0 AS position, 0 AS flag, '' AS extra, 0 AS number
    FROM main.sqlite_master
    UNION ALL
    SELECT 'shadow', '', name, '', 0, 0, '', 0 FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'
    UNION ALL
    SELECT 'column', o.name, c.name, c.type, c.cid, c."notnull", c.dflt_value, c.hidden
    FROM ordinary o, pragma_table_xinfo(o.name, 'main') c
    UNION ALL
    SELECT CASE i.origin WHEN 'c' THEN 'part' ELSE i.origin END, CASE i.origin WHEN 'c' THEN i.name ELSE o.name END,
           p.name, p.coll, p.seqno, p."desc", i."unique" + 2 * i.partial, p.cid
    FROM ordinary o, pragma_index_list(o.name, 'main') i, pragma_index_xinfo(i.name, 'main') p WHERE p.key
"""


class SqliteInspector(Inspector):
    """The schema of an SQLite file. It needs SQLite 3.37."""

    async def read(self, connection: Connection, schema: str, *, needs: bool = True) -> Schema:
        """Return everything in the file. Attached files and temporary objects are separate."""
        return read_rows(await connection.fetch_all(_QUESTION))

    def render(self, schema: Schema) -> list[str]:
        """Return the statements that SQLite keeps, which make the same schema."""
        return render(schema)


def read_rows(rows: list[Row]) -> Schema:
    """Build the model from the rows of the catalog."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["kind"], folded(row["owner"])), []).append(row)
    shadows = {row["name"] for row in groups.get(("shadow", ""), ())}
    tables, opaques, views = list[Table](), list[Opaque](), list[View]()
    for row in rows:
        name = row["name"]
        # SQLite keeps tables of its own, under names that it reserves: https://sqlite.org/fileformat2.html#intschema
        if row["kind"] not in ("table", "view") or name in shadows or folded(name).startswith("sqlite_"):
            continue
        if row["kind"] == "view":
            views.append(_view(row, groups))
        elif row["native"].startswith("CREATE VIRTUAL TABLE"):
            opaques.append(Opaque(kind="virtual table", name=name, native=row["native"]))
        else:
            facts = TableFacts(row, groups)
            tables.append(read_columns_and_keys(facts, _triggers(name, groups)))
    return Schema(
        database="sqlite",
        name="main",
        tables=resolve_references(sorted(tables, key=lambda one: one.name)),
        views=tuple(sorted(views, key=lambda one: one.name)),
        opaques=tuple(sorted(opaques, key=lambda one: one.name)),
        collation=read_collation("BINARY"),
    )


def _view(row: Row, groups: dict[tuple[str, str], list[Row]]) -> View:
    definition = read_view(row["native"])
    return View(name=row["name"], definition=definition, triggers=_triggers(row["name"], groups), native=row["native"])


def _triggers(table: str, groups: dict[tuple[str, str], list[Row]]) -> tuple[Trigger, ...]:
    found = [Trigger(name=row["name"], native=row["native"]) for row in groups.get(("trigger", folded(table)), ())]
    return tuple(sorted(found, key=lambda one: one.name))


INSPECTOR = SqliteInspector()
