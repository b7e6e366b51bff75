"""Files with an error, and its place as decided by hand: file, line, column, statement and its kind.

`wrong/NN_name.sql` is the file, `wrong/NN_name.golden` says in a line for each database, or in one for all (`*`),
`line:column statement number of total KIND`. The place is the token that a person would look at.
"""

import re
from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import MigrationFailed, migrate
from whimbrel.messages.printable import indented

WRONG = Path(__file__).parent / "wrong"
CASES = sorted(path.stem for path in WRONG.glob("*.sql"))
CODES = {
    "postgresql": r"[0-9A-Z]{5}",
    "mysql": r"[1-9][0-9]{3}",
    "mariadb": r"[1-9][0-9]{3}",
    "sqlite": r"SQLITE_[A-Z_]+",
}


def golden(case: str, database: str) -> str:
    """The expected error of one file on one database."""
    lines = (WRONG / f"{case}.golden").read_text(encoding="utf-8").splitlines()
    by_database = dict(line.split(" ", 1) for line in lines)
    return by_database.get(database) or by_database["*"]


def test_there_are_sixty_files_and_each_has_its_golden() -> None:
    assert len(CASES) == 60
    assert [path.stem for path in sorted(WRONG.glob("*.golden"))] == CASES


@pytest.mark.asyncio
@pytest.mark.parametrize("case", CASES)
async def test_the_place_of_the_error_is_right(case: str, url: str, database: str, tmp_path: Path) -> None:
    content = (WRONG / f"{case}.sql").read_bytes()
    folder = write_set(tmp_path / "wrong", {f"V1__{case}.sql": content})
    with pytest.raises(MigrationFailed) as caught:
        await migrate(url, folder)
    failed = caught.value
    place = failed.place
    got = f"{place.line}:{place.column} statement {failed.statement} of {failed.total} {failed.kind}"
    right = golden(case, database)
    assert got == right, f"\n  file   {case}.sql on {database}\n  golden {right}\n  got    {got}\n{failed}"
    check_message(failed, database, f"{folder}/V1__{case}.sql", content.decode("utf-8-sig"))


def check_message(failed: MigrationFailed, database: str, path: str, text: str) -> None:
    """The message contains everything in the attributes, and the caret is under the place, even after tabs."""
    place = failed.place
    assert failed.server_message
    # The server may quote from the place of the error on, but not beyond the file.
    assert "SHOW CREATE" not in failed.server_message
    assert re.fullmatch(CODES[database], failed.code)
    told = str(failed).split("\n")
    head = f"{path}:{place.line}:{place.column}: statement {failed.statement} of {failed.total} ({failed.kind}) failed"
    message = f"  {indented(failed.server_message)} [{failed.code}]".split("\n")
    assert told[: 1 + len(message)] == [head, *message]
    blank, source, caret = told[1 + len(message) : 4 + len(message)]
    assert (blank, source) == ("", "    " + text.split("\n")[place.line - 1].rstrip("\r"))
    indent = source[4 : 3 + place.column]
    assert caret == "    " + "".join("\t" if character == "\t" else " " for character in indent) + "^"
