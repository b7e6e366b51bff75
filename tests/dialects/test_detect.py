"""`baseline --detect`: 30 states of a database, each made by hand, and the verdict about every file."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Fresh, run_sql
from tests.databases import count_tables
from tests.files import write_set
from whimbrel import ConfigurationError, Detection, detect_baseline
from whimbrel.cli import main

MYSQL = ("mysql", "mariadb")
PRODUCT = "CREATE TABLE product (id INTEGER PRIMARY KEY, name VARCHAR(40))"
SUPPLIER = "CREATE TABLE supplier (id INTEGER PRIMARY KEY, city VARCHAR(40))"
OFFER = "CREATE TABLE offer (id INTEGER PRIMARY KEY, supplier INTEGER, price INTEGER)"
DRAFT = "CREATE TABLE draft (id INTEGER PRIMARY KEY)"
# The files of all databases, and the statements that differ.
FILES: tuple[tuple[str, ...], ...] = (
    (PRODUCT, "CREATE INDEX product_name ON product (name)"),
    (SUPPLIER, OFFER),
    ("INSERT INTO product (id, name) VALUES (1, 'tea; green')",),
    ("ALTER TABLE product ADD COLUMN weight INTEGER", "ALTER TABLE offer DROP COLUMN price"),
    ("CREATE VIEW heavy AS SELECT id FROM product WHERE weight > 10",),
    ("DROP TABLE offer",),
    ("ALTER TABLE supplier RENAME TO vendor", "ALTER TABLE vendor RENAME COLUMN city TO town"),
    ("{trigger}",),
    ("{routine}",),
    (DRAFT, "DROP TABLE draft"),
    ("DROP INDEX product_name{on}", "CREATE UNIQUE INDEX product_key ON product (name, weight)"),
)
OWN = {
    "postgresql": {
        "trigger": "CREATE TRIGGER guard BEFORE DELETE ON product FOR EACH ROW "
        "EXECUTE FUNCTION pg_catalog.tsvector_update_trigger()",
        "routine": "CREATE FUNCTION twice(a INTEGER) RETURNS INTEGER LANGUAGE sql AS $$ SELECT 2 * a; $$",
        "on": "",
    },
    "mysql": {
        "trigger": "CREATE TRIGGER guard BEFORE DELETE ON product FOR EACH ROW BEGIN SET @gone = old.id; END",
        "routine": "CREATE FUNCTION twice(a INTEGER) RETURNS INTEGER DETERMINISTIC RETURN 2 * a",
        "on": " ON product",
    },
    "sqlite": {
        "trigger": "CREATE TRIGGER guard BEFORE DELETE ON product BEGIN SELECT 1; END",
        # It has no routines.
        "routine": "CREATE TRIGGER twice AFTER INSERT ON product BEGIN SELECT 2; END",
        "on": "",
    },
}
OWN["mariadb"] = OWN["mysql"]
A, M, P, U = "APPLIED", "MISSING", "PARTLY", "UNKNOWN"
# The statements that were run: (file,) is the whole file, (file, n) only its statement n. Then the verdict about each of the 11
# files, and the version that can be recorded.
Ran = tuple[int, ...]
STATES: dict[str, tuple[Sequence[Ran], str, str]] = {
    "nothing": ([], "MMUMMMMMMUM", ""),
    "1": ([(1,)], "AMUMMMMMMUM", "1"),
    "to 2": ([(1,), (2,)], "AAUMMMMMMUM", "2"),
    "to 3": ([(1,), (2,), (3,)], "AAUMMMMMMUM", "2"),
    "to 4": ([(1,), (2,), (3,), (4,)], "AAUAMMMMMUM", "4"),
    "to 5": ([(1,), (2,), (3,), (4,), (5,)], "AAUAAMMMMUM", "5"),
    "to 6": ([(1,), (2,), (3,), (4,), (5,), (6,)], "AAUAAAMMMUM", "6"),
    "to 7": ([(number,) for number in range(1, 8)], "AAUAAAAMMUM", "7"),
    "to 8": ([(number,) for number in range(1, 9)], "AAUAAAAAMUM", "8"),
    "to 9": ([(number,) for number in range(1, 10)], "AAUAAAAAAUM", "9"),
    "to 10": ([(number,) for number in range(1, 11)], "AAUAAAAAAUM", "9"),
    "all": ([(number,) for number in range(1, 12)], "AAUAAAAAAUA", "11"),
    "all without the rows": ([(number,) for number in range(1, 12) if number != 3], "AAUAAAAAAUA", "11"),
    "a half of 1": ([(1, 1)], "PMUMMMMMMUM", ""),
    "a half of 2": ([(1,), (2, 1)], "APUMMMMMMUM", "1"),
    "the other half of 2": ([(1,), (2, 2)], "APUMMMMMMUM", "1"),
    "a half of 4": ([(1,), (2,), (4, 1)], "AAUPMMMMMUM", "2"),
    "the other half of 4": ([(1,), (2,), (4, 2)], "AAUPMMMMMUM", "2"),
    "a half of 7": ([(1,), (2,), (4,), (5,), (6,), (7, 1)], "AAUAAAPMMUM", "6"),
    "a half of 10": ([*((number,) for number in range(1, 10)), (10, 1)], "AAUAAAAAAUM", "9"),
    "a half of 11": ([*((number,) for number in range(1, 10)), (11, 1)], "AAUAAAAAAUP", "9"),
    "the other half of 11": ([*((number,) for number in range(1, 10)), (11, 2)], "AAUAAAAAAUP", "9"),
    "2 alone": ([(2,)], "MAUMMMMMMUM", ""),
    "1, 2, 4 and 8": ([(1,), (2,), (4,), (8,)], "AAUAMMMAMUM", "4"),
    "all but 4 and 5": ([(1,), (2,), (6,), (7,), (8,), (9,)], "AAUMMAAAAUM", "2"),
    "all but 5": ([(number,) for number in range(1, 12) if number != 5], "AAUAMAAAAUA", "4"),
    "all but 6": ([(number,) for number in range(1, 12) if number != 6], "AAUAAMAAAUA", "5"),
    "all but 7": ([(number,) for number in range(1, 12) if number != 7], "AAUAAAMAAUA", "6"),
    "all but 8": ([(number,) for number in range(1, 12) if number != 8], "AAUAAAAMAUA", "7"),
    "all but 9": ([(number,) for number in range(1, 12) if number != 9], "AAUAAAAAMUA", "8"),
    "all but 11": ([(number,) for number in range(1, 11)], "AAUAAAAAAUM", "9"),
}


def test_the_states_are_30_different_ones() -> None:
    assert len({str(sorted(ran)) for ran, _, _ in STATES.values()}) == 30


def statements(database: str) -> list[list[str]]:
    """Return the statements of each file on a database."""
    return [[text.format(**OWN[database]) if "{" in text else text for text in file] for file in FILES]


def stock(folder: Path, database: str) -> str:
    texts = statements(database)
    return write_set(
        folder / "stock", {f"V{number}__f.sql": ";\n".join(file) + ";\n" for number, file in enumerate(texts, start=1)}
    )


def seed(url: str, database: str, ran: Sequence[Ran], *before: str) -> None:
    """Run these statements, and then those of the files, over one connection: a new one is dear in a new database."""
    files = statements(database)
    ours = (files[file - 1][number - 1] for file, *which in ran for number in which or range(1, len(files[file - 1]) + 1))
    run_sql(url, *before, *ours)


def verdicts(detected: Detection) -> str:
    return "".join(str(one.verdict)[0] for one in detected.files)


@pytest.mark.parametrize("state", STATES)
def test_each_of_30_states_is_judged_right(fresh: Fresh, database: str, tmp_path: Path, state: str) -> None:
    ran, expected, version = STATES[state]
    url = fresh()
    seed(url, database, ran, "CREATE TABLE of_others (id INTEGER)")
    detected = asyncio.run(detect_baseline(url, stock(tmp_path, database)))
    assert (verdicts(detected), detected.version) == (expected, version)
    assert asyncio.run(count_tables(url, "whimbrel_history", "whimbrel_journal")) == 0


def test_the_command_says_it_to_people_and_programs_and_what_it_names_can_be_recorded(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path
) -> None:
    seed(url, database, [(1,), (2,), (4, 1)])
    where = ["--url", url, "--sql", stock(tmp_path, database)]
    assert main(["baseline", "--detect", *where]) == 0
    text = capsys.readouterr().out
    assert "product.weight; offer.price not dropped" in text
    assert "check by hand whether the database has the effects of: V3__f.sql" in text
    assert "the database has all files up to version 2: whimbrel baseline 2 --url " in text
    assert main(["baseline", "--detect", *where, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["unknown"], document["unseen"]) == ("2", ["V3__f.sql"], [])
    assert document["files"][3]["found"] == ["product.weight"]
    with pytest.raises(SystemExit):
        main(["baseline", "--detect", "2", *where])
    assert main(["baseline", document["version"], *where]) == 0


def test_a_blueprint_needs_a_schema(url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "sql" / "tenant" / "own", {"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    with pytest.raises(ConfigurationError, match="--schema"):
        asyncio.run(detect_baseline(url, folder))


@pytest.mark.only("postgresql", *MYSQL)
def test_who_may_only_read_is_told_what_can_be_seen(url: str, database: str, tmp_path: Path) -> None:
    seed(url, database, [(number,) for number in range(1, 9)])
    name = url.rpartition("/")[2]
    reader = f"reader_{name}"
    if database == "postgresql":
        run_sql(url, f"CREATE ROLE {reader} LOGIN PASSWORD 'secret'")
    else:
        run_sql(url, f"CREATE USER {reader} IDENTIFIED BY 'secret'", f"GRANT SELECT ON {name}.* TO {reader}")
    scheme, _, rest = url.partition("://")
    try:
        detected = asyncio.run(
            detect_baseline(f"{scheme}://{reader}:secret@{rest.rpartition('@')[2]}", stock(tmp_path, database))
        )
    finally:
        run_sql(url, f"DROP {'ROLE' if database == 'postgresql' else 'USER'} {reader}")
    # A MySQL user who may only read sees neither the trigger nor the routine.
    seen = database == "postgresql"
    assert detected.unseen == (() if seen else ("routine", "trigger"))
    assert (verdicts(detected), detected.version) == (("AAUAAAAAMUM", "8") if seen else ("AAUAAAAUUUM", "7"))


def test_a_schema_that_is_named_and_files_that_are_variants_are_read(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "mixed",
        {
            "V1__a.sql": "CREATE TABLE a (id INTEGER);",
            f"V1__a.{database}.sql": "CREATE TABLE own (id INTEGER, CHECK (id > 0), PRIMARY KEY (id));",
            "V2__copy.sql": "CREATE TABLE copied AS SELECT * FROM own;",
        },
    )
    run_sql(url, "CREATE TABLE own (id INTEGER PRIMARY KEY)")
    assert verdicts(asyncio.run(detect_baseline(url, folder))) == "AM"
    run_sql(url, "CREATE TABLE copied (id INTEGER)")
    assert verdicts(asyncio.run(detect_baseline(url, folder))) == "AA"
