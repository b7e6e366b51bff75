"""The database is unreachable, silent, locked or restarted: every route answers 503 soon, and works again afterwards."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from tests.attacks.application import (
    ROUTES,
    Line,
    body_of_route,
    client_of,
    file_locked,
    line_to,
    path_of,
    started,
    until,
)

pytestmark = pytest.mark.asyncio
SERVERS = pytest.mark.only("postgresql", "mysql", "mariadb")
# This route needs no database.
ALIVE = ("GET", "/health/live")


async def ask(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    return await client.request(method, path_of(path), json=body_of_route(method, path))


async def judge(client: httpx.AsyncClient) -> None:
    """Call every route, and raise AssertionError unless each answers 503 in the documented form."""
    routes = [route for route in ROUTES if route != ALIVE]
    answers = await asyncio.gather(*(ask(client, *route) for route in routes))
    for route, answer in zip(routes, answers, strict=True):
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2"), (route, answer.text)
        told = {"status": "not ready"} if route[1] == "/health/ready" else {"detail": "the database does not answer in time"}
        assert answer.json() == told, route
    assert (await ask(client, *ALIVE)).status_code == 200


async def serves_again(client: httpx.AsyncClient) -> bool:
    for method, path, status in (("GET", "/health/ready", 200), ("GET", "/auth/me", 200), ("POST", "/tasks", 201)):
        for _ in range(300):
            if (await client.request(method, path, json={"title": "t"} if status == 201 else None)).status_code == status:
                break
            await asyncio.sleep(0.1)
        else:
            return False
    return True


@SERVERS
async def test_every_route_answers_503_while_the_database_is_unreachable(url: str) -> None:
    async with line_to(url) as (through, line), started(through) as application, client_of(application) as client:
        await line.leave()
        await judge(client)
        # The pool also replaces connections that were cut.
        await judge(client)
        line.listen()
        assert await serves_again(client)


@SERVERS
async def test_every_route_answers_503_while_the_database_is_silent(url: str) -> None:
    async with (
        line_to(url) as (through, line),
        started(through, answer_seconds=2) as application,
        client_of(application) as client,
    ):
        line.be_silent()
        await judge(client)
        line.speak()
        assert await serves_again(client)


@SERVERS
async def test_the_application_recovers_after_a_restart_of_the_database(url: str) -> None:
    async with line_to(url) as (through, line), started(through) as application, client_of(application) as client:
        for _ in range(3):
            await line.leave()
            line.listen()
            answers = [await client.get("/auth/me"), await client.get("/health/ready")]
            assert {answer.status_code for answer in answers} <= {200, 503}
            assert await serves_again(client)


@SERVERS
async def test_a_route_whose_table_another_session_has_locked_answers_503(url: str) -> None:
    async with started(url, answer_seconds=1) as application, client_of(application) as client:
        # The login succeeds, and then the route itself waits.
        lock = "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE" if application.state.db_manager.url.dialect == "postgresql" else ""
        async with AsyncExitStack() as stack:
            other = await stack.enter_async_context(application.state.db_manager.acquire())
            await other.run("BEGIN" if lock else "LOCK TABLES tasks WRITE")
            if lock:
                await other.run(lock)
            answers = [await client.get("/tasks"), await client.post("/tasks", json={"title": "t"})]
            assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(503, "2")] * 2
            assert (await client.get("/health/ready")).status_code == 200
            await other.run("ROLLBACK" if lock else "UNLOCK TABLES")
        assert await serves_again(client)


@pytest.mark.only("sqlite")
async def test_every_route_answers_503_while_nobody_can_read_the_file(url: str) -> None:
    async with started(url, answer_seconds=1) as application, client_of(application) as client:
        async with file_locked(url, "EXCLUSIVE"):
            await judge(client)
        assert await serves_again(client)


@pytest.mark.only("sqlite")
async def test_readers_do_not_wait_behind_waiting_writers(url: str) -> None:
    async with started(url, answer_seconds=600) as application, client_of(application) as client:
        async with file_locked(url, "IMMEDIATE"):
            writers = [asyncio.ensure_future(client.post("/tasks", json={"title": "t"})) for _ in range(8)]
            # All of these have started before the readers.
            await asyncio.sleep(0.2)
            answers = await asyncio.gather(
                *(client.get(path) for path in ("/auth/me", "/health/ready", "/tasks") for _ in range(4))
            )
            assert [answer.status_code for answer in answers] == [200] * 12
            assert not any(writer.done() for writer in writers)
        assert [answer.status_code for answer in await asyncio.gather(*writers)] == [201] * 8


@pytest.mark.only("sqlite")
async def test_a_waiting_writer_gets_503_within_the_time_limit(url: str) -> None:
    async with started(url, answer_seconds=1) as application, client_of(application) as client:
        async with file_locked(url, "IMMEDIATE"):
            answers = await asyncio.gather(*(client.post("/tasks", json={"title": "t"}) for _ in range(6)))
            assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(503, "2")] * 6
        assert await serves_again(client)
        assert len((await client.get("/tasks")).json()["items"]) == 1


async def lend_all(application: FastAPI, stack: AsyncExitStack) -> None:
    for _ in range(5):
        await stack.enter_async_context(application.state.db_manager.acquire())


async def test_the_probe_is_answered_while_every_connection_of_the_pool_is_lent(url: str) -> None:
    async with started(url, answer_seconds=1) as application, client_of(application) as client:
        async with AsyncExitStack() as stack:
            await lend_all(application, stack)
            assert (await client.get("/health/ready")).json() == {"status": "ready"}
            assert (await client.get("/auth/me")).status_code == 503
        assert await serves_again(client)


@SERVERS
async def test_many_probes_share_one_query_and_one_connection(url: str) -> None:
    async with line_to(url) as (through, line), started(through) as application, client_of(application) as client:
        await probe(client, 20, 200)
        before = line.accepted
        await probe(client, 20, 200)
        assert line.accepted == before
        line.be_silent()
        await asyncio.sleep(0.6)
        await probe(client, 20, 503)
        line.speak()
        await until_ready(client, line)


async def probe(client: httpx.AsyncClient, many: int, status: int) -> None:
    answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(many)))
    assert [answer.status_code for answer in answers] == [status] * many


async def until_ready(client: httpx.AsyncClient, line: Line) -> None:
    assert await serves_again(client)
    # The connections of the pool, opened on demand, and one for the probes.
    await until(lambda: line.open <= 6)
