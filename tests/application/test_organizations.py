"""Organizations over HTTP: their tenants, their members, and the administrators of all organizations."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from database.schemas import sql_folder
from tests.application import web
from tests.application.test_auth import change
from tests.application.walk import list_of, ok, walk_organization
from tests.files import write_set
from tests.fleet import Fleet, clear_away, new_fleet
from whimbrel import onboard


@pytest.fixture
def fleet(served_url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield names of tenants, which are dropped afterwards."""
    made = new_fleet(served_url, database, tmp_path)
    yield made
    clear_away(made)


def promote(url: str, client: httpx.Client) -> None:
    """Make the user an administrator, as the documents describe."""
    insert = "INSERT INTO administrators (user_id) SELECT id FROM users WHERE email = :email"
    change(url, insert, email=client.get("/auth/me").json()["email"])


def test_founding_an_organization_creates_its_tenant_and_its_history(ada: httpx.Client, fleet: Fleet) -> None:
    walk_organization(ada, fleet.name(1))
    assert fleet.name(1) in asyncio.run(fleet.schemas())


def test_a_tenant_belongs_to_the_first_founder(ada: httpx.Client, bob: httpx.Client, fleet: Fleet) -> None:
    wanted = {"name": "x", "tenant": fleet.name(1)}
    ok(ada.post("/organizations", json=wanted), 201)
    for client, name in ((bob, "x"), (ada, "y")):
        assert client.post("/organizations", json=wanted | {"name": name}).status_code == 409
    assert list_of(bob, "/organizations") == []


def test_founding_gives_no_access_to_an_existing_tenant_or_schema(
    ada: httpx.Client, served_url: str, fleet: Fleet, database: str
) -> None:
    asyncio.run(onboard(served_url, fleet.name(1), sql_folder("tenant")))
    if database == "sqlite":
        Path(f"{served_url.removeprefix('sqlite:///')}.tenants", f"{fleet.name(2)}.db").touch()
    else:
        change(served_url, f"CREATE SCHEMA {fleet.name(2)}")
    for name in (fleet.name(1), fleet.name(2)):
        answer = ada.post("/organizations", json={"name": "x", "tenant": name})
        assert (answer.status_code, answer.json()) == (409, {"detail": "it already exists"})
    assert list_of(ada, "/organizations") == []


@pytest.mark.parametrize("tenant", ["", "Acme", "public", "mysql", "a b", "a;b", 'a"b', "ä", "../x", "x" * 64, "a\0", "pg_x"])
def test_a_name_that_no_schema_can_have_is_refused(ada: httpx.Client, tenant: str) -> None:
    assert ada.post("/organizations", json={"name": "x", "tenant": tenant}).status_code == 422
    assert list_of(ada, "/organizations") == []


def test_members_see_the_history_and_the_owner_manages_the_members(ada: httpx.Client, bob: httpx.Client, fleet: Fleet) -> None:
    made = ok(ada.post("/organizations", json={"name": "x", "tenant": fleet.name(1)}), 201)
    path, user = f"/organizations/{made['id']}", ok(bob.get("/auth/me"))
    assert ada.post(f"{path}/members", json={"email": "nobody@example.org"}).status_code == 404
    assert ok(ada.post(f"{path}/members", json={"email": str(user["email"]).upper()}), 201)["user_id"] == user["id"]
    assert ada.post(f"{path}/members", json={"email": user["email"]}).status_code == 409
    assert ok(bob.get(path))["role"] == "member"
    ok(bob.post(f"{path}/history", json={"question": "?", "answer": "!"}), 201)
    assert len(list_of(ada, f"{path}/history")) == 1
    owner = ok(ada.get("/auth/me"))["id"]
    assert sorted(str(one["user_id"]) for one in list_of(bob, f"{path}/members", limit=1)) == sorted(
        [str(owner), str(user["id"])]
    )
    assert bob.patch(path, json={"name": "y"}).status_code == 403
    assert bob.post(f"{path}/members", json={"email": user["email"]}).status_code == 403
    assert bob.delete(f"{path}/members/{owner}").status_code == 403
    assert ada.delete(f"{path}/members/{owner}").status_code == 404
    ok(bob.delete(f"{path}/members/{user['id']}"), 204)
    assert bob.get(f"{path}/history").status_code == 404
    ok(ada.get(path))


def test_only_administrators_see_and_sync_the_tenants(ada: httpx.Client, served_url: str, fleet: Fleet) -> None:
    for attempt in (ada.get("/admin/tenants"), ada.post("/admin/sync-tenants")):
        assert (attempt.status_code, list(attempt.json())) == (403, ["detail"])
    promote(served_url, ada)
    assert ok(ada.get("/auth/me"))["is_admin"] is True
    other = write_set(fleet.folder / "tenant" / "other", {"V1__a.sql": "SELECT 1;"})
    asyncio.run(onboard(served_url, fleet.name(1), other))
    states = {one["name"]: one["state"] for one in ada.get("/admin/tenants").json()}
    assert states[fleet.name(1)] == "behind"
    report = ok(ada.post("/admin/sync-tenants"))
    assert fleet.name(1) in list(report["done"])  # type: ignore[call-overload]
    assert report["failed"] == []
    states = {one["name"]: one["state"] for one in ada.get("/admin/tenants").json()}
    assert states[fleet.name(1)] == "up to date"


def test_simultaneous_requests_for_one_organization_create_it_once(address: str, ada: httpx.Client, fleet: Fleet) -> None:
    async def run() -> list[int]:
        async with web.AsyncClient(base_url=address, cookies=ada.cookies) as client:
            wanted = {"name": "x", "tenant": fleet.name(1)}
            return [
                one.status_code for one in await asyncio.gather(*(client.post("/organizations", json=wanted) for _ in range(5)))
            ]

    answers = asyncio.run(run())
    assert 201 in answers
    assert set(answers) <= {201, 409}
    (organization,) = list_of(ada, "/organizations")
    assert list_of(ada, f"/organizations/{organization['id']}/history") == []
