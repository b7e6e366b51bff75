"""The command line: `whimbrel VERB ...`, and `python -m whimbrel VERB ...`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Any

from whimbrel.commands._options import Answer
from whimbrel.commands._output import as_json, give_up, open_closed_streams, settle, write, write_file
from whimbrel.commands._parser import build_parser, find_verbs
from whimbrel.commands._progress import LogHandler
from whimbrel.errors import WhimbrelError
from whimbrel.messages.suggestion import remember_typed
from whimbrel.migrations.migration import Version
from whimbrel.url import Secret

__all__ = ["main"]

_INTERRUPTED = 130


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
        # This handles a Ctrl-C while the program reads the arguments or prints the answer. The code below handles a Ctrl-C that
        # cancels a verb.
        give_up(sys.stdout)
        return _INTERRUPTED


def _main(words: Sequence[str] | None) -> int:
    arguments = build_parser(find_verbs(sys.argv[1:] if words is None else words)).parse_args(words)
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
        facts = {"type": "Interrupted", "message": "interrupted", "exit_code": _INTERRUPTED}
        answer = Answer(_INTERRUPTED, told, {"error": facts})
    _show(answer, arguments.verb, in_json=arguments.json)
    return answer.exit_code


async def _answer(verb: ModuleType, arguments: argparse.Namespace) -> Answer:
    import asyncio

    from whimbrel.signals import interruptible

    task = asyncio.current_task()
    assert task is not None, "asyncio.run runs this as a task"
    # This runs inside the event loop, so the context ends with the loop.
    remember_typed(*(getattr(arguments, name, None) for name in ("url", "sql", "databases", "schema")))
    with interruptible(task):
        answer: Answer = await verb.main(arguments)
    return answer


def _show(answer: Answer, verb: str, *, in_json: bool) -> None:
    failed = isinstance(answer.document, dict) and "error" in answer.document
    if in_json:
        # The number changes if a program that reads the document must change.
        document = {"schema": f"whimbrel/{'error' if failed else verb}/1", **_plain(answer.document)}
        write(sys.stdout, as_json(document, sys.stdout))
    elif failed:
        write(sys.stderr, answer.text)
    elif answer.verbatim:
        write_file(sys.stdout, answer.text)
    else:
        write(sys.stdout, answer.text, coloured=answer.coloured)


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
