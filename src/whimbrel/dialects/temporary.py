"""Distinguish a database that is not ready yet from one that will never accept this process: rules that hold for every driver.

The module `temporary` of each dialect adds the codes of its server: `is_temporary(code)`. Pure.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

__all__ = ["is_of_time"]

# A server or a proxy that is starting may close a connection in the middle of the TLS handshake.
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def is_of_time(error: BaseException) -> bool:
    """Return whether an error without a code of the server may go away by itself.

    Examples: no process listens on the port, or the host name does not resolve yet.

    A certificate that cannot be verified, or a server without TLS, does not go away by itself.
    """
    return any(map(_is_of_network, _chain(error))) and not any(map(_stays, _chain(error)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    if error.__cause__ is not None:
        yield error.__cause__


def _is_of_network(error: BaseException) -> bool:
    return isinstance(error, OSError | EOFError)


def _stays(error: BaseException) -> bool:
    # asyncpg raises a plain ConnectionError when the server refuses TLS, and another one when the connection ends meanwhile.
    refused = type(error) is ConnectionError and "SSL" in str(error)
    of_tls = isinstance(error, ssl.SSLError) and not isinstance(error, _CUT_OFF)
    return refused or of_tls or isinstance(error, PermissionError)
