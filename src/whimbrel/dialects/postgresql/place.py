"""Find the schema of a run's history on PostgreSQL.

One query determines it before any of Whimbrel's tables is touched. Writes nothing.

Reading a view runs code of other users with this role's privileges. Even planning a query does, if an index of the table calls a
function. So `trust.py` asks the catalog first, and only tables that pass are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NoReturn

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import HISTORY_TABLE, TENANTS_TABLE, HistoryPlace, Sought
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.dialects.postgresql.likeness import IDENTITY, Likeness, has_renamed, likeness, read_rows
from whimbrel.dialects.postgresql.path import passed_over
from whimbrel.dialects.postgresql.trust import CERTAIN, OUTSIDE, PATH, FoundTable, ask, check, in_schema, of_tenant
from whimbrel.dialects.postgresql.visible import visible_schemas
from whimbrel.errors import ConfigurationError
from whimbrel.messages.suggestion import command

__all__ = ["check_tables", "check_tenant", "check_tenant_owner", "find_place", "read_summary"]

_EQUALS = "OPERATOR(pg_catalog.=)"
# If a pooler answers, this differs from the number that it reported itself.
_PROCESS = "SELECT CAST(pg_catalog.pg_backend_pid() AS pg_catalog.text) AS word"
_SUMMARY = ("set_name", "version", "description", "checksum", "success")


async def read_summary(connection: Connection, schema: str, sets: Collection[str]) -> list[dict[str, object]]:
    """Return the history rows of these sets in the named schema, or in the current one; empty if the schema has none."""
    literal = connection.dialect.literal
    named = literal(schema) if schema else "pg_catalog.current_schema()"
    text = literal(_selecting(connection, _SUMMARY, sets))
    # `find_place` handles a history in another schema, or one about which this query says too little.
    query = CERTAIN.format(schema=named, chosen="TRUE" if schema else "FALSE", table=literal(HISTORY_TABLE), text=text)
    assert isinstance(connection, PostgresqlConnection), "a dialect is given its own connections"
    process, *rows = await connection.fetch_lines(f"{_PROCESS} UNION ALL {query}")
    connection.process = int(process)
    return [dict(zip(_SUMMARY, json.loads(row), strict=True)) for row in rows]


async def check_tables(connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
    """Return which of Whimbrel's tables a schema has. Raises ConfigurationError if one cannot be trusted."""
    return _checked(connection, await ask(connection, in_schema(connection.dialect.literal(schema)), question=question))


async def check_tenant(connection: Connection, control: str, tenant: str, *, adopt: bool) -> frozenset[str]:
    """Return which of Whimbrel's tables a tenant's schema has. Raises ConfigurationError if a stranger may have recreated it.

    With `adopt` the schema may belong to any user, but must not contain a history.
    """
    found = await ask(connection, of_tenant(connection.dialect.literal(tenant), connection.dialect.literal(control)))
    tables = _checked(connection, found)
    if HISTORY_TABLE not in tables and not adopt:
        _check_owner(connection, tenant, found)
    return tables


async def check_tenant_owner(connection: Connection, control: str, tenant: str) -> None:
    """Raise ConfigurationError if a stranger may have recreated a tenant's schema.

    This check is for a role that may not read the tables in the schema.
    """
    found = await ask(connection, of_tenant(connection.dialect.literal(tenant), connection.dialect.literal(control)))
    if not any(one.table == HISTORY_TABLE and one.trusted for one in found):
        _check_owner(connection, tenant, found)


def _check_owner(connection: Connection, tenant: str, found: Sequence[FoundTable]) -> None:
    for one in found:
        if not one.safe:
            schema, me = connection.dialect.quote(one.schema), connection.dialect.quote(one.me)
            raise ConfigurationError(
                f"schema {tenant} belongs to {one.schema_owner}, which {one.me} does not trust, and has no trusted "
                "history: it may have been created in place of the tenant's\n  next: if it is the tenant's, run "
                f"ALTER SCHEMA {schema} OWNER TO {me}, or {command('tenants add', tenant, '--adopt')}; if it is not, drop it, "
                f"and {command('tenants add', tenant)} creates it again"
            )


async def find_place(connection: Connection, wanted: str, sought: Sought, *, question: bool) -> HistoryPlace:
    """Return the schema that has or will have the history of a run. Raises ConfigurationError if that is uncertain."""
    read, text = _reading(connection, sought)
    found = await ask(connection, _places(connection, wanted), text, read=read, question=question, more=not wanted)
    if not found:
        _refuse_missing(connection, wanted)
    current = found[0]
    connection.others = visible_schemas(current.path, current.me if current.home else "")
    holding = [current] if wanted else [one for one in found if _holds(one, sought)]
    # A forged history must not win over the true one, even if it comes first in the search_path.
    holder = max(holding, key=lambda one: (bool(one.sure), bool(one.trusted), not one.yours), default=None)
    notes: list[str] = []
    if holder is None and current.more:
        holder, notes = await _elsewhere(connection, sought, current, question=question)
    elif holder is not None and not wanted:
        await _check_divided(connection, sought, found, holder, question=question)
    if holder is None:
        _check_beginning(connection, found, current, read)
        holder = await _renamed(connection, sought, found, question=question) or current
    if holder.position == 0:
        found = await ask(connection, in_schema(connection.dialect.literal(holder.schema)), question=question)
    tables = _checked(connection, [one for one in found if one.schema == holder.schema], read)
    if holder.schema == current.schema:
        return HistoryPlace(current.schema, tables, tuple(notes))
    return HistoryPlace(holder.schema, tables, (_note(connection, holder, current),), elsewhere=True)


