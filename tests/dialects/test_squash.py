"""A squashed file runs on a new database, is recorded on one with all replaced versions, and is refused on one with only some."""

import asyncio
from pathlib import Path

import pytest

from tests.baseline import SHOP, history, objects, shop
from tests.conftest import Fresh
from tests.files import write_set
from whimbrel import State, ValidationFailed, info, migrate, validate

SQUASHED = (
    "-- whimbrel: replaces=1-4\n"
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email VARCHAR(80));\n"
    "INSERT INTO customer (id, name) VALUES (1, 'Ada');"
)
REPLACED = list(SHOP)[:4]


def squashed(folder: Path, *, kept: bool) -> str:
    """Write the set with the file that replaces 1 to 4, which are `kept` or deleted."""
    path = shop(folder)
    for name in [] if kept else REPLACED:
        (folder / "shop" / name).unlink(missing_ok=True)
    return write_set(Path(path), {"V4.1__squashed.sql": SQUASHED})


@pytest.mark.parametrize("kept", [True, False])
def test_old_and_new_databases_come_out_equal(fresh: Fresh, database: str, tmp_path: Path, kept: bool) -> None:
    url = fresh()
    asyncio.run(migrate(url, shop(tmp_path)))
    wanted = asyncio.run(objects(url, database))
    folder = squashed(tmp_path, kept=kept)
    (recorded,) = asyncio.run(migrate(url, folder)).applied
    assert (recorded.version, recorded.recorded, recorded.statements) == ("4.1", True, 0)
    assert asyncio.run(objects(url, database)) == wanted
    assert {str(one.version): one.state for one in asyncio.run(info(url, folder))}["4.1"] is State.BASELINE
    url = fresh()
    assert [one.version for one in asyncio.run(migrate(url, folder)).applied] == ["4.1", "5"]
    assert asyncio.run(objects(url, database)) == wanted
    for _ in range(2):
        assert asyncio.run(migrate(url, folder)).applied == ()
    assert [one for one in asyncio.run(validate(url, folder)) if not one.warning] == []


def test_the_files_may_be_deleted_after_it_is_recorded(url: str, tmp_path: Path) -> None:
    asyncio.run(migrate(url, shop(tmp_path, 4)))
    asyncio.run(migrate(url, squashed(tmp_path, kept=True)))
    folder = squashed(tmp_path, kept=False)
    report = asyncio.run(migrate(url, folder))
    assert (report.applied, report.warnings) == ((), ())
    assert [one for one in asyncio.run(validate(url, folder)) if not one.warning] == []
    states = {str(one.version): str(one.state) for one in asyncio.run(info(url, folder))}
    assert states == {**dict.fromkeys("1234", "replaced"), "4.1": "baseline", "5": "success"}


@pytest.mark.parametrize("kept", [True, False])
def test_a_database_with_a_part_of_them_is_refused_and_the_advice_leads_on(url: str, tmp_path: Path, kept: bool) -> None:
    asyncio.run(migrate(url, shop(tmp_path, 2)))
    for name in list(SHOP)[2:]:
        (tmp_path / "shop" / name).unlink(missing_ok=True)
    folder, before = squashed(tmp_path, kept=kept), asyncio.run(history(url))
    with pytest.raises(ValidationFailed, match="only some of these versions; missing: 3, 4") as caught:
        asyncio.run(migrate(url, folder))
    assert caught.value.exit_code == 3
    assert [one.kind for one in asyncio.run(validate(url, folder)) if not one.warning] == ["replaces"]
    assert asyncio.run(history(url)) == before
    folder = squashed(tmp_path, kept=True)
    assert [one.version for one in asyncio.run(migrate(url, folder, version="4")).applied] == ["3", "4"]
    assert [one.version for one in asyncio.run(migrate(url, folder)).applied] == ["4.1", "5"]
