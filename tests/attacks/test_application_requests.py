"""Requests that no ordinary client sends: every route answers them with a client error, never with 500."""

import json
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.application.conftest import registration
from tests.application.test_isolation import OPEN
from tests.application.walk import ok
from tests.attacks.application import ROUTES, body_of_route, client_of, own_fleet, path_of, started
from tests.fleet import Fleet

pytestmark = pytest.mark.asyncio


@pytest.fixture
def fleet(url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield names of tenants, which are dropped afterwards."""
    with own_fleet(url, database, tmp_path) as made:
        yield made


JSON = {"Content-Type": "application/json"}
# Fields that accept any JSON value.
MORE_FIELDS = ("metadata", "citation", "input_data", "output_data")
WITH_A_BODY = [(method, path) for method, path in ROUTES if body_of_route(method, path) is not None]
VALUES = [
    "9" * 400,
    "-" + "9" * 400,
    "9" * 5_000,
    "9" * 30,
    "1e400",
    "-1e400",
    "1e308",
    "-0.0",
    "NaN",
    "Infinity",
    "-Infinity",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"' + "x" * 70_000 + '"',
    "[" * 200 + "]" * 200,
    "[" * 50_000 + "]" * 50_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    '{"\\ud800": 1}',
    '{"\\u0000": 1}',
    '{"": 1}',
    "{}",
    "[]",
    "null",
    "true",
    '"٣"',
    '"2026-02-30T00:00:00Z"',
    '"9999-12-31T23:59:59.999999-14:00"',
    '"0001-01-01T00:00:00+14:00"',
]
BODIES = [
    b"",
    b"{",
    b"nul",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xff"}',
    b"\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"title": "a", "title": "b", "title": 3}',
    b"{} {}",
    b"// x\n{}",
]
TYPES = [
    "",
    "text/plain",
    "application/xml",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "\xff",
    "a/b/c",
]
TYPES += [
    "a/b/c",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/problem+json",
]
HOSTS: list[dict[str, str | bytes]] = [{"Host": "["}, {"Host": ""}, {"Host": "a b"}]
HEADERS: list[dict[str, str | bytes]] = [
    {"Host": "x" * 10_000},
    {"Host": "[::1"},
    {"Cookie": "session="},
    {"Cookie": "session=" + "x" * 50_000},
    {"Cookie": b"session=\xff\x80"},
    {"Cookie": "session=" + ";session=" * 3_000},
    {"Cookie": 'session="\\000\\377"'},
    {"Cookie": ";=;=,"},
    {"Origin": "http://["},
    {"Origin": b"\xff"},
    {"Sec-Fetch-Site": b"\xff"},
    {"X-Forwarded-Proto": "javascript"},
    {"X-Forwarded-For": "x" * 10_000},
    {"Content-Length": "-1"},
    {"Content-Length": "x"},
    {"Content-Length": "9" * 5_000},
    {"Transfer-Encoding": "x"},
    {"Accept": b"\xff", "Accept-Language": b"\x80"},
    {"Range": "bytes=0-"},
    {"Expect": "100-continue"},
]


def is_fine(answer: httpx.Response, *, headers_only: bool = False) -> bool:
    """Whether there is an answer, and an error has the documented form."""
    if answer.status_code >= 500:
        return False
    if answer.status_code < 400 or headers_only:
        return True
    return isinstance(answer.json()["detail"], str)


def with_values(body: dict[str, object], value: str) -> list[str]:
    """Return JSON bodies: one for each field, with `value` in that field, and one with an additional field."""
    fields = {name: json.dumps(one) for name, one in body.items()}
    return [
        _object({**fields, name: value}) for name in [*fields, "metadata", "citation", "input_data", "output_data", "full_name"]
    ]


def _object(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


@pytest.mark.only("sqlite")
async def test_no_value_in_no_field_of_no_route_is_a_500(url: str) -> None:
    turn = count()
    async with started(url) as application, client_of(application) as client:
        for method, path in WITH_A_BODY:
            if (method, path) == ("POST", "/auth/register"):
                continue  # the test of the accounts covers its values; each valid one costs a hash
            body = body_of_route(method, path)
            assert body is not None
            # Each value goes to every route, and over all routes to every type of field.
            for value in VALUES:
                contents = with_values(body, value)
                content = contents[next(turn) % len(contents)]
                answer = await client.request(method, path_of(path), content=content.encode(), headers=JSON)
                assert is_fine(answer), (method, path, content[:200], answer.text)


@pytest.mark.only("sqlite")
async def test_no_body_of_no_type_is_a_500(url: str) -> None:
    turn = count()
    async with started(url) as application, client_of(application) as client:
        for method, path in ROUTES:
            for content in BODIES[next(turn) % 2 :: 2]:
                assert is_fine(await send(client, method, path, content, JSON)), (method, path, content[:50])
            for kind in TYPES[next(turn) % 3 :: 3]:
                assert is_fine(await send(client, method, path, b'{"a": 1}', {"Content-Type": kind})), (method, path, kind)
            await still_logged_in(client)


async def still_logged_in(client: httpx.AsyncClient) -> None:
    """Register again if one of the routes has ended the login."""
    if (await client.get("/auth/me")).status_code != 200:
        client.cookies.clear()
        ok(await client.post("/auth/register", json=registration()), 201)


async def send(client: httpx.AsyncClient, method: str, path: str, content: bytes, headers: Any) -> httpx.Response:
    raw = {name: value.encode("latin-1") if isinstance(value, str) else value for name, value in headers.items()}
    return await client.request(method, path_of(path), content=content, headers=raw)


@pytest.mark.only("sqlite")
async def test_no_header_and_no_method_is_a_500(url: str) -> None:
    turn = count()
    async with started(url) as application, client_of(application) as client:
        for method, path in ROUTES:
            # Each Host goes to every route, and every other header to a third of them.
            for headers in [*HOSTS, *HEADERS[next(turn) % 3 :: 3]]:
                answer = await send(client, method, path, b"", headers)
                assert is_fine(answer), (method, path, headers, answer.text)
            for other in ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X" * 100):
                assert is_fine(await send(client, other, path, b"", {}), headers_only=True), (other, path)
            await still_logged_in(client)


ODD = ["%00", "%ff", "%f0%9f%98%80", "..%2f..", "x" * 5_000, "%2e%2e", "9" * 5_000, "-1", "1e3", "٣", " "]


@pytest.mark.only("sqlite")
async def test_no_path_and_no_query_is_a_500(url: str) -> None:
    async with started(url) as application, client_of(application) as client:
        for (method, path), odd in product(ROUTES, ODD):
            answer = await client.request(method, path.replace("{", odd + "{").format_map(_Odd(odd)))
            assert is_fine(answer), (method, path)
        for (method, path), odd in product(ROUTES, ODD):
            if (method, path) not in OPEN and method == "GET":
                answer = await client.get(f"{path_of(path)}?{odd}&" + "&".join(f"{name}={odd}" for name in QUERIES))
                assert is_fine(answer), (path, odd)


QUERIES = ("cursor", "limit", "latest", "status")


class _Odd(dict[str, str]):
    def __init__(self, odd: str) -> None:
        super().__init__()
        self._odd = odd

    def __missing__(self, key: str) -> str:
        return self._odd


NUMBERS = [0, -1, 2**53, 2**63 - 1, -(2**63), 2**63, 10**30, 10**400, 0.5, 1e15, True, None]


async def test_a_number_in_json_comes_back_as_it_went_or_is_refused(url: str, fleet: Fleet) -> None:
    async with started(url) as application, client_of(application) as client:
        organization = ok(await client.post("/organizations", json={"name": "x", "tenant": fleet.name(1)}), 201)
        session = ok(await client.post("/chat/sessions", json={}), 201)
        for path, body, field in (
            (f"/chat/sessions/{session['id']}/messages", {"role": "user", "content": "x"}, "metadata"),
            ("/pipelines/executions", {"pipeline_name": "p"}, "input_data"),
            # A column of the database's own JSON type.
            (f"/organizations/{organization['id']}/history", {"question": "?", "answer": "!"}, "citation"),
        ):
            for number in NUMBERS:
                value = {"n": number, "of": [number]}
                answer = await client.post(path, json={**body, field: value})
                assert answer.status_code in (201, 422), (path, value, answer.text)
                if answer.status_code == 201:
                    made = answer.json()
                    assert made[field] == value
                    if field == "citation":
                        assert ok(await client.get(f"{path}/{made['id']}"))[field] == value
