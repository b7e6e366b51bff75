"""Limits on a request's body, in size and in time, and on the number of rows of a page."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import HTTPException, Query, Request

from application.asgi import App, Message, Receive, Scope, Send
from application.deadlines import stopped

__all__ = ["BODY_SECONDS", "MOST_BYTES", "SMALL_BYTES", "BodyLimit", "Limit", "body_of"]

MOST_BYTES = 1_000_000
# The limit for a client that is not logged in. A registration needs less, even if each of its characters is escaped.
SMALL_BYTES = 16_384
# The time limit for the whole body, from the moment a route begins to read it.
BODY_SECONDS = 10.0
# uvicorn reads this much from the connection by itself: FlowControl pauses a client at 65,536 bytes.
_BUFFERED = 65_536
_BODY = "whimbrel.body"
Limit = Annotated[int, Query(ge=1, le=100, description="The maximum number of entries of the page")]


class Body:
    """The body of one request. It is read only when the route asks for it."""

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        headers = dict(scope["headers"])
        told = headers.get(b"content-length", b"0")
        self._told = int(told) if told.isdigit() and len(told) < 20 else MOST_BYTES + 1
        self._chunked = b"transfer-encoding" in headers
        self._http_1 = str(scope.get("http_version", "1.1")).startswith("1")
        # HTTP/2 needs neither header: https://www.rfc-editor.org/rfc/rfc9113.html#section-8.1
        self._whole = self._told == 0 and not self._chunked and (self._http_1 or b"content-length" in headers)
        self._scope, self._receive, self._seconds = scope, receive, seconds
        self._ends: float | None = None
        self._most, self._size, self._refused = MOST_BYTES, 0, False

    def allow(self, most: int) -> None:
        """Set how many bytes the body may have. Raises HTTPException 413 if its headers announce more."""
        self._most = most
        if not self._whole and self._told > most:
            raise self._too_large()

    async def receive(self) -> Message:
        """Return the next message. Raises HTTPException 413 if the body grows too large, 408 if it takes too long."""
        if self._whole:
            return await self._receive()
        self.allow(self._most)
        message = await self._next()
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise self._too_large()
        self._whole = message["type"] == "http.request" and not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        self._ends = self._ends or asyncio.get_running_loop().time() + self._seconds
        try:
            # A slow client must not use up the database's time.
            with stopped(self._scope):
                async with asyncio.timeout_at(self._ends):
                    return await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"the body of a request must arrive within {self._seconds:g} seconds") from None

    def closing(self, send: Send) -> Send:
        """Wrap `send` so that an answer sent before the body has ended also closes the connection.

        Otherwise the server would have to read the rest of the body before the next request, however slowly the client sends it.
        If no code has begun to read a short body, the server reads it: closing the connection might cut off the answer.
        """

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._whole and self._http_1 and self._is_in_the_way():
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        return send_marked

    def _is_in_the_way(self) -> bool:
        return self._chunked or self._told > _BUFFERED or self._ends is not None or self._refused

    def _too_large(self) -> HTTPException:
        self._refused = True
        return HTTPException(413, f"the body of a request has at most {self._most:,} bytes")


def body_of(request: Request) -> Body:
    """Return the body of a request."""
    body: Body = request.scope[_BODY]
    return body


class BodyLimit:
    """Middleware that reads bodies only when a route asks for them, and answers 413 to a large and 408 to a slow one."""

    def __init__(self, app: App, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_BODY] = body = Body(scope, receive, self._seconds)
        await self._app(scope, body.receive, body.closing(send))
