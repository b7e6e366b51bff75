"""The closing lines of a run count each test once, by its folder or its database."""

from pathlib import Path

import pytest

from tests.report import LINES, main

PROPERTY = '<properties><property name="database" value="{}"/></properties>'
CASE = f'<testcase classname="tests.{{}}.test_x" name="t">{PROPERTY}{{}}</testcase>'
ALL = [("unit", ""), ("oracles", "mysql"), ("faults", "sqlite"), *(("dialects", name) for name in LINES[1:5])]


def write(path: Path, *cases: tuple[str, str, str]) -> str:
    path.write_text(f"<testsuites><testsuite>{''.join(CASE.format(*case) for case in cases)}</testsuite></testsuites>")
    return str(path)


def test_a_run_that_passed_has_a_line_for_each_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write(tmp_path / "a.xml", *((*case, "") for case in ALL[:3]), ("plugin", "", ""))
    second = write(tmp_path / "b.xml", *((*case, "") for case in ALL[3:]))
    assert main(first, second) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [f"{name:<12} {1 + (name == 'sqlite')} passed, 0 failed, 0 skipped" for name in LINES]
    assert lines == [*told, "8 passed, 0 failed"]


@pytest.mark.parametrize("inside", ["<failure/>", "<error/>", "<skipped/>"])
def test_a_test_that_did_not_pass_fails_the_run(tmp_path: Path, inside: str) -> None:
    cases = [(*case, "") for case in ALL]
    assert main(write(tmp_path / "a.xml", *cases)) == 0
    assert main(write(tmp_path / "a.xml", *cases, ("unit", "", inside))) == 1


@pytest.mark.parametrize("missing", range(len(ALL)))
def test_a_database_that_did_not_run_fails_the_run(tmp_path: Path, missing: int) -> None:
    cases = [(*case, "") for number, case in enumerate(ALL) if number != missing]
    assert main(write(tmp_path / "a.xml", *cases)) == 1


def test_a_report_that_is_missing_fails_the_run(tmp_path: Path) -> None:
    assert main(write(tmp_path / "a.xml", *((*case, "") for case in ALL)), str(tmp_path / "b.xml")) == 1
