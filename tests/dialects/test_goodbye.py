"""How a connection to MySQL or MariaDB ends: with a goodbye, and with nothing left open when the event loop ends."""

import asyncio
import gc
from contextlib import suppress

import pytest

from tests.turns import counting
from whimbrel import DatabaseUnreachable
from whimbrel.session.connect import open_session

pytestmark = pytest.mark.only("mysql", "mariadb")


def test_a_session_says_goodbye_so_that_the_server_counts_no_aborted_client(url: str) -> None:
    async def one_query() -> int:
        async with counting(url) as (address, turns), open_session(address) as session:
            before = turns.taken
            await session.connection.fetch_value("SELECT 1 AS n")
        return turns.taken - before

    assert asyncio.run(one_query()) == 2


@pytest.mark.only("mysql")
@pytest.mark.parametrize("user", ["root", "root:wrong"])
def test_over_tls_nothing_is_left_open(url: str, user: str) -> None:
    """A socket that is left open is a warning of the garbage collector, which fails this test."""

    async def connect() -> None:
        with suppress(DatabaseUnreachable):
            async with open_session(f"{url.replace('root@', f'{user}@')}?sslmode=require") as session:
                assert await session.connection.fetch_one("SHOW STATUS WHERE variable_name = 'Ssl_cipher' AND value <> ''")

    asyncio.run(connect())
    gc.collect()
