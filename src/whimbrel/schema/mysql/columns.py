"""The rows of information_schema.columns as columns of the model. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer import Token
from whimbrel.schema.column import Column, Default, Generated
from whimbrel.schema.mysql.expressions import literal_default, mariadb_default, mysql_default, mysql_expression
from whimbrel.schema.mysql.questions import Facts
from whimbrel.schema.mysql.table_text import portable_literal
from whimbrel.schema.mysql.types import read_collation, read_type

__all__ = ["is_unclear", "read_column"]


def is_unclear(facts: Facts) -> bool:
    """Whether information_schema may have changed a column's default: it replaces characters and cuts binary values."""
    literal = facts["column_default"] or ""
    return "?" in literal or (str(facts["column_type"]).startswith(("binary", "varbinary")) and literal not in ("", "NULL"))


def read_column(
    facts: Facts, database: str, checks: Iterable[str], literal: Token | None, unqualified: Callable[[str], str]
) -> Column:
    """Return a column.

    `checks` are the conditions of its own, `literal` its default if SHOW CREATE shows one, and `unqualified` removes the
    database's name from an expression.
    """
    extra = str(facts["extra"] or "")
    is_json = facts["column_type"] == "longtext" and f"json_valid({quote(facts['column_name'])})" in checks
    type_ = read_type("json" if is_json and facts["collation_name"] == "utf8mb4_bin" else str(facts["column_type"]))
    collation = facts["collation_name"] if type_.family != "json" else None
    generated = _generated(facts, extra, database)
    default = _default(facts, extra, database)
    if literal is not None and default is not None and type_.family in ("text", "bytes", "enum", "set"):
        default = literal_default(literal, portable_literal(literal), type_)
    return Column(
        name=str(facts["column_name"]),
        type=type_,
        nullable=facts["is_nullable"] == "YES",
        default=None if generated or default is None else replace(default, native=unqualified(default.native)),
        generated=generated and replace(generated, native=unqualified(generated.native)),
        identity="auto_increment" if "auto_increment" in extra else "",
        collation=read_collation(str(collation)) if collation else None,
        comment=str(facts["column_comment"]),
        options=tuple(_options(facts, extra)),
    )


def _default(facts: Facts, extra: str, database: str) -> Default | None:
    type_ = read_type(str(facts["column_type"]))
    if database == "mariadb":
        return mariadb_default(facts["column_default"], type_)
    return mysql_default(facts["column_default"], type_, generated="DEFAULT_GENERATED" in extra)


def _generated(facts: Facts, extra: str, database: str) -> Generated | None:
    told = facts["generation_expression"]
    if not told:
        return None
    return Generated(native=told if database == "mariadb" else mysql_expression(told), stored="VIRTUAL" not in extra)


def _options(facts: Facts, extra: str) -> Iterable[str]:
    lowered = extra.lower()
    at = lowered.find("on update ")
    if at >= 0:
        yield "ON UPDATE " + extra[at + len("on update ") :].partition(" ")[0].rstrip(",")
    if facts.get("srs_id") is not None:
        yield f"SRID {facts['srs_id']}"
    if "INVISIBLE" in extra:
        yield "INVISIBLE"
    if "WITHOUT SYSTEM VERSIONING" in extra:
        yield "WITHOUT SYSTEM VERSIONING"
