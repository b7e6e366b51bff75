"""The whole walk of a user: register, chat, history, log out; on any database and server."""

from uuid import uuid4

import httpx

from tests.application import web
from tests.application.conftest import PASSWORD, registration


def ok(answer: httpx.Response, status: int = 200) -> dict[str, object]:
    """Check the status, and return the body."""
    assert answer.status_code == status, answer.text
    return dict(answer.json()) if answer.content else {}


def walk(address: str) -> None:
    """Walk with a new connection for each request, so that any of several workers may answer."""
    once = httpx.Limits(max_keepalive_connections=0)
    with web.Client(base_url=address, limits=once) as client:
        new = registration(full_name="Ada Lovelace")
        user = ok(client.post("/auth/register", json=new), 201)
        assert ok(client.get("/auth/me")) == user
        for part in (_chat, _pipeline, _conversation, _agent, _widget):
            part(client)
        ok(client.post("/auth/logout"), 204)
        assert client.get("/auth/me").status_code == 401
        ok(client.post("/auth/login", json={"email": new["email"], "password": PASSWORD}))
        (session,) = list_of(client, "/chat/sessions")
        assert session["title"] == "On engines"
        ok(client.post("/auth/logout-everywhere"), 204)
        assert client.get("/chat/sessions").status_code == 401


def list_of(client: httpx.Client, path: str, **query: str | int) -> list[dict[str, object]]:
    """Return all items of a list, page by page."""
    items, cursor = [], ok(client.get(path, params=query))
    while True:
        assert isinstance(cursor["items"], list)
        items += cursor["items"]
        if cursor["next"] is None:
            return items
        cursor = ok(client.get(path, params=query | {"cursor": str(cursor["next"])}))


def _chat(client: httpx.Client) -> None:
    session = ok(client.post("/chat/sessions", json={"title": "Engines"}), 201)
    path = f"/chat/sessions/{session['id']}"
    for number in range(5):
        message = {"role": "user", "content": f"größer 😀 {number}", "metadata": {"n": number}}
        ok(client.post(f"{path}/messages", json=message), 201)
    told = list_of(client, f"{path}/messages", limit=2)
    assert [one["sequence_number"] for one in told] == [1, 2, 3, 4, 5]
    assert (told[4]["content"], told[4]["metadata"]) == ("größer 😀 4", {"n": 4})
    latest = ok(client.get(f"{path}/messages", params={"latest": True, "limit": 2}))
    assert latest["items"] == told[3:]
    before = ok(client.get(f"{path}/messages", params={"latest": True, "limit": 3, "cursor": str(latest["next"])}))
    assert (before["items"], before["next"]) == (told[:3], None)
    assert ok(client.patch(path, json={"title": "On engines"}))["title"] == "On engines"
    other = ok(client.post("/chat/sessions", json={}), 201)
    assert [one["id"] for one in list_of(client, "/chat/sessions", limit=1)] == [other["id"], session["id"]]
    ok(client.delete(f"/chat/sessions/{other['id']}"), 204)
    assert client.get(f"/chat/sessions/{other['id']}").status_code == 404


def _pipeline(client: httpx.Client) -> None:
    run = ok(client.post("/pipelines/executions", json={"pipeline_name": "p", "input_data": [1]}), 201)
    path = f"/pipelines/executions/{run['id']}"
    assert ok(client.get(path)) == run
    done = ok(client.post(f"{path}/complete", json={"output_data": {"a": None}}))
    assert (done["status"], done["output_data"]) == ("completed", {"a": None})
    assert client.post(f"{path}/fail", json={"error_message": "late"}).status_code == 422
    other = ok(client.post("/pipelines/executions", json={"pipeline_name": "q"}), 201)
    failed = ok(client.post(f"/pipelines/executions/{other['id']}/fail", json={"error_message": "why"}))
    assert list_of(client, "/pipelines/executions", limit=1) == [failed, done]


