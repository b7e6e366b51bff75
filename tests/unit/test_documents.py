"""What the documents promise and what there is are one thing."""

import inspect
import re
import tomllib
from pathlib import Path
from pkgutil import iter_modules

import pytest

from tests.faults.catalogue import CATALOGUE
from whimbrel import commands, errors

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_continuous_integration_runs_the_second_command_of_the_readme() -> None:
    assert "\n$ pip install tox && tox\n" in README
    assert "\npip install tox && tox\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", [module.name for module in iter_modules(commands.__path__) if module.name[0] != "_"])
def test_every_command_is_in_the_readme(verb: str) -> None:
    assert f"| `{verb}" in README


def test_every_exit_code_of_an_error_is_in_the_readme() -> None:
    codes = {one.exit_code for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.WhimbrelError)}
    listed = README.partition("Exit codes:")[2].partition("\n\n")[0].replace("\n", " ")
    assert [code for code in sorted(codes) if f" {code} " not in listed] == []


def test_every_dependency_is_argued() -> None:
    argued = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    lists = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    lists += PROJECT["dependency-groups"].values()
    names = {re.split(r"[>=\[]", line)[0] for one in lists for line in one if isinstance(line, str)}
    assert [name for name in sorted(names) if name not in argued] == []


def test_every_test_that_stands_for_a_rule_is_there() -> None:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    assert len(named) > 50
    missing = []
    for path, name in named:
        file = ROOT / path if "/" in path else ROOT / "tests" / "requirements" / path
        if not re.search(rf"^(?:async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE):
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_document_has_its_rules_told() -> None:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    assert {line[2:5] for line in text.splitlines() if re.match(r"\| \d", line)} == {"000", "001", "002", "003", "004"}


@pytest.mark.parametrize("path", sorted((ROOT / "sql").rglob("*.sql")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_files_are_written_as_document_004_asks(path: Path) -> None:
    assert re.fullmatch(r"V[0-9]{3}__[a-z_]+\.sql", path.name)
    text = re.sub("--.*", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"CREATE (?:UNIQUE )?(?:TABLE|INDEX)(?! IF NOT EXISTS)", text) == []
    assert "DATETIME" not in text
    # TEXT is for what no index has.
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\);", text, re.DOTALL)
    texts = {(table, column) for table, inside in tables for column in re.findall(r"^ +(\w+) TEXT\b", inside, re.MULTILINE)}
    indexes = re.findall(r"CREATE (?:UNIQUE )?INDEX IF NOT EXISTS \w+ ON (\w+) \((.*?)\)", text)
    assert tables
    assert texts & {(table, column) for table, columns in indexes for column in columns.split(", ")} == set()


def test_every_fault_has_its_row_and_none_has_failed() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert [number for number, (_, title) in CATALOGUE.items() if f"| {number} | {title} | " not in page] == []
    assert "failed**" not in page
    assert f"{len(CATALOGUE)} faults" in README
