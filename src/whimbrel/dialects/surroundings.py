"""The objects that files expect to exist, as statements that create them in a new, empty database. Plain data."""

from __future__ import annotations

from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["Surroundings"]


class Surroundings(NamedTuple):
    """The surroundings of a schema, to be created in another database in which its files run again.

    `schema` is the schema to work in there; empty for the new database's own. `statements` make the schema, and the defaults for
    new tables. `extensions` has the statements that create an extension of PostgreSQL, by its name; a user may lack the right.
    """

    schema: str = ""
    statements: tuple[str, ...] = ()
    extensions: tuple[tuple[str, tuple[str, ...]], ...] = ()
