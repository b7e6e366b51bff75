"""Answer a login request of MySQL or MariaDB, and never send a password that others could read on the network."""

from __future__ import annotations

import asyncio
from typing import Any

from aiomysql.connection import Connection as DriverConnection
from pymysql.constants import CLIENT
from pymysql.err import OperationalError

__all__ = ["GuardedConnection"]

# These methods send the password itself, or an equivalent of it:
# https://dev.mysql.com/doc/refman/9.7/en/cleartext-pluggable-authentication.html
_OPEN = ("mysql_clear_password", "mysql_old_password")


class GuardedConnection(DriverConnection):  # type: ignore[misc]  # the driver is not typed
    """The driver's connection, corrected.

    Alone, the driver uses any login method that the server requests, and drops TLS silently.
    """

    # Still known when a login has failed: the driver then forgets where it wrote.
    _transport: asyncio.WriteTransport | None = None

    def close(self) -> None:
        """Drop the connection at once. The driver waits for unsent data, and until the server answers the goodbye of TLS."""
        for transport in (self._transport, self._writer and self._writer.transport):
            if transport is not None:
                transport.abort()
        super().close()

    async def _request_authentication(self) -> None:
        offers_tls = bool(self.server_capabilities & CLIENT.SSL)
        # Check before sending anything: an attacker who removes TLS from the greeting reads the next message.
        if self._ssl_context and not offers_tls:
            raise OperationalError("the server offers no TLS; for a trusted network add ?sslmode=disable to the address")
        encrypted = self._secure or (self._ssl_context and offers_tls)
        if not encrypted and not self.server_capabilities & CLIENT.PLUGIN_AUTH:
            raise OperationalError(_refusal("mysql_old_password"))
        if not encrypted and self._server_auth_plugin in _OPEN:
            raise OperationalError(_refusal(self._server_auth_plugin))
        try:
            await super()._request_authentication()
        finally:
            self._transport = self._writer and self._writer.transport

    async def _process_auth(self, plugin_name: bytes, auth_packet: Any) -> Any:
        name = plugin_name.decode("ascii", "backslashreplace")
        if not self._secure and name in _OPEN:
            raise OperationalError(_refusal(name))
        return await super()._process_auth(plugin_name, auth_packet)


def _refusal(plugin: str) -> str:
    return (
        f"the server asks for the password by {plugin}, which anybody on the way can read, so it was not sent; "
        "connect by TLS (sslmode=require, or better verify-full) or a Unix socket, or give the user another plugin"
    )
