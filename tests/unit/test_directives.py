"""Directives that are ignored without a message."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.migrations.migration import Directives
from whimbrel.migrations.reader import read_directories


@pytest.mark.parametrize(
    "head",
    [
        "# a MySQL comment\n-- whimbrel: transaction=off\n",
        "/* a */ /* b */\n-- whimbrel: transaction=off\n",
        "/* a */ -- whimbrel: transaction=off\n",
        "-- WHIMBREL: transaction=off\n",
    ],
)
def test_a_directive_before_the_first_statement_is_read(tmp_path: Path, head: str) -> None:
    folder = write_set(tmp_path / "chat", {"V1__a.mysql.sql": head + "SELECT 1;"})
    assert read_directories([folder])[0].variants[0].directives == Directives(transaction=False)


@pytest.mark.parametrize("name", ["V1__.sql", "V1__a.b.mysql.sql", "V1__a.MySQL.sql", "V1__a.sql.sql"])
def test_a_name_with_two_underscores_is_not_told_to_have_one(tmp_path: Path, name: str) -> None:
    from whimbrel.errors import ValidationFailed

    with pytest.raises(ValidationFailed) as caught:
        read_directories([write_set(tmp_path / "chat", {name: ""})])
    assert "two underscores" not in str(caught.value)
