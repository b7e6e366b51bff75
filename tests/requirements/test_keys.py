"""If another session holds the key of a row, the write is repeated, even if the database ends one of the waiting sessions."""

import pytest

from database.repositories.integer_keys import again_while_taken
from whimbrel import DatabaseManager
from whimbrel.errors import DatabaseBusy

SETS = ()
pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

DEADLOCK = {
    "postgresql": "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$",
    "mysql": "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'",
    "mariadb": "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'",
}


class Maker:
    """An insert that succeeds at the second attempt."""

    def __init__(self, db_manager: DatabaseManager, database: str) -> None:
        self._db_manager = db_manager
        self._refused = DEADLOCK[database]
        self.attempts = 0

    async def make(self) -> int:
        self.attempts += 1
        if self.attempts == 1:
            await self._db_manager.execute(self._refused)
        return self.attempts


async def test_a_deadlock_is_tried_again(db_manager: DatabaseManager, database: str) -> None:
    assert await again_while_taken(db_manager, Maker(db_manager, database).make) == 2


async def test_in_a_transaction_of_the_callers_a_deadlock_is_the_callers_to_try_again(
    db_manager: DatabaseManager, database: str
) -> None:
    maker = Maker(db_manager, database)
    with pytest.raises(DatabaseBusy):
        async with db_manager.transaction():
            await again_while_taken(db_manager, maker.make)
    assert maker.attempts == 1
