"""`baseline` records versions that a database already has, without running them. Later runs behave as if they had been run."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.baseline import SHOP, apply_by_hand, history, objects, shop
from tests.conftest import Fresh, run_sql
from tests.databases import count_rows, count_tables
from tests.faults.processes import begin, finish, let_go
from tests.files import write_set
from whimbrel import (
    ConfigurationError,
    MigrationFailed,
    State,
    ValidationFailed,
    baseline,
    detect_baseline,
    info,
    migrate,
    repair,
    validate,
)
from whimbrel.cli import main

NEWEST = len(SHOP)


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_after_a_baseline_migrate_leaves_the_schema_of_a_database_made_from_nothing(
    fresh: Fresh, database: str, tmp_path: Path, version: int
) -> None:
    folder, url = shop(tmp_path), fresh()
    asyncio.run(migrate(url, folder))
    wanted, rows = asyncio.run(objects(url, database)), asyncio.run(count_rows(url, "customer"))
    url = fresh()
    apply_by_hand(url, version)
    recorded = asyncio.run(baseline(url, folder, version=str(version)))
    assert (len(recorded.recorded), recorded.already) == (version, 0)
    assert len(asyncio.run(migrate(url, folder)).applied) == NEWEST - version
    assert asyncio.run(objects(url, database)) == wanted
    assert asyncio.run(count_rows(url, "customer")) == rows == 1
    assert asyncio.run(migrate(url, folder)).applied == ()


def test_the_history_says_who_recorded_what_and_when_and_its_files_are_told_when_edited(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 3)
    asyncio.run(baseline(url, folder, version="3"))
    ran = asyncio.run(migrate(url, folder))
    assert [one.version for one in ran.applied] == ["4", "5"]
    rows = asyncio.run(history(url))
    assert [(row["version"], row["installed_rank"], row["success"]) for row in rows] == [
        (str(number), number, True) for number in range(1, 6)
    ]
    assert {row["installed_by"] for row in rows[:3]} == {row["installed_by"] for row in rows[3:]}
    times = [str(row["installed_on"]) for row in rows]
    assert times == sorted(times)
    states = [one.state for one in asyncio.run(info(url, folder))]
    assert states == [State.BASELINE] * 3 + [State.SUCCESS] * 2
    assert [one for one in asyncio.run(validate(url, folder)) if not one.warning] == []
    write_set(tmp_path / "shop", {"V2__basket.sql": "SELECT 2;"})
    with pytest.raises(ValidationFailed, match="version 2 was edited"):
        asyncio.run(migrate(url, folder))
    assert asyncio.run(repair(url, folder)) == ["shop/V2__basket.sql"]
    assert [one.state for one in asyncio.run(info(url, folder))] == states


def test_a_second_call_says_already_and_a_later_version_goes_on(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 3)
    assert asyncio.run(baseline(url, folder, version="2")).recorded == ("shop/V1__customer.sql", "shop/V2__basket.sql")
    before = asyncio.run(history(url))
    again = asyncio.run(baseline(url, folder, version="002"))
    assert (again.recorded, again.already) == ((), 2)
    assert asyncio.run(history(url)) == before
    assert asyncio.run(baseline(url, folder, version="3")).recorded == ("shop/V3__rows.sql",)
    asyncio.run(migrate(url, folder))
    assert asyncio.run(baseline(url, folder, version="2")).already == 2


def test_a_baseline_of_files_that_the_database_lacks_warns_and_can_be_taken_back(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 1)
    report = asyncio.run(baseline(url, folder, version="2"))
    (warning,) = report.warnings
    assert "which V2__basket.sql creates" in warning and "delete the row of version 2 from whimbrel_history" in warning
    assert str(report).startswith("warning: the database lacks ")
    run_sql(url, "DELETE FROM whimbrel_history WHERE version = '2'")
    assert [one.version for one in asyncio.run(migrate(url, folder, version="2")).applied] == ["2"]
    assert asyncio.run(baseline(url, folder, version="2")).warnings == ()


def test_the_way_that_first_contact_names_leads_on(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 3)
    with pytest.raises(ValidationFailed, match="whimbrel baseline VERSION"):
        asyncio.run(migrate(url, folder))
    detected = asyncio.run(detect_baseline(url, folder))
    assert (detected.version, detected.unknown) == ("2", ("V3__rows.sql",))
    asyncio.run(baseline(url, folder, version="3"))
    assert [one.version for one in asyncio.run(migrate(url, folder)).applied] == ["4", "5"]
    assert asyncio.run(count_rows(url, "customer")) == 1


def test_other_sets_of_the_database_are_left_alone(url: str, tmp_path: Path) -> None:
    other = write_set(tmp_path / "other", {"V1__a.sql": "CREATE TABLE other (id INTEGER);"})
    asyncio.run(migrate(url, other))
    folder = shop(tmp_path)
    apply_by_hand(url, 1)
    asyncio.run(baseline(url, folder, version="1"))
    asyncio.run(migrate(url, folder, other))
    keys = [(row["set_name"], row["version"], row["installed_rank"]) for row in asyncio.run(history(url))]
    assert keys == [("other", "1", 1), *(("shop", str(number), number + 1) for number in range(1, 6))]


def test_what_contradicts_the_history_is_refused_and_changes_nothing(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path, 2)
    with pytest.raises(ConfigurationError, match=r"set 'shop' in .* has no version 9; it has 1, 2$"):
        asyncio.run(baseline(url, folder, version="9"))
    assert asyncio.run(count_tables(url)) == 0
    asyncio.run(migrate(url, folder))
    before = asyncio.run(history(url))
    write_set(tmp_path / "shop", {**SHOP, "V1__customer.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match="version 1 was edited"):
        asyncio.run(baseline(url, folder, version="3"))
    write_set(tmp_path / "shop", {**SHOP, "V1.5__late.sql": "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=r"V1\.5__late\.sql: the history has version 2 .*\n.*--out-of-order"):
        asyncio.run(baseline(url, folder, version="3"))
    (tmp_path / "shop" / "V1.5__late.sql").unlink()
    (tmp_path / "shop" / "V1__customer.sql").unlink()
    with pytest.raises(ValidationFailed, match="the file is gone"):
        asyncio.run(baseline(url, folder, version="3"))
    assert asyncio.run(history(url)) == before


@pytest.mark.only("mysql", "mariadb")
def test_a_set_with_a_half_applied_file_is_refused(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "half", {"V1__a.sql": "CREATE TABLE a (id INTEGER);\nCREATE TABLE a (id INTEGER);"})
    with pytest.raises(MigrationFailed):
        asyncio.run(migrate(url, folder))
    with pytest.raises(ValidationFailed, match=r"half/V1__a\.sql is begun and not finished.*\n.*whimbrel_journal"):
        asyncio.run(baseline(url, folder, version="1"))
    run_sql(url, "DELETE FROM whimbrel_history")
    with pytest.raises(ValidationFailed, match="a file of set half is begun and not finished"):
        asyncio.run(baseline(url, folder, version="1"))
    run_sql(url, "DELETE FROM whimbrel_journal")
    assert asyncio.run(baseline(url, folder, version="1")).recorded == ("half/V1__a.sql",)


def test_a_blueprint_needs_a_schema(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "sql" / "tenant" / "own", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    run_sql(url, "CREATE TABLE a (id INTEGER)")
    with pytest.raises(ConfigurationError, match="--schema"):
        asyncio.run(baseline(url, folder, version="1"))
    schema = {"sqlite": "main", "postgresql": "public"}.get(database, url.rpartition("/")[2])
    assert asyncio.run(baseline(url, folder, version="1", schema=schema)).recorded == ("own/V1__a.sql",)


def test_of_eight_processes_at_once_one_records_and_the_others_say_already(url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 4)
    processes = [begin(url, folder, "baseline", "4") for _ in range(8)]
    let_go(*processes)
    reports = [json.JSONDecoder().raw_decode(answer)[0] for answer in finish(processes)]
    assert sorted(len(one["recorded"]) for one in reports) == [0] * 7 + [4]
    assert sorted(one["already"] for one in reports) == [0] + [4] * 7
    assert [row["installed_rank"] for row in asyncio.run(history(url))] == [1, 2, 3, 4]


def test_the_command_says_it_to_people_and_programs(capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path) -> None:
    folder = shop(tmp_path)
    apply_by_hand(url, 2)
    where = ["--url", url, "--sql", folder]
    assert main(["baseline", *where]) == 2
    assert "no version given" in capsys.readouterr().err
    assert main(["baseline", "2", *where, "--sql", str(tmp_path)]) == 2
    assert "a baseline records one set, but 2 are named" in capsys.readouterr().err
    assert main(["baseline", "2", *where]) == 0
    text = capsys.readouterr().out
    assert "recorded shop/V1__customer.sql as applied, without running it\n" in text
    assert "shop, version 2: 2 recorded, 0 before, on" in text
    assert main(["baseline", "2", *where, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["set_name"], document["version"], document["recorded"], document["already"]) == ("shop", "2", [], 2)
    assert main(["baseline", "2", *where]) == 0
    assert "shop, version 2: already recorded, nothing was changed, 2 before" in capsys.readouterr().out
    assert main(["info", *where, "--json"]) == 0
    assert [one["state"] for one in json.loads(capsys.readouterr().out)["migrations"]][:3] == ["baseline", "baseline", "pending"]


@pytest.mark.only("sqlite")
def test_no_file_is_made_for_a_database_that_is_not_there(tmp_path: Path) -> None:
    assert main(["baseline", "1", "--url", f"sqlite:///{tmp_path}/typo.db", "--sql", shop(tmp_path)]) == 7
    assert not (tmp_path / "typo.db").exists()
