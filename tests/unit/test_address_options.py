"""The options of an address: other tools' names for them, and messages about wrong values, which never repeat the value."""

import pytest

from whimbrel.errors import ConfigurationError
from whimbrel.manager import DatabaseManager
from whimbrel.url import parse_url


@pytest.mark.parametrize(
    ("query", "option", "value"),
    [
        ("connect_timeout=3", "connect_timeout", "3"),
        ("pool_timeout=2.50", "acquire_timeout", "2.5"),
        ("socket_timeout=0", "statement_timeout", "0"),
        ("connection_limit=7", "pool_size", "7"),
        ("acquire_timeout=1&pool_timeout=2", "acquire_timeout", "1"),
        ("pool_timeout=2&acquire_timeout=1", "acquire_timeout", "1"),
        ("ssl-mode=REQUIRED", "sslmode", "require"),
        ("ssl_mode=VERIFY_IDENTITY", "sslmode", "verify-full"),
        ("ssl-mode=verify_ca", "sslmode", "verify-ca"),
        ("ssl-mode=DISABLED", "sslmode", "disable"),
        ("ssl-mode=PREFERRED", "sslmode", "prefer"),
        ("sslaccept=strict", "sslmode", "verify-full"),
        ("sslaccept=accept_invalid_certs", "sslmode", "require"),
        ("ssl=true", "sslmode", "verify-full"),
        ("ssl=false", "sslmode", "disable"),
        ('ssl={"rejectUnauthorized":true}', "sslmode", "verify-full"),
        ("sslrootcert=system", "sslrootcert", "system"),
        ("ssl-ca=/ca.pem", "sslrootcert", "/ca.pem"),
    ],
)
def test_the_options_of_other_tools_are_understood(query: str, option: str, value: str) -> None:
    url = parse_url(f"mysql://h/d?{query}")
    url.check()
    assert url.options[option] == value


@pytest.mark.parametrize("query", ["target_session_attrs=read-write", "options=endpoint%3Dep-1", "schema=shop", "pgbouncer=true"])
def test_options_that_change_nothing_else_are_accepted(query: str) -> None:
    parse_url(f"postgresql://h/d?{query}").check()


@pytest.mark.parametrize(
    "query",
    [
        *(f"{name}={value}" for name in ("connect_timeout", "pool_timeout") for value in ("hunter2", "-1", "nan", "inf", "")),
        *("connection_limit=0", "connection_limit=hunter2", "pool_size=-3", "pool_size=²"),
        *("sslmode=hunter2", "ssl-mode=hunter2", "sslaccept=hunter2", "ssl=hunter2", "options=hunter2", "mode=hunter2"),
        *("sslrootcert=system&sslmode=require",),
    ],
)
def test_a_wrong_value_is_refused_and_not_repeated(query: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(f"postgresql://h/d?{query}").check()
    assert "hunter2" not in str(caught.value)
    assert query.partition("=")[0] in str(caught.value)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "soon"])
def test_the_constructor_refuses_what_is_no_limit(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="statement_timeout must be a number of seconds, 0 for no limit"):
        DatabaseManager("sqlite://", statement_timeout=seconds)


def test_the_constructor_wins_over_the_address() -> None:
    url = DatabaseManager("sqlite://?statement_timeout=5&connect_timeout=0&pool_timeout=4", statement_timeout=7).url
    assert (url.connect_timeout, url.acquire_timeout, url.statement_timeout) == (None, 4, 7)


def test_without_options_there_are_limits() -> None:
    url = DatabaseManager("sqlite://").url
    assert (url.connect_timeout, url.acquire_timeout, url.statement_timeout) == (10, 10, 30)


@pytest.mark.parametrize(
    ("address", "socket"),
    [
        ("postgresql://u@%2Fvar%2Frun%2Fpg/d", "/var/run/pg"),
        ("mysql://u:p@%2frun%2fmysqld.sock/d", "/run/mysqld.sock"),
        ("postgresql://%2Ftmp:5433/d", "/tmp"),
    ],
)
def test_an_encoded_path_in_the_place_of_the_host_is_a_socket(address: str, socket: str) -> None:
    url = parse_url(address)
    url.check()
    assert (url.socket, url.host, url.ssl_mode) == (socket, "", "prefer")


def test_the_schema_of_the_address_is_that_of_the_manager_unless_it_names_one() -> None:
    assert DatabaseManager("postgresql://h/d?schema=shop").schema == "shop"
    assert DatabaseManager("postgresql://h/d?schema=shop", schema="own").schema == "own"
