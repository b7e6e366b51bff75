"""Splitting a script of twice the size takes about twice the time, whatever its content."""

from time import process_time

import pytest

from whimbrel.parsing.splitter import split

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")
SHAPES = (
    *("$", "$1", "$$", "$a", "$a$ ", "a$", "$é$", "(", "( ')'", "/*", "/*/", "/* */", "*/", "/* /* */ ", "'", "'' ", "'a' "),
    *("E'", "E'\\' ", "E'a'\n", "E'' -- x\n", "\\", "\\\\", "-", "--", "-- \n", "#", "/*! ", "/*! */", "/*M!", "[", "[]", "]"),
    *(
        '"',
        '"" ',
        "`",
        "`` ",
        ";",
        "; ",
        "\n",
        "\r",
        "BEGIN ",
        "BEGIN; ",
        "BEGIN ATOMIC ",
        "CASE ",
        "END ",
        "END; ",
        "IF ",
        "x",
        "1",
    ),
    *("DELIMITER //\n", "\\x\n", "COPY t FROM stdin;\n", "CREATE TRIGGER t BEGIN ", "CREATE PROCEDURE p() BEGIN ", "SELECT 1;\n"),
)
HEADS = ("", "CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW BEGIN ")
ENOUGH = 0.05
LARGEST = 12_000


def seconds(script: str, dialect: str, attempts: int = 3) -> float:
    found = []
    for _ in range(attempts):
        started = process_time()
        for _ in split(script, dialect):
            pass
        found.append(process_time() - started)
    return min(found)


def is_quadratic(head: str, shape: str, dialect: str) -> bool:
    """Measure at the first size that takes measurable time. A split that is quick even at the largest size is not quadratic."""
    size = LARGEST // 8
    while (once := seconds(head + shape * (size // len(shape)), dialect, 1)) < ENOUGH:
        size *= 8 if once < ENOUGH / 50 else 2
        if size > LARGEST:
            return False
    once = seconds(head + shape * (size // len(shape)), dialect)
    return seconds(head + shape * (2 * size // len(shape)), dialect) >= 3 * once


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("head", HEADS, ids=["alone", "body"])
def test_twice_the_script_takes_less_than_three_times_as_long(dialect: str, head: str) -> None:
    # A second look, since another program may have had the processor's caches during the first.
    slow = [shape for shape in SHAPES if is_quadratic(head, shape, dialect)]
    assert [shape for shape in slow if is_quadratic(head, shape, dialect)] == []
