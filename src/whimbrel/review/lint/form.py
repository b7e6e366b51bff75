"""The form of a statement: a canonical description of what decides its facts. Pure.

A statement has one form for each thing that it does; their facts combine. Statements of one form have the same facts on a
server, whatever the names of their tables: `facts/*.json` has them, recorded on real servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["NOTHING_FORESEEN", "Foreseen", "Form", "FormPart", "Roles", "join_foreseen"]

# The tables and indexes of a statement by their part in it: "t" is the table that it works on, "r" are others that it refers to,
# "i" is the index that it names, "x" are the other indexes of the table, "p" its partitions, "d" the one that takes other rows.
Roles = Mapping[str, tuple[str, ...]]


class Foreseen(NamedTuple):
    """The effects that the files before a statement decide.

    `code` is the server's code of a certain refusal, with its `message`. `narrowed` are columns that become narrower, each with a
    description; `equal` are unique columns whose texts a new collation makes equal; `unfit` says why a foreign key that the
    database accepts has no key; `cut` are columns of which MariaDB indexes the beginning; `computed` are columns that are dropped
    and store no values; `same_index` is the table that has an index of this name; `children` are tables whose rows go with the
    table that is dropped, each with the action of its foreign key, and `columns` are its own columns with values.
    """

    code: str = ""
    message: str = ""
    narrowed: tuple[tuple[str, str], ...] = ()
    equal: tuple[str, ...] = ()
    unfit: str = ""
    cut: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    same_index: str = ""
    children: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


NOTHING_FORESEEN = Foreseen()


def join_foreseen(found: Iterable[Foreseen]) -> Foreseen:
    """Return the effects of all of these. The first refusal counts."""
    known = [one for one in found if one != NOTHING_FORESEEN]
    refused = next((one for one in known if one.code), NOTHING_FORESEEN)
    return Foreseen(
        refused.code,
        refused.message,
        tuple(pair for one in known for pair in one.narrowed),
        tuple(name for one in known for name in one.equal),
        next((one.unfit for one in known if one.unfit), ""),
        tuple(name for one in known for name in one.cut),
        tuple(name for one in known for name in one.computed),
        next((one.same_index for one in known if one.same_index), ""),
        tuple(name for one in known for name in one.children),
        tuple(name for one in known for name in one.columns),
    )


class FormPart(NamedTuple):
    """One thing that a statement does. `instead` are other forms that it may have, if the text does not decide it.

    `undecided` says in a sentence what decides it then. `foreseen` are effects that the files before decide.
    """

    form: str
    roles: Roles
    instead: tuple[str, ...] = ()
    undecided: str = ""
    foreseen: Foreseen = NOTHING_FORESEEN


class Form(NamedTuple):
    """The parts of a statement's form. `algorithm` and `lock` are those that a statement of MySQL asks for, in lower case."""

    parts: tuple[FormPart, ...]
    algorithm: str = ""
    lock: str = ""
    foreseen: Foreseen = NOTHING_FORESEEN

    @property
    def undecided(self) -> tuple[str, ...]:
        """The sentences about what the text does not decide."""
        return tuple(dict.fromkeys(one.undecided for one in self.parts if one.undecided))
