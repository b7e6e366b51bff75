"""A script of statements is read as the same statements, by Whimbrel and by the database's client."""

import pytest

from whimbrel.errors import CannotRender
from whimbrel.parsing.splitter import split
from whimbrel.schema.script import script

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT CASE WHEN 1 THEN 2 END; END"
PROCEDURE = "CREATE PROCEDURE p() BEGIN DECLARE a INT; SET a = 1; IF a > 0 THEN SELECT ';'; END IF; END"
FUNCTION = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1; SELECT 2; $body$"
ATOMIC = "CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END"


@pytest.mark.parametrize(
    ("dialect", "statements"),
    [
        (
            "sqlite",
            ["CREATE TABLE a (b)", TRIGGER, "CREATE VIEW v AS SELECT 1 -- as it is", "CREATE VIEW w AS SELECT ';' /* ; */"],
        ),
        ("postgresql", ["CREATE TABLE a (b int)", FUNCTION, ATOMIC, "COMMENT ON TABLE a IS 'x; -- y'"]),
        ("mysql", ["CREATE TABLE a (b int)", PROCEDURE, "CREATE TABLE b (c int) COMMENT='it''s; /*'", PROCEDURE]),
        ("mariadb", [PROCEDURE, "CREATE SEQUENCE s"]),
        ("sqlite", []),
    ],
)
def test_a_script_is_read_as_the_same_statements(dialect: str, statements: list[str]) -> None:
    assert [one.text.rstrip() for one in split(script(statements, dialect), dialect)] == statements


def test_a_comment_at_the_end_does_not_hide_the_delimiter() -> None:
    assert script(["CREATE VIEW v AS SELECT 1 -- rest"], "sqlite") == "CREATE VIEW v AS SELECT 1 -- rest\n;\n"
    assert script(["CREATE VIEW v AS SELECT 1 /* rest"], "sqlite") == "CREATE VIEW v AS SELECT 1 /* rest */;\n"


def test_mysqls_client_gets_bodies_with_a_delimiter_of_their_own() -> None:
    assert script([PROCEDURE], "mysql") == f"DELIMITER ;;\n{PROCEDURE};;\nDELIMITER ;\n"
    body = "CREATE PROCEDURE p() BEGIN SELECT ';;'; END"
    assert script([body], "mysql") == f"DELIMITER $$\n{body}$$\nDELIMITER ;\n"


def test_a_statement_without_an_end_is_named() -> None:
    with pytest.raises(CannotRender, match="no delimiter can mark the end of this statement in a script: CREATE TABLE a"):
        script(["CREATE TABLE a (b int) COMMENT 'never closed"], "postgresql")
    with pytest.raises(CannotRender, match="CREATE PROCEDURE p"):
        script(["CREATE PROCEDURE p() BEGIN SELECT ';; $$ // ## @@ !!'; END"], "mysql")
    with pytest.raises(CannotRender, match="CREATE TABLE a"):
        script(["CREATE TABLE a (b); CREATE TABLE c (d)"], "sqlite")


def test_a_text_that_settings_of_mysql_read_in_two_ways_is_refused() -> None:
    with pytest.raises(CannotRender, match="CREATE TABLE a"):
        script(["CREATE TABLE a (b int) COMMENT 'it\\'s; '"], "mysql")
