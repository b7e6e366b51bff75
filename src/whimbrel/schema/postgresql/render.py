"""Render a schema as the statements that create it, in an order in which they load. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from whimbrel.errors import CannotRender
from whimbrel.messages.printable import printable
from whimbrel.schema.model import Check, Index, Key, Opaque, Routine, Schema, Table, UserType, View
from whimbrel.schema.postgresql.array_casts import with_inner_casts
from whimbrel.schema.postgresql.names import quoted
from whimbrel.schema.postgresql.order import Item, circles, in_order
from whimbrel.schema.postgresql.render_table import TableSource, comment, comments_on_columns
from whimbrel.schema.postgresql.user_types import unfinished

__all__ = ["render"]

# The order of a dump. The kinds of opaque objects are among them.
_KINDS = """
    extension, server, declaration, collation, type, domain constraint, conversion, text search, text search mapping, routine,
    operator, operator family, operator class, operator family members, cast, transform, sequence, table, owner, partition,
    default, constraint, exclusion constraint, index, statistics, statistics target, view, rule, trigger, foreign key, policy,
    late, comment
"""
_RANKS = {name.strip(): rank for rank, name in enumerate(_KINDS.split(","))}


def render(schema: Schema) -> list[str]:
    """Return the statements of a schema. Raises CannotRender for an object without SQL, or for objects that need one another."""
    for one in schema.opaques:
        if not one.native:
            raise CannotRender(f"the {one.kind} {printable(one.name)} cannot be written as SQL; dump this schema with pg_dump")
    items = _Renderer(schema).items()
    # The bodies of functions may name tables and functions that come later.
    first = ["SET check_function_bodies TO off"] if schema.routines else []
    return first + [
        # The text of a routine stays as its author wrote it.
        statement if one.rank == _RANKS["routine"] else with_inner_casts(statement)
        for one in in_order(items)
        for statement in one.statements
    ]


class _Renderer:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._sequences = {one.owner: one for one in schema.sequences if one.identity}
        stated = (one.not_null for table in schema.tables for one in table.columns)
        self._named = frozenset(one.partition(" NOT NULL ")[0] for one in stated)
        self._needs: dict[str, set[str]] = defaultdict(set)
        self._declared: set[str] = set()
        for one, need in schema.needs:
            self._needs[one].add(need)

    def items(self) -> list[Item]:
        """Return all items. A default or a check is created after its table if it needs an object that itself needs the table."""
        items = list(self._items(frozenset()))
        apart = self._apart({one.key: set(one.needs) for one in items})
        return list(self._items(apart)) if apart else items

    def _apart(self, needs: dict[str, set[str]]) -> frozenset[str]:
        found = set()
        for circle in circles(needs):
            # A range type needs functions whose arguments have that type.
            found |= {f"type {quoted(one.name)}" for one in self._schema.types if one.kind == "range"} & circle
            for table in self._schema.tables:
                source = self._source(table)
                if f"table {source.name}" in circle:
                    found |= {key for key in _separable(source) if self._needs[key] & circle}
        return frozenset(found)

    def _source(self, table: Table, apart: frozenset[str] = frozenset()) -> TableSource:
        return TableSource(self._schema, table, self._sequences, apart, self._named)

    def _item(self, rank: str, key: str, statements: list[str], *needs: str) -> Item:
        return Item(key, _RANKS[rank], tuple(statements), frozenset({*self._needs[key], *needs}))

    def _items(self, apart: frozenset[str]) -> Iterator[Item]:
        base = {
            f"type {quoted(one.name)}" for one in self._schema.types if one.kind == "base" and one.native != unfinished(one.name)
        }
        self._declared = base | {name for name in apart if name.startswith("type ")}
        for kind in self._schema.types:
            yield from self._type(kind)
        for routine in self._schema.routines:
            yield self._routine(routine)
        yield from self._sequence_items()
        for table in self._schema.tables:
            yield from self._table(self._source(table, apart))
        for view in self._schema.views:
            yield from self._view(view)
        for opaque in self._schema.opaques:
            yield self._opaque(opaque)

    def _type(self, one: UserType) -> Iterator[Item]:
        name = quoted(one.name)
        if f"type {name}" in self._declared:
            yield Item(f"declaration {name}", _RANKS["declaration"], (unfinished(one.name),))
        kind = "DOMAIN" if one.kind == "domain" else "TYPE"
        yield self._item("type", f"type {name}", [one.native, *comment(kind, name, one.comment)])

    def _routine(self, one: Routine) -> Item:
        key = f"routine {one.signature}"
        said = comment(one.kind.upper(), one.signature, one.comment)
        item = self._item("routine", key, [one.native, *said])
        # A type's declaration is enough for its own functions. All other objects wait for its definition.
        early = {need for need in item.needs & self._declared if key in self._needs[need]}
        declared = {f"declaration {need.removeprefix('type ')}" for need in early}
        return replace(item, needs=item.needs - early | declared)

    def _sequence_items(self) -> Iterator[Item]:
        columns = {f"{one.name}.{column.name}": (one, column) for one in self._schema.tables for column in one.columns}
        for one in self._schema.sequences:
            name = quoted(one.name)
            said = comment("SEQUENCE", name, one.comment)
            owner = columns.get(one.owner)
            table = f"table {quoted(owner[0].name)}" if owner else ""
            if one.identity:
                if said:
                    yield self._item("owner", f"comment on sequence {name}", said, table)
                continue
            yield self._item("sequence", f"sequence {name}", [one.native, *said])
            if owner:
                owned = f"ALTER SEQUENCE {name} OWNED BY {quoted(owner[0].name)}.{quoted(owner[1].name)}"
                yield self._item("owner", f"owner {name}", [owned], table, f"sequence {name}")

    def _table(self, one: TableSource) -> Iterator[Item]:
        key = f"table {one.name}"
        inside = [need for part in _separable(one) if part not in one.apart for need in self._needs[part]]
        yield self._item("table", key, one.create(), *inside)
        yield from self._parts(one, key)
        if one.table.partition_of:
            yield self._item("partition", f"partition {one.name}", [one.attach()], key, *self._needs[f"partition {one.name}"])
        for index in one.table.indexes:
            yield self._index(index, key)
        for link in one.table.foreign_keys:
            # A partitioned table passes its foreign keys on to its partitions.
            only = "" if one.table.partitioning else "ONLY "
            added = [f"ALTER TABLE {only}{one.name} ADD CONSTRAINT {quoted(link.name)} {link.native}"]
            name = f"constraint {one.name}.{quoted(link.name)}"
            yield self._item("foreign key", name, added + one.commented(link.name, link.comment), key)
        yield from self._behaviour(one.table, "TABLE", key)

    def _parts(self, one: TableSource, key: str) -> Iterator[Item]:
        """Yield the defaults and constraints that come after the table."""
        for column in one.table.columns:
            if one.default_key(column) in one.apart and column.default:
                changed = f"ALTER TABLE ONLY {one.name} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default.native}"
                yield self._item("default", one.default_key(column), [changed], key)
        checks = [check for check in one.table.checks if not one.is_inner(check)]
        keys = () if one.plain else one.keys()
        constraints: tuple[Check | Key, ...] = (*keys, *checks)
        for constraint in constraints:
            only = "" if constraint in checks else "ONLY "
            added = [f"ALTER TABLE {only}{one.name} ADD CONSTRAINT {quoted(constraint.name)} {constraint.native}"]
            said = one.commented(constraint.name, constraint.comment)
            yield self._item("constraint", one.constraint_key(constraint), added + said, key)

    def _index(self, one: Index, key: str) -> Item:
        name = quoted(one.name)
        actions = [f"ALTER INDEX {name} {option}" for option in one.options]
        return self._item("index", f"index {name}", [one.native, *actions, *comment("INDEX", name, one.comment)], key)

    def _behaviour(self, one: Table | View, kind: str, key: str) -> Iterator[Item]:
        """Yield the triggers of a relation, and the statements that come after all else."""
        name = quoted(one.name)
        for trigger in one.triggers:
            said = comment("TRIGGER", f"{quoted(trigger.name)} ON {name}", trigger.comment)
            yield self._item("trigger", f"trigger {name}.{quoted(trigger.name)}", [trigger.native, *said], key)
        late = [option for option in one.options if option.startswith("ALTER ")]
        if late:
            yield self._item("late", f"late {name}", late, key)

    def _view(self, one: View) -> Iterator[Item]:
        name, key = quoted(one.name), f"view {quoted(one.name)}"
        kind = "MATERIALIZED VIEW" if one.materialized else "VIEW"
        before = "".join(f" {option}" for option in one.options if option.startswith(("WITH (", "USING ")))
        after = "".join(f"\n{option}" for option in one.options if option.endswith(" CHECK OPTION"))
        statements = [f"CREATE {kind} {name}{before} AS\n{one.definition}{after}"]
        for column in one.columns:
            actions = [option for option in column.options if option.startswith("SET ")]
            actions += [f"SET DEFAULT {column.default.native}"] if column.default else []
            statements += [f"ALTER {kind} {name} ALTER COLUMN {quoted(column.name)} {action}" for action in actions]
        statements += [*comment(kind, name, one.comment), *comments_on_columns(one.name, one.columns)]
        yield self._item("view", key, statements)
        for index in one.indexes:
            yield self._index(index, key)
        yield from self._behaviour(one, kind, key)

    def _opaque(self, one: Opaque) -> Item:
        return self._item(one.kind, f"{one.kind} {one.name}", [one.native])


def _separable(one: TableSource) -> Iterator[str]:
    """Yield the names of the defaults and checks of a table."""
    for column in one.table.columns:
        if column.default:
            yield one.default_key(column)
    for check in one.table.checks:
        yield one.constraint_key(check)
