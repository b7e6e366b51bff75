"""An application's answers while it starts: its progress, and 503 for every path that needs the database."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Startup", "UntilReady"]

RETRY_SECONDS = 2

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class Startup:
    """The progress of an application's start. `lifespan` keeps it in `app.state.startup`.

    `status` describes in one line what the start does or waits for: "waiting for the migration lock, held by ...", "ready".
    """

    status: str = "starting"
    ready: bool = False


class UntilReady:
    """Middleware for a start in the background: it answers 503 with Retry-After until the start is over, except to probes.

        app.add_middleware(UntilReady)                           # FastAPI, Starlette
        Litestar(middleware=[UntilReady], ...)

    It is plain ASGI and imports no framework. The application always answers paths that begin with one of `open_paths`. The body
    does not say what the start waits for, because that names users and hosts of the database.
    """

    def __init__(self, app: App, open_paths: tuple[str, ...] = ("/health/",)) -> None:
        self._app = app
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 503, or pass the request on."""
        if scope["type"] not in ("http", "websocket") or self._may_pass(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # "Try again later": https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
            await send({"type": "websocket.close", "code": 1013})
        else:
            headers = [(b"content-type", b"application/json"), (b"retry-after", str(RETRY_SECONDS).encode())]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps({"status": "starting"}).encode()})

    def _may_pass(self, scope: Scope) -> bool:
        application = scope.get("litestar_app") or scope["app"]
        startup: Startup | None = getattr(application.state, "startup", None)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return (startup is not None and startup.ready) or path.startswith(self._open_paths)
