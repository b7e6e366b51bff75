"""Users can only cause limited load: on the server's connections, with organizations, and with logins."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from application.routes import organizations
from database.repositories import accounts
from database.repositories.record import now
from tests.application.conftest import PASSWORD
from tests.application.walk import ok
from tests.attacks.application import client_of, line_to, own_fleet, started
from tests.fleet import Fleet
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio


@pytest.fixture
def fleet(url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield names of tenants, which are dropped afterwards."""
    with own_fleet(url, database, tmp_path) as made:
        yield made


# The pool's five, one for the probes, and two for each of the two requests that may found organizations.
MOST_CONNECTIONS = 10


@contextmanager
def most_files(url: str) -> Iterator[list[int]]:
    """Record in a task how many SQLite files this process has open."""
    most, path = [0], str(Path(parse_url(url).database).resolve())

    async def watch() -> None:
        while True:
            most[0] = max(most[0], sum(_target(one).startswith(path) for one in Path("/proc/self/fd").iterdir()))
            await asyncio.sleep(0.002)

    task = asyncio.ensure_future(watch())
    try:
        yield most
    finally:
        task.cancel()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


@asynccontextmanager
async def counted(url: str, database: str) -> AsyncIterator[tuple[FastAPI, list[int]]]:
    """Yield the application, and a list that finally holds its maximum number of connections."""
    if database == "sqlite":
        async with started(url) as application:
            with most_files(url) as most:
                yield application, most
        return
    async with line_to(url) as (through, line), started(through) as application:
        line.most, most = line.open, [0]
        yield application, most
        most[0] = line.most


async def found_many(client: httpx.AsyncClient, names: list[str]) -> list[int]:
    wanted = [{"name": "x", "tenant": name} for name in names]
    return [one.status_code for one in await asyncio.gather(*(client.post("/organizations", json=body) for body in wanted))]


async def test_founding_many_organizations_at_once_uses_few_connections(url: str, database: str, fleet: Fleet) -> None:
    async with counted(url, database) as (application, most), client_of(application) as client:
        statuses = await found_many(client, fleet.names(15))
        assert 201 in statuses
        assert set(statuses) <= {201, 503}, statuses
        # Each request may be repeated.
        made = ok(await client.post("/organizations", json={"name": "x", "tenant": fleet.name(0)}), 201)
        path = f"/organizations/{made['id']}/history"
        answers = await asyncio.gather(*(client.get(path) for _ in range(40)))
        answers += await asyncio.gather(*(client.post(path, json={"question": "?", "answer": "!"}) for _ in range(20)))
        assert {answer.status_code for answer in answers} <= {200, 201, 503}
    assert 0 < most[0] <= (2 * MOST_CONNECTIONS if database == "sqlite" else MOST_CONNECTIONS)


async def test_a_user_can_found_a_limited_number_of_organizations(
    url: str, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizations, "MOST_ORGANIZATIONS", 2)
    async with started(url) as application, client_of(application) as client:
        statuses = await found_many(client, fleet.names(5))
        assert (statuses.count(201), set(statuses)) == (2, {201, 403})
        answer = await client.post("/organizations", json={"name": "x", "tenant": fleet.name(7)})
        assert (answer.status_code, answer.json()) == (403, {"detail": "a user may found at most 2 organizations"})
        owned = (await client.get("/organizations")).json()["items"]
        # The owner may still repeat requests for existing ones, and being a member of others does not count.
        for one in owned:
            assert ok(await client.post("/organizations", json={"name": "x", "tenant": one["tenant"]}), 201) == one
        async with client_of(application) as other:
            theirs = ok(await other.post("/organizations", json={"name": "y", "tenant": fleet.name(8)}), 201)
            email = ok(await client.get("/auth/me"))["email"]
            ok(await other.post(f"/organizations/{theirs['id']}/members", json={"email": email}), 201)
        assert len((await client.get("/organizations")).json()["items"]) == 3


async def test_one_login_too_many_ends_the_oldest(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_LOGINS", 3)
    async with started(url) as application, client_of(application) as client:
        email, manager = ok(await client.get("/auth/me"))["email"], application.state.db_manager
        await manager.execute("UPDATE sessions SET created_at = :early", {"early": now().replace(year=2020)})
        first, tokens = client.cookies["session"], []
        for _ in range(4):
            ok(await client.post("/auth/login", json={"email": email, "password": PASSWORD}))
            tokens.append(client.cookies["session"])
            assert (await client.get("/auth/me")).status_code == 200
        assert await manager.fetch_value("SELECT COUNT(*) AS n FROM sessions") == 3
        client.cookies.clear()
        assert (await client.get("/auth/me", headers={"Cookie": f"session={first}"})).status_code == 401
        assert (await client.get("/auth/me", headers={"Cookie": f"session={tokens[-1]}"})).status_code == 200


async def test_a_name_used_by_the_database_is_refused_and_leaves_nothing(
    url: str, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = fleet.name(1)
    async with started(url) as application, client_of(application) as client:
        await make_schema(application, url, name)
        for quicker in (False, True):
            if quicker:
                # This simulates a schema that appears after the check.
                monkeypatch.setattr(organizations, "check_free", _pass)
            answer = await client.post("/organizations", json={"name": "x", "tenant": name})
            assert (answer.status_code, answer.json()) == (409, {"detail": "it already exists"})
            assert (await client.get("/organizations")).json()["items"] == []
            assert await application.state.db_manager.fetch_value("SELECT COUNT(*) AS n FROM organizations") == 0


async def _pass(*_: object) -> None:
    """Refuse no name."""


async def make_schema(application: FastAPI, url: str, name: str) -> None:
    address = parse_url(url)
    if address.dialect == "sqlite":
        folder = Path(f"{address.database}.tenants")
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.db").touch()
    else:
        await application.state.db_manager.execute(f"CREATE SCHEMA {name}")


async def test_an_invalid_tenant_name_gets_422(url: str) -> None:
    names = ["", "Acme", "public", "mysql", "pg_x", "whimbrel", "a b", 'a"b', "../x", "x" * 64, "a\0", "\ud800"]
    async with started(url) as application, client_of(application) as client:
        for name in names:
            body = json.dumps({"name": "x", "tenant": name})
            answer = await client.post("/organizations", content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, list(answer.json())) == (422, ["detail"]), name
        assert (await client.get("/organizations")).json()["items"] == []
