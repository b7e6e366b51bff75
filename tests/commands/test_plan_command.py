"""plan and migrate --plan on the command line."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import migrate
from whimbrel.cli import main

pytestmark = pytest.mark.only("sqlite")
FILES = {
    "V1__a.sql": "CREATE TABLE a (id INTEGER);",
    "V2__b.sql": (
        "-- whimbrel: lock_timeout=500ms\nPRAGMA foreign_keys=OFF;\nBEGIN;\n"
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS b INTEGER;\nCOMMIT;\nPRAGMA foreign_keys=ON;\n"
    ),
}
TEXT = """\
Plan: 1 migration on sqlite {version}
  schema main, identity {identity}
  1 of these migrations are in the history, whose highest rank is 1
  options: statement_timeout 9.0

1. a/V2__b.sql: in one transaction
   lock timeout 0.5 s
   statement timeout 9 s
   begins with BEGIN IMMEDIATE
   runs under the database's own settings
   runs without checks of foreign keys
   left out, line 2: PRAGMA foreign_keys=OFF: the run itself switches foreign keys, and checks them at the end of the file
   left out, line 3: BEGIN: the run itself begins and ends the transaction
   left out, line 5: COMMIT: the run itself begins and ends the transaction
   left out, line 6: PRAGMA foreign_keys=ON: the run itself switches foreign keys, and checks them at the end of the file
   4:1 IF [NOT] EXISTS is decided by the catalog, and the statement is sent without it or left out
      ALTER TABLE a ADD COLUMN IF NOT EXISTS b INTEGER

to apply this, and nothing else: whimbrel migrate --plan {file} --statement-timeout 9.0 --url {url} --sql {folder}
"""


@pytest.fixture
def folder(url: str, tmp_path: Path) -> str:
    folder = write_set(tmp_path / "a", FILES)
    asyncio.run(migrate(url, folder, version="1"))
    return folder


def test_a_plan_is_written_printed_and_applied(url: str, folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, common = str(tmp_path / "plan.json"), ["--url", url, "--sql", folder, "--statement-timeout", "9"]
    assert main(["plan", *common, "--out", file]) == 0
    planned = json.loads(Path(file).read_text())
    filled = TEXT.format(**planned["database"], file=file, url=url, folder=folder)
    assert capsys.readouterr().out == filled
    assert main(["plan", *common, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == planned
    assert main(["plan", *common, "--format", "markdown"]) == 0
    assert "```sql\nALTER TABLE a ADD COLUMN IF NOT EXISTS b INTEGER\n```\n" in capsys.readouterr().out
    assert main(["migrate", *common[:-2], "--plan", file]) == 3
    told = capsys.readouterr().err
    assert "the plan does not hold: 1 difference; nothing was changed:" in told
    assert "  the option --statement-timeout: planned 9.0, now none\n" in told
    assert f"next: make a new plan, and have it read: whimbrel plan --out plan.json --url {url} --sql {folder}" in told
    assert main(["migrate", *common, "--plan", file, "--json"]) == 0
    assert [one["script"] for one in json.loads(capsys.readouterr().out)["applied"]] == ["V2__b.sql"]
    assert main(["plan", *common]) == 0
    assert capsys.readouterr().out.startswith("Plan: nothing is pending on sqlite")


def test_a_plan_with_problems_is_not_written(url: str, folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(Path(folder), {"V1__a.sql": "SELECT 1;", "V3__c.sql": "SELECT 1; COMMIT;", "V4__d.sql": "SELECT 1; COMMIT;"})
    assert main(["plan", "--url", url, "--sql", folder, "--out", str(tmp_path / "plan.json")]) == 3
    told = capsys.readouterr().err
    assert "3 problems, nothing was changed" in told
    assert all(name in told for name in ("was edited after it was applied", "V3__c.sql:1:11", "V4__d.sql:1:11"))
    assert not (tmp_path / "plan.json").exists()


def test_a_file_that_is_no_plan_is_refused_before_the_database_is_reached(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--url", f"sqlite:///{tmp_path}/none.db", "--sql", folder, "--plan", str(tmp_path / "no.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()
