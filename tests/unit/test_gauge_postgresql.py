"""Facts of a statement on PostgreSQL follow from the relations and locks around it."""

from whimbrel.dialects.gauge import TableLock
from whimbrel.dialects.postgresql.relations import Relation, Snapshot, find_facts


def table(name: str, **facts: object) -> Relation:
    known: dict[str, object] = {"node": 10, "size": 8192, "rows": 400.0, "read": 0, "scans": 0, "valid": True, "owner": None}
    return Relation(**{"kind": "r", "path": ("public", name), "name": name, **known, **facts})  # type: ignore[arg-type]


def index(name: str, owner: int, node: int, **facts: object) -> Relation:
    return table(name, kind="i", owner=owner, node=node, **facts)


def snapshot(relations: dict[int, Relation], *locks: tuple[int, str], log: int = 0) -> Snapshot:
    return Snapshot(relations, frozenset(locks), log)


BEFORE = snapshot({1: table("t"), 2: index("i", 1, 20), 3: table("v", kind="m", node=30)})


def test_locks_are_those_on_tables_that_were_there() -> None:
    after = snapshot(
        {**BEFORE.relations, 4: table("new")},
        (1, "AccessShareLock"), (1, "ShareLock"), (1, "RowExclusiveLock"), (3, "ExclusiveLock"), (4, "AccessExclusiveLock"),
    )  # fmt: skip
    facts = find_facts(BEFORE, after, "CREATE", 0)
    assert facts.locks == (TableLock("t", "ShareLock", "writes"), TableLock("v", "ExclusiveLock", "schema changes"))


def test_a_lock_on_an_index_hinders_all_that_use_its_table() -> None:
    assert find_facts(BEFORE, snapshot(dict(BEFORE.relations), (2, "AccessExclusiveLock")), "REINDEX", 0).locks == (
        TableLock("t", "AccessExclusiveLock", "everything"),
    )
    assert find_facts(BEFORE, snapshot(dict(BEFORE.relations), (2, "ShareUpdateExclusiveLock")), "ALTER", 0).locks == ()
    # No other session sees an index that the transaction made.
    locked = snapshot(dict(BEFORE.relations), (2, "AccessExclusiveLock"), (9, "AccessExclusiveLock"))
    assert find_facts(BEFORE, locked, "CREATE", 0, made={2, 9}).locks == ()
    assert find_facts(BEFORE, snapshot(dict(BEFORE.relations), (1, "ShareLock")), "CREATE", 0, made={1}).locks != ()


def test_an_earlier_lock_is_told_apart() -> None:
    before = BEFORE._replace(locks=frozenset([(1, "ShareLock")]))
    held = ((1, "ShareLock"), (1, "RowExclusiveLock"))
    weaker = find_facts(before, snapshot(dict(before.relations), *held), "UPDATE", 0)
    assert weaker.locks == (TableLock("t", "ShareLock", "writes", earlier=True),)
    stronger = find_facts(before, snapshot(dict(before.relations), *held, (1, "AccessExclusiveLock")), "ALTER", 0)
    assert [(lock.mode, lock.earlier) for lock in stronger.locks] == [("AccessExclusiveLock", False), ("ShareLock", True)]


def test_a_new_file_means_that_rows_were_rewritten() -> None:
    rewritten = {1: table("t", node=11, read=400, scans=1), 2: index("i", 1, 21)}
    facts = find_facts(BEFORE, snapshot(rewritten, log=500), "ALTER", 0)
    assert (facts.rewritten, facts.scanned, facts.built, facts.bytes) == (("t",), ("t",), (), 500)
    assert find_facts(BEFORE, snapshot({1: table("t", node=11, size=0), 2: index("i", 1, 21)}), "TRUNCATE", 0).rewritten == ()
    assert find_facts(BEFORE, snapshot({1: table("t", node=11, size=0)}), "DO", 0).rewritten == ()
    assert find_facts(BEFORE, snapshot({1: table("t", node=11, size=0)}), "ALTER", 0).rewritten == ("t",)


def test_an_index_is_built_if_its_file_is_new() -> None:
    both = {**BEFORE.relations, 2: index("i", 1, 21), 5: index("more", 1, 22, valid=False), 6: index("same", 1, 20)}
    facts = find_facts(BEFORE, snapshot(both), "CREATE", 0)
    assert (facts.built, facts.invalid) == (("i", "more"), ("more",))


def test_a_table_is_scanned_if_most_rows_were_read() -> None:
    few = snapshot({1: table("t", read=1, scans=1)})
    assert find_facts(BEFORE, few, "SELECT", 1).scanned == ()
    empty = snapshot({1: table("t", rows=0.0)})
    assert find_facts(empty, snapshot({1: table("t", rows=0.0, scans=1)}), "ALTER", 0).scanned == ("t",)
