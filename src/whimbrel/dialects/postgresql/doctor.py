"""Read the facts that doctor needs from PostgreSQL, and judge them. Writes nothing."""

from __future__ import annotations

from hashlib import sha256

from whimbrel.dialects.base import Connection
from whimbrel.dialects.diagnosis import LEFT_OVER, Check, Facts, Grant, failed, fine, judge_grants, tls_of, warned
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.dialects.postgresql.pool import PgBouncerConnection
from whimbrel.dialects.postgresql.remedy import find_missing

__all__ = ["judge", "lock_number", "read_facts"]

# The oldest version that PostgreSQL's developers still support: https://www.postgresql.org/support/versioning/
_OLDEST = (14,)
_EQUALS = "OPERATOR(pg_catalog.=)"
_SHOWN = ("TimeZone", "search_path", "server_encoding")
_LIMITS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
_SWITCHES = ("default_transaction_read_only", "standard_conforming_strings", "fsync")
_READ = f"""
    SELECT name, setting FROM pg_catalog.pg_settings WHERE name {_EQUALS} ANY (CAST(:names AS pg_catalog.text[]))
    UNION ALL SELECT 'version', pg_catalog.current_setting('server_version')
    UNION ALL SELECT 'standby', CAST(pg_catalog.pg_is_in_recovery() AS pg_catalog.text)
    UNION ALL SELECT 'user', CAST(current_user AS pg_catalog.text)
    UNION ALL SELECT 'clock', CAST(extract(epoch FROM pg_catalog.clock_timestamp()) AS pg_catalog.text)"""
# To ALTER a table, its owner's role is needed.
_OWNERS = f"""
    SELECT pg_catalog.pg_get_userbyid(c.relowner) AS "owner", pg_catalog.count(*) AS "tables",
           CAST(current_user AS pg_catalog.text) AS "me"
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} c.relnamespace
    WHERE n.nspname {_EQUALS} :schema AND c.relkind {_EQUALS} ANY (CAST('{{r,p}}' AS pg_catalog."char"[]))
      AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
    GROUP BY c.relowner ORDER BY 1"""
_DATABASES = f"""
    SELECT CAST(datname AS pg_catalog.text) AS name FROM pg_catalog.pg_database
    WHERE CAST(datname AS pg_catalog.text) OPERATOR(pg_catalog.~) '^{LEFT_OVER.pattern}$' ORDER BY datname"""
# The two halves of a lock's number: https://www.postgresql.org/docs/current/view-pg-locks.html
_LOCKS = f"""
    SELECT CAST(classid AS pg_catalog.int8) AS high, CAST(objid AS pg_catalog.int8) AS low FROM pg_catalog.pg_locks
    WHERE locktype {_EQUALS} 'advisory' AND objsubid {_EQUALS} 1"""
_TEMPORARY = """
    SELECT pg_catalog.current_database() AS "database", CAST(current_user AS pg_catalog.text) AS "me"
    WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')"""


async def read_facts(connection: Connection, schema: str) -> Facts:
    """Read the facts about the server of a connection, and the rights in a schema. Raises DatabaseError."""
    assert isinstance(connection, PostgresqlConnection), "a dialect is given its own connections"
    rows = await connection.fetch_all(_READ, {"names": [*_SHOWN, *_LIMITS, *_SWITCHES]})
    settings = {row["name"]: row["setting"] for row in rows}
    pooled = isinstance(connection, PgBouncerConnection)
    return Facts(
        "postgresql",
        settings.pop("version"),
        settings,
        tls=tls_of(connection.driver._transport),
        via="a pooler in transaction mode" if pooled else "",
        clock=float(settings.pop("clock")),
        grants=(*await _missing(connection, schema),),
        left_over=(*await _left_over(connection),),
    )


