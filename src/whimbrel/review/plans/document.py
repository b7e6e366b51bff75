"""The document of a plan: everything that a run would do, and everything that decides it. Pure.

Two plans of one state are the same bytes on every machine: the document has no time, no random value but the identity of the
database, and no path outside of the sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from whimbrel.dialects.circumstances import Circumstances
from whimbrel.migrations.migration import AppliedMigration, MigrationSet, Version
from whimbrel.schema.codec import encode, fingerprint
from whimbrel.schema.model import Schema
from whimbrel.version import __version__

__all__ = ["SCHEMA", "Document", "RunOptions", "bound_document"]

SCHEMA = "whimbrel/plan/1"
Document = dict[str, object]


class RunOptions(NamedTuple):
    """The options of `migrate` that change what a run does. `databases` are those that the sets are meant for, all if empty."""

    target: Version | None = None
    out_of_order: bool = False
    accept_existing: bool = False
    lock_timeout: float | None = None
    statement_timeout: float | None = None
    app_version: Version | None = None
    databases: tuple[str, ...] = ()
    fence: str | None = None

    def document(self) -> Document:
        """Return the options as the document has them."""
        plain: Document = self._asdict()
        versions = {name: None if value is None else str(value) for name, value in plain.items() if name in _VERSIONS}
        return {**plain, **versions, "databases": sorted(self.databases)}


_VERSIONS = ("target", "app_version")


def bound_document(
    sets: Sequence[MigrationSet],
    options: RunOptions,
    *,
    database: str,
    schema: str,
    identity: str | None,
    circumstances: Circumstances,
    history: Sequence[AppliedMigration],
    rank: int,
    model: Schema,
) -> Document:
    """Return the part of a plan that decides what runs. A database that has an identity is not bound to its server."""
    return {
        "schema": SCHEMA,
        "whimbrel": __version__,
        "options": options.document(),
        "database": {
            "kind": database,
            "version": circumstances.version,
            "name": circumstances.name,
            "schema": schema,
            "identity": identity,
            "server": circumstances.server if identity is None else None,
        },
        "settings": dict(sorted(circumstances.settings.items())),
        "files": {str(file): file.checksum for one in sets for file in one.for_database(database)},
        "history": {"highest_rank": rank, "rows": _rows(history)},
        "fingerprint": fingerprint(model),
        "model": encode(model),
    }


def _rows(history: Sequence[AppliedMigration]) -> Mapping[str, object]:
    """Return the rows of the history without times, which a run may change and never reads."""
    return {
        f"{row.set_name} {row.version}": {
            "rank": row.installed_rank,
            "script": row.script,
            "description": row.description,
            "checksum": row.checksum,
            "min_app": row.min_app,
            "finished": row.success,
            "baseline": row.baseline,
        }
        for row in history
    }
