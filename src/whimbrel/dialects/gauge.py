"""The contract of a gauge, which runs one statement and reads from the server what the statement did.

`dialects/NAME/gauge.py` fulfils it with a class `GAUGE`. A gauge works only in a throw-away database.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from whimbrel.dialects.connection import Connection
    from whimbrel.errors import DatabaseError
    from whimbrel.parsing.statement import Statement

__all__ = ["REFUSED", "Gauge", "StatementFacts", "TableLock", "refusal"]

# The code of an error that has none.
REFUSED = "refused"

Algorithm = Literal["", "copy", "rebuild", "in place", "instant"]


class TableLock(NamedTuple):
    """A lock on a table that the statement's session holds after the statement. `mode` is the server's own word.

    `blocks` says what other sessions cannot do meanwhile: "everything" includes reads. `earlier` says that an earlier statement
    of the same transaction took the lock.
    """

    table: str
    mode: str
    blocks: Literal["everything", "writes", "schema changes"]
    earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """The effects of one statement, as the server reports them. Tables and indexes are named as the catalog spells them.

    `refused` is the server's code of the error, with its `message`; a refused statement has no other facts. `rewritten` are
    tables whose rows were written anew, `scanned` tables that were read to their end, `built` indexes that were built over rows.
    `algorithm` is that of MySQL and MariaDB; "copy" and "rebuild" write the table anew. `instant_left` counts how many further
    instant changes the table takes. `pages` are the pages written by SQLite, `bytes` those of PostgreSQL's log. `rows` is the
    number of rows that the statement reports. `counts` has for each table its rows before and after, where the two differ;
    `changed` has the tables with rows whose values differ, `overwritten` those of which most rows have lost a value; `gone` are
    tables that are no longer there, `gone_columns` the columns of other tables, each as "table.column", that took values with
    them. `invalid` has indexes that exist but are not valid.
    """

    refused: str = ""
    message: str = ""
    locks: tuple[TableLock, ...] = ()
    rewritten: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    algorithm: Algorithm = ""
    instant_left: int | None = None
    pages: int | None = None
    bytes: int | None = None
    rows: int = 0
    counts: Mapping[str, tuple[int, int]] | None = None
    changed: tuple[str, ...] = ()
    overwritten: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def refusal(error: DatabaseError, *notes: str, invalid: tuple[str, ...] = ()) -> StatementFacts:
    """Return the facts of a statement that was refused, by the server or by the dialect, which has no code."""
    return StatementFacts(refused=error.code or REFUSED, message=error.message, notes=notes, invalid=invalid)


class Gauge(ABC):
    """Runs statements in a throw-away database, and reads what each of them did."""

    # The tables whose rows the last statement may have changed; None if the gauge cannot tell.
    touched: Collection[str] | None = None
    # The clause of INSERT, before VALUES, that lets a statement number the rows itself.
    overriding: str = ""

    @classmethod
    @abstractmethod
    async def attach(cls, connection: Connection, schema: str) -> Gauge:
        """Return a gauge for the statements of a connection, which works in `schema`. Raises DatabaseError."""

    @abstractmethod
    async def measure(self, statement: Statement, *, in_transaction: bool) -> StatementFacts:
        """Run one statement as a run would, and return its facts; `counts` and `changed` are the caller's to fill.

        A form that the dialect emulates is emulated; every other statement runs byte for byte. `in_transaction` says that the
        caller began a transaction, which it ends itself. A refused statement is a fact and raises no error; in a transaction of
        PostgreSQL, the caller must then roll back. Raises ConnectionLost.
        """

    @abstractmethod
    async def version(self) -> str:
        """Return the version of the server, such as "18.6"."""

    def depends_on_rows(self, facts: StatementFacts) -> bool:
        """Whether a statement was refused because of the rows that were there; True if the gauge cannot tell."""
        return True

    def literal(self, family: str, text: str) -> str | None:
        """Return SQL for a value of a family of types by its text; None where a literal string is enough."""
        return None

    async def find_schemas(self) -> Sequence[str]:
        """Return the other schemas of the throw-away database that hold tables; most databases have none."""
        return ()

    async def checksums(self, tables: Sequence[str]) -> Sequence[int | None]:
        """Return a checksum of the rows of each of `tables`, which are SQL; None where the server cannot tell one."""
        return [None] * len(tables)

    async def settle(self, tables: Sequence[str]) -> None:
        """Bring sequences and statistics up to date after rows were added to `tables`, which are SQL. Raises DatabaseError."""

    @abstractmethod
    async def close(self) -> None:
        """Close what the gauge opened. The connection stays open."""
