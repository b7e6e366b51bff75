"""The size of the runs, the fault of each test, and the figures that it measured, for docs/faults.md."""

import os
from collections.abc import Callable

import pytest

Figure = Callable[[str, object], None]


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether to run the full tests (`tox -e faults-full`) instead of the part for every change."""
    return os.environ.get("FAULTS") == "full"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Report a value that a test measured: `figure("crash points", 312)`."""

    def tell(name: str, value: object) -> None:
        record_property("figure", f"{name}: {value}")
        print(f"{name}: {value}")

    return tell


@pytest.fixture(autouse=True)
def _which(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Write the number of a fault's test into the report of the run."""
    for mark in request.node.iter_markers("fault"):
        for number in mark.args:
            record_property("fault", number)
