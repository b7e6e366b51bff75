"""Accounts and logins over HTTP: which are accepted, which are refused, and what a login permits."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from application import passwords
from tests.application import web
from tests.application.conftest import PASSWORD, logged_in, registration
from tests.application.marks import EVERYWHERE, ONCE
from whimbrel import DatabaseManager

pytestmark = ONCE


def change(url: str, sql: str, **values: object) -> None:
    async def run() -> None:
        async with DatabaseManager(url) as db_manager:
            await db_manager.execute(sql, values)

    asyncio.run(run())


def rows(url: str, sql: str, **values: object) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        async with DatabaseManager(url) as db_manager:
            return list(await db_manager.fetch_all(sql, values))

    return asyncio.run(run())


def token_of(client: httpx.Client) -> str:
    return client.cookies["session"]


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def status_with(address: str, token: str) -> int:
    return web.get(f"{address}/auth/me", headers={"Cookie": f"session={token}"}).status_code


def test_scripts_and_other_sites_cannot_use_the_cookie(address: str) -> None:
    answer = web.post(f"{address}/auth/register", json=registration())
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=1209600"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_the_cookie_of_https_is_never_sent_without_it(address: str) -> None:
    # The header comes from a proxy on this machine.
    answer = web.post(f"{address}/auth/register", json=registration(), headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@EVERYWHERE
def test_neither_password_nor_token_is_stored_and_no_answer_has_a_hash(address: str, served_url: str, ada: httpx.Client) -> None:
    answer = ada.get("/auth/me").json()
    assert set(answer) == {"id", "email", "username", "full_name", "is_admin", "created_at", "last_login"}
    (user,) = rows(served_url, "SELECT * FROM users WHERE id = :id", id=answer["id"])
    sessions = rows(served_url, "SELECT * FROM sessions WHERE user_id = :id", id=answer["id"])
    assert user["hashed_password"].startswith("$argon2id$")
    assert [one["id"] for one in sessions] == [hash_of(token_of(ada))]
    stored = repr([user, sessions])
    assert PASSWORD not in stored
    assert token_of(ada) not in stored


def test_a_hash_has_the_costs_that_rfc_9106_recommends() -> None:
    # The costs in `served` are a hundredth of these.
    assert extract_parameters(passwords._hasher.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(address: str, ada: httpx.Client) -> None:
    email = ada.get("/auth/me").json()["email"]
    wrong = web.post(f"{address}/auth/login", json={"email": email, "password": "wrong password"})
    unknown = web.post(f"{address}/auth/login", json={"email": f"x{email}", "password": PASSWORD})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers


@EVERYWHERE
@pytest.mark.parametrize("field", ["email", "username"])
def test_a_taken_name_is_refused_even_in_capitals(address: str, field: str) -> None:
    first = registration()
    assert web.post(f"{address}/auth/register", json=first).status_code == 201
    for taken in (str(first[field]), str(first[field]).upper()):
        answer = web.post(f"{address}/auth/register", json=registration(**{field: taken}))
        assert (answer.status_code, answer.json()) == (409, {"detail": "it already exists"})


@EVERYWHERE
def test_an_address_may_be_written_in_capitals(address: str) -> None:
    new = registration()
    shouted = str(new["email"]).upper()
    made = web.post(f"{address}/auth/register", json=new | {"email": shouted}).json()
    assert made["email"] == new["email"]
    for written in (shouted, new["email"]):
        answer = web.post(f"{address}/auth/login", json={"email": written, "password": PASSWORD})
        assert answer.json()["id"] == made["id"]


@EVERYWHERE
def test_an_address_with_an_accent_is_not_the_one_without(address: str) -> None:
    new = registration()
    web.post(f"{address}/auth/register", json=new)
    accented = {"email": f"ú{str(new['email'])[1:]}", "password": PASSWORD}
    assert web.post(f"{address}/auth/login", json=accented).status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "seven77"},
        {"password": "x" * 1025},
        {"password": "ü" * 513},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "ä@example.org"},
        {"email": "a@example.org\n"},
        {"email": f"{'a' * 244}@example.org"},
        {"username": ""},
        {"username": "ada lovelace"},
        {"username": "x" * 101},
        {"full_name": "x" * 256},
        {"full_name": "\ud800"},
        {"is_admin": True},
        {"\udc00": 1},
    ],
)
def test_the_error_for_an_invalid_registration_contains_no_sent_value(address: str, fields: dict[str, object]) -> None:
    content = json.dumps(registration(**fields))
    answer = web.post(f"{address}/auth/register", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (422, ["detail"])
    for value in fields.values():
        assert len(str(value)) < 3 or value is True or str(value) not in answer.json()["detail"]


@EVERYWHERE
@pytest.mark.parametrize("password", ["8 chars!", "x" * 1024, "ü" * 512, "a\nb😀 ...."])
def test_a_password_of_8_characters_to_1024_bytes_is_accepted_unchanged(address: str, password: str) -> None:
    new = registration(password=password)
    assert web.post(f"{address}/auth/register", json=new).status_code == 201
    for tried, status in ((password, 200), (password[:-1], 401), (password.upper() + "x", 401)):
        tried = tried[:1024] if len(tried.encode()) <= 1024 else tried[:500]
        answer = web.post(f"{address}/auth/login", json={"email": new["email"], "password": tried})
        assert answer.status_code == status, (tried, answer.text)


@EVERYWHERE
def test_an_expired_login_is_invalid_and_the_next_login_deletes_it(address: str, served_url: str, ada: httpx.Client) -> None:
    user, token = ada.get("/auth/me").json(), token_of(ada)
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    change(served_url, "UPDATE sessions SET expires_at = :past WHERE id = :id", past=past, id=hash_of(token))
    assert status_with(address, token) == 401
    ada.post("/auth/login", json={"email": user["email"], "password": PASSWORD})
    left = rows(served_url, "SELECT id FROM sessions WHERE user_id = :id", id=user["id"])
    assert [one["id"] for one in left] == [hash_of(token_of(ada))]
    assert status_with(address, token) == 401


@EVERYWHERE
def test_a_login_lasts_14_days(served_url: str, ada: httpx.Client) -> None:
    (session,) = rows(served_url, "SELECT * FROM sessions WHERE id = :id", id=hash_of(token_of(ada)))
    assert session["expires_at"] - session["created_at"] == timedelta(days=14)
    assert abs(session["created_at"] - datetime.now(UTC)) < timedelta(minutes=5)


@EVERYWHERE
def test_a_disabled_account_cannot_log_in(address: str, served_url: str, ada: httpx.Client) -> None:
    user = ada.get("/auth/me").json()
    change(served_url, "UPDATE users SET is_active = :off WHERE id = :id", off=False, id=user["id"])
    assert ada.get("/auth/me").status_code == 401
    assert ada.post("/auth/login", json={"email": user["email"], "password": PASSWORD}).status_code == 401


def test_logging_out_ends_only_this_login(address: str, ada: httpx.Client) -> None:
    user, first = ada.get("/auth/me").json(), token_of(ada)
    ada.post("/auth/login", json={"email": user["email"], "password": PASSWORD})
    second = token_of(ada)
    assert ada.post("/auth/logout").status_code == 204
    assert "session" not in ada.cookies
    assert (status_with(address, first), status_with(address, second)) == (200, 401)


def test_no_answer_may_be_stored_by_the_browser(address: str, ada: httpx.Client) -> None:
    answers = [ada.get("/auth/me"), ada.get("/chat/sessions"), ada.get(f"/tasks/{2**63}"), ada.get("/tasks/1")]
    answers += [ada.post("/tasks", content=b"x" * 1_000_001), ada.post("/tasks", headers={"Origin": "https://evil.example"})]
    answers += [ada.post("/auth/logout"), ada.get("/auth/me")]
    assert [answer.status_code for answer in answers] == [200, 200, 422, 404, 413, 403, 204, 401]
    # A browser's Back button shows stored answers, even after another user has logged in.
    assert {answer.headers.get("Cache-Control") for answer in answers} == {"no-store"}


@EVERYWHERE
def test_logging_out_everywhere_ends_every_login_of_this_user_only(address: str, ada: httpx.Client) -> None:
    user, first = ada.get("/auth/me").json(), token_of(ada)
    ada.post("/auth/login", json={"email": user["email"], "password": PASSWORD})
    second = token_of(ada)
    with logged_in(address) as bob:
        assert ada.post("/auth/logout-everywhere").status_code == 204
        assert [status_with(address, one) for one in (first, second, token_of(bob))] == [401, 401, 200]


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "%00", "é"])
def test_an_invalid_token_belongs_to_no_user(address: str, token: str) -> None:
    headers = [(b"Cookie", b"session=" + token.encode())]
    assert web.get(f"{address}/auth/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[evil"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({}, 201),
    ],
)
def test_another_sites_page_cannot_act_for_a_user(ada: httpx.Client, headers: dict[str, str], status: int) -> None:
    answer = ada.post("/conversations", headers=headers)
    assert (answer.status_code, status == 201 or set(answer.json()) == {"detail"}) == (status, True)
    assert len(ada.get("/conversations", headers=headers).json()["items"]) == (status == 201)


def test_the_applications_own_page_may(address: str, ada: httpx.Client) -> None:
    assert ada.post("/conversations", headers={"Origin": address}).status_code == 201
