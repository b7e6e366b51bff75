"""Judge cases by the rules of lint, with the levels of the project and the allowances in the files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NamedTuple

from whimbrel.errors import Place
from whimbrel.migrations.allowance import Allowance
from whimbrel.migrations.directives import find_allowances
from whimbrel.parsing.lexer import skip_blanks
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement
from whimbrel.review.lint.asking import in_use, read_case
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Level, LintFinding, Rule, finding_of
from whimbrel.review.lint.rules.catalogue import RULES
from whimbrel.schema.model import Schema

__all__ = ["Judgement", "LintNote", "allow", "judge", "judge_all"]

# These concern the whole file, so its first statement alone is reported.
_ONCE_A_FILE = frozenset(("L05", "T01"))
# A later file may mend these, so the schema after the last file decides.
_BY_LAST_SCHEMA = frozenset(("M12",))
# The code of a rule, and a file: database, version and path.
_Reported = tuple[str, str, str, str]


class LintNote(NamedTuple):
    """Something to know about a file that is no finding: a question that stays open, or an allowance that allows nothing."""

    place: Place
    database: str
    message: str


class Judgement(NamedTuple):
    """All findings, allowed ones included, and the notes."""

    findings: list[LintFinding]
    notes: list[LintNote]


class _Comment(NamedTuple):
    """An allowance, its place, and the number of its statement; None for the whole file."""

    allowance: Allowance
    place: Place
    number: int | None


def judge(cases: Sequence[Case], levels: Mapping[str, Level]) -> list[LintFinding]:
    """Return what the rules find in the cases, by `levels` of the project; an allowed finding has its reason."""
    return judge_all(cases, levels).findings


def judge_all(cases: Sequence[Case], levels: Mapping[str, Level], today: date | None = None) -> Judgement:
    """Return findings and notes. An allowance counts up to and including its last day, which is compared with `today`."""
    comments = _comments(cases)
    last = {case.database: case.after for case in cases if case.after is not None}
    stopped = _stopped(cases)
    ran = [case for case in cases if not _did_not_run(case, stopped)]
    reported: set[_Reported] = set()
    findings = [one for case in ran for one in _judge(case, last.get(case.database), levels, reported)]
    day = today or datetime.now(UTC).date()
    allowed, used = allow(findings, comments, day)
    return Judgement(allowed, [*_open_questions(cases), *_unneeded(cases, comments, used, day, levels)])


def _open_questions(cases: Sequence[Case]) -> Iterator[LintNote]:
    """Yield one note for each question, with all databases that it stays open for; none for a table that nobody uses yet."""
    asked: dict[tuple[Place, str], list[str]] = {}
    for case in cases:
        reading = read_case(case)
        if not reading.is_create and in_use(case, reading.table):
            for told in case.undecided:
                asked.setdefault((case.plan.place(case.statement), told), []).append(case.database)
    for (place, told), databases in asked.items():
        yield LintNote(place, ", ".join(dict.fromkeys(databases)), told)


def _stopped(cases: Sequence[Case]) -> dict[tuple[str, str], int]:
    """Return, by database and file, the number of the statement that the server refused."""
    found: dict[tuple[str, str], int] = {}
    for case in cases:
        if case.source == "measured" and case.facts is not None and case.facts.refused:
            found.setdefault((case.database, case.plan.migration.path), case.statement.number)
    return found


def _did_not_run(case: Case, stopped: Mapping[tuple[str, str], int]) -> bool:
    """Whether the statement stands behind a refused one, so that nothing is known about the tables that it finds."""
    number = stopped.get((case.database, case.plan.migration.path))
    return number is not None and case.facts is None and case.statement.number > number


def _judge(case: Case, last: Schema | None, levels: Mapping[str, Level], reported: set[_Reported]) -> Iterator[LintFinding]:
    for rule in RULES.values():
        level = levels.get(rule.code, rule.level)
        if level != "off" and not _is_repeated(case, rule, reported):
            seen = replace(case, after=last) if rule.code in _BY_LAST_SCHEMA else case
            for one in rule.find(seen):
                if rule.code in _ONCE_A_FILE:
                    reported.add(_key(case, rule))
                yield finding_of(case, rule, level, one)


def _is_repeated(case: Case, rule: Rule, reported: set[_Reported]) -> bool:
    """Whether an earlier statement of the file was reported, on this database."""
    return rule.code in _ONCE_A_FILE and _key(case, rule) in reported


def _key(case: Case, rule: Rule) -> _Reported:
    return rule.code, case.database, case.version, case.plan.migration.path


def _comments(cases: Sequence[Case]) -> dict[str, list[_Comment]]:
    """Return the allowances of each file, by its path."""
    plans = {case.plan.migration.path: case.plan for case in cases}
    return {path: list(_read_comments(plan)) for path, plan in plans.items()}


def _read_comments(plan: Plan) -> Iterator[_Comment]:
    text = plan.migration.text
    if not isinstance(text, str):
        # A file that is too large to be kept has its allowances at its top.
        start = next(iter(text), "")
        yield from _between(plan, start, 0, skip_blanks(start, plan.lexer_rules, 0), None)
        return
    head = skip_blanks(text, plan.lexer_rules, 0)
    yield from _between(plan, text, 0, head, None)
    end, number = head, 0
    for one in plan.statements():
        number = one.number
        yield from _between(plan, text, end, one.statement.offset, number)
        end = max(end, _end(one, text))
    yield from _between(plan, text, end, len(text), number + 1)


def _end(one: PlannedStatement, text: str) -> int:
    end, data = one.statement.offset + len(one.statement.text), one.statement.copy_data
    return text.index(data, end) + len(data) if data else end


def _between(plan: Plan, text: str, start: int, end: int, number: int | None) -> Iterator[_Comment]:
    for offset, allowance in find_allowances(text, start, end):
        line = text.count("\n", 0, offset) + 1
        begin = text.rfind("\n", 0, offset) + 1
        source = text[begin:].partition("\n")[0].rstrip("\r")
        yield _Comment(allowance, Place(plan.migration.path, line, offset - begin + 1, source), number)


def allow(
    findings: Sequence[LintFinding], comments: Mapping[str, Sequence[_Comment]], today: date
) -> tuple[list[LintFinding], set[tuple[Place, str]]]:
    """Return the findings with the reasons of the comments that allow them, and the place and code of each used comment."""
    judged: list[LintFinding] = []
    used: set[tuple[Place, str]] = set()
    for finding in findings:
        comment = next((one for one in comments.get(finding.place.path, ()) if _allows(one, finding, today)), None)
        if comment is not None:
            used.add((comment.place, finding.code))
            until = comment.allowance.until
            reason, ends = comment.allowance.reason, "" if until is None else until.isoformat()
            judged.append(replace(finding, reason=reason, until=ends))
        else:
            judged.append(finding)
    return judged, used


def _allows(one: _Comment, finding: LintFinding, today: date) -> bool:
    concerned = one.number is None or one.number == finding.statement
    return concerned and finding.code in one.allowance.codes and one.allowance.holds_on(today)


def _unneeded(
    cases: Sequence[Case],
    comments: Mapping[str, Sequence[_Comment]],
    used: set[tuple[Place, str]],
    today: date,
    levels: Mapping[str, Level],
) -> Iterator[LintNote]:
    """Yield a note for each allowance that has ended, names no rule, or allows nothing, where all facts are known."""
    open_paths = {case.plan.migration.path for case in cases if case.source == "text" or case.undecided}
    for path, found in comments.items():
        for one in found:
            for code in one.allowance.codes:
                if code not in RULES:
                    yield LintNote(one.place, "", f"allow={code}: there is no rule {code}; correct the code")
                elif not one.allowance.holds_on(today):
                    yield LintNote(
                        one.place, "", f"allow={code} ended on {one.allowance.until}; mend the statement or set a new date"
                    )
                elif (one.place, code) not in used and path not in open_paths and levels.get(code) != "off":
                    yield LintNote(one.place, "", f"allow={code} allows nothing, since {code} finds nothing here; remove it")
