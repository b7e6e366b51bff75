"""The options of a database address: the names that hosted databases and other tools use for them, and their values.

No message repeats a value: passwords get pasted into addresses at any place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from urllib.parse import parse_qsl

__all__ = ["OPTIONS", "TIME_LIMITS", "parse_options", "read_seconds"]

SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
TIME_LIMITS = ("connect_timeout", "acquire_timeout", "statement_timeout")
OPTIONS = ("sslmode", "sslrootcert", "unix_socket", "host", "mode", *TIME_LIMITS, "pool_size", "schema")
# Hosted databases and other tools put these into their addresses. Each asks for something that we do anyway, or chooses between
# several servers, although an address here names only one.
_UNDERSTOOD = ("application_name", "channel_binding", "charset", "pgbouncer", "target_session_attrs")
# The names of Prisma, SQLAlchemy and the MySQL clients: https://www.prisma.io/docs/orm/overview/databases/postgresql
_ALIASES = {
    "connection_limit": "pool_size",
    "pool_timeout": "acquire_timeout",
    "socket_timeout": "statement_timeout",
    "ssl-mode": "sslmode",
    "ssl_mode": "sslmode",
    "sslaccept": "sslmode",
    "ssl": "sslmode",
    "ssl-ca": "sslrootcert",
    "ssl_ca": "sslrootcert",
}
# https://dev.mysql.com/doc/refman/9.7/en/connection-options.html#option_general_ssl-mode
_MYSQL_MODES = {
    "disabled": "disable",
    "preferred": "prefer",
    "required": "require",
    "verify_ca": "verify-ca",
    "verify_identity": "verify-full",
}
_ACCEPT = {"strict": "verify-full", "accept_invalid_certs": "require"}
# With a plain "true", the server must prove its identity. PlanetScale uses the last two values.
_SWITCH = {
    **dict.fromkeys(("true", "1", '{"rejectunauthorized":true}'), "verify-full"),
    **dict.fromkeys(("false", "0"), "disable"),
    '{"rejectunauthorized":false}': "require",
}
_FILE_MODES = ("ro", "rw", "rwc")


def parse_options(query: str) -> tuple[dict[str, str], str]:
    """Return the options of an address under our names, and a sentence about the first mistake, empty if there is none.

    The result has only known options.
    """
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(name for name in given if name not in (*OPTIONS, *_ALIASES, *_UNDERSTOOD) and not _is_endpoint(name, given))
    options: dict[str, str] = {}
    problem = f"unknown option in the database address: {', '.join(unknown)}; known are {', '.join(OPTIONS)}" if unknown else ""
    # Our own name is read last, so it wins over another tool's name.
    for name in sorted(given, key=lambda name: name in OPTIONS):
        own = _ALIASES.get(name, name)
        if own not in OPTIONS:
            continue
        read = _READ.get(name) or _READ.get(own)
        value = read(given[name]) if read else given[name]
        if value is None:
            problem = problem or f"{name} in the database address must be {_EXPECTED.get(name) or _EXPECTED[own]}"
        else:
            options[own] = value
    return options, problem or _contradiction(options)


def read_seconds(text: str | float) -> float | None:
    """Return a time limit in seconds, 0 for none; None if that is no number of seconds."""
    try:
        seconds = float(text)
    except (TypeError, ValueError):
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None


def _contradiction(options: Mapping[str, str]) -> str:
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLROOTCERT
    if options.get("sslrootcert") == "system" and options.get("sslmode", "verify-full") != "verify-full":
        return "sslrootcert=system in the database address needs sslmode=verify-full, or none"
    return ""


def _is_endpoint(name: str, given: Mapping[str, str]) -> bool:
    # This is Neon's option for clients that do not name the host in their TLS greeting. Our drivers name it:
    # https://neon.tech/docs/connect/connection-errors
    return name == "options" and given[name].removeprefix("-c ").startswith(("endpoint=", "project="))


def _read_limit(text: str) -> str | None:
    seconds = read_seconds(text)
    return None if seconds is None else f"{seconds:g}"


def _read_size(text: str) -> str | None:
    return text if text.isascii() and text.isdigit() and int(text) > 0 else None


def _of(values: Mapping[str, str]) -> Callable[[str], str | None]:
    return lambda text: values.get(text.lower().replace(" ", ""))


def _read_mysql_mode(text: str) -> str | None:
    return text if text in SSL_MODES else _MYSQL_MODES.get(text.lower())


_READ: dict[str, Callable[[str], str | None]] = {
    **dict.fromkeys(TIME_LIMITS, _read_limit),
    "pool_size": _read_size,
    "sslmode": lambda text: text if text in SSL_MODES else None,
    "ssl-mode": _read_mysql_mode,
    "ssl_mode": _read_mysql_mode,
    "sslaccept": _of(_ACCEPT),
    "ssl": _of(_SWITCH),
    "mode": lambda text: text if text in _FILE_MODES else None,
}
_MODES = f"one of {', '.join(SSL_MODES)}"
_EXPECTED = {
    **dict.fromkeys(TIME_LIMITS, "a number of seconds, 0 for no limit"),
    "pool_size": "a number of connections, at least 1",
    "sslmode": _MODES,
    **dict.fromkeys(("ssl-mode", "ssl_mode"), "one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"),
    "sslaccept": "strict or accept_invalid_certs",
    "ssl": "true or false",
    "mode": f"one of {', '.join(_FILE_MODES)}",
}
