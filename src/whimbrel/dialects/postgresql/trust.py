"""Decide which of Whimbrel's tables to trust on PostgreSQL: ordinary tables, without code, of a credible owner.

A superuser has every role, so `pg_has_role` would trust every owner. Only roles granted to this role itself count.
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-ACCESS
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import HISTORY_TABLE, TABLES
from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["CERTAIN", "OUTSIDE", "PATH", "FoundTable", "ask", "check", "in_schema", "of_tenant"]

_EQUALS, _DIFFERS = "OPERATOR(pg_catalog.=)", "OPERATOR(pg_catalog.<>)"
_HIDDEN = "it has row level security, or policies for it, which would hide rows"
# No policy runs for such a role. A superuser has the attribute too, but other roles share the tables of a superuser.
_SEES_ALL = "(me.rolbypassrls AND NOT me.rolsuper)"


class FoundTable(NamedTuple):
    """A schema and one of Whimbrel's tables in it, if there is one. Schemas of the search_path have a position, from 1.

    `rows` are the requested ones, or None if the table must not be read.
    """

    schema: str
    position: int
    # Whether the schema came into the search_path by "$user"; its owner; and whether that owner is trusted.
    yours: bool
    schema_owner: str
    safe: bool
    table: str | None
    owner: str | None
    own: bool | None
    fault: str | None
    # `sure`: the table's owner is credible. `trusted`: or the owner also owns the schema, and the user or the search_path names
    # that schema. `allowed`: the run may read the table; a run that can only read may read an untrusted table too.
    sure: bool | None
    trusted: bool | None
    allowed: bool | None
    selectable: bool | None
    me: str
    # Whether other schemas have tables with these names.
    more: bool
    # The role's own search_path; whether the schema with the role's name has a trusted owner, None if there is no such schema.
    path: str
    home: bool | None
    rows: list[str] | None

    @property
    def readable(self) -> bool:
        """Whether the rows were read."""
        return bool(self.table and self.fault is None and self.allowed and self.selectable)


def check(connection: Connection, found: FoundTable, needed: str = HISTORY_TABLE) -> None:
    """Raise ConfigurationError if the table cannot be trusted, or if it is `needed` and this role may not read it."""
    table, quote = f"{found.schema}.{found.table}", connection.dialect.quote
    if found.fault == _HIDDEN:
        off = (
            f"ALTER TABLE {quote(found.schema)}.{quote(str(found.table))} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
        )
        raise ConfigurationError(
            f"{table}, owned by {found.owner}, cannot be trusted: {found.fault}\n"
            f"  next: as {found.owner}, drop its policies and run {off}; or run as a role that sees all rows, after "
            f"ALTER ROLE {quote(found.me)} BYPASSRLS"
        )
    if found.fault is not None:
        raise ConfigurationError(
            f"{table}, owned by {found.owner}, cannot be trusted: {found.fault}\n"
            "  next: if it is yours, make it a plain table again; if it is not, drop it, or name another schema with --schema"
        )
    schema, name, me = quote(found.schema), quote(str(found.table)), quote(found.me)
    if not found.allowed:
        raise ConfigurationError(
            f"{table} belongs to {found.owner}, which {found.me} does not trust: its rows may be forged\n"
            f"  next: if it is yours, run ALTER TABLE {schema}.{name} OWNER TO {me}; "
            "if it is not, drop it, or name another schema with --schema"
        )
    if found.table == needed and not found.selectable:
        raise ConfigurationError(
            f"{found.me} may not read {table}\n"
            f"  next: let its owner {found.owner} run GRANT USAGE ON SCHEMA {schema} TO {me}; "
            f"GRANT SELECT ON {schema}.{name} TO {me}"
        )


def _exists(relation: str, column: str, more: str = "", value: str = "c.oid") -> str:
    return f"EXISTS (SELECT 1 FROM pg_catalog.{relation} x WHERE x.{column} {_EQUALS} {value}{more and ' AND '}{more})"


# A membership that a role has only to administer another role gives it no privileges. A role has such memberships in all roles
# that it created: https://www.postgresql.org/docs/current/role-membership.html. Such memberships and these columns exist since
# version 16.
_USABLE = f"""(coalesce(pg_catalog.to_jsonb(m) OPERATOR(pg_catalog.->>) 'set_option', 'true') {_EQUALS} 'true'
    OR pg_catalog.to_jsonb(m) OPERATOR(pg_catalog.->>) 'inherit_option' {_EQUALS} 'true')"""

# A superuser did not ask for a role that another user granted: until version 15, users could grant their own roles to anyone.
_GRANTED = f"""(NOT me.rolsuper OR m.grantor {_EQUALS} me.oid OR m.grantor {_EQUALS} me.datdba
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_roles g WHERE g.oid {_EQUALS} m.grantor AND g.rolsuper))"""

_NONE = "CAST(NULL AS pg_catalog.oid)"
# A user who has set a search_path without "$user" has named the schemas in it.
_YOURS = f"""(n.nspname {_EQUALS} current_user
    AND pg_catalog.strpos(pg_catalog.current_setting('search_path'), '$user') OPERATOR(pg_catalog.>) 0)"""
PATH = f"""
    SELECT p.position, n.oid, n.nspname, n.nspowner, {_YOURS} AS yours, NOT {_YOURS} AS named, {_NONE} AS registry
    FROM pg_catalog.unnest(pg_catalog.current_schemas(FALSE)) WITH ORDINALITY AS p (name, position)
    JOIN pg_catalog.pg_namespace n ON n.nspname {_EQUALS} p.name"""
# Temporary tables never count, regardless of their owner.
OUTSIDE = f"""
    SELECT CAST(0 AS BIGINT) AS position, n.oid, n.nspname, n.nspowner, {_YOURS} AS yours, FALSE AS named, {_NONE} AS registry
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname OPERATOR(pg_catalog.<>) ALL (pg_catalog.current_schemas(FALSE))
      AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%'
      AND EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace {_EQUALS} n.oid AND c.relname {_EQUALS} {{table}})"""

# These objects run a function, chosen by the table's present or former owner, with the privileges of a role that reads the table,
# writes to it, or only plans a query: https://www.postgresql.org/docs/current/planner-stats-security.html. Whimbrel creates none
# of them. Primary keys, UNIQUE and NOT NULL are harmless.
_FOREIGN_KIND = " AND ".join(f"x.contype {_DIFFERS} '{kind}'" for kind in "pun")
_CODE = f"""({_exists("pg_index", "indrelid", "(x.indexprs IS NOT NULL OR x.indpred IS NOT NULL)")}
    OR {_exists("pg_statistic_ext", "stxrelid")} OR {_exists("pg_attrdef", "adrelid")}
    OR {_exists("pg_constraint", "conrelid", _FOREIGN_KIND)}
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid {_EQUALS} a.atttypid
               WHERE a.attrelid {_EQUALS} c.oid AND a.attnum OPERATOR(pg_catalog.>) 0
                 AND t.typnamespace {_DIFFERS} CAST('pg_catalog' AS pg_catalog.regnamespace)))"""


# The query takes a millisecond and is enough for most runs. It accepts tables of the likeliest owners that never had anything
# that runs code.
CERTAIN = f"""
SELECT s.word FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace {_EQUALS} n.oid
    JOIN pg_catalog.pg_roles me ON me.rolname {_EQUALS} current_user,
    pg_catalog.ts_stat(CASE
        WHEN c.relkind {_EQUALS} 'r' AND NOT c.relhastriggers AND NOT c.relhasrules AND NOT c.relhassubclass
            AND NOT c.relispartition AND NOT {_CODE}
            AND ({_SEES_ALL} OR NOT c.relrowsecurity AND NOT {_exists("pg_policy", "polrelid")})
            AND (c.relowner {_EQUALS} pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))
                 OR c.relowner {_EQUALS} n.nspowner AND {{chosen}}
                 OR c.relowner {_EQUALS} (SELECT d.datdba FROM pg_catalog.pg_database d
                                          WHERE d.datname {_EQUALS} pg_catalog.current_database())
                 OR EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members m
                            WHERE m.member {_EQUALS} pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))
                              AND m.roleid {_EQUALS} c.relowner AND NOT me.rolsuper AND {_USABLE}))
        THEN pg_catalog.format({{text}}, n.nspname, c.relname) END) AS s
