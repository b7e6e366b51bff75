"""Where a run's history is, and which of our tables are there. Data alone: the databases find it out.

A place is found once, when a session begins, and everything that the run asks and writes goes there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

__all__ = ["HISTORY_TABLE", "JOURNAL_TABLE", "LEASE_TABLE", "TABLES", "TENANTS_TABLE", "Place", "Sought", "summary_query"]

HISTORY_TABLE = "whimbrel_history"
JOURNAL_TABLE = "whimbrel_journal"
TENANTS_TABLE = "whimbrel_tenants"
LEASE_TABLE = "whimbrel_lease"
TABLES = (HISTORY_TABLE, JOURNAL_TABLE, TENANTS_TABLE, LEASE_TABLE)

# By the name of each set of a run: version and checksum of its files, or None where the files are not known. Empty if a run has
# no sets and is about the table of tenants.
Sought = Mapping[str, Collection[tuple[str, str]] | None]


class Place(NamedTuple):
    """A schema. `tables` are those of ours that it has, None if nobody has looked; `notes` say why it is this one."""

    schema: str
    tables: frozenset[str] | None = None
    notes: tuple[str, ...] = ()
    # Whether a command must name it to be led here.
    elsewhere: bool = False


def summary_query(table: str, sets: Collection[str], condition: str = "") -> tuple[str, dict[str, str]]:
    """Return the question what a history says of these sets, and its parameters. Table and condition are SQL."""
    names = {f"set_{index}": name for index, name in enumerate(sets)}
    wanted = " OR ".join(f"set_name = :{name}" for name in names)
    columns = "set_name, version, description, checksum, success"
    return f"SELECT {columns} FROM {table} WHERE ({wanted}){condition}", names
