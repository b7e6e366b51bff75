"""A diagram as Mermaid text: https://mermaid.js.org/syntax/entityRelationshipDiagram.html. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from whimbrel.schema.diagram.entities import Attribute, Entity, Relationship

__all__ = ["mermaid"]

# These words are marks, and neither names nor types.
_KEYS = ("PK", "FK", "UK")


def mermaid(entities: Sequence[Entity], relations: Sequence[Relationship]) -> str:
    """Return an `erDiagram`, which ends with a newline."""
    lines = ["erDiagram"]
    for entity in entities:
        lines.append(f"    {_quoted(entity.name)} {{")
        lines += [f"        {_attribute(one)}" for one in entity.attributes]
        lines.append("    }")
    for one, label in _labelled(relations):
        parent, child = "|o" if one.optional else "||", "o|" if one.single else "o{"
        lines.append(f"    {_quoted(one.parent)} {parent}--{child} {_quoted(one.child)} : {_quoted(label)}")
    return "\n".join(lines) + "\n"


def _labelled(relations: Sequence[Relationship]) -> Iterator[tuple[Relationship, str]]:
    """Yield the lines to draw, with their labels. Mermaid 11 draws one line from a table to itself, whatever is written."""
    for (child, parent), found in groupby(relations, key=attrgetter("child", "parent")):
        each = list(found)
        labels = [", ".join(one.columns) for one in each]
        if child == parent:
            optional, single = any(one.optional for one in each), all(one.single for one in each)
            yield replace(each[0], optional=optional, single=single), "; ".join(labels)
        else:
            yield from zip(each, labels, strict=True)


def _attribute(one: Attribute) -> str:
    parts = [_word(one.type) or "any", _word(one.name) or "_"]
    if one.keys:
        parts.append(", ".join(one.keys))
    if _word(one.name) != one.name:
        parts.append(_quoted(one.name))
    return " ".join(parts)


def _word(text: str) -> str:
    """Return a name or type as one word of the few characters that Mermaid takes in it."""
    found = "".join(character if character.isalnum() or character in "_()[]" else "_" for character in text)
    plain = not found or ((found[0].isalpha() or found[0] == "_") and found.upper() not in _KEYS)
    return found if plain else f"_{found}"


def _quoted(text: str) -> str:
    """Return a text in quotes. Mermaid has no escape for a quote, and reads percent signs and backslashes as its own."""
    replaced = {'"': "'", "%": "_", "\\": "_", "<": "_", ">": "_"}
    return '"' + "".join(replaced.get(one, one if one.isprintable() else "_") for one in text) + '"'
