"""Versions that are meant for some databases only, by a directive in the file."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.problems import assess, coverage_problems
from whimbrel.migrations.reader import read_directories
from whimbrel.url import DATABASES

MINE = "-- whimbrel: databases=mysql\n"


def read(tmp_path: Path, files: dict[str, str]) -> MigrationSet:
    return read_directories([write_set(tmp_path / "chat", {"V1__all.sql": "SELECT 1;", **files})])[0]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"V2__a.mysql.sql": MINE}, {"mysql", "mariadb"}),
        ({"V2__a.sql": MINE}, {"mysql", "mariadb"}),
        ({"V2__a.mariadb.sql": "-- whimbrel: databases=mariadb\n"}, {"mariadb"}),
        ({"V2__a.sql": "-- whimbrel: databases=postgresql,sqlite transaction=off\n"}, {"postgresql", "sqlite"}),
        ({"V2__a.mysql.sql": MINE, "V2__a.sqlite.sql": ""}, {"mysql", "mariadb", "sqlite"}),
        ({"V2__a.mysql.sql": MINE, "V2__a.sql": ""}, set(DATABASES)),
        ({"V2__a.sql": "-- whimbrel: databases=postgresql\n", "V2__a.sqlite.sql": ""}, {"postgresql", "sqlite"}),
    ],
)
def test_a_version_is_missing_on_no_database_that_it_is_not_meant_for(
    tmp_path: Path, files: dict[str, str], expected: set[str]
) -> None:
    one = read(tmp_path, files)
    assert coverage_problems([one], DATABASES) == []
    having = {database for database in DATABASES if len(one.for_database(database)) == 2}
    assert having == expected
    for database in DATABASES:
        infos, problems = assess([one], database, [])
        assert (len(infos), problems) == (1 + (database in expected), [])


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"V2__a.mysql.sql": ""}, {"postgresql", "sqlite"}),
        ({"V2__a.mariadb.sql": "-- whimbrel: databases=mariadb\n", "V2__a.mysql.sql": ""}, set()),
        ({"V2__a.mysql.sql": MINE, "V3__b.mysql.sql": ""}, {"postgresql", "sqlite"}),
    ],
)
def test_a_version_that_says_nothing_is_meant_for_all(tmp_path: Path, files: dict[str, str], missing: set[str]) -> None:
    one = read(tmp_path, files)
    assert {name for name in DATABASES if coverage_problems([one], [name])} == missing


@pytest.mark.parametrize(
    ("name", "head", "told"),
    [
        ("V2__a.sql", "databases=", "expected databases=mysql,mariadb"),
        ("V2__a.sql", "databases=oracle", "expected databases=mysql,mariadb"),
        ("V2__a.sql", "databases=mysql,", "expected databases=mysql,mariadb"),
        ("V2__a.sqlite.sql", "databases=mysql", "the file's name says sqlite"),
        ("V2__a.mysql.sql", "databases=mysql,sqlite", "the file's name says mysql"),
    ],
)
def test_a_directive_that_contradicts_its_file_is_refused(tmp_path: Path, name: str, head: str, told: str) -> None:
    with pytest.raises(ValidationFailed, match=told):
        read(tmp_path, {name: f"-- whimbrel: {head}\nSELECT 1;"})
