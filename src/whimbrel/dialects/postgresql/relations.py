"""Read the relations of a throw-away database around a statement, and find what the statement did to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from whimbrel.dialects.gauge import StatementFacts, TableLock

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection

__all__ = ["Relation", "Snapshot", "find_facts", "find_invalid", "find_locks", "find_touched", "take_snapshot"]

# https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES, the weakest first. The two modes that only reads
# take are left out: they hinder nothing but ACCESS EXCLUSIVE.
_MODES: Mapping[str, Literal["everything", "writes", "schema changes"]] = {
    "RowExclusiveLock": "schema changes",
    "ShareUpdateExclusiveLock": "schema changes",
    "ShareLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ExclusiveLock": "writes",
    "AccessExclusiveLock": "everything",
}
_STRENGTH = {mode: number for number, mode in enumerate(_MODES)}
_TABLES = ("r", "p", "m")
# The number of rows in the catalog is an estimate.
_MOST_OF = 0.5
_CODE = ("DO", "CALL", "SELECT")
# The counters of the transaction, or of all transactions that ended.
_INSIDE, _ENDED = "pg_catalog.pg_stat_get_xact_", "pg_catalog.pg_stat_get_"
_RELATIONS = """
    SELECT CAST(c.oid AS BIGINT) AS oid, c.relkind AS kind, n.nspname AS schema, c.relname AS name,
           CAST(pg_catalog.pg_relation_filenode(c.oid) AS BIGINT) AS node, pg_catalog.pg_relation_size(c.oid) AS size,
           CAST(i.indrelid AS BIGINT) AS owner, i.indisvalid AS valid, c.reltuples AS rows,
           {statistics}tuples_returned(c.oid) AS read, {statistics}numscans(c.oid) AS scans
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
    WHERE c.relkind OPERATOR(pg_catalog.=) ANY (CAST('{{r,p,m,i,I}}' AS pg_catalog."char"[]))
          AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'"""
_LOCKS = """
    SELECT CAST(relation AS BIGINT) AS oid, mode FROM pg_catalog.pg_locks
    WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND locktype OPERATOR(pg_catalog.=) 'relation' AND granted"""
_LOG = "SELECT CAST(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0') AS BIGINT) AS at"

Lock = tuple[int, str]


class Relation(NamedTuple):
    """A table, materialized view or index. `path` are its schema and name; `name` has the schema if that is not the gauge's own.

    `node` is the number of its file, None for one without rows of its own. `owner` is the table of an index. `scans` counts the
    scans of the whole table and `read` the rows that they returned: in the transaction, or in all that ended.
    """

    kind: str
    path: tuple[str, str]
    name: str
    node: int | None
    size: int
    owner: int | None
    valid: bool
    rows: float
    read: int
    scans: int

    @property
    def is_table(self) -> bool:
        """Whether it is a table or a materialized view."""
        return self.kind in _TABLES


class Snapshot(NamedTuple):
    """The relations by their number, the locks of this session, and the position of the log, in bytes."""

    relations: Mapping[int, Relation]
    locks: frozenset[Lock]
    log: int


async def take_snapshot(connection: Connection, schema: str, *, in_transaction: bool) -> Snapshot:
    """Return the relations of every schema of users; `schema` is the one whose names stand alone."""
    question = _RELATIONS.format(statistics=_INSIDE if in_transaction else _ENDED)
    relations, locks, log = await connection.fetch_together([question, _LOCKS, _LOG])
    found = {
        row["oid"]: Relation(
            row["kind"],
            (row["schema"], row["name"]),
            row["name"] if row["schema"] == schema else f"{row['schema']}.{row['name']}",
            row["node"],
            row["size"],
            row["owner"],
            row["valid"] is not False,
            row["rows"],
            row["read"] or 0,
            row["scans"] or 0,
        )
        for row in relations
    }
    return Snapshot(found, frozenset((row["oid"], row["mode"]) for row in locks), log[0]["at"])


