"""The tables and indexes of InnoDB by their numbers: a table that is written anew, or an index that is built, gets a new one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from whimbrel.dialects.connection import Connection, Row
from whimbrel.errors import ConnectionLost, DatabaseError

__all__ = ["Storage", "Stored", "find_built", "find_rewritten", "instant_limit", "read_storage"]

# https://dev.mysql.com/doc/refman/9.7/en/information-schema-innodb-tables-table.html and
# https://mariadb.com/kb/en/information-schema-innodb_sys_tables-table/: both need the privilege PROCESS.
_TABLES = """
    SELECT t.table_id AS table_id, t.name AS path, i.name AS index_name, i.index_id AS index_id, {versions} AS versions
    FROM information_schema.{tables} t LEFT JOIN information_schema.{indexes} i ON i.table_id = t.table_id
    WHERE t.name LIKE {prefix}
"""
_MYSQL = {"tables": "innodb_tables", "indexes": "innodb_indexes", "versions": "t.total_row_versions"}
_MARIADB = {"tables": "innodb_sys_tables", "indexes": "innodb_sys_indexes", "versions": "NULL"}
# No PROCESS; no such table.
_UNREADABLE = ("1227", "1109")
# MySQL before 8.0.29 does not count versions.
_NO_COLUMN = "1054"
# MySQL lists no indexes of partitions there.
_NAMES = """
    SELECT DISTINCT table_name AS table_name, index_name AS index_name FROM information_schema.statistics
    WHERE table_schema = :schema
"""
_HIDDEN = ("FTS_DOC_ID_INDEX", "GEN_CLUST_INDEX")
# https://dev.mysql.com/doc/refman/9.7/en/identifier-mapping.html: most characters that a file's name may not have.
_ENCODED = re.compile("@([0-9a-f]{4})")
_PARTITION = re.compile("#p#", re.IGNORECASE)


class Stored(NamedTuple):
    """One table of InnoDB. A table without partitions has one, called "".

    `numbers` has the number of each partition, `indexes` those of the indexes by partition and name; a name stands for a number
    that the server does not tell. `versions` counts the instant changes since the table was last written anew; None if the server
    does not count them.
    """

    numbers: dict[str, int]
    indexes: dict[tuple[str, str], int | str]
    versions: int | None


Storage = Mapping[str, Stored]


async def read_storage(connection: Connection, schema: str) -> Storage | None:
    """Return the tables of a database by name; None if this user may not read them. Raises DatabaseError."""
    prefix = connection.dialect.literal(_encoded(schema).replace("_", "\\_") + "/%")
    view = _MARIADB if connection.database == "mariadb" else _MYSQL
    try:
        found = _read_rows(await _fetch(connection, _TABLES.format(prefix=prefix, **view), view["versions"]))
    except ConnectionLost:
        raise
    except DatabaseError as error:
        if error.code not in _UNREADABLE:
            raise
        return None
    unnamed = {name for name, table in found.items() if not table.indexes and "" not in table.numbers}
    named = await connection.fetch_all(_NAMES, {"schema": schema}) if unnamed else []
    for row in named:
        if row["table_name"] in unnamed:
            table, name = found[row["table_name"]], str(row["index_name"])
            table.indexes.update({(partition, name): name for partition in table.numbers})
    return found


async def _fetch(connection: Connection, query: str, versions: str) -> Sequence[Row]:
    try:
        return await connection.fetch_all(query)
    except DatabaseError as error:
        if error.code != _NO_COLUMN:
            raise
        return await connection.fetch_all(query.replace(versions, "NULL"))


def _read_rows(rows: Sequence[Row]) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for row in rows:
        name, partition = _read_path(str(row["path"]))
        # The partitions of a table count alike.
        versions = None if row["versions"] is None else int(row["versions"])
        table = found.setdefault(name, Stored({}, {}, versions))
        table.numbers[partition] = int(row["table_id"])
        if row["index_name"] is not None and row["index_name"] not in _HIDDEN:
            table.indexes[partition, str(row["index_name"])] = int(row["index_id"])
    return found


def _encoded(name: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one == "_") else f"@{ord(one):04x}" for one in name)


def _read_path(path: str) -> tuple[str, str]:
    """Read `schema/table#p#partition`."""
    name, *partition = _PARTITION.split(path.partition("/")[2], maxsplit=1)
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name), "".join(partition)


def find_rewritten(before: Storage, after: Storage, *, moves_partitions: bool) -> tuple[str, ...]:
    """Return the tables whose rows were written anew. If partitions move, rows did if some of them are gone and some are new."""
    found = []
    for table in sorted(before.keys() & after.keys()):
        old, new = before[table].numbers, after[table].numbers
        made = set(new.values()) - set(old.values())
        if (made and set(old.values()) - set(new.values())) if moves_partitions else any(new.get(one) in made for one in old):
            found.append(table)
    return tuple(found)


def find_built(before: Storage, after: Storage, rewritten: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the indexes that were built over the rows of each table that was there.

    A table that was written anew got all its indexes with it, so only its new names count.
    """
    found = {}
    for table in sorted(before.keys() & after.keys()):
        old, new = before[table], after[table]
        known, names = set(old.indexes.values()), {name for _, name in old.indexes}
        built = {
            name
            for (partition, name), number in new.indexes.items()
            if (name not in names if table in rewritten else number not in known and partition in old.numbers)
        }
        if built:
            found[table] = tuple(sorted(built))
    return found


def instant_limit(version: str) -> int:
    """Return how many instant changes a table of MySQL takes before it must be written anew.

    https://dev.mysql.com/doc/refman/9.7/en/innodb-online-ddl-operations.html and the release notes of 9.1.0.
    """
    major, minor = (int(part) for part in [*re.findall("[0-9]+", version), "0", "0"][:2])
    return 255 if (major, minor) >= (9, 1) else 64
