"""Tell a server that has fallen silent from a statement that takes long, by asking the server over a second connection.

A time limit cannot do this, because silence and a long ALTER look alike. This module is loaded only when an answer takes long.
It never ends a statement while the server answers and its session is still working.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Literal

from whimbrel.errors import ConnectionLost, DatabaseError, DatabaseUnreachable

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection
    from whimbrel.dialects.watched import Pace

__all__ = ["Answer", "decide", "is_silence", "pause_after", "watch"]

logger = logging.getLogger("whimbrel")

# Results of the second connection. "working": the session runs a statement; "idle": the session has run none for a while, so the
# query or its answer was lost on the way; "gone": the server no longer has the session; "alive": the server answers but says no
# more (a pooler, too many connections); "unknown": the server could not be asked (no name server, no free file descriptor);
# "silent": no answer came.
Answer = Literal["working", "idle", "gone", "alive", "unknown", "silent"]

# The run gives the connection up after this many such answers in a row. A real answer on its way would arrive before the next
# question.
_IN_A_ROW: dict[Answer, int] = {"silent": 3, "gone": 2, "idle": 2}
# These errors concern this machine, and say nothing about the server.
_LOCAL = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM)


def decide(answers: Sequence[Answer]) -> Answer | None:
    """Return the answer that justifies giving the connection up, or None to continue waiting.

    `answers` are those about one statement.
    """
    last = answers[-1]
    needed = _IN_A_ROW.get(last)
    return last if needed and len(answers) >= needed and set(answers[-needed:]) == {last} else None


def pause_after(answers: Sequence[Answer], pace: Pace, asking: float) -> float:
    """Return how many seconds to wait before the next question. The last one took `asking` seconds."""
    last = answers[-1]
    if last == "silent":
        # A server that refuses immediately gets as much time as one that lets the client wait.
        return max(0.0, pace.attempt - asking)
    if last in _IN_A_ROW:
        return pace.again
    return float(min(pace.after * 2 ** len(answers), pace.longest))


async def watch(connection: Connection, began: float) -> str:
    """Ask about a statement sent at `began` (a monotonic time) until it is clear that no answer will come; return the reason.

    The caller cancels this when the answer arrives.
    """
    answers: list[Answer] = []
    while True:
        asked = monotonic()
        answers.append(await _ask(connection))
        waited = monotonic() - began
        logger.log(
            logging.WARNING if answers[-1] in _IN_A_ROW else logging.DEBUG,
            "no answer for %.0f s; over a second connection: %s",
            waited,
            _MEANING[answers[-1]],
        )
        if given_up := decide(answers):
            return f"no answer for {waited:.0f} s, and {_MEANING[given_up]}: the connection was given up"
        await asyncio.sleep(pause_after(answers, connection.pace, monotonic() - asked))


_MEANING: dict[Answer, str] = {
    "working": "the session is at work",
    "idle": "the server waits for this session's next statement: the last one, or its answer, was lost on the way",
    "gone": "the server no longer has this session",
    "alive": "the server answers",
    "unknown": "the server could not be asked",
    "silent": "the server does not answer a second connection either",
}


async def _ask(connection: Connection) -> Answer:
    limit = connection.pace.limit
    if not await _is_resolved(connection, limit):
        return "unknown"
    try:
        async with asyncio.timeout(limit):
            return await connection.look()
    except TimeoutError:
        return "silent"
    except DatabaseUnreachable as error:
        return "silent" if error.silent else "alive"
    except ConnectionLost:
        return "silent"
    except DatabaseError:
        # The server refuses the query, so it answers.
        return "alive"


async def _is_resolved(connection: Connection, limit: float) -> bool:
    """Whether the server's name resolves to an address. A silent name server says nothing about the database server."""
    address = connection.address
    if address is None or address.socket:
        return True
    try:
        async with asyncio.timeout(limit):
            await asyncio.get_running_loop().getaddrinfo(address.host, None)
    except OSError:  # TimeoutError is one
        return False
    return True


def is_silence(error: BaseException) -> bool:
    """Whether a failure to connect means that the server sent nothing: no message of its own, and no local cause."""
    import ssl

    for one in (error, error.__cause__):
        # The connection was closed before any message; asyncpg has an error of its own for this, with a code of the server.
        if isinstance(one, EOFError) or getattr(one, "sqlstate", "") == "08003":
            return True
        if isinstance(one, OSError):
            # asyncpg raises a plain ConnectionError when the server refuses TLS.
            answered = isinstance(one, ssl.SSLError | socket.gaierror) or type(one) is ConnectionError
            return not answered and one.errno not in _LOCAL
    return False
