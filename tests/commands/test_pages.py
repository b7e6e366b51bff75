"""The pages for newcomers work from their first command to the last, on the histories that the real tools left."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.adoption.loading import build, offline_files, run_all
from tests.adoption.project import steps
from tests.adoption.shop import tool_files
from tests.commands.pages import run_page
from tests.files import ROOT

PLACES = {"alembic": "offline", "dbmate": "db/migrations", "flyway": "db/migration"}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("tool", PLACES)
def test_the_page_for_a_tool(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(build(f"sqlite:///{tmp_path / 'shop.db'}", tool, "sqlite"))
    if tool == "alembic":
        _stand_in(tmp_path / "bin" / "alembic", "".join(offline_files("alembic", "sqlite").values()))
    else:
        for name, text in tool_files(tool, "sqlite").items():
            path = tmp_path / PLACES[tool] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    run_page(ROOT / "docs" / f"from-{tool}.md", monkeypatch, capsys)


def _stand_in(program: Path, printed: str) -> None:
    """Write a program that prints the recorded output of Alembic, if it gets the recorded arguments."""
    program.parent.mkdir()
    program.with_suffix(".sql").write_text(printed, encoding="utf-8")
    program.write_text(f'#!/bin/sh\ntest "$*" = "upgrade head --sql" && cat "{program.with_suffix(".sql")}"\n', encoding="utf-8")
    program.chmod(0o755)


def test_the_page_for_tables_without_a_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [statement for step in steps("sqlite") for statement in step.up]
    asyncio.run(run_all(f"sqlite:///{tmp_path / 'shop.db'}", made))
    asyncio.run(run_all(f"sqlite:///{tmp_path / 'test.db'}", [one for one in made if "phone" not in one]))
    run_page(ROOT / "docs" / "from-nothing-but-tables.md", monkeypatch, capsys)
    # The rows are as they were.
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (2,)
    connection.close()
