"""The rules by which the document of a plan is compared, rendered and read. Pure, but for the plan's file."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from whimbrel.dialects.circumstances import Circumstances
from whimbrel.errors import ConfigurationError, PlanOutdated
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.planning.allowance import AllowedFiles
from whimbrel.review.plans.comparing import differences
from whimbrel.review.plans.document import RunOptions, bound_document
from whimbrel.review.plans.plan_file import plan_json, read_plan, write_plan
from whimbrel.review.plans.rendering import markdown, text
from whimbrel.schema.codec import encode, fingerprint
from whimbrel.schema.model import Opaque, Schema, Table

STATEMENT = {"number": 1, "line": 2, "column": 1, "kind": "INSERT", "text": "INSERT INTO t VALUES ('```')"}
FILE: dict[str, Any] = {
    "set": "a",
    "version": "1",
    "file": "a/V1__a.sql",
    "checksum": "v1:sha256:0",
    "bytes": "sha256:0",
    "runs": "transaction",
    "begin": "BEGIN",
    "own_transactions": False,
    "session": "portable",
    "foreign_keys": "checked",
    "lock_timeout": 0.5,
    "statement_timeout": None,
    "directives": {"min_app": "2"},
    "resumes_at": None,
    "unsettled": None,
    "total": 1,
    "left_out": [{"line": 1, "column": 1, "kind": "BEGIN", "text": "BEGIN", "reason": "why"}],
    "statements": [STATEMENT],
}


EMPTY = Schema(database="sqlite", name="main")


def document(*files: dict[str, Any], model: Schema = EMPTY, identity: str | None = None, **options: Any) -> dict[str, Any]:
    found = bound_document(
        [MigrationSet("a", "a", ())],
        RunOptions(**options),
        database="sqlite",
        schema="main",
        identity=identity,
        circumstances=Circumstances("3.40", "", "here", {"encoding": "UTF-8"}),
        history=[],
        rank=3,
        model=model,
    )
    read: dict[str, Any] = json.loads(json.dumps({**found, "preparation": ["create table t"], "pending": list(files)}))
    return read


CHANGES: list[tuple[tuple[str | int, ...], object, str]] = [
    (("whimbrel",), "9", "Whimbrel's version: planned 9, now 0.1.0"),
    (("options", "target"), "7", "the option --target: planned 7, now none"),
    (("options", "databases"), ["mysql"], 'the option --for: planned ["mysql"], now []'),
    (("options", "accept_existing"), True, "the option --accept-existing: planned on, now off"),
    # 0 and false are equal in Python.
    (("options", "out_of_order"), 0, "the option --out-of-order: planned 0, now off"),
    (("database", "server"), "there", "the server: planned there, now here"),
    (("settings", "encoding"), "UTF-16le", "the setting encoding: planned UTF-16le, now UTF-8"),
    (("settings", "more"), "x", "the setting more: planned x, now nothing"),
    (("files", "a/V2.sql"), "x", "the file a/V2.sql: planned x, now nothing"),
    (("history", "highest_rank"), 2, "the history, highest rank: planned 2, now 3"),
    (("history", "rows", "a 1"), {}, "the history, a 1: planned an entry, now nothing"),
    (("history",), None, "the history: planned none, now an entry"),
    (("pending",), None, "the pending files: planned none, now an entry"),
    (("pending", 0, "lock_timeout"), None, "a/V1__a.sql, lock timeout: planned none, now 0.5"),
    (("pending", 0, "statements", 0, "text"), "x", "a/V1__a.sql, statement 1, text: planned x, now INSERT INTO t VALUES ('```')"),
    (("pending", 0, "left_out", 0, "text"), "x", "a/V1__a.sql, left out, line 1, column 1, text: planned x, now BEGIN"),
    (("preparation",), [], 'before the first file, all of it: planned [], now ["create table t"]'),
    (("more",), 1, "more: planned 1, now nothing"),
    (("facts",), 1, "facts: planned 1, now nothing"),
    (("pending", 0), 1, "the pending files: planned [1], now an entry"),
    (("pending", 0, "left_out"), FILE["left_out"] * 2, "a/V1__a.sql, left out: planned [{"),
    (("pending", 0, "statements"), [STATEMENT] * 2, "a/V1__a.sql: planned [{"),
    (("fingerprint",), "x", "the schema's fingerprint: planned x, now another one of the plan's own model, "),
    (("model",), "x", "the schema's fingerprint: planned a model that cannot be read"),
    (("model",), None, "the schema's fingerprint: planned a model that cannot be read"),
]


@pytest.mark.parametrize(("path", "value", "told"), CHANGES)
def test_each_difference_is_named_with_both_values(path: tuple[str | int, ...], value: object, told: str) -> None:
    now = document(FILE)
    planned: Any = copy.deepcopy(now)
    inner = planned
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    (found,) = differences(planned, now)
    assert str(found).startswith(told)


def test_measured_facts_beside_a_statement_are_not_compared() -> None:
    planned = document({**FILE, "statements": [{**STATEMENT, "facts": {"scanned": True}}]})
    assert differences(planned, document(FILE)) == []


def test_files_in_another_order_are_a_difference() -> None:
    other = {**FILE, "file": "a/V2.sql"}
    found = differences(document(other, FILE), document(FILE, other))
    names = ["a/V1__a.sql", "a/V2.sql"]
    assert [tuple(one) for one in found] == [("the pending files, order", ", ".join(names[::-1]), ", ".join(names))]
    placed = [{**file, "place": number} for number, file in ((2, other), (1, FILE))]
    assert differences(document(*placed), document(FILE, other)) != []


def test_statements_in_another_order_are_a_difference() -> None:
    second = {**STATEMENT, "number": 2, "text": "DELETE FROM t"}
    planned = document({**FILE, "statements": [second, STATEMENT]})
    (found,) = differences(planned, document({**FILE, "statements": [STATEMENT, second]}))
    assert tuple(found) == ("a/V1__a.sql, order", "statement 2, statement 1", "statement 1, statement 2")


def test_an_object_in_place_of_a_list_is_a_difference() -> None:
    keyed = {**FILE, "statements": {"statement 1": STATEMENT}, "left_out": {"line 1, column 1": FILE["left_out"][0]}}
    assert len(differences(document(keyed), document(FILE))) == 2
    assert differences({**document(), "pending": {"a/V1__a.sql": FILE}}, document(FILE)) != []


def test_a_repeated_file_is_a_difference() -> None:
    assert differences(document(FILE, FILE), document(FILE)) != []


def test_objects_of_the_schema_are_named_unless_a_user_may_not_see_them() -> None:
    plain = Schema(database="mysql", name="a")
    more = Schema(database="mysql", name="b", tables=(Table(name="t", columns=()),))
    unseen = Schema(database="mysql", name="a", opaques=(Opaque(kind="unseen", name="triggers", native=""),))
    assert [str(one) for one in differences(document(model=plain), document(model=more))] == [
        "the schema, table t: planned nothing, now there"
    ]
    assert differences(document(model=plain), document(model=unseen)) == []


def test_the_name_of_the_schema_does_not_count_twice() -> None:
    one, other = (Schema(database="mysql", name=name) for name in "ab")
    assert fingerprint(one) == fingerprint(other)
    assert encode(one) != encode(other)
    assert differences(document(model=one), document(model=other)) == []


def test_a_database_with_an_identity_is_bound_to_it_and_not_to_its_server() -> None:
    assert document()["database"] == {
        "kind": "sqlite",
        "version": "3.40",
        "name": "",
        "schema": "main",
        "identity": None,
        "server": "here",
    }
    assert document(identity="x")["database"]["server"] is None
    (found,) = differences(document(), document(identity="x"))
    assert str(found) == "the database's identity: planned none, now x"


def test_a_long_value_is_shown_where_it_begins_to_differ() -> None:
    planned = document({**FILE, "statements": [{**STATEMENT, "text": "x" * 500 + "a" + "y" * 500}]})
    now = document({**FILE, "statements": [{**STATEMENT, "text": "x" * 500 + "b" + "y" * 500}]})
    (found,) = differences(planned, now)
    assert found.planned == f"...{'x' * 25}a{'y' * 74}..."
    assert found.now == f"...{'x' * 25}b{'y' * 74}..."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is not a plan: "),
        ("[" * 100_000, "is not a plan: "),
        ("[]", "is not a plan: it has no schema whimbrel/plan/1"),
        ('{"schema": "whimbrel/plan/2"}', "has the format whimbrel/plan/2; this release reads whimbrel/plan/1"),
        ('{"schema": "whimbrel/plan/1", "a": {"b": 1, "b": 2}}', "is not a plan: the name 'b' stands twice in one object"),
        ('{"schema": 1}', "is not a plan: it has no schema"),
        (None, "cannot be read: "),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=told) as failed:
        read_plan(file)
    assert "next: make a new plan" in str(failed.value)


def test_the_file_of_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    planned = document({**FILE, "file": "a/V1__ü.sql"}, target=Version((1, 2)))
    write_plan(planned, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == planned
    assert (tmp_path / "plan.json").read_text("ascii") == plan_json(planned)
    with pytest.raises(ConfigurationError, match="name another file"):
        write_plan(planned, tmp_path / "none" / "plan.json")


def test_markdown_cannot_be_left_by_a_statement_or_a_name() -> None:
    told = markdown(document({**FILE, "file": "a`b/V1.sql", "begin": "<b> @everyone \x1b[2J"}))
    assert "````sql\nINSERT INTO t VALUES ('```')\n````" in told
    assert "### 1. ``a`b/V1.sql``: in one transaction" in told
    assert "\\<b\\> \\@everyone \\\\x1b\\[2J" in told


def test_a_long_file_is_cut_in_the_text_and_not_in_the_plan() -> None:
    many = [{**STATEMENT, "number": number} for number in range(1, 103)]
    for render in (text, markdown):
        assert "and 2 more statements of this file" in render(document({**FILE, "total": 102, "statements": many}))
        assert "102 statements, not listed" in render(document({**FILE, "total": 102, "statements": None}))
        long = document({**FILE, "statements": [{**STATEMENT, "text": "x" * 5_000}]})
        assert "... (1000 more characters)" in render(long)
    files = [{**FILE, "file": f"a/V{number}.sql", "statements": [{**STATEMENT, "text": "x" * 4_000}]} for number in range(20)]
    told = markdown(document(*files))
    assert len(told) < 65_536
    assert told.endswith("\n\nand 6 more migrations, which the plan's file lists")


def test_a_run_applies_what_its_plan_allows() -> None:
    allowed = AllowedFiles(2, (("a", "1"),))
    with pytest.raises(PlanOutdated, match=r"highest rank: planned 2, now 3\n.*the pending files: planned a 1, now nothing"):
        allowed.check(3, [], ["a/V0.sql"])