def _refuse_missing(connection: Connection, wanted: str) -> None:
    if wanted:
        made = f"CREATE SCHEMA {connection.dialect.quote(wanted)}"
        raise ConfigurationError(f"there is no schema {wanted}; as a privileged user, run: {made}")
    raise ConfigurationError("no schema of this role's search_path exists; create one, or name one with --schema")


def _checked(connection: Connection, found: Sequence[FoundTable], needed: str = HISTORY_TABLE) -> frozenset[str]:
    for one in found:
        if one.table:
            check(connection, one, needed)
    return frozenset(one.table for one in found if one.table)


def _reading(connection: Connection, sought: Sought) -> tuple[str, str]:
    """Return the table that decides where a run works, and the query for it; no query if the table's existence is enough."""
    if sought:
        return HISTORY_TABLE, _selecting(connection, IDENTITY, sought)
    return TENANTS_TABLE, ""


def _holds(one: FoundTable, sought: Sought) -> bool:
    """Whether a schema of the search_path has rows of the run's sets, or the table of tenants."""
    return bool(one.readable and (one.rows if sought else one.table == TENANTS_TABLE))


def _check_beginning(connection: Connection, found: Sequence[FoundTable], current: FoundTable, needed: str) -> None:
    """Raise ConfigurationError where no table may be created: an unread one may exist, or a stranger owns the schema."""
    for one in found:
        if one.table == needed:
            check(connection, one, needed)
    if current.yours and not current.safe:
        role, schema = connection.dialect.quote(current.me), connection.dialect.quote(current.schema)
        raise ConfigurationError(
            f'schema {current.schema} is first in the search_path by "$user", and its owner is a role that {current.me} does not '
            f"trust\n  next: DROP SCHEMA {schema}, or ALTER SCHEMA {schema} OWNER TO {role}; or name the intended schema, "
            "with --schema"
        )


async def _elsewhere(
    connection: Connection, sought: Sought, current: FoundTable, *, question: bool
) -> tuple[FoundTable | None, list[str]]:
    """Return the schema outside of the search_path that certainly holds this run's history, if there is one.

    Otherwise return notes about the histories that the run did not read.
    """
    read, text = _reading(connection, sought)
    outside = OUTSIDE.replace("{table}", connection.dialect.literal(read))
    # The run only names an untrusted history and never writes to it, so the check for a question is enough.
    found = await ask(connection, outside, text, read=read, question=question or bool(sought))
    unread = [one for one in found if one.table == HISTORY_TABLE and one.fault is None and one.selectable and not one.allowed]
    found = [one for one in found if one.table == read and one.readable]
    if sought:
        tenants = await _tenants(connection, question=question) - {current.schema}
        found = [one for one in found if one.schema not in tenants and one.rows]
        alike = [one for one in found if _likeness(one, sought) == "mostly"]
        found = [one for one in found if _likeness(one, sought) == "same"]
        if alike and not found:
            _refuse_alike(alike, current)
    # Any user who may create a schema can forge rows. Only the owner shows whether the rows are genuine.
    own = [one for one in found if one.sure and (one.own or _installed(one))]
    names, begin = ", ".join(one.schema for one in found), f"or with --schema {current.schema} to start a new history there"
    if len(found) > 1:
        raise ConfigurationError(
            f"more than one schema has the history of this run, and none is in the search_path of {current.me}: {names}\n"
            f"  next: run with --schema and the intended one, {begin}"
        )
    if found and not own:
        raise ConfigurationError(
            f"a role other than {current.me} has already applied these migrations in schema {names}\n"
            f"  next: run with --schema {names} to continue there, {begin}"
        )
    return (own[0], []) if own else (None, _unread_notes(unread) if sought else [])


def _unread_notes(unread: Sequence[FoundTable]) -> list[str]:
    if not unread:
        return []
    first, more = unread[0], f" and {len(unread) - 1} more" if len(unread) > 1 else ""
    return [
        f"schema {first.schema}{more} also has a history, which was not read: {first.me} does not trust its owner {first.owner}\n"
        f"  next: if these migrations are applied there, run as {first.owner} with --schema {first.schema}, not here"
    ]


