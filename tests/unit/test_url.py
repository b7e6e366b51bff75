"""Database addresses: every spelling, what is left out, what is wrong."""

import ssl

import pytest

from whimbrel.errors import ConfigurationError
from whimbrel.url import DatabaseUrl, parse_url


@pytest.mark.parametrize(
    ("address", "dialect"),
    [
        ("postgresql://h/d", "postgresql"),
        ("postgres://h/d", "postgresql"),
        ("postgresql+asyncpg://h/d", "postgresql"),
        ("postgres+psycopg://h/d", "postgresql"),
        ("mysql://h/d", "mysql"),
        ("mysql+aiomysql://h/d", "mysql"),
        ("mariadb://h/d", "mariadb"),
        ("mariadb+asyncmy://h/d", "mariadb"),
        ("sqlite:///d", "sqlite"),
        ("sqlite3:///d", "sqlite"),
        ("sqlite+aiosqlite:///d", "sqlite"),
        ("PostgreSQL+AsyncPG://h/d", "postgresql"),
        ("  mysql://h/d\n", "mysql"),
    ],
)
def test_the_scheme_names_the_database_whatever_the_driver(address: str, dialect: str) -> None:
    url = parse_url(address)
    url.check()
    assert (url.dialect, url.database) == (dialect, "d")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://u@h:5/d", ("u", "h", 5, "d")),
        ("mysql:///d", ("", "localhost", None, "d")),
        ("mysql://u@/d", ("u", "localhost", None, "d")),
        ("postgresql://u@[::1]:5433/d", ("u", "::1", 5433, "d")),
        ("postgresql://[2001:db8::7]/d", ("", "2001:db8::7", None, "d")),
        ("mysql://h.example.org/my%20d", ("", "h.example.org", None, "my d")),
        ("mysql://u%40corp@h/d", ("u@corp", "h", None, "d")),
        ("postgresql:///d?host=/run/pg", ("", "", None, "d")),
    ],
)
def test_what_an_address_says_and_what_it_leaves_out(address: str, expected: tuple[str, str, int | None, str]) -> None:
    url = parse_url(address)
    url.check()
    assert (url.user, url.host, url.port, url.database) == expected


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("secret", "secret"),
        ("a#b/c?d:e@f%25", "a#b/c?d:e@f%"),
        ("p%40ss", "p@ss"),
        ("p@ss@", "p@ss@"),
        (":", ":"),
        ("100%", "100%"),
        ("a+b c", "a+b c"),
        ("", ""),
        ("größe", "größe"),
        ("[x]", "[x]"),
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "mysql+aiomysql", "mariadb"])
def test_a_password_may_be_pasted_with_any_character(scheme: str, written: str, password: str) -> None:
    url = parse_url(f"{scheme}://u:{written}@h:1/d?sslmode=require")
    url.check()
    assert url.password is not None
    assert url.password.reveal() == password
    assert (url.user, url.host, url.port, url.database, url.ssl_mode) == ("u", "h", 1, "d", "require")


def test_no_password_is_not_an_empty_one() -> None:
    assert parse_url("mysql://u@h/d").password is None
    assert parse_url("mysql://u:@h/d").password is not None


@pytest.mark.parametrize(
    ("address", "path", "shown"),
    [
        ("sqlite://", ":memory:", "sqlite://"),
        ("sqlite:///", ":memory:", "sqlite://"),
        ("sqlite:///:memory:", ":memory:", "sqlite://"),
        ("sqlite:///a/b.db", "a/b.db", "sqlite:///a/b.db"),
        ("sqlite:////tmp/b.db", "/tmp/b.db", "sqlite:////tmp/b.db"),
        ("sqlite:///a%20b%3F.db", "a b?.db", "sqlite:///a b?.db"),
        ("sqlite:///b.db?mode=ro", "b.db", "sqlite:///b.db"),
        ("sqlite:///C:/b.db", "C:/b.db", "sqlite:///C:/b.db"),
    ],
)
def test_a_sqlite_address_is_a_path_or_memory(address: str, path: str, shown: str) -> None:
    url = parse_url(address)
    url.check()
    assert (url.database, url.in_memory, str(url)) == (path, path == ":memory:", shown)


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://localhost/d", "prefer"),
        ("postgresql://127.0.0.1/d", "prefer"),
        ("postgresql://[::1]/d", "prefer"),
        ("mysql:///d", "prefer"),
        ("mysql:///d?unix_socket=/run/mysqld.sock", "prefer"),
        ("postgresql:///d?host=/run/postgresql", "prefer"),
        ("postgresql://db.example.org/d", "verify-full"),
        ("mysql://10.0.0.7/d", "verify-full"),
        ("mariadb://localhost.example.org/d", "verify-full"),
        ("mysql://h/d?sslmode=disable", "disable"),
        ("postgresql://localhost/d?sslmode=verify-full", "verify-full"),
    ],
)
def test_a_remote_server_must_prove_who_it_is_unless_the_address_says_otherwise(address: str, mode: str) -> None:
    url = parse_url(address)
    url.check()
    assert url.ssl_mode == mode


