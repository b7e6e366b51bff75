"""Cases that need nothing of their own: one test runs them all in one database, instead of one test each in a new one."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["each_case"]

Test = Callable[..., Any]


def each_case(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Test], Test]:
    """Call a test with each of these values, in one test. The arguments are those of `pytest.mark.parametrize`.

    A case must leave behind nothing that another one sees, because all of them share the fixtures. The first case that fails
    ends the test, and the error names it.
    """
    of_cases = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    cases = [dict(zip(of_cases, (value,) if len(of_cases) == 1 else value, strict=True)) for value in values]

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        test_all = _awaiting(test, cases) if inspect.iscoroutinefunction(test) else _calling(test, cases)
        fixtures = [one for name, one in signature.parameters.items() if name not in of_cases]
        assert len(signature.parameters) - len(fixtures) == len(of_cases), f"{test.__name__} lacks an argument of {of_cases}"
        # pytest reads the names of the fixtures from it.
        test_all.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return test_all

    return decorate


def _awaiting(test: Test, cases: list[dict[str, Any]]) -> Test:
    @functools.wraps(test)
    async def test_all(**fixtures: Any) -> None:
        assert cases, "a test without a case shows nothing"
        for case in cases:
            with _named(case):
                await test(**fixtures, **case)

    return test_all


def _calling(test: Test, cases: list[dict[str, Any]]) -> Test:
    @functools.wraps(test)
    def test_all(**fixtures: Any) -> None:
        assert cases, "a test without a case shows nothing"
        for case in cases:
            with _named(case):
                test(**fixtures, **case)

    return test_all


@contextmanager
def _named(case: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"the case: {_short(case)}")
        raise


def _short(case: Mapping[str, Any]) -> str:
    """Return the values of a case as text. Some of them are hostile, and cannot be printed."""
    try:
        return ascii(dict(case))[:300]
    except Exception as error:
        return f"{type(error).__name__} while the case was printed"
