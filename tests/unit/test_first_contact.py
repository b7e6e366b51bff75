"""Find the statements of pending files that conflict with a database's objects: pure, by tables."""

from collections.abc import Sequence

import pytest

from tests.unit.make import migration
from tests.unit.plans import dialect
from whimbrel.dialects.objects import Holdings
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.first_contact import TouchedFile, find_conflicts, find_made, find_passed_over, first_contact_problems
from whimbrel.planning.touched import find_touches

Row = dict[str, object]


def touched(text: str, version: str = "1", set_name: str = "shop") -> TouchedFile:
    one = dialect("postgresql")
    rules = one.lexer_rules(portable=True, database="postgresql")
    return TouchedFile(
        migration(version, text=text, set_name=set_name), find_touches(one.catalog, rules, statements_or_batches(text, rules))
    )


def row(family: str, kind: str, name: str, place: str = "public") -> Row:
    return {"family": family, "kind": kind, "place": place, "name": name}


def table(name: str, *columns: str, place: str = "public") -> list[Row]:
    return [row("relation", "table", name, place), *(row("column", name, column, place) for column in columns)]


THERE = [
    *table("stock", "id", "name"),
    *table("thing", "id", place="other"),
    row("relation", "sequence", "numbers"),
    row("relation", "view", "seen"),
    row("routine", "function", "tariff"),
    *table("whimbrel_history", "version"),
]


def holdings(rows: Sequence[Row] = THERE, *caseless: str) -> Holdings:
    return Holdings("public", rows, caseless)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE mine (id int); INSERT INTO mine VALUES (1)", []),
        ("CREATE TABLE stock (id int)", ["1:1: CREATE TABLE: table stock exists already"]),
        ("CREATE TABLE public.stock (id int)", ["1:1: CREATE TABLE: table public.stock exists already"]),
        ("CREATE TABLE other.stock (id int); CREATE TABLE thing (id int)", []),
        ("DROP TABLE IF EXISTS other.thing", ["1:1: DROP TABLE: table other.thing exists already"]),
        ("CREATE TABLE IF NOT EXISTS stock (name text)", []),
        ("CREATE TABLE IF NOT EXISTS stock ()", []),
        (
            "CREATE TABLE IF NOT EXISTS stock (a int, name text, b int)",
            ["1:1: CREATE TABLE IF NOT EXISTS: table stock exists already, without the columns a, b"],
        ),
        ("CREATE TABLE IF NOT EXISTS stock (LIKE other.thing)", ["1:1: CREATE TABLE IF NOT EXISTS: table stock exists already"]),
        ("CREATE TABLE IF NOT EXISTS seen (a int)", ["1:1: CREATE TABLE IF NOT EXISTS: view seen exists already"]),
        ("CREATE TABLE IF NOT EXISTS stock (id int); CREATE INDEX IF NOT EXISTS i ON stock (id)", []),
        ("CREATE INDEX IF NOT EXISTS i ON stock (id)", ["1:1: CREATE INDEX: table stock exists already"]),
        (
            "CREATE TABLE IF NOT EXISTS stock (id int); CREATE INDEX i ON stock (id)",
            ["1:44: CREATE INDEX: table stock exists already"],
        ),
        ("CREATE TABLE IF NOT EXISTS stock (id int); COMMENT ON TABLE stock IS 'x'", []),
        ("CREATE SEQUENCE IF NOT EXISTS numbers", []),
        ("CREATE SEQUENCE IF NOT EXISTS stock", ["1:1: CREATE SEQUENCE IF NOT EXISTS: table stock exists already"]),
        ("CREATE OR REPLACE VIEW seen AS SELECT 1", ["1:1: CREATE VIEW: view seen exists already"]),
        ("CREATE FUNCTION seen() RETURNS int LANGUAGE sql AS 'SELECT 1'", []),
        ("DROP FUNCTION tariff(int)", ["1:1: DROP FUNCTION: function tariff exists already"]),
        ("CREATE TEMP TABLE stock (id int); DELETE FROM stock", []),
        ("SELECT * FROM stock; CREATE TABLE mine (id int REFERENCES stock)", []),
        ("CREATE VIEW v AS SELECT * FROM stock; SELECT * FROM v", []),
        ("CREATE VIEW v AS SELECT * FROM mine; DELETE FROM v", []),
        (
            "CREATE VIEW v AS SELECT * FROM stock; CREATE VIEW public.w AS SELECT * FROM v; DELETE FROM w",
            ["1:80: DELETE through w: table stock exists already"],
        ),
        ("CREATE VIEW v AS SELECT * FROM v; DELETE FROM v", []),
        (
            "CREATE TEMP VIEW v AS SELECT * FROM stock; CREATE TEMP VIEW w AS SELECT * FROM v; UPDATE w SET id = 1",
            ["1:83: UPDATE through w: table stock exists already"],
        ),
        (
            "CREATE VIEW v AS SELECT * FROM stock; ALTER VIEW v RENAME TO w; INSERT INTO w VALUES (1)",
            ["1:65: INSERT through w: table stock exists already"],
        ),
        (
            "CREATE TABLE t (a int); CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM stock; INSERT INTO t VALUES (1)",
            ["1:84: INSERT through t: table stock exists already"],
        ),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM stock; REFRESH MATERIALIZED VIEW v", []),
        ("DELETE FROM whimbrel_history", ["1:1: DELETE: table whimbrel_history exists already"]),
    ],
)
def test_the_statements_that_touch_what_is_there(text: str, expected: list[str]) -> None:
    found = [str(one).partition("V1__a.sql:")[2] for one in find_conflicts([touched(text)], holdings())]
    assert found == expected


