"""The application reads a body after the login, within limits of size and time; it hashes nothing for a disconnected client."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from application import passwords
from tests.application.conftest import registration
from tests.application.test_isolation import OPEN
from tests.attacks.application import ROUTES, client_of, path_of, started, until

pytestmark = pytest.mark.asyncio
GUARDED = [route for route in ROUTES if route not in OPEN]
LOGIN = {"email": "nobody@example.org", "password": "correct horse"}


class Call:
    """One request made by hand: its body and its answer."""

    def __init__(self, application: FastAPI, method: str, path: str, headers: dict[str, str]) -> None:
        self._application = application
        self._bring: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sent: list[dict[str, Any]] = []
        self.asked_for_the_body = False
        raw = [(name.lower().encode(), value.encode()) for name, value in {"Host": "test", **headers}.items()]
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": raw,
            "server": ("test", 80),
            "client": ("127.0.0.1", 1),
        }

    def bring(self, body: bytes, *, more: bool = False) -> None:
        self._bring.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self._bring.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> int:
        """Run the request and return the status."""
        await self._application(self._scope, self._receive, self._send)
        return int(self._sent[0]["status"])

    async def _receive(self) -> dict[str, Any]:
        self.asked_for_the_body = True
        return await self._bring.get()

    async def _send(self, message: Any) -> None:
        self._sent.append(dict(message))

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self._sent[0]["headers"])


def login(application: FastAPI) -> Call:
    """Return a login whose body has arrived."""
    body = json.dumps(LOGIN).encode()
    call = Call(application, "POST", "/auth/login", {"Content-Type": "application/json", "Content-Length": str(len(body))})
    call.bring(body)
    return call


@pytest.mark.only("sqlite")
async def test_a_missing_login_is_reported_before_the_body_is_read(url: str) -> None:
    async with started(url) as application:
        for method, path in GUARDED:
            for headers in ({"Content-Length": "1000"}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "9" * 30}):
                for cookie in ({}, {"Cookie": "session=nobodys"}):
                    call = Call(application, method, path_of(path), {"Content-Type": "application/json", **headers, **cookie})
                    assert (await call.answer(), call.asked_for_the_body) == (401, False), (method, path, headers)
                    # If the server would otherwise have to read the rest of a slow body, it closes the connection.
                    assert (call.headers.get(b"connection") == b"close") == (headers != {"Content-Length": "1000"})


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/tasks"])
async def test_a_slow_body_gets_408_and_ends_the_connection(url: str, path: str) -> None:
    async with started(url, body_seconds=0.3) as application, client_of(application) as client:
        for begun in (b"", b'{"email": "a'):
            headers = {
                "Content-Type": "application/json",
                "Content-Length": "100",
                "Cookie": f"session={client.cookies['session']}",
            }
            call = Call(application, "POST", path, headers)
            call.bring(begun, more=True)
            assert (await call.answer(), call.headers[b"connection"]) == (408, b"close")
        assert (await client.get("/auth/me")).status_code == 200


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
async def test_a_client_that_is_not_logged_in_may_send_only_a_small_body(url: str, path: str) -> None:
    async with started(url) as application, client_of(application, registered=False) as client:
        for content in (b" " * 16_385, chunks(17_000)):
            answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()) == (413, {"detail": "the body of a request has at most 16,384 bytes"})
            assert answer.headers["connection"] == "close"
        # The longest registration that the rules allow, with every character escaped.
        longest = registration(password="ü" * 512, full_name="ü" * 255)
        answer = await client.post(path, content=json.dumps(longest).encode(), headers={"Content-Type": "application/json"})
        assert answer.status_code == (201 if path == "/auth/register" else 422), answer.text


@contextmanager
def threads_busy() -> Iterator[None]:
    """Occupy the hashing threads until the block ends."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        begun.release()
        go_on.wait(60)

    for _ in range(2):
        passwords._threads.submit(wait)
    for _ in range(2):
        assert begun.acquire(timeout=60)
    try:
        yield
    finally:
        go_on.set()


@pytest.mark.only("sqlite")
async def test_no_password_is_hashed_for_a_disconnected_client(url: str) -> None:
    async with started(url) as application, client_of(application) as client:
        with threads_busy():
            calls = [login(application) for _ in range(60)]
            for call in calls[:30]:
                call.hang_up()
            answers = [asyncio.ensure_future(call.answer()) for call in calls]
            await until(lambda: passwords._waiting == 30)
            for call in calls[30:]:
                call.hang_up()
            # All of them end although no hashing thread is free.
            assert await asyncio.wait_for(asyncio.gather(*answers), 60) == [408] * 60
            assert (passwords._waiting, passwords._threads._work_queue.qsize() <= 60) == (0, True)
            patient = login(application)
            waiting = asyncio.ensure_future(patient.answer())
            await until(lambda: passwords._waiting == 1)
        assert await waiting == 401
        assert (await client.get("/auth/me")).status_code == 200


@pytest.mark.only("sqlite")
async def test_only_a_limited_number_of_requests_wait_for_password_hashing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MOST_WAITING", 3)
    async with started(url, answer_seconds=3) as application, client_of(application, registered=False) as client:
        with threads_busy():
            waiting = [asyncio.ensure_future(client.post("/auth/login", json=LOGIN)) for _ in range(3)]
            await until(lambda: passwords._waiting == 3)
            for path, body in (("/auth/login", LOGIN), ("/auth/register", registration())):
                answer = await client.post(path, json=body)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            # The time limit is for the database: waiting for a thread does not count.
            await asyncio.sleep(3.5)
            assert not any(one.done() for one in waiting)
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [401] * 3


@pytest.mark.only("sqlite")
async def test_a_password_is_hashed_for_known_and_unknown_accounts_alike(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Counting:
        """The real hasher, which records its calls."""

        def __init__(self, hasher: Any) -> None:
            self._hasher = hasher

        def __getattr__(self, name: str) -> Any:
            def work(*arguments: Any) -> Any:
                done.append(name)
                return getattr(self._hasher, name)(*arguments)

            return work

    async with started(url) as application, client_of(application) as client:
        email = (await client.get("/auth/me")).json()["email"]
        await client.post("/auth/login", json=LOGIN)
        monkeypatch.setattr(passwords, "_hasher", Counting(passwords._hasher))
        for body in (LOGIN, {"email": email, "password": "wrong password"}):
            done.clear()
            answer: httpx.Response = await client.post("/auth/login", json=body)
            assert (answer.status_code, done) == (401, ["verify"])
