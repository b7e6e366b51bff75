"""Database addresses: parsed here, once, so that no driver sees a URL and no message shows a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from whimbrel.address_options import parse_options, read_seconds
from whimbrel.errors import ConfigurationError
from whimbrel.printable import printable

if TYPE_CHECKING:
    import ssl

__all__ = ["DatabaseUrl", "Secret", "parse_url"]

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
_ALIASES = {"postgres": "postgresql", "sqlite3": "sqlite"}
_EXAMPLES = "postgresql://user:password@host/database, mysql://..., mariadb://..., sqlite:///file.db or sqlite://"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LAST_PORT = 65_535


class Secret:
    """A text that prints as `***`, so that it survives no log, traceback or repr."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself. Call it inside the call that needs it; never keep the answer in a variable."""
        return self._text

    def __repr__(self) -> str:
        return "***"


_NONE: Mapping[str, str] = {}


class DatabaseUrl(NamedTuple):
    """Where a database is. `dialect` is one of postgresql, mysql, mariadb, sqlite.

    For SQLite `database` is the file's path, or ":memory:". `problem` says what is wrong with the address, if anything:
    it is raised by `check()`, not by the parser, so that no frame that holds the raw text is part of a traceback.
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
        """Raise ConfigurationError if the address could not be understood."""
        if self.problem:
            raise ConfigurationError(self.problem)

    @property
    def in_memory(self) -> bool:
        """Whether the database lives and dies with one connection."""
        return self.dialect == "sqlite" and self.database == ":memory:"

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that may answer, the named one first: a MariaDB is reached through mysql:// as well."""
        return {"mysql": ("mysql", "mariadb"), "mariadb": ("mariadb", "mysql")}.get(self.dialect, (self.dialect,))

    @property
    def socket(self) -> str:
        """The directory (PostgreSQL) or file (MySQL) of a Unix socket, or an empty text."""
        return self.options.get("unix_socket") or self.options.get("host", "")

    @property
    def connect_timeout(self) -> float | None:
        """How long, in seconds, opening a connection may take; None for no limit."""
        return self._seconds("connect_timeout", 10)

    @property
    def acquire_timeout(self) -> float | None:
        """How long, in seconds, the application waits for a connection of its pool; None for no limit."""
        return self._seconds("acquire_timeout", 10)

    @property
    def statement_timeout(self) -> float | None:
        """How long, in seconds, a statement of the application may take; None for no limit. No migration has this limit."""
        return self._seconds("statement_timeout", 30)

    def _seconds(self, name: str, default: float) -> float | None:
        return read_seconds(self.options.get(name, default)) or None

    @property
    def schema(self) -> str:
        """The schema that the address names, as Prisma's do; empty for the connection's own."""
        return self.options.get("schema", "")

    @property
    def ssl_mode(self) -> str:
        """`sslmode` of the address; without one a server must prove who it is, unless it is local and no certificate is named."""
        local = (bool(self.socket) or self.host in _LOOPBACK) and "sslrootcert" not in self.options
        return self.options.get("sslmode") or ("prefer" if local else "verify-full")

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return what TLS must check, or None where the connection may be plain. Raises ConfigurationError.

        The modes are those of libpq: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        """
        mode = self.ssl_mode
        if mode in ("disable", "prefer"):
            return None
        import ssl  # loaded where there is TLS

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
        """Return the message of a connection that could not be had; `told` is what is to be said of the driver's `error`."""
        message = f"{self} cannot be reached: {told}"
        if "sslmode" in self.options or not _is_of_tls(error):
            return message
        advice = "a remote server must speak TLS and prove who it is; on a trusted network add ?sslmode=prefer to the address"
        return f"{message}\n  {advice}"

    def __str__(self) -> str:
        if self.dialect == "sqlite":
            return "sqlite://" if self.in_memory else printable(f"sqlite:///{self.database}")
        login = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return printable(f"{self.dialect}://{login}{host}{f':{self.port}' if self.port else ''}/{self.database}")


def _is_of_tls(error: BaseException) -> bool:
    import ssl

    # What asyncpg raises where a server refuses TLS is of no class of its own; refused connections and unknown hosts are.
    return any(isinstance(one, ssl.SSLError) or type(one) is ConnectionError for one in (error, error.__cause__))


def parse_url(url: str | DatabaseUrl) -> DatabaseUrl:
    """Read an address; driver suffixes (`postgresql+asyncpg://`) are accepted.

    Never raises: what is wrong with the address stands in `problem`, and `check()` raises it. Assign the answer to the
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


def _fault(text: str, *, is_scheme: bool) -> str:
    """Return what is wrong with an address that begins with no scheme of ours. The text may hold a password and is not shown."""
    if is_scheme:
        return f"scheme {text!r}" if re.fullmatch(r"[A-Za-z]{1,20}", text) else "no scheme that we know"
    if re.match(r"(?:sqlite3?|file):", text, re.IGNORECASE):
        return "a file's address has three slashes: write sqlite:///x.db, or sqlite:////folder/x.db for a path from the root"
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
    host = (found["host"] or "").strip("[]")
    if host.lower().startswith("%2f"):
        # A folder of sockets, or on MySQL a socket: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
        options.setdefault("host" if dialect == "postgresql" else "unix_socket", unquote(host))
        host = ""
    if not host and not options.get("unix_socket") and not options.get("host"):
        host = "localhost"
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


# People paste passwords that hold any of "#/?:@" unquoted: the login ends at the last @ that host and database can follow.
_HOST = r"(?:(?P<login>.*)@)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/?#@\[\]]*)(?::(?P<port>[0-9]{1,5}))?"
_NAMING_A_DATABASE = _HOST + r"/(?P<database>[^?]+)(?:\?(?P<query>.*))?"
_SERVER = _HOST + r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
