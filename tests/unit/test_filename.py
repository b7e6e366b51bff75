"""Names that no migration can have: the error explains the mistake and suggests a name."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.reader import read_directories

RIGHT = "V<version>__<description>.sql"
OTHERS = f"is a name of another tool; rename the up file to {RIGHT}, and move the down file out of the folder"
POINT = "the description contains a point; only a database may stand between two points"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("V1__a.SQL", "the name ends in .SQL and not in .sql; name it V1__a.sql"),
        ("V1__a.Sql", "the name ends in .Sql and not in .sql; name it V1__a.sql"),
        (
            "R__views.sql",
            "R is for repeatable migrations, which do not exist; write each change as a new version; name it "
            "V<version>__views.sql",
        ),
        (
            "U1.2__a.sql",
            "U is for undo migrations, which do not exist; move the file out, and write its statements as a new version; name it "
            "V<version>__<description>.sql",
        ),
        ("B7__a.sql", "B is for baseline migrations, which do not exist; move the file out of the folder, or name it V7__a.sql"),
        ("V1__a.up.sql", f".up.sql {OTHERS}"),
        ("000001_a.down.sql", f".down.sql {OTHERS}"),
        ("20240101120000_add_users.sql", "there is no V before the version; name it V20240101120000__add_users.sql"),
        ("001-a.sql", "there is no V before the version; name it V001__a.sql"),
        ("V1.sql", "the description is missing; name it V1__<description>.sql"),
        ("V1.2__.sql", "the description is missing; name it V1.2__<description>.sql"),
        ("V1__a.b.c.sql", f"{POINT}; name it V1__a_b_c.sql"),
        ("V1__a.oracle.sql", "variant for an unknown database 'oracle'; known are postgresql, mysql, mariadb, sqlite"),
        ("v1__a.sql", "the name begins with a small v; name it V1__a.sql"),
        ("V__a.sql", "the version is missing; name it V<version>__a.sql"),
        ("V1_a.sql", "there are not two underscores between version and description; name it V1__a.sql"),
        ("V1_2 a-b.mysql.sql", "there are not two underscores between version and description; name it V1_2__a_b.mysql.sql"),
        ("V1__a.MySQL.sql", f"{POINT}; name it V1__a.mysql.sql"),
        ("afterMigrate.sql", f"the name has no version; name it {RIGHT}"),
        ("V1__a\udcff.sql", "the name is not UTF-8; rename the file"),
    ],
)
def test_a_wrong_name_is_told_what_to_be(tmp_path: Path, name: str, fault: str) -> None:
    folder = write_set(tmp_path / "set", {name: "SELECT 1;"})
    with pytest.raises(ValidationFailed) as caught:
        read_directories([folder])
    (problem,) = caught.value.problems

    assert problem.message.endswith(f": {fault}")
