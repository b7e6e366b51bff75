"""Another user's object is answered like a missing one, on every route of the application's own OpenAPI."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from application import build
from tests.application import web
from tests.application.conftest import logged_in
from tests.application.marks import ONCE
from tests.application.walk import ok
from tests.fleet import clear_away, new_fleet

OPENAPI = build("sqlite://").openapi()
ROUTES = [(method.upper(), path) for path, operations in OPENAPI["paths"].items() for method in operations]
WITH_AN_ID = [(method, path) for method, path in ROUTES if "{" in path]
# Only these routes require no login.
OPEN = {("GET", "/health/live"), ("GET", "/health/ready"), ("POST", "/auth/register"), ("POST", "/auth/login")}
# A valid body for each model that a route takes.
BODIES: dict[str, dict[str, object]] = {
    "Title": {"title": "changed"},
    "NewChatMessage": {"role": "user", "content": "changed"},
    "Result": {"output_data": "changed"},
    "Failure": {"error_message": "changed"},
    "NewConversationMessage": {"role": "user", "content": "changed"},
    "NewWidgetMessage": {"role": "user", "content": "changed"},
    "TaskChange": {"title": "changed"},
    "NewName": {"name": "changed"},
    "NewMember": {"email": "filled in below"},
    "ChatHistoryCreate": {"question": "changed", "answer": "changed"},
}
Ids = dict[str, str]


def body(method: str, path: str, email: str) -> dict[str, object] | None:
    """Return the body for a route."""
    taken = OPENAPI["paths"][path][method.lower()].get("requestBody")
    if taken is None:
        return None
    model = taken["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return BODIES[model] | ({"email": email} if model == "NewMember" else {})


def ask(client: httpx.Client, method: str, path: str, ids: Ids) -> httpx.Response:
    """Call a route with these ids, and with a valid body."""
    return client.request(method, path.format(**ids), json=body(method, path, ids["email"]))


def pictures(client: httpx.Client, ids: Ids) -> dict[str, object]:
    """Return all that a user sees of her own data."""
    return {path: ok(ask(client, method, path, ids)) for method, path in WITH_AN_ID if method == "GET"}


def fill(client: httpx.Client, tenant: str, member: httpx.Client) -> Ids:
    """Create one object of each kind, and return the ids."""
    user = ok(member.get("/auth/me"))
    organization = ok(client.post("/organizations", json={"name": "x", "tenant": tenant}), 201)
    path = f"/organizations/{organization['id']}"
    ok(client.post(f"{path}/members", json={"email": user["email"]}), 201)
    made = {
        "session_id": client.post("/chat/sessions", json={}),
        "execution_id": client.post("/pipelines/executions", json={"pipeline_name": "p"}),
        "conversation_id": client.post("/conversations"),
        "task_id": client.post("/tasks", json={"title": "t"}),
        "entry_id": client.post(f"{path}/history", json={"question": "?", "answer": "!"}),
    }
    ids = {name: str(ok(answer, 201)["id"]) for name, answer in made.items()}
    # The widget chooses the identifiers of its sessions itself.
    ids["widget_session_id"] = str(ok(client.post("/widget/sessions", json={"session_id": str(uuid4())}), 201)["session_id"])
    return ids | {"organization_id": str(organization["id"]), "user_id": str(user["id"]), "email": str(user["email"])}


@pytest.fixture
def carol(address: str) -> Iterator[httpx.Client]:
    """Yield a member of both organizations, who has no data of her own."""
    with logged_in(address) as client:
        yield client


@pytest.fixture
def tenants(served_url: str, database: str, tmp_path: Path) -> Iterator[list[str]]:
    """Yield the names of two tenants, which are dropped afterwards."""
    fleet = new_fleet(served_url, database, tmp_path)
    yield fleet.names(2)
    clear_away(fleet)


def test_these_tests_cover_every_id_of_the_routes() -> None:
    known = {"conversation_id", "entry_id", "execution_id", "organization_id", "session_id", "task_id", "user_id"}
    known |= {"widget_session_id"}
    assert {name for _, path in ROUTES for name in re.findall(r"{(\w+)}", path)} == known
    assert len(WITH_AN_ID) >= 25


def test_every_route_with_an_id_answers_another_user_as_for_a_missing_object(
    ada: httpx.Client, bob: httpx.Client, carol: httpx.Client, tenants: list[str]
) -> None:
    hers, his = fill(ada, tenants[0], carol), fill(bob, tenants[1], carol)
    before = pictures(ada, hers)
    nobodys = hers | {name: str(uuid4()) for name in hers if name not in ("task_id", "conversation_id", "email")}
    nobodys |= {"task_id": "1", "conversation_id": "1"}
    for method, path in WITH_AN_ID:
        answer = ask(bob, method, path, hers)
        assert (answer.status_code, answer.json()) == (404, {"detail": "not found"}), (method, path, answer.text)
        assert answer.content == ask(bob, method, path, nobodys).content
        if "{entry_id}" in path:
            assert ask(bob, method, path, hers | {"organization_id": his["organization_id"]}).status_code == 404
    assert pictures(ada, hers) == before
    assert set(pictures(bob, his)) == set(before)


def test_the_owner_may_make_the_same_requests(ada: httpx.Client, carol: httpx.Client, tenants: list[str]) -> None:
    hers = fill(ada, tenants[0], carol)
    # DELETE routes come last, nested ones first.
    order = sorted(WITH_AN_ID, key=lambda route: (route[0] == "DELETE", -len(route[1])))
    for method, path in order:
        # A run ends only once, and the user is a member already.
        wanted = {"/pipelines/executions/{execution_id}/fail": (422,), "/organizations/{organization_id}/members": (200, 409)}
        answer = ask(ada, method, path, hers)
        if path.endswith("/complete") and "execution" in path:
            assert answer.status_code in (200, 422)
        else:
            assert answer.status_code in (*wanted.get(path, ()), 200, 201, 204), (method, path, answer.text)


# The answer comes before the first question to the database.
@ONCE
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_but_four_requires_a_login(address: str, method: str, path: str) -> None:
    if (method, path) in OPEN:
        return
    ids = dict.fromkeys(("task_id", "conversation_id"), "1")
    identified = ("session_id", "execution_id", "entry_id", "organization_id", "user_id", "widget_session_id")
    ids |= dict.fromkeys(identified, str(uuid4()))
    assert web.request(method, f"{address}{path.format(**ids)}", json={}).status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_documents_its_answers(method: str, path: str) -> None:
    operation = OPENAPI["paths"][path][method.lower()]
    answers = operation["responses"]
    if (method, path) not in OPEN:
        assert "401" in answers
        assert operation["security"] == [{"APIKeyCookie": []}]
    assert ("{" not in path) or "404" in answers
    assert method in ("GET",) or path.startswith("/health") or {"403", "413", "422"} <= set(answers)
    for status, answer in answers.items():
        if status == "204":
            assert "content" not in answer
        else:
            assert answer["content"]["application/json"]["schema"] not in (
                {},
                {"$ref": "#/components/schemas/HTTPValidationError"},
            )
