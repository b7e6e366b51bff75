"""Other tools' markers of undo statements are found only if they are comments."""

from collections.abc import Iterator

import pytest

from tests.cases import each_case
from tests.unit.make import migration
from whimbrel.parsing.lexer_rules import MARIADB, MYSQL, MYSQL_PORTABLE, POSTGRESQL, SQLITE, LexerRules
from whimbrel.planning.other_tools import find_marker, marker_problems

ALL = (POSTGRESQL, SQLITE, MYSQL, MYSQL_PORTABLE, MARIADB)
UP, DOWN = "CREATE TABLE t (a INTEGER);\n", "DROP TABLE t;\n"

MARKERS = {
    "-- migrate:down": "dbmate",
    "--migrate:down": "dbmate",
    "-- migrate:down transaction:false": "dbmate",
    "  -- Migrate:Down\t": "dbmate",
    "-- +goose Down": "goose",
    "-- +migrate Down": "sql-migrate",
    "-- +migrate Down notransaction": "sql-migrate",
    "-- +micrate Down": "a tool",
    "-- Down Migration": "node-pg-migrate",
    "---- DOWN migration (rollback) ----": "node-pg-migrate",
    "--//@UNDO": "MyBatis Migrations or dbdeploy",
    "-- //@UNDO": "MyBatis Migrations or dbdeploy",
    "-- // @undo drop it again": "MyBatis Migrations or dbdeploy",
    "-- rambler down": "rambler",
    "---- create above / drop below ----": "tern",
    "# --- !Downs": "Play evolutions",
    "-- !Downs": "Play evolutions",
    "-- @UNDO": "MyBatis Migrations or dbdeploy",
    "-- Revert shop:orders from pg": "Sqitch",
    "-- pgmigrate:down": "a tool",
    "-- migrate: down": "a tool",
    "--- Migration Down ---": "a tool",
}


@each_case("rules", ALL)
@each_case("newline", ["\n", "\r\n"])
@each_case("marker", MARKERS)
def test_a_marker_is_found_with_its_line_and_its_tool(marker: str, newline: str, rules: LexerRules) -> None:
    for up in (UP, UP.replace(";", ""), f"{UP}-- a comment\n/* another\n one */\n", f"{UP}INSERT INTO t VALUES (1);\n" * 3):
        text = f"{up}{marker}\n{DOWN}".replace("\n", newline)
        found = find_marker(text, rules)
        assert found == (text.index(marker) + len(marker) - len(marker.lstrip()), MARKERS[marker], marker.strip()), text


@pytest.mark.parametrize("rules", ALL, ids=lambda rules: rules.name)
@pytest.mark.parametrize(
    "text",
    [
        "-- up\n{up}-- down\n{down}",
        "-- Up\n{up}-- Down\n{down}",
        "--------\n-- Up\n--------\n{up}--------\n-- Down\n--------\n{down}",
        "-- ==== UP ====\n{up}-- ==== DOWN ====\n{down}",
        "-- @up\n{up}-- @down\n{down}",
        "-- @DO\n{up}-- @UNDO\n{down}",
        "-- shmig-up\n{up}-- shmig-down\n{down}",
        "-- mig:up\n{up}-- mig:down\n{down}",
        "-- section: up\n{up}-- section: down\n{down}",
        "-- BEGIN UP\n{up}-- END UP\n-- BEGIN DOWN\n{down}-- END DOWN\n",
        "-- 3 up (2024-01-02)\n{up}-- 3 down (2024-01-02)\n{down}",
        "-- Up Migration: add t\n{up}-- Down Migration: drop t\n{down}",
        "-- up.sql\n{up}-- down.sql\n{down}",
        "-- apply\n{up}-- rollback\n{down}",
        "-- Up:\n{up}-- Rollback:\n{down}",
        "-- deploy\n{up}-- revert\n{down}",
        "-- FORWARDS\n{up}-- BACKWARDS\n{down}",
        "-- upgrade\n{up}-- downgrade\n{down}",
        "/* up */\n{up}/* down */\n{down}",
        "--liquibase formatted sql\n--changeset ada:1\n{up}--rollback DROP TABLE t;\n",
        "-- liquibase formatted sql\n\n-- changeset ada:1\n{up}-- rollback DROP TABLE t;\n",
    ],
)
def test_a_marker_of_any_tool_is_known_by_its_counterpart_or_header(text: str, rules: LexerRules) -> None:
    assert find_marker(text.format(up=UP, down=DOWN), rules) is not None


