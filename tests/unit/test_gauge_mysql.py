"""The gauge of MySQL and MariaDB reads statements, and the numbers of tables and indexes."""

import pytest

from whimbrel.dialects.mysql.altering import read_altering
from whimbrel.dialects.mysql.storage import Stored, find_built, find_rewritten, instant_limit
from whimbrel.parsing.lexer_rules import MARIADB

INSTANT = {
    "ALTER TABLE t ADD a INT": "ALTER TABLE t ALGORITHM=INSTANT, ADD a INT",
    "alter table /* x */ `s`.`t`\n  add a int -- end": "alter table /* x */ `s`.`t`\n  ALGORITHM=INSTANT, add a int -- end",
    "ALTER ONLINE TABLE IF EXISTS t WAIT 5 DROP a": "ALTER ONLINE TABLE IF EXISTS t WAIT 5 ALGORITHM=INSTANT, DROP a",
    "ALTER IGNORE TABLE t DROP a": "ALTER IGNORE TABLE t ALGORITHM=INSTANT, DROP a",
    "ALTER TABLE t NOWAIT DROP a": "ALTER TABLE t NOWAIT ALGORITHM=INSTANT, DROP a",
    "ALTER TABLE t ADD a INT, ALGORITHM=COPY": "",
    "ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (9))": "",
    "CREATE INDEX i ON t (a)": "",
    "DROP INDEX i ON t": "",
    "RENAME TABLE t TO u": "",
    "DROP TABLE t": "",
    "ALTER TABLE t": "",
}
KINDS = {
    "ALTER TABLE t ADD a INT": ("alter", ("", "t")),
    "CREATE UNIQUE INDEX i ON s.t (a)": ("alter", ("s", "t")),
    "DROP INDEX i ON t": ("alter", ("", "t")),
    "OPTIMIZE NO_WRITE_TO_BINLOG TABLE t": ("optimize", ("", "t")),
    "TRUNCATE TABLE t": ("other", None),
    "ALTER TABLE t TRUNCATE PARTITION p": ("other", None),
    "RENAME TABLE t TO u": ("other", None),
    "CREATE TABLE t (a INT)": ("other", None),
    "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1": ("other", None),
}


@pytest.mark.parametrize("sql", INSTANT)
def test_the_clause_stands_before_the_first_action(sql: str) -> None:
    assert read_altering(sql, MARIADB).instant == INSTANT[sql]


@pytest.mark.parametrize(
    ("sql", "online"),
    [
        ("ALTER TABLE t ADD a INT", "ALTER TABLE t LOCK=NONE, ADD a INT"),
        ("CREATE INDEX i ON t (a) -- end", "CREATE INDEX i ON t (a) -- end\nLOCK=NONE"),
        ("ALTER TABLE t ADD a INT, LOCK=SHARED", ""),
        ("DROP INDEX i ON t", ""),
    ],
)
def test_the_clause_for_the_lock_stands_where_the_server_takes_it(sql: str, online: str) -> None:
    assert read_altering(sql, MARIADB).online == online


@pytest.mark.parametrize("sql", KINDS)
def test_the_table_that_a_statement_changes_is_found(sql: str) -> None:
    altering = read_altering(sql, MARIADB)
    assert (altering.kind, altering.table) == KINDS[sql]


@pytest.mark.parametrize("action", ["ANALYZE PARTITION p", "CHECK PARTITION ALL", "REPAIR PARTITION p", "DISCARD TABLESPACE"])
def test_a_report_about_partitions_is_no_change(action: str) -> None:
    assert read_altering(f"ALTER TABLE t {action}", MARIADB).kind == "other"


def test_names_are_read_without_their_quotes_and_strings_are_no_names() -> None:
    assert {"a-b", "t"} <= read_altering("ALTER TABLE `a-b` ADD FOREIGN KEY (x) REFERENCES t (y) COMMENT 'z'", MARIADB).named
    assert "z" not in read_altering("ALTER TABLE t COMMENT 'z'", MARIADB).named


def stored(number: int, **indexes: int | str) -> Stored:
    return Stored({"": number}, {("", name): one for name, one in indexes.items()}, 0)


def parted(*numbers: int) -> Stored:
    return Stored({f"p{index}": number for index, number in enumerate(numbers)}, {}, 0)


def test_a_table_with_a_new_number_was_written_anew() -> None:
    before = {"t": stored(1), "gone": stored(2), "same": stored(3)}
    after = {"t": stored(4), "new": stored(5), "same": stored(3)}
    assert find_rewritten(before, after, moves_partitions=False) == ("t",)


def test_a_new_or_dropped_partition_writes_no_rows_but_both_together_do() -> None:
    before, added, dropped = {"t": parted(1, 2)}, {"t": parted(1, 2, 3)}, {"t": parted(1)}
    assert find_rewritten(before, added, moves_partitions=True) == ()
    assert find_rewritten(before, dropped, moves_partitions=True) == ()
    assert find_rewritten(before, {"t": parted(1, 3, 4)}, moves_partitions=True) == ("t",)


def test_an_index_with_a_new_number_was_built() -> None:
    before, after = {"t": stored(1, a=1, b=2)}, {"t": stored(1, a=1, b=3, c=4), "new": stored(9, d=9)}
    assert find_built(before, after, ()) == {"t": ("b", "c")}


def test_a_renamed_index_was_not_built() -> None:
    assert find_built({"t": stored(1, a=1)}, {"t": stored(1, b=1)}, ()) == {}


def test_only_the_new_names_count_where_the_whole_table_is_new() -> None:
    assert find_built({"t": stored(1, a=1)}, {"t": stored(2, a=5, b=6)}, ("t",)) == {"t": ("b",)}


@pytest.mark.parametrize(("version", "limit"), [("8.0.29", 64), ("8.4.3", 64), ("9.0.1", 64), ("9.1.0", 255), ("9.7.4-2", 255)])
def test_the_number_of_instant_changes_depends_on_the_version(version: str, limit: int) -> None:
    assert instant_limit(version) == limit
