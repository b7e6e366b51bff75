"""Where a run's history is on PostgreSQL: found in one question, before any of our tables is touched. Writes nothing.

To read a view, and even to plan a question to a table whose index calls a function, runs others' code as this role. So the
catalog is asked first (`postgresql_trust`), and rows are read of those tables alone that pass.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import NoReturn

from whimbrel.dialects.base import Connection
from whimbrel.dialects.place import HISTORY_TABLE, TENANTS_TABLE, Place, Sought
from whimbrel.dialects.postgresql.likeness import IDENTITY, Likeness, has_renamed, likeness, read_rows
from whimbrel.dialects.postgresql.path import passed_over
from whimbrel.dialects.postgresql.trust import CERTAIN, OUTSIDE, PATH, Found, ask, check, in_schema, of_tenant
from whimbrel.errors import ConfigurationError

__all__ = ["check_tables", "check_tenant", "check_tenant_owner", "find_place", "read_summary"]

_EQUALS = "OPERATOR(pg_catalog.=)"
_SUMMARY = ("set_name", "version", "description", "checksum", "success")


async def read_summary(connection: Connection, schema: str, sets: Collection[str]) -> list[dict[str, object]]:
    """Return what the rows of these sets say in the schema that is named, or is the current one; nothing if it has none."""
    literal = connection.dialect.literal
    named = literal(schema) if schema else "pg_catalog.current_schema()"
    text = literal(_selecting(connection, _SUMMARY, sets))
    # A history that is anywhere else, or of which this is not enough to say, is for `find_place`.
    query = CERTAIN.format(schema=named, chosen="TRUE" if schema else "FALSE", table=literal(HISTORY_TABLE), text=text)
    return [dict(zip(_SUMMARY, json.loads(row["word"]), strict=True)) for row in await connection.fetch_all(query)]


async def check_tables(connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
    """Return which of our tables a schema has. Raises ConfigurationError if one is not to be trusted."""
    return _checked(connection, await ask(connection, in_schema(connection.dialect.literal(schema)), question=question))


async def check_tenant(connection: Connection, control: str, tenant: str, *, adopt: bool) -> frozenset[str]:
    """Return which of our tables a tenant's schema has. Raises ConfigurationError if somebody else may have made it anew.

    With `adopt` the schema may be anybody's, but no history in it.
    """
    found = await ask(connection, of_tenant(connection.dialect.literal(tenant), connection.dialect.literal(control)))
    tables = _checked(connection, found)
    if HISTORY_TABLE not in tables and not adopt:
        _check_owner(connection, tenant, found)
    return tables


async def check_tenant_owner(connection: Connection, control: str, tenant: str) -> None:
    """Raise ConfigurationError if somebody else may have made a tenant's schema anew; for whoever may read none of our tables."""
    found = await ask(connection, of_tenant(connection.dialect.literal(tenant), connection.dialect.literal(control)))
    if not any(one.table == HISTORY_TABLE and one.trusted for one in found):
        _check_owner(connection, tenant, found)


def _check_owner(connection: Connection, tenant: str, found: Sequence[Found]) -> None:
    for one in found:
        if not one.safe:
            schema, me = connection.dialect.quote(one.schema), connection.dialect.quote(one.me)
            raise ConfigurationError(
                f"schema {tenant} belongs to {one.schema_owner}, whom {one.me} does not trust, and has no history that is "
                "trusted: somebody may have made it in the place of the tenant's\n  next: if it is the tenant's, run "
                f"ALTER SCHEMA {schema} OWNER TO {me}, or whimbrel tenants add {tenant} --adopt; if it is not, drop it, and "
                "whimbrel tenants add makes it anew"
            )


