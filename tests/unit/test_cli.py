"""The command line's grammar, and how answers become JSON."""

import json
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules

import pytest

from whimbrel import commands
from whimbrel.cli import _described, _plain, main
from whimbrel.commands._parser import build_parser
from whimbrel.errors import DatabaseError, Place, Problem, ProblemKind, ValidationFailed
from whimbrel.migrations.migration import Version
from whimbrel.migrations.state import State
from whimbrel.url import DatabaseUrl, Secret, parse_url

VERBS = {
    module.name: import_module(f"whimbrel.commands.{module.name}")
    for module in iter_modules(commands.__path__)
    if module.name[0] != "_"
}
PARSER = build_parser(VERBS)
ON_A_DATABASE = [
    name
    for name in VERBS
    if name not in ("adopt", "check", "completion", "diagram", "dump", "new", "parity", "resolve", "split", "tenants", "wait")
]
ON_A_DATABASE += ["adopt dbmate", *(f"tenants {action}" for action in ("list", "sync", "status"))]


@pytest.mark.parametrize("verb", ON_A_DATABASE)
def test_every_verb_takes_the_common_options(verb: str) -> None:
    words = [
        "--url",
        "sqlite:///a.db",
        "--sql",
        "b",
        "--sql",
        "a",
        "--for",
        "mysql",
        "--for",
        "sqlite",
        "--schema",
        "s",
        "--json",
    ]
    found = PARSER.parse_args([*verb.split(), *words, "--verbose"])
    assert found.url == parse_url("sqlite:///a.db")
    assert (found.verb, found.sql, found.databases, found.schema) == (verb.split()[0], ["b", "a"], ["mysql", "sqlite"], "s")
    assert (found.json, found.verbose) == (True, True)


@pytest.mark.parametrize("verb", ON_A_DATABASE)
def test_nothing_but_the_verb_is_needed(verb: str) -> None:
    found = PARSER.parse_args(verb.split())
    assert (found.url, found.sql, found.databases, found.json, found.verbose) == (None, None, None, False, False)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_has_an_example_that_parses(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main([verb, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert f"example: {VERBS[verb].EXAMPLE}" in shown
    program, *words = VERBS[verb].EXAMPLE.partition(" > ")[0].split()
    assert program == "whimbrel"
    assert PARSER.parse_args(words).verb == verb


def test_the_help_tells_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{code} " in shown.partition("exit codes:")[2] for code in (0, 1, 2, 3, 4, 5, 6, 7, 130))


@pytest.mark.parametrize("words", [[], ["fly"], ["info", "--colour"], ["info", "--sql"], ["migrate", "--lock-wait", "soon"]])
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(words)
    assert "usage: whimbrel" in capsys.readouterr().err


def test_the_options_of_migrate_have_their_defaults() -> None:
    found = PARSER.parse_args(["migrate"])
    assert (found.target, found.out_of_order, found.lock_wait, found.dry_run) == (None, False, 300.0, False)
    found = PARSER.parse_args(["migrate", "--target", "7", "--out-of-order", "--lock-wait", "1.5", "--dry-run"])
    assert (found.target, found.out_of_order, found.lock_wait, found.dry_run) == ("7", True, 1.5, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("é", "é"),
        (Version.parse("V001.2"), "1.2"),
        (Secret("c4n4ry"), "***"),
        (datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), "2025-01-02T03:04:05+00:00"),
        (State.OUT_OF_ORDER, "out of order"),
        ((1, [Version.parse("2")]), [1, ["2"]]),
        ({1: Version.parse("2")}, {"1": "2"}),
        (Problem(ProblemKind.MISSING, "gone"), {"kind": "missing", "message": "gone", "script": "", "warning": False}),
    ],
)
def test_every_value_of_an_answer_has_its_json(value: object, expected: object) -> None:
    assert json.loads(json.dumps(_plain(value))) == expected


def test_an_address_in_an_answer_has_no_password() -> None:
    assert "c4n4ry" not in json.dumps(_plain(parse_url("mysql://u:c4n4ry@h/d")))
    assert _plain(DatabaseUrl("mysql", password=Secret("c4n4ry")))["password"] == "***"


def test_an_error_is_described_by_its_type_its_message_its_code_and_its_facts() -> None:
    failed = ValidationFailed([Problem(ProblemKind.MISSING, "gone", "V1__a.sql")])
    document = json.loads(json.dumps(_plain(_described(failed))))
    assert (document["type"], document["message"], document["exit_code"]) == ("ValidationFailed", str(failed), 3)
    assert [problem["kind"] for problem in document["problems"]] == ["missing"]
    assert _described(DatabaseError("no", code="42P01", offset=7))["offset"] == 7
    assert _plain({"place": Place("a", 1, 2, "x")}) == {"place": {"path": "a", "line": 1, "column": 2, "source": "x"}}


@pytest.mark.parametrize("words", [["migrate"], ["tenants", "sync"]])
def test_help_is_80_wide_on_every_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    assert 60 < max(map(len, capsys.readouterr().out.splitlines())) <= 80
