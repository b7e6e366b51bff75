"""Reject requests that a page of another site makes a browser send with the user's cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

from application.asgi import App, Receive, Scope, Send
from application.errors import problem

__all__ = ["SameOrigin"]

_SAFE = ("GET", "HEAD", "OPTIONS")


class SameOrigin:
    """Middleware that answers 403 if a browser sends an unsafe request from another origin.

    Clients other than browsers send neither header. The rule is that of https://pkg.go.dev/net/http#CrossOriginProtection: use
    Sec-Fetch-Site if present; otherwise the host in Origin must be that of the request.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 403, or pass the request on."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and _is_foreign(dict(scope["headers"])):
            await problem(403, "this request comes from another site")(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_foreign(headers: dict[bytes, bytes]) -> bool:
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        return site not in (b"same-origin", b"none")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get(b"host", b"").lower()
    except ValueError:
        return True
