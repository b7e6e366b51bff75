"""The closing line of the tests of error places: how many files were reported correctly, over all databases of the run."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    yield
    name = "::test_the_place_of_the_error_is_right["
    right, wrong = (
        sum(name in report.nodeid for outcome in outcomes for report in terminalreporter.getreports(outcome))
        for outcomes in (("passed",), ("failed", "error"))
    )
    if right or wrong:
        terminalreporter.write_line(f"right: {right} of {right + wrong}")
