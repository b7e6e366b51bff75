"""One directive for all files of a set: in its file whimbrel.sql, or in the settings of the project."""

import argparse
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.commands._options import read_settings
from whimbrel.errors import ConfigurationError, ValidationFailed
from whimbrel.migrations.blueprints import find_blueprints
from whimbrel.migrations.done import meant_databases
from whimbrel.migrations.migration import Directives, MigrationSet
from whimbrel.migrations.problems import coverage_problems
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.set_directives import ProjectFolder
from whimbrel.url import DATABASES, parse_url

ON, OFF = "-- whimbrel: transaction=on\n", "-- whimbrel: transaction=off\n"
TWO = {"V1__a.sql": "SELECT 1;", "V2__b.sql": ON + "SELECT 2;"}


def read(folder: Path, files: dict[str, str], **project: str) -> MigrationSet:
    return read_directories([ProjectFolder(write_set(folder / "chat", files), project)])[0]


def test_each_file_has_the_directives_of_its_set_unless_it_has_its_own(tmp_path: Path) -> None:
    head = "-- All files of another tool.\n-- whimbrel: transaction=off lock_timeout=5s\n-- whimbrel: statement_timeout=2min\n"
    one, two = read(tmp_path, {**TWO, "whimbrel.sql": head}).variants
    assert one.directives == Directives(transaction=False, lock_timeout=5.0, statement_timeout=120.0)
    assert two.directives == one.directives._replace(transaction=True)


def test_the_checksum_of_a_file_does_not_depend_on_the_set(tmp_path: Path) -> None:
    plain, directed = read(tmp_path / "a", TWO), read(tmp_path / "b", {**TWO, "whimbrel.sql": OFF})
    assert [one.checksum for one in plain.variants] == [one.checksum for one in directed.variants]


def test_the_file_of_the_set_precedes_the_settings_of_the_project(tmp_path: Path) -> None:
    files = {**TWO, "whimbrel.sql": "-- whimbrel: lock_timeout=5s databases=variants"}
    found = read(tmp_path, files, chat="transaction=off lock_timeout=9s databases=mysql", other="transaction=on")
    assert found.databases == ()
    assert found.variants[0].directives == Directives(transaction=False, lock_timeout=5.0)


def test_versions_are_meant_for_the_databases_of_their_variants(tmp_path: Path) -> None:
    files = {f"V{number}__own.mysql.sql": "SELECT 1;" for number in range(2, 9)}
    files |= {"V1__all.sql": "", "V9__all.sql": "", "V9__all.sqlite.sql": "", "whimbrel.sql": "-- whimbrel: databases=variants"}
    one = read(tmp_path, files)
    assert coverage_problems([one], DATABASES) == []
    counts = [len(one.for_database(database)) for database in ("postgresql", "mysql", "mariadb", "sqlite")]
    assert counts == [2, 9, 9, 2]


def test_without_the_directive_one_problem_lists_all_versions_that_a_database_lacks(tmp_path: Path) -> None:
    one = read(tmp_path, {"V1__all.sql": "", **{f"V{number}__own.mysql.sql": "" for number in range(2, 40)}})
    found = [problem.message for problem in coverage_problems([one], DATABASES)]
    assert len(found) == 2
    assert "versions 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 28 more of set chat have no file for postgresql" in found[0]
    assert f"-- whimbrel: databases=variants into {tmp_path}/chat/whimbrel.sql" in found[0]


def test_a_whole_set_is_meant_for_some_databases(tmp_path: Path) -> None:
    one = read(tmp_path / "a", {**TWO, "V3__c.mysql.sql": "", "whimbrel.sql": "-- whimbrel: databases=mysql,sqlite"})
    assert [len(one.for_database(database)) for database in ("postgresql", "mysql", "mariadb", "sqlite")] == [0, 3, 3, 2]
    assert [problem.message.partition(";")[0].rpartition(" ")[2] for problem in coverage_problems([one], DATABASES)] == ["sqlite"]
    other = read(tmp_path / "b", TWO)
    assert meant_databases([one], ()) == ("mysql", "sqlite")
    assert meant_databases([one], ("mysql",)) == ("mysql",)
    assert meant_databases([one, other], ()) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-- whimbrel: min_app=2", ":1: directive min_app belongs to one version; a set may have transaction, lock_timeout, "),
        ("-- note\n-- whimbrel: replaces=1-4", ":2: directive replaces belongs to one version"),
        ("-- whimbrel: databases=oracle", "expected databases=variants, or databases=mysql,mariadb"),
        ("-- whimbrel: transactions=off", "expected one of transaction, lock_timeout, statement_timeout, databases"),
        ("-- whimbrel: transaction=off\nSELECT 1;", ":2: this file holds the directives of the set in comments; move its"),
        ("-- whimbrel transaction=off", ":1: write a directive with a colon"),
    ],
)
def test_a_wrong_file_of_the_set_is_a_problem_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        read(tmp_path, {**TWO, "whimbrel.sql": text})
    assert f"{tmp_path}/chat/whimbrel.sql:" in str(caught.value)
    assert told in str(caught.value)


def test_a_file_may_not_say_variants(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="databases=variants is not understood"):
        read(tmp_path, {"V1__a.sql": "-- whimbrel: databases=variants"})


def test_a_folder_with_nothing_but_its_directives_has_no_migrations(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no migrations here"):
        read(tmp_path, {"whimbrel.sql": OFF})


def settings(tmp_path: Path, table: str, *sql: str) -> tuple[str, ...]:
    (tmp_path / "pyproject.toml").write_text(f"[tool.whimbrel]\n{table}\n")
    arguments = argparse.Namespace(url=parse_url("sqlite://"), sql=list(sql) or None, databases=None, schema="")
    return read_settings(arguments, tmp_path, {}).folders


@pytest.mark.parametrize("named", [False, True])
def test_the_settings_of_a_project_have_directives_by_the_name_of_the_set(tmp_path: Path, *, named: bool) -> None:
    chat = write_set(tmp_path / "sql" / "chat", TWO)
    auth = write_set(tmp_path / "sql" / "auth", TWO)
    table = 'sql = ["sql/auth", "sql/chat"]\ndirectives = {chat = "transaction=off lock_timeout=1s"}'
    sets = read_directories(settings(tmp_path, table, *([auth, chat] if named else [])))
    assert [one.variants[0].directives for one in sets] == [Directives(), Directives(transaction=False, lock_timeout=1.0)]


def test_the_sets_of_tenants_have_the_directives_of_the_project_too(tmp_path: Path) -> None:
    inner = write_set(tmp_path / "sql" / "tenant" / "inner", TWO)
    folder = ProjectFolder(str(Path(inner).parent), {"inner": "transaction=off"})
    assert read_directories(find_blueprints([folder]))[0].variants[0].directives.transaction is False


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('directives = ["a"]', "must be a table of strings"),
        ("directives = {chat = 1}", "must be a table of strings"),
        ('directives = {caht = "transaction=off"}', "name caht, but no folder in sql has this name"),
        ('directives = {chat = "min_app=2"}', r"directives of set chat in \[tool.whimbrel\]: directive min_app belongs"),
    ],
)
def test_wrong_directives_of_a_project_are_refused(tmp_path: Path, table: str, told: str) -> None:
    write_set(tmp_path / "sql" / "chat", TWO)
    with pytest.raises(ConfigurationError, match=told):
        read_directories(settings(tmp_path, f'sql = ["sql/chat"]\n{table}'))
