"""The time that an application's statement waits for another connection's lock on a SQLite file."""

import pytest

from whimbrel.dialects.sqlite.pool import lock_patience
from whimbrel.url import parse_url


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("", 27.0),
        ("?statement_timeout=1", 0.9),
        ("?statement_timeout=300", 30.0),
        ("?statement_timeout=0", 30.0),
    ],
)
def test_a_statement_waits_less_than_its_limit_and_at_most_30_seconds(options: str, seconds: float) -> None:
    assert lock_patience(parse_url(f"sqlite:///a.db{options}").statement_timeout) == seconds
