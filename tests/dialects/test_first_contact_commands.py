"""First contact is refused on the command line and when an application starts, with the exit code of a problem."""

import asyncio
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.databases import count_rows
from tests.dialects.first_contact import held
from tests.faults.picture import draw
from tests.files import write_set
from tests.warm import warm
from whimbrel import ValidationFailed, lifespan, migrate

pytestmark = pytest.mark.asyncio


async def test_the_application_does_not_start_and_starts_when_it_is_told_to_go_on(url: str, tmp_path: Path) -> None:
    await held(url)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "DELETE FROM stock WHERE id = 1;"})
    before = await draw(url)
    with pytest.raises(ValidationFailed, match="DELETE: table stock exists already"):
        async with lifespan(url, folder)(SimpleNamespace(state=SimpleNamespace())):
            pass
    assert await draw(url) == before
    async with lifespan(url, folder, accept_existing=True)(SimpleNamespace(state=SimpleNamespace())):
        assert await count_rows(url, "stock") == 1


def command(*words: str) -> tuple[int, str, str]:
    with warm("-m", "whimbrel", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        said, logged = process.communicate()
    return process.returncode, said, logged


async def test_every_command_says_so_with_its_exit_code(url: str, tmp_path: Path) -> None:
    await held(url)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "DROP VIEW stock_names;"})
    told, options = "V1__a.sql:1:1: DROP VIEW: view stock_names exists already", ("--url", url, "--sql", folder)
    before = await draw(url)
    for words, code in (
        (("migrate",), 3),
        (("migrate", "--dry-run"), 3),
        (("validate",), 3),
        (("info",), 0),
        (("info", "--check"), 3),
    ):
        answer = await asyncio.to_thread(command, *words, *options)
        assert (answer[0], told in answer[1] + answer[2]) == (code, True), words
    problems = json.loads((await asyncio.to_thread(command, "info", *options, "--json"))[1])["problems"]
    assert [problem["kind"] for problem in problems] == ["first_contact"]
    assert await draw(url) == before
    assert (await asyncio.to_thread(command, "migrate", "--accept-existing", *options))[0] == 0
    assert (await asyncio.to_thread(command, "info", "--check", *options))[0] == 0


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_target_does_not_let_later_files_pass_unjudged(url: str, tmp_path: Path, dry_run: bool) -> None:
    await held(url)
    files = {
        "V1__a.sql": "CREATE TABLE mine (id INTEGER);",
        "V2__b.sql": "INSERT INTO mine VALUES (1);",
        "V3__c.sql": "DELETE FROM stock;",
    }
    folder, other = write_set(tmp_path / "shop", files), write_set(tmp_path / "later", {"V9__z.sql": "DELETE FROM parent;"})
    before = await draw(url)
    for target in ("1", "2", "3"):
        with pytest.raises(ValidationFailed, match=r"V3__c\.sql:1:1: DELETE: table stock exists already") as caught:
            await migrate(url, folder, other, version=target, dry_run=dry_run)
        # This run would apply nothing of this set, so a later run checks it.
        assert "V9__z.sql" not in str(caught.value)
    assert await draw(url) == before
    # After --accept-existing the set is known.
    await migrate(url, folder, version="1", accept_existing=True)
    assert len((await migrate(url, folder)).applied) == 2
    assert await count_rows(url, "stock") == 0