# Only for the databases that read the text this way.
HARMLESS = {
    "nothing of the kind": (f"{UP}{DOWN}", ALL),
    "words in a comment": (f"{UP}-- down we go, and -- migrate:down is what dbmate writes\n-- slow down\n{DOWN}", ALL),
    "down without up": (f"{UP}-- down\n{DOWN}", ALL),
    "words that a table or a column has": (f"-- Table: up\n{UP}-- Table: down\n{UP}-- votes_up\n{UP}-- votes_down\n", ALL),
    "remarks": (f"-- up front costs\n{UP}-- down payments\n-- we revert this\n-- undo log\n-- markdown\n-- lock down\n{UP}", ALL),
    "columns of a table": ("-- votes\nCREATE TABLE t (\n-- up\na INTEGER,\n-- down\nb INTEGER);\n", ALL),
    "the way back in comments": (f"-- Migration\n{UP}-- Rollback\n-- {DOWN}", ALL),
    "rollback without the header": (f"{UP}-- rollback\n--rollback drop table t;\n{DOWN}", ALL),
    "the way forward alone": (f"-- migrate:up\n{UP}-- +goose Up\n{UP}", ALL),
    "behind a statement": ("CREATE TABLE t (a INTEGER); -- migrate:down\nSELECT 1; -- +goose Down\n", ALL),
    "in a block comment": (f"{UP}/*\n-- migrate:down\n*/\n{DOWN}", ALL),
    "in a block comment of a statement": ("CREATE TABLE t (a INTEGER\n/*\n-- migrate:down\n*/\n);\n", ALL),
    "in a nested comment": (f"{UP}/* /* */\n-- migrate:down\n*/\n{DOWN}", (POSTGRESQL,)),
    "in a string": ("INSERT INTO t VALUES ('a\n-- migrate:down\nb');\n", ALL),
    "in a string of a run": ("INSERT INTO t VALUES (1);\nINSERT INTO t VALUES ('a\n-- migrate:down\nb');\n" * 3, ALL),
    "in a name": ('CREATE TABLE "a\n-- migrate:down\nb" (a INTEGER);\n', (POSTGRESQL, SQLITE, MYSQL_PORTABLE)),
    "in a dollar quote": ("DO $x$ BEGIN\n-- migrate:down\nNULL; END $x$;\n", (POSTGRESQL,)),
    "in a body": (
        "CREATE FUNCTION f() RETURNS INTEGER LANGUAGE sql BEGIN ATOMIC\n-- migrate:down\nSELECT 1;\nEND;\n",
        (POSTGRESQL,),
    ),
    "in a trigger": ("CREATE TRIGGER x AFTER INSERT ON t BEGIN\n-- migrate:down\nSELECT 1;\nEND;\n", (SQLITE,)),
    "in a routine": ("CREATE PROCEDURE p()\nBEGIN\n-- migrate:down\nSELECT 1;\nEND;\n", (MYSQL, MARIADB)),
    "in a routine between delimiters": (
        "DELIMITER //\nCREATE PROCEDURE p()\nBEGIN\n-- migrate:down\nSELECT 1;\nEND//\nDELIMITER ;\n",
        (MYSQL, MARIADB),
    ),
    "in the data of COPY": ("COPY t (a) FROM stdin;\n-- migrate:down\n\\.\nSELECT 1;\n", (POSTGRESQL,)),
}


@pytest.mark.parametrize(
    ("text", "rules"),
    [pytest.param(text, rules, id=f"{name}-{rules.name}") for name, (text, readers) in HARMLESS.items() for rules in readers],
)
def test_what_is_no_line_comment_of_its_own_is_no_marker(text: str, rules: LexerRules) -> None:
    assert find_marker(text, rules) is None
    # It does not hide a following marker either.
    assert find_marker(f"{text}\n-- migrate:down\n{DOWN}", rules) is not None


class Large:
    """A text that comes in pieces, cut anywhere."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[str]:
        return iter(self.text)


def test_a_problem_names_the_place_and_a_file_in_pieces_is_read_too() -> None:
    text = f"-- migrate:up\n{UP}-- migrate:down\n{DOWN}"
    for one in (text, Large(text)):
        (problem,) = marker_problems(migration("1", text=text)._replace(text=one), SQLITE)
        assert problem.kind == "marker"
        assert problem.message.startswith("sql/chat/V1__a.sql:3: -- migrate:down is a comment to the server")
        assert "a marker of dbmate" in problem.message
    assert marker_problems(migration("1", text=UP)._replace(text=Large(UP)), SQLITE) == []
