"""Rows of rare kinds beside their files, as each tool documents them: what counts as applied, and what is refused."""

from typing import Any

import pytest

from tests.unit.test_adoption_files import read
from whimbrel.adoption.judge import AdoptedHistory, judge
from whimbrel.adoption.tool import AdoptedFile
from whimbrel.adoption.tools import find_tool
from whimbrel.errors import ValidationFailed

Rows = list[dict[str, Any]]
_ALEMBIC = "-- Running upgrade  -> a\nSELECT 1;\n-- Running upgrade a -> b1\nSELECT 2;\n-- Running upgrade a -> b2\nSELECT 3;\n"
_CHANGES = "--liquibase formatted sql\n--changeset ana:1\nSELECT 1;\n--changeset ana:2\nSELECT 2;\n"


def flyway(*rows: tuple[str | None, str, bool]) -> Rows:
    return [
        {
            "installed_rank": rank,
            "version": version,
            "description": "seen",
            "type": kind,
            "script": "s",
            "checksum": None,
            "success": success,
        }
        for rank, (version, kind, success) in enumerate(rows, 1)
    ]


def django(*names: str) -> Rows:
    return [{"id": number, "app": "shop", "name": name} for number, name in enumerate(names, 1)]


def liquibase(*rows: tuple[str, str, str, str]) -> Rows:
    return [
        {"orderexecuted": number, "id": name, "author": author, "filename": path, "exectype": kind}
        for number, (name, author, path, kind) in enumerate(rows, 1)
    ]


def prisma(*rows: tuple[str, bool, bool]) -> Rows:
    return [
        {"id": str(number), "migration_name": name, "checksum": "", "finished_at": finished, "rolled_back_at": back}
        for number, (name, finished, back) in enumerate(rows, 1)
    ]


def goose(*rows: tuple[int, bool]) -> Rows:
    return [{"id": number, "version_id": version, "is_applied": on} for number, (version, on) in enumerate([(0, True), *rows], 1)]


def sqls(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "SELECT 1;\n")


def shop(*names: str) -> dict[str, str]:
    return sqls(*(f"shop/{name}.sql" for name in names))


_GOOSE = {f"{number}_x.sql": "-- +goose Up\nSELECT 1;\n" for number in (1, 2)}
_DBMATE = {f"{number}_x.sql": "-- migrate:up\nSELECT 1;\n" for number in (1, 2)}
# The tool, its files, its rows, and the applied migrations in order.
APPLIED: list[tuple[str, dict[str, str], Rows, list[str]]] = [
    # Flyway: a Java migration wrote no checksum, and neither did a baseline: both agree with any file.
    ("flyway", sqls("V1__a.sql", "V2__b.sql"), flyway(("1", "SQL", True), ("2", "JDBC", True)), ["1", "2"]),
    ("flyway", sqls("V1__a.sql", "V2__b.sql", "V3__c.sql"), flyway(("2", "BASELINE", True), ("3", "SQL", True)), ["1", "2", "3"]),
    ("flyway", sqls("V1_0__a.sql", "V01.1__b.sql"), flyway(("1", "SQL", True), ("1.1", "SQL", True)), ["1", "1.1"]),
    # The files that a baseline migration replaces may be gone, or still there; Flyway 7 named its type otherwise.
    ("flyway", sqls("B2__base.sql", "V3__c.sql"), flyway(("2", "SQL_BASELINE", True), ("3", "SQL", True)), ["2", "3"]),
    ("flyway", sqls("B2__base.sql", "V3__c.sql"), flyway(("2", "SQL_IBASE", True), ("3", "SQL", True)), ["2", "3"]),
    ("flyway", sqls("B2__base.sql", "V1__a.sql", "V2__b.sql"), flyway(("2", "SQL_BASELINE", True)), ["1", "2"]),
    # A baseline migration that was not applied here takes no part.
    ("flyway", sqls("B2__base.sql", "V1__a.sql", "V2__b.sql"), flyway(("1", "SQL", True), ("2", "SQL", True)), ["1", "2"]),
    # Undone and applied again; deleted by repair and applied again; a repeatable one that changed twice.
    (
        "flyway",
        sqls("V1__a.sql", "V2__b.sql"),
        flyway(("1", "SQL", True), ("2", "SQL", True), ("2", "UNDO_SQL", True), ("2", "SQL", True)),
        ["1", "2"],
    ),
    ("flyway", sqls("V1__a.sql", "V2__b.sql"), flyway(("1", "SQL", True), ("2", "SQL", True), ("2", "UNDO_SQL", True)), ["1"]),
    (
        "flyway",
        sqls("V1__a.sql", "R__seen.sql"),
        flyway(("1", "SQL", True), (None, "SQL", True), (None, "DELETE", True), (None, "SQL", True)),
        ["1", "R__seen"],
    ),
    # Liquibase: a tag on an empty table makes a row of its own; a changeset that ran again keeps one row.
    (
        "liquibase",
        {"c.sql": _CHANGES},
        liquibase(
            ("1700000000000", "liquibase", "liquibase-internal", "EXECUTED"),
            ("1", "ana", "c.sql", "RERAN"),
            ("2", "ana", "c.sql", "MARK_RAN"),
        ),
        ["c.sql::1::ana", "c.sql::2::ana"],
    ),
    # Django: a squashed migration beside those that it replaces, whose files are there, or gone, or the only ones.
    (
        "django",
        shop("0001_a", "0002_b", "0001_squashed_0002_b", "0003_c"),
        django("0001_a", "0002_b", "0003_c", "0001_squashed_0002_b"),
        ["shop.0001_squashed_0002_b", "shop.0003_c"],
    ),
    (
        "django",
        shop("0001_squashed_0002_b", "0003_c"),
        django("0001_a", "0002_b", "0003_c", "0001_squashed_0002_b"),
        ["shop.0001_squashed_0002_b", "shop.0003_c"],
    ),
    (
        "django",
        shop("0001_a", "0002_b", "0003_c"),
        django("0001_a", "0002_b", "0003_c", "0001_squashed_0002_b"),
        ["shop.0001_a", "shop.0002_b", "shop.0003_c"],
    ),
    ("django", shop("0001_a", "0002_b", "0001_squashed_0002_b"), django("0001_a", "0002_b"), ["shop.0001_a", "shop.0002_b"]),
    # A squashed migration may be squashed again, and apps do not concern each other.
    (
        "django",
        {**shop("0001_a", "0001_squashed_0002_b", "0001_squashed_0003_c"), **sqls("auth/0001_a.sql")},
        [*django("0001_a", "0001_squashed_0002_b", "0001_squashed_0003_c"), {"id": 9, "app": "auth", "name": "0001_a"}],
        ["shop.0001_squashed_0003_c", "auth.0001_a"],
    ),
    # Prisma: rolled back and applied again; resolved as rolled back.
    ("prisma", sqls("1_a/migration.sql"), prisma(("1_a", False, True), ("1_a", True, False)), ["1_a"]),
    ("prisma", sqls("1_a/migration.sql", "2_b/migration.sql"), prisma(("1_a", True, False), ("2_b", False, True)), ["1_a"]),
    ("prisma", sqls("0_init/migration.sql"), prisma(("0_init", True, False)), ["0_init"]),
    # goose: older releases noted a migration that went down as a row of its own.
    ("goose", _GOOSE, goose((1, True), (2, True), (2, False)), ["1"]),
    ("goose", _GOOSE, goose((1, True), (2, True), (2, False), (2, True)), ["1", "2"]),
    # yoyo: a hook is no migration.
    ("yoyo", sqls("1-a.sql", "post-apply.sql", "post-apply-rights.py"), [{"migration_id": "1-a"}], ["1-a"]),
    # Alembic: a merged branch needs both of its parents.
    ("alembic", {"all.sql": _ALEMBIC}, [{"version_num": "b2"}], ["a", "b2"]),
    ("alembic", {"all.sql": f"{_ALEMBIC}-- Running upgrade b1, b2 -> c\n"}, [{"version_num": "c"}], ["a", "b1", "b2", "c"]),
]