def find_facts(before: Snapshot, after: Snapshot, word: str, rows: int, *, made: Collection[int] = ()) -> StatementFacts:
    """Return what a statement did between two snapshots. `word` is its first one, `rows` its own count.

    `made` are the relations that the same transaction made before: the lock on such an index hinders nobody.
    """
    known = {number: one for number, one in after.relations.items() if number in before.relations}
    new = {number for number in made if number in known and not known[number].is_table}
    rewritten = {number for number, one in known.items() if one.is_table and _is_rewritten(before.relations[number], one, word)}
    scanned = {number for number, one in known.items() if _is_scanned(before.relations[number], one)}
    return StatementFacts(
        locks=find_locks(before, [lock for lock in after.locks if lock[0] not in new]),
        rewritten=_names(known, rewritten),
        scanned=() if word == "TRUNCATE" else _names(known, scanned),
        built=tuple(sorted(after.relations[number].name for number in _built(before, after))),
        bytes=after.log - before.log,
        rows=rows,
        invalid=find_invalid(after),
    )


def find_invalid(after: Snapshot) -> tuple[str, ...]:
    """Return the indexes that are not valid. One of a partitioned table waits for those of the partitions, and is none."""
    return tuple(sorted(one.name for one in after.relations.values() if one.kind == "i" and not one.valid))


def _names(relations: Mapping[int, Relation], numbers: Collection[int]) -> tuple[str, ...]:
    return tuple(sorted(relations[number].name for number in numbers))


def _is_rewritten(before: Relation, after: Relation, word: str) -> bool:
    if word == "TRUNCATE" or after.node is None or before.node == after.node:
        return False
    # A TRUNCATE in a block of code gives the table a new, empty file.
    return word not in _CODE or after.size > 0 or before.size == 0


def _is_scanned(before: Relation, after: Relation) -> bool:
    if before.rows <= 0 and before.read == after.read:
        return after.is_table and after.scans > before.scans
    return after.is_table and after.read - before.read >= max(1, before.rows * _MOST_OF)


def _built(before: Snapshot, after: Snapshot) -> Iterator[int]:
    """Yield the indexes of older tables that have a new file, other than that of their rewritten or emptied table."""
    nodes = {one.node for one in before.relations.values()}
    for number, one in after.relations.items():
        old, new = before.relations.get(one.owner or 0), after.relations.get(one.owner or 0)
        if one.kind != "i" or one.node in nodes or old is None or new is None:
            continue
        if number not in before.relations or old.node == new.node:
            yield number


def find_locks(before: Snapshot, held: Collection[Lock]) -> tuple[TableLock, ...]:
    """Return the strongest lock on each table that was there before: the earlier one, and the statement's if it is stronger."""
    strongest: dict[tuple[str, bool], TableLock] = {}
    for number, mode in held:
        one = before.relations.get(number)
        lock = None if one is None else _table_lock(before, one, mode, earlier=(number, mode) in before.locks)
        if lock is not None:
            known = strongest.get((lock.table, lock.earlier))
            if known is None or _STRENGTH[known.mode] < _STRENGTH[lock.mode]:
                strongest[lock.table, lock.earlier] = lock
    weaker = {
        key
        for key, lock in strongest.items()
        if not lock.earlier
        and (older := strongest.get((lock.table, True))) is not None
        and _STRENGTH[older.mode] >= _STRENGTH[lock.mode]
    }
    return tuple(sorted(lock for key, lock in strongest.items() if key not in weaker))


def _table_lock(before: Snapshot, one: Relation, mode: str, *, earlier: bool) -> TableLock | None:
    blocks = _MODES.get(mode)
    if blocks is None:
        return None
    if one.is_table:
        # Users write to no materialized view, so such a lock hinders only another REFRESH.
        weak = one.kind == "m" and blocks == "writes"
        return TableLock(one.name, mode, "schema changes" if weak else blocks, earlier)
    # Planning any query on a table takes a lock on each of its indexes:
    # https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-NOTES
    owner = before.relations.get(one.owner or 0)
    return TableLock(owner.name, mode, blocks, earlier) if owner is not None and blocks == "everything" else None


def find_touched(after: Snapshot) -> frozenset[str]:
    """Return the tables whose rows this session may have changed: writing takes a lock that lasts until the transaction ends."""
    relations = after.relations
    return frozenset(relations[number].name for number, mode in after.locks if mode in _MODES and number in relations)
