"""Properties of the splitter for any text, and for any script made of whole statements."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import MYSQL_PORTABLE, LexerRules, find_rules
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement

DIALECTS: tuple[str | LexerRules, ...] = ("postgresql", "mysql", "mariadb", "sqlite", MYSQL_PORTABLE)
ids = [one if isinstance(one, str) else "mysql_portable" for one in DIALECTS]
few = settings(max_examples=200, derandomize=True, deadline=None)

PIECES = (
    *"'\"`[]$;()\\/*-#!: \n\r\téE1",
    "--", "/*", "*/", "/*!", "/*M!", "$$", "$a$", "E'", "''", "\r\n", "DELIMITER //\n", "//", "delimiter ;\n",
    "CREATE ", "FUNCTION ", "PROCEDURE ", "TRIGGER ", "EVENT ", "BEGIN ", "ATOMIC ", "END", "END;", "CASE ", "IF ", "LOOP ", "🦆",
)  # fmt: skip
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))

WORDS = (
    "SELECT",
    "a1",
    "1",
    "2.5",
    "+",
    "(b)",
    "'it''s; fine'",
    '"c;d"',
    "/* e; f */",
    "-- g;\n",
    "ü",
    ",",
    "CASE WHEN 1 THEN 2 END",
)
statements = st.lists(st.sampled_from(WORDS), max_size=8).map(lambda words: " ".join(["SELECT", *words, "0"]))


@pytest.mark.parametrize("dialect", DIALECTS, ids=ids)
@few
@given(script=texts)
def test_statements_stand_at_their_offsets_in_order(dialect: str | LexerRules, script: str) -> None:
    end = 0
    for one in split(script, dialect):
        assert one.text
        assert one.offset >= end
        end = one.offset + len(one.text)
        assert script[one.offset : end] == one.text


@pytest.mark.parametrize("dialect", DIALECTS, ids=ids)
@few
@given(script=texts)
def test_line_and_column_agree_with_the_offset(dialect: str | LexerRules, script: str) -> None:
    for one in split(script, dialect):
        assert (one.line, one.column) == place(script, one.offset)
        for offset in {0, len(one.text) // 2, len(one.text) - 1}:
            assert one.place(offset) == place(script, one.offset + offset)


@pytest.mark.parametrize("dialect", DIALECTS, ids=ids)
@few
@given(script=texts)
def test_tokens_follow_each_other_and_never_overlap(dialect: str | LexerRules, script: str) -> None:
    end = 0
    for token in tokens(script, find_rules(dialect) if isinstance(dialect, str) else dialect):
        assert token.text
        assert token.start >= end
        assert script[token.start : token.end] == token.text
        end = token.end


@pytest.mark.parametrize("dialect", DIALECTS, ids=ids)
@few
@given(originals=st.lists(statements, max_size=8))
def test_joined_statements_come_apart_as_they_were(dialect: str | LexerRules, originals: list[str]) -> None:
    joined = ";\n".join(originals)
    assert [one.text for one in split(joined, dialect)] == originals
    assert [one.text for one in split(joined + " ; -- end;", dialect)][:-1] == originals[:-1]


def place(script: str, offset: int) -> tuple[int, int]:
    before = script[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def test_a_place_within_a_statement_is_a_place_in_the_script() -> None:
    statement = Statement("SELECT 1\n  + 2", 30, 4, 7)
    assert statement.place(0) == (4, 7)
    assert statement.place(7) == (4, 14)
    assert statement.place(11) == (5, 3)


def test_the_leading_words_tell_what_a_statement_does() -> None:
    text = "create /* x */ unique index `a b` on t1 (c)"
    assert leading_words(text, find_rules("mysql"), 4) == ("CREATE", "UNIQUE", "INDEX", "`a b`")
    assert leading_words("SELECT (1, 'a')", find_rules("sqlite"))[-4:] == ("number", ",", "string", ")")
    assert leading_words("/*!40101 SET */", find_rules("mysql")) == ("SET",)


def test_the_portable_session_reads_double_quotes_as_names() -> None:
    script = r'SELECT "a\"; SELECT "b"'
    assert [one.text for one in split(script, MYSQL_PORTABLE)] == [r'SELECT "a\"', 'SELECT "b"']
    assert [one.text for one in split(script, "mysql")] == [script]


def test_statements_are_found_lazily() -> None:
    assert next(split("SELECT 1;" + "SELECT 2;" * 100_000, "sqlite")).text == "SELECT 1"


def test_an_unknown_dialect_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        list(split("SELECT 1", "oracle"))
