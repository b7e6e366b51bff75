"""How much a request may bring, and a page may hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from database.application.errors import problem

__all__ = ["App", "BodyLimit", "Limit", "Message", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1_000_000
Limit = Annotated[int, Query(ge=1, le=100, description="How many a page has at most")]


class BodyLimit:
    """Middleware that answers 413 to a body of more than `most` bytes, whether or not its length is told."""

    def __init__(self, app: App, most: int = MOST_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body, which every route does anyway, and pass it on, or answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > self._most:
            await self._refusal()(scope, receive, send)
            return
        messages, size = [await receive()], 0
        while messages[-1]["type"] == "http.request":
            size += len(messages[-1].get("body", b""))
            if size > self._most:
                await self._refusal()(scope, receive, send)
                return
            if not messages[-1].get("more_body", False):
                break
            messages.append(await receive())

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)

    def _refusal(self) -> Response:
        # The rest of the body is not read, so the connection is of no more use.
        return problem(413, f"a request has at most {self._most:,} bytes", {"Connection": "close"})