WHERE n.nspname {_EQUALS} {{schema}} AND c.relname {_EQUALS} {{table}}"""


def in_schema(literal: str) -> str:
    """Return the counterpart of PATH for a schema that the operator has named."""
    return f"""
    SELECT CAST(1 AS BIGINT) AS position, n.oid, n.nspname, n.nspowner, FALSE AS yours, TRUE AS named,
           {_NONE} AS registry
    FROM pg_catalog.pg_namespace n WHERE n.nspname {_EQUALS} {literal}"""


def of_tenant(literal: str, control: str) -> str:
    """Return the counterpart of PATH for a tenant's schema.

    Its owner is trusted if it may write the table of tenants in `control`.
    """
    return f"""
    SELECT CAST(1 AS BIGINT) AS position, n.oid, n.nspname, n.nspowner, FALSE AS yours,
           coalesce(pg_catalog.has_table_privilege(n.nspowner, t.oid, 'INSERT'), FALSE) AS named, t.oid AS registry
    FROM pg_catalog.pg_namespace n
    LEFT JOIN (SELECT r.oid FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace m ON m.oid {_EQUALS} r.relnamespace
               WHERE m.nspname {_EQUALS} {control} AND r.relname {_EQUALS} 'whimbrel_tenants') AS t ON TRUE
    WHERE n.nspname {_EQUALS} {literal}"""


def _trusted(owner: str) -> str:
    return f"""({owner} {_EQUALS} me.oid OR {owner} {_EQUALS} me.datdba
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.oid {_EQUALS} {owner}
                   AND (r.rolsuper OR r.rolname {_EQUALS} 'pg_database_owner'))
        OR EXISTS (SELECT 1 FROM reached t WHERE t.roleid {_EQUALS} {owner}))"""


# The flags in pg_class stay set, until the next VACUUM, after the objects that they announce are gone.
_FAULT = f"""
    CASE WHEN c.relkind {_DIFFERS} 'r' THEN 'it is not an ordinary table'
         WHEN {_exists("pg_inherits", "inhrelid")} THEN 'it inherits from another table, or is a partition of one'
         WHEN {_exists("pg_inherits", "inhparent")} THEN 'other tables inherit from it'
         WHEN NOT {_SEES_ALL} AND (c.relrowsecurity OR {_exists("pg_policy", "polrelid")}) THEN '{_HIDDEN}'
         WHEN {_exists("pg_rewrite", "ev_class")} THEN 'it has rules'
         WHEN {_exists("pg_trigger", "tgrelid", "NOT x.tgisinternal")} THEN 'it has triggers'
         WHEN {_CODE} THEN 'it has a check, foreign key, default, type or index expression that Whimbrel did not create'
    END"""
_MORE = f"""
    EXISTS (SELECT 1 FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace m ON m.oid {_EQUALS} o.relnamespace
            WHERE (o.relname {_EQUALS} 'whimbrel_history' OR o.relname {_EQUALS} 'whimbrel_tenants')
              AND m.nspname {_DIFFERS} ALL (pg_catalog.current_schemas(FALSE)))"""

# A role that may create nothing in a schema only reads there. Any user may have created a schema with this role's name. The
# role relies on it only if the role itself can create nothing anywhere; it then has to trust the roles that can create objects.
_FACTS = f"""
WITH RECURSIVE me AS (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolbypassrls, d.datdba,
           NOT pg_catalog.has_database_privilege(d.oid, 'CREATE') AND NOT EXISTS (
               SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname {_EQUALS} ANY (pg_catalog.current_schemas(FALSE))
                  AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')) AS reads
    FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
    WHERE r.rolname {_EQUALS} current_user AND d.datname {_EQUALS} pg_catalog.current_database()
), reached (roleid) AS (
    SELECT m.roleid FROM pg_catalog.pg_auth_members m, me WHERE m.member {_EQUALS} me.oid AND {_USABLE} AND {_GRANTED}
    UNION
    SELECT m.roleid FROM pg_catalog.pg_auth_members m, me, reached t
    WHERE m.member {_EQUALS} t.roleid AND {_USABLE} AND {_GRANTED}
), places AS ({{places}}
), found AS MATERIALIZED (
    SELECT p.*, c.oid AS class, c.relname, c.relowner, c.relowner {_EQUALS} me.oid AS own, me.rolname,
           p.named OR {_trusted("p.nspowner")} AS safe,
           CASE WHEN c.oid IS NOT NULL THEN {_FAULT} END AS fault,
           {_trusted("c.relowner")} AS sure,
           {_trusted("c.relowner")} OR (p.named AND c.relowner {_EQUALS} p.nspowner)
               OR coalesce(pg_catalog.has_table_privilege(c.relowner, p.registry, 'INSERT'), FALSE) AS trusted,
           NOT me.rolsuper AND CASE WHEN p.yours THEN me.reads
               ELSE (p.named OR p.position {_EQUALS} 0)
                   AND ({{question}} OR NOT pg_catalog.has_schema_privilege(p.oid, 'CREATE')) END AS harmless,
           pg_catalog.has_schema_privilege(p.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS selectable
    FROM places p CROSS JOIN me LEFT JOIN pg_catalog.pg_class c ON c.relnamespace {_EQUALS} p.oid
         AND c.relname {_EQUALS} ANY (CAST({{tables}} AS pg_catalog.name[]))
)
SELECT f.nspname AS "schema", f.position AS "position", f.yours AS "yours",
       pg_catalog.pg_get_userbyid(f.nspowner) AS "schema_owner", f.safe AS "safe", f.relname AS "table",
       pg_catalog.pg_get_userbyid(f.relowner) AS "owner", f.own AS "own", f.fault AS "fault", f.sure AS "sure",
       f.trusted AS "trusted",
       f.trusted OR f.harmless AS "allowed", f.selectable AS "selectable", f.rolname AS "me", {{more}} AS "more",
       (SELECT s.reset_val FROM pg_catalog.pg_settings s WHERE s.name {_EQUALS} 'search_path') AS "path",
       (SELECT {_trusted("n.nspowner")} FROM pg_catalog.pg_namespace n, me WHERE n.nspname {_EQUALS} me.rolname) AS "home",
       (SELECT pg_catalog.array_agg(s.word) FROM pg_catalog.ts_stat(
            CASE WHEN f.fault IS NULL AND (f.trusted OR f.harmless) AND f.selectable AND f.relname {_EQUALS} {{read}}
                 THEN pg_catalog.format({{text}}, f.nspname, f.relname) END) AS s) AS "rows"
FROM found f ORDER BY f.position, f.relname"""


async def ask(
    connection: Connection,
    places: str,
    text: str = "",
    *,
    read: str = HISTORY_TABLE,
    tables: Sequence[str] = TABLES,
    question: bool = False,
    more: bool = False,
) -> list[FoundTable]:
    """Return the catalog's facts about Whimbrel's tables in these places; for those named `read`, also the result of `text`."""
    literal = connection.dialect.literal
    parts = {
        "places": places,
        "tables": f"ARRAY[{', '.join(map(literal, tables))}]",
        "question": "TRUE" if question else "FALSE",
        "more": _MORE if more else "FALSE",
        "read": literal(read),
        "text": literal(text) if text else "NULL",
    }
    (rows,) = await connection.fetch_together([_FACTS.format(**parts)])
    return [FoundTable(**row) for row in rows]
