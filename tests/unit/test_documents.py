"""The documents and the code agree."""

import argparse
import inspect
import re
import shutil
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import whimbrel
from tests.faults.catalogue import CATALOGUE
from tests.faults.report import HEAD, MEASURED
from whimbrel import commands, errors
from whimbrel.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# The folders at which a document's path to a module may begin.
_FOLDERS = ("src/whimbrel", "database", "application", "tests", "tests/requirements", "tests/faults")
HOMES = [ROOT, *(ROOT / name for name in _FOLDERS)]
VERBS = [module.name for module in iter_modules(commands.__path__) if module.name[0] != "_"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_continuous_integration_runs_the_second_command_of_the_readme() -> None:
    assert "\n$ pip install tox tox-uv && tox\n" in README
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\npip install tox tox-uv\n" in run
    assert run.endswith("\ntox\n")


def test_the_sessions_of_the_readme_come_out_as_they_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = re.findall(r"\$ (whimbrel migrate --sql.*?)\n(.*?)```", README, re.DOTALL)
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///chat.db")
    assert main(first[0].split()[1:]) == 0
    assert _without_times(capsys.readouterr().out) == _without_times(first[1])
    (tmp_path / "sql" / "chat" / "V002__folders.sql").write_text(_FOLDERS_WITH_A_MISTAKE)
    assert main(second[0].split()[1:]) == 1
    assert capsys.readouterr().err == second[1]


def test_the_finding_of_the_readme_comes_out_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ((command, shown),) = re.findall(r"\$ (whimbrel lint.*?)\n(.*?)```", README, re.DOTALL)
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    monkeypatch.chdir(tmp_path)
    (line,) = re.findall(r"1 \| (.*)\n", shown)
    (tmp_path / "sql" / "chat" / "V002__models.sql").write_text(line)
    assert main(command.split()[1:]) == 3
    assert capsys.readouterr().out == shown


_FOLDERS_WITH_A_MISTAKE = """CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    name VARCHAR(100) NOT NULL
);
CREATE INDEX folders_by_name ON folders (name);
INSERT INTO folders (id, name) VALEUS (1, 'Inbox');
"""


def _without_times(text: str) -> str:
    return re.sub(r"[0-9.]+ (m?s)\b", r"TIME \1", text)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb: str) -> None:
    assert f"| `{verb}" in COMMANDS


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_documented(verb: str) -> None:
    parser = argparse.ArgumentParser()
    import_module(f"whimbrel.commands.{verb}").configure(parser)
    assert {option for option in _options(parser) if not re.search(rf"`{option}\b", COMMANDS)} == set()


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _options(inner)


def test_every_public_name_is_documented() -> None:
    spans = [span for path in DOCUMENTS for span in re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))]
    code = {word for span in spans for word in re.findall(r"\w+", span)}
    assert [name for name in whimbrel.__all__ if name not in code] == []


def test_every_exit_code_of_an_error_is_documented() -> None:
    codes = {one.exit_code for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.WhimbrelError)}
    assert [code for code in sorted(codes) if f"\n| {code} | " not in COMMANDS] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_a_document_names_exists(document: Path) -> None:
    """`dialects/*/dialect.py` means every file that fits, and so does `commands/VERB.py`: a word in capitals matches any name."""
    named = set(re.findall(r"`([\w./*]+\.py)(?:::\w+)?`", document.read_text(encoding="utf-8")))
    patterns = {name: re.sub(r"\b[A-Z]+\b", "*", name) for name in named}
    assert [name for name, pattern in sorted(patterns.items()) if not any(any(home.glob(pattern)) for home in HOMES)] == []


def test_the_tree_of_the_design_has_the_folders_of_the_library() -> None:
    tree = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").split("```")[1]
    named = {folder for line in re.findall(r"^  \S.*$", tree, re.MULTILINE) for folder in re.findall(r"(\w+)/", line[:28])}
    assert named == {path.parent.name for path in (ROOT / "src" / "whimbrel").glob("*/__init__.py")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_a_document_leads_to_a_page_and_its_heading(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", document.read_text(encoding="utf-8"))
    assert [(path, heading) for path, heading in links if not _leads_somewhere(document, path, heading)] == []


def _leads_somewhere(document: Path, path: str, heading: str) -> bool:
    page = document.parent / path if path else document
    if not page.exists() or not heading:
        return page.exists()
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


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
    # TEXT is for columns without an index.
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\);", text, re.DOTALL)
    texts = {(table, column) for table, inside in tables for column in re.findall(r"^ +(\w+) TEXT\b", inside, re.MULTILINE)}
    indexes = re.findall(r"CREATE (?:UNIQUE )?INDEX IF NOT EXISTS \w+ ON (\w+) \((.*?)\)", text)
    assert tables
    assert texts & {(table, column) for table, columns in indexes for column in columns.split(", ")} == set()


def test_every_fault_has_its_row_and_none_has_failed() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert [number for number, (_, title) in CATALOGUE.items() if f"| {number} | {title} | " not in page] == []
    assert "failed**" not in page
    assert page.startswith(HEAD)
    assert MEASURED in page
    assert f"{len(CATALOGUE)} faults" in README
