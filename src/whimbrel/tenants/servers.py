"""The servers of a fleet: their names, their addresses, and which of them a tenant is placed on. Opens no connection.

The database that a command names holds the registry: its table of tenants lists the whole fleet. A tenant that is placed on
another server has a row there with the server's name, and its own row in the table of tenants of that server. So each server is
complete: its tenants, their states and their locks need no other server. The name of a server is only a key into the
configuration; no address and no password is ever stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from whimbrel.dialects.tenancy import Tenancy, find_tenancy
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import joined, printable
from whimbrel.session.connect import Manager, Target, parse_target, url_of
from whimbrel.tenants.names import check_server_name
from whimbrel.tenants.registry import Tenant
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["Server", "Servers", "server_at"]

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Server:
    """A database with a table of tenants. `name` is empty for the one that holds the registry; `schema` is its control schema."""

    name: str
    target: DatabaseUrl | Manager
    url: DatabaseUrl
    tenancy: Tenancy
    schema: str = ""


def server_at(target: Target, schema: str = "", name: str = "") -> Server:
    """Return the server of an address. Raises ConfigurationError if its database has no tenants."""
    target = parse_target(target)
    url = url_of(target)
    return Server(name, target, url, find_tenancy(url), schema)


class Servers:
    """The servers that a project names, beside the one with the registry."""

    def __init__(self, home: Server, addresses: Mapping[str, str | DatabaseUrl] | None) -> None:
        """Raise ConfigurationError for an invalid name or address, another kind of database, or one server with two names."""
        self.home = home
        self._others: dict[str, Server] = {}
        # The names that the configuration has for the registry's own server.
        self._own: set[str] = set()
        names = {home.tenancy.location(home.url): ""}
        for name, address in (addresses or {}).items():
            url = parse_url(address)
            place = self._read(check_server_name(name), url)
            location = place.tenancy.location(url)
            if location not in names:
                names[location], self._others[name] = name, place
            elif names[location] == "":
                self._own.add(name)
            else:
                raise ConfigurationError(
                    f"servers {names[location]} and {name} are the same database, {url}\n  next: remove one of the two names "
                    "from [tool.whimbrel.servers], and let its tenants name the other one in whimbrel_tenants"
                )

    def _read(self, name: str, url: DatabaseUrl) -> Server:
        if url.problem:
            raise ConfigurationError(f"server {name}: {url.problem}")
        if url.dialect not in self.home.url.databases:
            raise ConfigurationError(
                f"server {name} is {url.dialect}, and the registry is {self.home.url.dialect}: the tenants of a fleet are on one "
                "kind of database\n  next: keep the tenants of each kind in a registry of its own"
            )
        return Server(name, url, url, find_tenancy(url), url.schema or self.home.schema)

    def find(self, name: str) -> Server:
        """Return the server with this name; an empty name means the registry's own. Raises ConfigurationError."""
        if self.is_home(name):
            return self.home
        if name not in self._others:
            known = joined(sorted({*self._others, *self._own})) or "none"
            raise ConfigurationError(
                f"there is no server {printable(name)}; known are: {known}\n"
                f'  next: give its address in [tool.whimbrel.servers] of pyproject.toml, as in {printable(name)} = "ADDRESS"'
            )
        return self._others[name]

    @property
    def names_home(self) -> bool:
        """Whether the configuration has a name for the registry's own server."""
        return bool(self._own)

    def is_home(self, name: str) -> bool:
        """Return whether this is a name of the registry's own server, or empty."""
        return name == "" or name in self._own

    def sort(self, tenants: Iterable[Tenant]) -> dict[str, list[Tenant]]:
        """Return the tenants by the name of their server. Raises ConfigurationError if the configuration lacks a server."""
        sorted_: dict[str, list[Tenant]] = {}
        for tenant in tenants:
            here = self.is_home(tenant.server)
            sorted_.setdefault("" if here else tenant.server, []).append(replace(tenant, server="") if here else tenant)
        for name in sorted_:
            try:
                self.find(name)
            except ConfigurationError as error:
                raise ConfigurationError(f"{_some(sorted_[name])} placed on server {printable(name)}, but {error}") from None
        return sorted_


def _some(tenants: list[Tenant]) -> str:
    names = [printable(one.name) for one in tenants[:_MOST_NAMES]]
    if len(tenants) > _MOST_NAMES:
        names.append(f"{len(tenants) - _MOST_NAMES} more")
    return f"{joined(names)} {'is' if len(tenants) == 1 else 'are'}"
