"""The accounts and logins of the application's users: identity, and how long a login is valid."""

from datetime import timedelta
from uuid import uuid4

import pytest

from database.repositories.accounts import Account, AccountRepository, LoginRepository
from tests.cases import each_case
from whimbrel import DatabaseManager, RuleViolated

SETS = ("auth", "tenancy", "chatkit", "application")
pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)


@pytest.fixture
def accounts(db_manager: DatabaseManager) -> AccountRepository:
    return AccountRepository(db_manager)


@pytest.fixture
def logins(db_manager: DatabaseManager) -> LoginRepository:
    return LoginRepository(db_manager)


async def new_account(accounts: AccountRepository) -> Account:
    name = f"u{uuid4().hex[:20]}"
    return await accounts.create(f"{name}@example.org", name, "hashed")


async def count(db_manager: DatabaseManager, user_id: str) -> int:
    return int(await db_manager.fetch_value("SELECT COUNT(*) AS n FROM sessions WHERE user_id = :id", {"id": user_id}))


async def test_an_account_is_stored_as_it_was_made_in_small_letters(accounts: AccountRepository) -> None:
    name = f"U{uuid4().hex[:20]}"
    made = await accounts.create(f"{name}@Example.ORG", name, "$hash$", "Ada Lovelace")
    assert (made.email, made.username) == (f"{name}@example.org".lower(), name.lower())
    for written in (made.email, made.email.upper()):
        assert await accounts.find(written) == (made, "$hash$")


async def test_an_address_and_a_name_have_one_account_whatever_their_capitals(accounts: AccountRepository) -> None:
    first = await new_account(accounts)
    for email, username in ((first.email.upper(), "other"), ("other@example.org", first.username.upper())):
        with pytest.raises(RuleViolated) as caught:
            await accounts.create(email, username, "hashed")
        assert caught.value.rule == "unique"


@each_case("email", ["ú@example.org", "a b@example.org", "a@b", "a@-b.org", "@b.org", "a@b.org\n", "a\0@b.org"])
async def test_an_address_is_ascii_with_a_domain(accounts: AccountRepository, email: str) -> None:
    with pytest.raises(RuleViolated) as caught:
        await accounts.create(email, "x", "hashed")
    assert (caught.value.rule, caught.value.field) == ("value", "email")
    assert await accounts.find(email) is None


async def test_an_address_with_an_accent_is_not_found_for_the_one_without(accounts: AccountRepository) -> None:
    account = await new_account(accounts)
    assert await accounts.find(f"ú{account.email[1:]}") is None


async def test_whoever_has_the_token_is_the_user(accounts: AccountRepository, logins: LoginRepository) -> None:
    ada, bob = await new_account(accounts), await new_account(accounts)
    token = await logins.begin(ada.id, DAY)
    found = await logins.find(token)
    assert found is not None
    assert found.last_login is not None
    assert found.model_copy(update={"last_login": None}) == ada
    for wrong in (token.swapcase(), token[:-1], "", "\0", "\ud800", bob.id):
        assert await logins.find(wrong) is None
        assert not await logins.end(wrong)


async def test_a_login_needs_an_account(logins: LoginRepository) -> None:
    with pytest.raises(RuleViolated) as caught:
        await logins.begin(str(uuid4()), DAY)
    assert caught.value.rule == "foreign_key"


async def test_an_expired_login_is_nobodys_and_is_cleared_away(
    accounts: AccountRepository, logins: LoginRepository, db_manager: DatabaseManager
) -> None:
    ada, bob = await new_account(accounts), await new_account(accounts)
    old, new = await logins.begin(ada.id, -DAY), await logins.begin(bob.id, DAY)
    assert await logins.find(old) is None
    await logins.delete_expired()
    assert (await count(db_manager, ada.id), await count(db_manager, bob.id)) == (0, 1)
    assert await logins.find(new) is not None


async def test_logins_end_one_by_one_or_all_of_a_user(accounts: AccountRepository, logins: LoginRepository) -> None:
    ada, bob = await new_account(accounts), await new_account(accounts)
    tokens, others = [await logins.begin(ada.id, DAY) for _ in range(3)], await logins.begin(bob.id, DAY)
    assert await logins.end(tokens[0])
    assert not await logins.end(tokens[0])
    assert await logins.end_all(ada.id) == 2
    assert [await logins.find(one) for one in tokens] == [None] * 3
    assert await logins.find(others) is not None


async def test_an_administrator_is_one_who_is_in_the_table(
    accounts: AccountRepository, logins: LoginRepository, db_manager: DatabaseManager
) -> None:
    ada = await new_account(accounts)
    token = await logins.begin(ada.id, DAY)
    insert = "INSERT INTO administrators (user_id) SELECT id FROM users WHERE email = :email"
    assert [one.is_admin for one in [ada, await logins.find(token)] if one] == [False, False]
    assert await db_manager.execute(insert, {"email": ada.email}) == 1
    found = await logins.find(token)
    assert found is not None
    assert found.is_admin is True