async def find_place(connection: Connection, wanted: str, sought: Sought, *, question: bool) -> Place:
    """Return where the history of a run is, or is to be made. Raises ConfigurationError if that is not certain."""
    read, text = _reading(connection, sought)
    found = await ask(connection, _places(connection, wanted), text, read=read, question=question, more=not wanted)
    if not found:
        _refuse_missing(connection, wanted)
    current = found[0]
    holding = [current] if wanted else [one for one in found if _holds(one, sought)]
    # A forged history must not come before the true one, wherever the search_path has it.
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
        return Place(current.schema, tables, tuple(notes))
    return Place(holder.schema, tables, (_note(connection, holder, current),), elsewhere=True)


def _refuse_missing(connection: Connection, wanted: str) -> None:
    if wanted:
        made = f"CREATE SCHEMA {connection.dialect.quote(wanted)}"
        raise ConfigurationError(f"there is no schema {wanted}; as a user who may, run: {made}")
    raise ConfigurationError("no schema of this role's search_path exists; create one, or name one with --schema")


def _checked(connection: Connection, found: Sequence[Found], needed: str = HISTORY_TABLE) -> frozenset[str]:
    for one in found:
        if one.table:
            check(connection, one, needed)
    return frozenset(one.table for one in found if one.table)


def _reading(connection: Connection, sought: Sought) -> tuple[str, str]:
    """Return the table in which a run finds what it goes on from, and the question to it; none where that is enough."""
    if sought:
        return HISTORY_TABLE, _selecting(connection, IDENTITY, sought)
    return TENANTS_TABLE, ""


def _holds(one: Found, sought: Sought) -> bool:
    """Whether a schema of the search_path has what a run goes on from: rows of its sets, or the table of tenants."""
    return bool(one.readable and (one.rows if sought else one.table == TENANTS_TABLE))


def _check_beginning(connection: Connection, found: Sequence[Found], current: Found, needed: str) -> None:
    """Raise ConfigurationError where a table is not to be made: it may be there, unread, or the schema is a stranger's."""
    for one in found:
        if one.table == needed:
            check(connection, one, needed)
    if current.yours and not current.safe:
        role, schema = connection.dialect.quote(current.me), connection.dialect.quote(current.schema)
        raise ConfigurationError(
            f'schema {current.schema} is first in the search_path by "$user", and belongs to a role that {current.me} does not '
            f"trust\n  next: DROP SCHEMA {schema}, or ALTER SCHEMA {schema} OWNER TO {role}; or name the schema that is meant, "
            "with --schema"
        )


async def _elsewhere(connection: Connection, sought: Sought, current: Found, *, question: bool) -> tuple[Found | None, list[str]]:
    """Return the schema outside of the search_path that holds what the run goes on from, if it is certain that one does.

    Otherwise return notes that name the histories that the run did not read.
    """
    read, text = _reading(connection, sought)
    outside = OUTSIDE.replace("{table}", connection.dialect.literal(read))
    # The run names a history of a role that it does not trust, and never writes there: to read it is a question.
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
    # Anybody who may create a schema can write what a row says: only the owner tells whose the rows are.
    own = [one for one in found if one.sure and (one.own or _installed(one))]
    names, begin = ", ".join(one.schema for one in found), f"or with --schema {current.schema} to begin anew there"
    if len(found) > 1:
        raise ConfigurationError(
            f"what this run goes on from is in more than one schema, none of them in the search_path of {current.me}: {names}\n"
            f"  next: run with --schema and the one that is meant, {begin}"
        )
    if found and not own:
        raise ConfigurationError(
            f"these migrations are applied already in schema {names}, and by another role than {current.me}\n"
            f"  next: run with --schema {names} to go on there, {begin}"
        )
    return (own[0], []) if own else (None, _unread_notes(unread) if sought else [])


def _unread_notes(unread: Sequence[Found]) -> list[str]:
    if not unread:
        return []
    first, more = unread[0], f" and {len(unread) - 1} more" if len(unread) > 1 else ""
    return [
        f"schema {first.schema}{more} has a history too, which was not read: {first.me} does not trust its owner {first.owner}\n"
        f"  next: if these migrations are applied there, run as {first.owner} with --schema {first.schema}, not here"
    ]


