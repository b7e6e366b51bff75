"""Keep browsers and proxies from storing answers, each of which belongs to one user."""

from __future__ import annotations

from application.asgi import App, Message, Receive, Scope, Send

__all__ = ["NoStore"]


class NoStore:
    """Middleware that forbids storing any answer. After a logout, the browser's Back would show it to the next user."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add one header to the answer."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-store")]}
            await send(message)

        await self._app(scope, receive, send_marked)
