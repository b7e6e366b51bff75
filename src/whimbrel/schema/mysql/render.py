"""Render a schema of the model as the statements that recreate it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from whimbrel.dialects.mysql.rules import quote
from whimbrel.errors import CannotRender
from whimbrel.schema.model import ForeignKey, Opaque, Schema, Table
from whimbrel.schema.mysql.render_objects import Piece, create_view, triggers_in_order, views_in_order
from whimbrel.schema.mysql.render_table import create_table, foreign_key
from whimbrel.schema.order import in_order

__all__ = ["rendered"]

# Under this mode every server reads a backslash alike and accepts a zero date.
_PLAIN_MODE = "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"
_KEYS_OFF = "foreign_key_checks"


def rendered(schema: Schema) -> list[str]:
    """Return the statements in an order in which they load, each under the settings that it needs."""
    _check_seen(schema.opaques)
    session: dict[str, str] = {}
    statements: list[str] = []
    for piece in _pieces(schema):
        wanted = dict(setting.split(" = ", 1) for setting in piece.session)
        if "sql_mode" not in wanted and _needs_plain(piece.text, session):
            wanted["sql_mode"] = _PLAIN_MODE
        if _KEYS_OFF in session and _KEYS_OFF not in wanted:
            wanted[_KEYS_OFF] = "1"
        changed = [f"{name} = {value}" for name, value in wanted.items() if session.get(name) != value]
        statements += [f"SET SESSION {', '.join(changed)}"] if changed else []
        session |= wanted
        statements.append(piece.text)
    return statements


def _needs_plain(text: str, session: dict[str, str]) -> bool:
    """Whether a statement without a stored sql_mode needs one: for a backslash, for a zero date, or after another mode."""
    return "sql_mode" in session or "\\" in text or "'0000-" in text


def _check_seen(opaques: Iterable[Opaque]) -> None:
    unseen = [one.name for one in opaques if one.kind == "unseen"]
    if unseen:
        listed = ", ".join(unseen)
        raise CannotRender(
            f"this user may not see all of the schema: {listed}; use a user with the privileges SHOW VIEW, TRIGGER, EVENT and "
            "SHOW_ROUTINE (MariaDB: SHOW CREATE ROUTINE, or SELECT on mysql.proc)"
        )


def _pieces(schema: Schema) -> Iterator[Piece]:
    yield from (Piece(sequence.native) for sequence in schema.sequences)
    yield from _tables(schema)
    yield from (Piece(one.native, one.session) for one in schema.opaques if one.kind in ("library", "package", "package body"))
    yield from (Piece(routine.native, routine.session) for routine in schema.routines)
    yield from map(create_view, views_in_order(schema))
    for table in schema.tables:
        yield from (Piece(trigger.native, trigger.session) for trigger in triggers_in_order(table.triggers))
    yield from (Piece(one.native, one.session) for one in schema.opaques if one.kind == "event")


def _tables(schema: Schema) -> Iterator[Piece]:
    """Yield CREATE TABLE in the order of the foreign keys, then the foreign keys that form circles."""
    late: list[tuple[Table, ForeignKey]] = []
    made: set[str] = set()
    for table in _tables_in_order(schema.tables):
        made.add(table.name)
        ready = tuple(key for key in table.foreign_keys if key.schema or key.table in made)
        if table.native:
            # The keys cannot be removed from this table's text.
            waits = len(ready) < len(table.foreign_keys)
            yield Piece(table.native, (f"{_KEYS_OFF} = 0",) if waits else ())
            continue
        late += [(table, key) for key in table.foreign_keys if key not in ready]
        yield Piece(create_table(table, ready, schema.database))
    for table, key in late:
        yield Piece(f"ALTER TABLE {quote(table.name)} ADD CONSTRAINT {quote(key.name)} {foreign_key(key)}")


def _tables_in_order(tables: Sequence[Table]) -> list[Table]:
    """Sort the tables so that each comes after the tables that it refers to; in a cycle, the first by name comes first."""
    by_name = {table.name: table for table in tables}
    needs = {table.name: {key.table for key in table.foreign_keys if not key.schema} for table in tables}
    return [by_name[name] for name in in_order(needs)]
