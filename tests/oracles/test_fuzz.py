"""Properties of the splitter for any text, in every dialect; HYPOTHESIS_PROFILE=nightly tries 100,000 of each."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.parsing import splitter as statements
from whimbrel.parsing.splitter import PSQL_COMMAND, split
from whimbrel.parsing.statement import Statement

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")
DELIMITERS = [*((dialect, ";") for dialect in DIALECTS), ("mysql", "//"), ("mysql", "$$"), ("mariadb", "//"), ("mariadb", "|")]
PIECES = (
    *"'\"`[]$;()\\/*-#!:.,@ \n\r\t\f\v\x00éE1_eä\u00a0\ufeff",
    *(
        "--",
        "-- ",
        "/*",
        "*/",
        "/**/",
        "/*!",
        "/*!50001 ",
        "/*M!",
        "/*M!100000 ",
        "*/;",
        "$$",
        "$a$",
        "$é$",
        "E'",
        "U&'",
        'U&"',
        "''",
    ),
    *(
        "\\'",
        "\\\\",
        "\r\n",
        "''\n''",
        "DELIMITER //\n",
        "//",
        "delimiter ;\n",
        "DELIMITER $$\n",
        "\\x\n",
        "\\restrict a\n",
        "🦆",
    ),
    *(
        "COPY t FROM stdin;\n",
        "\\.\n",
        "SET sql_mode='ANSI_QUOTES';",
        "SET sql_mode='NO_BACKSLASH_ESCAPES';",
        "SET @@sql_mode=DEFAULT;",
    ),
    *(
        "CREATE ",
        "OR REPLACE ",
        "FUNCTION ",
        "PROCEDURE ",
        "TRIGGER ",
        "TEMP ",
        "EVENT ",
        "RULE ",
        "EXPLAIN ",
        "AS ",
        "a",
        " f() ",
    ),
    *("BEGIN ", "ATOMIC ", "BEGIN ATOMIC ", "NOT ", "END", "END;", " END ", "CASE ", "WHEN ", "THEN ", "ELSE ", "IF ", "LOOP "),
    *("WHILE ", "REPEAT ", "FOR EACH ROW ", "DO ", "RETURN ", "DECLARE ", "SELECT 1;", "SELECT ", "INSERT ", "UNTIL "),
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
without_delimiter = texts.filter(lambda script: "delimiter" not in script.lower())


def ends(one: Statement) -> int:
    return one.offset + len(one.text)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(script=texts)
def test_the_pieces_and_what_lies_between_them_join_to_the_script(dialect: str, script: str) -> None:
    joined, position = "", 0
    for one in split(script, dialect):
        assert one.text
        assert one.offset >= position
        joined += script[position : one.offset] + one.text
        position = ends(one)
    assert joined + script[position:] == script


@pytest.mark.parametrize(("dialect", "delimiter"), DELIMITERS)
@given(script=without_delimiter)
def test_the_joined_pieces_are_cut_where_they_were_joined(dialect: str, delimiter: str, script: str) -> None:
    joined = command = "" if delimiter == ";" else f"DELIMITER {delimiter}\n"
    script = command + script
    pieces = list(split(script, dialect))
    for one in pieces:
        joined += one.text
        if script.startswith(delimiter, ends(one)):
            joined += delimiter
        elif one is pieces[-1] and one.copy_data is None:
            joined += script[ends(one) :]
        if one.copy_data is not None:
            joined += f"\n{one.copy_data}\\.\n"
        elif dialect == "postgresql" and one.text.startswith(PSQL_COMMAND):
            joined += "\n"
    assert [one.text for one in split(joined, dialect)] == [one.text for one in pieces]


@pytest.mark.parametrize("dialect", DIALECTS)
@given(script=texts, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_script_that_comes_in_pieces_is_cut_as_the_whole_is(dialect: str, script: str, sizes: list[int]) -> None:
    parts: list[str] = []
    position = 0
    while position < len(script):
        size = sizes[len(parts) % len(sizes)]
        parts.append(script[position : position + size])
        position += size
    with patch.object(statements, "_LEAST_PIECE", 1):
        assert list(split(iter(parts), dialect)) == list(split(script, dialect))
