"""The command line: `whimbrel VERB ...`, and `python -m whimbrel VERB ...`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, NoReturn

from whimbrel import commands
from whimbrel.commands._options import Answer
from whimbrel.commands._output import as_json, give_up, open_closed_streams, settle, write, write_file
from whimbrel.commands._progress import LogHandler
from whimbrel.errors import WhimbrelError
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import remember_typed
from whimbrel.migrations.migration import Version
from whimbrel.url import Secret
from whimbrel.version import __version__

__all__ = ["main"]

_INTERRUPTED = 130
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


def run() -> None:
    """The console script, and `python -m whimbrel`: run `main` as a process of its own."""
    open_closed_streams()
    try:
        code = main()
    finally:
        settle()
    sys.exit(code)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _main(words)
    except KeyboardInterrupt:
        # A Ctrl-C while reading the arguments or printing the answer. The code below handles one that cancels a verb.
        give_up(sys.stdout)
        return _INTERRUPTED


def _main(words: Sequence[str] | None) -> int:
    arguments = _parser(_verbs(sys.argv[1:] if words is None else words)).parse_args(words)
    # `--version` works without it.
    import asyncio

    logging.basicConfig(level=logging.WARNING, handlers=[LogHandler()])
    logging.getLogger("whimbrel").setLevel(logging.DEBUG if arguments.verbose else logging.WARNING)
    try:
        answer = asyncio.run(_answer(import_module(f"whimbrel.commands.{arguments.verb}"), arguments))
    except WhimbrelError as error:
        answer = Answer(error.exit_code, f"whimbrel: {error}", {"error": _described(error)})
    except (KeyboardInterrupt, asyncio.CancelledError):
        told = "whimbrel: interrupted; finished work is recorded, and the next run reports the rest"
        answer = Answer(_INTERRUPTED, told, {"error": {"message": "interrupted"}})
    _show(answer, in_json=arguments.json)
    return answer.exit_code


def _verbs(words: Sequence[str]) -> dict[str, ModuleType]:
    """Return the module of the requested verb: all modules if the user may want help, none for the version."""
    if words[:1] == ["--version"]:
        return {}
    names = [module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_")]
    asked = words[:1] if words and words[0] in names else names
    return {name: import_module(f"whimbrel.commands.{name}") for name in names if name in asked}


async def _answer(verb: ModuleType, arguments: argparse.Namespace) -> Answer:
    import asyncio

    from whimbrel.signals import interruptible

    task = asyncio.current_task()
    assert task is not None, "asyncio.run runs this as a task"
    # Inside the loop, whose context ends with it.
    remember_typed(*(getattr(arguments, name, None) for name in ("url", "sql", "databases", "schema")))
    with interruptible(task):
        answer: Answer = await verb.main(arguments)
    return answer


def _show(answer: Answer, *, in_json: bool) -> None:
    if in_json:
        write(sys.stdout, as_json(_plain(answer.document), sys.stdout))
    elif isinstance(answer.document, dict) and "error" in answer.document:
        write(sys.stderr, answer.text)
    elif answer.verbatim:
        write_file(sys.stdout, answer.text)
    else:
        write(sys.stdout, answer.text)


def _described(error: WhimbrelError) -> dict[str, object]:
    return {"type": type(error).__name__, "message": str(error), "exit_code": error.exit_code, **vars(error)}


def _plain(value: Any) -> Any:
    """Return `value` in a form that JSON accepts."""
    import dataclasses  # few answers need it

    if isinstance(value, Version | Secret):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _parser(verbs: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = _Parser("whimbrel", description="Raw-SQL migrations for async Python.", epilog=_CODES)
    parser.add_argument("--version", action="version", version=f"whimbrel {__version__}")
    subparsers = parser.add_subparsers(dest="verb", prog=parser.prog, required=True, metavar="VERB")
    for name, verb in verbs.items():
        subparser = subparsers.add_parser(name, help=verb.HELP, description=verb.HELP, epilog=f"example: {verb.EXAMPLE}")
        subparser.add_argument("--json", action="store_true", help="print one JSON document")
        subparser.add_argument("--verbose", action="store_true", help="log more to standard error")
        verb.configure(subparser)
    return parser