@pytest.mark.parametrize(
    ("mode", "verified", "hostname"),
    [("require", ssl.CERT_NONE, False), ("verify-ca", ssl.CERT_REQUIRED, False), ("verify-full", ssl.CERT_REQUIRED, True)],
)
def test_the_modes_check_what_they_are_named_for(mode: str, verified: ssl.VerifyMode, hostname: bool) -> None:
    context = parse_url(f"mysql://h/d?sslmode={mode}").ssl_context()
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (verified, hostname)


@pytest.mark.parametrize("mode", ["disable", "prefer"])
def test_modes_that_need_no_certificate_have_no_context(mode: str) -> None:
    assert parse_url(f"mysql://h/d?sslmode={mode}").ssl_context() is None


USE = "use postgresql://user:password@host/database, mysql://..., mariadb://..., sqlite:///file.db or sqlite://"
OPTIONS = "sslmode, sslrootcert, unix_socket, host, mode, connect_timeout, acquire_timeout, statement_timeout, pool_size, schema"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", f"not a database address (no scheme); {USE}"),
        ("chat", f"not a database address (no scheme); {USE}"),
        ("oracle://h/d", f"not a database address (scheme 'oracle'); {USE}"),
        ("postgresql:/h/d", f"not a database address (no scheme); {USE}"),
        ("sqlite://chat.db", "sqlite://chat.db names a host; a file is sqlite:///chat.db (relative) or sqlite:////..."),
        ("mysql://h:port/d", f"the host or port in the mysql address is not valid; {USE}"),
        ("mysql://h:65536/d", f"the host or port in the mysql address is not valid; {USE}"),
        ("postgresql://[::1/d", f"the host or port in the postgresql address is not valid; {USE}"),
        ("mariadb://h", "the address names no database; write mariadb://h/DATABASE"),
        ("postgresql://h/", "the address names no database; write postgresql://h/DATABASE"),
        ("mysql://h/d?colour=red", f"unknown option in the database address: colour; known are {OPTIONS}"),
        ("sqlite:///d?b=1&a=2", f"unknown option in the database address: a, b; known are {OPTIONS}"),
        (
            "mysql://h/d?sslmode=hunter2",
            "sslmode in the database address must be one of disable, prefer, require, verify-ca, verify-full",
        ),
        ("mysql://h/d?schema=x", "schema in the database address is PostgreSQL's; elsewhere name the database itself"),
    ],
)
def test_what_is_wrong_is_kept_and_raised_by_check(address: str, message: str) -> None:
    url = parse_url(address)
    with pytest.raises(ConfigurationError) as caught:
        url.check()
    assert str(caught.value) == url.problem == message


def test_options_that_other_tools_write_are_understood() -> None:
    parse_url("postgresql://h/d?application_name=x&channel_binding=require&charset=utf8mb4&pgbouncer=true").check()


def test_a_parsed_address_is_taken_as_it_is() -> None:
    url = DatabaseUrl("mysql", "h", database="d")
    assert parse_url(url) is url


def test_an_address_prints_as_it_would_be_written_without_the_password() -> None:
    assert str(parse_url("postgres+asyncpg://u:secret@[::1]:5/d?sslmode=disable")) == "postgresql://u@[::1]:5/d"
    assert str(parse_url("mysql:///d")) == "mysql://localhost/d"
