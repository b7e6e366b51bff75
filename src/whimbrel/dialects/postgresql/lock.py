"""The migration lock of PostgreSQL as SQL: an advisory lock, held twice by its session. Pure."""

from __future__ import annotations

import hashlib

__all__ = ["OWN_PROCESS", "is_lock", "lock_key", "number", "twice"]


def lock_key(schema: str) -> int:
    """Return the number of the migration lock of a schema, of 64 bits."""
    return int.from_bytes(hashlib.sha256(f"whimbrel:{schema}".encode()).digest()[:8], "big", signed=True)


def number(schema: str) -> str:
    """Return the key of the migration lock of a schema as SQL."""
    # A small literal would be an INTEGER.
    return f"CAST({lock_key(schema)} AS BIGINT)"


def _oid(half: int) -> str:
    return f"CAST({half} AS pg_catalog.oid)"


def twice(function: str, schema: str) -> str:
    """Return an SQL condition that calls a lock function for both of the session's locks."""
    # A session may take a lock twice: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
    call = f"pg_catalog.{function}({number(schema)})"
    return f"{call} AND {call}"


def is_lock(schema: str) -> str:
    """Return an SQL condition that a row `l` of pg_locks is the migration lock of a schema."""
    # The catalog shows a 64-bit key as two halves: https://www.postgresql.org/docs/current/view-pg-locks.html
    high, low = divmod(lock_key(schema) % 2**64, 2**32)
    found = {"l.locktype": "'advisory'", "l.objsubid": "1", "l.classid": _oid(high), "l.objid": _oid(low)}
    return " AND ".join(["l.granted", *(f"{name} OPERATOR(pg_catalog.=) {value}" for name, value in found.items())])


OWN_PROCESS = "l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()"
