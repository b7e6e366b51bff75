"""Names that no migration can have: each is told what is wrong with it, and what to write instead."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.reader import read_directories

RIGHT = "V<version>__<description>.sql"
OTHERS = f"is a name of another tool; rename the up file to {RIGHT}, and move the down file out of the folder"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("V1__a.SQL", "the name must end in .sql, in lower case: V1__a.sql"),
        ("V1__a.Sql", "the name must end in .sql, in lower case: V1__a.sql"),
        ("R__views.sql", f"there are no repeatable migrations (R__); write each change as a new version, {RIGHT}"),
        (
            "U1.2__a.sql",
            "there are no undo migrations (U); write the undo statements as a new version, and move this file out of the folder",
        ),
        ("B7__a.sql", f"there are no baseline migrations (B); name it {RIGHT}, or move it out of the folder"),
        ("V1__a.up.sql", f".up.sql {OTHERS}"),
        ("000001_a.down.sql", f".down.sql {OTHERS}"),
        ("20240101120000_add_users.sql", f"not named {RIGHT}, as V20240101120000__add_users.sql would be"),
        ("001-a.sql", f"not named {RIGHT}, as V001__a.sql would be"),
        ("V1.sql", f"the description is missing; the name is {RIGHT}"),
        ("V1.2__.sql", f"the description is missing; the name is {RIGHT}"),
        ("V1__a.b.c.sql", "a description must not contain dots; only a database may stand between two, as in V1__x.mysql.sql"),
        ("V1__a.oracle.sql", "variant for an unknown database 'oracle'; known are postgresql, mysql, mariadb, sqlite"),
        ("v1__a.sql", "the version must begin with a capital V"),
        ("V__a.sql", f"the version is missing; the name is {RIGHT}"),
        ("V1_a.sql", "write two underscores between version and description"),
        ("afterMigrate.sql", f"not named {RIGHT}"),
        ("V1__a\udcff.sql", "the name is not UTF-8; rename the file"),
    ],
)
def test_a_wrong_name_is_told_what_to_be(tmp_path: Path, name: str, fault: str) -> None:
    folder = write_set(tmp_path / "set", {name: "SELECT 1;"})
    with pytest.raises(ValidationFailed) as caught:
        read_directories([folder])
    (problem,) = caught.value.problems

    assert problem.message.endswith(f": {fault}")
