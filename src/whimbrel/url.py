"""Database addresses. They are parsed only here, so that no driver sees a URL and no message shows a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from whimbrel.address_options import parse_options, read_seconds
from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable

if TYPE_CHECKING:
    import ssl

__all__ = ["DatabaseUrl", "Secret", "parse_url"]

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
_ALIASES = {"postgres": "postgresql", "pgsql": "postgresql", "mysql2": "mysql", "sqlite3": "sqlite"}
_EXAMPLES = "postgresql://user:password@host/database, mysql://..., mariadb://..., sqlite:///file.db or sqlite://"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LAST_PORT = 65_535


class Secret:
    """A text that prints as `***`, so that no log, traceback or repr shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself. Call this in the expression that needs it; never keep the result in a variable."""
        return self._text

    def __repr__(self) -> str:
        return "***"


_NONE: Mapping[str, str] = {}


class DatabaseUrl(NamedTuple):
    """The address of a database. `dialect` is one of postgresql, mysql, mariadb, sqlite.

    For SQLite, `database` is the file's path, or ":memory:". `problem` describes an error in the address. `check()` raises it,
    not the parser, so that no frame with the raw text is part of a traceback.
    """

    dialect: str = ""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: Secret | None = None
    database: str = ""
    options: Mapping[str, str] = _NONE
    problem: str = ""

    def check(self) -> None:
        """Raise ConfigurationError if the address is invalid."""
        if self.problem:
            raise ConfigurationError(self.problem)

    @property
    def in_memory(self) -> bool:
        """Whether the database exists only in memory, as long as its one connection."""
        return self.dialect == "sqlite" and self.database == ":memory:"

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that may answer, the named one first: mysql:// also connects to MariaDB."""
        return {"mysql": ("mysql", "mariadb"), "mariadb": ("mariadb", "mysql")}.get(self.dialect, (self.dialect,))

    @property
    def socket(self) -> str:
        """The directory (PostgreSQL) or file (MySQL) of a Unix socket, or an empty text."""
        return self.options.get("unix_socket") or self.options.get("host", "")

    @property
    def connect_timeout(self) -> float | None:
        """The time limit, in seconds, for opening a connection; None for no limit."""
        return self._seconds("connect_timeout", 10)

    @property
    def acquire_timeout(self) -> float | None:
        """The time limit, in seconds, for an application's wait for a connection of its pool; None for no limit."""
        return self._seconds("acquire_timeout", 10)

    @property
    def statement_timeout(self) -> float | None:
        """The time limit, in seconds, for a statement of the application; None for no limit. Migrations have no such limit."""
        return self._seconds("statement_timeout", 30)

    def _seconds(self, name: str, default: float) -> float | None:
        return read_seconds(self.options.get(name, default)) or None

    @property
    def schema(self) -> str:
        """The schema in the address, written as for Prisma; empty for the connection's own."""
        return self.options.get("schema", "")

    @property
    def ssl_mode(self) -> str:
        """`sslmode` of the address.

        By default a server must prove its identity, unless it is local and no certificate is given.
        """
        local = (bool(self.socket) or self.host in _LOOPBACK) and "sslrootcert" not in self.options
        return self.options.get("sslmode") or ("prefer" if local else "verify-full")

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the checks that TLS must make, or None where the connection may be plain. Raises ConfigurationError.

        The modes are those of libpq: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        """
        mode = self.ssl_mode
        if mode in ("disable", "prefer"):
            return None
        import ssl  # loaded only where TLS is used

        try:
            root = self.options.get("sslrootcert")
            context = ssl.create_default_context(cafile=None if root == "system" else root)
        except OSError as error:
            raise ConfigurationError(f"the file that sslrootcert names cannot be read: {error}") from None
        context.check_hostname = mode == "verify-full"
        if mode == "require":
            context.verify_mode = ssl.CERT_NONE
        return context

    def unreachable(self, told: str, error: BaseException) -> str:
        """Return the message for a failed connection; `told` describes the driver's `error`."""
        message = f"{self} cannot be reached: {told}"
        if "sslmode" in self.options or not _is_of_tls(error):
            return message
        advice = "a remote server must use TLS and prove its identity; on a trusted network add ?sslmode=prefer to the address"
        return f"{message}\n  {advice}"

    def __str__(self) -> str:
        if self.dialect == "sqlite":
            return "sqlite://" if self.in_memory else printable(f"sqlite:///{self.database}")
        login = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return printable(f"{self.dialect}://{login}{host}{f':{self.port}' if self.port else ''}/{self.database}")


def _is_of_tls(error: BaseException) -> bool:
    import ssl

    # asyncpg raises a plain ConnectionError where a server refuses TLS. Refused connections and unknown hosts have subclasses.
    return any(isinstance(one, ssl.SSLError) or type(one) is ConnectionError for one in (error, error.__cause__))


