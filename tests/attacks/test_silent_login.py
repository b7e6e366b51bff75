"""A server that is silent after the login ends every verb within its limits."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.attacks.test_silence import SECONDS, SILENT
from tests.cases import each_case
from tests.faults.proxy import Proxy
from tests.files import write_set
from whimbrel import info, lifespan, migrate, validate
from whimbrel.commands.repair import repair
from whimbrel.dialects.connection import Connection
from whimbrel.errors import ConnectionLost, DatabaseUnreachable
from whimbrel.session.connect import open_session
from whimbrel.tenants import tenant_status
from whimbrel.url import DatabaseUrl

pytestmark = [pytest.mark.asyncio, pytest.mark.only("postgresql", "mysql", "mariadb")]

Verb = Callable[[str, str], Awaitable[object]]


async def start(url: str, folder: str, **options: object) -> None:
    async with lifespan(url, folder, **options)(SimpleNamespace(state=SimpleNamespace())):  # type: ignore[arg-type]
        pass


VERBS: dict[str, Verb] = {
    "migrate": migrate,
    "dry run": lambda url, folder: migrate(url, folder, dry_run=True),
    "info": info,
    "validate": validate,
    "repair": repair,
    "lifespan": start,
    "lifespan, check": lambda url, folder: start(url, folder, mode="check"),
    "lifespan, wait": lambda url, folder: start(url, folder, mode="wait", wait=1),
    "tenants": lambda url, folder: tenant_status(url, f"{folder}/tenant/blueprint"),
}


@each_case("verb", VERBS)
async def test_a_server_that_is_silent_after_the_login_ends_every_verb(
    url: str, database: str, proxy: Proxy, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(Connection, "pace", SILENT)
    monkeypatch.setattr(DatabaseUrl, "connect_timeout", 0.5)
    folder = write_set(tmp_path / "set", {"V1__a.sql": "CREATE TABLE a (n INTEGER);\n"})
    write_set(tmp_path / "set" / "tenant" / "blueprint", {"V1__a.sql": "CREATE TABLE a (n INTEGER);\n"})
    proxy.begin("silent after login")
    async with asyncio.timeout(SECONDS):
        with pytest.raises((ConnectionLost, DatabaseUnreachable), match="no answer"):
            await VERBS[verb](through, folder)


async def test_the_connect_timeout_includes_identifying_the_server(
    url: str, database: str, proxy: Proxy, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseUrl, "connect_timeout", 0.5)
    proxy.begin("silent after login")
    async with asyncio.timeout(SECONDS):
        with pytest.raises(DatabaseUnreachable, match="cannot be reached"):
            async with open_session(through):
                pass
