"""The rows of information_schema as tables of the model. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.schema.column import Column
from whimbrel.schema.model import Table, Trigger
from whimbrel.schema.mysql.columns import is_unclear, read_column
from whimbrel.schema.mysql.definitions import CatalogRows, Definition
from whimbrel.schema.mysql.keys import OF_COLUMN, read_checks, read_foreign_keys, read_indexes
from whimbrel.schema.mysql.names import unqualify
from whimbrel.schema.mysql.partitions import read_partitioning
from whimbrel.schema.mysql.questions import Facts
from whimbrel.schema.mysql.table_text import create_table_of, foreign_rules, literal_defaults, table_text
from whimbrel.schema.mysql.untold import read_options, untold_options

__all__ = ["Tables"]

Definitions = Mapping[tuple[str, str], Definition]


class Tables:
    """The facts of all tables and views of one schema, by the name of the table."""

    def __init__(self, found: CatalogRows, definitions: Definitions, database: str, schema: str, rules: LexerRules) -> None:
        self._definitions = {name: one for (kind, name), one in definitions.items() if kind == "TABLE"}
        self._database, self._schema, self._rules = database, schema, rules
        self._columns = _by_table(found["column"])
        self._indexes = _by_table(found["index"])
        self._foreign = _by_table(found["foreign"])
        self._partitions = _by_table(found["partition"])
        self._enforced = {str(row["constraint_name"]): row["enforced"] != "NO" for row in found.get("checked", ())}
        self._rules_of: dict[str, dict[str, Facts]] = defaultdict(dict)
        for row in found["rule"]:
            self._rules_of[str(row["table_name"])][str(row["constraint_name"])] = row
        self._checks = _by_table(_with_table(found["check"], found.get("checked", [])))

    def read(self, row: Facts, triggers: Sequence[Trigger]) -> Table:
        """Return a table."""
        name = str(row["table_name"])
        primary, uniques, indexes = read_indexes(self._indexes[name], str(row["engine"]))
        columns = self.columns(name)
        as_json = {f"json_valid({quote(one.name)})" for one in columns if one.type.native == "json"}
        checks = read_checks(self._checks[name], self._enforced, self._database)
        definition = self._definitions.get(name)
        rules = self._rules_of[name]
        if definition and any(str(one["constraint_name"]) not in rules for one in self._foreign[name]):
            # MariaDB shows the actions only to a user who may change the table.
            rules = foreign_rules(definition, self._rules)
        return Table(
            name=name,
            columns=columns,
            primary_key=primary,
            uniques=uniques,
            foreign_keys=tuple(read_foreign_keys(self._foreign[name], rules, self._schema)),
            # MariaDB's type JSON is a text with this check: https://mariadb.com/kb/en/json/
            checks=tuple(one for one in checks if not (one.native.startswith(OF_COLUMN) and one.expression in as_json)),
            indexes=indexes,
            triggers=tuple(triggers),
            partitioning=read_partitioning(self._partitions[name]),
            options=tuple(self._options(row, definition)),
            comment=str(row["table_comment"]),
            native=table_text(definition, self._schema, self._rules) if definition else "",
        )

    def _options(self, row: Facts, definition: Definition | None) -> Iterator[str]:
        """Yield the clauses after the columns, without the row counter, which changes with the rows."""
        collation = str(row["table_collation"])
        if row["engine"]:
            yield f"ENGINE={row['engine']}"
        yield f"DEFAULT CHARSET={collation.partition('_')[0]} COLLATE={collation}"
        told = read_options(str(row["create_options"] or ""))
        untold = untold_options(create_table_of(definition), told, self._rules) if definition else {}
        yield from sorted((*told.values(), *untold.values()))
        if row["table_type"] == "SYSTEM VERSIONED":
            yield "WITH SYSTEM VERSIONING"

    def columns(self, name: str) -> tuple[Column, ...]:
        """Return the columns of a table or view, in order."""
        rows = sorted(self._columns[name], key=lambda row: int(row["ordinal_position"]))
        own: dict[str, list[str]] = defaultdict(list)
        for check in self._checks[name]:
            if check.get("level") == "Column":
                own[str(check["constraint_name"])].append(str(check["check_clause"]))
        definition = self._definitions.get(name)
        literals = literal_defaults(definition, self._rules) if definition and any(map(is_unclear, rows)) else {}
        names = [str(row["column_name"]) for row in rows]
        return tuple(
            read_column(row, self._database, own[column], literals.get(column), self._unqualified)
            for column, row in zip(names, rows, strict=True)
        )

    def _unqualified(self, text: str) -> str:
        return unqualify(text, self._schema, self._rules, aliases=False).text if self._schema in text else text


def _by_table(rows: Sequence[Facts]) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = defaultdict(list)
    for row in rows:
        found[str(row["table_name"])].append(row)
    return found


def _with_table(checks: Sequence[Facts], checked: Sequence[Facts]) -> list[Facts]:
    """Return the checks with their tables. On MySQL, another view has the names, which are unique in the schema."""
    owners = {str(row["constraint_name"]): row["table_name"] for row in checked}
    return [{"table_name": owners.get(str(row["constraint_name"])), **row} for row in checks]