def parse_url(url: str | DatabaseUrl) -> DatabaseUrl:
    """Parse an address, with or without a driver suffix (`postgresql+asyncpg://`).

    This function never raises: `problem` describes an error in the address, and `check()` raises it. Assign the result to the
    variable that held the text, so that a traceback with local variables shows no password.
    """
    if isinstance(url, DatabaseUrl):
        return url
    if not issubclass(type(url), str):
        return DatabaseUrl(problem=f"the database address is of type {type(url).__name__}; pass a str, such as {_EXAMPLES}")
    scheme, separator, rest = url.strip().partition("://")
    dialect = scheme.lower().partition("+")[0]
    dialect = _ALIASES.get(dialect, dialect)
    if not separator or dialect not in DATABASES:
        return DatabaseUrl(problem=f"not a database address ({_fault(scheme, is_scheme=bool(separator))}); use {_EXAMPLES}")
    return _parse_sqlite(rest) if dialect == "sqlite" else _parse_server(dialect, rest)


_FILES = "a file's address has three slashes: write sqlite:///x.db, or sqlite:////folder/x.db for a path from the root"


def _fault(text: str, *, is_scheme: bool) -> str:
    """Describe the error in an address without a known scheme. The text may hold a password, so it is not shown."""
    if text.lower() == "file":
        return _FILES
    if (jdbc := re.match(r"jdbc:(postgresql|mysql|mariadb|sqlite):?\Z", text, re.IGNORECASE)) is not None:
        return f"leave out jdbc:, and write user and password before the host: {jdbc[1].lower()}://USER:PASSWORD@HOST/DATABASE"
    if is_scheme:
        return f"scheme {text!r}" if re.fullmatch(r"[A-Za-z]{1,20}", text) else "no known scheme"
    if re.match(r"(?:jdbc:)?(?:sqlite3?|file):", text, re.IGNORECASE):
        return _FILES
    if re.search(r"\.(?:db3?|sqlite3?|s3db|sl3)\Z", text, re.IGNORECASE) and "@" not in text:
        return _FILES
    if "@tcp(" in text or "@unix(" in text:
        return "an address of Go's driver: write mysql://USER:PASSWORD@HOST:PORT/DATABASE"
    if re.match(r"\w+\s*=", text):
        return "keywords and values, as libpq has them: write postgresql://USER:PASSWORD@HOST:PORT/DBNAME"
    return "no scheme"


def _parse_sqlite(rest: str) -> DatabaseUrl:
    path, _, query = rest.partition("?")
    options, problem = parse_options(query)
    if "schema" in options:
        problem = problem or "schema in the database address is PostgreSQL's; SQLite has none"
    if path and not path.startswith("/"):
        path = "x.db" if "@" in path or ":" in path else path
        return DatabaseUrl(problem=f"sqlite://{path} names a host; a file is sqlite:///{path} (relative) or sqlite:////...")
    return DatabaseUrl("sqlite", database=unquote(path[1:]) or ":memory:", options=options, problem=problem)


def _parse_server(dialect: str, rest: str) -> DatabaseUrl:
    found = re.fullmatch(_NAMING_A_DATABASE, rest) or re.fullmatch(_SERVER, rest)
    if found is None or int(found["port"] or 0) > _LAST_PORT:
        return DatabaseUrl(problem=f"the host or port in the {dialect} address is not valid; use {_EXAMPLES}")
    options, problem = parse_options(found["query"] or "")
    if "schema" in options and dialect != "postgresql":
        problem = problem or "schema in the database address is PostgreSQL's; elsewhere name the database itself"
    user, colon, password = (found["login"] or "").partition(":")
    host = _read_host(found["host"] or "", dialect, options)
    database = unquote(found["database"] or "")
    if not database:
        problem = f"the address names no database; write {dialect}://{host}/DATABASE"
    return DatabaseUrl(
        dialect,
        host,
        int(found["port"]) if found["port"] else None,
        unquote(user),
        Secret(unquote(password)) if colon else None,
        database,
        options,
        problem,
    )


def _read_host(text: str, dialect: str, options: dict[str, str]) -> str:
    """Return the host of an address. Note a folder of sockets, or a socket of MySQL, in `options` instead."""
    host = text.strip("[]")
    if host.lower().startswith("%2f"):
        # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
        options.setdefault("host" if dialect == "postgresql" else "unix_socket", unquote(host))
        host = ""
    is_named = host or options.get("unix_socket") or options.get("host")
    return host if is_named else "localhost"


# Users paste passwords that contain "#/?:@" unquoted. So the login ends at the last @ before a valid host and database.
_HOST = r"(?:(?P<login>.*)@)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/?#@\[\]]*)(?::(?P<port>[0-9]{1,5}))?"
_NAMING_A_DATABASE = _HOST + r"/(?P<database>[^?]+)(?:\?(?P<query>.*))?"
_SERVER = _HOST + r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
