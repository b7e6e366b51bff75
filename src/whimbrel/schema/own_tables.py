"""Whimbrel's own tables, which are no part of the schema that migrations make. Pure."""

from __future__ import annotations

from dataclasses import replace

from whimbrel.dialects.place import TABLES
from whimbrel.schema.model import Schema

__all__ = ["without_own"]


def without_own(schema: Schema) -> Schema:
    """Return a schema without Whimbrel's own tables."""
    tables = tuple(one for one in schema.tables if one.name.lower() not in TABLES)
    return replace(schema, tables=tables) if len(tables) < len(schema.tables) else schema
