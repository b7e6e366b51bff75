"""Build the commands that messages suggest. This is the only place where a message gets a command from.

A suggested command repeats the address, the schema and the folders of the run that suggests it, so that it runs when copied. It
leaves out the options that the run itself took from the environment or from pyproject.toml, and every password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import quote

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable

if TYPE_CHECKING:
    from whimbrel.url import DatabaseUrl

__all__ = ["address_option", "command", "remember", "remember_typed"]

_WITHOUT_FOLDERS = ("resolve",)


class _Run(NamedTuple):
    """The options of a run.

    `place` is the complete option for a schema or an address that differs from the run's, such as a tenant's.
    """

    url: DatabaseUrl | None = None
    folders: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    schema: str = ""
    place: str = ""


# The code that builds a message is deep inside a run, and does not know the address.
_typed: ContextVar[_Run | None] = ContextVar("typed", default=None)
_known: ContextVar[_Run | None] = ContextVar("known", default=None)


def remember_typed(
    url: DatabaseUrl | None, folders: Sequence[str] | None, databases: Sequence[str] | None, schema: str | None
) -> None:
    """Note the options that a person typed on the command line."""
    _typed.set(_Run(url, tuple(folders or ()), tuple(databases or ()), schema or ""))


def remember(url: DatabaseUrl, folders: Iterable[str] = (), place: str = "") -> None:
    """Note the address and the folders of a run that begins, and the option of its `place`, if that is not the address's own."""
    _known.set(_Run(url, tuple(folders), place=place))


def command(verb: str, *words: str, folder: str = "", place: str = "") -> str:
    """Return the command line of a verb with these words, and with the options of the current run.

    `folder` replaces the run's folders, and `place`, a complete option, the run's schema or address.
    """
    typed, known = _typed.get(), _known.get() or _Run()
    run, place = typed or known, place or known.place
    url = [] if place.startswith("--url") else _address(run.url, always=typed is not None)
    schema = [] if not run.schema or place else ["--schema", run.schema]
    folders = () if verb in _WITHOUT_FOLDERS else (folder,) if folder else run.folders
    databases = () if verb in _WITHOUT_FOLDERS else run.databases
    options = [
        *url,
        *schema,
        *(word for one in folders for word in ("--sql", one)),
        *(word for one in databases for word in ("--for", one)),
    ]
    import shlex  # few runs suggest a command

    # `verb` may be two words, and `place` is quoted already.
    quoted = [shlex.quote(printable(word)) for word in (*words, *options)]
    return " ".join([f"whimbrel {verb}", *quoted, *([place] if place else [])])


def address_option(url: DatabaseUrl) -> str:
    """Return the command-line option for an address, quoted for a shell and without its password."""
    import shlex  # few runs suggest a command

    return " ".join(shlex.quote(printable(word)) for word in _address(url, always=True))


def _address(url: DatabaseUrl | None, *, always: bool) -> list[str]:
    if url is None or (not always and _is_in_environment(url)):
        return []
    options = "&".join(f"{name}={_escaped(str(value))}" for name, value in url.options.items())
    return ["--url", f"{_without_options(url)}?{options}" if options else _without_options(url)]


def _without_options(url: DatabaseUrl) -> str:
    if url.dialect == "sqlite":
        return str(url._replace(database=_escaped(url.database)))
    login = f"{quote(url.user, safe='')}{':PASSWORD' if url.password else ''}"
    return str(url._replace(user=login, database=_escaped(url.database)))


def _escaped(text: str) -> str:
    return re.sub("[%?&#]", lambda found: quote(found[0]), text)


def _is_in_environment(url: DatabaseUrl) -> bool:
    from whimbrel.url import parse_url

    named = os.environ.get("MIGRATION_DATABASE_URL") or os.environ.get("DATABASE_URL")
    # Two passwords never compare as equal.
    return bool(named) and parse_url(named or "")._replace(password=None) == url._replace(password=None)
