"""How a login to MySQL or MariaDB is answered: never with the password where somebody on the way could read it."""

from __future__ import annotations

from typing import Any

from aiomysql.connection import Connection as DriverConnection
from pymysql.constants import CLIENT
from pymysql.err import OperationalError

__all__ = ["GuardedConnection"]

# What a server may ask for that is the password itself, or as good as it:
# https://dev.mysql.com/doc/refman/9.7/en/cleartext-pluggable-authentication.html
_OPEN = ("mysql_clear_password", "mysql_old_password")


class GuardedConnection(DriverConnection):  # type: ignore[misc]  # the driver is not typed
    """The driver's connection, which answers whatever it is asked for, and says goodbye to TLS without a word."""

    async def _request_authentication(self) -> None:
        offers_tls = bool(self.server_capabilities & CLIENT.SSL)
        # Before anything is sent: who takes TLS out of a greeting reads what comes next.
        if self._ssl_context and not offers_tls:
            raise OperationalError("it offers no TLS; for a trusted network add ?sslmode=disable to the address")
        encrypted = self._secure or (self._ssl_context and offers_tls)
        if not encrypted and not self.server_capabilities & CLIENT.PLUGIN_AUTH:
            raise OperationalError(_refusal("mysql_old_password"))
        if not encrypted and self._server_auth_plugin in _OPEN:
            raise OperationalError(_refusal(self._server_auth_plugin))
        await super()._request_authentication()

    async def _process_auth(self, plugin_name: bytes, auth_packet: Any) -> Any:
        name = plugin_name.decode("ascii", "backslashreplace")
        if not self._secure and name in _OPEN:
            raise OperationalError(_refusal(name))
        return await super()._process_auth(plugin_name, auth_packet)


def _refusal(plugin: str) -> str:
    return (
        f"the server asks for the password by {plugin}, which everybody on the way can read, and was not given it; "
        "connect by TLS (sslmode=require, or better verify-full) or a Unix socket, or give the user another plugin"
    )
