"""The form of a statement: a canonical description of what decides its facts. Pure.

A statement has one form for each thing that it does; their facts combine. Statements of one form have the same facts on a
server, whatever the names of their tables: `facts/*.json` has them, recorded on real servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Form", "FormPart", "Roles"]

# The tables and indexes of a statement by their part in it: "t" is the table that it works on, "r" are others that it refers to,
# "i" is the index that it names, "x" are the other indexes of the table, "p" its partitions.
Roles = Mapping[str, tuple[str, ...]]


class FormPart(NamedTuple):
    """One thing that a statement does. `instead` are other forms that it may have, if the text does not decide it.

    `undecided` says in a sentence what decides it then.
    """

    form: str
    roles: Roles
    instead: tuple[str, ...] = ()
    undecided: str = ""


class Form(NamedTuple):
    """The parts of a statement's form. `algorithm` and `lock` are those that a statement of MySQL asks for, in lower case."""

    parts: tuple[FormPart, ...]
    algorithm: str = ""
    lock: str = ""

    @property
    def undecided(self) -> tuple[str, ...]:
        """The sentences about what the text does not decide."""
        return tuple(dict.fromkeys(one.undecided for one in self.parts if one.undecided))
