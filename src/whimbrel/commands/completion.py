"""completion: print the script with which a shell completes verbs, options and their values. Needs no database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.commands._options import Answer
from whimbrel.commands._parser import build_parser, find_verbs
from whimbrel.extras import require
from whimbrel.url import DATABASES

HELP = "print the script with which a shell completes commands"
EXAMPLE = "whimbrel completion bash > /etc/bash_completion.d/whimbrel"
SHELLS = ("bash", "zsh", "fish")
# The placeholders in the help of arguments whose values are paths.
_FOLDERS, _FILES = ("DIR",), ("FILE",)


class Completion(NamedTuple):
    """The script."""

    script: str


DOCUMENT = Completion


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def completion(shell: str) -> str:
    """Return the script for a shell, made from the parser itself. Raises ConfigurationError if shtab is not installed."""
    require("whimbrel completion", "shtab")
    import shtab

    parser = build_parser(find_verbs([]))
    for action in _actions(parser):
        if action.metavar in (*_FOLDERS, *_FILES):
            action.complete = shtab.DIRECTORY if action.metavar in _FOLDERS else shtab.FILE  # type: ignore[attr-defined]
        if action.metavar == "DATABASE":
            # The verb itself checks the name, because the name may also come from a project's settings.
            action.choices = DATABASES
    return shtab.complete(parser, shell=shell)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    script = completion(arguments.shell)
    return Answer(0, script, Completion(script), verbatim=True)
