"""Read the circumstances of files on PostgreSQL: version, database, cluster, and the settings that change what a file means."""

from __future__ import annotations

import json

from whimbrel.dialects.circumstances import Circumstances
from whimbrel.dialects.connection import Connection

__all__ = ["read_circumstances"]

# https://www.postgresql.org/docs/current/runtime-config-client.html
_SETTINGS = (
    *("TimeZone", "DateStyle", "IntervalStyle", "search_path", "standard_conforming_strings", "backslash_quote"),
    *("array_nulls", "transform_null_equals", "xmloption", "bytea_output", "check_function_bodies", "default_tablespace"),
    *("default_table_access_method", "default_transaction_isolation", "default_text_search_config", "lc_monetary"),
    *("lc_numeric", "lc_time", "row_security", "session_replication_role"),
)
# The columns of pg_database differ between releases: https://www.postgresql.org/docs/current/catalog-pg-database.html
_DEFAULTS = ("datcollate", "datctype", "datlocprovider", "daticulocale", "datlocale", "daticurules")
_FACTS = f"""
    SELECT pg_catalog.current_setting('server_version') AS version, d.datname AS name,
           pg_catalog.current_setting('server_encoding') AS encoding,
           CAST(pg_catalog.row_to_json(d) AS pg_catalog.text) AS defaults,
           pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS tells,
           {", ".join(f"pg_catalog.current_setting('{name}', true) AS {name.lower()}" for name in _SETTINGS)}
    FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
"""
# A standby has the number of its primary: https://www.postgresql.org/docs/current/functions-info.html
_CLUSTER = "SELECT CAST(system_identifier AS pg_catalog.text) AS cluster FROM pg_catalog.pg_control_system()"


async def read_circumstances(connection: Connection) -> Circumstances:
    """Return the circumstances of the session's state."""
    row = await connection.fetch_one(_FACTS) or {}
    defaults = json.loads(row["defaults"])
    settings = {name: row[name.lower()] or "" for name in _SETTINGS}
    settings |= {name: str(defaults[name]) for name in _DEFAULTS if defaults.get(name) is not None}
    settings["server_encoding"] = row["encoding"]
    cluster = str(await connection.fetch_value(_CLUSTER)) if row["tells"] else ""
    return Circumstances(row["version"], row["name"], cluster, settings)
