"""The grammar of the command line: a parser with a part for each verb."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

from whimbrel import commands
from whimbrel.commands._output import write
from whimbrel.messages.printable import printable
from whimbrel.version import __version__

__all__ = ["build_parser", "find_verbs"]

_CODES = (
    "exit codes: 0 done, 1 a migration failed, 2 usage or configuration, 3 problems or differences, 4 pending (info --check), "
    "5 lock not acquired in time, 6 a statement is unsettled, 7 database not reachable, 130 interrupted"
)


class _Parser(argparse.ArgumentParser):
    """A parser whose help is 80 characters wide.

    Without a fixed width, argparse measures the terminal for each option, with a module that takes milliseconds to load.
    """

    def __init__(self, prog: str | None = None, **options: Any) -> None:
        super().__init__(prog, formatter_class=partial(argparse.HelpFormatter, width=80), **options)

    def error(self, message: str) -> NoReturn:
        """Report what is wrong with the arguments, which the message repeats, and exit."""
        super().error(printable(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        # This prints help, version and usage errors.
        write(file or sys.stdout, message.removesuffix("\n"))


def find_verbs(words: Sequence[str]) -> dict[str, ModuleType]:
    """Return the module of the requested verb: all modules if the user may want help, none for the version."""
    if words[:1] == ["--version"]:
        return {}
    if words and words[0].isidentifier() and not words[0].startswith("_") and find_spec(f"whimbrel.commands.{words[0]}"):
        return {words[0]: import_module(f"whimbrel.commands.{words[0]}")}
    from pkgutil import iter_modules  # a command with a verb does not need the others

    names = [module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_")]
    return {name: import_module(f"whimbrel.commands.{name}") for name in names}


def build_parser(verbs: Mapping[str, ModuleType]) -> argparse.ArgumentParser:
    """Return the parser of the command line, with these verbs."""
    parser = _Parser("whimbrel", description="Raw-SQL migrations for async Python.", epilog=_CODES)
    parser.add_argument("--version", action="version", version=f"whimbrel {__version__}")
    subparsers = parser.add_subparsers(dest="verb", prog=parser.prog, required=True, metavar="VERB")
    for name, verb in verbs.items():
        subparser = subparsers.add_parser(name, help=verb.HELP, description=verb.HELP, epilog=f"example: {verb.EXAMPLE}")
        subparser.add_argument("--json", action="store_true", help="print one JSON document")
        subparser.add_argument("--verbose", action="store_true", help="log more to standard error")
        verb.configure(subparser)
    return parser
