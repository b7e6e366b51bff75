"""Some characters are escaped for a terminal, and the others are shown as they are."""

import json
import sys
import unicodedata

import pytest

from tests.attacks.terminal import faults
from whimbrel.commands._output import as_json
from whimbrel.errors import DatabaseError, MigrationsPending, Place, Problem, ProblemKind, ValidationFailed, WhimbrelError
from whimbrel.messages.printable import indented, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("V1__größe.sql", "V1__größe.sql"),
        ("日本語 🐛 \u00a0\u3000\u202f«»", "日本語 🐛 \u00a0\u3000\u202f«»"),
        ("C:\\new\\x1b", "C:\\new\\x1b"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\rd\0e", "a\\nb\\tc\\rd\\x00e"),
        ("\x7f\x9b\xad", "\\x7f\\x9b\\xad"),
        ("\u202eb\u2066\u200b\u200f\ufeff\u2028\u2029", "\\u202eb\\u2066\\u200b\\u200f\\ufeff\\u2028\\u2029"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_a_text_of_one_line(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(("text", "shown"), [("a\n\tb", "a\n\tb"), ("a\r\nb\rc", "a\nb\\rc"), ("\x1b\n\u2028", "\\x1b\n\\u2028")])
def test_a_text_of_several_lines(text: str, shown: str) -> None:
    assert printable(text, lines=True) == shown


def test_no_character_of_unicode_gets_through_that_a_terminal_obeys_or_hides() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert printable(character).isascii(), hex(number)
            assert json.loads(as_json(character, None)) == character
            assert list(faults(as_json(character, None))) == [], hex(number)


@pytest.mark.parametrize(("text", "shown"), [("a\nb", "a\n  b"), ("a\n  b\n\nc", "a\n  b\n\n  c"), ("a\n\tb", "a\n\tb")])
def test_lines_after_the_first_are_indented(text: str, shown: str) -> None:
    assert indented(text) == shown


@pytest.mark.parametrize(
    "error",
    [
        WhimbrelError("\x1b\nFORGED"),
        DatabaseError("\x1b\nFORGED", code="\x1b"),
        ValidationFailed([Problem(ProblemKind.MISSING, "\x1b\nFORGED")], ["\nFORGED\x1b"]),
        MigrationsPending(["\nFORGED\x1b"]),
    ],
)
def test_an_error_shows_nothing_raw_and_no_line_that_passes_for_ours(error: WhimbrelError) -> None:
    assert list(faults(str(error))) == []
    assert "\x1b" not in repr(error)


def test_an_error_keeps_what_it_knows_as_it_is() -> None:
    assert DatabaseError("\x1b\nx").message == "\x1b\nx"
    assert MigrationsPending(["\x1b"]).scripts == ("\x1b",)


@pytest.mark.parametrize(
    ("source", "column", "shown"),
    [
        ("\x1b[0mSELECT x", 12, ["    \\x1b[0mSELECT x", "                  ^"]),
        ("\t\u202e\tx", 4, ["    \t\\u202e\tx", "    \t      \t^"]),
        ("x\ry", 3, ["    x\\ry", "       ^"]),
    ],
)
def test_the_caret_stands_under_its_column_behind_what_is_escaped(source: str, column: int, shown: list[str]) -> None:
    assert Place("a\n.sql", 1, column, source).caret().split("\n") == shown
    assert str(Place("a\n.sql", 1, column, source)) == f"a\\n.sql:1:{column}"
