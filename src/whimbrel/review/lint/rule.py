"""A rule of lint, and its findings. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from whimbrel.errors import Place
from whimbrel.review.lint.case import Case, Source

__all__ = ["Evidence", "Level", "LintFinding", "Rule", "finding_of"]

Level = Literal["error", "warning", "note", "off"]


class Evidence(NamedTuple):
    """The evidence of a rule in a case: one sentence, its facts, and its offset in the statement, in characters."""

    message: str
    facts: Mapping[str, object]
    offset: int = 0


class Rule(NamedTuple):
    """One rule. Its page is docs/rules/CODE.md.

    `why` says in one sentence why the fact matters to a running service, `safe` how to write the statement instead. `level` is
    the level unless the project sets another one.
    """

    code: str
    title: str
    level: Level
    why: str
    safe: str
    find: Callable[[Case], Iterable[Evidence]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One finding, as every format prints it.

    `statement` is the number of the statement in its file, from 1, and `kind` its words, such as ALTER TABLE. `database` is
    where it was found, with the server's `version`. `source` says whether the facts were measured now or recorded earlier.
    `reason` is that of the comment that allows the finding, `until` the date up to which it is allowed; both are empty if nothing
    does.
    """

    code: str
    level: Level
    place: Place
    statement: int
    kind: str
    database: str
    version: str
    source: Source
    message: str
    facts: Mapping[str, object]
    why: str
    safe: str
    reason: str = ""
    until: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether a comment in the file allows the finding."""
        return bool(self.reason)


def finding_of(case: Case, rule: Rule, level: Level, one: Evidence) -> LintFinding:
    """Return the finding of a rule in a case."""
    return LintFinding(
        code=rule.code,
        level=level,
        place=case.plan.place(case.statement, one.offset),
        statement=case.statement.number,
        kind=case.statement.kind,
        database=case.database,
        version=case.version,
        source=case.source,
        message=one.message,
        facts=one.facts,
        why=rule.why,
        safe=rule.safe,
    )
