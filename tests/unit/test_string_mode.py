"""The splitter follows standard_conforming_strings, as psql does."""

import pytest

from whimbrel.parsing.splitter import split

OFF = "SET standard_conforming_strings = off"
ESCAPED = r"INSERT INTO t VALUES ('it\'s; a \\')"


@pytest.mark.parametrize(
    "text",
    [
        [OFF, ESCAPED, "SELECT 1"],
        ["set Session standard_conforming_strings to 'false'", ESCAPED, "SELECT 1"],
        ["SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false)", ESCAPED, "SELECT 1"],
        [OFF, ESCAPED, "SET standard_conforming_strings = on", r"SELECT 'c:\'", "SELECT 1"],
        [OFF, ESCAPED, "RESET standard_conforming_strings", r"SELECT 'c:\'", "SELECT 1"],
        [OFF, ESCAPED, "SET standard_conforming_strings TO DEFAULT", r"SELECT 'c:\'", "SELECT 1"],
        ["SET other = off", r"SELECT 'c:\'", "SELECT 1"],
        [OFF, f"{ESCAPED};\n{ESCAPED};\n{ESCAPED}", "SELECT 1"],
    ],
)
def test_a_backslash_escapes_while_the_setting_is_off(text: list[str]) -> None:
    found = [one.text for one in split(";\n".join(text), "postgresql")]
    assert found == [part for one in text for part in one.split(";\n")]


def test_a_batch_of_mysql_is_read_by_the_modes_of_its_place() -> None:
    rows = [r"INSERT INTO t VALUES ('c:\')", r"INSERT INTO t VALUES ('; d:\')"]
    text = ["SET sql_mode = 'NO_BACKSLASH_ESCAPES'", *rows, "SELECT 1"]
    assert [one.text for one in split(";\n".join(text), "mysql")] == text
