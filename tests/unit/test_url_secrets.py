"""No text, message or traceback contains a password, whatever the mistake in the address."""

import traceback

import pytest

from whimbrel.errors import ConfigurationError
from whimbrel.manager import DatabaseManager
from whimbrel.url import Secret, parse_url

CANARY = "c4n4ry"

# The cases are selected by name, so that no frame of a test has the text in a local variable.
GOOD = {
    "postgresql": f"postgresql://u:{CANARY}@h:1/d",
    "quoted": f"mysql://u:%40{CANARY}@h/d",
    "characters": f"mariadb://u:#/?:@{CANARY}@h/d?sslmode=require",
}
BAD = {
    "no scheme": f"u:{CANARY}@h/d",
    "one slash": f"postgresql:/u:{CANARY}@h/d",
    "another scheme": f"oracle://u:{CANARY}@h/d",
    "jdbc": f"jdbc:postgresql://u:{CANARY}@h/d",
    "port": f"mysql://u:{CANARY}@h:port/d",
    "large port": f"mysql://u:{CANARY}@h:99999/d",
    "no host": f"postgresql://u:{CANARY}/d",
    "bracket": f"postgresql://u:{CANARY}@[::1/d",
    "no database": f"postgresql://u:{CANARY}@h",
    "characters and no database": f"postgresql://u:#/?:@{CANARY}@h",
    "option": f"mariadb://u:{CANARY}@h/d?colour=red",
    "sslmode": f"postgresql://u:{CANARY}@h/d?sslmode=on",
}


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_no_text_of_an_address_shows_the_password(name: str) -> None:
    url = parse_url({**GOOD, **BAD}[name])
    for text in (repr(url), str(url), f"{url}", f"{url!r}", url.problem, repr([url])):
        assert CANARY not in text


def test_a_secret_shows_itself_only_where_it_is_revealed() -> None:
    secret = Secret(CANARY)
    assert (repr(secret), str(secret), f"{secret}", f"{[secret]}") == ("***", "***", "***", "[***]")
    assert secret.reveal() == CANARY
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_address_given_to_the_manager_leaves_no_password_in_the_traceback(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DatabaseManager(BAD[name])
    report = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "parse_url" in report or "check" in report
    assert CANARY not in report


@pytest.mark.parametrize("name", list(GOOD))
def test_a_manager_prints_no_password(name: str) -> None:
    manager = DatabaseManager(GOOD[name])
    assert CANARY not in f"{manager!r} {manager.url} {manager.url!r} {vars(manager)}"
