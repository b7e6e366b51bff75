"""Combine the facts of the parts of a statement, and find what alternatives have in common. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from whimbrel.dialects.gauge import Algorithm, StatementFacts, TableLock

__all__ = ["combine", "common"]

_BLOCKS = ("schema changes", "writes", "everything")
# In the order of what they cost.
_ALGORITHMS: tuple[Algorithm, ...] = ("", "instant", "in place", "rebuild", "copy")
_ASKED: dict[str, Algorithm] = {"instant": "instant", "inplace": "rebuild", "nocopy": "in place"}
# https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html#error_er_alter_operation_not_supported
_NOT_SUPPORTED = "1845"


def combine(parts: Sequence[StatementFacts], joined: Sequence[str], algorithm: str = "", lock: str = "") -> StatementFacts:
    """Return the facts of a statement that does several things: the strongest of each.

    `joined` has for each part the algorithm that it takes beside one that is not instant. `algorithm` and `lock` are those that
    a statement of MySQL or MariaDB asks for; the server refuses them if they do not suffice.
    """
    if refused := next((one for one in parts if one.refused), None):
        return refused
    if algorithm == "inplace" or max(_costs(parts), default=0) > _cost("instant"):
        parts = [_joined(one, how) for one, how in zip(parts, joined, strict=True)]
    most = max(_costs(parts), default=0)
    if algorithm in _ASKED and most > _cost(_ASKED[algorithm]):
        return _refused(f"ALGORITHM={algorithm.upper()} is not supported for this operation")
    locks = _strongest(lock for one in parts for lock in one.locks)
    if lock == "none" and algorithm != "instant" and any(one.blocks != "schema changes" for one in locks):
        return _refused("LOCK=NONE is not supported for this operation")
    lefts = [one.instant_left for one in parts if one.instant_left is not None]
    counts = {name: pair for one in parts for name, pair in (one.counts or {}).items()}
    return StatementFacts(
        locks=locks,
        rewritten=_union(one.rewritten for one in parts),
        scanned=_union(one.scanned for one in parts),
        built=_union(one.built for one in parts),
        algorithm=_ALGORITHMS[most],
        instant_left=min(lefts, default=None),
        pages=max((one.pages for one in parts if one.pages is not None), default=None),
        rows=max((one.rows for one in parts), default=0),
        counts=counts or None,
        changed=_union(one.changed for one in parts),
        invalid=_union(one.invalid for one in parts),
        notes=_union(one.notes for one in parts),
    )


def _refused(message: str) -> StatementFacts:
    return StatementFacts(refused=_NOT_SUPPORTED, message=message)


def _cost(algorithm: Algorithm) -> int:
    return _ALGORITHMS.index(algorithm)


def _costs(parts: Iterable[StatementFacts]) -> Iterable[int]:
    return (_cost(one.algorithm) for one in parts)


def _joined(one: StatementFacts, how: str) -> StatementFacts:
    """Return the facts of an instant action that runs with another one: it takes the lock of that one."""
    if one.algorithm != "instant":
        return one
    algorithm = next((known for known in _ALGORITHMS if known and known == how), one.algorithm)
    return replace(one, algorithm=algorithm, locks=one.locks if algorithm == "copy" else ())


def _strongest(locks: Iterable[TableLock]) -> tuple[TableLock, ...]:
    """Return the strongest lock on each table."""
    found: dict[str, TableLock] = {}
    for one in locks:
        known = found.get(one.table)
        if known is None or _BLOCKS.index(one.blocks) > _BLOCKS.index(known.blocks):
            found[one.table] = one
    return tuple(found.values())


def _union(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in names for name in one))


def common(alternatives: Sequence[StatementFacts]) -> StatementFacts:
    """Return the facts that a statement has for certain, if it has one of several forms."""
    first, *others = alternatives
    for other in others:
        first = _both(first, other)
    return first


def _both(one: StatementFacts, other: StatementFacts) -> StatementFacts:
    if one.refused or other.refused:
        return one if one.refused == other.refused else StatementFacts(locks=one.locks if other.refused else other.locks)
    theirs = {lock.table: lock for lock in other.locks}
    locks = [
        min(lock, theirs[lock.table], key=lambda each: _BLOCKS.index(each.blocks)) for lock in one.locks if lock.table in theirs
    ]
    pages = None if one.pages is None or other.pages is None else min(one.pages, other.pages)
    return StatementFacts(
        locks=tuple(locks),
        rewritten=_shared(one.rewritten, other.rewritten),
        scanned=_shared(one.scanned, other.scanned),
        built=_shared(one.built, other.built),
        algorithm=min(one.algorithm, other.algorithm, key=_cost),
        pages=pages,
        rows=min(one.rows, other.rows),
        counts={name: pair for name, pair in (one.counts or {}).items() if name in (other.counts or {})} or None,
        changed=_shared(one.changed, other.changed),
        invalid=_shared(one.invalid, other.invalid),
    )


def _shared(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in one if name in set(other))
