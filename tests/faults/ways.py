"""The ways into a database that the matrix of connection faults tries: a run, a manager, the application over HTTP."""

import tempfile
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import httpx

from application import build
from tests.files import write_set
from tests.patience import until
from whimbrel import DatabaseManager, migrate

__all__ = ["WAYS", "Way"]

_FILES = {
    "V1__a.sql": "CREATE TABLE marked (n INTEGER);\nCREATE TABLE rest (n INTEGER);\n",
    "V2__b.sql": "INSERT INTO rest VALUES (1);\nINSERT INTO rest VALUES (2);\n",
}


class Way(ABC):
    """One entry point, which is opened before the fault. `ask` returns "ok" or the refusal, and raises the errors of the entry
    point.
    """

    # This text is in the statement during which a fault may begin.
    mark = "marked"
    # Whether a file may already be open when the fault begins.
    keeps_open = True

    def __init__(self, url: str) -> None:
        self.url = url
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.enter()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def enter(self) -> None:
        """Prepare."""

    @abstractmethod
    async def ask(self) -> str:
        """Go this way once."""

    async def is_right(self) -> str:
        """Use this entry point once, after the fault."""
        return await self.ask()

    async def judge(self) -> str:
        """Return a text about lost or doubled work; an empty one if all is there once."""
        return ""


class Migrate(Way):
    keeps_open = False

    async def enter(self) -> None:
        self._folder = write_set(Path(self._stack.enter_context(tempfile.TemporaryDirectory())) / "set", _FILES)

    async def ask(self) -> str:
        await migrate(self.url, self._folder, lock_wait=1)
        return "ok"

    async def judge(self) -> str:
        async with DatabaseManager(self.url) as db_manager:
            rows = await db_manager.fetch_all("SELECT n FROM rest ORDER BY n")
        return "" if [row["n"] for row in rows] == [1, 2] else f"rows are {rows}"


class Manager(Way):
    async def enter(self) -> None:
        self._manager = await self._stack.enter_async_context(DatabaseManager(self.url, pool_size=2))
        await self._manager.execute("CREATE TABLE kept (n INTEGER)")
        self._written = 0

    async def ask(self) -> str:
        async with self._manager.transaction():
            await self._manager.execute("INSERT INTO kept VALUES (:n)", {"n": self._written})
            await self._manager.fetch_value("SELECT count(*) AS marked FROM kept")
        self._written += 1
        return "ok"

    async def judge(self) -> str:
        found = await self._manager.fetch_value("SELECT count(*) AS n FROM kept")
        return "" if found == self._written else f"{found} rows where {self._written} were told as written"


class Application(Way):
    # Only the values of a prepared statement are sent.
    mark = "marked@example.com"

    async def enter(self) -> None:
        app = build(self.url)
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://application")
        )
        # It migrates in the background.
        await until(self._is_served, 120)

    async def _is_served(self) -> bool:
        return await self.ask() == "ok"

    async def ask(self) -> str:
        ready = await self._client.get("/health/ready")
        login = {"email": self.mark, "password": "no such account"}
        served = await self._client.post("/auth/login", json=login)
        # The database's answer refuses a user without an account.
        told = [one for one in (ready.status_code, served.status_code) if one not in (200, 401)]
        return "ok" if not told else " and ".join(sorted({str(one) for one in told}, reverse=True))

    async def is_right(self) -> str:
        # A login takes the time of its password's hash.
        ready = await self._client.get("/health/ready")
        return "ok" if ready.status_code == 200 else str(ready.status_code)

    async def judge(self) -> str:
        served = await self.ask()
        return "" if served == "ok" else f"then {served}"


WAYS: dict[str, type[Way]] = {"migrate": Migrate, "manager": Manager, "application": Application}
