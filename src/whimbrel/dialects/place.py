"""The place of a run's history, and which of Whimbrel's tables exist there. This is plain data; the dialects determine it.

A session determines its place once, at its start. All queries and writes of the run go there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from whimbrel.messages.named_tuple import NamedTuple

__all__ = [
    "HISTORY_TABLE",
    "IDENTITY_TABLE",
    "JOURNAL_TABLE",
    "LEASE_TABLE",
    "MODEL_TABLE",
    "TABLES",
    "TENANTS_TABLE",
    "HistoryPlace",
    "Sought",
    "summary_query",
]

HISTORY_TABLE = "whimbrel_history"
JOURNAL_TABLE = "whimbrel_journal"
TENANTS_TABLE = "whimbrel_tenants"
LEASE_TABLE = "whimbrel_lease"
MODEL_TABLE = "whimbrel_model"
IDENTITY_TABLE = "whimbrel_identity"
TABLES = (HISTORY_TABLE, JOURNAL_TABLE, TENANTS_TABLE, LEASE_TABLE, MODEL_TABLE, IDENTITY_TABLE)

# For each set of a run, by its name: version and checksum of each file, or None if the files are unknown. Empty if a run has no
# sets and concerns only the table of tenants.
Sought = Mapping[str, Collection[tuple[str, str]] | None]


class HistoryPlace(NamedTuple):
    """A schema. `tables` are those of Whimbrel's that it has, None if not checked; `notes` say why this schema was chosen."""

    schema: str
    tables: frozenset[str] | None = None
    notes: tuple[str, ...] = ()
    # Whether a command works here only if the user names this schema.
    elsewhere: bool = False


def summary_query(table: str, sets: Iterable[str], condition: str = "") -> str:
    """Return the query for a history's rows of these sets. All of the arguments are SQL: `sets` are literals."""
    wanted = " OR ".join(f"set_name = {name}" for name in sets)
    columns = "set_name, version, description, checksum, success"
    return f"SELECT {columns} FROM {table} WHERE ({wanted}){condition}"
