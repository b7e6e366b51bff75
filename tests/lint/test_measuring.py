"""Files are measured on a copy as a run would run them; rows that break a statement, and refusals, are facts."""

from pathlib import Path

import pytest

from tests.files import write_set
from tests.servers import Server
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.reader import read_directories
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.measuring import measure
from whimbrel.url import DatabaseUrl, parse_url

pytestmark = pytest.mark.only("sqlite", "postgresql")
BASE = """
CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL CHECK (name LIKE '%@%'));
CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parents (id), kind VARCHAR(5), n INTEGER,
  CHECK (n > 3), CHECK (kind IN ('x', 'y')));
CREATE TABLE closed (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 5 AND n < 5));
"""
FILES = {
    "V1__base.sql": BASE,
    "V2__unique.sql": "CREATE UNIQUE INDEX children_kind ON children (kind);\nDELETE FROM closed",
    "V3__fresh.sql": "CREATE TABLE fresh (id INTEGER);\nINSERT INTO fresh SELECT id FROM parents;\n"
    "ALTER TABLE fresh RENAME TO older",
    "V4__refused.sql": "CREATE TABLE one (id INTEGER);\nCREATE TABLE parents (id INTEGER);\nCREATE TABLE two (id INTEGER)",
    "V5__between.sql": "CREATE TABLE one (id INTEGER)",
    "V6__rows.sql": "UPDATE parents SET name = 'a@b' WHERE id = 3;\nDELETE FROM children",
}
JUDGED = {("app", "2"), ("app", "3"), ("app", "4"), ("app", "6")}


def address_of(database: str, servers: dict[str, Server]) -> DatabaseUrl:
    return parse_url("sqlite://" if database == "sqlite" else servers[database].url)


@pytest.mark.asyncio
async def test_files_are_measured_one_after_the_other(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    sets = read_directories([write_set(tmp_path / "app", FILES)])
    cases = await measure(address_of(database, servers), sets, JUDGED, native=False)
    found = {(*case.plan.key[1:], case.statement.number): case for case in cases}
    assert list(found) == [("2", 1), ("2", 2), ("3", 1), ("3", 2), ("3", 3), ("4", 1), ("4", 2), ("4", 3), ("6", 1), ("6", 2)]
    check_rows(found)
    check_fresh(found)
    check_refused(found)


def check_rows(found: dict[tuple[str, int], Case]) -> None:
    """The rows hold all keys and checks; if they break a statement, it is measured with fewer."""
    unique, closed = found["2", 1].facts, found["2", 2].facts
    assert unique is not None and unique.built == ("children_kind",) and not unique.refused
    assert [note.partition(":")[0] for note in unique.notes] == ["limits", "rows"]
    assert closed is not None and closed.notes[0].startswith("table closed has no rows: ")
    update, delete = found["6", 1].facts, found["6", 2].facts
    assert update is not None and (update.rows, update.changed, update.counts) == (1, ("parents",), None)
    assert delete is not None and delete.counts is not None and delete.counts["children"][1] == 0 < delete.counts["children"][0]


def check_fresh(found: dict[tuple[str, int], Case]) -> None:
    """A table that the judged files made stays fresh, also under another name; the schema is that around the statement."""
    assert [found["3", number].fresh & {"fresh", "older"} for number in (1, 2, 3)] == [{"fresh"}, {"fresh"}, {"fresh", "older"}]
    filled = found["3", 2].facts
    assert filled is not None and filled.counts is not None and filled.counts["fresh"][0] == 0
    before, after = found["3", 3].before, found["3", 3].after
    assert before is not None and before.table("fresh") and not before.table("older")
    assert after is not None and after.table("older") and not after.table("fresh")
    assert [len(found["3", number].earlier) for number in (1, 2, 3)] == [0, 1, 2]


def check_refused(found: dict[tuple[str, int], Case]) -> None:
    """After a refusal the rest of the file is not measured, the file is rolled back, and the next ones go on."""
    refused, rest = found["4", 2].facts, found["4", 3]
    assert refused is not None and refused.refused in ("42P07", "SQLITE_ERROR")
    assert (rest.source, rest.facts) == ("text", None)
    assert rest.undecided == ("statement 2 of the file was refused, so this one did not run; mend that one first",)


@pytest.mark.asyncio
async def test_a_statement_that_reaches_beyond_is_not_run(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    text = "CREATE ROLE somebody" if database == "postgresql" else f"ATTACH '{tmp_path / 'other.db'}' AS other"
    sets = read_directories([write_set(tmp_path / "app", {"V1__beyond.sql": f"-- whimbrel: transaction=off\n{text}"})])
    with pytest.raises(ConfigurationError, match=r"would change more than the database of the replay\n    next: name a server"):
        await measure(address_of(database, servers), sets, {("app", "1")}, native=False)
    assert not (tmp_path / "other.db").exists()


@pytest.mark.asyncio
async def test_a_file_before_the_judged_ones_must_work(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    sets = read_directories([write_set(tmp_path / "app", {"V1__wrong.sql": "SELEC 1", "V2__a.sql": "SELECT 1"})])
    with pytest.raises(ConfigurationError, match=r"V1__wrong\.sql:1:1: a file before the judged ones failed: statement 1 of 1"):
        await measure(address_of(database, servers), sets, {("app", "2")}, native=False)


APART = """-- whimbrel: transaction=off
BEGIN;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
ALTER TABLE parents ADD COLUMN a INTEGER;
COMMIT;
ALTER TABLE parents ADD COLUMN same INTEGER DEFAULT 1;
CREATE UNIQUE INDEX CONCURRENTLY parents_same ON parents (same);
REINDEX TABLE parents;
REINDEX TABLE CONCURRENTLY parents;
CREATE PROCEDURE emptying() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM children; PERFORM pg_sleep(0.1); COMMIT; END $$;
CALL emptying();
"""


@pytest.mark.asyncio
@pytest.mark.only("postgresql")
async def test_statements_outside_of_a_transaction_are_watched(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    sets = read_directories([write_set(tmp_path / "app", {"V1__base.sql": BASE, "V2__apart.sql": APART})])
    cases = await measure(address_of(database, servers), sets, {("app", "2")}, native=False)
    facts = {case.statement.number: case.facts for case in cases if case.facts is not None}
    assert [number for number, one in facts.items() if one.refused] == []
    assert {number: [lock.mode for lock in one.locks] for number, one in facts.items() if one.locks} == {
        3: ["AccessExclusiveLock"],
        5: ["AccessExclusiveLock"],
        6: ["ShareUpdateExclusiveLock"],
        7: ["AccessExclusiveLock"],
        8: ["ShareUpdateExclusiveLock"],
    }
    earlier = {case.statement.number: [one.statement.number for one in case.earlier] for case in cases if case.earlier}
    assert earlier == {3: [2], 4: [2, 3]}
    assert facts[6].built == ("parents_same",) and facts[6].notes[-1].startswith("rows: 23505: ")
    assert facts[10].counts is not None and facts[10].counts["children"][1] == 0
