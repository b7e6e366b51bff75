"""Read the pages of a SQLite database inside of a transaction, and compare them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from struct import unpack_from
from typing import NamedTuple

from whimbrel.dialects.sqlite.connection import SqliteConnection
from whimbrel.errors import DatabaseError

__all__ = ["Pages", "find_written", "take_pages"]

# The place of the page size in the file: https://sqlite.org/fileformat2.html#the_database_header
_SIZE_AT, _LARGEST = 16, 65_536
_SCHEMA = """
    SELECT type, name, tbl_name AS owner FROM sqlite_master
    WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND lower(tbl_name) NOT LIKE 'whimbrel\\_%' ESCAPE '\\'"""


class Pages(NamedTuple):
    """The content of all pages, and the tables and indexes that they belong to.

    `image` is the database as a file; it is empty where SQLite cannot tell. `owners` has the table of each table and index,
    `indexes` are the indexes among them. `places` has the table or index of each page, counted from 1; it is empty where SQLite
    was built without dbstat.
    """

    image: bytes
    owners: Mapping[str, str]
    indexes: frozenset[str]
    places: Mapping[int, str]

    @property
    def number(self) -> int:
        """The number of pages."""
        return len(self.image) // self.size if self.image else 0

    @property
    def size(self) -> int:
        """The size of a page in bytes."""
        size: int = unpack_from(">H", self.image, _SIZE_AT)[0]
        return _LARGEST if size == 1 else size

    def page(self, number: int) -> bytes:
        """Return the content of a page; empty beyond the end."""
        return self.image[(number - 1) * self.size : number * self.size]

    def of(self, name: str) -> set[int]:
        """Return the pages of a table or index."""
        return {page for page, place in self.places.items() if place == name}


async def take_pages(connection: SqliteConnection) -> Pages:
    """Return the pages as the open transaction sees them."""
    rows = await connection.fetch_all(_SCHEMA)
    return Pages(
        await connection._in_thread(_image),
        {row["name"]: row["owner"] for row in rows},
        frozenset(row["name"] for row in rows if row["type"] == "index"),
        await _read_places(connection),
    )


def _image(driver: sqlite3.Connection) -> bytes:
    """Return the database as its file would be if the open transaction ended now: https://sqlite.org/c3ref/serialize.html."""
    return driver.serialize() if hasattr(driver, "serialize") else b""


async def _read_places(connection: SqliteConnection) -> dict[int, str]:
    try:
        return {row["pageno"]: row["name"] for row in await connection.fetch_all("SELECT pageno, name FROM dbstat")}
    except DatabaseError:
        return {}


def find_written(before: Pages, after: Pages) -> frozenset[int] | None:
    """Return the pages whose content differs, new ones included; None if SQLite cannot tell."""
    if not before.image or not after.image:
        return None
    return frozenset(number for number in range(1, after.number + 1) if before.page(number) != after.page(number))
