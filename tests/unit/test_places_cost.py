"""The search for the place of an error reads a statement a fixed number of times, whatever its content."""

from typing import Any

import pytest

from whimbrel.migrations.migration import Migration, Version
from whimbrel.parsing.error_position import Spot, find_near, find_spots, probe_name
from whimbrel.parsing.lexer_rules import MYSQL, POSTGRESQL
from whimbrel.parsing.splitter import split
from whimbrel.planning.statement import place_in


class Counted(str):
    """A text that records how many characters are searched when newlines are counted in it."""

    seen = 0

    def count(self, text: str, start: Any = 0, end: Any = None) -> int:
        Counted.seen += (len(self) if end is None else end) - start
        return super().count(text, start, end)


@pytest.mark.parametrize("piece", ["(", "[", "+", "a ", "'x' ", "\n(", "/**/ ("])
def test_a_token_that_stands_everywhere_is_looked_for_once(piece: str) -> None:
    sql = Counted(piece * 2_000)
    Counted.seen = 0
    found = find_near(sql, MYSQL, (piece * 40).lstrip() + "x", 1_000)
    assert 0 <= found <= len(sql)
    find_near(sql, MYSQL, (piece * 40).strip(), 1_000)
    assert Counted.seen <= len(sql)


@pytest.mark.parametrize(("line", "at"), [(1, 0), (2, 2), (3, 4), (9, 4)])
def test_the_place_of_the_line_is_chosen(line: int, at: int) -> None:
    assert find_near("(\n(\n(((\n", MYSQL, "(", line) == at


async def no_answer(text: str) -> str:
    return "unknown name" if "whimbrel_unknown" not in text else "another"


@pytest.mark.asyncio
async def test_a_name_that_stands_everywhere_takes_a_bounded_number_of_questions() -> None:
    asked: list[int] = []

    async def probe(text: str) -> str:
        asked.append(len(text))
        return await no_answer(text)

    sql = "x, " * 5_000
    spots: list[Spot] = find_spots(sql, POSTGRESQL, "x")
    await probe_name(sql, spots, probe, "unknown name", 12)
    assert len(asked) <= 102


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_line_of_a_place_is_the_file_s(newline: str) -> None:
    text = newline.join(["-- first", "SELECT 1,", "\t2;  SELECT 3;", "", "SELECT 4"])
    lines = text.split("\n")
    migration = Migration("s", Version((1,)), "d", "V1__d.sql", "V1__d.sql", text, "")
    for statement in split(text, "postgresql"):
        for offset in range(len(statement.text)):
            place = place_in(migration, statement, offset)
            assert place.source == lines[place.line - 1].rstrip("\r")
