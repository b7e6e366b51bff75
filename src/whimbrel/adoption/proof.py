"""Prove that a database has everything that files make: replay them into a database to throw away, and compare the schemas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.session.connect import Target
from whimbrel.url import DatabaseUrl

__all__ = ["ProofDifference", "ProofReport", "prove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDifference:
    """One fact in which the database differs from what the files make.

    `object` is its kind and name ("column users.email"), `fact` what differs ("default"), or "missing" or "extra" for the whole
    object. `expected` is what the files make, `found` what the database has. `place` is the file and line of the statement that
    makes the object; empty if no file does. `reason` says why the project accepts the difference; empty if it does not.
    """

    object: str
    fact: str
    expected: str = ""
    found: str = ""
    place: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """The name under which a project accepts the difference: "column users.email: default"."""
        return f"{self.object}: {self.fact}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """The result of a proof. `differences` includes the accepted ones, which have a `reason`.

    `failed` says why the files could not be replayed; nothing was compared then. `notes` say what the proof does not cover.
    `unneeded` are the names of accepted differences that this database does not have.
    """

    database: str
    differences: tuple[ProofDifference, ...] = ()
    failed: str = ""
    notes: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the files were replayed, and every difference is accepted."""
        return not self.failed and all(one.reason for one in self.differences)


async def prove(
    target: Target,
    sets: Sequence[MigrationSet],
    *,
    schema: str = "",
    upto: Mapping[str, Version] | None = None,
    databases: Collection[str] = (),
    on: str | DatabaseUrl | None = None,
    accepted: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> ProofReport:
    """Replay `sets` into a database to throw away, and compare its schema with the one of `target`, which is only read.

    `upto` has the last version to replay, by the name of a set; a set that it lacks is replayed completely. `on` is the address
    of the server for the database to throw away; by default it is made beside `target`. `accepted` has a reason for each wanted
    difference, by its name. `without` are tables to leave out on both sides, such as the history of another tool.

    Raises ConfigurationError if no database may be created there, if `on` is of another kind than `target`, or if a file would
    reach beyond the database to throw away; DatabaseUnreachable.
    """
    raise NotImplementedError