def lock_number(name: str) -> int:
    """Return the number of the lock that a session holds while it uses a throw-away database."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


async def _left_over(connection: Connection) -> list[str]:
    names = [row["name"] for row in await connection.fetch_all(_DATABASES)]
    held = {(row["high"] << 32) | row["low"] for row in await connection.fetch_all(_LOCKS)} if names else set()
    return [name for name in names if lock_number(name) % 2**64 not in held]


async def _missing(connection: Connection, schema: str) -> list[Grant]:
    quote = connection.dialect.quote
    found = [Grant(f"this role lacks rights in schema {schema}", advice) for advice in await find_missing(connection, schema)]
    for row in await connection.fetch_all(_OWNERS, {"schema": schema}):
        told = f"{row['tables']} tables of schema {schema} belong to {row['owner']}, so this role cannot ALTER or DROP them"
        found.append(Grant(told, f"as a superuser, run GRANT {quote(row['owner'])} TO {quote(row['me'])}", essential=False))
    for row in await connection.fetch_all(_TEMPORARY):
        statement = f"GRANT TEMPORARY ON DATABASE {quote(row['database'])} TO {quote(row['me'])}"
        found.append(
            Grant("this role may not create temporary tables", f"as the database's owner, run {statement}", essential=False)
        )
    return found


def judge(facts: Facts) -> list[Check]:
    """Judge the facts about a server."""
    told = f"PostgreSQL {facts.version}"
    old = warned("server", f"{told}, which is no longer supported", "upgrade to a version that PostgreSQL still supports")
    checks = [fine("server", told) if facts.numbers >= _OLDEST else old]
    if facts.via:
        checks.append(
            warned(
                "pooler",
                f"{facts.via} answers; a file that cannot run in a transaction is refused",
                "set MIGRATION_DATABASE_URL to the server's own address",
            )
        )
    if facts.is_on("standby"):
        checks.append(failed("writes", "the server is a standby, which accepts no writes", "use the primary's address"))
    elif facts.is_on("default_transaction_read_only"):
        advice = f"as a privileged user, run ALTER ROLE {_quoted(facts)} SET default_transaction_read_only = off"
        checks.append(failed("writes", "default_transaction_read_only is on for this role or database", advice))
    else:
        checks.append(fine("writes", "the server accepts writes"))
    return [*checks, *_judge_settings(facts), *judge_grants(facts.grants, complete="all rights that a migration needs")]


def _judge_settings(facts: Facts) -> list[Check]:
    found = [
        warned(
            "settings",
            f"{name} is {facts.seconds(name, 0.001):g} s for this role: {_MEANING[name]}",
            f"as a privileged user, run ALTER ROLE {_quoted(facts)} SET {name} = 0, or migrate as another role",
        )
        for name in _LIMITS
        if facts.seconds(name)
    ]
    if (encoding := facts.settings.get("server_encoding", "UTF8")) != "UTF8":
        told = f"the database's encoding is {encoding}, which cannot store every character"
        found.append(warned("settings", told, "create a new database with ENCODING 'UTF8', and load a dump into it"))
    if facts.settings.get("fsync") == "off":
        found.append(warned("settings", "fsync is off: a crash of the machine can destroy the database", "set fsync = on"))
    if facts.settings.get("standard_conforming_strings") == "off":
        told = "standard_conforming_strings is off: files for PostgreSQL alone read backslashes in strings as escapes"
        found.append(warned("settings", told, "set standard_conforming_strings = on"))
    shown = ", ".join(f"{name} {facts.settings[name]}" for name in _SHOWN if name in facts.settings)
    return [*found, fine("settings", shown)]


_MEANING = {
    "statement_timeout": "the server ends a statement of a migration that takes longer",
    "transaction_timeout": "the server ends a migration that takes longer",
    "idle_in_transaction_session_timeout": "the server ends a session that is idle in a transaction for longer",
    "lock_timeout": "a statement that waits longer for a table fails, and the run tries it again",
}


def _quoted(facts: Facts) -> str:
    return '"' + facts.settings.get("user", "").replace('"', '""') + '"'
