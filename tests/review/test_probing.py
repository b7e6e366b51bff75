"""A probe returns the outcome of a row on a database, and raises if the database did not evaluate the row."""

import pytest

from whimbrel import DatabaseManager
from whimbrel.errors import ConnectionLost
from whimbrel.review.probes import Insert
from whimbrel.review.probing import Bench, Outcome

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql")]
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id > 0))"
TRIGGER = "CREATE TRIGGER before_rows BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id = 7) EXECUTE FUNCTION die()"


DIE = (
    "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
)


async def test_a_row_on_which_no_answer_came_counts_as_neither_accepted_nor_refused(url: str, database: str) -> None:
    async with DatabaseManager(url) as manager:
        for statement in (TABLE, DIE, TRIGGER):
            await manager.execute(statement)
        bench = Bench({database: manager})
        assert await bench.ask([], [Insert("t", {"id": 1})]) == {database: Outcome("accepted")}
        assert await bench.ask([], [Insert("t", {"id": 0})]) == {database: Outcome("refused", accepted=False, check="t_id_check")}
        with pytest.raises(ConnectionLost):
            await bench.ask([], [Insert("t", {"id": 7})])
