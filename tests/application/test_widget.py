"""The widget's sessions over HTTP (document 001): the widget names a session, and the session belongs to the user who begins
it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from database.repositories.widget_sessions import WidgetRepository
from tests.application.marks import ONCE
from tests.application.walk import list_of, ok
from whimbrel import DatabaseManager


def begun(client: httpx.Client) -> str:
    """Begin a session, and return its path."""
    session = ok(client.post("/widget/sessions", json={"session_id": str(uuid4())}), 201)
    return f"/widget/sessions/{session['session_id']}"


def test_a_session_belongs_to_the_first_user(ada: httpx.Client, bob: httpx.Client) -> None:
    named = {"session_id": str(uuid4())}
    session = ok(ada.post("/widget/sessions", json=named), 201)
    answer = bob.post("/widget/sessions", json=named)
    assert (answer.status_code, answer.json()) == (409, {"detail": "it already exists"})
    assert ok(ada.post("/widget/sessions", json={"session_id": named["session_id"].upper()}), 201) == session
    path = f"/widget/sessions/{named['session_id']}"
    assert bob.post(f"{path}/messages", json={"role": "user", "content": "x"}).status_code == 404
    # After its owner has deleted a session, anyone may begin it again, and finds none of the old messages.
    ok(ada.post(f"{path}/messages", json={"role": "user", "content": "hers"}), 201)
    ok(ada.delete(path), 204)
    ok(bob.post("/widget/sessions", json=named), 201)
    assert list_of(bob, f"{path}/messages") == []
    assert ada.get(path).status_code == 404


def test_of_simultaneous_users_only_one_gets_it(ada: httpx.Client, bob: httpx.Client) -> None:
    named = {"session_id": str(uuid4())}
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda number: (ada, bob)[number % 2].post("/widget/sessions", json=named), range(16)))
    codes = [{answer.status_code for answer in answers[number::2]} for number in (0, 1)]
    assert sorted(codes, key=min) == [{201}, {409}]
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1


def test_a_session_that_was_not_begun_over_http_belongs_to_no_user(ada: httpx.Client, served_url: str) -> None:
    session_id = uuid4()

    async def begin() -> None:
        async with DatabaseManager(served_url) as db_manager:
            await WidgetRepository(db_manager).open_session(session_id)

    asyncio.run(begin())
    assert ada.post("/widget/sessions", json={"session_id": str(session_id)}).status_code == 409
    assert ada.get(f"/widget/sessions/{session_id}").status_code == 404


@ONCE
@pytest.mark.parametrize(
    "fields",
    [
        {"role": "system"},
        {"role": "User"},
        {"content": ""},
        {"content": None},
        {"content": "x" * 65_536},
        {"timestamp": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"timestamp": "2020-01-01T00:00:00"},
        {"session_id": str(uuid4())},
    ],
)
def test_a_message_that_breaks_a_rule_is_refused_and_changes_nothing(ada: httpx.Client, fields: dict[str, object]) -> None:
    path = begun(ada)
    before = ok(ada.get(path))
    answer = ada.post(f"{path}/messages", json={"role": "user", "content": "x"} | fields)
    assert (answer.status_code, list(answer.json())) == (422, ["detail"])
    assert answer.json()["detail"].startswith(next(iter(fields)))
    assert ok(ada.get(path)) == before
    assert list_of(ada, f"{path}/messages") == []


@ONCE
@pytest.mark.parametrize("session_id", ["", "no uuid", None, 1])
def test_an_identifier_that_is_not_a_uuid_is_refused(ada: httpx.Client, session_id: object) -> None:
    answer = ada.post("/widget/sessions", json={"session_id": session_id})
    assert (answer.status_code, answer.json()["detail"][:11]) == (422, "session_id:")


@ONCE
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_message_is_never_changed(ada: httpx.Client, method: str) -> None:
    path = begun(ada)
    said = ok(ada.post(f"{path}/messages", json={"role": "user", "content": "x"}), 201)
    for address in (f"{path}/messages", f"{path}/messages/{said['id']}", f"{path}/messages/{said['sequence_number']}"):
        assert ada.request(method, address, json={"role": "user", "content": "y"}).status_code in (404, 405)
    ok(ada.post(f"{path}/messages", json={"role": "assistant", "content": "z"}), 201)
    assert list_of(ada, f"{path}/messages")[0] == said
