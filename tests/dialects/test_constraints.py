"""A violated constraint raises the same error on every database, with its kind, and with its name if the database reports it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.cases import each_case
from whimbrel import ConstraintViolated, DatabaseManager

pytestmark = pytest.mark.asyncio(loop_scope="function")
TABLES = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, email VARCHAR(20), CONSTRAINT uq_parent_email UNIQUE (email));
CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER NOT NULL,
    amount INTEGER,
    CONSTRAINT fk_child_parent FOREIGN KEY (parent_id) REFERENCES parent (id),
    CONSTRAINT ck_child_amount CHECK (amount > 0)
);
INSERT INTO parent (id, email) VALUES (1, 'a@b');
INSERT INTO child (id, parent_id) VALUES (1, 1);
"""


@pytest_asyncio.fixture
async def db_manager(url: str) -> AsyncIterator[DatabaseManager]:
    async with DatabaseManager(url) as db_manager:
        assert (await db_manager.execute_script(TABLES)).success
        yield db_manager


@each_case(
    ("sql", "kind", "name"),
    [
        ("INSERT INTO parent (id) VALUES (1)", "unique", None),
        ("INSERT INTO parent (id, email) VALUES (2, 'a@b')", "unique", "uq_parent_email"),
        ("INSERT INTO child (id, parent_id) VALUES (2, 7)", "foreign_key", "fk_child_parent"),
        ("DELETE FROM parent", "foreign_key", "fk_child_parent"),
        ("INSERT INTO child (id, parent_id, amount) VALUES (2, 1, 0)", "check", "ck_child_amount"),
        ("UPDATE child SET amount = -1", "check", "ck_child_amount"),
        ("INSERT INTO child (id, parent_id) VALUES (2, NULL)", "not_null", "parent_id"),
        ("INSERT INTO child (id) VALUES (2)", "not_null", "parent_id"),
    ],
)
async def test_a_broken_constraint_tells_its_kind_and_name(
    db_manager: DatabaseManager, database: str, sql: str, kind: str, name: str | None
) -> None:
    with pytest.raises(ConstraintViolated) as caught:
        await db_manager.execute(sql)
    assert caught.value.kind == kind
    untold = database == "sqlite" and kind in ("unique", "foreign_key")
    assert name is None or caught.value.name == ("" if untold else name)
    assert caught.value.code


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_transaction_sees_what_others_committed_since_it_began(url: str, db_manager: DatabaseManager) -> None:
    async with DatabaseManager(url) as other, db_manager.transaction():
        assert await db_manager.fetch_value("SELECT COUNT(*) AS n FROM parent") == 1
        await other.execute("INSERT INTO parent (id) VALUES (2)")
        assert await db_manager.fetch_value("SELECT COUNT(*) AS n FROM parent") == 2