def adopted(tool: str, files: dict[str, str], rows: Rows) -> tuple[list[AdoptedFile], AdoptedHistory]:
    other = find_tool(tool)
    found = read(tool, files, rows=rows)
    return found, judge(other, "t", other.find_applied(rows, found), found, "sql")


@pytest.mark.parametrize(("tool", "files", "rows", "identities"), APPLIED)
def test_a_rare_row_counts_as_the_tool_means_it(tool: str, files: dict[str, str], rows: Rows, identities: list[str]) -> None:
    _, judged = adopted(tool, files, rows)
    assert [one.identity for one in judged.applied] == identities


# The tool, its files, its rows, and a part of the only problem.
REFUSED: list[tuple[str, dict[str, str], Rows, str]] = [
    (
        "flyway",
        sqls("V1__a.sql"),
        flyway(("1", "SQL", True), ("2", "SPRING_JDBC", True)),
        "type SPRING_JDBC, which has no SQL file",
    ),
    ("flyway", sqls("V1__a.sql"), flyway(("1", "SQL", True), ("2", "SCRIPT", True)), "write its effect as a V file"),
    ("flyway", sqls("V1__a.sql"), flyway(("1", "SQL", True), ("1", "UNDO_SQL", False)), "failed (success is false)"),
    ("flyway", sqls("V3__c.sql"), flyway(("2", "BASELINE", True)), "no applied migration"),
    ("flyway", sqls("B2__base.sql"), [{**flyway(("2", "SQL_BASELINE", True))[0], "checksum": 7}], "was edited"),
    ("liquibase", {"c.sql": _CHANGES}, liquibase(("1", "ana", "c.sql", "FAILED")), "EXECTYPE FAILED"),
    (
        "liquibase",
        {"c.sql": _CHANGES},
        liquibase(("1", "ana", "c.sql", "EXECUTED"), ("9", "ana", "x.xml", "EXECUTED")),
        "x.xml::9",
    ),
    ("alembic", {"all.sql": _ALEMBIC}, [{"version_num": "b9"}], "has no file of b9"),
    ("django", shop("0003_c"), django("0001_a", "0003_c"), "--prune removes rows"),
    ("prisma", sqls("1_a/migration.sql"), prisma(("1_a", False, False)), "finished_at is NULL"),
    ("goose", _GOOSE, goose((1, True), (2, True), (1, False)), "1_x.sql: has no row"),
    ("dbmate", _DBMATE, [{"version": "1"}, {"version": "0"}], "has no file of 0"),
    ("golang-migrate", sqls("1_a.up.sql"), [{"version": -1, "dirty": True}], "version -1: is dirty"),
]


@pytest.mark.parametrize(("tool", "files", "rows", "told"), REFUSED)
def test_a_row_that_is_in_doubt_is_refused(tool: str, files: dict[str, str], rows: Rows, told: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        adopted(tool, files, rows)
    assert [told in problem.message for problem in caught.value.problems] == [True], str(caught.value)


def test_a_changeset_that_liquibase_only_marked_is_noted() -> None:
    rows = liquibase(("1", "ana", "c.sql", "EXECUTED"), ("2", "ana", "c.sql", "MARK_RAN"))
    _, judged = adopted("liquibase", {"c.sql": _CHANGES}, rows)
    assert [row.note for row in judged.rows.values()] == ["", "Liquibase has only marked it as run (MARK_RAN)"]
