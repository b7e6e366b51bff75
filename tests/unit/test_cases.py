"""`each_case` runs every case, and names the one that fails."""

import pytest

from tests.cases import each_case

SEEN: list[tuple[int, str, str]] = []


@each_case("letter", "ab")
@each_case(("number", "word"), [(1, "one"), (2, "two")])
def test_every_case_of_two_tables_runs_in_one_test(letter: str, number: int, word: str, tmp_path: object) -> None:
    SEEN.append((number, word, letter))


def test_they_have_run() -> None:
    SEEN.clear()
    test_every_case_of_two_tables_runs_in_one_test(tmp_path=None)
    assert SEEN == [(1, "one", "a"), (2, "two", "a"), (1, "one", "b"), (2, "two", "b")]


@pytest.mark.asyncio
async def test_the_case_that_fails_is_named() -> None:
    @each_case("number", [1, 2, 3])
    async def fail(number: int) -> None:
        assert number != 2

    with pytest.raises(AssertionError) as caught:
        await fail()
    assert caught.value.__notes__ == ["the case: {'number': 2}"]


def test_a_case_that_the_test_does_not_take_is_refused() -> None:
    with pytest.raises(AssertionError, match="lacks an argument"):
        each_case("missing", [1])(test_they_have_run)