def test_what_applied_files_made_or_renamed_may_be_touched() -> None:
    there = holdings()
    made = find_made([touched("CREATE TABLE IF NOT EXISTS x (a int); ALTER TABLE x RENAME TO stock;")], there)
    files = [touched("INSERT INTO stock VALUES (1); DROP VIEW seen;", set_name="second")]
    assert [one.existing.name for one in find_conflicts(files, there, made)] == ["seen"]


def test_a_view_that_an_applied_file_made_leads_to_the_table_behind_it() -> None:
    there = holdings([*THERE, row("relation", "view", "v")])
    applied = [touched("CREATE VIEW v AS SELECT * FROM stock;")]
    files = [touched("DELETE FROM v;", set_name="second")]
    made = find_made(applied, there)
    assert [one.existing.name for one in find_conflicts(files, there, made, applied)] == ["stock"]
    applied.append(touched("CREATE TABLE stock (id int);"))
    assert find_conflicts(files, there, find_made(applied, there), applied) == []


def test_what_if_not_exists_passes_over_is_named_once() -> None:
    files = [touched("CREATE TABLE IF NOT EXISTS stock (id int); CREATE TABLE IF NOT EXISTS stock (name int);")]
    assert [one.name for one in find_passed_over(files, holdings()).values()] == ["stock"]


@pytest.mark.parametrize(("caseless", "found"), [((), 0), (("relation", "column"), 1)])
def test_names_are_compared_as_the_database_compares_them(caseless: tuple[str, ...], found: int) -> None:
    there = holdings(table("Stock", "ID"), *caseless)
    assert len(find_conflicts([touched("DELETE FROM stock")], there)) == found
    assert find_conflicts([touched("CREATE TABLE IF NOT EXISTS stock (id int)")], there) == []


def test_each_set_has_a_problem_of_its_own_with_at_most_twenty_places_and_the_ways_on() -> None:
    there = holdings([*THERE, row("tool", "table", "DATABASECHANGELOG")])
    many = touched("DELETE FROM stock;" + "".join(f"CREATE TABLE stock (c{number} int);\n" for number in range(30)))
    other = touched("DROP VIEW seen;", set_name="other set")
    # Statements that do the same to an object are listed once.
    conflicts = [*find_conflicts([many], there), *(find_conflicts([other], there) * 25)]
    first, second = first_contact_problems(conflicts, [("other set", "sql/other set"), ("shop", "sql/shop")], there.tools)
    assert (first.kind, first.script, first.warning) == ("first_contact", "sql/other set", False)
    assert first.message.count("DROP VIEW") == 20
    assert "and 5 more" in first.message
    assert "table DATABASECHANGELOG is the history of Liquibase" in first.message
    assert "folder of its files: whimbrel adopt liquibase --write 'sql/other set' --sql DIR" in first.message
    assert "whimbrel baseline VERSION --sql 'sql/other set'" in first.message
    assert "--accept-existing" in second.message
    assert [line.strip().partition(": ")[2] for line in second.message.splitlines()[1:3]] == [
        "DELETE: table stock exists already",
        "CREATE TABLE: table stock exists already",
    ]
