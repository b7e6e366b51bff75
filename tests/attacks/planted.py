"""Objects that a plain role creates in PostgreSQL's schema `public`. Each records in the table `loot` which user ran it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.conftest import run_sql
from whimbrel import DatabaseManager

_number = count(1)
_LOOT = (
    "CREATE TABLE loot (who NAME, what TEXT)",
    "GRANT INSERT ON loot TO PUBLIC",
    "CREATE FUNCTION log(what TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO public.loot VALUES (current_user, what); RETURN TRUE; END $$",
)
# Name, argument types, return type, and return value.
_FUNCTIONS = (
    *((name, "", "NAME", "'public'::NAME") for name in ("current_schema", "current_database")),
    *((name, "", "TIMESTAMPTZ", "pg_catalog.now()") for name in ("clock_timestamp", "transaction_timestamp", "now")),
    ("pg_is_in_recovery", "", "BOOLEAN", "FALSE"),
    ("pg_backend_pid", "", "INTEGER", "1"),
    ("pg_advisory_unlock_all", "", "INTEGER", "1"),
    *(
        (name, kind, "BOOLEAN", "TRUE")
        for name in ("pg_try_advisory_lock", "pg_advisory_unlock", "pg_try_advisory_xact_lock")
        for kind in ("INTEGER", "BIGINT", "NUMERIC")
    ),
    *((name, kind, "TEXT", "'x'::TEXT") for name in ("quote_ident", "lower", "md5") for kind in ("NAME", "TEXT", "VARCHAR")),
    *(("current_setting", kind, "TEXT", "'off'::TEXT") for kind in ("NAME", "TEXT", "VARCHAR")),
    *(("to_regclass", kind, "REGCLASS", "NULL::REGCLASS") for kind in ("NAME", "TEXT", "VARCHAR")),
    *(("set_config", f"{kind}, {kind}, BOOLEAN", "TEXT", "'x'::TEXT") for kind in ("NAME", "TEXT", "VARCHAR")),
    ("left", "TEXT, INTEGER", "TEXT", "'x'::TEXT"),
    ("host", "INET", "TEXT", "'x'::TEXT"),
    ("format", "TEXT, NAME, NAME", "TEXT", "'x'::TEXT"),
    ("pg_get_userbyid", "OID", "NAME", "'x'::NAME"),
    *(("has_table_privilege", f"OID, {kind}", "BOOLEAN", "TRUE") for kind in ("TEXT", "NAME", "VARCHAR")),
    ("has_schema_privilege", "OID, TEXT", "BOOLEAN", "TRUE"),
    ("current_schemas", "BOOLEAN", "NAME[]", "ARRAY['public']::NAME[]"),
    ("unnest", "TEXT[]", "TEXT", "'x'::TEXT"),
    ("ts_stat", "TEXT", "TEXT", "'x'::TEXT"),
    ("array_to_tsvector", "TEXT[]", "TSVECTOR", "NULL::TSVECTOR"),
    ("to_jsonb", "ANYELEMENT", "JSONB", "NULL::JSONB"),
    ("pg_terminate_backend", "INTEGER, INTEGER", "BOOLEAN", "TRUE"),
)
_OPERANDS = (
    *(
        "VARCHAR, VARCHAR",
        "TEXT, TEXT",
        "NAME, NAME",
        "NAME, TEXT",
        "TEXT, NAME",
        "NAME, VARCHAR",
        "VARCHAR, NAME",
        "VARCHAR, TEXT",
    ),
    *("INTEGER, INTEGER", "BIGINT, INTEGER", "BIGINT, BIGINT", "SMALLINT, INTEGER", "OID, OID", "OID, INTEGER", "OID, BIGINT"),
    *("TIMESTAMPTZ, TIMESTAMPTZ", '"char", "char"', "BOOLEAN, BOOLEAN", "REGCLASS, OID", "OID, REGCLASS"),
)
_OPERATORS = (
    *((symbol, operands, "BOOLEAN", "FALSE") for symbol in ("=", "<>", ">", ">=") for operands in _OPERANDS),
    *(("~~", operands, "BOOLEAN", "FALSE") for operands in ("NAME, TEXT", "TEXT, TEXT", "NAME, NAME")),
    *(("!~~", operands, "BOOLEAN", "FALSE") for operands in ("NAME, TEXT", "TEXT, TEXT", "NAME, NAME")),
    *(("+", operands, "BIGINT", "1::BIGINT") for operands in ("BIGINT, INTEGER", "INTEGER, INTEGER", "BIGINT, BIGINT")),
    ("-", "TIMESTAMPTZ, TIMESTAMPTZ", "INTERVAL", "'1 s'::INTERVAL"),
    *(("*", operands, "NUMERIC", "1::NUMERIC") for operands in ("NUMERIC, INTEGER", "NUMERIC, NUMERIC")),
    *(("||", operands, "TEXT", "'x'::TEXT") for operands in ("TEXT, TEXT", "NAME, TEXT", "TEXT, NAME")),
    ("->>", "JSONB, TEXT", "TEXT", "'x'::TEXT"),
)
_DOMAINS = {
    **dict.fromkeys(("text", "varchar", "name", "json", "bpchar"), "pg_catalog.text"),
    **dict.fromkeys(("oid", "regclass", "regtype", "regnamespace", "int8", "int4", "bool"), "pg_catalog.int8"),
    "timestamptz": "pg_catalog.timestamptz",
}
_VIEWS = (
    *(
        "pg_class",
        "pg_namespace",
        "pg_roles",
        "pg_database",
        "pg_locks",
        "pg_stat_activity",
        "pg_settings",
        "pg_index",
        "pg_type",
    ),
    *("pg_attribute", "pg_range", "pg_trigger", "pg_policy", "pg_auth_members", "pg_tablespace", "pg_stat_subscription"),
)
_AGGREGATES = ("max(INTEGER)", "max(BIGINT)", "count(*)", "array_agg(TEXT)", "array_agg(NAME)", "array_agg(OID)")


def functions() -> Iterator[str]:
    """Yield functions with the argument types of the built-in ones, and with more general ones."""
    for name, arguments, returned, value in _FUNCTIONS:
        body = f"BEGIN PERFORM public.log('{name}'); RETURN {value}; END"
        yield f"CREATE FUNCTION public.{name}({arguments}) RETURNS {returned} LANGUAGE plpgsql AS $${body}$$"


def operators() -> Iterator[str]:
    """Yield operators for pairs of types that Whimbrel's statements compare."""
    for number, (symbol, operands, returned, value) in enumerate(_OPERATORS):
        left, right = operands.split(", ")
        body = f"BEGIN PERFORM public.log('operator {symbol}'); RETURN {value}; END"
        yield f"CREATE FUNCTION public.op{number}({operands}) RETURNS {returned} LANGUAGE plpgsql AS $${body}$$"
        made = f"FUNCTION = public.op{number}, LEFTARG = {left}, RIGHTARG = {right}"
        yield f"CREATE OPERATOR public.{symbol} ({made})"


