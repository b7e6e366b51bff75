"""Everything that is in a database, line by line, so that two databases can be compared: objects, rows, history."""

from collections import Counter
from collections.abc import Mapping

from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

Picture = Counter[str]

_TABLES = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = {schema} AND table_type = 'BASE TABLE'"
_COLUMNS = (
    "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = {schema}"
)
_MYSQL = {
    "column": _COLUMNS.format(schema="DATABASE()"),
    "index": "SELECT table_name, index_name, seq_in_index, column_name, non_unique FROM information_schema.statistics "
    "WHERE table_schema = DATABASE()",
    "view": "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()",
    "routine": "SELECT routine_name, routine_type, routine_definition FROM information_schema.routines "
    "WHERE routine_schema = DATABASE()",
    "trigger": "SELECT trigger_name, event_object_table, action_statement FROM information_schema.triggers "
    "WHERE trigger_schema = DATABASE()",
}
_POSTGRESQL = {
    "column": _COLUMNS.format(schema="'public'"),
    "relation": "SELECT relname::text, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "index": "SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid, indisready FROM pg_index "
    "WHERE indrelid::regclass::text NOT LIKE 'pg\\_%'",
    "view": "SELECT viewname::text, definition FROM pg_views WHERE schemaname = 'public'",
    "routine": "SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "trigger": "SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE NOT tgisinternal",
}
_SQLITE = {
    "object": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    "mode": "PRAGMA journal_mode",
}
_QUERIES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "mysql": (_MYSQL, _TABLES.format(schema="DATABASE()")),
    "mariadb": (_MYSQL, _TABLES.format(schema="DATABASE()")),
    "postgresql": (_POSTGRESQL, _TABLES.format(schema="'public'")),
    "sqlite": (_SQLITE, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"),
}
# A run that died before it kept its model leaves none, and the row of a successful run contains a time.
_MODEL = "SELECT count(*) FROM whimbrel_model WHERE FALSE"
# A run that died while it made the tables may leave no identity, and every other one is random.
_IDENTITY = "SELECT count(*) FROM whimbrel_identity WHERE FALSE"
# Time and user differ between two runs; the applied migrations do not.
_HISTORY = "SELECT set_name, version, installed_rank, script, checksum, statement_hashes, success FROM whimbrel_history"

_OURS = {"whimbrel_history": _HISTORY, "whimbrel_model": _MODEL, "whimbrel_identity": _IDENTITY}


async def draw(url: str) -> Picture:
    """Return all that is in a database."""
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        kinds, tables = _QUERIES[connection.database]
        picture: Picture = Counter()
        for kind, query in kinds.items():
            picture.update(await _lines(connection, kind, query))
        for row in await connection.fetch_all(tables):
            name = row["name"]
            query = _OURS.get(name) or f"SELECT * FROM {connection.dialect.quote(name)}"
            picture.update(await _lines(connection, f"row of {name}", query))
        return picture
    finally:
        await connection.close()


async def _lines(connection: Connection, kind: str, query: str) -> list[str]:
    return [f"{kind}: {tuple(row.values())}" for row in await connection.fetch_all(query)]
