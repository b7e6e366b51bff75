"""All objects in databases of a MySQL or MariaDB server, as far as this user may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.inventory import Inventory, Stock

__all__ = ["MysqlInventory"]

# By kind: the view, and its columns for schema, table and name.
_VIEWS = {
    "relation": ("tables", "table_schema", "''", "table_name"),
    "column": ("columns", "table_schema", "table_name", "column_name"),
    "index": ("statistics", "table_schema", "table_name", "index_name"),
    "trigger": ("triggers", "trigger_schema", "event_object_table", "trigger_name"),
    "routine": ("routines", "routine_schema", "''", "routine_name"),
    "event": ("events", "event_schema", "''", "event_name"),
}
# The server shows an object in this view only to users with one of these privileges:
# https://dev.mysql.com/doc/refman/9.7/en/information-schema-triggers-table.html and -routines-table.html
_PRIVILEGES = {
    **dict.fromkeys(("relation", "column", "index"), ("SELECT", "ALTER", "CREATE")),
    "trigger": ("TRIGGER",),
    "routine": ("EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE"),
    "event": ("EVENT",),
}
_US = "concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', -1), '''')"


class MysqlInventory(Inventory):
    """The objects of the named databases."""

    def spell(self, name: str) -> str:
        return name.lower()

    async def read(self, connection: Connection, schemas: Collection[str]) -> Stock:
        questions = [question for schema in sorted(schemas) for question in _questions(connection, schema)]
        return self.stock(await connection.fetch_all(" UNION ALL ".join(questions)))


def _questions(connection: Connection, schema: str) -> Iterator[str]:
    literal = connection.dialect.literal
    place = literal(schema)
    for kind, (view, of_schema, owner, name) in _VIEWS.items():
        yield (
            f"SELECT DISTINCT '{kind}' AS kind, {of_schema} AS place, {owner} AS owner, {name} AS name "
            f"FROM information_schema.{view} WHERE {of_schema} = {place}"
        )
        privileges = ", ".join(map(literal, _PRIVILEGES[kind]))
        granted = f"grantee = {_US} AND privilege_type IN ({privileges})"
        # A grant for a database may contain a pattern.
        yield (
            f"SELECT 'unseen', {place}, '', '{kind}' FROM (SELECT 1) AS one WHERE NOT EXISTS "
            f"(SELECT 1 FROM information_schema.user_privileges WHERE {granted}) AND NOT EXISTS "
            f"(SELECT 1 FROM information_schema.schema_privileges WHERE {granted} AND {place} LIKE table_schema)"
        )