def _conversation(client: httpx.Client) -> None:
    conversation = ok(client.post("/conversations"), 201)
    path = f"/conversations/{conversation['id']}"
    said = [ok(client.post(f"{path}/messages", json={"role": "user", "content": str(n)}), 201) for n in range(3)]
    assert list_of(client, f"{path}/messages", limit=1) == said
    assert list_of(client, f"{path}/messages", limit=1, latest="true") == said[::-1]
    assert ok(client.get(path))["summary"] == "0"
    other = ok(client.post("/conversations"), 201)
    assert [one["id"] for one in list_of(client, "/conversations", limit=1)] == [other["id"], conversation["id"]]
    ok(client.delete(path), 204)
    assert client.get(f"{path}/messages").status_code == 404


def _agent(client: httpx.Client) -> None:
    for role in ("user", "assistant"):
        ok(client.post("/agent/messages", json={"role": role, "content": role}), 201)
    assert [one["role"] for one in client.get("/agent/messages").json()] == ["user", "assistant"]
    assert ok(client.delete("/agent/messages")) == {"deleted": 2}
    first, second = (ok(client.post("/tasks", json={"title": title}), 201) for title in ("milk", "bread"))
    path = f"/tasks/{first['id']}"
    assert ok(client.get(path)) == first
    assert ok(client.patch(path, json={"description": "two"}))["description"] == "two"
    assert ok(client.post(f"{path}/complete"))["completed"] is True
    assert [one["title"] for one in list_of(client, "/tasks", limit=1)] == ["bread", "milk"]
    assert [one["title"] for one in list_of(client, "/tasks", status="pending")] == ["bread"]
    ok(client.delete(f"/tasks/{second['id']}"), 204)
    assert client.get(f"/tasks/{second['id']}").status_code == 404


def _widget(client: httpx.Client) -> None:
    named = {"session_id": str(uuid4())}
    session = ok(client.post("/widget/sessions", json=named), 201)
    path = f"/widget/sessions/{named['session_id']}"
    said = []
    for number, role in enumerate(("user", "assistant", "user")):
        message = {"role": role, "content": f"größer 😀 {number}", "timestamp": f"2020-01-01T0{number}:00:00+01:00"}
        said.append(ok(client.post(f"{path}/messages", json=message), 201))
    assert [one["timestamp"] for one in said[:2]] == ["2019-12-31T23:00:00Z", "2020-01-01T00:00:00Z"]
    touched = ok(client.get(path))
    assert str(touched["updated_at"]) > str(session["updated_at"])
    # A reloaded page begins its session again, and finds the messages.
    assert ok(client.post("/widget/sessions", json=named), 201) == touched
    assert list_of(client, f"{path}/messages", limit=1) == said
    assert ok(client.get(f"{path}/messages", params={"latest": True, "limit": 2}))["items"] == said[1:]
    assert list_of(client, f"{path}/messages", limit=1, latest="true") == said[::-1]
    ok(client.delete(path), 204)
    assert client.get(f"{path}/messages").status_code == 404


def walk_organization(client: httpx.Client, tenant: str) -> str:
    """Found an organization, fill its history, and return its path."""
    made = ok(client.post("/organizations", json={"name": "Müller & Söhne", "tenant": tenant}), 201)
    assert (made["role"], made["tenant"]) == ("owner", tenant)
    # A client that did not get the answer repeats the request.
    assert ok(client.post("/organizations", json={"name": "Müller & Söhne", "tenant": tenant}), 201) == made
    path = f"/organizations/{made['id']}"
    assert ok(client.get(path)) == made
    assert list_of(client, "/organizations", limit=1)[0] == made
    assert ok(client.patch(path, json={"name": "Müller"}))["name"] == "Müller"
    asked = [
        ok(client.post(f"{path}/history", json={"question": f"{n}?", "answer": "42", "citation": {"page": n}}), 201)
        for n in range(3)
    ]
    assert list_of(client, f"{path}/history", limit=1) == asked[::-1]
    entry = f"{path}/history/{asked[0]['id']}"
    assert ok(client.get(entry)) == asked[0]
    assert ok(client.put(entry, json={"question": "0?", "answer": "43"}))["answer"] == "43"
    ok(client.delete(entry), 204)
    assert client.get(entry).status_code == 404
    return path
