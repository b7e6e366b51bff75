"""COPY in a script of psql: the statements that read data, and the statements after them on the same line."""

import pytest

from whimbrel.parsing.copy_data import client_side, reads_data
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.parsing.splitter import split

ROW = "1\n\\.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY t FROM STDIN", True),
        ("copy t from stdin", True),
        ("COPY t FROM STDOUT", True),
        ("COPY public.t (a, b) FROM stdin WITH (FORMAT csv)", True),
        ('COPY "from" ("to", "stdin") FROM stdin', True),
        ("COPY t (a) FROM STDOUT (DELIMITER ',')", True),
        ("COPY stdin FROM stdin", True),
        ("COPY stdin TO stdout", False),
        ("COPY stdin TO '/tmp/stdin'", False),
        ("COPY t TO STDIN", False),
        ("COPY (SELECT a FROM stdin) TO STDOUT", False),
        ("COPY (SELECT a FROM stdin) TO STDOUT WITH (FORMAT csv)", False),
        ("COPY (INSERT INTO t SELECT a FROM stdout RETURNING a) TO '/tmp/x'", False),
        ("COPY t FROM '/tmp/stdin'", False),
        ("COPY t FROM PROGRAM 'cat'", False),
        ("COPYING t FROM STDIN", False),
        ("SELECT a FROM stdin", False),
    ],
)
def test_a_copy_from_the_client_reads_data(text: str, expected: bool) -> None:
    assert reads_data(text, POSTGRESQL) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY t TO STDOUT", "TO"),
        ("COPY stdin TO stdin", "TO"),
        ("COPY (SELECT a FROM stdin) TO STDOUT WITH (FORMAT csv)", "TO"),
        ("COPY (SELECT a FROM stdin) TO PROGRAM 'cat'", ""),
        ("COPY t FROM STDIN WHERE a < 1", "FROM"),
        ("SELECT 1", ""),
    ],
)
def test_a_copy_has_the_client_on_one_side_or_on_none(text: str, expected: str) -> None:
    assert client_side(text, POSTGRESQL) == expected


@pytest.mark.parametrize(
    ("script", "texts", "data"),
    [
        (
            "COPY t FROM STDIN; INSERT INTO t VALUES (7);\n" + ROW,
            ["COPY t FROM STDIN", "INSERT INTO t VALUES (7)"],
            ["1\n", None],
        ),
        ("COPY t FROM STDIN; -- the rows\n" + ROW, ["COPY t FROM STDIN"], ["1\n"]),
        ("COPY t FROM STDIN;;\n" + ROW, ["COPY t FROM STDIN"], ["1\n"]),
        ("COPY t FROM STDIN; /* a */ ; SELECT ';';\n" + ROW, ["COPY t FROM STDIN", "SELECT ';'"], ["1\n", None]),
        ("COPY t FROM STDIN; SELECT 1; SELECT 2;\n" + ROW + "SELECT 3;", None, ["1\n", None, None, None]),
        ("COPY t FROM STDIN; COPY u FROM STDIN;\n" + ROW + "2\n\\.\nSELECT 1;", None, ["1\n", "2\n", None]),
        ("COPY t FROM STDIN; SELECT 1; COPY u FROM STDIN; SELECT 2;\n1\n\\.\n2\n\\.\n", None, ["1\n", None, "2\n", None]),
        ("SELECT 0; COPY t FROM STDOUT; SELECT $$;$$;\r\n1\r\n\\.\r\nSELECT 1;", None, [None, "1\r\n", None, None]),
        ("COPY t FROM STDIN\n; SELECT 1;\n" + ROW, ["COPY t FROM STDIN\n", "SELECT 1"], ["1\n", None]),
        ("COPY (SELECT a FROM stdin) TO STDOUT;\nSELECT 1;\n\\.\n", None, [None, None, None]),
        ("COPY t FROM STDIN; SELECT 1;", ["COPY t FROM STDIN", "SELECT 1"], ["", None]),
    ],
)
def test_what_stands_behind_a_copy_on_its_line_runs_after_the_data(
    script: str, texts: list[str] | None, data: list[str | None]
) -> None:
    found = list(split(script, "postgresql"))
    assert [one.copy_data for one in found] == data
    assert texts is None or [one.text for one in found] == texts
    assert all(script.startswith(one.text, one.offset) for one in found)
    assert not any(one.torn for one in found)


@pytest.mark.parametrize(
    "rest",
    ["DELETE FROM t", "DELETE FROM t WHERE a = '", "SELECT 1; DELETE FROM t", "DELETE /* a", "/* a", "SELECT $$", "SELECT (1"],
)
def test_a_statement_that_data_tear_apart_is_marked(rest: str) -> None:
    found = list(split(f"COPY t FROM STDIN; {rest}\n{ROW} WHERE a = 2;\nSELECT 1;", "postgresql"))
    assert [one.text for one in found if one.torn] == [rest.removeprefix("SELECT 1; ")]
    assert [one.text for one in found][-1] == "SELECT 1"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_script_in_pieces_is_cut_alike(size: int) -> None:
    script = "SELECT 0;\nCOPY t FROM STDIN; INSERT INTO t VALUES (7); COPY u FROM STDIN;\n1\n2\n\\.\n3\n\\.\nSELECT 1;\n" * 3
    statements_or_batches = [script[at : at + size] for at in range(0, len(script), size)]
    assert list(split(statements_or_batches, "postgresql")) == list(split(script, "postgresql"))
