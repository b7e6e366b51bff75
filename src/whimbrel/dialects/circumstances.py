"""The facts about a database and its server that decide what a file means there. Plain data; a plan is bound to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["Circumstances"]


class Circumstances(NamedTuple):
    """The circumstances in which files run, the same for every user of a database.

    `version` is that of the server. `name` is the database's name, and `server` a text that identifies the server; both are empty
    if the database has none, or the user may not read it. `settings` are those of a session in the state from which every file
    starts, and the database's own defaults.
    """

    version: str
    name: str = ""
    server: str = ""
    settings: Mapping[str, str] = MappingProxyType({})
