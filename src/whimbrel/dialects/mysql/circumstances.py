"""Read the circumstances of files on MySQL and MariaDB, and find what must be corrected there before the first file runs."""

from __future__ import annotations

from whimbrel.dialects.circumstances import Circumstances
from whimbrel.dialects.connection import Connection
from whimbrel.dialects.mysql.rules import quote

__all__ = ["preparing_sql", "read_circumstances"]

# Each server returns those that it knows: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html
_SETTINGS = (
    *("sql_mode", "time_zone", "system_time_zone", "foreign_key_checks", "unique_checks", "default_storage_engine"),
    *("character_set_connection", "collation_connection", "character_set_server", "collation_server"),
    *("default_collation_for_utf8mb4", "lower_case_table_names", "explicit_defaults_for_timestamp", "innodb_strict_mode"),
    *("innodb_default_row_format", "sql_require_primary_key", "sql_generate_invisible_primary_key"),
    *("transaction_isolation", "tx_isolation", "group_concat_max_len", "div_precision_increment", "default_week_format"),
    *("lc_time_names", "block_encryption_mode", "alter_algorithm", "system_versioning_alter_history"),
)
_NAMES = ", ".join(f"'{name}'" for name in ("version", *_SETTINGS))
_DEFAULTS = (
    "SELECT default_character_set_name AS charset, default_collation_name AS collation, "
    "(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = :schema) AS tables "
    "FROM information_schema.schemata WHERE schema_name = :schema"
)


async def read_circumstances(connection: Connection, schema: str) -> Circumstances:
    """Return the circumstances of the session's state."""
    rows = await connection.fetch_all(f"SHOW SESSION VARIABLES WHERE Variable_name IN ({_NAMES})")
    told = {row["Variable_name"]: str(row["Value"]) for row in rows}
    row = await connection.fetch_one(_DEFAULTS, {"schema": schema}) or {"charset": "", "collation": ""}
    settings = {name: told[name] for name in _SETTINGS if name in told}
    if settings["time_zone"] != "SYSTEM":
        # The machine's zone then means nothing, and its name changes with the season.
        del settings["system_time_zone"]
    settings |= {"the database's character set": row["charset"], "the database's collation": row["collation"]}
    return Circumstances(told["version"], schema, await connection.dialect.server_identity(connection), settings)


async def preparing_sql(connection: Connection, schema: str) -> list[str]:
    """Return the statement that sets utf8mb4 as an empty database's default. MariaDB's own, latin1, refuses most of Unicode.

    A database that has tables keeps its default: new tables must match the old ones that their foreign keys refer to.
    """
    row = await connection.fetch_one(_DEFAULTS, {"schema": schema})
    if row is None or row["charset"] == "utf8mb4" or row["tables"]:
        return []
    return [f"ALTER DATABASE {quote(schema)} CHARACTER SET utf8mb4"]