async def _tenants(connection: Connection, *, question: bool) -> frozenset[str]:
    """Return the schemas of all registered tenants, whose histories are their own."""
    places = f"{PATH} UNION ALL {OUTSIDE.replace('{table}', connection.dialect.literal(TENANTS_TABLE))}"
    text = _selecting(connection, ("name",), ())
    found = await ask(connection, places, text, read=TENANTS_TABLE, tables=[TENANTS_TABLE], question=question)
    return frozenset(json.loads(row)[0] for one in found if one.sure for row in one.rows or ())


def _likeness(one: Found, sought: Sought) -> Likeness:
    """Compare the rows that a history has of these sets with the sets' files."""
    rows = read_rows(one.rows)
    names = {row.set_name for row in rows} & set(sought)
    each = {likeness([row for row in rows if row.set_name == name], sought[name]) for name in names}
    return "same" if each == {"same"} else "mostly" if each and "other" not in each else "other"


def _refuse_alike(alike: Sequence[Found], current: Found) -> NoReturn:
    names = ", ".join(one.schema for one in alike)
    raise ConfigurationError(
        f"most of these migrations are applied already in schema {names}, which is not in the search_path of {current.me}, and "
        f"some of their files were changed since\n  next: run with --schema {alike[0].schema} to go on there, or with "
        f"--schema {current.schema} to begin anew there"
    )


async def _check_divided(
    connection: Connection, sought: Sought, found: Sequence[Found], holder: Found, *, question: bool
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
                f"  next: run each with the --schema that has it, or all with --schema {holder.schema} to begin it anew there"
            )


async def _renamed(connection: Connection, sought: Sought, found: Sequence[Found], *, question: bool) -> Found | None:
    """Return the schema of the search_path whose history has a set's files under another set name."""
    if not any(one.table == HISTORY_TABLE and one.readable and one.position > 1 for one in found):
        return None
    text = _selecting(connection, IDENTITY, ())
    read = await ask(connection, PATH, text, tables=[HISTORY_TABLE], question=question)
    return next((one for one in read if one.readable and one.trusted and has_renamed(read_rows(one.rows), sought)), None)


def _installed(one: Found) -> bool:
    """Whether this role has recorded some of the history's rows."""
    return one.table == HISTORY_TABLE and any(row.installed_by == one.me for row in read_rows(one.rows))


def _note(connection: Connection, holder: Found, current: Found) -> str:
    """Say where the run works: the application is not led there, since its own search_path says what its names mean."""
    schema, role, quote = holder.schema, current.me, connection.dialect.quote
    if current.yours and not current.safe:
        return passed_over(connection, current, schema)
    return (
        f"the history of these migrations is in schema {schema}, where this run works; for the application, names that are not "
        f"qualified mean schema {current.schema} first\n"
        f"  next: have both mean one schema: ALTER ROLE {quote(role)} SET search_path TO {quote(schema)}, or give {schema!r} as "
        "the manager's schema and as --schema"
    )


def _places(connection: Connection, schema: str) -> str:
    return in_schema(connection.dialect.literal(schema)) if schema else PATH


def _selecting(connection: Connection, columns: Sequence[str], sets: Collection[str]) -> str:
    """Return, for `format`, a question whose rows come as texts in JSON; of these sets, or of all there are.

    One that `ts_stat` reads, because no other function of every server runs a text inside of a question, so that the table is
    not touched before the catalog has said that it may be: https://www.postgresql.org/docs/current/functions-textsearch.html
    """
    row = f"CAST(pg_catalog.json_build_array({', '.join(columns)}) AS pg_catalog.text)"
    where = " OR ".join(f"set_name {_EQUALS} {connection.dialect.literal(name)}" for name in sets) or "TRUE"
    return f"SELECT pg_catalog.array_to_tsvector(ARRAY[{row}]) FROM %I.%I WHERE {where.replace('%', '%%')}"
