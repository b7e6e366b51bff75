"""Existing objects on a server of MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.objects import TOOLS, Catalog, Family, Holdings, Wanted

__all__ = ["MysqlCatalog"]

# https://dev.mysql.com/doc/refman/9.7/en/identifier-case-sensitivity.html
_ALWAYS_CASELESS = ("routine", "event", "column")
_CASELESS_BY_SETTING = ("relation", "trigger", "schema", "contents", "database")
# By family: the view, and its columns for kind, schema and name.
_VIEWS: dict[Family, tuple[str, str, str, str]] = {
    "relation": ("tables", "table_type", "table_schema", "table_name"),
    "routine": ("routines", "routine_type", "routine_schema", "routine_name"),
    "trigger": ("triggers", "'trigger'", "trigger_schema", "trigger_name"),
    "event": ("events", "'event'", "event_schema", "event_name"),
}
_KINDS = {"BASE TABLE": "table", "SYSTEM VERSIONED": "table", "SYSTEM VIEW": "view"}


class MysqlCatalog(Catalog):
    """The objects of the named databases, as far as this user may see them."""

    # https://dev.mysql.com/doc/refman/9.7/en/create-table.html and https://mariadb.com/kb/en/create-table/
    not_columns = Catalog.not_columns | {"INDEX", "KEY", "FULLTEXT", "SPATIAL", "VECTOR", "PERIOD", "LIKE"}

    async def find(self, connection: Connection, schema: str, wanted: Wanted) -> Holdings:
        rows = await connection.fetch_all(" UNION ALL ".join(_questions(connection, schema, wanted)))
        setting = next(row["kind"] for row in rows if row["family"] == "setting")
        found = [{**row, "kind": _kind(row["family"], str(row["kind"]))} for row in rows if row["family"] != "setting"]
        return Holdings(schema, found, _ALWAYS_CASELESS if setting == "0" else (*_ALWAYS_CASELESS, *_CASELESS_BY_SETTING))


def _kind(family: str, kind: str) -> str:
    return kind if family == "column" else _KINDS.get(kind, kind.lower())


def _questions(connection: Connection, schema: str, wanted: Wanted) -> Iterator[str]:
    """Yield a SELECT for each family and database. MariaDB opens every table unless the database is a constant."""
    literal = connection.dialect.literal
    yield "SELECT 'setting' AS family, CAST(@@lower_case_table_names AS CHAR) AS kind, '' AS place, '' AS name"
    tools = ", ".join(map(literal, TOOLS))
    yield (
        "SELECT 'tool', 'table', table_schema, table_name FROM information_schema.tables "
        f"WHERE table_schema = {literal(schema)} AND lower(table_name) IN ({tools})"
    )
    for family, names in wanted.items():
        if family in ("schema", "database"):
            listed = ", ".join(literal(own) for _, own in names)
            yield (
                f"SELECT DISTINCT '{family}', 'database', '', table_schema FROM information_schema.tables "
                f"WHERE table_schema IN ({listed})"
            )
        if family == "contents":
            listed = ", ".join(literal(own or schema) for _, own in names)
            yield (
                f"SELECT DISTINCT 'contents', 'database', '', table_schema FROM information_schema.tables "
                f"WHERE table_schema IN ({listed}) AND LEFT(table_name, 9) <> 'whimbrel_'"
            )
        for place in sorted({place for place, _ in names}) if family in _VIEWS else ():
            view, kind, of_schema, name = _VIEWS[family]
            listed = ", ".join(literal(own) for where, own in names if where == place)
            there = f"= {literal(place or schema)} AND {name} IN ({listed})"
            yield f"SELECT '{family}', {kind}, {of_schema}, {name} FROM information_schema.{view} WHERE {of_schema} {there}"
            if family == "relation":
                columns = "SELECT 'column', table_name, table_schema, column_name FROM information_schema.columns"
                yield f"{columns} WHERE {of_schema} {there}"
