"""Answers, which are one user's: nobody keeps them."""

from __future__ import annotations

from application.asgi import App, Message, Receive, Scope, Send

__all__ = ["NoStore"]


class NoStore:
    """Middleware that forbids to store any answer: a browser's Back would show it to whoever comes after the user logged out."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with one more header in the answer."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-store")]}
            await send(message)

        await self._app(scope, receive, send_marked)
