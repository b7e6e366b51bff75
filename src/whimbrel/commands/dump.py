"""dump: print the schema as SQL that recreates it. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_database_options, read_url
from whimbrel.commands._schema import read_schema
from whimbrel.errors import ConfigurationError
from whimbrel.schema.script import script
from whimbrel.session.connect import Target

if TYPE_CHECKING:
    import argparse

__all__ = ["dump"]

HELP = "print the schema as SQL that makes it anew"
EXAMPLE = "whimbrel dump --url sqlite:///chat.db > schema.sql"
_MOST_LINES = 40


class Dumped(NamedTuple):
    """The schema as SQL."""

    sql: str


class Compared(NamedTuple):
    """The result of --check: the lines of a unified diff, from the file to the database, cut after some."""

    up_to_date: bool
    difference: Sequence[str]


async def dump(target: Target, *, schema: str = "") -> str:
    """Return the schema of a target as SQL, without Whimbrel's own tables: the same text for the same schema. Writes nothing.

    The text loads as the first migration of a set, and with the database's own client. Raises CannotRender for an object that
    cannot be written as SQL, DatabaseUnreachable or ConfigurationError.
    """
    inspector, found = await read_schema(target, schema)
    return script(inspector.render(found), found.database)


DOCUMENT = Dumped | Compared


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_database_options(parser)
    parser.add_argument(
        "--check", type=Path, metavar="FILE", help="print nothing if FILE is what would be printed; otherwise exit with 3"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    url, schema = read_url(arguments)
    kept = _read(arguments.check) if arguments.check else None
    text = await dump(url, schema=schema)
    if kept is None:
        return Answer(0, text, Dumped(text), verbatim=True)
    if kept == text.replace("\r\n", "\n"):
        return Answer(0, f"{arguments.check} is up to date", Compared(up_to_date=True, difference=[]))
    difference = _compare(kept, text, str(arguments.check))
    told = f"{arguments.check} is not up to date; write it anew with whimbrel dump"
    return Answer(3, "\n".join([told, *difference]), Compared(up_to_date=False, difference=difference))


def _read(file: Path) -> str:
    """Return the text of a file, whose line ends version control may have changed."""
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}; write it with whimbrel dump") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not UTF-8; write it anew with whimbrel dump") from error


def _compare(kept: str, text: str, name: str) -> list[str]:
    lines = unified_diff(kept.splitlines(), text.splitlines(), name, "the database", n=2, lineterm="")
    shown = list(islice(lines, _MOST_LINES + 1))
    return [*shown[:_MOST_LINES], "..."] if len(shown) > _MOST_LINES else shown
