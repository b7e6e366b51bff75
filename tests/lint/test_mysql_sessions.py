"""The gauge of MySQL and MariaDB beside the sessions, users and transactions that it meets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from tests.lint.mysql_setup import Scene, fresh_scene
from tests.servers import Server
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.gauge import GAUGE, MysqlGauge
from whimbrel.parsing.statement import Statement
from whimbrel.url import parse_url

pytestmark = pytest.mark.only("mysql", "mariadb")
_DATABASE = "lint_sessions"
_USER = "lint_user"
_SETUP = (
    "CREATE TABLE parents (id INT PRIMARY KEY)",
    "CREATE TABLE children (id INT PRIMARY KEY, parent_id INT, note VARCHAR(60))",
    "INSERT INTO parents VALUES (1), (2), (3), (4)",
    "INSERT INTO children VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd')",
)


async def _measure(gauge: MysqlGauge, sql: str, *, inside: bool = False) -> StatementFacts:
    return await gauge.measure(Statement(sql, 0, 1, 1), in_transaction=inside)


@asynccontextmanager
async def _gauged(server: Server, database: str) -> AsyncIterator[tuple[MysqlGauge, Scene]]:
    async with fresh_scene(server.url, database, _DATABASE) as scene:
        await scene.own.send(_SETUP)
        gauge = await GAUGE.attach(scene.own, _DATABASE)
        try:
            yield gauge, scene
        finally:
            await gauge.close()


def test_a_temporary_table_hides_a_table_and_is_altered_once(database: str, servers: Mapping[str, Server]) -> None:
    async def run() -> None:
        async with _gauged(servers[database], database) as (gauge, _):
            await _measure(gauge, "CREATE TEMPORARY TABLE parents (id INT)")
            assert await _measure(gauge, "ALTER TABLE parents ADD COLUMN note INT") == StatementFacts()

    asyncio.run(run())


def test_a_transaction_keeps_the_locks_of_earlier_statements(database: str, servers: Mapping[str, Server]) -> None:
    async def run() -> None:
        async with _gauged(servers[database], database) as (gauge, scene):
            await scene.own.run("START TRANSACTION")
            first = await _measure(gauge, "UPDATE children SET note = 'n'", inside=True)
            second = await _measure(gauge, "DELETE FROM parents WHERE id = 1", inside=True)
            await scene.own.run("ROLLBACK")
            third = await _measure(gauge, "DELETE FROM parents WHERE id = 1")
            assert [[(lock.table, lock.earlier) for lock in facts.locks] for facts in (first, second, third)] == [
                [("children", False)],
                [("children", True)],
                [],
            ]

    asyncio.run(run())


def test_a_table_that_the_session_locked_is_not_waited_for(database: str, servers: Mapping[str, Server]) -> None:
    async def run() -> None:
        async with _gauged(servers[database], database) as (gauge, scene):
            locked = await _measure(gauge, "FLUSH TABLES parents WITH READ LOCK")
            assert [(lock.table, lock.blocks) for lock in locked.locks] == [("parents", "writes")]
            facts = await _measure(gauge, "ANALYZE TABLE parents")
            await scene.own.run("UNLOCK TABLES")
            assert facts.refused or facts.notes == ("the locks on parents were not watched",)

    asyncio.run(run())


def test_a_cancelled_measurement_ends_its_statement(database: str, servers: Mapping[str, Server]) -> None:
    async def run() -> None:
        async with _gauged(servers[database], database) as (gauge, scene):
            await scene.holder.send(["START TRANSACTION", "SELECT 1 FROM parents WHERE FALSE FOR UPDATE"])
            task = asyncio.ensure_future(_measure(gauge, "DROP TABLE parents"))
            waiting = (
                f"SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = {scene.own.session} AND state LIKE 'Wait%'"
            )
            while not await scene.other.fetch_value(waiting):
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await scene.holder.run("ROLLBACK")
            assert await scene.tables() == ["children", "parents"]
            facts = await _measure(gauge, "DROP TABLE parents")
            assert [(lock.table, lock.blocks) for lock in facts.locks] == [("parents", "everything")]

    asyncio.run(run())


def test_a_user_without_privileges_gets_notes_for_what_stays_hidden(database: str, servers: Mapping[str, Server]) -> None:
    async def run() -> None:
        async with _gauged(servers[database], database) as (_, scene):
            await scene.other.run(f"CREATE USER {_USER}@'%' IDENTIFIED BY 'lint'")
            await scene.other.run(f"GRANT ALL ON {_DATABASE}.* TO {_USER}@'%'")
            address = parse_url(servers[database].url.replace("root@", f"{_USER}:lint@"))._replace(database=_DATABASE)
            connection = await scene.own.dialect.connect(address)
            assert isinstance(connection, MysqlConnection)
            gauge = await GAUGE.attach(connection, _DATABASE)
            copied = await _measure(gauge, "ALTER TABLE children MODIFY note TEXT")
            hidden = await _measure(gauge, "ALTER TABLE children MODIFY parent_id INT NOT NULL")
            await gauge.close()
            await connection.close()
            await scene.other.run(f"DROP USER {_USER}@'%'")
            assert (copied.algorithm, copied.rewritten, copied.notes) == ("copy", ("children",), ())
            assert (hidden.algorithm, hidden.locks[0].blocks) == ("", "schema changes")
            assert "GRANT PROCESS ON *.*" in hidden.notes[0]

    asyncio.run(run())
