"""The report of lint, its findings that no rule makes, and its forms for people and programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from whimbrel.commands._queries import Broken
from whimbrel.review.formats.remark import Remark, Review, from_finding, joined
from whimbrel.review.lint.case import Source
from whimbrel.review.lint.counting import Count
from whimbrel.review.lint.judging import LintNote
from whimbrel.review.lint.rule import Evidence, Level, LintFinding, finding_of
from whimbrel.review.lint.rules.catalogue import RULES

__all__ = [
    "LintDocument",
    "LintReport",
    "breaking_rows",
    "count_note",
    "document_of",
    "refused_query",
    "review_of",
    "sort_findings",
]


class LintReport(NamedTuple):
    """The result of `lint`. `judged` counts the files; `findings` includes the allowed ones, which have a `reason`."""

    judged: int
    findings: tuple[LintFinding, ...]
    notes: tuple[LintNote, ...]

    @property
    def has_errors(self) -> bool:
        """Whether a finding of the level "error" is not allowed."""
        return any(one.level == "error" and not one.is_allowed for one in self.findings)


class FindingDocument(NamedTuple):
    """One finding. Its `facts` depend on the rule. `reason` and `until` are those of the comment that allows it."""

    code: str
    level: Level
    path: str
    line: int
    column: int
    statement: int
    kind: str
    database: str
    version: str
    source: Source
    message: str
    facts: Mapping[str, object]
    why: str
    safe: str
    reason: str
    until: str


class NoteDocument(NamedTuple):
    """One note: a question that stays open, or an allowance that allows nothing."""

    path: str
    line: int
    column: int
    database: str
    message: str


class LintDocument(NamedTuple):
    """The result of `lint`. `judged` is the number of files."""

    judged: int
    findings: tuple[FindingDocument, ...]
    notes: tuple[NoteDocument, ...]


def refused_query(one: Broken, levels: Mapping[str, Level]) -> LintFinding:
    """Return the finding for a query that the judged files break."""
    return LintFinding(
        code="C01",
        level=levels.get("C01", "error"),
        place=one.place,
        statement=one.number,
        kind="query",
        database=one.database,
        version="",
        source="measured",
        message=f"the database takes this query before the judged files, and refuses it after them: {one.error}",
        facts={"code": one.error.code, "message": str(one.error), "query": one.query},
        why=RULES["C01"].why,
        safe=RULES["C01"].safe,
    )


def breaking_rows(one: Count, levels: Mapping[str, Level]) -> LintFinding:
    """Return the finding for live rows that break a new constraint."""
    rule = RULES["P01"]
    facts = {"rows": one.total, "breaking": one.breaking, "constraint": one.constraint.kind}
    evidence = Evidence(f"{one.told}, so the run stops here", facts, one.constraint.offset)
    return replace(
        finding_of(one.case, rule, levels.get(rule.code, rule.level), evidence),
        source="measured",
        why="The database checks the rows that exist, and refuses the statement because of these.",
        safe="Mend or delete the rows first, in a file before this one.",
    )


def count_note(one: Count) -> LintNote:
    """Return the note for a count without such rows."""
    return LintNote(one.case.plan.place(one.case.statement, one.constraint.offset), one.case.database, one.told)


def sort_findings(findings: Sequence[LintFinding]) -> list[LintFinding]:
    """Return findings in the order of the files and their statements."""
    return sorted(findings, key=lambda one: (one.place.path, one.statement, one.place.line, one.code, one.database))


def review_of(report: LintReport) -> Review:
    """Return the report in the form that every format prints."""
    titles = {code: rule.title for code, rule in RULES.items()}
    remarks = (*(from_finding(one, titles) for one in report.findings), *(_remark(one) for one in report.notes))
    return Review(remarks, _summary(joined(remarks), report.judged))


def _summary(remarks: Sequence[Remark], judged: int) -> str:
    """Return the line that counts: a finding on several databases is one."""
    levels = Counter("allowed" if one.is_allowed else one.level for one in remarks)
    counts = [f"{levels[name]} {name}{'s' * (levels[name] != 1)}" for name in ("error", "warning", "note")]
    counts += [f"{levels['allowed']} allowed"] if levels["allowed"] else []
    return f"{', '.join(counts)}, in {judged} file{'s' * (judged != 1)}"


def _remark(one: LintNote) -> Remark:
    code = "open" if one.database else "allow"
    return Remark(code=code, level="note", place=one.place, message=one.message, database=one.database)


def document_of(report: LintReport) -> LintDocument:
    """Return the document of --json."""
    notes = tuple(NoteDocument(*one.place[:3], one.database, one.message) for one in report.notes)
    return LintDocument(report.judged, tuple(map(_described, report.findings)), notes)


def _described(one: LintFinding) -> FindingDocument:
    return FindingDocument(
        code=one.code,
        level=one.level,
        path=one.place.path,
        line=one.place.line,
        column=one.place.column,
        statement=one.statement,
        kind=one.kind,
        database=one.database,
        version=one.version,
        source=one.source,
        message=one.message,
        facts=dict(one.facts),
        why=one.why,
        safe=one.safe,
        reason=one.reason,
        until=one.until,
    )