def others() -> Iterator[str]:
    """Yield views with the catalog's names, aggregates, a type that casts itself, and, last, domains with the types' names."""
    for name in _VIEWS:
        columns = "attrelid, attname, atttypid, attnum, attisdropped" if name == "pg_attribute" else "*"
        yield f"CREATE VIEW public.{name} AS SELECT {columns}, public.log('{name}') AS logged FROM pg_catalog.{name}"
    for arguments in ("BIGINT", *(f"BIGINT, {kind}" for kind in ("INTEGER", "BIGINT", "TEXT", "NAME", "OID"))):
        body = "BEGIN PERFORM public.log('aggregate'); RETURN 1; END"
        yield f"CREATE FUNCTION public.step({arguments}) RETURNS BIGINT LANGUAGE plpgsql AS $${body}$$"
    for aggregate in _AGGREGATES:
        yield f"CREATE AGGREGATE public.{aggregate} (SFUNC = public.step, STYPE = BIGINT)"
    yield "CREATE TYPE public.own AS (word TEXT)"
    body = "BEGIN PERFORM public.log('cast'); RETURN 'x'; END"
    yield f"CREATE FUNCTION public.cast_own(public.own) RETURNS TEXT LANGUAGE plpgsql AS $${body}$$"
    yield "CREATE CAST (public.own AS TEXT) WITH FUNCTION public.cast_own(public.own) AS IMPLICIT"
    for name, kind in _DOMAINS.items():
        yield f"CREATE DOMAIN public.\"{name}\" AS {kind} CHECK (public.log('domain {name}'))"


@contextmanager
def role(url: str, name: str, *options: str, login: str = "LOGIN") -> Iterator[str]:
    """Create a role of the server for this test alone; yield its name."""
    name = f"{name}_{os.getpid()}_{next(_number)}"
    run_sql(url, f"CREATE ROLE {name} {login}", *(option.format(role=name) for option in options))
    try:
        yield name
    finally:
        run_sql(url, f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


@contextmanager
def mallory(url: str) -> Iterator[str]:
    """Create a plain role that may create objects in `public`, and the table for its loot; yield an address with its name."""
    with role(url, "mallory", "GRANT CREATE ON SCHEMA public TO {role}") as name:
        as_mallory = as_role(url, name)
        run_sql(as_mallory, *_LOOT)
        yield as_mallory


def replant(address: str) -> None:
    """Drop mallory's objects, and create the table for the loot again."""
    run_sql(address, "DROP OWNED BY current_user CASCADE", *_LOOT)


def as_role(url: str, name: str) -> str:
    """Return the address with another user."""
    return f"postgresql://{name}@{url.partition('@')[2]}"


def loot(url: str) -> list[tuple[str, str]]:
    """Return which user ran which object, except for the owner of the objects."""

    async def read() -> list[tuple[str, str]]:
        async with DatabaseManager(url) as db_manager:
            rows = await db_manager.fetch_all("SELECT who, what FROM public.loot")
            return [(row["who"], row["what"]) for row in rows if not row["who"].startswith("mallory")]

    return asyncio.run(read())
