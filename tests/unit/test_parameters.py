"""`:name` parameters are found only where a value may be."""

import pytest

from whimbrel.errors import ConfigurationError
from whimbrel.parsing.lexer_rules import MYSQL, MYSQL_PORTABLE, POSTGRESQL, SQLITE, LexerRules
from whimbrel.parsing.parameters import parse_parameters

ALL = (POSTGRESQL, MYSQL_PORTABLE, SQLITE)


def names(sql: str, rules: LexerRules) -> tuple[str, ...]:
    return parse_parameters(sql, rules).names


def numbered(sql: str, rules: LexerRules) -> str:
    return parse_parameters(sql, rules).render(lambda index: f"${index}")


@pytest.mark.parametrize("rules", ALL, ids=lambda rules: rules.name)
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :a", ("a",)),
        ("SELECT :a,:b_2 , (:_c)", ("a", "b_2", "_c")),
        (":a", ("a",)),
        ("SELECT a+:a-:b", ("a", "b")),
        ("SELECT :a AND x=:a", ("a", "a")),
        ("SELECT ':a', 'it''s :b', :c", ("c",)),
        ('SELECT ":a", :b', ("b",)),
        ("SELECT 1 -- :a\n, :b", ("b",)),
        ("SELECT /* :a */ :b", ("b",)),
        ("SELECT x::a, :b::c, '1'::d", ("b",)),
        ("SELECT :a::b::c", ("a",)),
        ("SELECT x := 1, y :=z", ()),
        ("SELECT : a, :1, x:2", ()),
        ("SELECT 'never closed :a", ()),
        ("SELECT :größe", ("größe",)),
        ("", ()),
    ],
)
def test_a_colon_and_a_name_is_a_parameter_outside_of_strings_and_comments(
    rules: LexerRules, sql: str, expected: tuple[str, ...]
) -> None:
    assert names(sql, rules) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT $$ :a $$, :b", ("b",)),
        ("SELECT $x$ :a $x$, :b", ("b",)),
        (r"SELECT E'\' :a', :b", ("b",)),
        ("SELECT /* /* */ :a */ :b", ("b",)),
        ("SELECT x[1:2], x[ :a : :b ]", ("a", "b")),
        ("SELECT 'a'\n':b', :c", ("c",)),
    ],
)
def test_postgresql_strings_and_comments_hide_colons(sql: str, expected: tuple[str, ...]) -> None:
    assert names(sql, POSTGRESQL) == expected


@pytest.mark.parametrize(
    ("sql", "rules", "expected"),
    [
        (r"SELECT 'it\'s :a', :b", MYSQL, ("b",)),
        (r"SELECT 'it\' , :a", SQLITE, ("a",)),
        ("SELECT `:a`, :b # :c\n, :d", MYSQL, ("b", "d")),
        ('SELECT "say \\" :a", :b', MYSQL, ("b",)),
        ("SELECT 1 --:a", MYSQL, ("a",)),
        ("SELECT [:a], `:b`, :c", SQLITE, ("c",)),
        ("SET @x := :a", MYSQL, ("a",)),
    ],
)
def test_each_database_hides_colons_by_its_own_quotes(sql: str, rules: LexerRules, expected: tuple[str, ...]) -> None:
    assert names(sql, rules) == expected


def test_the_text_around_the_parameters_is_left_as_it_is() -> None:
    assert numbered("SELECT  ':x',\n:a ,x::int , :b;", POSTGRESQL) == "SELECT  ':x',\n$1 ,x::int , $2;"
    assert numbered("SELECT 1", SQLITE) == "SELECT 1"


def test_a_name_used_twice_has_two_placeholders_and_its_value_twice() -> None:
    template = parse_parameters("SELECT :a, :b, :a", SQLITE)
    assert template.render(lambda index: f"?{index}") == "SELECT ?1, ?2, ?3"
    assert template.values({"b": 2, "a": 1}) == [1, 2, 1]


def test_missing_and_unknown_names_are_told_together() -> None:
    template = parse_parameters("SELECT :a, :b, :b", SQLITE)
    with pytest.raises(ConfigurationError) as caught:
        template.values({"c": 1, "d": 2, "a": 3})
    assert str(caught.value) == "no value for :b; the statement has no :c; the statement has no :d"


def test_a_value_of_none_is_a_value() -> None:
    assert parse_parameters("SELECT :a", SQLITE).values({"a": None}) == [None]


def test_a_statement_without_parameters_takes_an_empty_mapping_only() -> None:
    template = parse_parameters("SELECT 1", SQLITE)
    assert template.values({}) == []
    with pytest.raises(ConfigurationError, match=r"^the statement has no :a$"):
        template.values({"a": 1})
