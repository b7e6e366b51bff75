"""Replace the driver's own catalog queries, so that they also use the built-in functions, operators and types.

asyncpg queries the catalog for each type that it meets for the first time, and resets a connection that returns to the pool. It
writes both statements without schemas. An object that any user created in a schema of the search_path could take the place of the
built-in one.
"""

from __future__ import annotations

from typing import Any

import asyncpg

__all__ = ["Driver"]

_EQUALS = "OPERATOR(pg_catalog.=)"
_ZERO = "CAST(0 AS pg_catalog.oid)"


def _attributes(column: str) -> str:
    return f"""
        CASE WHEN t.typtype {_EQUALS} 'c' THEN (
            SELECT pg_catalog.array_agg({column} ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON a.attrelid {_EQUALS} c.oid
            WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND c.reltype {_EQUALS} t.oid) END"""


# A domain may be based on another domain. The last one gives the underlying type.
_BASE = f"""
        CASE WHEN t.typtype {_EQUALS} 'd' THEN (
            WITH RECURSIVE bases (oid, depth) AS (
                SELECT b.typbasetype, 0 FROM pg_catalog.pg_type b WHERE b.oid {_EQUALS} t.oid
                UNION ALL
                SELECT b.typbasetype, d.depth OPERATOR(pg_catalog.+) 1 FROM pg_catalog.pg_type b, bases d
                WHERE d.oid {_EQUALS} b.oid AND b.typbasetype OPERATOR(pg_catalog.<>) {_ZERO}
            ) SELECT oid FROM bases ORDER BY depth DESC LIMIT 1) END"""
_TYPES = f"""
    (SELECT t.oid, n.nspname AS ns, t.typname AS name, t.typtype AS kind, {_BASE} AS basetype, t.typelem AS elemtype,
            e.typdelim AS elemdelim, {{subtype}} AS range_subtype, {_attributes("a.atttypid")} AS attrtypoids,
            {_attributes("CAST(a.attname AS pg_catalog.text)")} AS attrnames
     FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid {_EQUALS} t.typnamespace
     LEFT JOIN pg_catalog.pg_type e ON t.typlen {_EQUALS} -1 AND t.typelem OPERATOR(pg_catalog.<>) {_ZERO}
          AND t.typelem {_EQUALS} e.oid
     LEFT JOIN pg_catalog.pg_range r ON t.oid {_EQUALS} r.rngtypid {{joined}})"""
_QUESTION = f"""
    WITH RECURSIVE tree (
        oid, ns, name, kind, basetype, elemtype, elemdelim, range_subtype, attrtypoids, attrnames, depth
    ) AS (
        SELECT i.*, 0 FROM {{types}} AS i WHERE i.oid {_EQUALS} ANY (CAST($1 AS pg_catalog.oid[]))
        UNION ALL
        SELECT i.*, p.depth OPERATOR(pg_catalog.+) 1 FROM {{types}} AS i, tree p
        WHERE (p.elemtype IS NOT NULL AND i.oid {_EQUALS} p.elemtype)
           OR (p.attrtypoids IS NOT NULL AND i.oid {_EQUALS} ANY (p.attrtypoids))
           OR (p.range_subtype IS NOT NULL AND i.oid {_EQUALS} p.range_subtype)
           OR (p.basetype IS NOT NULL AND i.oid {_EQUALS} p.basetype)
    )
    SELECT DISTINCT *, CAST(CAST(basetype AS pg_catalog.regtype) AS pg_catalog.text) AS basetype_name,
           CAST(CAST(elemtype AS pg_catalog.regtype) AS pg_catalog.text) AS elemtype_name,
           CAST(CAST(range_subtype AS pg_catalog.regtype) AS pg_catalog.text) AS range_subtype_name
    FROM tree ORDER BY depth DESC"""


def _asking(*, multiranges: bool) -> str:
    subtype = "coalesce(r.rngsubtype, m.rngsubtype)" if multiranges else "r.rngsubtype"
    joined = f"LEFT JOIN pg_catalog.pg_range m ON t.oid {_EQUALS} m.rngmultitypid" if multiranges else ""
    return _QUESTION.format(types=_TYPES.format(subtype=subtype, joined=joined))


_SWITCHED = "SELECT pg_catalog.current_setting('jit'), pg_catalog.set_config('jit', 'off', false)"


# This class changes internals of the driver, which its type stubs do not describe.
_Connection: Any = asyncpg.Connection


class Driver(_Connection):  # type: ignore[misc]
    """An asyncpg connection whose own queries use qualified names."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._server_caps: Any
        # Multiranges exist since version 14.
        self._intro_query = _asking(multiranges=self._server_version >= (14, 0))

    async def _introspect_types(self, typeoids: Any, timeout: Any) -> Any:  # noqa: ASYNC109  # as the driver calls it
        known = self._server_caps
        if not known.jit:
            return await super()._introspect_types(typeoids, timeout)
        # The planner considers this query costly, and would spend seconds on compiling it.
        before = (await self._asked(_SWITCHED, timeout))[0][0]
        self._server_caps = known._replace(jit=False)
        try:
            return await super()._introspect_types(typeoids, timeout)
        finally:
            self._server_caps = known
            if before != "off":
                await self._asked(f"SELECT pg_catalog.set_config('jit', '{before}', false)", timeout)

    async def _asked(self, question: str, seconds: Any) -> Any:
        # The driver is in the middle of another query, so this passes only the arguments that the driver itself uses here.
        rows, _ = await self._Connection__execute(question, (), 0, seconds, ignore_custom_codec=True)
        return rows

    def get_reset_query(self) -> str:
        """Return the SQL that resets a pooled connection to the state of a new one."""
        return "SELECT pg_catalog.pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;"
