"""Oversized bodies, invalid cursors and invalid JSON are refused in one form, without internal details."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.application.marks import EVERYWHERE, ONCE
from tests.application.test_auth import change
from tests.application.walk import ok

pytestmark = ONCE
JSON = {"Content-Type": "application/json"}


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"title": "'
    for _ in range(size // 1000):
        yield b"x" * 1000
    yield b'"}'


@pytest.mark.parametrize("size", [1_000_001, 2_000_000, 20_000_000])
def test_a_body_of_more_than_a_million_bytes_is_refused_even_in_chunks(ada: httpx.Client, size: int) -> None:
    for content in (b"x" * size, chunks(size)):
        answer = ada.post("/chat/sessions", content=content, headers=JSON)
        assert (answer.status_code, answer.json()) == (413, {"detail": "the body of a request has at most 1,000,000 bytes"})
    assert ok(ada.get("/chat/sessions"))["items"] == []


def test_a_body_of_a_million_bytes_is_read(ada: httpx.Client) -> None:
    for content in (b" " * 999_998 + b"{}", chunks(900_000)):
        answer = ada.post("/chat/sessions", content=content, headers=JSON)
        assert answer.status_code == (201 if isinstance(content, bytes) else 422), answer.text


LISTS = ["/chat/sessions", "/pipelines/executions", "/conversations", "/tasks", "/organizations"]


@pytest.mark.parametrize("path", [*LISTS, "/agent/messages"])
@pytest.mark.parametrize("limit", ["0", "-1", "101", "1e9", "x", str(10**30)])
def test_a_page_has_1_to_100_rows(reader: httpx.Client, path: str, limit: str) -> None:
    answer = reader.get(path, params={"limit": limit})
    assert (answer.status_code, answer.json()["detail"][:6]) == (422, "limit:")


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


CURSORS = [
    "",
    "x",
    "=",
    "é",
    "\0",
    "' OR 1 = 1 --",
    encoded(None),
    encoded([]),
    encoded({}),
    encoded(["2026-11-25T00:00:00Z"]),
    encoded(["2026-11-25T00:00:00", "x"]),
    encoded(["0001-01-01T00:00:00Z", "1"]),
    encoded(["9999-12-31T23:59:59Z", "1"]),
    encoded(["x", 1]),
    encoded(["2026-11-25T00:00:00Z", 10**30]),
    encoded(["2026-11-25T00:00:00Z", "x", "y"]),
    encoded(1)[:2],
    "W" * 501,
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("cursor", CURSORS)
def test_an_invalid_cursor_is_refused(reader: httpx.Client, path: str, cursor: str) -> None:
    answer = reader.get(path, params={"cursor": cursor})
    # A text of digits is a valid identifier.
    lenient = cursor == encoded(["2026-11-25T00:00:00Z", 10**30])
    assert (answer.status_code, answer.json().get("detail", "")[:7]) == (422, "cursor:") or (
        lenient and answer.status_code == 422
    )


def test_a_cursor_of_another_user_leads_to_ones_own_rows(ada: httpx.Client, bob: httpx.Client) -> None:
    for _ in range(2):
        ok(ada.post("/tasks", json={"title": "hers"}), 201)
    ok(bob.post("/tasks", json={"title": "his"}), 201)
    cursor = str(ok(ada.get("/tasks", params={"limit": 1}))["next"])
    answer = ok(bob.get("/tasks", params={"cursor": cursor}))
    assert answer == {"items": [], "next": None}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"title": "\xff"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"title": 1}',
        b'{"title": "x", "user_id": "somebody"}',
        b'{"title": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_every_invalid_title_is_refused_in_the_same_form(reader: httpx.Client, content: bytes) -> None:
    answer = reader.post("/chat/sessions", content=content, headers=JSON)
    assert (answer.status_code in (400, 422), list(answer.json())) == (True, ["detail"]), answer.text
    assert isinstance(answer.json()["detail"], str)


@EVERYWHERE
@pytest.mark.parametrize("metadata", ['{"a":' * 200 + "1" + "}" * 200, '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}'])
def test_json_that_one_of_the_databases_would_refuse_is_refused(ada: httpx.Client, metadata: str) -> None:
    session = ok(ada.post("/chat/sessions", json={}), 201)["id"]
    content = '{"role": "user", "content": "x", "metadata": ' + metadata + "}"
    answer = ada.post(f"/chat/sessions/{session}/messages", content=content, headers=JSON)
    assert (answer.status_code, list(answer.json())) == (422, ["detail"]), answer.text
    assert ok(ada.get(f"/chat/sessions/{session}/messages"))["items"] == []


@pytest.mark.parametrize("path", ["/tasks/x", f"/tasks/{2**63}", "/tasks/-1", "/chat/sessions/x", "/chat/sessions/%00"])
def test_an_invalid_id_is_refused(reader: httpx.Client, path: str) -> None:
    assert (reader.get(path).status_code, list(reader.get(path).json())) == (422, ["detail"])


def test_missing_objects_are_answered_in_the_same_form(reader: httpx.Client) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/tasks", 405)):
        answer = reader.request(method, path)
        assert (answer.status_code, list(answer.json())) == (status, ["detail"])


@EVERYWHERE
def test_an_answer_contains_no_text_of_the_databases_error(ada: httpx.Client, served_url: str) -> None:
    session = ok(ada.post("/chat/sessions", json={}), 201)["id"]
    # The last test of this module, which destroys its database.
    change(served_url, "DROP TABLE chat_messages")
    answer = ada.get(f"/chat/sessions/{session}/messages")
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    for inside in ("chat_messages", "SELECT", "table", "relation", "Traceback"):
        assert inside not in answer.text
