"""Read the tables of tenants of a fleet: the registry, then each further server that has tenants, one query for each server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from whimbrel.errors import ConfigurationError, ValidationFailed, WhimbrelError
from whimbrel.messages.printable import joined, printable
from whimbrel.session.connect import open_session
from whimbrel.tenants.registry import Registry, Tenant
from whimbrel.tenants.servers import Server, Servers
from whimbrel.tenants.upgrade import summary

__all__ = ["FleetReading", "Unreachable", "is_registry", "merge", "read_fleet", "read_server", "warn_of_strays"]

logger = logging.getLogger("whimbrel")


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A server that could not be read or worked on, with the reason, and its tenants that were left as they were.

    `exit_code` is the one that belongs to this error.
    """

    server: str
    error: str
    exit_code: int
    tenants: tuple[str, ...] = ()


@dataclass(slots=True)
class FleetReading:
    """The tenants of a fleet by name, and the database of each server.

    `unread` are the registry's rows of the tenants of unreachable servers, which know no more than the place.
    """

    tenants: list[Tenant] = field(default_factory=list)
    unread: list[Tenant] = field(default_factory=list)
    unreachable: list[Unreachable] = field(default_factory=list)
    databases: dict[str, str] = field(default_factory=dict)


async def read_server(server: Server) -> tuple[list[Tenant], str]:
    """Return the rows of a server's table of tenants, and the name of its database. Writes nothing."""
    async with open_session(server.target, server.schema, [], question=True) as control:
        return await Registry(control, server.tenancy, server.url).read(), control.database


async def read_fleet(servers: Servers, only: Collection[str] | None = None) -> FleetReading:
    """Return the tenants of all servers, or `only` these. Asks only the servers that have tenants among them; writes nothing.

    Raises DatabaseUnreachable for the registry's server alone, and ConfigurationError if a server is not configured.
    """
    registered, database = await read_server(servers.home)
    by_server = servers.sort(one for one in registered if only is None or one.name in only)
    reading = FleetReading([*by_server.pop("", [])], databases={"": database})
    places = {one.name: one.server for one in registered}
    asked = [servers.find(name) for name in by_server]
    answers = await asyncio.gather(*(_answer(server) for server in asked))
    for server, answer in zip(asked, answers, strict=True):
        rows = by_server[server.name]
        if isinstance(answer, WhimbrelError):
            error, names = summary(answer), tuple(one.name for one in rows)
            reading.unreachable.append(Unreachable(server.name, error, answer.exit_code, names))
            reading.unread += [replace(one, last_error=f"server {server.name}: {error}") for one in rows]
            continue
        found, reading.databases[server.name] = answer
        reading.tenants += merge(server.name, rows, found)
        warn_of_strays(server.name, found, places)
    reading.tenants.sort(key=lambda one: one.name)
    return reading


async def _answer(server: Server) -> tuple[list[Tenant], str] | WhimbrelError:
    try:
        return await read_server(server)
    except ValidationFailed:
        raise
    except WhimbrelError as error:
        return error


def merge(server: str, registered: Sequence[Tenant], found: Sequence[Tenant]) -> list[Tenant]:
    """Return the rows that a server has of the tenants that the registry places there. Pure.

    A tenant without a row there counts as one without a schema. Raises ConfigurationError if a row there names a server.
    """
    there = {one.name: one for one in found}
    for one in registered:
        if one.name in there and (place := there[one.name].server):
            raise is_registry(server, one.name, place)
    return [replace(there.get(one.name, replace(one, present=False)), server=server) for one in registered]


def is_registry(server: str, name: str, place: str) -> ConfigurationError:
    """Return the error for a further server whose table places a tenant on a server."""
    return ConfigurationError(
        f"the table of tenants on server {server} places {name} on server {printable(place)}, so it is a registry itself: that "
        "of this run, under another address, or that of another fleet\n"
        f"  next: give {server} the very address of this run, if it is the same database, or else that of another one"
    )


def warn_of_strays(server: str, found: Sequence[Tenant], places: Mapping[str, str]) -> None:
    """Warn of tenants in a server's table that the registry does not place there. Nothing migrates them in this fleet."""
    strays = [one.name for one in found if not one.server and places.get(one.name) != server]
    if twice := [name for name in strays if name in places]:
        logger.warning(
            "server %s has tenants that the registry places elsewhere: %s; next: drop what is left of them there, with "
            "their rows in whimbrel_tenants, or write %s into the column placement of their rows in the registry",
            server,
            joined(twice),
            server,
        )
    if unknown := [name for name in strays if name not in places]:
        logger.warning(
            "server %s has tenants that the registry does not know: %s; next: add them with `tenants add NAME --server %s`",
            server,
            joined(unknown),
            server,
        )
