"""Statements that were hard to cut, and the golden scripts: the server says that each piece is one statement."""

from itertools import product
from pathlib import Path

import pymysql
import pytest

from tests.cases import each_case
from tests.servers import Server
from whimbrel.parsing.splitter import split

from .mysql_cases import CASES, MARIADB_CASES
from .mysql_programs import UNDER_TEST, empty
from .mysql_server import single_statements

__test__ = bool(UNDER_TEST)
GOLDEN = Path(__file__).parent.parent / "unit" / "split"
SYNTAX_ERROR = 1064
WORLD = (
    "CREATE TABLE t (id INT, a INT, `begin` INT, `end` INT)",
    "CREATE TRIGGER begin BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
)
# Text that no server accepts, whole or in pieces; and text that is two statements unless another delimiter is set.
NOT_SQL = ("unclosed_backtick", "unclosed_string", "dash_comments", "delimiter", "delimiter_kinds", "delimiter_quoted")


def cases(database: str) -> tuple[str, ...]:
    return CASES + (MARIADB_CASES if database == "mariadb" else ())


def pieces(script: str, database: str) -> list[str]:
    return [statement.text for statement in split(script, database)]


def golden(database: str) -> list[Path]:
    return [path for path in sorted((GOLDEN / database).glob("*.sql")) if path.stem not in NOT_SQL]


@pytest.mark.parametrize("name", UNDER_TEST)
def test_the_server_takes_each_case_as_one_statement(name: str, servers: dict[str, Server]) -> None:
    with empty(servers[name].url) as url, single_statements(url) as run:
        for one in WORLD:
            run(one)
        for statement in cases(name):
            run(statement)
            for kind, made in product(("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "VIEW"), ("z", "`end`", "begin")):
                if (kind, made) != ("TRIGGER", "begin"):
                    run(f"DROP {kind} IF EXISTS {made}")


@each_case(("name", "statement"), [(name, one) for name in UNDER_TEST for one in cases(name)])
def test_each_case_is_one_statement_to_the_splitter(name: str, statement: str) -> None:
    assert pieces(f"{statement};\nSELECT 1;", name) == [statement, "SELECT 1"]


@pytest.mark.parametrize(
    ("name", "script"),
    [(name, one) for name in UNDER_TEST for one in golden(name)],
    ids=lambda value: getattr(value, "stem", value),
)
def test_no_piece_of_a_golden_script_is_a_syntax_error(name: str, script: Path, servers: dict[str, Server]) -> None:
    with empty(servers[name].url) as url, single_statements(url) as run:
        for one in (*WORLD, *pieces(script.read_bytes().decode(), name)):
            try:
                run(one)
            except pymysql.Error as error:  # Its tables need not exist.
                assert error.args[0] != SYNTAX_ERROR, one
