"""diagram: print the tables and their relations as Mermaid text or as an SVG. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from whimbrel.commands._options import Answer, add_database_options, read_url
from whimbrel.commands._schema import read_schema
from whimbrel.errors import ConfigurationError
from whimbrel.schema.diagram.entities import read_entities
from whimbrel.session.connect import Target

if TYPE_CHECKING:
    import argparse

__all__ = ["diagram"]

HELP = "print the tables and their relations as Mermaid text or as an SVG"
EXAMPLE = "whimbrel diagram --url sqlite:///chat.db --format svg > schema.svg"
_FORMATS = ("mermaid", "svg")


class Mermaid(NamedTuple):
    """The picture as Mermaid text."""

    mermaid: str


class Svg(NamedTuple):
    """The picture as an SVG."""

    svg: str


async def diagram(
    target: Target, *, format: Literal["mermaid", "svg"] = "mermaid", tables: Sequence[str] = (), schema: str = ""
) -> str:
    """Return a picture of all tables, or of the named `tables` with their neighbours. Writes nothing.

    It is the same text for the same schema. Raises ConfigurationError for an unknown table or format, or DatabaseUnreachable.
    """
    if format not in _FORMATS:
        raise ConfigurationError(f"unknown format {format}; known are {', '.join(_FORMATS)}")
    _, found = await read_schema(target, schema)
    entities, relations = read_entities(found, tables)
    if format == "svg":
        from whimbrel.schema.diagram.svg import svg  # Mermaid needs no layout

        return svg(entities, relations)
    from whimbrel.schema.diagram.mermaid import mermaid

    return mermaid(entities, relations)


DOCUMENT = Mermaid | Svg


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_database_options(parser)
    parser.add_argument("--format", choices=_FORMATS, default="mermaid", help="what to print (default: mermaid)")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="a table, shown with its neighbours (default: all)")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    url, schema = read_url(arguments)
    text = await diagram(url, format=arguments.format, tables=arguments.tables, schema=schema)
    return Answer(0, text, Svg(text) if arguments.format == "svg" else Mermaid(text), verbatim=True)
