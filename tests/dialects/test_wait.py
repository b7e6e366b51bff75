"""wait returns when the database answers, and ends at once if waiting cannot help."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import run_sql
from tests.faults.proxy import Fault, behind, proxied
from tests.files import AUTH, ROOT
from tests.patience import PATIENCE
from whimbrel import ConfigurationError, DatabaseUnreachable, migrate, wait
from whimbrel.cli import main
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url


@pytest.mark.asyncio
@pytest.mark.only("postgresql", "mysql", "mariadb")
@pytest.mark.parametrize("fault", ["refused", "closed"])
async def test_a_server_that_is_not_there_yet_is_waited_for(url: str, fault: Fault) -> None:
    lines: list[str] = []
    with proxied(url) as proxy:
        proxy.begin(fault)

        def listen(line: str) -> None:
            lines.append(line)
            proxy.recover()

        assert await wait(behind(proxy, url), timeout=PATIENCE, progress=listen) > 0
    assert len(lines) == 1
    assert lines[0].startswith(f"waiting, up to {PATIENCE:g} s: {urlsplit(url).scheme}://")


@pytest.mark.asyncio
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_database_that_is_created_later_is_waited_for(url: str) -> None:
    later = f"{url}_later"
    name = urlsplit(later).path[1:]

    async def create(statement: str) -> None:
        parsed = parse_url(url)
        connection = await find_dialect(parsed).open(parsed)
        await connection.run(statement)
        await connection.close()

    with pytest.raises(DatabaseUnreachable, match=r"(?s)without success: .*next: start the database, check the address"):
        await wait(later, timeout=0)
    await create(f"CREATE DATABASE {name}")
    try:
        assert (await migrate(later, AUTH, wait_for_database=PATIENCE)).applied
    finally:
        await create(f"DROP DATABASE {name}")


@pytest.mark.asyncio
@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_refused_login_ends_the_wait_at_once(url: str) -> None:
    lines: list[str] = []
    wrong = url.replace(f"//{urlsplit(url).netloc.rpartition('@')[0]}@", "//nobody:c4n4ry@")
    with pytest.raises(DatabaseUnreachable, match="next: correct this; waiting longer would not help") as caught:
        await wait(wrong, timeout=PATIENCE, progress=lines.append)
    assert (lines, caught.value.temporary, caught.value.exit_code) == ([], False, 7)
    assert "c4n4ry" not in str(caught.value)


@pytest.mark.asyncio
@pytest.mark.only("sqlite")
async def test_a_folder_that_is_mounted_later_is_waited_for(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    await wait(f"sqlite:///{folder / 'a.db'}", timeout=PATIENCE, progress=lambda _: folder.mkdir())
    assert list(folder.iterdir()) == []
    existing = f"sqlite:///{folder / 'a.db'}?mode=rw"
    await wait(existing, timeout=PATIENCE, progress=lambda _: (folder / "a.db").touch())
    (folder / "b.db").write_bytes(b"no database" * 100)
    with pytest.raises(DatabaseUnreachable, match="file is not a database"):
        await wait(f"sqlite:///{folder / 'b.db'}", timeout=PATIENCE)
    with pytest.raises(DatabaseUnreachable, match="cannot be opened"):
        await wait(f"sqlite:///{folder}", timeout=PATIENCE)
    with pytest.raises(ConfigurationError, match="the time to wait is -1"):
        await wait(existing, timeout=-1)


@pytest.mark.only("sqlite")
def test_the_command_answers_7_in_vain_and_0_at_once(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_sql(url, "CREATE TABLE a (x INTEGER)")
    assert main(["wait", "--url", url]) == 0
    assert "answers, after " in capsys.readouterr().out
    assert main(["wait", "--url", f"sqlite:///{tmp_path}/none/a.db", "--timeout", "0"]) == 7
    assert main(["migrate", "--url", f"sqlite:///{tmp_path}/none/a.db", "--sql", AUTH, "--wait-for-database", "0"]) == 7


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(database: str, number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "whimbrel", "wait", "--url", f"sqlite:///{tmp_path}/none/a.db", "--timeout", "3600"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("waiting, up to 3600 s: sqlite:///")
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
