"""`IF [NOT] EXISTS` where the server lacks it: the forms that are read, and those that are left alone."""

import pytest

from whimbrel.parsing.conditional_ddl import read_conditional
from whimbrel.parsing.lexer_rules import MYSQL, MYSQL_PORTABLE, SQLITE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE INDEX IF NOT EXISTS i ON t (a)", ("index", True, "", "t", "i")),
        ("create unique index if not exists i on t(a)", ("index", True, "", "t", "i")),
        ("CREATE FULLTEXT INDEX IF NOT EXISTS i ON t (a)", ("index", True, "", "t", "i")),
        ("CREATE SPATIAL INDEX IF NOT EXISTS i ON t (a)", ("index", True, "", "t", "i")),
        ("CREATE INDEX IF NOT EXISTS i ON s.t (a)", ("index", True, "s", "t", "i")),
        ('CREATE INDEX IF NOT EXISTS "i ""1""" ON "my s"."my t" (a)', ("index", True, "my s", "my t", 'i "1"')),
        ("CREATE INDEX IF NOT EXISTS `i``1` ON `t` (a)", ("index", True, "", "t", "i`1")),
        ("DROP INDEX IF EXISTS i ON t", ("index", False, "", "t", "i")),
        ("DROP INDEX IF EXISTS i ON s.t", ("index", False, "s", "t", "i")),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS c INT", ("column", True, "", "t", "c")),
        ("ALTER TABLE t ADD IF NOT EXISTS c INT", ("column", True, "", "t", "c")),
        ("ALTER TABLE s.t ADD COLUMN IF NOT EXISTS `c d` INT", ("column", True, "s", "t", "c d")),
        ("ALTER TABLE t DROP COLUMN IF EXISTS c", ("column", False, "", "t", "c")),
        ("ALTER TABLE t DROP IF EXISTS c", ("column", False, "", "t", "c")),
        ("CREATE /* a */ INDEX -- b\n IF\nNOT\r\n EXISTS i ON t (a)", ("index", True, "", "t", "i")),
    ],
)
def test_every_form_is_read_with_its_names(text: str, expected: tuple[str, bool, str, str, str]) -> None:
    found = read_conditional(text, MYSQL_PORTABLE)
    assert found is not None
    assert (found.kind, found.wanted, found.schema, found.table, found.name) == expected


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("CREATE INDEX IF NOT EXISTS i ON t (a)", "CREATE INDEX               i ON t (a)"),
        ("DROP INDEX IF EXISTS i ON t", "DROP INDEX           i ON t"),
        ("ALTER TABLE t ADD COLUMN if not exists c TEXT", "ALTER TABLE t ADD COLUMN               c TEXT"),
        ("CREATE INDEX IF\n  NOT\r\nEXISTS i ON t (a)", "CREATE INDEX   \n     \r\n       i ON t (a)"),
        ("DROP INDEX IF EXISTS i ON t -- IF EXISTS", "DROP INDEX           i ON t -- IF EXISTS"),
    ],
)
def test_blanks_take_the_place_of_the_condition_and_every_place_stays(text: str, sent: str) -> None:
    found = read_conditional(text, MYSQL)
    assert found is not None
    assert found.text == sent
    assert len(found.text) == len(text)
    assert [index for index, character in enumerate(sent) if character in "\r\n"] == [
        index for index, character in enumerate(text) if character in "\r\n"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 1",
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE IF NOT EXISTS t (a INT)",
        "CREATE INDEX IF EXISTS i ON t (a)",
        "CREATE INDEX IF NOT EXISTS ON t (a)",
        "CREATE INDEX IF NOT EXISTS i",
        "CREATE INDEX 'IF' NOT EXISTS i ON t (a)",
        'CREATE INDEX "IF" NOT EXISTS i ON t (a)',
        "CREATE INDEX /* IF NOT EXISTS */ i ON t (a)",
        "CREATE UNIQUE TABLE IF NOT EXISTS i ON t",
        "DROP INDEX i ON t",
        "DROP INDEX IF EXISTS i",
        "DROP INDEX IF NOT EXISTS i ON t",
        "DROP TABLE IF EXISTS t",
        "ALTER TABLE t ADD COLUMN c INT",
        "ALTER TABLE t ADD COLUMN IF EXISTS c INT",
        "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t DROP COLUMN IF NOT EXISTS c",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE IF EXISTS t ADD COLUMN c INT",
        "ALTER TABLE s. ADD COLUMN IF NOT EXISTS c INT",
        "ALTER VIEW v ADD COLUMN IF NOT EXISTS c INT",
        "ALTER",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert read_conditional(text, MYSQL_PORTABLE) is None


def test_names_in_brackets_are_read() -> None:
    found = read_conditional("ALTER TABLE [a t] ADD COLUMN IF NOT EXISTS [b c] TEXT", SQLITE)
    assert found is not None
    assert (found.table, found.name) == ("a t", "b c")


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, ADD COLUMN b INT, DROP COLUMN old",
        "ALTER TABLE t DROP COLUMN IF EXISTS a, ADD COLUMN b INT",
    ],
)
def test_an_alter_table_of_several_actions_is_left_alone(text: str) -> None:
    assert read_conditional(text, MYSQL_PORTABLE) is None
    one = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a DECIMAL(10, 2) CHECK (a IN (1, 2))"
    assert read_conditional(one, MYSQL_PORTABLE) is not None
