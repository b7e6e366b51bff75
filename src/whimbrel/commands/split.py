"""split: show the statements of a file as Whimbrel splits it. Needs no database."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from whimbrel.commands._options import Answer
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.migrations.reader import read_text
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement
from whimbrel.url import DATABASES

HELP = "show the statements of a file: offset, line, column, text"
EXAMPLE = "whimbrel split sql/chat/V001__chat_history.sql --dialect mysql"


class Split(NamedTuple):
    """The statements of a file, in its order."""

    statements: Sequence[Statement]


DOCUMENT = Split


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--dialect", required=True, choices=DATABASES)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    try:
        text = read_text(arguments.file)
    except OSError as error:
        raise ConfigurationError(f"{arguments.file}: {error.strerror}") from error
    statements = list(split(text, arguments.dialect))
    shown = [
        f"-- {number} at {one.line}:{one.column}\n{printable(one.text, lines=True)}"
        for number, one in enumerate(statements, start=1)
    ]
    return Answer(0, "\n".join([*shown, f"-- {len(statements)} statements"]), Split(statements))
