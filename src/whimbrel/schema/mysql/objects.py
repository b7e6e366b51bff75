"""Views, triggers, routines, sequences and events of the model, from the answers of SHOW CREATE. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import dropwhile, takewhile

from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.schema.model import Opaque, Routine, Sequence, Trigger, View
from whimbrel.schema.mysql.definitions import CatalogRows, Definition, all_objects, definer_end, without_definer
from whimbrel.schema.mysql.names import unqualify
from whimbrel.schema.mysql.tables import Tables

__all__ = ["Objects", "statement_of"]

_BODIES = ("PACKAGE", "PACKAGE BODY")
# The settings that the server keeps with an object that the model has no class for.
_KEPT = {
    "EVENT": ("sql_mode", "collation_connection", "time_zone"),
    "LIBRARY": ("sql_mode",),
    **dict.fromkeys(_BODIES, ("sql_mode", "collation_connection")),
}


def statement_of(definition: Definition) -> str:
    """Return the statement that a SHOW CREATE answers."""
    text = next(value for name, value in definition.items() if name.startswith(("Create ", "SQL Original")))
    return bytes(text).decode()


class Objects:
    """The objects of a schema that are not tables."""

    def __init__(
        self, found: CatalogRows, definitions: Mapping[tuple[str, str], Definition], schema: str, rules: LexerRules
    ) -> None:
        self._found, self._definitions, self._schema, self._rules = found, definitions, schema, rules
        self._user = str(found["session"][0]["user"])

    def views(self, tables: Tables) -> Iterator[View]:
        """Yield the views. The definition is empty if this user may not see it."""
        for row in self._found["view"]:
            name, checked = str(row["table_name"]), str(row["check_option"])
            definition = self._definitions.get(("VIEW", name))
            if definition is None:
                yield View(name=name, definition="", columns=tables.columns(name))
                continue
            text = statement_of(definition)
            option = f"WITH {checked} CHECK OPTION"
            query = unqualify(self._query(text, option), self._schema, self._rules).text
            options = (*self._head(text), *self._names(text), *([option] if checked != "NONE" else []))
            session = _session(definition, "collation_connection")
            yield View(name=name, definition=query, columns=tables.columns(name), options=options, session=session)

    def _query(self, text: str, option: str) -> str:
        """Return the query of a CREATE VIEW ... AS."""
        found = list(tokens(text, self._rules))
        start = next(token.end for token in found if token.upper == "AS")
        # Outside of quotes, only the option ends in this word.
        end = found[-4].start if found[-1].upper == "OPTION" and option.endswith("OPTION") else len(text)
        return text[start:end].strip()

    def _head(self, text: str) -> Iterator[str]:
        """Yield the parts between CREATE and VIEW that are not the default, in their order, such as MATERIALIZED."""
        start, end, account = definer_end(text, self._rules)
        _, *found = takewhile(lambda token: token.upper != "VIEW", tokens(text, self._rules))
        while found:
            token, *found = found
            if token.upper == "ALGORITHM":
                (_, value), found = found[:2], found[2:]
                yield from [f"ALGORITHM={value.upper}"] if value.upper != "UNDEFINED" else []
            elif token.start == start:
                found = [one for one in found if one.start >= end]
                yield from [text[start:end]] if account != self._user else []
            elif token.upper == "SQL":
                (_, value), found = found[:2], found[2:]
                yield f"SQL SECURITY {value.upper}"
            else:
                yield token.upper

    def _names(self, text: str) -> list[str]:
        """Return the list of columns after the view's name, where MySQL keeps it: "(`x`,`y`)"."""
        behind = dropwhile(lambda token: token.upper != "VIEW", tokens(text, self._rules))
        # The database's name stands before the view's if the session is in another one.
        first = next(token for token in behind if token.text == "(" or token.upper == "AS")
        if first.text != "(":
            return []
        return [text[first.start : next(token.end for token in behind if token.text == ")")]]

    def triggers(self) -> dict[str, list[Trigger]]:
        """Return the triggers of each table. The statement of each names the trigger that it follows."""
        found: dict[str, list[Trigger]] = defaultdict(list)
        before: dict[tuple[str, ...], str] = {}
        for row in sorted(self._found["trigger"], key=lambda row: int(row["action_order"])):
            name, table = str(row["trigger_name"]), str(row["event_object_table"])
            definition = self._definitions.get(("TRIGGER", name))
            if definition is None:
                continue
            place = (table, str(row["action_timing"]), str(row["event_manipulation"]))
            text = self._after(self._own(definition), before.get(place))
            found[table].append(Trigger(name=name, native=text, session=_session(definition, "sql_mode", "collation_connection")))
            before[place] = name
        return {table: sorted(triggers, key=lambda trigger: trigger.name) for table, triggers in found.items()}

    def _after(self, text: str, other: str | None) -> str:
        """Return a CREATE TRIGGER that says which trigger it follows; the server keeps no such words."""
        if other is None:
            return text
        found = list(tokens(text, self._rules))
        words = [token.upper for token in found]
        row = next(index for index in range(len(found)) if words[index : index + 3] == ["FOR", "EACH", "ROW"])
        at = found[row + 2].end
        return f"{text[:at]} FOLLOWS {quote(other)}{text[at:]}"

    def _own(self, definition: Definition) -> str:
        return without_definer(statement_of(definition), self._user, self._rules)

    def routines(self) -> Iterator[Routine]:
        """Yield the functions and procedures. The text is empty if this user may not see it."""
        types: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in sorted(self._found["parameter"], key=lambda row: int(row["ordinal_position"])):
            if row["ordinal_position"]:
                types[row["routine_type"], row["specific_name"]].append(str(row["dtd_identifier"]))
        for row in sorted(self._found["routine"], key=lambda row: str(row["routine_type"])):
            kind, name = str(row["routine_type"]), str(row["specific_name"])
            if kind in _BODIES:
                continue
            definition = self._definitions.get((kind, name))
            yield Routine(
                name=name,
                signature=f"{name}({', '.join(types[kind, name])})",
                kind="function" if kind == "FUNCTION" else "procedure",
                native="" if definition is None else self._with_own_libraries(self._own(definition)),
                session=() if definition is None else _session(definition, "sql_mode", "collation_connection"),
            )

    def _with_own_libraries(self, text: str) -> str:
        """Return a routine that names the libraries of its own database as a dump does: without the database."""
        found = list(tokens(text, self._rules)) if "USING" in text else []
        for index, token in enumerate(found[2:], start=2):
            if token.upper == "USING" and found[index - 2].upper == "LANGUAGE":
                end = next(one.end for one in found[index:] if one.text == ")")
                listed = unqualify(text[token.end : end], self._schema, self._rules, aliases=False).text
                return text[: token.end] + listed + text[end:]
        return text

    def sequences(self) -> Iterator[Sequence]:
        """Yield MariaDB's sequences."""
        for (kind, name), definition in self._definitions.items():
            if kind == "SEQUENCE":
                yield Sequence(
                    name=name, native=unqualify(statement_of(definition), self._schema, self._rules, aliases=False).text
                )

    def opaques(self) -> Iterator[Opaque]:
        """Yield events, packages and libraries, and a mark for everything that this user may not see."""
        for (kind, name), definition in self._definitions.items():
            if kind in _KEPT:
                session = _session(definition, *_KEPT[kind])
                yield Opaque(kind=kind.lower(), name=name, native=self._own(definition), session=session)
        shown = self._definitions.keys()
        yield from (_unseen(f"{kind.lower()} {name}") for kind, name in all_objects(self._found) if (kind, name) not in shown)
        for row in self._found["unseen"]:
            # A role may give the privilege: what is visible proves it.
            if not self._found[str(row["kind"]).removesuffix("s")]:
                yield _unseen(str(row["kind"]))


def _unseen(name: str) -> Opaque:
    return Opaque(kind="unseen", name=name, native="")


def _session(definition: Definition, *names: str) -> tuple[str, ...]:
    """Return the settings that the server keeps with an object, as assignments."""
    return tuple(f"{name} = '{bytes(definition[name]).decode()}'" for name in names)
