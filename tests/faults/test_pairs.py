"""A run is killed in a file with several transactions of its own, which has no directive: the next one finishes it, once."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.ledger import EACH, FIRST, judge
from tests.faults.victim import WAYS, Death, Way, child
from tests.files import write_set
from whimbrel import migrate

PAIRS = """BEGIN;
INSERT INTO counter VALUES (2, 0);
UPDATE counter SET n = n + 1 WHERE version = 2;
COMMIT;
CREATE TABLE between_2 (id INTEGER);
BEGIN;
INSERT INTO ledger SELECT count(*) + 1, 2 FROM ledger;
CREATE TABLE made_2 (id INTEGER);
COMMIT;
"""
# Each level adds a constraint, so none of our statements may come between the two.
LEVEL = PAIRS.replace("BEGIN;\nINSERT INTO ledger", "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO ledger")
# Each COMMIT ends a transaction that began by itself.
MANUAL = "SET autocommit = 0;\n" + PAIRS.replace("BEGIN;\n", "") + "SET autocommit = 1;\n"
PLACES = (
    "INSERT INTO counter VALUES (2",
    "UPDATE counter",
    "CREATE TABLE between_2",
    "INSERT INTO ledger SELECT",
    "CREATE TABLE made_2",
)


def kill(url: str, folder: str, way: Way, text: str) -> None:
    """Migrate the first file, kill the run of the second, and finish it."""
    asyncio.run(migrate(url, folder, version="1"))
    with child(url, folder, Death(way, text=text)) as victim:
        assert victim.hear().kind == "dying"
        victim.wait()
    asyncio.run(migrate(url, folder))
    asyncio.run(judge(url, 2))


@pytest.mark.fault("R17", "R18", "R53")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_a_file_with_several_transactions_is_finished_once(url: str, tmp_path: Path, way: Way, place: str) -> None:
    files = {"V1__first.sql": FIRST + EACH.format(version=1), "V2__pairs.sql": PAIRS}
    kill(url, write_set(tmp_path / "pairs", files), way, place)


@pytest.mark.fault("R17", "R18", "R53")
@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("place", ["SET autocommit = 0", *PLACES, "SET autocommit = 1"])
@pytest.mark.parametrize("way", WAYS)
def test_a_file_without_autocommit_is_finished_once(url: str, database: str, tmp_path: Path, way: Way, place: str) -> None:
    files = {"V1__first.sql": FIRST + EACH.format(version=1), "V2__manual.sql": MANUAL}
    kill(url, write_set(tmp_path / "manual", files), way, place)


@pytest.mark.fault("R17", "R53")
@pytest.mark.only("postgresql")
@pytest.mark.parametrize("place", ["SET TRANSACTION", "INSERT INTO ledger SELECT", "CREATE TABLE made_2"])
@pytest.mark.parametrize("way", WAYS)
def test_a_transaction_with_its_own_level_is_finished_once(url: str, database: str, tmp_path: Path, way: Way, place: str) -> None:
    files = {"V1__first.sql": FIRST + EACH.format(version=1), "V2__pairs.sql": LEVEL}
    kill(url, write_set(tmp_path / "pairs", files), way, place)


@pytest.mark.fault("R18")
@pytest.mark.only("postgresql")
@pytest.mark.parametrize("way", WAYS)
def test_a_value_of_an_enum_is_added_once(url: str, database: str, tmp_path: Path, way: Way) -> None:
    added = "ALTER TYPE mood ADD VALUE 'glad';\nINSERT INTO counter SELECT 2, 1 WHERE 'glad'::mood = 'glad';\n"
    files = {
        "V1__first.sql": FIRST + EACH.format(version=1) + "CREATE TYPE mood AS ENUM ('sad');",
        "V2__enum.sql": "INSERT INTO ledger SELECT count(*) + 1, 2 FROM ledger;\n"
        + added
        + "CREATE TABLE made_2 (id INTEGER);\n",
    }
    kill(url, write_set(tmp_path / "enum", files), way, "ALTER TYPE mood")
