"""Drift does not include differences in partitions, in ignored names, and in objects that a user may not see."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.unit.schemas import RICH, USERS, column
from whimbrel.schema.drifting import find_drift, find_unseen
from whimbrel.schema.model import Opaque, Routine, Schema, Table, Trigger
from whimbrel.schema.own_tables import without_own

DAYS, DAY = RICH.tables[:2]
PARTED = "RANGE (day) (PARTITION p1 VALUES LESS THAN (10))"


def schema(*tables: Table, opaques: Sequence[Opaque] = ()) -> Schema:
    return Schema(database="mysql", name="app", tables=tables, opaques=tuple(opaques))


def told(kept: Schema, now: Schema, *ignore: str) -> list[str]:
    return [str(one) for one in find_drift(kept, now, ignore)]


@pytest.mark.parametrize(
    ("kept", "now"),
    [
        (schema(DAYS, DAY), schema(DAYS)),
        (schema(DAYS), schema(DAYS, DAY)),
        (schema(DAYS, DAY), schema(DAYS, replace(DAY, partition_of=""))),
        (schema(DAYS, DAY), schema(DAYS, replace(DAY, partition_of="days DEFAULT"))),
        (schema(replace(DAYS, partitioning=PARTED)), schema(replace(DAYS, partitioning=PARTED.replace("10", "20")))),
        (
            schema(replace(DAYS, partitioning="HASH (n) PARTITIONS 2")),
            schema(replace(DAYS, partitioning="HASH (n) PARTITIONS 4")),
        ),
    ],
)
def test_partitions_come_and_go(kept: Schema, now: Schema) -> None:
    assert told(kept, now) == []


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (schema(replace(DAYS, partitioning="HASH (day)"), DAY), "table days changed: partitioning RANGE (day) -> HASH (day)"),
        (schema(DAYS, replace(DAY, columns=(*DAY.columns, column("n")))), "column days_1.n added"),
    ],
)
def test_what_else_changes_of_a_partitioned_table_is_drift(now: Schema, wanted: str) -> None:
    assert told(schema(DAYS, DAY), now) == [wanted]


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        ((), 3),
        (("other_*",), 2),
        (("other_*", "users.tmp_*"), 1),
        (("users",), 1),
        (("tmp_*",), 2),
        (("*",), 0),
        (("USERS",), 3),
    ],
)
def test_patterns_leave_out_objects_and_parts_of_tables(patterns: Sequence[str], wanted: int) -> None:
    users = replace(USERS, columns=(*USERS.columns, column("tmp_a")), comment="")
    now = schema(users, Table(name="other_log", columns=()))
    assert len(told(schema(USERS), now, *patterns)) == wanted


@pytest.mark.parametrize("name", ["triggers", "trigger users", "table users"])
def test_nothing_is_concluded_from_what_a_user_may_not_see(name: str) -> None:
    kept = schema(USERS)
    now = schema(
        replace(USERS, triggers=(Trigger(name="other", native="..."),)), opaques=[Opaque(kind="unseen", name=name, native="")]
    )
    assert find_unseen(now) == [name]
    assert told(kept, now) == told(now, kept) == []


@pytest.mark.parametrize("name", ["routines", "function add"])
def test_nothing_is_concluded_from_routines_that_a_user_may_not_see(name: str) -> None:
    add = Routine(name="add", signature="add(integer)", kind="function", native="...")
    kept, now = schema(), schema(opaques=[Opaque(kind="unseen", name=name, native="")])
    assert told(replace(kept, routines=(add,)), now) == []


def test_tables_of_our_own_are_left_out_and_others_with_such_names_are_not() -> None:
    tables = [Table(name=name, columns=()) for name in ("whimbrel_history", "WHIMBREL_MODEL", "whimbrel_notes", "a")]
    assert [one.name for one in without_own(schema(*tables)).tables] == ["whimbrel_notes", "a"]
