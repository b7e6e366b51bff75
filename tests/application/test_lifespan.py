"""The lifespan without a server: the application's own one inside it, its log, and the middleware's decisions."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.application.marks import ANY_SERVER
from tests.files import ROOT, write_set
from tests.patience import PATIENCE
from whimbrel import ConfigurationError, MigrationsPending, Startup, UntilReady, ValidationFailed, lifespan, migrate

pytestmark = pytest.mark.asyncio
ONE = {"V1__one.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);\n"}
WITH_STATE = """
import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from whimbrel import lifespan

@asynccontextmanager
async def own(app):
    yield {{"a": 1}}

async def main():
    async with lifespan({url!r}, {folder!r}, background=True, then=own)(SimpleNamespace(state=SimpleNamespace())):
        await asyncio.sleep(600)

asyncio.run(main())
"""


def application() -> Any:
    return SimpleNamespace(state=SimpleNamespace())


class Own:
    """An application's own lifespan, which records the tasks in which it was entered and left, and its findings."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any] | None] = []
        self.found: list[dict[str, Any]] = []

    @asynccontextmanager
    async def __call__(self, app: Any) -> AsyncIterator[None]:
        self.tasks.append(asyncio.current_task())
        self.found = await app.state.db_manager.fetch_all("SELECT id FROM a")
        yield
        self.tasks.append(asyncio.current_task())


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.02)


async def test_the_applications_own_lifespan_runs_inside_and_its_state_is_passed_on(url: str, tmp_path: Path) -> None:
    folder, app = write_set(tmp_path / "one", ONE), application()

    @asynccontextmanager
    async def own(app: Any) -> AsyncIterator[dict[str, int]]:
        assert not app.state.startup.ready
        yield {"rows": await app.state.db_manager.fetch_value("SELECT COUNT(*) AS n FROM a")}

    async with lifespan(url, folder, then=own)(app) as state:
        assert state == {"rows": 1}
        assert app.state.startup == Startup("ready", ready=True)
    assert not app.state.startup.ready


async def test_in_the_background_it_is_entered_and_left_in_one_task(url: str, tmp_path: Path) -> None:
    folder, app, own = write_set(tmp_path / "one", ONE), application(), Own()
    async with lifespan(url, folder, background=True, then=own)(app):
        assert not app.state.startup.ready
        await until(lambda: app.state.startup.ready)
        assert own.found == [{"id": 1}]
    assert len(own.tasks) == 2
    assert own.tasks[0] is own.tasks[1]


@ANY_SERVER
async def test_in_the_background_it_cannot_have_a_state(url: str, tmp_path: Path) -> None:
    code = WITH_STATE.format(url=url, folder=write_set(tmp_path / "one", ONE))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, timeout=PATIENCE)
    assert done.returncode == 2
    assert "with background=True, a lifespan cannot pass on a state" in done.stderr


async def test_a_start_that_is_ended_in_the_background_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    folder, app = write_set(tmp_path / "one", ONE), application()
    async with lifespan(url, folder, background=True, mode="wait")(app):
        await until(lambda: app.state.startup.status.startswith("waiting for another process"))
    assert len(asyncio.all_tasks()) == 1
    assert (await migrate(url, folder)).applied


async def test_a_new_migration_is_applied_when_the_application_is_started_again(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "one", ONE)
    async with lifespan(url, folder)(application()):
        pass
    write_set(tmp_path / "one", {"V2__two.sql": "INSERT INTO a VALUES (2);\n"})
    for _ in range(2):
        async with lifespan(url, folder)(app := application()):
            assert await app.state.db_manager.fetch_all("SELECT id FROM a ORDER BY id") == [{"id": 1}, {"id": 2}]


async def test_a_check_finds_what_is_pending_and_passes_when_nothing_is(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "one", ONE)
    with pytest.raises(MigrationsPending) as caught:
        async with lifespan(url, folder, mode="check")(application()):
            raise AssertionError
    assert (caught.value.exit_code, caught.value.scripts) == (4, ("one/V1__one.sql",))
    await migrate(url, folder)
    async with lifespan(url, folder, mode="check")(app := application()):
        assert app.state.startup.ready


async def test_the_error_for_a_too_old_application_names_its_version(url: str, tmp_path: Path) -> None:
    newer = {**ONE, "V2__two.sql": "-- whimbrel: min_app=2.1\nCREATE TABLE b (id INTEGER);"}
    await migrate(url, write_set(tmp_path / "set", newer), app_version="2.1")
    (tmp_path / "set" / "V2__two.sql").unlink()
    for mode in ("migrate", "check", "wait"):
        with pytest.raises(ValidationFailed, match=r"version 2\.1 or newer"):
            async with lifespan(url, str(tmp_path / "set"), mode=mode)(application()):
                pass
        async with lifespan(url, str(tmp_path / "set"), mode=mode, app_version="2.1")(application()):
            pass


async def test_a_set_for_one_database_runs_under_its_own_defaults(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"V1__one.sql": "CREATE TABLE a (id INTEGER);", "V2__two.mysql.sql": "SELECT 1;"})
    with pytest.raises(ConfigurationError, match="mode='never' is not known"):
        lifespan(url, folder, mode="never")  # type: ignore[arg-type]  # as somebody without a type checker writes it
    if database in ("mysql", "mariadb"):
        async with lifespan(url, folder, databases=[database])(application()):
            return
    with pytest.raises(ValidationFailed, match="has no file for"):
        async with lifespan(url, folder, databases=[database])(application()):
            pass


async def test_a_run_logs_each_step_beforehand(url: str, tmp_path: Path) -> None:
    folder, told = write_set(tmp_path / "one", ONE), list[str]()
    await migrate(url, folder)
    later = {f"V{number}__later.sql": f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY);" for number in (2, 3)}
    write_set(tmp_path / "one", later)
    await migrate(url, folder, progress=told.append)
    assert [line.partition(",")[0] for line in told] == [
        *("applying one/V2__later.sql", "applied one/V2__later.sql"),
        *("applying one/V3__later.sql", "applied one/V3__later.sql"),
    ]


async def ask(scope: dict[str, Any], *, ready: bool) -> list[Any]:
    """Return what the middleware sends, or "passed" if it called the application."""
    sent: list[Any] = []

    async def behind(*_: object) -> None:
        sent.append("passed")

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError

    app = SimpleNamespace(state=SimpleNamespace(startup=Startup(ready=ready)))
    await UntilReady(behind)({"app": app, "path": "/", **scope}, receive, send)
    return sent


@pytest.mark.parametrize(
    ("scope", "answer"),
    [
        ({"type": "http"}, ["http.response.start", "http.response.body"]),
        ({"type": "websocket"}, ["websocket.close"]),
        ({"type": "lifespan"}, ["passed"]),
        ({"type": "http", "path": "/health/live"}, ["passed"]),
        ({"type": "http", "path": "/v1/health/live", "root_path": "/v1"}, ["passed"]),
        ({"type": "http", "path": "/healthy"}, ["http.response.start", "http.response.body"]),
    ],
)
async def test_only_probes_pass_until_the_application_is_ready(scope: dict[str, Any], answer: list[str]) -> None:
    assert await ask(scope, ready=False) == answer
    assert await ask(scope, ready=True) == ["passed"]