async def _tenants(connection: Connection, *, question: bool) -> frozenset[str]:
    """Return the schemas of all registered tenants, which have histories of their own."""
    places = f"{PATH} UNION ALL {OUTSIDE.replace('{table}', connection.dialect.literal(TENANTS_TABLE))}"
    text = _selecting(connection, ("name",), ())
    found = await ask(connection, places, text, read=TENANTS_TABLE, tables=[TENANTS_TABLE], question=question)
    return frozenset(json.loads(row)[0] for one in found if one.sure for row in one.rows or ())


def _likeness(one: FoundTable, sought: Sought) -> Likeness:
    """Compare the rows that a history has of these sets with the sets' files."""
    rows = read_rows(one.rows)
    names = {row.set_name for row in rows} & set(sought)
    each = {likeness([row for row in rows if row.set_name == name], sought[name]) for name in names}
    return "same" if each == {"same"} else "mostly" if each and "other" not in each else "other"


def _refuse_alike(alike: Sequence[FoundTable], current: FoundTable) -> NoReturn:
    names = ", ".join(one.schema for one in alike)
    raise ConfigurationError(
        f"most of these migrations are already applied in schema {names}, which is not in the search_path of {current.me}, and "
        f"some of their files have changed since\n  next: run with --schema {alike[0].schema} to continue there, or with "
        f"--schema {current.schema} to start a new history there"
    )


async def _check_divided(
    connection: Connection, sought: Sought, found: Sequence[FoundTable], holder: FoundTable, *, question: bool
) -> None:
    """Raise ConfigurationError if a set without a row in the run's history is applied in another schema."""
    lacking = {name: sought[name] for name in set(sought) - {row.set_name for row in read_rows(holder.rows)}}
    if not lacking:
        return
    others = [one for one in found if one.readable]
    if holder.more:
        read, text = _reading(connection, lacking)
        outside = OUTSIDE.replace("{table}", connection.dialect.literal(read))
        others += await ask(connection, outside, text, read=read, question=question)
    others = [one for one in others if one.schema != holder.schema and one.sure and _likeness(one, lacking) == "same"]
    tenants = await _tenants(connection, question=question) if others else frozenset()
    for one in others:
        if one.schema not in tenants:
            names = ", ".join(sorted({row.set_name for row in read_rows(one.rows)} & set(lacking)))
            raise ConfigurationError(
                f"the history of set {names} is in schema {one.schema}, and that of the others in schema {holder.schema}\n"
                f"  next: run each with the --schema that has it, or all with --schema {holder.schema} to start it again there"
            )


async def _renamed(connection: Connection, sought: Sought, found: Sequence[FoundTable], *, question: bool) -> FoundTable | None:
    """Return the schema of the search_path whose history has a set's files under another set name."""
    if not any(one.table == HISTORY_TABLE and one.readable and one.position > 1 for one in found):
        return None
    text = _selecting(connection, IDENTITY, ())
    read = await ask(connection, PATH, text, tables=[HISTORY_TABLE], question=question)
    return next((one for one in read if one.readable and one.trusted and has_renamed(read_rows(one.rows), sought)), None)


def _installed(one: FoundTable) -> bool:
    """Whether this role has recorded some of the history's rows."""
    return one.table == HISTORY_TABLE and any(row.installed_by == one.me for row in read_rows(one.rows))


def _note(connection: Connection, holder: FoundTable, current: FoundTable) -> str:
    """Describe where the run works. The application does not follow: its own search_path decides the meaning of its names."""
    schema, role, quote = holder.schema, current.me, connection.dialect.quote
    if current.yours and not current.safe:
        return passed_over(connection, current, schema)
    return (
        f"the history of these migrations is in schema {schema}, where this run works; the application looks up "
        f"unqualified names in schema {current.schema} first\n"
        f"  next: make both use one schema: ALTER ROLE {quote(role)} SET search_path TO {quote(schema)}, or pass {schema!r} as "
        "the manager's schema and as --schema"
    )


def _places(connection: Connection, schema: str) -> str:
    return in_schema(connection.dialect.literal(schema)) if schema else PATH


def _selecting(connection: Connection, columns: Sequence[str], sets: Collection[str]) -> str:
    """Return a template for `format`: a query that returns rows of these sets, or of all sets, as JSON texts.

    `ts_stat` runs the query. Only this function, on every server, runs a text within a query. It keeps the table untouched
    until the catalog has shown that the table can be trusted: https://www.postgresql.org/docs/current/functions-textsearch.html
    """
    row = f"CAST(pg_catalog.json_build_array({', '.join(columns)}) AS pg_catalog.text)"
    where = " OR ".join(f"set_name {_EQUALS} {connection.dialect.literal(name)}" for name in sets) or "TRUE"
    return f"SELECT pg_catalog.array_to_tsvector(ARRAY[{row}]) FROM %I.%I WHERE {where.replace('%', '%%')}"
