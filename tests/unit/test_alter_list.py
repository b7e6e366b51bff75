"""ALTER TABLE with several actions, of which some have an IF [NOT] EXISTS that MySQL lacks."""

import pytest

from whimbrel.parsing.alter_list import read_alter_list
from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE

TWO = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, ADD COLUMN IF NOT EXISTS b DECIMAL(5,2) AFTER a"


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        (TWO, [], "ALTER TABLE t ADD COLUMN a INT, ADD COLUMN b DECIMAL(5,2) AFTER a"),
        (TWO, ["a"], "ALTER TABLE t ADD COLUMN b DECIMAL(5,2) AFTER a"),
        (TWO, ["B"], "ALTER TABLE t ADD COLUMN a INT"),
        (TWO, ["a", "b", "c"], ""),
        (
            "ALTER TABLE s.t ADD IF NOT EXISTS a INT, ADD INDEX i (a, b), DROP COLUMN IF EXISTS c, MODIFY d TEXT",
            ["a"],
            "ALTER TABLE s.t ADD INDEX i (a, b), MODIFY d TEXT",
        ),
        ("ALTER TABLE t DROP COLUMN IF EXISTS `a`, DROP IF EXISTS b", ["a"], "ALTER TABLE t DROP COLUMN `a`"),
        ("ALTER TABLE t ADD x INT, ADD COLUMN IF NOT EXISTS a INT, ADD y INT", ["a"], "ALTER TABLE t ADD x INT, ADD y INT"),
        ("ALTER TABLE t ADD IF NOT EXISTS a INT COMMENT 'x, y', FORCE", [], "ALTER TABLE t ADD a INT COMMENT 'x, y', FORCE"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, ALGORITHM=INPLACE, LOCK = NONE", ["a"], ""),
        # Another module handles a single action; without a condition there is nothing to emulate.
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT", [], None),
        ("ALTER TABLE t ADD a INT, ADD b INT", [], None),
        ("CREATE TABLE t (a INT, b INT)", [], None),
    ],
)  # fmt: skip
def test_the_actions_that_have_nothing_to_do_are_left_out(text: str, columns: list[str], expected: str | None) -> None:
    found = read_alter_list(text, MYSQL_PORTABLE)
    assert (None if found is None else " ".join(found.pending(columns).replace(" ,", ",").split())) == expected


def test_what_is_left_stays_where_it_was() -> None:
    text = "ALTER TABLE t\n  ADD COLUMN IF NOT EXISTS a INT,\n  ADD COLUMN IF NOT EXISTS b INT"
    found = read_alter_list(text, MYSQL_PORTABLE)
    assert found is not None
    pending = found.pending(["a"])
    assert (len(pending), pending.index("b INT"), pending.count("\n")) == (len(text), text.index("b INT"), 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE t ADD INDEX IF NOT EXISTS i (a)", "ADD INDEX IF NOT EXISTS"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, ADD UNIQUE KEY IF NOT EXISTS i (a)", "ADD UNIQUE KEY IF NOT EXISTS"),
        ("ALTER TABLE t MODIFY COLUMN IF EXISTS a INT, ADD b INT", "MODIFY COLUMN IF EXISTS"),
        ("ALTER TABLE t DROP FOREIGN KEY IF EXISTS f", "DROP FOREIGN KEY IF EXISTS"),
        ("ALTER TABLE t DROP INDEX IF EXISTS i, ADD COLUMN IF NOT EXISTS a INT", "DROP INDEX IF EXISTS"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS (a INT, b INT)", "ADD COLUMN IF NOT EXISTS ("),
        (TWO, ""),
        ("ALTER TABLE t ADD a INT DEFAULT (IF(1, 2, 3)), ADD b INT", ""),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT", ""),
    ],
)
def test_a_condition_that_nobody_emulates_is_named(text: str, expected: str) -> None:
    from whimbrel.parsing.alter_list import find_foreign_condition

    assert find_foreign_condition(text, MYSQL_PORTABLE) == expected
