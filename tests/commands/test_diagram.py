"""diagram: the tables of a database as a picture."""

import asyncio
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import run_sql
from tests.files import AUTH, CHAT
from whimbrel import ConfigurationError, diagram, migrate
from whimbrel.cli import main

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.only("sqlite")
def test_the_picture_in_the_readme_is_up_to_date(url: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(migrate(url, AUTH, CHAT))
    assert main(["diagram", "--url", url]) == 0
    (shown,) = re.findall(r"```mermaid\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("form", ["mermaid", "svg"])
def test_every_database_has_a_picture(form: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(migrate(url, AUTH, CHAT))
    assert main(["diagram", "--url", url, "--format", form]) == 0
    first = capsys.readouterr().out
    assert main(["diagram", "--url", url, "--format", form, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "whimbrel/diagram/1", form: first}
    assert "chat_messages" in first
    assert "whimbrel_" not in first
    assert form == "mermaid" or ElementTree.fromstring(first).tag.endswith("svg")


def test_named_tables_come_with_their_neighbours(url: str) -> None:
    asyncio.run(migrate(url, AUTH, CHAT))
    text = asyncio.run(diagram(url, tables=["chat_messages"]))
    assert set(re.findall(r'^    "(\w+)" {$', text, re.MULTILINE)) == {"chat_messages", "chat_sessions"}


def test_an_unknown_table_is_named(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_sql(url, "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY)")
    assert main(["diagram", "--url", url, "b"]) == 2
    assert "there is no table b in the schema" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_an_unknown_format_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown format png; known are mermaid, svg"):
        await diagram(url, format="png")  # type: ignore[arg-type]
