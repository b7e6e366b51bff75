"""Each piece of the splitter is one statement to the server, and a script has the same effect as in the database's own client."""

import os
from functools import cache

import pymysql
import pytest

from tests.servers import Server
from whimbrel.parsing.splitter import split

from .mysql_programs import UNDER_TEST, empty, run_client
from .mysql_scripts import Script, generate
from .mysql_server import read_schema, single_statements

__test__ = bool(UNDER_TEST)
# `tox -e oracles-full` has more.
SCRIPTS = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 150
COLUMNS = "(id INT AUTO_INCREMENT PRIMARY KEY, a INT, `begin` INT, `end` INT, `e;nd` INT, `if` INT, s TEXT)"
# The tables that scripts refer to; a CREATE PROCEDURE does not need them, a trigger and a query do.
WORLD = [f"CREATE TABLE t{number} {COLUMNS}" for number in ("", *range(40))]
# One process generates the scripts of a database, for all its tests.
ON_EACH = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(f"splitting for {name}")) for name in UNDER_TEST]
)


@cache
def scripts(database: str) -> list[Script]:
    return [generate(database, seed) for seed in range(SCRIPTS)]


def pieces(script: str, database: str) -> list[str]:
    return [statement.text for statement in split(script, database)]


@ON_EACH
def test_the_server_refuses_two_statements_in_one(name: str, servers: dict[str, Server]) -> None:
    with empty(servers[name].url) as url, single_statements(url) as run:
        run("SELECT 1")
        with pytest.raises(pymysql.err.ProgrammingError, match="1064"):
            run("SELECT 1; SELECT 2")


@ON_EACH
def test_generated_scripts_are_cut_where_they_were_joined(name: str) -> None:
    wrong = []
    for seed, script in enumerate(scripts(name)):
        for text in (script.bare(), script.delimited()):
            found = pieces(text, name)
            if found != list(script.statements):
                wrong.append((seed, [one for one in script.statements if one not in found][:1]))
    assert wrong == []


@ON_EACH
def test_every_piece_is_one_statement_to_the_server_and_makes_what_its_client_makes(
    name: str, servers: dict[str, Server]
) -> None:
    admin, whole = servers[name].url, "".join(script.delimited() for script in scripts(name))
    with empty(admin) as ours, empty(admin) as theirs:
        statements = [statement for script in scripts(name) for statement in script.statements]
        # The test above shows that scripts without DELIMITER are cut into the same statements: the server sees them once.
        assert [statement.text for statement in split(whole, name)] == statements
        run_all(ours, statements)
        run_client(name, theirs, ";\n".join(WORLD) + ";\n" + whole)
        assert read_schema(ours) == read_schema(theirs)
        assert len(read_schema(ours)["routines"]) > SCRIPTS


def run_all(url: str, statements: list[str]) -> None:
    """Run statements one by one on a server that takes one at a time."""
    with single_statements(url) as run:
        for statement in [*WORLD, *statements]:
            run(statement)
