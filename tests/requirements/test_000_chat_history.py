"""Requirement 000, for one tenant: its chat history; and the global tables: organizations and one-time passwords."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from database.repositories import one_time_passwords
from database.repositories.chat_history import ChatHistoryCreate, ChatHistoryRepository
from database.repositories.one_time_passwords import OtpRepository
from database.repositories.organizations import OrganizationRepository
from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseError, DatabaseManager, RuleViolated

SETS = ("tenancy", "tenant")
pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture
def history(db_manager: DatabaseManager) -> ChatHistoryRepository:
    return ChatHistoryRepository(db_manager)


@pytest.fixture
def organizations(db_manager: DatabaseManager) -> OrganizationRepository:
    return OrganizationRepository(db_manager)


@pytest.fixture
def passwords(db_manager: DatabaseManager) -> OtpRepository:
    return OtpRepository(db_manager)


@pytest.fixture
def email() -> str:
    return f"{uuid4().hex}@example.org"


# The model and the schema for creating


async def test_an_interaction_is_stored_as_it_was_told(history: ChatHistoryRepository) -> None:
    told: dict[str, Any] = {"question": "größer?", "answer": "😀", "citation": {"b": [1, 2.5, None], "a": {"ü": True}}}
    told |= {"latency": 12, "token_prompt": 0, "token_completion": 2**31 - 1}
    added = await history.add(told)
    assert await history.get(added.id) == added
    assert added.model_dump(include=set(told)) == told
    assert (str(UUID(added.id)), added.created_at) == (added.id, added.updated_at)


async def test_all_but_question_and_answer_may_be_left_out(history: ChatHistoryRepository) -> None:
    added = await history.add(ChatHistoryCreate(question="q", answer="a"))
    read = await history.get(added.id)
    assert read == added
    assert (read.citation, read.latency, read.token_prompt, read.token_completion) == (None, None, None, None)


@each_case(
    ("fields", "field"),
    [
        ({"question": ""}, "question"),
        ({"answer": ""}, "answer"),
        ({"answer": None}, "answer"),
        ({"question": "a\0b"}, "question"),
        ({"answer": "ü" * 32_768}, "answer"),
        ({"citation": ["no object"]}, "citation"),
        ({"citation": {"a": float("inf")}}, "citation"),
        ({"citation": {"a": "\ud83d"}}, "citation"),
        ({"latency": -1}, "latency"),
        ({"token_prompt": 2**31}, "token_prompt"),
    ],
)
async def test_question_and_answer_are_not_empty_and_amounts_are_not_negative(
    history: ChatHistoryRepository, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleViolated) as caught:
        await history.add({"question": "q", "answer": "a"} | fields)
    assert (caught.value.rule, caught.value.field) == ("value", field)


@each_case(
    ("fields", "kind", "name"),
    [
        ({"question": ""}, "check", "ck_chat_history_question"),
        ({"answer": ""}, "check", "ck_chat_history_answer"),
        ({"answer": None}, "not_null", "answer"),
        ({"latency": -1}, "check", "ck_chat_history_latency"),
        ({"updated_at": datetime(2020, 1, 1, tzinfo=UTC)}, "check", "ck_chat_history_updated_at"),
    ],
)
async def test_the_rules_of_chat_history_hold_in_the_database_itself(
    db_manager: DatabaseManager, fields: dict[str, Any], kind: str, name: str
) -> None:
    moment = datetime.now(UTC)
    row = {"id": str(uuid4()), "question": "q", "answer": "a", "latency": 1, "created_at": moment, "updated_at": moment} | fields
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(
            "INSERT INTO chat_history (id, question, answer, latency, created_at, updated_at) "
            "VALUES (:id, :question, :answer, :latency, :created_at, :updated_at)",
            row,
        )
    assert (caught.value.kind, caught.value.name) == (kind, name)


async def test_a_citation_may_be_longer_than_a_text(history: ChatHistoryRepository) -> None:
    added = await history.add({"question": "q", "answer": "a", "citation": {"text": "ü" * 100_000}})
    assert await history.get(added.id) == added


async def test_a_citation_nests_as_deep_as_every_database_takes_it(history: ChatHistoryRepository) -> None:
    def nested(levels: int) -> dict[str, object]:
        return {"a": nested(levels - 1)} if levels > 1 else {"a": [1]}

    added = await history.add({"question": "q", "answer": "a", "citation": nested(30)})
    assert await history.get(added.id) == added
    with pytest.raises(RuleViolated) as caught:
        await history.add({"question": "q", "answer": "a", "citation": nested(31)})
    assert (caught.value.rule, caught.value.field) == ("value", "citation")


@each_case("number", [2**63, -(2**63) - 1, 10**30, 10**400, 2**20_000])
async def test_an_integer_that_json_would_change_is_refused(history: ChatHistoryRepository, number: int) -> None:
    with pytest.raises(RuleViolated, match="integers of 64 bits") as caught:
        await history.add({"question": "q", "answer": "a", "citation": {"at": [number]}})
    assert (caught.value.rule, caught.value.field) == ("value", "citation")


async def test_the_numbers_of_a_citation_come_back_as_they_went_in(history: ChatHistoryRepository) -> None:
    numbers = [2**63 - 1, -(2**63), 0.1, 1e16, 1e23, 1.7976931348623157e308, 5e-324]
    added = await history.add({"question": "q", "answer": "a", "citation": {"numbers": numbers}})
    read = await history.get(added.id)
    assert read is not None
    assert read.citation == {"numbers": numbers}


async def test_a_changed_entry_tells_when(history: ChatHistoryRepository) -> None:
    added = await history.add({"question": "q", "answer": "a", "latency": 1})
    changed = await history.update(added.id, {"question": "q", "answer": "b"})
    assert changed is not None
    assert (changed.answer, changed.latency, changed.created_at) == ("b", None, added.created_at)
    assert changed.updated_at > added.updated_at
    assert await history.update(str(uuid4()), {"question": "q", "answer": "b"}) is None


async def test_the_history_is_listed_newest_first_page_by_page_and_deleted(history: ChatHistoryRepository) -> None:
    made = [await history.add({"question": str(number), "answer": "a"}) for number in range(4)]
    first = await history.list(limit=3)
    rest = await history.list(before=first[-1].key, limit=1)
    assert [one.question for one in (*first, *rest)] == ["3", "2", "1", "0"]
    assert await history.delete(made[0].id)
    assert not await history.delete(made[0].id)
    assert await history.get(made[0].id) is None


async def test_a_tenant_is_reached_by_the_name_of_its_schema(db_manager: DatabaseManager, history: ChatHistoryRepository) -> None:
    here = {"sqlite": "main", "postgresql": "public"}.get(db_manager.url.dialect, db_manager.url.database)
    added = await ChatHistoryRepository(db_manager, here).add({"question": "q", "answer": "a"})
    assert await history.get(added.id) == added
    with pytest.raises(DatabaseError):
        await ChatHistoryRepository(db_manager, 'x"; DROP TABLE chat_history; --').list()
    assert await history.get(added.id) == added


# The golden rule's global tables: Organization


async def test_an_organization_is_stored_found_renamed_and_deleted(organizations: OrganizationRepository, ada: str) -> None:
    made = await organizations.create("Größer 😀", ada)
    assert await organizations.get(made.id) == made == await organizations.find(ada)
    renamed = await organizations.rename(made.id, "Smaller")
    assert renamed is not None
    assert (renamed.name, renamed.tenant) == ("Smaller", ada)
    assert made.id in [one.id for one in await organizations.list()]
    assert await organizations.delete(made.id)
    assert await organizations.get(made.id) is None
    assert await organizations.rename(made.id, "x") is None


async def test_a_tenant_has_one_organization(organizations: OrganizationRepository, ada: str) -> None:
    await organizations.create("x", ada)
    with pytest.raises(RuleViolated) as caught:
        await organizations.create("y", ada)
    assert (str(caught.value), caught.value.rule) == ("it already exists", "unique")
    assert await organizations.find(ada.upper()) is None


@each_case(
    ("name", "tenant", "field"), [("", "x", "name"), ("x" * 256, "x", "name"), ("x", "", "tenant"), ("x", "ü" * 32, "tenant")]
)
async def test_an_organization_has_a_name_and_a_tenant_of_at_most_63_bytes(
    organizations: OrganizationRepository, name: str, tenant: str, field: str
) -> None:
    with pytest.raises(RuleViolated) as caught:
        await organizations.create(name, tenant)
    assert (caught.value.rule, caught.value.field) == ("value", field)


async def test_organizations_are_listed_newest_first_page_by_page(organizations: OrganizationRepository, ada: str) -> None:
    made = [await organizations.create(str(number), f"{ada}{number}") for number in range(4)]
    first = await organizations.list(limit=3)
    rest = await organizations.list(before=first[-1].key, limit=1)
    assert [one.id for one in (*first, *rest)] == [one.id for one in made[::-1]]


# OTP


async def test_a_password_is_used_once(passwords: OtpRepository, email: str) -> None:
    code = await passwords.issue(email, "login")
    assert code.isdigit()
    assert len(code) == 6
    answers = await asyncio.gather(*(passwords.use(email, "login", code) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert not await passwords.use(email, "login", code)


async def test_only_the_hash_of_a_password_is_stored(passwords: OtpRepository, db_manager: DatabaseManager, email: str) -> None:
    code = await passwords.issue(email, "login")
    row = await db_manager.fetch_one("SELECT * FROM one_time_passwords WHERE email = :email", {"email": email})
    assert row is not None
    assert code not in [str(value) for value in row.values()]
    assert (len(row["code_hash"]), row["attempts"], row["used_at"]) == (64, 0, None)


async def test_a_password_expires(passwords: OtpRepository, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = await passwords.issue(email, "login", seconds=60)
    later = datetime.now(UTC) + timedelta(seconds=61)
    with monkeypatch.context() as patched:
        patched.setattr(one_time_passwords, "now", lambda: later)
        assert not await passwords.use(email, "login", code)
        assert await passwords.delete_expired() >= 1
    assert not await passwords.use(email, "login", code)


async def test_after_five_attempts_the_right_password_is_wrong_too(passwords: OtpRepository, email: str) -> None:
    code = await passwords.issue(email, "login")
    wrong = "000000" if code != "000000" else "000001"
    assert not any(await asyncio.gather(*(passwords.use(email, "login", wrong) for _ in range(5))))
    assert not await passwords.use(email, "login", code)


async def test_a_password_is_for_one_address_and_one_purpose(passwords: OtpRepository, email: str) -> None:
    code = await passwords.issue(email.upper(), "login")
    assert not await passwords.use("x" + email, "login", code)
    assert not await passwords.use(email, "sign up", code)
    assert not await passwords.use("a\0b", "login", code)
    assert not await passwords.use(email, "login", "\ud83d")
    assert await passwords.use(email, "login", code)


async def test_a_new_password_voids_the_one_before_also_when_ten_are_asked_for_at_once(
    passwords: OtpRepository, db_manager: DatabaseManager, email: str
) -> None:
    codes = await asyncio.gather(*(passwords.issue(email, "login") for _ in range(10)))
    count = "SELECT COUNT(*) AS n FROM one_time_passwords WHERE email = :email"
    assert await db_manager.fetch_value(count, {"email": email}) == 1
    last = await passwords.issue(email, "login")
    for void in [code for code in codes if code != last][:4]:
        assert not await passwords.use(email, "login", void)
    assert await passwords.use(email, "login", last)


async def test_a_password_does_not_expire_before_it_is_made(passwords: OtpRepository, email: str) -> None:
    with pytest.raises(RuleViolated) as caught:
        await passwords.issue(email, "login", seconds=0)
    assert (caught.value.rule, caught.value.field) == ("check", "ck_one_time_passwords_expires_at")
