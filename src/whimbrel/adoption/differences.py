"""Find the differences of a database from what its files make. Pure: no database, no disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whimbrel.dialects.objects import TOOLS
from whimbrel.messages.printable import printable
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.schema.compare import Difference, Fact
from whimbrel.schema.drifting import find_drift, find_unseen
from whimbrel.schema.model import Schema
from whimbrel.schema.objects import objects_of

__all__ = [
    "ProofDifference",
    "accept",
    "find_differences",
    "find_other_clients",
    "find_uncovered",
    "find_unproven",
    "leave_out",
    "tools_in",
]

# The fields that hold the text of a statement, as a person wrote it.
_WRITTEN = ("native", "definition", "expression", "predicate")

_OF_CLIENT = ("character_set_client", "collation_connection")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDifference:
    """One fact in which the database differs from what the files make.

    `object` is its kind and name ("column users.email"). `fact` is the attribute that differs ("default"), or "missing" or
    "extra" for the whole object, or "unseen" for one that this user may not see. `expected` is the value in the files, `found`
    the value in the database. `place` is the file and line of the statement that makes the object, or else its table; empty if
    no file does. `reason` says why the project accepts the difference; empty if it does not.
    """

    object: str
    fact: str
    expected: str = ""
    found: str = ""
    place: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """The name under which a project accepts the difference: "column users.email: default"."""
        return f"{self.object}: {self.fact}"

    def __str__(self) -> str:
        place = f"{printable(self.place)}: " if self.place else ""
        if self.fact in _WHOLE:
            return f"{place}{printable(self.name)}: {_WHOLE[self.fact]}"
        told = Fact(self.fact, self.expected, self.found)
        return f"{place}{printable(self.object)}: {told} (files -> database)"


_WHOLE = {
    "missing": "the database lacks it",
    "extra": "the database has it, and the files do not make it",
    "unseen": "the files make such objects, and this user may not see those of the database",
}
_CHANGES = {"lost": "missing", "added": "extra"}


def find_differences(
    expected: Schema, found: Schema, place: Callable[[Difference], str]
) -> tuple[list[ProofDifference], list[ProofDifference]]:
    """Return the differences in the objects that the files make, and separately the extra objects.

    `place` returns the file and line that made an object. Partitions of a table come and go, so they do not count as
    differences.
    """
    differences: list[ProofDifference] = []
    extra: list[ProofDifference] = []
    for one in find_drift(_normalised(expected), _normalised(found)):
        facts = list(_facts(one)) or [(_CHANGES[one.change], "", "")]
        name = f"{one.kind} {one.name}".strip()
        kept = extra if one.change == "added" and not one.within else differences
        kept += [ProofDifference(object=name, fact=fact, expected=a, found=b, place=place(one)) for fact, a, b in facts]
    return differences, extra


def _facts(one: Difference) -> Iterator[tuple[str, str, str]]:
    """Yield the facts of a changed object. The attributes of a collation follow from its name."""
    named = any(fact.name == "collation name" for fact in one.facts)
    for fact in one.facts:
        if fact.name == "collation name":
            yield "collation", fact.before, fact.after
        elif not named or not fact.name.startswith("collation "):
            yield fact.name, fact.before, fact.after


def find_other_clients(expected: Schema, found: Schema) -> list[str]:
    """Return the objects that a client with another character set or collation made. MySQL keeps these."""
    made = {(one.kind, one.name): _client(one.value) for one in objects_of(expected)}
    return [
        f"{one.kind} {one.name}"
        for one in objects_of(found)
        if _client(one.value) != made.get((one.kind, one.name), _client(one.value))
    ]


def _client(value: object) -> set[str]:
    return {setting for setting in getattr(value, "session", ()) if setting.startswith(_OF_CLIENT)}


def find_unproven(expected: Schema, found: Schema) -> list[ProofDifference]:
    """Return the objects that the files make, and that this user may not see in the database, by their kind or their name."""
    made = {name for one in objects_of(expected) for name in _shown_as(one.kind, one.own)}
    return [ProofDifference(object=name, fact="unseen") for name in find_unseen(found) if name in made]


def find_uncovered(expected: Schema, found: Schema) -> list[str]:
    """Return the kinds of objects that this user may not see in the database, and that the files do not make."""
    unproven = {one.object for one in find_unproven(expected, found)}
    return [name for name in find_unseen(found) if name not in unproven]


def _shown_as(kind: str, own: str) -> tuple[str, str]:
    kinds = "routines" if kind in ("function", "procedure") else f"{kind}s"
    return kinds, f"{kind} {own.partition('(')[0]}"


def accept(differences: Sequence[ProofDifference], accepted: Mapping[str, str]) -> tuple[list[ProofDifference], list[str]]:
    """Return the differences with the project's reasons, and the names among `accepted` that match none of them."""
    names = {one.name for one in differences}
    judged = [replace(one, reason=accepted.get(one.name, "")) for one in differences]
    return judged, [name for name in accepted if name not in names]


def tools_in(schema: Schema) -> dict[str, str]:
    """Return the tables in which other tools keep their history, each with the names of the tools that may have made it."""
    return {one.name: TOOLS[one.name.lower()] for one in schema.tables if one.name.lower() in TOOLS}


def leave_out(schema: Schema, tables: Collection[str]) -> Schema:
    """Return a schema without these tables and their sequences. The case of a name does not matter."""
    names = {one.lower() for one in tables}
    if not names:
        return schema
    return replace(
        schema,
        tables=tuple(one for one in schema.tables if one.name.lower() not in names),
        sequences=tuple(one for one in schema.sequences if one.owner.rpartition(".")[0].lower() not in names),
    )


def _normalised(schema: Schema) -> Schema:
    """Return a schema without facts that depend only on how its statements were written.

    SQLite keeps each statement as it was typed, with blanks and comments. MySQL keeps the client's character set and collation
    with a view, a routine or a trigger, and these affect only comparisons of two literals.
    """
    if schema.database == "postgresql":
        return schema
    normalised: Schema = _reduced(schema, written=schema.database == "sqlite")
    return normalised


def _reduced(value: Any, *, written: bool) -> Any:
    if isinstance(value, tuple):
        return tuple(_reduced(one, written=written) for one in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        one = getattr(value, field.name)
        if field.name == "session":
            changed[field.name] = tuple(setting for setting in one if not setting.startswith(_OF_CLIENT))
        elif field.name in _WRITTEN and isinstance(one, str) and written:
            changed[field.name] = " ".join(_words(one))
        else:
            changed[field.name] = _reduced(one, written=written)
    return replace(value, **changed)


def _words(text: str) -> Iterator[str]:
    for token in tokens(text, SQLITE):
        if token.kind != "mark":
            yield token.upper or token.text
